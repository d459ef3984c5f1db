"""In which currency the amounts are: by a column, a header, or the marks beside the digits."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.currencies import stated_above
from importer.proposing.proposal import Question
from importer.proposing.table import count, matches
from importer.proposing.vocabulary import folded
from importer.proposing.words import (
    BLANKS,
    CURRENCY_MARKS,
    currencies_of,
    currency_code,
    currency_in_header,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.proposing.columns import Column
    from importer.proposing.models import Model
    from importer.proposing.state import Draft

_NEARLY_ALL = 0.9
_LONG = 3  # letters of a word that names more than `of` or `in`
_CODE = re.compile("[A-Za-z]{3}")
_NOTHING = ("", *BLANKS)


def choose_currency(draft: Draft, model: Model) -> None:
    """Decide `columns.currency`, one currency for all, or the mark in each cell; else ask."""
    if draft.answers.currency:
        draft.decide("constants.currency", draft.answers.currency.upper(), "as you said")
        return
    best = _of_column(draft, model)
    columns = [column for column in model.columns if column is not model.words]
    header = {currency_in_header(column.name) for column in columns} - {""}
    if best is not None and _is_of_others(draft, model, best, header):
        if len(header) == 1 and _others(draft, model):
            why = "named in the header of the amount; the column of currencies is of another one"
            draft.decide("constants.currency", header.pop(), why)
        else:
            draft.questions.append(_whose_question(draft, columns, best))
        return
    if best is not None and (against := _against(draft, model, best)) is not None:
        draft.questions.append(_against_question(draft, columns, best, *against))
        return
    if best is not None:
        draft.decide("columns.currency", draft.reference(best), "its cells are currencies")
        _translate(draft, best)
        _check_cells(draft, model, best, header)
        return
    marks = {**_marks(draft, columns), **_shown(draft, columns)}
    seen = {code or mark for mark, code in marks.items()}
    if len(seen) > 1 or (header and set(marks.values()) - header - {""}):
        _several(draft, columns, marks)
        return
    _of_all(
        draft,
        [("named in the header of the amount", code) for code in sorted(header)]
        + [("beside the digits", mark) for mark in sorted(seen)]
        + [(f"named in row {row}", text) for row, text in stated_above(draft.above())],
    )


def _of_all(draft: Draft, said: Sequence[tuple[str, str]]) -> None:
    """Decide the one currency that every place can mean; ask where there is none."""
    meant = [(why, text, currencies_of(text)) for why, text in said if currencies_of(text)]
    if not meant:
        draft.questions.append(_unnamed_question())
        return
    common = reduce(frozenset.__and__, (codes for *_, codes in meant))
    if not common:
        against = (one for one in meant if not one[2] & meant[0][2])
        draft.questions.append(_two_question(meant[0], next(against, meant[-1])))
    elif len(common) > 1:
        draft.questions.append(_unnamed_question())
    else:
        why = next(why for why, _, codes in meant if codes == common)
        draft.decide("constants.currency", min(common), why)


def _unnamed_question() -> Question:
    return Question(
        "constants.currency",
        "The file does not name its currency.",
        ("left out, payments are in the company's own currency",),
        "currency",
        blocking=False,
    )


def _two_question(one: tuple[str, str, object], other: tuple[str, str, object]) -> Question:
    return Question(
        "constants.currency",
        f"Two currencies are named for the amounts: {one[1]} is {one[0]}, {other[1]} {other[0]}.",
        (f"all are in {one[1]}", f"all are in {other[1]}"),
        "currency",
    )


def _of_column(draft: Draft, model: Model) -> Column | None:
    near = model.columns[0]
    columns = [one for one in draft.columns if one.is_currency or _is_named(one)]
    draft.used.update(column.at for column in columns)
    columns = [
        one
        for one in columns
        if not one.says("balance") or one.says("booked")
        if not one.says("original") or one.says("booked") or _is_only(draft, model, one, columns)
        if _is_full(one) or (_is_named(one) and not _is_beside_others(draft, model, one))
    ]
    return min(
        columns,
        key=lambda one: (
            not one.says("booked"),
            _is_named_as_others(draft, model, one),
            not _is_full(one),
            abs(one.at - near.at),
            one.at,
        ),
        default=None,
    )


def _is_only(draft: Draft, model: Model, column: Column, columns: Sequence[Column]) -> bool:
    """Say whether a currency called that of the transaction is one of the amounts that count.

    It is where the file has no other amount, and no other column of currencies.
    """
    alike = column.says("of_transaction") or any(one.says("original") for one in model.columns)
    return alike and len(columns) == 1 and not _others(draft, model)


def _is_named_as_others(draft: Draft, model: Model, column: Column) -> bool:
    """Say whether a column shares a word with an amount that is not the one that counts."""
    own = {word for one in model.columns for word in _words(one)}
    shared = _words(column) - own
    return any(shared & _words(one) for one in _others(draft, model))


def _is_named_as_these(draft: Draft, model: Model, column: Column) -> bool:
    """Say whether a column shares a word with each amount that counts, and none with others."""
    shared = _words(column)
    for one in model.columns:
        shared &= _words(one)
    rest = {word for one in _others(draft, model) for word in _words(one)}
    return bool(shared - rest)


def _words(column: Column) -> set[str]:
    return {word for word in folded(column.name).split("_") if len(word) >= _LONG}


def _is_full(column: Column) -> bool:
    """Say whether nearly every row has a currency in a column."""
    return column.is_currency and column.filled >= _NEARLY_ALL * len(column.body.sample_at)


def _is_named(column: Column) -> bool:
    """Say whether a column is named as one of currencies and holds one, whatever else it holds.

    Ledgers leave it blank where a payment is in the company's own currency.
    """
    named = column.says("currency") and not column.says("fee", "tax", "rate")
    return named and any(map(currency_code, column.cells))


def _is_beside_others(draft: Draft, model: Model, column: Column) -> bool:
    """Say whether a column has a currency only where another amount stands, which it is of."""
    filled = pc.not_equal(draft.body.texts(column.at), "")
    return any(
        not count(pc.and_(filled, pc.equal(draft.body.texts(other.at), "")))
        and count(pc.equal(draft.body.texts(other.at), ""))
        for other in _others(draft, model)
    )


def _check_cells(draft: Draft, model: Model, best: Column, header: set[str]) -> None:
    """Ask about words of payments that name no currency, and say how many have none."""
    paid = pc.and_(draft.dated, pc.is_valid(model.values))
    cells = pc.filter(draft.body.texts(best.at), paid)
    words = pc.unique(cells).to_pylist()
    unknown = [w for w in words if not (w in _NOTHING or currency_code(w) or _CODE.fullmatch(w))]
    if unknown:
        draft.questions.append(_unknown_question(draft, best, unknown[0]))
    blank = count(pc.is_in(cells, value_set=pa.array([*_NOTHING])))
    if blank and len(header) == 1:
        why = "named in the header of the amount, for payments without their own"
        draft.decide("constants.currency", min(header), why)
    elif blank:
        draft.questions.append(
            Question(
                "columns.currency",
                f"{blank:,} payments have nothing in {draft.label(best)}.",
                ("they are in the company's own currency",),
                "the currency in these cells",
                blocking=False,
            )
        )


def _unknown_question(draft: Draft, column: Column, word: str) -> Question:
    return Question(
        "columns.currency",
        f"{draft.label(column)} has cells that name no known currency, such as '{word}'.",
        (
            f"'{word}' is a currency: write its code, or set currencies in a profile",
            "all are in one currency: name it",
        ),
        "currency, or correct these cells",
    )


def _is_of_others(draft: Draft, model: Model, column: Column, header: set[str]) -> bool:
    """Say whether a column of currencies is not that of the amounts, by what their header says."""
    if header:
        return {currency_code(cell) for cell in column.cells} != header
    if not _is_full(column):
        return bool(_others(draft, model)) and not _is_named_as_these(draft, model, column)
    amount = model.amount
    own = amount is not None and amount.says("currency") and amount.says("booked")
    return own and not column.says("booked") and bool(_others(draft, model))


def _others(draft: Draft, model: Model) -> list[Column]:
    """Return the columns of amounts besides those that are read."""
    return [
        one
        for one in draft.columns
        if one.is_money
        and one.says("amount", "original")
        and not one.says("rate", "fee", "tax", "balance", "id")
        and one not in model.columns
    ]


def _whose_question(draft: Draft, columns: Sequence[Column], currency: Column) -> Question:
    names = " and ".join(draft.label(column) for column in columns)
    return Question(
        "constants.currency",
        f"{draft.label(currency)} may not be the currency of {names}, which is named otherwise.",
        (
            f"{draft.label(currency)} is the currency of {names}",
            f"{names} is in the currency of the account: name it",
        ),
        "currency",
    )


def _marks(draft: Draft, columns: Sequence[Column]) -> dict[str, str]:
    """Return the marks in the cells of the amounts; `""` where several currencies use one."""
    own = [mark for mark in draft.marks if _written(draft, columns, [mark])]
    return {mark: CURRENCY_MARKS.get(mark, currency_code(mark)) for mark in own}


def _shown(draft: Draft, columns: Sequence[Column]) -> dict[str, str]:
    """Return the currencies that the number formats of a workbook show beside the amounts."""
    places = {column.at for column in columns}
    marks = (mark for at, mark in draft.grid.layout.shown if at in places)
    return {mark: code for mark in marks if (code := currency_code(mark))}


def _against(draft: Draft, model: Model, best: Column) -> tuple[str, int] | None:
    """Return a mark beside the digits that the column of currencies contradicts, and the row."""
    columns = [column for column in model.columns if column is not model.words]
    named = draft.body.texts(best.at)
    paid = pc.and_(draft.dated, pc.is_valid(model.values))
    for mark in _marks(draft, columns):
        meant = currencies_of(mark)
        words = [word for word in pc.unique(named).to_pylist() if currency_code(word) in meant]
        agrees = pc.is_in(named, value_set=pa.array(words, pa.string()))
        for column in columns:
            marked = matches(draft.text_cells(column), _pattern([mark]))
            odd = pc.indices_nonzero(pc.and_(pc.and_(marked, paid), pc.invert(agrees)))
            if meant and len(odd):
                return mark, int(odd[0].as_py())
    return None


def _against_question(
    draft: Draft, columns: Sequence[Column], best: Column, mark: str, at: int
) -> Question:
    names = " and ".join(draft.label(column) for column in columns)
    said = draft.body.texts(best.at)[at].as_py()
    row = draft.body.row_number(at)
    return Question(
        "constants.currency",
        f"In row {row} '{mark}' stands beside the digits in {names}, and '{said}' in "
        f"{draft.label(best)}.",
        (
            f"{draft.label(best)} is right: export the amounts without '{mark}'",
            f"'{mark}' is right: correct {draft.label(best)}",
            "all are in one currency: name it",
        ),
        "currency, or correct these cells",
    )


def _written(draft: Draft, columns: Sequence[Column], marks: Sequence[str]) -> int:
    pattern = _pattern(marks)
    return sum(count(matches(draft.text_cells(column), pattern)) for column in columns)


def _pattern(marks: Sequence[str]) -> str:
    """Return an expression that finds one of some marks; the longest of those that begin alike."""
    longest = sorted(marks, key=lambda mark: (-len(mark), mark))
    return "(?:^|[^A-Za-z])(" + "|".join(re.escape(mark) for mark in longest) + ")(?:[^A-Za-z]|$)"


def _several(draft: Draft, columns: Sequence[Column], marks: dict[str, str]) -> None:
    """Take the currency of each row out of its amount where every mark names one; else ask."""
    filled = sum(count(matches(draft.body.texts(column.at), "[1-9]")) for column in columns)
    header = any(currency_in_header(column.name) for column in columns)
    unclear = [mark for mark, code in marks.items() if not code]
    if unclear or header or _written(draft, columns, [*marks]) < filled:
        draft.questions.append(_question(draft, columns, marks))
        return
    rules = [
        {"field": "currency", "column": draft.reference(column), "pattern": _pattern([*marks])}
        for column in columns
    ]
    draft.settings["extract"] = rules
    names = {mark: code for mark, code in marks.items() if mark != code}
    if names:
        draft.decide("currencies", names, "how this file writes currencies")


def _question(draft: Draft, columns: Sequence[Column], marks: dict[str, str]) -> Question:
    names = " and ".join(draft.label(column) for column in columns)
    listed = ", ".join(f"'{mark}'" for mark in marks)
    return Question(
        "constants.currency",
        f"The amounts in {names} are in more than one currency, or some without one: beside the "
        f"digits stand {listed}.",
        (
            "all are in one currency: name it",
            "each row has its own: put it into a column, or name it in a profile with [[extract]]",
        ),
        "currency",
    )


def _translate(draft: Draft, column: Column) -> None:
    words = pc.unique(draft.body.texts(column.at)).to_pylist()
    names = {
        word: currency_code(word)
        for word in words
        if word and currency_code(word) and word.upper() != currency_code(word)
    }
    if names:
        draft.decide("currencies", names, "how this file writes currencies")
