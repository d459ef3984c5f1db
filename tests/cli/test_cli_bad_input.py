"""Bad input: one clear sentence, the right exit code, nothing sent."""

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from importer.cli.commands import cli
from importer.cli.group import run

SAMPLES = Path(__file__).parents[2] / "sample_data"
GOOD = str(SAMPLES / "bank-nl.csv")


@pytest.fixture
def call(tmp_path, monkeypatch, simulator, capsys):
    """Run a command in this process, in a folder of its own, against a fresh simulator."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_LEDGER", str(tmp_path / "ledger.sqlite3"))
    monkeypatch.setenv("CUSTOMER_PAYMENTS_BASE_URL", simulator.base_url)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_JOURNAL", "IMPORT")

    def call(*args):
        code = run(cli, [str(arg) for arg in args])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "unforeseen" not in err, err
        call.sentences = [line for line in err.splitlines() if line.startswith("Error: ")]
        return code, out, err

    yield call
    assert simulator.company().payments("IMPORT") == []


def sentence(ended, code):
    assert ended[0] == code, ended
    faults = [line for line in ended[2].splitlines() if line.startswith(("Error: ", "Stopped: "))]
    assert len(faults) == 1, ended[2]
    return faults[0]


@pytest.mark.parametrize("command", ["import", "check", "preview"])
def test_a_missing_file(call, command):
    assert "nowhere.csv" in sentence(call(command, "nowhere.csv"), 1)


@pytest.mark.parametrize("name", ["", " "])
@pytest.mark.parametrize(
    "command",
    [
        ("import",),
        ("check",),
        ("preview",),
        ("profiles", "new"),
        ("template",),
        ("report", "20260215-0001", "--source"),
        ("import", "nowhere.csv", "--archive"),
        ("import", "nowhere.csv", "--report-dir"),
    ],
    ids=" ".join,
)
def test_an_empty_name_is_not_the_working_folder(call, tmp_path, command, name):
    (tmp_path / "payments.csv").write_text(
        "customerNumber,postingDate,amount\n10000,2026-02-01,1\n"
    )
    code, out, err = call(*command, name)
    assert (code, out) == (2, "")
    assert "variable which is not set" in err


def test_a_folder(call, tmp_path):
    (tmp_path / "folder").mkdir()
    assert "folder" in sentence(call("preview", "folder"), 1)


def test_an_empty_file(call, tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    assert "empty" in sentence(call("import", "empty.csv", "--yes"), 1)


def test_a_header_nobody_recognises(call, tmp_path):
    header = "Day,Weather,Degrees,Wind\n2026-01-01,rain,4,2\n"
    (tmp_path / "weather.csv").write_text(header)
    said = sentence(call("import", "weather.csv", "--yes"), 1)
    assert "Weather" in said
    assert "profiles" in said


def test_a_header_that_comes_close_names_the_profile_and_the_difference(call, tmp_path):
    text = (SAMPLES / "bank-de.csv").read_text("cp1252").replace("Verwendungszweck", "Zweck")
    (tmp_path / "changed.csv").write_text(text, "cp1252")
    said = sentence(call("import", "changed.csv", "--yes"), 1)
    assert "demo-bank-de" in said
    assert "Verwendungszweck" in said


def test_an_unknown_profile(call):
    said = sentence(call("import", GOOD, "--profile", "demo-bank-n"), 2)
    assert "demo-bank-nl" in said


def test_a_wrong_key_in_a_profile(call, tmp_path):
    (tmp_path / "mine.toml").write_text('[header]\ncolumns = ["A"]\n[amont]\ncolumn = "A"\n')
    said = sentence(call("import", GOOD, "--profile", "mine.toml"), 2)
    assert "amont" in said
    assert "amount" in said


def test_a_journal_that_does_not_exist_lists_those_that_do(call):
    said = sentence(call("import", GOOD, "--journal", "NOPE", "--yes"), 1)
    assert "NOPE" in said
    assert "IMPORT" in said
    assert "MANUAL" in said


def test_a_company_that_does_not_exist_lists_those_that_do(call):
    said = sentence(call("import", GOOD, "--company", "Nobody Ltd.", "--yes"), 1)
    assert "CRONUS International Ltd." in said


def test_no_journal_named_where_there_are_several(call, monkeypatch):
    monkeypatch.delenv("CUSTOMER_PAYMENTS_JOURNAL")
    assert "MANUAL" in sentence(call("import", GOOD, "--yes"), 1)


def test_no_server_at_the_address(call, monkeypatch):
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    said = sentence(call("import", GOOD, "--yes", "--base-url", "http://127.0.0.1:9/api/v2.0"), 5)
    assert "127.0.0.1:9" in said


def test_no_credentials(call):
    ended = call("import", GOOD, "--yes", "--base-url", "", "--tenant", "example.com")
    assert "CUSTOMER_PAYMENTS_ACCESS_TOKEN" in sentence(ended, 1)


def test_a_wrong_token(tmp_path, monkeypatch, capsys):
    from importer.simulator import Simulator

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_ACCESS_TOKEN", "canary-of-a-token")
    with Simulator() as running:
        code = run(cli, ["import", GOOD, "--yes", "--journal", "IMPORT", "--ledger", "l.sqlite3",
                         "--base-url", running.base_url])  # fmt: skip
        assert running.company().lines("IMPORT") == []
    err = capsys.readouterr().err
    assert code == 1
    assert "token" in err.lower()
    assert "canary" not in err


def test_a_report_folder_that_cannot_be_written(call, tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert "taken" in sentence(call("import", GOOD, "--yes", "--report-dir", "taken"), 1)


def test_a_ledger_that_is_not_ours(call, tmp_path):
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as other:
        other.execute("create table notes (text)")
    other.close()
    before = (tmp_path / "ledger.sqlite3").read_bytes()
    assert "ledger.sqlite3" in sentence(call("import", GOOD, "--yes"), 1)
    assert (tmp_path / "ledger.sqlite3").read_bytes() == before


def test_a_ledger_that_is_no_database(call, tmp_path):
    (tmp_path / "ledger.sqlite3").write_text("my diary, please do not touch " * 40)
    assert "ledger.sqlite3" in sentence(call("status"), 1)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--expect-count", "99"), "expected 99"),
        (("--expect-total", "0.01"), "expected 0.01"),
    ],
)
def test_control_totals_that_differ(call, option, words):
    assert words in sentence(call("import", GOOD, "--yes", *option), 1)


def test_an_expected_total_that_is_no_amount(call):
    code, _, err = call("import", GOOD, "--expect-total", "1e5")
    assert code == 2
    assert "1e5" in err


def test_an_unknown_run(call, tmp_path):
    (tmp_path / "ledger.sqlite3").touch()
    assert "20000101-0001" in sentence(call("status", "20000101-0001"), 2)
    assert "20000101-0001" in sentence(call("report", "20000101-0001"), 2)


def test_a_secret_in_the_settings_file_is_refused(call, tmp_path):
    (tmp_path / "customer-payments.toml").write_text('access_token = "canary"')
    said = sentence(call("import", GOOD, "--yes"), 2)
    assert "canary" not in said


def test_an_unknown_option_in_the_settings_file(call, tmp_path):
    (tmp_path / "customer-payments.toml").write_text('jornal = "IMPORT"')
    assert "journal" in sentence(call("check", GOOD, "--offline"), 2)


def test_a_settings_file_is_beaten_by_environment_and_option(call, tmp_path, monkeypatch):
    (tmp_path / "customer-payments.toml").write_text('company = "From the file"\n')
    assert "From the file" in sentence(call("import", GOOD, "--yes"), 1)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_COMPANY", "From the environment")
    assert "From the environment" in sentence(call("import", GOOD, "--yes"), 1)
    assert "From an option" in sentence(
        call("import", GOOD, "--yes", "--company", "From an option"), 1
    )


def test_errors_as_json(call):
    import json

    code, out, _ = call("import", "nowhere.csv", "--json")
    assert code == 1
    document = json.loads(out)
    assert document["exit_code"] == 1
    assert "nowhere.csv" in document["error"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("status", "nope"), 2),
        (("report", "nope"), 2),
        (("undo", "nope", "--yes"), 2),
        (("companies",), 1),
        (("journals",), 1),
        (("connection", "check"), 1),
        (("preview", "nowhere.csv", "--profile", "nope"), 2),
        (("import", "nowhere.csv", "--only", "x"), 2),
        (("nope",), 2),
    ],
)
def test_every_error_is_json_where_it_is_asked_for(call, monkeypatch, words, code):
    import json

    monkeypatch.setenv("CUSTOMER_PAYMENTS_BASE_URL", "https://bc.invalid/v2.0/x/api/v2.0")
    ended = call(*words, "--json")
    assert ended[0] == code
    (line,) = ended[1].splitlines()
    document = json.loads(line)
    assert document["exit_code"] == code
    assert document["error"].rstrip(".") in ended[2]
    assert call(*words)[1] == ""


def test_an_error_is_json_where_the_environment_asks_for_it(call, monkeypatch):
    import json

    monkeypatch.setenv("CUSTOMER_PAYMENTS_JSON", "1")
    assert json.loads(call("status", "nope")[1])["exit_code"] == 2


def test_the_help_of_preview_says_that_it_prints_lines(call):
    assert "a line of JSON for each row" in " ".join(call("preview", "--help")[1].split())


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"customerNumber,postingDate,amount\n", "header-only"),
        (b"\x00\x01\x02\x03" * 100, "unreadable"),
    ],
)
def test_preview_gives_its_verdict_as_json(call, tmp_path, text, verdict):
    import json

    (tmp_path / "file.csv").write_bytes(text)
    code, out, _ = call("preview", "file.csv", "--json")
    assert code == 1
    (line,) = out.splitlines()
    assert json.loads(line)["verdict"] == verdict
    assert json.loads(line)["why"]


def test_preview_asks_where_day_and_month_cannot_be_told_apart(call, tmp_path):
    import json

    rows = "customerNumber,postingDate,amount\n10000,03/04/2026,1.00\n10000,05/06/2026,2.00\n"
    (tmp_path / "dates.csv").write_text(rows)
    code, out, _ = call("preview", "dates.csv", "--json")
    assert code == 4
    document = json.loads(out)
    assert document["verdict"] == "needs-input"
    assert len(document["readings"]) >= 2
    code, out, _ = call("preview", "dates.csv", "--json", "--date-format", "%d/%m/%Y")
    assert code == 0
    assert json.loads(out.splitlines()[0])["date"] == "2026-04-03"


def test_help_loads_no_table_and_no_http():
    code = (
        "import sys; from importer.cli.commands import cli; from importer.cli.group import run\n"
        "run(cli, ['--help']); heavy = {'pandas', 'pandera', 'pyarrow', 'sqlalchemy', 'requests',"
        " 'msal', 'openpyxl', 'jinja2', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"customer-payments demo" in done.stdout


def test_status_loads_no_table_and_no_http(tmp_path):
    code = (
        "import sys; from importer.cli.commands import cli; from importer.cli.group import run\n"
        f"assert run(cli, ['status', '--ledger', {str(tmp_path / 'none.sqlite3')!r}]) == 0\n"
        "heavy = {'pandas', 'pandera', 'pyarrow', 'requests', 'msal', 'openpyxl', 'jinja2'}"
        " & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not (tmp_path / "none.sqlite3").exists()


def walk(command, path=()):
    yield path, command
    for name, sub in getattr(command, "commands", {}).items():
        yield from walk(sub, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in walk(cli)], ids=" ".join)
def test_every_command_has_help_with_an_example(path, capsys):
    assert run(cli, [*path, "--help"]) == 0
    out = capsys.readouterr().out
    assert "customer-payments " + " ".join(path) in out.replace("\n", " ")
    if path:
        assert "Example: customer-payments" in " ".join(out.split())


@pytest.mark.skipif(os.name == "nt", reason="file modes are those of POSIX")
def test_files_are_for_their_owner_alone(call, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTOMER_PAYMENTS_REPORT_DIR", "reports")
    call("check", GOOD)
    files = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


NO_HEADER = (
    "11/17/2026,75.00,0,1075.00,A\n11/18/2026,0,25.50,1049.50,B\n11/19/2026,1.25,0,1050.75,C\n"
)


def test_preview_reads_a_file_of_no_known_layout_and_says_how(call, tmp_path):
    import json

    (tmp_path / "new.csv").write_text(NO_HEADER)
    code, out, _ = call("preview", "new.csv", "--json")
    assert code == 0
    assert [json.loads(line)["amount"] for line in out.splitlines()] == ["75.00", "-25.50", "1.25"]
    assert "proposed from the file's content" in call("preview", "new.csv")[2]
    assert "proposes a profile" in sentence(call("import", "new.csv", "--yes"), 1)


def test_a_proposed_profile_can_be_kept_and_used(call, tmp_path):
    (tmp_path / "new.csv").write_text(NO_HEADER)
    code, out, err = call("profiles", "new", "new.csv")
    assert code == 0
    assert "# proven by column" in out.replace("money paid; ", "").replace("money received; ", "")
    assert "To decide: The file does not name its currency" in err
    (tmp_path / "mine.toml").write_text(out)
    code, _, _ = call("preview", "new.csv", "--profile", "mine.toml")
    assert code == 0


@pytest.mark.parametrize("rows", ["9-7", "1-99999999999", "7-²", "x", "", "-", "0-99999999"])
def test_rows_that_are_none(call, rows):
    code, _, err = call("check", GOOD, "--offline", "--only", rows)
    assert code == 2
    assert "expected" in err


def test_rows_are_separated_by_commas_and_blanks(call):
    code, out, _ = call("check", GOOD, "--offline", "--only", "7, 9-10", "--json")
    assert code == 0
    import json

    assert json.loads(out)["counts"]["planned"] == 3


def test_offline_from_the_environment(call, monkeypatch):
    monkeypatch.setenv("CUSTOMER_PAYMENTS_OFFLINE", "1")
    code, out, _ = call("check", GOOD, "--base-url", "http://127.0.0.1:9/api/v2.0")
    assert code == 0
    assert "dry run" in out


def test_what_stops_a_run_is_said_on_stderr(call, simulator):
    code, out, err = call("import", GOOD, "--yes", "--json", "--ledger", "mine.sqlite3")
    assert code == 0
    code, out, err = call("import", GOOD, "--yes", "--quiet", "--ledger", "other.sqlite3")
    assert code == 4
    assert "Stopped: This import ledger does not know" in err
    assert "Stopped" not in out
    run(cli, ["undo", "--yes", "--ledger", "mine.sqlite3", _only_run("mine.sqlite3")])


def _only_run(ledger):
    from importer import pipeline

    return pipeline.runs(ledger)[0].run_id


def test_every_option_is_a_setting_by_the_name_that_users_write(call, tmp_path):
    import json

    from importer.cli.group import _option_names

    names = _option_names(cli)
    assert names["json"] == "as_json"
    assert {"base_url", "report_dir", "expect_total", "offline", "port"} <= set(names)
    settings = "json = true\noffline = true\nexpect-total = 6735.89\nreport-dir = 'here'\n"
    (tmp_path / "customer-payments.toml").write_text(settings)
    code, out, _ = call("check", GOOD)
    assert code == 0
    assert json.loads(out)["report_dir"].startswith("here")


def test_settings_of_a_command_within_a_group(call, tmp_path):
    (tmp_path / "customer-payments.toml").write_text("json = true\n")
    code, out, _ = call("profiles", "list")
    assert code == 0
    assert out.startswith("[")
