"""Tables, constraints and triggers of the import ledger.

Times are UTC in ISO format, amounts are decimal text, lists and values are JSON.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)

from importer.states import FIRST_STATES, FREED_STATES, TRANSITIONS, State

READ_ALIKE = 2
"""The earliest schema that is read like the newest: reading alone needs no migration."""

SCHEMA_VERSION = 6
"""Stored as the file's `user_version`; a newer one is refused, an older one migrated."""

APPLICATION_ID = 0x4350_4C31
"""Stored as the file's `application_id`: what tells an import ledger from another database."""

metadata = MetaData()


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, String, nullable=False, server_default=None if key else "")


transitions = Table(
    "transitions",
    metadata,
    Column("from_state", String, primary_key=True),  # "" is the entry into the ledger
    Column("to_state", String, primary_key=True),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    _text("command", key=True),
    _text("started_at", key=True),
    Column("finished_at", String),
    _text("file", key=True),
    _text("sha256", key=True),
    Column("size_bytes", Integer, nullable=False),
    _text("layout"),
    _text("header"),
    _text("profile"),
    _text("target"),
    _text("company", key=True),
    _text("journal_id", key=True),
    _text("understood"),
    _text("versions"),
    Column("proof", String),
    _text("message"),
    Index("runs_journal", "company", "journal_id"),
)

rows = Table(
    "rows",
    metadata,
    Column("run_id", ForeignKey("runs.run_id"), primary_key=True),
    Column("row", Integer, primary_key=True),
    _text("kind", key=True),
    Column("amount", String),
    Column("posting_date", String),
    _text("currency"),
    _text("counterparty"),
    _text("reference"),
    _text("customer_number"),
    _text("invoice_number"),
    Column("bucket", String),  # null: its payment's state says it
    _text("reason"),
    _text("cells"),
    Column("earlier_payment", ForeignKey("payments.id")),
)

findings = Table(
    "findings",
    metadata,
    Column("run_id", ForeignKey("runs.run_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    _text("code"),
    _text("severity"),
    Column("row", Integer),
    _text("column"),
    _text("value"),
    _text("message"),
    _text("remedy"),
    _text("cell"),
)

_STATES = ", ".join(f"'{state}'" for state in State)
_FREED = ", ".join(sorted(f"'{state}'" for state in FREED_STATES))

payments = Table(
    "payments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("row", Integer, nullable=False),
    _text("company", key=True),
    _text("journal_id", key=True),
    _text("state", key=True),
    _text("identity", key=True),
    Column("identity_version", Integer, nullable=False),
    _text("canonical", key=True),
    _text("digest", key=True),
    Column("generation", Integer, nullable=False),
    _text("bank_key"),
    _text("party"),
    _text("posting_date", key=True),
    _text("amount", key=True),
    _text("currency"),
    _text("customer_number"),
    _text("invoice_number"),
    _text("external_document_number"),
    Column("line_number", Integer, nullable=False),
    _text("document_number", key=True),
    Column("own_document", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    _text("dimensions"),
    Column("dimensions_pending", Integer, nullable=False),
    _text("server_id"),
    _text("reason"),
    _text("server_code"),
    _text("correlation_id"),
    Column("ambiguous", Integer, nullable=False, server_default="0"),
    Column("attempted_at", String),
    _text("filled"),
    CheckConstraint(f"state IN ({_STATES})", name="known_state"),
    CheckConstraint("NOT (ambiguous = 1 AND state = 'planned')", name="ambiguous_is_not_planned"),
    Index("payments_row", "run_id", "row", unique=True),
    # With the server's ids in it, though they are looked up by reading all of it, which is seldom:
    # an index by them, whose order is chance, doubled the database's work for each batch.
    Index("payments_next", "run_id", "state", "line_number", "server_id"),
    Index("payments_digest", "digest"),
    Index("payments_date", "company", "posting_date"),
    Index("payments_bank", "bank_key"),
    Index("payments_stated", "document_number", sqlite_where=text("own_document = 0")),
    Index(
        "payments_own_document",
        "document_number",
        "company",
        unique=True,
        sqlite_where=text("own_document = 1"),
    ),
)

line_numbers = Table(
    "line_numbers",
    metadata,
    Column("company", String, primary_key=True),
    Column("journal_id", String, primary_key=True),
    Column("line_number", Integer, primary_key=True, autoincrement=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
)
"""Every number that was ever bound, for ever."""

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    _text("kind", key=True),  # the state that was left: planned, unknown or created
    _text("claimed_at", key=True),
    Column("answered_at", String),  # or when it was known that no answer comes
    _text("answer"),
    Column("status", Integer),
    _text("code"),
    _text("message"),
    _text("correlation_id"),
    Index("attempts_payment", "payment_id"),
)
"""Requests that have ended; one that is on its way is its payment's state and `attempted_at`."""

events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    _text("at", key=True),
    Column("run_id", String),
    Column("payment_id", Integer),
    _text("event", key=True),
    _text("data"),
    _text("previous", key=True),
    _text("hash", key=True),
)

acknowledged = Table(
    "acknowledged",
    metadata,
    Column("company", String, primary_key=True),
    Column("document_number", String, primary_key=True),
)
"""Document numbers of other or lost ledgers that a person has looked at."""

TRANSITION_ROWS: list[dict[str, str]] = [
    *({"from_state": "", "to_state": str(state)} for state in sorted(FIRST_STATES)),
    *(
        {"from_state": str(before), "to_state": str(after)}
        for before, allowed in TRANSITIONS.items()
        for after in sorted(allowed)
    ),
]


def _guard(name: str, when: str, condition: str, message: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {when} FOR EACH ROW WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


_ALLOWED = "SELECT 1 FROM transitions WHERE from_state = {} AND to_state = NEW.state"

# The plus keeps a look-up from an index of the company, which finds nearly all payments.
_LIVE = (
    "SELECT 1 FROM payments WHERE digest = NEW.digest AND +company = NEW.company"
    " AND state NOT IN ({})"
)

# A unique index of those not given up would be written anew with every state of a payment. What was
# given up never comes back, so to look where a payment enters is enough.
ONE_LIVE = _guard(
    "payments_one_live",
    "INSERT ON payments",
    "EXISTS (" + _LIVE.format(_FREED) + ")",
    "a payment of this identity is there and not given up",
)

SAME_IDENTITY = _guard(
    "payments_identity",
    "UPDATE OF company, digest ON payments",
    "1",
    "a payment keeps its identity",
)

TRIGGERS = (
    _guard(
        "payments_first_state",
        "INSERT ON payments",
        "NOT EXISTS (" + _ALLOWED.format("''") + ")",
        "a payment cannot begin in this state",
    ),
    _guard(
        "payments_next_state",
        "UPDATE OF state ON payments",
        "NOT EXISTS (" + _ALLOWED.format("OLD.state") + ")",
        "this state cannot follow",
    ),
    ONE_LIVE,
    SAME_IDENTITY,
    _guard(
        "payments_bound",
        "UPDATE OF line_number, payload, document_number ON payments",
        "OLD.ambiguous = 1",
        "a payment that may be on the server keeps its line number and payload",
    ),
    *(
        _guard(f"{table}_{verb}_never", f"{verb} ON {table}", "1", f"{table} are never changed")
        for table in ("events", "line_numbers")
        for verb in ("UPDATE", "DELETE")
    ),
    _guard("payments_stay", "DELETE ON payments", "1", "payments are never deleted"),
)
