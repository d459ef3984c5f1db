"""What the ledger knows of earlier payments; the look-ups that planning asks for."""

from __future__ import annotations

import json
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    func,
    literal_column,
    select,
    text,
)

from importer.ledger import bulk, steps, tables
from importer.ledger.registering import target_of
from importer.ledger.stored import texts_of
from importer.model import AnswerKind, Bucket, Target
from importer.states import FREED_STATES, STATES, UNDO_BEGUN, Identity, Item, Known, State

Names = tuple[str, str, str, bool]

CHUNK = 5_000
"""Values of one look-up."""

_NUL = json.dumps("\0").strip('"')
_P, _TRIED = tables.payments.c, tables.attempts.c
_OWN, _STATED = text("own_document = 1"), text("own_document = 0")
"""As the indexes of document numbers say it: one of them finds the payments of each kind."""
_COLUMNS = (
    _P.id,
    _P.run_id,
    _P.row,
    _P.state,
    _P.digest,
    _P.identity,
    _P.posting_date,
    _P.amount,
    _P.currency,
    _P.bank_key,
    _P.party,
    _P.server_id,
    _P.line_number,
    _P.generation,
)
"""In the order of the fields of `Known`, without those of the run."""

_KINDS = {str(kind): kind for kind in Identity}


def _of(company: str) -> ColumnElement[bool]:
    """Return a condition on the company; the plus keeps it from an index that finds nearly all."""
    return literal_column("+payments.company", String) == company


def known(connection: Connection, company: str, digests: Collection[str]) -> dict[str, Known]:
    """Return the latest payment of each identity, in whatever state."""
    found: dict[str, Known] = {}
    for chunk in chunks(digests):
        for one in _select(connection, _of(company), _P.digest.in_(_among(chunk))):
            found[one.digest] = one
    return found


def dated(
    connection: Connection, company: str, first: date, last: date, besides: Container[int]
) -> list[Known]:
    """Return the payments with a posting date in a range, in whatever state."""
    within = _P.posting_date.between(first.isoformat(), last.isoformat())
    return _others(connection, company, [and_(_P.company == company, within)], besides)


def with_bank_keys(
    connection: Connection, company: str, keys: Collection[str], besides: Container[int]
) -> list[Known]:
    """Return the payments of the bank's transaction ids, in whatever state."""
    these = (_P.bank_key.in_(_among(chunk)) for chunk in chunks(keys))
    return _others(connection, company, these, besides)


def _others(
    connection: Connection,
    company: str,
    conditions: Iterable[ColumnElement[bool]],
    besides: Container[int],
) -> list[Known]:
    """Return what meets one of the conditions, but for the payments that are known already.

    Their ids stand in the index: of a file that comes again no payment needs to be read.
    """
    ids = [
        number
        for condition in conditions
        for number in connection.execute(select(_P.id).where(condition)).scalars()
        if number not in besides
    ]
    return [
        one
        for chunk in chunks(sorted(ids))
        for one in _select(connection, _of(company), _P.id.in_(_among(chunk)))
    ]


def of_sources(
    connection: Connection, company: str, starts: Collection[str]
) -> set[tuple[str, int, str]]:
    """Return start of the hash, row and identity of the payments that sources held.

    Of a row that was a duplicate it is the payment that it came again of.
    """
    found: set[tuple[str, int, str]] = set()
    runs, rows = tables.runs.c, tables.rows.c
    again = and_(rows.bucket == Bucket.DUPLICATE, rows.earlier_payment == _P.id)
    own = and_(rows.run_id == _P.run_id, rows.row == _P.row)
    for start in starts:
        here = and_(runs.company == company, runs.sha256.startswith(start, autoescape=True))
        for which in (own, again):
            query = (
                select(rows.row, _P.digest)
                .join(tables.payments, which)
                .join(tables.runs, runs.run_id == rows.run_id)
                .where(here, _P.company == company)
            )
            found.update((start, row, digest) for row, digest in connection.execute(query))
    return found


def companies(connection: Connection) -> tuple[tuple[str, Target], ...]:
    """Return the keys of companies that have runs, each with the targets of those runs."""
    runs = tables.runs.c
    query = select(runs.company, runs.target).distinct().order_by(runs.number)
    return tuple((key, target_of(target)) for key, target in connection.execute(query))


def on_error(connection: Connection, run_id: str) -> str:
    """Return what a run was registered to do where a row is refused."""
    events = tables.events.c
    query = select(events.data).where(events.run_id == run_id, events.event == "registered")
    told = connection.execute(query).scalar_one_or_none() or "{}"
    return str(json.loads(told).get("on_error", "skip"))


def known_documents(connection: Connection, company: str, numbers: Collection[str]) -> set[str]:
    """Return those document numbers that this ledger sent or a person has acknowledged.

    What was tried and is known not to have been executed was not sent, and what was given up or
    taken back is not there: a line with its number was made with another ledger, or after the copy
    was taken that this one was restored from.
    """
    found: set[str] = set()
    noted = tables.acknowledged.c
    for chunk in chunks(numbers):
        sent = select(_P.document_number).where(
            _of(company),
            _P.document_number.in_(_among(chunk)),
            _P.attempted_at.is_not(None),
            _P.state.not_in((State.PLANNED, *sorted(FREED_STATES))),
        )
        others = select(noted.document_number).where(
            noted.company == company, noted.document_number.in_(_among(chunk))
        )
        every = sent.where(_OWN).union(sent.where(_STATED), others)
        found.update(connection.execute(every).scalars())
    return found


def bound_lines(
    connection: Connection, server_ids: Collection[str], company: str | None = None
) -> set[str]:
    """Return those ids of lines that payments have; each chunk reads one index of all payments.

    Of a company, those alone that were not given up.
    """
    found: set[str] = set()
    for chunk in chunks(server_ids):
        query = select(_P.server_id).where(_P.server_id.in_(_among(chunk)), _P.server_id != "")
        if company is not None:
            query = query.where(_of(company), _P.state.not_in(sorted(FREED_STATES)))
        found.update(connection.execute(query).scalars())
    return found


def _among(values: Sequence[object]) -> Select[Any] | Sequence[object]:
    """Return values as a table: as parameters each would cost more than it takes to look it up."""
    told = json.dumps(values)
    if _NUL in told:
        return values  # the database ends text of JSON there
    return select(func.json_each(told).table_valued("value").c.value)


def chunks(values: Collection[str]) -> Iterator[list[str]]:
    """Divide the values of a look-up."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def _select(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Known]:
    runs, party = named_runs(connection), texts_of()
    # The plus keeps the look-up from reading all payments because they lie in this order.
    found = connection.execute(select(*_COLUMNS).where(*conditions).order_by(text("+payments.id")))
    return (_known(row, runs, party) for row in bulk.each(found))


def named_runs(connection: Connection) -> dict[str, Names]:
    """Return file, code of the journal and profile of every run, and whether it is being undone.

    Asked once: to join them to each payment costs as much as the payments themselves.
    """
    runs = tables.runs.c
    code = func.json_extract(runs.target, "$.journal_code")
    query = select(runs.run_id, runs.file, code, runs.profile, runs.message)
    return {
        run_id: (file, journal, name, message == UNDO_BEGUN)
        for run_id, file, journal, name, message in connection.execute(query)
    }


def _known(
    row: Sequence[Any],
    runs: Mapping[str, Names],
    party_of: Callable[[str], tuple[str, ...]],
) -> Known:
    """Return a payment; its columns by position, which is much faster than by name."""
    payment_id, run_id, at, state, digest, kind, day, amount = row[:8]
    currency, bank_key, party, server_id, number, generation = row[8:]
    file, journal, profile, undoing = runs[run_id]
    return Known(
        payment_id,
        run_id,
        at,
        file,
        STATES[state],
        digest,
        _KINDS[kind],
        date.fromisoformat(day),
        Decimal(amount),
        currency,
        bank_key,
        party_of(party),
        server_id,
        number,
        generation,
        journal,
        profile,
        undoing,
    )


def sentinels(
    connection: Connection, run_id: str, limit: int, before: Item | None
) -> tuple[Item, ...]:
    """Return a run's payments that were last created; before another was first sent."""
    latest = select(_P.id).where(_P.run_id == run_id, _P.state == State.CREATED, _P.server_id != "")
    if before is not None:
        first = select(func.min(_TRIED.id)).where(_TRIED.payment_id == before.id)
        older = select(_TRIED.id).where(
            _TRIED.payment_id == _P.id,
            _TRIED.answer == AnswerKind.DONE,
            _TRIED.id < first.scalar_subquery(),  # noted in the order in which they ended
        )
        # In one request the earlier lines are made first, whatever its answers are noted as.
        latest = latest.where(_P.line_number < before.line_number, older.exists())
    latest = latest.order_by(_P.line_number.desc()).limit(limit)
    return steps.items(connection, _P.id.in_(latest))


def first_tried(connection: Connection, item: Item) -> datetime | None:
    """Return when a request about a payment first left."""
    query = select(func.min(_TRIED.claimed_at)).where(_TRIED.payment_id == item.id)
    found = connection.execute(query).scalar()
    return datetime.fromisoformat(found) if found else None
