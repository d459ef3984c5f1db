"""Deciding how a column is written by all of its values, or asking: never by a guess.

A reading is proven by a value that only it can read. Where no value decides and the readings
differ, or values contradict each other, a person must choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import plain
from importer.errors import NeedsInput
from importer.mapping.columns import days, money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

MARKS_OF_THOUSANDS = {".": (",", " ", "'"), ",": (".", " ", "'")}
"""The thousands marks that can stand beside each decimal mark."""

_TIMES = ("", " %H:%M:%S", " %H:%M")


def _written(orders: tuple[str, ...], marks: str) -> tuple[str, ...]:
    return tuple(order.format(mark) + time for mark, order, time in product(marks, orders, _TIMES))


_CLEAR = (
    *_written(("%Y{0}%m{0}%d",), "-/."),
    *(f"%Y-%m-%d{gap}{time}%z" for gap in "T " for time in ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f")),
    *("%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d. %b %Y", "%b %d, %Y", "%Y年%m月%d日"),
)
"""Formats that can be taken for no other one."""

DATE_FORMATS = {
    "day first": (*_CLEAR, *_written(("%d{0}%m{0}%Y", "%d{0}%m{0}%y"), "./-")),
    "month first": (*_CLEAR, *_written(("%m{0}%d{0}%Y", "%m{0}%d{0}%y"), "/-")),
    "year first": (*_CLEAR, *_written(("%y{0}%m{0}%d",), "./-")),
}
"""The ways to read a column of dates; with dots the month is never first."""

_SHORT_SPAN, _LONG_SPAN = 2 * 366, 8 * 366
"""In days: rows that span at most so many are likely, and unlikely those that span more."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a column: which values it can read, and as what."""

    setting: str
    readable: pa.Array
    values: pa.Array
    formats: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return int(pc.sum(pc.cast(self.readable, pa.int64())).as_py() or 0)

    def misses(self, other: _Reading) -> bool:
        """Return whether `other` reads a value that this one cannot read."""
        extra = pc.and_not(other.readable, self.readable)
        return bool(pc.any(extra).as_py())

    def differs(self, other: _Reading) -> pa.Array:
        """Return where both read a value and disagree."""
        both = pc.and_(self.readable, other.readable)
        return pc.fill_null(pc.and_(both, pc.not_equal(self.values, other.values)), False)


def date_formats_of(
    texts: pa.Array, name: str, file: str, *, german: bool = False
) -> tuple[str, ...]:
    """Return the formats of a column of dates; none where no value is a date.

    Args:
        texts: the text cells of the column, blanks included; date cells left out.
        name: the column's header, for the question.
        file: the file's name, for the question.
        german: with dots the day is always first.

    Raises:
        NeedsInput: day and month can be taken for each other.
    """
    distinct = pc.unique(pc.filter(texts, pc.not_equal(texts, "")))
    if not distinct:
        return ()
    ways = list(DATE_FORMATS.values())
    if german:
        ways = [tuple(one for one in way if not one.startswith("%y.")) for way in ways]
    best = _decided([_dated(distinct, formats) for formats in ways])
    best = _nearest([one for one in best if not _is_one_a_year(one)] or best)
    if len(best) <= 1:
        return best[0].formats if best else ()
    raise _question(best, distinct, name, file, "--date-format", "date.formats")


def _dated(distinct: pa.Array, formats: tuple[str, ...]) -> _Reading:
    used = tuple(text for text in formats if pc.any(pc.is_valid(days(distinct, (text,)))).as_py())
    found = days(distinct, used)
    return _Reading(used[-1] if used else "", pc.is_valid(found), found, used)


def _is_one_a_year(reading: _Reading) -> bool:
    """Say whether two digits read as the year would give the same day of years on end.

    What stands last is then the year: `15/01/24` and `16/01/24` are days of 2024. With full stops
    or hyphens, which whole countries write between year and month, it is no proof.
    """
    if not all(text.startswith("%y/") for text in reading.formats):
        return False
    days_of_month, years = pc.unique(pc.day(reading.values)), pc.unique(pc.year(reading.values))
    return len(pc.drop_null(days_of_month)) == 1 and len(pc.drop_null(years)) > 1


def _nearest(best: list[_Reading]) -> list[_Reading]:
    """Return the one reading by which the days are near to each other, else all."""
    spans = []
    for one in best:
        limits = pc.min_max(one.values).as_py()
        spans.append((limits["max"] - limits["min"]).days)
    near = [one for one, span in zip(best, spans, strict=True) if span <= _SHORT_SPAN]
    far = [one for one, span in zip(best, spans, strict=True) if span > _LONG_SPAN]
    return near if len(near) == 1 and len(far) == len(best) - 1 else best


def decimal_of(texts: pa.Array, marks: tuple[str, ...], name: str, file: str) -> str:
    """Return the decimal mark of a column of amounts; `.` where no value has a mark.

    Raises:
        NeedsInput: the values can be read both ways (`1,234`), or contradict each other.
    """
    distinct = pc.unique(pc.filter(texts, pc.not_equal(texts, "")))
    readings = []
    for decimal, thousands in MARKS_OF_THOUSANDS.items():
        found = money(distinct, decimal, thousands, marks)
        readings.append(_Reading(decimal, pc.is_valid(found), found))
    best = _decided(readings)
    if len(best) <= 1:
        return best[0].setting if best else "."
    raise _question(best, distinct, name, file, "--decimal", "amount.decimal")


def _decided(readings: Sequence[_Reading]) -> list[_Reading]:
    """Return the one reading that the values prove, or those between which a person chooses."""
    possible = [one for one in readings if one.count]
    unbeaten = [
        one
        for one in possible
        if not any(one.misses(other) and not other.misses(one) for other in possible)
    ]
    kept: list[_Reading] = []
    for one in unbeaten:
        if all(one.misses(other) or pc.any(one.differs(other)).as_py() for other in kept):
            kept.append(one)
    return kept


def _question(
    best: Sequence[_Reading], distinct: pa.Array, name: str, file: str, option: str, key: str
) -> NeedsInput:
    """Return the question between two readings, with a value on which they differ."""
    first, second = best[0], best[1]
    both = pc.and_(first.readable, second.readable)
    readable = pc.xor(first.readable, second.readable)
    at = pc.index(pc.if_else(both, first.differs(second), readable), value=True).as_py()
    sample = distinct[at].as_py()
    ways = tuple(
        f"{option} '{one.setting}': '{sample}' is {_said(one.values[at].as_py())}" for one in best
    )
    return NeedsInput(
        f"{file}: the column '{name}' can be read in {len(ways)} ways: {'; '.join(ways)}. "
        f"Choose with {option}, or name a profile with {key}.",
        ways,
    )


def _said(value: date | Decimal | None) -> str:
    if value is None:
        return "a fault"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return plain(value.normalize())
