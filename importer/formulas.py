"""Text that a spreadsheet would run as a formula, made harmless and back again.

A cell of a CSV file that begins with ``= + - @``, tab or carriage return is a formula to a
spreadsheet, and the payer writes the text of a bank statement. `guard` puts an apostrophe before
such text. The apostrophe is added to text that already looks guarded, too, so that `unguard`
gives every text back exactly: what was guarded can be corrected and imported again.
"""

from __future__ import annotations

import re

ROW_COLUMN = "importer_row"
FINDING_COLUMN = "importer_finding"
SOURCE_COLUMN = "importer_source"
OWN_COLUMNS = (ROW_COLUMN, FINDING_COLUMN, SOURCE_COLUMN)
"""Columns that `rejects.csv` adds to those of the source; a header with the first of them says
that the cells below are guarded. With the last, the start of the hash of the source, it says
which row of which file came back."""

HASH_START = 16
"""Digits of a source's hash that name it in `rejects.csv`."""

HASH_MARK = "sha256:"
"""Keeps a spreadsheet from taking such digits for a number."""

STATUS_COLUMN = "importer_status"
"""The column that the annotated workbook adds; below this header, or after it in each cell of a
sheet without one, stands the bucket of the row."""

PLACE_COLUMN = "importer_place"
"""The hidden column beside it: which row of which source each row is, latest last."""

FINDINGS_SHEET = "importer findings"
GUIDE_SHEET = "importer guide"
CUSTOMERS_SHEET = "importer customers"
INVOICES_SHEET = "importer open invoices"
ORIGIN_SHEET = "importer origin"
"""Hidden in an annotated workbook: its first cell holds the hash of the source."""

OWN_SHEETS = frozenset({FINDINGS_SHEET, GUIDE_SHEET, CUSTOMERS_SHEET, INVOICES_SHEET, ORIGIN_SHEET})
"""Sheets that the annotated workbook and the template add; they hold no payments."""

GUARDED = r"^'('*[=+\-@\t\r＝＋－＠])"  # noqa: RUF001 - full-width signs count as well
"""What guarded text looks like; ``\\1`` is the start of the original (`re` and RE2)."""

_STARTS = frozenset("'=+-@\t\r＝＋－＠")  # noqa: RUF001
"""Text that begins otherwise needs no expression, which takes four times as long."""
_RISKY = re.compile(r"'*[=+\-@\t\r＝＋－＠]")  # noqa: RUF001
_NUMBER = re.compile(r"[+-]?[ \u00a0]?\d[\d.,'’ \u00a0\u202f]*[+-]?")  # noqa: RUF001


def guard(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in _STARTS and _RISKY.match(text) else text


def guard_cell(text: str) -> str:
    """Return a source cell that no spreadsheet runs; a signed number stays the number it is."""
    if text[:1] not in _STARTS:
        return text
    return f"'{text}" if _RISKY.match(text) and not _NUMBER.fullmatch(text) else text


def unguard(text: str) -> str:
    """Return the text that `guard` or `guard_cell` was given."""
    return re.sub(GUARDED, r"\1", text)
