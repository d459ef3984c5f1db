"""Rows below a title of refunds or payments made are no money received."""

import pytest

from importer.errors import NeedsInput
from importer.mapping import captions_profile, map_rows, source_rows
from importer.mapping.sections import is_of_paid
from importer.model import Kind
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import understand_whole
from importer.reports.language import reason_text, speaking

HEADER = ["Posting Date", "Customer No.", "Amount"]
PAID = [HEADER, ["2024-02-13", "C1", "5.00"], ["2024-02-14", "C2", "6.00"]]
BACK = [["2024-02-15", "C3", "7.00"], ["2024-02-16", "C4", "8.00"]]


def read(grid_of, rows):
    grid = grid_of(rows)
    return source_rows(map_rows(grid, captions_profile(grid)))


def kinds(grid_of, rows):
    return [row.kind for row in read(grid_of, rows)]


@pytest.mark.parametrize(
    "title",
    ["Refunds", "REFUND", "Customer refunds", "Refunds:", "Refunds February 2024", "Refunds (2)",
     "Payments made", "Payouts", "Withdrawals and other debits", "Rückzahlungen", "Erstattungen",
     "Zahlungsausgänge", "Zahlungsausgang", "Auszahlungen", "Remboursements",
     "Refunds and chargebacks"],
)  # fmt: skip
@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("again", [[], [HEADER], [["Posting Date", "Vendor No.", "Amount"]]])
def test_rows_below_a_title_of_money_paid_are_skipped(grid_of, title, column, again):
    row = ["", "", ""]
    row[column] = title
    found = read(grid_of, [*PAID, row, *again, *BACK])
    assert [one.kind for one in found[:2]] == [Kind.INCOMING] * 2
    assert {one.kind for one in found[2:]} == {Kind.OTHER}
    assert found[-1].reason == f"it stands below '{title}', which is no money received"
    with speaking("de"):
        assert reason_text(found[-1].reason).startswith(f"sie steht unter „{title}“")


def test_a_header_of_vendors_begins_a_section_of_its_own(grid_of):
    again = ["Posting Date", "Vendor No.", "Amount"]
    assert kinds(grid_of, [*PAID, again, *BACK]) == [Kind.INCOMING] * 2 + [Kind.OTHER] * 3


@pytest.mark.parametrize(
    "title",
    ["Payments received", "Zahlungseingänge", "Returnable Goods Ltd", "Refunds Direct GmbH",
     "Debitoren", "Debit notes are listed elsewhere", "February", "Payments to us"],
)  # fmt: skip
def test_other_titles_say_nothing_of_the_direction(grid_of, title):
    assert not is_of_paid(title)
    found = kinds(grid_of, [*PAID, ["", "", "", title], *BACK])
    assert [found[0], found[1], *found[-2:]] == [Kind.INCOMING] * 4


def test_a_customer_and_a_text_of_that_name_are_no_title(grid_of):
    rows = [[*HEADER, "Description"], ["2024-02-13", "C1", "5.00", "Refunds"],
            ["2024-02-14", "Refunds", "6.00", ""], ["2024-02-15", "C1", "7.00", ""]]  # fmt: skip
    assert kinds(grid_of, rows) == [Kind.INCOMING] * 3


def test_a_title_below_all_rows_does_not_matter(grid_of):
    found = read(grid_of, [*PAID, ["Refunds", "", ""]])
    assert [one.kind for one in found[:2]] == [Kind.INCOMING] * 2


def test_money_that_may_be_received_again_below_is_asked_about(grid_of):
    rows = [*PAID, ["Refunds", "", ""], BACK[0], ["Payments received", "", ""], BACK[1]]
    with pytest.raises(NeedsInput, match="row 6 is called 'Payments received' and stands below"):
        read(grid_of, rows)
    rows[5] = ["Page 2 of 2", "", ""]
    assert kinds(grid_of, rows)[2:] == [Kind.OTHER] * 4


def test_a_title_above_the_header_is_asked_about(grid_of):
    with pytest.raises(NeedsInput, match="row 1 is called 'Refunds', which can be read in two"):
        read(grid_of, [["Refunds", "", ""], *PAID])
    assert kinds(grid_of, [["Payments received", "", ""], *PAID]) == [Kind.INCOMING] * 2


def test_a_title_that_is_also_the_cell_of_a_payment_is_asked_about(grid_of):
    rows = [PAID[0], ["2024-02-13", "Refunds", "5.00"], ["", "Refunds", ""], *BACK]
    with pytest.raises(NeedsInput, match="row 3 is called 'Refunds'"):
        read(grid_of, rows)


@pytest.mark.parametrize("title", ["Expected payments", "Not yet received", "Outstanding", "Offen"])
def test_rows_below_a_title_of_money_that_is_still_to_come_are_pending(grid_of, title):
    rows = [["Customer No.", "Posting Date", "Amount"], ["C1", "2024-02-13", "5.00"], [title]]
    rows += [["C2", "2024-02-14", "6.00"]]
    found = source_rows(understand_whole(grid_of(rows), Reading()).mapped)
    assert [row.kind for row in found] == [Kind.INCOMING, Kind.PENDING, Kind.PENDING]
    with pytest.raises(NeedsInput, match=f"holds only '{title}'"):  # nothing says where they end
        understand_whole(grid_of([*rows, [""] * 3, rows[1]]), Reading())
