"""What tells in which order day, month and year stand, where the cells alone do not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.model import CellKind
from importer.proposing import days
from importer.proposing.days import order_of
from importer.proposing.table import count
from schemas.dates import is_german

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.proposing.columns import Column
    from importer.proposing.state import Draft

Reading = tuple[str, ...]

_DAY_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}(?![0-9])")
_PRINTED = re.compile(
    "(?i)export|print|creat|generat|download|erstell|druck|abruf|imprim|emiss|stamp|udskr|utskr"
)
_NEAR_DAYS, _FAR_DAYS = 15, 25
_ORDERED = 5
_TURNED = {"%d": "%m", "%m": "%d"}
_SHORT_SPAN, _LONG_SPAN = 2 * 372, 8 * 372  # years, as `days.read` counts


def decide_order(
    draft: Draft, column: Column, texts: pa.Array, readings: list[Reading]
) -> tuple[Reading, str | None]:
    """Return the reading and why; the likeliest and None where nothing decides."""
    orders = {order_of(reading[0]): reading for reading in readings}
    if len(orders) == 1:
        return readings[0], _only_reading(texts, readings[0])
    values = {order: days.read(texts, reading) for order, reading in orders.items()}
    first = readings[0]
    if all(_same(values[order_of(first[0])], other) for other in values.values()):
        return first, "day and month are equal wherever they could be swapped"
    if "%Y" in first[0][:5] and "ymd" in orders:
        return orders["ymd"], "the year comes first, so the month comes before the day"
    if _is_dotted(readings) and ("ymd" not in orders or is_german(draft.header.names)):
        return orders["dmy"], "written with full stops, which is day first"
    for order, why in (
        *_short_span(values),
        *_beside(draft, column, orders),
        *_around(draft, orders, values),
        *_near(draft, column, values),
        *_in_order(texts, values),
    ):
        return orders[order], why
    return first, None


def is_one_a_year(texts: pa.Array, reading: Reading) -> bool:
    """Say whether days, read year first, would be the same one of years on end.

    What stands last is then the year: `15/01/24` and `16/01/24` are days of 2024. With full stops
    or hyphens, which whole countries write between year and month, it is no proof.
    """
    if not reading[0].startswith("%y/"):
        return False
    known = pc.subtract(pc.drop_null(days.read(texts, reading)), 32)  # months and days from 0
    year = pc.divide(known, 372)
    rest = pc.subtract(known, pc.multiply(year, 372))
    day = pc.subtract(rest, pc.multiply(pc.divide(rest, 31), 31))
    return len(pc.unique(day)) == 1 and len(pc.unique(year)) > 1


def unproven(texts: pa.Array, reading: Reading) -> int | None:
    """Return a day whose order is known only from days with other marks between the parts.

    Days with full stops, or with the month's name, need no such proof.
    """
    groups: dict[str, list[str]] = {}
    for text in reading:
        groups.setdefault("name" if "%b" in text else _gaps(text).replace(" ", ""), []).append(text)
    if len(groups) == 1 or order_of(reading[0]) not in {"dmy", "mdy"}:
        return None
    for marks, formats in groups.items():
        if marks == "name" or "." in marks or all("%Y-%m" in text for text in formats):
            continue
        one = days.read(texts, formats)
        turned = [re.sub("%[dm]", lambda found: _TURNED[found[0]], text) for text in formats]
        other = days.read(texts, turned)
        hits = pc.indices_nonzero(pc.fill_null(pc.not_equal(one, other), fill_value=False))
        if len(hits) and not count(pc.and_(pc.is_valid(one), pc.is_null(other))):
            return int(hits[0].as_py())
    return None


def plausible(readings: list[Reading]) -> list[Reading]:
    """Leave out that the month comes first where full stops leave day or year as the first."""
    if not _is_dotted(readings) or "ymd" not in {order_of(reading[0]) for reading in readings}:
        return readings
    return [reading for reading in readings if order_of(reading[0]) != "mdy"]


def _is_dotted(readings: Sequence[Reading]) -> bool:
    """Say whether the days, as day first reads them, have full stops."""
    day_first = [reading for reading in readings if order_of(reading[0]) == "dmy"]
    return bool(day_first) and all("." in _gaps(text) for text in day_first[0])


def _only_reading(texts: pa.Array, reading: Reading) -> str:
    if "%b" in reading[0]:
        return "the month is a name"
    left, total = days.unread(texts, reading), count(pc.not_equal(texts, ""))
    why = f"the only order in which {total - left:,} of {total:,} cells are days"
    if "%Y" in reading[0][:5]:
        return "the year comes first"
    return why


def _gaps(text: str) -> str:
    date_part = re.search(r"%[dmy].*?%[dmyY].*?%[dmyY]", text)
    return re.sub(r"%.", "", date_part[0]) if date_part else ""


def _same(one: pa.Array, other: pa.Array) -> bool:
    return count(pc.not_equal(one, other)) == 0


def _beside(draft: Draft, column: Column, orders: dict[str, Reading]) -> Iterator[tuple[str, str]]:
    """Let another column of days that is written alike decide."""
    gaps = _gaps(next(iter(orders.values()))[0])
    for other in draft.columns:
        if other.at == column.at or not other.is_day:
            continue
        texts = text_days(draft, other)
        style = days.style_of([cell for cell in other.cells if cell])
        if style is None or style.without_year or not style.readings:
            continue
        fit = fitting(texts, style.readings)
        only = order_of(fit[0][0])
        if len(fit) == 1 and only in orders and _gaps(fit[0][0]) == gaps:
            yield only, f"as in {draft.label(other)}, where only this order reads every cell"


def _around(
    draft: Draft, orders: dict[str, Reading], values: dict[str, pa.Array]
) -> Iterator[tuple[str, str]]:
    """Let a period above the header decide that holds all rows; the day of an export does not."""
    if draft.header.first <= 0:
        return
    gaps = _gaps(next(iter(orders.values()))[0])
    found = [
        text
        for row in draft.table.head[: draft.header.first]
        if not any(_PRINTED.search(cell) for cell in row)
        for cell in row
        for text in _DAY_IN_TEXT.findall(cell)
    ]
    formats = {text: [f for f in days.formats_of(text) if _gaps(f) == gaps] for text in found}
    votes = {order_of(every[0]): text for text, every in formats.items() if len(every) == 1}
    order, example = next(iter(votes.items()), ("", ""))
    if len(votes) == 1 and order in orders and _holds(formats, order, values[order]):
        yield order, f"as '{example}' above the header"


def _holds(formats: dict[str, list[str]], order: str, values: pa.Array) -> bool:
    """Say whether the days of a period, read in one order, lie around those of all rows."""
    read = [
        days.read(pa.array([text]), [form])[0].as_py()
        for text, every in formats.items()
        for form in every
        if order_of(form) == order
    ]
    limits = pc.min_max(values).as_py()
    return bool(min(read) <= (limits["min"] or 0) and (limits["max"] or 0) <= max(read))


def _near(draft: Draft, column: Column, values: dict[str, pa.Array]) -> Iterator[tuple[str, str]]:
    """Let the nearness to another column of days decide: a few days at most lie between."""
    for other in draft.columns:
        if other.at == column.at or not other.is_day or other.says("other_date"):
            continue
        texts = draft.body.texts(other.at)
        style = days.style_of([cell for cell in other.cells if cell])
        if style is None or not style.readings:
            continue
        theirs = {order_of(reading[0]): reading for reading in style.readings}
        widest = {}
        for order, mine in values.items():
            reading = theirs.get(order) or (style.readings[0] if len(theirs) == 1 else None)
            if reading is None:
                return
            gap = pc.abs(pc.subtract(mine, days.read(texts, reading)))
            widest[order] = pc.max(gap).as_py() or 0
        near = [order for order, gap in widest.items() if gap <= _NEAR_DAYS]
        far = [order for order, gap in widest.items() if gap > _FAR_DAYS]
        if len(near) == 1 and len(far) == len(widest) - 1:
            yield near[0], f"only so every day is near to the one in {draft.label(other)}"


def _short_span(values: dict[str, pa.Array]) -> Iterator[tuple[str, str]]:
    """Let the time that the file spans decide: months in one order, decades in the others."""
    spans = {}
    for order, numbers in values.items():
        limits = pc.min_max(numbers).as_py()
        spans[order] = (limits["max"] or 0) - (limits["min"] or 0)
    best = min(spans, key=lambda order: spans[order])
    others = [span for order, span in spans.items() if order != best]
    if spans[best] <= _SHORT_SPAN and min(others) > _LONG_SPAN:
        yield best, "in any other order the rows would span many years"


def _in_order(texts: pa.Array, values: dict[str, pa.Array]) -> Iterator[tuple[str, str]]:
    """Let the order of the rows decide: under one reading only they are sorted by day.

    Rows that a spreadsheet sorted by the letters of a text column tell nothing: within a year,
    that is the order of the days where the month comes first, whether it does or not.
    """
    if _is_sorted(pc.filter(texts, pc.not_equal(texts, ""))):
        return
    sorted_orders = []
    for order, numbers in values.items():
        known = pc.drop_null(numbers)
        if len(pc.unique(known)) < _ORDERED:
            return
        if _is_sorted(known):
            sorted_orders.append(order)
    if len(sorted_orders) == 1:
        yield sorted_orders[0], "only so the rows are in the order of their days"


def _is_sorted(values: pa.Array) -> bool:
    """Say whether values rise or fall from row to row; equal ones may follow each other."""
    before, after = values[:-1], values[1:]
    up, down = pc.less_equal(before, after), pc.greater_equal(before, after)
    return bool(pc.all(up).as_py() or pc.all(down).as_py())


def text_days(draft: Draft, column: Column) -> pa.Array:
    """Return the cells of a column of days with those stored as dates blanked."""
    texts = draft.body.texts(column.at)
    stored = draft.body.stored(column.at, CellKind.DATE)
    return texts if stored is None else pc.if_else(stored, "", texts)


def fitting(texts: pa.Array, readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings that read the most of all rows."""
    left = [days.unread(texts, reading) for reading in readings]
    return [reading for reading, n in zip(readings, left, strict=True) if n == min(left)]
