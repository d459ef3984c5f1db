"""The parts of an XLSX workbook that cells refer to: shared texts and number formats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from importer.reading.cells import is_builtin_date, is_date_format
from importer.reading.formats import Formats, number_format
from importer.reading.package import local, parse_xml

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
TRUE = frozenset({"1", "true", "on"})


def unescaped(text: str) -> str:
    """Return text with `_x000D_` and its like as the characters they stand for."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


class Texts:
    """Takes the XML events of the shared texts; phonetic readings are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._inside = self._phonetic = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        """Open an element."""
        name = tag if ":" not in tag else local(tag)
        if name == "si":
            self._pieces.clear()
        elif name == "t":
            self._inside = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        """Close an element."""
        name = tag if ":" not in tag else local(tag)
        if name == "t":
            self._inside = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.texts.append(unescaped("".join(self._pieces)))

    def characters(self, text: str) -> None:
        """Take text."""
        if self._inside:
            self._pieces.append(text)


def read_texts(blocks: Iterator[bytes], name: str) -> list[str]:
    """Return the shared texts in order."""
    handler = Texts()
    parse_xml(blocks, name, handler.start, handler.end, handler.characters)
    return handler.texts


def read_formats(blocks: Iterator[bytes], name: str) -> Formats:
    """Return the style numbers that show dates, and those that show more than a number."""
    codes: dict[str, str] = {}
    used: list[str] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        element = local(tag)
        if element == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif element == "cellXfs":
            inside = True
        elif element == "xf" and inside:
            used.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and local(tag) != "cellXfs"

    parse_xml(blocks, name, start, end)
    dates = frozenset(str(i) for i, number in enumerate(used) if _shows_date(number, codes))
    formats = {
        str(i): found
        for i, number in enumerate(used)
        if (found := number_format(codes.get(number, ""))) and str(i) not in dates
    }
    texts = {style: found for style, found in formats.items() if found.is_text}
    return Formats(dates, texts, {s: found for s, found in formats.items() if s not in texts})


def _shows_date(number: str, codes: dict[str, str]) -> bool:
    if number in codes:
        return is_date_format(codes[number])
    return number.isdecimal() and len(number) < 5 and is_builtin_date(int(number))  # noqa: PLR2004
