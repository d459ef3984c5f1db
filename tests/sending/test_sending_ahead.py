"""What is done while a request is on its way: read, claimed, recorded, and taken back."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing, contextmanager

import pytest

from importer.errors import ConfigurationProblem, ImporterError, LedgerStorage, ServiceUnavailable
from importer.model import Answer, AnswerKind
from importer.sending import proving
from importer.sending.aside import in_thread
from importer.sending.session import SETTLE_SECONDS
from importer.states import State


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
def test_what_leaves_is_claimed_and_nothing_else_that_could_not_have_left(world, kit, slow):
    run_id = world.register(kit.payments(8))
    server = Watched(world)
    world.send(run_id, server=server, batch_size=2, aside=kit.ASIDES[slow])
    assert len(server.seen) == 4
    assert [own for own, _ in server.seen] == [["sending", "sending"]] * 4
    # The answers of a batch are committed as soon as the next has left; nothing behind is claimed.
    claimed = [2, 2, 2, 2] if slow else [2, 4, 4, 4]
    assert [every.count("sending") for _, every in server.seen] == claimed
    assert [every.count("planned") for _, every in server.seen] == [6, 4, 2, 0]
    assert world.buckets(run_id) == {"created": 8}


@pytest.mark.parametrize("slow", [False, True])
def test_what_was_claimed_ahead_is_planned_again_where_a_row_is_refused(world, kit, slow):
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
            "SELECT count(*) FROM attempts GROUP BY payment_id ORDER BY payment_id"
        )
        assert [count for (count,) in tries] == [1] * 7


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


@pytest.mark.parametrize("slow", [False, True])
def test_a_request_that_ends_the_run_leaves_what_landed_before_recorded(world, kit, slow):
    run_id = world.register(kit.payments(6))

    class Away(Watched):
        def send_many(self, operations):
            if self.seen:
                raise ServiceUnavailable("The connection was closed")
            return super().send_many(operations)

    with pytest.raises(ServiceUnavailable, match="was closed"):
        world.send(run_id, server=Away(world), batch_size=2, aside=kit.ASIDES[slow])
    assert world.buckets(run_id) == {"created": 2, "unknown": 2, "planned": 2}


class FullError(ImporterError):
    """The ledger cannot record."""


def _fails(ledger, times):
    real, calls = ledger.record, []

    def record(changes, at):
        calls.append(len(changes))
        if len(calls) <= times:
            raise FullError
        real(changes, at)

    ledger.record = record


@pytest.mark.parametrize(
    ("slow", "fails", "kept"), [(False, 1, 4), (True, 1, 4), (None, 1, 4), (None, 9, 0)]
)
def test_a_ledger_that_cannot_record_waits_for_what_is_on_its_way(world, kit, slow, fails, kept):
    """Nothing leaves, and no answer is dropped, after the run has ended."""
    run_id = world.register(kit.payments(6))

    class Late(Watched):
        def send_many(self, operations):
            time.sleep(0.2)
            return super().send_many(operations)

    aside = in_thread if slow is None else kit.ASIDES[slow]
    with world.open() as ledger:
        _fails(ledger, fails)
        with pytest.raises(FullError):
            world.send_with(ledger, run_id, server=Late(world), batch_size=2, aside=aside)
        assert len(world.lines()) == 4
        time.sleep(0.3)
        assert len(world.lines()) == 4
    assert world.buckets(run_id) == +Counter(created=kept, unknown=4 - kept, planned=2)
    assert world.send(run_id).proof.differences == ()
    assert world.buckets(run_id) == {"created": 6}
    assert len(world.lines()) == 6


@pytest.mark.parametrize("slow", [False, True, None])
def test_who_cannot_be_told_of_progress_costs_no_answer(world, kit, slow):
    run_id = world.register(kit.payments(8))
    told = []

    def progress(done, planned):
        told.append((done, planned))
        if len(told) == 3:
            raise OSError("the terminal is closed")

    aside = in_thread if slow is None else kit.ASIDES[slow]
    with world.open() as ledger, pytest.raises(OSError, match="the terminal is closed"):
        world.send_with(ledger, run_id, batch_size=2, aside=aside, progress=progress)
    sent = len(world.lines())
    time.sleep(0.1)
    assert len(world.lines()) == sent == 6
    assert world.buckets(run_id) == {"created": 6, "planned": 2}


@pytest.mark.parametrize("slow", [False, True])
def test_a_process_that_dies_during_a_request_claims_nothing_behind_it(world, kit, slow):
    run_id = world.register(kit.payments(8))

    class GoneError(BaseException):
        """The process is gone."""

    class Dies(Watched):
        def send_many(self, operations):
            answers = super().send_many(operations)
            if len(self.seen) == 2:
                raise GoneError
            return answers

    with pytest.raises(GoneError):
        world.send(run_id, server=Dies(world), batch_size=2, aside=kit.ASIDES[slow])
    assert len(world.lines()) == 4
    # All that is looked up has left: nothing must be waited for.
    assert world.buckets(run_id) == {"unknown": 2, "created": 2, "planned": 4}
    started = world.clock()
    assert world.send(run_id, batch_size=2).proof.differences == ()
    assert (world.clock() - started).total_seconds() < SETTLE_SECONDS
    assert world.buckets(run_id) == {"created": 8}
    assert len(world.lines()) == 8


def test_a_server_that_hangs_keeps_no_earlier_answers_from_the_ledger(world, kit):
    run_id = world.register(kit.payments(8))
    meanwhile = {}

    class Hangs(Watched):
        def send_many(self, operations):
            answers = super().send_many(operations)
            until = time.monotonic() + 20
            while len(self.seen) == 3 and time.monotonic() < until:
                meanwhile.update(world.buckets(run_id))
                if meanwhile["created"] == 4:
                    break
                time.sleep(0.01)
            return answers

    world.send(run_id, server=Hangs(world), batch_size=2)
    assert meanwhile == {"created": 4, "unknown": 2, "planned": 2}
    assert world.buckets(run_id) == {"created": 8}


@pytest.mark.parametrize("slow", [False, True])
def test_a_claim_that_cannot_be_committed_costs_no_answer(world, kit, slow):
    run_id = world.register(kit.payments(6))
    with world.open() as ledger:
        real, calls = ledger.claim_next, []

        @contextmanager
        def claim_next(*args):
            calls.append(args)
            with real(*args) as (items, claim):
                yield items, claim if len(calls) < 3 else lambda: None
            if len(calls) == 3:
                raise FullError  # its commit failed

        ledger.claim_next = claim_next
        with pytest.raises(FullError):
            world.send_with(ledger, run_id, batch_size=2, aside=kit.ASIDES[slow])
    assert world.buckets(run_id) == {"created": 4, "planned": 2}
    assert len(world.lines()) == 4


@pytest.mark.parametrize("slow", [False, True])
def test_after_a_failure_of_the_disk_during_a_claim_nothing_is_written(world, kit, slow):
    """The database takes all back by itself then."""
    resource = pytest.importorskip("resource")
    run_id = world.register(kit.payments(8))
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    with world.open() as ledger:
        real, calls = ledger.claim_next, []

        def claim_next(*args):
            calls.append(args)
            if len(calls) == 3:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1, usual[1]))
            return real(*args)

        ledger.claim_next = claim_next
        try:
            with pytest.raises(LedgerStorage, match="cannot be written: disk I/O error"):
                world.send_with(ledger, run_id, batch_size=2, aside=kit.ASIDES[slow])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        assert len(world.lines()) == 4
        with pytest.raises(LedgerStorage, match="disk I/O error"):
            ledger.finish(run_id, world.clock())
        assert ledger.counts(run_id)[State.SENDING] == 2
    assert world.send(run_id).proof.differences == ()
    assert world.buckets(run_id) == {"created": 8}
    assert len(world.lines()) == 8


def test_a_thread_that_cannot_begin_leaves_its_claim_to_be_looked_up(world, kit):
    run_id = world.register(kit.payments(6))
    begun, recorded = [], []

    def aside(call):
        begun.append(call)
        if len(begun) == 3:
            raise RuntimeError("can't start new thread")
        return kit.ASIDES[0](call)

    with world.open() as ledger:
        real = ledger.record

        def record(changes, at):
            recorded.append(len(changes))
            real(changes, at)

        ledger.record = record
        with pytest.raises(RuntimeError, match="new thread"):
            world.send_with(ledger, run_id, batch_size=2, aside=aside)
    assert recorded == [2, 2]  # each once
    assert world.buckets(run_id) == {"created": 4, "unknown": 2}
    assert world.send(run_id).proof.differences == ()
    assert len(world.lines()) == 6


def test_a_claim_that_is_not_wanted_was_never_made(world, kit):
    run_id = world.register(kit.payments(3))
    with world.open() as ledger:
        with ledger.claim_next(run_id, 2, world.clock()) as (items, _claim):
            assert [item.state for item in items] == [State.SENDING] * 2
            assert ledger.counts(run_id)[State.SENDING] == 2  # to be read meanwhile
        assert ledger.counts(run_id)[State.PLANNED] == 3
        with ledger.claim_next(run_id, 2, world.clock()) as (items, claim):
            claim()
        assert len(items) == ledger.counts(run_id)[State.SENDING] == 2
        assert ledger.altered() == ()


def test_a_fault_during_a_claim_takes_it_back(world, kit):
    run_id = world.register(kit.payments(3))
    with world.open() as ledger:
        ahead = ledger.claim_next(run_id, 2, world.clock())
        _, claim = ahead.__enter__()
        claim()
        fault = KeyError("the flight failed")
        assert not ahead.__exit__(KeyError, fault, None)
        assert ledger.counts(run_id)[State.PLANNED] == 3


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
