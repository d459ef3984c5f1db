"""The verdict of a dry run says where an import would send nothing, and why."""

import pytest

HEADER = "Customer No.,Posting Date,Amount\n"
GOOD = "10000,2026-02-02,60.00\n"


@pytest.mark.parametrize(
    ("rows", "options", "why"),
    [
        (f"{GOOD},Total,61.00\n", (), "states the total 61.00"),
        (f"{GOOD}10000,,5.00\n", ("--on-error", "stop"), "1 row is rejected and --on-error is"),
        (
            f"{GOOD}10000,,5.00\n10000,,6.00\n",
            ("--on-error", "all-or-nothing"),
            "2 rows are rejected and --on-error is all-or-nothing",
        ),
    ],
)
def test_a_verdict_tells_that_nothing_would_be_sent(terminal, tmp_path, rows, options, why):
    (tmp_path / "payments.csv").write_text(HEADER + rows)
    told = terminal("check", "payments.csv", "--offline", *options)
    assert "\nan import would send nothing (dry run): " in told.out
    assert "in balance" not in told.out
    assert "An import would send nothing: " in told.out
    assert why in told.out
    kept = terminal("check", "payments.csv", "--offline", "--json", *options).document
    assert why in kept["message"]
    assert kept["in_balance"]
    (page, *_) = sorted(tmp_path.rglob("report.html"))
    html = page.read_text("utf-8")
    assert '<h1 class="bad">An import would send nothing (dry run): ' in html
    assert html.count("An import would send nothing: ") == 1


@pytest.mark.parametrize(
    ("rows", "options", "why"),
    [
        (f"{GOOD},Total,61.00\n", (), "Ein Import würde nichts senden: Zeile 3 nennt"),
        (
            f"{GOOD}10000,,5.00\n",
            ("--on-error", "stop"),
            "Ein Import würde nichts senden: 1 Zeile ist zurückgewiesen, und --on-error ist stop.",
        ),
    ],
)
def test_it_tells_that_in_german(terminal, tmp_path, rows, options, why):
    (tmp_path / "payments.csv").write_text(HEADER + rows)
    told = terminal("check", "payments.csv", "--offline", "--language", "de", *options)
    assert "\nEin Import würde nichts senden (Probelauf): " in told.out
    assert why in told.out
    assert "An import" not in told.out


def test_a_verdict_on_what_would_be_sent_stays(terminal, tmp_path):
    (tmp_path / "payments.csv").write_text(f"{HEADER}{GOOD}10000,,5.00\n")
    told = terminal("check", "payments.csv", "--offline")
    assert "(dry run, nothing was sent)" in told.out
    assert "would send nothing" not in told.out
