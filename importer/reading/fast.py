"""The fast path for large, regular text tables: pyarrow parses, numpy finds the row numbers.

It takes a file only if the slow path would read exactly the same rows from it.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from importer.reading.lines import find
from importer.reading.records import Reader
from importer.reading.table import RowBuffer

if TYPE_CHECKING:
    from importer.reading.lines import Text
    from importer.reading.options import Limits
    from importer.reading.text import Plan

_CHUNK = 1 << 16
_SLICE = 16 << 20
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


def read_fast(plan: Plan, limits: Limits) -> pa.Table | None:
    """Return the table, or None where only the slow path reads it rightly."""
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
        return None
    records = _find_records(text, dialect.delimiter, quoted=bool(dialect.quote))
    if records is None:
        return None
    if plan.sep_line:
        records = records.part(1, len(records))
    if not len(records) or int((records.stop - records.start).max()) > limits.field_bytes:
        return None
    records = _without_empty(records)
    if not _same_multiline(plan, limits, records):
        return None
    table = _assemble(plan, limits, records)
    return None if table is None or table.num_rows > limits.rows else table


def _find_records(text: Text, delimiter: str, *, quoted: bool) -> Records | None:
    """Return all records; None if quotes or line ends are not as they should be."""
    octets = np.frombuffer(text.data, np.uint8)[: text.end]
    stops, ordinals = [], []
    quotes = newlines = 0
    for begin in range(text.start, text.end, _CHUNK):
        chunk = octets[begin : min(begin + _CHUNK, text.end)]
        if not _plain_ends(octets, chunk, begin):
            return None
        ends = np.flatnonzero(chunk == _LF) + begin
        outside = np.ones(len(ends), bool)
        if quoted:
            marks = np.flatnonzero(chunk == ord('"')) + begin
            if not _clean_quotes(octets, marks, quotes, ord(delimiter), text.start):
                return None
            outside = (np.searchsorted(marks, ends) + quotes) % 2 == 0
            quotes += len(marks)
        stops.append(ends[outside])
        ordinals.append(np.flatnonzero(outside) + newlines)
        newlines += len(ends)
    _forget(text)
    if quotes % 2:
        return None
    stop, ordinal = np.concatenate(stops), np.concatenate(ordinals)
    if not len(stop) or stop[-1] != text.end - 1:
        stop, ordinal = np.append(stop, text.end), np.append(ordinal, newlines)
    start = np.concatenate([[text.start], stop[:-1] + 1])
    line = np.concatenate([[1], ordinal[:-1] + 2])
    has_cr = (stop > start) & (octets[np.maximum(stop - 1, 0)] == _CR)
    return Records(start, stop - has_cr, line, ordinal + 1)


def _plain_ends(octets: Octets, chunk: Octets, begin: int) -> bool:
    """Say whether every CR stands before an LF, and there is no NUL."""
    if not chunk.all():
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


def _same_multiline(plan: Plan, limits: Limits, records: Records) -> bool:
    """Say whether the slow path takes each record of several lines for one record too."""
    several = np.flatnonzero(records.last_line > records.line)
    if len(several) > _MOST_MULTILINE:
        return False
    reader = Reader(plan.dialect, "\n", limits.field_bytes)
    for index in several:
        lines = _lines(plan, records, int(index))
        if [number for number, _ in reader.records(lines)] != [lines[0][0]]:
            return False
    return not reader.findings


def _assemble(plan: Plan, limits: Limits, records: Records) -> pa.Table | None:
    """Read preamble and footer record by record and all between at once."""
    size, usual = len(records), plan.dialect.fields
    reader = Reader(plan.dialect, "\n", limits.field_bytes)

    def edge(first: int, last: int) -> list[tuple[int, list[str]]]:
        found: list[tuple[int, list[str]]] = []
        for index in range(first, last):
            found.extend(reader.records(_lines(plan, records, index)))
        return found

    head = edge(0, min(_EDGE_RECORDS, size))
    tail_from = max(len(head), size - _EDGE_RECORDS)
    tail = edge(tail_from, size)
    odd_head = [i for i, (_, fields) in enumerate(head) if len(fields) != usual]
    odd_tail = [i for i, (_, fields) in enumerate(tail) if len(fields) != usual]
    first = odd_head[-1] + 1 if odd_head else 0
    last = tail_from + odd_tail[0] if odd_tail else size
    body = _body(plan, records.part(first, last))
    if body is None or reader.findings:
        return None
    parts = [_rows(head[:first]), body, _rows(tail[last - tail_from :])]
    if max(part.num_columns for part in parts) > limits.columns + 1:
        return None
    return _stacked([part for part in parts if part.num_rows])


def _rows(records: list[tuple[int, list[str]]]) -> pa.Table:
    rows = RowBuffer()
    for number, fields in records:
        rows.add(number, fields)
    return rows.table()


def _body(plan: Plan, records: Records) -> pa.Table | None:
    """Read regular records, a slice at a time: what a parser needs stays small."""
    if not len(records):
        return RowBuffer().table()
    parts = []
    first = 0
    while first < len(records):
        last = int(np.searchsorted(records.start, records.start[first] + _SLICE))
        part = _slice(plan, records.part(first, last))
        if part is None:
            return None
        parts.append(part)
        _forget(plan.text)
        first = last
    return pa.concat_tables(parts)


def _forget(text: Text) -> None:
    """Let a mapped file go from memory; what is asked of it again comes back by itself."""
    if isinstance(text.data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        text.data.madvise(mmap.MADV_DONTNEED)


def _slice(plan: Plan, records: Records) -> pa.Table | None:
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
        return None
    if table.num_rows != len(records):
        return None
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


def _stacked(parts: list[pa.Table]) -> pa.Table:
    if not parts:
        return RowBuffer().table()
    width = max(part.num_columns for part in parts) - 1
    padded = []
    for part in parts:
        whole = part
        for index in range(part.num_columns - 1, width):
            blank = pa.array([""], pa.string()).take(pa.array(np.zeros(part.num_rows, np.int64)))
            whole = whole.append_column(f"c{index}", blank)
        padded.append(whole)
    return pa.concat_tables(padded)
