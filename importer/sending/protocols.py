"""What sending asks of a server's journal and of the import ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from importer.model import Answer, PostedEntry, Proof, ServerLine, Target
from importer.states import Change, Item, State


class Server(Protocol):
    """One journal; writing answers, reading raises `ServiceUnavailable` where it cannot."""

    @property
    def batch_limit(self) -> int:
        """How many operations one `send_many` may have."""
        ...

    def send(self, payload: bytes) -> Answer:
        """Create one line."""
        ...

    def send_many(self, operations: Sequence[tuple[str, bytes]]) -> Mapping[str, Answer]:
        """Create several lines in one request; an answer for every id."""
        ...

    def by_number(self, line_number: int) -> ServerLine | None:
        """Return the visible line with a number, read fresh."""
        ...

    def between(self, low: int, high: int) -> tuple[ServerLine, ...]:
        """Return the visible lines with numbers in a range, both ends included."""
        ...

    def by_id(self, line_id: str) -> ServerLine | None:
        """Return the line with an id."""
        ...

    def highest(self) -> int | None:
        """Return the highest visible line number."""
        ...

    def with_document_prefix(self, prefix: str) -> tuple[ServerLine, ...]:
        """Return the visible lines whose document number starts so."""
        ...

    def delete(self, line_id: str, etag: str) -> Answer:
        """Delete a line that is still as it was read."""
        ...

    def dimensions(self, line_id: str) -> Mapping[str, str]:
        """Return a line's dimensions: code to value code."""
        ...

    def set_dimension(self, line_id: str, code: str, value: str) -> Answer:
        """Give a line a dimension value."""
        ...

    def exists(self) -> object | None:
        """Return the journal, None if it is no longer there under its id."""
        ...

    def posted(self, document_numbers: Collection[str]) -> tuple[PostedEntry, ...]:
        """Return the entries that posting made of these documents."""
        ...

    def may_be_foreign(self, payload: bytes) -> bool:
        """Tell whether a line may have another currency than its posted entries will."""
        ...

    def credited(self, amount: Decimal, since: datetime) -> tuple[PostedEntry, ...]:
        """Return the entries that posting made since, and that credit this amount."""
        ...


class Book(Protocol):
    """The import ledger; every write is committed when it returns."""

    def target(self, run_id: str) -> tuple[Target, str]:
        """Return where a run's payments go, and the key of the company."""
        ...

    def counts(self, run_id: str) -> Mapping[State, int]:
        """Return how many payments of a run are in each state."""
        ...

    def in_states(self, run_id: str, *states: State) -> tuple[Item, ...]:
        """Return a run's payments in some states."""
        ...

    def stated(self, run_id: str) -> tuple[Item, ...]:
        """Return a run's planned payments whose document numbers its file stated."""
        ...

    def spread(self, run_id: str, state: State, most: int) -> tuple[Item, ...]:
        """Return so many of a run's payments in a state, spread over it."""
        ...

    def pending(self, company: str, journal_id: str) -> tuple[Item, ...]:
        """Return a journal's payments that may be on the server."""
        ...

    def sentinels(self, run_id: str, limit: int, before: Item | None = None) -> tuple[Item, ...]:
        """Return a run's payments that were last created; before another was first sent."""
        ...

    def first_tried(self, item: Item) -> datetime | None:
        """Return when a request about a payment first left."""
        ...

    def without_dimensions(self, run_id: str) -> tuple[Item, ...]:
        """Return a run's created payments that still lack their dimensions."""
        ...

    def highest_bound(self, company: str, journal_id: str) -> int | None:
        """Return the highest line number that was ever bound in a journal."""
        ...

    def bound_lines(self, server_ids: Collection[str], company: str | None = None) -> set[str]:
        """Return those lines, by their ids, that are bound to a payment, of a company if named."""
        ...

    def has_sent(self, company: str) -> bool:
        """Tell whether anything was ever sent from here to a company."""
        ...

    def known_documents(self, company: str, numbers: Collection[str]) -> set[str]:
        """Return those document numbers that were sent from here, or acknowledged."""
        ...

    def acknowledge(self, company: str, numbers: Collection[str], at: datetime) -> None:
        """Note document numbers that a person has looked at."""
        ...

    def claim(self, items: Sequence[Item], to: State, at: datetime) -> None:
        """Note that requests are about to leave."""
        ...

    def claim_next(
        self, run_id: str, most: int, at: datetime
    ) -> AbstractContextManager[tuple[Sequence[Item], Callable[[], None]]]:
        """Claim a run's next payments; it stands only if what comes with them was called."""
        ...

    def record(self, changes: Sequence[Change], at: datetime) -> None:
        """Write what became of payments."""
        ...

    def dimensions_done(self, item: Item, reason: str, answer: Answer | None, at: datetime) -> None:
        """Note that a created line has its dimensions, or why it cannot."""
        ...

    def finish(
        self, run_id: str, at: datetime, *, proof: Proof | None = None, message: str = ""
    ) -> None:
        """Close a run with its proof."""
        ...

    def begin_undo(self, run_id: str, at: datetime) -> None:
        """Note that a run is given up."""
        ...
