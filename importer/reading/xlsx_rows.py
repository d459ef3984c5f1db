"""Reads the rows of a regular XLSX sheet several times as fast as an XML parser.

Nearly every program writes cells in one form. Where a sheet has any other, `scan` stops with
`Irregular` and the XML parser reads the sheet; both give the same cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from operator import itemgetter

_ATTRIBUTE = re.compile(r' ([\w:]+)="([^"<&]*)"', re.ASCII)
_ATTRIBUTES = r'((?: [\w:]+="[^"<&]*")*+)'
_ROW = re.compile(rf"\s*+<row{_ATTRIBUTES}\s?(/>|>)", re.ASCII)
_END = "</row>"
_CELL = re.compile(
    r'(<c r="([A-Z]{1,3})[0-9]{1,7}"(?: s="([0-9]++)")?(?: t="([a-zA-Z]++)")?\s?'
    r"(?:/>|>(?:(<f[ >][^<]*+</f>|<f\b[^<>]*/>)?(?:<v>([^<]*+)</v>|<v\s?/>)?|"
    r"<is><t(?: [^<>]*)?>([^<]*+)</t></is>)</c>))"
)
_FORMULA = re.compile(r"<f[^<>]*>([^<]*)")
_ENTITY = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|\w*);?")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_WHOLE = itemgetter(0)
_LONGEST_ROW = 16 << 20
_OPEN, _CLOSE = b"<sheetData>", b"</sheetData>"
Cell = tuple[str, str, str, str, str, str]  # column letters, style, type, formula, value, text


class Irregular(Exception):
    """The sheet has a form that only an XML parser reads."""


def scan(
    blocks: Iterator[bytes],
    outside: Callable[[bytes], None],
    rows: Callable[[str], None],
) -> None:
    """Call `rows` for whole rows, many at a time, and `outside` for the XML around them all.

    Raises:
        Irregular: the rows are not in the usual form.
    """
    buffer = b""
    for block in blocks:
        buffer += block
        before, found, rest = buffer.partition(_OPEN)
        if found:
            break
        if len(buffer) > _LONGEST_ROW:
            raise Irregular
    else:
        raise Irregular
    if b"<!" in before or (b"encoding=" in before and b'encoding="utf-8"' not in before.lower()):
        raise Irregular
    outside(before + _OPEN)
    rest = _rows(rest, blocks, rows)
    outside(rest)
    for block in blocks:
        outside(block)


def _rows(buffer: bytes, blocks: Iterator[bytes], rows: Callable[[str], None]) -> bytes:
    """Read rows up to the end of the sheet's data; return what follows."""
    while True:
        end = buffer.find(_CLOSE)
        cut = end if end >= 0 else buffer.rfind(b"<row")
        if cut > 0:
            rows(_decoded(buffer[:cut]))
            buffer = buffer[cut:]
        if end >= 0:
            return buffer
        if len(buffer) > _LONGEST_ROW:
            raise Irregular
        block = next(blocks, None)
        if block is None:
            raise Irregular
        buffer += block


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Irregular from None


def each_row(text: str, row: Callable[[dict[str, str], list[tuple[str, ...]]], None]) -> None:
    """Call `row` for each of the whole rows in `text`.

    Raises:
        Irregular: they are not in the usual form.
    """
    position = 0
    while found := _ROW.match(text, position):
        position, body = found.end(), ""
        if found[2] == ">":
            end = text.find(_END, position)
            if end < 0:
                raise Irregular
            body, position = text[position:end], end + len(_END)
        cells = _CELL.findall(body)
        if sum(map(len, map(_WHOLE, cells))) != len(body):
            raise Irregular
        row(dict(_ATTRIBUTE.findall(found[1])), cells)
    if text[position:].strip():
        raise Irregular


def formula_text(element: str) -> str:
    """Return the formula of an `f` element."""
    found = _FORMULA.match(element)
    return plain_text(found[1]) if found else ""


def plain_text(text: str) -> str:
    """Return XML text with its entities replaced.

    Raises:
        Irregular: an entity is not one of XML's own.
    """
    if "&" not in text and "\r" not in text:
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_replaced, text)


def _replaced(found: re.Match[str]) -> str:
    name = found[1]
    if found[0].endswith(";"):
        if name in _NAMED:
            return _NAMED[name]
        if name.startswith("#"):
            code = int("0" + name[1:], 0) if name[1] == "x" else int(name[1:])
            if code in {9, 10, 13} or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE:  # noqa: PLR2004
                return chr(code)
            if 0x10000 <= code <= 0x10FFFF:  # noqa: PLR2004
                return chr(code)
    raise Irregular
