"""What the import ledger remembers: runs, one run, its reports again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from importer.pipeline.jobs import Run
from importer.reconciliation import reconcile

if TYPE_CHECKING:
    from importer.states import RunSummary


def runs(location: str) -> Sequence[RunSummary]:
    """Return every run of an import ledger, the latest first."""
    from importer.ledger import open_ledger

    with open_ledger(location, write=False) as ledger:
        return ledger.runs()


def recorded(run_id: str, location: str) -> Run:
    """Return a run as the import ledger remembers it.

    Raises:
        UsageProblem: there is no such run.
    """
    from importer.ledger import open_ledger

    with open_ledger(location, write=False) as ledger:
        record = ledger.run_record(run_id)
    return Run(record, reconcile(record))


def write_again(run_id: str, location: str, report_dir: Path) -> Run:
    """Write the reports of a run again, byte for byte."""
    from importer.reports import write_reports

    run = recorded(run_id, location)
    paths = write_reports(run.record, run.reconciliation, report_dir / run_id)
    return Run(run.record, run.reconciliation, paths)
