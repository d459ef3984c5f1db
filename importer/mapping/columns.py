"""Whole columns of text to days and exact money, by the rules of one profile.

The patterns are those of `importer.amounts` and `schemas.dates`, so that a column is read as a
single cell would be. Nothing here loops over cells, and no amount becomes a float.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import (
    BLANKS,
    MAX_DECIMALS,
    MAX_INTEGER_DIGITS,
    NEGATIVE,
    NO_CENTS,
    amount_pattern,
    marks_pattern,
)
from importer.model import CellKind
from schemas.dates import CENTURY_TURN, MONTHS, DateFormat, date_format
from schemas.texts import arrow, bare_numbers, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from importer.model import Grid

MONEY = pa.decimal128(MAX_INTEGER_DIGITS + MAX_DECIMALS, MAX_DECIMALS)
"""The type of amounts on the way to validation: every accepted digit fits, none is rounded."""

_BEYOND = rf"^(-?[0-9]+\.[0-9]{{{MAX_DECIMALS}}})[0-9]+$"
"""A stored number with more decimals than are read."""

_TRIMMED = " \t\r\n\u00a0\u202f\u2009\u3000\ufeff"

_STORED_DAYS = tuple(
    date_format(text) for text in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
)
"""How the date cells of workbooks arrive."""


class Cells:
    """The rows of a grid below its header, column by column as Arrow arrays of trimmed text."""

    def __init__(self, grid: Grid, first: int, blanks: tuple[str, ...] = ()) -> None:
        """Take the rows of `grid` from the index `first` on; `blanks` are words for nothing."""
        self.grid = grid
        self.first = first
        self.blanks = blanks
        self.rows = arrow(grid.frame["row"])[first:]
        self.width = len(grid.frame.columns) - 1
        self._texts: dict[int, pa.Array] = {}
        self._coded: dict[int, tuple[pa.Array, pa.DictionaryArray]] = {}
        self.taken: dict[int, pa.Array] = {}
        """By column: what a row takes from rows around it; null where it keeps its own cell."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def nothing(self) -> pa.Array:
        """Return a column of empty texts; all fields without a source share it."""
        return constant("", len(self))

    def text(self, position: int) -> pa.Array:
        """Return the trimmed text of a column; `""` where the cell means nothing."""
        if position not in self._texts:
            texts = self.raw(position)
            if self.blanks:
                empty = pc.is_in(texts, value_set=pa.array(self.blanks, pa.string()))
                texts = pc.if_else(empty, "", texts)
            self._texts[position] = texts
        return self._texts[position]

    def coded(self, position: int) -> pa.DictionaryArray:
        """Return `text`, each different one once: dates are compared and read by it."""
        texts = self.text(position)
        if self._coded.get(position, (None,))[0] is not texts:
            self._coded[position] = texts, pc.dictionary_encode(texts)
        return self._coded[position][1]

    def raw(self, position: int) -> pa.Array:
        """Return the trimmed text of a column with the words that mean nothing."""
        if position >= self.width:
            return self.nothing
        return trimmed(arrow(self.grid.frame[f"c{position}"])[self.first :], _TRIMMED)

    def replace(self, position: int, texts: pa.Array) -> None:
        """Take `texts` for the column's text from now on."""
        self._texts[position] = texts

    def is_kind(self, position: int, kind: CellKind) -> pa.Array | None:
        """Return which cells are stored as `kind`; None where no cell of the grid can be."""
        if self.grid.kinds is None or position >= self.width:
            return None
        kinds = arrow(self.grid.kinds[f"c{position}"])[self.first :]
        return pc.equal(pc.cast(kinds, pa.string()), str(kind))


def constant(value: Any, length: int, kind: pa.DataType | None = None) -> pa.Array:  # noqa: ANN401 - any scalar
    """Return `value` repeated."""
    return pa.repeat(pa.scalar(value, kind), length)


def matches(texts: pa.Array, pattern: str) -> pa.Array:
    """Return where `pattern` is found in the texts."""
    return pc.match_substring_regex(texts, pattern=pattern)


def money(
    texts: pa.Array,
    decimal: str,
    thousands: tuple[str, ...],
    marks: tuple[str, ...],
    number: pa.Array | None = None,
) -> pa.Array:
    """Read a column of amounts.

    Args:
        texts: trimmed text.
        decimal: the decimal mark of text cells.
        thousands: the thousands marks of text cells.
        marks: currency signs and codes beside the digits.
        number: which cells are stored as numbers; they have a decimal point.

    Returns:
        `MONEY`, null where a cell is blank or no amount.
    """
    amounts = _money(texts, decimal, thousands, marks)
    if number is None or not pc.any(number).as_py():
        return amounts
    # More digits than an amount may have are no fault of the writing: it has too many decimals.
    stored = pc.replace_substring_regex(texts, pattern=_BEYOND, replacement=r"\1")
    return pc.if_else(number, _money(stored, ".", (), ()), amounts)


def _money(
    texts: pa.Array, decimal: str, thousands: tuple[str, ...], marks: tuple[str, ...]
) -> pa.Array:
    # Bare digits are what most programs write; reading them alone halves the time of mapping.
    bare = pa.array(bare_numbers(texts, decimal, MAX_INTEGER_DIGITS, MAX_DECIMALS))
    digits = texts if decimal == "." else pc.replace_substring(texts, decimal, ".")
    try:
        amounts = pc.cast(pc.if_else(bare, digits, None), MONEY)
    except pa.ArrowInvalid:  # signs and marks in odd places
        amounts, bare = pa.nulls(len(texts), MONEY), constant(value=False, length=len(texts))
    dressed = pc.invert(bare)
    rest = _dressed_money(pc.filter(texts, dressed), decimal, thousands, marks)
    return pc.replace_with_mask(amounts, dressed, rest) if len(rest) else amounts


def _dressed_money(
    texts: pa.Array, decimal: str, thousands: tuple[str, ...], marks: tuple[str, ...]
) -> pa.Array:
    texts = pc.replace_substring_regex(texts, pattern=NO_CENTS[decimal], replacement=r"\1\2")
    sound = matches(texts, amount_pattern(decimal, thousands, marks))
    negative = matches(texts, NEGATIVE)
    if marks:
        texts = pc.replace_substring_regex(texts, pattern=marks_pattern(marks), replacement="")
    point = "\\." if decimal == "." else decimal
    digits = pc.replace_substring_regex(texts, pattern=f"[^0-9{point}]", replacement="")
    digits = pc.replace_substring(digits, pattern=decimal, replacement=".")
    sign = pc.if_else(negative, "-", "")
    plain = pc.if_else(sound, pc.binary_join_element_wise(sign, digits, ""), None)
    return pc.cast(plain, MONEY)


def days(
    texts: pa.Array, formats: Sequence[str], stored: pa.Array | None = None, year: int = 0
) -> pa.Array:
    """Read a column of days.

    Args:
        texts: trimmed text.
        formats: the formats of text cells.
        stored: which cells are stored as dates; they are ISO.
        year: the year of every date, for formats without one.

    Returns:
        date32, null where a cell is blank, in no format, or no day of the calendar.
    """
    found = _first_of(texts, [date_format(text, year) for text in formats])
    if stored is None or not pc.any(stored).as_py():
        return found
    return pc.if_else(stored, _first_of(texts, _STORED_DAYS), found)


def days_above(texts: pa.Array, blank: pa.Array) -> pa.Array:
    """Return the place of each row's day: the row above's where it has an amount and no day."""
    places = pa.array(range(len(texts)), pa.int64())
    empty = pc.equal(texts, "")
    above = pc.fill_null_forward(pc.if_else(empty, None, places))
    return pc.if_else(pc.and_(empty, pc.invert(blank)), pc.coalesce(above, places), places)


def _first_of(texts: pa.Array, formats: Iterable[DateFormat]) -> pa.Array:
    return of_distinct(texts, lambda distinct: _first_day_of(distinct, formats))


def _first_day_of(texts: pa.Array, formats: Iterable[DateFormat]) -> pa.Array:
    found = pa.nulls(len(texts), pa.date32())
    for one in formats:
        found = pc.coalesce(found, _days(texts, one))
        if found.null_count == 0:
            break
    return found


def _days(texts: pa.Array, one: DateFormat) -> pa.Array:
    parts = pc.extract_regex(texts, pattern=one.pattern)
    names = {field.name for field in parts.type}

    def part(name: str) -> pa.Array:
        return pc.cast(pc.struct_field(parts, name), pa.int64())

    day = part("day")
    month = _named_month(pc.struct_field(parts, "name")) if "name" in names else part("month")
    if one.year:
        year = constant(one.year, len(texts), pa.int64())
    elif "year" in names:
        year = part("year")
    else:
        short = part("short_year")
        year = pc.add(short, pc.if_else(pc.less(short, CENTURY_TURN), 2000, 1900))
    real = pc.and_(
        pc.and_(pc.greater_equal(day, 1), pc.less_equal(day, _month_length(year, month))),
        pc.greater_equal(year, 1),
    )
    text = [_padded(year, 4), _padded(month, 2), _padded(day, 2)]
    iso = pc.binary_join_element_wise(*text, "-")
    return pc.cast(pc.if_else(real, iso, None), pa.date32())


def _named_month(names: pa.Array) -> pa.Array:
    known = pa.array(list(MONTHS), pa.string())
    numbers = pa.array(list(MONTHS.values()), pa.int64())
    return pc.take(numbers, pc.index_in(pc.utf8_lower(names), value_set=known))


def _month_length(year: pa.Array, month: pa.Array) -> pa.Array:
    """Return the days of each month, null for months that do not exist."""
    lengths = pa.array([None, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], pa.int64())
    inside = pc.if_else(pc.less_equal(month, 12), month, 0)
    fourth = pc.equal(_modulo(year, 4), 0)
    century = pc.and_(pc.equal(_modulo(year, 100), 0), pc.not_equal(_modulo(year, 400), 0))
    leap = pc.and_(pc.and_(fourth, pc.invert(century)), pc.equal(month, 2))
    return pc.add(pc.take(lengths, inside), pc.cast(leap, pa.int64()))


def _modulo(values: pa.Array, by: int) -> pa.Array:
    return pc.subtract(values, pc.multiply(pc.divide(values, by), by))


def _padded(values: pa.Array, width: int) -> pa.Array:
    return pc.utf8_lpad(pc.cast(values, pa.string()), width=width, padding="0")


def folded(texts: pa.Array) -> pa.Array:
    """Return texts as words are compared: width, case and the number of blanks do not count."""
    wide = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    single = pc.replace_substring_regex(wide, pattern=f"{BLANKS}+", replacement=" ")
    return pc.utf8_trim(single, _TRIMMED)


def one_of(texts: pa.Array, words: Iterable[str]) -> pa.Array:
    """Return which texts are one of the words."""
    known = folded(pa.array(list(words), pa.string()))
    return of_distinct(texts, lambda distinct: pc.is_in(folded(distinct), value_set=known))


def of_distinct(texts: pa.Array, work: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Return what `work` makes of each text, done once for equal ones.

    The days and words of a statement are few: five to twenty times faster than row by row.
    """
    coded = pc.dictionary_encode(texts)
    return pc.take(work(coded.dictionary), coded.indices)


def joined(columns: Sequence[pa.Array], gap: str = " ") -> pa.Array:
    """Join columns row by row with a blank, leaving out what is empty."""
    # binary_join_element_wise(null_handling="skip") loses rows in which all columns are null
    together = columns[0]
    for column in columns[1:]:
        both = pc.binary_join_element_wise(together, column, gap)
        filled = pc.if_else(pc.equal(column, ""), together, both)
        together = pc.if_else(pc.equal(together, ""), column, filled)
    return together


def collapsed(texts: pa.Array) -> pa.Array:
    """Return texts on one line, with single blanks and trimmed."""
    single = pc.replace_substring_regex(
        texts, pattern=r"(?:\s|\x{00a0}|\x{3000})+", replacement=" "
    )
    return pc.utf8_trim(single, _TRIMMED)
