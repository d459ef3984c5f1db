"""A ledger that was lost, or restored from an old copy, is noticed before it can double.

Document numbers made here are derived from what a payment is. Where the server shows one that
this ledger never sent, somebody else did: another ledger, or this one before it was lost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from importer.amounts import from_server
from importer.errors import PersonNeeded
from importer.model import ServerLine
from importer.numbering import (
    DOCUMENT_PREFIX,
    HIGHEST_LINE_NUMBER,
    document_number,
    is_own_document,
)
from importer.sampling import spread
from importer.sending.comparing import kept_code
from importer.sending.session import Session
from importer.states import Change, Item, State

MAX_POSTED_LOOKUPS = 5_000
"""Payments that are looked for in the posted entries before a run sends."""

MAX_LATER_LOOKUPS = 1_000
"""Payments of which the documents are looked for that undo and a new import would have made."""

GENERATIONS = 4
"""Documents of one payment that are looked for: an identity given up gets another number."""

ALREADY_THERE = "is already in the journal or in the posted entries"
"""The words of a reason by which undo knows a payment whose document was seen on the server."""

_UNSEEN = (
    "The posted entries cannot be read, and this import ledger has sent nothing to the company"
    " before: should an earlier ledger have been lost, payments that were sent with it and posted"
    " since are not noticed. Grant access to the general ledger entries to have them looked up."
)
_NAMED = 5


def check_ledger(session: Session, *, acknowledge: bool) -> None:
    """Stop before a double is possible.

    Raises:
        PersonNeeded: the journal or the posted entries hold documents that this ledger did not
            send, made by this tool or equal to planned ones; the sentence names them.
    """
    strange = _strange_lines(session)
    posted = _posted_already(session, every=acknowledge)
    if not session.posting_visible and not session.ledger.has_sent(session.company):
        session.say(_UNSEEN)
    if not strange and not posted:
        return
    if not acknowledge:
        raise PersonNeeded(_sentence(session, strange, posted))
    numbers = {kept_code(line.document_number) for line in strange}
    seen = numbers | {number for found in posted.values() for number in found}
    alike = {_of_line(line) for line in strange}
    ids = {item.id for item in posted}
    session.record(
        [
            Change(
                item,
                State.HELD,
                f"document {item.document_number} {ALREADY_THERE},"
                " sent with another or a lost import ledger",
            )
            for item in session.ledger.in_states(session.run_id, State.PLANNED)
            if item.id in ids
            or (_documents(item) & numbers if item.own_document else _of_item(item) in alike)
        ]
    )
    session.ledger.acknowledge(session.company, seen, session.clock())


def _strange_lines(session: Session) -> list[ServerLine]:
    """Return the lines with a number made here, or equal to a planned one, that are not ours.

    A document number that the file states need not be unique: date and amount must agree.
    """
    stated = {_of_item(item) for item in session.ledger.stated(session.run_id)}
    if stated:
        there = session.server.between(0, HIGHEST_LINE_NUMBER)
    else:
        there = session.server.with_document_prefix(DOCUMENT_PREFIX)
    lines = [
        line
        for line in there
        if is_own_document(kept_code(line.document_number)) or _of_line(line) in stated
    ]
    numbers = {kept_code(line.document_number) for line in lines}
    known = session.ledger.known_documents(session.company, numbers)
    strange = [line for line in lines if kept_code(line.document_number) not in known]
    bound = session.ledger.bound_lines([line.id for line in strange], session.company)
    return [line for line in strange if line.id not in bound]


def _posted_already(session: Session, *, every: bool) -> dict[Item, set[str]]:
    """Return the payments that were posted though this ledger never sent them, and as what.

    Of a long run they are payments spread over it, unless `every` one is asked for.
    """
    planned, run_id = State.PLANNED, session.run_id
    if every:
        looked_up = session.ledger.in_states(run_id, planned)
    else:
        looked_up = session.ledger.spread(run_id, planned, MAX_POSTED_LOOKUPS)
    closer = looked_up if every else spread(looked_up, MAX_LATER_LOOKUPS)
    later = {item.id for item in closer if item.own_document}
    wanted = [
        (item, _documents(item) if item.id in later else {kept_code(item.document_number)})
        for item in looked_up
    ]
    numbers = {number for _, documents in wanted for number in documents}
    asked = numbers - session.ledger.known_documents(session.company, numbers)
    entries = session.posted(sorted(asked)) if asked else ()
    posted = {kept_code(entry.document_number) for entry in entries or ()} & asked
    dated = {
        (kept_code(entry.document_number), entry.posting_date, amount)
        for entry in entries or ()
        for amount in (abs(entry.amount), None)
    }
    return {
        item: documents & posted
        for item, documents in wanted
        if documents & posted and (item.own_document or _as_posted(session, item) in dated)
    }


def _as_posted(session: Session, item: Item) -> tuple[str, date | None, Decimal | None]:
    """Return by what a posted entry is known whose number the file states.

    Its amount is in the local currency: it tells nothing of a payment in another.
    """
    number, day, amount = _of_item(item)
    return number, day, None if session.server.may_be_foreign(item.payload) else amount


def _documents(item: Item) -> set[str]:
    """Return the numbers that a payment's document has, or had with another ledger."""
    made = {document_number(item.digest, generation) for generation in range(GENERATIONS)}
    return {kept_code(item.document_number), *made}


def _of_item(item: Item) -> tuple[str, date | None, Decimal]:
    return kept_code(item.document_number), item.posting_date, item.amount


def _of_line(line: ServerLine) -> tuple[str, date | None, Decimal]:
    return kept_code(line.document_number), line.posting_date, from_server(line.amount)


def _sentence(session: Session, strange: Sequence[ServerLine], posted: Collection[Item]) -> str:
    parts = []
    if strange:
        named = ", ".join(
            f"line {line.line_number} ({line.document_number})" for line in strange[:_NAMED]
        )
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        parts.append(f"{named}{more} in journal {session.target.journal_code}")
    if posted:
        named = ", ".join(item.document_number for item in list(posted)[:_NAMED])
        more = f" and {len(posted) - _NAMED} more" if len(posted) > _NAMED else ""
        parts.append(f"{named}{more} in the posted entries")
    return (
        "This import ledger does not know payments that this tool sent, or that equal planned ones:"
        f" {'; '.join(parts)}. It was lost, restored from an old copy, or another one is in use."
        " Nothing was sent. Use the ledger that made them; or look at them and import again with"
        " --acknowledge-lines."
    )
