"""A second table below, with its columns in another order, is never read by the first header."""

import pytest

from importer.errors import NeedsInput
from importer.mapping import captions_profile, map_rows, source_rows
from schemas.profile import load, parse_profile

HEADER = ["Customer No.", "Amount", "Date", "Invoice"]
FIRST = ["C1", "12.50", "2024-01-15", "RE1"]
SIDES = """
[header]
columns = ["Day", "Text", "Kind", "Place", "Code", "Out", "In"]
[date]
column = "Day"
formats = "%d.%m.%Y"
[amount]
credit = "In"
debit = "Out"
"""


def read(grid_of, rows, profile=None):
    grid = grid_of(rows)
    return source_rows(map_rows(grid, profile or captions_profile(grid)))


@pytest.mark.parametrize(
    "second",
    [
        ["Customer No.", "Invoice", "Date", "Amount"],
        ["customer", "Invoice Number", "Posting Date", "Payment Amount"],
        ["Supplier", "Invoice No.", "Due", "Total"],
        ["Date", "Name", "Amount", "Customer No."],
    ],
)
@pytest.mark.parametrize("between", [[], [["", "", "", ""], ["Outstanding"]]])
def test_captions_in_another_order_below_are_asked(grid_of, second, between):
    rows = [HEADER, FIRST, *between, second, ["C2", "4711", "2024-01-16", "30.00"]]
    place = len(rows) - 1
    with pytest.raises(NeedsInput, match=f"row {place} is the header of another table") as asked:
        read(grid_of, rows)
    assert asked.value.readings == (
        f"the rows from row {place} on are payments: a file of their own",
        f"the rows from row {place} on are no payments: delete them",
    )


@pytest.mark.parametrize(
    "second",
    [
        HEADER,
        ["Customer No.", "Amount (EUR)", "Date", "Invoice"],
        ["Vendor No.", "Amount", "Date", "Invoice"],
        ["Customer", "Amount", "Date", "Remark 2"],
    ],
)
def test_columns_in_the_same_order_are_read_on(grid_of, second):
    rows = [HEADER, FIRST, second, ["C2", "30.00", "2024-01-16", "RE2"]]
    assert [f"{row.amount}" for row in read(grid_of, rows)[::2]] == ["12.50", "30.00"]


@pytest.mark.parametrize(
    "note",
    [
        ["Date", "Amount", "none", "Customer No."],  # no day of a payment below
        ["Invoice", "12.00", "unknown", "Amount"],
        ["Customer No.", "", "Invoice", ""],
    ],
)
def test_words_that_are_no_header_are_no_table(grid_of, note):
    rows = [HEADER, FIRST, note, ["a", "b", "c", "d"]]
    assert f"{read(grid_of, rows)[0].amount}" == "12.50"


def test_sides_that_change_places_below_are_asked(grid_of):
    profile = parse_profile(SIDES, "test")
    names = list(profile.header.columns)
    row = ["01.02.2024", "x", "k", "p", "c", "", "5.00"]
    read(grid_of, [names, row, names, row], profile)
    with pytest.raises(NeedsInput, match=r"row 3 .*another order"):
        read(grid_of, [names, row, [*names[:5], "In", "Out"], row], profile)


def test_rows_that_a_rule_leaves_out_are_not_asked_about(grid_of):
    toml = SIDES + '[[skip]]\ncolumn = "Text"\nwords = ["Code"]\nkind = "other"\nto_end = true\n'
    profile = parse_profile(toml, "test")
    names = list(profile.header.columns)
    row = ["01.02.2024", "x", "k", "p", "c", "", "5.00"]
    found = read(
        grid_of, [names, row, ["Day", "Code", "Kind", "Out", "In", "Text", "x"], row], profile
    )
    assert [one.kind for one in found] == ["incoming", "other", "other"]


def test_a_known_bank_is_asked_as_well(grid_of):
    profile = load("lloyds")
    names = list(profile.header.columns)
    swapped = {"Debit Amount": "Credit Amount", "Credit Amount": "Debit Amount"}
    again = [swapped.get(name, name) for name in names]
    row = ["15/01/2024" if name == "Transaction Date" else "" for name in names]
    row[names.index("Credit Amount")] = "5.00"
    with pytest.raises(NeedsInput, match="another order"):
        read(grid_of, [names, row, again, row], profile)
