"""The user's own workbook with what became of each row, and one made of a text file's rows."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.cell_range import CellRange

from importer.formulas import FINDINGS_SHEET, ORIGIN_SHEET, PLACE_COLUMN, STATUS_COLUMN
from importer.model import Bucket, Layout, RunRecord, SourceFile
from importer.reconciliation import reconcile
from importer.reports import keep_source, write_reports
from importer.reports.apart import workbooks

RED, YELLOW, GREEN = "FFFFC7CE", "FFFFEB9C", "FFC6EFCE"


def opened(content: bytes | None) -> openpyxl.Workbook:
    assert content is not None
    return openpyxl.load_workbook(io.BytesIO(content))


def annotated_xlsx(record: RunRecord, source: bytes | None) -> bytes | None:
    return workbooks(record, reconcile(record), source)[1]


def workbook(change: object = None) -> bytes:
    """Return a workbook with a title, a header in row 3, three rows and marks of its owner."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "My 'own' sheet"
    sheet.merge_cells("A1:D1")
    sheet["A1"] = "Payments of February"
    for at, name in enumerate(("Date", "Payer", "Text", "Amount"), 1):
        sheet.cell(3, at, name).font = Font(bold=True, color="FF336699")
    for row, amount in ((4, 10), (5, "12,50.0"), (6, 30)):
        for at, value in enumerate(("2026-02-02", "Trey", "Invoice", amount), 1):
            sheet.cell(row, at, value)
    sheet["C4"].value, sheet["C4"].data_type = "=1+1", "s"
    sheet["D6"].number_format = "#,##0.00"
    sheet["B6"].fill = PatternFill("solid", fgColor="FF00FF00")
    sheet["B6"].comment = Comment("ask Ann", "Ann")
    sheet["D8"] = "=SUM(D4:D6)"
    sheet.column_dimensions["C"].width = 33
    book.create_sheet("Other")["A1"] = "mine"
    if callable(change):
        change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def of(make: SimpleNamespace, content: bytes, **more: object) -> RunRecord:
    sheet = "My 'own' sheet"
    return make.run(
        make.outcome(4, Bucket.CREATED, "10", line_number=20000, document_number="CP1"),
        make.outcome(5, Bucket.REJECTED, None, reason="Amount: not an amount"),
        make.outcome(6, Bucket.HELD, "30", reason="looks like row 9"),
        findings=(make.finding(5, cell="D5"),),
        source=SourceFile("own.xlsx", hashlib.sha256(content).hexdigest(), len(content)),
        layout=Layout("xlsx", sheet=sheet),
        **more,
    )


def test_the_own_workbook_keeps_what_it_has(make: SimpleNamespace) -> None:
    source = workbook()
    book = opened(annotated_xlsx(of(make, source), source))
    assert book.sheetnames == ["My 'own' sheet", "Other", FINDINGS_SHEET, ORIGIN_SHEET]
    sheet = book.active
    assert sheet.title == "My 'own' sheet"
    assert str(next(iter(sheet.merged_cells.ranges))) == "A1:D1"
    assert sheet["A3"].font.b
    assert sheet["D6"].number_format == "#,##0.00"
    assert sheet.column_dimensions["C"].width == 33
    assert (sheet["C4"].value, sheet["C4"].data_type) == ("=1+1", "s")
    assert (sheet["D8"].value, sheet["D8"].data_type) == ("=SUM(D4:D6)", "f")
    assert sheet["B6"].fill.fgColor.rgb == "FF00FF00"
    assert sheet["B6"].comment.text == "ask Ann"
    assert book["Other"]["A1"].value == "mine"


def test_each_row_has_a_status_and_each_fault_its_remedy(make: SimpleNamespace) -> None:
    source = workbook()
    book = opened(annotated_xlsx(of(make, source), source))
    sheet, findings = book.active, book[FINDINGS_SHEET]
    assert [sheet.cell(row, 5).value for row in (1, 3, 4, 5, 6)] == [
        None, STATUS_COLUMN, "created: line 20000, CP1", "rejected: Amount: not an amount",
        "held: looks like row 9",
    ]  # fmt: skip
    assert sheet["E3"].font.color.rgb == "FF336699"
    assert [sheet.cell(row, 5).fill.fgColor.rgb for row in (4, 5)] == [GREEN, RED]
    assert sheet["D5"].fill.fgColor.rgb == RED
    assert sheet["D5"].comment.text.endswith(
        "Correct the cell, or set amount.decimal in the profile."
    )
    assert "looks like row 9" in sheet["E6"].comment.text
    assert sheet["E6"].fill.fgColor.rgb == YELLOW
    assert [cell.value for cell in findings[2]][:4] == ["error", "D5", 5, "Amount"]
    assert findings["B2"].hyperlink.location == "'My ''own'' sheet'!D5"
    assert findings["B3"].hyperlink.location == "'My ''own'' sheet'!E6"


def test_annotated_again_it_loses_the_old_marks(make: SimpleNamespace) -> None:
    source = workbook()
    first = annotated_xlsx(of(make, source), source)
    assert first is not None
    record = of(make, first)
    rows = tuple(replace(row, bucket=Bucket.CREATED, reason="") for row in record.rows)
    again = opened(annotated_xlsx(replace(record, rows=rows, findings=()), first))
    assert again.sheetnames == ["My 'own' sheet", "Other", ORIGIN_SHEET]
    sheet = again.active
    assert sheet["D5"].comment is None
    assert sheet["D5"].fill.fgColor.rgb != RED
    assert sheet["E5"].value.startswith("created")
    assert (sheet["F3"].value, sheet["G3"].value) == (PLACE_COLUMN, None)
    assert sheet["F5"].value.count("sha256:") == 2
    assert sheet.column_dimensions["F"].hidden
    assert sheet["B6"].comment.text == "ask Ann"


def test_the_same_bytes_again_and_a_private_copy(make: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "own.xlsx"
    path.write_bytes(workbook())
    record = of(make, path.read_bytes())
    folder = tmp_path / "run"
    keep_source(path, record.source, record.layout, folder)
    first = write_reports(record, reconcile(record), folder).annotated
    assert first is not None
    before = first.read_bytes()
    assert opened(before).sheetnames[1] == "Other"
    path.unlink()
    first.unlink()
    write_reports(record, reconcile(record), folder)
    assert first.read_bytes() == before
    assert (folder / "source.xlsx").stat().st_mode & 0o077 == 0


def test_a_file_that_changed_meanwhile_is_not_kept(make: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "own.xlsx"
    path.write_bytes(workbook())
    record = of(make, b"another")
    keep_source(path, record.source, record.layout, tmp_path / "run")
    assert not (tmp_path / "run" / "source.xlsx").exists()
    csv = make.run(make.outcome(2, Bucket.CREATED, "1"))
    keep_source(path, csv.source, csv.layout, tmp_path / "text")
    assert not (tmp_path / "text").exists()


def merge_all(book: openpyxl.Workbook) -> None:
    """Merge a whole sheet: sixteen thousand million cells to a library that makes each."""
    other = book["Other"]

    other.merged_cells.ranges.add(CellRange("A1:XFD1048576"))


@pytest.mark.parametrize("hostile", [False, True])
def test_what_cannot_be_opened_becomes_a_table_of_the_rows(
    make: SimpleNamespace, hostile: bool
) -> None:
    source = workbook(merge_all) if hostile else b"PK no workbook"
    record = of(make, source)
    rows = tuple(replace(row, cells=("a", "=b", "", str(row.row))) for row in record.rows)
    book = opened(annotated_xlsx(replace(record, rows=rows), source))
    assert book.sheetnames == ["My 'own' sheet", FINDINGS_SHEET, ORIGIN_SHEET]
    cells = [cell.value for cell in book.active[5]][:-1]
    assert cells == ["a", "=b", None, "5", "rejected: Amount: not an amount"]
    assert book.active["B5"].data_type == "s"


def test_rows_of_a_text_file_stand_where_they_stood(record: RunRecord) -> None:
    book = opened(annotated_xlsx(record, None))
    sheet = book["Rows"]
    names = ["Date", "Payer", "Text", "Amount", STATUS_COLUMN, PLACE_COLUMN]
    assert [cell.value for cell in sheet[1]] == names
    assert sheet["C4"].value == '=HYPERLINK("http://example.invalid")'
    assert sheet["C4"].data_type == "s"
    assert sheet["C4"].quotePrefix
    assert sheet["D4"].number_format == "@"
    assert sheet["D4"].comment is not None
    assert sheet["E8"].value == "skipped: money paid"
    assert sheet.freeze_panes == "A2"


def test_a_sheet_without_a_header_says_it_in_each_cell(make: SimpleNamespace) -> None:
    record = make.run(
        make.outcome(1, Bucket.REJECTED, None, cells=("x", "y"), reason="no"),
        make.outcome(2, Bucket.CREATED, "1", cells=("x", "z")),
        header=(),
    )
    sheet = opened(annotated_xlsx(record, None))["Rows"]
    told = f"{PLACE_COLUMN}: sha256:{record.source.sha256[:16]} 1"
    assert [cell.value for cell in sheet[1]] == ["x", "y", f"{STATUS_COLUMN}: rejected: no", told]
    assert sheet["C2"].value == f"{STATUS_COLUMN}: created"


def test_it_is_not_written_where_there_is_nothing_to_say(make: SimpleNamespace) -> None:
    assert annotated_xlsx(make.run(make.outcome(2, Bucket.CREATED, "1")), None) is None
    assert annotated_xlsx(make.run(), None) is None
    far = make.run(make.outcome(2_000_000, Bucket.REJECTED, None, reason="no"))
    assert annotated_xlsx(far, None) is None
