"""Number formats of workbooks: what is shown beside the digits is not lost."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from importer.model import CellKind
from importer.reading.formats import number_format


def shown(code, number):
    """Return what a number with a format is read as, and whether it always is."""
    found = number_format(code)
    if found is None:
        return number, None
    return found.cell((number, CellKind.NUMBER))[0], found.is_text


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("00000", "42", "00042"),
        ('"RE-"0000', "7", "RE-0007"),
        ("\\R\\E\\-0000", "7", "RE-0007"),
        ('0000"/24"', "7", "0007/24"),
        ('"#"0000', "7", "#0007"),
        ('"RE-"0000', "12345", "RE-12345"),
        ('"RE-"0000', "-7", "-7"),  # shown as -RE-0007: no number of an invoice
        ('"RE-"0000', "7.5", "7.5"),  # shown rounded
    ],
)
def test_identifiers_keep_zeros_and_literals(code, number, text):
    assert shown(code, number) == (text, True)


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ('0.00" Cr"', "100.5", "100.50 Cr"),
        ('0.00" Dr"', "200.5", "200.50 Dr"),
        ('#,##0.00" Dr."', "1234.5", "1234.50 Dr."),
        ('"DR "0.00', "3.25", "DR 3.25"),
        ('0.00" Cr";0.00" Dr"', "-200.5", "200.50 Dr"),
        ('0.00" Dr";0.00" Cr"', "-200.5", "200.50 Cr"),
        ('0.00" Dr"', "-200.5", "-200.50 Dr"),
        ('0.00" Cr";[Red]0.00" Cr"', "-200.5", "-200.50 Cr"),
        ('General" Cr"', "20", "20 Cr"),
        ('0.000" Cr"', "20.125", "20.1250 Cr"),  # 20.125 could be read as thousands
        ('[$€-407] 0.00" Cr"', "5", "€ 5.00 Cr"),
    ],
)
def test_a_word_of_direction_is_read(code, number, text):
    assert shown(code, number) == (text, True)


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("#,##0.00 [$€-407]", "100.5", "100.50 €"),
        ("[$$-409]#,##0.00", "200.5", "$200.50"),
        ("[$£-809]#,##0.00;[Red]-[$£-809]#,##0.00", "-300.5", "-£300.50"),
        ("[$£-809]#,##0.00;[Red][$£-809]#,##0.00", "-300.5", "-£300.50"),
        ('_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', "-9", "$(9.00)"),
        ('"S/" #,##0.00', "5", "S/ 5.00"),  # soles, and no Soll
        ('0" kg"', "5", "5 kg"),
    ],
)
def test_a_currency_is_read_where_a_column_shows_several(code, number, text):
    assert shown(code, number) == (text, False)


@pytest.mark.parametrize(
    "code",
    [
        "General", "0.00", "#,##0.00;[Red]-#,##0.00", "0.00%", "0.00E+00", "# ?/?", "@", "",
        "###-####", "0,", '0.00,," Cr"', "[>=100]0.00", '"-"0000', "_-* #,##0.00_-", '"x' * 300,
    ],
)  # fmt: skip
def test_other_formats_leave_numbers_as_they_are(code):
    assert number_format(code) is None


def workbook(path, *codes):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Date", "Customer No.", "Invoice No.", "Amount", "Fee"])
    for at in range(60):
        day = dt.date(2024, 3, 1 + at % 28)
        sheet.append([day, f"C{at}", 7 + at, 100.5 + at, 1.5])
        sheet.cell(at + 2, 3).number_format = '"RE-"0000'
        sheet.cell(at + 2, 4).number_format = codes[at % len(codes)]
        sheet.cell(at + 2, 5).number_format = codes[0]
    book.save(path)
    return path


def test_a_column_of_several_currencies_is_read_as_shown(tmp_path, read):
    codes = "#,##0.00 [$€-407]", "[$$-409]#,##0.00", "[$£-809]#,##0.00"
    grid = read(workbook(tmp_path / "a.xlsx", *codes))
    assert grid.frame["c2"].tolist()[1:3] == ["RE-0007", "RE-0008"]
    assert grid.frame["c3"].tolist()[1:4] == ["100.50 €", "$101.50", "£102.50"]
    assert grid.frame["c3"].tolist()[-1] == "£159.50"
    assert grid.kinds is not None
    assert set(grid.kinds["c3"]) == {CellKind.TEXT}
    assert grid.frame["c4"].tolist()[1:3] == ["1.5", "1.5"]  # one currency: still numbers
    assert any("Column D shows" in note and "(EUR, $, £)" in note for note in grid.layout.notes)


@pytest.mark.parametrize(
    "codes", [("#,##0.00 [$€-407]",), ("#,##0.00 [$€-407]", "0.00"), ('0.00 "€"', "[$€-2] 0.00")]
)
def test_a_column_of_one_currency_stays_numbers(tmp_path, read, codes):
    grid = read(workbook(tmp_path / "a.xlsx", *codes))
    assert grid.frame["c3"].tolist()[1:3] == ["100.5", "101.5"]
    assert grid.kinds is not None
    assert set(grid.kinds["c3"][1:]) == {CellKind.NUMBER}
    assert not grid.layout.notes
    assert grid.layout.shown == ((3, "EUR"), (4, "EUR"))


@pytest.mark.parametrize(
    ("code", "mark"),
    [("[$USD] #,##0.00", "USD"), ("[$$-409]#,##0.00", "$"), ("#,##0.00 [$CHF]", "CHF"),
     ('_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', "$"),
     ('_ [$CHF] * #,##0.00_ ;_ [$CHF] * -#,##0.00_ ;_ [$CHF] * "-"??_ ;_ @_ ', "CHF")],
)  # fmt: skip
def test_the_one_currency_of_a_column_is_told(tmp_path, read, code, mark):
    grid = read(workbook(tmp_path / "a.xlsx", code))
    assert grid.layout.shown == ((3, mark), (4, mark))
    assert read(workbook(tmp_path / "b.xlsx", "0.00")).layout.shown == ()


def test_directions_are_read_as_shown(tmp_path, read):
    grid = read(workbook(tmp_path / "a.xlsx", '0.00" Cr"', '0.00" Dr"'))
    assert grid.frame["c3"].tolist()[1:3] == ["100.50 Cr", "101.50 Dr"]
