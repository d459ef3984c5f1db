"""Reports on a run, rendered from its record and reconciliation alone.

The same values give the same bytes: no clock, no environment, no path goes into a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from importer.model import Bucket, Layout, Reconciliation, RunRecord, SourceFile
from importer.reports.files import (
    Begun,
    keep_copy,
    kept_copy,
    prepare_folder,
    remove_file,
    write_file,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from importer.reports.apart import Workbooks

__all__ = [
    "Begun",
    "ReportPaths",
    "ahead",
    "json_document",
    "keep_source",
    "kept_source",
    "lacks_source",
    "prepare_folder",
    "terminal_lines",
    "write_reports",
]

ANNOTATES_ITS_SOURCE = frozenset({"xlsx", "xlsm"})
"""Kinds of source of which a copy is kept beside the reports and annotated."""


LARGE_ROWS = 50_000
"""Rows beyond which a browser is slow to show a page and a workbook takes a minute to write."""

SMALL_BYTES = 1 << 20
"""Size of a source up to which the process that writes its workbooks is started ahead."""

NOT_TAKEN = frozenset({Bucket.REJECTED, Bucket.REFUSED, Bucket.HELD, Bucket.UNKNOWN})
"""Buckets whose rows the page of a large run shows."""


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the reports of a run lie; `rejects` is None where no row comes back.

    `xlsx` and `annotated` are None beyond `LARGE_ROWS`, `annotated` also where there is nothing to
    say of a text file.
    """

    folder: Path
    page: Path
    csv: Path
    json: Path
    xlsx: Path | None
    rejects: Path | None
    annotated: Path | None

    def __iter__(self) -> Iterator[Path]:
        """Return the reports in the order in which a person wants them."""
        found = (self.page, self.annotated, self.xlsx, self.rejects, self.csv, self.json)
        return (path for path in found if path is not None)


def keep_source(path: Path, source: SourceFile, layout: Layout, folder: Path) -> None:
    """Keep a copy of a workbook in the folder of its run, to annotate it now and again later.

    A file that is no longer the one that was read is not kept; nor is any other kind, of which
    the reports need no copy.

    Raises:
        ImporterError: the folder cannot be written to.
    """
    if layout.kind in ANNOTATES_ITS_SOURCE:
        prepare_folder(folder)
        keep_copy(path, source.sha256, _copy(folder, layout))


@contextmanager
def ahead(path: Path) -> Iterator[Workbooks | None]:
    """Start the process that writes the workbooks, before their source is read and checked.

    None for a large source: it has no workbooks, or they take much longer than the start.
    """
    try:
        small = path.stat().st_size <= SMALL_BYTES
    except OSError:
        small = False
    if not small:
        yield None
        return
    from importer.reports.apart import Workbooks

    with Workbooks() as started:
        yield started


def load() -> None:
    """Load what writes reports: while another process reads the source, that costs no time."""
    import importer.reports.page
    import importer.reports.rejects  # noqa: F401 - loaded for later


class Lines(Protocol):
    """The rows of a run, already written out: parts of the two reports that have all of them."""

    def place_csv(self, path: Path) -> Path:
        """Put `reconciliation.csv` in its place."""
        ...

    def place_json(self, path: Path, end: bytes) -> Path:
        """Put `reconciliation.json` in its place, with what stands behind its rows."""
        ...


def write_reports(
    record: RunRecord,
    reconciliation: Reconciliation,
    folder: Path,
    lines: Lines | None = None,
    started: Workbooks | None = None,
) -> ReportPaths:
    """Write all reports of a run into a folder.

    A copy of the source that `keep_source` has left there is annotated. Beyond `LARGE_ROWS` the
    page shows the rows that were not taken, and there are no workbooks.

    Args:
        record: the run.
        reconciliation: its proof.
        folder: where they go.
        lines: all rows of the run, where the record holds only those that were not taken.
        started: the process that writes the workbooks, where one was started ahead.

    Raises:
        ImporterError: the folder cannot be written to.
    """
    from concurrent.futures import ThreadPoolExecutor

    from importer.reports.page import page_html
    from importer.reports.rejects import rejects_csv

    prepare_folder(folder)
    large = reconciliation.rows > LARGE_ROWS
    shown = _not_taken(record) if large else record
    # Threads of their own for what works outside the interpreter's lock: the workbooks are made in
    # another process, and the lines of a large run by Arrow.
    with ThreadPoolExecutor(2) as other:
        due = not large and other.submit(
            copy_context().run, _workbooks, record, reconciliation, folder, started
        )
        rows = _write_rows(record, reconciliation, folder, lines, other)
        page = write_file(folder / "report.html", page_html(shown, reconciliation))
        rejects = _if_due(folder / "rejects.csv", rejects_csv(record))
        csv, json = (one.result() for one in rows)
        xlsx, annotated = due.result() if due else (None, None)
    return ReportPaths(
        folder=folder,
        page=page,
        csv=csv,
        json=json,
        xlsx=_if_due(folder / "reconciliation.xlsx", xlsx),
        rejects=rejects,
        annotated=_if_due(folder / "annotated.xlsx", annotated),
    )


def _workbooks(
    record: RunRecord, reconciliation: Reconciliation, folder: Path, started: Workbooks | None
) -> tuple[bytes | None, bytes | None]:
    from importer.reports.apart import workbooks

    return workbooks(record, reconciliation, _kept(record, folder), started)


def _write_rows(
    record: RunRecord,
    reconciliation: Reconciliation,
    folder: Path,
    lines: Lines | None,
    other: Executor,
) -> list[Future[Path]]:
    """Begin to write the two reports that have every row."""
    from importer.reports.document import json_bytes, json_end
    from importer.reports.lines import lines_csv

    csv, json = folder / "reconciliation.csv", folder / "reconciliation.json"
    if lines is None:
        document = json_bytes(record, reconciliation)
        table = lines_csv(record.rows)
        return [other.submit(write_file, csv, table), other.submit(write_file, json, document)]
    end = json_end(record, reconciliation)
    return [other.submit(lines.place_csv, csv), other.submit(lines.place_json, json, end)]


def _kept(record: RunRecord, folder: Path) -> bytes | None:
    """Return the copy of the source that `keep_source` has left, if there is one."""
    if record.layout.kind not in ANNOTATES_ITS_SOURCE:
        return None
    return kept_copy(_copy(folder, record.layout), record.source.sha256)


def kept_source(folder: Path, layout: Layout) -> Path:
    """Return where `keep_source` leaves its copy in the folder of a run."""
    return _copy(folder, layout)


def lacks_source(record: RunRecord, folder: Path) -> bool:
    """Return whether the workbook that a run read is to be annotated and not in its folder."""
    return record.layout.kind in ANNOTATES_ITS_SOURCE and _kept(record, folder) is None


def _not_taken(record: RunRecord) -> RunRecord:
    """Return a large run with the rows that a person looks at, as many as a page can show."""
    rows = (row for row in record.rows if row.bucket in NOT_TAKEN)
    return replace(record, rows=tuple(islice(rows, LARGE_ROWS)))


def _copy(folder: Path, layout: Layout) -> Path:
    return folder / f"source.{layout.kind}"


def _if_due(path: Path, content: bytes | None) -> Path | None:
    """Write a report that not every run has; remove what an earlier rendering left of it."""
    if content is None:
        remove_file(path)
        return None
    return write_file(path, content)


def terminal_lines(
    record: RunRecord, reconciliation: Reconciliation, reports: Iterable[Path] = ()
) -> list[str]:
    """Return the lines that end a command: however long the file is, about a screenful."""
    from importer.reports.terminal import terminal_lines as make

    return make(record, reconciliation, reports)


def json_document(
    record: RunRecord, reconciliation: Reconciliation, report_dir: str | None
) -> dict[str, Any]:
    """Return the document of `--json`: plain values, amounts as decimal strings."""
    from importer.reports.document import json_document as make

    return make(record, reconciliation, report_dir)
