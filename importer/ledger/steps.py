"""The steps of a payment: claimed, answered, resolved; each checked against the one table."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    String,
    TextClause,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
    update,
)

from importer.errors import LedgerProblem
from importer.ledger import bulk, tables
from importer.ledger.events import Event, append
from importer.ledger.stored import data, dump, texts_of
from importer.model import Answer
from importer.sampling import spread
from importer.states import STATES, TRANSITIONS, Change, Filled, Item, State

_P = tables.payments.c
_CLAIMED = (State.SENDING, State.UNDOING)
_Values = dict[str, Any]
_ANSWER = ("answer", "status", "code", "message", "correlation_id")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


_COLUMNS = (
    _P.id,
    _P.run_id,
    _P.row,
    _P.state,
    _P.line_number,
    _P.document_number,
    _P.own_document,
    cast(_P.payload, String),  # JSON has no bytes
    _P.amount,
    _P.posting_date,
    _P.server_id,
    _P.ambiguous,
    _P.attempted_at,
    _P.reason,
    _P.dimensions,
    _P.filled,
    _P.digest,
)
"""In the order of the fields of `Item`."""

_FIRST_PLANNED = (
    select(*_COLUMNS)
    .where(_P.run_id == bindparam("run"), _P.state == State.PLANNED)
    .order_by(_P.line_number, _P.id)
    .limit(bindparam("most"))
    .subquery()
)
_PLANNED = select(func.json_group_array(func.json_array(*_FIRST_PLANNED.c)))
"""In one result: each more would give the interpreter's lock away, as in `_record`."""
_IN_ORDER = (
    select(_P.id)
    .where(_P.run_id == bindparam("run"), _P.state == bindparam("state"))
    .order_by(_P.line_number, _P.id)
)
_IDS = func.json_each(bindparam("payments")).table_valued("value")
_THESE = select(_IDS.c.value)
_CLAIM = (
    update(tables.payments)
    .where(_P.id.in_(_THESE), _P.state == bindparam("before"))
    .values(state=bindparam("after"), attempted_at=bindparam("at"))
)
_AT_ONCE = 200
"""Payments of one statement, which looks each of them up among all."""
_OWN: BindParameter[str] = bindparam("own")
_RECORD = (
    update(tables.payments)
    .where(_P.id.in_(_THESE), _P.state == bindparam("before"))
    .values(
        state=bindparam("after"),
        server_id=func.json_extract(_OWN, literal_column("'$.\"' || id || '\"[0]'")),
        filled=func.json_extract(_OWN, literal_column("'$.\"' || id || '\"[1]'")),
        reason=bindparam("new_reason"),
        server_code=bindparam("code"),
        correlation_id=bindparam("correlation_id"),
    )
)
_LEFT: ColumnElement[str] = literal_column(
    "CASE ambiguous WHEN 1 THEN 'unknown' ELSE 'planned' END"
)
"""The state from which a payment was claimed for sending."""
_ANSWERED = insert(tables.attempts).from_select(
    ("payment_id", "kind", "claimed_at", "answered_at", *_ANSWER),
    select(
        _P.id,
        func.coalesce(bindparam("kind"), _LEFT),
        _P.attempted_at,
        *map(bindparam, ("at", *_ANSWER)),
    ).where(_P.id.in_(_THESE)),
)


def items(
    connection: Connection, *conditions: ColumnElement[bool] | TextClause
) -> tuple[Item, ...]:
    """Return the payments that meet all conditions, in the order of their line numbers."""
    query = select(*_COLUMNS).where(*conditions).order_by(_P.line_number, _P.id)
    return tuple(_item(row, None) for row in bulk.each(connection.execute(query)))


def spread_out(connection: Connection, run_id: str, state: State, most: int) -> tuple[Item, ...]:
    """Return payments of a run in a state that are spread over it."""
    every = bulk.rows(connection, _IN_ORDER, {"run": run_id, "state": state})
    return items(connection, _P.id.in_(spread([one for (one,) in every], most)))


def _item(row: Sequence[Any], seen_as: State | None) -> Item:
    """Return a payment; its columns by position, which is much faster than by name."""
    pay, run, at, state, number, document, own, payload, amount, day = row[:10]
    server_id, ambiguous, attempted_at, reason, dimensions, filled, digest = row[10:]
    return Item(
        pay,
        run,
        at,
        seen_as or STATES[state],
        number,
        document,
        bool(own),
        payload.encode(),
        Decimal(amount),
        date.fromisoformat(day),
        server_id,
        bool(ambiguous),
        datetime.fromisoformat(attempted_at) if attempted_at else None,
        reason,
        tuple((code, value) for code, value in json.loads(dimensions))
        if dimensions != "[]"
        else (),
        Filled(*texts_of()(filled)) if filled else None,
        digest,
    )


def claim(connection: Connection, claimed: Sequence[Item], to: State, at: datetime) -> None:
    """Note that a request about each payment is about to leave."""
    _check(Change(item, to) for item in claimed)
    for (run_id, state), same in _grouped(((one.run_id, one.state), one) for one in claimed):
        _claim(connection, run_id, same, state, to, at)


def claim_next(connection: Connection, run_id: str, most: int, at: datetime) -> tuple[Item, ...]:
    """Claim the next payments of a run for sending, and return them as they are then."""
    (found,) = bulk.rows(connection, _PLANNED, {"run": run_id, "most": most}).fetchone()
    claimed = tuple(_item(row, State.SENDING) for row in json.loads(found))
    if claimed:
        _claim(connection, run_id, claimed, State.PLANNED, State.SENDING, at)
    return claimed


def _claim(
    connection: Connection,
    run_id: str,
    claimed: Sequence[Item],
    before: State,
    to: State,
    at: datetime,
) -> None:
    ids = [item.id for item in claimed]
    values = {"before": before, "after": to, "at": at.isoformat(), "payments": json.dumps(ids)}
    _all_moved(bulk.execute(connection, _CLAIM, [values]), claimed)
    told = data({"from": before, "to": to, "payments": dict.fromkeys(map(str, ids), ("", ""))})
    append(connection, at, [Event("state", run_id, data=told)])


class _Shared(NamedTuple):
    """What several changes have in common."""

    run_id: str
    before: State
    after: State
    reason: str
    answer: tuple[str, int | None, str, str, str]
    line_number: int | None


def record(connection: Connection, changes: Sequence[Change], at: datetime) -> None:
    """Write what became of payments: state, reason, the server's answer."""
    _check(changes)
    groups = _grouped((_shared(one), (one.item.id, _own(one))) for one in changes)
    _all_moved(sum(_record(connection, shared, own, at) for shared, own in groups), changes)
    _mark_ambiguous(connection, changes)
    for change in changes:
        if change.rebound is not None:
            _rebind(connection, change.item, *change.rebound)
    append(connection, at, (_event(shared, own) for shared, own in groups))


def _record(
    connection: Connection,
    shared: _Shared,
    own: Sequence[tuple[int, tuple[str, str]]],
    at: datetime,
) -> int:
    """Write what payments have in common, and what each has for itself; return how many they are.

    One statement for many of them gives the interpreter's lock away once: where a request is read
    meanwhile, to have it back for each takes longer than the database.
    """
    values: _Values = {
        "before": shared.before,
        "after": shared.after,
        "new_reason": shared.reason,
        "at": at.isoformat(),
        "kind": State.CREATED if shared.before is State.UNDOING else None,
        **dict(zip(_ANSWER, shared.answer, strict=True)),
    }
    parts = (own[start : start + _AT_ONCE] for start in range(0, len(own), _AT_ONCE))
    told = [
        values | {"own": dump(dict(part)), "payments": dump([one for one, _ in part])}
        for part in parts
    ]
    if shared.before in _CLAIMED:
        bulk.execute(connection, _ANSWERED, told)
    return bulk.execute(connection, _RECORD, told)


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> Iterable[tuple[_Key, list[_Value]]]:
    """Return what values have in common, with the values."""
    groups: dict[_Key, list[_Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups.items()


def _check(changes: Iterable[Change]) -> None:
    for change in changes:
        if change.to not in TRANSITIONS[change.item.state]:
            raise LedgerProblem(
                f"Run {change.item.run_id}, row {change.item.row}: {change.to} cannot follow"
                f" {change.item.state}. This is a fault of the tool; please report it."
            )


def _all_moved(moved: int, changes: Sequence[object]) -> None:
    """Whoever saw an older state has no say."""
    if moved != len(changes):
        raise LedgerProblem(
            "A payment of the import ledger was changed by another program in between."
            " Nothing was written; call again."
        )


def _shared(change: Change) -> _Shared:
    item, number = change.item, change.rebound[0] if change.rebound else None
    answer = _answer(change.answer)
    return _Shared(item.run_id, item.state, change.to, change.reason, answer, number)


def _own(change: Change) -> tuple[str, str]:
    """Return what a payment has for itself after a change."""
    item = change.item
    return change.server_id or item.server_id, _filled(change.filled or item.filled)


@lru_cache(maxsize=256)
def _filled(filled: Filled | None) -> str:
    if filled is None:
        return ""
    return dump([filled.customer_number, filled.description])


def _answer(answer: Answer | None) -> tuple[str, int | None, str, str, str]:
    if answer is None:
        return ("", None, "", "", "")
    return (answer.kind, answer.status, answer.code, answer.message, answer.correlation_id)


def _mark_ambiguous(connection: Connection, changes: Iterable[Change]) -> None:
    """Note the payments that may be on the server from now on, and since when."""
    unknown = [change for change in changes if change.to is State.UNKNOWN]
    if unknown:
        connection.execute(
            update(tables.payments)
            .where(_P.id == bindparam("payment"))
            .values(ambiguous=1, attempted_at=func.coalesce(bindparam("since"), _P.attempted_at)),
            [
                {"payment": one.item.id, "since": one.since.isoformat() if one.since else None}
                for one in unknown
            ],
        )


def _rebind(connection: Connection, item: Item, line_number: int, payload: bytes) -> None:
    """Give a payment that was never on the server another line number, for good."""
    owner = connection.execute(select(_P.company, _P.journal_id).where(_P.id == item.id)).one()
    connection.execute(
        insert(tables.line_numbers).values(
            company=owner.company,
            journal_id=owner.journal_id,
            line_number=line_number,
            payment_id=item.id,
        )
    )
    connection.execute(
        update(tables.payments)
        .where(_P.id == item.id)
        .values(line_number=line_number, payload=payload)
    )


def dimensions_done(
    connection: Connection, item: Item, reason: str, answer: Answer | None, at: datetime
) -> None:
    """Note that the dimensions of a created line are written, or why they cannot be."""
    values: dict[str, Any] = {"dimensions_pending": 0}
    if reason:
        values["reason"] = reason
    if answer is not None:
        values |= {"server_code": answer.code, "correlation_id": answer.correlation_id}
    connection.execute(update(tables.payments).where(_P.id == item.id).values(values))
    append(connection, at, [Event("dimensions", item.run_id, item.id, data({"reason": reason}))])


def accept_held(
    connection: Connection, run_id: str, rows: Collection[int], at: datetime
) -> tuple[int, ...]:
    """Release held rows at a person's word, which also ends a doubt about earlier tries.

    A row of which a line is known to be on the server stays held.
    """
    held = [
        item
        for item in items(connection, _P.run_id == run_id, _P.state == State.HELD)
        if item.row in rows and not item.server_id
    ]
    if not held:
        return ()
    connection.execute(
        update(tables.payments).where(_P.id == bindparam("payment")).values(ambiguous=0),
        [{"payment": item.id} for item in held],
    )
    record(connection, [Change(item, State.PLANNED) for item in held], at)
    connection.execute(
        update(tables.runs)
        .where(tables.runs.c.run_id == run_id)
        .values(finished_at=None, proof=None)
    )
    return tuple(item.row for item in held)


def _event(shared: _Shared, own: Iterable[tuple[int, tuple[str, str]]]) -> Event:
    payments = {str(payment): values for payment, values in own}
    told: dict[str, object] = {"from": shared.before, "to": shared.after, "payments": payments}
    if shared.reason:
        told["reason"] = shared.reason
    if shared.line_number is not None:
        told["line_number"] = shared.line_number
    kind, status, code, _, correlation_id = shared.answer
    if kind:
        told["answer"] = (kind, status, code, correlation_id)
    return Event("state", shared.run_id, data=data(told))
