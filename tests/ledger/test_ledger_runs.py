"""Runs: registered whole, taken up, remembered the same for ever."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from importer.errors import UsageProblem
from importer.ledger import open_ledger
from importer.model import Answer, AnswerKind, Bucket, Kind, Payment, Proof, SourceRow
from importer.planning import fingerprints, plan
from importer.states import Change, State
from schemas.payment import GENERATIONS


def test_a_run_is_remembered_as_it_was(ledger, kit):
    rows = [kit.payment(2, external_document_number="x1"), kit.payment(3)]
    sources = [
        *kit.source_rows(rows),
        kit.REJECTED,
        SourceRow(10, Kind.OUTGOING, Decimal(-5), bucket=Bucket.SKIPPED, reason="outgoing"),
    ]
    new = kit.new_run()
    made = ledger.register(new, sources, (kit.FINDING,), kit.plans(ledger, rows))
    record = ledger.run_record(made.run_id)
    assert not made.taken_up
    assert made.run_id == "20260215-0001"
    assert [row.bucket for row in record.rows] == ["planned", "planned", "rejected", "skipped"]
    assert record.findings == (kit.FINDING,)
    assert record.rows[2].cells == ("x", "")
    assert record.rows[3].amount == Decimal(-5)
    assert (record.source, record.layout, record.target) == (new.source, new.layout, new.target)
    assert (record.header, record.profile) == (new.header, "bank")
    assert (record.understood, record.versions) == (("understood",), {"importer": "1"})
    assert record.rows[0].line_number == 20000
    assert record.rows[0].external_document_number == "x1"
    assert ledger.run_record(made.run_id) == record


def test_an_interrupted_run_of_the_same_file_is_taken_up(ledger, kit):
    rows = [kit.payment(2)]
    first = kit.register(ledger, rows)
    again = ledger.register(kit.new_run(), kit.source_rows(rows), (), kit.plans(ledger, rows))
    assert (again.run_id, again.taken_up) == (first, True)
    assert ledger.interrupted(kit.new_run()) == first
    assert ledger.interrupted(kit.new_run("f2")) is None
    other = replace(kit.TARGET, journal_id="k")
    assert ledger.interrupted(kit.new_run(target=other)) is None
    finish(ledger, kit, first)
    # Its lines are yet to be counted and compared.
    assert ledger.interrupted(kit.new_run()) == first
    assert ledger.unfinished() == [first]
    ledger.finish(first, kit.AT)
    assert ledger.interrupted(kit.new_run()) is None
    assert ledger.unfinished() == []


def finish(ledger, kit, run_id, to=State.CREATED):
    items = ledger.in_states(run_id, State.PLANNED)
    ledger.claim(items, State.SENDING, kit.AT)
    items = ledger.in_states(run_id, State.SENDING)
    answer = Answer(AnswerKind.ROW_FAULT, 400, "Code", "No", "corr")
    ledger.record([Change(item, to, "said", answer, f"id-{item.row}") for item in items], kit.AT)


def test_a_duplicate_shows_where_it_is_now(ledger, kit):
    rows = [kit.payment(2)]
    first = kit.register(ledger, rows)
    finish(ledger, kit, first)
    second = kit.register(ledger, rows, "f2")
    (row,) = ledger.run_record(second).rows
    assert row.bucket is Bucket.DUPLICATE
    assert (row.earlier.run_id, row.earlier.row) == (first, 2)
    assert (row.earlier.server_id, row.earlier.file) == ("id-2", "a.csv")


def test_the_payments_of_a_source_are_those_of_its_rows(ledger, kit):
    rows = [kit.payment(2), kit.payment(3, description="another")]
    (first, other) = (one.fingerprint.digest for one in kit.plans(ledger, rows))
    kit.register(ledger, rows)
    kit.register(ledger, [replace(rows[0], row=7)], "f2")
    assert ledger.of_sources("c", ["f1", "f2", "f3"]) == {
        ("f1", 2, first), ("f1", 3, other), ("f2", 7, first),
    }  # fmt: skip
    assert not ledger.of_sources("another company", ["f1"])
    assert not ledger.of_sources("c", ["%", "_1"])


def test_a_refused_row_shows_what_the_server_said(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2)])
    finish(ledger, kit, run_id, State.REFUSED)
    (row,) = ledger.run_record(run_id).rows
    assert (row.bucket, row.reason, row.server_code, row.correlation_id) == (
        Bucket.REFUSED,
        "said",
        "Code",
        "corr",
    )


def test_a_finished_run_keeps_its_proof(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2)])
    proof = Proof(1, Decimal("2.50"), ("one",))
    ledger.finish(run_id, kit.AT, proof=proof, message="done")
    record = ledger.run_record(run_id)
    assert (record.proof, record.finished_at, record.message) == (proof, kit.AT, "done")
    ledger.finish(run_id, kit.AT)
    assert ledger.run_record(run_id).proof is None


def test_runs_are_summed_up_the_latest_first(ledger, kit):
    first = kit.register(ledger, [kit.payment(2), kit.payment(3)])
    finish(ledger, kit, first)
    ledger.finish(first, kit.AT)
    second = kit.register(ledger, [kit.payment(2), kit.payment(4)], "f2")
    latest, earlier = ledger.runs()
    assert (latest.run_id, earlier.run_id) == (second, first)
    assert (latest.unfinished, earlier.unfinished) == (1, 0)
    assert latest.counts[Bucket.DUPLICATE] == latest.counts[Bucket.PLANNED] == 1
    assert earlier.totals[Bucket.CREATED] == Decimal("6.00")
    assert (earlier.rows, earlier.currencies, earlier.finished_at) == (2, ("",), kit.AT)
    assert ledger.unfinished() == [second]
    assert ledger.unfinished("c", "j") == [second]
    assert ledger.unfinished("c", "other") == []


def test_money_that_was_not_received_counts_in_no_total(ledger, kit):
    paid = SourceRow(10, Kind.OUTGOING, Decimal(-5), bucket=Bucket.SKIPPED)
    back = SourceRow(11, Kind.INCOMING, Decimal(-5), bucket=Bucket.REJECTED)
    ledger.register(kit.new_run(), [paid, back, kit.REJECTED], (), ())
    (summary,) = ledger.runs()
    assert summary.counts[Bucket.REJECTED] == 2
    assert set(summary.totals.values()) == {Decimal(0)}
    assert ledger.unfinished() == []


def test_bank_ids_are_remembered(ledger, kit):
    rows = [kit.payment(2, bank_id="T1", own_account="NL01")]
    marks = fingerprints(rows, identity="bank-id", company="c", source_sha256="f1")
    how = {
        "company": "c",
        "properties": GENERATIONS["v2.0"].properties,
        "highest_visible": None,
        "highest_bound": None,
    }
    ledger.register(kit.new_run(), kit.source_rows(rows), (), plan(rows, marks, ledger, **how))
    (known,) = ledger.with_bank_keys("c", {"nl01|t1", "nl01|t2"})
    assert ledger.dated("c", known.posting_date, known.posting_date) == [known]
    seen = {known.payment_id}
    assert not ledger.dated("c", known.posting_date, known.posting_date, besides=seen)
    assert not ledger.with_bank_keys("c", {"nl01|t1"}, besides=seen)
    target = kit.new_run().target
    assert (known.row, known.journal) == (2, target.journal_code)
    assert known.profile == kit.new_run().profile
    assert known.earlier().waits_in == target.journal_code
    again = [replace(rows[0], amount=Decimal(9))]
    marks = fingerprints(again, identity="bank-id", company="c", source_sha256="f2")
    (held,) = plan(again, marks, ledger, **how)
    assert "same bank id" in held.reason


def test_an_unknown_run_is_said_so(ledger, kit):
    for ask in (
        lambda: ledger.run_record("R9"),
        lambda: ledger.target("R9"),
        lambda: ledger.finish("R9", kit.AT),
        lambda: ledger.accept_held("R9", {2}, kit.AT),
    ):
        with pytest.raises(UsageProblem, match="no run 'R9'"):
            ask()


def test_held_rows_are_released_by_a_person(ledger, kit):
    kit.register(ledger, [kit.payment(2, reference="one")])
    rows = [kit.payment(2, reference="two"), kit.payment(3)]
    run_id = kit.register(ledger, rows, "f2")
    assert [row.bucket for row in ledger.run_record(run_id).rows] == ["held", "planned"]
    assert ledger.run_record(run_id).rows[0].earlier.row == 2
    ledger.finish(run_id, kit.AT, proof=Proof(0, Decimal(0)))
    assert ledger.accept_held(run_id, {3, 9}, kit.AT) == ()
    assert ledger.accept_held(run_id, {2}, kit.AT) == (2,)
    record = ledger.run_record(run_id)
    assert record.rows[0].bucket is Bucket.PLANNED
    assert (record.finished_at, record.proof) == (None, None)


def test_a_person_ends_the_doubt_about_earlier_tries(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2)])
    ledger.claim(ledger.in_states(run_id, *State), State.SENDING, kit.AT)
    for to in (State.UNKNOWN, State.HELD):
        (item,) = ledger.in_states(run_id, *State)
        ledger.record([Change(item, to)], kit.AT)
    (item,) = ledger.in_states(run_id, State.HELD)
    assert item.ambiguous
    ledger.accept_held(run_id, {2}, kit.AT)
    assert not ledger.in_states(run_id, State.PLANNED)[:1][0].ambiguous


def test_a_number_once_bound_is_never_given_again(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2)])
    (item,) = ledger.in_states(run_id, State.PLANNED)[:1]
    ledger.claim([item], State.SENDING, kit.AT)
    (item,) = ledger.in_states(run_id, State.SENDING)
    payload = item.payload.replace(b"20000", b"90000")
    ledger.record([Change(item, State.PLANNED, rebound=(90000, payload))], kit.AT)
    (item,) = ledger.in_states(run_id, State.PLANNED)[:1]
    assert (item.line_number, item.payload) == (90000, payload)
    assert ledger.highest_bound("c", "j") == 90000
    assert ledger.highest_bound("c", "other") is None
    (item,) = ledger.in_states(run_id, State.PLANNED)[:1]
    ledger.record([Change(item, State.WITHDRAWN)], kit.AT)
    assert ledger.highest_bound("c", "j") == 90000
    again = kit.register(ledger, [kit.payment(2)], "f2")
    assert ledger.in_states(again, State.PLANNED)[:1][0].line_number == 100000


def test_documents_are_known_once_they_were_sent(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2)])
    number = ledger.in_states(run_id, State.PLANNED)[:1][0].document_number
    assert ledger.known_documents("c", {number, "OTHER1"}) == set()
    finish(ledger, kit, run_id)
    ledger.acknowledge("c", {"OTHER1"}, kit.AT)
    assert ledger.known_documents("c", {number, "OTHER1", "X1"}) == {number, "OTHER1"}
    assert ledger.known_documents("other", {number}) == set()
    assert ledger.bound_lines(["id-2", "id-3", ""]) == {"id-2"}
    assert ledger.bound_lines([]) == set()


def test_a_large_file_is_registered_in_seconds(path, kit):
    """A tenth of a large nightly file; the time is that of a slow, busy machine."""
    first = date(2026, 1, 1)
    rows = [
        Payment(n, first + timedelta(days=n % 28), Decimal(n), customer_number=str(n % 500))
        for n in range(2, 10_002)
    ]
    with open_ledger(str(path), write=True) as ledger:
        started = time.monotonic()
        marks = fingerprints(rows, identity="content", company="c", source_sha256="f1")
        made = plan(
            rows,
            marks,
            ledger,
            company="c",
            properties=GENERATIONS["v2.0"].properties,
            highest_visible=None,
            highest_bound=None,
        )
        ledger.register(kit.new_run(), kit.source_rows(rows), (), made)
        assert time.monotonic() - started < 10
        (summary,) = ledger.runs()
        assert summary.counts[Bucket.PLANNED] == 10_000


def test_whether_a_payment_is_in_a_state(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2), kit.payment(3)])
    assert ledger.any_in(run_id, State.PLANNED)
    assert not ledger.any_in(run_id, State.REFUSED)
    first, _ = ledger.in_states(run_id, State.PLANNED)[:2]
    ledger.claim([first], State.SENDING, kit.AT)
    ledger.record([Change(replace(first, state=State.SENDING), State.REFUSED)], kit.AT)
    assert ledger.any_in(run_id, State.REFUSED)
    assert not ledger.any_in("another", State.REFUSED)
