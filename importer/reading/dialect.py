"""Delimiter, quotes and escapes of a text file: decided by what makes its records regular."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import sqrt

from importer.errors import NeedsInput
from importer.reading.records import Dialect, Reader

Line = tuple[int, str]

_DELIMITERS = (";", ",", "\t", "|")
_NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
_SEP_LINE = re.compile(r'"?sep=(.)"?[;,\t|]*\Z', re.IGNORECASE)
_VALUE = re.compile(r"[+-]?[\d.,' ]*\d|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T][\d:.]+)?")
_FIELD_BYTES = 1 << 16
_WIDE = 30  # beyond this, more columns are no better evidence


@dataclass(frozen=True, slots=True)
class _Trial:
    """How regular the sample is with one dialect."""

    dialect: Dialect
    score: float
    reader: Reader


def delimiter_name(delimiter: str) -> str:
    """Return the delimiter in words."""
    return _NAMES.get(delimiter, repr(delimiter))


def sep_line(lines: list[Line]) -> str:
    """Return the delimiter that the first line declares (`sep=;`), or `""`."""
    found = _SEP_LINE.match(lines[0][1].rstrip("\r")) if lines else None
    return found[1] if found else ""


def decide(
    lines: list[Line], newline: str, delimiter: str | None = None, quote: str | None = None
) -> Dialect:
    """Return the dialect in which the sample's records are the most regular.

    Raises:
        NeedsInput: two delimiters make the records equally regular.
    """
    delimiters = [delimiter] if delimiter else _present(lines)
    marks = ['"'] if quote is None else [quote]
    trials = [_try(Dialect(d, marks[0]), lines, newline) for d in delimiters]
    trials.sort(key=lambda trial: -trial.score)
    best = trials[0]
    if len(trials) > 1:
        _refuse_tie(best, trials[1])
    if quote is None:
        best = _quoting(best, lines, newline)
    return best.dialect


def regularity(lines: list[Line], newline: str, dialect: Dialect) -> float:
    """Return how regular the records are: 1 is a perfect table, 0 none."""
    return _try(replace(dialect, fields=0), lines, newline).score


def _present(lines: list[Line]) -> list[str]:
    text = "\n".join(line for _, line in lines)
    return [d for d in _DELIMITERS if d in text] or [","]


def _try(dialect: Dialect, lines: list[Line], newline: str) -> _Trial:
    reader = Reader(dialect, newline, _FIELD_BYTES)
    records = [fields for _, fields in reader.records(lines)]
    records = [fields for fields in records if any(f.strip() for f in fields)]
    counts = Counter(map(len, records))
    if not counts:
        return _Trial(dialect, 0.0, reader)
    usual = max(counts, key=lambda n: (counts[n] * min(n - 1, _WIDE), n))
    neighbours = sum(counts[n] for n in (usual - 1, usual + 1) if n > 1)
    near = counts[usual] + 0.8 * neighbours if usual > 1 else 0.0
    values = [f.strip() for r in records if len(r) == usual for f in r if f.strip()]
    typed = sum(1 for v in values if _VALUE.fullmatch(v)) / max(len(values), 1)
    score = sqrt(min(near / len(records), 1.0)) * (1 - 1 / usual) * (0.8 + 0.2 * typed)
    most = reader.quoted > reader.literal and reader.quoted * 2 > sum(
        1 for r in records for f in r if f
    )
    settled = replace(dialect, fields=usual, quotes_most=most)
    return _Trial(settled, score, reader)


def _refuse_tie(best: _Trial, second: _Trial) -> None:
    close = best.score > 0 and best.score - second.score < 0.01  # noqa: PLR2004
    if not close or best.dialect.fields != second.dialect.fields:
        return
    names = [delimiter_name(t.dialect.delimiter) for t in (best, second)]
    raise NeedsInput(
        f"the columns may be separated by {names[0]} or by {names[1]}; the file fits both. "
        "Say which with --delimiter or the profile's delimiter.",
        tuple(f"delimiter {name}: {t.dialect.fields} columns" for name, t in
              zip(names, (best, second), strict=True)),
    )  # fmt: skip


def _quoting(best: _Trial, lines: list[Line], newline: str) -> _Trial:
    """Return the better of: quotes doubled, quotes escaped by a backslash, no quotes at all."""
    if best.reader.faults and any('\\"' in line for _, line in lines):
        escaped = _try(replace(best.dialect, escape=True), lines, newline)
        if escaped.reader.faults < best.reader.faults and escaped.score >= best.score * 0.9:
            return escaped
    if best.reader.literal > best.reader.quoted and not best.reader.needed:
        bare = _try(replace(best.dialect, quote=""), lines, newline)
        if bare.score >= best.score:
            return bare
    return best
