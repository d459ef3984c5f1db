"""The flow of money from the file into its buckets, as the geometry of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from importer.model import Bucket, Reconciliation
from importer.reports.language import say
from importer.reports.words import BUCKETS, bucket_label, count, money

WIDTH = 520
_LEFT, _RIGHT, _BAR = 0, 286, 14
_HEIGHT, _THINNEST, _SLOT = 170.0, 2.0, 44.0


@dataclass(frozen=True, slots=True)
class Band:
    """One bucket: its ribbon from the file's bar to its own, and its two lines of text."""

    bucket: Bucket
    path: str
    top: float
    height: float
    middle: float
    label: str
    detail: str


@dataclass(frozen=True, slots=True)
class Flow:
    """The picture: sizes in its own units, `measure` says what the widths stand for."""

    width: int
    height: float
    bar: int
    right: int
    file_top: float
    file_height: float
    measure: str
    bands: tuple[Band, ...]


def flow(reconciliation: Reconciliation) -> Flow | None:
    """Return the picture of a run; None where there is nothing to show.

    The ribbons are as wide as the money in them; without money, or with more than one currency,
    as wide as the number of rows.
    """
    buckets = [bucket for bucket in BUCKETS if reconciliation.counts[bucket]]
    if not buckets:
        return None
    by_money = len(reconciliation.by_currency) == 1 and reconciliation.received > 0
    values = {b: _value(reconciliation, b, by_money=by_money) for b in buckets}
    whole = sum(values.values(), Decimal(0))
    thick = {b: max(_THINNEST, float(values[b] / whole) * _HEIGHT) for b in buckets}
    slots = {b: max(_SLOT, thick[b] + 10) for b in buckets}
    height, file_height = sum(slots.values()), sum(thick.values())
    left = file_top = (height - file_height) / 2
    top, bands = 0.0, []
    for bucket in buckets:
        start = top + (slots[bucket] - thick[bucket]) / 2
        bands.append(_band(reconciliation, bucket, left, start, thick[bucket]))
        left, top = left + thick[bucket], top + slots[bucket]
    measure = say("money received") if by_money else say("number of rows")
    return Flow(
        WIDTH, _short(height), _BAR, _RIGHT, _short(file_top), _short(file_height), measure,
        tuple(bands),
    )  # fmt: skip


def _value(reconciliation: Reconciliation, bucket: Bucket, *, by_money: bool) -> Decimal:
    return reconciliation.totals[bucket] if by_money else Decimal(reconciliation.counts[bucket])


def _band(
    reconciliation: Reconciliation, bucket: Bucket, left: float, right: float, thick: float
) -> Band:
    x0, x1 = _LEFT + _BAR, _RIGHT
    bend = round((x0 + x1) / 2)
    low_left, low_right = left + thick, right + thick
    there = f"C{bend},{left:.2f} {bend},{right:.2f} {x1},{right:.2f}"
    back = f"C{bend},{low_right:.2f} {bend},{low_left:.2f} {x0},{low_left:.2f}"
    path = f"M{x0},{left:.2f}{there}V{low_right:.2f}{back}Z"
    total = reconciliation.totals[bucket]
    detail = money(total, reconciliation.currency) if total else say("no money received")
    if len(reconciliation.by_currency) > 1:
        detail = ""
    label = f"{bucket_label(bucket)}: {count(reconciliation.counts[bucket], 'row')}"
    middle = _short(right + thick / 2)
    return Band(bucket, path, _short(right), _short(thick), middle, label, detail)


def _short(number: float) -> float:
    return round(number, 2)
