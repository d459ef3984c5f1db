"""The import ledger as the other rooms use it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, func, insert, select, update

from importer.errors import LedgerStorage
from importer.garbage import without_collection
from importer.ledger import history, records, registering, steps, storage, tables
from importer.ledger.events import Event, append
from importer.ledger.lock import WriterLock
from importer.ledger.stored import data
from importer.ledger.verifying import altered
from importer.model import Answer, Finding, Proof, RunRecord, SourceRow, Target
from importer.states import (
    UNDO_BEGUN,
    Change,
    Item,
    Known,
    NewRun,
    Plan,
    RunSummary,
    State,
)

_P = tables.payments.c
_PENDING_STATES = (State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration; `taken_up` is an interrupted run of the same file."""

    run_id: str
    taken_up: bool


def open_ledger(location: str, *, write: bool) -> Ledger:
    """Open the import ledger at a path or SQLite URL; use it in a `with` statement.

    To write takes the writer's lock until it is closed, and creates the file where there is
    none. To read where there is none gives an empty ledger and leaves no file.

    Raises:
        LedgerBusy: another process writes it; the sentence names it.
        LedgerProblem: the file is not an import ledger, or one of a newer version.
        LedgerStorage: the place cannot be written.
    """
    path = storage.path_of(location)
    storage.refuse_foreign(path)
    if not write:
        return Ledger(path if path.exists() and path.stat().st_size else None, lock=None)
    storage.create_file(path)
    lock = WriterLock(path)
    try:
        return Ledger(path, lock=lock)
    except BaseException:
        lock.release()
        raise


class Ledger:
    """The durable record of runs, rows, payments, attempts and events.

    Every method that writes has committed when it returns. After a failure of the storage it
    writes no more: what cannot be recorded must not be sent.
    """

    def __init__(self, path: Path | None, *, lock: WriterLock | None) -> None:
        self._path = path
        self._lock = lock
        self._failed = ""
        self._engine: Engine
        self._engine, self._connection = storage.connect(path, write=lock is not None)
        try:
            storage.prepare(self._connection, path, write=lock is not None)
        except BaseException:
            self._disconnect()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and give the writer's lock back."""
        self._disconnect()
        if self._lock is not None:
            self._lock.release()

    def _disconnect(self) -> None:
        self._connection.close()
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with storage.faults(self._path):
            if self._connection.in_transaction():
                yield self._connection
                return
            with self._connection.begin() as reading:
                yield self._connection
                reading.rollback()  # to commit even nothing would wait for other readers

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Commit all that is written in a block at its end, or nothing of it after an error."""
        if self._failed:
            raise LedgerStorage(self._failed)
        try:
            with storage.faults(self._path):
                self._connection.begin()
                yield self._connection
                self._connection.commit()
        except LedgerStorage as error:
            self._failed = str(error)
            raise
        finally:
            storage.give_up(self._connection)

    # Planning

    def known(self, company: str, digests: Collection[str]) -> Mapping[str, Known]:
        """Return the latest payment of each identity, in whatever state."""
        with without_collection(), self._reading() as connection:
            return history.known(connection, company, digests)

    def dated(
        self, company: str, first: date, last: date, *, besides: Container[int] = ()
    ) -> Sequence[Known]:
        """Return the payments with a posting date in a range, but those with the ids `besides`."""
        with self._reading() as connection:
            return history.dated(connection, company, first, last, besides)

    def with_bank_keys(
        self, company: str, keys: Collection[str], *, besides: Container[int] = ()
    ) -> Sequence[Known]:
        """Return the payments of the bank's transaction ids, but those with the ids `besides`."""
        with self._reading() as connection:
            return history.with_bank_keys(connection, company, keys, besides)

    def of_sources(self, company: str, starts: Collection[str]) -> Collection[tuple[str, int, str]]:
        """Return start of the hash, row and identity of the payments that sources held."""
        with self._reading() as connection:
            return history.of_sources(connection, company, starts)

    def highest_bound(self, company: str, journal_id: str) -> int | None:
        """Return the highest line number that was ever bound in a journal."""
        bound = tables.line_numbers.c
        query = select(func.max(bound.line_number)).where(
            bound.company == company, bound.journal_id == journal_id
        )
        with self._reading() as connection:
            return connection.execute(query).scalar()

    def register(
        self,
        new: NewRun,
        rows: Sequence[SourceRow],
        findings: Sequence[Finding],
        plans: Sequence[Plan],
    ) -> Registered:
        """Write a run with its rows, findings and payments, in one transaction.

        Where a run of the same file for the same journal was interrupted, that one is taken
        up, and nothing new is written. Times are UTC.
        """
        with without_collection(), self._writing() as connection:
            earlier = registering.interrupted(connection, new)
            if earlier is not None:
                append(connection, new.started_at, [Event("taken-up", earlier)])
                return Registered(earlier, taken_up=True)
            run_id = registering.insert_run(connection, new, rows, findings, plans)
            return Registered(run_id, taken_up=False)

    def interrupted(self, new: NewRun) -> str | None:
        """Return the run that `register` would take up, if there is one."""
        with self._reading() as connection:
            return registering.interrupted(connection, new)

    # Sending

    def target(self, run_id: str) -> tuple[Target, str]:
        """Return where a run's payments go, and the key of the company."""
        with self._reading() as connection:
            run = records.run_row(connection, run_id)
            return registering.target_of(run.target), run.company

    def on_error(self, run_id: str) -> str:
        """Return what shall become of a run where the server refuses a row, as it was registered.

        `skip` for a run of an earlier version, which did not note it.
        """
        with self._reading() as connection:
            return history.on_error(connection, run_id)

    def in_states(self, run_id: str, *states: State) -> tuple[Item, ...]:
        """Return a run's payments that are in one of these states."""
        with without_collection(), self._reading() as connection:
            return steps.items(connection, _P.run_id == run_id, _P.state.in_(states))

    def stated(self, run_id: str) -> tuple[Item, ...]:
        """Return a run's planned payments whose document numbers its file stated."""
        with without_collection(), self._reading() as connection:
            return steps.items(
                connection,
                _P.run_id == run_id,
                _P.state == State.PLANNED,
                _P.own_document == 0,
            )

    def spread(self, run_id: str, state: State, most: int) -> tuple[Item, ...]:
        """Return so many payments of a run in a state, spread over it; all if there are fewer."""
        with self._reading() as connection:
            return steps.spread_out(connection, run_id, state, most)

    def pending(self, company: str, journal_id: str) -> tuple[Item, ...]:
        """Return the payments of a journal, of any run, that may be on the server."""
        runs = tables.runs.c
        of_journal = select(runs.run_id).where(
            runs.company == company, runs.journal_id == journal_id
        )
        with self._reading() as connection:
            return steps.items(connection, _P.run_id.in_(of_journal), _P.state.in_(_PENDING_STATES))

    def sentinels(self, run_id: str, limit: int, before: Item | None = None) -> tuple[Item, ...]:
        """Return a run's payments that were last created as lines of the journal.

        Args:
            run_id: the run.
            limit: how many at most.
            before: only those that were answered before this payment was first sent.
        """
        with self._reading() as connection:
            return history.sentinels(connection, run_id, limit, before)

    def first_tried(self, item: Item) -> datetime | None:
        """Return when a request about a payment first left, None if none is known to have ended."""
        with self._reading() as connection:
            return history.first_tried(connection, item)

    def counts(self, run_id: str) -> dict[State, int]:
        """Return how many payments of a run are in each state."""
        query = select(_P.state, func.count()).where(_P.run_id == run_id).group_by(_P.state)
        with self._reading() as connection:
            found = {State(state): count for state, count in connection.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def any_in(self, run_id: str, state: State) -> bool:
        """Tell whether a payment of a run is in a state; asked after every batch."""
        query = select(_P.id).where(_P.run_id == run_id, _P.state == state).limit(1)
        with self._reading() as connection:
            return connection.execute(query).first() is not None

    def without_dimensions(self, run_id: str) -> tuple[Item, ...]:
        """Return the created payments of a run whose dimensions are not yet written."""
        with self._reading() as connection:
            return steps.items(
                connection,
                _P.run_id == run_id,
                _P.state == State.CREATED,
                _P.dimensions_pending == 1,
            )

    def bound_lines(self, server_ids: Collection[str], company: str | None = None) -> set[str]:
        """Return those lines, by their ids, that are bound to a payment, of a company if named."""
        with self._reading() as connection:
            return history.bound_lines(connection, server_ids, company)

    def companies(self) -> tuple[tuple[str, Target], ...]:
        """Return the keys of companies that have runs, each with the targets of those runs."""
        with self._reading() as connection:
            return history.companies(connection)

    def has_sent(self, company: str) -> bool:
        """Tell whether a request about a payment of a company ever left."""
        query = select(_P.id).where(_P.company == company, _P.attempted_at.is_not(None)).limit(1)
        with self._reading() as connection:
            return connection.execute(query).first() is not None

    def known_documents(self, company: str, numbers: Collection[str]) -> set[str]:
        """Return those document numbers that this ledger sent or a person acknowledged."""
        with self._reading() as connection:
            return history.known_documents(connection, company, numbers)

    def acknowledge(self, company: str, numbers: Collection[str], at: datetime) -> None:
        """Note that a person has looked at document numbers of another or a lost ledger."""
        with self._writing() as connection:
            connection.execute(
                insert(tables.acknowledged),
                [{"company": company, "document_number": number} for number in sorted(numbers)],
            )
            append(
                connection, at, [Event("acknowledged", data=data({"documents": sorted(numbers)}))]
            )

    def claim(self, items: Sequence[Item], to: State, at: datetime) -> None:
        """Note, before a request leaves, which payments it is about."""
        with self._writing() as connection:
            steps.claim(connection, items, to, at)

    @contextmanager
    def claim_next(
        self, run_id: str, most: int, at: datetime
    ) -> Iterator[tuple[Sequence[Item], Callable[[], None]]]:
        """Claim a run's next payments for sending, ahead of the decision to send them.

        Yields them as they are then, and what must be called for the claim to stand at the end.
        Until then others see nothing of it, and after a crash it never was. Only reading is
        possible meanwhile.
        """
        wanted: list[bool] = []
        with self._writing() as connection:
            yield steps.claim_next(connection, run_id, most, at), lambda: wanted.append(True)
            if not wanted:
                connection.rollback()

    def record(self, changes: Sequence[Change], at: datetime) -> None:
        """Write what became of payments."""
        with self._writing() as connection:
            steps.record(connection, changes, at)

    def dimensions_done(self, item: Item, reason: str, answer: Answer | None, at: datetime) -> None:
        """Note that a created line has its dimensions, or why it cannot have them."""
        with self._writing() as connection:
            steps.dimensions_done(connection, item, reason, answer, at)

    def accept_held(self, run_id: str, rows: Collection[int], at: datetime) -> tuple[int, ...]:
        """Release held rows of a run at a person's word; return those that were held."""
        with self._writing() as connection:
            records.run_row(connection, run_id)
            return steps.accept_held(connection, run_id, rows, at)

    def finish(
        self, run_id: str, at: datetime, *, proof: Proof | None = None, message: str = ""
    ) -> None:
        """Close a run with its proof; a run with payments left to do stays unfinished."""
        stored = None if proof is None else records.proof_text(proof)
        event = Event("finished", run_id, data=data({"proof": stored}))
        self._note(event, at, finished_at=at.isoformat(), proof=stored, message=message)

    def begin_undo(self, run_id: str, at: datetime) -> None:
        """Note that a run is given up: what was proven is not so from here on."""
        self._note(Event("undo", run_id), at, finished_at=None, proof=None, message=UNDO_BEGUN)

    def _note(self, event: Event, at: datetime, **values: str | None) -> None:
        with self._writing() as connection:
            records.run_row(connection, str(event.run_id))
            of_run = tables.runs.c.run_id == event.run_id
            connection.execute(update(tables.runs).where(of_run).values(values))
            append(connection, at, [event])

    def undo_begun(self, run_id: str) -> bool:
        """Tell whether the undo of a run has begun and not ended."""
        with self._reading() as connection:
            return bool(records.run_row(connection, run_id).message == UNDO_BEGUN)

    # Reports

    def run_record(self, run_id: str) -> RunRecord:
        """Return all that a run's reports are rendered from; the same until it changes."""
        with without_collection(), self._reading() as connection:
            return records.run_record(connection, run_id)

    def runs(self) -> tuple[RunSummary, ...]:
        """Return every run with its buckets and totals, the latest first."""
        with self._reading() as connection:
            return records.summaries(connection)

    def unfinished(self, company: str | None = None, journal_id: str | None = None) -> list[str]:
        """Return the runs with payments left to do, the oldest first; of a journal, if named."""
        runs = tables.runs.c
        query = select(runs.run_id).where(registering.LEFT_TO_DO).order_by(runs.number)
        if company is not None:
            query = query.where(runs.company == company, runs.journal_id == journal_id)
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def altered(self) -> tuple[str, ...]:
        """Say what was altered by others than this tool: events, runs, rows, payments."""
        with self._reading() as connection:
            return tuple(altered(connection))
