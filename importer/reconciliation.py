"""The proof by count and amount: the file equals the sum of its buckets, and the server agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from importer.model import Bucket, Kind, Reconciliation, RowOutcome, RunRecord

WAITING = (Bucket.UNKNOWN, Bucket.PLANNED)
"""Buckets that a finished import has no row in."""


UNPROVEN = "the lines on the server were not yet counted and compared: resume does it"
"""The difference of a run that ended between its last line and its proof."""


def received(row: RowOutcome) -> Decimal:
    """Return the money that a row says was received: `0` for what is no incoming payment."""
    if row.kind is Kind.INCOMING and row.amount is not None and row.amount > 0:
        return row.amount
    return Decimal(0)


def reconcile(record: RunRecord) -> Reconciliation:
    """Count and add up a run's rows by bucket, and name every difference.

    A dry run (`check`) is in balance with its rows still planned; an import is not.
    """
    counts = Counter(row.bucket for row in record.rows)
    sums: dict[tuple[Bucket, str], Decimal] = {}
    for row in record.rows:
        if amount := received(row):
            place = row.bucket, row.currency
            sums[place] = sums.get(place, Decimal(0)) + amount
    return balanced(record, counts, sums, _doubled_rows(record.rows))


def balanced(
    record: RunRecord,
    counts: Mapping[Bucket, int],
    sums: Mapping[tuple[Bucket, str], Decimal],
    doubled: Iterable[str],
) -> Reconciliation:
    """Return the reconciliation of a run whose rows were counted and added up.

    Args:
        record: the run; its rows are not looked at.
        counts: the rows by bucket.
        sums: the money received by bucket and currency.
        doubled: what is wrong with the rows, in sentences.
    """
    every = {bucket: counts.get(bucket, 0) for bucket in Bucket}
    totals = dict.fromkeys(Bucket, Decimal(0))
    by_currency: dict[str, Decimal] = {}
    for (bucket, currency), total in sums.items():
        totals[bucket] += total
        by_currency[currency] = by_currency.get(currency, Decimal(0)) + total
    differences = (*doubled, *_unproven(record, every, totals))
    waiting = 0 if record.command == "check" else sum(every[bucket] for bucket in WAITING)
    return Reconciliation(
        rows=sum(every.values()),
        received=sum(totals.values(), Decimal(0)),
        currency=next(iter(by_currency)) if len(by_currency) == 1 else "",
        counts=every,
        totals=totals,
        by_currency=by_currency,
        differences=differences,
        in_balance=not differences and not waiting,
        sums=sums,
    )


def _doubled_rows(rows: Iterable[RowOutcome]) -> tuple[str, ...]:
    seen = Counter(row.row for row in rows)
    return tuple(f"row {row} stands in {n} buckets" for row, n in seen.items() if n > 1)


def _unproven(
    record: RunRecord, counts: Mapping[Bucket, int], totals: Mapping[Bucket, Decimal]
) -> tuple[str, ...]:
    created, total = counts[Bucket.CREATED], totals[Bucket.CREATED]
    if record.proof is None:
        ended = record.finished_at is not None or any(counts[bucket] for bucket in WAITING)
        return (UNPROVEN,) if created and not ended else ()
    differences = list(record.proof.differences)
    if record.proof.lines != created:
        differences.append(f"{created} rows created, {record.proof.lines} lines on the server")
    if record.proof.total != total:
        differences.append(f"{total} created, {record.proof.total} on the server")
    return tuple(differences)
