"""The amount of each row: one signed column, two columns, or one with a word for the direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import marks_pattern
from importer.mapping.columns import MONEY, Cells, constant, matches, money, one_of
from importer.model import CellKind
from schemas.profile_checks import many

if TYPE_CHECKING:
    from importer.mapping.header import Header
    from schemas.profile import AmountRule

UNREADABLE = "amount-unreadable"
TWO_SIDES = "amount-two-sides"
SIGN = "amount-sign"
DIRECTION = "direction-unknown"
"""Codes of what can be wrong with an amount."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of all rows, `+` for money received; see `Mapped` for the columns.

    `neither` says which rows are payments in neither direction by their indicator; `blank`
    which have nothing where an amount could stand.
    """

    value: pa.Array
    text: pa.Array
    position: pa.Array
    fault: pa.Array
    neither: pa.Array
    blank: pa.Array


def read_money(cells: Cells, position: int, rule: AmountRule) -> pa.Array:
    """Read one column of money by the profile's marks; a mark of money paid is a minus."""
    thousands = tuple(str(mark) for mark in many(rule.thousands))
    number = cells.is_kind(position, CellKind.NUMBER)
    marks = (*rule.marks, *rule.received_marks, *rule.paid_marks)
    text = cells.text(position)
    value = money(text, rule.decimal, thousands, marks, number)
    said = has_mark(text, (*rule.received_marks, *rule.paid_marks))
    if said is None:
        return value
    both = pc.and_(said, pc.less(value, pa.scalar(0, MONEY)))  # a sign and a word
    value = pc.if_else(_is(both), None, value)
    paid = has_mark(text, rule.paid_marks)
    return value if paid is None else pc.if_else(paid, pc.negate(value), value)


def has_mark(texts: pa.Array, marks: tuple[str, ...]) -> pa.Array | None:
    """Return which cells have one of the marks, no part of a word; None where there are none."""
    return matches(texts, mark_pattern(marks)) if marks else None


def mark_pattern(marks: tuple[str, ...]) -> str:
    """Return the pattern of RE2 for a cell with one of the marks, which is no part of a word."""
    return rf"(?:^|[^\pL])(?:{marks_pattern(marks)})(?:[^\pL]|$)"


def read_amounts(cells: Cells, header: Header, rule: AmountRule) -> Amounts:
    """Read the amounts of all rows by the profile's rule."""
    if rule.credit is not None and rule.debit is not None:
        return _two_columns(cells, header.position(rule.credit), header.position(rule.debit), rule)
    position = header.position(rule.column or 1)
    text = cells.text(position)
    value = read_money(cells, position, rule)
    blank = pc.equal(text, "")
    neither = constant(value=False, length=len(cells))
    unreadable = pc.and_(pc.is_null(value), pc.invert(blank))
    fault = pc.if_else(unreadable, UNREADABLE, "")
    place = constant(position, len(cells), pa.int64())
    if rule.indicator is not None:
        of_words = header.position(rule.indicator)
        value, neither, fault = _directed(value, fault, cells.raw(of_words), rule)
        undirected = pc.equal(fault, DIRECTION)  # the word is at fault, not the amount
        text = pc.if_else(undirected, cells.raw(of_words), text)
        place = pc.if_else(undirected, pa.scalar(of_words, pa.int64()), place)
    elif rule.positive == "paid":
        marked = has_mark(text, (*rule.received_marks, *rule.paid_marks))
        other = pc.negate(value)
        value = other if marked is None else pc.if_else(marked, value, other)
    return Amounts(value, text, place, fault, neither, blank)


def _directed(
    value: pa.Array, fault: pa.Array, words: pa.Array, rule: AmountRule
) -> tuple[pa.Array, pa.Array, pa.Array]:
    paid, neither = one_of(words, rule.paid), one_of(words, rule.neither)
    known = pc.or_(pc.or_(paid, neither), one_of(words, rule.received))
    negative = pc.fill_null(pc.less(value, pa.scalar(0, MONEY)), fill_value=False)
    fault = _first(fault, pc.and_(negative, pc.invert(neither)), SIGN)
    fault = _first(fault, pc.and_(pc.is_valid(value), pc.invert(known)), DIRECTION)
    directed = pc.if_else(paid, pc.negate(value), value)
    return pc.if_else(pc.equal(fault, ""), directed, None), neither, fault


def _two_columns(cells: Cells, credit: int, debit: int, rule: AmountRule) -> Amounts:
    """Read credit and debit columns; a zero beside an amount counts as an empty cell."""
    zero = pa.scalar(0, MONEY)
    received, paid = read_money(cells, credit, rule), read_money(cells, debit, rule)
    received_text, paid_text = cells.text(credit), cells.text(debit)
    in_empty = pc.or_(pc.equal(received_text, ""), _is(pc.equal(received, zero)))
    out_empty = pc.or_(pc.equal(paid_text, ""), _is(pc.equal(paid, zero)))
    on_debit = pc.and_(in_empty, pc.not_equal(paid_text, ""))
    on_debit = pc.and_(on_debit, pc.or_(pc.invert(out_empty), pc.equal(received_text, "")))
    loss = paid if rule.signed_debit else pc.negate(paid)
    gain = pc.negate(received) if rule.signed_credit else received
    value = pc.if_else(on_debit, loss, gain)
    text = pc.if_else(on_debit, paid_text, received_text)
    blank = pc.equal(text, "")
    wrong = pc.if_else(on_debit, pc.greater(value, zero), pc.less(value, zero))
    both = pc.and_(pc.invert(in_empty), pc.invert(out_empty))
    fault = constant("", len(cells))
    fault = _first(fault, both, TWO_SIDES)
    fault = _first(fault, pc.and_(pc.is_null(value), pc.invert(blank)), UNREADABLE)
    fault = _first(fault, _is(wrong), SIGN)
    value = pc.if_else(pc.equal(fault, ""), value, None)
    position = pc.cast(pc.if_else(on_debit, debit, credit), pa.int64())
    neither = constant(value=False, length=len(cells))
    return Amounts(value, text, position, fault, neither, blank)


def _is(mask: pa.Array) -> pa.Array:
    return pc.fill_null(mask, fill_value=False)


def _first(fault: pa.Array, mask: pa.Array, code: str) -> pa.Array:
    """Put `code` where `mask` holds and nothing was found wrong before."""
    return pc.if_else(pc.and_(pc.equal(fault, ""), mask), code, fault)
