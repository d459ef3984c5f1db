"""Large files are checked part by part; what cannot be is read whole, and ends the same."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest

from importer.errors import ControlMismatch, InputProblem
from importer.pipeline import Job, Reading, check
from importer.settings import TargetOptions

PROFILE = """
[header]
columns = ["Day", "Text", "Amount", "Customer", "Balance"]
[date]
column = "Day"
formats = ["%Y-%m-%d"]
[amount]
column = "Amount"
decimal = "."
[columns]
reference = "Text"
customer_number = "Customer"
balance = "Balance"
[[skip]]
pattern = "^Total"
kind = "total"
"""
HEADER = "Day,Text,Amount,Customer,Balance\n"
ROWS = 150_000
BAD = {7: "x", 140_000: "1,5.0"}


def _file(folder: Path, *, odd: str = "", total: str = "", wrong: int = 0) -> Path:
    lines = []
    for at in range(1, ROWS + 1):
        amount = BAD.get(at, "1.50")
        quoted = f'"{amount}"' if "," in amount else amount
        balance = Decimal("1.5") * at + (1 if at == wrong else 0)
        lines.append(f'2024-01-02,"text, {at:0120d}",{quoted},10000,{balance}\n')
    lines.insert(ROWS - 1000, odd)
    path = folder / "large.csv"
    path.write_text(f"Closing balance,9.99\n{HEADER}{''.join(lines)}{total}", encoding="utf-8")
    return path


@pytest.fixture
def job(tmp_path: Path) -> Job:
    profile = tmp_path / "own.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    reports = tmp_path / "reports"
    return Job(TargetOptions(), "", reports, Reading(profile=str(profile)))


@pytest.mark.parametrize("odd", ["", "2024-01-02,text,2.50,10000\n"], ids=["regular", "ragged"])
def test_a_large_file_ends_the_same_in_parts_and_whole(tmp_path: Path, job: Job, odd: str) -> None:
    told: list[str] = []
    object.__setattr__(job, "say", told.append)
    run = check(_file(tmp_path, odd=odd), job, offline=True)
    assert run.paths is not None
    assert sorted(path.name for path in run.paths.folder.iterdir()) == [
        *("reconciliation.csv", "reconciliation.json", "rejects.csv", "report.html"),
    ]
    assert [path.name for path in job.report_dir.iterdir()] == [run.record.run_id]
    assert len([line for line in told if line.startswith("Profile")]) == 1
    document = json.loads(run.paths.json.read_bytes())
    payments = ROWS - len(BAD) + bool(odd)
    skipped = 0
    assert document["counts"]["planned"] == payments
    assert document["counts"]["rejected"] == len(BAD)
    assert Decimal(document["totals"]["planned"]) == Decimal("1.5") * (payments) + bool(odd)
    assert document["source"]["rows"] == len(document["rows"]) == payments + len(BAD) + skipped
    assert [row["row"] for row in document["rows"]] == list(range(3, len(document["rows"]) + 3))
    with run.paths.csv.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    for line, row in zip(lines, document["rows"], strict=True):
        assert (line["row"], line["bucket"], line["reference"]) == (
            *(str(row["row"]), row["bucket"], row["reference"]),
        )
    rejected = [row["row"] for row in document["rows"] if row["bucket"] == "rejected"]
    assert rejected == [at + 2 for at in BAD]
    assert [one["row"] for one in document["findings"]][-2:] == rejected
    assert "control-total-differs" not in {one["code"] for one in document["findings"]}


def test_balances_and_totals_are_compared_over_all_parts(tmp_path: Path, job: Job) -> None:
    path = _file(tmp_path, total="Total,,1.00,,\n", wrong=120_000)
    findings = [one for one in check(path, job, offline=True).record.findings if one.row is None]
    assert [one.code for one in findings] == ["balance-breaks", "control-total-unproven"]
    assert f"of row {120_000 + 2} " in findings[0].message
    assert f"row {ROWS + 3} states the total 1.00" in findings[1].message


def test_a_control_total_that_differs_leaves_no_reports(tmp_path: Path, job: Job) -> None:
    object.__setattr__(job, "expect_count", 3)
    with pytest.raises(ControlMismatch, match="150000 incoming payments, expected 3"):
        check(_file(tmp_path), job, offline=True)
    assert list(job.report_dir.iterdir()) == []


def test_a_large_check_that_is_ended_leaves_nothing_half_written(tmp_path: Path, job: Job) -> None:
    command = [sys.executable, "-m", "importer", "check", _file(tmp_path), "--offline"]
    command += ["--profile", job.reading.profile, "--report-dir", job.report_dir]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    ends = time.monotonic() + 60
    while not list(job.report_dir.glob(".reconciliation*")) and time.monotonic() < ends:
        time.sleep(0.01)
    process.terminate()
    assert process.communicate(timeout=60)[1].splitlines()[-1] == "Error: Stopped."
    assert process.returncode == 5
    assert list(job.report_dir.iterdir()) == []


def test_a_file_that_changes_between_its_parts_leaves_no_reports(
    tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importer.pipeline import large

    path = _file(tmp_path)
    added = large.LargeCheck.add

    def add(self: large.LargeCheck, mapped: object) -> None:
        added(self, mapped)  # type: ignore[arg-type]
        path.write_text("other", encoding="utf-8")

    monkeypatch.setattr(large.LargeCheck, "add", add)
    with pytest.raises(InputProblem, match="changed while it was read"):
        check(path, job, offline=True)
    assert list(job.report_dir.iterdir()) == []
