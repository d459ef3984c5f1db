"""Totals below the rows of a sheet of captions, whose label stands in the place of a payer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import NeedsInput
from importer.labels import is_bare_total, is_total
from importer.mapping.amount_columns import ZERO
from importer.mapping.columns import Cells
from schemas.profile import SkipRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OF_TOTALS = "a total below the rows"

LONGEST = 30
"""Letters of the longest label of a total and nothing else."""


def total_rules(
    cells: Cells, fields: Mapping[str, int], values: Callable[[], pa.Array]
) -> Iterator[SkipRule]:
    """Yield the rules for totals whose label stands in the place of a date or of a payer's number.

    Without a day any label of a total is one. With a day the amount decides: a total is the sum
    of the rows above, and a payer may be called so.

    Raises:
        NeedsInput: a row is called a total, and its amount does not tell whether it is one.
    """
    no_day = pc.equal(cells.text(fields["posting_date"]), "")
    for field in ("posting_date", "customer_number", "invoice_number"):
        if (at := fields.get(field)) is None:
            continue
        undated = field != "posting_date"
        texts = cells.raw(at).filter(no_day) if undated else cells.raw(at)
        texts = pc.unique(texts.filter(pc.match_substring_regex(texts, pattern="^[^0-9]+$")))
        if words := tuple(text for text in texts.to_pylist() if is_total(text)):
            yield SkipRule(
                column=at + 1, words=words, undated=undated, kind="total", reason=OF_TOTALS
            )
        if not undated:
            continue
        if words := _dated(cells, at, no_day, values):
            yield SkipRule(column=at + 1, words=words, kind="total", reason=OF_TOTALS)


def _dated(
    cells: Cells, at: int, no_day: pa.Array, amounts: Callable[[], pa.Array]
) -> tuple[str, ...]:
    """Return the labels of a column that are those of totals in every row with a day."""
    texts = cells.raw(at)
    words = pc.unique(texts)
    words = words.filter(pc.match_substring_regex(words, pattern=rf"^[^0-9]{{2,{LONGEST}}}$"))
    labels = [text for text in words.to_pylist() if is_bare_total(text)]
    if not labels:
        return ()
    values = amounts()  # read once more only where there is such a label
    paid = pc.and_not(pc.is_valid(values), no_day)
    named = pc.and_(paid, pc.is_in(texts, value_set=pa.array(labels, pa.string())))
    last = pc.max(pc.indices_nonzero(pc.and_not(paid, named))).as_py()
    if last is None:
        return ()
    summed: set[str] = set()
    payers: set[str] = set()
    proven = False
    for place, rows in _added(named, pc.if_else(paid, values, ZERO)):
        (summed if rows else payers).add(texts[place].as_py())
        proven |= rows > 1
        if summed & payers or (not rows and place > last):
            raise _unclear(cells, texts[place].as_py(), place)
    if summed and not proven:  # the amount of one row is that of another payer as easily
        raise _unclear(cells, min(summed), pc.indices_nonzero(named)[-1].as_py())
    return tuple(sorted(summed))


def _added(named: pa.Array, values: pa.Array) -> Iterator[tuple[int, int]]:
    """Yield each row that is called a total, and of how many rows above it it is the sum."""
    start, above = 0, _Sums()
    for place in pc.indices_nonzero(named).to_pylist():
        amount = values[place].as_py()
        part = _Sums.of(values[start:place])
        above = above + part
        rows = max(one.rows if amount and one.has(amount) else 0 for one in (part, above))
        yield place, rows
        start = place + 1
        if not rows:  # a payer's amount counts in the sums below
            above = above + _Sums.of(values[place : place + 1])


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sum of some amounts, that of money received alone, and how many they are."""

    net: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    rows: int = 0

    @classmethod
    def of(cls, values: pa.Array) -> _Sums:
        """Add up some amounts."""
        filled = values.filter(pc.not_equal(values, ZERO))
        received = values.filter(pc.greater(values, ZERO))
        net, gross = (pc.sum(one).as_py() or Decimal(0) for one in (filled, received))
        return cls(net, gross, len(filled))

    def __add__(self, other: _Sums) -> _Sums:
        """Return the sums of both."""
        return _Sums(self.net + other.net, self.received + other.received, self.rows + other.rows)

    def has(self, amount: Decimal) -> bool:
        """Say whether an amount is one of the sums, whatever its sign."""
        return abs(amount) in (abs(self.net), self.received)


def _unclear(cells: Cells, word: str, place: int) -> NeedsInput:
    ways = (
        "it is a total: the row must be skipped",
        "it is a payment of a customer of that name: the row counts",
    )
    return NeedsInput(
        f"{cells.grid.source.file}: row {cells.rows[place].as_py()} is called {word!r}, and "
        f"its amount does not tell whether it is a total of the rows above: {'; '.join(ways)}. "
        "Take the row away if it is a total, or name a profile with or without a [[skip]] rule "
        "for it.",
        ways,
    )
