"""Which columns of a sheet of captions hold the money that was paid."""

from decimal import Decimal

import pytest

from importer.errors import NeedsInput, UsageProblem
from importer.mapping import captions_profile, map_rows, source_rows
from importer.model import Kind
from importer.validation import validate


def read(grid_of, rows, **options):
    grid = grid_of(rows)
    found = captions_profile(grid, **options)
    assert found is not None
    return source_rows(map_rows(grid, found))


def amounts(grid_of, header, *rows, **options):
    """Return the amounts of rows that are a customer, a day, and what stands below `header`."""
    every = [["C1", "2024-02-13", *row] for row in rows]
    found = read(grid_of, [["Customer No.", "Posting Date", *header], *every], **options)
    return [None if row.amount is None else str(row.amount) for row in found]


SIDES = [["Debit Amount", "Credit Amount"], ["Soll", "Haben"], ["Debit", "Credit"],
         ["Debit Amount (LCY)", "Credit Amount (LCY)"]]  # fmt: skip


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("sign", ["", "-"])
def test_two_columns_of_both_sides_come_before_an_amount(grid_of, sides, sign):
    rows = [["", "249.90", f"{sign}249.90"], ["20.00", "", "20.00"]]
    assert amounts(grid_of, [*sides, "Amount"], *rows) == ["249.90", "-20.00"]
    zeros = [["0.00", "249.90", "249.90"], ["20.00", "0.00", "20.00"]]
    assert amounts(grid_of, [*sides, "Betrag"], *zeros) == ["249.90", "-20.00"]


def test_a_side_of_zeros_is_one_as_well(grid_of):
    header = ["Debit", "Credit", "Amount"]
    assert amounts(grid_of, header, ["1", "0", "1"], ["20.00", "0", "20.00"]) == ["-1.00", "-20.00"]


@pytest.mark.parametrize("amount", ["20.00", "0.00"])
def test_an_amount_of_another_size_than_both_sides_is_asked_about(grid_of, amount):
    header = ["Debit Amount", "Credit Amount", "Amount"]
    with pytest.raises(NeedsInput, match="row 2 has two amounts of different size") as caught:
        amounts(grid_of, header, ["", "249.90", amount])
    assert caught.value.readings[0] == "'Credit Amount' and 'Debit Amount': 249.9"


def test_sides_without_money_leave_the_amount(grid_of):
    header = ["Debit Amount", "Credit Amount", "Amount"]
    assert amounts(grid_of, header, ["", "", "5.00"], ["0.00", "", "6.00"]) == ["5.00", "6.00"]
    assert amounts(grid_of, ["Soll", "Haben", "Amount"], ["1200", "see note", "5.00"]) == ["5.00"]


def test_a_total_of_both_sides_is_not_compared(grid_of):
    header = ["Customer No.", "Posting Date", "Debit Amount", "Credit Amount", "Amount"]
    rows = [["C1", "2024-02-13", "", "5.00", "5.00"], ["C2", "2024-02-13", "2.00", "", "2.00"],
            ["Total", "", "2.00", "5.00", "7.00"]]  # fmt: skip
    kinds = [row.kind for row in read(grid_of, [header, *rows])]
    assert kinds == [Kind.INCOMING, Kind.OUTGOING, Kind.TOTAL]


PAID = ["Payment Amount", "Zahlungsbetrag", "Amount received", "Amount paid", "Paid amount",
        "Payment received", "Bezahlter Betrag", "Payment", "Zahlung", "bezahlt", "Paid",
        "Received", "Zahlungseingang"]  # fmt: skip


@pytest.mark.parametrize("paid", PAID)
@pytest.mark.parametrize("bare", ["Amount", "Betrag", "Amount (LCY)"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_amount_that_was_paid_comes_before_that_of_the_invoice(grid_of, paid, bare, turned):
    columns = [(bare, "1,500.00", "50.00"), (paid, "100.00", "50.00")]
    header, *rows = map(list, zip(*(reversed(columns) if turned else columns), strict=True))
    assert amounts(grid_of, header, *rows) == ["100.00", "50.00"]


@pytest.mark.parametrize("cells", [["yes", "no"], ["2024-02-01", "2024-02-02"], ["", ""],
                                   ["PayPal 5.00", "2.00"], ["1", "0"],
                                   ["20240201", "20240202"], ["0.00", "0.00"]])  # fmt: skip
@pytest.mark.parametrize("name", ["Payment", "Paid", "Payment Amount"])
def test_a_column_of_no_money_is_no_amount_whatever_its_name(grid_of, name, cells):
    rows = [["5.00", cells[0]], ["6.00", cells[1]]]
    assert amounts(grid_of, ["Amount", name], *rows) == ["5.00", "6.00"]


def test_whole_numbers_may_be_amounts_and_are_asked_about(grid_of):
    header, rows = ["Amount", "Payment"], [["5.00", "4"], ["6.00", "6"]]
    with pytest.raises(NeedsInput, match=r"first in row 2: 'Amount': 5\.00; 'Payment': 4"):
        amounts(grid_of, header, *rows)
    assert amounts(grid_of, header, *rows, amount_column="payment") == ["4.00", "6.00"]
    assert amounts(grid_of, header, *rows, amount_column="3") == ["5.00", "6.00"]
    with pytest.raises(UsageProblem, match="--amount-column: there is no column 'Paid'"):
        amounts(grid_of, header, *rows, amount_column="Paid")


def test_two_amounts_that_were_paid_are_asked_about_where_they_differ(grid_of):
    header = ["Amount", "Amount paid", "Amount received"]
    assert amounts(grid_of, header, ["9.00", "5.00", "5.00"]) == ["5.00"]
    with pytest.raises(NeedsInput, match=r"'Amount paid': 5\.00; 'Amount received': 4\.00"):
        amounts(grid_of, header, ["9.00", "5.00", "4.00"])


def test_an_amount_in_local_currency_is_none_of_another_currency(grid_of):
    header = ["Amount (LCY)", "Currency Code"]
    assert amounts(grid_of, header, ["92.00", ""]) == ["92.00"]
    with pytest.raises(NeedsInput, match=r"in the column 'Amount \(LCY\)' and USD in the column"):
        amounts(grid_of, header, ["92.00", ""], ["92.00", "USD"])
    both = ["Amount (LCY)", "Currency Code", "Amount"]
    assert amounts(grid_of, both, ["92.00", "USD", "100.00"]) == ["100.00"]


def test_the_answer_settles_what_a_negative_amount_is(grid_of):
    rows = [["Customer No.", "Posting Date", "Amount"], ["C1", "2024-02-03", "-5.00"]]
    (taken,) = read(grid_of, rows, positive="paid")
    assert (taken.kind, taken.amount) == (Kind.INCOMING, Decimal("5.00"))
    (left,) = read(grid_of, rows, positive="received")
    assert (left.kind, left.amount) == (Kind.OUTGOING, Decimal("-5.00"))


def test_the_question_does_not_speak_for_what_cannot_be_read(grid_of):
    header = ["Customer No.", "Posting Date", "Amount"]
    rows = [header, ["C1", "2024-02-03", "-5.00"], ["C2", "2024-02-03", "x5"]]
    with pytest.raises(NeedsInput, match="every amount of a payment that can be read in the"):
        captions_profile(grid_of(rows))


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["1.249,-", "100,--", "€ 5,-"], ["1249.00", "100.00", "5.00"]),
        (["-1.249,-", "100,- €", "5,50"], ["-1249.00", "100.00", "5.50"]),
        (["CHF 1'249.-", "CHF 100.\u2013"], ["1249.00", "100.00"]),
    ],
)
def test_a_dash_in_the_place_of_the_cents_is_no_minus(grid_of, texts, found):
    assert amounts(grid_of, ["Amount"], *([text] for text in texts)) == found


@pytest.mark.parametrize("text", ["1.249.-", "1,2,-", ",-", "5,-5", "5,-2-"])
def test_other_dashes_are_no_amounts(grid_of, text):
    assert amounts(grid_of, ["Amount"], ["5,00"], [text]) == ["5.00", None]


def test_a_stored_number_of_many_digits_has_too_many_decimals(grid_of):
    rows = [["Customer No.", "Posting Date", "Amount"], ["C1", "2024-02-03", "33.3333333333333"]]
    grid = grid_of(rows, kind="xlsx", kinds=["ttt", "ttn"])
    mapped = map_rows(grid, captions_profile(grid))
    assert mapped.frame["amount_fault"].tolist() == [""]
    (finding,) = validate(mapped).findings
    assert (finding.code, finding.remedy) == ("amount-decimals", "Round it to what was paid.")


@pytest.mark.parametrize(
    ("less", "net"), [("Bank Charges", "Net Received"), ("Discount", "Net Amount"), ("x", "Netto")]
)
def test_what_came_after_charges_or_discounts_is_asked_beside_the_amount(grid_of, less, net):
    header = ["Customer No.", "Posting Date", "Amount", less, net]
    grid = grid_of([header, ["C1", "2024-02-13", "1250.00", "10.00", "1240.00"]])
    if less == "x":  # net of a tax
        assert captions_profile(grid).amount.column == 3
        return
    with pytest.raises(NeedsInput, match=f"'Amount': 1250.00; '{net}': 1240.00"):
        captions_profile(grid)
    assert captions_profile(grid, amount_column="Amount").amount.column == 3


SIDES_HEADER = ["Customer No.", "Posting Date", "Amount"]


def _signed(grid_of, *amounts):
    rows = [SIDES_HEADER, *(["C1", "2024-02-13", amount] for amount in amounts)]
    grid = grid_of(rows)
    profile = captions_profile(grid)
    assert profile is not None
    found = source_rows(map_rows(grid, profile))
    return [None if row.amount is None else f"{row.amount}" for row in found]


@pytest.mark.parametrize(
    ("amounts", "read"),
    [
        (("1,250.00 CR", "300.00 DR", "7.50CR"), ["1250.00", "-300.00", "7.50"]),
        (("1.250,00 Cr", "0", ""), ["1250.00", "0.00", None]),
        (("12.50 CR", "7.50"), [None, "7.50"]),
        (("1.250,-", "45,\u2013", "3,50"), ["1250.00", "45.00", "3.50"]),
        (("1'250.--", "45.20"), ["1250.00", "45.20"]),
    ],
)
def test_words_for_the_side_and_dashes_for_cents_behind_amounts(grid_of, amounts, read):
    assert _signed(grid_of, *amounts) == read


def test_sides_behind_the_amounts_are_no_currency(grid_of):
    rows = [SIDES_HEADER, ["C1", "2024-02-13", "12.50 CR"]]
    profile = captions_profile(grid_of(rows))
    assert (profile.amount.marks, profile.constants.currency) == ((), "")
    assert (profile.amount.received_marks, profile.amount.paid_marks) == (("CR",), ())
