"""Undo: a run's lines are deleted if they are still exactly what was sent.

By id and by the etag just read; what was posted, edited or cannot be proven is kept, with the
reason. What is deleted, or was never sent, frees its identity for a new import; a held row does
not, if its document was seen on the server or may be there. That a line which is no longer shown
was deleted can only be said by a person: the server hides, too, what was moved to another journal
or is applied by its id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from importer.errors import ConfigurationProblem, ServiceUnavailable
from importer.model import AnswerKind
from importer.sending.comparing import differences, kept_code
from importer.sending.dimensions import UNWRITTEN
from importer.sending.lost_ledger import ALREADY_THERE
from importer.sending.protocols import Book, Server
from importer.sending.proving import prove
from importer.sending.resolving import (
    MAX_ROUNDS,
    SENTINELS,
    posted_change,
    posted_otherwise,
    resolve,
    taken_for_lost,
    told,
)
from importer.sending.session import (
    SETTLE_SECONDS,
    Session,
    StopRequestedError,
    never,
    quiet,
    silent,
    utc_now,
)
from importer.states import UNDONE, Change, Item, State

LINE_GONE = "its line is gone from the journal; import the file again to send it"
_POSTED = "it was posted"


@dataclass(frozen=True, slots=True)
class Undone:
    """What one undo did, by row: deleted, given up before sending, kept with the reason."""

    run_id: str
    deleted: tuple[int, ...]
    withdrawn: tuple[int, ...]
    kept: tuple[tuple[int, str], ...]
    stopped: bool = False


def undo_run(
    ledger: Book,
    server: Server,
    run_id: str,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    deleted: Collection[int] = (),
    progress: Callable[[int, int], None] = silent,
    stop: Callable[[], bool] = never,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = utc_now,
    say: Callable[[str], None] = quiet,
) -> Undone:
    """Delete a run's unposted and unchanged lines, and give up what it has not sent.

    May be called again after any failure, and where the journal is gone. `deleted` are the rows
    whose lines a person says to have deleted: they are free, if their documents were not posted.

    Raises:
        ServiceUnavailable: the server is away; later is fine.
        ConfigurationProblem: deleting is not allowed.
        LedgerStorage: the ledger cannot be written.
    """
    target, company = ledger.target(run_id)
    session = Session(
        ledger, server, run_id, target, company, settle_seconds, sleep, clock, stop, say
    )
    stopped = False
    undoing = _Undoing(session, frozenset(deleted))
    kept, before = undoing.kept, {item.id for item in _freed(session)}
    try:
        there = server.exists() is not None
        ledger.begin_undo(run_id, clock())
        if there:
            _undo(undoing, progress)
        else:
            _undo_without_journal(undoing)
        proof = prove(session, there=there)
        ledger.finish(run_id, clock(), proof=proof, message=UNDONE)
    except StopRequestedError:
        stopped = True
    gone = [item for item in _freed(session) if item.id not in before]
    return Undone(
        run_id,
        tuple(item.row for item in gone if item.state is State.UNDONE),
        tuple(item.row for item in gone if item.state is State.WITHDRAWN),
        tuple(sorted(kept.items())),
        stopped,
    )


def _freed(session: Session) -> tuple[Item, ...]:
    return session.ledger.in_states(session.run_id, State.UNDONE, State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class _Undoing:
    """What one undo works on: the run, the rows a person speaks for, and what is kept and why."""

    session: Session
    deleted: frozenset[int] = frozenset()
    kept: dict[int, str] = field(default_factory=dict)


def _undo(undoing: _Undoing, progress: Callable[[int, int], None]) -> None:
    session, kept = undoing.session, undoing.kept
    ledger, run_id = session.ledger, session.run_id
    resolve(session, ledger.in_states(run_id, State.SENDING, State.UNKNOWN))
    for item in ledger.in_states(run_id, State.UNKNOWN):
        kept[item.row] = "whether it is on the server is not known yet; call undo again later"
    _withdraw(undoing)
    interrupted = ledger.in_states(run_id, State.UNDOING)
    created = ledger.in_states(run_id, State.CREATED)
    total = len(interrupted) + len(created)
    pending = {item.id for item in ledger.without_dimensions(run_id)}
    for done, item in enumerate((*interrupted, *created)):
        progress(done, total)
        session.check_stop()
        reason = _delete(undoing, item, dimensions=item.id not in pending)
        if reason:
            kept[item.row] = reason
    progress(total, total)


def _undo_without_journal(undoing: _Undoing) -> None:
    """Give up what was never sent to a journal that is no longer there under its id."""
    session = undoing.session
    ledger, run_id = session.ledger, session.run_id
    unknown = taken_for_lost(session, ledger.in_states(run_id, State.SENDING, State.UNKNOWN))
    posted = session.posted([item.document_number for item in unknown]) if unknown else ()
    session.record(
        [posted_change(session, item, posted) or _without_journal(item) for item in unknown]
    )
    _withdraw(undoing)
    for item in ledger.in_states(run_id, State.UNDOING, State.CREATED):
        if reason := _gone(undoing, item, ours_may_have_run=False):
            undoing.kept[item.row] = reason


def _without_journal(item: Item) -> Change:
    return Change(
        item,
        State.HELD,
        "its answer was lost, and its journal is no longer there. Look in the posted entries, and"
        " enter the payment by hand if it is not there",
    )


def _withdraw(undoing: _Undoing) -> None:
    """Give up what was never sent."""
    session, kept = undoing.session, undoing.kept
    given_up: list[Change] = []
    for item in session.ledger.in_states(session.run_id, State.PLANNED, State.HELD):
        if not _may_be_there(item):
            given_up.append(Change(item, State.WITHDRAWN))
        elif item.server_id and session.server.by_id(item.server_id) is not None:
            way_out = f"If it is wrong, delete it in the journal; {_freed_by(item)}"
            kept[item.row] = f"held: {item.reason}. {way_out}"
        elif not item.server_id and item.row not in undoing.deleted:
            kept[item.row] = f"held: {item.reason}. If it is not there, {_freed_by(item)}"
        elif doubt := _by_others(undoing, item):
            kept[item.row] = f"held: {item.reason}; {doubt}"
        else:
            given_up.append(Change(item, State.WITHDRAWN, LINE_GONE))
    session.record(given_up)


def _may_be_there(item: Item) -> bool:
    """Tell whether a payment that waits has a document on the server, or was sent there."""
    seen = bool(item.server_id) or ALREADY_THERE in item.reason
    return item.state is State.HELD and (seen or item.attempted_at is not None)


def finish_undoing(session: Session) -> None:
    """Take up the deletions that an interrupted undo began."""
    for item in session.ledger.in_states(session.run_id, State.UNDOING):
        session.check_stop()
        _delete(_Undoing(session), item)


def _delete(undoing: _Undoing, item: Item, *, dimensions: bool = True) -> str:
    """Delete the line of a payment; return why it is kept, `""` if it is gone.

    Its `dimensions` are compared where they were written.
    """
    session = undoing.session
    ours_may_have_run = False  # one of an earlier call proves nothing of what others did since
    for _ in range(MAX_ROUNDS):
        line = session.server.by_id(item.server_id) if item.server_id else None
        if line is None:
            return _gone(undoing, item, ours_may_have_run=ours_may_have_run)
        unlike = differences(item, line) or (dimensions and _other_dimensions(session, item))
        if unlike:
            return _keep(session, item, f"the line was changed since: {unlike[0]}")
        if not line.etag:
            return _keep(session, item, "the server tells no version (etag) of the line to delete")
        if item.state is State.CREATED:
            session.claim([item], State.UNDOING)
            item = replace(item, state=State.UNDOING, attempted_at=session.clock())
        answer = session.server.delete(item.server_id, line.etag)
        if answer.kind is AnswerKind.DONE:
            session.record([Change(item, State.UNDONE, answer=answer)])
            return ""
        ours_may_have_run |= answer.kind is AnswerKind.AMBIGUOUS
        if answer.kind in (AnswerKind.CONFIGURATION, AnswerKind.ROW_FAULT):
            session.record([Change(item, State.CREATED, item.reason, answer)])
            if answer.kind is AnswerKind.ROW_FAULT:
                return f"the server refused to delete it: {told(answer)}"
            raise ConfigurationProblem(told(answer))
        session.pause([answer])
    raise ServiceUnavailable(
        f"Business Central gave no clear answer to the deletion of line {item.line_number}."
        " Call undo again later."
    )


def _other_dimensions(session: Session, item: Item) -> list[str]:
    """Say which dimension of a line has no longer the value that was written."""
    if not item.dimensions or UNWRITTEN in item.reason:
        return []
    there = session.server.dimensions(item.server_id)
    found = {code.upper(): value.upper() for code, value in there.items()}
    return [
        f"dimension {code}: sent {value}, found {found.get(kept_code(code)) or 'nothing'}"
        for code, value in item.dimensions
        if found.get(kept_code(code)) != kept_code(value)
    ]


def _gone(undoing: _Undoing, item: Item, *, ours_may_have_run: bool) -> str:
    """Decide about a line that is no longer there: it is kept, or its identity is free."""
    session = undoing.session
    spoken_for = not ours_may_have_run or item.row in undoing.deleted
    doubt = _by_others(undoing, item) if spoken_for else _doubt(session, item)
    if not doubt:
        if item.state is State.CREATED:
            session.claim([item], State.UNDOING)
            item = replace(item, state=State.UNDOING)
        session.record([Change(item, State.UNDONE, LINE_GONE)])
        return ""
    if spoken_for or doubt == _POSTED:
        return _keep(session, item, doubt)
    doubt = f"the answer to its deletion was lost, and {doubt}"
    session.record([Change(item, State.CREATED, doubt)])
    return f"{doubt}; if it was deleted, {_freed_by(item)}"


def _by_others(undoing: _Undoing, item: Item) -> str:
    """Say why a line that others took out of the journal is not free; `""` if a person says it."""
    if _posted_as_sent(undoing.session, item):
        return _POSTED
    if item.row in undoing.deleted:
        return ""
    return (
        "its line is no longer shown in the journal: others posted, moved, applied or deleted it."
        f" Look in the journals and in the posted entries; if it was deleted, {_freed_by(item)}"
    )


def _freed_by(item: Item) -> str:
    return f"'customer-payments undo {item.run_id} --deleted {item.row}' frees the row"


def _posted_as_sent(session: Session, item: Item) -> bool:
    """Tell whether the posted entries show a payment's document."""
    wanted = kept_code(item.document_number)
    entries = session.posted([item.document_number]) or ()
    return any(
        kept_code(one.document_number) == wanted
        # A number that the file states need not be unique.
        and (item.own_document or one.posting_date == item.posting_date)
        for one in entries
    )


def _doubt(session: Session, item: Item) -> str:
    """Say why a line that our deletion may have taken may have been posted; `""` if it was not.

    Posting can give documents other numbers.
    """
    if _posted_as_sent(session, item):
        return _POSTED
    latest = session.ledger.sentinels(item.run_id, SENTINELS)
    others = [other for other in latest if other.id != item.id]
    gone = [other for other in others if session.server.by_id(other.server_id) is None]
    numbers = {kept_code(other.document_number) for other in gone}
    entries = session.posted(sorted(numbers)) if numbers else ()
    hidden = numbers - {kept_code(one.document_number) for one in entries or ()}
    if hidden:
        return (
            f"line {gone[0].line_number} of this run has left the journal, which may have been"
            " posted. Look in the posted entries"
        )
    return "" if others else _posted_since(session, item)


def _posted_since(session: Session, item: Item) -> str:
    documents = posted_otherwise(session, item)
    if documents is None:
        return "the posted entries cannot be searched for its amount"
    if not documents:
        return ""
    return f"its amount was posted since it was sent, as document {', '.join(documents)}"


def _keep(session: Session, item: Item, reason: str) -> str:
    if item.state is State.UNDOING:
        session.record([Change(item, State.CREATED, item.reason)])
    return reason
