"""Number formats of a workbook: what stands beside the digits that a cell shows.

Source: ECMA-376 part 1, section 18.8.31 (numFmts).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from importer.model import CellKind
from importer.reading.cells import Cell

_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|(?P<nothing>_.|\*.|\[[A-Za-z][A-Za-z0-9 ]*\])|(?P<digits>General|[0#?][0#?.,]*|\.[0#?]+)"
    r"|(?P<bare>[-+ ()/:'$€£¥\u00a0\u202f])",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*)(?:;|$)', re.DOTALL)
_PADDED = re.compile("0{2,30}")
_SCALED = re.compile(r",(?:\.|$)")  # shows thousands or millions
_SIGN = re.compile("[-+(\u2212]")
_NEGATIVE = re.compile("[(\u2212-]")
_LONGEST_CODE = 255  # Excel's own limit
_OPEN_PLACES = 3  # `1.234` is taken for thousands, `1.2340` is not
_WORDS = (
    "cr dr crdt dbit db credit debit credits debits c d haben soll h s gutschrift lastschrift "
    "eingang ausgang received paid in out bij af debe haber dare avere crédit débit crédito "
    "débito"
)
_DIRECTIONS = frozenset(_WORDS.split())
_SAME = {"€": "EUR"}


def shows_direction(text: str) -> bool:
    """Say whether a word for money received or paid, such as `Cr` or `Dr.`, stands in a text."""
    return any(word.strip(".()-").casefold() in _DIRECTIONS for word in text.split())


@dataclass(frozen=True, slots=True)
class Section:
    """What a part of a format shows: texts around the digits, and its pattern of them."""

    before: str
    digits: str
    behind: str

    @property
    def beside(self) -> str:
        """All that stands beside the digits."""
        return f"{self.before} {self.behind}"

    @property
    def places(self) -> int:
        """The number of digits behind the decimal point."""
        return sum(map(self.digits.partition(".")[2].count, "0#?"))


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format that says more than the number, by its parts for positive and negative ones."""

    positive: Section
    negative: Section | None = None

    @property
    def pads(self) -> bool:
        """Whether whole numbers are filled up with zeros, as only identifiers are."""
        return self.negative is None and _PADDED.fullmatch(self.positive.digits) is not None

    @property
    def is_text(self) -> bool:
        """Whether its numbers are what is shown: identifiers, or money with its direction."""
        beside = self.positive.beside
        signed = _SIGN.search(beside) is not None and not any(map(str.isalpha, beside))
        return (self.pads and not signed) or self.directs

    @property
    def directs(self) -> bool:
        """Whether a word beside the digits says in which direction the money went."""
        sections = (self.positive, self.negative or self.positive)
        return any(shows_direction(section.beside) for section in sections)

    @property
    def mark(self) -> str:
        """The currency or unit beside the digits; `""` where there is none."""
        text = "".join(c for c in self.positive.beside if _is_mark(c))
        return _SAME.get(text, text)

    def cell(self, number: Cell) -> Cell:
        """Return a number as the text that is shown; one that it does not fit stays a number."""
        text, kind = number
        if kind is not CellKind.NUMBER:
            return number
        if not self.pads:
            return self._amount(text), CellKind.TEXT
        if not text.isdecimal():
            return number
        shown = self.positive
        padded = text.zfill(len(shown.digits))
        return f"{shown.before}{padded}{shown.behind}".strip(), CellKind.TEXT

    def _amount(self, text: str) -> str:
        sign, shown = "", self.positive
        if text.startswith("-"):
            sign, text = "-", text[1:]
            if self.negative is not None:
                shown = self.negative
                turned = self.directs and shown.beside.split() != self.positive.beside.split()
                if turned or _NEGATIVE.search(shown.beside):  # else only a colour shows it
                    sign = ""
        whole, _, part = text.partition(".")
        places = max(len(part), shown.places)
        places += places == _OPEN_PLACES
        digits = f"{whole}.{part.ljust(places, '0')}" if places else whole
        return f"{sign}{shown.before}{digits}{shown.behind}".strip()


@dataclass(frozen=True, slots=True)
class Formats:
    """The styles of a workbook whose numbers are more than numbers.

    `dates` show dates; `texts` are taken as the text that they show; `marked` have a currency or
    unit beside the digits, which counts where one column shows several.
    """

    dates: frozenset[str] = frozenset()
    texts: dict[str, NumberFormat] = field(default_factory=dict)
    marked: dict[str, NumberFormat] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def number_format(code: str) -> NumberFormat | None:
    """Return a format by its code; None where it says nothing, or in a way that is not known."""
    if len(code) > _LONGEST_CODE:
        return None
    sections = [match[1] for match in _SECTION.finditer(code) if match[0]]
    positive = _section(sections[0]) if sections else None
    if positive is None:
        return None
    negative = _section(sections[1]) if len(sections) > 1 else None
    found = NumberFormat(positive, negative or (positive if len(sections) > 1 else None))
    return found if found.is_text or found.mark else None


def _section(code: str) -> Section | None:
    texts, digits, position = ["", ""], "", 0
    while position < len(code):
        found = _PIECE.match(code, position)
        if found is None:
            return None
        if found["digits"]:
            if digits or _SCALED.search(found["digits"]):
                return None
            digits = found["digits"]
        else:
            kinds = ("quoted", "escaped", "currency", "bare")
            texts[bool(digits)] += next((found[kind] for kind in kinds if found[kind]), "")
        position = found.end()
    return Section(texts[0], digits, texts[1]) if digits else None


def _is_mark(character: str) -> bool:
    return character.isalpha() or unicodedata.category(character) == "Sc"
