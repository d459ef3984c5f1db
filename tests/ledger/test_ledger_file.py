"""The file: created, locked, refused, migrated, and failing."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from importer.errors import LedgerBusy, LedgerProblem, LedgerStorage
from importer.ledger import events, open_ledger, registering, storage, tables
from importer.ledger.lock import WriterLock
from importer.states import FREED_STATES, Change, Filled, State

ROOT = Path(__file__).parents[2]


def open_close(path, *, write=True):
    with open_ledger(str(path), write=write) as ledger:
        return ledger.runs()


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_only_its_owner_can_read_it(path):
    open_close(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.with_name("ledger.sqlite3.lock").stat().st_mode & 0o777 == 0o600


def test_it_is_written_so_that_power_may_fail(path):
    with open_ledger(str(path), write=True) as ledger, ledger._reading() as raw:
        settings = {
            name: raw.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "fullfsync", "foreign_keys")
        }
    assert settings == {
        "journal_mode": "delete",
        "synchronous": 3,
        "fullfsync": 1,
        "foreign_keys": 1,
    }


def test_to_read_where_there_is_none_leaves_no_file(path):
    assert open_close(path, write=False) == ()
    assert not path.exists()
    path.parent.mkdir()
    path.touch()
    assert open_close(path, write=False) == ()
    assert open_close(path) == ()


def test_a_reader_cannot_write(path, kit):
    open_close(path)
    with open_ledger(str(path), write=False) as ledger, pytest.raises(LedgerStorage):
        kit.register(ledger, [kit.payment(2)])


def test_a_url_of_an_sqlite_file_is_a_place(path):
    path.parent.mkdir()
    with open_ledger(f"sqlite:///{path}", write=True):
        assert path.exists()


@pytest.mark.parametrize(
    "location", ["postgresql://host/name", "sqlite://", "sqlite:///:memory:", "::://"]
)
def test_other_urls_are_refused(location):
    with pytest.raises(LedgerProblem, match=r"URL|cannot be"):
        open_ledger(location, write=True)


def test_a_secret_in_a_url_is_not_shown():
    with pytest.raises(LedgerProblem) as found:
        open_ledger("postgresql://user:secret@host/name", write=True)
    assert "secret" not in str(found.value)


def test_a_folder_is_no_ledger(tmp_path):
    with pytest.raises(LedgerProblem, match="is a folder"):
        open_ledger(str(tmp_path), write=True)


@pytest.mark.parametrize("write", [True, False])
def test_a_file_of_another_kind_is_refused_untouched(tmp_path, write):
    path = tmp_path / "statement.csv"
    path.write_text("Date;Amount\n")
    with pytest.raises(LedgerProblem, match="not an import ledger"):
        open_ledger(str(path), write=write)
    assert path.read_text() == "Date;Amount\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("statement", ["CREATE TABLE t (x)", "PRAGMA application_id = 7"])
def test_another_database_is_refused(tmp_path, write, statement):
    path = tmp_path / "other.sqlite3"
    with sqlite3.connect(path) as raw:
        raw.execute(statement)
    raw.close()
    before = path.read_bytes()
    with pytest.raises(LedgerProblem, match="not an import ledger"):
        open_ledger(str(path), write=write)
    assert path.read_bytes() == before


def test_an_empty_database_is_no_ledger_to_read(tmp_path):
    path = tmp_path / "empty.sqlite3"
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 0")
    raw.execute("VACUUM")
    raw.close()
    if path.stat().st_size:
        with pytest.raises(LedgerProblem, match="not an import ledger"):
            open_ledger(str(path), write=False)
    assert open_close(path) == ()


def test_a_damaged_file_is_said_so(path):
    open_close(path)
    with path.open("r+b") as file:
        file.seek(16)
        file.write(b"\xff" * 2000)
    with pytest.raises(LedgerProblem):
        open_ledger(str(path), write=True)


@pytest.mark.parametrize("write", [True, False])
def test_a_newer_schema_is_refused(path, write):
    open_close(path)
    _set_version(path, tables.SCHEMA_VERSION + 1)
    with pytest.raises(LedgerProblem, match="newer version"):
        open_ledger(str(path), write=write)


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("version", [0, -1])
def test_a_schema_without_a_version_is_refused(path, write, version):
    open_close(path)
    _set_version(path, version)
    before = path.read_bytes()
    with pytest.raises(LedgerProblem, match=f"its schema has version {version}; expected is 1 to"):
        open_ledger(str(path), write=write)
    assert path.read_bytes() == before


def _set_version(path, version):
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version = {version}")
    raw.close()


def test_an_older_schema_is_migrated_and_a_copy_kept(path, kit, monkeypatch):
    with open_ledger(str(path), write=True) as ledger:
        kit.register(ledger, [kit.payment(2)])
    monkeypatch.setattr(tables, "SCHEMA_VERSION", tables.SCHEMA_VERSION + 1)
    step = {tables.SCHEMA_VERSION - 1: ("ALTER TABLE runs ADD COLUMN more TEXT",)}
    monkeypatch.setattr(storage, "MIGRATIONS", step)
    monkeypatch.setattr(tables, "READ_ALIKE", tables.SCHEMA_VERSION)
    with pytest.raises(LedgerProblem, match="earlier version"):
        open_ledger(str(path), write=False)
    with open_ledger(str(path), write=True) as ledger:
        assert len(ledger.runs()) == 1
    copy = path.with_name(f"ledger.sqlite3.version-{tables.SCHEMA_VERSION - 1}")
    raw = sqlite3.connect(copy)
    assert raw.execute("SELECT count(*) FROM payments").fetchone() == (1,)
    assert "more" not in [row[1] for row in raw.execute("PRAGMA table_info(runs)")]
    raw.close()
    open_close(path, write=False)


def test_a_ledger_of_the_first_version_goes_on_working(path, kit, monkeypatch):
    monkeypatch.setattr(registering, "registered_content", lambda *_: {})
    with open_ledger(str(path), write=True) as ledger:
        run_id = kit.register(ledger, [kit.payment(2), kit.payment(3)])
        first, _ = ledger.in_states(run_id, State.PLANNED)[:2]
        ledger.claim([first], State.SENDING, kit.AT)
    monkeypatch.undo()
    _back_to_version_two(path)
    raw = sqlite3.connect(path)
    raw.execute("ALTER TABLE payments DROP COLUMN filled")
    raw.execute("PRAGMA user_version = 1")
    raw.close()
    with open_ledger(str(path), write=True) as ledger:
        (item,) = ledger.in_states(run_id, State.SENDING)
        assert item.filled is None
        seen = Filled("10000", "Caf\u00e9")
        ledger.record([Change(item, State.CREATED, server_id="a", filled=seen)], kit.AT)
        assert ledger.in_states(run_id, State.CREATED)[0].filled == seen
        assert ledger.altered() == ()
    raw = sqlite3.connect(path)
    raw.execute("DROP TRIGGER payments_next_state")
    raw.execute("UPDATE payments SET state = 'refused' WHERE row = 3")
    raw.commit()
    raw.close()
    with open_ledger(str(path), write=False) as ledger:
        assert ledger.altered() == (
            f"run {run_id}, row 3 is refused; its last event says held or planned",
        )


def _back_to_version_five(path):
    """Each payment had an event of its own, and an attempt before it had ended."""
    with open_ledger(str(path), write=True) as ledger, ledger._writing() as connection:
        rows = connection.execute(select(tables.events).order_by("number")).mappings().all()
        connection.exec_driver_sql("DROP TRIGGER events_DELETE_never")
        connection.exec_driver_sql("DELETE FROM events")
        connection.exec_driver_sql(
            "INSERT INTO attempts (payment_id, kind, claimed_at)"
            " SELECT id, 'planned', attempted_at FROM payments WHERE state = 'sending'"
        )
        for row in rows:
            at = datetime.fromisoformat(row["at"])
            events.append(connection, at, _own_events(row, json.loads(row["data"])))
        for statement in (
            *(one for one in tables.TRIGGERS if "events_DELETE_never" in one),
            "CREATE INDEX attempts_open ON attempts (payment_id) WHERE answered_at IS NULL",
            "DROP INDEX attempts_payment",
            "PRAGMA user_version = 5",
        ):
            connection.exec_driver_sql(statement)


def _own_events(row, data):
    if row["event"] != "state":
        yield events.Event(row["event"], row["run_id"], row["payment_id"], row["data"])
        return
    for payment, (server_id, filled) in data.pop("payments").items():
        told = {"server_id": server_id, "filled": filled}
        own = data | {name: value for name, value in told.items() if value}
        yield events.Event("state", row["run_id"], int(payment), json.dumps(own, sort_keys=True))


def _back_to_version_four(path):
    _back_to_version_five(path)
    _executed(
        path,
        "DROP INDEX runs_journal",
        "DROP INDEX payments_next",
        "CREATE INDEX payments_next ON payments (run_id, state, line_number)",
        (
            "CREATE INDEX payments_pending ON payments (company, journal_id)"
            " WHERE state IN ('sending', 'unknown')"
        ),
        "CREATE INDEX payments_server_id ON payments (server_id) WHERE server_id <> ''",
        "PRAGMA user_version = 4",
    )


def _back_to_version_three(path):
    _back_to_version_four(path)
    _executed(
        path,
        "DROP TRIGGER payments_one_live",
        tables.ONE_LIVE.replace("+company", "company"),
        "DROP INDEX payments_pending",
        "CREATE INDEX payments_state ON payments (state, company, journal_id)",
        "DROP INDEX payments_digest",
        "CREATE INDEX payments_digest ON payments (company, digest)",
        "DROP INDEX payments_bank",
        "CREATE INDEX payments_bank ON payments (company, bank_key)",
        "DROP INDEX payments_stated",
        "CREATE INDEX payments_document ON payments (document_number)",
        "DROP INDEX payments_own_document",
        (
            "CREATE UNIQUE INDEX payments_own_document ON payments (company, document_number)"
            " WHERE own_document = 1"
        ),
        "PRAGMA user_version = 3",
    )


def _back_to_version_two(path):
    _back_to_version_three(path)
    _executed(
        path,
        "DROP TRIGGER payments_one_live",
        "DROP TRIGGER payments_identity",
        "DROP INDEX payments_server_id",
        "CREATE INDEX payments_server_id ON payments (server_id)",
        (
            "CREATE UNIQUE INDEX payments_live ON payments (company, digest)"
            " WHERE state NOT IN ('refused', 'undone', 'withdrawn')"
        ),
        "PRAGMA user_version = 2",
    )


def _executed(path, *statements):
    with closing(sqlite3.connect(path)) as raw:
        for statement in statements:
            raw.execute(statement)


def _schema(path):
    with closing(sqlite3.connect(path)) as raw:
        rows = raw.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in rows}


@pytest.mark.parametrize(
    ("back", "had"),
    [
        (_back_to_version_two, "payments_live"),
        (_back_to_version_three, "payments_state"),
        (_back_to_version_four, "payments_pending"),
        (_back_to_version_five, "attempts_open"),
    ],
)
def test_an_earlier_ledger_gets_the_guards_of_the_newest(path, tmp_path, kit, back, had):
    with open_ledger(str(path), write=True) as ledger:
        run_id = kit.register(ledger, [kit.payment(2), kit.payment(3)])
    back(path)
    with open_ledger(str(path), write=False) as ledger:  # 'status' needs no migration
        assert [run.run_id for run in ledger.runs()] == [run_id]
        assert ledger.bound_lines(["x"]) == set()
        assert ledger.known_documents("c", ["a"]) == set()
    assert had in _schema(path)
    with open_ledger(str(path), write=True) as ledger:
        assert len(ledger.in_states(run_id, State.PLANNED)[:9]) == 2
        assert ledger.altered() == ()
    open_close(tmp_path / "new.sqlite3")
    assert _schema(path) == _schema(tmp_path / "new.sqlite3")


@pytest.mark.parametrize("state", list(State))
def test_an_identity_stands_once_unless_it_was_given_up(path, kit, state):
    """The database itself forbids it, whatever state the payment has come to."""
    with open_ledger(str(path), write=True) as ledger:
        kit.register(ledger, [kit.payment(2)])
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("DROP TRIGGER payments_next_state")
        raw.execute("UPDATE payments SET state = ?", (str(state),))
        names = [row[1] for row in raw.execute("PRAGMA table_info(payments)") if row[1] != "id"]
        new = {"row": "77", "state": "'planned'", "document_number": "'Z'", "generation": "9"}
        values = ", ".join(new.get(name, name) for name in names)
        again = f"INSERT INTO payments ({', '.join(names)}) SELECT {values} FROM payments"
        if state in FREED_STATES:
            raw.execute(again)
        else:
            with pytest.raises(sqlite3.IntegrityError, match="is there and not given up"):
                raw.execute(again)
        with pytest.raises(sqlite3.IntegrityError, match="keeps its identity"):
            raw.execute("UPDATE payments SET digest = 'other'")


def test_no_migration_without_a_copy(path, monkeypatch):
    open_close(path)
    copy = path.with_name(f"ledger.sqlite3.version-{tables.SCHEMA_VERSION}")
    monkeypatch.setattr(tables, "SCHEMA_VERSION", tables.SCHEMA_VERSION + 1)
    copy.mkdir()
    with pytest.raises(LedgerStorage, match="no copy can be kept"):
        open_ledger(str(path), write=True)


def test_a_migration_that_fails_changes_nothing(path, monkeypatch):
    open_close(path)
    version = tables.SCHEMA_VERSION
    monkeypatch.setattr(tables, "SCHEMA_VERSION", version + 1)
    step = {version: ("ALTER TABLE runs ADD COLUMN more TEXT", "nonsense")}
    monkeypatch.setattr(storage, "MIGRATIONS", step)
    with pytest.raises(LedgerProblem):
        open_ledger(str(path), write=True)
    monkeypatch.undo()
    assert open_close(path) == ()


def test_a_second_writer_is_told_who_holds_it(path):
    with open_ledger(str(path), write=True):
        with pytest.raises(LedgerBusy, match=f"process {os.getpid()} on .* since 20"):
            open_ledger(str(path), write=True)
        assert open_close(path, write=False) == ()
    open_close(path)


def test_a_holder_without_a_note_is_another_run(path):
    with open_ledger(str(path), write=True):
        path.with_name("ledger.sqlite3.lock").write_text("no note")
        with pytest.raises(LedgerBusy, match="another run"):
            open_ledger(str(path), write=True)


def test_the_note_of_a_holder_names_files_and_no_secret(path, tmp_path, monkeypatch):
    (tmp_path / "a.csv").touch()
    monkeypatch.chdir(tmp_path)
    words = "import ./in/*.csv --notify https://hooks.example/T/SECRET --proxy=http://u:SECRET@p"
    more = "-qSECRET --yes a.csv --base-url bc.example/?key=SECRET --company SECRET"
    argv = ["/usr/bin/customer-payments", *words.split(), *more.split(), "https://u:SECRET@host/f"]
    monkeypatch.setattr(sys, "argv", argv)
    with open_ledger(str(path), write=True):
        note = path.with_name("ledger.sqlite3.lock").read_text()
        with pytest.raises(LedgerBusy) as busy:
            open_ledger(str(path), write=True)
    said = (
        "(customer-payments import ./in/*.csv --notify … --proxy -q --yes a.csv --base-url … "
        "--company … …)"
    )
    assert said in str(busy.value)
    assert "SECRET" not in note


def test_a_program_without_a_command_line_holds_it_too(path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [])
    assert open_close(path) == ()


HOLDER = """
import sys, time
from importer.ledger import open_ledger
with open_ledger(sys.argv[1], write=True):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_goes_with_its_holder(path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, cwd=ROOT
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LedgerBusy, match=f"process {holder.pid} "):
            open_ledger(str(path), write=True)
        os.kill(holder.pid, signal.SIGKILL)
    open_close(path)


WRITER = """
import sys
from datetime import UTC, datetime
from importer.ledger import open_ledger
from importer.states import Change, State
with open_ledger(sys.argv[1], write=True) as ledger:
    at = datetime.now(UTC)
    while True:
        for item in ledger.in_states(sys.argv[2], State.PLANNED)[:1]:
            ledger.claim([item], State.SENDING, at)
            print(item.row, flush=True)
"""


@pytest.mark.parametrize("after", [1, 4, 9, 15])
def test_what_was_committed_survives_a_kill(path, kit, after):
    with open_ledger(str(path), write=True) as ledger:
        run_id = kit.register(ledger, [kit.payment(row) for row in range(2, 40)])
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), run_id], stdout=subprocess.PIPE, cwd=ROOT
    )
    with writer:
        told = [int(writer.stdout.readline()) for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        told += [int(line) for line in writer.stdout]
    with open_ledger(str(path), write=True) as ledger:
        claimed = [item.row for item in ledger.in_states(run_id, State.SENDING)]
        assert claimed[: len(told)] == told
        assert len(claimed) - len(told) <= 1
        assert ledger.altered() == ()


def test_a_full_disk_stops_everything_that_follows(path, kit):
    with open_ledger(str(path), write=True) as ledger:
        run_id = kit.register(ledger, [kit.payment(2), kit.payment(3)])
        one, other = ledger.in_states(run_id, State.PLANNED)[:2]
        with ledger._reading() as raw:
            pages = raw.exec_driver_sql("PRAGMA page_count").scalar()
        ledger._connection.connection.driver_connection.execute(f"PRAGMA max_page_count = {pages}")
        many = {f"X{number}" * 50 for number in range(1000)}
        with pytest.raises(LedgerStorage, match="Make room"):
            ledger.acknowledge("c", many, kit.AT)
        ledger._connection.connection.driver_connection.execute("PRAGMA max_page_count = 100000")
        with pytest.raises(LedgerStorage):
            ledger.claim([one], State.SENDING, kit.AT)
        assert len(ledger.in_states(run_id, State.PLANNED)[:2]) == 2
    with open_ledger(str(path), write=True) as ledger:
        ledger.claim([other], State.SENDING, kit.AT)


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path, monkeypatch):
    def refuse(*_args, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(LedgerStorage, match="cannot be written: Permission denied"):
        open_ledger(str(tmp_path / "new" / "ledger"), write=True)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_is_said_so(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(LedgerStorage, match="cannot be written"):
        open_ledger(str(tmp_path / "new" / "l"), write=True)


def test_a_place_below_a_file_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises((LedgerStorage, LedgerProblem), match="cannot be"):
        open_ledger(str(tmp_path / "file" / "ledger"), write=True)


def test_a_lock_that_cannot_be_written_is_said_so(tmp_path, monkeypatch):
    (tmp_path / "l.lock").mkdir()
    with pytest.raises(LedgerStorage, match="cannot be written"):
        WriterLock(tmp_path / "l")


def test_a_note_that_cannot_be_written_gives_the_lock_back(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dumps", full)
    with pytest.raises(LedgerStorage, match="No space"):
        WriterLock(tmp_path / "l")
    monkeypatch.undo()
    WriterLock(tmp_path / "l").release()


def test_a_database_that_another_program_locks_is_waited_for_then_refused(path, kit, monkeypatch):
    monkeypatch.setattr(storage, "BUSY_SECONDS", 0.05)
    with open_ledger(str(path), write=True) as ledger:
        raw = sqlite3.connect(path, isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(LedgerBusy, match="another program"):
            ledger.acknowledge("c", {"X1"}, kit.AT)
        assert time.monotonic() - started < 5
        raw.execute("ROLLBACK")
        raw.close()


def test_a_commit_that_a_reader_holds_up_leaves_nothing_open(path, kit, monkeypatch):
    with open_ledger(str(path), write=True) as ledger:
        run_id = kit.register(ledger, [kit.payment(2)])
    monkeypatch.setattr(storage, "BUSY_SECONDS", 0.05)
    with open_ledger(str(path), write=True) as ledger:
        (item,) = ledger.in_states(run_id, State.PLANNED)[:1]
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM payments").fetchall()
            with pytest.raises(LedgerBusy, match="another program"):
                ledger.claim([item], State.SENDING, kit.AT)
            assert ledger.counts(run_id)[State.PLANNED] == 1
        ledger.claim([item], State.SENDING, kit.AT)
        assert ledger.altered() == ()


def test_a_fault_without_a_name_is_still_a_sentence(ledger):
    with pytest.raises(LedgerProblem, match="cannot be used"), ledger._reading() as raw:
        raw.execute(text("SELECT nothing FROM nowhere"))


def test_a_run_of_an_earlier_version_is_finished(path, kit):
    with open_ledger(str(path), write=True) as ledger:
        run_id = kit.register(ledger, [kit.payment(row) for row in (2, 3, 4)])
        with ledger.claim_next(run_id, 2, kit.AT) as (items, claim):
            claim()
        seen = Filled("10000", "Caf\u00e9")
        ledger.record([Change(items[0], State.CREATED, server_id="a", filled=seen)], kit.AT)
        assert ledger.altered() == ()
    _back_to_version_five(path)
    with open_ledger(str(path), write=False) as ledger:
        assert ledger.altered() == ()
    with open_ledger(str(path), write=True) as ledger:
        (item,) = ledger.in_states(run_id, State.SENDING)
        assert ledger.altered() == ()
        ledger.record([Change(item, State.CREATED, server_id="b", filled=seen)], kit.AT)
        assert ledger.altered() == ()
    with closing(sqlite3.connect(path)) as raw:
        tried = raw.execute("SELECT count(*), count(answered_at) FROM attempts GROUP BY payment_id")
        assert tried.fetchall() == [(1, 1)] * 2
