"""Opening and closing balances that a file prints beside its rows, as evidence of amounts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import parse_amount
from importer.labels import meaning
from importer.model import CellKind, Says
from importer.proposing.days import looks_like_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.proposing.numbers import NumberStyle
    from importer.proposing.state import Draft

_MOST_ROWS = 60  # so many above the header, and so many at the end, are looked at
_BESIDE = 4  # the value stands in one of so many cells behind its label
_IN_CELL = re.compile(r"(?P<label>.*?[^\W\d_][^:=\d]*)[:=\uff1a]\s*(?P<value>[^:=]*\d[^:=]*)")
_LETTERS = re.compile(r"[A-Za-z€$£¥₹元円]+\.?")


def printed_move(draft: Draft, style: NumberStyle) -> Decimal | None:
    """Return by how much the balance grew that a file prints; None where it does not say."""
    found: dict[Says, set[Decimal]] = {Says.OPENING: set(), Says.CLOSING: set()}
    for row in _rows(draft):
        for says, value in _said(row, style):
            found[says].add(value)
    if any(len(values) != 1 for values in found.values()):
        return None
    return found[Says.CLOSING].pop() - found[Says.OPENING].pop()


def agreement(draft: Draft, values: pa.Array) -> int:
    """Return +1 where the amounts of all days add up to the printed balances, -1 if inversely.

    0: the file prints no opening and closing balance, or the amounts do not add up to them.
    """
    move = printed_move(draft, draft.style)
    total = pc.sum(pc.filter(values, draft.dated)).as_py()
    if not move or total is None:
        return 0
    return 1 if total == move else -1 if total == -move else 0


def _rows(draft: Draft) -> Iterator[list[tuple[str, bool]]]:
    """Yield the cells of rows above the header and of rows without a day, with what is a number."""
    table, first = draft.table, draft.body.first
    ends = pc.indices_nonzero(pc.invert(draft.dated)).to_pylist()
    places = [*range(min(max(draft.header.first, 0), _MOST_ROWS))]
    places += [first + at for at in (*ends[:_BESIDE], *ends[-_MOST_ROWS:])]
    columns = range(min(table.width, _MOST_ROWS))
    for place in dict.fromkeys(places):
        yield [
            (text, _stored(draft, column, place))
            for column in columns
            if (text := table.texts(column)[place].as_py())
        ]


def _stored(draft: Draft, column: int, place: int) -> bool:
    stored = draft.table.stored(column, CellKind.NUMBER)
    return stored is not None and bool(stored[place].as_py())


def _said(row: list[tuple[str, bool]], style: NumberStyle) -> Iterator[tuple[Says, Decimal]]:
    for at, (text, is_number) in enumerate(row):
        inside = None if is_number else _IN_CELL.fullmatch(text)
        label = inside["label"] if inside else text
        says = None if is_number else meaning(label)
        if says not in {Says.OPENING, Says.CLOSING}:
            continue
        beside = [(inside["value"], False)] if inside else row[at + 1 : at + 1 + _BESIDE]
        values = (_number(cell, style, plain=plain) for cell, plain in beside)
        value = next((one for one in values if one is not None), None)
        if value is not None and says is not None:
            yield says, value


def _number(text: str, style: NumberStyle, *, plain: bool) -> Decimal | None:
    if plain:
        return parse_amount(text)
    if looks_like_day(text):
        return None
    other = "," if style.decimal == "." else "."
    return parse_amount(_LETTERS.sub("", text).strip(), style.decimal, (other, " ", "'"))
