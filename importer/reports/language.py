"""The language in which reports speak: texts, plurals, numbers, and the sentences of findings.

Texts in the code are English and are the keys of the catalogues in `locale` (gettext); what a
catalogue lacks stays English. Findings are stored in English: `finding_text` takes a sentence
apart by its pattern and puts it together in the other language.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup

from importer.model import Bucket, Kind
from importer.reports.reasons import DIFFERENCES, REASONS, REMEDIES, SKIPPED, STORY, WORDS
from importer.reports.sentences import SENTENCES

LANGUAGES: Final = ("en", "de", "nl", "fr", "da")

_FOLDER: Final = Path(__file__).with_name("locale")
_MARKS: Final = {"en": (",", "."), "fr": ("\u202f", ",")}
_OTHER_MARKS: Final = (".", ",")
_FIELD: Final = re.compile(r"\{(\w+)\}")
_WORDS: Final = frozenset({*WORDS, *map(str, Bucket), *map(str, Kind)})
_OF_WORDS: Final = frozenset(
    {"state", "kind", "what", "property", "sent", "found", "why", "mark", "line", "currency",
     "dates", "account", "field"}
)  # fmt: skip
"""Fields that may hold one of our words, which is then told by itself."""

_OF_SENTENCES: Final = {
    "difference": re.compile("; "),
    "meaning": re.compile("(?!)"),
    "said": re.compile("(?!)"),
    "fields": re.compile(", (?=[a-z ]+ from ')"),
}
"""Fields that hold sentences, and what stands between them."""
_OF_MONEY: Final = frozenset({"amount", "open", "waits", "expected", "rows", "start", "value"})
"""Fields that may hold an amount of ours; what a cell holds stays as it is there."""

_AMOUNT: Final = re.compile(r"-?\d[\d,]*\.\d+(?= \('|$)")
_Patterns = tuple[tuple[re.Pattern[str], str], ...]
_spoken: ContextVar[str] = ContextVar("language", default="en")


def speak(language: str) -> None:
    """Choose the language of all reports from here on."""
    _spoken.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Choose the language of the reports that are written inside."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """Return the language of the reports: `en`, `de`, …."""
    return _spoken.get()


def say(text: str, **values: object) -> str:
    """Return a text in the chosen language, its fields filled in."""
    said = _catalogue(spoken()).gettext(text) if text else ""
    return said.format(**values) if values else said


def mark(text: str, **values: object) -> Markup:
    """Return a text for a page; values are escaped unless they are mark-up themselves."""
    return Markup(say(text)).format(**values)  # noqa: S704 - catalogues are ours


def plural(one: str, many: str, number: int, **values: object) -> str:
    """Return a text with a number in it, in the form that the number asks for."""
    said = _catalogue(spoken()).ngettext(one, many, number)
    return said.format(n=figures(f"{number:,}"), **values)


def marks() -> tuple[str, str]:
    """Return what divides thousands, and the decimal mark."""
    return _MARKS.get(spoken(), _OTHER_MARKS)


def figures(number: str) -> str:
    """Return a number such as `1,234.50` as it is written in the chosen language."""
    if spoken() == "en":
        return number
    thousands, decimal = marks()
    return number.translate({ord(","): thousands, ord("."): decimal})


def finding_text(code: str, text: str) -> str:
    """Return a message or remedy of a finding in the chosen language."""
    return text if spoken() == "en" else _told(spoken(), code, text)


def _told(language: str, code: str, text: str) -> str:
    return _put(language, _patterns(code), text)


def _put(language: str, patterns: _Patterns, text: str) -> str:
    """Put the fields of the first pattern that fits into its translation."""
    for pattern, template in patterns:
        if found := pattern.fullmatch(text):
            fields = found.groupdict()
            told = {name: _field(language, patterns, name, fields[name]) for name in fields}
            return _catalogue(language).gettext(template).format(**told)
    return text


def _field(language: str, patterns: _Patterns, name: str, value: str) -> str:
    if name in _OF_WORDS and value in _WORDS:
        return _catalogue(language).gettext(value)
    if name in _OF_MONEY and (amount := _AMOUNT.match(value)):
        return figures(amount[0]) + value[amount.end() :]
    if name not in _OF_SENTENCES:
        return value
    between = _OF_SENTENCES[name]
    marks = [*between.findall(value), ""]
    parts = zip(between.split(value), marks, strict=True)
    return "".join(_put(language, patterns, part) + mark for part, mark in parts)


def reason_text(text: str) -> str:
    """Return why a row is where it is: the message of a finding, with or without its column."""
    if spoken() == "en" or not text:
        return text
    if (told := _put(spoken(), _listed(*REASONS, *SKIPPED, *DIFFERENCES, *REMEDIES), text)) != text:
        return told
    column, colon, rest = text.partition(": ")
    for code in SENTENCES:
        if (told := finding_text(code, text)) != text:
            return told
        if colon and (told := finding_text(code, rest)) != rest:
            return f"{column}: {told}"
    return say(text)


def difference_text(text: str) -> str:
    """Return against what the proof fails."""
    return text if spoken() == "en" else _put(spoken(), _listed(*DIFFERENCES, *REMEDIES), text)


def story_text(text: str) -> str:
    """Return how a file was read."""
    return text if spoken() == "en" else _put(spoken(), _listed(*STORY), text)


@cache
def _listed(*templates: str) -> _Patterns:
    return tuple((_pattern(template), template) for template in templates)


@cache
def _patterns(code: str) -> _Patterns:
    return tuple((_pattern(template), template) for template in SENTENCES.get(code, ()))


def _pattern(template: str) -> re.Pattern[str]:
    seen: set[str] = set()
    parts: list[str] = []
    for at, part in enumerate(_FIELD.split(template)):
        if at % 2 == 0:
            parts.append(re.escape(part))
        else:
            held = "[a-z ]+" if part in {"what", "field"} else ".*?"
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>{held})")
            seen.add(part)
    return re.compile("".join(parts), re.DOTALL)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("reports", _FOLDER, [language], fallback=True)
