"""Each command in this process, against a simulator: what it prints and how it ends."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

import importer.cli
from importer.cli import group, output
from importer.cli.commands import cli
from importer.cli.output import Console
from importer.model import Bucket
from importer.pipeline import Intent, Job, Run
from importer.settings import TargetOptions
from importer.simulator import Fault, FaultPlan, people

AWAY = FaultPlan((Fault("answer", method="POST", status=503),))
SAMPLES = Path(__file__).parents[2] / "sample_data"


@pytest.fixture
def call(tmp_path, monkeypatch, simulator, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_LEDGER", str(tmp_path / "ledger.sqlite3"))
    monkeypatch.setenv("CUSTOMER_PAYMENTS_BASE_URL", simulator.base_url)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_JOURNAL", "IMPORT")
    monkeypatch.setenv("CUSTOMER_PAYMENTS_SETTLE_SECONDS", "0.1")

    def call(*args):
        code = group.run(cli, [str(arg) for arg in args])
        out, err = capsys.readouterr()
        assert "unforeseen" not in err, err
        return code, out, err

    return call


def rows(tmp_path, *lines, name="rows.csv"):
    header = "Customer No.,Posting Date,Amount,External Document No."
    (tmp_path / name).write_text("\n".join([header, *lines]) + "\n")
    return name


def test_import_status_report_undo(call, tmp_path):
    ledger = tmp_path / "ledger.sqlite3"
    none = f"There is no import ledger at {ledger}"
    assert call("status") == (0, "", f"{none} yet; the first import makes it.\n")
    ledger.touch()
    assert call("status") == (0, "", f"No run is recorded in {ledger}.\n")
    name = rows(tmp_path, "10000,2026-02-01,1.50,A-1", "99,2026-02-02,2.00,A-2")
    code, out, err = call("import", name)
    assert code == 3
    assert "1 created, 1 rejected" in out
    assert "Sending: 1 of 1" in err
    run = json.loads(call("status", "--json")[1])["runs"][0]
    assert (run["unfinished"], run["counts"]["created"], run["totals"]["created"]) == (0, 1, "1.50")
    number = run["run_id"]
    assert number in call("status")[1]
    assert "1 created, 1 rejected" in call("status", number)[1]
    assert json.loads(call("status", number, "--json")[1])["run_id"] == number
    page = tmp_path / "customer-payments-reports" / number / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert str(page.relative_to(tmp_path)) in call("report", number)[1]
    assert page.read_bytes() == before
    assert json.loads(call("report", number, "--json")[1])["counts"]["created"] == 1
    code, out, _ = call("undo", number)
    assert code == 0
    assert "1 journal line is deleted" in out


def test_undo_keeps_what_a_person_changed(call, tmp_path, simulator):
    call("import", rows(tmp_path, "10000,2026-02-01,1.50,A-1", "10000,2026-02-02,3.00,A-2"))
    line = simulator.company().payments("IMPORT")[0]
    by_hand = {"comment": "by hand"}
    spec = {"action": "edit", "journal": "IMPORT", "line": line["lineNumber"], "set": by_hand}
    people.act(simulator.database, spec)
    number = json.loads(call("status", "--json")[1])["runs"][0]["run_id"]
    code, out, _ = call("undo", number, "--yes", "--json")
    document = json.loads(out)
    assert code == 4
    assert len(document["kept"]) == 1
    assert len(document["deleted"]) == 1
    code, out, _ = call("undo", number, "--yes")
    assert code == 4
    assert "kept: " in out


def test_resume_finishes_and_then_has_nothing_to_do(call, tmp_path, simulator):
    name = rows(tmp_path, "10000,2026-02-01,1.50,A-1", "10000,2026-02-02,3.00,A-2")
    simulator.install(AWAY)
    code, out, err = call("import", name, "--timeout-seconds", "1")
    assert code in {4, 5}
    assert "Stopped: " in err
    simulator.install(None)
    code, out, err = call("resume")
    assert code == 0, err
    assert "2 created" in out
    assert call("resume") == (0, "", "Nothing is unfinished.\n")
    assert len(simulator.company().payments("IMPORT")) == 2


def test_a_run_of_which_a_fault_is_told_as_json(call, tmp_path, simulator):
    simulator.install(AWAY)
    name = rows(tmp_path, "10000,2026-02-01,1.50,A-1")
    code, out, err = call("import", name, "--json", "--quiet", "--timeout-seconds", "1")
    document = json.loads(out)
    assert code != 0
    assert document["error"] in err
    assert not document["in_balance"]


def test_what_the_connection_sees(call):
    assert "CRONUS International Ltd." in call("companies")[1]
    assert json.loads(call("companies", "--json")[1])[0]["name"] == "CRONUS International Ltd."
    assert "MANUAL" in call("journals")[1]
    assert {one["code"] for one in json.loads(call("journals", "--json")[1])} == {
        "IMPORT",
        "MANUAL",
    }
    code, out, _ = call("connection", "check")
    assert code == 0
    assert "FAULT" not in out
    assert all(line["ok"] for line in json.loads(call("connection", "check", "--json")[1]))
    assert call("connection", "check", "--journal", "NOPE")[0] == 1


def test_profiles_are_listed_and_shown(call):
    assert "demo-bank-de" in call("profiles", "list")[1]
    assert "demo-bank-de" in {
        one["name"] for one in json.loads(call("profiles", "list", "--json")[1])
    }
    shown = call("profiles", "show", "demo-bank-de")[1]
    Path("copy.toml").write_text(shown, encoding="utf-8")
    assert call("preview", SAMPLES / "bank-de.csv", "--profile", "copy.toml")[0] == 0
    code, _, err = call("profiles", "show", "nothing-like-it")
    assert code == 2
    assert "nothing-like-it" in err


def test_own_profiles_are_listed_and_shown_with_their_files(call, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    text = call("profiles", "show", "demo-bank-de")[1]
    there = tmp_path / "config" / "customer-payments" / "profiles"
    for path in (Path("profiles/mine.toml"), there / "mine.toml", there / "demo-bank-de.toml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {path.parent}\n{text}", encoding="utf-8")
    Path("profiles/broken.toml").write_text("[header]\ncolums = ['A']\n")
    code, out, err = call("profiles", "list")
    assert code == 0
    assert "profile profiles/broken.toml: 'header.colums' is not a key" in err
    listed = {line.split()[0]: line.split()[-1] for line in out.splitlines()[2:]}
    assert listed["mine"] == "profiles/mine.toml"
    assert listed["demo-bank-de"] == str(there / "demo-bank-de.toml")
    assert listed["demo-bank-nl"] == "shipped"
    found = {one["name"]: one for one in json.loads(call("profiles", "list", "--json")[1])}
    assert (found["mine"]["own"], found["mine"]["path"]) == (True, "profiles/mine.toml")
    assert (found["demo-bank-nl"]["own"], found["demo-bank-nl"]["path"]) == (False, None)
    assert "colums" in found["broken"]["fault"]
    code, out, err = call("profiles", "show", "mine")
    assert (code, out.splitlines()[0]) == (0, "# profiles")
    assert "your own profile profiles/mine.toml" in err
    assert "mine" in call("profiles", "show", "mien")[2]


def test_own_profiles_are_recognised_and_a_broken_one_is_said(call, tmp_path):
    (tmp_path / "profiles").mkdir()
    text = call("profiles", "show", "demo-bank-de")[1]
    own = tmp_path / "profiles" / "mine.toml"
    own.write_text(text.replace("Verwendungszweck", "Zweck"), encoding="utf-8")
    exported = (SAMPLES / "bank-de.csv").read_text("cp1252").replace("Verwendungszweck", "Zweck")
    (tmp_path / "own.csv").write_text(exported, "cp1252")
    code, _, err = call("preview", "own.csv")
    assert code == 0
    assert "mine" in err
    own.write_text("[header]\ncolums = ['A']\n")
    code, _, err = call("preview", "own.csv")
    assert code == 2
    assert "mine" in err
    assert "columns" in err


@pytest.mark.parametrize("header", ["as the bank writes it", "of ASCII alone"])
def test_a_named_profile_reads_a_file_that_was_saved_anew_as_utf_8(call, tmp_path, header):
    profile = call("profiles", "show", "demo-bank-de")[1]
    text = (SAMPLES / "bank-de.csv").read_text("cp1252")
    if header == "of ASCII alone":
        for old, new in (("Auftraggeber/Empfänger", "Auftraggeber"), ("Währung", "Wrg")):
            profile, text = profile.replace(old, new), text.replace(old, new)
    (tmp_path / "own.toml").write_text(profile, "utf-8")
    (tmp_path / "ansi.csv").write_text(text, "cp1252")
    (tmp_path / "u8.csv").write_text(text, "utf-8")
    shown = {}
    for name, encoding in (("ansi.csv", "cp1252 (given)"), ("u8.csv", "utf-8 (every byte fits)")):
        code, shown[name], err = call("preview", name, "--profile", "own.toml")
        assert code == 0, err
        assert f"Encoding {encoding}." in err
    assert shown["ansi.csv"] == shown["u8.csv"]
    assert call("check", "u8.csv", "--profile", "own.toml", "--offline")[0] == 3
    asked = call("preview", "u8.csv", "--profile", "own.toml", "--encoding", "cp1252")
    assert "utf-8" not in asked[2]


def test_the_demo(call, tmp_path):
    code, out, _ = call("demo", "--report-dir", "out", "--quiet")
    assert code == 0
    assert "in balance: " in out
    assert len(list((tmp_path / "out" / "demo").iterdir())) == 6


def test_preview_shows_no_control_characters(call, tmp_path):
    header = "Customer No.,Posting Date,Amount,Customer Name"
    long = "x" * 80
    (tmp_path / "p.csv").write_text(
        f"{header}\n10000,2026-02-01,1.50,a\x1b[31mred\n10000,2026-02-01,2.50,{long}\n"
    )
    out = call("preview", "p.csv")[1]
    assert "\x1b" not in out
    assert "…" in out


def test_the_console_shows_a_bar_on_a_terminal_and_lines_elsewhere(monkeypatch, capsys):
    clock = [100.0]
    monkeypatch.setattr(output.time, "monotonic", lambda: clock[0])
    plain = Console()
    for done in (0, 1, 2):
        plain.progress("Sending", done, 2)
    assert capsys.readouterr().err.splitlines() == ["Sending: 0 of 2", "Sending: 2 of 2"]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    bar = Console()
    bar.progress("Sending", 0, 2)
    bar.say("told")
    clock[0] += 1
    bar.progress("Sending", 1, 2)
    bar.progress("Sending", 2, 2)
    bar.result("done")
    shown = capsys.readouterr()
    assert shown.err.startswith(
        "\rSending [------------------------------] 0 of 2\ntold\n\rSending"
    )
    assert shown.err.endswith("] 2 of 2\n")
    quiet = Console(quiet=True)
    quiet.progress("Sending", 1, 2)
    quiet.say("nothing")
    assert capsys.readouterr().err == ""


def test_an_unforeseen_fault_tells_its_place_and_no_text(capsys):
    @click.command()
    def broken():
        raise RuntimeError("canary")

    @click.command()
    def interrupted():
        raise KeyboardInterrupt

    @click.command()
    def silent():
        pass

    assert group.run(broken, []) == 1
    said = capsys.readouterr().err
    assert "RuntimeError at test_cli_commands.py:" in said
    assert "canary" not in said
    assert group.run(interrupted, []) == 5
    assert "Stopped." in capsys.readouterr().err
    assert group.run(silent, []) == 0


def test_a_reader_that_has_gone_is_no_fault(monkeypatch, capsys):
    @click.command()
    def broken():
        raise BrokenPipeError

    monkeypatch.setattr(sys.stdout, "fileno", lambda: 1)
    monkeypatch.setattr(group.os, "dup2", lambda *_: None)
    assert group.run(broken, []) == 1
    assert capsys.readouterr().err == ""


def test_the_entry_point_ends_with_the_exit_code(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["customer-payments", "nonsense"])
    with pytest.raises(SystemExit) as ended:
        importer.cli.main()
    assert ended.value.code == 2


def test_a_job_says_nothing_and_goes_on_by_itself(tmp_path):
    job = Job(target=TargetOptions(), ledger="", report_dir=tmp_path)
    assert job.say("x") is None
    assert job.progress("x", 1, 2) is None
    assert not job.stop()


def test_packages_of_the_pipeline_are_loaded_by_name_alone():
    import importer.pipeline

    assert importer.pipeline.Run is Run
    with pytest.raises(AttributeError):
        _ = importer.pipeline.nonsense


def test_the_question_names_tenant_and_environment():
    from importer.model import Target

    target = Target(
        "https://x", "v2.0", "c", "CRONUS", "j", "IMPORT", tenant="t", environment="production"
    )
    intent = Intent(target, dict.fromkeys(Bucket, 0), dict.fromkeys(Bucket, 0), 0, "a", "b")
    assert not intent.sends
    assert next(iter(intent.lines())) == "To t / production, company CRONUS, journal IMPORT"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_behind_stdout_is_said(terminal):
    command = [sys.executable, "-P", "-m", "importer", "profiles", "list"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, env=terminal.environ(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert b"cannot be written to stdout" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_closed_stdout_is_no_fault(terminal):
    command = f"'{sys.executable}' -P -m importer profiles list >&-"
    done = subprocess.run(
        command, shell=True, env=terminal.environ(), stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    "stderr", [pytest.param("2>/dev/full", marks=FULL), "2>&1", "2>&-", ">&-", ">&- 2>&-"]
)
def test_what_nobody_hears_does_not_end_an_import(terminal, tmp_path, simulator, stderr):
    """The reader of both has gone before the first word, or the disk behind stderr is full."""
    name = rows(tmp_path, "10000,2026-02-01,1.50,A-1")
    command = f"'{sys.executable}' -P -m importer import {name} --yes {stderr}; echo $? >ended"
    where = {
        "CUSTOMER_PAYMENTS_BASE_URL": simulator.base_url,
        "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
    }
    reader, writer = os.pipe()
    os.close(reader)
    subprocess.run(
        command, shell=True, env=terminal.environ(**where), cwd=tmp_path, stdout=writer, check=False
    )
    os.close(writer)
    assert (tmp_path / "ended").read_text() == "0\n"
    assert len(simulator.company().payments("IMPORT")) == 1
    assert list(tmp_path.glob("customer-payments-reports/*/report.html"))


def test_letters_that_stdout_lacks_do_not_end_an_import(terminal, tmp_path, simulator):
    name = rows(tmp_path, "10000,2026-02-01,1.50,\u0141\u00f3d\u017a \U0001f600")
    where = {
        "CUSTOMER_PAYMENTS_BASE_URL": simulator.base_url,
        "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
        "PYTHONIOENCODING": "cp1252",
    }
    ended = terminal("import", name, "--yes", "--json", **where)
    assert ended.code == 0, ended.err
    assert ended.document["counts"]["created"] == 1
    shown = terminal("preview", name, **where)
    assert shown.code == 0


def test_status_says_whether_the_ledger_was_altered(call, tmp_path):
    assert call("import", rows(tmp_path, "10000,2026-02-01,1.50,A-1"))[0] == 0
    ledger = tmp_path / "ledger.sqlite3"
    code, out, _ = call("status", "--verify")
    assert code == 0
    assert f"{ledger} is as this tool wrote it" in out
    number = json.loads(call("status", "--json")[1])["runs"][0]["run_id"]
    for words in ((), (number,)):
        assert json.loads(call("status", *words, "--verify", "--json")[1])["altered"] == []
    assert "altered" not in json.loads(call("status", "--json")[1])
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as other:
        guards = other.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (guard,) in guards:
            other.execute(f'drop trigger "{guard}"')
        other.execute("update payments set state = 'refused'")
        other.commit()
    code, _, err = call("status", "--verify")
    assert code == 4
    assert "was altered by another program" in err
    code, out, err = call("status", "--verify", "--json")
    document = json.loads(out)
    assert (code, document["exit_code"]) == (4, 4)
    assert document["altered"]
    assert document["error"] in err


def test_status_speaks_the_language_of_the_reports(call, tmp_path):
    german = ("status", "--language", "de")
    ledger = tmp_path / "ledger.sqlite3"
    assert call(*german)[2] == (
        f"Unter {ledger} gibt es noch kein Importjournal; der erste Import legt es an.\n"
    )
    ledger.touch()
    assert call(*german)[2] == f"In {ledger} ist kein Lauf verzeichnet.\n"
    assert call("import", rows(tmp_path, "10000,2026-02-01,1.50,A-1"))[0] == 0
    code, out, _ = call(*german, "--verify")
    assert code == 0
    first, titles, _, run = out.splitlines()
    assert "nichts darin wurde geändert" in first
    assert titles.split() == ["Lauf", "Stand", "Datei", "Zeilen", "Ergebnisse"]
    assert "abgeschlossen" in run
    assert "1 angelegt" in run


def test_a_ledger_that_is_named_and_not_there_is_not_made(call, tmp_path):
    place = tmp_path / "typo" / "ledger.db"
    for words in (
        ("undo", "20260215-0001", "--yes"),
        ("report", "20260215-0001"),
        ("status", "20260215-0001"),
        ("status", "--verify"),
    ):
        code, out, err = call(*words, "--ledger", place)
        assert (code, out) == (2, ""), words
        assert f"There is no import ledger at {place}" in err
    assert call("status", "--ledger", place)[0] == 0
    # As each night before the first file comes.
    said = f"There is no import ledger at {place}. Nothing is unfinished.\n"
    assert call("resume", "--ledger", place) == (0, "", said)
    assert list(tmp_path.iterdir()) == []


def test_before_the_first_import_nothing_is_unfinished(call, tmp_path, monkeypatch):
    monkeypatch.delenv("CUSTOMER_PAYMENTS_LEDGER")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert "Nothing is unfinished." in call("resume")[2]
    assert json.loads(call("resume", "--json")[1]) == {"runs": []}
    assert json.loads(call("status", "--verify", "--json")[1]) == {"altered": [], "runs": []}
    code, out, err = call("status", "--verify")
    assert (code, out) == (0, "")
    assert "There is no import ledger at" in err
    assert call("undo", "20260215-0001", "--yes")[0] == 2
    assert list(tmp_path.iterdir()) == []
