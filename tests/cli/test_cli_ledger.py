"""The import ledger as a user meets it: held, lost, old, altered, full, not writable."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest

from importer.simulator import Fault, FaultPlan, Simulator

HEADER = "Customer No.,Posting Date,Amount,External Document No."
LIMIT = 850_000
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


def nothing_is_lost_or_doubled(simulator, count):
    there = lines(simulator)
    documents = {one["documentNumber"] for one in there}
    assert len(there) == len(documents) == count
    assert sorted(-one["amount"] for one in there) == [n + 0.5 for n in range(1, count + 1)]


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


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount", "'9999.00'"),
        ("payload", "replace(payload, '-2.50', '-9999.00')"),
        ("customer_number", "'20000'"),
    ],
)
def test_a_payment_that_is_edited_in_the_file_is_named(connected, ledger, write, column, value):
    write("a.csv", 1, 3)
    run_id = connected("import", "a.csv", "--yes", "--json").document["run_id"]
    assert connected("status", "--verify").code == 0
    with contextlib.closing(sqlite3.connect(ledger)) as raw, raw:
        for trigger in ("payments_bound", "payments_next_state"):
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.execute(f"UPDATE payments SET {column} = {value} WHERE row = 3")
    ended = connected("status", "--verify")
    assert ended.code == 4
    assert f"run {run_id}, row 3 is not as it was registered" in ended.err


def test_a_second_process_ends_at_once_and_says_who_holds_the_ledger(terminal, ledger, write):
    write("a.csv", 1, 40)
    write("b.csv", 41, 42)
    with Simulator(auth=False, line_ms=100) as slow:
        environ = {
            "CUSTOMER_PAYMENTS_BASE_URL": slow.base_url,
            "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
        }
        command = [sys.executable, "-P", "-m", "importer", "import", "a.csv", "--yes"]
        with subprocess.Popen(
            [*command, "--batch-size", "1", "-q"],
            cwd=ledger.parent,
            env=terminal.environ(**environ),
            stdin=subprocess.DEVNULL,
        ) as first:
            while not lines(slow):
                time.sleep(0.02)
            for words in (("import", "b.csv", "--yes"), ("resume",)):
                second = terminal(*words, **environ)
                assert second.code == 5
                assert f"is held by process {first.pid} on " in second.err
                assert "import a.csv" in second.err
            assert first.poll() is None
            assert terminal("status").code == 0
            assert first.wait(60) == 0
        nothing_is_lost_or_doubled(slow, 40)
        assert terminal("import", "b.csv", "--yes", **environ).code == 0
        nothing_is_lost_or_doubled(slow, 42)


def test_what_is_read_back_otherwise_than_sent_is_named(connected, simulator, write):
    """Somebody changes a line after it was created and before it is read back."""
    write("a.csv", 1, 3)
    edit = {"action": "edit", "journal": "IMPORT", "line": 20000, "set": {"amount": -7}}
    away = {"action": "delete", "journal": "IMPORT", "line": 30000}
    plan = (
        Fault("act", "POST", "customerPayments$", nth=3, act=edit),
        Fault("act", "POST", "customerPayments$", nth=3, act=away),
    )
    simulator.install(FaultPlan(plan))
    ended = connected("import", "a.csv", "--yes", "--batch-size", "1", "--json")
    assert ended.code == 4
    assert not ended.document["in_balance"]
    first, second, *more = ended.document["differences"]
    assert first == "row 2: line 20000: amount: sent -1.50, found -7.00"
    assert second.startswith("row 3: line 30000 (id ")
    assert "no longer in the journal" in second
    assert more == [
        "3 rows created, 2 lines on the server",
        "7.50 created, 10.50 on the server",
    ]
    shown = connected("status", ended.document["run_id"])
    assert first in shown.out


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
    assert 0 < len(lines(simulator)) < 400
    ended = connected("import", "a.csv", "--yes", "--json")
    assert ended.code == 0
    assert ended.document["counts"]["created"] == 400
    nothing_is_lost_or_doubled(simulator, 400)


@pytest.fixture
def disk(tmp_path):
    """A file system of its own; called with options, it is mounted anew with them."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root of a Linux machine can mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*options):
        command = ["mount", *options, str(folder)]
        return subprocess.run(command, capture_output=True, check=False, timeout=60)

    mounted = mount("-t", "tmpfs", "-o", f"size={LIMIT}", "tmpfs")
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")

    def again(options):
        done = mount("-o", f"remount,{options}")
        assert done.returncode == 0, done.stderr.decode()

    yield folder, again
    subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=60)


def test_a_full_disk_stops_sending_at_once_and_the_rest_follows_when_there_is_room(
    connected, simulator, write, disk
):
    folder, mounted_anew = disk
    write("a.csv", 1, 400)
    environ = {"CUSTOMER_PAYMENTS_LEDGER": str(folder / "ledger.sqlite3")}
    ended = connected("import", "a.csv", "--yes", "--batch-size", "5", "--json", **environ)
    assert ended.code == 1
    document = ended.document
    assert "cannot be written" in document["error"]
    assert "Make room" in document["error"]
    # At once: not one request after the commit that failed.
    there = len(lines(simulator))
    counts = document["counts"]
    assert 0 < there < 400
    assert counts["created"] <= there <= counts["created"] + counts["unknown"] <= there + 5
    again = connected("resume", **environ)
    assert (again.code, len(lines(simulator))) in ((1, there), (0, 400))
    mounted_anew("size=50m")
    ended = connected("resume", "--json", **environ)
    assert ended.code == 0
    (run,) = ended.document.get("runs", [ended.document])
    assert run["in_balance"]
    assert run["counts"]["created"] == 400
    nothing_is_lost_or_doubled(simulator, 400)


def test_a_ledger_that_cannot_be_written_is_one_sentence_and_nothing_is_sent(
    connected, simulator, write, disk
):
    folder, mounted_anew = disk
    write("a.csv", 1, 2)
    write("b.csv", 3, 4)
    environ = {"CUSTOMER_PAYMENTS_LEDGER": str(folder / "ledger.sqlite3")}
    mounted_anew("ro")
    is_one_sentence(connected("import", "a.csv", "--yes", "-q", **environ))
    assert lines(simulator) == []
    mounted_anew("rw")
    assert connected("import", "a.csv", "--yes", **environ).code == 0
    mounted_anew("ro")
    for words in (("import", "b.csv", "--yes"), ("resume",)):
        is_one_sentence(connected(*words, "-q", **environ))
    assert connected("status", **environ).code == 0
    assert connected("check", "b.csv", **environ).code == 0
    nothing_is_lost_or_doubled(simulator, 2)


def test_a_ledger_file_that_is_read_only_is_one_sentence(connected, simulator, write, disk):
    folder, _ = disk
    write("a.csv", 1, 2)
    write("b.csv", 3, 4)
    file = folder / "ledger.sqlite3"
    environ = {"CUSTOMER_PAYMENTS_LEDGER": str(file)}
    assert connected("import", "a.csv", "--yes", **environ).code == 0
    for options in (("--bind", str(file)), ("-o", "remount,bind,ro")):
        subprocess.run(["mount", *options, str(file)], check=True, timeout=60)
    try:
        is_one_sentence(connected("import", "b.csv", "--yes", "-q", **environ))
    finally:
        subprocess.run(["umount", str(file)], check=True, timeout=60)
    nothing_is_lost_or_doubled(simulator, 2)


def is_one_sentence(ended):
    assert ended.code == 1
    assert ended.out == ""
    (line,) = ended.err.splitlines()
    assert line.startswith("Error: ")
    assert "ledger.sqlite3" in line
    assert "cannot be written" in line
