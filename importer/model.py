"""The frozen values that the rooms hand to each other, and the words they use.

Amounts are `Decimal`, positive for money received; only `importer.amounts` knows the
sign that the server expects. Identifiers are text, `""` where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Bucket(StrEnum):
    """Where a row of the source file ends; the buckets partition the file."""

    CREATED = "created"  # one line on the server, proven
    REJECTED = "rejected"  # by us, before sending; its findings say why
    REFUSED = "refused"  # by the server; its code and words say why
    DUPLICATE = "duplicate"  # imported before; names the earlier run, row and id
    HELD = "held"  # looks like an earlier payment, or a person must look; not sent by itself
    SKIPPED = "skipped"  # not an incoming payment by the profile's rule
    UNKNOWN = "unknown"  # sent, the answer was lost, not yet resolved
    PLANNED = "planned"  # ready to send: a dry run, or the run stopped before its turn


class Kind(StrEnum):
    """What a row of a source file is."""

    INCOMING = "incoming"  # money received
    OUTGOING = "outgoing"  # money paid
    PENDING = "pending"  # announced, not yet booked by the bank
    BALANCE = "balance"  # an opening, closing or running balance
    TOTAL = "total"  # a turnover or a sum
    OTHER = "other"  # a note, a repeated header, a continuation of the row above


class Severity(StrEnum):
    """What a finding does to its row."""

    ERROR = "error"  # the row is not sent
    WARNING = "warning"  # sent, but look
    NOTE = "note"  # worth knowing


class CellKind(StrEnum):
    """How a cell was stored in its source file; every cell of a CSV file is text."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"  # its text is a plain decimal with a point: 1234.5
    DATE = "date"  # its text is ISO: 2024-03-01 or 2024-03-01 10:15:00
    BOOLEAN = "boolean"
    ERROR = "error"  # #N/A and its like
    UNCOMPUTED = "uncomputed"  # a formula whose value was never stored


@dataclass(frozen=True, slots=True)
class Finding:
    """One stated fault of one cell, row or file.

    `row` is the physical line or sheet row (None: the whole file); `column` the header text,
    `cell` the workbook address (`D17`) or `""`.
    """

    code: str
    severity: Severity
    row: int | None
    column: str
    value: str
    message: str
    remedy: str
    cell: str = ""

    def sentence(self, file: str) -> str:
        """Return `statement.csv:17 Amount: … . Remedy.` for a person."""
        place = file if self.row is None else f"{file}:{self.row}"
        name = f" {self.column}" if self.column else ""
        return f"{place}{name}: {self.message}. {self.remedy}".rstrip()


class Says(StrEnum):
    """What a number is that a source file states about itself."""

    OPENING = "opening balance"
    CLOSING = "closing balance"
    RECEIVED = "total of money received"
    PAID = "total of money paid"
    TOTAL = "total"
    COUNT = "number of rows"
    COUNT_RECEIVED = "number of payments received"
    COUNT_PAID = "number of payments made"


@dataclass(frozen=True, slots=True)
class Stated:
    """A balance, total or count that a source file prints; `label` are its words for it."""

    says: Says
    value: Decimal
    row: int
    label: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What the user handed over: its name without folders, its content hash, its size."""

    file: str
    sha256: str
    size_bytes: int
    path: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the source file is stored; enough to write rows again in the same manner.

    `kind` is `csv`, `xlsx`, `xlsm`, `xls`, `xlsb` or `ods`; `notes` say how it was understood;
    `origin` is the hash of the source that an annotated workbook was made of, its rows in their
    places; `sources` names what the rows of a `rejects.csv` came from; `above` are the numbered
    lines to the header's end, for reports that write the whole file again; `shown` are the columns,
    from 0, whose numbers show a currency; `widths` count the fields of top rows with empty ends.
    """

    kind: str
    encoding: str = ""
    bom: bool = False
    delimiter: str = ""
    quote: str = '"'
    line_end: str = "\n"
    sheet: str = ""
    notes: tuple[str, ...] = ()
    origin: str = ""
    sources: str = ""
    above: tuple[tuple[int, tuple[str, ...]], ...] = ()
    shown: tuple[tuple[int, str], ...] = ()
    widths: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row that came back stood: the starts of the hashes of its sources, latest last.

    `row` is its row in the latest; `before` are those of its places in earlier sources that are
    known by their rows.
    """

    sources: tuple[str, ...]
    row: int
    before: tuple[tuple[str, int], ...] = ()

    @property
    def known(self) -> tuple[tuple[str, int], ...]:
        """Return its places: start of the source's hash and row, latest last."""
        return (*self.before, (self.sources[-1], self.row))


@dataclass(frozen=True)
class Grid:
    """A source file as it is: every row of it, each cell as text, with its row number.

    `frame` has the column `row` (int64[pyarrow], 1-based physical line or sheet row, rising)
    and `c0`, `c1`, … (string[pyarrow]; `""` is an empty cell, never null). Wholly blank rows
    are left out. `kinds` has the same `c…` columns with `CellKind` values for a workbook and is
    None for text. `findings` are faults of cells that the reader saw (`column` is then the
    0-based position as text: `"3"`). `places` tells by row where those that
    came back from a report stood.
    """

    source: SourceFile
    layout: Layout
    frame: pd.DataFrame
    kinds: pd.DataFrame | None = None
    findings: tuple[Finding, ...] = ()
    places: Mapping[int, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payment:
    """One validated row, on its way to one journal line."""

    row: int
    posting_date: date
    amount: Decimal
    currency: str = ""
    customer_number: str = ""
    customer_id: str = ""
    contact_id: str = ""
    invoice_number: str = ""
    invoice_id: str = ""
    document_number: str = ""
    external_document_number: str = ""
    description: str = ""
    comment: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    reference: str = ""
    bank_id: str = ""
    own_account: str = ""
    balance: Decimal | None = None
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of the source file that is not blank, as the profile understood it.

    `amount` is `+` received, `-` paid, None where the row has none. `reason` says why a row
    is skipped or rejected. `cells` are the source cells, kept for rows that may come back.
    """

    row: int
    kind: Kind
    amount: Decimal | None
    posting_date: date | None = None
    currency: str = ""
    counterparty: str = ""
    reference: str = ""
    customer_number: str = ""
    invoice_number: str = ""
    bucket: Bucket | None = None
    reason: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where payments go: one journal of one company of one environment."""

    base_url: str
    generation: str
    company_id: str
    company_name: str
    journal_id: str
    journal_code: str
    tenant: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class ServerLine:
    """A journal line as the server shows it; `amount` has the server's sign."""

    id: str
    line_number: int
    amount: Decimal
    posting_date: date | None
    customer_number: str = ""
    customer_id: str = ""
    document_number: str = ""
    external_document_number: str = ""
    invoice_number: str = ""
    invoice_id: str = ""
    description: str = ""
    comment: str = ""
    journal_id: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry that posting made; `amount` is the debit less the credit, in local currency."""

    document_number: str
    posting_date: date | None
    amount: Decimal
    description: str = ""
    modified_at: datetime | None = None  # None: the server does not tell


class AnswerKind(StrEnum):
    """What an answer of the server means for the request; part 10 of the reference."""

    DONE = "done"  # executed; `Answer.line` or `Answer.document` holds the result
    ROW_FAULT = "row-fault"  # refused for good, nothing written: the row is at fault
    CONFIGURATION = "configuration"  # refused for good: stop the run, rows stay planned
    THROTTLED = "throttled"  # not executed: wait and repeat
    TRANSIENT = "transient"  # not executed: repeat
    AMBIGUOUS = "ambiguous"  # may have been executed: look before anything else
    DUPLICATE = "duplicate"  # the line number is in use
    MISSING = "missing"  # the addressed thing does not exist
    CHANGED = "changed"  # somebody changed it since it was read
    NOT_RUN = "not-run"  # an operation of a batch that the server did not reach


@dataclass(frozen=True, slots=True)
class Answer:
    """The classified answer to one request or one operation of a batch."""

    kind: AnswerKind
    status: int | None = None
    code: str = ""
    message: str = ""
    correlation_id: str = ""
    retry_after_seconds: float | None = None
    line: ServerLine | None = None
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier payment that a duplicate or held row points at.

    `waits_in` is the journal of its run where that has yet to finish it, else `""`.
    """

    run_id: str
    row: int
    server_id: str
    line_number: int | None = None
    file: str = ""
    waits_in: str = ""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """Where one row of the source file stands: a `SourceRow` with its end."""

    row: int
    kind: Kind
    bucket: Bucket
    amount: Decimal | None
    posting_date: date | None = None
    currency: str = ""
    counterparty: str = ""
    reference: str = ""
    customer_number: str = ""
    invoice_number: str = ""
    line_number: int | None = None
    document_number: str = ""
    external_document_number: str = ""
    id: str = ""
    reason: str = ""
    server_code: str = ""
    correlation_id: str = ""
    earlier: Earlier | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What the read-back after sending found; `differences` are sentences."""

    lines: int
    total: Decimal
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The file against its buckets, the import ledger and the server.

    `counts` and `totals` have every bucket; `totals` are of received money, positive;
    `received` is that of the whole file, by currency in `by_currency`. `differences` are
    sentences; `in_balance` is true when there is none and no row waits. `sums` are the totals by
    bucket and currency, without those that are 0.
    """

    rows: int
    received: Decimal
    currency: str
    counts: Mapping[Bucket, int]
    totals: Mapping[Bucket, Decimal]
    by_currency: Mapping[str, Decimal]
    differences: tuple[str, ...]
    in_balance: bool
    sums: Mapping[tuple[Bucket, str], Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that reports are rendered from; read from the import ledger, or made by a dry run.

    `command` is `import`, `check`, `resume` or `undo`; `header` the source's header cells;
    `profile` the name of the profile that read it; `understood` sentences on how. Times are UTC.
    """

    run_id: str
    command: str
    started_at: datetime
    finished_at: datetime | None
    source: SourceFile
    layout: Layout
    header: tuple[str, ...]
    profile: str
    target: Target | None
    rows: tuple[RowOutcome, ...]
    findings: tuple[Finding, ...]
    proof: Proof | None = None
    understood: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
