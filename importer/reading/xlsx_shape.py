"""The shape of a sheet's rows, learned from rows read before: the others fall into columns by it.

Nearly every row fills the same columns, and each column has few forms of cells: a style, a type
and an element. One pattern takes whole rows of such forms apart, and sheets are read in a third of
the time. What does not fit stays text, to be read row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

Form = tuple[str, str, bool]  # style, type, whether its text lies in an `is`

_ROW = (
    r'<row r="([1-9][0-9]{0,6})"'
    r'(?: (?!r="|hidden="(?:1|true|on)")[\w:]+="[^"<&]*")*+>'
)
_EMPTY = r'(?: s="[0-9]++")?(?: t="[a-zA-Z]++")?\s?/>'
_IN_ITSELF = r"><is><t(?: [^<>]*)?>([^<]*+)</t></is></c>"
_IN_VALUE = r">(?:<f[ >][^<]*+</f>|<f\b[^<>]*/>)?<v>([^<]++)</v></c>"
_NUMBER = re.compile(r'<row\b(?: r="([1-9][0-9]{0,6})")?')
_MOST_FORMS = 500
_LESSONS = 20  # a pattern is made so often at most, and may fail so often
_FEWEST = 16  # rows per piece: where fewer fit together, all are read one by one


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one shape: for the letters of each column, its forms with the text of each row.

    A row has a text in one form of a column at most; in the others it has `""` or None.
    """

    numbers: list[int]
    columns: list[tuple[str, list[tuple[Form, list[str]]]]]


class Shape:
    """Learns the forms of cells, and takes rows of such cells apart."""

    def __init__(self) -> None:
        self._forms: dict[str, dict[Form, None]] = {}
        self._pattern: re.Pattern[str] | None = None
        self._columns: list[tuple[str, list[Form]]] = []
        self._count = self._lessons = self._misses = 0
        self._learned = False

    def learn(self, cells: Iterable[tuple[str, ...]]) -> None:
        """Take in the forms of a row's cells."""
        if self._lessons >= _LESSONS or self._count > _MOST_FORMS:
            return
        for _, letters, style, kind, _, value, text in cells:
            forms = self._forms.get(letters)
            if forms is None:
                forms = self._forms[letters] = {}
                self._count += 1
                self._learned = True
            if (value or text) and (style, kind, not value) not in forms:
                forms[style, kind, not value] = None
                self._count += 1
                self._learned = True

    def pieces(self, text: str, above: int) -> list[str | Block]:
        """Return whole rows in pieces: those of this shape by columns, the others as text.

        They stay in one piece of text where few fit or their numbers do not rise, from `above`.
        """
        pattern = self._current()
        pieces = self._cut(pattern, text, above) if pattern else None
        if pattern and not pieces:
            self._misses += 1
        return pieces or [text]

    def _cut(self, pattern: re.Pattern[str], text: str, above: int) -> list[str | Block] | None:
        found = pattern.split(text)
        last, stride = len(found) - 1, pattern.groups + 1
        odd = [at for at in range(0, last + 1, stride) if found[at]]
        if len(odd) * _FEWEST > last // stride:
            return None
        pieces: list[str | Block] = []
        numbers, start = [above], 0
        for at in sorted({*odd, last}):
            if at > start:
                block = self._block(found, start, at, stride)
                pieces.append(block)
                numbers += block.numbers
            if found[at]:
                pieces.append(found[at])
                numbers += (int(number or 0) for number in _NUMBER.findall(found[at]))
            start = at
        return pieces if all(one < other for one, other in pairwise(numbers)) else None

    def _block(self, found: list[str], start: int, end: int, stride: int) -> Block:
        texts = (found[start + at : end : stride] for at in range(1, stride))
        numbers = list(map(int, next(texts)))
        columns = [
            (letters, [(form, next(texts)) for form in forms]) for letters, forms in self._columns
        ]
        return Block(numbers, columns)

    def _current(self) -> re.Pattern[str] | None:
        if self._count > _MOST_FORMS or self._misses > _LESSONS:
            return None
        if self._learned and self._lessons < _LESSONS:
            self._learned = False
            self._lessons += 1
            ordered = sorted(self._forms.items(), key=lambda item: (len(item[0]), item[0]))
            self._columns = [(letters, list(forms)) for letters, forms in ordered]
            self._pattern = _pattern(self._columns)
        return self._pattern


def _pattern(columns: list[tuple[str, list[Form]]]) -> re.Pattern[str]:
    cells = (
        f'(?:<c r="{letters}[0-9]{{1,7}}"(?:{"|".join((*map(_form, forms), _EMPTY))}))?+'
        for letters, forms in columns
    )
    return re.compile(rf"{_ROW}{''.join(cells)}</row>\s*+", re.ASCII)


def _form(form: Form) -> str:
    style, kind, in_itself = form
    written = (f' s="{style}"' if style else "") + (f' t="{kind}"' if kind else "")
    return written + (_IN_ITSELF if in_itself else _IN_VALUE)
