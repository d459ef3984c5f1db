"""The main job as a user runs it: processes, files, a real server."""

import csv
import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from importer.simulator import Simulator

SAMPLES = Path(__file__).parents[2] / "sample_data"
CUSTOMERS = ("10000", "20000", "30000", "50000", "C10000", "C10030")


def generated(path: Path, count: int, seed: int = 7) -> list[dict[str, str]]:
    chance = random.Random(seed)
    rows = [
        {
            "Customer No.": chance.choice(CUSTOMERS),
            "Posting Date": (date(2026, 1, 1) + timedelta(chance.randrange(40))).isoformat(),
            "Amount": f"{chance.randrange(1, 10_000_000) / Decimal(100):.2f}",
            "External Document No.": f"REF-{number:07d}",
            "Description": f"Payment «{number}», çédille & 漢字",
        }
        for number in range(count)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows


@pytest.mark.parametrize("batch_size", [1, 50])
def test_a_thousand_payments_arrive_to_the_cent(connected, simulator, tmp_path, batch_size):
    rows = generated(tmp_path / "payments.csv", 1000)
    ended = connected("import", "payments.csv", "--json", "--yes", "--batch-size", batch_size)
    assert ended.code == 0, ended.err
    document = ended.document
    assert document["in_balance"]
    assert document["counts"]["created"] == 1000
    assert Decimal(document["totals"]["created"]) == sum(Decimal(row["Amount"]) for row in rows)
    lines = sorted(simulator.company().payments("IMPORT"), key=lambda line: line["lineNumber"])
    on_server = [
        (
            line["customerNumber"],
            str(line["postingDate"]),
            -Decimal(str(line["amount"])),
            line["externalDocumentNumber"],
            line["description"],
        )
        for line in lines
    ]
    in_file = [
        (
            row["Customer No."],
            row["Posting Date"],
            Decimal(row["Amount"]),
            row["External Document No."],
            row["Description"],
        )
        for row in rows
    ]
    assert on_server == in_file
    ids = {row["row"]: row["id"] for row in document["rows"]}
    assert [ids[number] for number in range(2, 1002)] == [line["id"] for line in lines]
    again = connected("import", "payments.csv", "--json", "--yes")
    assert again.code == 0
    assert again.document["counts"] == {**document["counts"], "created": 0, "duplicate": 1000}
    assert len(simulator.company().payments("IMPORT")) == 1000


def test_the_demo_ends_in_balance(terminal):
    ended = terminal("demo", "--report-dir", "out")
    assert ended.code == 0, ended.err
    assert "in balance" in ended.out
    assert "answer lost, found by looking" in ended.err
    assert "duplicate" in ended.out
    pages = [line.split()[-1] for line in ended.out.splitlines() if line.endswith("report.html")]
    assert len(pages) == 6
    assert all((terminal.folder / page).is_file() for page in pages)


def test_check_sends_nothing_and_writes_reports(connected, simulator, tmp_path):
    ended = connected("check", SAMPLES / "everything-wrong.csv", "--json")
    assert ended.code == 3
    document = ended.document
    assert document["counts"]["rejected"] == 20
    assert document["counts"]["planned"] == 4
    assert simulator.company().lines("IMPORT") == []
    assert not (tmp_path / "ledger.sqlite3").exists()
    assert (tmp_path / document["report_dir"] / "report.html").is_file()
    offline = connected("check", SAMPLES / "everything-wrong.csv", "--offline", "--json")
    assert offline.document["counts"]["rejected"] < 20


def test_check_says_what_the_ledger_knows(connected):
    assert connected("import", SAMPLES / "bank-de.csv", "--yes").code == 3
    document = connected("check", SAMPLES / "bank-de-overlap.csv", "--json").document
    assert document["counts"]["duplicate"] == 2
    assert document["counts"]["planned"] == 2


def test_corrected_rejects_are_imported_and_nothing_else(connected, simulator, tmp_path):
    first = connected("import", SAMPLES / "bank-de.csv", "--yes", "--json")
    rejects = tmp_path / first.document["report_dir"] / "rejects.csv"
    text = rejects.read_text("cp1252")
    assert "Danke!" in text
    rejects.write_text(text.replace("Danke!", "Danke! Kd.-Nr. 10000"), "cp1252")
    before = len(simulator.company().payments("IMPORT"))
    second = connected("import", rejects, "--yes", "--json")
    assert second.code == 0, second.err
    assert second.document["counts"]["created"] == 1
    lines = simulator.company().payments("IMPORT")
    assert len(lines) == before + 1
    assert max(lines, key=lambda line: line["lineNumber"])["customerNumber"] == "10000"


def test_a_workbook_of_numbers_and_dates_arrives_exactly(connected, simulator, tmp_path):
    book = load_workbook(SAMPLES / "clerk-workbook.xlsx")
    assert book.sheetnames
    ended = connected("import", SAMPLES / "clerk-workbook.xlsx", "--yes", "--json")
    assert ended.code == 0
    amounts = {-Decimal(str(line["amount"])) for line in simulator.company().payments("IMPORT")}
    assert Decimal("0.10") in amounts


def test_status_and_report_tell_of_a_run(connected, tmp_path):
    document = connected("import", SAMPLES / "bank-nl.csv", "--yes", "--json").document
    run = document["run_id"]
    listed = connected("status", "--json").document["runs"]
    assert [summary["run_id"] for summary in listed] == [run]
    assert listed[0]["counts"]["created"] == document["counts"]["created"]
    assert run in connected("status").out
    shown = connected("status", run, "--json").document
    assert shown["rows"] == document["rows"]
    folder = tmp_path / document["report_dir"]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert connected("report", run, "--report-dir", "again").code == 0
    after = {path.name: path.read_bytes() for path in (tmp_path / "again" / run).iterdir()}
    assert after == before


def test_undo_takes_a_run_back_and_frees_its_rows(connected, terminal, simulator):
    run = connected("import", SAMPLES / "bank-nl.csv", "--yes", "--json").document
    undone = connected("undo", run["run_id"], "--yes", "--json")
    assert undone.code == 0, undone.err
    assert len(undone.document["deleted"]) == run["counts"]["created"]
    assert simulator.company().payments("IMPORT") == []
    written = json.loads((terminal.folder / run["report_dir"] / "reconciliation.json").read_bytes())
    assert written["counts"]["created"] == 0
    assert written["counts"]["held"] == run["counts"]["created"]
    elsewhere = connected("undo", run["run_id"], "--yes", "--report-dir", "other")
    assert f"'customer-payments report {run['run_id']}' writes" in elsewhere.err
    assert not (terminal.folder / "other").exists()
    again = connected("import", SAMPLES / "bank-nl.csv", "--yes", "--json").document
    assert again["counts"] == run["counts"]


def test_a_company_of_the_same_id_at_another_address_is_told_once(connected, simulator):
    file = SAMPLES / "bank-nl.csv"
    connected("import", file, "--yes")
    with Simulator(auth=False) as copy:
        where = {"CUSTOMER_PAYMENTS_BASE_URL": copy.base_url}
        told = connected("import", file, "--yes", **where)
        assert told.code == 0
        assert f"a company of the same id at {simulator.base_url}" in told.err
        assert "of the same id" not in connected("import", file, "--yes", **where).err
    assert "of the same id" not in connected("import", file, "--yes").err


def test_several_files_run_one_after_the_other_and_a_bad_one_stops_none(connected, tmp_path):
    (tmp_path / "bad.csv").write_bytes(b"")
    ended = connected(
        "import", "bad.csv", SAMPLES / "bank-nl.csv", SAMPLES / "bank-us.csv", "--yes", "--json"
    )
    runs = ended.document["runs"]
    assert [run.get("counts", {}).get("created", "fault") for run in runs].count("fault") == 1
    assert ended.code == 1
    assert "bad.csv" in ended.err


def test_preview_prints_one_line_for_each_row(terminal):
    ended = terminal("preview", SAMPLES / "bank-de.csv", "--json")
    assert ended.code == 0
    first = ended.json_lines[0]
    assert first == {
        "row": 6,
        "kind": "incoming",
        "date": "2026-02-02",
        "amount": "3120.55",
        "currency": "EUR",
        "counterparty": "Grünwald Optik GmbH",
        "reference": "Rechnung 103013 Kd.-Nr. 100000",
        "bucket": "payment",
        "reason": None,
    }
    kinds = [line["kind"] for line in ended.json_lines]
    assert {"incoming", "outgoing", "pending", "balance", "total"} >= set(kinds)
    assert "Grünwald" in terminal("preview", SAMPLES / "bank-de.csv").out


def test_reports_that_cannot_be_written_after_sending_hide_nothing(connected, simulator, tmp_path):
    run = f"{datetime.now(UTC):%Y%m%d}-0001"
    (tmp_path / "out" / run / "report.html").mkdir(parents=True)
    ended = connected("import", SAMPLES / "bank-nl.csv", "--yes", "--json", "--report-dir", "out")
    assert ended.code == 1
    assert ended.document["counts"]["created"] == len(simulator.company().payments("IMPORT"))
    assert f"customer-payments report {run}" in ended.document["error"]
    assert f"customer-payments report {run}" in ended.err
    assert connected("report", run, "--report-dir", "elsewhere").code == 0
