"""Money received over time, as the geometry of a picture of stacked bars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from importer.model import Bucket, Kind, Reconciliation, RowOutcome, RunRecord
from importer.reports.language import figures, say
from importer.reports.words import BUCKETS, currencies, received
from schemas.payment import FIRST_YEAR, LAST_YEAR

WIDTH, HEIGHT = 560, 220
MAX_BARS = 66
"""More bars than this are put together: days to weeks, weeks to months, months to years."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 40, 10, 26
_STEPS, _LABELS = 4, 6
_GAP = 0.25
_BY_MONEY = {
    "day": "Money received per day",
    "week": "Money received per week",
    "month": "Money received per month",
    "year": "Money received per year",
}
_BY_NUMBER = {
    "day": "Number of payments per day",
    "week": "Number of payments per week",
    "month": "Number of payments per month",
    "year": "Number of payments per year",
}


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a bar that belongs to one bucket."""

    bucket: Bucket
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, week, month or year: its place, its parts, and what it says."""

    left: float
    width: float
    parts: tuple[Part, ...]
    name: str
    rows: int
    received: Decimal


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Days:
    """The picture: sizes in its own units; `per` is day, week, month or year.

    `title` says what the heights stand for; `undated` are rows of money without a plausible date.
    """

    width: int
    height: int
    left: int
    right: int
    floor: int
    per: str
    title: str
    bars: tuple[Bar, ...]
    heights: tuple[Tick, ...]
    names: tuple[Tick, ...]
    undated: int


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> date:
    return day.replace(day=1)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)


def _after_month(day: date) -> date:
    return _month(day + timedelta(days=31))


def _after_year(day: date) -> date:
    return day.replace(year=day.year + 1)


@dataclass(frozen=True, slots=True)
class _Period:
    start: Callable[[date], date]
    after: Callable[[date], date]
    form: str


_PERIODS: Mapping[str, _Period] = MappingProxyType(
    {
        "day": _Period(lambda day: day, lambda day: day + timedelta(days=1), "%Y-%m-%d"),
        "week": _Period(_week, lambda day: day + timedelta(days=7), "%G-W%V"),
        "month": _Period(_month, _after_month, "%Y-%m"),
        "year": _Period(_year, _after_year, "%Y"),
    }
)


def days(record: RunRecord, reconciliation: Reconciliation) -> Days | None:
    """Return the picture of a run; None where no money has a date, or all has the same.

    A record that holds a part of the rows has none, because it would show a part of the money.

    The bars are as high as the money received; with more than one currency, as the number of
    payments.
    """
    if len(record.rows) < reconciliation.rows:
        return None
    paid = [row for row in record.rows if row.kind is Kind.INCOMING and received(row)]
    dated = [row for row in paid if _day(row)]
    spread = sorted({day for row in dated if (day := _day(row))})
    if len(spread) <= 1:
        return None
    per, starts = _periods(spread[0], spread[-1])
    by_money = len(currencies(reconciliation)) == 1
    sums, rows = _sums(dated, _PERIODS[per], by_money=by_money)
    heights = {start: sum(sums[start].values(), Decimal(0)) for start in starts}
    step = _step(max(heights.values()))
    scale = (HEIGHT - _TOP - _BOTTOM) / float(step * _STEPS)
    each = (WIDTH - _LEFT - _RIGHT) / len(starts)
    form = _PERIODS[per].form
    bars = [
        Bar(
            round(_LEFT + each * (at + _GAP / 2), 2),
            round(each * (1 - _GAP), 2),
            tuple(_stack(sums[start], scale)),
            start.strftime(form),
            rows[start],
            heights[start],
        )
        for at, start in enumerate(starts)
    ]
    return Days(
        WIDTH, HEIGHT, _LEFT, WIDTH - _RIGHT, HEIGHT - _BOTTOM, per,
        _title(per, by_money=by_money),
        tuple(bars), _heights(step, scale), _names(bars), len(paid) - len(dated),
    )  # fmt: skip


def _day(row: RowOutcome) -> date | None:
    """Return a row's day; a slip of the pen such as the year 226 would stretch the axis."""
    day = row.posting_date
    return day if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _title(per: str, *, by_money: bool) -> str:
    texts = _BY_MONEY if by_money else _BY_NUMBER
    return say(texts[per])


def _periods(first: date, last: date) -> tuple[str, list[date]]:
    """Return the shortest period that gives few enough bars, and the start of each."""
    for per, period in _PERIODS.items():
        starts, end = [period.start(first)], period.start(last)
        while starts[-1] < end and (len(starts) < MAX_BARS or per == "year"):
            starts.append(period.after(starts[-1]))
        if starts[-1] >= end:
            break
    return per, starts


def _sums(
    rows: Iterable[RowOutcome], period: _Period, *, by_money: bool
) -> tuple[Mapping[date, Mapping[Bucket, Decimal]], Mapping[date, int]]:
    sums: dict[date, dict[Bucket, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    counts: dict[date, int] = defaultdict(int)
    for row in rows:
        if day := _day(row):
            start = period.start(day)
            sums[start][row.bucket] += received(row) if by_money else 1
            counts[start] += 1
    return sums, counts


def _stack(sums: Mapping[Bucket, Decimal], scale: float) -> Iterable[Part]:
    low, below = float(HEIGHT - _BOTTOM), Decimal(0)
    for bucket in BUCKETS:
        if value := sums.get(bucket):
            below += value
            high = HEIGHT - _BOTTOM - float(below) * scale
            yield Part(bucket, round(high, 2), round(low - high, 2))
            low = high


def _step(highest: Decimal) -> Decimal:
    """Return a round step of which `_STEPS` reach the highest bar."""
    unit = Decimal(1).scaleb((highest / _STEPS).adjusted())
    steps = (unit * factor for factor in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5)))
    return next((step for step in steps if step * _STEPS >= highest), unit * 10)


def _heights(step: Decimal, scale: float) -> tuple[Tick, ...]:
    ticks = ((step * at) for at in range(_STEPS + 1))
    return tuple(
        Tick(round(HEIGHT - _BOTTOM - float(value) * scale, 2), figures(f"{value.normalize():,f}"))
        for value in ticks
    )


def _names(bars: list[Bar]) -> tuple[Tick, ...]:
    every = -(-len(bars) // _LABELS)
    return tuple(Tick(round(bar.left + bar.width / 2, 2), bar.name) for bar in bars[::every])
