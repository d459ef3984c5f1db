"""The event log: every change, chained by hash, so that a later alteration shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from importer.ledger import bulk, tables

_START = "0" * 64
_DATA = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_ENTRY = json.JSONEncoder(ensure_ascii=False, default=repr)


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
    noted_at, entries = at.isoformat(), []
    for one in happened:
        number += 1
        entry = {
            "number": number,
            "at": noted_at,
            "run_id": one.run_id,
            "payment_id": one.payment_id,
            "event": one.name,
            "data": _DATA.encode(one.data),
            "previous": previous,
        }
        previous = _hash(entry)
        entries.append({**entry, "hash": previous})
    bulk.insert_all(connection, tables.events, entries)


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


def _hash(entry: Mapping[str, object]) -> str:
    return hashlib.sha256(_ENTRY.encode(entry).encode()).hexdigest()
