"""The event log: every change, chained by hash, so that a later alteration shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select

from importer.ledger import tables
from importer.states import FIRST_STATES

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Event:
    """One change: what happened to which run or payment."""

    name: str
    run_id: str | None = None
    payment_id: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)


def append(connection: Connection, at: datetime, happened: Iterable[Event]) -> None:
    """Write events behind the last one."""
    log = tables.events.c
    last = connection.execute(
        select(log.number, log.hash).order_by(log.number.desc()).limit(1)
    ).one_or_none()
    number, previous = (0, _START) if last is None else last
    entries = []
    for one in happened:
        number += 1
        entry = {
            "number": number,
            "at": at.isoformat(),
            "run_id": one.run_id,
            "payment_id": one.payment_id,
            "event": one.name,
            "data": json.dumps(one.data, ensure_ascii=False, sort_keys=True),
            "previous": previous,
        }
        previous = _hash(entry)
        entries.append({**entry, "hash": previous})
    connection.execute(insert(tables.events), entries)


def first_broken(connection: Connection) -> int | None:
    """Return the number of the first event that does not follow from the one before it."""
    previous = _START
    query = select(tables.events).order_by(tables.events.c.number)
    for expected, row in enumerate(connection.execute(query).mappings(), start=1):
        entry = dict(row)
        stated = entry.pop("hash")
        if entry["number"] != expected or entry["previous"] != previous or stated != _hash(entry):
            return expected
        previous = stated
    return None


def altered(connection: Connection) -> Iterator[str]:
    """Yield a sentence for what somebody altered beside the event log, or in it."""
    broken = first_broken(connection)
    if broken is not None:
        yield f"event {broken} does not follow from the event before it"
    log, payment = tables.events.c, tables.payments.c
    last: dict[int, str] = {}
    states = select(log.payment_id, log.data).where(log.event == "state").order_by(log.number)
    for number, data in connection.execute(states):
        last[number] = json.loads(data).get("to", "")
    query = select(payment.id, payment.run_id, payment.row, payment.state).order_by(payment.id)
    for one in connection.execute(query):
        logged = last.pop(one.id, None)
        expected = {str(state) for state in FIRST_STATES} if logged is None else {logged}
        if one.state not in expected:
            noted = " or ".join(sorted(expected))
            yield f"run {one.run_id}, row {one.row} is {one.state}; its last event says {noted}"
    if last:
        yield f"{len(last)} payments of the event log are no longer there"


def _hash(entry: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(entry, ensure_ascii=False).encode()).hexdigest()
