"""Payments that wait in an interrupted run, met again by other files, options and journals."""

import pytest

from importer.simulator import Fault, FaultPlan

HEADER = "Customer No.,Posting Date,Amount,Description\n"
ROWS = [f"10000,2026-02-{day:02},{day}.00,Rent {day}\n" for day in range(1, 16)]


@pytest.fixture
def write(tmp_path):
    def written(name, rows):
        (tmp_path / name).write_text(HEADER + "".join(rows), "utf-8")
        return name

    return written


@pytest.fixture
def interrupted(connected, simulator, write):
    """Three of the ten payments of `a.csv` are sent, then the server refuses the user."""
    write("a.csv", ROWS[:10])
    simulator.install(FaultPlan((Fault("answer", "POST", status=403, nth=2),)))
    ended = connected("import", "a.csv", "--yes", "--batch-size", "3", "--json")
    assert ended.code == 1
    simulator.install(None)
    assert amounts(simulator) == [1, 2, 3]
    return ended.document["run_id"]


def amounts(simulator, journal="IMPORT"):
    return sorted(-line["amount"] for line in simulator.company().payments(journal))


def counts(ended):
    return {name: n for name, n in ended.document["counts"].items() if n}


def test_a_duplicate_of_what_was_not_yet_sent_is_told(connected, simulator, write, interrupted):
    write("b.csv", ROWS[5:15])
    checked = connected("check", "b.csv")
    assert checked.code == 0
    assert f"5 rows wait in run {interrupted}, which is not finished" in checked.out
    ended = connected("import", "b.csv", "--yes", "--json")
    assert (ended.code, counts(ended)) == (5, {"created": 5, "duplicate": 5})
    reason = ended.document["rows"][0]["reason"]
    assert reason == (
        f"imported before: run {interrupted}, row 7 (a.csv), planned; it waits there until "
        "`customer-payments resume` has finished that run"
    )
    run = ended.document["run_id"]
    told = "5 rows wait in run {}, which is not finished: `customer-payments resume` sends them"
    assert told.format(interrupted) in connected("status", run).out
    assert amounts(simulator) == [1, 2, 3, *range(11, 16)]
    assert connected("resume").code == 0
    assert amounts(simulator) == list(range(1, 16))
    assert "wait in run" not in connected("status", run).out
    assert connected("import", "b.csv", "--yes").code == 0
    assert amounts(simulator) == list(range(1, 16))


def test_what_waits_for_another_journal_names_it(connected, simulator, write, interrupted):
    ended = connected("import", "a.csv", "--yes", CUSTOMER_PAYMENTS_JOURNAL="MANUAL")
    assert ended.code == 5
    told = f"7 rows wait in run {interrupted}, which is not finished: "
    assert f"{told}`customer-payments resume --journal IMPORT` sends them" in ended.out
    ended = connected("resume", CUSTOMER_PAYMENTS_JOURNAL="MANUAL")
    assert ended.code == 0
    assert "Nothing is unfinished in journal MANUAL" in ended.err
    assert f"run {interrupted} in journal IMPORT" in ended.err
    assert amounts(simulator) == [1, 2, 3]
    assert amounts(simulator, "MANUAL") == []
    assert connected("resume").code == 0
    assert amounts(simulator) == list(range(1, 11))
    assert "Nothing is unfinished." in connected("resume").err


@pytest.mark.parametrize("option", [("--only", "2-4"), ("--skip", "5")])
def test_a_run_is_taken_up_as_it_was_registered(connected, simulator, interrupted, option):
    ended = connected("import", "a.csv", "--yes", *option)
    assert ended.code == 2
    assert f"Run {interrupted} of this file was interrupted" in ended.err
    assert f"'customer-payments undo {interrupted}'" in ended.err
    assert amounts(simulator) == [1, 2, 3]
    ended = connected("import", "a.csv", "--yes", "--on-error", "skip")
    assert ended.code == 0
    assert amounts(simulator) == list(range(1, 11))


@pytest.mark.parametrize(
    ("command", "option"),
    [("import", "--only"), ("import", "--skip"), ("import", "--accept-held"), ("check", "--only")],
)
@pytest.mark.parametrize("paths", [("a.csv", "b.csv"), (".",), ("*.csv",)])
def test_rows_are_named_of_one_file_alone(connected, simulator, write, command, option, paths):
    write("a.csv", ROWS[:2])
    write("b.csv", ROWS[2:4])
    yes = ("--yes",) if command == "import" else ()
    ended = connected(command, *paths, option, "2", *yes)
    assert ended.code == 2
    assert f"{option} names rows of one file, and 2 files are given" in ended.err
    assert amounts(simulator) == []
