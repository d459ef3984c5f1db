"""Subtotals, footers and second header lines are no payments; an amount needs a proof for that."""

import pytest

from importer.errors import NeedsInput
from importer.mapping import captions_profile, map_rows, source_rows
from importer.model import Bucket, Kind
from importer.reports.language import reason_text, speaking

HEADER = ["Customer No.", "Posting Date", "Amount", "Invoice No."]
ONE, TWO, THREE = (
    ["C1", "2024-02-13", "5.00", "I1"],
    ["C1", "2024-02-14", "6.00", "I2"],
    ["C2", "2024-02-15", "7.00", "I3"],
)
SUM, NOTE = "the sum of rows above it", "a note, not a payment"


def read(grid_of, *rows, header=HEADER):
    grid = grid_of([header, *rows])
    return source_rows(map_rows(grid, captions_profile(grid)))


def told(found):
    return [row.reason if row.kind is not Kind.INCOMING else row.bucket for row in found]


@pytest.mark.parametrize(
    "label", ["{} Total", "{} Ergebnis", "{} Summe", "{} Totaal", "Total {}", "Zwischensumme {}"]
)
@pytest.mark.parametrize("column", [0, 1, 3])
def test_subtotals_with_the_number_of_their_group_are_totals(grid_of, label, column):
    def total(group, amount):
        row = ["", "", amount, ""]
        row[column] = label.format(group)
        return row

    rows = [ONE, TWO, total("10001", "11.00"), THREE, total("10002", "7.00"),
            total("2024", "18.00")]  # fmt: skip
    assert told(read(grid_of, *rows)) == [None, None, SUM, None, SUM, SUM]
    with speaking("de"):
        assert reason_text(SUM) == "die Summe von Zeilen darüber"


def test_what_is_not_the_sum_of_rows_above_does_not_vanish(grid_of):
    rows = [ONE, TWO, ["10001 Total", "", "10.00", ""], THREE]
    assert told(read(grid_of, *rows)) == [None, None, Bucket.REJECTED, None]
    same = [ONE, ["Total 1", "", "5.00", ""], TWO, ["Total 1", "", "9.00", ""]]
    assert told(read(grid_of, *same)) == [None, Bucket.REJECTED, None, Bucket.REJECTED]


@pytest.mark.parametrize(
    "text",
    ["Page 1 of 2", "Seite 1 von 1", "Erstellt am 15.02.2026 von Müller", "Anzahl: 2", "Übertrag",
     "End of report", "Number of payments: 2"],
)  # fmt: skip
@pytest.mark.parametrize("column", range(4))
def test_footers_are_notes_wherever_they_stand(grid_of, text, column):
    row = ["", "", "", ""]
    row[column] = text
    if column != 2:  # below the amounts it is an amount that cannot be read
        assert told(read(grid_of, ONE, row, TWO)) == [None, NOTE, None]


def test_what_is_carried_forward_is_no_payment(grid_of):
    over = ["", "Übertrag", "11.00", ""]
    rows = [ONE, TWO, over, over, THREE, ["2", "Anzahl", "18.00", ""]]
    assert told(read(grid_of, *rows)) == [None, None, SUM, SUM, None, SUM]
    assert told(read(grid_of, ONE, ["", "Übertrag", "4.00", ""]))[1] is Bucket.REJECTED


@pytest.mark.parametrize("row", [["C2", "", "", ""], ["", "31.02.2024", "", ""],
                                 ["C2", "soon", "", ""], ["", "soon", "5.00", ""],
                                 ["", "#N/A", "", ""], ["", "", "", "I9"]])  # fmt: skip
def test_what_may_be_a_payment_that_lacks_something_is_no_note(grid_of, row):
    assert told(read(grid_of, ONE, row, TWO)) == [None, Bucket.REJECTED, None]


def test_a_text_that_a_payment_has_for_its_day_is_no_note(grid_of):
    rows = [ONE, ["", "soon", "", ""], ["C2", "soon", "5.00", ""]]
    assert told(read(grid_of, *rows)) == [None, Bucket.REJECTED, Bucket.REJECTED]


@pytest.mark.parametrize("row", [["No.", "", "EUR", ""], ["", "", "EUR", ""],
                                 ["Nr.", "", "", "Nr."]])  # fmt: skip
def test_a_second_line_of_the_header_is_no_payment(grid_of, row):
    found = read(grid_of, row, ONE)
    assert told(found) == ["a second line of the header", None]
    assert found[1].currency == row[2]


@pytest.mark.parametrize("row", [["C1", "", "EUR", ""], ["No.", "", "5.00", ""],
                                 ["No.", "2024-02-13", "EUR", ""]])  # fmt: skip
def test_a_first_row_that_may_be_a_payment_is_no_header(grid_of, row):
    assert told(read(grid_of, row, ONE))[0] is Bucket.REJECTED


def described(label, *rows):
    """Return rows with a description, and one with a day and this label for another."""
    return [[*ONE, "a"], [*TWO, "b"], ["C1", "2024-02-14", "11.00", "", label], *rows]


DESCRIBED = [*HEADER, "Description"]


@pytest.mark.parametrize("label", ["Total customer 10001", "Subtotal 1", "Zwischensumme 10001"])
def test_a_sum_of_rows_above_is_a_total_with_a_day_as_well(grid_of, label):
    rows = described(label, [*THREE, "c"], [*THREE, label.replace("1", "2")])
    rows[-1][2] = "18.00"
    found = told(read(grid_of, *rows, header=DESCRIBED))
    assert found == [None, None, SUM, None, SUM]


def test_a_total_with_a_day_in_the_place_of_the_payer_is_one_or_asked(grid_of):
    total = ["10001 Total", "2024-02-14", "11.00", ""]
    assert told(read(grid_of, ONE, TWO, total, THREE)) == [None, None, SUM, None]
    total[2] = "10.00"
    with pytest.raises(NeedsInput, match="row 4 has a day and is called '10001 Total'"):
        read(grid_of, ONE, TWO, total, THREE)


@pytest.mark.parametrize(
    "text", ["Total payment for March", "Total 5 crates", "Balance payment", "Final balance of I3"]
)
def test_stories_of_payments_are_no_totals(grid_of, text):
    assert told(read(grid_of, *described(text), header=DESCRIBED)) == [None] * 3


@pytest.mark.parametrize("label", ["Opening balance", "Balance carried forward", "Saldovortrag"])
def test_a_balance_is_none_of_the_payments_and_asked_where_it_names_a_payer(grid_of, label):
    rows = [[*ONE, "a"], ["", "2024-02-14", "50.00", "", label], [*TWO, "b"]]
    found = read(grid_of, *rows, header=DESCRIBED)
    assert [row.kind for row in found] == [Kind.INCOMING, Kind.BALANCE, Kind.INCOMING]
    totals = [["C1", "2024-02-15", amount, "", "Total 1"] for amount in ("11.00", "61.00")]
    for total in totals:
        assert told(read(grid_of, *rows, total, header=DESCRIBED))[3] == SUM
    rows[1][0] = "C1"
    with pytest.raises(NeedsInput, match="has a day and is called"):
        read(grid_of, *rows, header=DESCRIBED)
