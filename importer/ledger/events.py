"""The event log: every change, chained by hash, so that a later alteration shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from importer.ledger import bulk, tables

_START = "0" * 64
_COLUMNS = ("number", "at", "run_id", "payment_id", "event", "data", "previous", "hash")
_LAST = (
    select(tables.events.c.number, tables.events.c.hash)
    .order_by(tables.events.c.number.desc())
    .limit(1)
)
_plain = json.JSONEncoder(ensure_ascii=False, default=repr).encode
_quoted = json.encoder.encode_basestring  # what `_plain` makes of a text


class Event(NamedTuple):
    """One change: what happened to which run or payment; `data` is JSON."""

    name: str
    run_id: str | None = None
    payment_id: int | None = None
    data: str = "{}"


def append(connection: Connection, at: datetime, happened: Iterable[Event]) -> None:
    """Write events behind the last one."""
    last = bulk.rows(connection, _LAST, {}).fetchone()
    number, previous = last or (0, _START)
    noted_at, entries = at.isoformat(), []
    for name, run_id, payment_id, told in happened:
        number += 1
        run = "null" if run_id is None else _quoted(run_id)
        payment = "null" if payment_id is None else payment_id
        # As `_plain` would write the whole, which costs twice as much.
        entry = (
            f'{{"number": {number}, "at": "{noted_at}", "run_id": {run},'
            f' "payment_id": {payment}, "event": "{name}", "data": {_quoted(told)},'
            f' "previous": "{previous}"}}'
        )
        end = _sha256(entry)
        entries.append((number, noted_at, run_id, payment_id, name, told, previous, end))
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
