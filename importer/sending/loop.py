"""The run of an import: resolve, send what is planned, resolve, write dimensions, prove."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from importer.errors import ConfigurationProblem, ImporterError, ServiceUnavailable
from importer.model import Answer, AnswerKind, Proof
from importer.numbering import spare_line_number
from importer.sending.aside import Aside, in_thread
from importer.sending.comparing import differences, filled, renumbered
from importer.sending.dimensions import write_dimensions
from importer.sending.lost_ledger import check_ledger
from importer.sending.protocols import Book, Server
from importer.sending.proving import prove
from importer.sending.resolving import created, resolve, told
from importer.sending.session import (
    NOT_EXECUTED,
    SETTLE_SECONDS,
    STOPS_RUN,
    Session,
    StopRequestedError,
    never,
    quiet,
    silent,
    utc_now,
)
from importer.sending.undoing import finish_undoing
from importer.states import Change, Item, State

MAX_ROOM = 1024
"""The longest leap, in steps of 10,000, over numbers that others use."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How a run of sending ended; `unknown` payments are still to be resolved."""

    stopped: bool
    unknown: int
    proof: Proof | None


def send_run(
    ledger: Book,
    server: Server,
    run_id: str,
    *,
    batch_size: int = 1,
    settle_seconds: float = SETTLE_SECONDS,
    progress: Callable[[int, int], None] = silent,
    stop: Callable[[], bool] = never,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = utc_now,
    acknowledge: bool = False,
    say: Callable[[str], None] = quiet,
    aside: Aside = in_thread,
) -> Sent:
    """Bring every payment of a run to its end, exactly once, and prove it.

    Whatever of this journal is unknown, of any run, is resolved before anything new is sent.
    May be called again after any failure, by any process; it goes on where the ledger stands.

    Args:
        ledger: the import ledger, open for writing.
        server: the journal that the run is for.
        run_id: the run.
        batch_size: payments in one request.
        settle_seconds: how long the server may work on a request whose answer was lost.
        progress: told how many of how many planned payments are done.
        stop: asked between requests whether to end early.
        sleep: waits for a number of seconds.
        clock: tells the time in UTC.
        acknowledge: take document numbers of a lost ledger as looked at by a person; payments
            of this run that they belong to are held.
        say: told what a person should know though nothing is wrong with the run.
        aside: begins a request whose answer is waited for later.

    Raises:
        ServiceUnavailable: the server is away; later is fine.
        ConfigurationProblem: the journal or the access to it is wrong; rows stay planned.
        PersonNeeded: the ledger does not know lines that this tool made.
        LedgerStorage: the ledger cannot be written.
    """
    target, company = ledger.target(run_id)
    session = Session(
        ledger, server, run_id, target, company, settle_seconds, sleep, clock, stop, say, aside
    )
    try:
        return _run(session, batch_size, progress, acknowledge=acknowledge)
    except StopRequestedError:
        left = ledger.counts(run_id)
        return Sent(True, left[State.UNKNOWN] + left[State.SENDING], None)


def _run(
    session: Session, batch_size: int, progress: Callable[[int, int], None], *, acknowledge: bool
) -> Sent:
    ledger, run_id = session.ledger, session.run_id
    session.require_journal()
    _resolve_pending(session)
    finish_undoing(session)
    if ledger.counts(run_id)[State.PLANNED]:
        check_ledger(session, acknowledge=acknowledge)
    _send_planned(session, min(batch_size, session.server.batch_limit), progress)
    _resolve_pending(session)
    write_dimensions(session)
    proof = prove(session)
    ledger.finish(run_id, session.clock(), proof=proof)
    return Sent(False, 0, proof)


def _resolve_pending(session: Session) -> None:
    pending = session.ledger.pending(session.company, session.target.journal_id)
    left = resolve(session, pending) if pending else 0
    if left:
        raise ServiceUnavailable(
            f"Business Central again and again gave no clear answer; {left} payments are unknown."
            " Nothing new is sent before they are resolved: call `customer-payments resume` later."
        )


class _Flight:
    """A claimed batch on its way to the server."""

    def __init__(self, session: Session, batch: Sequence[Item]) -> None:
        self._session = session
        self._batch = batch
        self._sent = session.aside(partial(_send, session, batch))

    def answers(self) -> list[Answer]:
        """Wait for the answers."""
        return self._sent.result()

    def created(self) -> bool:
        """Wait for the answers; tell whether all of the batch was created."""
        try:
            return all(answer.kind is AnswerKind.DONE for answer in self.answers())
        except ImporterError:  # told to whoever records the answers
            return False

    def record(self) -> int:
        """Record the answers; return how many payments are no longer planned."""
        return _record(self._session, self._batch, self.answers())

    def end(self) -> None:
        """Wait for the answers because the run ends, and record them if that is still possible.

        Nothing may leave any more when another process takes the journal over.
        """
        with suppress(ImporterError):
            self.record()


def _send_planned(session: Session, batch_size: int, progress: Callable[[int, int], None]) -> None:
    done, planned = 0, session.ledger.counts(session.run_id)[State.PLANNED]
    progress(0, planned)
    while batch := _first(session, batch_size):
        flights = [_Flight(session, batch)]
        while flights:
            try:
                done += _go_on(session, flights, batch_size)
                progress(done, planned)
            except Exception:
                for one in flights:
                    one.end()
                raise


def _go_on(session: Session, flights: list[_Flight], batch_size: int) -> int:
    """Send a batch behind the one on its way if it may follow, and record what has landed.

    Args:
        session: the run.
        flights: the one on its way; left with the one behind it, or with none. After an error
            it holds those that are yet to be recorded.
        batch_size: payments in one request.

    Returns:
        How many payments of the flight are no longer planned.
    """
    [flight] = flights
    following = _claimed_behind(session, flight, batch_size)
    if following:
        flights.append(_Flight(session, following))
        done = flight.record()
        flights.remove(flight)
    else:
        flights.clear()
        done = flight.record()
    _look(session, flight.answers())
    return done


def _look(session: Session, answers: Sequence[Answer]) -> None:
    """End the run where an answer says so, or wait before what was not executed is repeated."""
    for answer in answers:
        if answer.kind in STOPS_RUN:
            raise ConfigurationProblem(told(answer))
    session.pause(answers)


def _first(session: Session, batch_size: int) -> Sequence[Item]:
    """Claim what is sent first, or first again after something was not created."""
    with session.ledger.claim_next(session.run_id, batch_size, session.clock()) as (batch, claim):
        if batch:
            session.check_stop()
            claim()
    return batch


def _claimed_behind(session: Session, flight: _Flight, batch_size: int) -> Sequence[Item]:
    """Claim what is sent next if all of a flight was created and nobody stops; else nothing.

    The claim is written while the server works, and committed only when it has answered: after
    a crash nothing is taken for sent that cannot have left.
    """
    at = session.clock()
    with session.ledger.claim_next(session.run_id, batch_size, at) as (following, claim):
        if not flight.created() or not following or session.stops():
            return ()
        claim()
    return following


def _send(session: Session, batch: Sequence[Item]) -> list[Answer]:
    """Send what is claimed; the ledger knows already that it may be on the server."""
    if len(batch) == 1:
        return [session.server.send(batch[0].payload)]
    answers = session.server.send_many([(str(item.id), item.payload) for item in batch])
    lost = Answer(AnswerKind.AMBIGUOUS, cause="the batch's answer does not mention it")
    return [answers.get(str(item.id), lost) for item in batch]


def _record(session: Session, batch: Sequence[Item], answers: Sequence[Answer]) -> int:
    """Record every answer in one commit, then look after the numbers that were in use.

    Returns:
        How many payments are no longer planned.
    """
    pairs = list(zip(batch, answers, strict=True))
    clear = [pair for pair in pairs if pair[1].kind is not AnswerKind.DUPLICATE]
    changes = [_change(session, item, answer) for item, answer in clear]
    session.record(changes)
    if any(answer.kind is AnswerKind.DONE for _, answer in clear):
        session.rebinds = 0
    in_use = [pair for pair in pairs if pair[1].kind is AnswerKind.DUPLICATE]
    while in_use:
        try:
            changes.append(_in_use(session, *in_use[0]))
        except ImporterError:
            # Each was refused at its first try: it is as good as never sent.
            session.record([Change(item, State.PLANNED, "", answer) for item, answer in in_use])
            raise
        session.record(changes[-1:])
        del in_use[0]
    return sum(change.to is not State.PLANNED for change in changes)


def _change(session: Session, item: Item, answer: Answer) -> Change:
    """Decide by the answer to a first try, or to one of a payment that was never ambiguous."""
    if answer.kind is AnswerKind.DONE:
        return created(item, answer)
    if answer.kind is AnswerKind.ROW_FAULT:
        return Change(item, State.REFUSED, told(answer), answer)
    if answer.kind in NOT_EXECUTED or answer.kind in STOPS_RUN:
        return Change(item, State.PLANNED, "", answer)
    return Change(item, State.UNKNOWN, told(answer), answer, since=session.clock())


def _in_use(session: Session, item: Item, answer: Answer) -> Change:
    """Decide about a line number that was in use before we ever sent to it.

    No try of this payment can have made that line, so another number is safe.
    """
    line = session.server.by_number(item.line_number)
    if (
        line is not None
        and not differences(item, line)
        and not session.ledger.bound_lines([line.id])
    ):
        reason = "a line with this number and content was already there"
        return Change(item, State.CREATED, reason, answer, line.id, filled=filled(line))
    number = _another_number(session)
    return Change(
        item,
        State.PLANNED,
        "",
        answer,
        rebound=(number, renumbered(item.payload, item.line_number, number)),
    )


def _another_number(session: Session) -> int:
    """Return a number beyond all that are known; further each time others stand in the way."""
    highest = max(
        session.server.highest() or 0,
        session.ledger.highest_bound(session.company, session.target.journal_id) or 0,
    )
    room = min(2**session.rebinds, MAX_ROOM)
    session.rebinds += 1
    return spare_line_number(highest, room)
