"""A header alone does not prove whose file it is, and no word of a state is passed over."""

import pytest

from importer.errors import NeedsInput
from importer.mapping import source_rows
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import understand_whole

HEADER = ["Date", "Details", "Debit", "Credit", "Balance"]


def understood(grid_of, *rows, **reading):
    taken = understand_whole(grid_of([list(row) for row in rows]), Reading(**reading), infer=True)
    return taken.profile.name, source_rows(taken.mapped)


def paid(grid_of, *rows, **reading):
    _, found = understood(grid_of, *rows, **reading)
    return [(str(one.amount), one.currency) for one in found if str(one.kind) == "incoming"]


BOTH_WAYS = [["01/05/2024", "PAYER ONE", "", "1250.00", "5250.00"],
             ["02/06/2024", "FEE", "10.00", "", "5240.00"]]  # fmt: skip
DAY_FIRST = [["01/05/2024", "PAYER ONE", "", "1250.00", "5250.00"],
             ["13/05/2024", "FEE", "10.00", "", "5240.00"]]  # fmt: skip


def test_days_of_two_orders_below_a_header_of_many_banks_are_asked(grid_of):
    with pytest.raises(NeedsInput, match="many banks use the header of profile 'bank-of-ireland'"):
        understood(grid_of, HEADER, *BOTH_WAYS)
    name, rows = understood(grid_of, HEADER, *BOTH_WAYS, profile="bank-of-ireland")
    assert (name, rows[0].posting_date.month) == ("bank-of-ireland", 5)
    assert understood(grid_of, HEADER, *BOTH_WAYS, date_format="%d/%m/%Y")[0] == name
    assert understood(grid_of, HEADER, *DAY_FIRST)[0] == name


def test_amounts_of_two_marks_below_a_header_of_many_banks_are_asked(grid_of):
    header = ["Date", "Amount", "Account", "Counterparty", "Name", "Description"]
    amounts = [["2024-01-15", "1.250", "A1", "B1", "ONE", "x"],
               ["2024-01-16", "-10.500", "A1", "", "TWO", "y"]]  # fmt: skip
    with pytest.raises(NeedsInput, match=r"--decimal '.': '1.250' is 1.25"):
        understood(grid_of, header, *amounts)
    amounts[0][1] = "1.250,00"
    assert paid(grid_of, header, *amounts) == [("1250.00", "EUR")]


@pytest.mark.parametrize(
    "above",
    [["Currency", "AED"], ["Statement of account 123456 in USD"], ["Opening balance", "£4,000.00"],
     ["Account: 12345678 GBP"], ["Closing balance as of 31.05.2024: 5,240.00 USD"]],
)  # fmt: skip
def test_another_currency_above_the_header_is_asked(grid_of, above):
    with pytest.raises(NeedsInput, match="whose amounts are in EUR; row 1 names"):
        understood(grid_of, above, HEADER, *DAY_FIRST)
    named = paid(grid_of, above, HEADER, *DAY_FIRST, profile="bank-of-ireland")
    assert named == [("1250.00", "EUR")]


@pytest.mark.parametrize(
    "above",
    [["Currency", "EUR"], ["Account: DE00 1234"], ["Opening balance as of 31 MAR 2024"], ["€"]],
)
def test_lines_above_that_name_no_other_currency_ask_nothing(grid_of, above):
    assert paid(grid_of, above, HEADER, *DAY_FIRST) == [("1250.00", "EUR")]


def test_a_made_up_bank_recognises_nobody_elses_file(grid_of):
    header = ["Transaction ID", "Date", "Description", "Debit", "Credit", "Balance"]
    rows = [[f"T{at}", *row] for at, row in enumerate(DAY_FIRST)]
    name, found = understood(grid_of, header, *rows)
    assert (name, found[0].currency) == ("proposed", "")


SCHWAB = ["Date", "Status", "Type", "CheckNumber", "Description", "Withdrawal", "Deposit",
          "RunningBalance"]  # fmt: skip


@pytest.mark.parametrize("profile", ["", "schwab"])
@pytest.mark.parametrize(
    ("word", "kind"),
    [("Posted", "incoming"), ("Pending", "pending"), ("Rejected", "other"), ("On hold", "pending")],
)
def test_a_state_that_the_profile_does_not_list_is_minded(grid_of, profile, word, kind):
    first = ["01/15/2024", "Posted", "ACH", "", "ONE", "", "$1,250.00", "$5,250.00"]
    second = ["01/16/2024", word, "ACH", "", "TWO", "", "$300.00", ""]
    _, rows = understood(grid_of, SCHWAB, first, second, profile=profile)
    assert [str(row.kind) for row in rows] == ["incoming", kind]
