"""What the annotated workbook says: a status for each row, a note for each fault."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from importer.formulas import HASH_MARK, HASH_START
from importer.model import Bucket, RowOutcome, RunRecord
from importer.reports.causes import causes
from importer.reports.language import reason_text, say

Level = Literal["error", "warning", "note"]

TITLES = (
    "Severity", "Cell", "Row", "Column", "Value", "What is wrong", "What to do", "Code",
)  # fmt: skip

_LEVELS: dict[Bucket, Level] = {
    Bucket.REJECTED: "error",
    Bucket.REFUSED: "error",
    Bucket.HELD: "warning",
    Bucket.UNKNOWN: "warning",
}


class Status(msgspec.Struct, frozen=True, array_like=True):
    """Where one row ended; `text` begins with the bucket."""

    row: int
    bucket: Bucket
    text: str


class Note(msgspec.Struct, frozen=True, array_like=True):
    """One fault and its remedy; `column` is 0-based, None for the row or the whole file."""

    level: Level
    row: int | None
    column: int | None
    name: str
    value: str
    message: str
    remedy: str
    code: str


class Marks(msgspec.Struct, frozen=True):
    """All that is written into the workbook; `sheet` is `""` where the source has none.

    `titles` head the columns of the sheet of findings, `levels` are the words for each; `origin`
    is the hash of the source, by which the workbook is known again; `sources` name what its rows
    came back from, `own` the source itself.
    """

    sheet: str
    header: list[str]
    rows: list[Status]
    notes: list[Note]
    time: datetime
    titles: list[str]
    levels: dict[Level, str]
    origin: str = ""
    sources: str = ""
    own: str = ""

    @property
    def first_row(self) -> int:
        """Return the row of the first status; those above are the header and what precedes it."""
        return self.rows[0].row


def marks(record: RunRecord) -> Marks:
    """Return what there is to say of a run that has rows."""
    columns: dict[str, int] = {}
    for at, name in enumerate(record.header):
        columns.setdefault(name, at)
    notes = [
        Note(
            cause.severity.value,
            place.row,
            _column(place.cell) if place.cell else columns.get(cause.column),
            cause.column,
            place.value,
            place.message,
            place.remedy,
            cause.code,
        )
        for cause in causes(record)
        for place in cause.places
    ]
    rows = [Status(row.row, row.bucket, _said(row)) for row in record.rows]
    titles = [say(title) for title in TITLES]
    return Marks(
        sheet=record.layout.sheet,
        header=[*record.header],
        rows=rows,
        notes=notes,
        time=record.started_at,
        titles=titles,
        levels={"error": say("error"), "warning": say("warning"), "note": say("note")},
        origin=record.layout.origin or record.source.sha256,
        sources=" ".join(HASH_MARK + start for start in record.layout.sources.split()),
        own=HASH_MARK + record.source.sha256[:HASH_START],
    )


def level(bucket: Bucket) -> Level | None:
    """Return how grave an end in this bucket is; None where nothing is to be done."""
    return _LEVELS.get(bucket)


def _said(row: RowOutcome) -> str:
    said = reason_text(row.reason)
    if row.bucket is Bucket.CREATED and row.line_number is not None:
        said = f"line {row.line_number}, {row.document_number}".rstrip(", ")
    return f"{row.bucket}: {said}" if said else str(row.bucket)


def _column(cell: str) -> int:
    """Return the 0-based column of an address: `D17` is 3."""
    at = 0
    for letter in cell.rstrip("0123456789"):
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1
