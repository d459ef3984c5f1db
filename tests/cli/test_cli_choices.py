"""Which rows are taken, and what a faulty row does to the others."""

from pathlib import Path

import pytest

from importer.simulator import Fault, FaultPlan

SAMPLES = Path(__file__).parents[2] / "sample_data"
WRONG = SAMPLES / "everything-wrong.csv"
HEADER = "Posting Date,Customer No.,Applies-to Invoice No.,Amount\n"


@pytest.fixture
def rows(tmp_path):
    def write(*lines):
        path = tmp_path / "rows.csv"
        path.write_text(HEADER + "".join(line + "\n" for line in lines))
        return path

    return write


def lines(simulator):
    return sorted(simulator.company().payments("IMPORT"), key=lambda line: line["lineNumber"])


def test_only_takes_the_named_rows_and_says_so_of_the_others(connected, simulator):
    ended = connected("import", WRONG, "--only", "2,17", "--yes", "--json")
    assert ended.code == 0
    assert ended.document["counts"]["created"] == 2
    assert ended.document["counts"]["skipped"] == 23
    left = next(row for row in ended.document["rows"] if row["row"] == 3)
    assert left["reason"] == "left out at the user's wish"
    assert len(lines(simulator)) == 2


def test_what_was_left_out_is_sent_another_time(connected, simulator, rows):
    path = rows(*(f"2026-02-1{n},10000,,{n}.00" for n in range(1, 6)))
    assert connected("import", path, "--skip", "3-4", "--yes").code == 0
    assert [line["amount"] for line in lines(simulator)] == [-1, -4, -5]
    again = connected("import", path, "--yes", "--json").document
    assert (again["counts"]["duplicate"], again["counts"]["created"]) == (3, 2)
    assert sorted(line["amount"] for line in lines(simulator)) == [-5, -4, -3, -2, -1]


def test_a_row_that_is_none_is_refused(connected):
    ended = connected("import", WRONG, "--skip", "1", "--yes")
    assert ended.code == 2
    assert "Row 1" in ended.err


def test_strict_rejects_warnings_too(connected):
    loose = connected("check", WRONG, "--json").document
    strict = connected("check", WRONG, "--strict", "--json").document
    warned = {f["row"] for f in loose["findings"] if f["severity"] == "warning"}
    assert warned
    rejected = {row["row"] for row in strict["rows"] if row["bucket"] == "rejected"}
    assert warned <= rejected
    assert strict["counts"]["rejected"] > loose["counts"]["rejected"]


@pytest.mark.parametrize("policy", ["stop", "all-or-nothing"])
def test_with_a_rejected_row_nothing_is_sent(connected, simulator, policy):
    ended = connected("import", WRONG, "--on-error", policy, "--yes")
    assert ended.code == 1
    assert "nothing was sent" in ended.err
    assert lines(simulator) == []
    assert connected("status", "--json").document["runs"] == []


@pytest.fixture
def refused(rows):
    # Only the server knows that customer 120000 is blocked for privacy.
    return rows(
        "2026-02-10,10000,,1.00",
        "2026-02-10,120000,,2.00",
        "2026-02-10,10000,,3.00",
    )


def test_stop_sends_no_more_after_a_refusal(connected, simulator, refused):
    ended = connected(
        "import", refused, "--on-error", "stop", "--batch-size", "1", "--yes", "--json"
    )
    assert ended.code == 1
    assert ended.document["counts"]["planned"] == 1
    assert [line["amount"] for line in lines(simulator)] == [-1]
    assert connected("resume").code == 3
    assert [line["amount"] for line in lines(simulator)] == [-1, -3]


def test_all_or_nothing_takes_back_what_was_created(connected, simulator, refused):
    ended = connected(
        "import", refused, "--on-error", "all-or-nothing", "--batch-size", "1", "--yes", "--json"
    )
    assert ended.code == 1
    assert "deleted again" in ended.document["error"]
    assert lines(simulator) == []
    again = connected("import", refused, "--yes", "--json").document
    assert again["counts"]["created"] == 2


@pytest.mark.parametrize("again", ["resume", "import"])
def test_all_or_nothing_holds_for_a_run_that_was_interrupted(connected, simulator, refused, again):
    simulator.install(FaultPlan((Fault("answer", "POST", status=403, nth=2),)))
    options = ("--batch-size", "1", "--yes")
    stopped = connected("import", refused, "--on-error", "all-or-nothing", *options)
    assert "permission" in stopped.err
    assert [line["amount"] for line in lines(simulator)] == [-1]
    simulator.install(None)
    ended = connected("resume") if again == "resume" else connected("import", refused, *options)
    assert ended.code == 1
    assert "were deleted again" in ended.err
    assert lines(simulator) == []
    assert connected("status", "--verify").code == 0


@pytest.mark.parametrize("order", [("2", "3"), ("3", "2")])
def test_twins_that_are_sent_one_at_a_time_are_both_sent(connected, simulator, rows, order):
    path = rows(*["2026-02-10,10000,,1.00"] * 2)
    for row in order:
        ended = connected("import", path, "--only", row, "--yes", "--json")
        assert (ended.code, ended.document["counts"]["created"]) == (0, 1)
    assert [line["amount"] for line in lines(simulator)] == [-1, -1]
    again = connected("import", path, "--yes", "--json").document
    assert again["counts"]["duplicate"] == 2
