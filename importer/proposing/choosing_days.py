"""Which column holds the day of a payment, and in which order day and month stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import InputProblem
from importer.model import CellKind
from importer.proposing import days
from importer.proposing.columns import Column
from importer.proposing.days import order_of
from importer.proposing.proposal import Answers, Question, needs_input
from importer.proposing.state import Draft
from importer.proposing.table import count
from importer.proposing.vocabulary import folded
from schemas.dates import date_format

Reading = tuple[str, ...]

_DAY_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}(?![0-9])")
_PRINTED = re.compile(
    "(?i)export|print|creat|generat|download|erstell|druck|abruf|imprim|emiss|stamp|udskr|utskr"
)
_NEAR_DAYS, _FAR_DAYS = 15, 25
_ORDERED = 5
_SHORT_SPAN, _LONG_SPAN = 2 * 372, 8 * 372  # years, as `days.read` counts
PLAIN = 0.3  # a header of one word
_STRAY_SHARE = 0.02
_MAX_TEXTS = 5_000
_ORDER_NAMES = {"dmy": "day first", "mdy": "month first", "ymd": "year first", "ydm": "year, day"}


def choose_date(draft: Draft) -> None:
    """Decide `date.column` and `date.formats`.

    Raises:
        InputProblem: no column holds days.
        NeedsInput: the days have no year.
    """
    answer = draft.answered(draft.answers.date_column)
    candidates = [column for column in draft.columns if column.is_day]
    if not candidates and draft.answers.date_format:
        candidates = [column for column in draft.columns if _read_by(column, draft.answers)]
    if answer is None and not candidates:
        raise _no_days(draft)
    column = answer or max(candidates, key=lambda one: (_rank(one), -one.at))
    draft.used.add(column.at)
    why = "as you said" if answer else _why(draft, column, candidates)
    draft.decide("date.column", draft.reference(column), why)
    _choose_formats(draft, column)
    draft.rising = _rising(draft, column)


def _read_by(column: Column, answers: Answers) -> bool:
    """Say whether the format that the user names reads most cells of a column."""
    form = date_format(answers.date_format)
    read = sum(form.read(cell) is not None for cell in column.cells)
    return read * 2 > column.filled


def _no_days(draft: Draft) -> InputProblem:
    """Ask where a header names days that cannot be read; else these are no payments."""
    file = draft.grid.source.file
    named = [one for one in draft.columns if one.says("date") and re.search(r"\d", one.first)]
    amounts = [one for one in draft.columns if one.says("amount", "credit", "debit")]
    if not named or not any(one.is_money for one in amounts):
        return InputProblem(
            f"{file}: no column holds days, so these are no payments. "
            "Name a file of payments, or the date column.",
            "not-payments",
        )
    question = Question(
        "date.formats",
        f"The cells of {draft.label(named[0])}, such as '{named[0].first}', are in no known way to "
        "write days.",
        ("they are days in a format of their own: name it", "the days stand in another column"),
        "date_format or date_column",
    )
    return needs_input(file, question)


def _rising(draft: Draft, column: Column) -> bool | None:
    """Say whether the oldest row comes first, None where the days do not tell."""
    texts = pc.utf8_slice_codeunits(draft.body.texts(column.at), 0, days.MAX_CELL)
    formats = [str(text) for text in draft.settings["date.formats"]]
    stored = draft.body.stored(column.at, CellKind.DATE)
    known = days.read(texts, formats)
    if stored is not None:
        iso = days.read(pc.utf8_slice_codeunits(texts, 0, 10), ["%Y-%m-%d"])
        known = pc.if_else(stored, iso, known)
    draft.dated = pc.is_valid(known)
    known = pc.drop_null(known)
    steps = pc.subtract(known[1:], known[:-1])
    up, down = (count(side(steps, 0)) for side in (pc.greater, pc.less))
    if min(up, down) * 4 > max(up, down) or up == down:
        return None
    return up > down


def _rank(column: Column) -> float:
    fill = column.filled / max(1, len(column.body.sample_at))
    rank = 1.0
    if column.says("other_date") and not column.says("booked"):
        rank = 0.0
    elif column.says("booked") and not column.says("value"):
        rank = 4.0
    elif column.says("date"):
        rank = 2.0 if column.says("value") else 2.5 if column.says("happened") else 3.0
    elif column.says("value", "happened"):
        rank = 1.5
    rank += PLAIN if "_" not in folded(column.name) else 0
    return rank - (5 if fill < 0.5 else 0)  # noqa: PLR2004 - empty on most rows


def _why(draft: Draft, column: Column, candidates: Sequence[Column]) -> str:
    if len(candidates) == 1:
        return "the only column of days"
    others = ", ".join(draft.label(one) for one in candidates if one is not column)
    return f"the day of booking rather than {others}"


def _choose_formats(draft: Draft, column: Column) -> None:
    texts = _text_days(draft, column)
    if draft.answers.date_format:
        draft.decide("date.formats", [draft.answers.date_format], "as you said")
        return
    sampled = [cell for cell in column.cells if cell]
    stored = draft.body.stored(column.at, CellKind.DATE)
    if stored is not None and count(stored) and not _holds_days(texts):
        draft.decide("date.formats", ["%Y-%m-%d"], "the workbook stores them as dates")
        return
    if stored is not None:
        sampled = [cell for cell in pc.take(texts, draft.body.sample_at).to_pylist() if cell]
    style = days.style_of(sampled)
    if style is None or style.without_year:
        raise needs_input(draft.grid.source.file, _without_year(draft, column))
    readings = _fitting(texts, style.readings)
    readings = _complete(texts, readings)
    swapped = _swapped(draft, column, texts, readings, stored)
    if swapped is not None:
        draft.questions.append(swapped)
    chosen, why = _decide_order(draft, column, texts, readings)
    if why is None:
        draft.questions.append(_order_question(draft, column, texts, readings))
        why = "a guess; see the question"
    draft.decide("date.formats", list(chosen), why)


def _holds_days(texts: pa.Array) -> bool:
    """Say whether some text cell beside the stored days is a day as well, and no note."""
    filled = pc.unique(pc.filter(texts, pc.not_equal(texts, "")))
    return any(days.looks_like_day(text) for text in filled[:_MAX_TEXTS].to_pylist())


def _text_days(draft: Draft, column: Column) -> pa.Array:
    texts = draft.body.texts(column.at)
    stored = draft.body.stored(column.at, CellKind.DATE)
    return texts if stored is None else pc.if_else(stored, "", texts)


def _without_year(draft: Draft, column: Column) -> Question:
    example = column.first
    return Question(
        "date.formats",
        f"The days in {draft.label(column)} have no year ('{example}').",
        (f"'{example}' may be in any year",),
        "a date format with a year after adding the year to the file, or export it with years",
    )


def _fitting(texts: pa.Array, readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings that read the most of all rows."""
    left = [days.unread(texts, reading) for reading in readings]
    return [reading for reading, n in zip(readings, left, strict=True) if n == min(left)]


def _complete(texts: pa.Array, readings: list[Reading]) -> list[Reading]:
    """Add the formats of cells that the sample did not show, of the same order."""
    filled = pc.not_equal(texts, "")
    found = []
    for reading in readings:
        order, formats = order_of(reading[0]), reading
        for _ in range(4):
            missed = pc.and_(filled, pc.is_null(days.read(texts, formats)))
            rest = pc.filter(texts, missed)[:2000].to_pylist()
            more = [f for cell in rest for f in days.formats_of(cell) if order_of(f) == order]
            if not more:
                break
            formats = (*formats, more[0])
        found.append(formats)
    return found


def _decide_order(
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
    if "dmy" in orders and all("." in _gaps(text) for text in orders["dmy"]):
        return orders["dmy"], "written with full stops, which is day first"
    for order, why in (
        *_short_span(values),
        *_beside(draft, column, orders),
        *_around(draft, orders, values),
        *_near(draft, column, values),
        *_in_order(values),
    ):
        return orders[order], why
    return first, None


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
        texts = _text_days(draft, other)
        style = days.style_of([cell for cell in other.cells if cell])
        if style is None or style.without_year or not style.readings:
            continue
        fitting = _fitting(texts, style.readings)
        only = order_of(fitting[0][0])
        if len(fitting) == 1 and only in orders and _gaps(fitting[0][0]) == gaps:
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


def _in_order(values: dict[str, pa.Array]) -> Iterator[tuple[str, str]]:
    """Let the order of the rows decide: under one reading only they are sorted by day."""
    sorted_orders = []
    for order, numbers in values.items():
        known = pc.drop_null(numbers)
        if len(pc.unique(known)) < _ORDERED:
            return
        steps = pc.subtract(known[1:], known[:-1])
        low, high = pc.min(steps).as_py(), pc.max(steps).as_py()
        if low >= 0 or high <= 0:
            sorted_orders.append(order)
    if len(sorted_orders) == 1:
        yield sorted_orders[0], "only so the rows are in the order of their days"


def _order_question(
    draft: Draft, column: Column, texts: pa.Array, readings: Sequence[Reading]
) -> Question:
    at = _differing(texts, readings)
    cell, row = texts[at].as_py(), draft.body.row_number(at)
    lines = tuple(
        f"{_ORDER_NAMES[order_of(reading[0])]}: '{cell}' in row {row} is "
        f"{_spoken(days.first_day(cell, reading))} (date_format '{reading[0]}')"
        for reading in readings
    )
    return Question(
        "date.formats",
        f"The days in {draft.label(column)} can be read in {len(readings)} orders.",
        lines,
        "date_format",
    )


def _differing(texts: pa.Array, readings: Sequence[Reading]) -> int:
    one, other = days.read(texts, readings[0]), days.read(texts, readings[1])
    hits = pc.indices_nonzero(pc.fill_null(pc.not_equal(one, other), fill_value=False))
    return int(hits[0].as_py()) if len(hits) else 0


def _spoken(day: object) -> str:
    return f"{day:%d %B %Y}".lstrip("0") if day is not None else "no day"


def _swapped(
    draft: Draft, column: Column, texts: pa.Array, readings: list[Reading], stored: pa.Array | None
) -> Question | None:
    """Notice a workbook in which a spreadsheet turned some days round and left the others text.

    Where all text cells have the day first and above 12, and all date cells a day up to 12,
    the date cells were probably read month first.
    """
    if stored is None or not count(stored):
        return None
    if len(readings) != 1 or order_of(readings[0][0]) not in {"dmy", "mdy"}:
        return None
    filled = pc.filter(texts, pc.not_equal(texts, ""))
    beyond = pc.greater(days.part(filled, readings[0][0], "day"), days.MAX_MONTH)
    cells = pc.filter(draft.body.texts(column.at), stored)
    inside = pc.less_equal(days.part(cells, "%Y-%m-%d", "day"), days.MAX_MONTH)
    if count(beyond) < len(filled) or count(inside) < len(cells):
        return None
    cell = cells[0].as_py()[:10]
    return Question(
        "date.column",
        f"{draft.label(column)} holds dates with days up to 12 and texts with days above 12: a "
        "spreadsheet has probably swapped day and month of the dates.",
        (
            f"the dates are right: {cell} stays {cell}",
            f"they are swapped: {cell} is {cell[:5]}{cell[8:10]}-{cell[5:7]}; export the file anew",
        ),
        "date_format to keep the dates as they are",
    )
