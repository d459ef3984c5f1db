"""Held rows, from the first refusal to a person's word; runs that are undone."""

import pytest

from importer.simulator import Fault, FaultPlan

HEADER = "Customer No.,Posting Date,Amount,Description"
FIRST = ("10000,2026-02-01,10.00,Rent", "20000,2026-02-01,20.00,Rent")
TWIN = "10000,2026-02-01,10.00,Rent of February"
NEW = "30000,2026-02-02,30.00,Rent"


@pytest.fixture
def write(tmp_path):
    def written(name, *rows):
        (tmp_path / name).write_text("\n".join([HEADER, *rows]) + "\n")

    return written


@pytest.fixture
def held(connected, write):
    """A first file that is sent, and a second one with a near-twin that is held."""
    write("first.csv", *FIRST)
    write("second.csv", NEW, TWIN)
    assert connected("import", "first.csv", "--yes").code == 0
    ended = connected("import", "second.csv", "--yes", "--json")
    assert ended.code == 4
    assert buckets(ended) == {2: "created", 3: "held"}
    return ended.document


def buckets(ended):
    return {row["row"]: row["bucket"] for row in ended.document["rows"]}


def amounts(simulator, journal="IMPORT"):
    return sorted(-line["amount"] for line in simulator.company().payments(journal))


def test_a_held_row_stays_held_until_it_is_accepted(connected, simulator, held):
    again = connected("import", "second.csv", "--yes", "--json")
    assert again.code == 4
    assert buckets(again) == {2: "duplicate", 3: "held"}
    (row,) = (row for row in again.document["rows"] if row["row"] == 3)
    assert f"run {held['run_id']}, row 3" in row["reason"]
    assert "--accept-held 3" in row["reason"]
    assert row["line_number"] is None
    checked = connected("check", "second.csv", "--json")
    assert buckets(checked) == {2: "duplicate", 3: "held"}
    assert len(amounts(simulator)) == 3
    accepted = connected("import", "second.csv", "--yes", "--json", "--accept-held", "3")
    assert accepted.code == 0, accepted.err
    assert accepted.document["run_id"] == held["run_id"]
    assert buckets(accepted) == {2: "created", 3: "created"}
    assert amounts(simulator) == [10, 10, 20, 30]
    last = connected("import", "second.csv", "--yes", "--json", "--accept-held", "3")
    assert last.code == 0
    assert buckets(last) == {2: "duplicate", 3: "duplicate"}
    assert amounts(simulator) == [10, 10, 20, 30]


def test_a_row_that_another_file_held_is_sent_by_its_own_run(connected, simulator, write, held):
    write("third.csv", TWIN, NEW, "50000,2026-02-03,40.00,Rent")
    accepted = connected("import", "third.csv", "--yes", "--json", "--accept-held", "2")
    assert accepted.code == 0, accepted.err
    released, own = accepted.document["runs"]
    assert (released["run_id"], released["counts"]["created"]) == (held["run_id"], 2)
    assert [row["bucket"] for row in own["rows"]] == ["duplicate", "duplicate", "created"]
    assert held["run_id"] in own["rows"][0]["reason"]
    earlier = connected("status", held["run_id"], "--json").document
    assert earlier["counts"]["created"] == 2
    assert earlier["in_balance"]
    assert amounts(simulator) == [10, 10, 20, 30, 40]


def test_a_held_row_is_accepted_while_its_interrupted_run_is_taken_up(connected, simulator, write):
    write("first.csv", *FIRST)
    write("second.csv", "20000,2026-02-03,99.00,Rent", TWIN, NEW)
    assert connected("import", "first.csv", "--yes").code == 0
    simulator.install(FaultPlan((Fault("answer", "POST", status=403),)))
    ended = connected("import", "second.csv", "--yes")
    assert ended.code == 1
    simulator.install(None)
    ended = connected("import", "second.csv", "--yes", "--json", "--accept-held", "3")
    assert ended.code == 0
    assert buckets(ended) == {2: "created", 3: "created", 4: "created"}
    assert amounts(simulator) == [10, 10, 20, 30, 99]


def test_a_held_row_that_is_read_otherwise_now_is_not_released(connected, simulator, write):
    write("first.csv", "10000,2026-04-03,10.00,one")
    write("second.csv", "20000,03/03/2026,99.00,Rent", "10000,03/04/2026,10.00,two")
    assert connected("import", "first.csv", "--yes").code == 0
    simulator.install(FaultPlan((Fault("answer", "POST", status=403),)))
    first = ("import", "second.csv", "--yes", "--date-format", "%d/%m/%Y")
    assert connected(*first).code == 1
    simulator.install(None)
    ended = connected(*first[:-1], "%m/%d/%Y", "--accept-held", "3")
    assert ended.code == 2
    assert "row 3 waits there with 10 of 2026-04-03, and is 10 of 2026-03-04" in ended.err
    assert amounts(simulator) == [10]
    assert connected(*first, "--accept-held", "3").code == 0
    assert amounts(simulator) == [10, 10, 99]


@pytest.mark.parametrize("command", ["undo", "import"])
def test_the_lines_of_a_run_are_never_looked_for_in_another_journal(
    connected, simulator, held, command
):
    words = {
        "undo": ("undo", held["run_id"], "--yes"),
        "import": ("import", "second.csv", "--yes", "--accept-held", "3"),
    }
    ended = connected(*words[command], CUSTOMER_PAYMENTS_JOURNAL="MANUAL")
    assert ended.code == 2
    assert f"Run {held['run_id']} is of journal IMPORT" in ended.err
    assert amounts(simulator) == [10, 20, 30]
    assert amounts(simulator, "MANUAL") == []


def test_an_undone_run_frees_its_rows(connected, simulator, write):
    write("first.csv", *FIRST)
    run = connected("import", "first.csv", "--yes", "--json").document["run_id"]
    undone = connected("undo", run, "--yes")
    assert undone.code == 0
    assert "2 journal lines are deleted" in undone.out
    assert amounts(simulator) == []
    assert connected("undo", run, "--yes").out == f"Nothing of run {run} was left to undo.\n"
    shown = connected("status", run, "--json")
    assert shown.code == 0
    assert buckets(shown) == {2: "held", 3: "held"}
    assert shown.document["in_balance"]
    assert "deleted by undo; import the file again" in shown.document["rows"][0]["reason"]
    again = connected("import", "first.csv", "--yes", "--json")
    assert again.code == 0
    assert again.document["run_id"] != run
    assert buckets(again) == {2: "created", 3: "created"}
    assert amounts(simulator) == [10, 20]


def test_a_run_whose_journal_is_gone_is_given_up_and_imported_again(connected, simulator, write):
    write("first.csv", *FIRST)
    simulator.install(FaultPlan((Fault("answer", "POST", status=401),)))
    stopped = connected("import", "first.csv", "--yes", "--json")
    assert stopped.code == 1
    simulator.install(None)
    (run,) = connected("status", "--json").document["runs"]
    simulator.company().act("delete_journal", journal="IMPORT")
    undone = connected("undo", run["run_id"], "--yes", CUSTOMER_PAYMENTS_JOURNAL="MANUAL")
    assert undone.code == 0, undone.err
    again = connected("import", "first.csv", "--yes", "--json", CUSTOMER_PAYMENTS_JOURNAL="MANUAL")
    assert again.code == 0, again.err
    assert buckets(again) == {2: "created", 3: "created"}
    assert amounts(simulator, "MANUAL") == [10, 20]
