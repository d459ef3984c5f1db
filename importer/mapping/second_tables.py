"""A second table below the rows, whose columns stand in another order than the header's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from importer.errors import NeedsInput
from importer.mapping.captions import FIELD_OF, key_of
from importer.mapping.columns import matches, of_distinct
from schemas.profile_checks import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from importer.mapping.columns import Cells
    from importer.mapping.header import Header

MAX_HEADERS = 500
NAMES = 3
"""So many names of columns in one row are those of a table."""


def refuse_moved_columns(
    cells: Cells, header: Header, date_at: int, amounts: Sequence[int], open_rows: pa.Array
) -> None:
    """Ask where a row below the header names its columns in another order.

    The rows below such a row would give another column for the amount, and no cell shows it.

    Args:
        cells: the rows below the header.
        header: the header.
        date_at: the column of the day.
        amounts: the columns of the amounts.
        open_rows: the rows that no rule of the profile leaves out.

    Raises:
        NeedsInput: a column that is read stands elsewhere below some row.
    """
    if header.last < 0:
        return
    dated = of_distinct(cells.text(date_at), lambda texts: matches(texts, "[0-9]"))
    worded = pc.and_(pc.and_not(open_rows, dated), pc.not_equal(cells.text(date_at), ""))
    places = _places(header.names)
    for at in pc.indices_nonzero(worded)[:MAX_HEADERS].to_pylist():
        row = [cells.raw(column)[at].as_py() for column in range(cells.width)]
        below = pc.and_(dated, open_rows)[at + 1 :]
        if _is_other_order(row, places, amounts) and (not len(below) or pc.any(below).as_py()):
            raise _question(cells, header, at, row)


def _places(names: Sequence[str]) -> Mapping[str, set[int]]:
    places: dict[str, set[int]] = {}
    for at, name in enumerate(names):
        for key in _keys(name):
            places.setdefault(key, set()).add(at)
    return places


def _keys(name: str) -> Iterator[str]:
    """Yield how a name of a column is compared: as it is written, and as the field it captions."""
    if name.strip():
        yield fold(name)
        yield f"field {FIELD_OF.get(key_of(name), '') or fold(name)}"


def _is_other_order(
    row: Sequence[str], places: Mapping[str, set[int]], read: Sequence[int]
) -> bool:
    """Say whether a row is a header that has the day or the amount in another column.

    Fewer names tell it where the cell of the amount, `read`, is a word as well.
    """
    filled = [cell for cell in row if cell]
    if len(filled) < NAMES or not all(any(map(str.isalpha, cell)) for cell in filled):
        return False
    found = [{place for key in _keys(cell) for place in places.get(key, ())} for cell in row]
    named = [at for at, known in enumerate(found) if known]
    if all(at in found[at] for at in named):
        return False
    amounts = [at for at in read if row[at]]
    return len(named) >= NAMES or (bool(amounts) and all(at not in found[at] for at in amounts))


def _question(cells: Cells, header: Header, at: int, row: Sequence[str]) -> NeedsInput:
    number = cells.rows[at].as_py()
    first = ", ".join(f"'{' '.join(name.split())}'" for name in header.names if name.strip())
    second = ", ".join(f"'{' '.join(cell.split())}'" for cell in row if cell)
    return NeedsInput(
        f"{cells.grid.source.file}: row {number} is the header of another table, whose columns "
        f"stand in another order ({second}) than above ({first}): the rows below it would be "
        "read from the wrong columns. Put each table into a file of its own.",
        (
            f"the rows from row {number} on are payments: a file of their own",
            f"the rows from row {number} on are no payments: delete them",
        ),
    )
