"""The text of a file as UTF-8, and its physical lines."""

from __future__ import annotations

import codecs
import mmap
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from importer.errors import InputProblem
from importer.reading.encodings import Bytes, Encoding
from importer.reading.options import Limits

_BLOCK = 4 << 20
_IN_MEMORY = 8 << 20
_HEAD = 64 * 1024
_SAMPLE = 192 * 1024
_SAMPLE_LINE = 16 * 1024
_LONGEST_LINE_FIELDS = 16  # a line may be this many times as long as the longest field
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 bytes from `start` to `end`; a line ends with `newline`.

    `lone_cr` says that a carriage return alone ends a line too, in a file that has line feeds.
    """

    data: Bytes
    start: int
    end: int
    newline: bytes
    lone_cr: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing but blanks."""
        return (
            re.compile(rb"[ \t\r\n\x0b\x0c\x00]*+\Z").match(self.data, self.start, self.end)
            is not None
        )


def prepare(data: Bytes, encoding: Encoding) -> Text:
    """Return the text of a file as UTF-8, without BOM and padding at its end.

    Raises:
        InputProblem: the bytes are not text.
    """
    start = encoding.bom_bytes
    if encoding.codec != "utf-8" or encoding.damaged:
        data, start = _transcode(data, start, encoding), 0
    end = _content_end(data, start)
    head = data[start : min(end, start + _HEAD)]
    odd = len(_BINARY.findall(head))
    if odd > max(len(head) * 0.01, 1):
        raise InputProblem(
            "this is not a text table: it is full of control characters. Export the payments as "
            "CSV or as an Excel workbook."
        )
    newline = b"\n" if data.find(b"\n", start) >= 0 else b"\r"
    return Text(data, start, end, newline)


def _content_end(data: Bytes, start: int) -> int:
    """Return where the content ends before NUL bytes and the DOS end-of-file mark."""
    end = len(data)
    while end > start:
        tail = data[max(start, end - _HEAD) : end]
        kept = tail.rstrip(b"\x00\x1a")
        if kept:
            return end - (len(tail) - len(kept))
        end -= len(tail)
    return end


def _transcode(data: Bytes, start: int, encoding: Encoding) -> Bytes:
    decoder = codecs.getincrementaldecoder(encoding.codec)("replace")
    size = len(data)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as target:
        for position in range(start, size, _BLOCK):
            stop = position + _BLOCK
            block = decoder.decode(data[position:stop], stop >= size)
            target.write(block.encode("utf-8", "replace"))
        length = target.tell()
        if length <= _IN_MEMORY:
            target.seek(0)
            return target.read()
        target.flush()
        return mmap.mmap(target.fileno(), length, access=mmap.ACCESS_READ)


def find(text: Text, mark: bytes, position: int | None = None) -> int:
    """Return where a mark of several letters stands from `position` on; -1 where it does not.

    A mapped file is searched letter by letter for it; for a single letter, and by `re`, three to
    ten times as fast.
    """
    first = text.start if position is None else position
    if any(text.data.find(mark[at : at + 1], first, text.end) < 0 for at in range(len(mark))):
        return -1
    found = re.compile(re.escape(mark)).search(text.data, first, text.end)
    return found.start() if found else -1


def physical_lines(text: Text, limits: Limits) -> Iterator[tuple[int, str]]:
    """Yield each physical line with its number from 1; carriage returns at its end are kept.

    Raises:
        InputProblem: a line is longer than any table needs.
    """
    longest = limits.field_bytes * _LONGEST_LINE_FIELDS
    number, position, end = 1, text.start, text.end
    newline = text.newline.decode()
    while position < end:
        stop = min(position + _BLOCK, end)
        if stop < end:
            cut = text.data.rfind(text.newline, position, stop) + 1
            if not cut:
                cut = text.data.find(text.newline, stop, position + longest) + 1
            if not cut and end - position > longest:
                found = f"line {number} is longer than {longest:,} bytes"
                raise limits.problem("field_bytes", found)
            stop = cut or end
        block = text.data[position:stop].decode("utf-8")
        lines = block.split(newline)
        if stop < end or block.endswith(newline):
            lines.pop()
        if text.lone_cr:
            lines = [part for line in lines for part in line.rstrip("\r").split("\r")]
        yield from enumerate(lines, number)
        number += len(lines)
        position = stop


def sample(text: Text) -> list[tuple[int, str]]:
    """Return lines from the head, the middle and the end, and those with odd marks.

    Their numbers only keep their order.
    """
    data, start, end = text.data, text.start, text.end
    if end - start <= _SAMPLE:
        pieces = [data[start:end]]
    else:
        third = _SAMPLE // 3
        middle = (start + end) // 2
        pieces = [
            _whole_lines(text, start, start + third, first=True),
            _whole_lines(text, middle, middle + third, first=False),
            _whole_lines(text, end - third, end, first=False),
            *_around(text, b'\\"', 20),
        ]
    newline = text.newline.decode()
    lines = [
        line[:_SAMPLE_LINE]
        for piece in pieces
        for line in piece.decode("utf-8", "replace").split(newline)
    ]
    if text.lone_cr:
        lines = [part for line in lines for part in line.rstrip("\r").split("\r")]
    return list(enumerate(lines, 1))


def _whole_lines(text: Text, start: int, stop: int, *, first: bool) -> bytes:
    piece = text.data[start:stop]
    if not first:
        piece = piece[piece.find(text.newline) + 1 :]
    cut = piece.rfind(text.newline)
    return piece[:cut] if cut >= 0 and stop < text.end else piece


def _around(text: Text, mark: bytes, most: int) -> Iterator[bytes]:
    position = text.start
    for _ in range(most):
        position = find(text, mark, position)
        if position < 0:
            return
        first = text.data.rfind(text.newline, max(text.start, position - _SAMPLE_LINE), position)
        last = text.data.find(text.newline, position, position + _SAMPLE_LINE)
        if last < 0:
            return
        yield text.data[first + 1 if first >= 0 else position : last]
        position = last
