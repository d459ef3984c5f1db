"""Ctrl-C, SIGTERM and the question before sending, on a terminal of their own."""

import json
import os
import select
import signal
import subprocess
import sys
import time

import click
import pytest

from importer.cli.importing import _asks
from importer.cli.stopping import Interrupted, Stop, stopping
from importer.simulator import Simulator

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX terminal")

ROWS = 60
QUESTION = "Send these payments? [y/N]: "


@pytest.fixture
def slow():
    with Simulator(auth=False, line_ms=50) as running:
        yield running


@pytest.fixture
def at_terminal(terminal, slow, tmp_path):
    """Run a command on a pseudo terminal; react once, when the awaited text appears."""
    lines = [f"10000,2026-02-01,{number}.50" for number in range(1, ROWS + 1)]
    text = "\n".join(["Customer No.,Posting Date,Amount", *lines])
    (tmp_path / "rows.csv").write_text(text + "\n")
    environ = terminal.environ(
        CUSTOMER_PAYMENTS_BASE_URL=slow.base_url, CUSTOMER_PAYMENTS_JOURNAL="IMPORT"
    )

    def run(*args, awaits, reacts):
        import pty

        command = [sys.executable, "-P", "-m", "importer", *map(str, args)]
        process, master = pty.fork()
        if process == 0:
            os.chdir(tmp_path)
            os.execve(command[0], command, environ)
        shown, reacted, end = "", False, time.monotonic() + 60
        while time.monotonic() < end:
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                read = os.read(master, 65536)
            except OSError:
                break
            if not read:
                break
            shown += read.decode(errors="replace")
            if not reacted and awaits in shown:
                reacted = True
                reacts(process, master)
        else:
            os.kill(process, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        os.close(master)
        assert "Traceback" not in shown
        return code, shown

    return run


def types(text, after_seconds=0.0):
    def react(_process, master):
        # A signal between the prompt and the read that waits would not wake it up.
        time.sleep(after_seconds)
        os.write(master, text.encode())

    return react


def lines(simulator):
    return simulator.company().payments("IMPORT")


def test_the_question_shows_what_would_be_sent_and_no_sends_nothing(at_terminal, slow):
    code, shown = at_terminal("import", "rows.csv", awaits=QUESTION, reacts=types("n\n"))
    assert code == 1
    assert slow.base_url in shown
    assert "CRONUS International Ltd., journal IMPORT" in shown
    assert f"to send {ROWS:>11} rows" in shown
    assert "largest amount 60.50; 2026-02-01 to 2026-02-01" in shown
    assert "Nothing was sent, as you wished" in shown
    assert lines(slow) == []


def test_ctrl_c_at_the_question_ends_the_command(at_terminal, slow):
    code, shown = at_terminal("import", "rows.csv", awaits=QUESTION, reacts=types("\x03", 1.0))
    assert code == 5
    assert "Stopped before anything was sent" in shown
    assert lines(slow) == []


def test_yes_sends_with_a_bar_and_there_is_no_question_where_nothing_is_new(at_terminal, slow):
    code, shown = at_terminal("import", "rows.csv", awaits=QUESTION, reacts=types("y\n"))
    assert code == 0
    assert "\rSending [" in shown
    assert "\x1b[" not in shown
    code, shown = at_terminal("import", "rows.csv", awaits=QUESTION, reacts=types("n\n"))
    assert code == 0
    assert QUESTION not in shown
    assert "60 duplicates" in shown
    run = json.loads(_status(at_terminal))["runs"][-1]["run_id"]
    asks = f"Delete the journal lines of run {run}? [y/N]: "
    code, shown = at_terminal("undo", run, awaits=asks, reacts=types("n\n"))
    assert code == 1
    assert "Nothing was deleted" in shown
    code, shown = at_terminal("undo", run, awaits=asks, reacts=types("y\n"))
    assert code == 0
    assert lines(slow) == []


def _status(at_terminal):
    return at_terminal("status", "--json", awaits="\0", reacts=None)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_sending_finishes_the_request_records_and_can_be_resumed(
    at_terminal, connected, slow, number
):
    code, shown = at_terminal(
        "import", "rows.csv", "--yes", "--batch-size", "5", awaits="Sending [##",
        reacts=lambda process, _: os.kill(process, number),
    )  # fmt: skip
    assert code == 5
    assert "Stopping after the request in flight" in shown
    sent = len(lines(slow))
    assert 5 <= sent < ROWS
    assert f"{sent} created, {ROWS - sent} ready to send" in shown
    ended = connected("resume", "--json", CUSTOMER_PAYMENTS_BASE_URL=slow.base_url)
    assert ended.code == 0
    assert ended.document["counts"]["created"] == ROWS
    amounts = sorted(-line["amount"] for line in lines(slow))
    assert [str(amount) for amount in amounts] == [f"{n}.50" for n in range(1, ROWS + 1)]


def test_a_process_without_a_terminal_that_is_told_to_stop(connected, terminal, slow, tmp_path):
    text = "Customer No.,Posting Date,Amount\n" + "10000,2026-02-01,1.00\n" * ROWS
    (tmp_path / "rows.csv").write_text(text)
    environ = terminal.environ(
        CUSTOMER_PAYMENTS_BASE_URL=slow.base_url, CUSTOMER_PAYMENTS_JOURNAL="IMPORT"
    )
    command = [sys.executable, "-P", "-m", "importer", "import", "rows.csv", "--batch-size", "1"]
    with subprocess.Popen(
        [*command, "--json"], cwd=tmp_path, env=environ, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        while not lines(slow):
            time.sleep(0.02)
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 5
    document = json.loads(out)
    assert document["counts"]["created"] == len(lines(slow)) < ROWS
    assert b"[#" not in err


def test_a_signal_ends_at_once_before_sending_and_the_second_one_while_sending():
    said = []
    with stopping(said.append) as stop:
        with pytest.raises(Interrupted, match="before anything was sent"), stop.one_file():
            signal.raise_signal(signal.SIGINT)
        assert stop.asked
    with stopping(said.append) as stop:

        def sends():
            assert not stop()
            signal.raise_signal(signal.SIGTERM)
            assert stop()
            signal.raise_signal(signal.SIGINT)

        with pytest.raises(Interrupted, match="resume"), stop.one_file():
            sends()
        assert len(said) == 1


def test_the_end_of_input_at_the_question_is_a_stop():
    stop = Stop(print)
    with pytest.raises(Interrupted), stop.one_file():
        raise click.Abort


def test_between_two_runs_of_a_file_nothing_is_in_flight():
    stop = Stop(print)

    def stopped_after_a_run():
        assert not stop()
        stop.run_ended()
        stop.signalled(signal.SIGINT, None)

    with pytest.raises(Interrupted, match="Stopped before anything more was sent"), stop.one_file():
        stopped_after_a_run()


@pytest.mark.parametrize(
    ("seen", "yes", "asks"),
    [((True, True, False), False, True), ((True, False, True), False, True),
     ((True, False, False), False, False), ((False, True, True), False, False),
     ((True, True, True), True, False)],
)  # fmt: skip
def test_only_somebody_who_sees_the_question_is_asked(monkeypatch, seen, yes, asks):
    for name, is_terminal in zip(("stdin", "stdout", "stderr"), seen, strict=True):
        monkeypatch.setattr(getattr(sys, name), "isatty", lambda value=is_terminal: value)
    assert _asks({"yes": yes}) is asks
