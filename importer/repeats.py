"""Payments whose whole amount stands on each of several rows, as in lists of what they settle."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence


class Repeat(NamedTuple):
    """The place of the first such row, how many there are, and which column has their parts."""

    place: int
    rows: int
    part: int


def first_repeat(
    amounts: pa.Array, keys: Sequence[pa.Array], parts: Sequence[pa.Array]
) -> Repeat | None:
    """Return the first amount that is equal on rows whose parts add up to it, None if none is.

    Args:
        amounts: the amount of each row, null where it has none.
        keys: columns that are equal on the rows of one payment, such as the day.
        parts: other columns of money.
    """
    length = len(amounts)
    columns = {f"key{at}": key for at, key in enumerate(keys)}
    columns |= {f"part{at}": part for at, part in enumerate(parts)}
    table = pa.table({**columns, "amount": amounts, "at": pa.array(range(length), pa.int64())})
    table = table.filter(pc.and_(pc.is_valid(amounts), pc.not_equal(amounts, 0)))
    names = [*(f"key{at}" for at in range(len(keys))), "amount"]
    summed = [(f"part{at}", how) for at in range(len(parts)) for how in ("sum", "count")]
    grouped = table.group_by(names).aggregate([("at", "min"), ("at", "count"), *summed])
    found = []
    for at in range(len(parts)):
        whole = pc.equal(pc.abs(grouped[f"part{at}_sum"]), pc.abs(grouped["amount"]))
        filled = pc.equal(grouped[f"part{at}_count"], grouped["at_count"])
        fits = pc.and_(pc.and_(whole, filled), pc.greater(grouped["at_count"], 1))
        hits = grouped.filter(pc.fill_null(fits, fill_value=False))
        rows = zip(hits["at_min"].to_pylist(), hits["at_count"].to_pylist(), strict=True)
        found += [Repeat(place, count, at) for place, count in rows]
    return min(found, default=None)
