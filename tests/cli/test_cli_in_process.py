"""Commands of scheduled and careful users in this process, so that every branch is seen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from importer import pipeline, planning
from importer.cli import group, importing
from importer.cli.commands import cli
from importer.cli.several import found
from importer.errors import ConfigurationProblem
from importer.pipeline import Reading, connecting
from importer.planning import company_key
from importer.sending import Undone
from importer.settings import Identity, TargetOptions
from importer.simulator import Fault, FaultPlan

SAMPLES = Path(__file__).parents[2] / "sample_data"
WRONG = SAMPLES / "everything-wrong.csv"
PAYMENTS = r"/customerPayments"
HEADER = "Customer No.,Posting Date,Amount\n"


@pytest.fixture
def call(tmp_path, monkeypatch, simulator, capsys):
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "LEDGER": "ledger.sqlite3", "BASE_URL": simulator.base_url, "JOURNAL": "IMPORT",
        "SETTLE_SECONDS": "0.1", "REPORT_DIR": "reports",
    }.items():  # fmt: skip
        monkeypatch.setenv("CUSTOMER_PAYMENTS_" + name, value)

    def call(*args):
        code = group.run(cli, [str(arg) for arg in args])
        out, err = capsys.readouterr()
        assert "unforeseen" not in err, err
        return code, out, err

    return call


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "later.csv").write_text(HEADER + "10000,2026-02-20,2.00\n")
    (folder / "sooner.csv").write_text(HEADER + "10000,2026-02-10,1.00\n")
    (folder / "useless.csv").write_text("")
    (folder / ".hidden").write_text("x")
    return folder


def test_a_folder_is_imported_archived_and_told(call, inbox, tmp_path):
    (tmp_path / "done" / "imported").mkdir(parents=True)
    (tmp_path / "done" / "imported" / "sooner.csv").write_text("taken")
    code, out, err = call("import", "inbox", "--archive", "done", "--notify", "http://example.com")
    assert code == 1
    names = {str(path.relative_to("done")) for path in Path("done").rglob("*.csv")}
    assert names == {
        "imported/sooner.csv", "imported/sooner (2).csv", "imported/later.csv",
        "unusable/useless.csv",
    }  # fmt: skip
    assert err.index("sooner.csv moved") < err.index("later.csv moved")
    assert "not https" in err
    assert out.count("in balance: 1 row") == 2


def test_an_archive_that_cannot_be_written_leaves_the_file(call, inbox, tmp_path):
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "imported").write_text("a file")
    code, _, err = call("import", inbox / "later.csv", "--archive", "done")
    assert code == 0
    assert "could not be archived" in err
    assert (inbox / "later.csv").exists()


def test_patterns_and_folders_stand_for_their_files(inbox, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    pattern = [path.name for path in found([Path("inbox/*er.csv")], Reading())]
    assert pattern == ["sooner.csv", "later.csv"]
    assert found([inbox / "later.csv", Path(str(inbox / "l*.csv"))], Reading()) == [
        inbox / "later.csv"
    ]
    assert found([Path("*.nothing")], Reading()) == [Path("*.nothing")]
    assert found([Path("inbox/.h*")], Reading()) == [Path("inbox/.hidden")]
    (tmp_path / ".box").mkdir()
    (tmp_path / ".box" / ".hidden").touch()
    assert found([Path(".box")], Reading()) == []


def test_several_files_as_one_document(call, inbox):
    code, out, _ = call("import", inbox / "later.csv", inbox / "useless.csv", "--json")
    assert code == 1
    assert [set(run) & {"run_id", "error"} for run in json.loads(out)["runs"]] == [
        {"run_id"},
        {"error"},
    ]


def test_the_question(call, inbox, monkeypatch, simulator):
    monkeypatch.setattr(importing, "_asks", lambda given: not given["yes"])
    answers, asked = [False, True, False], []

    def confirm(text, **_where):
        asked.append(text)
        return answers.pop(0)

    monkeypatch.setattr(importing.click, "confirm", confirm)
    code, _, err = call("import", inbox / "later.csv")
    assert code == 1
    assert "as you wished" in err
    assert call("import", inbox / "later.csv")[0] == 0
    assert call("import", inbox / "later.csv")[0] == 0
    run = json.loads(call("status", "--json")[1])["runs"][-1]["run_id"]
    assert call("undo", run)[0] == 1
    assert asked == ["Send these payments?"] * 2 + [f"Delete the journal lines of run {run}?"]
    assert len(simulator.company().payments("IMPORT")) == 1


@pytest.mark.parametrize("word", ["stop", "all-or-nothing"])
def test_a_faulty_row_stops_the_rest(call, word, simulator):
    code, _, err = call("import", WRONG, "--on-error", word)
    assert code == 1
    assert f"--on-error is {word}" in err
    code, _, err = call("import", WRONG, "--only", "2,17,20", "--on-error", word)
    assert code == 1
    assert "The server refused a row" in err
    left = len(simulator.company().payments("IMPORT"))
    assert left == 0 if word == "all-or-nothing" else left >= 0


def test_what_cannot_be_taken_back_is_told_with_what_was_sent(call, simulator):
    away = Fault("answer", method="DELETE", path=PAYMENTS, status=503)
    simulator.install(FaultPlan((away,)))
    code, out, err = call(
        "import", WRONG, "--only", "2,17,20", "--on-error", "all-or-nothing", "--json"
    )
    assert code == 5
    document = json.loads(out)
    assert document["counts"]["refused"] == 1
    assert "the deletion of line" in document["error"]
    assert "Stopped: " in err
    assert len(simulator.company().payments("IMPORT")) == 2
    assert document["counts"]["created"] + document["counts"]["unknown"] == 2


def test_strict_rejects_what_is_only_a_warning(call, tmp_path):
    header = "Customer No.,Applies-to Invoice No.,Posting Date,Amount\n"
    (tmp_path / "much.csv").write_text(header + "10000,103001,2026-02-10,99999999.00\n")
    assert json.loads(call("check", "much.csv", "--json")[1])["counts"]["planned"] == 1
    code, out, _ = call("check", "much.csv", "--strict", "--json")
    assert code == 3
    assert json.loads(out)["counts"]["rejected"] == 1
    assert call("check", "much.csv", "--only", "99")[0] == 2


def test_a_near_twin_is_held_until_it_is_accepted(call, inbox, tmp_path):
    assert call("import", inbox / "later.csv")[0] == 0
    text = "Customer No.,Posting Date,Amount,Description\n10000,2026-02-20,2.00,another\n"
    (tmp_path / "twin.csv").write_text(text)
    code, out, _ = call("import", "twin.csv", "--json")
    assert code == 4
    assert json.loads(out)["counts"]["held"] == 1
    code, out, _ = call("import", "twin.csv", "--accept-held", "2", "--json")
    assert code == 0
    assert json.loads(out)["counts"]["created"] == 1


def test_a_check_without_a_place_for_reports(call, inbox, tmp_path):
    (tmp_path / "file").write_text("")
    assert call("check", inbox / "later.csv", "--report-dir", "file/x")[0] == 1


def test_a_report_again_with_its_source(call, tmp_path):
    book = SAMPLES / "clerk-workbook.xlsx"
    assert call("import", book)[0] == 0
    run = json.loads(call("status", "--json")[1])["runs"][0]["run_id"]
    assert call("report", run, "--source", book, "--report-dir", "again")[0] == 0
    code, _, err = call("report", run, "--source", SAMPLES / "bank-nl.csv")
    assert code == 2
    assert "clerk-workbook.xlsx" in err


def test_a_blank_workbook_with_and_without_a_company(call, tmp_path):
    assert call("template", "with.xlsx")[0] == 0
    assert call("template", "without.xlsx", "--base-url", "")[0] == 0
    assert call("template", "with.xlsx")[0] == 2
    assert call("template", "with.xlsx", "--force")[0] == 0
    assert call("template", "nowhere/with.xlsx")[0] == 2


def test_credentials_in_the_order_of_their_strength():
    nowhere = TargetOptions()

    def kind(options=nowhere, **who):
        return type(connecting._credentials(Identity(**who), options, print)).__name__

    assert kind(access_token="t", client_id="a", client_secret="s") == "ReadyToken"
    assert kind(client_id="a", client_secret="s", certificate="c.pem") == "ClientSecret"
    assert kind(client_id="a", certificate="c.pem") == "ClientCertificate"
    assert kind(client_id="a", device_code=True) == "DeviceCode"
    assert kind(user="u", web_service_key="k") == "BasicKey"
    assert kind(TargetOptions(base_url="http://127.0.0.1:1/api")) == "ReadyToken"
    with pytest.raises(ConfigurationProblem, match="No credentials"):
        kind(TargetOptions(base_url="https://example.com"))


def test_the_key_that_an_earlier_version_gave_a_company_stays_its_key(
    call, inbox, monkeypatch, simulator
):
    """Runs keep the key that they were registered with; it knew no tenants."""
    base = simulator.base_url
    with monkeypatch.context() as earlier:
        earlier.setattr(
            planning,
            "company_key",
            lambda target: company_key(replace(target, base_url=target.base_url.partition("?")[0])),
        )
        assert call("import", inbox / "later.csv", "--base-url", f"{base}?tenant=prod")[0] == 0
    code, out, err = call("import", inbox / "later.csv", "--base-url", f"{base}?tenant=Prod")
    assert (code, "1 duplicate" in out, "a copy" in err) == (0, True, False)
    run = json.loads(call("status", "--json")[1])["runs"][0]["run_id"]
    assert call("undo", run, "--base-url", f"{base}?tenant=prod")[0] == 0
    assert call("import", inbox / "later.csv", "--base-url", f"{base}?tenant=prod")[0] == 0
    code, _, err = call("import", inbox / "later.csv", "--base-url", f"{base}?tenant=test")
    assert (code, "If that is a copy, all is well" in err) == (4, True)
    assert "This import ledger does not know payments" in err
    assert len(simulator.company().payments("IMPORT")) == 1


def test_undo_waits_for_lost_answers_as_an_import_does(call, inbox, monkeypatch):
    jobs = []

    def undo(run_id, job, **_how):
        jobs.append(job)
        return Undone(run_id, (), (), ())

    monkeypatch.setattr(pipeline, "undo", undo)
    assert call("import", inbox / "later.csv")[0] == 0
    run = json.loads(call("status", "--json")[1])["runs"][0]["run_id"]
    assert call("undo", run, "--yes")[0] == 0
    monkeypatch.delenv("CUSTOMER_PAYMENTS_SETTLE_SECONDS")
    assert call("undo", run, "--yes")[0] == 0
    assert [job.settle_seconds for job in jobs] == [0.1, 660.0]
