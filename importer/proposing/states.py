"""Rows whose status says that no money moved, or not yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.columns import Column
from importer.proposing.masks import MAX_ODD, Rows
from importer.proposing.proposal import Question
from importer.proposing.state import Draft
from importer.proposing.table import count
from importer.proposing.words import BLANKS, State, answers, state, state_of_header, way

MAX_WORDS = 12
MAX_STATES = 6
MAX_HEADING = 48
KINDS = {State.PENDING: "pending", State.VOID: "other"}
REASONS = {
    State.PENDING: "the bank has not booked it yet",
    State.VOID: "declined, cancelled or failed: no money moved",
}


def rule_of(kind: str, reason: str, **keys: Any) -> dict[str, Any]:  # noqa: ANN401 - TOML values
    """Return a `[[skip]]` rule."""
    return {**keys, "kind": kind, "reason": reason}


def is_one_of(draft: Draft, column: Column, words: list[str]) -> pa.Array:
    """Return which cells of a column are one of some words."""
    return pc.is_in(draft.body.texts(column.at), value_set=pa.array(words, pa.string()))


def is_short(word: str) -> bool:
    """Say whether a text is a word rather than a story."""
    return len(word) <= 24 and len(word.split()) <= 3  # noqa: PLR2004


def status_rules(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield rules for the words of a status column, or of a column that mentions states."""
    draft = rows.draft
    for column in draft.columns:
        if column.is_day or column is rows.model.words or column in rows.model.columns:
            continue
        words = (draft.body.words(column.at, MAX_WORDS) or set()) - set(BLANKS) - {column.name}
        if not words:
            continue
        states: dict[str, State | None] = {word: state(word) for word in words}
        answered = _answers(column, words)
        if column.is_money and not answered:
            continue
        called = column.says("status") and not column.says("party")
        named = bool(answered) or called or _is_like_status(column, states)
        if column.at in draft.used and not named and not _is_only_states(states):
            continue
        if not named and not (column.says("type", "text") or not column.name):
            continue
        states = answered or states
        yield from _rules(rows, column, states, named=named)
        if named and _is_unclear(column, states):
            draft.questions.append(_question(draft, column, states))


def is_text_of_states(rows: Rows, column: Column) -> bool:
    """Say whether a column of texts holds states alone; ask where only some payments have one."""
    draft = rows.draft
    words = draft.body.words(column.at, MAX_WORDS) or set()
    states = {word: state(word) for word in words - {*BLANKS, column.name, ""}}
    if not states or not _is_only_states(states):
        return False
    empty = count(pc.equal(pc.filter(draft.body.texts(column.at), rows.paid), ""))
    if empty and set(states.values()) != {State.BOOKED}:
        draft.questions.append(_text_question(draft, column, sorted(states)))
    return True


def section_rules(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield a rule for the last rows where a heading says that they are pending; else ask.

    Only rows that reach to the end without a break are surely below the heading: after a blank
    line or another row of text the booked ones may go on.
    """
    draft = rows.draft
    found = (one for one in headings(rows) if state(one[2]) is State.PENDING)
    heading = next(found, None)
    if heading is None:
        return
    at, column, text = heading
    paid = rows.paid[at + 1 :]
    if not count(paid):
        return
    length = draft.body.length
    unbroken = draft.body.row_number(length - 1) - draft.body.row_number(at) == length - 1 - at
    again = count(pc.equal(draft.body.texts(column.at), text)) > 1
    if count(rows.paid[:at]) and unbroken and count(paid) == len(paid) and not again:
        reference = draft.reference(column)
        reason = REASONS[State.PENDING]
        yield rule_of("pending", reason, column=reference, words=[text], to_end=True)
    else:
        draft.questions.append(_section_question(draft, at, text))


def headings(rows: Rows) -> Iterator[tuple[int, Column, str]]:
    """Yield the rows that may be the heading of those below: row, column and its only text."""
    draft = rows.draft
    texts = [draft.body.texts(column.at) for column in draft.columns]
    bare = pc.and_(pc.is_null(rows.day), pc.is_null(rows.model.values))
    for at in pc.indices_nonzero(bare)[:MAX_ODD].to_pylist():
        filled = [
            (column, cells[at].as_py())
            for column, cells in zip(draft.columns, texts, strict=True)
            if cells[at].as_py()
        ]
        if len(filled) != 1:
            continue
        column, text = filled[0]
        starts = column is rows.date or column.at == 0  # text of the row above stands elsewhere
        if starts and is_heading(text):
            yield at, column, text


def is_heading(text: str) -> bool:
    """Say whether a text that stands alone may be the title of the rows below it."""
    return len(text) <= MAX_HEADING and not any(map(str.isdigit, text))


def _section_question(draft: Draft, at: int, text: str) -> Question:
    return Question(
        "skip",
        f"Row {draft.body.row_number(at)} holds only '{text}', which reads like the heading of "
        "payments that the bank has not booked yet, and nothing says for sure where they end.",
        (
            "the payments below it are pending: export the booked ones alone",
            "it is no heading: all payments are booked",
        ),
        "a profile with or without a [[skip]] rule for them, or export only booked payments",
    )


def _rules(
    rows: Rows, column: Column, states: dict[str, State | None], *, named: bool
) -> Iterator[dict[str, Any]]:
    draft = rows.draft
    for said in (State.PENDING, State.VOID):
        found = sorted(
            word for word, one in states.items() if one is said and (named or is_short(word))
        )
        if not named and said is State.VOID and rows.moved_money(is_one_of(draft, column, found)):
            continue  # such as a returned debit
        if found and not all(way(word) is not None for word in states):
            reference = draft.reference(column)
            yield rule_of(KINDS[said], REASONS[said], column=reference, words=found)


def _answers(column: Column, words: set[str]) -> dict[str, State | None]:
    """Return what the answers below a header such as `Cleared` say; empty where it asks nothing."""
    about = state_of_header(column.name)
    said = answers(words)
    if about is None:
        return {}
    if about is State.BOOKED:
        return {word: State.BOOKED if yes else State.PENDING for word, yes in said.items()}
    return {word: about if yes else State.BOOKED for word, yes in said.items()}


def _is_like_status(column: Column, states: dict[str, State | None]) -> bool:
    """Say whether a column of another name holds few words, those of states among them."""
    told = [one for one in states.values() if one is not None]
    return (
        1 < len(states) <= MAX_STATES
        and all(map(is_short, states))
        and not column.says("type", "text", "party", "direction", "reference", "name")
        and any(one in (State.PENDING, State.VOID) for one in told)
        and len(told) * 2 >= len(states)
    )


def _is_only_states(states: dict[str, State | None]) -> bool:
    """Say whether every cell that is filled is a single word, and that of a state."""
    return all(one is not None and len(word.split()) == 1 for word, one in states.items())


def _is_unclear(column: Column, states: dict[str, State | None]) -> bool:
    """Say whether a status has words of unknown meaning, beside others."""
    unknown = [word for word, said in states.items() if said is None]
    some = len(unknown) < len(states)
    return bool(unknown) and column.distinct > 1 and (some or len(states) <= MAX_STATES)


def _text_question(draft: Draft, column: Column, words: list[str]) -> Question:
    listed = ", ".join(f"'{word}'" for word in words[:6])
    return Question(
        "skip",
        f"{draft.label(column)} holds {listed} on some rows and nothing on the others, which may "
        "say what was paid for, or that no money came.",
        (
            "it says what was paid for: the rows count",
            "no money came: the rows must be skipped",
        ),
        "more words there, or a column 'Status' for them",
    )


def _question(draft: Draft, column: Column, states: dict[str, State | None]) -> Question:
    unknown = sorted(word for word, said in states.items() if said is None)
    listed = ", ".join(f"'{word}'" for word in unknown[:6])
    return Question(
        "skip",
        f"{draft.label(column)} holds words whose meaning is not known: {listed}.",
        (
            "they mean booked payments: the rows count",
            "they mean pending or void payments: the rows must be skipped",
        ),
        "a profile with a [[skip]] rule for them, or none",
    )
