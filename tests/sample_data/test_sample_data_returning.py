"""What is rejected can be corrected in `rejects.csv` and handed in again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from importer.mapping.returned import returned
from importer.model import Bucket, Kind, Layout, RowOutcome, RunRecord, SourceRow
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import understand, validated
from importer.reading import read
from importer.reconciliation import reconcile
from importer.reports import write_reports

SAMPLE = Path(__file__).parents[2] / "sample_data" / "bank-de.csv"

Take = Callable[[Path], Any]


def _record(taken: Any) -> RunRecord:
    def outcome(row: SourceRow) -> RowOutcome:
        return RowOutcome(
            row=row.row,
            kind=row.kind,
            bucket=row.bucket or Bucket.PLANNED,
            amount=row.amount,
            currency=row.currency,
            reason=row.reason,
            cells=row.cells,
        )

    understood = taken.understood
    return RunRecord(
        run_id="20260215-093000-4f2a",
        command="check",
        started_at=datetime(2026, 2, 15, tzinfo=UTC),
        finished_at=None,
        source=understood.grid.source,
        layout=understood.grid.layout,
        header=understood.mapped.header,
        profile=understood.profile.name,
        target=None,
        rows=tuple(outcome(row) for row in taken.validated.rows),
        findings=taken.validated.findings,
    )


def _rejects(path: Path, take: Take, folder: Path) -> Path:
    record = _record(take(path))
    rejects = write_reports(record, reconcile(record), folder).rejects
    assert rejects is not None
    return rejects


@pytest.mark.parametrize("name", ["everything-wrong.csv", "bank-de.csv", "bank-de-overlap.csv"])
def test_rejects_are_read_as_the_rows_they_were(
    name: str, samples: Path, take: Take, tmp_path: Path
) -> None:
    before = take(samples / name).validated
    again = take(_rejects(samples / name, take, tmp_path)).validated
    assert [replace(row, row=0) for row in again.rows] == [
        replace(row, row=0) for row in before.rows if row.bucket is Bucket.REJECTED
    ]
    assert [f.code for f in again.findings] == [f.code for f in before.findings]


def test_corrected_rejects_are_payments(samples: Path, take: Take, tmp_path: Path) -> None:
    rejects = _rejects(samples / "bank-de.csv", take, tmp_path)
    text = rejects.read_bytes().decode("cp1252")
    assert text.startswith("Buchungstag;Wertstellung;")
    rejects.write_bytes(text.replace("Danke!", "Danke! Rechnung 103008").encode("cp1252"))
    taken = take(rejects)
    assert taken.understood.profile.name == "demo-bank-de"
    (payment,) = taken.matched.payments
    assert (str(payment.amount), payment.invoice_number) == ("130.00", "103008")
    assert payment.counterparty == "Müller & Söhne"


def test_rejects_of_a_workbook_come_back_as_csv(samples: Path, take: Take, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(samples / "clerk-workbook.xlsx")
    sheet = book["Payments"]
    sheet["B2"], sheet["D2"], sheet["G3"] = None, None, "=1+1"
    sheet["G3"].data_type = "s"
    sheet["B3"] = "X" * 21
    book.save(tmp_path / "wrong.xlsx")
    rejects = _rejects(tmp_path / "wrong.xlsx", take, tmp_path / "reports")
    text = rejects.read_text("utf-8-sig")
    assert "'=1+1" in text
    rejects.write_text(text.replace("X" * 21, "20000"), "utf-8")
    first, second = take(rejects).validated.rows
    assert first.bucket is Bucket.REJECTED
    assert (second.bucket, str(second.amount), str(second.posting_date)) == (
        None, "3120.55", "2026-02-02",
    )  # fmt: skip
    (payment,) = take(rejects).validated.payments
    assert payment.description == "=1+1"


def test_rejects_of_a_source_without_header_keep_its_columns(take: Take, tmp_path: Path) -> None:
    cells = ("2026-02-10", "=1", "Danke", "1O")
    rows = (
        RowOutcome(3, Kind.INCOMING, Bucket.REJECTED, None, reason="why", cells=cells),
        RowOutcome(5, Kind.INCOMING, Bucket.REJECTED, None, reason="why", cells=cells),
    )
    layout = Layout("csv", "utf-8", delimiter=";", line_end="\n")
    record = replace(_record(take(SAMPLE)), rows=rows, header=(), layout=layout, findings=())
    path = write_reports(record, reconcile(record), tmp_path).rejects
    assert path is not None
    grid = returned(read(path))
    assert [tuple(line[1:]) for line in grid.frame.itertuples(index=False)] == [cells, cells]


def test_any_other_file_is_left_as_it_is(samples: Path) -> None:
    grid = read(samples / "bank-nl.csv")
    assert returned(grid) is grid


PROFILE = """
[header]
columns = ["Tag", "Kunde", "Betrag", "Text"]
[date]
column = "Tag"
formats = ["%d.%m.%Y"]
[amount]
column = "Betrag"
decimal = ","
thousands = "."
[columns]
customer_number = "Kunde"
description = "Text"
"""


def test_numbers_of_a_workbook_come_back_with_the_value_they_had(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Tag", "Kunde", "Betrag", "Text"])
    book.active.append([date(2026, 2, 10), 10000, Decimal("100.005"), "stored as a number"])
    book.active.append(["11.02.2026", "10000", "1.234,005", "typed as text"])
    book.active.append([date(2026, 2, 12), None, 1234.5, "no customer"])
    book.save(tmp_path / "german.xlsx")
    (tmp_path / "german.toml").write_text(PROFILE, "utf-8")
    reading = Reading(profile=str(tmp_path / "german.toml"))

    def rows(path: Path) -> list[SourceRow]:
        return list(validated(understand(path, reading), "v2.0").rows)

    before = rows(tmp_path / "german.xlsx")
    assert [str(row.amount) for row in before] == ["100.005", "1234.005", "1234.50"]
    understood = understand(tmp_path / "german.xlsx", reading)
    checked = validated(understood, "v2.0")
    taken = SimpleNamespace(understood=understood, validated=checked)
    record = _record(taken)
    rejects = write_reports(record, reconcile(record), tmp_path / "reports").rejects
    assert rejects is not None
    assert '10.02.2026,10000,"100,005"' in rejects.read_text("utf-8-sig")
    assert [(row.amount, row.posting_date, row.bucket) for row in rows(rejects)] == [
        (row.amount, row.posting_date, Bucket.REJECTED) for row in before
    ]
