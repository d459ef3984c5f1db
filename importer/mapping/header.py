"""Finding a profile's header in a grid, and the profile that a file belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.errors import InputProblem, NeedsInput
from importer.mapping.mapped import listed
from schemas.profile_checks import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.model import Grid
    from schemas.profile import HeaderRule, Profile

MAX_CELLS = 200_000
"""A header is looked for in so many cells from the top of the file."""

CLOSE_ROWS = 60
"""Rows in which a header that differs is looked for, to show the difference."""

_fold = lru_cache(maxsize=65536)(fold)


@dataclass(frozen=True, slots=True)
class Header:
    """Where a header was found.

    `first` and `last` are indexes of rows in the grid's frame (`last` is -1 where there is no
    header); `names` holds the text of each column of the grid, `""` where it has none.
    """

    first: int
    last: int
    names: tuple[str, ...]

    def positions(self, name: str) -> list[int]:
        """Return the positions of the columns of that name."""
        wanted = _fold(name)
        return [at for at, text in enumerate(self.names) if _fold(text) == wanted]

    def position(self, reference: str | int) -> int:
        """Return the 0-based position of a profile's column reference."""
        if isinstance(reference, int):
            return reference - 1
        found = self.positions(reference)
        if found:
            return found[0]
        base, _, which = reference.rpartition("#")
        return self.positions(base)[int(which) - 1]


def top_rows(grid: Grid, limit: int = MAX_CELLS) -> list[tuple[str, ...]]:
    """Return the cells of the first rows of a grid, at most `limit` cells."""
    width = max(len(grid.frame.columns) - 1, 1)
    head = grid.frame.iloc[: limit // width, 1:]
    return [tuple(row) for row in zip(*(listed(head[name]) for name in head), strict=True)]


def head(grid: Grid, first: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the numbers and the cells of the rows above a header."""
    top = grid.frame.iloc[:first]
    for row in top.itertuples(index=False, name=None):
        yield int(row[0]), row[1:]


def find(rows: Sequence[tuple[str, ...]], rule: HeaderRule) -> Header | None:
    """Return the topmost place where the header stands, None where it does not.

    A header of two rows may have come back in one, as reports write it.
    """
    return _find(rows, _filled(rows), rule)


def _filled(rows: Iterable[tuple[str, ...]]) -> Iterator[list[str]]:
    """Yield the filled cells of each row, as they are compared."""
    return ([text for text in map(_fold, row) if text] for row in rows)


def _find(
    rows: Sequence[tuple[str, ...]], filled: Iterable[list[str]], rule: HeaderRule
) -> Header | None:
    if rule.none:
        return Header(0, -1, ())
    wanted = [_fold(name) for name in rule.columns]
    for count in dict.fromkeys((rule.rows, 1)):
        several = (_together(rows[at : at + count]) for at in range(len(rows) - count + 1))
        for first, found in enumerate(filled if count == 1 else _filled(several)):
            if found == wanted or (rule.more and _in_order(wanted, found)):
                return Header(first, first + count - 1, _together(rows[first : first + count]))
    return None


def _together(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    if len(rows) == 1:
        return rows[0]
    return tuple(" ".join(filter(None, map(str.strip, cells))) for cells in zip(*rows, strict=True))


def _in_order(wanted: Sequence[str], filled: Iterable[str]) -> bool:
    rest = iter(filled)
    return all(name in rest for name in wanted)


def require(grid: Grid, profile: Profile) -> Header:
    """Return the header of a profile that was named for this file.

    Raises:
        InputProblem: it is not there; the text shows the difference.
    """
    refuse_empty(grid)
    rule = profile.header
    if rule.none:
        _require_width(grid, profile)
    rows = top_rows(grid, min(CLOSE_ROWS * len(grid.frame.columns), MAX_CELLS))
    header = find(rows, rule)
    # What stands among the first rows as the profile states it is the topmost.
    if header is None or header.last - header.first + 1 not in (0, rule.rows):
        rows = top_rows(grid)
        header = find(rows, rule)
    if header is None:
        _, difference = _closest(rows, profile)
        raise InputProblem(
            f"{grid.source.file}: the header of profile '{profile.name}' is not in the file: "
            f"{difference}. Name the profile that fits, or adapt this one to the new layout."
        )
    return header


def _require_width(grid: Grid, profile: Profile) -> None:
    """Compare the number of columns of a file without a header."""
    whole = width = len(grid.frame.columns) - 1
    while width and (grid.frame[f"c{width - 1}"] == "").all():
        width -= 1
    if not width <= profile.header.none <= whole:
        raise InputProblem(
            f"{grid.source.file}: profile '{profile.name}' expects rows of "
            f"{profile.header.none} columns without a header; the file has {width}. "
            "Name the profile that fits, or adapt this one to the new layout."
        )


def refuse_empty(grid: Grid) -> None:
    """Raise `InputProblem` for a file without a single filled row."""
    if len(grid.frame) == 0:
        raise InputProblem(
            f"{grid.source.file}: the file is empty. Export it again, with its rows.", "empty"
        )


def recognise(grid: Grid, profiles: Iterable[Profile]) -> Profile:
    """Return the one profile whose header stands in the file.

    Profiles without a header recognise nothing by themselves: they must be named. Where several
    fit, the one that knows the most columns is taken.

    Raises:
        InputProblem: none fits; the text names the columns found and the closest profile.
        NeedsInput: several fit equally well.
    """
    refuse_empty(grid)
    rows = top_rows(grid)
    known = [profile for profile in profiles if profile.header.columns]
    filled = list(_filled(rows))
    fitting = [profile for profile in known if _find(rows, filled, profile.header) is not None]
    most = max((len(profile.header.columns) for profile in fitting), default=0)
    best = [profile for profile in fitting if len(profile.header.columns) == most]
    if len(best) > 1:
        names = " and ".join(f"'{profile.name}'" for profile in best)
        raise NeedsInput(
            f"{grid.source.file}: the profiles {names} fit this file equally well. "
            "Name the right one with --profile.",
            tuple(f"--profile {profile.name}: {profile.title}" for profile in best),
        )
    if not best:
        raise _unknown(grid, rows, known)
    return best[0]


def _unknown(grid: Grid, rows: list[tuple[str, ...]], known: Sequence[Profile]) -> InputProblem:
    columns = _likely_header(rows)
    if len(rows) == 1 and columns and not any(map(_is_value, columns)):
        return InputProblem(
            f"{grid.source.file}: there is only a header ({_listed(columns)}) and no row below "
            "it. Export the file again, with its rows.",
            "header-only",
        )
    ranked = sorted(
        ((*_closest(rows, profile), profile.name) for profile in known), key=lambda one: -one[0]
    )
    near = ""
    if ranked and ranked[0][0] > 0:
        _, difference, name = ranked[0]
        near = f" The closest profile is '{name}': {difference}."
    return InputProblem(
        f"{grid.source.file}: no profile knows this header; found: {_listed(columns)}.{near} "
        "Name a profile with --profile, or write one for this layout.",
        "not-payments",
    )


def _is_value(text: str) -> bool:
    """Return whether a cell is mostly digits: an amount, a date, a number, but no name."""
    return sum(map(str.isdigit, text)) * 2 >= len(text)


def _likely_header(rows: Sequence[tuple[str, ...]]) -> list[str]:
    def weight(row: tuple[str, ...]) -> int:
        return sum(bool(text) and not any(map(str.isdigit, text)) for text in row)

    best = max(rows[:CLOSE_ROWS], key=weight)
    return [" ".join(text.split()) for text in best if text.strip()]


def _closest(rows: Sequence[tuple[str, ...]], profile: Profile) -> tuple[float, str]:
    """Return how near the nearest row comes to the profile's header, and how it differs."""
    rule = profile.header
    wanted = {_fold(name): name for name in rule.columns}
    best: tuple[str, ...] = ()
    best_share = 0.0
    for first in range(min(len(rows), CLOSE_ROWS) - rule.rows + 1):
        names = tuple(text for text in _together(rows[first : first + rule.rows]) if text.strip())
        found = {_fold(text) for text in names}
        share = len(found & wanted.keys()) / len(found | wanted.keys())
        if share > best_share:
            best, best_share = names, share
    if not best:
        return 0.0, f"it expects {_listed(rule.columns)}; no row has any of them"
    return best_share, "; ".join(_difference(best, wanted)) or "its columns are in another order"


def _difference(names: Sequence[str], wanted: dict[str, str]) -> Iterator[str]:
    found = {_fold(text): " ".join(text.split()) for text in names}
    missing = [name for key, name in wanted.items() if key not in found]
    other = [name for key, name in found.items() if key not in wanted]
    if missing:
        yield f"it expects {_listed(missing)}, which the file does not have"
    if other:
        yield f"it does not know {_listed(other)}, which the file has"


def _listed(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(f"'{name[:40]}'" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
