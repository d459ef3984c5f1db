"""A profile that is known, and columns beside it that say which rows are payments."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import convert
from msgspec.structs import replace

from importer.proposing.columns import Column, columns_of
from importer.proposing.directions import agreement_of, direction_columns, signs_by_side
from importer.proposing.masks import Rows
from importer.proposing.models import Model, pair
from importer.proposing.numbers import NumberStyle
from importer.proposing.proposal import Answers, Question, needs_input
from importer.proposing.receipts import receipt_rules
from importer.proposing.sections import paid_sections
from importer.proposing.state import Draft
from importer.proposing.states import is_text_of_states, section_rules, status_rules
from importer.proposing.table import Body, Table
from importer.proposing.vocabulary import folded
from importer.proposing.words import Way, answers
from schemas.profile import Profile, SkipRule
from schemas.profile_checks import many, text_places

if TYPE_CHECKING:
    from importer.model import Grid
    from importer.proposing.headers import Header
    from schemas.profile import AmountRule

_OF_ENTRIES = {"open", "offen"}
"""A ledger's entry is open until it is applied: whatever is answered, its money has moved."""


def judged(
    grid: Grid, profile: Profile, header: Header, beside: Sequence[int], positive: str = ""
) -> Profile:
    """Return a profile that also minds states, directions and types in columns beside its own.

    Args:
        grid: the file.
        profile: a profile that names its columns by position.
        header: the header of the file.
        beside: the positions, from 0, of the columns that the profile does not read.
        positive: what an amount without a minus is, where the user has chosen it.

    Raises:
        NeedsInput: one of them says of rows what is not known, or against the signs.
    """
    body = Body(Table(grid), header.last + 1)
    every = columns_of(body, header)
    answers = Answers(positive=positive)
    draft = Draft(grid, body.table, header, body, [every[at] for at in beside], answers)
    draft.columns = [column for column in draft.columns if not _is_of_entries(column)]
    rows = _rows(draft, profile, every)
    amount = _with_direction(draft, rows.model, profile.amount)
    rules = [*_of_states(rows, profile)]
    if amount.indicator is None:
        rules += receipt_rules(rows)
        rows.draft = dataclasses.replace(draft, columns=every)
        rules = [*paid_sections(rows), *section_rules(rows), *rules]
    if draft.questions:
        raise needs_input(grid.source.file, *draft.questions)
    skip = (*profile.skip, *convert(rules, list[SkipRule]))
    return replace(profile, amount=amount, skip=skip)


def _of_states(rows: Rows, profile: Profile) -> Iterator[dict[str, Any]]:
    """Yield the rules for states; texts may be states only where they are nothing else."""
    draft, texts = rows.draft, text_places(profile)
    columns = [
        column
        for column in draft.columns
        if column.at not in texts or is_text_of_states(rows, column)
    ]
    rows.draft = dataclasses.replace(draft, columns=columns)
    yield from status_rules(rows)
    rows.draft = draft


def _is_of_entries(column: Column) -> bool:
    return folded(column.name) in _OF_ENTRIES and bool(answers(set(column.cells) - {""}))


def _rows(draft: Draft, profile: Profile, every: Sequence[Column]) -> Rows:
    """Return the rows as the profile reads them."""
    rule = profile.amount
    marks = tuple(str(mark) for mark in many(rule.thousands))
    draft.style = NumberStyle(rule.decimal, marks, sure=True, why="")
    draft.marks = rule.marks
    draft.settings["date.formats"] = many(profile.date.formats)
    draft.settings["amount.positive"] = rule.positive
    date = every[int(profile.date.column) - 1]
    if rule.column is None:
        credit, debit = (every[int(at or 1) - 1] for at in (rule.credit, rule.debit))
        return Rows(draft, pair(draft, credit, debit, 0), date)
    column = every[int(rule.column) - 1]
    kind = "signed" if column.has_negatives else "single"
    return Rows(draft, Model(kind, column, draft.money(column), 0), date)


def _with_direction(draft: Draft, model: Model, rule: AmountRule) -> AmountRule:
    """Return the amount rule with the column of words that say the direction, if there is one."""
    amount, found = model.amount, direction_columns(draft)
    if amount is None or not found:
        return rule
    words, ways = min(found, key=lambda one: abs(one[0].at - amount.at))
    if model.kind == "signed":
        if agreement_of(signs_by_side(draft, model.values, words, ways)) is not True:
            draft.questions.append(_against_signs(draft, words, amount))
        return rule
    if set(ways.values()) == {Way.RECEIVED}:
        return rule
    if not words.says("direction") and not (words.says("credit") and words.says("debit")):
        draft.questions.append(_direction_question(draft, words, ways))
    sides = {
        side: tuple(sorted(word for word, said in ways.items() if said is side)) for side in Way
    }
    return replace(
        rule,
        indicator=draft.reference(words),
        received=sides[Way.RECEIVED],
        paid=sides[Way.PAID],
        neither=sides[Way.NEITHER],
    )


def _against_signs(draft: Draft, words: Column, amount: Column) -> Question:
    return Question(
        "amount.indicator",
        f"The words in {draft.label(words)} do not agree with the signs in {draft.label(amount)}.",
        ("the signs are right: a minus is money paid", "the words say the direction"),
        "a profile with or without amount.indicator",
    )


def _direction_question(draft: Draft, words: Column, ways: dict[str, Way]) -> Question:
    paid = ", ".join(f"'{word}'" for word, said in sorted(ways.items()) if said is Way.PAID)
    return Question(
        "amount.indicator",
        f"{draft.label(words)} may say which way the money went, and {paid} that it was paid.",
        ("its words say the direction", "they say something else: every row is money received"),
        "a profile with or without amount.indicator",
    )
