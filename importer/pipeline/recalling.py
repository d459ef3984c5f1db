"""What the import ledger remembers: runs, one run, its reports again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import UsageProblem

if TYPE_CHECKING:
    from importer.pipeline.jobs import Run
    from importer.states import RunSummary


def missing_ledger(location: str) -> Path | None:
    """Return where an import ledger would be, None where there is one or something else."""
    from importer.ledger import ledger_path

    path = ledger_path(location)
    try:
        return None if path.exists() else path
    except OSError:  # opening it says why
        return None


def runs(location: str) -> Sequence[RunSummary]:
    """Return every run of an import ledger, the latest first."""
    from importer.ledger import open_ledger

    with open_ledger(location, write=False) as ledger:
        return ledger.runs()


def altered(location: str) -> Sequence[str]:
    """Say what of an import ledger was altered by others than this tool."""
    from importer.ledger import open_ledger

    with open_ledger(location, write=False) as ledger:
        return ledger.altered()


def recorded(run_id: str, location: str) -> Run:
    """Return a run as the import ledger remembers it.

    Raises:
        UsageProblem: there is no such run.
    """
    from importer.ledger import open_ledger
    from importer.pipeline.jobs import Run
    from importer.reconciliation import reconcile

    with open_ledger(location, write=False) as ledger:
        record = ledger.run_record(run_id)
    return Run(record, reconcile(record))


def write_again(
    run_id: str,
    location: str,
    report_dir: Path,
    source: Path | None = None,
    *,
    kept_in: Path | None = None,
    say: Callable[[str], None] = lambda _text: None,
) -> Run:
    """Write the reports of a run again, byte for byte.

    Args:
        run_id: the run.
        location: of the import ledger.
        report_dir: folder for the run's folder.
        source: the source file, where no copy of it lies in the run's folder; a workbook is
            annotated itself, and not a table of its rows.
        kept_in: another folder of runs, where a copy of the source may lie.
        say: is told where the source is missing.

    Raises:
        UsageProblem: there is no such run, or the source is not the file that it read.
    """
    from importer.reading import sha256
    from importer.reports import keep_source, kept_source, lacks_source, write_reports

    run = recorded(run_id, location)
    of = run.record.source
    if source is not None:
        if sha256(source) != of.sha256:
            raise UsageProblem(
                f"{source.name} is not the file that run {run_id} read: that was {of.file} with "
                f"SHA-256 {of.sha256}. Name that file, or leave out --source"
            )
    elif kept_in is not None and lacks_source(run.record, report_dir / run_id):
        source = kept_source(kept_in / run_id, run.record.layout)
    if source is not None:
        keep_source(source, of, run.record.layout, report_dir / run_id)
    if lacks_source(run.record, report_dir / run_id):
        say(
            "No copy of the workbook was found: annotated.xlsx is a table of its rows. Name the "
            f"workbook {of.file} with --source to have it annotated itself"
        )
    paths = write_reports(run.record, run.reconciliation, report_dir / run_id)
    return replace(run, paths=paths)
