"""The database file: created, opened, checked, migrated, and written so that power may fail.

A rollback journal with `synchronous=EXTRA`: after a commit returns, the change survives a
power cut, and the one file (with no companions to forget) is all of the ledger.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from importer.errors import LedgerBusy, LedgerProblem, LedgerStorage
from importer.ledger import bulk, tables

MIGRATIONS: Mapping[int, Sequence[str]] = MappingProxyType(
    {
        1: ("ALTER TABLE payments ADD COLUMN filled VARCHAR DEFAULT '' NOT NULL",),
        2: (
            "DROP INDEX payments_live",
            tables.ONE_LIVE,
            tables.SAME_IDENTITY,
            "DROP INDEX payments_server_id",
            "CREATE INDEX payments_server_id ON payments (server_id) WHERE server_id <> ''",
        ),
        3: (
            "DROP TRIGGER payments_one_live",
            tables.ONE_LIVE,
            "DROP INDEX payments_state",
            (
                "CREATE INDEX payments_pending ON payments (company, journal_id)"
                " WHERE state IN ('sending', 'unknown')"
            ),
            "DROP INDEX payments_digest",
            "CREATE INDEX payments_digest ON payments (digest)",
            "DROP INDEX payments_bank",
            "CREATE INDEX payments_bank ON payments (bank_key)",
            "DROP INDEX payments_document",
            ("CREATE INDEX payments_stated ON payments (document_number) WHERE own_document = 0"),
            "DROP INDEX payments_own_document",
            (
                "CREATE UNIQUE INDEX payments_own_document ON payments (document_number, company)"
                " WHERE own_document = 1"
            ),
        ),
        4: (
            "DROP INDEX payments_next",
            "CREATE INDEX payments_next ON payments (run_id, state, line_number, server_id)",
            "DROP INDEX payments_pending",
            "DROP INDEX payments_server_id",
            "CREATE INDEX runs_journal ON runs (company, journal_id)",
        ),
        5: (
            "DROP INDEX attempts_open",
            "CREATE INDEX attempts_payment ON attempts (payment_id)",
            "DELETE FROM attempts WHERE answered_at IS NULL",  # noted again when they have ended
        ),
    }
)
"""The statements that lead from a schema version to the next one."""

BUSY_SECONDS = 30
"""How long a commit waits for a reader."""

_MAGIC = b"SQLite format 3\0"
_PRAGMAS = (
    "journal_mode = DELETE",
    "synchronous = EXTRA",
    "fullfsync = ON",
    "foreign_keys = ON",
    "cell_size_check = ON",
    "cache_size = -65536",  # KiB: payments are looked up by hashes, all over the file
    "trusted_schema = OFF",
    "temp_store = MEMORY",  # what a statement sorts, or may have to take back; no crash needs it
)
_STORAGE_FAULTS = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
_BUSY_FAULTS = ("SQLITE_BUSY", "SQLITE_LOCKED")


def path_of(location: str) -> Path:
    """Return the file of a path or an SQLite URL.

    Raises:
        LedgerProblem: the URL is not one of an SQLite file.
    """
    if "://" not in location:
        return Path(location).expanduser().resolve()
    try:
        url = make_url(location)
    except ArgumentError as error:
        raise LedgerProblem(f"{location!r} is not a database URL.") from error
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        raise LedgerProblem(
            f"The import ledger cannot be {url.render_as_string()}; expected a path, or the URL"
            " of an SQLite file (sqlite:///folder/ledger.sqlite3)."
        )
    return Path(str(url.database)).expanduser().resolve()


def refuse_foreign(path: Path) -> None:
    """Refuse what is visibly no database, before anything is written beside it.

    Raises:
        LedgerProblem: a folder, or a file that is no SQLite database.
    """
    if path.is_dir():
        raise LedgerProblem(f"{path} is a folder; the import ledger is a file. Name a file in it.")
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise LedgerProblem(f"{path}: cannot be read: {error.strerror}.") from error
    if start not in (b"", _MAGIC):
        raise LedgerProblem(_foreign(path))


def create_file(path: Path) -> None:
    """Create an empty file that only its owner can read, where there is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerStorage(
            f"{path}: the import ledger cannot be written: {error.strerror}. Nothing is sent"
            " without it; correct that, or choose another place with --ledger."
        ) from error


def connect(path: Path | None, *, write: bool) -> tuple[Engine, Connection]:
    """Open the database; None is an empty one that lives in memory and is never stored."""
    engine = create_engine(
        URL.create("sqlite", database=str(path) if path else ":memory:"),
        poolclass=StaticPool,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    connection = engine.connect()
    return engine, connection


def prepare(connection: Connection, path: Path | None, *, write: bool) -> None:
    """Set the connection up; create or migrate the schema, or refuse the file.

    Raises:
        LedgerProblem: not an import ledger, or one of a newer version.
    """
    raw = bulk.driver(connection)
    with faults(path):
        for pragma in _PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        version = _version(raw, path)
        if version is None:
            if not write and path is not None:
                raise LedgerProblem(_foreign(path))
            _create(connection)
        elif version > tables.SCHEMA_VERSION:
            raise LedgerProblem(
                f"{path} was written by a newer version of this tool (its schema is {version},"
                f" known here is {tables.SCHEMA_VERSION}). Update the tool; nothing was changed."
            )
        elif version < (tables.SCHEMA_VERSION if write else tables.READ_ALIKE):
            _migrate(connection, path, version, write=write)
        if not write:
            raw.execute("PRAGMA query_only = ON")


def give_up(connection: Connection) -> None:
    """Roll back what is still open: a commit that another program did not let through stays so."""
    with suppress(DBAPIError):
        connection.rollback()
    raw = bulk.driver(connection)
    if raw.in_transaction:
        with suppress(sqlite3.Error):
            raw.rollback()


def _version(raw: sqlite3.Connection, path: Path | None) -> int | None:
    """Return the schema version; None for a database that holds nothing yet."""
    (application,) = raw.execute("PRAGMA application_id").fetchone()
    (version,) = raw.execute("PRAGMA user_version").fetchone()
    if application == tables.APPLICATION_ID:
        if version < 1:
            raise LedgerProblem(
                f"{path} says that its schema has version {version}; expected is 1 to"
                f" {tables.SCHEMA_VERSION}. It was altered by another program; nothing was changed."
                " Restore a copy of it."
            )
        return int(version)
    (things,) = raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application or version or things:
        raise LedgerProblem(_foreign(path))
    return None


def _create(connection: Connection) -> None:
    with connection.begin():
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.transitions), tables.TRANSITION_ROWS)
        for trigger in tables.TRIGGERS:
            connection.exec_driver_sql(trigger)
        connection.exec_driver_sql(f"PRAGMA application_id = {tables.APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {tables.SCHEMA_VERSION}")


def _migrate(connection: Connection, path: Path | None, version: int, *, write: bool) -> None:
    if not write or path is None:
        raise LedgerProblem(
            f"{path} was written by an earlier version of this tool. The next import or resume"
            " migrates it and keeps a copy."
        )
    _keep_copy(bulk.driver(connection), path.with_name(f"{path.name}.version-{version}"))
    with connection.begin():
        for step in range(version, tables.SCHEMA_VERSION):
            for statement in MIGRATIONS[step]:
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"PRAGMA user_version = {tables.SCHEMA_VERSION}")


def _keep_copy(raw: sqlite3.Connection, target: Path) -> None:
    """Copy the database, durably; an earlier copy of the same version is replaced."""
    try:
        handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise LedgerStorage(f"{target}: no copy can be kept: {error.strerror}.") from error
    try:
        copy = sqlite3.connect(target)
        try:
            raw.backup(copy)
        finally:
            copy.close()
        os.fsync(handle)
    finally:
        os.close(handle)


def _foreign(path: Path | None) -> str:
    return (
        f"{path} is not an import ledger of this tool; nothing was changed."
        " Name another file with --ledger, or let the tool create one."
    )


@contextmanager
def faults(path: Path | None) -> Iterator[None]:
    """Turn the database's errors into sentences that say what happens next."""
    try:
        yield
    except DBAPIError as error:
        raise _problem(path, error.orig) from error
    except sqlite3.Error as error:
        raise _problem(path, error) from error


def _problem(path: Path | None, error: BaseException | None) -> LedgerProblem:
    if isinstance(error, sqlite3.IntegrityError):
        return LedgerProblem(
            f"The import ledger {path} refused a step that its rules forbid: {error}."
        )
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(_STORAGE_FAULTS):
        return LedgerStorage(
            f"The import ledger {path} cannot be written: {error}. Sending has stopped; what was"
            " sent is known or will be looked up. Make room or mend the disk, then resume."
        )
    if name.startswith(_BUSY_FAULTS):
        return LedgerBusy(f"The import ledger {path} is in use by another program. Call again.")
    if name == "SQLITE_NOTADB":
        return LedgerProblem(_foreign(path))
    return LedgerProblem(f"The import ledger {path} cannot be used: {error}.")
