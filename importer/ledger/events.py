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
_COLUMNS = ("number", "at", "run_id", "payment_id", "event", "data", "previous", "hash")
_data = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
_plain = json.JSONEncoder(ensure_ascii=False, default=repr).encode


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
        data = _data(one.data)
        payment = "null" if one.payment_id is None else one.payment_id
        # As `_plain` would write the whole, which costs twice as much.
        entry = (
            f'{{"number": {number}, "at": "{noted_at}", "run_id": {_plain(one.run_id)},'
            f' "payment_id": {payment}, "event": {_plain(one.name)}, "data": {_plain(data)},'
            f' "previous": "{previous}"}}'
        )
        end = _sha256(entry)
        entries.append(
            (number, noted_at, one.run_id, one.payment_id, one.name, data, previous, end)
        )
        previous = end
    bulk.insert_rows(connection, tables.events, _COLUMNS, entries)


def first_broken(connection: Connection) -> int | None:
    """Return the number of the first event that does not follow from the one before it."""
    previous = _START
    query = select(tables.events).order_by(tables.events.c.number)
    for expected, row in enumerate(connection.execute(query).mappings(), start=1):
        entry = dict(row)
        stated = entry.pop("hash")
        if (
            entry["number"] != expected
            or entry["previous"] != previous
            or stated != _sha256(_plain(entry))
        ):
            return expected
        previous = stated
    return None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
