"""Which columns of a sheet of captions hold the money that was paid, and how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from importer.amounts import plain
from importer.currencies import currency_of
from importer.errors import NeedsInput, UsageProblem
from importer.mapping.amounts_of_rows import read_money
from importer.mapping.columns import MONEY, Cells, matches, money
from importer.mapping.currency_shown import marks_of, named_currency
from importer.mapping.evidence import MARKS_OF_THOUSANDS, decimal_of
from importer.mapping.repeated import ask_for_repeated
from importer.model import CellKind
from schemas.profile import AmountRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from importer.mapping.header import Header
    from schemas.profile import SkipRule

ZERO = pa.scalar(0, MONEY)

_SIDES = (
    (
        ("creditamount", "habenbetrag", "credit", "haben"),
        ("debitamount", "sollbetrag", "debit", "soll"),
    ),
    (("creditamountlcy", "habenbetragmw"), ("debitamountlcy", "sollbetragmw")),
)
"""Captions of money received and paid, beside an amount also the words alone."""

_PAID = re.compile(
    r"(?:payment|paid|received|receipt)s?amounts?|amounts?(?:of)?(?:payment|paid|received)s?|"
    r"payments?received(?:amount)?|paymentsreceipts?|zahlungs(?:betrag|eingang)|zahlbetrag|"
    r"betrag(?:der)?(?:zahlung|bezahlt|gezahlt|erhalten)|"
    r"(?:bezahlter|gezahlter|erhaltener|eingegangener)betrag"
)
"""Captions, as they are compared, of money that was paid, and of nothing else."""

_MAY_BE_PAID = re.compile(
    r"payments?|paid|received|receipts?|zahlung(?:en)?|bezahlt|gezahlt|erhalten|zahlungseing[aä]nge"
)
"""Those of what may also be a number, a way or a day of payment."""

_NET = re.compile(r"net(?:amount)?(?:received|paid)|(?:received|paid)net|nettoeingang")
_LESS = re.compile(r"(?:cash)?discounts?|skonto|(?:bank)?(?:charges?|fees?)|(?:bank)?geb[uü]hren")
_AFTER = re.compile(r"net(?:amount)?|netto(?:betrag)?")
"""Those of what came, of what was kept from it, and of what remains where that is named."""

_NO_MONEY = r"^(?:[01]|(?:19|20)[0-9]{2}[01][0-9][0-3][0-9])$"
"""Flags and days, such as those of a column `Paid`."""

_SIDE = r"^[^\pL]*[0-9]\s*(?P<side>(?i:CR|DR))$"
"""An amount with the side of the account behind it."""

_LOCAL = re.compile(r".*(?:amount|betrag)(?:lcy|mw)")
"""Captions of amounts in the currency of the company, whatever that of the payment is."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of a sheet, its header, and where the captions of a payment stand."""

    cells: Cells
    header: Header
    fields: Mapping[str, int]
    key: Callable[[str], str]

    @property
    def file(self) -> str:
        """Return the name of the file."""
        return self.cells.grid.source.file

    def name(self, at: int) -> str:
        """Return the header of a column."""
        return " ".join(self.header.names[at].split())

    def called(self, fits: Callable[[str], object]) -> list[int]:
        """Return the columns whose caption fits, from the left."""
        names = (named_currency(name)[0] for name in self.header.names)
        return [at for at, name in enumerate(names) if fits(self.key(name))]

    def as_text(self, at: int) -> pa.Array:
        """Return the cells of a column that are not stored as numbers."""
        return as_text(self.cells, at, CellKind.NUMBER)

    @property
    def dated(self) -> pa.Array:
        """Return which rows have something in the place of the day."""
        return pc.not_equal(self.cells.text(self.fields["posting_date"]), "")


def amount_rule(
    columns: Columns,
    *,
    decimal: str = "",
    positive: str = "",
    chosen: str = "",
    others: Iterable[SkipRule] = (),
) -> AmountRule:
    """Return which columns hold the money paid, and how it is written there.

    Where there are a column of money received and one of money paid, they count, and an amount
    beside them must be of their size. An amount that was paid counts before any other.

    Args:
        columns: the sheet.
        decimal: the decimal mark, where the user has chosen it.
        positive: what an amount without a minus is, where the user has chosen it.
        chosen: the column of the amount, where the user has chosen it.
        others: rules for rows that are no payments.

    Raises:
        NeedsInput: the columns contradict each other, or amounts can be read in two ways.
    """
    pair = None if chosen else _pair(columns)
    if pair is not None:
        rule = _written(columns, pair, decimal)
        rule = replace(rule, column=None, credit=pair[0] + 1, debit=pair[1] + 1)
        _ask_for_currency(columns, pair[0])
        _compare_sizes(columns, rule)
        return rule
    at = _named(columns, chosen) if chosen else _single(columns)
    _ask_for_currency(columns, at)
    rule = _written(columns, [at], decimal)
    if not chosen:
        ask_for_repeated(columns, rule)
    if positive:
        return replace(rule, positive="paid" if positive == "paid" else "received")
    _ask_for_sign(columns, rule, others)
    return rule


def amounts_of(cells: Cells, rule: AmountRule) -> pa.Array:
    """Return the amounts of all rows, a debit below zero; null where there is none."""
    if rule.credit is None or rule.debit is None:
        return read_money(cells, int(rule.column or 1) - 1, rule)
    sides = (int(rule.credit) - 1, int(rule.debit) - 1)
    credit, debit = (read_money(cells, side, rule) for side in sides)
    net = pc.subtract(pc.coalesce(credit, ZERO), pc.coalesce(debit, ZERO))
    return pc.if_else(pc.or_(pc.is_valid(credit), pc.is_valid(debit)), net, None)


def of_amounts(rule: AmountRule) -> tuple[int, ...]:
    """Return the columns of the amounts, from 1."""
    return tuple(int(at) for at in (rule.column, rule.credit, rule.debit) if at is not None)


def as_text(cells: Cells, position: int, stored: CellKind) -> pa.Array:
    """Return the cells of a column that are text, where the way of writing decides."""
    texts = cells.text(position)
    mask = cells.is_kind(position, stored)
    return texts if mask is None else pc.if_else(mask, "", texts)


def _written(columns: Columns, positions: Sequence[int], chosen: str) -> AmountRule:
    """Return how the amounts of some columns are written, the first of them the column."""
    cells = columns.cells
    texts = pa.concat_arrays([columns.as_text(at) for at in positions])
    shown = (mark for at, mark in cells.grid.layout.shown if at in positions)
    sides = _sides_beside(texts) if len(positions) == 1 else ()
    marks = tuple(dict.fromkeys((*marks_of(texts), *filter(currency_of, shown))))
    marks = tuple(mark for mark in marks if mark not in sides)
    every = (*marks, *sides)
    decimal = chosen or decimal_of(texts, every, columns.name(positions[0]), columns.file)
    return AmountRule(
        column=positions[0] + 1,
        decimal="," if decimal == "," else ".",
        thousands=MARKS_OF_THOUSANDS[decimal],
        marks=marks,
        received_marks=tuple(mark for mark in sides if mark.upper() == "CR"),
        paid_marks=tuple(mark for mark in sides if mark.upper() == "DR"),
    )


def _sides_beside(texts: pa.Array) -> tuple[str, ...]:
    """Return the words for credit and debit that stand behind every amount, as in `12.50 CR`.

    Where some amounts have none, nothing says what those are.
    """
    amounts = pc.filter(texts, matches(texts, "[1-9]"))
    found = pc.struct_field(pc.extract_regex(amounts, pattern=_SIDE), "side")
    sides = pc.unique(found).to_pylist()
    return tuple(sorted(sides)) if len(sides) and None not in sides else ()


def _pair(columns: Columns) -> tuple[int, int] | None:
    """Return the columns of money received and paid; None where there is one of amounts only."""
    fields = columns.fields
    if "amount" not in fields:
        return fields["credit"], fields["debit"]
    for captions in _SIDES:
        sides = [columns.called(side.__contains__)[:1] for side in captions]
        if not all(sides):
            continue
        credit, debit = (side[0] for side in sides)
        filled = _is_filled(columns, credit) or _is_filled(columns, debit)
        sound = all(_is_money(columns, at, empty=True) for at in (credit, debit))
        return (credit, debit) if filled and sound else None
    return None


def _single(columns: Columns) -> int:
    """Return the column of the amount: the one that was paid, where several hold money."""
    captioned = columns.fields["amount"]
    paid = [at for at in columns.called(_PAID.fullmatch) if _is_money(columns, at)]
    perhaps = [at for at in columns.called(_MAY_BE_PAID.fullmatch) if _is_money(columns, at)]
    perhaps = [at for at in perhaps if not paid and _differ(columns, captioned, at)]
    for at in paid[1:]:
        if _differ(columns, paid[0], at):
            raise _which(columns, paid[0], at)
    if paid:
        return paid[0]
    for at in () if paid else _net(columns):
        if _is_money(columns, at) and _differ(columns, captioned, at):
            raise _which(columns, captioned, at)
    for at in perhaps:
        if len(perhaps) > 1 or not _has_decimals(columns, at):
            raise _which(columns, captioned, at)
    return perhaps[0] if perhaps else captioned


def _net(columns: Columns) -> list[int]:
    """Return the columns of what came where something was kept from the amount."""
    after = columns.called(_AFTER.fullmatch) if columns.called(_LESS.fullmatch) else []
    return [*columns.called(_NET.fullmatch), *after]


def is_local(columns: Columns, at: int) -> bool:
    """Say whether a column is one of amounts in the currency of the company."""
    return _LOCAL.fullmatch(columns.key(columns.header.names[at])) is not None


def _named(columns: Columns, chosen: str) -> int:
    """Return the column that the user calls by its header or place."""
    names = [columns.key(name) for name in columns.header.names]
    if columns.key(chosen) in names:
        return names.index(columns.key(chosen))
    if chosen.isdecimal() and 0 < int(chosen) <= len(names):
        return int(chosen) - 1
    listed = ", ".join(f"'{name.strip()}'" for name in columns.header.names if name.strip())
    raise UsageProblem(f"--amount-column: there is no column '{chosen}'. The file has {listed}.")


def _ask_for_currency(columns: Columns, at: int) -> None:
    """Ask where the amounts are in the company's own currency, and payments are in another."""
    place = columns.fields.get("currency")
    if place is None or not is_local(columns, at):
        return
    paid = pc.and_(columns.dated, pc.not_equal(columns.cells.text(at), ""))
    foreign = pc.and_(paid, pc.not_equal(columns.cells.text(place), ""))
    row = pc.index(foreign, value=True).as_py()
    if row < 0:
        return
    code, currency, name = columns.cells.text(place)[row], columns.name(place), columns.name(at)
    ways = (
        f"'{name}' is in the currency of the company, and the payment was in {code}",
        f"'{name}' is in {code}",
    )
    raise NeedsInput(
        f"{columns.file}: row {columns.cells.rows[row].as_py()} has an amount in the column "
        f"'{name}' and {code} in the column '{currency}', which can be read in two ways: "
        f"{'; '.join(ways)}. Add a column 'Amount' with the amounts in the currency of each "
        f"payment, or leave '{currency}' empty where that is the company's own.",
        ways,
    )


def _filled(columns: Columns, at: int) -> pa.Array:
    texts = columns.cells.text(at)
    return pc.filter(texts, pc.and_(columns.dated, pc.not_equal(texts, "")))


def _is_filled(columns: Columns, at: int) -> bool:
    return bool(pc.any(matches(_filled(columns, at), "[1-9]")).as_py())


def _is_money(columns: Columns, at: int, *, empty: bool = False) -> bool:
    """Say whether all filled cells of a column are amounts, some of them not zero."""
    dates = columns.cells.is_kind(at, CellKind.DATE)
    if dates is not None and pc.any(pc.and_(dates, columns.dated)).as_py():
        return False
    texts = pc.unique(_filled(columns, at))
    if not empty and pc.all(matches(texts, _NO_MONEY)).as_py():
        return False
    marks = marks_of(texts)
    found = [money(texts, mark, kept, marks) for mark, kept in MARKS_OF_THOUSANDS.items()]
    sound = pc.all(pc.is_valid(pc.coalesce(*found))).as_py()
    return bool(sound is not False and (empty or _is_filled(columns, at)))


def _count(mask: pa.Array) -> int:
    return int(pc.sum(pc.cast(mask, pa.int64())).as_py() or 0)


def _has_decimals(columns: Columns, at: int) -> bool:
    return bool(pc.any(matches(_filled(columns, at), r"[0-9][.,][0-9]{1,2}(?:[^0-9]|$)")).as_py())


def _differ(columns: Columns, one: int, other: int) -> bool:
    mine, its = columns.cells.text(one), columns.cells.text(other)
    return bool(pc.any(pc.and_(columns.dated, pc.not_equal(mine, its))).as_py())


def _which(columns: Columns, one: int, other: int) -> NeedsInput:
    mine, its = columns.cells.text(one), columns.cells.text(other)
    differs = pc.and_(columns.dated, pc.not_equal(mine, its))
    place = pc.index(differs, value=True).as_py()
    ways = tuple(
        f"'{columns.name(at)}': {columns.cells.text(at)[place].as_py() or 'nothing'}"
        for at in (one, other)
    )
    return NeedsInput(
        f"{columns.file}: two columns may hold the amount that was paid, and they differ, first "
        f"in row {columns.cells.rows[place].as_py()}: {'; '.join(ways)}. Choose with "
        "--amount-column, or call the one that was paid 'Payment Amount'.",
        ways,
    )


def _compare_sizes(columns: Columns, rule: AmountRule) -> None:
    """Ask where the amount beside the columns of both sides is of another size."""
    at = columns.fields.get("amount")
    if at is None or (is_local(columns, at) and not is_local(columns, int(rule.credit or 1) - 1)):
        return
    net = pc.coalesce(amounts_of(columns.cells, rule), ZERO)
    amount = read_money(columns.cells, at, rule)
    wrong = pc.and_(columns.dated, pc.not_equal(pc.abs(net), pc.abs(amount)))
    if not pc.any(wrong).as_py():
        return
    place = pc.index(pc.fill_null(wrong, fill_value=False), value=True).as_py()
    credit, debit = (columns.name(int(side or 1) - 1) for side in (rule.credit, rule.debit))
    ways = (
        f"'{credit}' and '{debit}': {plain(net[place].as_py().normalize())}",
        f"'{columns.name(at)}': {plain(amount[place].as_py().normalize())}",
    )
    raise NeedsInput(
        f"{columns.file}: row {columns.cells.rows[place].as_py()} has two amounts of different "
        f"size: {'; '.join(ways)}. Correct the row, or take away the columns that are not the "
        "amount that was paid.",
        ways,
    )


def _ask_for_sign(columns: Columns, rule: AmountRule, others: Iterable[SkipRule]) -> None:
    """Ask where most amounts are negative: the server's sign, or money that was paid?"""
    at = int(rule.column or 1) - 1
    values, whose = read_money(columns.cells, at, rule), ""
    for line in others:
        paid = pc.invert(matches(columns.cells.text(int(line.column or 0) - 1), line.pattern))
        values = pc.if_else(paid, values, pa.scalar(None, values.type))
    above, below = (_count(compare(values, ZERO)) for compare in (pc.greater, pc.less))
    if below <= above:
        return
    filled = pc.not_equal(columns.cells.text(at), "")
    if pc.any(pc.and_(filled, pc.is_null(values))).as_py():
        whose = " of a payment that can be read"
    rest = "only the others are" if above else "nothing is"
    ways = (
        "--positive paid: a negative amount is money received, as the server writes it",
        f"--positive received: a negative amount is money paid, and {rest} imported",
    )
    amounts = f"most amounts{whose}" if above else f"every amount{whose}"
    raise NeedsInput(
        f"{columns.file}: {amounts} in the column '{columns.name(at)}' {'are' if above else 'is'} "
        f"negative, "
        f"which can be read in two ways: {'; '.join(ways)}. Choose with --positive, write "
        "received money without the minus, or name a profile with amount.positive.",
        ways,
    )
