"""`annotated.xlsx`: the source as a workbook that says at each row and cell what became of it.

The user's own XLSX workbook keeps its formatting and gets a status column, colours, comments
and a sheet of findings. It is opened in a child process under limits (`importer.reports.apart`),
because it is an untrusted file. Of any other source, and where the copy of the source is gone, the
workbook is made of the rows that the import ledger keeps, as text. Corrected and handed in again,
either is read as the source was (`importer.mapping.returned`).
"""

from __future__ import annotations

from collections.abc import Sequence

from importer.model import RunRecord
from importer.reports.causes import has_causes
from importer.reports.cells import MAX_ROWS


def is_due(record: RunRecord) -> bool:
    """Return whether a run has an annotated workbook.

    It has none where a sheet cannot hold the rows, and for a text file of which there is nothing
    to say.
    """
    if not record.rows or record.rows[-1].row > MAX_ROWS:
        return False
    return record.layout.kind != "csv" or has_causes(record)


def annotated_xlsx(record: RunRecord, source: bytes | None = None) -> bytes | None:
    """Return the annotated workbook, None where it is not due.

    Args:
        record: the run.
        source: the user's own workbook, which only a process under limits opens.
    """
    if not is_due(record):
        return None
    from importer.reports.annotating import annotated_rows, annotated_source
    from importer.reports.marks import marks

    if source is not None:
        return annotated_source(source, marks(record))
    rows: dict[int, Sequence[str]] = {
        **dict(record.layout.above),
        **{row.row: row.cells for row in record.rows},
    }
    return annotated_rows(rows, marks(record))
