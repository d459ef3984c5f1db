"""An interrupted import is taken up by the same command, with whatever options it had."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from importer.ledger import open_ledger
from importer.simulator import Fault, FaultPlan, Simulator
from importer.states import State

HEADER = "Customer No.,Posting Date,Amount\n"
ROWS = 10


@pytest.fixture
def write(tmp_path):
    def written(*lines):
        (tmp_path / "f.csv").write_text(HEADER + "".join(line + "\n" for line in lines))

    return written


@pytest.fixture
def interrupted(connected, simulator, write):
    """Run a command that sends two payments of ten, then loses its permission."""

    def run(*options, first=()):
        write(*first, *(f"10000,2026-02-{n:02},{n}.00" for n in range(1, ROWS + 1 - len(first))))
        simulator.install(FaultPlan((Fault("answer", "POST", status=403, nth=2),)))
        ended = connected("import", "f.csv", "--yes", "--batch-size", "2", "--json", *options)
        assert ended.code == 1, ended.err
        assert len(amounts(simulator)) == 2
        simulator.install(None)
        return ended.document["run_id"]

    return run


def amounts(simulator):
    return sorted(-line["amount"] for line in simulator.company().payments("IMPORT"))


OPTIONS = [
    ("--on-error", "stop"),
    ("--on-error", "all-or-nothing"),
    ("--strict",),
    ("--skip", "5"),
    ("--only", "2-4,6-11"),
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_the_same_command_goes_on_where_it_stopped(connected, simulator, interrupted, options):
    run_id = interrupted(*options)
    ended = connected("import", "f.csv", "--yes", "--json", *options)
    assert ended.code == 0, ended.err
    assert ended.document["run_id"] == run_id
    left_out = "5" in options or "--only" in options
    assert amounts(simulator) == [n for n in range(1, ROWS + 1) if n != 4 or not left_out]
    told = "holds for" if "--on-error" in options else "choose no rows anew"
    assert told in ended.err


def test_the_same_command_after_a_kill(connected, terminal, write, tmp_path):
    write(*["10000,2026-02-01,1.00"] * 40)
    options = ("f.csv", "--strict", "--skip", "5", "--on-error", "stop")
    with Simulator(auth=False, line_ms=50) as slow:
        where = {
            "CUSTOMER_PAYMENTS_BASE_URL": slow.base_url,
            "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
        }
        command = [sys.executable, "-P", "-m", "importer", "import", *options]
        with subprocess.Popen(
            [*command, "--batch-size", "1"], cwd=tmp_path, env=terminal.environ(**where),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            while not amounts(slow):
                time.sleep(0.02)
            process.kill()
        assert process.returncode == (1 if os.name == "nt" else -signal.SIGKILL)
        assert 0 < len(amounts(slow)) < 39
        assert connected("import", *options, **where).code == 0
        assert len(amounts(slow)) == 39


@pytest.mark.parametrize("again", [("resume",), ("import", "d.csv", "--yes")])
def test_a_run_that_was_killed_before_its_proof_is_not_in_balance(
    connected, terminal, simulator, tmp_path, again
):
    (tmp_path / "d.csv").write_text(
        "Posting Date,Customer No.,Amount,Dimension.AREA\n2026-02-01,10000,5.00,30\n"
    )
    simulator.install(FaultPlan([Fault("delay", path="dimension", after_s=2)]))
    where = {
        "CUSTOMER_PAYMENTS_BASE_URL": simulator.base_url,
        "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
    }
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "importer", "import", "d.csv", "--yes"],
        cwd=tmp_path, env=terminal.environ(**where),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while not any("dimension" in one["target"] for one in simulator.requests):
            time.sleep(0.02)
        process.kill()
    simulator.install(None)
    (run,) = connected("status", "--json").document["runs"]
    assert "not proven" in connected("status").out
    shown = connected("status", run["run_id"])
    assert "not yet counted and compared" in shown.out
    assert connected(*again).code == 0
    (line,) = simulator.company().lines("IMPORT")
    assert line["dimensions"]
    assert "in balance" in connected("status", run["run_id"]).out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--skip", "11"), "row 11 waits there, which --skip leaves out now"),
        (("--only", "2-9"), "row 10 waits there, which --only leaves out now"),
    ],
)
def test_what_is_excluded_only_now_is_refused(connected, simulator, interrupted, options, said):
    run_id = interrupted()
    ended = connected("import", "f.csv", "--yes", *options)
    assert ended.code == 2
    assert said in ended.err
    assert f"customer-payments undo {run_id}" in ended.err
    assert amounts(simulator) == [1, 2]
    assert connected("import", "f.csv", "--yes", "--skip", "2").code == 0
    assert amounts(simulator) == list(range(1, ROWS + 1))


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        (("--decimal", "."), ("--decimal", ","),
         "row 4 waits there with 1.25 of 2026-04-03, and is 1250 of 2026-04-03 as the file is"),
        (("--date-format", "%m/%d/%Y"), ("--date-format", "%d/%m/%Y"),
         "row 4 waits there with 1.25 of 2026-03-04, and is 1.25 of 2026-04-03"),
        (("--date-format", "%d/%m/%Y"), ("--date-format", "%Y-%m-%d"),
         "row 4 waits there, which is no payment as the file is read now"),
    ],
)  # fmt: skip
def test_what_is_read_otherwise_now_is_refused(connected, simulator, write, first, then, said):
    write(*["10000,03/04/2026,1.250"] * 4)
    both = {"--decimal": ".", "--date-format": "%d/%m/%Y"}
    options = [both | dict([one]) for one in (first, then)]
    first, then = ([part for pair in one.items() for part in pair] for one in options)
    simulator.install(FaultPlan((Fault("answer", "POST", status=403, nth=2),)))
    assert connected("import", "f.csv", "--yes", "--batch-size", "2", *first).code == 1
    simulator.install(None)
    ended = connected("import", "f.csv", "--yes", *then)
    assert ended.code == 2
    assert said in ended.err
    assert len(amounts(simulator)) == 2
    assert connected("import", "f.csv", "--yes", *first).code == 0
    assert amounts(simulator) == [Decimal("1.25")] * 4


def test_with_a_rejected_row_nothing_more_is_sent(connected, simulator, interrupted):
    interrupted(first=["99,2026-02-01,50.00"])
    ended = connected("import", "f.csv", "--yes", "--on-error", "stop")
    assert ended.code == 2
    assert "--on-error stop sends nothing now" in ended.err
    assert amounts(simulator) == [1, 2]


def test_warnings_that_were_taken_are_not_sent_with_strict(connected, tmp_path, simulator, write):
    write(*["10000,2026-02-01,1.00"] * 3)
    manual = {"CUSTOMER_PAYMENTS_JOURNAL": "MANUAL"}  # without a balancing account: a warning
    simulator.install(FaultPlan((Fault("answer", "POST", status=403, nth=2),)))
    assert connected("import", "f.csv", "--yes", "--batch-size", "1", **manual).code == 1
    simulator.install(None)
    ended = connected("import", "f.csv", "--yes", "--strict", **manual)
    assert ended.code == 2
    assert "payments with warnings wait there" in ended.err
    assert connected("import", "f.csv", "--yes", **manual).code == 0
    assert len(simulator.company().payments("MANUAL")) == 3


ALL = ("--on-error", "all-or-nothing", "--batch-size", "1", "--yes")


@pytest.fixture
def half_taken_back(connected, simulator, write):
    """Two of the three lines of a run are left, of which a row was refused."""
    # Only the server knows that customer 120000 is blocked for privacy.
    write(*(f"10000,2026-02-0{n},{n}.00" for n in (1, 2, 3)), "120000,2026-02-04,4.00")
    simulator.install(FaultPlan((Fault("answer", "DELETE", status=403, nth=2),)))
    ended = connected("import", "f.csv", "--json", *ALL)
    assert ended.code == 1
    simulator.install(None)
    run_id = ended.document["run_id"]
    assert f"'customer-payments undo {run_id}' takes back the rest" in ended.err
    assert amounts(simulator) == [2, 3]
    return run_id


@pytest.mark.parametrize("command", [("undo", "--yes"), ("resume",)])
@pytest.mark.parametrize("options", [ALL, ("--yes",)])
def test_what_was_left_of_all_or_nothing_is_named(
    connected, simulator, half_taken_back, command, options
):
    shown = connected("status", half_taken_back, "--json").document
    assert not shown["in_balance"]
    ended = connected("import", "f.csv", *options)
    assert ended.code == 4
    assert f"The undo of run {half_taken_back} of this file was interrupted" in ended.err
    assert amounts(simulator) == [2, 3]
    run = (half_taken_back,) if "undo" in command else ()
    ended = connected(command[0], *run, *command[1:])
    assert ended.code == (0 if run else 3), ended.err  # a row was refused, as resume tells
    assert amounts(simulator) == []
    assert "Nothing is unfinished" in connected("resume").err


def test_a_run_that_is_given_up_is_not_sent_on(connected, simulator, interrupted):
    """The service goes away while the undo asks for a line whose answer was lost."""
    run_id = interrupted()
    simulator.install(FaultPlan((Fault("answer", "DELETE", status=403, nth=2),)))
    assert connected("undo", run_id, "--yes").code == 1
    simulator.install(None)
    assert amounts(simulator) == [2]
    ended = connected("import", "f.csv", "--yes", "--accept-held", "4")
    assert (ended.code, amounts(simulator)) == (4, [2])
    ended = connected("resume", "--json")
    assert f"The undo of run {run_id} was interrupted; it goes on." in ended.err
    assert (ended.code, amounts(simulator)) == (0, [])
    assert connected("import", "f.csv", "--yes").code == 0
    assert amounts(simulator) == list(range(1, ROWS + 1))


def test_resume_says_what_an_undo_keeps(connected, simulator, half_taken_back):
    people = simulator.company()
    people.edit(people.payments("IMPORT")[0]["lineNumber"], "IMPORT", comment="by hand")
    ended = connected("resume")
    assert ended.code == 4
    assert f"Run {half_taken_back} is undone but for 1 rows; row 3 is kept" in ended.err
    assert amounts(simulator) == [2]


def test_an_undo_that_meets_an_outage_again_stays_begun(connected, simulator, half_taken_back):
    simulator.install(FaultPlan((Fault("answer", "DELETE", status=403),)))
    assert connected("resume").code == 1
    simulator.install(None)
    assert amounts(simulator) == [2, 3]
    assert connected("resume").code == 3
    assert amounts(simulator) == []


def test_another_file_waits_for_the_undo_of_a_run_that_it_overlaps(
    connected, simulator, half_taken_back, tmp_path
):
    (tmp_path / "g.csv").write_text(HEADER + "10000,2026-02-02,2.00\n10000,2026-02-09,9.00\n")
    ended = connected("import", "g.csv", "--yes", "--archive", "done")
    assert ended.code == 5
    assert f"in run {half_taken_back}, which is not finished" in ended.out
    assert (tmp_path / "g.csv").exists()
    assert amounts(simulator) == [2, 3, 9]
    assert connected("resume").code == 3
    assert amounts(simulator) == [9]
    assert connected("import", "g.csv", "--yes", "--archive", "done").code == 0
    assert amounts(simulator) == [2, 9]


@pytest.mark.parametrize("options", [ALL, ("--yes",)])
def test_a_kill_while_lines_are_taken_back(
    connected, simulator, half_taken_back, terminal, options
):
    with open_ledger(str(terminal.folder / "ledger.sqlite3"), write=True) as ledger:
        left = ledger.in_states(half_taken_back, State.CREATED)
        ledger.claim(left[:1], State.UNDOING, datetime.now(UTC))  # as the kill leaves it
    assert connected("import", "f.csv", *options).code == 4
    assert amounts(simulator) == [2, 3]
    assert connected("undo", half_taken_back, "--yes").code == 0
    assert amounts(simulator) == []
