"""Which columns hold the amount, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import CURRENCY_DECIMALS
from importer.errors import InputProblem
from importer.proposing import numbers as writing
from importer.proposing.columns import Column
from importer.proposing.models import (
    Model,
    Numbers,
    complementary,
    is_settled,
    named_models,
    numbers_of,
    pair,
    searched_models,
)
from importer.proposing.numbers import NumberStyle, Shapes, is_direction, looks_like_money
from importer.proposing.printed import agreement
from importer.proposing.proposal import Question, needs_input
from importer.proposing.state import Draft
from importer.proposing.table import ZERO, count
from importer.proposing.vocabulary import is_east_asian
from importer.proposing.words import currency_code, currency_in_header, way

MUCH_LARGER = 5
_ODD_AMOUNT = re.compile(r"[^\W\d_]{0,6}\W{0,3}\d[\d.,' ]*\W{0,3}[^\W\d_]{0,6}\W?")


def choose_amounts(draft: Draft) -> Model:
    """Decide which columns hold the amount, and how amounts are written.

    Raises:
        InputProblem: no column can hold amounts of payments.
        NeedsInput: several can, and nothing tells which.
    """
    numbers = numbers_of(draft)
    columns = numbers.named or [c for c in numbers.others if not c.is_code]
    _choose_style(draft, columns, numbers)
    given = _answered(draft)
    if given is not None:
        return given
    models = named_models(draft, numbers)
    if models:
        return _best(draft, models)
    return _by_values(draft, numbers)


def _answered(draft: Draft) -> Model | None:
    answers = draft.answers
    amount = draft.answered(answers.amount_column)
    credit, debit = draft.answered(answers.credit_column), draft.answered(answers.debit_column)
    if credit is not None and debit is not None:
        return pair(draft, credit, debit, 0)
    if amount is None:
        return None
    given = Numbers([amount], [], [], numbers_of(draft).balances, [])
    return named_models(draft, given)[0]


def _best(draft: Draft, models: Sequence[Model]) -> Model:
    models = _with_paid(draft, _with_tax(draft, models))
    best = models[0]
    rivals = [
        model
        for model in models[1:]
        if model.kind == best.kind
        and model.run.proven == best.run.proven
        and bool(model.printed) == bool(best.printed)
        and abs(model.rank - best.rank) < 1
        and not set(model.columns) & set(best.columns)
        and count(pc.not_equal(pc.abs(model.values), pc.abs(best.values))) > 0
    ]
    rivals += [one for one in _before_fees(draft, best, models) if one not in rivals]
    if rivals:
        draft.questions.append(_which_question(draft, [best, *rivals]))
    return best


def _before_fees(draft: Draft, best: Model, models: Sequence[Model]) -> list[Model]:
    """Return the model of what the customers paid, where the best is what was left after fees.

    A balance that runs with the rest proves what the bank moved, not what settles the invoices.
    """
    fees = [draft.money(one) for one in draft.columns if one.says("fee") and one.is_money]
    return [
        one
        for one in models
        if not set(one.columns) & {best.amount, best.credit, best.debit}
        and any(_adds_up(best.values, fee, one.values) for fee in fees)
    ][:1]


def _with_paid(draft: Draft, models: Sequence[Model]) -> Sequence[Model]:
    """Leave out amounts beside others that are called paid: they are those of the invoices.

    Where nothing speaks of invoices, or they may be numbers of receipts, it is asked.
    """
    paid = [model for model in models if _is_plain(model, settled=True)]
    others = [model for model in models if _is_plain(model, settled=False)]
    others = [one for one in others if paid and not _same(one, paid[0])]
    if not others or models[0].run.proven or models[0].printed:
        return models
    whole = _is_whole_beside(paid[0], others[0])
    if whole and not _may_be_part(paid[0], others[0]):
        return [model for model in models if model not in paid]  # numbers, as of receipts
    if whole or not any(one.says("invoice", "customer") for one in draft.columns):
        draft.questions.append(_which_question(draft, [paid[0], others[0]]))
        return paid[:1]
    return [model for model in models if model not in others]


def _is_plain(model: Model, *, settled: bool) -> bool:
    """Say whether a model is one column of amounts alone, called paid or not."""
    if model.amount is None or model.kind not in {"single", "signed"}:
        return False
    return is_settled(model.amount) is settled


def _is_whole_beside(paid: Model, other: Model) -> bool:
    """Say whether one column holds whole numbers only, and the other fractions."""
    if paid.amount is None or other.amount is None:
        return False
    return other.amount.has_fractions and not paid.amount.has_fractions


def _may_be_part(paid: Model, whole: Model) -> bool:
    """Say whether no amount that was paid is larger than the one beside it."""
    larger = pc.greater(pc.abs(paid.values), pc.abs(whole.values))
    return not pc.any(larger).as_py()


def _same(one: Model, other: Model) -> bool:
    same = pc.equal(pc.abs(one.values), pc.abs(other.values))
    return bool(pc.all(same).as_py())


def _with_tax(draft: Draft, models: Sequence[Model]) -> Sequence[Model]:
    """Leave out amounts that are others less their tax."""
    taxes = [draft.money(one) for one in draft.columns if one.says("tax") and one.is_money]
    net = [
        one
        for one, whole, tax in product(models, models, taxes)
        if one is not whole and _adds_up(one.values, tax, whole.values)
    ]
    return [model for model in models if model not in net] or models


def _adds_up(net: pa.Array, tax: pa.Array, whole: pa.Array) -> bool:
    """Say whether a tax that is not always 0 makes one column of amounts from another."""
    tax = pc.abs(pc.fill_null(tax, 0))
    same = pc.equal(pc.add(pc.abs(net), tax), pc.abs(whole))
    known = pc.and_(pc.is_valid(whole), pc.is_valid(net))
    return count(known) > 0 and count(same) == count(known) and count(pc.not_equal(tax, ZERO)) > 0


def _which_question(draft: Draft, models: Sequence[Model]) -> Question:
    readings = []
    for model in models:
        names = " and ".join(draft.label(column) for column in model.columns)
        found = pc.filter(model.values, pc.greater(model.values, ZERO))
        total: Decimal = pc.sum(found).as_py() or Decimal(0)
        readings.append(f"amounts from {names}: positive amounts add up to {total.normalize():f}")
    return Question(
        "amount.column", "More than one column can be the amount.", tuple(readings), "amount_column"
    )


def _by_values(draft: Draft, numbers: Numbers) -> Model:
    """Find the amounts where no header names them: by a running balance, or by their signs."""
    columns = [
        column
        for column in numbers.others
        if not column.is_code and not column.says("goods", "rate", "fee", "tax", "id", "invoice")
    ]
    proven = searched_models(draft, columns)
    if proven:
        return proven[0]
    columns = [column for column in columns if column.has_fractions or column.has_negatives]
    signed = [column for column in columns if column.has_negatives]
    if draft.header.last >= 0:
        return _of_unknown_name(draft, columns, signed)
    if len(signed) == 1 and _others_larger(draft, signed[0], columns):
        column = signed[0]
        balance = next((one for one in columns if one is not column), None)
        return Model("signed", column, draft.money(column), 0, balance=balance)
    for at, one in enumerate(columns):
        for other in columns[at + 1 :]:
            if complementary(draft.money(one), draft.money(other)):
                return _either_side(draft, one, other)
    if len(columns) == 1:
        return Model("single", columns[0], draft.money(columns[0]), 0)
    if not columns:
        raise _no_amounts(draft)
    raise needs_input(draft.grid.source.file, _unnamed_question(draft, columns))


def _either_side(draft: Draft, one: Column, other: Column) -> Model:
    """Tell two columns of amounts apart by the balances that the file prints, or ask."""
    for model in (pair(draft, one, other, 0), pair(draft, other, one, 0)):
        if agreement(draft, model.values) > 0:
            return replace(model, printed=1)
    draft.questions.append(_sides_question(draft, one, other))
    return pair(draft, one, other, 0)


def _of_unknown_name(draft: Draft, columns: list[Column], signed: list[Column]) -> Model:
    """Take the only numbers of a table of movements, whatever their header says."""
    if not signed or not _are_movements(draft):
        raise _no_amounts(draft)
    if len(signed) == len(columns) == 1 and signed[0].has_fractions:
        return Model("signed", signed[0], draft.money(signed[0]), 0)
    raise needs_input(draft.grid.source.file, _unnamed_question(draft, columns))


def _are_movements(draft: Draft) -> bool:
    """Say whether the header names what movements of an account have besides an amount."""
    kinds = ("account", "party", "text", "reference", "currency", "balance", "bank", "type")
    return any(column.says(*kinds) for column in draft.columns)


def _others_larger(draft: Draft, amount: Column, columns: Sequence[Column]) -> bool:
    """Say whether all other numbers can be balances: never negative, and much larger."""
    middle = pc.quantile(pc.cast(pc.abs(draft.money(amount)), "double"), 0.5)[0].as_py() or 0
    for column in columns:
        if column is amount:
            continue
        least = pc.min(draft.money(column)).as_py()
        if least is None or float(least) < MUCH_LARGER * middle:
            return False
    return True


def _no_amounts(draft: Draft) -> InputProblem:
    for column in draft.columns:
        odd = [cell for cell in column.cells if _is_odd_amount(cell)]
        if column.says("amount", "credit", "debit") and 0 < column.filled == len(odd):
            return needs_input(draft.grid.source.file, _odd_question(draft, column))
    names = ", ".join(f"'{column.name}'" for column in draft.columns[:10] if column.name)
    return InputProblem(
        f"{draft.grid.source.file}: no column holds amounts of payments"
        f"{f' (found: {names})' if names else ''}. Name a file of payments, or the amount column.",
        "not-payments",
    )


def _is_odd_amount(cell: str) -> bool:
    return _ODD_AMOUNT.fullmatch(cell) is not None and not looks_like_money(cell)


def _odd_question(draft: Draft, column: Column) -> Question:
    return Question(
        "amount.marks",
        f"The cells of {draft.label(column)}, such as '{column.first}', are in no known way to "
        "write amounts.",
        ("the letters are a currency or a unit: they belong to amount.marks",),
        "a profile with amount.marks",
    )


def _unnamed_question(draft: Draft, columns: Sequence[Column]) -> Question:
    readings = tuple(
        f"{draft.label(column)} is the amount, such as {column.first}" for column in columns
    )
    return Question(
        "amount.column", "No header says which column is the amount.", readings, "amount_column"
    )


def _sides_question(draft: Draft, one: Column, other: Column) -> Question:
    def reading(credit: Column, debit: Column) -> str:
        total = pc.sum(draft.money(credit)).as_py().normalize()
        return (
            f"{draft.label(credit)} is money received ({total:f} in all) and "
            f"{draft.label(debit)} money paid"
        )

    return Question(
        "amount.credit",
        "Two columns hold the amounts and nothing says which of them is money received.",
        (reading(one, other), reading(other, one)),
        "credit_column and debit_column",
    )


def _choose_style(draft: Draft, columns: Sequence[Column], numbers: Numbers) -> None:
    texts = [draft.text_cells(column) for column in columns]
    found = [writing.marks_in([one]) for one in texts]
    every = sorted({mark for marks in found if marks for mark in marks})
    draft.ways = {mark: way(mark.rstrip(".")) for mark in every if is_direction(mark.rstrip("."))}
    draft.marks = tuple(mark for mark in every if mark not in draft.ways)
    seen = sum((writing.shapes(one) for one in texts), Shapes())
    rest = [column for column in numbers.others if column not in columns and column.has_fractions]
    beside = sum((writing.shapes(draft.text_cells(column)) for column in rest), Shapes())
    decimals = _currency_decimals(draft, columns)
    style = writing.decide(seen, beside, decimals)
    if not style.sure and style.decimal == "." and is_east_asian(" ".join(draft.header.names)):
        why = "with headers in Thai, Chinese, Japanese or Korean a comma divides thousands"
        style = replace(style, sure=True, why=why)
    if not style.sure and style.contradictions:  # a balance may be written in its own way
        own = [draft.text_cells(column) for column in columns if column not in numbers.balances]
        alone = writing.decide(sum(map(writing.shapes, own), Shapes()), Shapes(), decimals)
        style = alone if alone.sure and own else style
    answer = draft.answers.decimal
    if answer:
        other = "," if answer == "." else "."
        extra = tuple(mark for mark in style.thousands if mark not in ".,")
        style = NumberStyle(answer, (other, *extra), sure=True, why="as you said")
    elif not style.sure and (proven := _proven_style(draft, style, numbers)) is not None:
        style = proven
    elif not style.sure:
        draft.questions.append(_mark_question(draft, columns, style))
    draft.style = style


def _proven_style(draft: Draft, style: NumberStyle, numbers: Numbers) -> NumberStyle | None:
    """Return the only way to read the amounts in which a balance runs with them."""
    if style.contradictions:
        return None
    found = []
    before = draft.style
    for decimal, other in ((".", ","), (",", ".")):
        rest = tuple(mark for mark in style.thousands if mark not in ".,")
        why = "only so the balance agrees with the amounts"
        draft.style = NumberStyle(decimal, (other, *rest), sure=True, why=why)
        if any(model.run.certain or model.printed for model in named_models(draft, numbers)):
            found.append(draft.style)
    draft.style = before
    return found[0] if len(found) == 1 else None


def _currency_decimals(draft: Draft, columns: Sequence[Column]) -> int | None:
    codes = {currency_in_header(column.name) for column in columns} - {""}
    codes |= {currency_code(mark) for mark in draft.marks} - {""}
    for column in draft.columns:
        if column.is_currency and not column.says("original"):
            codes |= {currency_code(cell) for cell in column.cells}
    if draft.answers.currency:
        codes = {draft.answers.currency.upper()}
    if len(codes) != 1:
        return None
    return CURRENCY_DECIMALS.get(codes.pop(), 2)


def _mark_question(draft: Draft, columns: Sequence[Column], style: NumberStyle) -> Question:
    texts = [draft.text_cells(column) for column in columns]
    point = writing.example_of(texts, ".")
    example = point or writing.example_of(texts, ",")
    mark, other = (".", ",") if point else (",", ".")
    digits = "".join(letter for letter in example if letter.isdigit() or letter == mark)
    return Question(
        "amount.decimal",
        f"The amounts do not show whether '{mark}' is the decimal mark ({style.why}).",
        (
            f"decimal '{mark}': {example} is {digits.replace(mark, '.')}",
            f"decimal '{other}': {example} is {digits.replace(mark, '')}",
        ),
        "decimal",
    )
