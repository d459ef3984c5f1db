"""A profile that knows a file by its header, and what the file says against it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer.errors import InputProblem, NeedsInput
from schemas.profile_checks import many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.mapping import Mapped
    from importer.model import Grid
    from importer.pipeline.jobs import Reading
    from importer.proposing import Proposal
    from schemas.profile import Profile


def recognised(
    grid: Grid,
    profiles: Iterable[Profile],
    reading: Reading,
    proposed: Callable[[Grid, Reading], Proposal],
) -> Profile:
    """Return the one profile whose header stands in the file.

    Raises:
        InputProblem: none does.
        NeedsInput: several do, or the file says that it is of another bank, or may be.
    """
    from importer.mapping import ask_for_currency, doubt_of_header, recognise

    profile = recognise(grid, profiles)
    ask_for_currency(grid, profile)
    doubt = doubt_of_header(grid, profile, date_format=reading.date_format, decimal=reading.decimal)
    if doubt and not _is_shown(proposed, grid, reading, profile):
        ways = (
            f"--profile {profile.name}: it is of {profile.title}",
            "--profile auto: it is of another bank, and is read by its content",
        )
        raise NeedsInput(
            f"{grid.source.file}: many banks use the header of profile '{profile.name}' "
            f"({profile.title}), and this file can be read in two ways: {doubt}. "
            f"Choose: {'; '.join(ways)}.",
            ways,
        )
    return profile


def _is_shown(
    proposed: Callable[[Grid, Reading], Proposal], grid: Grid, reading: Reading, profile: Profile
) -> bool:
    """Say whether all that the file holds shows that it is written as the profile says."""
    try:
        other = proposed(grid, reading)
    except InputProblem:
        return False
    asked = {one.key for one in other.questions if one.blocking}
    return not asked & {"date.formats", "amount.decimal"} and _written(other.profile) == _written(
        profile
    )


def _written(profile: Profile) -> tuple[str, str]:
    """Return the order of the days and the decimal mark."""
    text = str(many(profile.date.formats)[0])
    return "".join(letter for letter in text if letter in "dmyY").lower(), profile.amount.decimal


def has_states(profile: Profile) -> bool:
    """Say whether a profile skips rows by a column of states."""
    if not any(rule.words and rule.column is not None for rule in profile.skip):
        return False  # most have no such rule: the words of states take long to load
    from importer.proposing import status_columns

    return bool(status_columns(profile))


def minding_states(grid: Grid, profile: Profile) -> Profile:
    """Return a profile that skips every word of its states by which no money moved, or not yet."""
    if not has_states(profile):
        return profile
    from importer.mapping import words_of
    from importer.proposing import with_unlisted

    return with_unlisted(profile, partial(words_of, grid, profile))


def minding_more(part: Grid, above: Mapped) -> Mapped:
    """Return the first part of a file, `above`, whose profile minds the states of a later part."""
    if not has_states(above.profile):
        return above
    from importer.mapping import words_of
    from importer.proposing import with_unlisted

    words = partial(words_of, part, above.profile, above=above.found)
    return replace(above, profile=with_unlisted(above.profile, words))
