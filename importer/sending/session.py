"""What all steps of sending share: the two ends, the clock, waits that can be stopped."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from importer.errors import ConfigurationProblem, ServiceUnavailable
from importer.model import Answer, AnswerKind, PostedEntry, Target
from importer.sending.aside import Aside, in_thread
from importer.sending.protocols import Book, Server
from importer.states import Change, Item, State

NOT_EXECUTED = frozenset({AnswerKind.THROTTLED, AnswerKind.TRANSIENT, AnswerKind.NOT_RUN})
"""Answers after which the same request may simply be repeated."""

STOPS_RUN = frozenset({AnswerKind.CONFIGURATION, AnswerKind.MISSING})
"""Answers to a new line that concern the journal, not the row."""

SETTLE_SECONDS = 660.0
"""The server's gateway gives up after 10 minutes, its sessions after 8."""

MAX_REPEATS = 6
MAX_PAUSE_SECONDS = 60.0
_LOOK_SECONDS = 1.0


def never() -> bool:
    """Return that nobody wishes to stop."""
    return False


def silent(_done: int, _total: int) -> None:
    """Report no progress."""


def quiet(_sentence: str) -> None:
    """Tell nothing."""


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


class StopRequestedError(Exception):
    """The user asked to stop; everything that was sent is recorded."""


@dataclass
class Session:
    """One run of sending or undoing against one journal.

    `settle_seconds` is how long the server may still work on a request whose answer was lost.
    """

    ledger: Book
    server: Server
    run_id: str
    target: Target
    company: str
    settle_seconds: float
    sleep: Callable[[float], None]
    clock: Callable[[], datetime]
    stop: Callable[[], bool]
    say: Callable[[str], None] = quiet
    aside: Aside = in_thread
    stopping: bool = field(default=False, init=False)
    repeats: int = field(default=0, init=False)
    rebinds: int = field(default=0, init=False)
    posting_visible: bool = field(default=True, init=False)

    def stops(self) -> bool:
        """Tell whether the user wishes to stop; who has wished it once need not repeat it."""
        self.stopping = self.stopping or self.stop()
        return self.stopping

    def check_stop(self) -> None:
        """Leave between two requests if the user wishes so."""
        if self.stops():
            raise StopRequestedError

    def wait(self, seconds: float) -> None:
        """Sleep, in slices between which a wish to stop is seen."""
        remaining = seconds
        while remaining > 0:
            self.check_stop()
            slice_seconds = min(remaining, _LOOK_SECONDS)
            self.sleep(slice_seconds)
            remaining -= slice_seconds

    def unsettled_seconds(self, item: Item) -> float:
        """Return how long the last try of a payment may still be running."""
        now = self.clock()
        passed = (now - (item.attempted_at or now)).total_seconds()
        # A clock that was set back must not shorten the wait, nor make it endless.
        return min(max(self.settle_seconds - passed, 0.0), self.settle_seconds)

    def record(self, changes: Sequence[Change]) -> None:
        """Write what became of payments, now."""
        if changes:
            self.ledger.record(changes, self.clock())

    def claim(self, items: Sequence[Item], to: State) -> None:
        """Note, durably, that requests are about to leave."""
        self.ledger.claim(items, to, self.clock())

    def require_journal(self) -> None:
        """Check that the journal of the run is still there.

        Raises:
            ConfigurationProblem: it is not; posting can re-create it under another id.
        """
        if self.server.exists() is None:
            raise ConfigurationProblem(
                f"The journal {self.target.journal_code} of {self.target.company_name} is no"
                " longer there under its id. Nothing was sent. If posting re-created it, look in"
                " the posted entries, call undo for this run with a journal that is there, and"
                " import the file again."
            )

    def posted(self, documents: Collection[str]) -> tuple[PostedEntry, ...] | None:
        """Return posted entries; None where the server does not let us see them."""
        return self._seen(lambda: self.server.posted(documents))

    def credited(self, amount: Decimal, since: datetime) -> tuple[PostedEntry, ...] | None:
        """Return posted entries that credit an amount; None as `posted`."""
        return self._seen(lambda: self.server.credited(amount, since))

    def _seen(self, look: Callable[[], tuple[PostedEntry, ...]]) -> tuple[PostedEntry, ...] | None:
        if not self.posting_visible:
            return None
        try:
            return look()
        except ConfigurationProblem:
            self.posting_visible = False
            return None

    def pause(self, answers: Sequence[Answer]) -> None:
        """Wait before a repetition of what was not executed, within bounds.

        Raises:
            ServiceUnavailable: it was repeated often enough.
        """
        busy = [answer for answer in answers if answer.kind in NOT_EXECUTED]
        if len(busy) < len(answers):
            self.repeats = 0
            busy = [answer for answer in busy if answer.kind is not AnswerKind.NOT_RUN]
        if not busy:
            return
        self.repeats += 1
        if self.repeats > MAX_REPEATS:
            said = busy[0].message or busy[0].cause or busy[0].status
            raise ServiceUnavailable(
                f"Business Central does not take requests now: {said}. Nothing is lost;"
                " `customer-payments resume` goes on later."
            )
        stated = max((one.retry_after_seconds or 0.0 for one in busy), default=0.0)
        grown = min(MAX_PAUSE_SECONDS, 2.0**self.repeats)
        jitter = secrets.randbelow(1000) / 1000 * grown / 2
        self.wait(min(max(stated, grown / 2 + jitter), 10 * MAX_PAUSE_SECONDS))
