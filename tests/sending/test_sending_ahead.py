"""What is done while a request is on its way: read, claimed, recorded, and taken back."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing

import pytest

from importer.errors import ConfigurationProblem, ImporterError, LedgerProblem
from importer.model import Answer, AnswerKind
from importer.sending import proving
from importer.sending.aside import in_thread
from importer.states import Change, State


class Watched:
    """A server that looks, from outside, at what the ledger has committed when a batch leaves."""

    def __init__(self, world):
        self._world = world
        self.seen = []

    def __getattr__(self, name):
        return getattr(self._world.server, name)

    def send_many(self, operations):
        ids = [int(key) for key, _ in operations]
        with closing(sqlite3.connect(self._world.path)) as outside:
            states = dict(outside.execute("SELECT id, state FROM payments"))
        self.seen.append(([states[one] for one in ids], list(states.values())))
        return self._world.server.send_many(operations)


@pytest.mark.parametrize("slow", [False, True])
def test_what_leaves_is_claimed_and_only_the_next_batch_besides(world, kit, slow):
    run_id = world.register(kit.payments(8))
    server = Watched(world)
    world.send(run_id, server=server, batch_size=2, aside=kit.ASIDES[slow])
    assert [own for own, _ in server.seen] == [["sending", "sending"]] * 4
    # A request that runs at the last moment sees what was done meanwhile: the batch before is
    # recorded, the batch behind is claimed. One that runs at once sees nothing of that yet.
    states = [Counter(every) for _, every in server.seen]
    assert [seen["sending"] for seen in states] == ([4, 4, 4, 2] if slow else [2, 4, 4, 4])
    assert [seen["created"] for seen in states] == ([0, 2, 4, 6] if slow else [0, 0, 2, 4])
    assert world.buckets(run_id) == {"created": 8}


@pytest.mark.parametrize("slow", [False, True])
def test_what_was_claimed_behind_a_refusal_is_taken_back_and_claimed_again(world, kit, slow):
    rows = [*kit.payments(2), kit.payment(4, customer_number="90000"), *kit.payments(7)[3:]]
    run_id = world.register(rows)
    server = Watched(world)
    world.send(run_id, server=server, batch_size=2, aside=kit.ASIDES[slow])
    assert world.buckets(run_id) == {"created": 6, "refused": 1}
    assert [len(own) for own, _ in server.seen][:2] == [2, 2]
    with world.open(write=False) as ledger:
        assert ledger.altered() == ()
    with closing(sqlite3.connect(world.path)) as outside:
        tries = outside.execute(
            "SELECT payment_id, message FROM attempts WHERE message <> '' OR answered_at IS NULL"
        ).fetchall()
    # Row 4 was refused; what had been claimed behind it never left.
    assert [one for one, _ in tries] == [3, 5, 6]
    assert [told for _, told in tries][1:] == ["never left"] * 2


@pytest.mark.parametrize("slow", [False, True])
def test_a_wish_to_stop_during_a_flight_claims_nothing_more(world, kit, slow):
    run_id = world.register(kit.payments(6))
    asked = iter([False, False, True])
    sent = world.send(run_id, batch_size=2, stop=lambda: next(asked), aside=kit.ASIDES[slow])
    assert (sent.stopped, sent.unknown) == (True, 0)
    assert world.buckets(run_id) == {"created": 4, "planned": 2}
    assert len(world.lines()) == 4


def test_an_answer_that_ends_the_run_is_recorded_and_the_rest_stays_planned(world, kit):
    run_id = world.register(kit.payments(4))

    class Closed(Watched):
        def send_many(self, operations):
            if self.seen:
                no = Answer(AnswerKind.CONFIGURATION, 403, message="No longer allowed.")
                return {key: no for key, _ in operations}
            return super().send_many(operations)

    with pytest.raises(ConfigurationProblem, match="No longer allowed"):
        world.send(run_id, server=Closed(world), batch_size=2)
    assert world.buckets(run_id) == {"created": 2, "planned": 2}


class FullError(ImporterError):
    """The ledger cannot record."""


def _cannot_record(ledger, *, ever):
    """Refuse to record with a claim, and also alone where it is for `ever`."""
    real = ledger.claim_next

    def claim_next(run_id, most, at, done=()):
        if done:
            raise FullError
        return real(run_id, most, at)

    def record(changes, at):
        raise FullError

    ledger.claim_next = claim_next
    if ever:
        ledger.record = record


@pytest.mark.parametrize(
    ("slow", "ever"), [(False, False), (True, False), (None, False), (None, True)]
)
def test_a_ledger_that_cannot_record_waits_for_what_is_on_its_way(world, kit, slow, ever):
    """Nothing leaves, and no answer is dropped, after the run has ended."""
    run_id = world.register(kit.payments(6))

    class Late(Watched):
        def send_many(self, operations):
            time.sleep(0.2)
            return super().send_many(operations)

    aside = in_thread if slow is None else kit.ASIDES[slow]
    with world.open() as ledger:
        _cannot_record(ledger, ever=ever)
        with pytest.raises(FullError):
            world.send_with(ledger, run_id, server=Late(world), batch_size=2, aside=aside)
        assert len(world.lines()) == 4
        time.sleep(0.3)
        assert len(world.lines()) == 4
    assert world.buckets(run_id) == {"unknown" if ever else "created": 4, "planned": 2}
    assert world.send(run_id).proof.differences == ()
    assert world.buckets(run_id) == {"created": 6}
    assert len(world.lines()) == 6


@pytest.mark.parametrize("slow", [False, True])
def test_a_claim_that_cannot_be_written_costs_no_answer(world, kit, slow):
    run_id = world.register(kit.payments(6))
    with world.open() as ledger:
        real, calls = ledger.claim_next, []

        def claim_next(*args):
            calls.append(args)
            if len(calls) == 3:
                raise FullError
            return real(*args)

        ledger.claim_next = claim_next
        with pytest.raises(FullError):
            world.send_with(ledger, run_id, batch_size=2, aside=kit.ASIDES[slow])
    assert world.buckets(run_id) == {"created": 4, "planned": 2}
    assert len(world.lines()) == 4


def test_what_was_done_before_is_recorded_with_a_claim_or_not_at_all(world, kit):
    run_id = world.register(kit.payments(3))
    with world.open() as ledger:
        first = ledger.claim_next(run_id, 2, world.clock())
        assert [item.state for item in first] == [State.SENDING] * 2
        done = [Change(item, State.CREATED, server_id=f"id {item.id}") for item in first]
        with pytest.raises(LedgerProblem, match="changed by another program"):
            ledger.claim_next(run_id, 2, world.clock(), [*done, done[0]])
        assert ledger.counts(run_id)[State.SENDING] == 2
        (last,) = ledger.claim_next(run_id, 2, world.clock(), done)
        assert ledger.counts(run_id)[State.CREATED] == 2
        assert ledger.claim_next(run_id, 2, world.clock()) == ()
        assert [item.id for item in ledger.in_states(run_id, State.SENDING)] == [last.id]
        assert ledger.altered() == ()


def test_what_never_left_is_as_if_it_had_not_been_claimed(world, kit):
    run_id = world.register(kit.payments(3))
    with world.open() as ledger:
        ledger.release((), world.clock())
        before = ledger.in_states(run_id, State.PLANNED)
        claimed = ledger.claim_next(run_id, 2, world.clock())
        ledger.release(claimed, world.clock())
        assert ledger.in_states(run_id, State.PLANNED) == before
        assert not ledger.has_sent(world.key)
        with pytest.raises(LedgerProblem, match="changed by another program"):
            ledger.release(claimed, world.clock())
        assert ledger.altered() == ()


def test_a_process_that_dies_leaves_what_it_had_claimed_to_be_looked_up(world, kit):
    run_id = world.register(kit.payments(6))

    class GoneError(BaseException):
        """The process is gone."""

    class Dies(Watched):
        def send_many(self, operations):
            super().send_many(operations)
            raise GoneError

    with pytest.raises(GoneError):
        world.send(run_id, server=Dies(world), batch_size=2, aside=kit.ASIDES[True])
    assert world.buckets(run_id) == {"unknown": 4, "planned": 2}
    assert len(world.lines()) == 2
    assert world.send(run_id, batch_size=2).proof.differences == ()
    assert world.buckets(run_id) == {"created": 6}
    assert len(world.lines()) == 6


def test_a_thread_hands_over_what_was_raised():
    def fails():
        raise KeyError("in the thread")

    with pytest.raises(KeyError, match="in the thread"):
        in_thread(fails).result()
    assert in_thread(lambda: 7).result() == 7


def test_lines_are_proven_in_parts_that_are_read_ahead(world, kit, monkeypatch):
    monkeypatch.setattr(proving, "CHUNK", 2)
    run_id = world.run(kit.payments(5), batch_size=5)
    assert world.record(run_id).proof.lines == 5
    line = world.lines()[3]
    world.company.edit(line["lineNumber"], "IMPORT", comment="by hand")
    proof = world.send(run_id).proof
    assert proof.lines == 5
    assert proof.differences == ("row 5: line 50000: comment: sent nothing, found by hand",)
