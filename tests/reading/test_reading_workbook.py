"""Workbooks: every kind of cell, which sheet, and what is said about hidden and merged things."""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import InputProblem, NeedsInput
from importer.model import CellKind, Severity
from importer.reading import ReadOptions
from importer.reading.cells import SheetCells, column_letters, is_date_format
from importer.reading.options import Limits
from importer.reading.package import Package
from importer.reading.xlsx import Xlsx
from importer.reading.xlsx_rows import Irregular

PAYMENT = '<row r="{r}"><c r="A{r}" s="1"><v>45292</v></c><c r="B{r}"><v>12.5</v></c></row>'


def one_cell(make_xlsx, rows_xml, read, content, **options):
    """Return text, kind and findings of A1 (and a marker in B1)."""
    row = f'<row r="1">{content}<c r="B1"><v>1</v></c></row>'
    grid = read(make_xlsx({"S": rows_xml(row)}, **options))
    assert grid.kinds is not None
    return grid.frame["c0"][0], CellKind(grid.kinds["c0"][0]), grid.findings


@pytest.mark.parametrize(
    ("stored", "text", "code"),
    [
        ("1234.5", "1234.5", None),
        ("1234", "1234", None),
        ("1234.0", "1234", None),
        ("-0", "0", None),
        ("1E3", "1000", None),
        ("1.25E-5", "0.0000125", None),
        ("0.1", "0.1", None),
        ("12345.670000000001", "12345.67", None),
        ("0.30000000000000004", "0.3", "number-noise"),
        ("1.0000000000000002", "1", "number-noise"),
        ("123456789012345", "123456789012345", None),
        ("1234567890123456", "1234567890123456", "digits-lost"),
        ("1.2345678901234567E+19", "12345678901234567000", "digits-lost"),
        ("-2.2737367544323206E-13", "-0.000000000000227373675443232", None),
        ("1e-300", "0", "number-noise"),
        ("1e999999999", "1e999999999", "not-a-number"),
        ("NaN", "NaN", "not-a-number"),
        ("1_000", "1_000", "not-a-number"),
        ("\u0661\u0662\u0663", "\u0661\u0662\u0663", "not-a-number"),
    ],
)
def test_numbers(make_xlsx, rows_xml, read, stored, text, code):
    got, _, findings = one_cell(make_xlsx, rows_xml, read, f'<c r="A1"><v>{stored}</v></c>')
    if code is None and findings:
        assert {f.code for f in findings} == {"number-noise"}
        assert all(f.severity is Severity.NOTE for f in findings)
        return
    assert got == text
    assert [f.code for f in findings] == ([code] if code else [])
    if code in {"digits-lost", "not-a-number"}:
        assert findings[0].severity is Severity.ERROR
        assert (findings[0].row, findings[0].column, findings[0].cell) == (1, "0", "A1")


@settings(max_examples=300, deadline=None)
@given(st.decimals(-(10**9), 10**9, places=2, allow_nan=False))
def test_money_comes_through_a_binary_number_unchanged(amount):
    sheet = SheetCells("S", Limits())
    text, kind = sheet.number(1, 0, repr(float(amount)))
    assert Decimal(text) == amount
    assert kind is CellKind.NUMBER
    assert not sheet.findings
    text, _ = sheet.number(1, 0, f"{float(amount):.17G}")
    assert Decimal(text) == amount
    assert not sheet.findings


@pytest.mark.parametrize(
    ("style", "stored", "properties", "text", "kind"),
    [
        (1, "45292", "", "2024-01-01", CellKind.DATE),
        (2, "45292.5", "", "2024-01-01 12:00:00", CellKind.DATE),
        (1, "45292.427083333336", "", "2024-01-01 10:15:00", CellKind.DATE),
        (1, "43830", '<workbookPr date1904="1"/>', "2024-01-01", CellKind.DATE),
        (1, "1", "", "1900-01-01", CellKind.DATE),
        (1, "59", "", "1900-02-28", CellKind.DATE),
        (1, "61", "", "1900-03-01", CellKind.DATE),
        (1, "0.5", "", "12:00:00", CellKind.TEXT),
        (1, "0.999999", "", "23:59:59", CellKind.TEXT),
        (1, "45382.9999884259", "", "2024-03-31 23:59:59", CellKind.DATE),
        (1, "45382.999999988424", "", "2024-03-31 23:59:59", CellKind.DATE),  # 23:59:59.999
        (1, "45382.99999999999", "", "2024-04-01", CellKind.DATE),  # no time that Excel can show
        (1, "45382.427083329", "", "2024-03-31 10:15:00", CellKind.DATE),
        (1, "59.99999998", "", "1900-02-28 23:59:59", CellKind.DATE),
        (1, "60.99999999999", "", "1900-03-01", CellKind.DATE),
        (1, "2958465.99999999", "", "9999-12-31 23:59:59", CellKind.DATE),
        (
            1,
            "43920.999999988424",
            '<workbookPr date1904="1"/>',
            "2024-03-31 23:59:59",
            CellKind.DATE,
        ),
        (1, "43920.99999999999", '<workbookPr date1904="1"/>', "2024-04-01", CellKind.DATE),
        (3, "1234", "", "001234", CellKind.TEXT),
        (4, "1234.5", "", "1234.5", CellKind.NUMBER),
    ],
)
def test_formats(make_xlsx, rows_xml, read, style, stored, properties, text, kind):
    content = f'<c r="A1" s="{style}"><v>{stored}</v></c>'
    got = one_cell(make_xlsx, rows_xml, read, content, properties=properties)
    assert got == (text, kind, ())


@pytest.mark.parametrize(
    "stored", ["60", "-1", "2958466", "59.99999999999", "2958465.9999999999", "1e999"]
)
def test_days_that_do_not_exist(make_xlsx, rows_xml, read, stored):
    _, kind, findings = one_cell(make_xlsx, rows_xml, read, f'<c r="A1" s="1"><v>{stored}</v></c>')
    assert kind is CellKind.TEXT
    assert [f.code for f in findings] == ["not-a-date"]


@pytest.mark.parametrize(
    ("content", "text", "kind", "code"),
    [
        ('<c r="A1" t="s"><v>0</v></c>', "one & two", CellKind.TEXT, None),
        ('<c r="A1" t="s"><v>1</v></c>', "rich text", CellKind.TEXT, None),
        ('<c r="A1" t="inlineStr"><is><t>0042</t></is></c>', "0042", CellKind.TEXT, None),
        ('<c r="A1" t="str"><f>A2</f><v>x &lt; y</v></c>', "x < y", CellKind.TEXT, None),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', "2", CellKind.NUMBER, None),
        ('<c r="A1" t="b"><v>1</v></c>', "TRUE", CellKind.BOOLEAN, None),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A", CellKind.ERROR, "error-cell"),
        ('<c r="A1"><f>SUM(B1)</f></c>', "", CellKind.UNCOMPUTED, "formula-uncomputed"),
        ('<c r="A1"><f>SUM(B1)</f><v/></c>', "", CellKind.UNCOMPUTED, "formula-uncomputed"),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', "", CellKind.EMPTY, None),
        ('<c r="A1" t="d"><v>2024-01-01T00:00:00</v></c>', "2024-01-01", CellKind.DATE, None),
        ('<c r="A1" t="inlineStr"><is><t>a_x000D_b</t></is></c>', "a\rb", CellKind.TEXT, None),
    ],
)
def test_kinds_of_cells(make_xlsx, rows_xml, read, content, text, kind, code):
    strings = (
        "<si><t>one &amp; two</t></si>"
        "<si><r><t>rich</t></r><r><t> text</t></r><rPh><t>no</t></rPh></si>"
    )
    got = one_cell(make_xlsx, rows_xml, read, content, strings=strings)
    assert got[:2] == (text, kind)
    assert [f.code for f in got[2]] == ([code] if code else [])


def test_formula_is_named_in_its_finding(make_xlsx, rows_xml, read):
    _, _, findings = one_cell(make_xlsx, rows_xml, read, '<c r="A1"><f>SUM(B1)&amp;"x"</f></c>')
    assert findings[0].value == '=SUM(B1)&"x"'


def test_prefixed_elements_are_read(make_xlsx, read):
    content = '<x:sheetData xmlns:x="u"><x:row r="2"><x:c r="B2"><x:v>7</x:v></x:c></x:row>'
    grid = read(make_xlsx({"S": content + "</x:sheetData>"}))
    assert grid.frame.to_numpy().tolist() == [[2, "", "7"]]


def test_hidden_rows_columns_and_merged_cells_are_said(make_xlsx, rows_xml, read):
    rows = [PAYMENT.format(r=r) for r in (1, 2, 3)]
    rows[1] = rows[1].replace("<row ", '<row hidden="1" ')
    columns = '<cols><col min="1" max="1" hidden="1"/></cols>'
    merged = '<mergeCells count="1"><mergeCell ref="A5:B5"/></mergeCells>'
    grid = read(make_xlsx({"S": columns + rows_xml(*rows) + merged}))
    assert grid.frame["row"].tolist() == [1, 2, 3]
    notes = " ".join(grid.layout.notes)
    assert "1 hidden rows are read" in notes
    assert "Hidden columns" in notes
    assert "A5:B5" in notes


def test_true_and_text_dates_in_one_column_are_said(make_xlsx, rows_xml, read):
    text = '<row r="2"><c r="A2" t="inlineStr"><is><t>02.01.2024</t></is></c></row>'
    grid = read(make_xlsx({"S": rows_xml(PAYMENT.format(r=1), text)}))
    assert "Column A holds 1 true dates and 1 dates as text." in grid.layout.notes


def test_sheet_with_payments_is_chosen_and_the_others_are_named(make_xlsx, rows_xml, read):
    words = '<row r="1"><c r="A1" t="inlineStr"><is><t>Read me</t></is></c></row>'
    path = make_xlsx(
        {"Intro": rows_xml(words), "Data": rows_xml(PAYMENT.format(r=1)), "Old": rows_xml(words)},
        hidden=("Old",),
    )
    grid = read(path)
    assert grid.layout.sheet == "Data"
    notes = " ".join(grid.layout.notes)
    assert "'Intro'" in notes
    assert "1 hidden sheets were not read: 'Old'" in notes


def test_two_sheets_with_payments_are_asked_about(make_xlsx, rows_xml, read):
    other = PAYMENT.format(r=1).replace("12.5", "13.5")
    path = make_xlsx({"Jan": rows_xml(PAYMENT.format(r=1)), "Feb": rows_xml(other)})
    with pytest.raises(NeedsInput, match="'Jan', 'Feb'") as caught:
        read(path)
    assert caught.value.readings == ("Jan: 1 rows", "Feb: 1 rows")
    assert read(path, ReadOptions(sheet="feb")).layout.sheet == "Feb"
    with pytest.raises(InputProblem, match="no sheet 'Mar'"):
        read(path, ReadOptions(sheet="Mar"))


def test_copy_of_a_sheet_is_no_second_reading(make_xlsx, rows_xml, read):
    text = PAYMENT.format(r=1).replace('<c r="B1"><v>12.5</v>', '<c r="B1" t="str"><v>€12.50</v>')
    path = make_xlsx({"A": rows_xml(PAYMENT.format(r=1)), "B": rows_xml(text)})
    assert read(path).layout.sheet == "A"


def test_macro_workbook_is_named_so(make_xlsx, rows_xml, read):
    path = make_xlsx({"S": rows_xml(PAYMENT.format(r=1))})
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    assert read(path).layout.kind == "xlsm"


def written_by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Date", "Name", "Amount", "Paid", "Sum"])
    sheet.append([dt.date(2024, 3, 1), "Ümit & Söhne", 1234.5, True, "=C2*2"])
    moment = dt.datetime(2024, 3, 2, 10, 15)  # noqa: DTZ001 - a workbook knows no zone
    sheet.append([moment, "0042", -3, False, None])
    sheet.append([])
    sheet.append(["", "line\nbreak", 0.1, None, "#N/A"])
    book.save(path)


def test_workbook_of_openpyxl(tmp_path, cells, read):
    written_by_openpyxl(tmp_path / "a.xlsx")
    grid = read(tmp_path / "a.xlsx")
    assert cells(grid) == {
        1: ["Date", "Name", "Amount", "Paid", "Sum"],
        2: ["2024-03-01", "Ümit & Söhne", "1234.5", "TRUE", ""],
        3: ["2024-03-02 10:15:00", "0042", "-3", "FALSE", ""],
        5: ["", "line\nbreak", "0.1", "", "#N/A"],
    }
    assert [f.code for f in grid.findings] == ["formula-uncomputed", "error-cell"]
    assert str(grid.frame["row"].dtype) == "int64[pyarrow]"
    assert str(grid.frame["c0"].dtype) == "string[pyarrow]"


def test_calamine_sees_the_same_cells(tmp_path, read):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in range(1, 200):
        book.active.append([f"T{row}", row * 1.25, row, None, dt.date(2024, 1, 1 + row % 28)])
    book.save(path)
    theirs = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()
    ours = read(path).frame.drop(columns="row").to_numpy().tolist()
    assert [[str(c).removesuffix(".0") for c in row] for row in theirs] == ours


values = st.one_of(
    st.sampled_from(
        ["", "<v/>", "<v>1.5</v>", "<v>12345.670000000001</v>", "<v>x</v>", "<f>A1</f>"]
    ),
    st.sampled_from(
        ["<f>1&lt;2</f><v>3</v>", '<f t="shared" si="0"/><v>2</v>', "<v>&amp;&#65;</v>"]
    ),
    st.sampled_from(["<is><t>a b</t></is>", '<is><t xml:space="preserve"> a&#10;</t></is>']),
)
cell_parts = st.tuples(
    st.sampled_from(["A", "B", "AA"]),
    st.sampled_from(["", ' s="1"', ' s="3"']),
    st.sampled_from(["", ' t="str"', ' t="b"', ' t="e"', ' t="inlineStr"', ' t="s"', ' t="n"']),
    values,
)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.lists(cell_parts, max_size=4), max_size=5))
def test_fast_rows_and_xml_parser_agree(tmp_path_factory, workbook_parts, rows_xml, rows):
    xml = [
        f'<row r="{r}">'
        + "".join(f'<c r="{c}{r}"{style}{kind}>{value}</c>' for c, style, kind, value in cells)
        + "</row>"
        for r, cells in enumerate(rows, 1)
    ]
    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in workbook_parts({"S": rows_xml(*xml)}).items():
            package.writestr(name, content)
    with path.open("rb") as stream:
        book = Xlsx(Package(stream, Limits()), Limits())
        try:
            fast = book._read_regular(book.sheets[0])
        except Irregular:
            return
        slow = book._read_by_parser(book.sheets[0])
    assert fast.rows == slow.rows
    assert fast.findings == slow.findings


def test_date_formats_are_told_from_numbers():
    dates = ["dd/mm/yyyy", "[$-409]d-mmm-yy;@", "h:mm:ss", '"on "yyyy', "[h]:mm"]
    numbers = ["0.00", '#,##0.00 "days"', "[Red]0", "General", "0\\d", "@", "[$EUR] 0.00", "0_d"]
    assert [is_date_format(code) for code in dates] == [True] * len(dates)
    assert [is_date_format(code) for code in numbers] == [False] * len(numbers)


def test_column_letters():
    assert [column_letters(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:automatic-styles>
<style:style style:name="h"><style:table-properties table:display="false"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet>{}</office:spreadsheet></office:body>
</office:document-content>"""


def make_ods(path: Path, body: str) -> Path:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", ODS.format(body))
    return path


def ods_cell(attributes: str, text: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def test_ods(tmp_path, cells, read):
    rows = [
        ods_cell('office:value-type="date" office:date-value="2024-03-01"', "01.03.24")
        + ods_cell('office:value-type="float" office:value="1234.5"', "1.234,50")
        + ods_cell('office:value-type="string"', 'a<text:s text:c="2"/>b'),
        '<table:table-cell table:number-columns-repeated="16384"/>',
        ods_cell('office:value-type="string" calcext:value-type="error"', "#N/A")
        + ods_cell('office:value-type="float" office:value="42"', "0042")
        + ods_cell('office:value-type="time" office:time-value="PT10H05M00S"', "10:05"),
    ]
    repeats = ["", 'table:number-rows-repeated="3"', 'table:visibility="collapse"']
    body = "".join(
        f"<table:table-row {r}>{c}</table:table-row>" for r, c in zip(repeats, rows, strict=True)
    )
    tail = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/>'
    tail += "</table:table-row>"
    hidden = '<table:table table:name="Old" table:style-name="h"/>'
    table = f'<table:table table:name="S">{body}{tail}</table:table>{hidden}'
    grid = read(make_ods(tmp_path / "a.ods", table))
    assert cells(grid) == {
        1: ["2024-03-01", "1234.5", "a  b"],
        5: ["#N/A", "0042", "10:05:00"],
    }
    assert grid.layout.kind == "ods"
    assert [f.code for f in grid.findings] == ["error-cell"]
    notes = " ".join(grid.layout.notes)
    assert "hidden rows" in notes
    assert "'Old'" in notes


def test_ods_that_repeats_without_end_is_refused(tmp_path, read):
    value = 'office:value-type="float" office:value="1"'
    cell = ods_cell(value + ' table:number-columns-repeated="1024"', "1")
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    table = f'<table:table table:name="S">{row}</table:table>'
    with pytest.raises(InputProblem, match="--limit-"):
        read(make_ods(tmp_path / "a.ods", table))
