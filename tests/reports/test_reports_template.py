"""The blank workbook: what it refuses, what it offers, and that it is read without a profile."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from importer.formulas import CUSTOMERS_SHEET, GUIDE_SHEET, INVOICES_SHEET
from importer.reports.template import COLUMNS, Lists, template_xlsx

NOW = datetime(2026, 2, 15, 9, 30, tzinfo=UTC)
FULL = Lists(
    company="CRONUS",
    local_currency="EUR",
    customers=[("10000", "Adatum Bikes"), ("20000", "=1+1")],
    invoices=[("103001", "10000", "Adatum Bikes", "1500.00")],
    posting_from=date(2026, 1, 1),
    posting_to=date(2026, 12, 31),
)


def book(lists: Lists, generation: str = "v2.0") -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(template_xlsx(lists, generation=generation, time=NOW)))


def rules(of: openpyxl.Workbook) -> dict[str, object]:
    found = of["Payments"].data_validations.dataValidation
    return {str(rule.sqref)[0]: rule for rule in found}


def test_identifiers_are_text_and_every_column_is_checked() -> None:
    made = book(Lists())
    sheet = made["Payments"]
    assert [cell.value for cell in sheet[1]] == [column.caption for column in COLUMNS]
    forms = [sheet.column_dimensions[letter].number_format for letter in "ABCDEFG"]
    assert forms == ["@", "yyyy-mm-dd", "#,##0.00", "@", "@", "@", "@"]
    found = rules(made)
    assert set(found) == set("ABCDEFG")
    assert all(rule.errorStyle in {None, "stop"} for rule in found.values())
    assert {letter: found[letter].formula1 for letter in "AEFG"} == {
        "A": "20", "E": "20", "F": "35", "G": "100",
    }  # fmt: skip
    assert "DATE(1900,1,1)" in found["B"].formula1
    assert "ROUND(C2,2)=C2" in found["C"].formula1
    assert sheet.freeze_panes == "A2"
    assert made.sheetnames == ["Payments", GUIDE_SHEET]


def test_a_connection_offers_what_there_is() -> None:
    made = book(FULL)
    found = rules(made)
    assert found["A"].formula1 == f"'{CUSTOMERS_SHEET}'!$A$2:$A$3"
    assert found["E"].formula1 == f"'{INVOICES_SHEET}'!$A$2:$A$2"
    assert found["A"].errorStyle == "warning"
    assert (found["B"].formula1, found["B"].formula2) == ("DATE(2026,1,1)", "DATE(2026,12,31)")
    assert found["D"].formula1 == '"EUR"'
    names = made[CUSTOMERS_SHEET]
    assert [cell.value for cell in names["A"]] == ["Customer No.", "10000", "20000"]
    assert (names["B3"].value, names["B3"].data_type) == ("=1+1", "s")
    assert [cell.value for cell in made[INVOICES_SHEET][2]] == [
        "103001", "10000", "Adatum Bikes", "1500.00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "form", "decimals"), [("JPY", "#,##0", 0), ("KWD", "#,##0.000", 3)]
)
def test_amounts_have_the_decimals_of_the_company(currency: str, form: str, decimals: int) -> None:
    made = book(Lists(local_currency=currency))
    assert made["Payments"].column_dimensions["C"].number_format == form
    assert f"ROUND(C2,{decimals})" in rules(made)["C"].formula1


def test_the_older_generations_take_less() -> None:
    assert rules(book(Lists(), "beta"))["F"].formula1 == "20"


def test_the_same_lists_give_the_same_bytes() -> None:
    first = template_xlsx(FULL, generation="v2.0", time=NOW)
    assert template_xlsx(FULL, generation="v2.0", time=NOW) == first
    assert len(first) < 40_000
