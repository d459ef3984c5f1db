"""Words of states that a profile's own rules for their column do not list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import convert
from msgspec.structs import replace

from importer.proposing.states import KINDS, REASONS, rule_of
from importer.proposing.words import State, state
from schemas.profile import SkipRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from schemas.profile import Column, Profile

_UNMOVED = (State.PENDING, State.VOID)


def status_columns(profile: Profile) -> tuple[Column, ...]:
    """Return the columns in which the rules of a profile look for words such as `Pending`."""
    return tuple(
        dict.fromkeys(
            rule.column
            for rule in profile.skip
            if rule.column is not None and any(state(word) in _UNMOVED for word in rule.words)
        )
    )


def with_unlisted(profile: Profile, words_of: Callable[[Column], Iterable[str]]) -> Profile:
    """Return a profile that skips every word of its states by which no money moved, or not yet.

    Its own rules go first.

    Args:
        profile: the profile.
        words_of: returns the different cells of a column.
    """
    rules = [rule for column in status_columns(profile) for rule in _rules(column, words_of)]
    return replace(profile, skip=(*profile.skip, *convert(rules, list[SkipRule])))


def _rules(
    column: Column, words_of: Callable[[Column], Iterable[str]]
) -> Iterator[dict[str, object]]:
    said = {word: state(word) for word in words_of(column)}
    for one in _UNMOVED:
        if words := sorted(word for word, found in said.items() if found is one):
            yield rule_of(KINDS[one], REASONS[one], column=column, words=words)
