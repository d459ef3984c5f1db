"""Lists that write the amount of a payment beside each invoice that it settles."""

from __future__ import annotations

from importer.proposing.columns import Column
from importer.proposing.models import Model
from importer.proposing.proposal import Question
from importer.proposing.state import Draft
from importer.repeats import Repeat, first_repeat

MAX_COLUMNS = 12


def repeated_question(draft: Draft, model: Model, date: Column) -> Question | None:
    """Return the question whether the amount of a payment stands on several rows."""
    amount = model.amount
    if amount is None or draft.answers.amount_column or model.run.proven or model.printed:
        return None
    parts = [
        one
        for one in draft.columns
        if one.is_money and not one.is_code and one.at != amount.at and not one.says("balance")
    ]
    days = draft.body.texts(date.at)
    money = [draft.money(one) for one in parts]
    if not parts:
        return None
    keys = [one for one in draft.columns if one not in (amount, date, *parts)][:MAX_COLUMNS]
    for more in ([], *([draft.body.texts(one.at)] for one in keys)):
        found = first_repeat(model.values, [days, *more], money)
        if found is not None:
            return _question(draft, amount, parts[found.part], found)
    return None


def _question(draft: Draft, amount: Column, part: Column, found: Repeat) -> Question:
    whole, own = draft.label(amount), draft.label(part)
    return Question(
        "amount.column",
        f"The amount in {whole} of row {draft.body.row_number(found.place)} stands on "
        f"{found.rows:,} rows, and {own} of these rows adds up to it.",
        (
            f"amounts from {own}: each row is a payment of its own",
            f"amounts from {whole}: each row is a payment of the whole amount",
        ),
        "amount_column",
    )
