"""The blank workbook as a user gets it, fills it in and imports it."""

from datetime import date
from decimal import Decimal

from openpyxl import load_workbook


def test_filled_in_it_is_imported_without_a_profile(connected, simulator, tmp_path):
    ended = connected("template", "mine.xlsx")
    assert ended.code == 0, ended.err
    assert ended.out.strip() == "mine.xlsx"
    book = load_workbook(tmp_path / "mine.xlsx")
    customers, invoices = book["importer customers"], book["importer open invoices"]
    assert customers.max_row > 5
    number, customer, *_ = (cell.value for cell in invoices[2])
    sheet = book["Payments"]
    sheet["A2"], sheet["B2"], sheet["C2"] = "10000", date(2026, 2, 2), Decimal("12.50")
    sheet["A3"], sheet["B3"], sheet["C3"], sheet["E3"] = customer, date(2026, 2, 3), 1, number
    book.save(tmp_path / "mine.xlsx")
    done = connected("import", "mine.xlsx", "--yes", "--json")
    assert done.code == 0, done.err
    assert done.document["counts"]["created"] == 2
    assert done.document["rows"][1]["invoice_number"] == number


def test_blank_it_holds_no_payments_and_is_not_written_over(terminal, tmp_path):
    assert terminal("template").code == 0
    assert (tmp_path / "customer-payments.xlsx").stat().st_mode & 0o077 == 0
    blank = terminal("preview", "customer-payments.xlsx", "--json")
    assert blank.code == 1
    assert blank.json_lines[0]["verdict"] == "header-only"
    again = terminal("template")
    assert again.code == 2
    assert "exists" in again.err
    assert terminal("template", "--force").code == 0
    assert terminal("template", "no/such/folder.xlsx").code == 2


def test_it_has_the_name_of_a_workbook(terminal, tmp_path):
    for name in ("payments.csv", "payments", "payments.xls"):
        ended = terminal("template", name)
        assert ended.code == 2
        assert f"{name} is not the name of a workbook" in ended.err
        assert "payments.xlsx" in ended.err
    for name in (".", "/"):
        ended = terminal("template", name)
        assert (ended.code, "Name it payments.xlsx" in ended.err) == (2, True)
    assert list(tmp_path.iterdir()) == []
    assert terminal("template", "PAYMENTS.XLSX").code == 0
