"""A workbook's cells: stored values to text, with the kind and the faults of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from importer.errors import InputProblem
from importer.model import CellKind, Finding, Severity
from importer.reading.options import Limits
from importer.reading.runs import Cells, Run, any_blank, by_rows

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SHORT = re.compile(r"-?[1-9][0-9]*+(\.[0-9]*[1-9])?|0|-?0\.[0-9]{0,3}[1-9]", re.ASCII)
_DIGITS = 15  # what Excel keeps and shows of a number
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - dates of a workbook have no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_SERIAL = 2_958_466
_DAY_MS = 86_400_000  # a millisecond is the finest time that a workbook shows
_MS = timedelta(milliseconds=1)
_NOISE_US = 500
_LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001
_FALSE_LEAP_DAY = 60
_BUILTIN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
MOST_ERRORS = 50_000
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

EMPTY_CELL = ("", CellKind.EMPTY)
Cell = tuple[str, CellKind]


def column_letters(index: int) -> str:
    """Return the letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def is_date_format(code: str) -> bool:
    """Say whether a number format shows a date or a time."""
    bare = _FORMAT_NOISE.sub("", code.split(";", maxsplit=1)[0])
    return bool(re.search(r"[dymhs]", bare, re.IGNORECASE)) and "General" not in bare


def is_builtin_date(number_format: int) -> bool:
    """Say whether a built-in format (no code in the file) shows a date or a time."""
    return number_format in _BUILTIN_DATES


def is_short_number(raw: str) -> bool:
    """Say whether a stored number is written as Excel shows it, as nearly all are."""
    return len(raw) <= _DIGITS and _SHORT.fullmatch(raw) is not None


def plain(value: Decimal) -> str:
    """Return the shortest plain decimal: `1E+3` is 1000, `1.50` is 1.5."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0", "-"} else text


@dataclass
class SheetCells:
    """The cells of one sheet: `rows` by row number from 1, each by column from 0.

    Rows in the order of their numbers may lie in `runs` instead. `origin` is the hash of the
    source where the workbook is an annotated one; `shown` is the one mark beside the numbers of a
    column.
    """

    name: str
    limits: Limits
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cells: int = 0
    uses_1904: bool = False
    origin: str = ""
    shown: dict[int, str] = field(default_factory=dict)
    _in_runs: int = 0

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Keep a cell; empty ones take no room.

        Raises:
            InputProblem: the cell lies outside any sheet or beyond a limit.
        """
        if not cell[0] and cell[1] is CellKind.EMPTY:
            return
        if not (1 <= row <= MAX_ROWS and 0 <= column < MAX_COLUMNS):
            raise InputProblem(
                f"sheet {self.name!r} claims a cell in row {row:,}, column {column + 1:,}; a sheet "
                "ends at row 1,048,576 and column 16,384. The workbook is damaged: save it again."
            )
        if column >= self.limits.columns:
            found = f"sheet {self.name!r} uses {column + 1:,} columns in row {row:,}"
            raise self.limits.problem("columns", found)
        cells = self.rows.get(row)
        if cells is None:
            if len(self.rows) + self._in_runs >= self.limits.rows:
                found = f"sheet {self.name!r} has more rows than that"
                raise self.limits.problem("rows", found)
            cells = self.rows[row] = {}
        elif column in cells:
            self.fault(
                "cell-twice", row, column, cell[0],
                "the workbook stores this cell twice, with different rows in one place",
                "Open the workbook, check the row, and save it again.",
            )  # fmt: skip
        cells[column] = cell
        self.cells += 1

    def put_row(self, row: int, cells: dict[int, Cell]) -> None:
        """Keep the cells of a whole row, none of them empty, as `put` does one by one."""
        below = len(self.rows) + self._in_runs < self.limits.rows
        usual = row not in self.rows and below and 1 <= row <= MAX_ROWS
        if not cells:
            return
        if usual and max(cells) < min(self.limits.columns, MAX_COLUMNS):
            self.rows[row] = cells
            self.cells += len(cells)
            return
        for column, cell in cells.items():
            self.put(row, column, cell)

    def put_run(self, numbers: list[int], columns: Mapping[int, Cells]) -> None:
        """Keep rows by columns, as `put_row` does one by one; their numbers rise from all others.

        Rows that meet a limit or hold nothing but blanks are kept one by one.
        """
        fits = (
            max(columns, default=MAX_COLUMNS) < min(self.limits.columns, MAX_COLUMNS)
            and len(self.rows) + self._in_runs + len(numbers) <= self.limits.rows
            and numbers[-1] <= MAX_ROWS
        )
        if fits and not any_blank(len(numbers), columns):
            self.runs.append(Run.of(numbers, columns))
            self._in_runs += len(numbers)
            return
        for number, cells in by_rows(numbers, columns):
            self.put_row(number, cells)

    def spread(self) -> None:
        """Move all rows that lie by columns to `rows`."""
        runs, self.runs, self._in_runs = self.runs, [], 0
        for run in runs:
            for number, cells in run.rows():
                self.put_row(number, cells)

    def fault(
        self,
        code: str,
        row: int,
        column: int,
        value: str,
        message: str,
        remedy: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Keep a finding on one cell."""
        if len(self.findings) >= MOST_ERRORS:
            raise InputProblem(
                f"sheet {self.name!r} has more than {MOST_ERRORS:,} faulty cells, the last in row "
                f"{row:,}: {message}. Correct the workbook and save it again."
            )
        address = f"{column_letters(column)}{row}"
        self.findings.append(
            Finding(code, severity, row, str(column), value[:200], message, remedy, address)
        )

    def number(self, row: int, column: int, raw: str) -> Cell:
        """Return a stored number as the shortest decimal that Excel shows."""
        if is_short_number(raw):
            return raw, CellKind.NUMBER
        raw = raw.strip()
        if not _NUMBER.fullmatch(raw):
            self.fault(
                "not-a-number", row, column, raw,
                f"the workbook stores {raw[:60]!r} as a number, which it is not",
                "Type the value into the cell again.",
            )  # fmt: skip
            return raw, CellKind.TEXT
        exact = Decimal(raw)
        if abs(exact.adjusted()) >= _DIGITS and exact:
            return self._beyond(row, column, raw, exact)
        shown = +exact if len(exact.as_tuple().digits) <= _DIGITS else _rounded(exact)
        if float(shown) != float(exact):
            self.fault(
                "number-noise", row, column, raw,
                f"the stored number is {raw}; Excel shows {plain(shown)}, which was taken",
                "",
                Severity.NOTE,
            )  # fmt: skip
        return plain(shown), CellKind.NUMBER

    def _beyond(self, row: int, column: int, raw: str, exact: Decimal) -> Cell:
        if exact.adjusted() < 0:  # as good as zero: what adding amounts leaves behind
            self.fault(
                "number-noise", row, column, raw,
                f"the stored number is {raw}; it was taken as 0",
                "",
                Severity.NOTE,
            )  # fmt: skip
            return "0", CellKind.NUMBER
        self.fault(
            "digits-lost", row, column, raw,
            f"{raw} is a number of more than 15 digits; Excel keeps only 15, so the rest is lost",
            "Format the column as text in the source and enter the identifier again.",
        )  # fmt: skip
        return plain(exact), CellKind.NUMBER

    def serial(self, row: int, column: int, raw: str) -> Cell:
        """Return a stored date or time as ISO text."""
        if not _NUMBER.fullmatch(raw.strip()):
            return self.number(row, column, raw)
        day, clock = divmod(round(Decimal(raw) * _DAY_MS), _DAY_MS)
        low = 0 if self.uses_1904 else 1
        if 0 <= Decimal(raw) < 1:
            return _clock(clock), CellKind.TEXT
        if not low <= day < _LAST_SERIAL or (day == _FALSE_LEAP_DAY and not self.uses_1904):
            self.fault(
                "not-a-date", row, column, raw,
                f"{raw} is shown as a date, but there is no such day",
                "Type the date into the cell again.",
            )  # fmt: skip
            return raw, CellKind.TEXT
        epoch = _EPOCH_1904 if self.uses_1904 else _EXCEL_EPOCH
        if not self.uses_1904 and day < _FALSE_LEAP_DAY:
            day += 1
        moment = epoch + timedelta(days=day, milliseconds=clock)
        return iso(moment), CellKind.DATE

    def error(self, row: int, column: int, raw: str) -> Cell:
        """Return an error cell such as `#N/A`."""
        self.fault(
            "error-cell", row, column, raw,
            f"the cell shows the error {raw}",
            "Correct the formula, or type the value.",
        )  # fmt: skip
        return raw, CellKind.ERROR

    def uncomputed(self, row: int, column: int, formula: str) -> Cell:
        """Return a formula whose value the workbook does not hold."""
        self.fault(
            "formula-uncomputed", row, column, "=" + formula,
            "the cell holds a formula whose value was never computed",
            "Open the workbook in Excel and save it, so that the value is stored.",
        )  # fmt: skip
        return "", CellKind.UNCOMPUTED

    def text(self, row: int, column: int, value: str) -> Cell:
        """Return a text cell."""
        if len(value) > self.limits.field_bytes:
            found = f"sheet {self.name!r} has a text of {len(value):,} letters in row {row:,}"
            found += f", column {column + 1}"
            raise self.limits.problem("field_bytes", found)
        return (value, CellKind.TEXT) if value else EMPTY_CELL

    def payments(self) -> list[dict[int, Cell]]:
        """Return the rows that hold something like a date and something like an amount."""
        self.spread()
        return [
            self.rows[row] for row in sorted(self.rows) if _like_payment(self.rows[row].values())
        ]


def iso(moment: datetime) -> str:
    """Return an ISO date, with the time to the second if there is one.

    What is less than half a millisecond short of a second is noise of the stored fraction; the
    rest of a time is rounded, but never into the next day: 23:59:59.999 is on the day it shows.
    """
    if moment.microsecond >= 10**6 - _NOISE_US and moment < _LAST_MOMENT:
        moment += timedelta(microseconds=_NOISE_US)
    clock = _clock((moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)) // _MS)
    day = moment.date().isoformat()
    return day if clock == "00:00:00" else f"{day} {clock}"


def _clock(milliseconds: int) -> str:
    seconds = min((milliseconds + 500) // 1000, 86399)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _rounded(exact: Decimal) -> Decimal:
    return exact.quantize(Decimal((0, (1,), exact.adjusted() - _DIGITS + 1)))


_DATE_TEXT = re.compile(
    r"\s*\d{1,4}[./年-]\s?\d{1,2}[./月-]\s?\d{1,4}.*|\s*(19|20)\d{6}\s*", re.DOTALL
)
_AMOUNT_TEXT = re.compile(
    r"\s*[-+\u2212(]?\s?[€$£¥]?\s?[\d.,'  \xa0]*\d\)?\s*[-+]?\s*([A-Z€$£¥]{0,3}|[CD]r\.?)"
)


def looks_like_date(text: str) -> bool:
    """Say whether text is written like a date."""
    return _DATE_TEXT.fullmatch(text) is not None


def _like_payment(cells: Iterable[Cell]) -> bool:
    has_date = has_amount = False
    for text, kind in cells:
        if kind is CellKind.DATE or (kind is CellKind.TEXT and looks_like_date(text)):
            has_date = True
        elif kind is CellKind.NUMBER or (kind is CellKind.TEXT and _AMOUNT_TEXT.fullmatch(text)):
            has_amount = True
    return has_date and has_amount
