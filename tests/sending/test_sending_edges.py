"""Answers that a well-behaved server hardly gives, and every field of a line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer.errors import ConfigurationProblem, ServiceUnavailable
from importer.model import Answer, AnswerKind
from importer.sending import send_run
from importer.sending.comparing import renumbered


def answering(world, name, *answers):
    """Give the server's method these answers first; `None` is its own."""
    real, left = getattr(world.server, name), list(answers)

    def method(*given):
        answer = left.pop(0) if left else None
        return real(*given) if answer is None else answer

    setattr(world.server, name, method)


def test_every_field_survives_the_proof(world, kit):
    company = world.client.company("Example Trading")
    customer = world.client.customers(company.id, ["10000"])["10000"]
    invoice = world.client.invoices(company.id, ["103001"])["103001"]
    rows = [
        kit.payment(
            2,
            customer_number="",
            customer_id=customer.id,
            invoice_id=invoice.id,
            external_document_number="ab-1",
            description="Thanks",
            comment="by bank",
        ),
        kit.payment(3, invoice_number="103001"),
        kit.payment(4, customer_number="", invoice_number="103001"),
    ]
    run_id = world.register(rows)
    assert world.send(run_id).proof.differences == ()
    world.company.edit(20000, "IMPORT", description="Other", appliesToInvoiceNumber="")
    (difference,) = world.send(run_id).proof.differences
    assert "description: sent Thanks, found Other" in difference
    assert "invoice id" in difference


def test_the_clock_of_the_machine_is_the_default(world, kit):
    run_id = world.register(kit.payments(1))
    with world.open() as ledger:
        sent = send_run(ledger, world.server, run_id)
    assert sent.proof.lines == 1


def test_a_created_line_without_a_body_is_held(world, kit):
    run_id = world.register(kit.payments(1))
    answering(world, "send", Answer(AnswerKind.DONE, 201))
    world.send(run_id)
    assert "the answer shows no line" in world.record(run_id).rows[0].reason


def test_a_batch_answer_that_forgets_a_line_leaves_it_unknown(world, kit):
    run_id = world.register(kit.payments(2))
    answering(world, "send_many", {})
    told = []
    world.send(run_id, batch_size=2, say=told.append)
    assert world.buckets(run_id) == {"created": 2}
    assert world.clock.slept > 600
    assert "Waiting up to 660 seconds" in told[-1]


def test_a_journal_that_vanishes_under_a_second_try_stops_the_run(world, kit):
    run_id = world.register(kit.payments(1))
    lost, gone = Answer(AnswerKind.AMBIGUOUS, 504), Answer(AnswerKind.MISSING, 404, message="Gone.")
    answering(world, "send", lost, gone)
    with pytest.raises(ConfigurationProblem, match="Gone"):
        world.send(run_id)
    assert world.buckets(run_id) == {"unknown": 1}
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 1}


def test_a_busy_server_at_a_second_try_leaves_the_payment_unknown(world, kit):
    run_id = world.register(kit.payments(1))
    busy = Answer(AnswerKind.THROTTLED, 429, message="Busy")
    answering(world, "send", Answer(AnswerKind.AMBIGUOUS), busy, busy)
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 1}


def test_a_refusal_of_a_second_try_is_no_proof_while_the_first_stands(world, kit):
    """The first try is executed between the look and the second try."""
    run_id = world.register(kit.payments(1))
    fault = Answer(AnswerKind.ROW_FAULT, 400, "Application_DialogException", "Blocked")
    real, calls = world.server.send, []

    def send(payload):
        calls.append(payload)
        if len(calls) == 2:
            real(payload)
        return Answer(AnswerKind.AMBIGUOUS) if len(calls) == 1 else fault

    world.server.send = send
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 1}
    assert len(world.lines()) == 1


def test_a_line_of_another_payment_is_never_taken_for_ours(world, kit):
    rows = [kit.payment(2, document_number="BANK-1")]
    first = world.run(rows)
    again = kit.payment(3, "2.25", document_number="BANK-1")
    second = world.register([again], "b.csv", accepted=[3])
    world.company.renumber(20000, 30000, "IMPORT")
    answering(world, "send", Answer(AnswerKind.AMBIGUOUS))
    world.send(second)
    row = world.record(second).rows[0]
    assert row.bucket == "held"
    assert "already belongs to another payment" in row.reason
    assert world.buckets(first) == {"created": 1}


def test_a_line_like_it_under_another_number_is_for_a_person(world, kit):
    rows = [kit.payment(2, document_number="BANK-1")]
    run_id = world.register(rows)
    answering(world, "send", Answer(AnswerKind.AMBIGUOUS))
    sleep, added = world.clock.sleep, []

    def once(seconds):
        sleep(seconds)
        if not added:
            added.append(seconds)
            values = {"postingDate": "2026-02-01", "documentNumber": "BANK-1", "amount": -2.25}
            world.company.add("IMPORT", lineNumber=77, customerNumber="10000", **values)

    world.clock.sleep = once
    world.send(run_id)
    assert "may be this payment" in world.record(run_id).rows[0].reason


def test_a_dimension_of_a_line_that_was_posted_is_told(world, kit):
    run_id = world.register([kit.payment(2, dimensions=(("AREA", "NORTH"),))])
    world.faults(kit.Fault("lost_after", kit.POST, kit.LINES, nth=1))
    sleep, posted = world.clock.sleep, []

    def once(seconds):
        sleep(seconds)
        if not posted:
            posted.append(seconds)
            world.company.post("IMPORT")

    world.clock.sleep = once
    world.send(run_id)
    assert "its line has left the journal" in world.record(run_id).rows[0].reason


def test_a_dimension_without_a_clear_answer_is_left_for_later(world, kit):
    run_id = world.register([kit.payment(2, dimensions=(("AREA", "NORTH"),))])
    answering(world, "set_dimension", *[Answer(AnswerKind.AMBIGUOUS)] * 6)
    with pytest.raises(ServiceUnavailable, match="dimension AREA"):
        world.send(run_id)
    world.send(run_id)
    assert world.record(run_id).rows[0].reason == ""


def test_a_dimension_that_may_not_be_written_stops_the_run(world, kit):
    run_id = world.register([kit.payment(2, dimensions=(("AREA", "NORTH"),))])
    answering(world, "set_dimension", Answer(AnswerKind.CONFIGURATION, 403, message="No"))
    with pytest.raises(ConfigurationProblem, match=r"^No"):
        world.send(run_id)


def test_a_clock_set_back_neither_shortens_nor_prolongs_the_wait(world, kit):
    run_id = world.register(kit.payments(1))
    real, set_back = world.server.send, []

    def send(payload):
        if not set_back:
            set_back.append(payload)
            return Answer(AnswerKind.AMBIGUOUS)
        return real(payload)

    world.server.send = send
    assert world.send(run_id, stop=lambda: world.clock.slept > 2).stopped
    world.clock.now = replace_year(world.clock.now, 2020)
    before = world.clock.slept
    world.send(run_id)
    assert 650 < world.clock.slept - before < 680
    assert world.buckets(run_id) == {"created": 1}


def replace_year(moment, year):
    return moment.replace(year=year)


def test_a_payload_is_renumbered_in_one_place_only(world, kit):
    assert renumbered(b'{"lineNumber":1,"x":1}', 1, 2) == b'{"lineNumber":2,"x":1}'
    with pytest.raises(ValueError, match="begins with its line number"):
        renumbered(b'{"x":1,"lineNumber":1}', 1, 2)


def test_a_server_that_settles_at_once_is_not_waited_for(world, kit):
    run_id = world.register(kit.payments(1))
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES, nth=1))
    world.send(run_id, settle_seconds=0)
    assert world.buckets(run_id) == {"created": 1}
    assert world.clock.slept == 0


def test_twins_stay_twins_through_lost_answers(world, kit):
    one = kit.payment(2, "5", document_number="SAME-1")
    rows = [one, replace(one, row=3), replace(one, row=4)]
    run_id = world.register(rows)
    world.faults(
        kit.Fault("lost_after", kit.POST, kit.LINES, nth=1),
        kit.Fault("lost_after", kit.POST, kit.LINES, nth=1),
    )
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 3}
    assert len(world.lines()) == 3


@pytest.mark.parametrize("batch_size", [1, 2])
def test_a_request_leaves_only_after_its_claim_is_durable(world, kit, batch_size):
    run_id = world.register(kit.payments(2))
    name = "send" if batch_size == 1 else "send_many"
    real, seen = getattr(world.server, name), []

    def method(*given):
        seen.append(dict(world.buckets(run_id)))
        return real(*given)

    setattr(world.server, name, method)
    world.send(run_id, batch_size=batch_size)
    assert seen[0] == ({"unknown": 1, "planned": 1} if batch_size == 1 else {"unknown": 2})


def test_a_deletion_leaves_only_after_its_claim_is_durable(world, kit):
    run_id = world.run(kit.payments(1))
    real, seen = world.server.delete, []

    def delete(*given):
        seen.append(world.buckets(run_id))
        return real(*given)

    world.server.delete = delete
    world.undo(run_id)
    assert seen == [{"unknown": 1}]


def test_what_is_executed_during_the_wait_is_seen_before_a_second_try(world, kit):
    """The second try would find the number freed: somebody posts at that moment."""
    run_id = world.register(kit.payments(1))
    real, sleep, late = world.server.send, world.clock.sleep, []

    def send(payload):
        if not late:
            late.append(payload)
            return Answer(AnswerKind.AMBIGUOUS)
        world.company.post("IMPORT")
        return real(payload)

    def longer(seconds):
        sleep(seconds)
        if len(late) == 1:
            late.append(real(late[0]))

    world.server.send, world.clock.sleep = send, longer
    world.send(run_id)
    assert len(world.lines()) + len(world.posted_payments()) == 1
    assert world.buckets(run_id) == {"created": 1}
