"""Reads workbooks: which kind, which sheet, and its cells as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import IO, TYPE_CHECKING

from importer.errors import InputProblem, NeedsInput
from importer.formulas import ORIGIN_SHEET, OWN_SHEETS
from importer.model import CellKind, Layout
from importer.reading.cells import (
    EMPTY_CELL,
    Cell,
    SheetCells,
    column_letters,
    looks_like_date,
)
from importer.reading.encodings import Bytes
from importer.reading.options import ReadOptions
from importer.reading.runs import Column, Run
from importer.reading.table import Table, capped

if TYPE_CHECKING:
    import pyarrow as pa

_RIVAL = 0.1  # a sheet with this part of the best one's payments is not passed over in silence
_NAMED = 5
_AMOUNT_MARKS = re.compile(r"[\s€$£¥￥]")
_HASH = re.compile(r"[0-9a-f]{64}")
_PLAIN = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?")
Sheets = list[tuple[str, bool, Callable[[], SheetCells]]]  # name, hidden, how to read it


def read_zip_workbook(stream: IO[bytes], options: ReadOptions) -> Table:
    """Read XLSX, XLSM, XLSB or ODS.

    Raises:
        InputProblem: it is none of them, damaged, encrypted, or beyond a limit.
        NeedsInput: several sheets may hold the payments.
    """
    from importer.reading.package import Package
    from importer.reading.xlsx import Xlsx, check_main_parts

    package = Package(stream, options.limits)
    if "content.xml" in package:
        from importer.reading.ods import read_ods

        return to_table(choose(read_ods(package, options.limits), options.sheet), "ods")
    if "xl/workbook.bin" in package:
        from importer.reading.legacy import legacy_sheets
        from importer.reading.xlsb import read_facts

        facts = read_facts(package)
        return to_table(choose(legacy_sheets(stream, options.limits, facts), options.sheet), "xlsb")
    check_main_parts(package)
    book = Xlsx(package, options.limits)
    sheets: Sheets = [
        (info.name, info.hidden, partial(book.read_sheet, info)) for info in book.sheets
    ]
    kind = "xlsm" if any(n.endswith("vbaproject.bin") for n in package.names()) else "xlsx"
    return to_table(choose(sheets, options.sheet), kind)


def choose(sheets: Sheets, wanted: str | None) -> SheetCells:
    """Return the cells of the sheet that holds the payments, by its content or as wanted.

    Raises:
        InputProblem: there is no such sheet, or no sheet with content.
        NeedsInput: several sheets may hold the payments.
    """
    chosen = _chosen(sheets, wanted)
    for name, _, read in sheets:
        if name == ORIGIN_SHEET and name != chosen.name:
            chosen.origin = _origin(read())
    return chosen


def _origin(sheet: SheetCells) -> str:
    sheet.spread()
    text, _ = sheet.rows.get(1, {}).get(0, ("", None))
    return text if _HASH.fullmatch(text) else ""


def _chosen(sheets: Sheets, wanted: str | None) -> SheetCells:
    names = [name for name, _, _ in sheets]
    if wanted is not None:
        for name, _, read in sheets:
            if name == wanted or (wanted not in names and name.casefold() == wanted.casefold()):
                return read()
        listed = ", ".join(map(repr, names))
        raise InputProblem(f"the workbook has no sheet {wanted!r}. It has {listed}.")
    sheets = [sheet for sheet in sheets if sheet[0] not in OWN_SHEETS] or sheets
    hidden = [name for name, is_hidden, _ in sheets if is_hidden]
    visible = [read() for _, is_hidden, read in sheets if not is_hidden]
    filled = [sheet for sheet in visible if sheet.rows or sheet.runs]
    if not filled:
        also = f" Hidden sheets: {', '.join(map(repr, hidden))}; name one." if hidden else ""
        raise InputProblem(f"the workbook is empty: no visible sheet holds a row.{also}", "empty")
    chosen = _best(filled)
    others = [repr(sheet.name) for sheet in filled if sheet is not chosen]
    if others:
        chosen.notes.insert(0, f"Sheet {chosen.name!r} was read; not read: {', '.join(others)}.")
    if hidden:
        listed = ", ".join(map(repr, hidden[:_NAMED]))
        chosen.notes.append(f"{len(hidden)} hidden sheets were not read: {listed}.")
    return chosen


def _best(filled: list[SheetCells]) -> SheetCells:
    if len(filled) == 1:
        return filled[0]
    payments = {sheet.name: len(sheet.payments()) for sheet in filled}
    ranked = sorted(filled, key=lambda s: (payments[s.name], s.cells), reverse=True)
    most = payments[ranked[0].name]
    rivals = [s for s in ranked if payments[s.name] > most * _RIVAL] if most else []
    copies = [s for s in rivals[1:] if _same_rows(s, rivals[0])]
    if copies:
        first = min((s for s in filled if s in (rivals[0], *copies)), key=filled.index)
        first.notes.append("Other sheets hold the same payments once more.")
        ranked = [first]
        rivals = [s for s in rivals if s is first or (s not in copies and s is not rivals[0])]
    if len(rivals) > 1:
        readings = tuple(f"{s.name}: {payments[s.name]:,} rows" for s in rivals)
        raise NeedsInput(
            f"several sheets may hold the payments: {', '.join(repr(s.name) for s in rivals)}. "
            "Say which with --sheet or the profile's sheet.",
            readings,
        )
    return ranked[0]


def _same_rows(one: SheetCells, other: SheetCells) -> bool:
    """Say whether two sheets hold the same payments, as numbers in one and text in the other."""
    left, right = one.payments(), other.payments()
    return len(left) == len(right) and all(
        cells.keys() == twin.keys()
        and all(_same(text, twin[column][0]) for column, (text, _) in cells.items())
        for cells, twin in zip(left, right, strict=True)
    )


def _same(one: str, other: str) -> bool:
    if one.strip() == other.strip():
        return True
    left, right = (_AMOUNT_MARKS.sub("", text) for text in (one, other))
    return bool(_PLAIN.fullmatch(left) and _PLAIN.fullmatch(right)) and (
        Decimal(left) == Decimal(right)
    )


def to_table(sheet: SheetCells, kind: str) -> Table:
    """Return a sheet's cells as columns of text and of kinds."""
    numbers = sorted(n for n, cells in sheet.rows.items() if _has_content(cells))
    runs = [_run(sheet, numbers), *sheet.runs] if numbers else sheet.runs
    if not runs:
        raise InputProblem(f"sheet {sheet.name!r} is empty: it holds no row.", "empty")
    columns = _columns(sheet, runs)
    findings = sorted(sheet.findings, key=lambda f: f.row or 0)
    notes = tuple(sheet.notes)
    shown = tuple(sorted(sheet.shown.items()))
    layout = Layout(kind, sheet=sheet.name, notes=notes, origin=sheet.origin, shown=shown)
    return Table(columns, layout, capped(findings))


def _has_content(cells: dict[int, Cell]) -> bool:
    return any(kind is CellKind.UNCOMPUTED or text.strip() for text, kind in cells.values())


def _run(sheet: SheetCells, numbers: list[int]) -> Run:
    """Return the rows `numbers` by columns."""
    rows = [sheet.rows[number] for number in numbers]
    columns = {}
    for column in range(1 + max(map(max, rows))):
        cells = [row.get(column, EMPTY_CELL) for row in rows]
        columns[column] = [text for text, _ in cells], [kind for _, kind in cells]
    return Run.of(numbers, columns)


def _columns(sheet: SheetCells, runs: list[Run]) -> pa.Table:
    """Return all rows by columns, in order; notes on columns go to the sheet."""
    import pyarrow as pa

    numbers = [number for run in runs for number in run.numbers]
    arrays = {"row": pa.chunked_array([pa.array(numbers, pa.int64())])}
    found = {}
    for column in range(1 + max(max(run.columns) for run in runs)):
        parts = [run.column(column) for run in runs]
        sheet.notes.extend(_mixed_dates(column, parts))
        arrays[f"c{column}"] = pa.chunked_array([part.texts for part in parts])
        found[f"k{column}"] = pa.chunked_array([part.arrow_kinds() for part in parts])
    table = pa.table(arrays | found)
    if all(one < other for one, other in pairwise(numbers)):
        return table
    return table.take(sorted(range(len(numbers)), key=numbers.__getitem__))


def _mixed_dates(position: int, parts: list[Column]) -> Iterator[str]:
    """Say that a column holds true dates and dates written as text."""
    true = sum(part.count(CellKind.DATE) for part in parts)
    if not true:
        return
    written = sum(
        kind is CellKind.TEXT and looks_like_date(text)
        for part in parts
        if part.count(CellKind.TEXT)
        for text, kind in zip(*part.cells(), strict=True)
    )
    if written:
        letters = column_letters(position)
        yield f"Column {letters} holds {true:,} true dates and {written:,} dates as text."


def read_ole_workbook(stream: IO[bytes], data: Bytes, options: ReadOptions) -> Table:
    """Read XLS.

    Raises:
        InputProblem: it is encrypted, damaged, or not a workbook.
        NeedsInput: several sheets may hold the payments.
    """
    from importer.reading.biff import read_facts
    from importer.reading.legacy import (
        ENCRYPTED,
        is_encrypted_package,
        legacy_sheets,
    )

    facts = read_facts(data)
    if facts.encrypted or is_encrypted_package(data):
        raise InputProblem(ENCRYPTED)
    sheets = legacy_sheets(stream, options.limits, facts)
    return to_table(choose(sheets, options.sheet), "xls")
