"""The currency that a sheet of captions shows: beside its amounts, in a column, or above them."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from importer.currencies import CODES, SHARED, SIGNS, currency_of, major_above, may_be, stated_above
from importer.errors import NeedsInput
from importer.mapping.columns import matches
from importer.mapping.header import head
from schemas.profile import ExtractRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.mapping.amount_columns import Columns
    from schemas.profile import AmountRule

_OTHER_SIGNS = "₤₣"
_SIGN = "".join(sorted({c for sign in (*SIGNS, *SHARED) for c in sign if not c.isalnum()}))
_SIGN = re.escape(_SIGN.replace(".", "") + _OTHER_SIGNS)
_LETTERED = sorted((s for s in (*SIGNS, *SHARED) if any(map(str.isalpha, s))), key=len)
_WORDS = "|".join(re.escape(sign) for sign in reversed(_LETTERED))
_MARK = rf"{_WORDS}|[A-Z]{{3}}|[{_SIGN}]"
_NAMED = re.compile(r"(.*\S)\s*[(\[]?(?<![A-Za-z])([A-Z]{3}|[€£$])[)\]]?\s*")


class Currency(NamedTuple):
    """What a profile says of the currency: one for all, that of each cell, and how it is called."""

    constant: str = ""
    extract: tuple[ExtractRule, ...] = ()
    names: dict[str, str] = {}  # noqa: RUF012 - never changed


def marks_of(texts: pa.Array) -> tuple[str, ...]:
    """Return the currency signs and codes that stand beside amounts; `()` if there are none.

    Beside digits and no other letters: a remark, an error or a label of a sum is no currency.
    Several must all be currencies, as each amount is in its own.
    """
    numbers = pc.filter(texts, matches(texts, r"\d"))
    beside = rf"^[^\pL{_SIGN}]*(?P<mark>{_MARK})[^\pL{_SIGN}]*$"
    marks = pc.struct_field(pc.extract_regex(numbers, pattern=beside), "mark")
    found = sorted(pc.unique(pc.drop_null(marks)).to_pylist())
    if len(found) > 1 or (found and found[0].isalpha() and _bare(numbers)):
        return tuple(mark for mark in found if currency_of(mark))
    return tuple(found)


def named_currency(name: str) -> tuple[str, str]:
    """Return a header without the currency at its end, and that currency."""
    found = _NAMED.fullmatch(name)
    code = currency_of(found[2]) if found else ""
    return (found[1], code) if found and code else (name, "")


def currency_shown(columns: Columns, rule: AmountRule) -> Currency:
    """Return in which currency the amounts are, as far as the file shows it.

    A currency that stands in a column counts for its row, then one beside the amount.

    Raises:
        NeedsInput: two places name different currencies.
    """
    _ask_for_thousands(columns)
    places = [int(at) - 1 for at in (rule.column, rule.credit, rule.debit) if at is not None]
    texts = [columns.as_text(at) for at in places]
    names = _names(columns, rule.marks)
    of_all = [*_above(columns), *_in_headers(columns, places), *_of_numbers(columns, places)]
    of_all += _below(columns, places)
    said = [(where, currency_of(text)) for where, text in of_all]
    known = {names.get(mark, mark) for mark in rule.marks}
    each = len(known) > 1 or any(_mixed(one, rule.marks) for one in texts)
    if not each:
        said += [("beside the amounts", mark) for mark in sorted(known)]
    elif any(not may_be(mark, code) for mark in known for _, code in said):
        said += [("beside an amount", mark) for mark in sorted(known)]
    constant = _agreed(columns, said)
    _compare_cells(columns, rule.marks, places)
    if not each:
        return Currency(constant, (), names)
    marks = "|".join(_literal(mark) for mark in sorted(rule.marks, key=len, reverse=True))
    pattern = rf"(?:^|[^A-Za-z])({marks})(?:[^A-Za-z]|$)"
    extract = tuple(ExtractRule(field="currency", column=at + 1, pattern=pattern) for at in places)
    return Currency(constant, extract, names)


def _ask_for_thousands(columns: Columns) -> None:
    """Ask where a line above the header says that the amounts are thousands."""
    found = major_above(head(columns.cells.grid, columns.header.first))
    if found is not None:
        ways = ("the amounts are thousands: write them out", "they are as they stand")
        raise NeedsInput(
            f"{columns.file}: row {found[0]} says {found[1]!r}, which can be read in two ways: "
            f"{'; '.join(ways)}. Write the amounts out, or take that row away.",
            ways,
        )


def _bare(numbers: pa.Array) -> bool:
    return bool(pc.any(matches(numbers, rf"^[^\pL{_SIGN}]*$")).as_py())


def _mixed(texts: pa.Array, marks: Sequence[str]) -> bool:
    """Say whether amounts without a currency stand beside such with a code: each has its own."""
    numbers = pc.filter(texts, matches(texts, r"\d"))
    return any(mark.isalpha() for mark in marks) and _bare(numbers)


def _names(columns: Columns, marks: Iterable[str]) -> dict[str, str]:
    """Return how the file calls currencies where it is not by their codes."""
    texts = list(marks)
    at = columns.fields.get("currency")
    if at is not None:
        texts += pc.unique(columns.cells.text(at)).to_pylist()
    found = {text: currency_of(text) for text in texts if text.upper() not in CODES}
    return {text: code for text, code in found.items() if code and code != text.upper()}


def _above(columns: Columns) -> Iterator[tuple[str, str]]:
    """Yield the currencies that the lines above the header name."""
    for row, text in stated_above(head(columns.cells.grid, columns.header.first)):
        yield f"row {row}", text


def _in_headers(columns: Columns, places: Iterable[int]) -> Iterator[tuple[str, str]]:
    for at in places:
        name = columns.header.names[at]
        if code := named_currency(name)[1]:
            yield f"the header '{columns.name(at)}'", code


def _below(columns: Columns, places: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Yield the currencies that a second line of the header names below the amounts."""
    cells = columns.cells
    for at in places if len(cells) and not columns.dated[0].as_py() else ():
        text = cells.raw(at)[0].as_py()
        if currency_of(text):
            yield f"row {cells.rows[0].as_py()}", text


def _of_numbers(columns: Columns, places: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Yield what the number formats of a workbook show beside the amounts."""
    shown = dict(columns.cells.grid.layout.shown)
    for at in places:
        if currency_of(shown.get(at, "")):
            yield f"the number format of '{columns.name(at)}'", shown[at]


def _agreed(columns: Columns, said: Sequence[tuple[str, str]]) -> str:
    """Return the one currency that all places can mean, `""` where none names one."""
    codes = list(dict.fromkeys(code for _, code in said))
    if not codes:
        return ""
    common = reduce(frozenset.__and__, (SHARED.get(code, frozenset({code})) for code in codes))
    if not common:
        first = said[0]
        other = next(one for one in said if one[1] != first[1])
        ways = tuple(f"{where}: {code}" for where, code in (first, other))
        raise NeedsInput(
            f"{columns.file}: two currencies are named for the amounts: {'; '.join(ways)}. "
            "Correct the wrong one, or add a column 'Currency Code' and take both away.",
            ways,
        )
    return next((code for code in codes if code not in SHARED), codes[0])


def _compare_cells(columns: Columns, marks: Sequence[str], places: Iterable[int]) -> None:
    """Ask where the column of currencies names another one than the cell of the amount shows."""
    column = columns.fields.get("currency")
    if column is None:
        return
    given = columns.cells.text(column)
    for at in places:
        texts = columns.cells.text(at)
        beside = [(mark, matches(texts, _alone(mark))) for mark in marks]
        if shown := currency_of(dict(columns.cells.grid.layout.shown).get(at, "")):
            beside.append((shown, pc.not_equal(texts, "")))
        for mark, where in beside:
            said = pc.unique(pc.filter(given, where)).to_pylist()
            wrong = [text for text in said if text and not _agree(text, mark)]
            if wrong:
                row = pc.index(pc.and_(where, pc.equal(given, wrong[0])), value=True).as_py()
                ways = (f"'{columns.name(column)}': {wrong[0]}", f"'{columns.name(at)}': {mark}")
                raise NeedsInput(
                    f"{columns.file}: row {columns.cells.rows[row].as_py()} names two "
                    f"currencies: {'; '.join(ways)}. Correct the one that is wrong.",
                    ways,
                )


def _agree(one: str, other: str) -> bool:
    first, second = (SHARED.get(found, frozenset({found})) for found in map(_known, (one, other)))
    return bool(first & second)


def _known(text: str) -> str:
    return currency_of(text) or text.upper()


def _alone(mark: str) -> str:
    return rf"(?:^|[^\pL])(?:{_literal(mark)})(?:[^\pL]|$)"


def _literal(mark: str) -> str:
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", mark)
