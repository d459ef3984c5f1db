"""Columns whose words say the direction of each amount, and whether its sign agrees."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.balances import changes
from importer.proposing.columns import Column
from importer.proposing.state import Draft
from importer.proposing.table import ZERO, count
from importer.proposing.words import Way, is_card_kind, names_means, way

MAX_WORDS = 12
CLEAR_SHARE = 0.9


def direction_columns(draft: Draft) -> list[tuple[Column, dict[str, Way]]]:
    """Return the columns whose words say the direction, with what each word says."""
    found = []
    for column in draft.columns:
        if column.at in draft.used or column.is_money or column.is_day or column.is_currency:
            continue
        found_words = draft.body.words(column.at, MAX_WORDS)
        if not found_words:
            continue
        words = found_words | ({""} & set(draft.body.sample(column.at)))
        if column.name:  # a header that is repeated below
            words -= {column.name}
        ways = {word: said for word in words if (said := way(word)) is not None}
        sides = set(ways.values()) & {Way.RECEIVED, Way.PAID}
        unknown = {word for word in words - ways.keys() if word}
        if not sides or unknown or (names_means(column.name) and can_be_cards(ways)):
            continue
        if "" in words and len(sides) == 1 and not column.says("direction"):
            ways[""] = Way.PAID if sides == {Way.RECEIVED} else Way.RECEIVED
        elif "" in words:
            ways[""] = Way.NEITHER
        if draft.answers.positive and may_be_cards(draft, column, ways):
            continue
        if all(word in ("-", "/", "") for word in words):
            continue
        found.append((column, ways))
    return found


def can_be_cards(ways: dict[str, Way]) -> bool:
    """Say whether the words of direction, but for empty ones, can be kinds of cards."""
    spoken = [word for word, said in ways.items() if word and said is not Way.NEITHER]
    return all(map(is_card_kind, spoken))


def may_be_cards(draft: Draft, column: Column, ways: dict[str, Way]) -> bool:
    """Say whether below a header such as `Type` may stand the cards with which customers paid."""
    unclear = column.says("type") and not column.says("direction", "credit", "debit")
    customers = any(one.says("customer") for one in draft.columns)
    account = any(one.says("account", "bank", "balance") for one in draft.columns)
    return unclear and can_be_cards(ways) and customers and not account


def learned_directions(
    draft: Draft, values: pa.Array, balances: Sequence[Column]
) -> list[tuple[Column, dict[str, Way]]]:
    """Return the columns whose words, known or not, go with the rise and fall of a balance."""
    found = []
    for balance in balances:
        rises, falls = changes(values, draft.money(balance))
        if not count(rises) or not count(falls):
            continue
        for column in draft.columns:
            words = draft.body.words(column.at, MAX_WORDS)
            if not words or len(words) < 2 or column.is_money or column.is_day:  # noqa: PLR2004
                continue
            texts = draft.body.texts(column.at)
            up, down = (set(pc.unique(pc.filter(texts, at)).to_pylist()) for at in (rises, falls))
            if not up & down and words - {column.name} <= up | down:
                ways = dict.fromkeys(sorted(up), Way.RECEIVED)
                found.append((column, ways | dict.fromkeys(sorted(down), Way.PAID)))
    return found


def signs_by_side(
    draft: Draft, values: pa.Array, words: Column, ways: dict[str, Way]
) -> dict[Way, tuple[int, int]]:
    """Count the amounts above and below zero beside the words of each direction that occurs."""
    texts = draft.body.texts(words.at)
    sides = {}
    for side in (Way.RECEIVED, Way.PAID):
        said = pa.array([word for word, one in ways.items() if one is side], pa.string())
        at = pc.is_in(texts, value_set=said)
        above = count(pc.and_(at, pc.greater(values, ZERO)))
        below = count(pc.and_(at, pc.less(values, ZERO)))
        if above + below:
            sides[side] = (above, below)
    return sides


def agreement_of(sides: dict[Way, tuple[int, int]]) -> bool | None:
    """Say whether signs agree with words (true), are their inverse (false), or neither.

    Either must hold on each side: many words of one side would hide the few of the other.
    """
    shares = []
    for side, (above, below) in sides.items():
        right = above if side is Way.RECEIVED else below
        shares.append((right, above + below - right))
    if shares and all(right >= CLEAR_SHARE * (right + wrong) for right, wrong in shares):
        return True
    if shares and all(wrong >= CLEAR_SHARE * (right + wrong) for right, wrong in shares):
        return False
    return None


def contradicting(draft: Draft, values: pa.Array) -> list[tuple[Column, dict[str, Way]]]:
    """Return the columns of direction that the signs of amounts contradict.

    Nothing is returned where another such column agrees. What the user says of the signs goes
    before the words, unless the signs say nothing at all.
    """
    said = direction_columns(draft)
    if any(agreement_of(signs_by_side(draft, values, *one)) is not None for one in said):
        return []
    answered = bool(draft.answers.positive)
    return [
        one
        for one in said
        if contradicts(draft, values, *one) and (not answered or is_unsigned(draft, values, *one))
    ]


def contradicts(draft: Draft, values: pa.Array, words: Column, ways: dict[str, Way]) -> bool:
    """Say whether the signs of amounts neither agree with words of direction nor invert them."""
    sides = signs_by_side(draft, values, words, ways)
    told = len(sides) > 1 or (words.says("direction") and Way.PAID in sides)
    signed = any(below for _, below in sides.values())
    return signed and told and agreement_of(sides) is None


def is_unsigned(draft: Draft, values: pa.Array, words: Column, ways: dict[str, Way]) -> bool:
    """Say whether a minus is so rare beside words of direction that it says no direction."""
    sides = signs_by_side(draft, values, words, ways).values()
    return words.says("direction") and all(above > below for above, below in sides)
