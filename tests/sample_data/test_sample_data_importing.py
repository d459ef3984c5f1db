"""Every sample into one company over HTTP: each row ends where the expected rows say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from importer.model import Bucket
from importer.pipeline import Job, import_file
from importer.settings import TargetOptions
from importer.simulator import Simulator

ORDER = (
    "clerk-workbook.xlsx",
    "bank-de.csv",
    "bank-nl.csv",
    "bank-us.csv",
    "webshop-bom-crlf.csv",
    "everything-wrong.csv",
    "bank-de-overlap.csv",
)

Expected = Callable[[str], list[dict[str, str]]]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(auth=False) as running:
        yield running


def test_every_row_ends_where_its_lesson_says(
    simulator: Simulator, samples: Path, expected: Expected, tmp_path: Path
) -> None:
    job = Job(
        target=TargetOptions(base_url=simulator.base_url, journal="IMPORT"),
        ledger=str(tmp_path / "ledger.sqlite3"),
        report_dir=tmp_path / "reports",
    )
    created = Decimal(0)
    for name in ORDER:
        (run,) = import_file(samples / name, job, confirm=lambda _sum_up: True)
        assert {str(row.row): str(row.bucket) for row in run.record.rows} == {
            row["row"]: row["import"] for row in expected(name)
        }
        assert run.reconciliation.in_balance, name
        assert run.paths is not None
        assert (run.paths.rejects is not None) == any(
            row["import"] in {"rejected", "refused"} for row in expected(name)
        )
        created += run.reconciliation.totals[Bucket.CREATED]
    lines = simulator.company().payments("IMPORT")
    wanted = [row for name in ORDER for row in expected(name) if row["import"] == "created"]
    assert len(lines) == len(wanted)
    assert created == sum(Decimal(row["amount"]) for row in wanted)
