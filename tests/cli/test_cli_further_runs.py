"""One import of a file that ends in several runs: each is told, and no row of the file is lost."""

import json

import pytest

from importer.cli import group, importing
from importer.cli.commands import cli
from importer.simulator import Fault, FaultPlan

HEADER = "Customer No.,Posting Date,Amount,Description\n"
ROWS = [f"10000,2026-02-0{day},{day}.00,Rent {day}\n" for day in range(1, 7)]
FIRST, TWIN = "50000,2026-02-09,50.00,Rent\n", "50000,2026-02-09,50.00,Rent of February\n"


@pytest.fixture
def write(tmp_path):
    def written(name, rows):
        (tmp_path / name).write_text(HEADER + "".join(rows))
        return name

    return written


@pytest.fixture
def cut_short(connected, simulator):
    """Import a file, of which the server takes one payment before it refuses the user."""

    def run(*arguments):
        simulator.install(FaultPlan((Fault("answer", "POST", status=403, nth=2),)))
        ended = connected("import", *arguments, "--yes", "--batch-size", "1", "--json")
        assert ended.code == 1, ended.err
        simulator.install(None)
        return ended.document["run_id"]

    return run


def amounts(simulator):
    return sorted(-line["amount"] for line in simulator.company().payments("IMPORT"))


def told(ended):
    """Return what each run of a command says of each row."""
    return [{row["row"]: row["bucket"] for row in run["rows"]} for run in ended.document["runs"]]


WHOLE = ("--expect-count", "6", "--expect-total", "21.00")


def test_what_an_interrupted_run_left_out_is_a_run_of_its_own(
    connected, simulator, write, cut_short, tmp_path
):
    write("f.csv", ROWS)
    run_id = cut_short("f.csv", "--only", "2-3")
    ended = connected("import", "f.csv", "--yes", "--json", "--archive", "done", *WHOLE)
    assert ended.code == 0, ended.err
    assert [run["run_id"][-4:] for run in ended.document["runs"]] == ["0001", "0002"]
    assert ended.document["runs"][0]["run_id"] == run_id
    assert told(ended) == [
        {2: "created", 3: "created", **dict.fromkeys(range(4, 8), "skipped")},
        {2: "duplicate", 3: "duplicate", **dict.fromkeys(range(4, 8), "created")},
    ]
    assert "Rows of this file that were not taken there are a run of their own" in ended.err
    assert amounts(simulator) == [1, 2, 3, 4, 5, 6]
    assert (tmp_path / "done" / "imported" / "f.csv").exists()


def test_control_totals_are_compared_before_a_run_is_taken_up(
    connected, simulator, write, cut_short
):
    write("f.csv", ROWS)
    cut_short("f.csv", "--only", "2-3")
    ended = connected("import", "f.csv", "--yes", "--expect-count", "2")
    assert ended.code == 1
    assert "The file has 6 incoming payments, expected 2" in ended.err
    assert amounts(simulator) == [1]


def test_duplicates_of_a_run_that_was_undone_meanwhile_are_sent(
    connected, simulator, write, cut_short
):
    write("a.csv", ROWS[:3])
    write("b.csv", ROWS[1:])
    undone = connected("import", "a.csv", "--yes", "--json").document["run_id"]
    cut_short("b.csv")
    assert connected("undo", undone, "--yes").code == 0
    assert amounts(simulator) == [4]
    ended = connected("import", "b.csv", "--yes", "--json")
    assert ended.code == 0, ended.err
    assert told(ended)[1] == {2: "created", 3: "created"} | dict.fromkeys(range(4, 7), "duplicate")
    assert amounts(simulator) == [2, 3, 4, 5, 6]


def test_a_row_that_was_left_out_and_is_faulty_is_told(
    connected, simulator, write, cut_short, tmp_path
):
    write("f.csv", [*ROWS[:2], "99,2026-02-03,3.00,Rent\n", "10000,2026-02-04,x,Rent\n"])
    cut_short("f.csv", "--only", "2-3")
    ended = connected("import", "f.csv", "--yes", "--json", "--archive", "done")
    assert ended.code == 3, ended.err
    assert told(ended)[1] == {2: "duplicate", 3: "duplicate", 4: "rejected", 5: "rejected"}
    assert amounts(simulator) == [1, 2]
    assert (tmp_path / "done" / "imported-in-part" / "f.csv").exists()


def test_where_nothing_is_left_there_is_no_further_run(connected, simulator, write, cut_short):
    refused = "120000,2026-02-01,9.00,blocked for privacy\n"  # which only the server knows
    write("a.csv", ROWS[4:])
    assert connected("import", "a.csv", "--yes").code == 0
    write("f.csv", [ROWS[0], "99,2026-02-03,3.00,Rent\n", refused, *ROWS[2:]])
    run_id = cut_short("f.csv", "--skip", "5")
    again = ("import", "f.csv", "--yes", "--json", "--skip", "5")
    ended = connected(*again)
    assert ended.code == 3, ended.err
    assert ended.document["run_id"] == run_id
    assert {name: n for name, n in ended.document["counts"].items() if n} == {
        "created": 2, "rejected": 1, "refused": 1, "duplicate": 2, "skipped": 1,
    }  # fmt: skip
    assert amounts(simulator) == [1, 4, 5, 6]
    assert len(connected("status", "--json").document["runs"]) == 2


@pytest.fixture
def asked(tmp_path, simulator, monkeypatch, capsys):
    """Run a command in this process before a terminal, at which somebody answers a question."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "LEDGER": "ledger.sqlite3", "BASE_URL": simulator.base_url, "JOURNAL": "IMPORT",
    }.items():  # fmt: skip
        monkeypatch.setenv("CUSTOMER_PAYMENTS_" + name, value)
    questions = []

    def run(*arguments, answer):
        def confirmed(_question, lines=()):
            questions.append(list(lines))
            return answer

        monkeypatch.setattr(importing, "_asks", lambda _given: True)
        monkeypatch.setattr(importing, "_confirmed", confirmed)
        code = group.run(cli, [*map(str, arguments)])
        return code, *capsys.readouterr(), questions

    return run


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_who_does_not_want_the_further_run_is_told_of_the_first(
    asked, simulator, write, cut_short, how
):
    write("f.csv", ROWS)
    run_id = cut_short("f.csv", "--only", "2-3")
    code, out, err, questions = asked("import", "f.csv", "--archive", "done", *how, answer=False)
    assert code == 1
    assert amounts(simulator) == [1, 2]
    assert len(questions) == 1
    assert any("to send" in line and "4 rows" in line for line in questions[0])
    assert "Nothing more was sent, as you wished" in err
    if how:
        first, second = json.loads(out)["runs"]
        assert first["run_id"] == run_id
        assert second == {"error": "Nothing more was sent, as you wished", "exit_code": 1}
    else:
        assert run_id in out
    code, _, _, questions = asked("import", "f.csv", "--archive", "done", answer=True)
    assert code == 0
    assert len(questions) == 2
    assert amounts(simulator) == [1, 2, 3, 4, 5, 6]


def test_rows_beside_a_held_one_that_is_accepted_are_sent(connected, simulator, write):
    write("first.csv", [FIRST])
    write("f.csv", [TWIN, *ROWS[:4]])
    assert connected("import", "first.csv", "--yes").code == 0
    assert connected("import", "f.csv", "--yes", "--only", "2,3").code == 4
    ended = connected("import", "f.csv", "--yes", "--json", "--accept-held", "2")
    assert ended.code == 0, ended.err
    assert told(ended) == [
        {2: "created", 3: "created", **dict.fromkeys((4, 5, 6), "skipped")},
        {2: "duplicate", 3: "duplicate", **dict.fromkeys((4, 5, 6), "created")},
    ]
    assert amounts(simulator) == [1, 2, 3, 4, 50, 50]


@pytest.fixture
def held(connected, write):
    """Import two files: the second holds a near-twin and a row that the server refuses."""
    write("first.csv", [FIRST])
    write("second.csv", [*ROWS[:2], "120000,2026-02-01,9.00,blocked\n", TWIN])
    write("third.csv", [TWIN, ROWS[4]])
    assert connected("import", "first.csv", "--yes").code == 0
    ended = connected("import", "second.csv", "--yes", "--json")
    assert ended.code == 4
    return ended.document["run_id"]


@pytest.mark.parametrize("word", ["stop", "all-or-nothing"])
def test_the_run_of_a_released_row_goes_on_as_it_was_registered(connected, simulator, held, word):
    ended = connected(
        "import", "third.csv", "--yes", "--json", "--accept-held", "2", "--on-error", word
    )
    assert ended.code == 3, ended.err
    assert ended.document["runs"][0]["run_id"] == held
    assert told(ended)[1] == {2: "duplicate", 3: "created"}
    assert amounts(simulator) == [1, 2, 5, 50, 50]


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_the_run_of_a_released_row_that_ends_out_of_balance_is_told(
    connected, simulator, held, write, how, tmp_path
):
    (line,) = (one for one in simulator.company().lines("IMPORT") if one["amount"] == -1)
    simulator.company().act("edit", journal="IMPORT", line=line["lineNumber"], set={"amount": -999})
    (tmp_path / "inbox").mkdir()
    (tmp_path / "third.csv").rename(tmp_path / "inbox" / "third.csv")
    ended = connected("import", "inbox", "--yes", "--accept-held", "2", "--archive", "done", *how)
    assert ended.code == 4, ended.out
    if how:
        first, second = ended.document["runs"]
        assert (first["run_id"], first["in_balance"]) == (held, False)
        assert second["in_balance"]
    else:
        assert "found -999" in ended.out
    assert not (tmp_path / "done").exists()
    assert (tmp_path / "inbox" / "third.csv").exists()
