"""The demo: made-up samples into the built-in simulator, over real HTTP."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from importer.cli.output import table
from importer.model import Bucket, RowOutcome
from importer.pipeline import Job, Run, import_file
from importer.reconciliation import received
from importer.settings import TargetOptions
from importer.simulator import Fault, FaultPlan, Simulator

JOURNAL = "IMPORT"
FOLDER = "demo"
"""Its ledger begins anew, and so do its run numbers: reports of real runs are elsewhere."""
SETTLE_SECONDS = 1.0
PAYMENTS_PATH = r"/customerPayments$"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One file of the demo and what it shows."""

    file: str
    shows: str
    answer_lost: int = 0


LESSONS = (
    Lesson(
        "clerk-workbook.xlsx", "a clerk's workbook; its headers are Business Central's captions"
    ),
    Lesson("bank-de.csv", "a German bank: decimal commas, lines above the header, totals below"),
    Lesson("bank-us.csv", "an American bank; the answer to its second payment is lost", 2),
    Lesson("everything-wrong.csv", "one row for each fault: refused cell by cell"),
    Lesson("bank-de.csv", "the German file a second time: nothing is sent twice"),
    Lesson("bank-de-overlap.csv", "the bank's next export overlaps: only what is new is sent"),
)


def samples() -> Path:
    """Return the folder of the samples, as installed or in a checkout."""
    package = Path(str(files("importer")))
    installed = package / "sample_data"
    return installed if installed.is_dir() else package.parent / "sample_data"


def run_demo(
    report_dir: Path,
    result: Callable[[str], None],
    say: Callable[[str], None],
    progress: Callable[[str, int, int], None],
) -> int:
    """Import the samples into a fresh simulator and show where every row ended.

    Returns:
        The exit code: 0 where all is in balance, 1 otherwise.
    """
    runs: list[Run] = []
    with (
        tempfile.TemporaryDirectory(prefix="customer-payments-") as folder,
        Simulator(auth=False) as simulator,
    ):
        say(f"Simulator of Business Central at {simulator.base_url}")
        job = Job(
            target=TargetOptions(base_url=simulator.base_url, journal=JOURNAL, batch_size=1),
            ledger=str(Path(folder) / "ledger.sqlite3"),
            report_dir=report_dir / FOLDER,
            settle_seconds=SETTLE_SECONDS,
            progress=progress,
        )
        for number, lesson in enumerate(LESSONS, 1):
            say(f"\n{number}. {lesson.file}: {lesson.shows}")
            _lose_an_answer(simulator, lesson.answer_lost)
            for run in import_file(samples() / lesson.file, job, confirm=lambda _sum_up: True):
                runs.append(run)
                for line in _told(run):
                    say(line)
        lines = len(simulator.company().payments(JOURNAL))
    return _summary(runs, lines, result)


def _lose_an_answer(simulator: Simulator, nth: int) -> None:
    lost = Fault("lost_after", method="POST", path=PAYMENTS_PATH, nth=nth, times=1)
    simulator.install(FaultPlan((lost,)) if nth else None)


def _told(run: Run) -> list[str]:
    rows = (row for row in run.record.rows if row.bucket is not Bucket.SKIPPED)
    return [f"   {_sentence(row)}" for row in rows]


def _sentence(row: RowOutcome) -> str:
    start = f"row {row.row:>3}  {row.bucket:<9} {row.amount or '':>10}"
    if row.bucket is Bucket.CREATED:
        again = "  (answer lost, found by looking)" if row.reason else ""
        return f"{start}  line {row.line_number}, id {row.id}{again}"
    return f"{start}  {row.reason}"


def _summary(runs: list[Run], lines: int, result: Callable[[str], None]) -> int:
    rows = [row for run in runs for row in run.record.rows]
    counts = Counter(row.bucket for row in rows)
    currencies = sorted({row.currency for row in rows if received(row)})
    found = [bucket for bucket in Bucket if counts[bucket]]
    cells = [
        (str(bucket), f"{counts[bucket]:,}", *_sums(rows, currencies, [bucket])) for bucket in found
    ]
    cells.append(("all", f"{len(rows):,}", *_sums(rows, currencies, found)))
    result("")
    result(
        table(
            ("Bucket", "Rows", *(name or "unstated" for name in currencies)),
            cells,
            right=range(1, 2 + len(currencies)),
        )
    )
    balanced = lines == counts[Bucket.CREATED] and all(
        run.fault is None and run.reconciliation.in_balance for run in runs
    )
    words = "in balance" if balanced else "NOT in balance"
    result("")
    result(
        f"{words}: {len(rows)} rows of {len(runs)} files, "
        f"{counts[Bucket.CREATED]} created, {lines} lines on the server"
    )
    result("Reports:")
    for run in runs:
        if run.paths is not None:
            result(f"  {run.record.source.file:<22} {run.paths.page}")
    return 0 if balanced else 1


def _sums(rows: list[RowOutcome], currencies: list[str], buckets: list[Bucket]) -> list[str]:
    sums = dict.fromkeys(currencies, Decimal(0))
    for row in rows:
        if row.bucket in buckets and (amount := received(row)):
            sums[row.currency] += amount
    return [f"{amount:,.2f}" for amount in sums.values()]
