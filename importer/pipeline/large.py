"""Dry runs of many rows: counted, added up and written from the columns of the mapped frame.

Frozen values begin where payments are planned. A dry run without a company plans nothing, and
values of a million rows, most of them without fault, would take most of its time and memory; so
only rejected rows become values here. The reports are the same, byte for byte.

A file comes in parts: one is judged while the next is read. Of each, those columns stay that the
reports show, and those with which the file's own balances and totals are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import CURRENCY_DECIMALS, EXACT, MAX_DECIMALS, MAX_INTEGER_DIGITS, tidy
from importer.mapping import Aside, Mapped, map_more
from importer.model import Bucket, Finding, SourceRow
from importer.pipeline.checking import Checked, dry_record, utc_now
from importer.pipeline.columns_written import WrittenColumns
from importer.pipeline.recognising import minding_more
from importer.pipeline.understanding import Understood, understand_part
from importer.reading.fence import StartAgain
from importer.validation import COMPARED, Evidence, judge, ordered
from schemas.texts import arrow
from schemas.units import decimals, rounded, units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from importer.model import RunRecord
    from importer.pipeline.jobs import Reading
    from importer.reading.parts import Parts
    from importer.validation import Judged

_HUNDREDTHS = pa.decimal128(MAX_INTEGER_DIGITS + MAX_DECIMALS, 2)
_SHOWN = (
    "row",
    "kind",
    "posting_date",
    "currency",
    "counterparty",
    "reference",
    "customer_number",
    "invoice_number",
)
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
    findings: tuple[Finding, ...]


def check_parts(
    parts: Parts, reading: Reading, generation: str, written: WrittenColumns
) -> tuple[Understood, RunRecord, LargeRows] | None:
    """Check a large file part by part, its rows going to `written`.

    None where it can only be read whole.
    """
    understood = understand_part(parts.first(), reading)
    if understood is None:
        return None
    check = LargeCheck(understood.mapped, generation, written)
    record = begun(understood, written)
    try:
        for at, part in enumerate(parts.each()):
            first = understood.mapped
            check.add(map_more(part, minding_more(part, first)) if at else first)
            understood = understood if at else _without_rows(understood)
    except StartAgain:
        return None
    return understood, record, check.rows()


def _without_rows(understood: Understood) -> Understood:
    """Return what later parts need to know of the first: its memory is theirs."""
    mapped = understood.mapped
    top = replace(understood.grid, frame=understood.grid.frame.take(range(mapped.index)))
    mapped = replace(mapped, grid=top, frame=mapped.frame.take([]))
    return replace(understood, grid=top, mapped=mapped)


def begun(understood: Understood, written: WrittenColumns) -> RunRecord:
    """Begin the reports of a large dry run and return its record, without any row."""
    record = dry_record(understood, Checked((), (), (), ()), None, None, utc_now)
    written.begin(record)
    return record


class LargeCheck:
    """Takes the parts of a file, which is not compared with a company, one after the other."""

    def __init__(self, first: Mapped, generation: str, written: WrittenColumns) -> None:
        """Begin with no rows; the lengths are those of an API generation."""
        self._generation = generation
        self._aside = Aside(first)
        self._evidence = Evidence(first)
        self._counts: Counter[Bucket] = Counter()
        self._sums: dict[tuple[Bucket, str], Decimal] = {}
        self._incoming = 0
        self._received = Decimal(0)
        self._rejected: list[SourceRow] = []
        self._findings: list[Finding] = []
        self._written = written

    def add(self, mapped: Mapped) -> None:
        """Validate, count and add up the rows of the next part."""
        findings = mapped.grid.findings
        judged = judge(mapped, generation=self._generation, grid_findings=findings)
        frame, incoming = mapped.frame, judged.incoming.to_numpy(dtype=bool)
        accepted = np.zeros(len(frame), bool)
        accepted[judged.accepted.to_numpy()] = True
        rejected = _rejected(mapped, judged, np.flatnonzero(incoming & ~accepted))
        bucket = pc.take(_BUCKETS, pa.array(np.where(accepted, 0, np.where(incoming, 1, 2))))
        amounts = _Amounts(arrow(frame["amount"]), arrow(frame["currency"]))
        self._add_up(amounts, bucket, pa.array(incoming))
        self._aside.add(mapped)
        self._findings += judged.findings
        self._rejected += rejected
        reasons = pc.replace_with_mask(
            arrow(frame["rule"]),
            pa.array(incoming & ~accepted),
            pa.array([row.reason for row in rejected], pa.string()),
        )
        made = {"bucket": bucket, "reason": reasons, "amount": amounts.texts()}
        self._written.add(pa.table({name: arrow(frame[name]) for name in _SHOWN} | made))
        self._evidence.add({name: arrow(frame[name]) for name in COMPARED})

    def _add_up(self, amounts: _Amounts, bucket: pa.Array, incoming: pa.Array) -> None:
        for pair in pc.value_counts(bucket).to_pylist():
            self._counts[Bucket(pair["values"])] += pair["counts"]
        self._incoming += int(pc.sum(incoming).as_py() or 0)
        received = pc.sum(pc.filter(amounts.values, incoming)).as_py() or Decimal(0)
        self._received = EXACT.add(self._received, received)
        for place, amount in amounts.sums(bucket, incoming).items():
            self._sums[place] = EXACT.add(self._sums.get(place, Decimal(0)), amount)

    def rows(self) -> LargeRows:
        """Return the rows of all parts, with what the file says about itself compared."""
        doubts = self._evidence.findings(self._aside.stated())
        return LargeRows(
            self._counts,
            self._sums,
            _doubled(self._evidence.rows()),
            self._incoming,
            self._received,
            tuple(self._rejected),
            ordered(self._findings, doubts),
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
        special = pc.is_in(currencies, value_set=pa.array(list(CURRENCY_DECIMALS), pa.string()))
        found = units(values, 2)
        if found is None:
            whole = pc.cast(rounded(values, 2), _HUNDREDTHS)
            exact = pc.fill_null(pc.equal(whole, values), fill_value=False)
        else:
            whole, exact = decimals(found[0], _HUNDREDTHS), pa.array(found[1])
        known = pc.is_valid(values)
        usual = pc.and_(pc.and_not(exact, special), known)
        self._hundredths = pc.if_else(usual, whole, None)
        odd = pc.and_not(known, usual)
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
        amounts = pc.if_else(gained, self._hundredths, None)
        # Numbers for texts, and nulls for rows left out, spare copies of all columns.
        currency, ends = pc.dictionary_encode(self._currencies), pc.dictionary_encode(bucket)
        columns = {"bucket": ends.indices, "currency": currency.indices, "amount": amounts}
        grouped = pa.table(columns).group_by(["bucket", "currency"], use_threads=False)
        sums = {
            (
                Bucket(ends.dictionary[one["bucket"]].as_py()),
                currency.dictionary[one["currency"]].as_py(),
            ): one["amount_sum"]
            for one in grouped.aggregate([("amount", "sum")]).to_pylist()
            if one["amount_sum"] is not None
        }
        for at, amount in self._odd.items():
            if incoming[at].as_py() and amount > 0:
                place = Bucket(bucket[at].as_py()), self._currencies[at].as_py()
                sums[place] = sums.get(place, Decimal(0)) + amount
        return sums
