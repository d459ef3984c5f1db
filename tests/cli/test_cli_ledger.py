"""The import ledger as a user meets it: lost, old, altered, full, not writable."""

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

HEADER = "Customer No.,Posting Date,Amount,External Document No."
LIMIT = 900_000
"""Bytes: enough to register the run, too few to send all of it."""


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def write(tmp_path):
    def written(name, first, last):
        rows = [f"10000,2026-02-01,{number}.50,REF-{number}" for number in range(first, last + 1)]
        (tmp_path / name).write_text("\n".join([HEADER, *rows]) + "\n")

    return written


def lines(simulator):
    return simulator.company().payments("IMPORT")


def without(ledger):
    for path in ledger.parent.glob(f"{ledger.name}*"):
        path.unlink()


def test_a_deleted_ledger_stops_the_next_import_before_a_double(
    connected, simulator, ledger, write
):
    write("a.csv", 1, 5)
    assert connected("import", "a.csv", "--yes").code == 0
    without(ledger)
    ended = connected("import", "a.csv", "--yes")
    assert ended.code == 4
    assert "does not know payments that this tool sent" in ended.err + ended.out
    assert len(lines(simulator)) == 5
    simulator.company().post("IMPORT")
    without(ledger)
    assert connected("import", "a.csv", "--yes").code == 4
    assert lines(simulator) == []


def test_an_old_copy_of_the_ledger_is_noticed(connected, simulator, ledger, write):
    write("a.csv", 1, 3)
    write("b.csv", 4, 6)
    assert connected("import", "a.csv", "--yes").code == 0
    shutil.copy(ledger, ledger.with_name("copy"))
    assert connected("import", "b.csv", "--yes").code == 0
    without(ledger)
    shutil.copy(ledger.with_name("copy"), ledger)
    ended = connected("import", "b.csv", "--yes")
    assert ended.code == 4
    assert "restored from an old copy" in ended.err + ended.out
    assert len(lines(simulator)) == 6


def test_an_altered_ledger_is_named_by_status(connected, ledger, write):
    write("a.csv", 1, 2)
    assert connected("import", "a.csv", "--yes").code == 0
    ended = connected("status", "--verify")
    assert ended.code == 0
    with sqlite3.connect(ledger) as raw:
        raw.execute("DROP TRIGGER events_UPDATE_never")
        raw.execute("UPDATE events SET data = '{}' WHERE number = 3")
    raw.close()
    ended = connected("status", "--verify")
    assert ended.code == 4
    assert "event 3 does not follow" in ended.err
    assert connected("status").code == 0


def test_a_ledger_of_a_newer_version_is_refused(connected, simulator, ledger, write):
    write("a.csv", 1, 2)
    assert connected("import", "a.csv", "--yes").code == 0
    raw = sqlite3.connect(ledger)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = ledger.read_bytes()
    write("b.csv", 3, 4)
    ended = connected("import", "b.csv", "--yes")
    assert ended.code == 1
    assert "newer version" in ended.err
    assert ledger.read_bytes() == before
    assert len(lines(simulator)) == 2


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_a_ledger_that_can_grow_no_more_stops_sending_and_the_rest_follows_later(
    terminal, connected, simulator, ledger, write
):
    import resource

    write("a.csv", 1, 400)
    environ = terminal.environ(
        CUSTOMER_PAYMENTS_BASE_URL=simulator.base_url, CUSTOMER_PAYMENTS_JOURNAL="IMPORT"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-m", "importer", "import", "a.csv", "--yes", "--batch-size", "5"],
        cwd=ledger.parent,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"ledger.sqlite3" in done.stderr
    assert len(lines(simulator)) < 400
    ended = connected("import", "a.csv", "--yes", "--json")
    assert ended.code == 0
    assert ended.document["counts"]["created"] == 400
    assert len(lines(simulator)) == len({one["documentNumber"] for one in lines(simulator)}) == 400
