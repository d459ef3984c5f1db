"""Rows of a sheet that are no payments: proven subtotals, footers, a second line of the header."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.currencies import currency_of
from importer.labels import plain_label
from importer.mapping.amount_columns import ZERO, of_amounts
from importer.mapping.columns import days, one_of
from importer.mapping.dated_totals import dated_total_rules
from importer.mapping.sections import LONGEST
from importer.model import CellKind
from schemas.profile import SkipRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.mapping.amount_columns import Columns
    from schemas.profile import AmountRule

MOST = 200
"""So many different notes are listed in a rule; a column of more holds something else."""

_WORD = r"(?:sub-?total|total|summe|zwischensumme|ergebnis|gesamt|totaal|result)"
_SUBTOTAL = re.compile(
    rf"\S.*\s{_WORD}:?|{_WORD}(?: for| of| fur| kunde| customer)?:?\s+\S.*|ubertrag\b.*|"
    r"(?:carried|brought) forward\b.*|anzahl:?|count:?|number of \w+:?"
)
"""Labels, as `plain_label` writes them, of rows that may be the sum of those above."""

_FOOTER = re.compile(
    r"(?:page|seite|blatt)\s*\d.*|(?:erstellt|gedruckt|ausgedruckt|exportiert|created|printed|"
    r"generated|exported) (?:am|on|at|by|von|mit|with)\b.*|(?:anzahl|count|rows|records)\s*[:=]\s*"
    r"\d+|number of \w+\s*[:=]?\s*\d+|stand:? \d.*|ubertrag\b.*|(?:carried|brought) forward\b.*|"
    r"(?:ende|end) (?:der|des|of)\b.*"
)
"""Texts that stand alone below or between rows, in any column."""

_FORWARD = re.compile(r"ubertrag|(?:carried|brought) forward")
_OF_NUMBERS = re.compile(r"(?:nr|no|number|nummer|id|code)\.?")


def note_rules(
    columns: Columns,
    rule: AmountRule,
    formats: tuple[str, ...],
    alone: Callable[[], Mapping[int, tuple[int, str]]],
    amounts: Callable[[], pa.Array],
) -> Iterator[SkipRule]:
    """Yield the rules for rows that pay nothing.

    A row with an amount is one of them only where that is the sum of rows above.

    Args:
        columns: the sheet.
        rule: which columns hold the amounts, and how.
        formats: the formats of its dates.
        alone: the texts that stand alone in their row, as `texts_alone` returns them.
        amounts: those of all rows.
    """
    day = columns.cells.text(columns.fields["posting_date"])
    stored = columns.cells.is_kind(columns.fields["posting_date"], CellKind.DATE)
    is_day = pc.is_valid(days(day, formats, stored))
    yield from dated_total_rules(columns, is_day, amounts)
    if pc.all(is_day).as_py():
        return
    yield from _second_header(columns, rule)
    yield from _subtotals(columns, amounts(), is_day)
    yield from _footers(columns, alone(), is_day)


def _second_header(columns: Columns, rule: AmountRule) -> Iterator[SkipRule]:
    """Yield the rule for a first row of units and words such as `No.` below the captions."""
    cells, at = columns.cells, of_amounts(rule)[0] - 1
    if not len(cells):
        return
    row = [cells.raw(column)[0].as_py() for column in range(cells.width)]
    unit, payer = row[at], row[columns.fields.get("customer_number", at)]
    if row[columns.fields["posting_date"]] or any(re.search(r"\d", text) for text in row):
        return
    if currency_of(unit) and (unit == payer or not payer or _is_of_numbers(payer)):
        column, word = at, unit
    elif not unit and _is_of_numbers(payer):
        column, word = columns.fields["customer_number"], payer
    else:
        return
    if pc.sum(pc.cast(one_of(cells.raw(column), [word]), pa.int64())).as_py() == 1:
        reason = "a second line of the header"
        yield SkipRule(column=column + 1, words=(word,), undated=True, reason=reason)


def _is_of_numbers(text: str) -> bool:
    return _OF_NUMBERS.fullmatch(plain_label(text)) is not None


def _subtotals(columns: Columns, amounts: pa.Array, is_day: pa.Array) -> Iterator[SkipRule]:
    """Yield the rules for labels such as `10000 Total` whose amounts are sums of rows above."""
    cells, fields = columns.cells, columns.fields
    other = pc.and_(pc.is_valid(amounts), pc.invert(is_day))
    labelled: dict[int, dict[int, str]] = {}
    for field in ("posting_date", "customer_number", "invoice_number", "counterparty"):
        if (at := fields.get(field)) is None:
            continue
        bare = other if field == "posting_date" else pc.and_not(other, columns.dated)
        places = pc.indices_nonzero(bare)
        texts = pc.take(cells.raw(at), places).to_pylist()
        pairs = zip(places.to_pylist(), texts, strict=True)
        labelled[at] = {place: text for place, text in pairs if _is_subtotal(text)}
    named = sorted({place for labels in labelled.values() for place in labels})
    proven = _proven(named, pc.if_else(is_day, pc.coalesce(amounts, ZERO), ZERO), amounts)
    for at, labels in labelled.items():
        wrong = {text for place, text in labels.items() if place not in proven}
        words = tuple(sorted(set(labels.values()) - wrong))
        texts = cells.raw(at)
        if not words or pc.any(pc.and_(one_of(texts, words), is_day)).as_py():
            continue
        for forward in (False, True):  # what is carried forward is no total of the file
            some = tuple(word for word in words if _is_forward(word) is forward)
            if some:
                yield SkipRule(
                    column=at + 1,
                    words=some,
                    undated=at != fields["posting_date"],
                    kind="other" if forward else "total",
                    reason="the sum of rows above it",
                )


def _is_forward(text: str) -> bool:
    return _FORWARD.match(plain_label(text)) is not None


def _is_subtotal(text: str) -> bool:
    short = 0 < len(text) <= LONGEST
    return short and _SUBTOTAL.fullmatch(plain_label(text).strip()) is not None


def _proven(named: list[int], paid: pa.Array, amounts: pa.Array) -> set[int]:
    """Return the rows whose amount is the sum of the payments from some total, or the first, on."""
    above = Decimal(0)
    starts, proven, start = {above}, set(), 0
    for place in named:
        above += pc.sum(paid[start:place]).as_py() or Decimal(0)
        amount, start = amounts[place].as_py(), place
        if above - amount in starts or above + amount in starts:
            proven.add(place)
        starts.add(above)
    return proven


def _footers(
    columns: Columns, alone: Mapping[int, tuple[int, str]], is_day: pa.Array
) -> Iterator[SkipRule]:
    """Yield the rules for texts alone in their row: in the place of the day, or in any as footers.

    What stands alone in the place of a payer may be a payment that lacks the rest.
    """
    cells, day = columns.cells, columns.fields["posting_date"]
    found: dict[int, set[str]] = {}
    for place, (at, text) in alone.items():
        in_day = at == day and not is_day[place].as_py() and not text.startswith("#")
        if in_day or _FOOTER.fullmatch(plain_label(text).strip()):
            found.setdefault(at, set()).add(text)
    places = pa.array(sorted(alone), pa.int64())
    for at, words in sorted(found.items()):
        if len(words) > MOST:
            continue
        texts = cells.raw(at)
        elsewhere = set(_without(texts, places).to_pylist())
        kept = tuple(sorted(word for word in words if word not in elsewhere))
        if kept:
            yield SkipRule(
                column=at + 1, words=kept, undated=at != day, reason="a note, not a payment"
            )


def _without(texts: pa.Array, places: pa.Array) -> pa.Array:
    every = pa.array(range(len(texts)), pa.int64())
    return pc.unique(pc.filter(texts, pc.invert(pc.is_in(every, value_set=places))))
