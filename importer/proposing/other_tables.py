"""Another table below the payments: one of another kind, or the payments of a second account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.headers import is_data, score_of
from importer.proposing.masks import Rows
from importer.proposing.proposal import Question
from importer.proposing.state import Draft
from importer.proposing.states import rule_of
from importer.proposing.table import count
from importer.proposing.vocabulary import concepts

MAX_TAIL = 200
MAX_COUNTED = 1_000  # unread rows are counted up to this
MAX_REPEATED = 50
TITLE_ROWS = 6
HEADER_SCORE = 3
_ACCOUNT = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10,34}|[0-9Xx*./ -]{6,34}")


def other_tables(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield a rule that ends the payments where another table begins; ask if it has payments."""
    _ask_second_account(rows)
    draft = rows.draft
    last = pc.indices_nonzero(rows.paid)
    if not len(last):
        return
    end = int(last[-1].as_py()) + 1
    tail = _cells(draft, end, min(end + MAX_TAIL + MAX_COUNTED, draft.body.length))
    for place, cells in enumerate(tail[:MAX_TAIL]):
        if score_of(cells) < HEADER_SCORE or _is_own(draft, cells):
            continue
        for at, cell in enumerate(cells):
            above = draft.body.texts(at)[: end + place]
            if cell and not count(pc.equal(above, cell)):
                reference = draft.reference(draft.columns[at])
                yield rule_of(
                    "other", "another table begins", column=reference, words=[cell], to_end=True
                )
                _ask_unread(draft, end + place, tail[place + 1 :])
                return


def _cells(draft: Draft, start: int, end: int) -> list[tuple[str, ...]]:
    columns = [draft.body.texts(at)[start:end].to_pylist() for at in range(draft.body.width)]
    return list(zip(*columns, strict=True))


def _is_own(draft: Draft, cells: Sequence[str]) -> bool:
    own = [" ".join(name.split()) for name in draft.header.names]
    return [" ".join(cell.split()) for cell in cells] == own


def _ask_unread(draft: Draft, header: int, below: Sequence[tuple[str, ...]]) -> None:
    unread = sum(map(is_data, below))
    if not unread:
        return
    draft.questions.append(
        Question(
            "skip",
            f"Another header stands in row {draft.body.row_number(header)}, and {unread:,} rows "
            "below it have a day and an amount. They are not read.",
            (
                "they are no payments: skipped",
                "they are payments as well: put them into a file of their own",
            ),
            "a profile with its [[skip]] rule after a look at these rows",
        )
    )


def _ask_second_account(rows: Rows) -> None:
    """Ask where the header is repeated below the name of another account."""
    draft = rows.draft
    if draft.header.last < 0 or "columns.own_account" in draft.settings:
        return
    mask = pa.repeat(pa.scalar(value=True), draft.body.length)
    for at, name in enumerate(draft.header.names):
        mask = pc.and_(mask, pc.equal(draft.body.texts(at), name))
    head = draft.table.head[: max(draft.header.first, 0)]
    known = {cell for row in head for cell in row}
    for at in pc.indices_nonzero(mask)[:MAX_REPEATED].to_pylist():
        start = max(at - TITLE_ROWS, 0)
        paid = rows.paid[start:at].to_pylist()
        above = _cells(draft, start, at)
        title = [row for row, is_paid in zip(above, paid, strict=True) if not is_paid]
        named = [cell for row in title for cell in row if cell not in known and _is_account(row)]
        if any(map(_ACCOUNT.fullmatch, named)):
            draft.questions.append(_account_question(draft, at, title))
            return


def _is_account(row: Sequence[str]) -> bool:
    return any("account" in concepts(cell) for cell in row) or any(
        len(cell) > 14 and _ACCOUNT.fullmatch(cell)  # noqa: PLR2004 - as an IBAN
        for cell in row
    )


def _account_question(draft: Draft, at: int, title: Sequence[tuple[str, ...]]) -> Question:
    words = " ".join(cell for row in title for cell in row if cell)[:60]
    return Question(
        "columns.own_account",
        f"The header is repeated in row {draft.body.row_number(at)} below '{words}': the rows "
        "that follow may be those of another account, and no column tells them apart.",
        (
            "all rows are of one account",
            "they are of two accounts: import each from a file of its own",
        ),
        "a profile for this file, or divide it",
    )
