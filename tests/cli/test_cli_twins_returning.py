"""Equal payments of which one had a slip: corrected, it is a payment of its own."""

import pytest

HEADER = "Customer No.,Posting Date,Amount,Description\n"
GOOD = "10000,2026-02-10,100.00,Invoice\n"
SLIP = "10000,2026-02-10,1OO.00,Invoice\n"


def counts(ended):
    return {name: n for name, n in ended.document["counts"].items() if n}


@pytest.fixture
def imported(connected, terminal):
    def run(name, text=None):
        path = terminal.folder / name
        if text is not None:
            path.write_text(text, "utf-8")
        return connected("import", path, "--yes", "--json")

    return run


@pytest.fixture
def rejects(terminal):
    def of(ended):
        return (terminal.folder / ended.document["report_dir"] / "rejects.csv").read_text("utf-8")

    return of


def test_a_corrected_twin_is_sent_once(imported, rejects, simulator):
    first = imported("march.csv", HEADER + GOOD + SLIP)
    assert counts(first) == {"created": 1, "rejected": 1}
    right = rejects(first).replace("1OO.00", "100.00")
    assert counts(imported("rejects.csv", right)) == {"created": 1}
    assert len(simulator.company().payments("IMPORT")) == 2
    assert counts(imported("rejects.csv")) == {"duplicate": 1}
    assert counts(imported("whole.csv", HEADER + GOOD + GOOD)) == {"duplicate": 2}
    assert len(simulator.company().payments("IMPORT")) == 2


def test_twins_corrected_one_after_the_other(imported, rejects, simulator):
    first = imported("march.csv", HEADER + GOOD + SLIP + SLIP)
    half = rejects(first).replace("1OO.00", "100.00", 1)
    second = imported("rejects.csv", half)
    assert counts(second) == {"created": 1, "rejected": 1}
    right = rejects(second).replace("1OO.00", "100.00")
    assert counts(imported("rest.csv", right)) == {"created": 1}
    assert counts(imported("rest.csv")) == {"duplicate": 1}
    assert counts(imported("whole.csv", HEADER + GOOD * 3)) == {"duplicate": 3}
    assert len(simulator.company().payments("IMPORT")) == 3


def test_a_row_that_came_by_another_file_is_a_duplicate(imported, rejects, simulator):
    first = imported("march.csv", HEADER + GOOD.replace("100.00", "55.00") + SLIP)
    assert counts(imported("corrected.csv", HEADER + GOOD)) == {"created": 1}
    right = rejects(first).replace("1OO.00", "100.00")
    assert counts(imported("rejects.csv", right)) == {"duplicate": 1}
    assert len(simulator.company().payments("IMPORT")) == 2


def test_the_twin_of_a_row_that_was_a_duplicate(imported, rejects, simulator):
    imported("february.csv", HEADER + GOOD)
    first = imported("march.csv", HEADER + GOOD + SLIP)
    assert counts(first) == {"duplicate": 1, "rejected": 1}
    right = rejects(first).replace("1OO.00", "100.00")
    assert counts(imported("rejects.csv", right)) == {"created": 1}
    assert len(simulator.company().payments("IMPORT")) == 2


def test_without_our_columns_it_is_the_payment_that_is_there(imported, rejects, simulator):
    first = imported("march.csv", HEADER + GOOD + SLIP)
    assert counts(first) == {"created": 1, "rejected": 1}
    right = rejects(first).replace("1OO.00", "100.00").replace("sha256:", "")
    assert counts(imported("rejects.csv", right)) == {"duplicate": 1}
    assert len(simulator.company().payments("IMPORT")) == 1
