"""Sections of a sheet below titles such as `Refunds`, whose rows are no money received."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import NeedsInput
from importer.labels import plain_label
from importer.mapping.amount_columns import of_amounts
from importer.mapping.columns import joined, matches, one_of
from importer.mapping.kinds import empty_rows
from schemas.profile import SkipRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.mapping.amount_columns import Columns
    from importer.mapping.columns import Cells
    from schemas.profile import AmountRule

LONGEST = 60
"""Letters of the longest title."""

_REFUNDS = (
    r"refunds?|chargebacks?|reversals?|returns?|pay-?outs?|disbursements?|withdrawals?|expenses|"
    r"outgoing (?:payments?|transfers?)|(?:vendor|supplier|outbound) payments?|money (?:out|paid)|"
    r"payments? (?:made|out|sent)|payments? to (?:vendors?|suppliers?)|debits?|paid out|"
    r"ruckzahlung(?:en)?|ruckerstattung(?:en)?|erstattung(?:en)?|auszahlung(?:en)?|"
    r"ruckbuchung(?:en)?|rucklastschrift(?:en)?|zahlungsaus?gang(?:e)?|ausgange?|"
    r"(?:aus|ab)gehende zahlungen|zahlungen an (?:lieferanten|kreditoren)|"
    r"(?:lieferanten|kreditoren)zahlung(?:en)?|belastungen|"
    r"remboursements?|decaissements?|terugbetaling(?:en)?|uitgaven|reembolsos?|devoluciones|"
    r"rimborsi|utbetalinger|utbetalningar|tilbagebetalinger"
)
_PAID = re.compile(
    rf"(?:(?:customer|total|issued|all|list of|less)[: ]+)?(?:{_REFUNDS})"
    r"(?: (?:and|und|&) (?:other )?\w+)?(?: (?:issued|made|paid|sent|to customers|an kunden))?"
    r"(?:\s+(?:in |im |for )?(?:[^\W\d]+\.? )?\d[\d./-]*)?\s*(?:\(.*\))?\s*:?"
)
"""A title, as `plain_label` writes it, of money that went out."""

_PAGES = re.compile(r"(?:page|seite|blatt|p\.)\s*\d|\d+\s*/\s*\d+")
_PAYEES = re.compile(r"(?:vendor|supplier|kreditor|lieferant)")


def section_rules(
    columns: Columns,
    alone: Callable[[], Mapping[int, tuple[int, str]]],
    amounts: Callable[[], pa.Array],
) -> Iterator[SkipRule]:
    """Yield the rule for rows below a title of refunds or of payments made.

    Args:
        columns: the sheet.
        alone: the texts that stand alone in their row, as `texts_alone` returns them.
        amounts: those of all rows.

    Raises:
        NeedsInput: the title stands above the header, or another title follows.
    """
    _ask_above(columns)
    titles = {place: text for place, (_, text) in alone().items()}
    paid = [at for at, text in titles.items() if is_of_paid(text)]
    at = min([*paid, *_headers_of_payees(columns)], default=None)
    if at is None or not _pays_below(columns, amounts(), at):
        return
    title = titles.get(at, "") or columns.cells.text(columns.fields["customer_number"])[at].as_py()
    _ask_below(columns, amounts(), titles, at, title)
    for column in range(columns.cells.width):
        texts = columns.cells.raw(column)
        if texts[at].as_py() != title:
            continue
        if pc.index(one_of(texts, [title]), value=True).as_py() == at:
            reason = f"it stands below '{title}', which is no money received"
            yield SkipRule(column=column + 1, words=(title,), to_end=True, reason=reason)
            return
    raise _question(columns, columns.cells.rows[at].as_py(), title)


def is_of_paid(title: str) -> bool:
    """Say whether a title announces refunds or payments made."""
    return _PAID.fullmatch(plain_label(" ".join(title.split()))) is not None


def texts_alone(cells: Cells, rule: AmountRule) -> dict[int, tuple[int, str]]:
    """Return the short texts that stand alone in their row: by its place, column and text."""
    blank = empty_rows([cells.text(int(at) - 1) for at in of_amounts(rule)])
    places = pc.indices_nonzero(blank)
    if not len(places):
        return {}
    texts = [pc.take(cells.raw(column), places) for column in range(cells.width)]
    there = [pc.cast(pc.not_equal(text, ""), pa.int64()) for text in texts]
    together = joined(texts)
    alone = pc.and_(pc.equal(reduce(pc.add, there), 1), matches(together, r"\pL.*\pL"))
    alone = pc.and_(alone, pc.less_equal(pc.utf8_length(together), LONGEST))
    column = reduce(pc.add, (pc.multiply(one, at) for at, one in enumerate(there)))
    every = (column_of.filter(alone).to_pylist() for column_of in (places, column, together))
    return {place: (at, text) for place, at, text in zip(*every, strict=True)}


def _headers_of_payees(columns: Columns) -> Iterator[int]:
    """Yield the rows that repeat the header with vendors in the place of the customers."""
    at, day = columns.fields.get("customer_number"), columns.fields["posting_date"]
    if at is None:
        return
    again = pc.equal(columns.cells.raw(day), columns.header.names[day].strip())
    for place in pc.indices_nonzero(again).to_pylist():
        if _PAYEES.match(plain_label(columns.cells.raw(at)[place].as_py())):
            yield place


def _pays_below(columns: Columns, amount: pa.Array, at: int) -> bool:
    paid = pc.and_(columns.dated, pc.is_valid(amount))
    return bool(pc.any(paid[at + 1 :]).as_py())


def _ask_above(columns: Columns) -> None:
    """Ask where the title right above the header is one of money paid."""
    frame, first = columns.cells.grid.frame, columns.header.first
    if not first:
        return
    filled = [text for name in frame.columns[1:] if (text := frame[name].iloc[first - 1].strip())]
    if len(filled) == 1 and is_of_paid(filled[0]):
        raise _question(columns, int(frame["row"].iloc[first - 1]), filled[0])


def _ask_below(
    columns: Columns, amount: pa.Array, titles: Mapping[int, str], at: int, title: str
) -> None:
    """Ask where a title follows below which money may be received again."""
    for place, text in titles.items():
        other = place > at and not is_of_paid(text) and not _PAGES.match(plain_label(text))
        if other and _pays_below(columns, amount, place):
            ways = (
                f"they belong to {title!r}: nothing was received",
                f"they belong to {text!r} and are money received",
            )
            raise NeedsInput(
                f"{columns.file}: row {columns.cells.rows[place].as_py()} is called {text!r} and "
                f"stands below {title!r}, and the rows below it can be read in two ways: "
                f"{'; '.join(ways)}. Put the rows that were received above {title!r}, or into a "
                "file of their own.",
                ways,
            )


def _question(columns: Columns, row: int, title: str) -> NeedsInput:
    ways = (
        "the rows below it are money paid: nothing was received",
        "the rows below it are money received",
    )
    return NeedsInput(
        f"{columns.file}: row {row} is called {title!r}, which can be read in two ways: "
        f"{'; '.join(ways)}. Take the rows below it away, or that row if they were received.",
        ways,
    )
