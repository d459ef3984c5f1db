"""A draft as TOML: each choice with its reason as a comment, each question marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from importer.proposing.proposal import Question, Reason, options_of
from importer.proposing.state import Draft

_TABLES = ("date", "amount", "columns", "constants", "currencies", "continuation", "templates")


def to_toml(draft: Draft) -> str:
    """Return the profile of a draft as TOML."""
    return "\n".join(_lines(draft)).rstrip() + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    file = " ".join(draft.grid.source.file.split())
    yield f"# Proposed from the content of {file}; check it, then give it a title."
    for question in draft.questions:
        if question.key == "skip":
            yield from _question(question)
    for key in ("identity", "blanks"):
        yield from _key(draft, key, key)
    yield ""
    yield from _header(draft)
    for table in _TABLES:
        yield from _table(draft, table)
    for name in ("extract", "skip"):
        for rule in draft.settings.get(name, ()):
            yield ""
            yield f"[[{name}]]"
            yield from (f"{k} = {_text(value)}" for k, value in rule.items() if value is not False)


def _table(draft: Draft, table: str) -> Iterator[str]:
    keys = [key for key in draft.settings if key == table or key.startswith(f"{table}.")]
    asked = [
        one for one in draft.questions if one.key.partition(".")[0] == table and one.key not in keys
    ]
    if not keys and not asked:
        return
    yield ""
    yield f"[{table}]" if keys else f"# [{table}]"
    for key in keys:
        if key == table:  # a whole table of names
            yield from (f"# {one.why}" for one in draft.reasons if one.key == key)
            yield from (f"{_text(k)} = {_text(v)}" for k, v in draft.settings[key].items())
        else:
            yield from _key(draft, key, key.partition(".")[2])
    for question in asked:
        yield from _question(question)
        if question.key == "constants.currency":
            yield '# currency = "EUR"'


def _header(draft: Draft) -> Iterator[str]:
    header = draft.header
    yield "[header]"
    if header.last < 0:
        yield "# no row names the columns"
        yield f"none = {header.width}"
        return
    yield f"# found in row {draft.table.row_number(header.first)}"
    yield f"columns = {_text([name for name in header.names if name])}"
    if header.last > header.first:
        yield f"rows = {header.last - header.first + 1}"


def _key(draft: Draft, key: str, name: str) -> Iterator[str]:
    if key not in draft.settings:
        return
    for question in draft.questions:
        if question.key == key:
            yield from _question(question)
    for reason in draft.reasons:
        if reason.key == key:
            yield from _comment(reason)
    yield f"{name} = {_text(draft.settings[key])}"


def _comment(reason: Reason) -> Iterator[str]:
    if reason.why:
        yield f"# {' '.join(reason.why.split())}"


def _question(question: Question) -> Iterator[str]:
    option = options_of(question.setting)
    anew = f", or propose it again with {option}" if option != question.setting else ""
    yield f"# QUESTION: {' '.join(question.text.split())} Decide it here{anew}."
    for reading in question.readings:
        yield f"#   - {' '.join(reading.split())}"


def _text(value: Any) -> str:  # noqa: ANN401 - any TOML value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_text(one) for one in value) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
