"""Rows below a title such as `Withdrawals`: money that was paid, though no sign says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow.compute as pc

from importer.proposing.masks import Rows
from importer.proposing.proposal import Question
from importer.proposing.state import Draft
from importer.proposing.states import headings, is_heading, rule_of
from importer.proposing.table import ZERO, count
from importer.proposing.words import Way, section_way

TITLE_ROWS = 3
REASON = "below a heading of money paid: no money received"


def paid_sections(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield a rule for the last rows where a title says that they were paid; else ask."""
    if not _all_received(rows):
        return
    draft = rows.draft
    above = _title_above(draft)
    titles = [one for one in headings(rows) if section_way(one[2]) is not None]
    if above:
        titles.insert(0, (-1, draft.columns[0], above))
    for place, (at, column, text) in enumerate(titles):
        if section_way(text) is not Way.PAID:
            continue
        end = titles[place + 1][0] if place + 1 < len(titles) else draft.body.length
        if not _received(rows, at + 1, end) or _has_paid(rows, at + 1, end):
            continue  # nothing to doubt, or signs tell both directions
        alone = count(pc.equal(draft.body.texts(column.at), text)) == 1
        last = all(section_way(one) is Way.PAID for *_, one in titles[place:])
        if at >= 0 and alone and last and rows.model.kind == "single":
            reference = draft.reference(column)
            yield rule_of("other", REASON, column=reference, words=[text], to_end=True)
        else:
            draft.questions.append(_question(draft, at, text))
        return


def _all_received(rows: Rows) -> bool:
    """Say whether amounts count as received and nothing but their sign says so."""
    model = rows.model
    plain = model.kind in {"single", "signed"} and not model.run.proven and not model.printed
    return plain and rows.draft.settings.get("amount.positive") == "received"


def _received(rows: Rows, start: int, end: int) -> int:
    """Count the payments received from one row up to another."""
    values = pc.filter(rows.model.values[start:end], rows.paid[start:end])
    return count(pc.greater(values, ZERO))


def _has_paid(rows: Rows, start: int, end: int) -> bool:
    values = pc.filter(rows.model.values[start:end], rows.paid[start:end])
    return count(pc.less(values, ZERO)) > 0


def _title_above(draft: Draft) -> str:
    """Return the title that stands alone just above the header."""
    first = max(draft.header.first, 0)
    for row in reversed(draft.table.head[max(first - TITLE_ROWS, 0) : first]):
        filled = [cell for cell in row if cell]
        if filled:
            alone = len(filled) == 1 and is_heading(filled[0])
            return filled[0] if alone and section_way(filled[0]) is not None else ""
    return ""


def _question(draft: Draft, at: int, text: str) -> Question:
    place = f"Row {draft.body.row_number(at)}" if at >= 0 else "The row above the header"
    return Question(
        "skip",
        f"{place} holds only '{text}', which reads like the heading of money that was paid, and "
        "the amounts below it have no sign.",
        (
            "the payments below it were paid: export those received alone",
            "it is no heading: all payments were received",
        ),
        "a profile with or without a [[skip]] rule for them, or export only money received",
    )
