"""Which rows are incoming payments, and why the others are not."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import UsageProblem
from importer.mapping.columns import MONEY, Cells, constant, matches, one_of
from importer.model import Kind

if TYPE_CHECKING:
    from importer.mapping.amounts_of_rows import Amounts
    from importer.mapping.header import Header
    from schemas.profile import ContinuationRule, Profile, SkipRule


class Sorting:
    """Gives each row its kind and the rule that decided; the first rule that fits counts."""

    def __init__(self, length: int) -> None:
        """Start with `length` undecided rows."""
        # Numbers of rules until all are known: texts would be copied with each decision.
        self._number = np.zeros(length, np.int32)
        self._rules: list[tuple[str | None, str | pa.Array]] = [(None, "")]

    @property
    def open(self) -> pa.Array:
        """Return which rows are undecided."""
        return pa.array(self._number == 0)

    @property
    def kind(self) -> pa.Array:
        """Return the kind of each row, null where it is undecided."""
        kinds = pa.array([kind for kind, _ in self._rules], pa.string())
        return pc.take(kinds, pa.array(self._number))

    @property
    def rule(self) -> pa.Array:
        """Return the words of the rule that decided each row."""
        words = [rule if isinstance(rule, str) else "" for _, rule in self._rules]
        rules = pc.take(pa.array(words, pa.string()), pa.array(self._number))
        for at, (_, rule) in enumerate(self._rules):
            if not isinstance(rule, str):
                rules = pc.if_else(pa.array(self._number == at), rule, rules)
        return rules

    def decide(self, mask: pa.Array, kind: Kind, rule: str | pa.Array) -> None:
        """Give the undecided rows of `mask` a kind and the words of the rule."""
        fits = pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)
        self._number[fits & (self._number == 0)] = len(self._rules)
        self._rules.append((str(kind), rule))


HEADER_AGAIN = "the header, repeated"


def skip_by_rules(sorting: Sorting, cells: Cells, header: Header, profile: Profile) -> None:
    """Decide the rows that repeat the header or fit a skip rule of the profile."""
    if header.last >= 0:
        sorting.decide(_repeated(cells, header, profile), Kind.OTHER, HEADER_AGAIN)
    for rule in profile.skip:
        mask = _fits(cells, header, rule, profile)
        if rule.to_end:
            mask = pc.greater(pc.cumulative_sum(pc.cast(mask, pa.int64())), 0)
        sorting.decide(mask, Kind(rule.kind), rule.reason or _reason(rule))


def _repeated(cells: Cells, header: Header, profile: Profile) -> pa.Array:
    """Return the rows whose filled header columns hold the header's own texts."""
    positions = [header.position(name) for name in _unique(profile.header.columns)]
    mask = constant(value=True, length=len(cells))
    for position in positions[:6]:
        mask = pc.and_(mask, one_of(cells.coded(position), [header.names[position]]))
        if not pc.any(mask).as_py():
            break
    return mask


def _unique(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if names.count(name) == 1] or [names[0] + "#1"]


def _fits(cells: Cells, header: Header, rule: SkipRule, profile: Profile) -> pa.Array:
    positions = [] if rule.column is None else [header.position(rule.column)]
    mask = constant(value=False, length=len(cells))
    for position in positions or range(cells.width):
        mask = pc.or_(mask, _found(cells.raw(position), rule, profile))
    if rule.undated:
        undated = pc.equal(cells.text(header.position(profile.date.column)), "")
        mask = pc.and_(mask, undated)
    return mask


def _found(texts: pa.Array, rule: SkipRule, profile: Profile) -> pa.Array:
    if rule.words:
        return one_of(texts, rule.words)
    try:
        return matches(texts, rule.pattern)
    except pa.ArrowInvalid as error:
        raise UsageProblem(
            f"profile {profile.name}: skip.pattern: '{rule.pattern}' is not a regular "
            f"expression of the RE2 kind: {error}. Correct it in the profile."
        ) from error


def _reason(rule: SkipRule) -> str:
    name = f"column {rule.column}" if isinstance(rule.column, int) else f"'{rule.column}'"
    where = "a cell" if rule.column is None else name
    what = " or ".join(f"'{word}'" for word in rule.words) or f"like '{rule.pattern}'"
    return f"{rule.kind} row: {where} is {what}"


def continue_rows(
    sorting: Sorting, cells: Cells, header: Header, rule: ContinuationRule, empty: pa.Array
) -> None:
    """Append the text of continuation rows to the row above them, and decide them.

    Args:
        sorting: the kinds so far; only undecided rows continue others.
        cells: the rows; the text column is replaced.
        header: where the columns are.
        rule: which column holds the text.
        empty: rows with neither date nor amount.
    """
    position = header.position(rule.column)
    texts = cells.text(position)
    following = pc.and_(pc.and_(sorting.open, empty), pc.not_equal(texts, ""))
    group = pc.cumulative_sum(pc.cast(pc.invert(following), pa.int64()))
    following = pc.and_(following, pc.greater(group, 0))
    if not pc.any(following).as_py():
        return
    starts = pc.indices_nonzero(pc.invert(following))
    offsets = pa.concat_arrays([pc.cast(starts, pa.int32()), pa.array([len(texts)], pa.int32())])
    filled = pa.ListArray.from_arrays(offsets, texts)
    together = pc.binary_join(filled, " ")
    owner = pc.subtract(group, group[0])
    whole = pc.if_else(following, texts, pc.take(together, owner))
    cells.replace(position, whole)
    cells.taken[position] = pc.if_else(pc.equal(whole, texts), None, whole)
    above = pc.cast(pc.take(pc.take(cells.rows, starts), owner), pa.string())
    words = pc.binary_join_element_wise("text that belongs to row", above, " ")
    sorting.decide(following, Kind.OTHER, words)


def sort_by_amount(sorting: Sorting, amounts: Amounts, note: pa.Array) -> None:
    """Decide the rest: notes, rows of no direction, money paid; what remains is incoming."""
    sorting.decide(note, Kind.OTHER, "a note: it has neither a date nor an amount")
    sorting.decide(amounts.neither, Kind.OTHER, "a payment in neither direction")
    paid = pc.less(amounts.value, pa.scalar(0, MONEY))
    sorting.decide(paid, Kind.OUTGOING, "money paid, not received")
    sorting.decide(sorting.open, Kind.INCOMING, "")


def empty_rows(columns: list[pa.Array]) -> pa.Array:
    """Return the rows in which all of the columns are empty."""
    return reduce(pc.and_, (pc.equal(column, "") for column in columns))
