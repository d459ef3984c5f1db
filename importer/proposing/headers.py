"""Finding the header by what rows hold: words for columns above rows of days and amounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.proposing import days
from importer.proposing.numbers import has_word, looks_like_money
from importer.proposing.vocabulary import CORE, concepts
from importer.proposing.words import currency_code
from schemas.profile_checks import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.proposing.table import Table

MAX_NAME = 100
MAX_HEADER_ROWS = 3
LOOK_AHEAD = 12
_UNIT = re.compile(r"^\s*(?:in\s+|[(\[]\s*)(?:in\s+)?|[)\]]\s*$", re.IGNORECASE)
_MONEY = {"amount", "credit", "debit", "balance"}


@dataclass(frozen=True, slots=True)
class Header:
    """The header's rows `first` to `last` (-1: there is none) and each column's name."""

    first: int
    last: int
    names: tuple[str, ...]
    width: int

    def reference(self, column: int) -> str | int:
        """Return how a profile names a column: its text, `Text#2`, or its position from 1."""
        name = self.names[column] if column < len(self.names) else ""
        if not name:
            return column + 1
        alike = [at for at, other in enumerate(self.names) if fold(other) == fold(name)]
        return name if len(alike) == 1 else f"{name}#{alike.index(column) + 1}"

    def label(self, column: int) -> str:
        """Return how a sentence names a column."""
        name = self.names[column] if column < len(self.names) else ""
        return f"'{name}'" if name else f"column {column + 1}"


def has_day(row: Sequence[str]) -> bool:
    """Say whether a cell of a row is a day."""
    return any(days.looks_like_day(cell) for cell in row)


def is_data(row: Sequence[str]) -> bool:
    """Say whether a row holds a day and, in another cell, a number that can be an amount."""
    day = [days.looks_like_day(cell) for cell in row]
    money = [looks_like_money(cell) or has_word(cell) for cell in row]
    return any(
        one and any(other for at, other in enumerate(money) if at != position)
        for position, one in enumerate(day)
    )


def _is_name(cell: str) -> bool:
    return (
        0 < len(cell) <= MAX_NAME
        and not looks_like_money(cell)
        and not days.looks_like_day(cell)
        and re.search(r"[^\W\d_]", cell) is not None
        and re.search(r"\d{5}", cell) is None
    )


def score_of(row: Sequence[str]) -> int:
    """Return how many columns of payments a row names; 0 where it holds values."""
    filled = [cell for cell in row if cell]
    names = [cell for cell in filled if _is_name(cell)]
    if len(filled) < 2 or len(names) < len(filled) - len(filled) // 6:  # noqa: PLR2004
        return 0
    if len({fold(name) for name in names}) < (len(names) + 1) // 2:
        return 0
    return sum(bool(concepts(cell) & CORE) for cell in names)


def find_header(table: Table) -> Header:
    """Find the header; `last` is -1 where the file has none."""
    head = table.head
    data = [is_data(row) for row in head]
    scores = [score_of(row) for row in head]
    best = _best(scores, data)
    if best is None:
        best = _above_data(head, data)
    if best is None:
        return Header(0, -1, (), _used_width(table))
    first, last = _rows(head, data, scores, best)
    return _header(head, first, last)


def _best(scores: Sequence[int], data: Sequence[bool]) -> int | None:
    most = max(scores, default=0)
    if most < 2:  # noqa: PLR2004 - one word alone may stand in any text
        return None
    for at, score in enumerate(scores):
        if score == most and any(data[at + 1 : at + 1 + LOOK_AHEAD]):
            return at
    near = [at for at, score in enumerate(scores) if score >= 2 and score * 2 >= most]  # noqa: PLR2004
    for at in near:
        if any(data[at + 1 : at + 1 + LOOK_AHEAD]):
            return at
    if any(data):
        return None
    return scores.index(most)


def _above_data(head: Sequence[Sequence[str]], data: Sequence[bool]) -> int | None:
    """Return the row above the first data, if it names most of the columns of the data."""
    if True not in data:
        return None
    first = list(data).index(True)
    for at in range(first - 1, max(first - 4, -1), -1):
        row = head[at]
        names = {column for column, cell in enumerate(row) if _is_name(cell)}
        needed = {column for column, cell in enumerate(head[first]) if cell}
        values = any(looks_like_money(cell) or days.looks_like_day(cell) for cell in row)
        if not values and len(names) >= 2 and len(needed & names) * 5 >= len(needed) * 4:  # noqa: PLR2004
            return at
    return None


def _rows(
    head: Sequence[Sequence[str]], data: Sequence[bool], scores: Sequence[int], best: int
) -> tuple[int, int]:
    """Extend a header over the rows that belong to it, above and below."""
    first = last = best
    while last - first + 1 < MAX_HEADER_ROWS and last + 1 < len(head):
        below = head[last + 1]
        same = [fold(a) for a in below] == [fold(a) for a in head[best]]
        names = sum(_is_name(cell) for cell in below)
        if data[last + 1] or same or names < 2 or names < sum(map(bool, below)):  # noqa: PLR2004
            break
        if not scores[last + 1] or not any(data[last + 2 : last + 5]):
            break
        last += 1
    if any(data[last + 2 : last + 5]) and _are_units(head[last + 1], head[last]):
        last += 1
    named = [fold(cell) for cell in head[best] if cell]
    if best > 0 and len(set(named)) < len(named) and _groups(head[best - 1], head[best]):
        first = best - 1
    return first, last


def _are_units(row: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether a row goes on with the header: the columns of money have units, as `in EUR`."""
    filled = [(cell, concepts(name) & _MONEY) for cell, name in zip(row, names, strict=True)]
    units = [currency_code(_UNIT.sub("", cell)) for cell, of_money in filled if cell and of_money]
    return any(units) and all(units) and all(_is_name(cell) for cell in row if cell)


def _groups(above: Sequence[str], row: Sequence[str]) -> bool:
    """Say whether the row above a header groups its columns that have the same name."""
    filled = [at for at, cell in enumerate(above) if cell]
    names = [fold(cell) for cell in row]
    if len(filled) < 2 or not all(_is_name(above[at]) for at in filled):  # noqa: PLR2004
        return False
    return any(names.count(names[at]) > 1 or not names[at] for at in filled)


def _header(head: Sequence[Sequence[str]], first: int, last: int) -> Header:
    columns = zip(*head[first : last + 1], strict=True)
    names = tuple(" ".join(" ".join(filter(None, cells)).split()) for cells in columns)
    return Header(first, last, names, len(names))


def _used_width(table: Table) -> int:
    width = table.width
    while width and not any(table.texts(width - 1).unique().to_pylist()):
        width -= 1
    return width
