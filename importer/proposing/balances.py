"""Running balances: the proof of which column is the amount, and of its sign."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.table import count

REVERSED_HITS = 3
"""How often a balance must fall by the amounts before that is believed."""

LARGEST = 10**12
NEARLY_ALL = 0.95
ENOUGH = 0.6
"""The share of neighbouring rows in which a balance must run to be a proof."""


@dataclass(frozen=True, slots=True)
class Run:
    """How often a balance changed by the amount of its row: `hits` of `pairs`."""

    hits: int
    pairs: int
    sign: int  # +1: the balance grows by the amount; -1: it shrinks by it
    rising: bool  # the oldest row comes first

    @property
    def certain(self) -> bool:
        """Say whether the balance runs in nearly all rows, as it must with unsigned amounts."""
        return self.proven and self.hits >= NEARLY_ALL * self.pairs

    @property
    def proven(self) -> bool:
        """Say whether this is more than chance."""
        least = 1 if self.sign > 0 else REVERSED_HITS
        return self.hits >= least and self.hits >= ENOUGH * self.pairs


def run_of(amount: pa.Array, balance: pa.Array, accounts: pa.Array | None = None) -> Run:
    """Find how a balance runs with the amounts of its rows, in either order and sign.

    Balances may stand on some rows only: between two of them lie the amounts of all rows. With
    `accounts`, the name of each row's account, every account has a balance of its own.
    """
    moves, levels = _scaled(amount), _scaled(balance)
    if moves is None or levels is None:
        return Run(0, 0, 1, rising=True)
    if accounts is not None:
        account = pc.dictionary_encode(accounts).indices
        order = pc.array_sort_indices(account)  # stable, as Arrow sorts
        moves, levels, account = (pc.take(one, order) for one in (moves, levels, account))
    else:
        account = pa.repeat(0, len(moves))
    runs = [
        _run(moves, levels, account, sign, rising=rising)
        for sign in (1, -1)
        for rising in (True, False)
    ]
    best = max(runs, key=lambda run: run.hits)
    if any(run.hits == best.hits and run.sign != best.sign for run in runs):
        return Run(0, best.pairs, 1, rising=True)  # equal amounts run both ways
    return best


def _scaled(values: pa.Array) -> pa.Array | None:
    """Return amounts as whole ten-thousandths; None where they are too large for that."""
    limits = pc.min_max(values).as_py()
    if any(limit is not None and abs(limit) > LARGEST for limit in limits.values()):
        return None
    scaled = pc.multiply(values, pa.scalar(Decimal(10_000), pa.decimal128(5, 0)))
    return pc.cast(scaled, pa.int64(), safe=False)


def _run(amount: pa.Array, balance: pa.Array, account: pa.Array, sign: int, *, rising: bool) -> Run:
    moved = pc.multiply(pc.fill_null(amount, 0), sign)
    summed = pc.cumulative_sum(moved)
    before = pc.subtract(summed, moved)
    known = pc.is_valid(balance)
    # the balance before all rows, in one direction of time or the other
    fixed = pc.subtract(balance, summed) if rising else pc.add(balance, before)
    fixed = pc.filter(fixed, known)
    at = pc.filter(summed if rising else before, known)
    if len(fixed) < 2:  # noqa: PLR2004
        return Run(0, 0, sign, rising)
    account = pc.filter(account, known)
    changed = pc.not_equal(at[1:], at[:-1])  # rows of zero prove nothing
    changed = pc.and_(changed, pc.equal(account[1:], account[:-1]))
    same = pc.and_(changed, pc.equal(fixed[1:], fixed[:-1]))
    return Run(count(same), count(changed), sign, rising)


def changes(amount: pa.Array, balance: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return in which rows a balance rose, and in which it fell, by an amount without a sign.

    Nothing is returned where that does not hold in nearly all rows, in one order of the rows.
    """
    moves, levels = _scaled(pc.abs(amount)), _scaled(balance)
    never = pa.repeat(pa.scalar(value=False), len(amount))
    if moves is None or levels is None or len(moves) < 2:  # noqa: PLR2004
        return never, never
    gap = pa.nulls(1, pa.int64())
    steps = pc.subtract(levels[1:], levels[:-1])
    rising, falling = pa.concat_arrays([gap, steps]), pa.concat_arrays([pc.negate(steps), gap])
    for step in (rising, falling):
        up = pc.fill_null(pc.equal(step, moves), fill_value=False)
        down = pc.fill_null(pc.equal(pc.negate(step), moves), fill_value=False)
        if count(up) + count(down) >= NEARLY_ALL * (count(pc.is_valid(moves)) - 1):
            return up, down
    return never, never
