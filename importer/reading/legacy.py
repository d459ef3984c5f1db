"""Reads XLS and XLSB with calamine; runs only inside the child process."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import IO, TYPE_CHECKING

from importer.errors import InputProblem
from importer.model import CellKind
from importer.reading.biff import BookFacts, SheetFacts
from importer.reading.cells import EMPTY_CELL, Cell, SheetCells, iso
from importer.reading.encodings import Bytes
from importer.reading.options import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from python_calamine import CalamineSheet, CalamineWorkbook

ENCRYPTED = (
    "the workbook is encrypted. Open it with its password and save it without one, or export CSV."
)
_PACKAGE_STREAM = "EncryptedPackage".encode("utf-16-le")


def is_encrypted_package(data: Bytes) -> bool:
    """Say whether an OLE file holds an encrypted XLSX workbook."""
    return data.find(_PACKAGE_STREAM) >= 0


def legacy_sheets(
    stream: IO[bytes], limits: Limits, facts: BookFacts | None = None
) -> list[tuple[str, bool, Callable[[], SheetCells]]]:
    """Return the sheets of a workbook: name, whether hidden, and how to read the cells.

    `facts` are what calamine does not tell.

    Raises:
        InputProblem: it is encrypted, or no workbook.
    """
    import python_calamine as calamine

    stream.seek(0)
    try:
        book = calamine.CalamineWorkbook.from_filelike(stream)
    except calamine.PasswordError:
        raise InputProblem(ENCRYPTED) from None
    except calamine.CalamineError as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise InputProblem(ENCRYPTED) from None
        raise InputProblem(
            f"the workbook cannot be read ({error}). Save it again in a spreadsheet program, as "
            "XLSX or CSV."
        ) from None
    told = facts.sheets if facts else []
    shown = calamine.SheetVisibleEnum.Visible
    sheet_type = calamine.SheetTypeEnum.WorkSheet
    return [
        (
            meta.name,
            meta.visible != shown,
            partial(_read, book, meta.name, limits, told[i] if i < len(told) else SheetFacts()),
        )
        for i, meta in enumerate(book.sheets_metadata)
        if meta.typ == sheet_type
    ]


def _read(book: CalamineWorkbook, name: str, limits: Limits, facts: SheetFacts) -> SheetCells:
    source = book.get_sheet_by_name(name)
    sheet = SheetCells(name, limits)
    for (row, column), text in facts.errors.items():
        sheet.put(row + 1, column, sheet.error(row + 1, column, text))
    if source.start is not None:
        _read_cells(source, sheet, limits)
    if merged := source.merged_cell_ranges:
        sheet.notes.append(
            f"{len(merged):,} merged cells: the value counts for the first cell, the others are "
            "empty."
        )
    if used := [row for row in facts.hidden_rows if row in sheet.rows]:
        sheet.notes.append(
            f"{len(used):,} hidden rows are read like the others (the first is {used[0]})."
        )
    return sheet


def _read_cells(source: CalamineSheet, sheet: SheetCells, limits: Limits) -> None:
    name, start = sheet.name, source.start
    assert start is not None  # noqa: S101 - asked before
    first_row, first_column = start[0] + 1, start[1]
    if source.width > limits.columns:
        found = f"sheet {name!r} is {source.width:,} columns wide"
        raise limits.problem("columns", found)
    if source.height > limits.rows:
        raise limits.problem("rows", f"sheet {name!r} is {source.height:,} rows long")
    for row, values in enumerate(source.iter_rows(), first_row):
        for column, value in enumerate(values, first_column):
            if value != "":
                sheet.put(row, column, _cell(sheet, row, column, value))


def _cell(  # noqa: PLR0911 - a table of cases
    sheet: SheetCells, row: int, column: int, value: object
) -> Cell:
    if isinstance(value, str):
        return sheet.text(row, column, value)
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), CellKind.BOOLEAN
    if isinstance(value, int | float):
        return sheet.number(row, column, repr(value))
    if isinstance(value, datetime):
        return iso(value), CellKind.DATE
    if isinstance(value, date):
        return value.isoformat(), CellKind.DATE
    if isinstance(value, time):
        return value.strftime("%H:%M:%S"), CellKind.TEXT
    if isinstance(value, timedelta):
        return str(value), CellKind.TEXT
    return EMPTY_CELL
