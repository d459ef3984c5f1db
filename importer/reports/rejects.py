"""`rejects.csv`: the rows that were not taken, as the source has them, to be corrected.

The file has the header, columns, delimiter, quotes, encoding, byte order mark and line ends of
the source, so that the same profile reads it again; for a workbook it is a UTF-8 CSV file with
the sheet's columns. Three columns are added: the row number in the source, the finding, and the
source itself. They tell a corrected row from its twins there, and are no data on the way in.
Cells keep their text, except that text which a spreadsheet would run as a formula is guarded
(`importer.formulas`): the column `importer_row` tells the way in to take the guard off again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from importer.formulas import HASH_MARK, HASH_START, OWN_COLUMNS, guard_cell
from importer.model import Bucket, Finding, Layout, RowOutcome, RunRecord, Severity
from importer.reports.language import finding_text, reason_text

COMES_BACK = (Bucket.REJECTED, Bucket.REFUSED)
"""Buckets whose rows a person can correct and hand in again."""

_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""Encodings that write a byte order mark by themselves, and their plain forms."""


def returning(record: RunRecord) -> list[RowOutcome]:
    """Return the rows that come back: rejected or refused, with their source cells."""
    return [row for row in record.rows if row.bucket in COMES_BACK and row.cells]


def rejects_csv(record: RunRecord) -> bytes | None:
    """Return the rejected and refused rows in the layout of the source; None if there are none."""
    rows = returning(record)
    if not rows:
        return None
    findings: dict[int, list[Finding]] = {}
    for finding in record.findings:
        if finding.row is not None and finding.severity is Severity.ERROR:
            findings.setdefault(finding.row, []).append(finding)
    return _encoded(_table(record, rows, findings), record.layout)


def _table(
    record: RunRecord, rows: Sequence[RowOutcome], findings: Mapping[int, Sequence[Finding]]
) -> list[list[str]]:
    header = record.header
    source = _source(record)
    kept = [place for place, name in enumerate(header) if name.strip() not in OWN_COLUMNS]
    wide = max(len(row.cells) for row in rows)
    kept.extend(range(len(header), wide))
    table = [[*_cells(header, kept), *OWN_COLUMNS]]
    for row in rows:
        cells = [guard_cell(cell) for cell in _cells(row.cells, kept)]
        table.append([*cells, str(row.row), _why(row, findings.get(row.row, ())), source])
    return table


def _source(record: RunRecord) -> str:
    """Name the source, and before it what its own rows came back from.

    The source of an annotated workbook is left out: a row may have been created there.
    """
    before = [] if record.layout.origin else record.layout.sources.split()
    starts = dict.fromkeys([*before, record.source.sha256[:HASH_START]])
    return " ".join(HASH_MARK + start for start in starts)


def _cells(cells: Sequence[str], kept: Sequence[int]) -> list[str]:
    return [cells[place] if place < len(cells) else "" for place in kept]


def _why(row: RowOutcome, findings: Sequence[Finding]) -> str:
    sentences = [
        f"{f.code}: {finding_text(f.code, f.message)}; {finding_text(f.code, f.remedy)}".rstrip(
            "; "
        )
        for f in findings
    ]
    if not sentences:
        reason = reason_text(row.reason)
        sentences = [f"{row.server_code}: {reason}" if row.server_code else reason]
    return guard_cell(" | ".join(" ".join(text.split()) for text in sentences))


def _encoded(table: Sequence[Sequence[str]], layout: Layout) -> bytes:
    """Write CSV as the source has it; a workbook's rows as UTF-8 that a spreadsheet opens."""
    if layout.kind != "csv":
        layout = Layout(kind="csv", encoding="utf-8", bom=True, delimiter=",", line_end="\r\n")
    line_end, delimiter, quote = (
        layout.line_end or "\n",
        layout.delimiter or ",",
        layout.quote or '"',
    )
    text = "\ufeff" if layout.bom else ""
    text += "".join(_line(cells, delimiter, quote) + line_end for cells in table)
    encoding = layout.encoding.lower().replace("_", "-") or "utf-8"
    return text.encode(_WITHOUT_MARK.get(encoding, encoding), errors="replace")


def _line(cells: Sequence[str], delimiter: str, quote: str) -> str:
    """Return one line; `csv.writer` leaves a lone carriage return bare, which divides rows."""
    special = _special(delimiter, quote)
    return delimiter.join(
        quote + cell.replace(quote, quote * 2) + quote if special.search(cell) else cell
        for cell in cells
    )


@cache
def _special(delimiter: str, quote: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, (delimiter, quote, "\r", "\n"))))
