from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from importer.model import (
    Bucket,
    Earlier,
    Finding,
    Kind,
    Layout,
    Proof,
    RowOutcome,
    RunRecord,
    Severity,
    SourceFile,
    Target,
)

HEADER = ("Date", "Payer", "Text", "Amount")


def outcome(row: int, bucket: Bucket, amount: str | None, **more: object) -> RowOutcome:
    values: dict[str, object] = {
        "kind": Kind.INCOMING,
        "posting_date": date(2026, 2, 2),
        "currency": "EUR",
        "counterparty": "Adatum Bikes",
        "reference": f"Invoice 1030{row:02d}",
        "customer_number": "10000",
    }
    return RowOutcome(
        row=row,
        bucket=bucket,
        amount=None if amount is None else Decimal(amount),
        **{**values, **more},  # type: ignore[arg-type]
    )


def finding(row: int | None, code: str = "amount-text", **more: object) -> Finding:
    values: dict[str, object] = {
        "severity": Severity.ERROR,
        "column": "Amount",
        "value": "12,50.0",
        "message": "'12,50.0' is not an amount; expected digits with '.' as decimal mark",
        "remedy": "Correct the cell, or set amount.decimal in the profile.",
    }
    return Finding(code=code, row=row, **{**values, **more})  # type: ignore[arg-type]


def run(*rows: RowOutcome, **more: object) -> RunRecord:
    created = [row for row in rows if row.bucket is Bucket.CREATED]
    total = sum((row.amount or Decimal(0) for row in created), Decimal(0))
    values: dict[str, object] = {
        "run_id": "20260215-093000-4f2a",
        "command": "import",
        "started_at": datetime(2026, 2, 15, 9, 30, tzinfo=UTC),
        "finished_at": datetime(2026, 2, 15, 9, 30, 42, tzinfo=UTC),
        "source": SourceFile("february.csv", "ab" * 32, 1234),
        "layout": Layout("csv", "utf-8", delimiter=",", line_end="\n", notes=("Delimiter ','.",)),
        "header": HEADER,
        "profile": "demo",
        "target": Target("http://127.0.0.1:1", "v2.0", "c-id", "CRONUS", "j-id", "IMPORT"),
        "findings": (),
        "proof": Proof(len(created), total),
        "understood": ("Header in line 1.",),
        "versions": {"python": "3.11", "customer-payment-importer": "0.1"},
    }
    return RunRecord(rows=rows, **{**values, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Makers of values with sound defaults: `make.outcome`, `make.finding`, `make.run`."""
    return SimpleNamespace(outcome=outcome, finding=finding, run=run, header=HEADER)


@pytest.fixture
def record() -> RunRecord:
    """A run with a row in every bucket and text that means to do harm."""
    cells = ("02.02.2026", "Trey", '=HYPERLINK("http://example.invalid")', "12,50.0")
    rows = (
        outcome(2, Bucket.CREATED, "1000.50", line_number=20000, document_number="CP1", id="g-2"),
        outcome(3, Bucket.CREATED, "0.10", line_number=30000, document_number="CP2", id="g-3"),
        outcome(4, Bucket.REJECTED, None, cells=cells, reason="not an amount"),
        outcome(
            5, Bucket.REFUSED, "20", server_code="Internal_RecordNotFound", correlation_id="k-5",
            cells=("02.02.2026", "Ann; Co", "a\nb", "20"), reason="The Customer does not exist.",
        ),
        outcome(6, Bucket.HELD, "30", reason="looks like row 9 of january.csv"),
        outcome(
            7, Bucket.DUPLICATE, "40", reason="imported before",
            earlier=Earlier("20260101-1", 9, "g-9", 10000, "january.csv"),
        ),
        outcome(8, Bucket.SKIPPED, "-5.00", kind=Kind.OUTGOING, reason="money paid"),
        outcome(9, Bucket.CREATED, "7", counterparty="</script><script>alert(1)</script>",
                reference="=1+1", line_number=40000, id="g-9"),
        outcome(10, Bucket.SKIPPED, "1072.60", kind=Kind.TOTAL, reason="a sum",
                counterparty="@cmd", reference="\tx"),
    )  # fmt: skip
    return run(*rows, findings=(finding(4),))


@pytest.fixture
def dry_run(record: RunRecord) -> RunRecord:
    rows = tuple(
        replace(row, bucket=Bucket.PLANNED, line_number=None, id="")
        if row.bucket is Bucket.CREATED
        else row
        for row in record.rows
    )
    return replace(record, command="check", rows=rows, proof=None, target=None)
