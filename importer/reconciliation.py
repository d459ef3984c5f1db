"""The proof by count and amount: the file equals the sum of its buckets, and the server agrees."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from importer.model import Bucket, Kind, Reconciliation, RowOutcome, RunRecord

WAITING = (Bucket.UNKNOWN, Bucket.PLANNED)
"""Buckets that a finished import has no row in."""


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
    totals = dict.fromkeys(Bucket, Decimal(0))
    by_currency: dict[str, Decimal] = {}
    for row in record.rows:
        amount = received(row)
        totals[row.bucket] += amount
        if amount:
            by_currency[row.currency] = by_currency.get(row.currency, Decimal(0)) + amount
    differences = (*_doubled_rows(record), *_unproven(record, counts, totals))
    waiting = 0 if record.command == "check" else sum(counts[bucket] for bucket in WAITING)
    return Reconciliation(
        rows=len(record.rows),
        received=sum(totals.values(), Decimal(0)),
        currency=next(iter(by_currency)) if len(by_currency) == 1 else "",
        counts={bucket: counts[bucket] for bucket in Bucket},
        totals=totals,
        by_currency=by_currency,
        differences=differences,
        in_balance=not differences and not waiting,
    )


def _doubled_rows(record: RunRecord) -> tuple[str, ...]:
    seen = Counter(row.row for row in record.rows)
    return tuple(f"row {row} stands in {n} buckets" for row, n in seen.items() if n > 1)


def _unproven(
    record: RunRecord, counts: Counter[Bucket], totals: dict[Bucket, Decimal]
) -> tuple[str, ...]:
    if record.proof is None:
        return ()
    differences = list(record.proof.differences)
    created, total = counts[Bucket.CREATED], totals[Bucket.CREATED]
    if record.proof.lines != created:
        differences.append(f"{created} rows created, {record.proof.lines} lines on the server")
    if record.proof.total != total:
        differences.append(f"{total} created, {record.proof.total} on the server")
    return tuple(differences)
