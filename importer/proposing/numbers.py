"""How amounts are written: decimal mark, thousands mark and marks beside the digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.table import count, matches
from importer.proposing.words import CODES, CURRENCY_MARKS, Way, way

if TYPE_CHECKING:
    from importer.proposing.table import Body

_BLANK = "[ \t\r\n\u00a0\u202f\u2009\u3000]"
_MARK = "(?:{}|[A-Za-z]{{1,3}}\\$|[₠-₿]|[A-Z]{{3}})".format(
    "|".join(re.escape(mark) for mark in sorted(CURRENCY_MARKS, key=len, reverse=True))
)
_DIGITS = (
    r"[0-9]{1,3}(?:[.,'\u2019 \u00a0\u202f\u2009][0-9]{3})+(?:[.,][0-9]{1,10})?"
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?"  # lakhs
    r"|[0-9]{1,18}(?:[.,][0-9]{1,10})?|[.,][0-9]{1,10}"
)
_MONEY = re.compile(
    rf"\(?\s*[+\u2212-]?\s*(?:{_MARK})?\s*[+\u2212-]?\s*(?:{_DIGITS})"
    rf"\s*[+\u2212-]?\s*(?:{_MARK})?\s*[+\u2212-]?\s*\)?"
)
_WORDED = re.compile(
    r"(?P<front>[A-Za-z]{0,6})\.?\s*(?P<money>.*[0-9])\s*(?P<back>[A-Za-z]{0,6})\.?"
)
MAX_CELL = 40


@lru_cache(maxsize=65536)
def looks_like_money(cell: str) -> bool:
    """Say whether a cell can be an amount; whole numbers can."""
    if len(cell) > MAX_CELL or _MONEY.fullmatch(cell) is None:
        return False
    return all(word in CODES for word in re.findall(r"[A-Z]{3}", cell))


@lru_cache(maxsize=65536)
def has_word(cell: str) -> bool:
    """Say whether a cell is an amount with `CR`, `DR` or their like beside the digits."""
    found = _WORDED.fullmatch(cell) if len(cell) <= MAX_CELL else None
    if found is None or not looks_like_money(found["money"]):
        return False
    words = [word for word in (found["front"], found["back"]) if word and word not in CODES]
    return len(words) == 1 and is_direction(words[0])


def is_direction(word: str) -> bool:
    """Say whether a word means that money was received, or that it was paid."""
    return way(word) in {Way.RECEIVED, Way.PAID}


def is_fraction(cell: str) -> bool:
    """Say whether an amount is written with a mark between its digits."""
    return re.search(r"[0-9][.,'\u2019 \u00a0][0-9]", cell) is not None


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How amounts are written. `sure` is false where only `1,234` was seen."""

    decimal: str
    thousands: tuple[str, ...]
    sure: bool
    why: str
    contradictions: int = 0


@dataclass(frozen=True, slots=True)
class Shapes:
    """How often amounts show each sign of a decimal or a thousands mark."""

    point_decimal: int = 0
    comma_decimal: int = 0
    point_groups: int = 0
    comma_groups: int = 0
    point_open: int = 0  # `1.234`: decimal or thousands
    comma_open: int = 0
    blanks: int = 0
    quotes: int = 0

    def __add__(self, other: Shapes) -> Shapes:
        names = self.__dataclass_fields__
        return Shapes(*(getattr(self, name) + getattr(other, name) for name in names))


_SHAPES = {
    # the mark is followed by other than three digits, or preceded by a lone zero or the other mark
    "decimal": r"(?:^|[^0-9])(?:[0-9]*{m}(?:[0-9]{{1,2}}|[0-9]{{4,10}})|0{m}[0-9]{{3}})[^0-9.,]*$"
    r"|[0-9]{o}[0-9]{{3}}{m}[0-9]+[^0-9]*$|(?:^|[^0-9.,])[0-9]{{4,}}{m}[0-9]+[^0-9]*$"
    "|['\u2019 \u00a0\u202f][0-9]{{3}}{m}[0-9]+[^0-9]*$",
    "groups": r"[0-9]{m}[0-9]{{3}}(?:{m}[0-9]{{3}})+|[0-9]{m}[0-9]{{3}}{o}[0-9]+[^0-9]*$",
    "open": r"^[^0-9.,]*(?:[1-9][0-9]{{0,2}}){m}[0-9]{{3}}[^0-9.,]*$",
}


def shapes(texts: pa.Array) -> Shapes:
    """Count the signs of marks over a whole column of text cells."""
    values = {}
    for name, mark, other in (("point", r"\.", ","), ("comma", ",", r"\.")):
        for shape, pattern in _SHAPES.items():
            values[f"{name}_{shape}"] = count(matches(texts, pattern.format(m=mark, o=other)))
    values["blanks"] = count(matches(texts, "[0-9][ \u00a0\u202f\u2009][0-9]{3}(?:[^0-9]|$)"))
    values["quotes"] = count(matches(texts, "[0-9]['\u2019][0-9]{3}(?:[^0-9]|$)"))
    return Shapes(**values)


def decide(seen: Shapes, beside: Shapes, currency_decimals: int | None) -> NumberStyle:
    """Decide the marks of amounts.

    Args:
        seen: what the cells of the amount columns show.
        beside: what other numbers of the file show.
        currency_decimals: decimals of the file's currency, None where it is unknown.
    """
    extra = tuple(m for m, n in ((" ", seen.blanks), ("'", seen.quotes)) if n)
    point = seen.point_decimal + seen.comma_groups
    comma = seen.comma_decimal + seen.point_groups
    if point or comma:
        return _voted(seen, point, comma, extra)
    if not seen.point_open and not seen.comma_open:
        return NumberStyle(".", extra, sure=True, why="the amounts are whole numbers")
    return _before_three_digits(seen, beside, currency_decimals, extra)


def _before_three_digits(
    seen: Shapes, beside: Shapes, currency_decimals: int | None, extra: tuple[str, ...]
) -> NumberStyle:
    """Decide where all marks stand before three digits, as in `1,234`."""
    mark, other = (".", ",") if seen.point_open else (",", ".")
    if seen.point_open and seen.comma_open:
        return NumberStyle(".", (",", *extra), sure=False, why="both marks before three digits")
    if extra:  # the thousands have a mark of their own
        return NumberStyle(mark, extra, sure=True, why="thousands are marked otherwise")
    if currency_decimals == 0:
        why = "the currency has no decimals, so the mark divides thousands"
        return NumberStyle(other, (mark,), sure=True, why=why)
    votes = (beside.point_decimal + beside.comma_groups, beside.comma_decimal + beside.point_groups)
    if (votes[0] > 0) != (votes[1] > 0):
        decimal = "." if votes[0] else ","
        groups = () if decimal == mark else (mark,)
        return NumberStyle(decimal, groups, sure=True, why="as in the other numbers of the file")
    return NumberStyle(other, (mark,), sure=False, why=f"'{mark}' only before three digits")


def _voted(seen: Shapes, point: int, comma: int, extra: tuple[str, ...]) -> NumberStyle:
    decimal = "." if point >= comma else ","
    other = "," if decimal == "." else "."
    groups = (
        seen.comma_groups + seen.comma_open
        if decimal == "."
        else (seen.point_groups + seen.point_open)
    )
    thousands = ((other,) if groups else ()) + extra
    against, for_it = min(point, comma), max(point, comma)
    sure = against == 0 or (against * 20 <= for_it and not (seen.point_open or seen.comma_open))
    amounts = "1 amount" if for_it == 1 else f"{for_it:,} amounts"
    why = f"{amounts} can only be read with '{decimal}' as decimal mark"
    if against:
        why += f", {against} only with '{other}'"
    return NumberStyle(decimal, thousands, sure=sure, why=why, contradictions=against)


def marks_in(columns: Iterable[pa.Array]) -> tuple[str, ...] | None:
    """Return the marks of currency and direction beside the digits; None where others stand.

    A cell without digits, as `in EUR` below a header, has no marks.
    """
    found: set[str] = set()
    for texts in columns:
        inner = pc.replace_substring_regex(
            pc.filter(texts, matches(texts, "[0-9]")),
            pattern="[0-9.,'\u2019()+\u2212\\-]|" + _BLANK,
            replacement="\t",
        )
        for left in pc.unique(inner).to_pylist()[:5000]:
            found.update(part for part in left.split("\t") if part)
    found = {_dotted(mark, columns) for mark in found}
    known = {
        mark
        for mark in found
        if mark in CURRENCY_MARKS or mark.upper() in CODES or is_direction(mark.rstrip("."))
    }
    return tuple(sorted(known)) if known == found else None


def _dotted(mark: str, columns: Iterable[pa.Array]) -> str:
    """Put back the full stop that belongs to a mark such as `kr.` or `Cr.`."""
    dotted = f"{mark}."
    if (dotted in CURRENCY_MARKS or is_direction(mark)) and any(
        count(pc.match_substring(texts, pattern=dotted)) for texts in columns
    ):
        return dotted
    return mark


def example_of(columns: Sequence[pa.Array], mark: str) -> str:
    """Return a cell in which a mark stands before three digits only."""
    pattern = _SHAPES["open"].format(m=re.escape(mark), o=".")
    for texts in columns:
        hits = pc.indices_nonzero(matches(texts, pattern))
        if len(hits):
            return str(texts[hits[0].as_py()].as_py())
    return ""


def text_cells(body: Body, column: int) -> pa.Array:
    """Return a column's cells with those stored as numbers blanked: they have a point anyway."""
    from importer.model import CellKind

    texts = body.texts(column)
    number = body.stored(column, CellKind.NUMBER)
    return texts if number is None else pc.if_else(number, "", texts)
