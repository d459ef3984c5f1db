"""A ledger that was lost, or restored from an old copy, is noticed before it can double.

Document numbers made here are derived from what a payment is. Where the server shows one that
this ledger never sent, somebody else did: another ledger, or this one before it was lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from importer.errors import PersonNeeded
from importer.model import ServerLine
from importer.numbering import DOCUMENT_PREFIX, is_own_document
from importer.sending.session import Session
from importer.states import Change, Item, State

MAX_POSTED_LOOKUPS = 200
"""Document numbers that are looked for in the posted entries before a run sends."""

_NAMED = 5


def check_ledger(session: Session, *, acknowledge: bool) -> None:
    """Stop before a double is possible.

    Raises:
        PersonNeeded: the journal or the posted entries hold documents of this tool that this
            ledger did not send; the sentence names them.
    """
    strange = _strange_lines(session)
    planned = session.ledger.in_states(session.run_id, State.PLANNED)
    posted = _posted_already(session, planned if acknowledge else _sample(planned))
    if not strange and not posted:
        return
    if not acknowledge:
        raise PersonNeeded(_sentence(session, strange, posted))
    numbers = {_number(line.document_number) for line in strange}
    session.record(
        [
            Change(
                item,
                State.HELD,
                f"document {item.document_number} is already in the journal or in the posted"
                " entries, sent with another or a lost import ledger",
            )
            for item in planned
            if item in posted or (item.own_document and item.document_number in numbers)
        ]
    )
    if numbers:
        session.ledger.acknowledge(session.company, numbers, session.clock())


def _strange_lines(session: Session) -> list[ServerLine]:
    lines = [
        line
        for line in session.server.with_document_prefix(DOCUMENT_PREFIX)
        if is_own_document(_number(line.document_number))
    ]
    numbers = {_number(line.document_number) for line in lines}
    known = session.ledger.known_documents(session.company, numbers)
    return [line for line in lines if _number(line.document_number) not in known]


def _posted_already(session: Session, planned: Sequence[Item]) -> list[Item]:
    """Return the payments that were posted though this ledger never sent them.

    A document number that the file states need not be unique: date and amount must agree.
    """
    numbers = {_number(item.document_number) for item in planned}
    known = session.ledger.known_documents(session.company, numbers)
    asked = numbers - known
    entries = session.posted(sorted(asked)) if asked else ()
    documents = {_number(entry.document_number) for entry in entries or ()}
    exact = {
        (_number(entry.document_number), entry.posting_date, abs(entry.amount))
        for entry in entries or ()
    }
    return [
        item
        for item in planned
        if _number(item.document_number) in asked
        and (
            _number(item.document_number) in documents
            if item.own_document
            else (_number(item.document_number), item.posting_date, item.amount) in exact
        )
    ]


def _number(text: str) -> str:
    return text.strip().upper()


def _sample(planned: Sequence[Item]) -> Sequence[Item]:
    """Return payments spread over the run, its first and last among them."""
    if len(planned) <= MAX_POSTED_LOOKUPS:
        return planned
    last, most = len(planned) - 1, MAX_POSTED_LOOKUPS - 1
    return [planned[index * last // most] for index in range(MAX_POSTED_LOOKUPS)]


def _sentence(session: Session, strange: Sequence[ServerLine], posted: Sequence[Item]) -> str:
    parts = []
    if strange:
        named = ", ".join(
            f"line {line.line_number} ({line.document_number})" for line in strange[:_NAMED]
        )
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        parts.append(f"{named}{more} in journal {session.target.journal_code}")
    if posted:
        named = ", ".join(item.document_number for item in posted[:_NAMED])
        more = f" and {len(posted) - _NAMED} more" if len(posted) > _NAMED else ""
        parts.append(f"{named}{more} in the posted entries")
    return (
        "This import ledger does not know payments that this tool sent:"
        f" {'; '.join(parts)}. It was lost, restored from an old copy, or another one is in use."
        " Nothing was sent. Use the ledger that made them; or look at them and import again with"
        " --acknowledge-lines."
    )
