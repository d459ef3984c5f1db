"""Each limit that an error names can be raised, or lowered, by the option that it names."""

import pytest

ROWS = "".join(f"2026-01-{day:02d},10000,{day}.50,text\n" for day in range(1, 29))
FILE = (
    "Posting Date,Customer No.,Amount,Description\n" + ROWS + "2026-01-01,10000,1.00," + "x" * 3000
)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--limit-file-bytes", 100),
        ("--limit-rows", 10),
        ("--limit-columns", 3),
        ("--limit-field-bytes", 1000),
    ],
)
def test_a_limit_names_its_option(terminal, tmp_path, option, value):
    (tmp_path / "file.csv").write_text(FILE)
    ended = terminal("preview", "file.csv", "--json", option, value)
    assert ended.code == 1
    (line,) = ended.json_lines
    assert line["verdict"] == "unreadable"
    assert f"raise it with {option}." in line["why"]
    assert terminal("preview", "file.csv", "--json", option, 10**7).code == 0


def test_a_limit_can_stand_in_the_settings_file(terminal, tmp_path):
    (tmp_path / "file.csv").write_text(FILE)
    (tmp_path / "customer-payments.toml").write_text("limit-rows = 10\n")
    assert terminal("preview", "file.csv", "--json").code == 1


def test_the_help_stays_tidy(terminal):
    shown = terminal("preview", "--help").out
    assert "--limit-rows" in shown
    assert "--limit-memory-bytes" not in shown
