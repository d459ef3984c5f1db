"""Dry runs of many rows: counted, added up and written from the columns of the mapped frame.

Frozen values begin where payments are planned. A dry run without a company plans nothing, and
values of a million rows, most of them without fault, would take most of its time and memory; so
only rejected rows become values here. The reports are the same, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import CURRENCY_DECIMALS, MAX_DECIMALS, MAX_INTEGER_DIGITS, tidy
from importer.model import Bucket, SourceRow
from importer.pipeline.columns_written import WrittenColumns
from schemas.texts import arrow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from importer.mapping import Mapped
    from importer.validation import Judged

_HUNDREDTHS = pa.decimal128(MAX_INTEGER_DIGITS + MAX_DECIMALS, 2)
_COPIED = ("kind", "posting_date", "currency", "counterparty", "reference")
_NUMBERS = ("customer_number", "invoice_number")
_BUCKETS = pa.array(["planned", "rejected", "skipped"])


@dataclass(frozen=True, slots=True)
class LargeRows:
    """The rows of a large dry run: those rejected as values, all of them to be written."""

    counts: Mapping[Bucket, int]
    sums: Mapping[tuple[Bucket, str], Decimal]
    doubled: tuple[str, ...]
    incoming: int
    received: Decimal
    rejected: tuple[SourceRow, ...]
    written: WrittenColumns


def judged_rows(mapped: Mapped, judged: Judged) -> LargeRows:
    """Return what becomes of each row of a file that is not compared with a company."""
    # Arrow keeps what was freed: before and behind this, a fifth of the memory in use.
    pa.default_memory_pool().release_unused()
    rows = _rows(mapped, judged)
    pa.default_memory_pool().release_unused()
    return rows


def _rows(mapped: Mapped, judged: Judged) -> LargeRows:
    frame = mapped.frame
    incoming = judged.incoming.to_numpy(dtype=bool)
    accepted = np.zeros(len(frame), bool)
    accepted[judged.accepted.to_numpy()] = True
    rejected = np.flatnonzero(incoming & ~accepted)
    bucket = pc.take(_BUCKETS, pa.array(np.where(accepted, 0, np.where(incoming, 1, 2))))
    amounts = _Amounts(arrow(frame["amount"]), arrow(frame["currency"]))
    values = _rejected(mapped, judged, rejected)
    reasons = pc.replace_with_mask(
        arrow(frame["rule"]),
        pa.array(incoming & ~accepted),
        pa.array([row.reason for row in values], pa.string()),
    )
    columns = {name: arrow(frame[name]) for name in ("row", *_COPIED, *_NUMBERS)}
    table = pa.table({**columns, "bucket": bucket, "reason": reasons, "amount": amounts.texts()})
    counts = {
        Bucket(pair["values"]): pair["counts"] for pair in pc.value_counts(bucket).to_pylist()
    }
    inside = pa.array(incoming)
    return LargeRows(
        counts,
        amounts.sums(bucket, inside),
        _doubled(columns["row"]),
        int(incoming.sum()),
        pc.sum(pc.filter(amounts.values, inside)).as_py() or Decimal(0),
        values,
        WrittenColumns(table),
    )


def _rejected(mapped: Mapped, judged: Judged, places: NDArray[np.intp]) -> tuple[SourceRow, ...]:
    part = mapped.only(places)
    reasons = [judged.faults[row] for row in part.frame["row"].tolist()]
    return part.source_rows([Bucket.REJECTED] * len(reasons), reasons)


def _doubled(rows: pa.Array) -> tuple[str, ...]:
    if pc.all(pc.less(rows[:-1], rows[1:])).as_py() is not False:
        return ()
    counted = pc.value_counts(rows).to_pylist()
    return tuple(
        f"row {one['values']} stands in {one['counts']} buckets"
        for one in counted
        if one["counts"] > 1
    )


class _Amounts:
    """Amounts with the decimals of their currencies; most are hundredths."""

    def __init__(self, values: pa.Array, currencies: pa.Array) -> None:
        self.values = values
        self._currencies = currencies
        rounded = pc.round(values, ndigits=2)
        special = pc.is_in(currencies, value_set=pa.array(list(CURRENCY_DECIMALS), pa.string()))
        usual = pc.and_(pc.equal(rounded, values), pc.invert(special))
        self._hundredths = pc.cast(pc.if_else(usual, rounded, None), _HUNDREDTHS)
        odd = pc.and_(pc.is_valid(values), pc.invert(pc.fill_null(usual, fill_value=False)))
        self._odd = {at: self._tidy(at) for at in pc.indices_nonzero(odd).to_pylist()}
        self._odd_mask = odd

    def _tidy(self, at: int) -> Decimal:
        return tidy(self.values[at].as_py(), self._currencies[at].as_py())

    def texts(self) -> pa.Array:
        """Return the amounts as reports write them."""
        texts = pc.cast(self._hundredths, pa.string())
        odd = pa.array([f"{amount:f}" for amount in self._odd.values()], pa.string())
        return pc.replace_with_mask(texts, self._odd_mask, odd) if self._odd else texts

    def sums(self, bucket: pa.Array, incoming: pa.Array) -> dict[tuple[Bucket, str], Decimal]:
        """Return the money received by bucket and currency."""
        gained = pc.and_(incoming, pc.greater(self._hundredths, pa.scalar(0, _HUNDREDTHS)))
        columns = {"bucket": bucket, "currency": self._currencies, "amount": self._hundredths}
        table = pa.table(columns).filter(gained)
        grouped = table.group_by(["bucket", "currency"], use_threads=False)
        found = grouped.aggregate([("amount", "sum")]).to_pylist()
        sums = {(Bucket(one["bucket"]), one["currency"]): one["amount_sum"] for one in found}
        for at, amount in self._odd.items():
            if incoming[at].as_py() and amount > 0:
                place = Bucket(bucket[at].as_py()), self._currencies[at].as_py()
                sums[place] = sums.get(place, Decimal(0)) + amount
        return sums
