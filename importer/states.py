"""The states of a payment, and what planning, the import ledger and sending hand to each other.

A payment is one validated row that was bound to one line number of one journal. `TRANSITIONS`
is the only statement of what may follow what; code and database both enforce it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from importer.model import Answer, Bucket, Earlier, Layout, Payment, RowOutcome, SourceFile, Target


class State(StrEnum):
    """Where a payment stands in the import ledger."""

    PLANNED = "planned"  # bound to its line number and payload; no request may have run
    SENDING = "sending"  # claimed: a request may be on its way
    UNKNOWN = "unknown"  # a request may have run; its answer is not known
    CREATED = "created"  # on the server, with the content that was sent
    REFUSED = "refused"  # the server refused it; nothing of it is there
    HELD = "held"  # a person must look: a near-twin, or an outcome that cannot be proven
    UNDOING = "undoing"  # the deletion of its line may be on its way
    UNDONE = "undone"  # its line was deleted at the user's wish; its identity is free
    WITHDRAWN = "withdrawn"  # given up before anything was sent; its identity is free


STATES: Mapping[str, State] = MappingProxyType({str(state): state for state in State})
"""By name: much faster than the look-up of an enumeration."""

TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.PLANNED: frozenset({State.SENDING, State.HELD, State.WITHDRAWN}),
        State.SENDING: frozenset(
            {State.CREATED, State.REFUSED, State.UNKNOWN, State.PLANNED, State.HELD}
        ),
        State.UNKNOWN: frozenset({State.SENDING, State.CREATED, State.REFUSED, State.HELD}),
        State.CREATED: frozenset({State.UNDOING}),
        State.REFUSED: frozenset(),
        State.HELD: frozenset({State.PLANNED, State.WITHDRAWN}),
        State.UNDOING: frozenset({State.CREATED, State.UNDONE}),
        State.UNDONE: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
)
"""What may follow each state; everything else raises."""

FIRST_STATES = frozenset({State.PLANNED, State.HELD})
"""The states in which a payment may enter the ledger."""

UNDO_BEGUN = "undo has begun; call it again to end it"
"""What a run says from the first step of its undo to the last: nothing more of it is sent."""

UNDONE = "undone"
"""What a run says whose undo has ended."""

FREED_STATES = frozenset({State.REFUSED, State.UNDONE, State.WITHDRAWN})
"""States whose identity is free: a later import may plan the same payment again."""

UNFINISHED_STATES = frozenset({State.PLANNED, State.SENDING, State.UNKNOWN, State.UNDOING})
"""States that a later run takes up."""

BUCKETS: Mapping[State, Bucket] = MappingProxyType(
    {
        State.PLANNED: Bucket.PLANNED,
        State.SENDING: Bucket.UNKNOWN,
        State.UNKNOWN: Bucket.UNKNOWN,
        State.CREATED: Bucket.CREATED,
        State.REFUSED: Bucket.REFUSED,
        State.HELD: Bucket.HELD,
        State.UNDOING: Bucket.UNKNOWN,
        State.UNDONE: Bucket.HELD,
        State.WITHDRAWN: Bucket.HELD,
    }
)
"""The bucket of a row whose payment is in a state."""


class Identity(StrEnum):
    """By what a payment is recognised when it comes again."""

    BANK_ID = "bank-id"  # the bank's transaction id with the own account
    BALANCE = "balance"  # canonical fields and the running balance
    CONTENT = "content"  # canonical fields and the occurrence in the file
    ROW = "row"  # the file's hash and the row


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The identity of one payment: what it is made of, and the digest that is compared.

    `bank_key` is the own account and the bank's id where the row has one, in any tier; `party`
    are the canonical names of who paid; both serve to notice near-twins.
    """

    kind: Identity
    version: int
    canonical: str
    digest: str
    bank_key: str = ""
    party: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A payment that the import ledger knows; `generation` counts payments of its identity.

    `journal` is the code of the journal, `profile` the name of the profile of its run, `undoing`
    whether the undo of that has begun and not ended.
    """

    payment_id: int
    run_id: str
    row: int
    file: str
    state: State
    digest: str
    kind: Identity
    posting_date: date
    amount: Decimal
    currency: str
    bank_key: str
    party: tuple[str, ...]
    server_id: str
    line_number: int
    generation: int
    journal: str = ""
    profile: str = ""
    undoing: bool = False

    @property
    def waits(self) -> bool:
        """Whether its run has yet to finish it, or to undo it."""
        return self.undoing or self.state in UNFINISHED_STATES

    def earlier(self) -> Earlier:
        """Return how a report names this payment."""
        waits_in = self.journal if self.waits else ""
        return Earlier(self.run_id, self.row, self.server_id, self.line_number, self.file, waits_in)


def waiting(rows: Iterable[RowOutcome]) -> list[Earlier]:
    """Return the payments that duplicates are of and that an earlier run has yet to finish."""
    earlier = (row.earlier for row in rows if row.bucket is Bucket.DUPLICATE)
    return [one for one in earlier if one is not None and one.waits_in]


def resume_command(earlier: Earlier, journal: str) -> str:
    """Return what finishes the run of a payment that waits, for settings that name a journal."""
    other = "" if earlier.waits_in == journal else f" --journal {earlier.waits_in}"
    return f"customer-payments resume{other}"


class Decision(StrEnum):
    """What planning decided about a validated row."""

    SEND = "send"
    DUPLICATE = "duplicate"
    HOLD = "hold"
    STILL_HELD = "still-held"  # a person has yet to release the earlier row it came with


BOUND_DECISIONS = frozenset({Decision.SEND, Decision.HOLD})
"""Decisions that bind a row to a line number; the others point at an earlier payment."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall happen to one validated row; one that is not bound has no line and no payload.

    `own_document` says that the document number was made here and proves whose line it is.
    """

    row: int
    decision: Decision
    payment: Payment
    fingerprint: Fingerprint
    line_number: int = 0
    document_number: str = ""
    own_document: bool = False
    payload: bytes = b""
    generation: int = 0
    known: Known | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One payment as sending sees it.

    `ambiguous` is true from the first try whose execution could not be ruled out.
    `attempted_at` (UTC) is the last try that may still be running; `digest` is of its identity.
    """

    id: int
    run_id: str
    row: int
    state: State
    line_number: int
    document_number: str
    own_document: bool
    payload: bytes
    amount: Decimal
    posting_date: date
    server_id: str = ""
    ambiguous: bool = False
    attempted_at: datetime | None = None
    reason: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    filled: Filled | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the server fills into a new line where nothing was sent."""

    customer_number: str
    description: str


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a payment: the state it goes to, and what is recorded with it.

    `filled` is known of a line that was seen when it was taken for created.
    `rebound` is a new line number with its payload; only a payment of which no try was ever
    ambiguous may take one. `since` (UTC) is when a try that may still run was last seen alive;
    None leaves the time at which it was claimed.
    """

    item: Item
    to: State
    reason: str = ""
    answer: Answer | None = None
    server_id: str = ""
    rebound: tuple[int, bytes] | None = None
    since: datetime | None = None
    filled: Filled | None = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """What the import ledger notes of a run besides its rows; `company` is `company_key`.

    `on_error` is what shall become of the run where the server refuses a row of it.
    """

    command: str
    started_at: datetime
    source: SourceFile
    layout: Layout
    header: tuple[str, ...]
    profile: str
    target: Target
    company: str
    understood: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    on_error: str = "skip"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of `status`: a run with its rows and received money by bucket."""

    run_id: str
    command: str
    started_at: datetime
    finished_at: datetime | None
    file: str
    company_name: str
    journal_code: str
    rows: int
    unfinished: int
    counts: Mapping[Bucket, int]
    totals: Mapping[Bucket, Decimal]
    currencies: tuple[str, ...]
    message: str = ""
