"""Subtotals and balances that have a day, as a payment has: proven by their amount, or asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import NeedsInput
from importer.labels import is_bare_total, plain_label
from importer.mapping.amount_columns import ZERO
from importer.mapping.columns import matches, one_of
from importer.mapping.sections import LONGEST
from schemas.profile import SkipRule
from schemas.profile_checks import FREE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.mapping.amount_columns import Columns

MOST = 5_000
"""So many texts with such a word are looked at; a column of more holds something else."""

_PAYERS = ("customer_number", "invoice_number")

_WORD = r"(?i)total|totaal|summe|gesamt|ergebnis|result|balance|saldo|forward|vortrag|bertrag|stand"
_SUM = r"(?:sub-?total|total|(?:zwischen)?summe|ergebnis|gesamt|totaal|result)"
_TOTAL = re.compile(
    rf"(?:sub ?|grand ?|{_SUM})+(?: (?:for|of|fur|customer|kunde|debitor|account|konto))*"
    rf"[: ]*\S*\d\S*|\S*\d\S*\s+{_SUM}:?|{_SUM}:?"
)
"""A total of the group whose number it names, as `plain_label` writes it."""

_BALANCE = re.compile(
    r"(?:(?:opening|closing|ending|beginning|starting|previous|new) balance|"
    r"(?:balance )?(?:carried|brought) forward|(?:anfangs|end|schluss|begin|eind)saldo|"
    r"saldo-?vortrag|(?:alter|neuer) (?:saldo|kontostand)|ubertrag)"
    r"(?: (?:as of|at|on|am|per|vom|zum))?[: ]*[\d./-]*"
)
"""The label of a balance and nothing else, likewise."""


def dated_total_rules(
    columns: Columns, is_day: pa.Array, amounts: Callable[[], pa.Array]
) -> Iterator[SkipRule]:
    """Yield the rules for rows with a day whose label is that of a total, and so is the amount.

    Args:
        columns: the sheet.
        is_day: which rows have a day.
        amounts: those of all rows.

    Raises:
        NeedsInput: the row of a customer is called a total or a balance, and nothing proves it.
    """
    labelled = {
        field: found
        for field in (*_PAYERS, *FREE_TEXTS, "counterparty")
        if (found := _labels(columns, field, is_day))
    }
    if not labelled:
        return
    values = pc.if_else(is_day, amounts(), None)
    balances: set[int] = set()
    for field, found in labelled.items():
        bare = {at for at, text in found.items() if _is_balance(text) and not _payer(columns, at)}
        yield from _rules(columns, field, found, bare, "balance")
        balances |= bare
        labelled[field] = {at: text for at, text in found.items() if at not in bare}
    labelled.pop("counterparty", None)  # a payer may be called so
    named = sorted({at for found in labelled.values() for at in found})
    rest = pc.and_(pc.is_valid(values), pc.invert(_at(balances, len(values))))
    proven = _proven(named, values) | _proven(named, pc.if_else(rest, values, None))
    for field, found in labelled.items():
        for place, text in found.items():
            if place not in proven and values[place].is_valid:
                _ask(columns, field, place, text)
        yield from _rules(columns, field, found, proven, "total")


def _rules(
    columns: Columns,
    field: str,
    found: dict[int, str],
    places: set[int],
    kind: Literal["balance", "total"],
) -> Iterator[SkipRule]:
    """Yield the rule for texts that stand only in rows of some places."""
    words = {text for place, text in found.items() if place in places}
    words -= {text for place, text in found.items() if place not in places}
    reason = "an opening or closing balance" if kind == "balance" else "the sum of rows above it"
    if words:
        at = columns.fields[field] + 1
        yield SkipRule(column=at, words=tuple(sorted(words)), kind=kind, reason=reason)


def _labels(columns: Columns, field: str, is_day: pa.Array) -> dict[int, str]:
    """Return the rows with a day that a field calls a total or a balance, and its text."""
    if (at := columns.fields.get(field)) is None:
        return {}
    texts = columns.cells.raw(at)
    words = pc.unique(texts)
    words = words.filter(pc.less_equal(pc.utf8_length(words), LONGEST))
    known = [text for text in words.filter(matches(words, _WORD))[:MOST].to_pylist() if _says(text)]
    if not known:
        return {}
    places = pc.indices_nonzero(pc.and_(is_day, one_of(texts, known)))
    found = dict(zip(places.to_pylist(), texts.take(places).to_pylist(), strict=True))
    if field == "customer_number":  # `totals` decides those without a number
        return {place: text for place, text in found.items() if not is_bare_total(text)}
    return found


def _says(text: str) -> bool:
    return _is_balance(text) or _TOTAL.fullmatch(plain_label(text).strip()) is not None


def _is_balance(text: str) -> bool:
    return _BALANCE.fullmatch(plain_label(text).strip()) is not None


def _proven(named: list[int], amounts: pa.Array) -> set[int]:
    """Return the rows whose amount is the sum of two or more payments above, from a total on."""
    values = pc.coalesce(amounts, ZERO)
    above, rows, begin = ZERO.as_py(), 0, 0
    starts, proven = {above: 0}, set()
    for place in named:
        part = values[begin:place]
        above += pc.sum(part).as_py() or ZERO.as_py()
        rows += pc.sum(pc.cast(pc.not_equal(part, ZERO), pa.int64())).as_py() or 0
        amount, begin = values[place].as_py(), place + 1
        first = min((starts[one] for one in (above - amount, above + amount) if one in starts),
                    default=rows)  # fmt: skip
        if amount and rows - first > 1:
            proven.add(place)
        starts.setdefault(above, rows)
    return proven


def _at(places: set[int], length: int) -> pa.Array:
    return pc.is_in(pa.array(range(length), pa.int64()), value_set=pa.array([*places], pa.int64()))


def _ask(columns: Columns, field: str, place: int, text: str) -> None:
    """Ask about a label that names no payer where another cell does, or that stands in its place.

    A text such as `Total 5` may as well be the story of a payment.
    """
    if field in _PAYERS or _is_balance(text):
        _unclear(columns, place, text)


def _payer(columns: Columns, place: int) -> bool:
    """Say whether a row names a customer or an invoice."""
    texts = (columns.cells.raw(columns.fields[one]) for one in _PAYERS if one in columns.fields)
    return any((text := one[place].as_py()) and not _says(text) for one in texts)


def _unclear(columns: Columns, place: int, text: str) -> NoReturn:
    ways = (
        "it is a total or a balance: the row must be taken away",
        "it is a payment: call it otherwise",
    )
    raise NeedsInput(
        f"{columns.file}: row {columns.cells.rows[place].as_py()} has a day and is called "
        f"{text!r}, and its amount is no sum of rows above: {'; '.join(ways)}.",
        ways,
    )
