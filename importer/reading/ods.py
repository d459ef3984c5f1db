"""Reads ODS from its XML.

Source: OpenDocument 1.3 part 3, sections 9 (tables) and 19.3xx (attributes of cells).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from importer.errors import InputProblem
from importer.model import CellKind
from importer.reading.cells import EMPTY_CELL, Cell, SheetCells
from importer.reading.options import Limits
from importer.reading.package import Package, local, parse_xml

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:[.,]\d+)?Z?)?", re.ASCII)
_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S", re.ASCII)
_NUMBERS = frozenset({"float", "percentage", "currency"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})


def read_ods(package: Package, limits: Limits) -> list[tuple[str, bool, Callable[[], SheetCells]]]:
    """Return the sheets: name, whether hidden, and how to get the cells.

    Raises:
        InputProblem: the workbook is encrypted or damaged.
    """
    manifest = "META-INF/manifest.xml"
    if manifest in package and b"encryption-data" in b"".join(package.blocks(manifest)):
        raise InputProblem(
            "the workbook is encrypted. Open it with its password and save it without one."
        )
    handler = _Content(limits)
    parse_xml(
        package.blocks("content.xml"), "content.xml",
        handler.start, handler.end, handler.characters,
    )  # fmt: skip
    return [(sheet.name, hidden, partial(_given, sheet)) for sheet, hidden in handler.finished()]


def _given(sheet: SheetCells) -> SheetCells:
    return sheet


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return min(int(text), 1 << 24) if text.isdecimal() and len(text) < 10 else 1  # noqa: PLR2004


class _Content:
    """Takes the XML events of `content.xml`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sheets: list[tuple[SheetCells, str]] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row = self._column = self._repeat_row = 0
        self._row_cells: list[tuple[int, int, dict[str, str], str]] = []
        self._cell: dict[str, str] | None = None
        self._paragraphs: list[list[str]] = []
        self._in_text = self._note = self._merged = 0
        self._hidden_rows: list[int] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        name = local(tag)
        if name in _CELLS:
            self._cell, self._paragraphs = {local(k): v for k, v in attributes.items()}, []
            # `office:value-type` says string where `calcext:value-type` says error.
            self._cell["value-type"] = attributes.get("office:value-type", "")
            self._cell["error"] = attributes.get("calcext:value-type", "")
        elif name == "annotation":
            self._note += 1
        elif name == "p" and self._cell is not None and not self._note:
            self._paragraphs.append([])
            self._in_text += 1
        elif self._in_text and name in {"s", "tab", "line-break"}:
            spaces = " " * min(_count(attributes, "text:c"), 10_000)
            self._text({"s": spaces, "tab": "\t"}.get(name, "\n"))
        elif name == "table-row":
            self._start_row({local(k): v for k, v in attributes.items()})
        elif name == "table":
            plain = {local(k): v for k, v in attributes.items()}
            sheet = SheetCells(plain.get("name", ""), self._limits)
            self._sheets.append((sheet, plain.get("style-name", "")))
            self._row = self._repeat_row = self._merged = 0
            self._hidden_rows = []
        elif name == "style":
            self._style = attributes.get("style:name", "")
        elif name == "table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def end(self, tag: str) -> None:
        """Close an element."""
        name = local(tag)
        if name in _CELLS:
            self._end_cell()
        elif name == "annotation":
            self._note -= 1
        elif name == "p":
            self._in_text = max(self._in_text - 1, 0)
        elif name == "table-row" and self._sheets:
            self._end_row()
        elif name == "table" and self._sheets:
            self._end_sheet()

    def characters(self, text: str) -> None:
        """Take text."""
        if self._in_text:
            self._text(text)

    def _text(self, text: str) -> None:
        if not self._note and self._paragraphs:
            self._paragraphs[-1].append(text)

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row += max(self._repeat_row, 1)
        self._repeat_row = _count(attributes, "number-rows-repeated")
        self._column = 0
        self._row_cells = []
        if attributes.get("visibility", "visible") != "visible":
            self._hidden_rows.append(self._row)

    def _end_cell(self) -> None:
        attributes, self._cell = self._cell, None
        if attributes is None:
            return
        repeat = _count(attributes, "number-columns-repeated")
        text = "\n".join("".join(p) for p in self._paragraphs)
        if text or attributes["value-type"] or "formula" in attributes:
            self._row_cells.append((self._column, repeat, attributes, text))
        self._merged += "number-columns-spanned" in attributes
        self._column += repeat

    def _end_row(self) -> None:
        if not self._row_cells:
            return
        sheet = self._sheets[-1][0]
        for row in range(self._row, self._row + self._repeat_row):
            for first, repeat, attributes, text in self._row_cells:
                for column in range(first, first + repeat):
                    sheet.put(row, column, _cell(sheet, row, column, attributes, text))

    def _end_sheet(self) -> None:
        sheet = self._sheets[-1][0]
        used = [row for row in self._hidden_rows if row in sheet.rows]
        if used:
            sheet.notes.append(
                f"{len(used):,} hidden rows are read like the others (the first is {used[0]})."
            )
        if self._merged:
            sheet.notes.append(
                f"{self._merged:,} merged cells: the value counts for the first cell, the others "
                "are empty."
            )

    def finished(self) -> list[tuple[SheetCells, bool]]:
        """Return each sheet and whether it is hidden."""
        return [(sheet, style in self._hidden_styles) for sheet, style in self._sheets]


def _cell(  # noqa: PLR0911 - a table of cases
    sheet: SheetCells, row: int, column: int, attributes: dict[str, str], text: str
) -> Cell:
    kind = attributes["value-type"]
    if attributes["error"] == "error":
        return sheet.error(row, column, text or "#ERROR")
    if kind in _NUMBERS:
        raw = attributes.get("value", "")
        number = sheet.number(row, column, raw)
        padded = len(text) > 1 and text.isdecimal() and text.lstrip("0") == raw
        return (text, CellKind.TEXT) if padded and text != raw else number
    if kind == "date" and (found := _DATE.fullmatch(attributes.get("date-value", ""))):
        time = found[2] or "00:00:00"
        return found[1] + ("" if time == "00:00:00" else f" {time}"), CellKind.DATE
    if kind == "time" and (found := _TIME.fullmatch(attributes.get("time-value", ""))):
        return ":".join(part.zfill(2) for part in found.groups()), CellKind.TEXT
    if kind == "boolean":
        return attributes.get("boolean-value", "").upper(), CellKind.BOOLEAN
    if "formula" in attributes and not kind:
        return sheet.uncomputed(row, column, attributes["formula"].partition("=")[2])
    value = attributes.get("string-value") or text
    return sheet.text(row, column, value) if value else EMPTY_CELL
