"""Writes marks into a workbook: the user's own, or one made of the rows."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties

from importer.formulas import FINDINGS_SHEET, HASH_MARK, ORIGIN_SHEET, PLACE_COLUMN, STATUS_COLUMN
from importer.model import Bucket
from importer.reports.cells import MAX_COLUMNS, MAX_ROWS, put_text, settled
from importer.reports.fonts import BOLD
from importer.reports.marks import Marks, Note, level

AUTHOR: Final = "customer-payments"
ROWS_SHEET: Final = "Rows"

MAX_COMMENTS: Final = 2_000
MAX_LINKS: Final = 60_000
"""Cells beyond these keep their colour; spreadsheets take 65,530 links to a sheet."""

Sheet = Any
Cell = Any

_FILLS: Final = {
    "error": PatternFill("solid", fgColor="FFFFC7CE"),
    "warning": PatternFill("solid", fgColor="FFFFEB9C"),
    "note": PatternFill("solid", fgColor="FFDDEBF7"),
    "created": PatternFill("solid", fgColor="FFC6EFCE"),
    "head": PatternFill("solid", fgColor="FFE3E8EE"),
}
_GRAVITY: Final = ("note", "warning", "error")
_WIDTHS: Final = (10, 9, 8, 22, 26, 60, 60, 24)
_STATUS_WIDTH: Final = 44
_BOX: Final = (360, 130)


def annotated_source(source: bytes, stated: Marks) -> bytes:
    """Return the user's own workbook with the marks; everything else stays as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library says what it does not keep
        book = load_workbook(io.BytesIO(source), rich_text=True, keep_links=False)
    _settle_formulas(source, book[stated.sheet], stated)
    _clear(book, book[stated.sheet])
    _annotate(book, book[stated.sheet], stated)
    return _saved(book, stated.time)


def annotated_rows(rows: dict[int, Sequence[str]], stated: Marks) -> bytes:
    """Return a workbook of the rows as text, each in the row of its number, with the marks."""
    book = Workbook()
    book.properties.creator = AUTHOR
    book.properties.created = stated.time.replace(tzinfo=None)
    sheet: Sheet = book.active
    sheet.title = stated.sheet or ROWS_SHEET
    first = stated.first_row
    width = max([len(stated.header), *map(len, rows.values())])
    if first > 1:
        if min(rows) == first:
            rows = {first - 1: stated.header, **rows}
        sheet.freeze_panes = f"A{first}"
    for number, texts in rows.items():
        for at, text in enumerate(texts, 1):
            if text:
                cell = sheet.cell(number, at)
                put_text(cell, text)
                cell.number_format = "@"
    if first > 1:
        for cell in sheet[_header_row(sheet, stated)]:
            cell.font, cell.fill = BOLD, _FILLS["head"]
    for at in range(1, width + 1):
        sheet.column_dimensions[get_column_letter(at)].width = 20
    _fit_to_paper(sheet)
    _annotate(book, sheet, stated)
    return _saved(book, stated.time)


def _fit_to_paper(sheet: Sheet) -> None:
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _settle_formulas(source: bytes, sheet: Sheet, stated: Marks) -> None:
    """Put the values of formulas into the payment rows: the library writes formulas without them.

    Sums in other rows stay formulas, because a corrected amount changes them.
    """
    rows = {status.row for status in stated.rows if status.bucket is not Bucket.SKIPPED}
    formulas = {
        (cell.row, cell.column): cell
        for line in sheet.iter_rows(min(rows, default=1), max(rows, default=1))
        for cell in line
        if cell.data_type == "f" and cell.row in rows
    }
    if not formulas:
        return
    with closing(load_workbook(io.BytesIO(source), read_only=True, data_only=True)) as computed:
        for line in computed[stated.sheet].iter_rows():
            for found in line:
                cell = formulas.get((found.row, found.column)) if found.value is not None else None
                if cell is None or found.data_type == "e":
                    continue
                if isinstance(found.value, str):
                    put_text(cell, found.value)
                else:
                    cell.value = found.value


def _clear(book: Workbook, sheet: Sheet) -> None:
    """Take off what an earlier annotation left in a workbook that was handed in again."""
    for name in (FINDINGS_SHEET, ORIGIN_SHEET):
        if name in book.sheetnames and name != sheet.title:
            del book[name]
    for line in sheet.iter_rows():
        for cell in line:
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
                cell.fill = PatternFill()


def _annotate(book: Workbook, sheet: Sheet, stated: Marks) -> None:
    place = _own_column(sheet, stated, STATUS_COLUMN)
    head = stated.first_row > 1
    if head:
        _head(sheet, stated, place, STATUS_COLUMN)
    for status in stated.rows:
        cell = sheet.cell(status.row, place)
        if isinstance(cell, MergedCell):
            continue
        put_text(cell, status.text if head else f"{STATUS_COLUMN}: {status.text}")
        name = "created" if status.bucket is Bucket.CREATED else level(status.bucket)
        cell.fill = _FILLS[name] if name else PatternFill()
    sheet.column_dimensions[get_column_letter(place)].width = _STATUS_WIDTH
    sheet.column_dimensions[get_column_letter(place)].hidden = False
    _tell_places(sheet, stated, place)
    _mark(sheet, stated.notes, place)
    if stated.notes:
        _list(book.create_sheet(FINDINGS_SHEET), sheet.title, stated, place)
    origin = book.create_sheet(ORIGIN_SHEET)
    origin.sheet_state = "hidden"
    put_text(origin["A1"], stated.origin)


def _head(sheet: Sheet, stated: Marks, column: int, name: str) -> None:
    cell = sheet.cell(_header_row(sheet, stated), column)
    put_text(cell, name)
    _like(cell, sheet.cell(cell.row, column - 1))


def _tell_places(sheet: Sheet, stated: Marks, status_column: int) -> None:
    """Write beside each row, hidden, where it stood, so that it is known when others are gone.

    What an earlier annotation wrote there stays before it.
    """
    column = _own_column(sheet, stated, PLACE_COLUMN)
    if column == status_column:  # a sheet that is full to its last column
        return
    head = stated.first_row > 1
    if head:
        _head(sheet, stated, column, PLACE_COLUMN)
    for status in stated.rows:
        cell = sheet.cell(status.row, column)
        if isinstance(cell, MergedCell):
            continue
        before = str(cell.value or "").removeprefix(f"{PLACE_COLUMN}: ")
        if not before.startswith(HASH_MARK):
            before = stated.sources
        text = f"{before} {stated.own} {status.row}".lstrip()
        put_text(cell, text if head else f"{PLACE_COLUMN}: {text}")
    sheet.column_dimensions[get_column_letter(column)].hidden = True


def _own_column(sheet: Sheet, stated: Marks, name: str) -> int:
    """Return the column right of everything, or that of an earlier annotation."""
    last = 1
    for line in sheet.iter_rows():
        for cell in line:
            if cell.value is None or cell.value == "":
                continue
            above = cell.row < stated.first_row or stated.first_row == 1
            if above and str(cell.value).startswith(name):
                return int(cell.column)
            last = max(last, cell.column)
    return min(last + 1, MAX_COLUMNS)


def _header_row(sheet: Sheet, stated: Marks) -> int:
    """Return the row of the header: the nearest one above the rows that has its names."""
    wanted = {name.strip() for name in stated.header if name.strip()}
    for row in range(stated.first_row - 1, 0, -1):
        line = sheet.iter_rows(row, row, values_only=True)
        if wanted and wanted <= {str(value).strip() for values in line for value in values}:
            return row
    return stated.first_row - 1


def _like(cell: Cell, neighbour: Cell) -> None:
    for name in ("font", "fill", "border", "alignment"):
        setattr(cell, name, copy.copy(getattr(neighbour, name)))


def _mark(sheet: Sheet, notes: Sequence[Note], status_column: int) -> None:
    """Colour each faulty cell by its gravest fault, and say in a comment what to do."""
    faults: dict[tuple[int, int], list[Note]] = {}
    for note in notes:
        if note.row is not None:
            column = status_column if note.column is None else note.column + 1
            faults.setdefault((note.row, column), []).append(note)
    for at, ((row, column), found) in enumerate(faults.items()):
        cell = sheet.cell(row, column)
        if isinstance(cell, MergedCell):
            cell = sheet.cell(row, status_column)
        if isinstance(cell, MergedCell):
            continue
        cell.fill = _FILLS[max((note.level for note in found), key=_GRAVITY.index)]
        if at < MAX_COMMENTS:
            before = cell.comment.text + "\n\n" if cell.comment is not None else ""
            text = before + "\n".join(_said(note) for note in found)
            cell.comment = Comment(text, AUTHOR, width=_BOX[0], height=_BOX[1])


def _said(note: Note) -> str:
    return f"{note.message}. {note.remedy}".strip()


def _list(sheet: Sheet, source: str, stated: Marks, status_column: int) -> None:
    """Write the sheet of findings: each with a link to its cell."""
    notes = stated.notes
    for at, (name, width) in enumerate(zip(stated.titles, _WIDTHS, strict=True), 1):
        cell = sheet.cell(1, at, name)
        cell.font, cell.fill = BOLD, _FILLS["head"]
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.freeze_panes = "A2"
    quoted = source.replace("'", "''")
    for row, note in enumerate(notes[: MAX_ROWS - 1], 2):
        address = ""
        if note.row is not None:
            column = status_column if note.column is None else note.column + 1
            address = f"{get_column_letter(column)}{note.row}"
        sheet.cell(row, 3).value = note.row
        for at, text in (
            (1, stated.levels[note.level]), (2, address), (4, note.name), (5, note.value),
            (6, note.message), (7, note.remedy), (8, note.code),
        ):  # fmt: skip
            cell = sheet.cell(row, at)
            if text:
                put_text(cell, text)
            cell.alignment = Alignment(vertical="top", wrap_text=at in {5, 6, 7})
        sheet.cell(row, 3).alignment = Alignment(vertical="top")
        sheet.cell(row, 1).fill = _FILLS[note.level]
        if address and row <= MAX_LINKS:
            link = sheet.cell(row, 2)
            link.hyperlink = Hyperlink(link.coordinate, location=f"'{quoted}'!{address}")
            link.style = "Hyperlink"
            link.alignment = Alignment(vertical="top")
    _fit_to_paper(sheet)
    sheet.print_title_rows = "1:1"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_WIDTHS))}{len(notes) + 1}"


def _saved(book: Workbook, time: datetime) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return settled(stream.getvalue(), time)
