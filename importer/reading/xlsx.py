"""Reads XLSX and XLSM from their XML, so that nothing the file says is lost on the way.

Source: ECMA-376 part 1, sections 18.2 (workbook), 18.3 (sheets), 18.4 (shared strings),
18.8 (styles).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from importer.errors import InputProblem
from importer.reading.cells import SheetCells
from importer.reading.formats import Formats
from importer.reading.options import Limits
from importer.reading.package import Package, local, parse_xml, relations_of
from importer.reading.xlsx_parts import TRUE, read_formats, read_texts
from importer.reading.xlsx_rows import Irregular, scan
from importer.reading.xlsx_sheet import SheetHandler

Several = dict[int, list[str]]
"""The columns that show several currencies or units, with these."""


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A sheet of the workbook, before its cells are read."""

    name: str
    part: str
    hidden: bool


class Xlsx:
    """An XLSX or XLSM workbook; `sheets` in workbook order."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        book = self._main_part()
        self.sheets: list[SheetInfo] = []
        self.uses_1904 = False
        self._targets = relations_of(package, book)
        self._read_book(book)
        self._formats = self._read_styles()
        self._strings = self._read_strings()

    def _main_part(self) -> str:
        found = ""

        def start(_: str, attributes: dict[str, str]) -> None:
            nonlocal found
            if attributes.get("Type", "").endswith("/officeDocument"):
                found = attributes.get("Target", "").lstrip("/")

        if "_rels/.rels" in self._package:
            parse_xml(self._package.blocks("_rels/.rels"), "_rels/.rels", start)
        return found if found in self._package else "xl/workbook.xml"

    def _read_book(self, book: str) -> None:
        def start(tag: str, attributes: dict[str, str]) -> None:
            name = local(tag)
            if name == "workbookPr":
                self.uses_1904 = attributes.get("date1904", "") in TRUE
            elif name == "sheet":
                plain = {local(k): v for k, v in attributes.items()}
                kind, part = self._targets.get(plain.get("id", ""), ("", ""))
                if kind == "worksheet":
                    hidden = plain.get("state", "visible") != "visible"
                    self.sheets.append(SheetInfo(plain.get("name", ""), part, hidden))

        parse_xml(self._package.blocks(book), book, start)

    def _part_of_kind(self, kind: str) -> str:
        return next((p for k, p in self._targets.values() if k == kind and p in self._package), "")

    def _read_styles(self) -> Formats:
        part = self._part_of_kind("styles")
        return read_formats(self._package.blocks(part), part) if part else Formats()

    def _read_strings(self) -> list[str]:
        part = self._part_of_kind("sharedStrings")
        return read_texts(self._package.blocks(part), part) if part else []

    def read_sheet(self, info: SheetInfo) -> SheetCells:
        """Return the cells of a sheet, with what its XML says about them."""
        try:
            return self._read_regular(info)
        except Irregular:
            return self._read_by_parser(info)

    def _read_regular(self, info: SheetInfo) -> SheetCells:
        return self._as_shown(info, self._by_rows)

    def _read_by_parser(self, info: SheetInfo) -> SheetCells:
        return self._as_shown(info, self._by_events)

    def _as_shown(
        self, info: SheetInfo, read: Callable[[SheetInfo, Several], SheetHandler]
    ) -> SheetCells:
        """Read a sheet, and once more where columns show several currencies."""
        handler = read(info, {})
        if several := handler.several_marks():
            handler = read(info, several)
        return handler.finished()

    def _by_events(self, info: SheetInfo, several: Several) -> SheetHandler:
        handler = self._handler(info, several)
        blocks = self._package.blocks(info.part, again=True)
        parse_xml(blocks, info.part, handler.start, handler.end, handler.characters)
        return handler

    def _handler(self, info: SheetInfo, several: Several) -> SheetHandler:
        sheet = SheetCells(info.name, self._limits, uses_1904=self.uses_1904)
        return SheetHandler(sheet, self._strings, self._formats, several)

    def _by_rows(self, info: SheetInfo, several: Several) -> SheetHandler:
        """Read a sheet's rows by their usual form; XML around them goes to the parser."""
        handler = self._handler(info, several)
        pieces: list[bytes] = []
        scan(self._package.blocks(info.part, again=bool(several)), pieces.append, handler.rows)
        parse_xml(iter(pieces), info.part, handler.start, handler.end, handler.characters)
        return handler


def check_main_parts(package: Package) -> None:
    """Refuse a ZIP file that is no workbook.

    Raises:
        InputProblem: there is no workbook in it.
    """
    if "xl/workbook.xml" not in package and not any(
        n.endswith("workbook.xml") for n in package.names()
    ):
        inner = [n for n in package.names() if not n.endswith("/")][:3]
        raise InputProblem(
            f"this is a ZIP archive, not a workbook (it holds {', '.join(map(repr, inner))}). "
            "Unpack it and import the files in it."
        )
