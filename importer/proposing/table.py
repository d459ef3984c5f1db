"""The rows of a file as inference sees them: whole columns for proof, a sample for guesses."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import MAX_DECIMALS, MAX_INTEGER_DIGITS, NEGATIVE, amount_pattern
from importer.amounts import marks_pattern as marks_of
from importer.model import CellKind

if TYPE_CHECKING:
    import pandas as pd

    from importer.model import Grid

MONEY = pa.decimal128(MAX_INTEGER_DIGITS + MAX_DECIMALS, MAX_DECIMALS)
BLANK = " \t\r\n\u00a0\u202f\u2009\u3000\ufeff"
HEAD_ROWS = 1_000
SAMPLE_ROWS = 1_500


def _arrow(series: pd.Series) -> pa.Array:
    values = pa.array(series)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


class Table:
    """A grid's cells, trimmed. Columns are counted from 0, as are the rows of the grid."""

    def __init__(self, grid: Grid) -> None:
        """Read nothing yet."""
        self.grid = grid
        self.length = len(grid.frame)
        self.width = len(grid.frame.columns) - 1
        self._texts: dict[int, pa.Array] = {}
        self._kinds: dict[int, pa.Array] = {}

    @cached_property
    def rows(self) -> pa.Array:
        """The row numbers of the source file."""
        return _arrow(self.grid.frame["row"])

    def texts(self, column: int) -> pa.Array:
        """Return the trimmed text of a whole column."""
        if column not in self._texts:
            values = _arrow(self.grid.frame[f"c{column}"])
            self._texts[column] = pc.utf8_trim(pc.cast(values, pa.string()), BLANK)
        return self._texts[column]

    def stored(self, column: int, kind: CellKind) -> pa.Array | None:
        """Return which cells of a column are stored as `kind`; None for text files."""
        if self.grid.kinds is None:
            return None
        if column not in self._kinds:
            kinds = _arrow(self.grid.kinds[f"c{column}"])
            self._kinds[column] = pc.cast(kinds, pa.string())
        return pc.equal(self._kinds[column], str(kind))

    @cached_property
    def head(self) -> list[list[str]]:
        """The first rows, as lists of cells."""
        most = max(50, min(HEAD_ROWS, 100_000 // max(self.width, 1)))
        columns = [self.texts(i)[:most].to_pylist() for i in range(self.width)]
        return [list(cells) for cells in zip(*columns, strict=True)] if columns else []

    def row_number(self, index: int) -> int:
        """Return the source row of an index."""
        return int(self.rows[index].as_py())


class Body:
    """The rows below the header: columns from `first` on."""

    def __init__(self, table: Table, first: int) -> None:
        """Take the rows of `table` from the index `first` on."""
        self.table = table
        self.first = first
        self.length = table.length - first
        self.width = table.width
        self._samples: dict[int, list[str]] = {}

    def texts(self, column: int) -> pa.Array:
        """Return the trimmed text of a column."""
        return self.table.texts(column)[self.first :]

    def stored(self, column: int, kind: CellKind) -> pa.Array | None:
        """Return which cells are stored as `kind`; None for text files."""
        mask = self.table.stored(column, kind)
        return None if mask is None else mask[self.first :]

    @cached_property
    def sample_at(self) -> pa.Array:
        """Indexes of the sampled rows: all of a small file, else head, tail and every n-th."""
        if self.length <= SAMPLE_ROWS:
            return pa.array(range(self.length), pa.int64())
        third = SAMPLE_ROWS // 3
        step = (self.length - 2 * third) // third
        middle = range(third, self.length - third, max(step, 1))
        picked = [*range(third), *middle, *range(self.length - third, self.length)]
        return pa.array(picked, pa.int64())

    def sample(self, column: int) -> list[str]:
        """Return the sampled cells of a column."""
        if column not in self._samples:
            self._samples[column] = pc.take(self.texts(column), self.sample_at).to_pylist()
        return self._samples[column]

    def words(self, column: int, most: int) -> set[str] | None:
        """Return the different cells of a whole column, None where there are more than `most`."""
        if len(set(self.sample(column))) > most:
            return None
        words = pc.unique(self.texts(column))
        return set(words.to_pylist()) - {""} if len(words) <= most + 1 else None

    def sampled_rows(self) -> list[tuple[str, ...]]:
        """Return the sampled rows."""
        columns = [self.sample(column) for column in range(self.width)]
        return list(zip(*columns, strict=True))

    def keep(self, wanted: list[bool]) -> None:
        """Sample only those of the sampled rows that are wanted from now on."""
        self.sample_at = pc.filter(self.sample_at, pa.array(wanted, pa.bool_()))
        self._samples.clear()

    def row_number(self, index: int) -> int:
        """Return the source row of an index of the body."""
        return self.table.row_number(self.first + index)


def empty(texts: pa.Array, blanks: tuple[str, ...] = ()) -> pa.Array:
    """Return which cells are empty or hold a word for nothing."""
    return pc.is_in(texts, value_set=pa.array(["", *blanks], pa.string()))


def matches(texts: pa.Array, pattern: str) -> pa.Array:
    """Return where a pattern is found."""
    return pc.match_substring_regex(texts, pattern=pattern)


def count(mask: pa.Array) -> int:
    """Return how many values of a mask are true."""
    return int(pc.sum(pc.cast(pc.fill_null(mask, fill_value=False), pa.int64())).as_py() or 0)


def money(
    texts: pa.Array,
    decimal: str,
    thousands: tuple[str, ...],
    marks: tuple[str, ...],
    number: pa.Array | None,
) -> pa.Array:
    """Read a column of amounts, null where a cell is none; `number`: cells stored as numbers."""
    values = _money(texts, decimal, thousands, marks)
    if number is None or not count(number):
        return values
    return pc.if_else(number, _money(texts, ".", (), ()), values)


def _money(
    texts: pa.Array, decimal: str, thousands: tuple[str, ...], marks: tuple[str, ...]
) -> pa.Array:
    sound = matches(texts, amount_pattern(decimal, thousands, marks))
    sign = pc.if_else(matches(texts, NEGATIVE), "-", "")
    if marks:
        texts = pc.replace_substring_regex(texts, pattern=marks_of(marks), replacement="")
    point = "\\." if decimal == "." else decimal
    digits = pc.replace_substring_regex(texts, pattern=f"[^0-9{point}]", replacement="")
    digits = pc.replace_substring(digits, pattern=decimal, replacement=".")
    plain = pc.binary_join_element_wise(sign, digits, "")
    return pc.cast(pc.if_else(sound, plain, None), MONEY)


ZERO = pa.scalar(0, MONEY)
