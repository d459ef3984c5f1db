"""A run from the ledger to the server, with everything that can go wrong on the way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from importer.errors import ConfigurationProblem, PersonNeeded, ServiceUnavailable
from importer.states import State


def test_every_payment_is_created_once_and_proven(world, kit):
    run_id = world.register(kit.payments(5))
    sent = world.send(run_id)
    assert sent.proof is not None
    assert (sent.proof.lines, sent.proof.total, sent.proof.differences) == (
        5,
        Decimal("21.25"),
        (),
    )
    assert [line["lineNumber"] for line in world.lines()] == [20000, 30000, 40000, 50000, 60000]
    assert world.amounts() == [Decimal(f"{n}.25") for n in range(2, 7)]
    record = world.record(run_id)
    assert [row.id for row in record.rows] == [line["id"] for line in world.lines()]
    assert record.proof == sent.proof
    assert record.finished_at is not None


def test_a_batch_creates_the_same_lines(world, kit):
    run_id = world.run(kit.payments(23), batch_size=10)
    assert world.buckets(run_id) == {"created": 23}
    assert len(world.lines()) == 23
    assert world.simulator.counts


def test_the_same_file_again_sends_nothing(world, kit):
    first = world.run(kit.payments(4))
    second = world.run(kit.payments(4), "renamed.csv")
    assert world.buckets(second) == {"duplicate": 4}
    assert len(world.lines()) == 4
    row = world.record(second).rows[0]
    assert row.earlier.run_id == first
    assert row.earlier.server_id == world.lines()[0]["id"]


def test_progress_is_told(world, kit):
    told = []
    world.run(kit.payments(3), progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_row_that_the_server_refuses_does_not_stop_the_others(world, kit):
    rows = [kit.payment(2), kit.payment(3, customer_number="90000"), kit.payment(4)]
    run_id = world.run(rows)
    assert world.buckets(run_id) == {"created": 2, "refused": 1}
    refused = world.record(run_id).rows[1]
    assert refused.server_code == "Application_DialogException"
    assert "blocked" in refused.reason
    assert refused.correlation_id


def test_a_refused_payment_can_come_again(world, kit):
    world.run([kit.payment(2, customer_number="90000")])
    world.company.act("block_customer", customer="90000", blocked="")
    again = world.run([kit.payment(2, customer_number="90000")], "again.csv")
    assert world.buckets(again) == {"created": 1}


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
def test_a_lost_answer_is_resolved_without_a_double(world, kit, kind, batch_size):
    path = kit.LINES if batch_size == 1 else kit.BATCH
    world.faults(kit.Fault(kind, kit.POST, path, nth=2))
    run_id = world.run(kit.payments(8), batch_size=batch_size)
    assert world.buckets(run_id) == {"created": 8}
    assert sorted(world.amounts()) == [Decimal(f"{n}.25") for n in range(2, 10)]
    waited = world.clock.slept
    assert (waited >= 655) == (kind == "lost_before")


def test_only_what_was_lost_inside_a_batch_is_unknown(world, kit):
    world.faults(kit.Fault("missing", operation=3, times=1))
    run_id = world.run(kit.payments(5), batch_size=5)
    assert world.buckets(run_id) == {"created": 5}
    assert len(world.lines()) == 5


def test_late_execution_within_the_settle_time_makes_no_double(world, kit):
    world.faults(kit.Fault("late", kit.POST, kit.LINES, nth=2, status=504, after_requests=6))
    run_id = world.run(kit.payments(3))
    assert world.buckets(run_id) == {"created": 3}
    assert len(world.lines()) == 3


def test_late_execution_just_before_the_second_try_is_a_duplicate_of_ours(world, kit):
    run_id = world.register(kit.payments(2))
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES, nth=1))

    class Late(type(world.server)):
        """Executes the first try when the second one is about to leave."""

        sends = 0

        def send(self, payload):
            Late.sends += 1
            if Late.sends == 3:
                assert super().send(payload).line is not None
            return super().send(payload)

    world.server.__class__ = Late
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 2}
    assert len(world.lines()) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_waited_for(world, kit, status):
    world.faults(
        kit.Fault(
            "answer",
            kit.POST,
            kit.LINES,
            times=3,
            status=status,
            headers={"Retry-After": "7"},
            code="Application_TooManyRequests",
        )
    )
    run_id = world.run(kit.payments(3))
    assert world.buckets(run_id) == {"created": 3}
    assert world.clock.slept >= 21


def test_a_server_that_stays_busy_ends_the_run_with_everything_planned(world, kit):
    run_id = world.register(kit.payments(3))
    world.faults(
        kit.Fault("answer", kit.POST, kit.LINES, status=429, code="Application_TooManyRequests")
    )
    with pytest.raises(ServiceUnavailable, match="resume"):
        world.send(run_id)
    assert world.buckets(run_id) == {"planned": 3}
    world.faults()
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 3}


def test_a_lock_inside_a_batch_is_repeated(world, kit):
    world.faults(kit.Fault("lock", operation=2, times=2))
    run_id = world.run(kit.payments(4), batch_size=4)
    assert world.buckets(run_id) == {"created": 4}


@pytest.mark.parametrize("kind", ["cut_body", "html_body", "empty_body", "answered_after"])
def test_an_answer_that_cannot_be_read_is_looked_up(world, kit, kind):
    world.faults(kit.Fault(kind, kit.POST, kit.LINES, nth=1, status=504, cut_at=20))
    run_id = world.run(kit.payments(2))
    assert world.buckets(run_id) == {"created": 2}
    assert len(world.lines()) == 2


def test_a_wrong_permission_stops_the_run_and_rows_stay_planned(world, kit):
    run_id = world.register(kit.payments(3))
    world.faults(
        kit.Fault("answer", kit.POST, kit.LINES, nth=2, status=403, code="Authorization_Denied")
    )
    with pytest.raises(ConfigurationProblem):
        world.send(run_id)
    assert world.buckets(run_id) == {"created": 1, "planned": 2}


def test_a_journal_that_is_gone_stops_the_run(world, kit):
    run_id = world.register(kit.payments(1))
    world.company.act("delete_journal", journal="IMPORT")
    with pytest.raises(ConfigurationProblem, match="no longer there"):
        world.send(run_id)


def test_a_line_of_others_on_our_number_gets_us_another(world, kit):
    run_id = world.register(kit.payments(2))
    world.company.add("IMPORT", lineNumber=20000, customerNumber="20000", amount=-1)
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 2}
    assert [line["lineNumber"] for line in world.lines()] == [20000, 30000, 40000]


def test_hidden_lines_on_our_numbers_get_us_others(world, kit):
    run_id = world.register(kit.payments(6))
    for number in range(20000, 200000, 10000):
        world.company.add_hidden("IMPORT", lineNumber=number, amount=-1)
    world.send(run_id, batch_size=3)
    assert world.buckets(run_id) == {"created": 6}
    assert len({line["lineNumber"] for line in world.lines()}) == 6


def test_an_equal_line_that_was_already_there_is_adopted(world, kit):
    """As when another program sent the very same content."""
    rows = [kit.payment(2, document_number="BANK-1")]
    run_id = world.register(rows)

    class Overtaken(type(world.server)):
        """Another program is faster by one request."""

        def send(self, payload):
            world.company.add(
                "IMPORT",
                lineNumber=20000,
                customerNumber="10000",
                postingDate="2026-02-01",
                documentNumber="BANK-1",
                amount=-2.25,
            )
            return super().send(payload)

    world.server.__class__ = Overtaken
    world.send(run_id)
    record = world.record(run_id)
    assert record.rows[0].bucket == "created"
    assert "already there" in record.rows[0].reason
    assert len(world.lines()) == 1


def test_a_lost_line_that_was_edited_is_held(world, kit):
    run_id = world.register(kit.payments(2))
    world.faults(
        kit.Fault(
            "act",
            kit.POST,
            kit.LINES,
            nth=2,
            act={"action": "edit", "line": 20000, "journal": "IMPORT", "set": {"amount": -99}},
        ),
        kit.Fault("lost_after", kit.POST, kit.LINES, nth=1),
    )
    world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "held"
    assert "amount: sent -2.25, found -99" in row.reason


def test_a_lost_line_that_was_renumbered_is_found(world, kit):
    run_id = world.register(kit.payments(2))
    world.faults(
        kit.Fault(
            "act",
            kit.POST,
            kit.LINES,
            nth=2,
            act={"action": "renumber", "line": 20000, "journal": "IMPORT", "to": 77},
        ),
        kit.Fault("lost_after", kit.POST, kit.LINES, nth=1),
    )
    sent = world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "created"
    assert "renumbered to 77" in row.reason
    assert sent.proof.differences == ("row 2: line 20000: line number: sent 20000, found 77",)
    assert len(world.lines()) == 2


def test_a_lost_line_that_was_posted_is_found_in_the_entries(world, kit):
    run_id = world.register(kit.payments(1))
    world.faults(kit.Fault("lost_after", kit.POST, kit.LINES, nth=1))
    _post_while_waiting(world)
    sent = world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "created"
    assert "posted" in row.reason
    assert sent.proof.differences == ()
    assert len(world.posted_payments()) == 1
    assert world.lines() == []


def test_a_lost_answer_is_held_when_the_journal_was_posted_without_it(world, kit):
    run_id = world.register(kit.payments(2))
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES, nth=2))
    _post_while_waiting(world)
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 1, "held": 1}
    assert "has left the journal" in world.record(run_id).rows[1].reason
    assert len(world.posted_payments()) == 1


def _post_while_waiting(world):
    sleep = world.clock.sleep
    posted = []

    def once(seconds):
        sleep(seconds)
        if not posted:
            posted.append(seconds)
            world.company.post("IMPORT")

    world.clock.sleep = once


def test_a_posted_document_with_a_number_of_the_file_is_held(world, kit):
    run_id = world.register([kit.payment(2, document_number="BANK-1")])
    world.faults(kit.Fault("lost_after", kit.POST, kit.LINES, nth=1))
    _post_while_waiting(world)
    world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "held"
    assert "its number is not unique" in row.reason


def test_a_refusal_after_a_lost_answer_is_final_only_when_nothing_is_there(world, kit):
    run_id = world.register(kit.payments(2))
    world.faults(
        kit.Fault(
            "act",
            kit.POST,
            kit.LINES,
            nth=2,
            act={"action": "block_customer", "customer": "10000", "blocked": "All"},
        ),
        kit.Fault("lost_before", kit.POST, kit.LINES, nth=1),
    )
    world.send(run_id)
    assert world.buckets(run_id) == {"refused": 2}
    assert world.lines() == []


def test_a_hidden_line_on_the_number_of_a_lost_payment_is_held(world, kit):
    run_id = world.register(kit.payments(1))
    world.faults(
        kit.Fault(
            "act",
            kit.POST,
            kit.LINES,
            nth=2,
            act={"action": "add_hidden", "journal": "IMPORT", "lineNumber": 20000, "amount": -1},
        ),
        kit.Fault("lost_before", kit.POST, kit.LINES, nth=1),
    )
    world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "held"
    assert "cannot be seen" in row.reason


def test_answers_that_stay_lost_leave_the_payment_unknown(world, kit):
    run_id = world.register(kit.payments(2))
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES))
    with pytest.raises(ServiceUnavailable, match="2 payments are unknown"):
        world.send(run_id)
    assert world.buckets(run_id) == {"unknown": 2}
    world.faults()
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 2}


def test_what_another_run_left_unknown_is_resolved_first(world, kit):
    first = world.register(kit.payments(1))
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES))
    with pytest.raises(ServiceUnavailable):
        world.send(first)
    world.faults()
    real, sent = world.server.send, []

    def send(payload):
        sent.append(payload)
        return real(payload)

    world.server.send = send
    world.run([kit.payment(9)], "b.csv")
    assert [b'"amount":-2.25' in payload for payload in sent] == [True, False]
    assert world.buckets(first) == {"created": 1}
    assert len(world.lines()) == 2


def test_a_claimed_payment_of_a_dead_process_is_resolved(world, kit):
    run_id = world.register(kit.payments(3))
    with world.open() as ledger:
        first, second, _ = ledger.in_states(run_id, State.PLANNED)[:3]
        ledger.claim([first, second], State.SENDING, world.clock())
        world.server.send(first.payload)
    world.clock.sleep(5000)
    before = world.clock.slept
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 3}
    assert len(world.lines()) == 3
    # When the second request left is not known: it may have been just now.
    assert world.clock.slept - before >= 655


def test_a_wish_to_stop_is_honoured_between_requests(world, kit):
    run_id = world.register(kit.payments(5))
    asked = iter([False, False, True])
    sent = world.send(run_id, stop=lambda: next(asked))
    assert sent.stopped
    assert world.buckets(run_id) == {"created": 2, "planned": 3}
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 5}


def test_a_wish_to_stop_is_honoured_while_waiting(world, kit):
    run_id = world.register(kit.payments(1))
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES, times=1))
    sent = world.send(run_id, stop=lambda: world.clock.slept > 3)
    assert sent.stopped
    assert sent.unknown == 1
    assert world.clock.slept < 6


def test_an_echo_that_differs_is_held(world, kit):
    run_id = world.register([kit.payment(2, "1.005")])
    world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "held"
    assert "amount: sent -1.005, found -1.01" in row.reason
    assert row.id == world.lines()[0]["id"]
    with world.open() as ledger:
        assert ledger.accept_held(run_id, {2}, world.clock()) == ()


def test_the_proof_names_what_was_changed_or_deleted(world, kit):
    run_id = world.register(kit.payments(4))
    world.send(run_id)
    world.company.edit(20000, "IMPORT", amount=-1)
    world.company.delete(30000, "IMPORT")
    world.company.renumber(40000, 44000, "IMPORT")
    proof = world.send(run_id).proof
    assert (proof.lines, proof.total) == (3, Decimal("10.50"))
    gone = world.record(run_id).rows[1].id
    assert proof.differences == (
        "row 2: line 20000: amount: sent -2.25, found -1.00",
        f"row 3: line 30000 (id {gone}) is no longer in the journal, nor in the posted entries",
        "row 4: line 40000: line number: sent 40000, found 44000",
    )


def test_the_proof_names_a_document_that_stands_twice(world, kit):
    run_id = world.run(kit.payments(2))
    first = world.lines()[0]
    world.company.add("IMPORT", lineNumber=25000, documentNumber=first["documentNumber"], amount=-1)
    proof = world.send(run_id).proof
    assert "has the same document number" in proof.differences[0]


def test_the_proof_counts_posted_lines(world, kit):
    run_id = world.run(kit.payments(2))
    world.company.post("IMPORT")
    assert world.send(run_id).proof.differences == ()


def test_dimensions_are_written_and_taken_up_again(world, kit):
    rows = [kit.payment(row, dimensions=(("AREA", "NORTH"),)) for row in (2, 3)]
    run_id = world.register(rows)
    world.faults(kit.Fault("lost_before", kit.POST, "dimensionSetLines", times=1))
    world.send(run_id)
    for line in world.lines():
        assert world.server.dimensions(line["id"]) == {"AREA": "NORTH"}
    with world.open(write=False) as ledger:
        assert ledger.without_dimensions(run_id) == ()


def test_a_dimension_that_is_refused_is_told_with_its_row(world, kit):
    run_id = world.run([kit.payment(2, dimensions=(("AREA", "NOWHERE"),))])
    row = world.record(run_id).rows[0]
    assert row.bucket == "created"
    assert "AREA NOWHERE was not written" in row.reason
    (difference,) = world.record(run_id).proof.differences
    assert "AREA NOWHERE was not written" in difference


def test_dimensions_that_cannot_be_written_now_are_left_for_later(world, kit):
    run_id = world.register([kit.payment(2, dimensions=(("AREA", "NORTH"),))])
    world.faults(kit.Fault("lost_after", kit.POST, "dimensionSetLines"))
    world.send(run_id)
    world.faults(kit.Fault("answer", "", "dimensionSetLines", status=403, code="Authorization_X"))
    other = world.register([kit.payment(3, dimensions=(("AREA", "NORTH"),))], "b.csv")
    with pytest.raises(ConfigurationProblem):
        world.send(other)
    world.faults()
    world.send(other)
    assert world.record(other).rows[0].reason == ""


def test_a_lost_ledger_is_noticed_before_anything_is_sent(world, kit):
    world.run(kit.payments(3))
    world.path.unlink()
    run_id = world.register(kit.payments(3))
    with pytest.raises(PersonNeeded, match="line 20000"):
        world.send(run_id)
    assert world.buckets(run_id) == {"planned": 3}
    assert len(world.lines()) == 3
    world.send(run_id, acknowledge=True)
    assert world.buckets(run_id) == {"held": 3}
    assert len(world.lines()) == 3
    world.run([kit.payment(9)], "b.csv")
    assert len(world.lines()) == 4


def test_a_lost_ledger_is_noticed_after_posting(world, kit):
    world.run(kit.payments(300), batch_size=100)
    world.company.post("IMPORT")
    world.path.unlink()
    run_id = world.register(kit.payments(300))
    with pytest.raises(PersonNeeded, match="in the posted entries"):
        world.send(run_id)
    world.send(run_id, acknowledge=True)
    assert world.buckets(run_id) == {"held": 300}


def test_a_posted_document_of_the_file_is_noticed_by_date_and_amount(world, kit):
    rows = [kit.payment(2, document_number="B1"), kit.payment(3, document_number="B1")]
    world.run(rows[:1])
    world.company.post("IMPORT")
    world.path.unlink()
    run_id = world.register(rows)
    with pytest.raises(PersonNeeded, match="B1 in the posted"):
        world.send(run_id)
    world.send(run_id, acknowledge=True)
    assert world.buckets(run_id) == {"held": 1, "created": 1}


def test_an_old_copy_of_the_ledger_is_noticed(world, kit):
    run_id = world.register(kit.payments(2))
    copy = world.path.read_bytes()
    world.send(run_id)
    world.path.write_bytes(copy)
    with pytest.raises(PersonNeeded):
        world.send(run_id)
    assert len(world.lines()) == 2


def test_a_number_counted_up_from_ours_raises_no_alarm(world, kit):
    world.run(kit.payments(1))
    ours = world.lines()[0]["documentNumber"]
    following = ours[:-2] + f"{(int(ours[-2:]) + 1) % 100:02d}"
    world.company.add("IMPORT", lineNumber=25000, documentNumber=following, amount=-1)
    world.run([kit.payment(9)], "b.csv")
    assert len(world.lines()) == 3


def test_without_sight_of_posted_entries_doubt_is_for_a_person(world, kit):
    run_id = world.register(kit.payments(1))
    world.faults(
        kit.Fault("lost_before", kit.POST, kit.LINES, nth=1),
        kit.Fault("answer", "GET", "generalLedgerEntries", status=403, code="Authorization_X"),
    )
    world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "held"
    assert "posted entries cannot be" in row.reason
    world.faults()
    with world.open() as ledger:
        assert ledger.accept_held(run_id, {2}, world.clock()) == (2,)
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 1}


def test_a_server_that_goes_away_after_a_foreign_line_leaves_the_rest_planned(world, kit):
    run_id = world.register(kit.payments(2))
    world.company.add("IMPORT", lineNumber=20000, customerNumber="20000", amount=-1)
    world.company.add("IMPORT", lineNumber=30000, customerNumber="20000", amount=-1)
    world.faults(kit.Fault("answer", "GET", kit.LINES, nth=2, status=403, code="Authorization_X"))
    with pytest.raises(ConfigurationProblem):
        world.send(run_id, batch_size=2)
    assert world.buckets(run_id) == {"planned": 2}
    world.faults()
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 2}


def test_two_equal_payments_of_one_file_are_two_lines(world, kit):
    one = kit.payment(2, "5", reference="same")
    run_id = world.run([one, replace(one, row=3)])
    assert world.buckets(run_id) == {"created": 2}
    assert world.amounts() == [Decimal(5), Decimal(5)]
