"""Types of rows, such as `Refund`, that are no money received whatever the amount's sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow.compute as pc

from importer.proposing.columns import Column
from importer.proposing.masks import Rows
from importer.proposing.proposal import Question
from importer.proposing.state import Draft
from importer.proposing.states import MAX_WORDS, is_one_of, rule_of
from importer.proposing.table import ZERO, count
from importer.proposing.vocabulary import concepts
from importer.proposing.words import (
    BLANKS,
    RowType,
    Way,
    row_type,
    settles_without_money,
    state,
    types_documents,
    types_others,
    way,
)

REASON = "a refund, a payout or a bill: no money received"


def receipt_rules(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield rules for the types of rows that are no receipts; ask about those that are unclear."""
    draft = rows.draft
    if not _told_by_types(rows):
        return
    for column in draft.columns:
        if column.is_day or column.is_money or types_others(column.name):
            continue
        words = (draft.body.words(column.at, MAX_WORDS) or set()) - set(BLANKS) - {column.name}
        types = {word: _type_of(column, word) for word in words}
        if not words or not _is_of_rows(column, types):
            continue
        if rows.model.kind == "signed":
            skipped, unclear = _signed(rows, column, types)
        else:
            skipped, unclear = _sorted(types)
        unclear = sorted({*unclear, *_unknown(rows, column, types)})
        if skipped:
            yield rule_of("other", REASON, column=draft.reference(column), words=skipped)
        if unclear:
            draft.questions.append(_question(rows, draft.label(column), unclear))


def _told_by_types(rows: Rows) -> bool:
    """Say whether nothing proves which amounts were received, so that the types of rows tell."""
    model = rows.model
    column = model.amount
    if model.kind not in {"single", "signed"} or column is None:
        return False
    if model.run.proven or model.printed:
        return False
    if model.kind == "signed":
        return True
    received = rows.draft.settings.get("amount.positive") == "received"
    return received and not column.says("credit", "debit")


def _signed(
    rows: Rows, column: Column, types: dict[str, RowType | None]
) -> tuple[list[str], list[str]]:
    """Return the words of rows to skip, and those to ask about, where amounts have signs.

    Only lists of customers and their documents tell by types; on an account a refund is received
    as well.
    """
    draft, found = rows.draft, set(types.values())
    customers = any("customer" in concepts(name) for name in draft.header.names)
    if RowType.PAYMENT not in found or not (customers or RowType.BILL in found):
        return [], []
    if not draft.answers.positive and _has_signs_of_ledger(rows, column, types):
        draft.questions.append(_ledger_question(draft, column, rows.model.amount or column))
        return [], []
    counted = _counted(rows, column)
    bills = [word for word in counted if types.get(word) is RowType.BILL]
    return sorted(bills), [word for word in counted if types.get(word) is RowType.WENT_BACK]


def _counted(rows: Rows, column: Column) -> set[str]:
    """Return the words beside amounts that count as received."""
    received = rows.draft.settings.get("amount.positive") == "received"
    gained = (pc.greater if received else pc.less)(rows.model.values, ZERO)
    return set(pc.unique(pc.filter(rows.draft.body.texts(column.at), gained)).to_pylist())


def _has_signs_of_ledger(rows: Rows, column: Column, types: dict[str, RowType | None]) -> bool:
    """Say whether payments have a minus beside invoices that have none, as what a customer owes."""
    if rows.draft.settings.get("amount.positive") != "received":
        return False
    below = {kind: _below(rows, column, types, kind) for kind in (RowType.PAYMENT, RowType.BILL)}
    asked = any(one.key == "amount.positive" for one in rows.draft.questions)
    return below[RowType.PAYMENT] is True and below[RowType.BILL] is False and not asked


def _below(
    rows: Rows, column: Column, types: dict[str, RowType | None], kind: RowType
) -> bool | None:
    """Say whether most amounts of a type are below zero; None where none is there."""
    words = [word for word, said in types.items() if said is kind]
    values = pc.filter(rows.model.values, is_one_of(rows.draft, column, words))
    above, below = count(pc.greater(values, ZERO)), count(pc.less(values, ZERO))
    return below > above if above + below else None


def _unknown(rows: Rows, column: Column, types: dict[str, RowType | None]) -> list[str]:
    """Return the words that are not known, where the header says that they tell documents apart."""
    if len(types) < 2 or not types_documents(column.name):  # noqa: PLR2004 - one tells nothing
        return []
    counted = _counted(rows, column)
    return [word for word, said in types.items() if said is None and word in counted]


def _type_of(column: Column, word: str) -> RowType | None:
    """Return the type that a word names; below `D/C` the sides of an account are types as well."""
    said = way(word) if column.says("direction") else None
    if said is not None:
        return RowType.PAYMENT if said is Way.RECEIVED else RowType.WENT_BACK
    return row_type(word)


def _is_of_rows(column: Column, types: dict[str, RowType | None]) -> bool:
    """Say whether a column holds types of rows: by its header, or as all its words are such.

    Without such a header, some of them say that money was received: a text such as `Invoice` at
    every payment tells none from another.
    """
    if column.says("status", "party", "customer"):
        return False
    if column.says("type", "direction"):
        return True
    if len(types) > 1 and any(map(settles_without_money, types)):
        return not column.says("text", "name", "reference", "invoice")
    found = set(types.values())
    if None in found or not found & {RowType.PAYMENT, RowType.SALE}:
        return False
    return not column.says("name", "account", "reference", "invoice")


def _sorted(types: dict[str, RowType | None]) -> tuple[list[str], list[str]]:
    """Return the words of rows to skip, and those about which to ask."""
    found = set(types.values())
    paid = RowType.PAYMENT in found
    both = paid and RowType.SALE in found  # sales on account beside their payments
    if not both and not found & {RowType.WENT_BACK, RowType.BILL, RowType.UNCLEAR}:
        return [], []
    received = {RowType.PAYMENT} if paid else {RowType.SALE}
    skipped = set()
    if received & found:
        skipped = {RowType.WENT_BACK, *({RowType.BILL} if paid else ())}
    rest = [word for word, said in types.items() if said not in received | skipped]
    unclear = [word for word in rest if state(word) is None or types[word] is not None]
    return sorted(word for word, said in types.items() if said in skipped), sorted(unclear)


def _question(rows: Rows, label: str, unclear: list[str]) -> Question:
    listed = ", ".join(f"'{word}'" for word in unclear[:6])
    unsigned = "The amounts have no sign, and " if rows.model.kind == "single" else ""
    return Question(
        "skip",
        f"{unsigned}{label} holds types of rows that may be no money received: {listed}.",
        (
            "they are money received: the rows count",
            "they are refunds, fees or bills: the rows must be skipped",
        ),
        "a profile with a [[skip]] rule for them, or none",
    )


def _ledger_question(draft: Draft, column: Column, amount: Column) -> Question:
    return Question(
        "amount.positive",
        f"Rows that {draft.label(column)} calls payments have a minus in {draft.label(amount)}, "
        "and those that it calls invoices have none.",
        (
            "positive 'paid', as in a ledger of customers: a minus is money received",
            "positive 'received', as on an account: a minus is money paid",
        ),
        "positive",
    )
