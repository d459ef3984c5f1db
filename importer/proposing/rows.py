"""Rows that are no payments: pending, void, balances, totals, notes, text of the row above."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing import days
from importer.proposing.columns import Column
from importer.proposing.masks import MAX_ODD, Rows
from importer.proposing.models import Model
from importer.proposing.other_tables import other_tables
from importer.proposing.proposal import Question
from importer.proposing.receipts import receipt_rules
from importer.proposing.sections import paid_sections
from importer.proposing.state import Draft
from importer.proposing.states import (
    REASONS,
    is_one_of,
    is_short,
    rule_of,
    section_rules,
    status_rules,
)
from importer.proposing.table import ZERO, count
from importer.proposing.words import (
    BLANKS,
    State,
    is_balance,
    is_total,
    names_balance,
    names_total,
    starts_balance,
    state,
)

MAX_LISTED = 20
END_ROWS = 10


def choose_blanks(draft: Draft, model: Model) -> None:
    """Decide which words mean an empty cell."""
    spoken = set(model.ways)
    found: set[str] = set()
    for column in draft.columns:
        if model.words is column:
            continue
        cells = set(draft.body.sample(column.at))
        found |= {word for word in BLANKS if word in cells}
    # a word of direction must not vanish, so such a mark stays what it is
    keep = sorted(found - spoken)
    if keep:
        draft.decide("blanks", keep, "cells that hold only this mean nothing")


def choose_rows(draft: Draft, model: Model, date: Column) -> None:
    """Decide the rules for rows that are no payments."""
    rows = Rows(draft, model, date)
    rules: list[dict[str, Any]] = [
        *other_tables(rows),
        *section_rules(rows),
        *paid_sections(rows),
        *status_rules(rows),
        *receipt_rules(rows),
        *_balances_and_totals(rows),
        *_dated_totals(rows),
        *_words_for_days(rows),
        *_unlabelled_total(rows),
    ]
    _continuation(rows)
    if rules:
        draft.settings["skip"] = rules


def _balances_and_totals(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield rules for the labels of balance and total rows."""
    draft = rows.draft
    odd = pc.invert(rows.paid)
    at = pc.indices_nonzero(odd)[:MAX_ODD]
    seen: set[tuple[int, str]] = set()
    for column in draft.columns:
        if column in rows.model.columns:
            continue
        texts = draft.body.texts(column.at)
        for index, text in zip(at.to_pylist(), pc.take(texts, at).to_pylist(), strict=True):
            label = _label(text)
            if not label or (column.at, label) in seen or len(seen) >= MAX_LISTED:
                continue
            if days.looks_like_day(text):
                continue
            kind = "total" if names_total(label) else "balance" if names_balance(label) else ""
            if kind and (rows.no_date[index].as_py() or column.at == rows.date.at):
                seen.add((column.at, label))
                yield _labelled(rows, column, label, kind)
            elif kind and (rows.no_amount[index].as_py() or not rows.day[index].is_valid):
                if count(pc.and_(rows.paid, pc.equal(texts, text))):
                    continue  # payments are called so as well
                seen.add((column.at, label))
                reason = f"a row of a {kind}, not a payment"
                yield rule_of(kind, reason, column=draft.reference(column), words=[text])
    yield from _dated_balances(rows, seen)


def _labelled(rows: Rows, column: Column, label: str, kind: str) -> dict[str, Any]:
    reason = f"a row of a {kind}, not a payment"
    keys: dict[str, Any] = {"pattern": f"(?i)^\\s*{_escaped(label)}"}
    if column.at != rows.date.at:
        keys["column"] = rows.draft.reference(column)
        keys["undated"] = True
    else:
        keys["column"] = rows.draft.reference(column)
    return rule_of(kind, reason, **keys)


def _dated_balances(rows: Rows, seen: set[tuple[int, str]]) -> Iterator[dict[str, Any]]:
    """Yield rules for rows with a day and a number that are labelled as balances."""
    draft = rows.draft
    for column in draft.columns:
        if column.is_money or column.is_day or not column.filled:
            continue
        texts = draft.body.texts(column.at)
        ends = pc.unique(pa.concat_arrays([texts[:2], texts[-3:]])).to_pylist()
        labels = sorted(text for text in ends if text and starts_balance(text))
        labels = [one for one in labels if (column.at, _label(one)) not in seen]
        found = [one for one in labels if not _like_payment(rows, column, one)]
        for label in labels:
            if label not in found and not rows.moved_money(is_one_of(draft, column, [label])):
                draft.questions.append(_balance_question(draft, column, label))
        if found:
            reason = "a row of a balance, not a payment"
            yield rule_of("balance", reason, column=draft.reference(column), words=found)


def _like_payment(rows: Rows, column: Column, label: str) -> bool:
    """Say whether rows with more than the label of a balance have a day and another amount."""
    if is_balance(label):
        return False
    named = pc.and_(rows.paid, is_one_of(rows.draft, column, [label]))
    if rows.model.balance is None:
        return count(named) > 0
    same = pc.equal(pc.abs(rows.model.values), pc.abs(rows.draft.money(rows.model.balance)))
    return count(pc.and_not(named, pc.fill_null(same, fill_value=False))) > 0


def _balance_question(draft: Draft, column: Column, label: str) -> Question:
    return Question(
        "skip",
        f"A row at the beginning or end says '{label}' in {draft.label(column)}.",
        ("it is a balance: skipped", "it is a payment to or from one of that name"),
        "a profile with or without a [[skip]] rule for it",
    )


def _dated_totals(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield rules for totals with a day among the last rows; ask where the sum disagrees."""
    draft, values = rows.draft, rows.model.values
    tail = min(END_ROWS, draft.body.length)
    start = draft.body.length - tail
    ends = values[start:].to_pylist()
    for column in draft.columns:
        if column.is_money or column.is_day:
            continue
        texts = draft.body.texts(column.at)[start:].to_pylist()
        words = sorted(
            {
                text
                for text, value, day in zip(texts, ends, rows.day[start:].to_pylist(), strict=True)
                if text and value is not None and day is not None and is_total(text)
            }
        )
        if not words:
            continue
        whole = draft.body.texts(column.at)
        named = pc.is_in(whole, value_set=pa.array(words, pa.string()))
        rest = pc.filter(values, pc.invert(pc.or_(named, _labels_of_balances(whole))))
        sums = {abs(_sum(pc.filter(rest, side(rest, ZERO)))) for side in (pc.greater, pc.less)}
        sums.add(abs(_sum(rest)))
        totals = {abs(value) for value in pc.drop_null(pc.filter(values, named)).to_pylist()}
        if not totals <= sums:
            draft.questions.append(_total_question(draft, column, words))
        reason = "a row of a total, not a payment"
        yield rule_of("total", reason, column=draft.reference(column), words=words)


def _sum(values: pa.Array) -> Decimal:
    return pc.sum(values).as_py() or Decimal(0)


def _labels_of_balances(texts: pa.Array) -> pa.Array:
    ends = {*texts[:END_ROWS].to_pylist(), *texts[-END_ROWS:].to_pylist()}
    labels = [text for text in ends if text and starts_balance(text)]
    return pc.is_in(texts, value_set=pa.array(labels, pa.string()))


def _total_question(draft: Draft, column: Column, words: list[str]) -> Question:
    return Question(
        "skip",
        f"Rows at the end are called '{words[0]}' in {draft.label(column)}, yet the amounts do "
        "not add up to theirs.",
        ("they are totals of something else: skipped", "they are payments to or from that name"),
        "a profile with or without a [[skip]] rule for them",
    )


def _label(text: str) -> str:
    """Return the words at the start of a cell, up to the first digit or colon."""
    found = re.match(r"[^\d:;|]{2,60}", text)
    return found[0].strip(" .-#(") if found else ""


def _escaped(text: str) -> str:
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


def _words_for_days(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield rules for cells of the date column that are no days: pending rows and notes."""
    draft = rows.draft
    wrong = pc.and_(pc.is_null(rows.day), pc.invert(rows.no_date))
    reference = draft.reference(rows.date)
    texts = pc.unique(pc.filter(rows.date_text, wrong)).to_pylist()[:MAX_ODD]
    names = {" ".join(name.split()) for name in draft.header.names}
    numbers = [text for text in texts if not re.search(r"[^\W\d_]", text)]
    texts = [text for text in texts if text not in names and text not in numbers]
    pending = sorted(text for text in texts if is_short(text) and state(text) is State.PENDING)
    if pending:
        reason = REASONS[State.PENDING]
        yield rule_of("pending", reason, column=reference, words=pending)
    with_amount = set(
        pc.unique(pc.filter(rows.date_text, pc.and_(wrong, pc.invert(rows.no_amount)))).to_pylist()
    )
    notes = [text for text in texts if text not in with_amount and text not in pending]
    notes = [text for text in notes if not names_total(text) and not names_balance(_label(text))]
    fixed = sorted(text for text in notes if not re.search(r"\d", text))
    fixed += sorted(text for text in numbers if text not in with_amount)
    if fixed and len(fixed) <= MAX_LISTED:
        yield rule_of("other", "a note, not a payment", column=reference, words=fixed)
    labels = sorted({_label(text) for text in notes if re.search(r"\d", text)} - {""})
    for label in labels[:MAX_LISTED]:
        if not any(text.startswith(label) for text in with_amount):
            pattern = f"^\\s*{_escaped(label)}"
            yield rule_of("other", "a note, not a payment", column=reference, pattern=pattern)


def _unlabelled_total(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield a rule for the only row without a day, where its amounts are the sums of all."""
    undated = pc.and_(rows.no_date, pc.invert(rows.no_amount))
    alone = count(undated) == count(rows.no_date) == 1 and count(rows.paid)
    if rows.draft.settings.get("date.carry") or not alone:
        return
    columns = [column for column in rows.model.columns if column is not rows.model.words]
    for column in columns:
        values = rows.draft.money(column)
        total = pc.sum(pc.filter(values, rows.paid)).as_py() or Decimal(0)
        if (pc.filter(values, undated)[0].as_py() or Decimal(0)) != total:
            return
    reason = "the totals of the columns, without a day"
    yield rule_of("total", reason, column=rows.draft.reference(rows.date), pattern="^$")


def _continuation(rows: Rows) -> None:
    """Decide whether rows of text alone belong to the payment above them."""
    draft = rows.draft
    if draft.header.last < 0 and not count(rows.paid):
        return
    bare = pc.and_(rows.no_date, rows.no_amount)
    above = pc.or_(rows.paid, bare)
    follows = pc.and_(bare[1:], above[:-1])
    references = draft.settings.get("columns.reference", [])
    wanted = references if isinstance(references, list) else [references]
    for column in draft.columns:
        if draft.reference(column) not in wanted:
            continue
        texts = draft.body.texts(column.at)[1:]
        hits = count(pc.and_(follows, pc.not_equal(texts, "")))
        if hits >= 2 and hits >= 0.2 * count(rows.paid):  # noqa: PLR2004
            why = f"{hits:,} rows hold only text, below a payment"
            draft.decide("continuation.column", draft.reference(column), why)
            return


def skipped(draft: Draft) -> pa.Array:
    """Return which rows the rules decided so far leave out."""
    length = draft.body.length
    found = pa.repeat(pa.scalar(value=False), length)
    for rule in draft.settings.get("skip", ()):
        columns = [
            column
            for column in draft.columns
            if rule.get("column") is None or draft.reference(column) == rule["column"]
        ]
        mask = pa.repeat(pa.scalar(value=False), length)
        for column in columns:
            texts = draft.body.texts(column.at)
            if "words" in rule:
                hit = pc.is_in(texts, value_set=pa.array(rule["words"], pa.string()))
            else:
                hit = pc.match_substring_regex(texts, pattern=rule["pattern"])
            mask = pc.or_(mask, hit)
        if rule.get("to_end"):
            mask = pc.greater(pc.cumulative_sum(pc.cast(mask, pa.int64())), 0)
        found = pc.or_(found, mask)
    return found
