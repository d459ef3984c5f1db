"""Whether a column called `Customer` holds the numbers of customers, or their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from importer.mapping.columns import Cells

if TYPE_CHECKING:
    from importer.model import Grid


ALSO_NAMES = frozenset({"customer", "debitor", "kunde"})
"""Captions, in lower case, under which people write numbers of customers or their names."""


def holds_names(grid: Grid, first: int, at: int) -> bool:
    """Say whether a column holds names: words of small letters, no digit, most of several words.

    The server writes numbers of customers in capitals, and hardly any is without a digit.
    """
    texts = Cells(grid, first).text(at)
    filled = pc.unique(pc.filter(texts, pc.not_equal(texts, "")))
    if not len(filled) or pc.any(pc.match_substring_regex(filled, r"\d")).as_py():
        return False
    small = pc.match_substring_regex(filled, r"\p{Ll}")
    several = pc.match_substring_regex(filled, r"\pL[\pL.&-]*\s+\S")
    return bool(pc.all(small).as_py() and 2 * pc.sum(several).as_py() >= len(filled))
