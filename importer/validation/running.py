"""Whether the running balance of a file agrees with the amounts of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import Kind
from schemas.texts import longest
from schemas.units import units, valid

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = 4
"""Amounts are compared to so many decimals, as whole numbers."""

LARGEST = 10 ** (12 + SCALE)
"""Whole numbers beyond it are no amounts that could be added up here."""

MAX_DISORDER = 50
"""So many rows may stand in another order than their balances."""

MIN_AGREEING = 3
MIN_SHARE = 2 / 3
"""A balance runs where so many points, and this share of them, follow from one another."""


@dataclass(frozen=True, slots=True)
class Break:
    """A balance that does not follow from the one before it in time.

    `index` is the row, 0 for the first, whose amount or balance is at fault, `other` the row with
    the balance that it is compared with, `expected` the balance that would follow.
    """

    index: int
    other: int
    expected: Decimal


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows: what each moved, `0` where that is unknown, and whether it has a balance."""

    balance: NDArray[np.int64]
    amount: NDArray[np.int64]
    has_point: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]
    accounts: Sequence[pa.DictionaryArray]


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


class Balances:
    """The amounts and running balances of a file, which may come in parts."""

    def __init__(self) -> None:
        """Begin with no rows."""
        self._parts: list[_Part] = []
        self._fit = True

    def add(self, columns: Mapping[str, pa.Array]) -> None:
        """Take the next rows.

        Args:
            columns: the canonical columns of `importer.mapping`.
        """
        balance, amount = _scaled(columns["balance"]), _scaled(columns["amount"])
        self._fit = self._fit and balance is not None and amount is not None
        if balance is None or amount is None:
            return
        kinds = columns["kind"]
        moved = of_kind(kinds, Kind.INCOMING, Kind.OUTGOING).to_numpy(zero_copy_only=False)
        aside = of_kind(kinds, Kind.TOTAL, Kind.PENDING).to_numpy(zero_copy_only=False)
        known = valid(columns["amount"])
        self._parts.append(
            _Part(
                balance=balance,
                amount=np.where(moved & known, amount, 0),
                has_point=valid(columns["balance"]) & ~aside,
                doubtful=moved & ~known,
                accounts=[_coded(columns[name]) for name in ("own_account", "currency")],
            )
        )

    def breaks(self) -> Iterator[Break]:
        """Yield where the running balance of the file breaks, if it runs at all."""
        points = self._points() if self._fit and self._parts else None
        if points is None or len(points.index) <= MIN_AGREEING:
            return
        groups = np.unique(points.group)
        for group in groups:
            yield from _of_account(
                points, points.group == group if len(groups) > 1 else slice(None)
            )

    def _points(self) -> _Points | None:
        has_point = self._joined("has_point")
        if not has_point.any():
            return None
        group = self._groups()
        order = np.argsort(group, kind="stable") if group.any() else slice(None)
        values = self._joined("amount")[order]
        summed = np.cumsum(values)
        doubt = np.cumsum(self._joined("doubtful")[order], dtype=np.int64)
        at = has_point[order]
        return _Points(
            index=np.arange(len(has_point))[order][at],
            group=group[order][at],
            balance=self._joined("balance")[order][at],
            before=(summed - values)[at],
            after=summed[at],
            doubtful=doubt[at],
        )

    def _joined(self, name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in self._parts])

    def _groups(self) -> NDArray[np.int64]:
        """Number the accounts: own account and currency together."""
        codes = np.zeros(sum(len(part.amount) for part in self._parts), dtype=np.int64)
        for column in zip(*(part.accounts for part in self._parts), strict=True):
            whole = pa.chunked_array(column).unify_dictionaries()
            indexes = np.concatenate([chunk.indices.to_numpy() for chunk in whole.chunks])
            codes = codes * (int(indexes.max(initial=0)) + 1) + indexes
        return codes


def of_kind(kinds: pa.Array, *wanted: Kind) -> pa.Array:
    """Return which rows of a column of kinds are one of the wanted ones."""
    return pc.is_in(kinds, value_set=pa.array([str(kind) for kind in wanted], pa.string()))


def _coded(texts: pa.Array) -> pa.DictionaryArray:
    """Return texts as few different ones and their numbers; nearly all columns have one."""
    if len(texts) and not longest(texts):
        numbers = pa.array(np.zeros(len(texts), np.int32))
        return pa.DictionaryArray.from_arrays(numbers, pa.array([""]))
    return pc.dictionary_encode(texts)


def _scaled(values: pa.Array) -> NDArray[np.int64] | None:
    """Return amounts as whole numbers, 0 where there is none; None where they are too large."""
    found = units(values, SCALE)
    if (
        found is None
        or not -LARGEST <= found[0].min(initial=0) <= found[0].max(initial=0) <= LARGEST
    ):
        return None
    return found[0]


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


def _returns(level: NDArray[np.int64], places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how many rows behind each place the level is again what it was before; 0 if never."""
    found = np.zeros(len(places), np.intp)
    for rows in range(MAX_DISORDER - 1, 0, -1):
        inside = places[: np.searchsorted(places, len(level) - rows)]
        found[: len(inside)][level[inside + rows] == level[inside - 1]] = rows
    return found


def _places(level: NDArray[np.int64]) -> Iterator[tuple[int, bool]]:
    """Yield the places at which the level changes, and whether one balance alone is odd."""
    seen = 0
    places = np.flatnonzero(level[1:] != level[:-1]) + 1
    for place, back in zip(places.tolist(), _returns(level, places).tolist(), strict=True):
        if place < seen:
            continue
        stray = level[place : place + back]
        if len(stray) > 1 and (stray != stray[0]).any():
            seen = place + len(stray) + 1  # rows in another order: their sum agrees
            continue
        if len(stray) == 1:
            seen = place + 2
        yield place, len(stray) == 1
