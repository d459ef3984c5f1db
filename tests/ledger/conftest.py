"""Files and values that tests of the import ledger share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from importer.ledger import Ledger, open_ledger
from importer.model import (
    Bucket,
    Finding,
    Kind,
    Layout,
    Payment,
    Severity,
    SourceFile,
    SourceRow,
    Target,
)
from importer.planning import fingerprints, plan
from importer.states import NewRun, Plan
from schemas.payment import GENERATIONS

AT = datetime(2026, 2, 15, 9, tzinfo=UTC)
TARGET = Target("http://h/v2.0/sandbox/api/v2.0", "v2.0", "c", "CRONUS", "j", "IMPORT")


def new_run(sha: str = "f1", file: str = "a.csv", target: Target = TARGET) -> NewRun:
    return NewRun(
        "import",
        AT,
        SourceFile(file, sha, 12),
        Layout("csv", "utf-8", notes=("comma",)),
        ("Date", "Amount"),
        "bank",
        target,
        "c",
        ("understood",),
        {"importer": "1"},
    )


def payment(row: int, **more: Any) -> Payment:
    more.setdefault("customer_number", "10000")
    return Payment(row, date(2026, 2, 1), Decimal(f"{row}.50"), **more)


def plans(ledger: Ledger, rows: list[Payment], sha: str = "f1", **how: Any) -> tuple[Plan, ...]:
    marks = fingerprints(rows, identity="content", company="c", source_sha256=sha)
    return plan(
        rows,
        marks,
        ledger,
        company="c",
        properties=GENERATIONS["v2.0"].properties,
        highest_visible=None,
        highest_bound=ledger.highest_bound("c", "j"),
        **how,
    )


def source_rows(rows: list[Payment]) -> list[SourceRow]:
    return [SourceRow(one.row, Kind.INCOMING, one.amount, one.posting_date) for one in rows]


def register(ledger: Ledger, rows: list[Payment], sha: str = "f1", **how: Any) -> str:
    made = plans(ledger, rows, sha, **how)
    return ledger.register(new_run(sha), source_rows(rows), (), made).run_id


FINDING = Finding("amount", Severity.ERROR, 9, "Amount", "x", "'x' is no amount", "Correct it.")
REJECTED = SourceRow(
    9, Kind.INCOMING, None, bucket=Bucket.REJECTED, reason="no amount", cells=("x", "")
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path):
    with open_ledger(str(path), write=True) as opened:
        yield opened


@pytest.fixture
def kit() -> SimpleNamespace:
    return SimpleNamespace(
        AT=AT,
        FINDING=FINDING,
        REJECTED=REJECTED,
        TARGET=TARGET,
        new_run=new_run,
        payment=payment,
        plans=plans,
        register=register,
        source_rows=source_rows,
    )
