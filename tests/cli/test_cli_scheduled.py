"""Scheduled use: folders, archives, collectors of logs, webhooks."""

import contextlib
import json
import os
import socket
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from importer import notifying
from importer.cli import group
from importer.cli.commands import cli
from importer.cli.importing import COMMANDS
from importer.cli.several import _folder_of, found
from importer.errors import InputProblem, UnreadInput
from importer.pipeline import Reading
from importer.simulator import Fault, FaultPlan

SAMPLES = Path(__file__).parents[2] / "sample_data"
HEADER = "Posting Date,Customer No.,Amount\n"


def write(path: Path, day: str, amount: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{HEADER}{day},10000,{amount}\n")
    return path


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    write(folder / "a.csv", "2026-02-20", "3.00")
    write(folder / "b.csv", "2026-02-10", "1.00")
    write(folder / "c.csv", "2026-02-15", "2.00")
    return folder


def amounts(simulator):
    lines = simulator.company().payments("IMPORT")
    return [line["amount"] for line in sorted(lines, key=lambda line: line["lineNumber"])]


@pytest.mark.parametrize("named", ["inbox", "inbox/*.csv"])
def test_a_folder_is_imported_in_the_order_of_its_dates(connected, simulator, inbox, named):
    ended = connected("import", named, "--yes", "--json")
    assert ended.code == 0
    assert len(ended.document["runs"]) == 3
    assert amounts(simulator) == [-1, -2, -3]


@pytest.mark.parametrize("content", [f"{HEADER}2026-02-21,10000,9.00\n", "no,payments\nat,all\n"])
def test_a_file_that_is_replaced_while_it_is_imported_stays(
    connected, simulator, tmp_path, content
):
    path = write(tmp_path / "inbox" / "a.csv", "2026-02-20", "3.00")

    def replace() -> None:
        while not simulator.requests:
            time.sleep(0.01)
        (tmp_path / "new").write_text(content)
        (tmp_path / "new").replace(path)

    simulator.install(FaultPlan([Fault("delay", after_s=0.5, nth=1)]))
    bank = Thread(target=replace)
    bank.start()
    ended = connected("import", "inbox", "--yes", "--archive", "done")
    bank.join()
    assert ended.code == 0
    assert "was written anew meanwhile; it stays there" in ended.err
    assert amounts(simulator) == [-3]
    assert path.read_text() == content
    assert not list(tmp_path.glob("done/*/*"))
    connected("import", "inbox", "--yes", "--archive", "done")
    assert len(list(tmp_path.glob("done/*/a.csv"))) == 1
    assert len(amounts(simulator)) == (2 if "9.00" in content else 1)


def test_a_bad_file_stops_no_other_and_files_are_archived_by_result(
    connected, simulator, inbox, tmp_path
):
    (inbox / "bad.csv").write_text("no,payments\nat,all\n")
    (inbox / "partly.csv").write_text(f"{HEADER}2026-02-12,10000,4.00\n2026-02-12,99,5.00\n")
    (tmp_path / "done" / "imported").mkdir(parents=True)
    (tmp_path / "done" / "imported" / "a.csv").write_text("of another day")
    ended = connected("import", "inbox", "--yes", "--archive", "done")
    assert ended.code == 1
    assert amounts(simulator) == [-1, -4, -2, -3]
    archived = {str(p.relative_to(tmp_path / "done")) for p in (tmp_path / "done").rglob("*.csv")}
    assert archived == {
        "imported/a.csv",
        "imported/a (2).csv",
        "imported/b.csv",
        "imported/c.csv",
        "imported-in-part/partly.csv",
        "unusable/bad.csv",
    }
    assert (tmp_path / "done" / "imported" / "a.csv").read_text() == "of another day"
    assert list(inbox.iterdir()) == []


def test_what_waits_stays_where_it_is(connected, inbox, tmp_path):
    ended = connected("import", "inbox", "--yes", "--archive", "done", "--journal", "NOPE")
    assert ended.code == 1
    assert len(list(inbox.iterdir())) == 3
    assert not (tmp_path / "done").exists()


def test_the_story_can_be_json(connected, inbox):
    ended = connected("import", "inbox/a.csv", "--yes", "--log-format", "json")
    entries = [json.loads(line) for line in ended.err.splitlines()]
    assert entries
    assert all({"time", "level", "message"} <= set(entry) for entry in entries)


UNFINISHED = (
    "bank.csv.part", "bank.csv.PARTIAL", "bank.tmp", "bank.csv.filepart", "bank.csv.crdownload",
    "bank.csv.download", "~$bank.xlsx", ".~lock.bank.ods#",
)  # fmt: skip


@pytest.mark.parametrize("named", ["inbox", "inbox/*"])
def test_what_is_still_being_written_is_left_alone(connected, simulator, inbox, tmp_path, named):
    for name in UNFINISHED:
        (inbox / name).write_text(HEADER)
    ended = connected("import", named, "--yes", "--archive", "done")
    assert ended.code == 0, ended.err
    assert amounts(simulator) == [-1, -2, -3]
    assert {path.name for path in inbox.iterdir()} == set(UNFINISHED)
    assert not (tmp_path / "done" / "unusable").exists()
    assert "bank.csv.part is left alone: its name is that of an unfinished upload" in ended.err
    assert "lock.bank" not in ended.err


@pytest.mark.parametrize("command", ["import", "check"])
def test_a_night_without_an_export_is_no_failure(connected, tmp_path, command):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "bank.csv.part").write_text(HEADER)
    for named in ("inbox", "inbox/*"):
        ended = connected(command, named)
        assert (ended.code, ended.out) == (0, "")
        assert f"{named}: no file is there; nothing to do" in ended.err
    ended = connected(command, "inbox", "--json")
    assert (ended.code, ended.document) == (0, {"runs": []})


@pytest.mark.parametrize("named", ["outbox", "inbox/*.csv"])
def test_a_folder_or_pattern_that_stands_for_nothing_is_a_fault(connected, tmp_path, named):
    (tmp_path / "inbox").mkdir()
    plain = connected("import", named, "--yes")
    assert plain.code == 1
    assert "there is no such file" in plain.err
    ended = connected("import", named, "--yes", "--json")
    assert (ended.code, ended.document["exit_code"]) == (1, 1)
    assert "there is no such file" in ended.document["error"]


def test_an_unfinished_upload_that_is_named_outright_is_not_moved(connected, simulator, inbox):
    for name, rows in (("half.csv.part", "2026-02-11,10000,4.00\n"), ("none.csv.part", "")):
        (inbox / name).write_text(HEADER + rows)
    ended = connected("import", *sorted(inbox.glob("*.part")), "--yes", "--archive", "done")
    assert ended.code == 1
    assert amounts(simulator) == [-4]
    assert len(list(inbox.glob("*.part"))) == 2
    assert "none.csv.part stays there: its name is that of an unfinished upload" in ended.err


def test_a_file_that_may_not_be_read_stays_where_it_is(
    simulator, inbox, tmp_path, monkeypatch, capsys
):
    opened = os.open

    def refusing(path, *flags, **more):  # for root, who may read everything, as well
        if Path(os.fsdecode(path)).name == "b.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *flags, **more)

    monkeypatch.setattr(os, "open", refusing)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_LEDGER", str(tmp_path / "ledger.sqlite3"))
    monkeypatch.setenv("CUSTOMER_PAYMENTS_BASE_URL", simulator.base_url)
    monkeypatch.setenv("CUSTOMER_PAYMENTS_JOURNAL", "IMPORT")
    assert group.run(cli, ["import", "inbox", "--yes", "--archive", "done"]) == 1
    assert "b.csv: the file may not be read" in capsys.readouterr().err
    assert amounts(simulator) == [-2, -3]
    assert [path.name for path in inbox.iterdir()] == ["b.csv"]


@pytest.mark.parametrize("command", ["import", "check"])
def test_a_file_that_may_not_be_read_keeps_no_other_from_its_turn(
    connected, inbox, monkeypatch, command
):
    # Root may read everything: what click asks the system about the file is answered for it.
    monkeypatch.chdir(inbox)  # without the default folder of reports, which click asks for as well
    monkeypatch.setattr(os, "access", lambda *_args, **_more: False)
    asked = next(one for one in COMMANDS if one.name == command)
    context = asked.make_context(command, [str(inbox / "a.csv"), str(inbox / "b.csv")])
    assert context.params["files"] == (inbox / "a.csv", inbox / "b.csv")


@pytest.mark.parametrize("place", ["listing", "file"])
def test_a_folder_that_may_not_be_read_is_no_empty_one(inbox, monkeypatch, place):
    def refused(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, {"listing": "iterdir", "file": "is_file"}[place], refused)
    with pytest.raises(UnreadInput, match=r"inbox: the folder may not be read \(Permission"):
        found([inbox], Reading())


def test_only_what_was_judged_is_unusable():
    assert _folder_of(InputProblem("header alone", "header-only")) == "unusable"
    assert _folder_of(UnreadInput("may not be read")) == ""


@pytest.fixture
def hook():
    heard = []

    class Hook(BaseHTTPRequestHandler):
        status = 204

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            heard.append(json.loads(self.rfile.read(length)))
            self.send_response(self.status)
            self.end_headers()

        def log_message(self, *_args):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", heard, Hook
    server.shutdown()
    server.server_close()


def test_a_webhook_hears_counts_and_totals_and_no_person(connected, hook):
    url, heard, _ = hook
    ended = connected("import", SAMPLES / "bank-de.csv", "--yes", "--notify", url)
    assert ended.code == 3
    (summary,) = heard
    assert summary["counts"]["created"] == 6
    assert summary["totals"]["created"] == "9416.10"
    assert summary["verdict"] == "in balance"
    text = json.dumps(summary)
    assert not any(name in text for name in ("Optik", "Rechnung", "bank-de", "DE02"))


def test_a_webhook_that_fails_changes_nothing(connected, hook):
    url, heard, handler = hook
    handler.status = 500
    ended = connected("import", SAMPLES / "bank-nl.csv", "--yes", "--notify", url)
    assert heard
    assert "webhook" in ended.err
    plain = connected("status", "--json").document["runs"]
    assert plain[0]["unfinished"] == 0
    for address in ("http://example.invalid/", "http://127.0.0.1:9/", "nonsense"):
        again = connected("import", SAMPLES / "bank-nl.csv", "--yes", "--notify", address)
        assert "webhook" in again.err
        assert again.code in (0, ended.code)


def test_log_lines_tell_level_file_and_run(connected, tmp_path):
    (tmp_path / "bad.csv").write_text("", "utf-8")
    bad = connected("import", "bad.csv", "--yes", "--log-format", "json")
    lines = [json.loads(line) for line in bad.err.splitlines()]
    assert bad.code == 1
    assert [(one["level"], one["file"]) for one in lines if one["level"] == "error"] == [
        ("error", "bad.csv")
    ]
    write(tmp_path / "good.csv", "2026-02-20", "3.00")
    options = ("--yes", "--log-format", "json", "--archive", "done")
    good = connected("import", "good.csv", *options)
    lines = [json.loads(line) for line in good.err.splitlines()]
    assert {one["level"] for one in lines} <= {"info", "warning"}
    assert (lines[-1]["file"], bool(lines[-1]["run"])) == ("good.csv", True)


def test_a_webhook_that_drips_its_answer_is_left_alone(monkeypatch):
    monkeypatch.setattr(notifying, "WHOLE_SECONDS", 0.5)
    done = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            there, _ = server.accept()
            with there, contextlib.suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
                    there.sendall(bytes([byte]))
                    if done.wait(0.05):
                        return

        Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        said = notifying.notify(f"http://127.0.0.1:{server.getsockname()[1]}/", {})
        took = time.monotonic() - began
        done.set()
    assert said.startswith("no answer within")
    assert took < 4


def test_what_is_doubtful_about_the_journal_is_said_before_sending(connected, tmp_path):
    (tmp_path / "one.csv").write_text(
        "Posting Date,Customer No.,Amount\n2026-02-02,10000,12.50\n", "utf-8"
    )
    manual = {"CUSTOMER_PAYMENTS_JOURNAL": "MANUAL"}
    checked = connected("check", "one.csv", "--json", **manual)
    assert [one["code"] for one in checked.document["findings"]] == ["journal-unbalanced"]
    strict = connected("import", "one.csv", "--yes", "--strict", **manual)
    assert strict.code == 1
    assert "Nothing was sent: journal MANUAL has no balancing account" in strict.err
    sent = connected("import", "one.csv", "--yes", "--json", **manual)
    assert sent.code == 0
    assert "Warning: one.csv: journal MANUAL has no balancing account" in sent.err
    page = next(tmp_path.glob("customer-payments-reports/2*/report.html")).read_text("utf-8")
    assert "Journal MANUAL: balancing account none" in page
    assert "Not shown by the API and not compared: number series" in page
