"""The workbooks in LibreOffice: opened without a complaint, and their formulas give the totals.

Skipped where it is not installed.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from importer.formulas import ORIGIN_SHEET
from importer.model import Bucket, Kind, RunRecord
from importer.reading import read
from importer.reconciliation import reconcile
from importer.reports import write_reports
from importer.reports.template import Lists, template_xlsx
from importer.reports.words import BUCKETS

PROGRAM = shutil.which("soffice") or shutil.which("libreoffice")
SUMMARY = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no LibreOffice on this machine")

Convert = Callable[[Path, str], Path]


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Convert a workbook, and fail where LibreOffice says anything but what it made."""
    folder = tmp_path_factory.mktemp("office")

    def run(path: Path, form: str) -> Path:
        kind = form.partition(":")[0]
        target = folder / path.stem
        done = subprocess.run(
            [
                *(str(PROGRAM), f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
                *("--headless", "--convert-to", form, "--outdir", str(target), str(path)),
            ],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        complaints = [line for line in done.stderr.splitlines() if "javaldx" not in line]
        assert complaints == []
        made = sorted(target.glob(f"{path.stem}*.{kind}"))
        assert made, done.stdout
        return made[0]

    return run


@pytest.fixture
def two_currencies(record: RunRecord, make: object) -> RunRecord:
    rows = (
        make.outcome(20, Bucket.CREATED, "0.005", currency="KWD", line_number=50_000),  # type: ignore[attr-defined]
        make.outcome(21, Bucket.SKIPPED, "-7.00", kind=Kind.OUTGOING, reason="money paid"),  # type: ignore[attr-defined]
    )
    return make.run(*record.rows, *rows, findings=record.findings)  # type: ignore[attr-defined, no-any-return]


def test_the_formulas_of_the_summary_give_the_totals(
    two_currencies: RunRecord, convert: Convert, tmp_path: Path
) -> None:
    reconciliation = reconcile(two_currencies)
    paths = write_reports(two_currencies, reconciliation, tmp_path)
    assert paths.xlsx is not None
    with convert(paths.xlsx, SUMMARY).open(encoding="utf-8", newline="") as stream:
        lines = [line for line in csv.reader(stream) if any(line)]
    head = next(at for at, line in enumerate(lines) if line[0] == "Bucket")
    assert lines[head][3::2][:2] == ["Received EUR", "Received KWD"]
    for bucket, line in zip(BUCKETS, lines[head + 1 :], strict=False):
        assert line[0] == bucket
        assert [int(text) for text in line[1:3]] == [reconciliation.counts[bucket]] * 2
        for at, currency in ((3, "EUR"), (5, "KWD")):
            total = reconciliation.sums.get((bucket, currency), Decimal(0))
            amounts = [Decimal(text.replace(",", "")) for text in line[at : at + 2]]
            assert amounts == [total, total]
        assert Decimal(line[7]) == 0
    foot = lines[head + 1 + len(BUCKETS)]
    sums = [Decimal(text.replace(",", "")) for text in foot[1:8]]
    assert sums == [11, 11, *[Decimal("1097.60")] * 2, *[Decimal("0.005")] * 2, 0]


def test_an_annotated_workbook_saved_as_another_kind_is_known_again(
    record: RunRecord, convert: Convert, tmp_path: Path
) -> None:
    annotated = write_reports(record, reconcile(record), tmp_path).annotated
    assert annotated is not None
    for form in ("ods", "xlsx"):
        made = convert(annotated, form)
        layout = read(made).layout
        assert (layout.kind, layout.origin) == (form, record.source.sha256)
    book = load_workbook(made)
    assert book[ORIGIN_SHEET].sheet_state != "visible"
    findings = book["importer findings"]
    assert findings.max_row == len({cell.row for cell in findings["A"] if cell.value})
    assert book.active["D4"].comment is not None
    assert "Correct the cell" in book.active["D4"].comment.text


def test_the_template_keeps_its_checks(convert: Convert, tmp_path: Path) -> None:
    lists = Lists(
        company="CRONUS", local_currency="EUR", customers=[("10000", "Adatum"), ("00020", "=1+1")],
        invoices=[("103001", "10000", "Adatum", "100.00 EUR")],
        posting_from=date(2026, 1, 1), posting_to=date(2026, 12, 31),
    )  # fmt: skip
    path = tmp_path / "template.xlsx"
    path.write_bytes(template_xlsx(lists, generation="v2.0", time=datetime(2026, 2, 2, tzinfo=UTC)))
    book = load_workbook(convert(path, "xlsx"))
    kinds = {rule.type for rule in book["Payments"].data_validations.dataValidation}
    assert {"list", "date", "custom", "textLength"} <= kinds
    assert book["importer customers"]["A3"].value == "00020"
    assert book["importer customers"]["B3"].value == "=1+1"
    assert book["importer customers"]["B3"].data_type == "s"
