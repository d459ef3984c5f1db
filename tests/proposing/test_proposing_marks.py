"""Words beside the digits: they say the direction of their own amount and of no other."""

from __future__ import annotations

import pytest

from importer.errors import NeedsInput

BALANCED = (
    "Buchungstag;Auftraggeber;Zweck;Umsatz;Saldo",
    "13.02.2024;Acme;RE 1;1.234,56;2.234,56",
    "14.02.2024;Bob;Miete;-100,00;2.134,56",
)


def _text(*lines):
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "units", [";;;in EUR;in EUR", ";;;(EUR);(EUR)", ";;;EUR;EUR", ";;bez.;in €;"]
)
def test_a_row_of_units_below_the_header_belongs_to_it(rows_of, units):
    rows = rows_of(_text(BALANCED[0], units, *BALANCED[1:]))
    assert [(f"{row.amount:f}", row.currency) for row in rows] == [
        ("1234.56", "EUR"),
        ("-100.00", "EUR"),
    ]


def test_words_without_digits_are_no_marks_of_amounts(rows_of):
    rows = rows_of(_text(*BALANCED[:2], ";;;in EUR;in EUR", BALANCED[2]))
    assert [row.amount and f"{row.amount:f}" for row in rows] == ["1234.56", None, "-100.00"]


@pytest.mark.parametrize("mark", ["CR", "H"])
def test_one_mark_turns_no_amounts_that_a_balance_proves(amounts, mark):
    text = _text(*BALANCED, f"15.02.2024;Cy;RE 2;10,00 {mark};2.144,56")
    assert amounts(text) == ["1234.56", "-100.00", "10.00"]


def test_a_balance_outweighs_that_amounts_without_a_mark_go_the_other_way(amounts):
    text = _text(*BALANCED[:2], "15.02.2024;C;2;10,00 H;2.244,56", "16.02.2024;D;3;5,00;2.249,56")
    assert amounts(text) == ["1234.56", "10.00", "5.00"]


def test_one_mark_turns_no_amounts_with_signs_of_their_own(amounts):
    text = _text(
        "Date,Description,Amount",
        "13/02/2024,ACME,1234.56",
        "14/02/2024,Rent,-100.00",
        "15/02/2024,Charge reversal,10.00 CR",
    )
    assert amounts(text) == ["1234.56", "-100.00", "10.00"]


def test_a_mark_that_a_balance_contradicts_is_asked_about(amounts):
    text = _text(*BALANCED, "15.02.2024;Cy;RE 2;10,00 CR;2.124,56", "16.02.2024;D;RE;5,00;2.129,56")
    with pytest.raises(NeedsInput, match="changes the other way than the words"):
        amounts(text)


@pytest.mark.parametrize("header", ["Date;Payer;Purpose;Amount", "Date;Customer no.;Text;Amount"])
def test_a_mark_in_a_list_of_payers_is_asked_about(amounts, header):
    text = _text(header, "13.02.2024;Ac 1;INV 1;1.234,56", "14.02.2024;Bo 2;INV 2;100,00 CR")
    with pytest.raises(NeedsInput, match="have no word beside them"):
        amounts(text)
    assert amounts(text, positive="received") == ["1234.56", "100.00"]
