"""Columns beside those that a profile of captions reads: they may say what a row is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from importer.mapping.columns import Cells
from importer.mapping.header import require
from schemas.profile_checks import many, text_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.mapping.header import Header
    from importer.model import Grid
    from schemas.profile import Profile

MAX_WORDS = 12
"""A text that is written for each payment has more words than a column of states or types."""

FIRST_ROWS = 1_000
"""So many rows are looked at before all are: most texts differ there already."""


def columns_beside(grid: Grid, profile: Profile) -> tuple[Header, tuple[int, ...]]:
    """Return the header of a profile of positions, and the columns whose words nothing reads.

    They are the filled columns with a name that are no field, no dimension and in no rule, and
    the texts of which every cell is one of a few single words, such as `Cancelled`.
    """
    header = require(grid, profile)
    cells = Cells(grid, header.last + 1)
    taken = set(_taken(profile))
    texts = text_places(profile)
    found = [
        at
        for at, name in enumerate(header.names)
        if name.strip()
        and (at not in taken or (at in texts and _has_single_words(cells, at)))
        and pc.any(pc.not_equal(cells.text(at), "")).as_py()
    ]
    return header, tuple(found)


def _taken(profile: Profile) -> Iterator[int]:
    """Yield the positions, from 0, of the columns that a profile reads."""
    columns, amount = profile.columns, profile.amount
    fields = [getattr(columns, name) for name in columns.__struct_fields__ if name != "dimension"]
    fields += [profile.date.column, amount.column, amount.credit, amount.debit]
    fields += [*columns.dimension.values(), *(rule.column for rule in profile.skip)]
    for references in fields:
        yield from (int(at) - 1 for at in many(references))


def _has_single_words(cells: Cells, at: int) -> bool:
    first = pc.unique(cells.text(at)[:FIRST_ROWS])
    found = pc.unique(cells.text(at)) if len(first) <= MAX_WORDS + 1 else first
    words = [word for word in found.to_pylist()[: MAX_WORDS + 2] if word]
    return len(words) <= MAX_WORDS and all(word.isalpha() for word in words)
