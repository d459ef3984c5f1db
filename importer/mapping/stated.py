"""Balances, totals and counts that a file prints above, below and between its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import parse_amount
from importer.labels import LONGEST, PARTIAL, direction, meaning, plain_label
from importer.mapping.amounts_of_rows import mark_pattern, read_money
from importer.model import CellKind, Kind, Says, Stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.mapping.columns import Cells
    from importer.mapping.header import Header
    from importer.model import Grid
    from schemas.profile import AmountRule

HALF = 250
"""So many rows at either end of those that are no payments are searched for statements."""

MAX_ROWS = 2 * HALF
"""So many rows above the header are searched for them."""

MAX_COLUMNS = 60
"""So many columns of them are looked at."""

_AMOUNT = r"[-+(\u2212]?\s*(?:[A-Z]{3}|[€$£¥₹])?\s*[-+\u2212]?[0-9][0-9.,' \u00a0\u202f]*\)?"
_UNIT = r"(?:[A-Za-z]{3}|[€$£¥₹元円]|Kč|zł|kr\.?|Ft|CR|DR)?"
_IN_CELL = re.compile(rf"^(?P<label>.*?[^\s\d])\s*[:\uff1a=]\s*(?P<value>{_AMOUNT})\s*{_UNIT}$")
_PIECES = re.compile(
    rf"^(?P<label>\D+?)\s*[:\uff1a]?\s*(?P<count>\d+)\s*(?:笔|笔记录|件|筆)[,\uff0c\s]*"
    rf"(?:(?P<value>{_AMOUNT})\s*[元円])?"
)
_RECORDS = re.compile(r"^\s*共\s*(?P<count>\d+)\s*(?:笔|筆|条|件)")
_DAY = re.compile(r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])$")
_MARKS = re.compile(r"[A-Za-z€$£¥₹元円]+\.?")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A filled cell of a row of statements."""

    position: int
    text: str
    number: bool


def stated(
    cells: Cells, header: Header, frame: Mapping[str, pa.Array], rule: AmountRule
) -> tuple[Stated, ...]:
    """Return what a file says about its own balances, totals and counts.

    Args:
        cells: the rows below the header.
        header: where the columns are.
        frame: the canonical columns `row`, `kind`, `rule`, `amount` and `balance` of the rows.
        rule: how the profile writes amounts.
    """
    found: list[Stated] = []
    above = list(range(min(cells.first, MAX_ROWS)))
    below = [at + cells.first for at in aside(frame)]
    totals = _Totals(cells, header, frame, rule)
    known = _own_values(frame)
    for places in (above, below):
        rows = list(_filled(cells.grid, places))
        for at, (row, filled) in enumerate(rows):
            following = rows[at + 1][1] if at + 1 < len(rows) else []
            of_columns = totals.of(row)
            said = list(of_columns or _of_row(row, filled, following, rule))
            found += [_corrected(one, known.get(row)) for one in said]
    return tuple(dict.fromkeys(found))


def aside(frame: Mapping[str, pa.Array]) -> list[int]:
    """Return the places of rows that are no payments and no text of one, at either end.

    Args:
        frame: the canonical columns `kind` and `rule`.
    """
    kinds = pa.array([str(kind) for kind in (Kind.BALANCE, Kind.TOTAL, Kind.OTHER)], pa.string())
    others = pc.is_in(frame["kind"], value_set=kinds)
    follows = pc.starts_with(frame["rule"], "text that belongs")
    places: list[int] = pc.indices_nonzero(pc.and_not(others, follows)).to_pylist()
    return places if len(places) <= 2 * HALF else [*places[:HALF], *places[-HALF:]]


def _own_values(frame: Mapping[str, pa.Array]) -> dict[int, Decimal]:
    """Return the amount or else the balance of each row of a balance, read by its columns."""
    mask = pc.equal(frame["kind"], str(Kind.BALANCE))
    values = pc.coalesce(frame["amount"], frame["balance"])
    rows = pc.filter(frame["row"], mask).to_pylist()
    return {
        row: value
        for row, value in zip(rows, pc.filter(values, mask).to_pylist(), strict=True)
        if value is not None
    }


def _corrected(one: Stated, value: Decimal | None) -> Stated:
    """Take the value that a row of a balance has in the columns, with its sign."""
    if value is None or one.says not in {Says.OPENING, Says.CLOSING}:
        return one
    return Stated(one.says, value, one.row, one.label)


class _Totals:
    """The totals that stand in the columns of the amounts."""

    def __init__(
        self, cells: Cells, header: Header, frame: Mapping[str, pa.Array], rule: AmountRule
    ) -> None:
        mask = pc.equal(frame["kind"], str(Kind.TOTAL))
        self.directed = rule.indicator is not None
        columns = {Says.TOTAL: frame["amount"]}
        if rule.credit is not None and rule.debit is not None:
            columns = {
                Says.RECEIVED: read_money(cells, header.position(rule.credit), rule),
                Says.PAID: read_money(cells, header.position(rule.debit), rule),
            }
        rows = pc.filter(frame["row"], mask).to_pylist()
        self._values = {
            says: dict(zip(rows, pc.filter(values, mask).to_pylist(), strict=True))
            for says, values in columns.items()
        }

    def of(self, row: int) -> list[Stated]:
        """Return what a row of totals says."""
        found = []
        for says, values in self._values.items():
            value = values.get(row)
            if value is None:
                continue
            meant = says
            if says is Says.TOTAL and self.directed:
                meant = Says.RECEIVED if value > 0 else Says.PAID
            found.append(Stated(meant, value if meant is Says.TOTAL else abs(value), row, "total"))
        return found


def _filled(grid: Grid, places: list[int]) -> Iterator[tuple[int, list[_Cell]]]:
    """Yield the row number and the filled cells of some rows."""
    if not places:
        return
    names = grid.frame.columns[1 : MAX_COLUMNS + 1]
    numbers = grid.frame["row"].iloc[places].tolist()
    texts = [grid.frame[name].iloc[places].tolist() for name in names]
    kinds = [[""] * len(places)] * len(names)
    if grid.kinds is not None:
        kinds = [grid.kinds[name].iloc[places].tolist() for name in names]
    for at, row in enumerate(numbers):
        yield (
            row,
            [
                _Cell(position, column[at].strip(), kinds[position][at] == str(CellKind.NUMBER))
                for position, column in enumerate(texts)
                if column[at].strip()
            ],
        )


def _of_row(
    row: int, cells: Sequence[_Cell], following: Sequence[_Cell], rule: AmountRule
) -> Iterator[Stated]:
    below = {cell.position: cell for cell in following}
    for at, cell in enumerate(cells):
        if len(cell.text) > LONGEST or cell.number:
            continue
        inside = list(_inside(row, cell.text, rule))
        if inside:
            yield from inside
            continue
        says = meaning(cell.text)
        if says is None:
            continue
        value = _beside(cells[at + 1 : at + 4], rule)
        labels = sum(meaning(other.text) is not None for other in cells)
        if value is None and labels > 1 and cell.position in below:
            value = _money(below[cell.position], rule)
        if value is not None:
            yield Stated(says, value, row, _shown(cell.text))


def _beside(cells: Sequence[_Cell], rule: AmountRule) -> Decimal | None:
    """Return the number beside a label: one with decimals before one without."""
    values = [value for cell in cells if (value := _money(cell, rule)) is not None]
    exact = (value for value in values if int(value.as_tuple().exponent) < 0)
    return next(exact, values[0] if values else None)


def _inside(row: int, text: str, rule: AmountRule) -> Iterator[Stated]:
    """Yield what one cell says with its label and number together."""
    if found := _RECORDS.match(text):
        yield Stated(Says.COUNT, Decimal(found["count"]), row, _shown(text))
    elif found := _PIECES.match(text):
        way = direction(plain_label(found["label"]))
        if way is not None and not re.search(PARTIAL, plain_label(found["label"])):
            received = way is Says.RECEIVED
            count = Says.COUNT_RECEIVED if received else Says.COUNT_PAID
            yield Stated(count, Decimal(found["count"]), row, _shown(text))
            value = _number(found["value"] or "", rule)
            if value is not None:
                yield Stated(way, value, row, _shown(text))
    elif found := _IN_CELL.match(text):
        says, value = meaning(found["label"]), _number(found["value"], rule)
        if says is not None and value is not None:
            yield Stated(says, value, row, _shown(found["label"]))


def _money(cell: _Cell, rule: AmountRule) -> Decimal | None:
    return parse_amount(cell.text) if cell.number else _number(cell.text, rule)


def _number(text: str, rule: AmountRule) -> Decimal | None:
    bare = _MARKS.sub("", text).strip()
    if _DAY.match(bare):
        return None
    other = "," if rule.decimal == "." else "."
    value = parse_amount(bare, rule.decimal, (other, " ", "'")) if bare else None
    if value is None or not rule.paid_marks:
        return value
    paid = re.search(mark_pattern(rule.paid_marks).replace(r"\pL", "A-Za-z"), text)
    return -value if paid and value > 0 else value


def _shown(text: str) -> str:
    return " ".join(text.split()).rstrip(" :\uff1a=")[:60]
