"""Whether the running balance of a file agrees with the amounts of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import Kind

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SCALE = 4
"""Amounts are compared to so many decimals, as whole numbers."""

LARGEST = 10**12
MAX_DISORDER = 50
"""So many rows may stand in another order than their balances."""

MIN_AGREEING = 3
MIN_SHARE = 2 / 3
"""A balance runs where so many points, and this share of them, follow from one another."""


@dataclass(frozen=True, slots=True)
class Break:
    """A balance that does not follow from the one before it in time.

    `index` is the row of the frame whose amount or balance is at fault, `other` the row with
    the balance that it is compared with, `expected` the balance that would follow.
    """

    index: int
    other: int
    expected: Decimal


@dataclass(frozen=True, slots=True)
class _Points:
    """The rows with a balance, account after account, each in the order of the file.

    `before` and `after` are the sums of the amounts of the account up to the row, without and
    with it; `doubtful` counts its unreadable amounts so far.
    """

    index: NDArray[np.int64]
    group: NDArray[np.int64]
    balance: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    doubtful: NDArray[np.int64]


def breaks(frame: pd.DataFrame) -> Iterator[Break]:
    """Yield where the running balance of a file breaks, if it runs at all.

    Args:
        frame: the canonical columns of `importer.mapping`.
    """
    points = _points(frame)
    if points is None or len(points.index) <= MIN_AGREEING:
        return
    groups = np.unique(points.group)
    for group in groups:
        yield from _of_account(points, points.group == group if len(groups) > 1 else slice(None))


def _points(frame: pd.DataFrame) -> _Points | None:
    balance, amount = _scaled(frame["balance"]), _scaled(frame["amount"])
    if balance is None or amount is None or not balance[1].any():
        return None
    kind = frame["kind"]
    moved = kind.isin([str(Kind.INCOMING), str(Kind.OUTGOING)]).to_numpy(dtype=bool)
    has_point = balance[1] & ~kind.isin([str(Kind.TOTAL), str(Kind.PENDING)]).to_numpy(dtype=bool)
    group = _groups(frame)
    order = np.argsort(group, kind="stable") if group.any() else slice(None)
    values = np.where(moved & amount[1], amount[0], 0)[order]
    summed = np.cumsum(values)
    doubt = np.cumsum((moved & ~amount[1])[order], dtype=np.int64)
    at = has_point[order]
    return _Points(
        index=np.arange(len(frame))[order][at],
        group=group[order][at],
        balance=balance[0][order][at],
        before=(summed - values)[at],
        after=summed[at],
        doubtful=doubt[at],
    )


def _groups(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Number the accounts: own account and currency together."""
    codes = np.zeros(len(frame), dtype=np.int64)
    for name in ("own_account", "currency"):
        found = pa.array(frame[name])
        found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        indexes = pc.dictionary_encode(found).indices.to_numpy(zero_copy_only=False)
        codes = codes * (int(indexes.max(initial=0)) + 1) + indexes
    return codes


def _scaled(column: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.bool_]] | None:
    """Return amounts as whole numbers, and which are known; None where they are too large."""
    values = pa.array(column)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    limits = pc.min_max(values).as_py()
    if any(limit is not None and abs(limit) > LARGEST for limit in limits.values()):
        return None
    known = pc.is_valid(values).to_numpy(zero_copy_only=False)
    scaled = pc.multiply(values, pa.scalar(Decimal(10**SCALE), pa.decimal128(SCALE + 1, 0)))
    whole = pc.cast(scaled, pa.int64(), safe=False).fill_null(0)
    return whole.to_numpy(zero_copy_only=False), known


def _of_account(points: _Points, mask: NDArray[np.bool_] | slice) -> Iterator[Break]:
    """Find the order and sign in which the balance runs best, and where it then breaks.

    A balance less all amounts up to it is the same for all rows where it runs; a level that
    returns to what it was is a matter of order or of one balance, not of an amount.
    """
    balance = points.balance[mask]
    if len(balance) <= MIN_AGREEING:
        return
    ways = []
    for sign in (1, -1):
        ways.append((balance - sign * points.after[mask], True, sign))
        ways.append((balance + sign * points.before[mask], False, sign))
    level, rising, _ = max(ways, key=lambda way: _agreeing(way[0]))
    agreeing = _agreeing(level)
    if agreeing < MIN_AGREEING or agreeing < MIN_SHARE * (len(level) - 1):
        return
    index, doubtful = points.index[mask], points.doubtful[mask]
    for place, alone in _places(level):
        at, other = (place, place - 1) if rising or alone else (place - 1, place)
        if doubtful[at] == doubtful[other]:
            expected = Decimal(int(balance[at] + level[other] - level[at])).scaleb(-SCALE)
            yield Break(int(index[at]), int(index[other]), expected)


def _agreeing(level: NDArray[np.int64]) -> int:
    """Count the points that follow from the one before, or from the last but one."""
    same = level[1:] == level[:-1]
    skipping = np.zeros(len(level), dtype=bool)
    skipping[2:] = level[2:] == level[:-2]
    skipping[1:] |= same
    return int(skipping.sum())


def _places(level: NDArray[np.int64]) -> Iterator[tuple[int, bool]]:
    """Yield the places at which the level changes, and whether one balance alone is odd."""
    seen = 0
    for place in (np.flatnonzero(level[1:] != level[:-1]) + 1).tolist():
        if place < seen:
            continue
        back = np.flatnonzero(level[place : place + MAX_DISORDER] == level[place - 1])
        stray = level[place : place + int(back[0])] if len(back) else level[:0]
        if len(stray) > 1 and (stray != stray[0]).any():
            seen = place + len(stray) + 1  # rows in another order: their sum agrees
            continue
        if len(stray) == 1:
            seen = place + 2
        yield place, len(stray) == 1
