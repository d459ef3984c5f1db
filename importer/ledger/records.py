"""Runs as reports and `status` see them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from importer.errors import UsageProblem
from importer.ledger import tables
from importer.ledger.registering import layout_of, target_of
from importer.model import (
    Bucket,
    Earlier,
    Finding,
    Kind,
    Proof,
    RowOutcome,
    RunRecord,
    Severity,
    SourceFile,
)
from importer.states import BUCKETS, UNFINISHED_STATES, RunSummary, State

FREED_REASONS = {
    State.UNDONE: "its line was deleted by undo; import the file again to send it",
    State.WITHDRAWN: "given up by undo before it was sent; import the file again to send it",
}


def run_row(connection: Connection, run_id: str) -> Row[Any]:
    """Return a run.

    Raises:
        UsageProblem: there is none of that id.
    """
    query = select(tables.runs).where(tables.runs.c.run_id == run_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UsageProblem(
            f"There is no run {run_id!r} in the import ledger; `customer-payments status` lists"
            " them."
        )
    return row


def run_record(connection: Connection, run_id: str) -> RunRecord:
    """Return all that a run's reports are rendered from."""
    run = run_row(connection, run_id)
    return RunRecord(
        run_id=run_id,
        command=run.command,
        started_at=datetime.fromisoformat(run.started_at),
        finished_at=datetime.fromisoformat(run.finished_at) if run.finished_at else None,
        source=SourceFile(run.file, run.sha256, run.size_bytes),
        layout=layout_of(run.layout),
        header=tuple(json.loads(run.header)),
        profile=run.profile,
        target=target_of(run.target),
        rows=_outcomes(connection, run_id),
        findings=_findings(connection, run_id),
        proof=proof_of(run.proof),
        understood=tuple(json.loads(run.understood)),
        versions=json.loads(run.versions),
        message=run.message,
    )


def proof_text(proof: Proof) -> str:
    """Return a proof as the ledger stores it."""
    return json.dumps(asdict(proof) | {"total": f"{proof.total:f}"}, ensure_ascii=False)


def proof_of(text: str | None) -> Proof | None:
    """Return the proof that a run stored."""
    if text is None:
        return None
    values = json.loads(text)
    return Proof(values["lines"], Decimal(values["total"]), tuple(values["differences"]))


def _outcomes(connection: Connection, run_id: str) -> tuple[RowOutcome, ...]:
    rows, payment = tables.rows, tables.payments
    before = tables.payments.alias("before")
    before_run = tables.runs.alias("before_run")
    query = (
        select(
            rows,
            payment.c.state,
            payment.c.currency.label("payment_currency"),
            payment.c.customer_number.label("payment_customer"),
            payment.c.invoice_number.label("payment_invoice"),
            payment.c.line_number,
            payment.c.document_number,
            payment.c.external_document_number,
            payment.c.server_id,
            payment.c.reason.label("payment_reason"),
            payment.c.server_code,
            payment.c.correlation_id,
            before.c.run_id.label("before_run"),
            before.c.row.label("before_row"),
            before.c.server_id.label("before_id"),
            before.c.line_number.label("before_line"),
            before.c.state.label("before_state"),
            before_run.c.file.label("before_file"),
            func.json_extract(before_run.c.target, "$.journal_code").label("before_journal"),
        )
        .outerjoin(payment, (payment.c.run_id == rows.c.run_id) & (payment.c.row == rows.c.row))
        .outerjoin(before, before.c.id == rows.c.earlier_payment)
        .outerjoin(before_run, before_run.c.run_id == before.c.run_id)
        .where(rows.c.run_id == run_id)
        .order_by(rows.c.row)
    )
    return tuple(_outcome(row) for row in connection.execute(query))


def _outcome(row: Row[Any]) -> RowOutcome:
    state = None if row.state is None else State(row.state)
    bucket = Bucket(row.bucket or Bucket.PLANNED) if state is None else BUCKETS[state]
    reason = row.reason if state is None else row.payment_reason
    if state in FREED_REASONS:
        reason = row.payment_reason or FREED_REASONS[state]
    return RowOutcome(
        row=row.row,
        kind=Kind(row.kind),
        bucket=bucket,
        amount=None if row.amount is None else Decimal(row.amount),
        posting_date=date.fromisoformat(row.posting_date) if row.posting_date else None,
        currency=row.currency or row.payment_currency or "",
        counterparty=row.counterparty,
        reference=row.reference,
        customer_number=row.payment_customer or row.customer_number,
        invoice_number=row.payment_invoice or row.invoice_number,
        line_number=row.line_number,
        document_number=row.document_number or "",
        external_document_number=row.external_document_number or "",
        id=row.server_id or "",
        reason=reason,
        server_code=row.server_code or "",
        correlation_id=row.correlation_id or "",
        earlier=_earlier(row),
        cells=tuple(json.loads(row.cells)),
    )


def _earlier(row: Row[Any]) -> Earlier | None:
    if row.before_run is None:
        return None
    waits_in = row.before_journal if State(row.before_state) in UNFINISHED_STATES else ""
    return Earlier(
        row.before_run, row.before_row, row.before_id, row.before_line, row.before_file, waits_in
    )


def _findings(connection: Connection, run_id: str) -> tuple[Finding, ...]:
    found = tables.findings
    query = select(found).where(found.c.run_id == run_id).order_by(found.c.number)
    return tuple(
        Finding(
            code=one["code"],
            severity=Severity(one["severity"]),
            row=one["row"],
            column=one["column"],
            value=one["value"],
            message=one["message"],
            remedy=one["remedy"],
            cell=one["cell"],
        )
        for one in connection.execute(query).mappings()
    )


def summaries(connection: Connection) -> tuple[RunSummary, ...]:
    """Return every run with its buckets, the latest first."""
    amounts = _amounts(connection)
    latest = select(tables.runs).order_by(tables.runs.c.number.desc())
    return tuple(_summary(run, amounts[run.run_id]) for run in connection.execute(latest))


def _amounts(connection: Connection) -> dict[str, list[Row[Any]]]:
    """Group rows by everything that decides where their money counts."""
    rows, payment = tables.rows.c, tables.payments
    group = (rows.run_id, rows.kind, rows.bucket, payment.c.state, rows.currency, rows.amount)
    query = (
        select(*group, func.count().label("times"))
        .outerjoin(payment, (payment.c.run_id == rows.run_id) & (payment.c.row == rows.row))
        .group_by(*group)
    )
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.run_id].append(row)
    return found


def _summary(run: Row[Any], groups: list[Row[Any]]) -> RunSummary:
    counts = dict.fromkeys(Bucket, 0)
    totals = dict.fromkeys(Bucket, Decimal(0))
    unfinished, currencies = 0, set()
    for group in groups:
        state = None if group.state is None else State(group.state)
        bucket = Bucket(group.bucket or Bucket.PLANNED) if state is None else BUCKETS[state]
        counts[bucket] += group.times
        unfinished += group.times if state in UNFINISHED_STATES else 0
        amount = Decimal(group.amount or 0)
        if group.kind == Kind.INCOMING and amount > 0:
            totals[bucket] += amount * group.times
            currencies.add(group.currency)
    target = target_of(run.target)
    return RunSummary(
        run_id=run.run_id,
        command=run.command,
        started_at=datetime.fromisoformat(run.started_at),
        finished_at=datetime.fromisoformat(run.finished_at) if run.finished_at else None,
        file=run.file,
        company_name=target.company_name,
        journal_code=target.journal_code,
        rows=sum(counts.values()),
        unfinished=unfinished,
        counts=counts,
        totals=totals,
        currencies=tuple(sorted(currencies)),
        message=run.message,
    )
