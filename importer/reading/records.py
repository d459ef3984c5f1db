"""Physical lines to records: quotes, line breaks inside them, and quotes gone wrong."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from importer.model import Finding, Severity

_ESCAPED = re.compile(r"\\.")
_LOOK_AHEAD_LINES = 200
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Dialect:
    """How records are written.

    `quote` is `""` where quotation marks are ordinary letters; `escape` says that a backslash
    stands before a quote inside quotes; `fields` is the usual number of fields (0: not known
    yet); `quotes_most` that most fields are quoted.
    """

    delimiter: str
    quote: str = '"'
    escape: bool = False
    fields: int = 0
    quotes_most: bool = False


class Split(NamedTuple):
    """The fields of one text, and where a quote is not as it should be.

    `suspect` is the position of the first field that starts with a quote but does not end with
    one (-1: none); `quoted` and `literal` count fields in quotes and fields with a quote inside.
    """

    fields: list[str]
    suspect: int
    quoted: int
    literal: int
    needed: int


class Splitter:
    """Splits one text into fields, by one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        delimiter, quote = re.escape(dialect.delimiter), re.escape(dialect.quote)
        blanks = "[ ]*+" if dialect.delimiter == "\t" else "[ \\t]*+"
        if dialect.escape:
            body = rf"(?:[^{quote}\\]++|\\.|{quote}{quote})*+"
        else:
            body = rf"(?:[^{quote}]++|{quote}{quote})*+"
        flags = re.DOTALL
        end = rf"(?=[{delimiter}]|\Z)"
        self._field = re.compile(
            rf"{blanks}(=?){quote}({body}){quote}{blanks}{end}|([^{delimiter}]*+)", flags
        )
        self._open = re.compile(rf"{blanks}=?{quote}{body}\Z", flags)
        self._loose = re.compile(rf"{blanks}=?{quote}(.*?){quote}{blanks}{end}", flags)
        self._unescape = re.compile(rf"\\([\\{quote}])")

    def split(self, text: str) -> Split:
        """Return the fields of `text`; a suspect field is taken as it stands."""
        quote, match = self.dialect.quote, self._field.match
        fields: list[str] = []
        suspect, quoted, literal, needed, position, size = -1, 0, 0, 0, 0, len(text)
        while True:
            found = match(text, position)
            assert found is not None  # noqa: S101 - the second branch matches anything
            value = found[2]
            if value is None:
                value = found[3]
                if quote in value:
                    literal += 1
                    if suspect < 0 and value.lstrip(" \t").removeprefix("=").startswith(quote):
                        suspect = position
            else:
                quoted += 1
                needed += self.dialect.delimiter in value or "\n" in value or quote in value
                value = self._plain(value)
            fields.append(value)
            position = found.end()
            if position >= size:
                return Split(fields, suspect, quoted, literal, needed)
            position += 1

    def _plain(self, value: str) -> str:
        quote = self.dialect.quote
        if quote in value:
            value = value.replace(quote + quote, quote) if not self.dialect.escape else value
        if self.dialect.escape and "\\" in value:
            return self._unescape.sub(r"\1", value)
        return value

    def is_open(self, text: str, position: int) -> bool:
        """Say whether the quote of the field at `position` is not closed in `text`."""
        return self._open.match(text, position) is not None

    def loosely(self, text: str, position: int) -> list[str] | None:
        """Return the fields if the field at `position` ends at the next quote before a delimiter.

        That is how `"the "Rose" inn",5` reads.
        """
        found = self._loose.match(text, position)
        if found is None:
            return None
        before = self.split(text[: position - 1]).fields if position else []
        if found.end() >= len(text):
            return [*before, self._plain(found[1])]
        rest = self.split(text[found.end() + 1 :])
        return None if rest.suspect >= 0 else [*before, self._plain(found[1]), *rest.fields]

    def chunk(self, text: str, position: int) -> str:
        """Return the raw text of the field at `position` up to the next delimiter."""
        end = text.find(self.dialect.delimiter, position)
        return text[position:] if end < 0 else text[position:end]


@dataclass
class Reader:
    """Reads records from physical lines; keeps the findings and counts on the way.

    `newline` joins the lines of a field with line breaks; each line still carries its
    carriage returns.
    """

    dialect: Dialect
    newline: str
    field_bytes: int
    findings: list[Finding] = field(default_factory=list)
    quoted: int = 0
    literal: int = 0
    needed: int = 0
    faults: int = 0

    def __post_init__(self) -> None:
        self._splitter = Splitter(self.dialect) if self.dialect.quote else None

    def records(self, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
        """Yield each record as its first physical line and its fields."""
        delimiter, quote = self.dialect.delimiter, self.dialect.quote
        if not quote:
            for number, line in lines:
                yield number, line.rstrip("\r").split(delimiter)
            return
        source = iter(lines)
        ahead: deque[tuple[int, str]] = deque()
        while True:
            if ahead:
                number, line = ahead.popleft()
            else:
                try:
                    number, line = next(source)
                except StopIteration:
                    return
            if quote not in line:
                yield number, line.rstrip("\r").split(delimiter)
            else:
                yield number, self._quoted(number, line, source, ahead)

    def _quoted(
        self,
        number: int,
        line: str,
        source: Iterator[tuple[int, str]],
        ahead: deque[tuple[int, str]],
    ) -> list[str]:
        assert self._splitter is not None  # noqa: S101 - only called where quotes count
        text = line.rstrip("\r")
        split = self._splitter.split(text)
        if split.suspect < 0:
            self._count(split)
            return self._unopened(number, split) if split.literal else split.fields
        self.faults += 1
        fields = None
        if not self._splitter.is_open(text, split.suspect):
            fields = self._stray(text, split)
        if fields is None:
            fields = self._joined(line, split, source, ahead)
        return fields if fields is not None else self._unclosed(number, text, split)

    def _count(self, split: Split) -> None:
        self.quoted += split.quoted
        self.literal += split.literal
        self.needed += split.needed

    def _unopened(self, number: int, split: Split) -> list[str]:
        """Repair a field whose opening quote is missing, where the file quotes its fields."""
        if not self.dialect.quotes_most:
            return split.fields
        quote = self.dialect.quote
        for index, value in enumerate(split.fields):
            if value.count(quote) == 1 and value.endswith(quote) and len(value) > 1:
                # A quoted field may end in a quote of its own; that one was doubled.
                if split.literal != 1 and index:
                    continue
                split.fields[index] = value[:-1]
                self._report("quote-unopened", number, index, value, fits=True)
        return split.fields

    def _stray(self, text: str, split: Split) -> list[str] | None:
        """Return the reading of quotes inside a field that has the usual number of fields."""
        assert self._splitter is not None  # noqa: S101
        quote, usual = self.dialect.quote, self.dialect.fields
        chunk = self._splitter.chunk(text, split.suspect).strip(" \t")
        if chunk.endswith(quote) and usual in (0, len(split.fields)):
            self._count(split._replace(literal=split.literal - 1, quoted=split.quoted + 1))
            index = next(i for i, value in enumerate(split.fields) if value.strip(" \t") == chunk)
            split.fields[index] = chunk[1:-1].replace(quote + quote, quote)
            return split.fields
        loose = self._splitter.loosely(text, split.suspect)
        if loose is not None and usual and len(loose) == usual:
            return loose
        if chunk.count(quote) % 2 == 0 and usual in (0, len(split.fields)):
            self._count(split)
            return split.fields
        return None

    def _joined(
        self,
        line: str,
        first: Split,
        source: Iterator[tuple[int, str]],
        ahead: deque[tuple[int, str]],
    ) -> list[str] | None:
        """Return the record if its quote is closed on a later line, and take those lines."""
        assert self._splitter is not None  # noqa: S101
        taken: list[tuple[int, str]] = []
        text, size, attempts, fields = line, len(line), 0, None
        while len(taken) < _LOOK_AHEAD_LINES and attempts < _ATTEMPTS and size <= self.field_bytes:
            following = ahead.popleft() if ahead else next(source, None)
            if following is None:
                break
            taken.append(following)
            size += len(following[1]) + 1
            if self._marks(following[1]) % 2 == 0:
                continue
            attempts += 1
            text = self.newline.join((line, *(t for _, t in taken))).rstrip("\r")
            split = self._splitter.split(text)
            if split.suspect < 0:
                fields = split.fields if self._credible(split, taken) else None
                break
            if split.suspect == first.suspect and not self._splitter.is_open(text, split.suspect):
                break
        if fields is None:
            ahead.extendleft(reversed(taken))
            return None
        self._count(split)
        self.faults -= 1
        return fields

    def _marks(self, line: str) -> int:
        plain = _ESCAPED.sub("", line) if self.dialect.escape else line
        return plain.count(self.dialect.quote)

    def _credible(self, split: Split, taken: list[tuple[int, str]]) -> bool:
        """Say whether lines were text inside quotes, rather than records swallowed by a quote."""
        assert self._splitter is not None  # noqa: S101
        usual = self.dialect.fields
        if usual < 2:  # noqa: PLR2004 - with one column every line looks complete
            return True
        whole = 0
        for _, line in taken:
            alone = self._splitter.split(line.rstrip("\r"))
            complete = alone.suspect < 0 and len(alone.fields) == usual and not alone.literal
            whole += complete and any(map(str.strip, alone.fields))  # a blank row is none
        return whole == 0 or (len(split.fields) == usual and whole * 4 < len(taken))

    def _unclosed(self, number: int, text: str, split: Split) -> list[str]:
        quote, usual = self.dialect.quote, self.dialect.fields
        fields = []
        for index, value in enumerate(split.fields):
            bare = value.lstrip(" \t").removeprefix("=")
            if bare.startswith(quote) and bare.count(quote) % 2:
                self._report(
                    "quote-unclosed", number, index, value, fits=len(split.fields) == usual
                )
                fields.append(bare[1:])
            else:
                fields.append(value)
        if text and fields == split.fields:
            self._report("quote-unclosed", number, 0, text, fits=len(fields) == usual)
        return fields

    def _report(self, code: str, number: int, index: int, value: str, *, fits: bool) -> None:
        which = "closing" if code == "quote-unclosed" else "opening"
        effect = (
            "it was read as if the quote were there, and the row has the usual number of fields"
            if fits
            else "the row does not have the usual number of fields"
        )
        self.findings.append(
            Finding(
                code,
                Severity.WARNING if fits else Severity.ERROR,
                number,
                str(index),
                value[:200],
                f"the {which} quotation mark of this field is missing; {effect}",
                "Compare the row with the file." if fits else "Correct the row in the file.",
            )
        )


def with_fields(dialect: Dialect, fields: int, *, quotes_most: bool) -> Dialect:
    """Return the dialect with what is usual in the file."""
    return replace(dialect, fields=fields, quotes_most=quotes_most)
