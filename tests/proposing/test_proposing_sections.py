"""Titles of sections, such as `Withdrawals`: their rows are no money received."""

from __future__ import annotations

import pytest

from importer.errors import NeedsInput
from importer.mapping import source_rows
from importer.model import Grid
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import understand_whole

HEADER = "Date,Description,Amount"
RECEIVED = ["01/13/2024,ACH ACME,249.90", "01/14/2024,WIRE BOB,20.00"]
PAID = ["01/13/2024,RENT,500.00", "01/14/2024,POWER,600.00"]


def _text(*lines):
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "title",
    [
        "Withdrawals and other debits",
        "Zahlungsausgänge",
        "Refunds",
        "Payments made",
        "Checks paid",
        "Payouts",
        "Rückzahlungen",
        "Uitgaande betalingen",
        "Paiements sortants",
        "Pagos emitidos",
    ],
)
@pytest.mark.parametrize("again", [[], [HEADER]])
def test_the_last_rows_below_a_title_of_money_paid_are_none_received(amounts, title, again):
    text = _text("Deposits,,", HEADER, *RECEIVED, "", f"{title},,", *again, *PAID)
    assert amounts(text, positive="received") == ["249.90", "20.00"]


@pytest.mark.parametrize(
    "lines",
    [
        ["Withdrawals,,", HEADER, *PAID, "Deposits,,", *RECEIVED],
        ["Withdrawals,,", HEADER, *PAID],
        [HEADER, *RECEIVED, "Refunds,,", *PAID, "Receipts,,", *RECEIVED],
    ],
)
def test_rows_below_such_a_title_with_others_after_them_are_asked_about(amounts, lines):
    with pytest.raises(NeedsInput, match="reads like the heading of money that was paid"):
        amounts(_text(*lines), positive="received")


@pytest.mark.parametrize("title", ["Deposits", "Page 2", "Payments received", "A note"])
def test_other_titles_mean_no_money_paid(amounts, title):
    text = _text(HEADER, *RECEIVED, f"{title},,", *PAID)
    assert amounts(text, positive="received") == ["249.90", "20.00", "500.00", "600.00"]


def test_signs_say_more_than_a_title(amounts):
    paid = [line.replace(",500", ",-500").replace(",600", ",-600") for line in PAID]
    text = _text(HEADER, *RECEIVED, "Withdrawals,,", *paid)
    assert amounts(text) == ["249.90", "20.00", "-500.00", "-600.00"]


def test_a_title_ends_no_payments_whose_signs_tell_both_directions(amounts):
    text = _text(HEADER, *RECEIVED, "Abbuchung,,", PAID[0].replace(",500", ",-500"), *RECEIVED)
    assert amounts(text) == ["249.90", "20.00", "-500.00", "249.90", "20.00"]


def test_a_title_against_the_signs_is_asked_about(amounts):
    paid = "01/12/2024,RENT,-500.00"
    with pytest.raises(NeedsInput, match="reads like the heading of money that was paid"):
        amounts(_text(HEADER, paid, *RECEIVED, "Withdrawals,,", *PAID), positive="received")


def test_a_title_counts_in_a_list_with_headers_of_the_server_as_well(read_here):
    grid: Grid = read_here(
        _text(
            "Customer No.,Posting Date,Amount",
            "10000,2024-02-13,249.90",
            "Refunds,,",
            "10000,2024-02-14,20.00",
        )
    )
    rows = source_rows(understand_whole(grid, Reading()).mapped)
    assert [str(row.kind) for row in rows] == ["incoming", "other", "other"]
