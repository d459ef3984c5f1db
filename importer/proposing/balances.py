"""Running balances: the proof of which column is the amount, and of its sign."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.table import ZERO, count

REVERSED_HITS = 3
"""How often a balance must fall by the amounts before that is believed."""

LARGEST = 10**12
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
    def proven(self) -> bool:
        """Say whether this is more than chance."""
        least = 1 if self.sign > 0 else REVERSED_HITS
        return self.hits >= least and self.hits >= ENOUGH * self.pairs


def run_of(amount: pa.Array, balance: pa.Array) -> Run:
    """Find how a balance runs with the amounts of its rows, in either order and sign.

    Balances may stand on some rows only: between two of them lie the amounts of all rows.
    """
    moves, levels = _scaled(amount), _scaled(balance)
    if moves is None or levels is None:
        return Run(0, 0, 1, rising=True)
    runs = [
        _run(moves, levels, sign, rising=rising) for sign in (1, -1) for rising in (True, False)
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


def _run(amount: pa.Array, balance: pa.Array, sign: int, *, rising: bool) -> Run:
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
    changed = pc.not_equal(at[1:], at[:-1])  # rows of zero prove nothing
    same = pc.and_(changed, pc.equal(fixed[1:], fixed[:-1]))
    return Run(count(same), count(changed), sign, rising)


def has_both_signs(values: pa.Array) -> bool:
    """Say whether amounts are positive and negative."""
    return count(pc.greater(values, ZERO)) > 0 and count(pc.less(values, ZERO)) > 0
