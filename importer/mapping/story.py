"""How a file was understood, in sentences for the person who hands it over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.profile_checks import many

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.mapping.mapped import SourceColumn
    from schemas.profile import Profile


def understood(
    profile: Profile,
    columns: Mapping[str, tuple[SourceColumn, ...]],
    date_kinds: tuple[int, int],
) -> Iterator[str]:
    """Yield the sentences.

    Args:
        profile: the rules that were used.
        columns: the source columns of each canonical field.
        date_kinds: how many dates of a workbook are stored as dates, and how many as text.
    """
    formats = " or ".join(str(text) for text in many(profile.date.formats))
    yield f"Posting date from {_names(columns, 'posting_date')}, written as {formats}"
    stored, written = date_kinds
    if stored and written:
        yield (
            f"The date column holds {stored} true dates and {written} written as text: "
            "compare some of them with the source"
        )
    yield f"Amount from {_names(columns, 'amount')}, {_amount(profile)}"
    others = [field for field in columns if field not in {"posting_date", "amount"}]
    if others:
        parts = (f"{field.replace('_', ' ')} from {_names(columns, field)}" for field in others)
        yield "Also " + ", ".join(parts)


def _amount(profile: Profile) -> str:
    rule = profile.amount
    if rule.credit is not None:
        meaning = "credit is money received, debit money paid"
    elif rule.indicator is not None:
        words = ", ".join(f"'{word}'" for word in rule.received)
        meaning = f"received where its word is {words}"
    else:
        other = "paid" if rule.positive == "received" else "received"
        meaning = f"plus is money {rule.positive}, minus money {other}"
    for way, marks in (("received", rule.received_marks), ("paid", rule.paid_marks)):
        if marks:
            meaning += f", {' or '.join(repr(mark) for mark in marks)} is money {way}"
    return f"'{rule.decimal}' is the decimal mark, {meaning}"


def _names(columns: Mapping[str, tuple[SourceColumn, ...]], field: str) -> str:
    return " + ".join(f"'{column.header}'" for column in columns[field])
