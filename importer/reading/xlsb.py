"""What calamine does not tell about an XLSB workbook: error cells and hidden rows.

Source: MS-XLSB (sections 2.1.4 records, 2.4.301 BrtBundleSh, 2.4.748 BrtRowHdr,
2.4.311 BrtCellError, 2.4.669 BrtFmlaError).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from importer.reading.biff import ERRORS, BookFacts, SheetFacts
from importer.reading.package import Package, relations_of

BOOK = "xl/workbook.bin"
_ROW, _ERROR, _FORMULA_ERROR, _SHEET = 0, 3, 11, 156
_WANTED = frozenset({_ROW, _ERROR, _FORMULA_ERROR})
_HIDDEN = 0x10
_LARGEST = 1 << 20  # no record that is looked at is larger
_MORE = 0x80  # a number goes on in the next byte; each has seven bits of it


def read_facts(package: Package) -> BookFacts:
    """Return what the records of each sheet say; nothing where they are odd."""
    facts = BookFacts()
    targets = relations_of(package, BOOK)
    try:
        for kind, body in _records(package.blocks(BOOK)):
            if kind == _SHEET:
                part = targets.get(_wide_text(body, 8), ("", ""))[1]
                facts.sheets.append(_sheet_facts(package, part))
    except (struct.error, IndexError):
        return BookFacts()
    return facts


def _sheet_facts(package: Package, part: str) -> SheetFacts:
    facts = SheetFacts()
    row = 0
    if part not in package:
        return facts
    for kind, body in _records(package.blocks(part)):
        if kind == _ROW:
            row, flags = struct.unpack_from("<I7xB", body)
            if flags & _HIDDEN:
                facts.hidden_rows.append(row + 1)
        elif kind in _WANTED:
            column, code = struct.unpack_from("<I4xB", body)
            facts.errors[row, column] = ERRORS.get(code, "#ERROR")
    return facts


def _wide_text(body: bytes, at: int) -> str:
    length = struct.unpack_from("<I", body, at)[0]
    return body[at + 4 : at + 4 + 2 * length].decode("utf-16-le", "replace")


def _records(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the records of a part, but for the content of large ones."""
    data, at, skipped = b"", 0, 0
    for block in blocks:
        data, at = data[at:] + block, 0
        while True:
            if skipped:
                step = min(skipped, len(data) - at)
                at, skipped = at + step, skipped - step
            if skipped or (head := _head(data, at)) is None:
                break
            kind, size, begin = head
            if size > _LARGEST:
                at, skipped = begin, size
            elif begin + size <= len(data):
                yield kind, data[begin : begin + size]
                at = begin + size
            else:
                break


def _head(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return a record's kind, its size and where its content begins; None: more is needed."""
    numbers = []
    for most in (2, 4):
        value = 0
        for place in range(most):
            if at >= len(data):
                return None
            byte = data[at]
            at += 1
            value |= (byte & ~_MORE) << (7 * place)
            if not byte & _MORE:
                break
        numbers.append(value)
    return numbers[0], numbers[1], at
