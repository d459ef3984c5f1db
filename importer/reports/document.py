"""`reconciliation.json` and `--json`: one document, with a published schema.

`reconciliation.schema.json` beside this module is the JSON Schema of `Document`; amounts are
decimal strings, totals are of received money, positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec

from importer.model import Bucket, Earlier, Kind, Reconciliation, RowOutcome, RunRecord, Severity

SCHEMA_FILE = Path(__file__).with_name("reconciliation.schema.json")

Amount = Annotated[Decimal, msgspec.Meta(extra_json_schema={"pattern": r"^-?[0-9]+(\.[0-9]+)?$"})]

_NOTHING = Reconciliation(
    rows=0,
    received=Decimal(0),
    currency="",
    counts={},
    totals={},
    by_currency={},
    differences=(),
    in_balance=True,
)

_ID = "https://customer-payment-importer.invalid/reconciliation.schema.json"


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The source file: its name, the hash of its content, the rows that are not blank."""

    file: str
    sha256: str
    size_bytes: int
    rows: int


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The journal that the payments went to, or would go to."""

    base_url: str
    generation: str
    tenant: str
    environment: str
    company: str
    company_id: str
    journal: str
    journal_id: str


class StatedFinding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stated fault; `row` is null where it is one of the whole file."""

    code: str
    severity: Severity
    row: int | None
    column: str
    cell: str
    value: str
    message: str
    remedy: str


class EarlierRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The earlier payment that a duplicate or held row points at."""

    run_id: str
    file: str
    row: int
    id: str
    line_number: int | None


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one row of the source file ended; `amount` is `+` received, `-` paid."""

    row: int
    bucket: Bucket
    kind: Kind
    reason: str
    posting_date: date | None
    amount: Amount | None
    currency: str
    counterparty: str
    reference: str
    customer_number: str
    invoice_number: str
    line_number: int | None
    document_number: str
    external_document_number: str
    id: str
    earlier: EarlierRow | None
    server_code: str
    correlation_id: str


class ReadBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What reading the lines back after sending found."""

    lines: int
    total: Amount
    differences: list[str]


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run, its rows and its proof.

    What is known before the last row stands before the rows, so that they can be written as they
    come. `report_dir` is null without reports and `"."` in the file itself: the folder it lies in.
    """

    run_id: str
    command: str
    started_at: datetime
    profile: str
    understood: list[str]
    target: Target | None
    versions: dict[str, str]
    rows: list[Row]
    finished_at: datetime | None
    source: Source
    counts: dict[Bucket, int]
    totals: dict[Bucket, Amount]
    currency: str
    received: Amount
    received_by_currency: dict[str, Amount]
    in_balance: bool
    differences: list[str]
    message: str
    proof: ReadBack | None
    findings: list[StatedFinding]
    report_dir: str | None


def json_document(
    record: RunRecord, reconciliation: Reconciliation, report_dir: str | None
) -> dict[str, Any]:
    """Return the document of a run as plain values for `json.dumps`; amounts are strings."""
    plain = msgspec.to_builtins(_document(record, reconciliation, report_dir), str_keys=True)
    assert isinstance(plain, dict)  # noqa: S101 - a Struct becomes a dict
    return plain


def json_bytes(record: RunRecord, reconciliation: Reconciliation) -> bytes:
    """Return `reconciliation.json`; where it lies does not change a byte of it."""
    lines = _lines(record.rows)
    return b"".join((json_begin(record), *lines, json_end(record, reconciliation)))


def _lines(rows: Iterable[RowOutcome]) -> Iterator[bytes]:
    """Return each row on a line of its own."""
    encoder, end = msgspec.json.Encoder(), b""
    for row in rows:
        yield end + b"  " + encoder.encode(_row(row))
        end = b",\n"
    yield end[1:]


def json_begin(record: RunRecord) -> bytes:
    """Return `reconciliation.json` up to its rows; only what a run begins with is looked at."""
    return _around_rows(record, _NOTHING)[0] + b'\n "rows": [\n'


def json_end(record: RunRecord, reconciliation: Reconciliation) -> bytes:
    """Return `reconciliation.json` from behind its rows on."""
    return b" ],\n" + _around_rows(record, reconciliation)[1] + b"\n"


def _around_rows(record: RunRecord, reconciliation: Reconciliation) -> tuple[bytes, bytes]:
    document = msgspec.json.encode(_document(replace(record, rows=()), reconciliation, "."))
    # No text can hold this: line ends in it are escaped.
    head, tail = msgspec.json.format(document, indent=1).split(b'\n "rows": [],\n')
    return head, tail


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _ID,
        **msgspec.json.schema(Document),
    }


def _document(
    record: RunRecord, reconciliation: Reconciliation, report_dir: str | None
) -> Document:
    return Document(
        run_id=record.run_id,
        command=record.command,
        started_at=record.started_at,
        finished_at=record.finished_at,
        source=Source(
            file=record.source.file,
            sha256=record.source.sha256,
            size_bytes=record.source.size_bytes,
            rows=reconciliation.rows,
        ),
        profile=record.profile,
        understood=[*record.understood],
        target=_target(record),
        counts=dict(reconciliation.counts),
        totals={bucket: _plain(total) for bucket, total in reconciliation.totals.items()},
        currency=reconciliation.currency,
        received=_plain(reconciliation.received),
        received_by_currency={
            code: _plain(total) for code, total in sorted(reconciliation.by_currency.items())
        },
        in_balance=reconciliation.in_balance,
        differences=[*reconciliation.differences],
        message=record.message,
        proof=_proof(record),
        findings=_findings(record),
        rows=[_row(row) for row in record.rows],
        report_dir=report_dir,
        versions=dict(sorted(record.versions.items())),
    )


def _plain(amount: Decimal) -> Decimal:
    """Return the amount without an exponent: `1E+3` is `1000` to a reader of the document."""
    return Decimal(f"{amount:f}")


def _target(record: RunRecord) -> Target | None:
    target = record.target
    if target is None:
        return None
    return Target(
        base_url=target.base_url,
        generation=target.generation,
        tenant=target.tenant,
        environment=target.environment,
        company=target.company_name,
        company_id=target.company_id,
        journal=target.journal_code,
        journal_id=target.journal_id,
    )


def _proof(record: RunRecord) -> ReadBack | None:
    proof = record.proof
    if proof is None:
        return None
    return ReadBack(lines=proof.lines, total=_plain(proof.total), differences=[*proof.differences])


def _findings(record: RunRecord) -> list[StatedFinding]:
    return [
        StatedFinding(
            code=finding.code,
            severity=finding.severity,
            row=finding.row,
            column=finding.column,
            cell=finding.cell,
            value=finding.value,
            message=finding.message,
            remedy=finding.remedy,
        )
        for finding in record.findings
    ]


def _row(row: RowOutcome) -> Row:
    return Row(
        row=row.row,
        bucket=row.bucket,
        kind=row.kind,
        reason=row.reason,
        posting_date=row.posting_date,
        amount=None if row.amount is None else _plain(row.amount),
        currency=row.currency,
        counterparty=row.counterparty,
        reference=row.reference,
        customer_number=row.customer_number,
        invoice_number=row.invoice_number,
        line_number=row.line_number,
        document_number=row.document_number,
        external_document_number=row.external_document_number,
        id=row.id,
        earlier=None if row.earlier is None else _earlier(row.earlier),
        server_code=row.server_code,
        correlation_id=row.correlation_id,
    )


def _earlier(earlier: Earlier) -> EarlierRow:
    return EarlierRow(
        run_id=earlier.run_id,
        file=earlier.file,
        row=earlier.row,
        id=earlier.server_id,
        line_number=earlier.line_number,
    )
