"""Rows by a profile: kinds, amounts, texts, continuation, patterns, templates."""

from decimal import Decimal

import pytest

from importer.errors import InputProblem
from importer.mapping import map_rows, source_rows
from importer.model import Bucket, Finding, Kind, Severity
from schemas.profile import parse_profile

HEADER = ["Day", "Who", "Sum", "Text"]
BASE = """
[header]
columns = ["Day", "Who", "Sum", "Text"]
[date]
column = "Day"
formats = "%d.%m.%Y"
[columns]
counterparty = "Who"
reference = "Text"
"""
SIGNED = (
    BASE
    + """
[amount]
column = "Sum"
decimal = ","
thousands = "."
"""
)


def mapped(grid_of, rows, toml=SIGNED, **options):
    return map_rows(grid_of(rows, **options), parse_profile(toml, "test"))


def listed(result, *names):
    import pyarrow as pa

    columns = [pa.array(result.frame[name]).to_pylist() for name in names]
    return list(zip(*columns, strict=True))


def test_a_header_is_found_below_a_preamble_and_beside_empty_columns(grid_of):
    rows = [["My bank"], [], ["", " DAY ", "who", "", "\uff33um", "text"],
            ["", "01.02.2024", "A", "", "1.234,5", "x"]]  # fmt: skip
    result = mapped(grid_of, rows)
    assert listed(result, "row", "counterparty", "amount") == [(4, "A", Decimal("1234.5"))]
    assert (result.found.first, result.found.last, result.index) == (1, 1, 2)
    assert [c.position for c in result.columns["amount"]] == [4]


def test_every_row_below_the_header_has_a_kind_and_a_reason(grid_of):
    toml = (
        SIGNED
        + """
[[skip]]
column = "Text"
words = ["Vorgemerkt"]
kind = "pending"
[[skip]]
pattern = "^Saldo"
kind = "balance"
reason = "the closing balance"
to_end = true
"""
    )
    rows = [HEADER, ["01.02.2024", "A", "5", ""], ["01.02.2024", "B", "-5", ""],
            ["02.02.2024", "C", "7", " vorgemerkt"], HEADER, ["", "just a note", "", ""],
            [], ["Saldo", "", "7", ""], ["02.02.2024", "D", "9", ""]]  # fmt: skip
    assert listed(mapped(grid_of, rows, toml), "row", "kind", "rule") == [
        (2, "incoming", ""),
        (3, "outgoing", "money paid, not received"),
        (4, "pending", "pending row: 'Text' is 'Vorgemerkt'"),
        (5, "other", "the header, repeated"),
        (6, "other", "a note: it has neither a date nor an amount"),
        (8, "balance", "the closing balance"),
        (9, "balance", "the closing balance"),
    ]


def test_what_cannot_be_read_stays_incoming_so_that_it_is_rejected(grid_of):
    rows = [HEADER, ["31.02.2024", "A", "5", ""], ["01.02.2024", "A", "12,50.0", ""],
            ["01.02.2024", "A", "", ""], ["", "A", "5", ""]]  # fmt: skip
    result = source_rows(mapped(grid_of, rows))
    assert {row.kind for row in result} == {Kind.INCOMING}
    assert {row.bucket for row in result} == {Bucket.REJECTED}
    assert [row.reason for row in result] == [
        "'31.02.2024' is no date", "'12,50.0' is no amount", "there is no amount",
        "there is no date",
    ]  # fmt: skip
    assert result[1].cells == ("01.02.2024", "A", "12,50.0", "")


TWO = (
    BASE
    + """
[amount]
credit = "Sum"
debit = "Text"
"""
)


@pytest.mark.parametrize(
    ("credit", "debit", "amount", "fault"),
    [
        ("5.00", "", "5", ""),
        ("", "5.00", "-5", ""),
        ("5", "0.00", "5", ""),
        ("0", "5", "-5", ""),
        ("0", "", "0", ""),
        ("0", "0", "0", ""),
        ("", "", None, ""),
        ("5", "6", None, "amount-two-sides"),
        ("-5", "", None, "amount-sign"),
        ("", "-5", None, "amount-sign"),
        ("x", "", None, "amount-unreadable"),
        ("", "x", None, "amount-unreadable"),
        ("5", "x", None, "amount-two-sides"),
    ],
)
def test_credit_and_debit_columns(grid_of, credit, debit, amount, fault):
    rows = [HEADER, ["01.02.2024", "A", credit, debit]]
    toml = TWO.replace('reference = "Text"\n', "")
    found = listed(mapped(grid_of, rows, toml), "amount", "amount_fault")
    assert found == [(None if amount is None else Decimal(amount), fault)]


def test_debit_amounts_that_carry_their_minus(grid_of):
    rows = [HEADER, ["01.02.2024", "A", "", "-5"], ["01.02.2024", "A", "", "5"]]
    toml = TWO.replace('debit = "Text"', 'debit = "Text"\nsigned_debit = true')
    assert listed(mapped(grid_of, rows, toml), "amount", "amount_fault", "amount_position") == [
        (Decimal(-5), "", 3),
        (None, "amount-sign", 3),
    ]


def test_words_for_the_direction(grid_of):
    toml = (
        BASE
        + """
[amount]
column = "Sum"
indicator = "Text"
received = ["CR"]
paid = ["", "DR"]
neither = ["/"]
marks = ["£"]
"""
    )
    rows = [HEADER, ["01.02.2024", "A", "£5", "cr"], ["01.02.2024", "A", "£5", ""],
            ["01.02.2024", "A", "5", "/"], ["01.02.2024", "A", "5", "XX"],
            ["01.02.2024", "A", "-5", "CR"]]  # fmt: skip
    assert listed(mapped(grid_of, rows, toml), "kind", "amount", "amount_fault") == [
        ("incoming", Decimal(5), ""),
        ("outgoing", Decimal(-5), ""),
        ("other", Decimal(5), ""),
        ("incoming", None, "direction-unknown"),
        ("incoming", None, "amount-sign"),
    ]


def test_a_card_view_turns_the_sign(grid_of):
    toml = SIGNED + 'positive = "paid"\n'
    rows = [HEADER, ["01.02.2024", "A", "-5", ""], ["01.02.2024", "A", "5", ""]]
    assert listed(mapped(grid_of, rows, toml), "kind", "amount") == [
        ("incoming", Decimal(5)),
        ("outgoing", Decimal(-5)),
    ]


def test_number_cells_have_a_point_whatever_the_profile_says(grid_of):
    rows = [HEADER, ["2024-02-01", "A", "1.234", ""], ["01.02.2024", "A", "1.234", ""]]
    result = mapped(grid_of, rows, kinds=["tttt", "dtn", "ttt"], kind="xlsx")
    assert listed(result, "amount") == [(Decimal("1.234"),), (Decimal(1234),)]
    assert result.cell(result.source("amount"), 2) == "C2"
    assert any("1 true dates and 1 written as text" in text for text in result.understood)


def test_text_that_continues_in_the_next_row(grid_of):
    toml = (
        SIGNED
        + """
[continuation]
column = "Text"
[[skip]]
pattern = "^END"
to_end = true
"""
    )
    rows = [HEADER, ["", "", "", "before"], ["01.02.2024", "A", "5", "one"],
            ["", "", "", "two"], ["", "", "", "three"], ["01.02.2024", "B", "6", "four"],
            ["END", "", "", ""], ["", "", "", "after"]]  # fmt: skip
    assert listed(mapped(grid_of, rows, toml), "row", "kind", "reference") == [
        (2, "other", "before"),
        (3, "incoming", "one two three"),
        (4, "other", "two"),
        (5, "other", "three"),
        (6, "incoming", "four"),
        (7, "other", ""),
        (8, "other", "after"),
    ]


def test_numbers_are_taken_out_of_text_only_where_they_are_certain(grid_of):
    toml = (
        SIGNED
        + r"""
[[extract]]
field = "invoice_number"
column = "Text"
pattern = '(?i)INV[- ]?([0-9]+)'
[[extract]]
field = "customer_number"
column = "Text"
pattern = 'C[0-9]{3}'
"""
    )
    rows = [HEADER] + [["01.02.2024", "A", "5", text] for text in
            ("pays inv-77", "INV77 inv 77", "INV1 and INV2", "C123 nothing", "none")]  # fmt: skip
    assert listed(mapped(grid_of, rows, toml), "invoice_number", "customer_number") == [
        ("77", ""), ("77", ""), ("", ""), ("", "C123"), ("", ""),
    ]  # fmt: skip


def test_templates_constants_currencies_blanks_and_dimensions(grid_of):
    toml = (
        """
blanks = ["-"]
"""
        + SIGNED
        + """
[columns.dimension]
AREA = "Who"
[constants]
currency = "EUR"
own_account = "NL00"
[templates]
description = "{counterparty}: {reference}"
document_number = "{posting_date}"
"""
    )
    rows = [HEADER, ["01.02.2024", "A", "5", "  x\n y "], ["01.02.2024", "-", "6", "-"]]
    result = mapped(grid_of, rows, toml)
    names = ("description", "document_number", "currency", "own_account", "dimension.AREA")
    assert listed(result, *names) == [
        ("A: x y", "2024-02-01", "EUR", "NL00", "A"),
        ("", "2024-02-01", "EUR", "NL00", ""),
    ]
    assert result.made == {"description", "document_number"}


def test_currencies_as_the_bank_writes_them(grid_of):
    toml = (
        SIGNED.replace('reference = "Text"', 'currency = "Text"')
        + """
[currencies]
"人民币" = "CNY"
"""
    )
    rows = [HEADER] + [["01.02.2024", "A", "5", text] for text in ("人民币", "cad", "")]
    assert listed(mapped(grid_of, rows, toml), "currency") == [("CNY",), ("CAD",), ("",)]


def test_two_columns_of_one_name_and_a_column_without_a_name(grid_of):
    toml = """
[header]
columns = ["Day", "Text", "Text"]
[date]
column = "Day"
formats = "%d.%m.%Y"
[amount]
column = 4
[columns]
reference = ["Text#2", "Text#1"]
"""
    rows = [["Day", "Text", "Text", ""], ["01.02.2024", "a", "b", "5"]]
    assert listed(mapped(grid_of, rows, toml), "reference", "amount") == [("b a", Decimal(5))]


TWO_ROWS = """
[header]
columns = ["Day booked", "Sum in EUR", "Text"]
rows = 2
[date]
column = "Day booked"
formats = "%d.%m.%Y"
[amount]
column = "Sum in EUR"
"""


def test_a_header_in_two_rows(grid_of):
    rows = [["Day", "Sum", "Text"], ["booked", "in EUR"], ["01.02.2024", "5", ""]]
    assert listed(mapped(grid_of, rows, TWO_ROWS), "row", "amount") == [(3, Decimal(5))]


def test_a_header_as_stated_counts_before_one_that_came_back_however_far_below(grid_of):
    back, far = ["Day booked", "Sum in EUR", "Text"], [["note", "", ""]] * 90
    rows = [back, *far, ["Day", "Sum", "Text"], ["booked", "in EUR"], ["01.02.2024", "5", ""]]
    result = mapped(grid_of, rows, TWO_ROWS)
    assert (result.found.first, result.found.last) == (91, 92)
    result = mapped(grid_of, [back, *far, ["01.02.2024", "5", ""]], TWO_ROWS)
    assert (result.found.first, result.found.last) == (0, 0)


def test_a_header_far_below_the_first_rows_is_found(grid_of):
    rows = [*([["note", "", "", ""]] * 90), HEADER, ["01.02.2024", "A", "5", ""]]
    assert mapped(grid_of, rows, SIGNED).found.first == 90


NONE = """
[header]
none = 3
[date]
column = 1
formats = "%Y-%m-%d"
[amount]
column = 3
"""


def test_a_file_without_a_header(grid_of):
    rows = [["2024-01-02", "x", "5"], ["2024-01-03", "y", "-6"]]
    result = mapped(grid_of, rows, NONE)
    assert listed(result, "row", "kind") == [(1, "incoming"), (2, "outgoing")]
    assert (result.found.last, result.index) == (-1, 0)
    with pytest.raises(InputProblem, match="3 columns without a header; the file has 4"):
        mapped(grid_of, [["2024-01-02", "x", "5", "z"]], NONE)


def test_errors_that_the_reader_saw_reject_in_the_preview(grid_of):
    def seen(row, position):
        return Finding("error-cell", Severity.ERROR, row, position, "", "an error cell", "Correct")

    rows = [[*HEADER, "More"], ["01.02.2024", "A", "5", ""], ["01.02.2024", "A", "5", "", "x"],
            ["", "A", "", ""]]  # fmt: skip
    toml = SIGNED.replace('"Text"]', '"Text"]\nmore = true')
    findings = (seen(2, "2"), seen(3, "4"), seen(4, "2"))
    result = source_rows(mapped(grid_of, rows, toml, findings=findings))
    assert [row.bucket for row in result] == [Bucket.REJECTED, None, Bucket.REJECTED]
    assert result[0].reason == "an error cell"


MARKED = (
    BASE
    + """
balance = "Left"
[amount]
column = "Sum"
thousands = ","
received_marks = ["CR", "Cr"]
paid_marks = ["DR"]
"""
).replace('"Text"]', '"Text", "Left"]')


def test_words_beside_the_digits_say_the_direction_of_amounts_and_balances(grid_of):
    rows = [[*HEADER, "Left"],
            ["01.02.2024", "A", "1,23,456.50 CR", "x", "1,23,456.50 Cr"],
            ["02.02.2024", "B", "DR 130,000.00", "x", "6,543.50DR"],
            ["03.02.2024", "C", "-5.00 DR", "x", "6,548.50 DR"],
            ["04.02.2024", "D", "5.00 CRD", "x", ""],
            ["05.02.2024", "E", "7.25", "x", ""]]  # fmt: skip
    result = mapped(grid_of, rows, MARKED)
    assert listed(result, "amount", "balance") == [
        (Decimal("123456.50"), Decimal("123456.50")),
        (Decimal(-130000), Decimal("-6543.50")),
        (None, Decimal("-6548.50")),  # a sign and a word
        (None, None),
        (Decimal("7.25"), None),
    ]
    assert "'CR' or 'Cr' is money received, 'DR' is money paid" in result.understood[1]


def test_amounts_without_a_mark_are_paid_where_plus_is_paid(grid_of):
    toml = MARKED.replace('paid_marks = ["DR"]', 'positive = "paid"')
    rows = [[*HEADER, "Left"], ["01.02.2024", "A", "20.00 CR", "", ""],
            ["02.02.2024", "B", "30.00", "", ""]]  # fmt: skip
    assert listed(mapped(grid_of, rows, toml), "amount") == [(Decimal(20),), (Decimal(-30),)]


def test_a_payment_without_a_day_has_that_of_the_row_above_where_the_profile_says_so(grid_of):
    rows = [HEADER, ["", "", "1,0", "no day above"], ["01.02.2024", "A", "2,0", ""],
            ["", "B", "3,0", ""], ["", "", "", "a note"], ["", "C", "4,0", ""],
            ["soon", "D", "5,0", ""], ["", "E", "6,0", ""]]  # fmt: skip
    days = [str(day) for (day,) in listed(mapped(grid_of, rows), "posting_date")]
    assert days == ["None", "2024-02-01", *["None"] * 5]
    carried = mapped(grid_of, rows, SIGNED.replace('"Day"\n', '"Day"\ncarry = true\n', 1))
    days = [str(day) for (day,) in listed(carried, "posting_date")]
    assert days == ["None", *["2024-02-01"] * 2, "None", "2024-02-01", "None", "None"]
    assert listed(carried, "posting_date_text")[-1] == ("soon",)


def test_a_day_that_a_workbook_stores_is_carried_as_well(grid_of):
    rows = [HEADER, ["2024-02-01", "A", "2", ""], ["", "B", "3", ""]]
    toml = SIGNED.replace('"Day"\n', '"Day"\ncarry = true\n', 1)
    found = mapped(grid_of, rows, toml, kinds=["tttt", "dtne", "etne"], kind="xlsx")
    assert [str(day) for (day,) in listed(found, "posting_date")] == ["2024-02-01"] * 2
