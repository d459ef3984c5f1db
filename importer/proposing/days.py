"""How days are written: from cells to formats, and the order of day and month over all rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.table import count
from schemas.dates import CENTURY_TURN, MONTHS, date_format

if TYPE_CHECKING:
    from collections.abc import Iterable

_GAP = r"(\s*[./\-]\s*|\s|\s*[年月년월]\s*)"
_TIME = (
    r"(?P<gap>,?\s*(?:T|\s|-|/|\s(?:kl\.?|at|um|a las|klo)\s)\s*)(?P<hour>\d{1,2})(?P<c1>[:.h])"
    r"(?P<minute>\d{2})(?:(?P<c2>[:.])(?P<second>\d{2})(?P<part>[.,]\d{1,9})?)?"
    r"(?P<noon>\s?[AaPp]\.?[Mm]\.?)?(?P<unit>\s?(?:Uhr|h))?"
)
_ZONE = r"(?P<zone>\s?(?:Z|[+-]\d{2}:?\d{2}|[A-Z]{2,5}(?:[+-]\d{1,2})?))"
_END = rf"(?:{_TIME})?(?:{_ZONE})?"
_WEEKDAY = r"(?P<weekday>[^\W\d_]{2,10}\.?,?\s+)?"
_WORD = r"[^\W\d_]{3,12}\.?"
_BETWEEN = r"(\s*[./\-]?\s*(?:de\s+)?|\.\s*)"

_NUMERIC = re.compile(
    rf"{_WEEKDAY}(\d{{1,4}}){_GAP}(\d{{1,2}}){_GAP}(\d{{1,4}})([.日일]\.?)?{_END}"
)
_NAMED = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}}){_BETWEEN}({_WORD}){_BETWEEN},?\s*(\d{{4}}|\d{{2}}(?!\d))\.?{_END}"
)
_NAME_FIRST = re.compile(
    rf"{_WEEKDAY}({_WORD})(\s*[./\-]?\s*)(\d{{1,2}})(,?\s*[/\-]?\s*)(\d{{4}}){_END}"
)
_YEAR_NAME = re.compile(rf"(\d{{4}})(\.?\s*[/\-]?\s*)({_WORD})(\s*[/\-]?\s*)(\d{{1,2}})(\.?){_END}")
_SOLID = re.compile(r"\d{8}(?:(T?)(\d{6}|\d{4}))?")
_SOLID_TIME = re.compile(rf"(\d{{8}}){_TIME}(?:{_ZONE})?")
_NO_YEAR = re.compile(
    rf"(?:\d{{1,2}}\s*[./\-]\s*\d{{1,2}}\.?|\d{{1,2}}\s*月\s*\d{{1,2}}\s*日|\d{{1,2}}\.?\s*({_WORD})|({_WORD})\s*\d{{1,2}}){_END}"
)
MAX_DAY, MAX_MONTH, FIRST_YEAR, LAST_YEAR = 31, 12, 1970, 2099
MIN_CELL, MAX_CELL = 6, 60


@lru_cache(maxsize=65536)
def formats_of(cell: str) -> tuple[str, ...]:
    """Return every format in which a cell is a day that exists, the likeliest first."""
    if not MIN_CELL <= len(cell) <= MAX_CELL or not any(map(str.isdigit, cell)):
        return ()
    guard = "'" * cell.startswith("'")  # marks text for spreadsheets
    for pattern, build in _BUILDERS:
        found = pattern.fullmatch(cell.removeprefix(guard))
        if found is not None:
            formats = [guard + text for text in build(found) if _reads(guard + text, cell)]
            if formats:
                return tuple(formats)
    return ()


def _reads(text: str, cell: str) -> bool:
    day = date_format(text).read(cell)
    return day is not None and FIRST_YEAR <= day.year <= LAST_YEAR


def looks_like_day(cell: str) -> bool:
    """Say whether a cell can be a day; eight digits can also be a number."""
    return bool(formats_of(cell)) or lacks_year(cell)


@lru_cache(maxsize=65536)
def lacks_year(cell: str) -> bool:
    """Say whether a cell is a day of a month without a year."""
    found = _NO_YEAR.fullmatch(cell) if 3 <= len(cell) <= MAX_CELL else None  # noqa: PLR2004
    if found is None:
        return False
    word = found[1] or found[2]
    if word:
        return word.rstrip(".").lower() in MONTHS
    numbers = [int(part) for part in re.findall(r"\d+", cell)[:2]]
    dotted = re.fullmatch(r"\d{1,2}\.\d{1,2}", cell)  # could be a decimal number
    return (
        not dotted and min(numbers) >= 1 and max(numbers) <= MAX_DAY and min(numbers) <= MAX_MONTH
    )


def _ending(found: re.Match[str]) -> str:
    part = found.groupdict()
    text = ""
    if part.get("hour"):
        hour = "%I" if part["noon"] else "%H"
        text = re.sub(r"\s+", " ", part["gap"]) + hour + part["c1"] + "%M"
        if part["second"]:
            text += part["c2"] + "%S"
        if part["part"]:
            text += part["part"][0] + "%f"
        if part["noon"]:
            text += (" " if part["noon"][0].isspace() else "") + "%p"
        text += part["unit"] or ""
    zone = part.get("zone")
    if zone:
        letter = "%z" if zone.strip() == "Z" or zone.strip()[0] in "+-" else "%Z"
        text += (" " if zone[0].isspace() else "") + letter
    return text


def _weekday(found: re.Match[str]) -> str:
    word = found.groupdict().get("weekday")
    return re.sub(r"[^\W\d_]+\.?", "%a", word, count=1) if word else ""


def _gap(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _numeric(found: re.Match[str]) -> Iterable[str]:
    a, s1, _, s2, c, dot = found.groups()[1:7]
    end = (dot or "") + _ending(found)
    s1, s2, before = _gap(s1), _gap(s2), _weekday(found)
    if len(a) == 4:  # noqa: PLR2004 - a year of four digits
        yield f"{before}%Y{s1}%m{s2}%d{end}"
        yield f"{before}%Y{s1}%d{s2}%m{end}"
    elif len(c) == 4:  # noqa: PLR2004
        yield f"{before}%d{s1}%m{s2}%Y{end}"
        yield f"{before}%m{s1}%d{s2}%Y{end}"
    elif len(c) == 2 and len(a) <= 2:  # noqa: PLR2004
        yield f"{before}%d{s1}%m{s2}%y{end}"
        yield f"{before}%m{s1}%d{s2}%y{end}"
        if len(a) == 2:  # noqa: PLR2004
            yield f"{before}%y{s1}%m{s2}%d{end}"
    elif len(a) == 2 and len(c) == 1:  # noqa: PLR2004
        yield f"{before}%y{s1}%m{s2}%d{end}"


def _named(found: re.Match[str]) -> Iterable[str]:
    s1, year = found[3], found[6]
    letter = "%Y" if len(year) == 4 else "%y"  # noqa: PLR2004
    rest = found.string[found.end(4) : found.start(6)]
    tail = "." if found.string[found.end(6) : found.end(6) + 1] == "." else ""
    yield f"{_weekday(found)}%d{_gap(s1)}%b{_gap(rest)}{letter}{tail}{_ending(found)}"


def _name_first(found: re.Match[str]) -> Iterable[str]:
    s1, s2 = found[3], found[5]
    yield f"{_weekday(found)}%b{_gap(s1)}%d{_gap(s2)}%Y{_ending(found)}"


def _year_name(found: re.Match[str]) -> Iterable[str]:
    yield f"%Y{_gap(found[2])}%b{_gap(found[4])}%d{found[6]}{_ending(found)}"


def _solid(found: re.Match[str]) -> Iterable[str]:
    time = (found[1] or "") + {0: "", 6: "%H%M%S", 4: "%H%M"}[len(found[2] or "")]
    yield f"%Y%m%d{time}"
    yield f"%d%m%Y{time}"
    yield f"%m%d%Y{time}"


def _solid_time(found: re.Match[str]) -> Iterable[str]:
    yield f"%Y%m%d{_ending(found)}"
    yield f"%d%m%Y{_ending(found)}"


_BUILDERS = (
    (_NUMERIC, _numeric),
    (_NAMED, _named),
    (_NAME_FIRST, _name_first),
    (_YEAR_NAME, _year_name),
    (_SOLID, _solid),
    (_SOLID_TIME, _solid_time),
)


@dataclass(frozen=True, slots=True)
class DayStyle:
    """How a column writes its days, as far as its cells tell.

    `readings` are sets of formats; each reads every cell, no two mean the same. One reading:
    decided.
    """

    readings: tuple[tuple[str, ...], ...]
    without_year: bool = False


def order_of(text: str) -> str:
    """Return the order of the parts of a format: `dmy`, `mdy`, `ymd` or `ydm`."""
    letters = re.findall(r"%([dmbBYy])", text)
    return "".join({"B": "m", "b": "m", "Y": "y"}.get(letter, letter) for letter in letters)


def style_of(cells: Sequence[str]) -> DayStyle | None:
    """Return the formats that the sampled cells allow; None where they are no days.

    Cells of one order are one reading, whether or not they have a time of day.
    """
    filled = [cell for cell in cells if cell]
    allowed = [(cell, formats_of(cell)) for cell in filled]
    days = [(cell, formats) for cell, formats in allowed if formats]
    bare = sum(lacks_year(cell) for cell, formats in allowed if not formats)
    if bare > len(days):
        return DayStyle((), without_year=True)
    if not days:
        return None
    readings: dict[str, Counter[str]] = {}
    for _, formats in days:
        for text in formats:
            readings.setdefault(order_of(text), Counter())[text] += 1
    most = max(sum(counts.values()) for counts in readings.values())
    full = {o: c for o, c in readings.items() if sum(c.values()) == most}
    # an order that reads all but a few cells still wins; the few are findings
    return DayStyle(
        tuple(tuple(text for text, _ in counts.most_common(6)) for counts in full.values())
    )


def read(texts: pa.Array, formats: Sequence[str]) -> pa.Array:
    """Return each day as a number that grows by 1 a day within a month, null where it is none.

    The number is 372 times the year, 31 times the month and the day: enough for order and
    nearness, on whole columns.
    """
    found = pa.nulls(len(texts), pa.int64())
    for text in formats:
        found = pc.coalesce(found, _one(texts, text))
        if found.null_count == 0:
            break
    return found


def _one(texts: pa.Array, text: str) -> pa.Array:
    parts = pc.extract_regex(texts, pattern=date_format(text).pattern)
    names = {item.name for item in parts.type}

    def part(name: str) -> pa.Array:
        return pc.cast(pc.struct_field(parts, name), pa.int64())

    day = part("day")
    if "name" in names:
        keys, numbers = pa.array(list(MONTHS)), pa.array(list(MONTHS.values()), pa.int64())
        lower = pc.utf8_lower(pc.struct_field(parts, "name"))
        month = pc.take(numbers, pc.index_in(lower, value_set=keys))
    else:
        month = part("month")
    if "year" in names:
        year = part("year")
    else:
        short = part("short_year")
        year = pc.add(short, pc.if_else(pc.less(short, CENTURY_TURN), 2000, 1900))
    real = pc.and_(_between(month, 1, MAX_MONTH), _between(day, 1, MAX_DAY))
    real = pc.and_(real, _between(year, FIRST_YEAR, LAST_YEAR))
    number = pc.add(pc.add(pc.multiply(year, 372), pc.multiply(month, 31)), day)
    return pc.if_else(real, number, None)


def _between(values: pa.Array, low: int, high: int) -> pa.Array:
    return pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))


def unread(texts: pa.Array, formats: Sequence[str]) -> int:
    """Return how many filled cells are in none of the formats."""
    filled = pc.not_equal(texts, "")
    return count(pc.and_(filled, pc.is_null(read(texts, formats))))


def first_day(cell: str, formats: Sequence[str]) -> date | None:
    """Return the day of one cell."""
    found = (date_format(text).read(cell) for text in formats)
    return next((day for day in found if day is not None), None)


def part(texts: pa.Array, text: str, name: str) -> pa.Array:
    """Return one numeric part, such as `day`, of each cell in a format."""
    pattern = date_format(text).pattern
    texts = pc.utf8_slice_codeunits(texts, 0, 10) if text == "%Y-%m-%d" else texts
    return pc.cast(pc.struct_field(pc.extract_regex(texts, pattern=pattern), name), pa.int64())
