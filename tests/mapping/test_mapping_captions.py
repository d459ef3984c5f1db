"""Sheets with the server's captions: no profile, and never a guess."""

from datetime import date
from decimal import Decimal

import pytest

from importer.errors import InputProblem, NeedsInput, UsageProblem
from importer.mapping import adjusted, captions_profile, has_captions, map_rows, source_rows
from importer.model import Bucket, Kind, Says
from schemas.profile import parse_profile

HEADER = ["Customer No.", "Posting Date", "Amount"]


def read(grid_of, rows, **options):
    grid = grid_of(rows)
    found = captions_profile(grid, **options)
    assert found is not None
    return source_rows(map_rows(grid, found))


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (["customerNumber", "postingDate", "amount"], {"customer_number"}),
        (["CUSTOMER NO", "posting_date", "Amount", "External  Document No."],
         {"customer_number", "external_document_number"}),
        (["Account No.", "Posting Date", "Amount", "Applies-to Doc. No.", "Description"],
         {"customer_number", "invoice_number", "description"}),
        (["Debitorennr.", "Buchungsdatum", "Betrag", "Externe Belegnummer", "Beschreibung"],
         {"customer_number", "external_document_number", "description"}),
        (["appliesToInvoiceId", "postingDate", "amount", "comment"], {"invoice_id", "comment"}),
    ],
)  # fmt: skip
def test_headers_in_any_case_and_spacing(grid_of, header, fields):
    values = {"postingDate": "2024-03-13", "amount": "1.50"}
    row = [values.get(name, "x") for name in header]
    row[1], row[2] = "2024-03-13", "1.50"
    found = captions_profile(grid_of([["a title"], header, row]))
    assert {name for name in found.columns.__struct_fields__
            if getattr(found.columns, name) not in (None, {})} == fields  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        ["Date", "Amount", "Account", "Counterparty", "Name", "Description"],
        ["Transaction Date", "Amount", "Customer"],
        ["id", "created", "amount", "customer_id", "invoice_id"],
        ["Customer No.", "Name", "City"],
    ],
)
def test_other_files_are_left_to_profiles(grid_of, header):
    assert captions_profile(grid_of([header, ["1"] * len(header)])) is None


NAMES = ["Schmidt GmbH", "Müller & Söhne KG", "Jane Doe", "Amazon"]


@pytest.mark.parametrize("caption", ["Customer", "Kunde", "Debitor"])
def test_names_below_a_caption_of_customers_are_no_numbers(grid_of, caption):
    rows = [["2026-02-28", name, "1.50", f"RE-{at}"] for at, name in enumerate(NAMES)]
    header = ["Posting Date", caption, "Amount", "Invoice No."]
    without = grid_of([header[:3], *(row[:3] for row in rows)])
    assert captions_profile(without) is None
    assert has_captions(without)  # rows that are yet to be read may be numbers
    assert [(row.customer_number, row.counterparty) for row in read(grid_of, [header, *rows])] == [
        ("", name) for name in NAMES
    ]


@pytest.mark.parametrize("number", ["10000", "MÜLLER KG", "Mueller", "Schmidt GmbH 2", ""])
def test_what_may_be_a_number_below_a_caption_of_customers_is_one(grid_of, number):
    rows = [["Posting Date", "Kunde", "Amount"], ["2026-02-28", number, "1.50"]]
    assert [row.customer_number for row in read(grid_of, rows)] == [number]


def test_evidence_in_one_row_decides_the_column(grid_of):
    rows = [HEADER, ["C1", "03/02/2024", "1,234.50"], ["C2", "13/02/2024", "2,000"]]
    assert [(row.posting_date, row.amount) for row in read(grid_of, rows)] == [
        (date(2024, 2, 3), Decimal("1234.50")),
        (date(2024, 2, 13), Decimal("2000.00")),
    ]
    rows = [HEADER, ["C1", "03/02/2024", "1.234,50"], ["C2", "02/13/2024", "2.000"]]
    assert [(row.posting_date, row.amount) for row in read(grid_of, rows)] == [
        (date(2024, 3, 2), Decimal("1234.50")),
        (date(2024, 2, 13), Decimal("2000.00")),
    ]


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (["24.02.13", "24.02.25"], date(2024, 2, 13)),
        (["13.02.24", "25.02.24"], date(2024, 2, 13)),
        (["24.02.13", "2.3.24"], date(2013, 2, 24)),
    ],
)
def test_short_years_with_dots_are_where_the_rows_span_no_decades(grid_of, dates, first):
    rows = [HEADER, *([f"C{at}", day, "1.50"] for at, day in enumerate(dates))]
    assert read(grid_of, rows)[0].posting_date == first


@pytest.mark.parametrize("dates", [["24.02.26", "24.02.27"], ["31.01.24"]])
def test_short_years_with_dots_that_may_come_first_are_asked(grid_of, dates):
    rows = [HEADER, *([f"C{at}", day, "1.50"] for at, day in enumerate(dates))]
    with pytest.raises(NeedsInput, match="can be read in 2 ways"):
        read(grid_of, rows)
    rows[0] = ["Debitorennr.", "Buchungsdatum", "Betrag"]
    day, month, year = map(int, dates[0].split("."))
    assert read(grid_of, rows)[0].posting_date == date(2000 + year, month, day)


@pytest.mark.parametrize(
    ("dates", "amounts", "readings"),
    [
        (["03/02/2024", "04/02/2024"], ["1.50", "2"],
         ["--date-format '%d/%m/%Y': '03/02/2024' is 3 February 2024",
          "--date-format '%m/%d/%Y': '03/02/2024' is 2 March 2024"]),
        (["13/02/2024", "02/13/2024"], ["1.50", "2"],
         ["--date-format '%d/%m/%Y': '13/02/2024' is 13 February 2024",
          "--date-format '%m/%d/%Y': '13/02/2024' is a fault"]),
        (["2024-02-03", "2024-02-04"], ["1,234", "2"],
         ["--decimal '.': '1,234' is 1234", "--decimal ',': '1,234' is 1.234"]),
        (["2024-02-03", "2024-02-04"], ["1,50", "1.50"],
         ["--decimal '.': '1,50' is a fault", "--decimal ',': '1,50' is 1.5"]),
    ],
)  # fmt: skip
def test_what_is_not_decided_is_asked_with_both_readings(grid_of, dates, amounts, readings):
    rows = [HEADER] + [["C1", *pair] for pair in zip(dates, amounts, strict=True)]
    with pytest.raises(NeedsInput) as caught:
        captions_profile(grid_of(rows))
    assert list(caught.value.readings) == readings
    assert all(reading in str(caught.value) for reading in readings)


def test_the_answer_settles_the_question(grid_of):
    rows = [HEADER, ["C1", "03/02/2024", "1,234"]]
    american = read(grid_of, rows, date_format="%m/%d/%Y", decimal=".")
    assert (american[0].posting_date, american[0].amount) == (date(2024, 3, 2), Decimal("1234.00"))
    european = read(grid_of, rows, date_format="%d/%m/%Y", decimal=",")
    assert (european[0].posting_date, european[0].amount) == (date(2024, 2, 3), Decimal("1.234"))
    with pytest.raises(UsageProblem, match="--date-format: '%d/%m' has no year"):
        captions_profile(grid_of(rows), date_format="%d/%m")


def test_equal_day_and_month_need_no_question(grid_of):
    assert read(grid_of, [HEADER, ["C1", "03/03/2024", "5"]])[0].posting_date == date(2024, 3, 3)


def test_amounts_that_are_all_negative_are_a_question(grid_of):
    with pytest.raises(NeedsInput, match="every amount in the column 'Amount' is negative"):
        captions_profile(grid_of([HEADER, ["C1", "2024-02-03", "-5"]]))
    mixed = read(grid_of, [HEADER, ["C1", "2024-02-03", "-5"], ["C2", "2024-02-03", "5"]])
    assert [row.kind for row in mixed] == [Kind.OUTGOING, Kind.INCOMING]


def test_a_currency_mark_is_that_of_all_and_several_are_those_of_their_rows(grid_of):
    rows = [HEADER, ["C1", "2024-02-03", "€ 5"], ["C2", "2024-02-03", "6.5"]]
    assert [(row.amount, row.currency) for row in read(grid_of, rows)] == [
        (Decimal("5.00"), "EUR"),
        (Decimal("6.50"), "EUR"),
    ]
    rows = [HEADER, ["C1", "2024-02-03", "€ 5"], ["C2", "2024-02-03", "$ 6.5"]]
    assert [(row.amount, row.currency) for row in read(grid_of, rows)] == [
        (Decimal("5.00"), "EUR"),
        (Decimal("6.50"), "$"),
    ]


@pytest.mark.parametrize(
    "remark", ["SEE NOTE", "PENDING", "TBD", "#DIV/0!", "SUMME 5,00", "Σ EURO 5"]
)
def test_capitals_in_a_remark_are_no_currency(grid_of, remark):
    rows = [HEADER, ["C1", "2024-02-03", "5.00"], ["C2", "2024-02-04", remark]]
    first, other = read(grid_of, rows)
    assert (first.amount, first.currency, first.bucket) == (Decimal("5.00"), "", None)
    assert (other.currency, other.bucket) == ("", Bucket.REJECTED)


def test_an_amount_without_a_code_does_not_take_that_of_another(grid_of):
    rows = [HEADER, ["C1", "2024-02-03", "150.00"], ["C2", "2024-02-03", "12.50 USD"]]
    assert [(row.currency, row.bucket) for row in read(grid_of, rows)] == [
        ("", None),
        ("USD", None),
    ]
    rows[1][2] = "USD 150.00"
    assert {(row.currency, row.bucket) for row in read(grid_of, rows)} == {("USD", None)}


def test_a_total_below_the_rows_is_no_payment_but_a_customer_called_total_is(grid_of):
    rows = [["Customer No.", "Customer Name", "Posting Date", "Amount"],
            ["C1", "Total", "2024-02-03", "5"], ["Total", "", "", "5"]]  # fmt: skip
    assert [row.kind for row in read(grid_of, rows)] == [Kind.INCOMING, Kind.TOTAL]


@pytest.mark.parametrize(
    "label",
    ["Total", "TOTAL:", "Sum", "Summe", "Summe EUR", "Zwischensumme", "Gesamtbetrag", "Grand Total",
     "Total général", "合计"],
)  # fmt: skip
@pytest.mark.parametrize("column", [0, 1])
def test_a_total_in_the_place_of_a_date_or_customer_is_printed_and_no_payment(
    grid_of, label, column
):
    total = ["", "", "11"]
    total[column] = label
    rows = [HEADER, ["C1", "2024-02-03", "5"], ["C2", "2024-02-04", "6"], total]
    assert [row.kind for row in read(grid_of, rows)] == [Kind.INCOMING] * 2 + [Kind.TOTAL]
    grid = grid_of(rows)
    (one,) = map_rows(grid, captions_profile(grid)).stated
    assert (one.says, one.value, one.row) == (Says.TOTAL, Decimal("11.00"), 4)


def test_a_customer_whose_number_is_a_word_of_totals_pays(grid_of):
    rows = [HEADER, ["TOTAL", "2024-02-03", "5"], ["C2", "2024-02-04", "6"]]
    assert [row.kind for row in read(grid_of, rows)] == [Kind.INCOMING] * 2


@pytest.mark.parametrize("label", ["Total", "TOTAL:", "Summe", "Gesamtsumme", "Grand Total"])
@pytest.mark.parametrize("column", ["Customer No.", "Invoice No."])
def test_a_total_with_a_day_is_told_by_its_sum(grid_of, label, column):
    header = [column, "Posting Date", "Amount"]
    rows = [["C1", "2024-02-03", "5"], ["C2", "2024-02-04", "6"], [label, "2024-02-04", "11"]]
    assert [row.kind for row in read(grid_of, [header, *rows])] == [
        Kind.INCOMING, Kind.INCOMING, Kind.TOTAL,
    ]  # fmt: skip


def test_subtotals_with_a_day_and_the_total_of_money_received_are_totals(grid_of):
    rows = [["C1", "2024-02-03", "5"], ["C2", "2024-02-03", "6"], ["Subtotal", "2024-02-03", "11"],
            ["C1", "2024-02-04", "7"], ["C2", "2024-02-04", "-2"], ["Subtotal", "2024-02-04", "5"],
            ["Total", "2024-02-04", "18"]]  # fmt: skip
    kinds = [row.kind for row in read(grid_of, [HEADER, *rows])]
    assert [at for at, kind in enumerate(kinds) if kind == Kind.TOTAL] == [2, 5, 6]


def test_a_total_with_a_day_of_two_columns(grid_of):
    header = ["Customer No.", "Posting Date", "Debit Amount", "Credit Amount"]
    rows = [["C1", "2024-02-03", "", "5"], ["C2", "2024-02-03", "6", ""],
            ["C3", "2024-02-03", "", "4"], ["Total", "2024-02-03", "6", "9"]]  # fmt: skip
    assert read(grid_of, [header, *rows])[-1].kind != Kind.INCOMING


def test_a_last_row_called_total_that_is_no_sum_is_asked(grid_of):
    rows = [HEADER, ["C1", "2024-02-03", "5"], ["C2", "2024-02-04", "6"]]
    with pytest.raises(NeedsInput, match="row 4 is called 'Total'"):
        read(grid_of, [*rows, ["Total", "2024-02-04", "12"]])
    with pytest.raises(NeedsInput, match="row 3 is called 'Total'"):
        read(grid_of, [*rows[:2], ["Total", "2024-02-04", "5"]])
    with pytest.raises(NeedsInput, match="row 3 is called 'Total'"):
        read(grid_of, [*rows[:2], ["Total", "2024-02-04", "5"], rows[2]])
    rows[1:1] = [["Total", "2024-02-03", "4"]]
    with pytest.raises(NeedsInput, match="row 5 is called 'Total'"):
        read(grid_of, [*rows, ["Total", "2024-02-04", "15"]])


@pytest.mark.parametrize("name", ["Total Energies", "Summit", "Sumo Ltd", "Somme Frères"])
def test_a_payer_whose_name_begins_like_a_total_pays(grid_of, name):
    rows = [HEADER, ["C1", "2024-02-03", "5"], [name, "2024-02-04", "5"]]
    assert [row.kind for row in read(grid_of, rows)] == [Kind.INCOMING] * 2


def test_a_row_that_only_names_a_customer_is_not_dropped(grid_of):
    rows = [HEADER, ["C1", "2024-02-03", "5"], ["C2", "", ""]]
    assert [row.bucket for row in read(grid_of, rows)] == [None, Bucket.REJECTED]


def test_credit_and_debit_columns(grid_of):
    rows = [["Customer No.", "Posting Date", "Debit Amount", "Credit Amount"],
            ["C1", "2024-02-03", "", "5"], ["C2", "2024-02-03", "6", ""]]  # fmt: skip
    assert [row.amount for row in read(grid_of, rows)] == [Decimal("5.00"), Decimal("-6.00")]


def test_the_user_may_correct_a_profile():
    profile = parse_profile(
        '[header]\ncolumns=["D","A"]\n[date]\ncolumn="D"\nformats="%d/%m/%Y"\n'
        '[amount]\ncolumn="A"\nthousands=","\n',
        "p",
    )
    other = adjusted(profile, date_format="%m/%d/%Y", decimal=",")
    assert other.date.formats == "%m/%d/%Y"
    assert (other.amount.decimal, "," in other.amount.thousands) == (",", False)
    assert adjusted(profile) == profile


def test_a_banks_export_with_general_names_is_left_to_profiles(grid_of):
    header = ["Account No", "Type", "Date", "Details", "Amount", "Currency", "D/K", "Record"]
    row = ["LT35", "20", "2024-03-13", "x", "5.00", "EUR", "D", "1"]
    assert captions_profile(grid_of([header, row])) is None
    header = ["Date", "Amount", "Customer No.", "Region"]
    assert captions_profile(grid_of([header, ["2024-03-13", "5.00", "C1", "N"]]))


def test_lines_of_a_ledger_that_pay_nothing_are_skipped(grid_of):
    rows = [["Posting Date", "Document Type", "Account Type", "Account No.", "Amount"],
            ["2024-03-13", "Payment", "Customer", "C1", "5.00"],
            ["2024-03-13", "Invoice", "Customer", "C1", "6.00"],
            ["2024-03-13", "", "G/L Account", "2910", "7.00"]]  # fmt: skip
    found = read(grid_of, rows)
    assert [(row.kind, row.reason) for row in found] == [
        (Kind.INCOMING, ""),
        (Kind.OTHER, "its Document Type is none of a customer payment"),
        (Kind.OTHER, "its Account Type is none of a customer payment"),
    ]


def test_two_columns_of_one_name_with_other_values_are_asked_about(grid_of):
    header = [*HEADER, "amount"]
    same = [header, ["C1", "2024-03-13", "1.00", "1.00"]]
    assert [row.amount for row in read(grid_of, same)] == [Decimal("1.00")]
    with pytest.raises(NeedsInput, match=r"columns 3 and 4 are both called 'Amount'"):
        read(grid_of, [header, ["C1", "2024-03-13", "1.00", "2.00"]])


@pytest.mark.parametrize("turned", [False, True])
def test_the_amount_in_the_currency_of_the_line_comes_before_that_in_local_currency(
    grid_of, turned
):
    columns = [("Amount (LCY)", "9.00"), ("Amount", "1.00"), ("Customer No.", "C1"),
               ("Account No.", "C2"), ("Posting Date", "2024-03-13")]  # fmt: skip
    header, row = zip(*(reversed(columns) if turned else columns), strict=True)
    (read_row,) = read(grid_of, [list(header), list(row)])
    assert (read_row.amount, read_row.customer_number) == (Decimal("1.00"), "C1")


def test_a_banks_own_account_is_no_customer(grid_of):
    header = ["Kontonummer", "Buchungsdatum", "Valuta", "Empfaenger 1", "Betrag", "Waehrung"]
    row = ["DE12", "31.01.2024", "31.01.2024", "MUSTER", "5,00", "EUR"]
    assert captions_profile(grid_of([header, row])) is None
    ours = [header[0], header[1], header[4]]
    assert captions_profile(grid_of([ours, ["10000", "31.01.2024", "5,00"]])) is not None


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["Customer No.", "Posting Date"], "no amount. Add a column 'Amount', or 'Credit Amount'"),
        (["Customer No.", "Posting Date", "Credit Amount"], "no amount"),
        (
            ["Customer No.", "Amount", "Document No."],
            "no posting date. Add a column",
        ),
    ],
)
def test_a_sheet_of_captions_that_lacks_one_is_told_which(grid_of, header, words):
    with pytest.raises(InputProblem) as caught:
        captions_profile(grid_of([["a title"], header, ["C1", "2024-03-13", "1"]]))
    assert words in str(caught.value)
    assert caught.value.verdict == "not-payments"


@pytest.mark.parametrize(
    "header", [["Posting Date", "Amount", "Description"], ["Customer No.", "Posting Date", "Paid"],
               ["Account No.", "Date"]]
)  # fmt: skip
def test_other_headers_are_left_to_profiles(grid_of, header):
    assert captions_profile(grid_of([header, ["2024-03-13", "1", "x"]])) is None


@pytest.mark.parametrize("time", ["T23:30:00-05:00", "T23:30+0200", " 23:30:00.125Z"])
def test_the_local_day_of_a_time_with_its_offset_counts(grid_of, time):
    (row,) = read(grid_of, [HEADER, ["C1", f"2024-03-04{time}", "10.00"]])
    assert row.posting_date == date(2024, 3, 4)


def test_payments_that_are_all_negative_beside_invoices_are_a_question(grid_of):
    header = ["Customer No.", "Document Type", "Posting Date", "Amount"]
    rows = [["C1", "Invoice", "2024-02-03", "7"], ["C1", "Payment", "2024-02-04", "-7"]]
    with pytest.raises(NeedsInput, match="every amount of a payment that can be read in"):
        captions_profile(grid_of([header, *rows]))
    found = read(grid_of, [header, *rows, ["C2", "Payment", "2024-02-04", "5"]])
    assert [row.kind for row in found] == [Kind.OTHER, Kind.OUTGOING, Kind.INCOMING]


def test_two_digits_that_vary_before_two_that_do_not_are_the_day(grid_of):
    header = ["Posting Date", "Customer No.", "Amount"]

    def dates(*texts):
        grid = grid_of([header, *([text, "C1", "5.00"] for text in texts)])
        found = source_rows(map_rows(grid, captions_profile(grid)))
        return [row.posting_date.isoformat() for row in found]

    assert dates("15/01/24", "16/01/24") == ["2024-01-15", "2024-01-16"]
    others = (("24/01/15", "24/01/16"), ("05/01/24", "06/01/24"))
    for unclear in (("15/01/24",), ("15.01.24", "16.02.24"), *others):
        with pytest.raises(NeedsInput, match="--date-format"):
            dates(*unclear)


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (("-5.00", "-6.00", "0.00"), "every amount in the column 'Amount' is negative"),
        (("-5.00", "-6.00", "7.00"), "most amounts in the column 'Amount' are negative"),
    ],
)
def test_a_zero_or_one_amount_without_a_minus_does_not_decide_the_sign(grid_of, amounts, said):
    rows = [HEADER, *(["C1", "2024-02-13", amount] for amount in amounts)]
    with pytest.raises(NeedsInput, match=said):
        captions_profile(grid_of(rows))
    kinds = [row.kind for row in read(grid_of, rows, positive="paid")]
    assert kinds[:2] == [Kind.INCOMING] * 2


def test_fewer_amounts_with_a_minus_than_without_are_money_paid(grid_of):
    rows = [HEADER, *(["C1", "2024-02-13", amount] for amount in ("-5.00", "6.00"))]
    assert [row.kind for row in read(grid_of, rows)] == [Kind.OUTGOING, Kind.INCOMING]
