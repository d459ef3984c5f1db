"""Exports of payment services: whose currency, which column of orders, and remedies that help."""

from __future__ import annotations

import pytest

from importer.errors import NeedsInput
from importer.proposing import Answers, propose

PAYOUT = (
    "Transaction Date;Type;Order;Card Source;Payout Date;Amount;Presentment Amount;"
    "Presentment Currency;Currency\n"
    "2024-01-15;charge;#1001;online;2024-01-17;92.00;100.00;USD;EUR\n"
    "2024-01-16;charge;#1002;online;2024-01-19;50.00;50.00;EUR;EUR\n"
)
SETTLED = (
    "Reference;Day date;Type;Gross Currency;Gross Debit (GC);Gross Credit (GC);Net Currency;"
    "Net Debit (NC);Net Credit (NC)\n"
    "881;2024-01-15;Settled;USD;;100.00;EUR;;98.50\n"
    "883;2024-01-16;Settled;USD;;250.00;EUR;;248.50\n"
    "885;2024-01-17;Refunded;USD;100.00;;EUR;100.20;\n"
    "886;2024-01-18;Fee;;;;EUR;5.00;\n"
    "887;2024-01-19;Fee;;;;EUR;5.00;\n"
    "888;2024-01-20;Fee;;;;EUR;5.00;\n"
)


def test_the_currency_is_that_of_the_amount_and_not_of_the_one_named_alike(read_here):
    answers = Answers(amount_column="Amount", positive="received")
    profile = propose(read_here(PAYOUT), answers=answers).profile
    assert profile.columns.currency == "Currency"
    assert profile.date.column == "Transaction Date"
    assert profile.columns.reference == "Order"


@pytest.mark.parametrize(
    ("side", "currency"), [("Gross", "Gross Currency"), ("Net", "Net Currency")]
)
def test_naming_the_columns_of_amounts_settles_what_was_asked_about_them(read_here, side, currency):
    grid = read_here(SETTLED)
    with pytest.raises(NeedsInput, match="credit-column"):
        propose(grid).require_decided()
    mark = side[0]
    answers = Answers(
        credit_column=f"{side} Credit ({mark}C)", debit_column=f"{side} Debit ({mark}C)"
    )
    proposal = propose(grid, answers=answers)
    proposal.require_decided()
    assert proposal.profile.columns.currency == f"{side} Currency"


@pytest.mark.parametrize("date_format", ["", "%d/%m/%Y"])
def test_years_of_the_buddhist_calendar_are_said_to_be_such(read_here, date_format):
    text = "Date;Text;Amount\n15/01/2568;a;-12.50\n16/01/2568;b;15.00\n"
    with pytest.raises(NeedsInput, match="2568, are those of the Buddhist calendar"):
        propose(read_here(text), answers=Answers(date_format=date_format))
