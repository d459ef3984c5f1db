"""What calamine does not tell about an XLS workbook: error cells, hidden rows, encryption.

Sources: MS-CFB (the container), MS-XLS (sections 2.4.28 BoundSheet8, 2.4.24 BoolErr,
2.4.127 Formula, 2.4.221 Row, 2.4.117 FilePass).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from importer.reading.encodings import Bytes

_END_OF_CHAIN = 0xFFFFFFFA  # this and all above are no sectors
_HEADER_BYTES = 512
_DIFAT_IN_HEADER = 109
_DIRECTORY_ENTRY_BYTES = 128
_SMALL_STREAM_BYTES = 4096  # smaller streams lie elsewhere; no workbook is that small
_BOUND_SHEET, _FILE_PASS, _END = 0x85, 0x2F, 0x0A
_FORMULA, _BOOL_OR_ERROR, _ROW = 0x06, 0x205, 0x208
_HIDDEN = 0x20
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


@dataclass
class SheetFacts:
    """Error cells by row and column, both from 0, and the hidden rows, from 1."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)


@dataclass
class BookFacts:
    """Facts of each sheet in workbook order; `encrypted`: nothing else can be known."""

    sheets: list[SheetFacts] = field(default_factory=list)
    encrypted: bool = False


def read_facts(data: Bytes) -> BookFacts:
    """Return what the records of an XLS file say; nothing where its container is odd."""
    try:
        stream = _workbook_stream(data)
        return _facts(stream)
    except (struct.error, IndexError):
        return BookFacts()


def _facts(stream: bytes) -> BookFacts:
    facts = BookFacts()
    starts: list[int] = []
    for kind, body in _records(stream, 0):
        if kind == _FILE_PASS:
            return BookFacts(encrypted=True)
        if kind == _BOUND_SHEET:
            starts.append(struct.unpack_from("<I", body)[0])
    for start in starts:
        facts.sheets.append(_sheet_facts(stream, start))
    return facts


def _sheet_facts(stream: bytes, start: int) -> SheetFacts:
    facts = SheetFacts()
    for kind, body in _records(stream, start):
        if kind == _ROW:
            row, flags = struct.unpack_from("<H10xH", body)
            if flags & _HIDDEN:
                facts.hidden_rows.append(row + 1)
        elif kind == _BOOL_OR_ERROR:
            row, column, code, is_error = struct.unpack_from("<HH2xBB", body)
            if is_error:
                facts.errors[row, column] = ERRORS.get(code, "#ERROR")
        elif kind == _FORMULA:
            row, column, result, code, mark = struct.unpack_from("<HH2xBxB3xH", body)
            if mark == 0xFFFF and result == 2:  # noqa: PLR2004 - an error as result
                facts.errors[row, column] = ERRORS.get(code, "#ERROR")
    return facts


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one substream."""
    while position + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, position)
        yield kind, stream[position + 4 : position + 4 + size]
        if kind == _END:
            return
        position += 4 + size


def _workbook_stream(data: Bytes) -> bytes:
    """Return the stream of the workbook from its OLE container."""
    shift = struct.unpack_from("<H", data, 30)[0]
    sector_bytes = 1 << min(shift, 12)
    table = _sector_table(data, sector_bytes)
    directory = _chain(data, table, struct.unpack_from("<I", data, 48)[0], sector_bytes)
    for offset in range(0, len(directory), _DIRECTORY_ENTRY_BYTES):
        entry = directory[offset : offset + _DIRECTORY_ENTRY_BYTES]
        name_bytes = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(min(name_bytes, 64) - 2, 0)].decode("utf-16-le", "replace")
        start, size = struct.unpack_from("<II", entry, 116)
        if name in {"Workbook", "Book"} and size >= _SMALL_STREAM_BYTES:
            return _chain(data, table, start, sector_bytes)[:size]
    return b""


def _sector_table(data: Bytes, sector_bytes: int) -> list[int]:
    per_sector, first = sector_bytes // 4, max(_HEADER_BYTES, sector_bytes)
    listed = list(struct.unpack_from(f"<{_DIFAT_IN_HEADER}I", data, 76))
    following = struct.unpack_from("<I", data, 68)[0]
    for _ in range(len(data) // sector_bytes + 1):
        if following >= _END_OF_CHAIN:
            break
        more = struct.unpack_from(f"<{per_sector}I", data, first + following * sector_bytes)
        listed.extend(more[:-1])
        following = more[-1]
    table: list[int] = []
    for sector in listed:
        if sector < _END_OF_CHAIN:
            table.extend(struct.unpack_from(f"<{per_sector}I", data, first + sector * sector_bytes))
    return table


def _chain(data: Bytes, table: list[int], sector: int, sector_bytes: int) -> bytes:
    pieces = []
    first = max(_HEADER_BYTES, sector_bytes)
    for _ in range(len(table)):
        if sector >= len(table):
            break
        start = first + sector * sector_bytes
        pieces.append(data[start : start + sector_bytes])
        sector = table[sector]
    return b"".join(pieces)
