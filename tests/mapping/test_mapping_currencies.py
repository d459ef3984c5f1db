"""In which currency the amounts of a sheet of captions are: what its cells show is not lost."""

from dataclasses import replace
from decimal import Decimal

import pytest

from importer.errors import NeedsInput
from importer.mapping import captions_profile, map_rows, source_rows

HEADER = ["Customer No.", "Posting Date", "Amount"]


def currencies(grid, **options):
    found = captions_profile(grid, **options)
    assert found is not None
    return [(row.amount, row.currency) for row in source_rows(map_rows(grid, found))]


def sheet(*amounts, header=HEADER, above=()):
    """Return the rows of a sheet with these amounts, each several cells or one."""
    rows = [[one] if isinstance(one, str) else one for one in amounts]
    return [*above, header, *(["C1", "2024-02-13", *row] for row in rows)]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("£249.90", "249.90", "GBP"),
        ("$249.90", "249.90", "$"),
        ("US$ 249.90", "249.90", "USD"),
        ("¥ 249", "249.00", "¥"),
        ("249,90 zł", "249.90", "PLN"),
        ("1.249,90 kr", "1249.90", "kr"),
        ("1.249,90 kr.", "1249.90", "kr"),
        ("Fr. 1'249.90", "1249.90", "CHF"),
        ("249.90 Kč", "249.90", "CZK"),
    ],
)
def test_a_sign_beside_the_amount_is_its_currency(grid_of, text, amount, currency):
    assert currencies(grid_of(sheet(text, text))) == [(Decimal(amount), currency)] * 2


def test_each_row_has_the_currency_that_it_shows(grid_of):
    grid = grid_of(sheet("249.90 €", "$1,234.50", "CHF 78.40", "5.00"))
    assert [one for _, one in currencies(grid)] == ["EUR", "$", "CHF", ""]


def test_a_row_of_both_sides_has_the_currency_that_it_shows(grid_of):
    header = [*HEADER[:2], "Debit Amount", "Credit Amount"]
    grid = grid_of(sheet(["", "€ 5.00"], ["£ 6.00", ""], header=header))
    assert currencies(grid) == [(Decimal("5.00"), "EUR"), (Decimal("-6.00"), "GBP")]


@pytest.mark.parametrize(
    "above",
    [["Currency: USD"], ["Currency", "USD"], ["All amounts in USD"], ["Währung: USD"],
     ["Report of 1 March", "amounts are stated in USD"], ["Beträge in USD"]],
)  # fmt: skip
def test_a_currency_above_the_header_is_that_of_the_rows(grid_of, above):
    grid = grid_of(sheet("5.00", above=[above]))
    assert currencies(grid) == [(Decimal("5.00"), "USD")]
    dollars = grid_of(sheet("$5.00", above=[above]))
    assert currencies(dollars) == [(Decimal("5.00"), "USD")]
    with pytest.raises(NeedsInput, match="two currencies are named for the amounts: row 1: USD"):
        currencies(grid_of(sheet("€ 5.00", above=[above])))


@pytest.mark.parametrize("above", ["Currency gains 2024", "Amounts in THE file", "in USD we trust"])
def test_other_words_above_the_header_name_no_currency(grid_of, above):
    assert currencies(grid_of(sheet("5.00", above=[[above]]))) == [(Decimal("5.00"), "")]


def test_a_header_names_the_currency_of_what_was_paid(grid_of):
    header = [*HEADER, "Amount received (USD)"]
    assert currencies(grid_of(sheet(["9.00", "5.00"], header=header))) == [(Decimal("5.00"), "USD")]


def test_the_column_of_currencies_counts_for_its_rows(grid_of):
    header, above = [*HEADER, "Currency Code"], [["Currency: CHF"]]
    grid = grid_of(sheet(["5.00", "€"], ["6.00", "Euro"], ["7.00", ""], ["8.00", "usd"],
                         header=header, above=above))  # fmt: skip
    assert [one for _, one in currencies(grid)] == ["EUR", "EUR", "CHF", "USD"]
    assert [one for _, one in currencies(grid_of(sheet(["$5.00", "USD"], header=header)))] == [
        "USD"
    ]


def test_a_column_of_currencies_against_the_cells_is_asked_about(grid_of):
    rows = sheet(["5.00", "EUR"], ["£ 6.00", "EUR"], header=[*HEADER, "Currency Code"])
    with pytest.raises(NeedsInput, match="row 3 names two currencies: 'Currency Code': EUR; 'Am"):
        currencies(grid_of(rows))


@pytest.mark.parametrize(("mark", "currency"), [("EUR", "EUR"), ("$", "$"), ("kg", "")])
def test_a_number_format_names_the_currency_of_its_column(grid_of, mark, currency):
    grid = grid_of(sheet("5.00", "6.50"), kind="xlsx", kinds=["ttt", "ttn", "ttn"])
    grid = replace(grid, layout=replace(grid.layout, shown=((2, mark),)))
    assert currencies(grid) == [(Decimal("5.00"), currency), (Decimal("6.50"), currency)]


def test_a_number_format_against_a_text_is_asked_about(grid_of):
    grid = grid_of(sheet("5.00", "£ 6.50"), kind="xlsx", kinds=["ttt", "ttn", "ttt"])
    grid = replace(grid, layout=replace(grid.layout, shown=((2, "EUR"),)))
    with pytest.raises(NeedsInput, match="two currencies are named"):
        currencies(grid)


def test_a_rejected_row_comes_back_with_the_currency_of_its_number_format(grid_of):
    rows = [*sheet("5.00"), ["C2", "2024-02-33", "6.50"]]
    grid = grid_of(rows, kind="xlsx", kinds=["ttt", "ttn", "ttn"])
    grid = replace(grid, layout=replace(grid.layout, shown=((2, "USD"),)))
    mapped = map_rows(grid, captions_profile(grid))
    assert mapped.written["c2"].tolist() == ["USD 5.00", "USD 6.50"]
    back = grid_of([HEADER, ["C2", "2024-02-03", mapped.written["c2"].iloc[1]]])
    assert currencies(back) == [(Decimal("6.50"), "USD")]


@pytest.mark.parametrize(
    "above", ["Amounts in thousands", "All figures in EUR thousands", "Angaben in Tsd. Euro",
              "Beträge in TEUR", "Values in EUR '000"],
)  # fmt: skip
def test_amounts_that_a_line_above_calls_thousands_are_asked(grid_of, above):
    with pytest.raises(NeedsInput, match="row 1 says"):
        currencies(grid_of(sheet("1.25", above=[[above]])))


def test_other_lines_above_say_nothing_of_thousands(grid_of):
    above = [["Thousand Oaks Ltd"], ["Customers in Tausend"], ["Payments in March 2024"]]
    assert currencies(grid_of(sheet("1.25", above=above))) == [(Decimal("1.25"), "")]


@pytest.mark.parametrize("name", ["US Dollar", "us dollars"])
def test_currencies_by_their_names_are_their_codes(grid_of, name):
    grid = grid_of(sheet(["5.00", name], header=[*HEADER, "Currency"]))
    assert currencies(grid) == [(Decimal("5.00"), "USD")]
