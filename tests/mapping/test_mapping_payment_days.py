"""The day of the payment beside that of the invoice, and lists of invoices that are no payments."""

import pytest

from importer.errors import NeedsInput
from importer.mapping import captions_profile, map_rows, source_rows

HEADER = ["Customer No.", "Invoice No.", "Date", "Amount"]
ROW = ["C1", "RE1", "2024-01-01", "12.50"]


def days(grid_of, rows, **options):
    grid = grid_of(rows)
    found = source_rows(map_rows(grid, captions_profile(grid, **options)))
    return [str(row.posting_date) for row in found]


@pytest.mark.parametrize(
    "name",
    ["Date Paid", "Paid On", "Date Received", "Received on", "Bezahlt am", "Zahldatum",
     "Zahlungseingang am", "Eingegangen am", "Date of payment", "paid_date"],
)  # fmt: skip
def test_the_day_that_was_paid_counts_and_what_has_none_is_not_paid(grid_of, name):
    rows = [[*HEADER, name], [*ROW, "2024-01-15"], [*ROW, ""]]
    assert days(grid_of, rows) == ["2024-01-15", "None"]


@pytest.mark.parametrize("name", ["Deposit Date", "Settled on", "Date of receipt", "Eingangsdatum"])
def test_a_day_that_may_be_the_one_of_the_payment_is_asked(grid_of, name):
    with pytest.raises(NeedsInput, match="two columns may hold the day") as asked:
        days(grid_of, [[*HEADER, name], [*ROW, "2024-01-15"]])
    assert asked.value.readings == ("'Date': 2024-01-01", f"'{name}': 2024-01-15")
    assert days(grid_of, [[*HEADER, name], [*ROW, "2024-01-01"]]) == ["2024-01-01"]


def test_a_column_of_days_paid_that_is_empty_is_asked(grid_of):
    with pytest.raises(NeedsInput, match="'Paid On': nothing"):
        days(grid_of, [[*HEADER, "Paid On"], [*ROW, ""]])


@pytest.mark.parametrize(
    ("header", "extra"),
    [
        ([*HEADER[:2], "Posting Date", "Amount", "Date Received"], "2024-01-15"),
        ([*HEADER, "Paid On"], "cash"),
        ([*HEADER, "Due Date"], "2024-01-31"),
    ],
)
def test_other_columns_leave_the_day_where_it_is(grid_of, header, extra):
    assert days(grid_of, [header, [*ROW, extra]]) == ["2024-01-01"]


OPEN = [
    ["Due Date", "Remaining Amount"],
    ["Due Date", "Balance"],
    ["Fälligkeitsdatum", "Restbetrag"],
    ["Not Due", "1-30 days"],
]


@pytest.mark.parametrize("names", OPEN)
def test_a_list_of_open_items_is_asked_about(grid_of, names):
    rows = [[*HEADER, *names], [*ROW, "2024-01-31", "3.50"]]
    with pytest.raises(NeedsInput, match="are those of a list of invoices") as asked:
        days(grid_of, rows)
    assert asked.value.readings == (
        "it lists invoices, of which none is a payment: nothing is imported",
        "it lists payments: call the column of the amount 'Payment Amount'",
    )
    assert days(grid_of, rows, amount_column="Amount") == ["2024-01-01"]
    assert days(grid_of, [["Payments of January"], *rows]) == ["2024-01-01"]


@pytest.mark.parametrize(
    "names",
    [["Due Date", ""], ["Remaining Amount", ""], ["Due Date", "Amount (LCY)"],
     ["Due Date", "Amount Paid"]],
)  # fmt: skip
def test_one_such_column_or_a_word_of_payments_is_enough(grid_of, names):
    rows = [[*HEADER, *names], [*ROW, "5", "12.50"]]
    assert days(grid_of, rows) == ["2024-01-01"]
