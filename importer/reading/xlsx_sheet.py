"""The cells of one XLSX sheet: what its XML says, taken whole rows at a time or by events."""

from __future__ import annotations

import re
from collections.abc import Callable

from importer.model import CellKind
from importer.reading.cells import EMPTY_CELL, Cell, SheetCells, is_short_number
from importer.reading.package import local
from importer.reading.xlsx_parts import TRUE, unescaped
from importer.reading.xlsx_rows import formula_text, plain_text

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", re.ASCII)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?Z?)?", re.ASCII)
_MOST_KNOWN = 50_000  # cells are often alike; so many different ones are kept to be found again
_SPECIAL = re.compile(r"[&\r]|_x")  # what stands for other letters in a text
_INLINE = frozenset({"inlineStr", "str"})
_NUMERIC = frozenset({"", "n"})


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


class SheetHandler:
    """Takes the XML events of one sheet."""

    def __init__(
        self,
        sheet: SheetCells,
        strings: list[str],
        dates: frozenset[str],
        zeros: dict[str, int],
    ) -> None:
        self._sheet, self._strings, self._dates, self._zeros = sheet, strings, dates, zeros
        self._row = 0
        self._column = -1
        self._type = self._style = ""
        self._value: list[str] = []
        self._formula: list[str] = []
        self._into: list[str] | None = None
        self._has_formula = self._phonetic = False
        self._columns: dict[str, int] = {}
        self._known: dict[tuple[str, str, str], Cell] = {}
        self._highest = 0
        self._hidden: list[int] = []
        self._hidden_columns = 0
        self._merged: list[str] = []
        self._disorder = False
        self._cases: dict[str, Callable[[str], Cell]] = {
            "s": self._shared,
            "e": lambda raw: sheet.error(self._row, self._column, raw),
            "b": lambda raw: ("TRUE" if raw.strip() in TRUE else "FALSE", CellKind.BOOLEAN),
            "d": self._iso_date,
            "str": self._inline,
            "inlineStr": self._inline,
        }

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        name = tag if ":" not in tag else local(tag)
        if name == "c":
            self._start_cell(attributes)
        elif name == "v" or (name == "t" and not self._phonetic):
            self._into = self._value
        elif name == "f":
            self._into, self._has_formula = self._formula, True
        elif name == "row":
            self._start_row(attributes)
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self._merged.append(attributes.get("ref", ""))
        elif name == "col" and attributes.get("hidden", "") in TRUE:
            self._hidden_columns += 1

    def characters(self, text: str) -> None:
        """Take text."""
        if self._into is not None:
            self._into.append(text)

    def end(self, tag: str) -> None:
        """Close an element."""
        name = tag if ":" not in tag else local(tag)
        if name in {"v", "t", "f"}:
            self._into = None
        elif name == "c":
            if self._value or self._has_formula:
                cell = self._cell("".join(self._value))
                self._sheet.put(self._row, self._column, cell)
        elif name == "rPh":
            self._phonetic = False

    def _start_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r", "")
        number = int(given) if given.isdecimal() and len(given) < 9 else self._row + 1  # noqa: PLR2004
        self._disorder |= number <= self._highest
        self._highest = max(self._highest, number)
        self._row, self._column = number, -1
        if attributes.get("hidden", "") in TRUE:
            self._hidden.append(number)

    def row(self, attributes: dict[str, str], cells: list[tuple[str, ...]]) -> None:
        """Take a whole row that was not read by an XML parser."""
        self._start_row(attributes)
        number, columns, usual = self._row, self._columns, self._usual
        known, findings, rows = self._known, self._sheet.findings, self._sheet.rows
        taken: dict[int, Cell] = {}
        for _, letters, style, kind, formula, value, text in cells:
            raw = value or text
            if not raw and not formula:
                continue
            index = columns.get(letters)
            if index is None:
                index = columns[letters] = _column_index(letters)
            cell = usual(kind, style, raw) if raw else None
            if cell is None:
                self._column, self._type, self._style = index, kind or "n", style
                self._has_formula = bool(formula)
                self._formula = [formula_text(formula)] if formula and not raw else []
                faults = len(findings)
                cell = self._cell(plain_text(raw))
                if raw and len(findings) == faults and len(known) < _MOST_KNOWN:
                    known[kind, style, raw] = cell
            if cell is EMPTY_CELL:
                continue
            if index in taken:
                self._sheet.put_row(number, taken)
                taken = {}
            taken[index] = cell
            if number in rows:  # its faults come in the order of its cells
                self._sheet.put_row(number, taken)
                taken = {}
        self._sheet.put_row(number, taken)

    def _usual(self, kind: str, style: str, raw: str) -> Cell | None:
        """Return a cell as most are, or one seen before; None: it must be looked at."""
        # Texts and amounts are seldom seen twice: to keep them costs a third of the time.
        if kind in _INLINE:
            if len(raw) <= self._sheet.limits.field_bytes and not _SPECIAL.search(raw):
                return raw, CellKind.TEXT
        elif (
            kind in _NUMERIC
            and style not in self._dates
            and style not in self._zeros
            and is_short_number(raw)
        ):
            return raw, CellKind.NUMBER
        return self._known.get((kind, style, raw))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        if found is None:
            self._column += 1
        else:
            letters = found[1]
            index = self._columns.get(letters)
            if index is None:
                index = self._columns[letters] = _column_index(letters)
            self._column = index
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._value.clear()
        self._formula.clear()
        self._has_formula = self._phonetic = False

    def _cell(self, raw: str) -> Cell:
        if not raw:
            if self._has_formula and self._type not in {"str", "inlineStr"}:
                return self._sheet.uncomputed(self._row, self._column, "".join(self._formula))
            return EMPTY_CELL
        case = self._cases.get(self._type)
        if case is not None:
            return case(raw)
        if self._style in self._dates:
            return self._sheet.serial(self._row, self._column, raw)
        zeros = self._zeros.get(self._style, 0)
        return self._sheet.number(self._row, self._column, raw, zeros=zeros)

    def _shared(self, raw: str) -> Cell:
        raw = raw.strip()
        if raw.isdecimal() and raw.isascii() and len(raw) < 10 and int(raw) < len(self._strings):  # noqa: PLR2004
            text = self._strings[int(raw)]
            return self._sheet.text(self._row, self._column, text)
        self._sheet.fault(
            "text-missing", self._row, self._column, raw,
            f"the cell points at text {raw[:20]} of the workbook, which has {len(self._strings)}",
            "The workbook is damaged: open it, check the cell, and save it again.",
        )  # fmt: skip
        return "#TEXT?", CellKind.ERROR

    def _inline(self, raw: str) -> Cell:
        return self._sheet.text(self._row, self._column, unescaped(raw))

    def _iso_date(self, raw: str) -> Cell:
        found = _ISO.fullmatch(raw.strip())
        if found is None:
            return self._sheet.text(self._row, self._column, raw)
        time = found[2] or "00:00:00"
        return found[1] + ("" if time == "00:00:00" else f" {time}"), CellKind.DATE

    def finished(self) -> SheetCells:
        """Return the cells, with what a reader of the rows must know in words."""
        notes, used = self._sheet.notes, [r for r in self._hidden if r in self._sheet.rows]
        if used:
            few = ", ".join(map(str, used[:5])) + (", …" if len(used) > 5 else "")  # noqa: PLR2004
            notes.append(f"{len(used):,} hidden rows are read like the others (rows {few}).")
        if self._hidden_columns:
            notes.append("Hidden columns are read like the others.")
        if self._merged:
            few = ", ".join(self._merged[:5]) + (", …" if len(self._merged) > 5 else "")  # noqa: PLR2004
            notes.append(
                f"{len(self._merged):,} merged cells ({few}): the value counts for the first cell, "
                "the others are empty."
            )
        if self._disorder:
            notes.append("The workbook stores rows out of order; they were put in order.")
        if self._sheet.uses_1904:
            notes.append("Dates count from 1904, as the workbook says.")
        return self._sheet
