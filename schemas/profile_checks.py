"""What must hold between the settings of a profile, beyond their types."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from schemas.dates import PROBE_YEAR, DateFormatError, contradiction, date_format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.profile import AmountRule, Profile

FIELD = re.compile(r"\{(\w*)\}")
"""A canonical field in a template."""

THOUSANDS_MARKS = (".", ",", "'", " ")

_UNSOUND_MARK = re.compile(r"[0-9()+\u2212-]|^\s*$")

_BEYOND_RE2 = re.compile(r"(?<!\\)(?:\(\?(?:[=!]|<[=!])|\\[1-9])")


def faults(profile: Profile) -> Iterator[str]:
    """Yield a sentence, without its full stop, for each contradiction in a profile."""
    yield from _header_faults(profile)
    yield from _date_faults(profile)
    yield from _amount_faults(profile.amount)
    yield from _rule_faults(profile)
    yield from _template_faults(profile)


FREE_TEXTS = ("description", "comment", "reference")
"""The fields that say in words what was paid for."""


def many(value: str | int | tuple[str | int, ...] | None) -> tuple[str | int, ...]:
    """Return one or several texts or columns as a tuple; none as the empty one."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def text_places(profile: Profile) -> set[int]:
    """Return the places, from 0, of the free texts of a profile that names columns by position."""
    references = (many(getattr(profile.columns, name)) for name in FREE_TEXTS)
    return {int(at) - 1 for of_field in references for at in of_field}


def column_references(profile: Profile) -> Iterator[tuple[str, str | int]]:
    """Yield each setting that names a column, with the column that it names."""
    yield "date.column", profile.date.column
    for key in ("column", "credit", "debit", "indicator"):
        reference = getattr(profile.amount, key)
        if reference is not None:
            yield f"amount.{key}", reference
    for key in profile.columns.__struct_fields__:
        if key != "dimension":
            yield from ((f"columns.{key}", one) for one in many(getattr(profile.columns, key)))
    for code, value in profile.columns.dimension.items():
        yield from ((f"columns.dimension.{code}", one) for one in many(value))
    for rule in profile.skip:
        if rule.column is not None:
            yield "skip.column", rule.column
    for item in profile.extract:
        yield "extract.column", item.column
    if profile.continuation is not None:
        yield "continuation.column", profile.continuation.column


def fold(text: str) -> str:
    """Return a header or word as it is compared: case, width and blanks do not count."""
    wide = unicodedata.normalize("NFKC", text.replace("\ufeff", ""))
    return " ".join(wide.casefold().split())


def _header_faults(profile: Profile) -> Iterator[str]:
    header = profile.header
    if bool(header.columns) == bool(header.none):
        yield "header: expected either 'columns' or 'none', the number of columns"
        return
    if header.rows < 1 or header.none < 0:
        yield "header: 'rows' and 'none' are counts, 1 or more"
    names = [fold(name) for name in header.columns]
    if any(not name for name in names):
        yield "header.columns: list only the filled cells; an unnamed column has its position"
    for key, reference in column_references(profile):
        yield from _reference_faults(key, reference, names, header.none)


def _reference_faults(
    key: str, reference: str | int, names: list[str], width: int
) -> Iterator[str]:
    if isinstance(reference, int):
        if reference < 1 or (width and reference > width):
            yield f"{key}: {reference} is not a position; the first column is 1"
        return
    if width:
        yield f"{key}: '{reference}' is a name, but there is no header; give the position"
        return
    times = names.count(fold(reference))
    base, _, which = reference.rpartition("#")
    if times == 0 and which.isdecimal() and 1 <= int(which) <= names.count(fold(base)):
        return
    if times == 0:
        yield f"{key}: there is no column '{reference}' in header.columns"
    elif times > 1:
        yield f"{key}: {times} columns are called '{reference}'; write '{reference}#1' or its like"


def _date_faults(profile: Profile) -> Iterator[str]:
    texts = tuple(str(text) for text in many(profile.date.formats))
    if not texts:
        yield 'date.formats: expected at least one format, such as "%d.%m.%Y"'
    try:
        year = profile.date.year
        formats = tuple(date_format(text, PROBE_YEAR if year == "ask" else year) for text in texts)
    except DateFormatError as error:
        yield f"date.formats: {error}"
        return
    both = contradiction(formats)
    if both is not None:
        yield (
            f"date.formats: '{both[0]}' and '{both[1]}' read the same text as different days; "
            "keep one of them"
        )


def _amount_faults(rule: AmountRule) -> Iterator[str]:
    two_sided = rule.credit is not None and rule.debit is not None
    one_sided = (rule.credit is not None) != (rule.debit is not None)
    if two_sided == (rule.column is not None) or one_sided:
        yield "amount: expected either 'column', or 'credit' and 'debit'"
    if rule.indicator is not None and (two_sided or not (rule.received or rule.paid)):
        yield "amount.indicator: it goes with 'column' and needs the words 'received' and 'paid'"
    if rule.indicator is None and (rule.received or rule.paid or rule.neither):
        yield "amount.received, paid and neither are words of an 'indicator' column; name it"
    words = [fold(word) for word in (*rule.received, *rule.paid, *rule.neither)]
    if len(set(words)) < len(words):
        yield "amount: the same word stands in two of 'received', 'paid' and 'neither'"
    if rule.positive == "paid" and (two_sided or rule.indicator is not None):
        yield "amount.positive: only one signed column has a sign rule; remove it"
    yield from _mark_faults(rule)


def _mark_faults(rule: AmountRule) -> Iterator[str]:
    for mark in many(rule.thousands):
        if mark not in THOUSANDS_MARKS or mark == rule.decimal:
            yield f"amount.thousands: '{mark}' is not a thousands mark beside '{rule.decimal}'"
    every = (*rule.marks, *rule.received_marks, *rule.paid_marks)
    for mark in every:
        if _UNSOUND_MARK.search(mark):
            yield f"amount.marks: '{mark}' could be taken for digits or a sign"
    if len(set(every)) < len(every):
        yield "amount: a mark stands in two of 'marks', 'received_marks' and 'paid_marks'"


def _rule_faults(profile: Profile) -> Iterator[str]:
    for rule in profile.skip:
        if bool(rule.words) == bool(rule.pattern):
            yield "skip: each rule has either 'words' or 'pattern'"
        yield from _pattern_faults("skip.pattern", rule.pattern)
    for item in profile.extract:
        yield from _pattern_faults("extract.pattern", item.pattern)


def _pattern_faults(key: str, pattern: str) -> Iterator[str]:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        yield f"{key}: '{pattern}' is not a regular expression: {error}"
        return
    if _BEYOND_RE2.search(pattern):
        yield f"{key}: '{pattern}' looks ahead, behind or back, which is not supported"
    if key.startswith("extract") and groups > 1:
        yield f"{key}: '{pattern}' has {groups} groups; expected one, or none for the whole"


def _template_faults(profile: Profile) -> Iterator[str]:
    known = {*profile.columns.__struct_fields__, "posting_date"} - {"dimension"}
    templates = profile.templates
    for key in templates.__struct_fields__:
        for name in FIELD.findall(getattr(templates, key)):
            if name not in known or name == key:
                yield f"templates.{key}: '{{{name}}}' is not a field that it can be made of"
        if getattr(templates, key) and getattr(profile.columns, key) is not None:
            yield f"templates.{key}: the column columns.{key} gives it already; keep one"
