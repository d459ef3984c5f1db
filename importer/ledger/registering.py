"""A run enters the ledger whole, before anything of it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select

from importer.ledger import bulk, tables
from importer.ledger.events import Event, append
from importer.ledger.stored import data, dump
from importer.ledger.verifying import CONTENT, registered_content
from importer.model import Bucket, Finding, Layout, SourceRow, Target
from importer.states import (
    BOUND_DECISIONS,
    UNDO_BEGUN,
    UNFINISHED_STATES,
    Decision,
    NewRun,
    Plan,
    State,
)

_EARLIER = {Decision.DUPLICATE: Bucket.DUPLICATE, Decision.STILL_HELD: Bucket.HELD}


PART = 5_000
"""Payments that are made and inserted at once."""


def _has_payment(*states: State) -> ColumnElement[bool]:
    return (
        select(tables.payments.c.id)
        .where(
            tables.payments.c.run_id == tables.runs.c.run_id,
            tables.payments.c.state.in_(states),
        )
        .exists()
    )


LEFT_TO_DO = or_(
    _has_payment(*sorted(UNFINISHED_STATES)),
    and_(tables.runs.c.finished_at.is_(None), _has_payment(State.CREATED)),
    tables.runs.c.message == UNDO_BEGUN,
)
"""A condition on a run: it has payments left to do, an undo to end, or lines yet to prove."""


def interrupted(connection: Connection, new: NewRun) -> str | None:
    """Return the run of the same file and journal that has payments left to do."""
    runs = tables.runs.c
    return connection.execute(
        select(runs.run_id)
        .where(
            runs.sha256 == new.source.sha256,
            runs.company == new.company,
            runs.journal_id == new.target.journal_id,
            LEFT_TO_DO,
        )
        .order_by(runs.number)
        .limit(1)
    ).scalar_one_or_none()


def insert_run(
    connection: Connection,
    new: NewRun,
    source_rows: Sequence[SourceRow],
    findings: Sequence[Finding],
    plans: Sequence[Plan],
) -> str:
    """Insert a run with its rows, findings and payments; return its id."""
    number = (connection.execute(select(func.max(tables.runs.c.number))).scalar() or 0) + 1
    run_id = f"{new.started_at:%Y%m%d}-{number:04d}"
    run = _run(new, run_id, number)
    connection.execute(insert(tables.runs), run)
    planned = [one for one in plans if one.decision in BOUND_DECISIONS]
    first_id = (connection.execute(select(func.max(tables.payments.c.id))).scalar() or 0) + 1
    by_row = {one.row: one for one in plans}
    noted = list(_findings(findings, run_id))
    # The database works outside the interpreter's lock: what it gets next is made meanwhile, and
    # what is to witness it.
    with ThreadPoolExecutor(1) as other:
        parts = [
            other.submit(_payments, planned[start : start + PART], first_id + start, run_id, new)
            for start in range(0, len(planned), PART)
        ]
        rows = other.submit(lambda: [_row(one, by_row.get(one.row), run_id) for one in source_rows])
        content = other.submit(
            lambda: registered_content(run, rows.result(), noted, _all(parts)),
        )
        for part in parts:
            bulk.insert_all(connection, tables.payments, part.result())
            bulk.insert_all(connection, tables.line_numbers, list(map(_bound, part.result())))
        bulk.insert_rows(connection, tables.rows, CONTENT["rows"], rows.result())
        bulk.insert_all(connection, tables.findings, noted)
    told = {
        "file": new.source.file,
        "sha256": new.source.sha256,
        "on_error": new.on_error,
        "payments": len(planned),
        "first_payment": first_id,
        **content.result(),
    }
    append(connection, new.started_at, [Event("registered", run_id, data=data(told))])
    return run_id


def _run(new: NewRun, run_id: str, number: int) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "number": number,
        "command": new.command,
        "started_at": new.started_at.isoformat(),
        "file": new.source.file,
        "sha256": new.source.sha256,
        "size_bytes": new.source.size_bytes,
        "layout": dump(asdict(new.layout)),
        "header": dump(new.header),
        "profile": new.profile,
        "target": dump(asdict(new.target)),
        "company": new.company,
        "journal_id": new.target.journal_id,
        "understood": dump(new.understood),
        "versions": dump(dict(new.versions)),
    }


def _payments(
    planned: Sequence[Plan], first_id: int, run_id: str, new: NewRun
) -> list[dict[str, Any]]:
    return [_payment(one, first_id + offset, run_id, new) for offset, one in enumerate(planned)]


def _all(parts: Iterable[Future[list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    return [one for part in parts for one in part.result()]


def _payment(one: Plan, payment_id: int, run_id: str, new: NewRun) -> dict[str, Any]:
    payment, mark = one.payment, one.fingerprint
    return {
        "id": payment_id,
        "run_id": run_id,
        "row": one.row,
        "company": new.company,
        "journal_id": new.target.journal_id,
        "state": State.HELD if one.decision is Decision.HOLD else State.PLANNED,
        "identity": mark.kind,
        "identity_version": mark.version,
        "canonical": mark.canonical,
        "digest": mark.digest,
        "generation": one.generation + 1,
        "bank_key": mark.bank_key,
        "party": data(mark.party),
        "posting_date": payment.posting_date.isoformat(),
        "amount": f"{payment.amount:f}",
        "currency": payment.currency,
        "customer_number": payment.customer_number,
        "invoice_number": payment.invoice_number,
        "external_document_number": payment.external_document_number,
        "line_number": one.line_number,
        "document_number": one.document_number,
        "own_document": int(one.own_document),
        "payload": one.payload,
        "dimensions": dump(payment.dimensions) if payment.dimensions else "[]",
        "dimensions_pending": int(bool(payment.dimensions)),
        "reason": one.reason,
    }


def _bound(payment: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "company": payment["company"],
        "journal_id": payment["journal_id"],
        "line_number": payment["line_number"],
        "payment_id": payment["id"],
    }


def _row(one: SourceRow, decided: Plan | None, run_id: str) -> tuple[object, ...]:
    """Return the values of a row in the order of its table, which is that of its witness too."""
    bucket: Bucket | None = one.bucket
    reason, earlier = one.reason, None
    if decided is not None:
        bucket = _EARLIER.get(decided.decision)
        reason = decided.reason if bucket else ""
        earlier = decided.known.payment_id if decided.known else None
    return (
        run_id,
        one.row,
        one.kind,
        None if one.amount is None else f"{one.amount:f}",
        one.posting_date.isoformat() if one.posting_date else None,
        one.currency,
        one.counterparty,
        one.reference,
        one.customer_number,
        one.invoice_number,
        bucket,
        reason,
        data(one.cells),
        earlier,
    )


def _findings(findings: Iterable[Finding], run_id: str) -> Iterable[dict[str, Any]]:
    for number, one in enumerate(findings, start=1):
        yield {"run_id": run_id, "number": number, **asdict(one)}


def target_of(text: str) -> Target:
    """Return the target that a run stored."""
    return Target(**json.loads(text))


def layout_of(text: str) -> Layout:
    """Return the layout that a run stored."""
    values = {name: value for name, value in json.loads(text).items() if name != "widths"}
    above = tuple((row, tuple(cells)) for row, cells in values.pop("above", ()))
    shown = tuple((at, mark) for at, mark in values.pop("shown", ()))
    return Layout(**{**values, "notes": tuple(values["notes"]), "above": above, "shown": shown})
