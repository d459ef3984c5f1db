"""Runs as reports and `status` see them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from importer.errors import UsageProblem
from importer.ledger import bulk, tables
from importer.ledger.history import Names, named_runs
from importer.ledger.registering import layout_of, target_of
from importer.ledger.stored import texts_of
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
from importer.states import BUCKETS, STATES, UNFINISHED_STATES, RunSummary, State

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


_BUCKETS: Mapping[str, Bucket] = {str(bucket): bucket for bucket in Bucket}
_KINDS: Mapping[str, Kind] = {str(kind): kind for kind in Kind}
_ROW = tables.rows.c
_PAID = tables.payments.c
_BEFORE = tables.payments.alias("before")
_OF_ROW = (
    *(_ROW.row, _ROW.kind, _ROW.bucket, _ROW.reason, _ROW.amount, _ROW.posting_date),
    *(_ROW.currency, _ROW.counterparty, _ROW.reference, _ROW.customer_number),
    *(_ROW.invoice_number, _ROW.cells),
)
_OF_PAYMENT = (
    *(_PAID.state, _PAID.reason, _PAID.currency, _PAID.customer_number, _PAID.invoice_number),
    *(_PAID.line_number, _PAID.document_number, _PAID.external_document_number),
    *(_PAID.server_id, _PAID.server_code, _PAID.correlation_id),
)
_OF_EARLIER = (
    *(_BEFORE.c.run_id, _BEFORE.c.row, _BEFORE.c.server_id, _BEFORE.c.line_number),
    _BEFORE.c.state,
)
_PAYMENT_AT, _EARLIER_AT = len(_OF_ROW), len(_OF_ROW) + len(_OF_PAYMENT)


def _outcomes(connection: Connection, run_id: str) -> tuple[RowOutcome, ...]:
    query = (
        select(*_OF_ROW, *_OF_PAYMENT, *_OF_EARLIER)
        .select_from(tables.rows)
        .outerjoin(tables.payments, (_PAID.run_id == _ROW.run_id) & (_PAID.row == _ROW.row))
        .outerjoin(_BEFORE, _BEFORE.c.id == _ROW.earlier_payment)
        .where(_ROW.run_id == run_id)
        .order_by(_ROW.row)
    )
    runs = named_runs(connection)
    found = bulk.each(connection.execute(query))
    return tuple(_outcome(row, runs, texts_of()) for row in found)


def _outcome(
    found: Sequence[Any],
    runs: Mapping[str, Names],
    cells_of: Callable[[str], tuple[str, ...]],
) -> RowOutcome:
    """Return the end of a row; its columns by position, which is much faster than by name."""
    row, kind, stored, reason, amount, day, currency, *texts = found[:_PAYMENT_AT]
    counterparty, reference, customer, invoice, cells = texts
    of_payment = found[_PAYMENT_AT:_EARLIER_AT]
    paid_state, paid_reason, paid_currency, paid_customer, paid_invoice, *sent = of_payment
    line_number, document, external_document, server_id, server_code, correlation_id = sent
    state = None if paid_state is None else STATES[paid_state]
    bucket = _BUCKETS[stored or Bucket.PLANNED] if state is None else BUCKETS[state]
    if state is not None:
        reason = paid_reason or FREED_REASONS.get(state, paid_reason)
    return RowOutcome(
        row,
        _KINDS[kind],
        bucket,
        None if amount is None else Decimal(amount),
        date.fromisoformat(day) if day else None,
        currency or paid_currency or "",
        counterparty,
        reference,
        paid_customer or customer,
        paid_invoice or invoice,
        line_number,
        document or "",
        external_document or "",
        server_id or "",
        reason,
        server_code or "",
        correlation_id or "",
        _earlier(found[_EARLIER_AT:], runs),
        cells_of(cells),
    )


def _earlier(found: Sequence[Any], runs: Mapping[str, Names]) -> Earlier | None:
    run_id, row, server_id, line_number, state = found
    if run_id is None:
        return None
    file, journal, _, undoing = runs[run_id]
    waits_in = journal if undoing or STATES[state] in UNFINISHED_STATES else ""
    return Earlier(run_id, row, server_id, line_number, file, waits_in)


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
