"""The amount of a payment beside each invoice that it settles is never counted once for each."""

import pytest

from importer.errors import NeedsInput
from importer.mapping import captions_profile, map_rows, source_rows

HEADER = [
    "Customer No.",
    "Payment Date",
    "Check No.",
    "Payment Amount",
    "Invoice No.",
    "Applied Amount",
]
TWICE = [
    ["C1", "2024-01-15", "51", "12.50", "RE1", "10.00"],
    ["C1", "2024-01-15", "51", "12.50", "RE2", "2.50"],
]
OTHER = ["C2", "2024-01-15", "52", "3.00", "RE3", "3.00"]


def amounts(grid_of, rows, **options):
    grid = grid_of([HEADER, *rows])
    found = source_rows(map_rows(grid, captions_profile(grid, **options)))
    return [f"{row.amount}" for row in found]


@pytest.mark.parametrize(
    "rows",
    [
        [OTHER, *TWICE],
        [OTHER, *TWICE, *([*row[:2], "53", *row[3:]] for row in TWICE)],  # two equal checks
    ],
)
def test_an_amount_that_stands_on_several_rows_is_asked(grid_of, rows):
    with pytest.raises(NeedsInput, match="of row 3 stands on 2 rows") as asked:
        amounts(grid_of, rows)
    assert asked.value.readings == (
        "--amount-column 'Applied Amount': each row is a payment of its own",
        "--amount-column 'Payment Amount': each row is a payment of the whole amount",
    )
    parts = amounts(grid_of, rows, amount_column="Applied Amount")
    assert parts[:3] == ["3.00", "10.00", "2.50"]
    whole = amounts(grid_of, rows, amount_column="Payment Amount")
    assert whole[:3] == ["3.00", "12.50", "12.50"]


@pytest.mark.parametrize(
    "rows",
    [
        [TWICE[0], [*TWICE[1][:5], "12.50"]],  # two payments with an invoice each
        [TWICE[0], ["C1", "2024-01-16", *TWICE[1][2:]]],
        [TWICE[0], ["C2", *TWICE[1][1:]]],
        [TWICE[0], [*TWICE[1][:5], ""]],
    ],
)
def test_equal_amounts_whose_parts_do_not_add_up_are_payments(grid_of, rows):
    assert amounts(grid_of, rows) == ["12.50", "12.50"]
