"""Compares what a file prints about itself, balances, totals and counts, with its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import plain, tidy
from importer.model import Finding, Grid, Kind, Says, Severity, Stated
from importer.validation.running import Balances, of_kind
from schemas.texts import arrow, longest

if TYPE_CHECKING:
    import pandas as pd

    from importer.validation.running import Break

DIFFERS = "control-total-differs"
UNPROVEN = "control-total-unproven"
BREAKS = "balance-breaks"

_REMEDY = "Export the file again, whole; if it is right as it is, import it with --accept-totals."
_COMPARE = (
    "Compare the rows with the bank (one may be missing) and export the file again; if it is "
    "right as it is, import it with --accept-totals."
)

MAX_ACCOUNTS = 50
"""A statement may be about one of so many accounts or currencies."""

COMPARED = (
    "row",
    "kind",
    "amount",
    "amount_fault",
    "own_account",
    "currency",
    "balance",
    "balance_text",
)
"""The canonical columns that are compared with what a file prints about itself."""

_KEPT = ("row", "kind", "amount", "own_account", "currency", "balance_text")

_SUMS = (Says.RECEIVED, Says.PAID, Says.TOTAL)
_COUNTS = {Says.COUNT: None, Says.COUNT_RECEIVED: True, Says.COUNT_PAID: False}


class Column(Protocol):
    """A column of the source file."""

    @property
    def header(self) -> str:
        """Return its header text."""
        ...


class Controlled(Protocol):
    """A source file by canonical columns, with what it prints about itself."""

    @property
    def grid(self) -> Grid:
        """Return the source file as it is."""
        ...

    @property
    def frame(self) -> pd.DataFrame:
        """Return the canonical columns."""
        ...

    @property
    def columns(self) -> Mapping[str, Sequence[Column]]:
        """Return the source columns of the canonical ones."""
        ...

    @property
    def stated(self) -> tuple[Stated, ...]:
        """Return what the file prints."""
        ...


def evidence(mapped: Controlled) -> Iterator[Finding]:
    """Yield a finding for each balance, total or count that disagrees with the rows."""
    found = Evidence(mapped)
    found.add({name: arrow(mapped.frame[name]) for name in COMPARED})
    yield from found.findings(mapped.stated)


class Evidence:
    """The rows of a file, which may come in parts, against what the file prints of itself."""

    def __init__(self, mapped: Controlled) -> None:
        """Begin with no rows of the file of `mapped`."""
        source = mapped.columns.get("balance", ())
        self._balance_header = source[0].header if source else ""
        self._balances = None if _came_back(mapped.grid) else Balances()
        self._parts: list[pa.Table] = []
        self._unread = 0

    def add(self, columns: Mapping[str, pa.Array]) -> None:
        """Take the next rows; the columns are those of `COMPARED`."""
        if self._balances is not None:
            self._balances.add(columns)
        payment = of_kind(columns["kind"], Kind.INCOMING, Kind.OUTGOING)
        amount, fault = columns["amount"], columns["amount_fault"]
        if longest(fault):
            unread = pc.and_(pc.is_null(amount), pc.not_equal(fault, ""))
            self._unread += int(pc.sum(pc.and_(payment, unread)).as_py() or 0)
        self._parts.append(pa.table({name: _own(columns[name]) for name in _KEPT}))

    def rows(self) -> pa.Array:
        """Return the numbers of all rows."""
        return pa.chunked_array([part["row"].chunk(0) for part in self._parts]).combine_chunks()

    def findings(self, stated: Sequence[Stated]) -> Iterator[Finding]:
        """Yield a finding for each balance, and for each of `stated`, that disagrees with them."""
        if self._balances is not None:
            yield from self._of_balances(self._balances.breaks())
        if stated:
            yield from _Rows(pa.concat_tables(self._parts), self._unread).compared(stated)

    def _of_balances(self, breaks: Iterator[Break]) -> Iterator[Finding]:
        table = pa.concat_tables(self._parts)
        rows, texts, currencies = (table[name] for name in ("row", "balance_text", "currency"))
        for one in breaks:
            row, other = (rows[at].as_py() for at in (one.index, one.other))
            text = texts[one.index].as_py()
            expected = plain(tidy(one.expected, currencies[one.index].as_py()))
            message = (
                f"the balance {text!r} of row {row} does not agree with that of row {other} and "
                f"the amounts between them; expected {expected}"
            )
            name = self._balance_header
            yield Finding(BREAKS, Severity.ERROR, None, name, text, message, _COMPARE)


def _came_back(grid: Grid) -> bool:
    """Return whether rows are missing by our own doing: no balance runs through the rest."""
    return bool(grid.places or grid.layout.sources or grid.layout.origin)


def _own(values: pa.Array) -> pa.Array:
    """Return an array that keeps its own values in memory, and not those of a whole part."""
    return pa.concat_arrays([values, values[:0]])


@dataclass(frozen=True, slots=True)
class _Part:
    """The signed amounts of some rows of a file."""

    amounts: pa.Array

    def sum(self, *, received: bool | None = None) -> Decimal:
        amounts = self.amounts
        if received is not None:
            side = pc.greater if received else pc.less
            amounts = pc.filter(amounts, side(amounts, pa.scalar(0, amounts.type)))
        return pc.sum(amounts).as_py() or Decimal(0)

    def count(self, *, received: bool | None = None) -> int:
        if received is None:
            return len(self.amounts)
        side = pc.greater if received else pc.less
        return int(pc.sum(side(self.amounts, pa.scalar(0, self.amounts.type))).as_py() or 0)


class _Rows:
    """The rows of a file, to be compared with what it prints."""

    def __init__(self, table: pa.Table, unread: int) -> None:
        self.row, self.kind, self.amount = (table[name] for name in ("row", "kind", "amount"))
        self.accounts = [table[name] for name in ("own_account", "currency")]
        self.unread = unread
        self.wider = (
            (Kind.INCOMING, Kind.OUTGOING),
            (Kind.INCOMING, Kind.OUTGOING, Kind.PENDING),
            (Kind.INCOMING, Kind.OUTGOING, Kind.PENDING, Kind.OTHER),
        )

    def _of_kind(self, *kinds: Kind) -> pa.ChunkedArray:
        return of_kind(self.kind, *kinds)

    def compared(self, stated: Sequence[Stated]) -> Iterator[Finding]:
        """Yield a finding for each statement that no reading of the rows agrees with."""
        totals = [one for one in stated if one.says in _SUMS]
        for at, one in enumerate(totals):
            before = next((past.row for past in totals[:at][::-1] if past.row < one.row), 0)
            after = next((past.row for past in totals[at:] if past.row > one.row), 0)
            parts = [*self._parts(), *self._between(before, one.row)]
            parts += self._between(one.row, after) if after else []
            sums = {_side(part, one.says) for part in parts}
            if not any(abs(one.value) == abs(value) for value in sums):
                yield self._finding(one, _side(parts[0], one.says))
        for one in stated:
            if one.says in _COUNTS:
                counts = [part.count(received=_COUNTS[one.says]) for part in self._parts()]
                if one.value not in counts:
                    yield self._finding(one, Decimal(counts[0]))
        yield from self._balances(stated)

    def _balances(self, stated: Sequence[Stated]) -> Iterator[Finding]:
        """Compare the only opening with the only closing balance and the rows between them."""
        opening = [one for one in stated if one.says is Says.OPENING]
        closing = [one for one in stated if one.says is Says.CLOSING]
        if len({one.value for one in opening}) != 1 or len({one.value for one in closing}) != 1:
            return
        moved = closing[0].value - opening[0].value
        sums = [part.sum() for part in self._parts()]
        if not any(moved in (value, -value) for value in sums):
            yield self._finding(closing[0], opening[0].value + sums[0], opening[0])

    def _parts(self) -> list[_Part]:
        """Return the rows that a statement may be about: of all kinds, or of one account."""
        parts = [
            self._part(pc.and_(self._of_kind(*kinds), pc.is_valid(self.amount)))
            for kinds in self.wider
        ]
        booked = pc.and_(self._of_kind(*self.wider[0]), pc.is_valid(self.amount))
        for account in self.accounts:
            names = pc.unique(account).to_pylist()
            if 1 < len(names) <= MAX_ACCOUNTS:
                parts += [self._part(pc.and_(booked, pc.equal(account, name))) for name in names]
        return parts

    def _between(self, after: int, before: int) -> list[_Part]:
        inside = pc.and_(pc.greater(self.row, after), pc.less(self.row, before))
        known = pc.and_(inside, pc.is_valid(self.amount))
        return [self._part(pc.and_(known, self._of_kind(*kinds))) for kinds in self.wider]

    def _part(self, mask: pa.Array) -> _Part:
        return _Part(pc.filter(self.amount, mask))

    def _finding(self, one: Stated, found: Decimal, opening: Stated | None = None) -> Finding:
        value, rows = _shown(one.value, one.says), _shown(found, one.says)
        begin = "" if opening is None else f" from {_shown(opening.value, opening.says)} on"
        label = "" if one.label == str(one.says) else f" ('{one.label}')"
        message = (
            f"row {one.row} states the {one.says} {value}{label}; the rows of the file give "
            f"{rows}{begin}"
        )
        if self.unread:
            cells = "1 amount" if self.unread == 1 else f"{self.unread:,} amounts"
            return Finding(
                UNPROVEN, Severity.WARNING, None, "", value,
                f"{message}, without {cells} that cannot be read",
                "Correct what cannot be read, and check again.",
            )  # fmt: skip
        return Finding(DIFFERS, Severity.ERROR, None, "", value, message, _REMEDY)


def _side(part: _Part, says: Says) -> Decimal:
    return part.sum(received={Says.RECEIVED: True, Says.PAID: False}.get(says))


def _shown(value: Decimal, says: Says) -> str:
    """Return a number as it is written in a sentence: a count, a sum or a balance."""
    if says in _COUNTS:
        return f"{int(value):,}"
    return plain(tidy(abs(value) if says in (Says.RECEIVED, Says.PAID) else value, ""))
