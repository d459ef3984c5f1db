"""Which column holds the day of a payment, and in which order day and month stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import InputProblem
from importer.model import CellKind
from importer.proposing import days
from importer.proposing.columns import Column
from importer.proposing.day_orders import (
    Reading,
    decide_order,
    fitting,
    is_one_a_year,
    plausible,
    text_days,
    unproven,
)
from importer.proposing.days import order_of
from importer.proposing.proposal import Answers, Question, needs_input
from importer.proposing.state import Draft
from importer.proposing.table import count
from importer.proposing.vocabulary import folded
from importer.proposing.words import RowType, row_type
from schemas.dates import date_format
from schemas.payment import latest_year

PLAIN = 0.3  # a header of one word
_STRAY_SHARE = 0.02
_MAX_TEXTS = 5_000
_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[56]\d\d(?=[-/. ]|$)")
_BUDDHIST_AHEAD = 543
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
    if (of_others := _other_years(draft, column)) is not None:
        raise needs_input(draft.grid.source.file, of_others)
    draft.used.add(column.at)
    why = "as you said" if answer else _why(draft, column, candidates)
    draft.decide("date.column", draft.reference(column), why)
    _choose_formats(draft, column)
    if (ahead := _far_ahead(draft, column)) is not None:
        draft.questions.append(ahead)
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
    question = _other_years(draft, named[0]) or Question(
        "date.formats",
        f"The cells of {draft.label(named[0])}, such as '{named[0].first}', are in no known way to "
        "write days.",
        ("they are days in a format of their own: name it", "the days stand in another column"),
        "date_format or date_column",
    )
    return needs_input(file, question)


def _other_years(draft: Draft, column: Column) -> Question | None:
    """Ask where the years are those of the Buddhist calendar, which no format reads."""
    found = [year[0] for cell in column.cells for year in _BUDDHIST_YEAR.finditer(cell)]
    if not found or len(found) * 2 <= column.filled:
        return None
    year = int(found[0])
    return Question(
        "date.formats",
        f"The years in {draft.label(column)}, such as {year}, are those of the Buddhist calendar.",
        (f"{year} is the year {year - _BUDDHIST_AHEAD}", "the days stand in another column"),
        "years of the common calendar in the file, or date_column",
    )


def _far_ahead(draft: Draft, column: Column) -> Question | None:
    """Ask where most days, as they are read, are years ahead: nobody has paid then."""
    if draft.answers.date_format:
        return None
    formats = tuple(str(text) for text in draft.settings["date.formats"])
    cells = [cell for cell in column.cells if (day := days.first_day(cell, formats)) is not None
             and day.year > latest_year()]  # fmt: skip
    if len(cells) * 2 <= column.filled:
        return None
    said = _spoken(days.first_day(cells[0], formats))
    return Question(
        "date.formats",
        f"Most days in {draft.label(column)} are years ahead, as '{cells[0]}' is {said}.",
        (f"'{cells[0]}' is {said}", "its year is counted otherwise, or stands elsewhere in it"),
        "date_format, or years of the common calendar in the file, or date_column",
    )


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
    if column.says("other_date", "invoice") and not column.says("booked", "settled"):
        rank = 0.0
    elif _is_of_payment(column):
        rank = 3.7  # the day of posting goes before it
    elif column.says("booked") and not column.says("value"):
        rank = 4.0
    elif column.says("date"):
        rank = 2.0 if column.says("value") else 2.5 if column.says("happened") else 3.0
    elif column.says("value", "happened"):
        rank = 1.5
    rank += PLAIN if "_" not in folded(column.name) else 0
    rank -= 2 if row_type(column.name) is RowType.WENT_BACK else 0  # as `Payout date`
    return rank - (5 if fill < 0.5 else 0)  # noqa: PLR2004 - empty on most rows


def _is_of_payment(column: Column) -> bool:
    """Say whether a column of days is called that of the payment."""
    return column.says("settled") and not column.says("booked", "value", "other_date")


def _why(draft: Draft, column: Column, candidates: Sequence[Column]) -> str:
    if len(candidates) == 1:
        return "the only column of days"
    others = ", ".join(draft.label(one) for one in candidates if one is not column)
    named = "payment" if _is_of_payment(column) else "booking"
    return f"the day of {named} rather than {others}"


def _choose_formats(draft: Draft, column: Column) -> None:
    texts = text_days(draft, column)
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
    readings = fitting(texts, style.readings)
    readings = _complete(texts, readings)
    swapped = _swapped(draft, column, texts, readings, stored)
    if swapped is not None:
        draft.questions.append(swapped)
    odd = unproven(texts, readings[0]) if len(readings) == 1 else None
    if odd is not None:
        draft.questions.append(_marks_question(draft, column, texts, odd))
    readings = plausible(readings)
    kept = [one for one in readings if not is_one_a_year(texts, one)] or readings
    chosen, why = decide_order(draft, column, texts, kept)
    if len(kept) == 1 < len(readings):
        why = "read otherwise, each row would be of another year, on the same day"
    readings = kept
    if why is None:
        draft.questions.append(_order_question(draft, column, texts, readings))
        why = "a guess; see the question"
    draft.decide("date.formats", list(chosen), why)


def _holds_days(texts: pa.Array) -> bool:
    """Say whether some text cell beside the stored days is a day as well, and no note."""
    filled = pc.unique(pc.filter(texts, pc.not_equal(texts, "")))
    return any(days.looks_like_day(text) for text in filled[:_MAX_TEXTS].to_pylist())


def _without_year(draft: Draft, column: Column) -> Question:
    example = column.first
    return Question(
        "date.formats",
        f"The days in {draft.label(column)} have no year ('{example}').",
        (f"'{example}' may be in any year",),
        "a date format with a year after adding the year to the file, or export it with years",
    )


def _complete(texts: pa.Array, readings: list[Reading]) -> list[Reading]:
    """Add the formats of cells that the sample did not show: of the same order, or in ISO's."""
    filled = pc.not_equal(texts, "")
    found = []
    for reading in readings:
        order, formats = order_of(reading[0]), reading
        for _ in range(4):
            missed = pc.and_(filled, pc.is_null(days.read(texts, formats)))
            rest = pc.filter(texts, missed)[:2000].to_pylist()
            known = (f for cell in rest for f in days.formats_of(cell))
            more = [f for f in known if order_of(f) == order or f.startswith("%Y-%m-%d")]
            if not more:
                break
            formats = (*formats, more[0])
        found.append(formats)
    return found


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


def _marks_question(draft: Draft, column: Column, texts: pa.Array, at: int) -> Question:
    cell, row = texts[at].as_py(), draft.body.row_number(at)
    return Question(
        "date.formats",
        f"The days in {draft.label(column)} are written in several ways, and only those written "
        f"otherwise tell whether day or month is first in '{cell}' in row {row}.",
        (f"the order in '{cell}' is that of the others", f"the order in '{cell}' is another one"),
        "date_format after writing all days alike, or date.formats in a profile",
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
