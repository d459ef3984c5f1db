from __future__ import annotations

import io
import zipfile
from datetime import datetime
from types import SimpleNamespace

import openpyxl
import pytest

from importer.model import Bucket, RunRecord
from importer.reconciliation import reconcile
from importer.reports import workbook
from importer.reports.workbook import workbook_xlsx


def _book(record: RunRecord) -> openpyxl.Workbook:
    content = workbook_xlsx(record, reconcile(record))
    assert content is not None
    return openpyxl.load_workbook(io.BytesIO(content))


def test_dates_and_amounts_are_real_and_text_is_text(record: RunRecord) -> None:
    rows = _book(record)["Rows"]
    assert rows["E2"].value == datetime(2026, 2, 2)  # noqa: DTZ001 - a sheet has no zones
    assert rows["E2"].number_format == "yyyy-mm-dd"
    assert (rows["F2"].value, rows["F2"].data_type) == (1000.5, "n")
    assert rows["F2"].number_format == "#,##0.00"
    assert (rows["I9"].value, rows["I9"].data_type, rows["I9"].quotePrefix) == ("=1+1", "s", True)
    assert rows["J2"].data_type == "s"


def test_the_only_formulas_are_those_of_the_summary(record: RunRecord) -> None:
    book = _book(record)
    kinds = {
        sheet.title: {cell.data_type for line in sheet.iter_rows() for cell in line}
        for sheet in book
    }
    assert "f" in kinds["Summary"]
    assert "f" not in kinds["Rows"] | kinds["Findings"]


def test_the_summary_states_what_its_formulas_recompute(record: RunRecord) -> None:
    sheet = _book(record)["Summary"]
    stated = {line[0].value: line for line in sheet.iter_rows(min_row=4, max_row=12)}
    assert stated["created"][1].value == 3
    assert stated["created"][2].value == "=COUNTIFS(Rows!$B$2:$B$10,$A4)"
    assert stated["created"][3].value == pytest.approx(1007.60)
    assert stated["created"][4].value == (
        '=SUMIFS(Rows!$F$2:$F$10,Rows!$B$2:$B$10,$A4,Rows!$C$2:$C$10,"incoming",'
        'Rows!$F$2:$F$10,">0",Rows!$G$2:$G$10,"=EUR")'
    )
    assert stated["created"][5].value == "=ROUND(ABS(B4-C4)+ABS(D4-E4),6)"
    assert stated["file"][1].value == "=SUM(B4:B11)"


def test_sheets_are_ready_to_work_with(record: RunRecord) -> None:
    book = _book(record)
    assert book.sheetnames == ["Summary", "Rows", "Findings"]
    rows = book["Rows"]
    assert rows.freeze_panes == "A2"
    assert rows.auto_filter.ref == "A1:T10"
    assert rows.print_title_rows == "$1:$1"
    assert rows.page_setup.orientation == "landscape"
    assert rows.sheet_properties.pageSetUpPr.fitToPage


def test_control_characters_do_not_break_the_file(make: SimpleNamespace) -> None:
    bad = make.outcome(
        2, Bucket.REJECTED, None, counterparty="a\x00b\x1bc\ud800", reference="x" * 40000
    )
    rows = _book(make.run(bad, findings=(make.finding(2, value="\x07"),)))["Rows"]
    assert rows["H2"].value == "a\ufffdb\ufffdc\ufffd"
    assert len(rows["I2"].value) == 32767


def test_no_clock_in_the_file(record: RunRecord) -> None:
    content = workbook_xlsx(record, reconcile(record))
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert core.count("2026-02-15T09:30:00Z") == 2


def test_more_rows_than_a_sheet_holds_give_no_workbook(
    record: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    assert workbook_xlsx(record, reconcile(record)) is None
