"""The cells of one XLSX sheet: what its XML says, taken whole rows at a time or by events."""

from __future__ import annotations

import re
from collections.abc import Callable

from importer.model import CellKind
from importer.reading.cells import (
    EMPTY_CELL,
    MOST_ERRORS,
    Cell,
    SheetCells,
    column_letters,
    is_short_number,
)
from importer.reading.formats import Formats
from importer.reading.package import local
from importer.reading.runs import Cells
from importer.reading.xlsx_parts import TRUE, unescaped
from importer.reading.xlsx_rows import each_row, formula_text, plain_text
from importer.reading.xlsx_shape import Block, Form, Shape

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", re.ASCII)
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?Z?)?", re.ASCII)
_MOST_KNOWN = 50_000  # cells are often alike; so many different ones are kept to be found again
_SPECIAL = re.compile(r"[&\r]|_x")  # what stands for other letters in a text
_SPECIALS = ("&", "\r", "_x")
_MOST_MARKS = 5
_LONGEST_POINTER = 9  # digits of the place of a shared text
_SHORTEST_CELL = len('<c r="A1"><v>1</v></c>')
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
        formats: Formats,
        several: dict[int, list[str]],
    ) -> None:
        """Read nothing yet; the columns of `several` show numbers with these different marks."""
        self._sheet, self._strings, self._formats = sheet, strings, formats
        self._several = several
        self._telling = formats.dates.union(formats.texts, formats.marked if several else ())
        self._marks: dict[int, dict[str, None]] = {}
        self._row = 0
        self._column = -1
        self._type = self._style = ""
        self._value: list[str] = []
        self._formula: list[str] = []
        self._into: list[str] | None = None
        self._has_formula = self._phonetic = False
        self._columns: dict[str, int] = {}
        self._known: dict[tuple[str, str, str], Cell] = {}
        self._shape = Shape()
        self._longest = max(map(len, strings), default=0)
        self._special = True
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
        if number <= self._highest:
            self._disorder = True
            self._sheet.spread()
        self._highest = max(self._highest, number)
        self._row, self._column = number, -1
        if attributes.get("hidden", "") in TRUE:
            self._hidden.append(number)

    def rows(self, text: str) -> None:
        """Take whole rows that were not read by an XML parser: by columns, if they lie so."""
        pieces = self._shape.pieces(text, self._highest) if self._fits(text) else [text]
        self._special = any(mark in text for mark in _SPECIALS)
        for piece in pieces:
            if isinstance(piece, Block):
                self._block(piece)
            else:
                each_row(piece, self._row_of)

    def _fits(self, text: str) -> bool:
        """Say whether no text or fault in these rows can be beyond a limit, which names it."""
        limits, faults = self._sheet.limits, len(self._sheet.findings)
        return (
            max(len(text), self._longest) <= limits.field_bytes
            and faults + len(text) // _SHORTEST_CELL <= MOST_ERRORS
        )

    def _block(self, block: Block) -> None:
        columns = {
            self._index(letters): cells
            for letters, forms in block.columns
            if (cells := self._column_of(block.numbers, self._index(letters), forms))
        }
        self._sheet.put_run(block.numbers, columns)
        self._row = self._highest = block.numbers[-1]

    def _column_of(
        self, numbers: list[int], index: int, forms: list[tuple[Form, list[str]]]
    ) -> Cells | None:
        """Return one column of a block; None: it is empty."""
        filled = [(form, raws) for form, raws in forms if any(raws)]
        if not filled:
            return None
        if all(filled[0][1]):
            return self._alike(numbers, index, *filled[0])
        texts, kinds = [""] * len(numbers), [CellKind.EMPTY] * len(numbers)
        for form, raws in filled:
            places = [at for at, raw in enumerate(raws) if raw]
            few = [numbers[at] for at in places]
            found = self._alike(few, index, form, [raws[at] for at in places])
            for at, text, kind in zip(places, *found, strict=True):
                texts[at], kinds[at] = text, kind
        return texts, kinds

    def _alike(self, numbers: list[int], index: int, form: Form, raws: list[str]) -> Cells:
        """Return cells of one form, none of them empty."""
        style, kind, _ = form
        if kind in _NUMERIC:
            self._note_mark(index, style)
        if kind in _INLINE and not self._special:
            return raws, [CellKind.TEXT] * len(raws)
        if kind == "s" and (texts := self._shared_texts(raws)):
            return texts, [CellKind.TEXT] * len(raws)
        cells = []
        for number, raw in zip(numbers, raws, strict=True):
            cell = self._usual(kind, style, raw)
            if cell is None:
                self._row = number
                cell = self._looked_at(index, kind, style, raw)
            cells.append(cell)
        return [text for text, _ in cells], [kind for _, kind in cells]

    def _row_of(self, attributes: dict[str, str], cells: list[tuple[str, ...]]) -> None:
        self._start_row(attributes)
        self._shape.learn(cells)
        number, usual, rows = self._row, self._usual, self._sheet.rows
        marked = self._formats.marked
        taken: dict[int, Cell] = {}
        for _, letters, style, kind, formula, value, text in cells:
            raw = value or text
            if not raw and not formula:
                continue
            index = self._index(letters)
            if raw and style in marked and kind in _NUMERIC:
                self._note_mark(index, style)
            cell = usual(kind, style, raw) if raw else None
            if cell is None:
                cell = self._looked_at(index, kind, style, raw, formula)
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

    def _index(self, letters: str) -> int:
        index = self._columns.get(letters)
        if index is None:
            index = self._columns[letters] = _column_index(letters)
        return index

    def _looked_at(self, index: int, kind: str, style: str, raw: str, formula: str = "") -> Cell:
        self._column, self._type, self._style = index, kind or "n", style
        self._has_formula = bool(formula)
        self._formula = [formula_text(formula)] if formula and not raw else []
        faults = len(self._sheet.findings)
        cell = self._cell(plain_text(raw))
        sound = raw and len(self._sheet.findings) == faults
        if self._several and style in self._formats.marked:
            return cell  # another column may show it otherwise
        if sound and len(self._known) < _MOST_KNOWN:
            self._known[kind, style, raw] = cell
        return cell

    def _usual(self, kind: str, style: str, raw: str) -> Cell | None:
        """Return a cell as most are, or one seen before; None: it must be looked at."""
        # Texts and amounts are seldom seen twice: to keep them costs a third of the time.
        if kind in _INLINE:
            if len(raw) <= self._sheet.limits.field_bytes and not _SPECIAL.search(raw):
                return raw, CellKind.TEXT
        elif kind in _NUMERIC and style not in self._telling and is_short_number(raw):
            return raw, CellKind.NUMBER
        return self._known.get((kind, style, raw))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        if found is None:
            self._column += 1
        else:
            self._column = self._index(found[1])
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
        if self._style in self._formats.dates:
            return self._sheet.serial(self._row, self._column, raw)
        self._note_mark(self._column, self._style)
        number = self._sheet.number(self._row, self._column, raw)
        shown = self._formats.texts.get(self._style)
        if self._column in self._several:
            shown = shown or self._formats.marked.get(self._style)
        return shown.cell(number) if shown else number

    def _note_mark(self, column: int, style: str) -> None:
        found = self._formats.marked.get(style)
        if found is not None:
            self._marks.setdefault(column, {})[found.mark] = None

    def several_marks(self) -> dict[int, list[str]]:
        """Return the columns whose numbers are shown with different currencies or units."""
        return {at: list(marks) for at, marks in self._marks.items() if len(marks) > 1}

    def _shared(self, raw: str) -> Cell:
        raw = raw.strip()
        if (
            raw.isdecimal()
            and raw.isascii()
            and len(raw) <= _LONGEST_POINTER
            and int(raw) < len(self._strings)
        ):
            text = self._strings[int(raw)]
            return self._sheet.text(self._row, self._column, text)
        self._sheet.fault(
            "text-missing", self._row, self._column, raw,
            f"the cell points at text {raw[:20]} of the workbook, which has {len(self._strings)}",
            "The workbook is damaged: open it, check the cell, and save it again.",
        )  # fmt: skip
        return "#TEXT?", CellKind.ERROR

    def _shared_texts(self, raws: list[str]) -> list[str] | None:
        """Return the texts that all of these cells point at; None: one must be looked at."""
        digits = "".join(raws)
        if not (digits.isdecimal() and digits.isascii()) or max(map(len, raws)) > _LONGEST_POINTER:
            return None
        places = list(map(int, raws))
        if max(places) >= len(self._strings):
            return None
        texts = [self._strings[place] for place in places]
        return texts if all(texts) else None

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
        self._sheet.shown = {
            at: next(iter(marks)) for at, marks in self._marks.items() if len(marks) == 1
        }
        for column, marks in sorted(self._several.items()):
            notes.append(
                f"Column {column_letters(column)} shows numbers with different currencies or "
                f"units ({', '.join(marks[:_MOST_MARKS])}); they are read as the text shown."
            )
        if self._sheet.uses_1904:
            notes.append("Dates count from 1904, as the workbook says.")
        return self._sheet
