"""The fast path for large, regular text tables: pyarrow parses, numpy finds the row numbers.

It hands over part by part, so that what follows works on one while the next is read. It takes
a file only if the slow path would read exactly the same rows from it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from importer.reading.lines import find
from importer.reading.records import Reader
from importer.reading.table import Irregular, RowBuffer

if TYPE_CHECKING:
    from importer.reading.lines import Text
    from importer.reading.options import Limits
    from importer.reading.text import Plan

PART_RECORDS = 3 << 15
PART_BYTES = 32 << 20
"""A part has about so many records, and no more than so many bytes."""

_CHUNK = 1 << 16
_BLOCK = 1 << 18
_EDGE_RECORDS = 100  # preamble and footer are looked for among so many records
_MOST_MULTILINE = 20_000
_LF, _CR, _NUL = 10, 13, 0
Positions = np.ndarray[Any, np.dtype[np.int64]]
Octets = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class Records:
    """Where records lie: first and last byte (the line end excluded), first and last line."""

    start: Positions
    stop: Positions
    line: Positions
    last_line: Positions

    def part(self, first: int, last: int) -> Records:
        """Return the records from `first` to before `last`."""
        arrays = (self.start, self.stop, self.line, self.last_line)
        return Records(*(a[first:last] for a in arrays))

    def __len__(self) -> int:
        return len(self.start)


def read_fast(plan: Plan, limits: Limits) -> Iterator[pa.Table]:
    """Yield the table in parts of equal width.

    Raises:
        Irregular: only the slow path reads it rightly; what came before does not count.
    """
    text, dialect = plan.text, plan.dialect
    simple = (
        len(dialect.delimiter) == 1
        and dialect.delimiter.isascii()
        and dialect.quote in {"", '"'}
        and not (dialect.escape or text.lone_cr)
        and text.newline == b"\n"
        and 1 < dialect.fields <= limits.columns
        and find(text, b'="') < 0
    )
    if not simple:
        raise Irregular
    parts = _Parts(plan, limits)
    waiting = None
    for records in _find_records(text, dialect.delimiter, quoted=bool(dialect.quote)):
        if waiting is not None:
            yield parts.table(waiting)
        waiting = records
    if waiting is not None:
        yield parts.table(waiting, last=True)


def _find_records(text: Text, delimiter: str, *, quoted: bool) -> Iterator[Records]:
    """Yield all records in parts; the last part is no short one.

    Raises:
        Irregular: quotes or line ends are not as they should be.
    """
    octets = np.frombuffer(text.data, np.uint8)[: text.end]
    stops: list[Positions] = []
    ordinals: list[Positions] = []
    start, line = text.start, 1
    quotes = newlines = found = 0
    for begin in range(text.start, text.end, _CHUNK):
        chunk = octets[begin : min(begin + _CHUNK, text.end)]
        if not _plain_ends(octets, chunk, begin):
            raise Irregular
        ends = np.flatnonzero(chunk == _LF) + begin
        outside = np.ones(len(ends), bool)
        if quoted:
            marks = np.flatnonzero(chunk == ord('"')) + begin
            if not _clean_quotes(octets, marks, quotes, ord(delimiter), text.start):
                raise Irregular
            outside = (np.searchsorted(marks, ends) + quotes) % 2 == 0
            quotes += len(marks)
        stops.append(ends[outside])
        ordinals.append(np.flatnonzero(outside) + newlines)
        newlines += len(ends)
        found += len(stops[-1])
        full = found >= PART_RECORDS or begin - start >= PART_BYTES
        if found and full and text.end - begin - _CHUNK > PART_BYTES // 4:
            stop, ordinal = np.concatenate(stops), np.concatenate(ordinals)
            yield _records(octets, stop, ordinal, start, line)
            start, line = int(stop[-1]) + 1, int(ordinal[-1]) + 2
            stops, ordinals, found = [], [], 0
    if quotes % 2:
        raise Irregular
    stop, ordinal = np.concatenate(stops), np.concatenate(ordinals)
    if not len(stop) or stop[-1] != text.end - 1:
        stop, ordinal = np.append(stop, text.end), np.append(ordinal, newlines)
    yield _records(octets, stop, ordinal, start, line)


def _records(
    octets: Octets, stop: Positions, ordinal: Positions, first: int, first_line: int
) -> Records:
    """Return the records that end at `stop`, the first of them beginning at `first`."""
    start = np.concatenate([[first], stop[:-1] + 1])
    line = np.concatenate([[first_line], ordinal[:-1] + 2])
    has_cr = (stop > start) & (octets[np.maximum(stop - 1, 0)] == _CR)
    return Records(start, stop - has_cr, line, ordinal + 1)


def _plain_ends(octets: Octets, chunk: Octets, begin: int) -> bool:
    """Say whether every CR stands before an LF, and there is no NUL."""
    if chunk.min() == _NUL:
        return False
    returns = chunk == _CR
    followed = octets[begin + 1 : begin + 1 + len(chunk)] == _LF
    whole = len(followed)
    return not (returns[:whole] > followed).any() and not returns[whole:].any()


def _clean_quotes(
    octets: Octets, marks: Positions, before: int, delimiter: int, first: int
) -> bool:
    """Say whether quotes open after a delimiter and close before one, or are doubled."""
    if not len(marks):
        return True
    opening, closing = marks[before % 2 :: 2], marks[1 - before % 2 :: 2]
    opening = opening[opening > first]
    closing = closing[closing + 1 < len(octets)]
    ahead, behind = octets[opening - 1], octets[closing + 1]
    quote = ord('"')
    opens = (ahead == delimiter) | (ahead == _LF) | (ahead == quote)
    closes = (behind == delimiter) | (behind == _LF) | (behind == _CR) | (behind == quote)
    return bool(opens.all() and closes.all())


def _without_empty(records: Records) -> Records:
    keep = records.stop > records.start
    if keep.all():
        return records
    arrays = (records.start, records.stop, records.line, records.last_line)
    return Records(*(a[keep] for a in arrays))


def _lines(plan: Plan, records: Records, index: int) -> list[tuple[int, str]]:
    raw = plan.text.data[int(records.start[index]) : int(records.stop[index])]
    return list(enumerate(raw.decode("utf-8").split("\n"), int(records.line[index])))


class _Parts:
    """The parts of one file on their way to tables: the width of the first is that of all."""

    def __init__(self, plan: Plan, limits: Limits) -> None:
        """Read nothing yet."""
        self._plan = plan
        self._limits = limits
        self._reader = Reader(plan.dialect, "\n", limits.field_bytes)
        self._width = 0
        self._rows = 0
        self._multiline = 0

    def table(self, records: Records, *, last: bool = False) -> pa.Table:
        """Return the next part.

        Raises:
            Irregular: the slow path would read other rows, or complain.
        """
        plan, limits, first = self._plan, self._limits, self._width == 0
        if first and plan.sep_line:
            records = records.part(1, len(records))
        if not len(records) or int((records.stop - records.start).max()) > limits.field_bytes:
            raise Irregular
        records = _without_empty(records)
        if last and not first and len(records) < _EDGE_RECORDS:
            raise Irregular
        self._refuse_odd_multiline(records)
        parts = self._assemble(records, first=first, last=last)
        width = max(part.num_columns for part in parts)
        self._width = self._width or width
        if width > min(self._width, limits.columns + 1) or self._reader.findings:
            raise Irregular
        table = _stacked([part for part in parts if part.num_rows], self._width)
        self._rows += table.num_rows
        if self._rows > limits.rows:
            raise Irregular
        _forget(plan.text)
        return table

    def _refuse_odd_multiline(self, records: Records) -> None:
        """Refuse what the slow path does not take for one record of several lines too."""
        several = np.flatnonzero(records.last_line > records.line)
        self._multiline += len(several)
        if self._multiline > _MOST_MULTILINE:
            raise Irregular
        for index in several:
            lines = _lines(self._plan, records, int(index))
            if [number for number, _ in self._reader.records(lines)] != [lines[0][0]]:
                raise Irregular

    def _assemble(self, records: Records, *, first: bool, last: bool) -> list[pa.Table]:
        """Read preamble and footer record by record and all between at once."""
        size, usual = len(records), self._plan.dialect.fields
        head = self._edge(records, 0, min(_EDGE_RECORDS, size)) if first else []
        tail_from = max(len(head), size - _EDGE_RECORDS) if last else size
        tail = self._edge(records, tail_from, size)
        odd_head = [i for i, (_, fields) in enumerate(head) if len(fields) != usual]
        odd_tail = [i for i, (_, fields) in enumerate(tail) if len(fields) != usual]
        begin = odd_head[-1] + 1 if odd_head else 0
        end = tail_from + odd_tail[0] if odd_tail else size
        body = _body(self._plan, records.part(begin, end))
        return [_rows(head[:begin]), body, _rows(tail[end - tail_from :])]

    def _edge(self, records: Records, first: int, last: int) -> list[tuple[int, list[str]]]:
        found: list[tuple[int, list[str]]] = []
        for index in range(first, last):
            found.extend(self._reader.records(_lines(self._plan, records, index)))
        return found


def _rows(records: list[tuple[int, list[str]]]) -> pa.Table:
    rows = RowBuffer()
    for number, fields in records:
        rows.add(number, fields)
    return rows.table()


def _forget(text: Text) -> None:
    """Let a mapped file go from memory; what is asked of it again comes back by itself."""
    if isinstance(text.data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        text.data.madvise(mmap.MADV_DONTNEED)


def _body(plan: Plan, records: Records) -> pa.Table:
    """Read regular records at once."""
    if not len(records):
        return RowBuffer().table()
    names = [f"c{i}" for i in range(plan.dialect.fields)]
    longest = int((records.stop - records.start).max())
    content = memoryview(plan.text.data)[int(records.start[0]) : int(records.stop[-1])]
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(content)),
            read_options=csv.ReadOptions(
                column_names=names, block_size=max(_BLOCK, 2 * longest), use_threads=False
            ),
            parse_options=csv.ParseOptions(
                delimiter=plan.dialect.delimiter,
                quote_char=plan.dialect.quote or False,
                newlines_in_values=bool((records.last_line > records.line).any()),
            ),
            convert_options=csv.ConvertOptions(
                check_utf8=False,
                strings_can_be_null=False,
                column_types=dict.fromkeys(names, pa.string()),
            ),
        )
    except pa.ArrowInvalid:  # a record of another width: the slow path pads it
        raise Irregular from None
    if table.num_rows != len(records):
        raise Irregular
    # One chunk each: many small ones scattered over the heap keep far more memory than they use.
    table = table.combine_chunks().add_column(0, "row", pa.array(records.line, pa.int64()))
    return _without_blank(table)


def _without_blank(table: pa.Table) -> pa.Table:
    """Drop rows of blanks only; few rows start with a blank field, so few are looked at."""
    maybe = _is_blank(table["c0"])
    indices = np.flatnonzero(maybe.to_numpy(zero_copy_only=False))
    if not len(indices):
        return table
    some = table.take(indices)
    blank = np.ones(len(indices), bool)
    for name in some.column_names[1:]:
        blank &= _is_blank(some[name]).to_numpy(zero_copy_only=False)
    if not blank.any():
        return table
    keep = np.ones(table.num_rows, bool)
    keep[indices[blank]] = False
    return table.filter(pa.array(keep))


def _is_blank(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.or_(pc.equal(column, ""), pc.utf8_is_space(column))


def _stacked(parts: list[pa.Table], columns: int) -> pa.Table:
    """Put parts one below the other, each padded with empty texts."""
    if not parts:
        return RowBuffer().table()
    padded = []
    for part in parts:
        whole = part
        for index in range(part.num_columns, columns):
            whole = whole.append_column(f"c{index - 1}", pa.repeat("", part.num_rows))
        padded.append(whole)
    return pa.concat_tables(padded).combine_chunks()
