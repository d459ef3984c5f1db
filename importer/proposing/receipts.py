"""Types of rows, such as `Refund`, that are no money received, where amounts have no sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from importer.proposing.columns import Column
from importer.proposing.masks import Rows
from importer.proposing.proposal import Question
from importer.proposing.states import MAX_WORDS, rule_of
from importer.proposing.words import (
    BLANKS,
    RowType,
    Way,
    row_type,
    settles_without_money,
    state,
    types_others,
    way,
)

REASON = "a refund, a payout or a bill: no money received"


def receipt_rules(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield rules for the types of rows that are no receipts; ask about those that are unclear."""
    draft = rows.draft
    if not _all_received(rows):
        return
    for column in draft.columns:
        if column.is_day or column.is_money or types_others(column.name):
            continue
        words = (draft.body.words(column.at, MAX_WORDS) or set()) - set(BLANKS) - {column.name}
        types = {word: _type_of(column, word) for word in words}
        if not words or not _is_of_rows(column, types):
            continue
        skipped, unclear = _sorted(types)
        if skipped:
            yield rule_of("other", REASON, column=draft.reference(column), words=skipped)
        if unclear:
            draft.questions.append(_question(draft.label(column), unclear))


def _all_received(rows: Rows) -> bool:
    """Say whether every amount counts as received because nothing says otherwise."""
    model = rows.model
    column = model.amount
    if model.kind != "single" or column is None or model.run.proven or model.printed:
        return False
    if column.says("credit", "debit"):
        return False
    return bool(rows.draft.settings.get("amount.positive") == "received")


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


def _question(label: str, unclear: list[str]) -> Question:
    listed = ", ".join(f"'{word}'" for word in unclear[:6])
    return Question(
        "skip",
        f"The amounts have no sign, and {label} holds types of rows that may be no money "
        f"received: {listed}.",
        (
            "they are money received: the rows count",
            "they are refunds, fees or bills: the rows must be skipped",
        ),
        "a profile with a [[skip]] rule for them, or none",
    )
