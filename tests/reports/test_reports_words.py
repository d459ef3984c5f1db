from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from importer.model import Bucket, RunRecord, Severity
from importer.reconciliation import reconcile
from importer.reports import terminal_lines
from importer.reports.causes import causes
from importer.reports.flow import flow
from importer.reports.words import BUCKETS, MEANINGS, money, verdict


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("318220.55", "EUR", "318,220.55 EUR"),
        ("7", "EUR", "7.00 EUR"),
        ("7", "JPY", "7 JPY"),
        ("1.005", "EUR", "1.005 EUR"),
        ("1E+3", "", "1,000.00"),
        ("-5", "", "-5.00"),
    ],
)
def test_money(amount: str, currency: str, text: str) -> None:
    assert money(Decimal(amount), currency) == text


def test_every_bucket_has_its_place_and_its_sentence() -> None:
    assert set(BUCKETS) == set(Bucket) == set(MEANINGS)


def test_verdict_in_words_first(record: RunRecord) -> None:
    said = verdict(record, reconcile(record))
    assert said.sentence == (
        "In balance: 9 rows, 1,097.60 EUR received; "
        "3 created, 1 rejected, 1 refused, 1 held, 1 duplicate, 2 skipped"
    )
    assert said.good
    assert said.reasons == ()


def test_verdict_of_a_dry_run(dry_run: RunRecord) -> None:
    said = verdict(dry_run, reconcile(dry_run))
    assert said.sentence.startswith("In balance (dry run, nothing was sent): 9 rows")
    assert "3 ready to send" in said.sentence


def test_verdict_names_every_reason_against_it(make: SimpleNamespace) -> None:
    record = make.run(make.outcome(2, Bucket.UNKNOWN, "1"), make.outcome(3, Bucket.PLANNED, "2"))
    record = replace(record, proof=replace(record.proof, lines=4))  # type: ignore[type-var]
    said = verdict(record, reconcile(record))
    assert said.sentence.startswith("Not in balance: 2 rows, 3.00 EUR received; ")
    assert said.reasons[0] == "0 rows created, 4 lines on the server"
    assert "1 row not sent yet" in said.reasons[1]
    assert "1 row was sent without an answer" in said.reasons[2]


def test_each_currency_by_itself(make: SimpleNamespace) -> None:
    record = make.run(
        make.outcome(2, Bucket.CREATED, "1"), make.outcome(3, Bucket.CREATED, "2", currency="USD")
    )
    assert "1.00 EUR and 2.00 USD received" in verdict(record, reconcile(record)).sentence


def test_causes_are_grouped_and_ordered(make: SimpleNamespace) -> None:
    note = make.finding(None, "header", severity=Severity.NOTE, column="")
    findings = (note, make.finding(4), make.finding(3, "date-text", column="Date"), make.finding(2))
    rows = [make.outcome(n, Bucket.REJECTED, None) for n in (2, 3, 4)]
    found = causes(make.run(*rows, findings=findings))
    assert [cause.code for cause in found] == ["amount-text", "date-text", "header"]
    assert [place.row for place in found[0].places] == [2, 4]
    assert (found[0].rows, found[2].rows) == (2, 0)


def test_rows_that_stop_without_a_finding_are_causes_too(record: RunRecord) -> None:
    found = {cause.code: cause for cause in causes(record)}
    assert found["Internal_RecordNotFound"].places[0].message == "The Customer does not exist."
    assert found["held"].severity is Severity.WARNING
    assert found["held"].remedies


def test_terminal_ends_with_verdict_and_paths(record: RunRecord, tmp_path: object) -> None:
    lines = terminal_lines(record, reconcile(record), [tmp_path])  # type: ignore[list-item]
    assert lines[0].split() == ["Bucket", "Rows", "Received", "EUR"]
    assert lines[1].split() == ["created", "3", "1,007.60"]
    assert any(line.startswith("in balance: 9 rows") for line in lines)
    assert lines[-1] == f"  {tmp_path}"


def test_no_sum_is_of_two_currencies(make: SimpleNamespace) -> None:
    rows = (
        make.outcome(2, Bucket.CREATED, "1"),
        make.outcome(3, Bucket.CREATED, "2000", currency="USD"),
        make.outcome(4, Bucket.REJECTED, "4", currency="USD"),
    )
    record = make.run(*rows)
    lines = terminal_lines(record, reconcile(record))
    assert [line.split() for line in lines[:5]] == [
        ["Bucket", "Rows", "Received", "EUR", "Received", "USD"],
        ["created", "2", "1.00", "2,000.00"],
        ["rejected", "1", "0.00", "4.00"],
        ["-" * len(lines[0])],
        ["file", "3", "1.00", "2,004.00"],
    ]
    assert not any("2,001" in line or "2,005" in line for line in lines)


def test_terminal_is_about_a_screenful_however_many_findings(make: SimpleNamespace) -> None:
    rows = [make.outcome(n, Bucket.REJECTED, None) for n in range(2, 2002)]
    findings = tuple(make.finding(n, f"code-{n % 100}") for n in range(2, 2002))
    record = make.run(*rows, findings=findings)
    lines = terminal_lines(record, reconcile(record))
    assert len(lines) <= 24
    assert any("findings of other causes" in line for line in lines)


def test_a_cell_does_not_steer_the_terminal(make: SimpleNamespace) -> None:
    bad = make.finding(2, message="'\x1b[2J' is\nnot an amount", remedy="x" * 500)
    record = make.run(make.outcome(2, Bucket.REJECTED, None), findings=(bad,))
    lines = terminal_lines(record, reconcile(record))
    assert all(line.isprintable() and len(line) <= 200 for line in lines)


def test_flow_shows_every_bucket_even_without_money(record: RunRecord) -> None:
    picture = flow(reconcile(record))
    assert picture is not None
    assert picture.measure == "money received"
    assert [band.bucket for band in picture.bands] == [
        "created", "rejected", "refused", "held", "duplicate", "skipped",
    ]  # fmt: skip
    assert all(band.height >= 2 for band in picture.bands)


def test_flow_by_rows_where_money_does_not_compare(make: SimpleNamespace) -> None:
    mixed = make.run(
        make.outcome(2, Bucket.CREATED, "1"), make.outcome(3, Bucket.CREATED, "2", currency="USD")
    )
    picture = flow(reconcile(mixed))
    assert picture is not None
    assert picture.measure == "number of rows"
    assert flow(reconcile(make.run())) is None
