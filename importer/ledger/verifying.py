"""What others than this tool altered: the event log against itself, and all else against it.

A run enters the event log with the content of each payment, of its source, rows and findings;
what may change later is an event of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, func, select

from importer.ledger import tables
from importer.ledger.events import first_broken
from importer.states import FIRST_STATES

CONTENT: Mapping[str, tuple[str, ...]] = {
    "runs": (
        *("run_id", "number", "command", "started_at", "file", "sha256", "size_bytes", "layout"),
        *("header", "profile", "target", "company", "journal_id", "understood", "versions"),
    ),
    "rows": (
        *("run_id", "row", "kind", "amount", "posting_date", "currency", "counterparty"),
        *("reference", "customer_number", "invoice_number", "bucket", "reason", "cells"),
        "earlier_payment",
    ),
    "findings": (
        *("run_id", "number", "code", "severity", "row", "column", "value", "message", "remedy"),
        "cell",
    ),
    "payments": (
        *("id", "run_id", "row", "company", "journal_id", "identity", "identity_version"),
        *("canonical", "digest", "generation", "bank_key", "party", "posting_date", "amount"),
        *("currency", "customer_number", "invoice_number", "external_document_number"),
        *("document_number", "own_document", "payload", "dimensions"),
    ),
}
"""What never changes; a later version of the schema adds no column here, because old runs were
registered without it."""

_FIXED: Mapping[str, Callable[[Mapping[str, Any]], tuple[object, ...]]] = {
    table: itemgetter(*names) for table, names in CONTENT.items()
}

_SHORT = 16
"""Hexadecimal digits that tell one payment's content from another."""


def registered_content(
    run: Mapping[str, Any],
    rows: Iterable[tuple[object, ...]],
    findings: Iterable[Mapping[str, Any]],
    payments: Iterable[Mapping[str, Any]],
) -> dict[str, object]:
    """Return what the event of a registration keeps of all that a run enters with.

    Rows come as the values of `CONTENT["rows"]`.
    """
    ordered = sorted(rows, key=itemgetter(CONTENT["rows"].index("row")))
    return {
        "run": _digest([_fixed(tables.runs, run)]),
        "rows": _digest(ordered),
        "findings": _digest(_fixed(tables.findings, one) for one in findings),
        "contents": [_content(one, one["state"], one["line_number"]) for one in payments],
    }


def _content(payment: Mapping[str, Any], state: str, line_number: int) -> str:
    return _digest([[_fixed(tables.payments, payment), state, line_number]])[:_SHORT]


def _fixed(table: Table, values: Mapping[str, Any]) -> tuple[object, ...]:
    return _FIXED[table.name](values)


def _decoded(value: bytes) -> str:
    return value.decode(errors="replace")


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_decoded)


def _digest(values: Iterable[object]) -> str:
    digest = hashlib.sha256()
    for one in values:
        digest.update(_ENCODER.encode(one).encode() + b"\n")
    return digest.hexdigest()


@dataclass(slots=True)
class _Logged:
    """What the events say of one payment: where it began, where it is now."""

    first: str
    last: str
    server_id: str = ""
    filled: str = ""
    line_number: int | None = None


def altered(connection: Connection) -> Iterator[str]:
    """Yield a sentence for what somebody altered beside the event log, or in it."""
    broken = first_broken(connection)
    if broken is not None:
        # A log that was altered is no witness of anything else.
        yield f"event {broken} does not follow from the event before it"
        return
    registered = _registered(connection)
    yield from _altered_runs(connection, registered)
    yield from _altered_payments(connection, registered)


def _registered(connection: Connection) -> dict[str, dict[str, Any]]:
    log = tables.events.c
    query = select(log.run_id, log.data).where(log.event == "registered")
    return {run_id: json.loads(data) for run_id, data in connection.execute(query)}


def _altered_runs(
    connection: Connection, registered: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    runs, there = tables.runs, set()
    for run in connection.execute(select(runs).order_by(runs.c.number)).mappings().all():
        run_id, noted = run["run_id"], registered.get(run["run_id"], {"run": ""})
        there.add(run_id)
        if "run" not in noted:
            continue  # registered by a version that kept no content
        if noted["run"] != _digest([_fixed(runs, dict(run))]):
            yield f"run {run_id} is not as it was registered"
        for table, order in ((tables.rows, "row"), (tables.findings, "number")):
            of_run = select(table).where(table.c.run_id == run_id).order_by(table.c[order])
            found = connection.execute(of_run).mappings()
            if noted.get(table.name) != _digest(_fixed(table, dict(one)) for one in found):
                yield f"the {table.name} of run {run_id} are not as they were registered"
    for run_id in sorted(registered.keys() - there):
        yield f"run {run_id} of the event log is no longer there"


def _altered_payments(
    connection: Connection, registered: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    contents: dict[int, str | None] = {
        data["first_payment"] + place: content
        for data in registered.values()
        for place, content in enumerate(data.get("contents", [None] * data["payments"]))
    }
    logged, numbers = _logged(connection), _first_numbers(connection)
    query = select(tables.payments).order_by(tables.payments.c.id)
    for row in connection.execute(query).mappings():
        one = dict(row)
        number, noted = numbers.get(one["id"], 0), contents.pop(one["id"], "")
        for fault in _faults(one, logged.get(one["id"]), number, noted):
            yield f"run {one['run_id']}, row {one['row']} {fault}"
    if contents:
        yield f"{len(contents)} payments of the event log are no longer there"


def _faults(
    one: dict[str, Any], log: _Logged | None, number: int, noted: str | None
) -> Iterator[str]:
    """Yield what of a payment no event says.

    Args:
        one: the payment.
        log: its events, if there are any.
        number: the line number that it began with.
        noted: its content when it was registered; None where that was not kept.
    """
    payload = _numbered(one["payload"], one["line_number"], number)
    firsts = sorted(FIRST_STATES) if log is None else [log.first]
    began = [
        first
        for first in firsts
        if noted in (None, _content({**one, "payload": payload}, first, number))
    ]
    if not began:
        yield "is not as it was registered: its content was changed"
    expected = (began or firsts) if log is None else [log.last]
    if one["state"] not in expected:
        yield f"is {one['state']}; its last event says {' or '.join(expected)}"
    last = log or _Logged("", "")
    if one["server_id"] != last.server_id:
        yield f"has the id {one['server_id']!r}; its events say {last.server_id!r}"
    if one["filled"] != last.filled:
        yield f"is not as the server had filled it in: {one['filled']}"
    if one["line_number"] != (last.line_number or number):
        yield f"has the line number {one['line_number']}, which no event gave it"


def _logged(connection: Connection) -> dict[int, _Logged]:
    log = tables.events.c
    query = select(log.payment_id, log.data).where(log.event == "state").order_by(log.number)
    found: dict[int, _Logged] = {}
    for payment_id, text in connection.execute(query):
        data = json.loads(text)
        for told, own in _payments_of(data, payment_id):
            one = found.setdefault(told, _Logged(data["from"], data["to"]))
            one.last = data["to"]
            one.server_id = own[0] or one.server_id
            one.filled = own[1] or one.filled
            one.line_number = data.get("line_number") or one.line_number
    return found


def _payments_of(
    data: Mapping[str, Any], payment_id: int | None
) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the payments of a change, each with its id on the server and what that filled in.

    Until version 5 of the schema each had an event of its own.
    """
    if payment_id is not None:
        yield payment_id, (data.get("server_id", ""), data.get("filled", ""))
        return
    for told, own in data["payments"].items():
        yield int(told), own


def _first_numbers(connection: Connection) -> dict[int, int]:
    """Return the number that each payment was registered with; later ones are higher."""
    bound = tables.line_numbers.c
    query = select(bound.payment_id, func.min(bound.line_number)).group_by(bound.payment_id)
    return {row.payment_id: row[1] for row in connection.execute(query)}


def _numbered(payload: bytes | str, now: int, first: int) -> bytes:
    """Return a payload as it was before its line was renumbered; an editor may store text."""
    told = payload.encode() if isinstance(payload, str) else payload
    began = f'{{"lineNumber":{first},'
    return told.replace(f'{{"lineNumber":{now},'.encode(), began.encode(), 1)
