"""Files that are easily read wrongly without a word: each is asked about, or read rightly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer.errors import NeedsInput
from importer.mapping import map_rows, source_rows
from importer.proposing import Answers, propose


@pytest.fixture(name="asked")
def asked_fixture(read_here):
    """Return the keys of what a file makes inference ask before anything is imported."""

    def asked(*lines, name="statement.csv", **answers):
        grid = read_here("\n".join(lines) + "\n", name)
        try:
            proposal = propose(grid, answers=Answers(**answers))
        except NeedsInput:
            return ["needs-input"]
        return [question.key for question in proposal.questions if question.blocking]

    return asked


@pytest.fixture(name="payments")
def payments_fixture(read_here):
    """Return the payments of a file about which nothing is asked."""

    def payments(*lines, name="statement.csv", **answers):
        grid = read_here("\n".join(lines) + "\n", name)
        proposal = propose(grid, answers=Answers(**answers))
        proposal.require_decided()
        rows = source_rows(map_rows(grid, proposal.profile))
        return [row for row in rows if row.kind in ("incoming", "outgoing")]

    return payments


# Currencies beside the digits.


def test_the_code_in_each_amount_is_the_currency_of_its_row(payments):
    rows = payments(
        "Date;Text;Amount", "2024-03-13;first;10,50 EUR", "2024-03-14;second;-20,50 USD"
    )
    assert [row.currency for row in rows] == ["EUR", "USD"]


def test_signs_that_name_one_currency_each_count_as_their_codes(payments):
    rows = payments(
        "Date;Text;Amount",
        "2024-03-13;first;€10,50",
        "2024-03-14;second;£-20,50",
        "2024-03-15;third;EUR -5,10",
    )
    assert [row.currency for row in rows] == ["EUR", "GBP", "EUR"]


@pytest.mark.parametrize("amounts", [("€10,50", "$-20,50"), ("10,50 EUR", "-20,50 USD", "-3,50")])
def test_an_unclear_sign_or_a_missing_code_beside_others_is_asked(asked, amounts):
    lines = [f"2024-03-1{at};text {at};{amount}" for at, amount in enumerate(amounts)]
    assert asked("Date;Text;Amount", *lines) == ["constants.currency"]
    assert asked("Date;Text;Amount", *lines, currency="EUR") == []


def test_a_code_against_the_one_in_the_header_is_asked(asked):
    lines = ["2024-03-13;first;10,50 USD", "2024-03-14;second;-20,50 USD"]
    assert asked("Date;Text;Amount EUR", *lines) == ["constants.currency"]


def test_one_code_beside_all_amounts_is_the_currency(payments):
    rows = payments(
        "Date;Text;Amount", "2024-03-13;first;10,50 EUR", "2024-03-14;second;-20,50 EUR"
    )
    assert [row.currency for row in rows] == ["EUR", "EUR"]


def _in_currencies(*cells, header="Date;Name;Amount;Currency"):
    rows = (f"2024-03-{at:02};P {at};{'-' * (at % 2)}{cell}" for at, cell in enumerate(cells, 1))
    return header, *rows


@pytest.mark.parametrize(
    "cells",
    [
        ("1.50 EUR;EUR", "2.50 USD;EUR", "3.50 EUR;EUR"),
        ("€1.50;EUR", "$2.50;EUR", "€3.50;EUR"),
        ("1.50 USD;EUR", "2.50 USD;EUR"),
        ("$1.50;GBP", "$2.50;GBP"),
        ("1.50 USD;USD", "2.50 USD;"),
    ],
)
def test_a_mark_beside_the_digits_against_the_column_of_currencies_is_asked(asked, cells):
    assert asked(*_in_currencies(*cells)) == ["constants.currency"]
    assert asked(*_in_currencies(*cells), currency="EUR") == []


@pytest.mark.parametrize(
    ("cells", "currencies"),
    [
        (("1.50 EUR;EUR", "2.50 USD;USD"), ["EUR", "USD"]),
        (("$1.50;CAD", "$2.50;USD"), ["CAD", "USD"]),
        (("kr 1.50;NOK", "2.50;NOK"), ["NOK", "NOK"]),
        (("Rs. 1.50;PKR", "Rs. 2.50;PKR"), ["PKR", "PKR"]),
        ((*["1.50 EUR;EUR"] * 11, "2.00 EUR;EUR\n;Total;18.50 EUR;"), ["EUR"] * 12),
    ],
)
def test_marks_that_the_column_of_currencies_bears_out_ask_nothing(payments, cells, currencies):
    rows = payments(*_in_currencies(*cells))
    assert [row.currency for row in rows] == currencies


@pytest.mark.parametrize(
    ("cells", "currencies"),
    [
        (("1.50;", "2.50;", "3.50;USD", "4.50;", "5.50;"), ["", "", "USD", "", ""]),
        (("1.50;EUR", "2.50;USD", "3.50;"), ["EUR", "USD", ""]),
        (("1.50;EUR", "2.50;US Dollar", "3.50;xcg"), ["EUR", "USD", "XCG"]),
        (("1.50;Euro", "2.50;N/A", "3.50;USD"), ["EUR", "", "USD"]),
    ],
)
def test_a_column_that_is_named_and_names_some_currencies_counts(payments, cells, currencies):
    rows = payments(*_in_currencies(*cells))
    assert [row.currency for row in rows] == currencies


def test_a_blank_currency_is_the_one_in_the_header_of_the_amount(payments):
    header = "Date;Name;Amount EUR;Currency"
    rows = payments(*_in_currencies("1.50;EUR", "2.50;", "3.50;EUR", header=header))
    assert [row.currency for row in rows] == ["EUR", "EUR", "EUR"]


def test_that_a_payment_has_no_currency_is_said(read_here):
    lines = _in_currencies("1.50;EUR", "2.50;USD", "3.50;", "4.50;-")
    (question,) = propose(read_here("\n".join(lines))).questions
    assert question.text == "2 payments have nothing in 'Currency'."
    assert not question.blocking


@pytest.mark.parametrize("word", ["Taler", "$", "12"])
def test_a_word_of_a_column_of_currencies_that_is_not_known_is_asked(asked, word):
    cells = ("1.50;EUR", f"2.50;{word}", "3.50;USD")
    assert asked(*_in_currencies(*cells)) == ["columns.currency"]
    assert asked(*_in_currencies(*cells), currency="EUR") == []


def test_currencies_that_stand_only_beside_foreign_amounts_are_theirs(payments):
    rows = payments(
        "Date;Name;Amount;Foreign amount;Currency",
        "2024-03-01;A;-15.06;;",
        "2024-03-02;B;40.00;44.00;USD",
        "2024-03-03;C;-1.06;;",
    )
    assert [row.currency for row in rows] == ["", "", ""]


def test_currencies_of_some_rows_beside_two_amounts_in_all_are_asked(asked):
    lines = [
        "Date;Name;Amount;Foreign amount;Currency",
        "2024-03-01;A;-15.06;-15.06;",
        "2024-03-02;B;40.00;44.00;USD",
    ]
    assert asked(*lines) == ["constants.currency"]


# Signs that the texts contradict.


def test_texts_against_the_usual_sign_are_asked_however_many_are_negative(asked):
    lines = [
        "Date,Description,Amount",
        "03/14/2024,Card purchase,54.10",
        "03/15/2024,PAYMENT RECEIVED THANK YOU,-300.00",
        "03/18/2024,PAYMENT RECEIVED THANK YOU,-20.00",
        "03/22/2024,a third,-17.35",
    ]
    assert asked(*lines) == ["amount.positive"]
    assert asked(*lines, positive="paid") == []


def test_invoices_above_and_payments_below_zero_are_asked(asked):
    lines = ["Customer No.;Document Type;Date;Amount"]
    for at in range(1, 7):
        kind, amount = ("Invoice", "140.60") if at % 2 else ("Payment", "-174.29")
        lines.append(f"C0000{at};{kind};2024-03-2{at};{amount}")
    assert asked(*lines) == ["amount.positive"]


def test_texts_that_agree_with_the_sign_outweigh_one_that_does_not(payments):
    rows = payments(
        "Date,Description,Amount",
        "2024-03-14,Salary,540.10",
        "2024-03-15,Rent,-300.00",
        "2024-03-18,Refund sent back,-20.00",
    )
    assert [f"{row.amount:f}" for row in rows] == ["540.10", "-300.00", "-20.00"]


# Words of direction that the signs contradict.


def _directed(words, amounts, header="D/C"):
    lines = [f"Date;Name;Amount;{header}"]
    for at, (word, amount) in enumerate(zip(words, amounts, strict=True), 10):
        lines.append(f"2024-03-{at};Party number {at};{amount};{word}")
    return lines


@pytest.mark.parametrize(
    ("received", "paid"), [("C", "D"), ("H", "S"), ("CRDT", "DBIT"), ("Credit", "Debit")]
)
@pytest.mark.parametrize("reversed_row", [2, 3])
def test_one_reversal_leaves_the_words_to_say_the_direction(payments, received, paid, reversed_row):
    amounts = [f"1{at}.50" for at in range(8)]
    amounts[reversed_row] = "-" + amounts[reversed_row]
    rows = payments(*_directed([received, paid] * 4, amounts))
    read = [row.amount and f"{row.amount:f}" for row in rows]
    expected = [f"{'-' * (at % 2)}1{at}.50" for at in range(8)]
    expected[reversed_row] = None  # refused: a sign beside a word
    assert read == expected


def test_an_answer_about_signs_does_not_outweigh_words_where_signs_say_nothing(payments):
    rows = payments(*_directed("CDCC", ["1.50", "2.50", "3.50", "-4.50"]), positive="received")
    assert [row.amount and f"{row.amount:f}" for row in rows] == ["1.50", "-2.50", "3.50", None]


def test_a_few_debits_with_a_plus_are_not_hidden_by_many_credits(payments):
    amounts = [f"{at}.50" for at in range(1, 15)]
    amounts[5] = "-6.50"
    rows = payments(*_directed("C" * 13 + "D", amounts))
    assert f"{rows[-1].amount:f}" == "-14.50"


@pytest.mark.parametrize(
    ("words", "amounts", "header"),
    [
        ("CDCDCD", ["1.50", "-2.50", "3.50", "4.50", "5.50", "-6.50"], "D/C"),
        ("CDCDCD", ["1.50", "2.50", "-3.50", "4.50", "-5.50", "6.50"], "D/C"),
        ("CDCDCD", ["1.50", "2.50", "-3.50", "4.50", "5.50", "6.50"], "Type"),
    ],
)
def test_words_and_signs_that_contradict_each_other_are_asked(asked, words, amounts, header):
    lines = _directed(words, amounts, header)
    assert asked(*lines) == ["amount.indicator"]
    assert asked(*lines, positive="received") == []


def test_a_balance_decides_between_words_and_signs(payments):
    lines = _directed("CDCD", ["1.50", "-2.50", "3.50", "4.50"])
    balances = ("Balance", "101.50", "99.00", "102.50", "107.00")
    rows = payments(*[f"{line};{one}" for line, one in zip(lines, balances, strict=True)])
    assert [f"{row.amount:f}" for row in rows] == ["1.50", "-2.50", "3.50", "4.50"]


def test_one_reversal_among_debits_alone_is_no_money_received(payments):
    rows = payments(*_directed("DDDD", ["1.50", "2.50", "-3.50", "4.50"]))
    assert [row.amount and f"{row.amount:f}" for row in rows] == ["-1.50", "-2.50", None, "-4.50"]


# Kinds of cards that read like directions.


def _takings(header, words, more=""):
    lines = [f"Date;Client name;Order;{header};Amount;Currency{more and ';IBAN'}"]
    for at, word in enumerate(words, 10):
        lines.append(f"2024-03-{at};Client {at};INV{at};{word};1{at}.50;EUR{more}")
    return lines


@pytest.mark.parametrize(
    "header",
    ["Method", "Payment method", "Funding", "Tender", "Kartenart"],
)
@pytest.mark.parametrize("words", [("Credit", "Debit", "Credit"), ("Credit", "", "Credit")])
def test_the_kind_of_a_card_is_no_direction(payments, header, words):
    rows = payments(*_takings(header, words))
    assert [f"{row.amount:f}" for row in rows] == ["110.50", "111.50", "112.50"]


@pytest.mark.parametrize("header", ["Card type", "Card Funding"])
def test_a_header_of_cards_is_asked_for_the_sign_and_not_for_a_direction(asked, payments, header):
    lines = _takings(header, ["Credit", "Debit", "Credit"])
    assert asked(*lines) == ["amount.positive"]  # as any file of cards
    rows = payments(*lines, positive="received")
    assert [f"{row.amount:f}" for row in rows] == ["110.50", "111.50", "112.50"]


def test_credit_and_debit_below_type_are_asked_in_a_list_of_customers(asked, payments):
    lines = _takings("Type", ["Credit", "Debit", "Credit"])
    assert asked(*lines) == ["amount.indicator"]
    rows = payments(*lines, positive="received")
    assert [f"{row.amount:f}" for row in rows] == ["110.50", "111.50", "112.50"]


@pytest.mark.parametrize(
    ("header", "words", "more"),
    [
        ("Type", ["Credit", "Debit", "Credit"], ";DE89370400440532013000"),
        ("Type", ["Deposit", "Withdrawal", "Deposit"], ""),
        ("Payment method", ["incoming", "outgoing", "incoming"], ""),
        ("D/C", ["Credit", "Debit", "Credit"], ""),
    ],
)
def test_words_that_can_be_no_cards_say_the_direction(payments, header, words, more):
    rows = payments(*_takings(header, words, more))
    assert [f"{row.amount:f}" for row in rows] == ["110.50", "-111.50", "112.50"]


# Rows that are not booked.

BOOKED = ["2024-03-13;Party one;20.50;Inv 1", "2024-03-14;Party two;-3.75;Inv 2"]
PENDING = ["2024-03-20;Party three;99.00;hold 1", "2024-03-21;Party four;-8.00;hold 2"]


@pytest.mark.parametrize("heading", ["Pending transactions", "Vorgemerkte Umsätze;;;"])
def test_the_last_rows_below_a_heading_of_pending_ones_are_skipped(payments, heading):
    rows = payments("Date;Name;Amount;Purpose", *BOOKED, "", heading, *PENDING)
    assert [f"{row.amount:f}" for row in rows] == ["20.50", "-3.75"]


@pytest.mark.parametrize(
    "lines",
    [
        ["Pending transactions;;;", *PENDING, "Posted transactions;;;", *BOOKED],
        ["Vorgemerkte Umsätze;;;", *PENDING, "Gebuchte Umsätze;;;", *BOOKED],
        ["Pending transactions", *PENDING, "", *BOOKED],
        [*BOOKED, "Pending transactions", PENDING[0], "", PENDING[1]],
    ],
)
def test_pending_rows_of_which_nothing_tells_the_end_are_asked(asked, lines):
    assert asked("Date;Name;Amount;Purpose", *lines) == ["skip"]


def test_a_heading_of_pending_rows_without_any_is_not_asked(payments):
    rows = payments("Date;Name;Amount;Purpose", *BOOKED, "Pending transactions")
    assert len(rows) == len(BOOKED)


def _with_status(header, usual, odd):
    lines = [f"Date;Name;Amount;{header}"]
    words = [usual, odd, usual, usual]
    for at, word in enumerate(words):
        lines.append(f"2024-03-1{at};Party number {at};{'-' * (at > 1)}1{at}.50;{word}")
    return lines


@pytest.mark.parametrize(
    ("header", "usual", "odd"),
    [
        ("Statut", "Comptabilisée", "En attente"),
        ("Contabilizzazione", "CONTABILIZZATO", "NON CONTABILIZZATO"),
        ("Situação", "Efetivado", "Estornado"),
        ("Zustand", "gebucht", "vorgemerkt"),
        ("Result", "Success", "Failed"),
        ("Whatever", "booked", "not booked"),
        ("Remark", "", "PENDING"),
        ("Cleared", "Yes", "No"),
        ("Gebucht", "ja", "nein"),
        ("Reversed", "N", "Y"),
        ("状態", "完了", "取消"),
    ],
)
def test_a_row_that_is_not_booked_is_no_payment(payments, header, usual, odd):
    rows = payments(*_with_status(header, usual, odd))
    assert [f"{row.amount:f}" for row in rows] == ["10.50", "-12.50", "-13.50"]


@pytest.mark.parametrize(
    ("header", "usual", "odd"),
    [("Status", "blik", "zorp"), ("Zustand", "gebucht", "zorp"), ("Flag", "zorp", "pending")],
)
def test_words_of_a_status_that_are_not_known_are_asked(asked, header, usual, odd):
    assert asked(*_with_status(header, usual, odd)) == ["skip"]


@pytest.mark.parametrize(
    ("header", "usual", "odd"),
    [("Reconciled", "Yes", "No"), ("Branch", "north", "south"), ("Colour", "red", "")],
)
def test_other_columns_of_few_words_mean_no_status(payments, header, usual, odd):
    assert len(payments(*_with_status(header, usual, odd))) == 4


# A second table.

_FIRST = ("Date;Name;Amount", "2024-03-13;Alpha;10.50", "2024-03-14;Beta;-20.50", "2024-03-15;C;-1")


def test_another_table_with_days_and_amounts_is_asked(asked, payments):
    other = ("", "Name;Date;Amount", "Gamma;2024-03-16;5.00")
    assert asked(*_FIRST, *other) == ["skip"]
    assert len(payments(*_FIRST, "", "Type;Name;Amount", "fees;all;5.00")) == 3


def test_the_same_header_below_another_account_is_asked(asked, payments):
    rest = (_FIRST[0], "2024-03-16;Gamma;5.00")
    assert asked(*_FIRST, "Account 2;DE02120300000000202051;", *rest) == ["columns.own_account"]
    assert len(payments(*_FIRST, "Page 2;;", *rest)) == 4
    first = "Account;DE02120300000000202051;"
    assert len(payments(first, *_FIRST, first, *rest)) == 4


# Amounts in two fields.


def test_a_decimal_comma_that_divides_fields_is_asked(asked):
    lines = ["Date,Name,Amount", "28.02.2024,Alpha,-98,90", "01.03.2024,Beta,12,50"]
    assert "amount.decimal" in asked(*lines)


def test_empty_fields_beyond_the_header_mean_nothing(payments):
    assert len(payments("Date,Name,Amount", "28.02.2024,A,-98.90,", "01.03.2024,B,-12.50,")) == 2


def test_a_column_without_a_name_in_all_rows_is_no_amount_in_two_fields(payments):
    rows = payments(
        "Date,Name,Amount",
        "2024-02-28,A,98.90,Shop",
        "2024-03-01,B,-12.50,Shop",
        "2024-03-02,C,-2.50,Cafe",
    )
    assert len(rows) == 3


# Hundredths, and the order of days.


@pytest.mark.parametrize("name", ["amount_cents", "Amount in pence", "Beløb i øre"])
def test_whole_numbers_below_a_header_of_hundredths_are_asked(asked, name):
    lines = [f"Date,Name,{name}", "2024-03-01,Alpha,12345", "2024-03-02,Beta,-12350"]
    assert "amount.column" in asked(*lines)


@pytest.mark.parametrize(
    "name",
    ["Amount TEUR", "Amount (in thousands)", "Betrag in T€", "Amount ('000)", "Kwota tys. PLN"],
)
def test_a_header_of_thousands_is_asked(asked, name):
    lines = [f"Date;Name;{name}", "2024-03-01;Alpha;12.5", "2024-03-02;Beta;-1.25"]
    assert "amount.column" in asked(*lines)


@pytest.mark.parametrize("name", ["Amount EUR", "Amount $", "Betrag", "Amount kr"])
def test_a_header_of_whole_units_asks_nothing(asked, name):
    lines = [f"Date;Name;{name}", "2024-03-01;Alpha;12.50", "2024-03-02;Beta;-1.25"]
    assert asked(*lines) == []


def _days_below(*above):
    rows = [
        "03/04/2024,Alpha,10.50",
        "04/02/2024,Beta,-11.50",
        "03/09/2024,Gamma,-12.50",
        "04/11/2024,Delta,13.50",
        "04/01/2024,Epsilon,-14.50",
    ]
    return (*above, "", "Date,Name,Amount", *rows)


def test_the_day_of_an_export_does_not_tell_the_order_of_day_and_month(asked):
    assert asked(*_days_below("Exported on: 04/30/2024")) == ["date.formats"]
    assert asked(*_days_below("Statement,04/30/2024")) == ["date.formats"]


def test_a_period_that_holds_all_rows_tells_the_order_of_day_and_month(payments, asked):
    rows = payments(*_days_below("Period,03/01/2024 - 04/30/2024"))
    assert str(rows[0].posting_date) == "2024-03-04"
    assert asked(*_days_below("Period,03/31/2024 - 04/30/2024")) == ["date.formats"]


_SORTED_DAYS = ("01/03", "02/04", "03/04", "04/03", "05/03", "08/03", "09/04", "11/03")


@pytest.mark.parametrize("days", [_SORTED_DAYS, _SORTED_DAYS[::-1]])
@pytest.mark.parametrize("form", ["{}/2024", "{}/24", "{}/2024 10:15"])
def test_days_sorted_as_texts_do_not_tell_the_order_of_day_and_month(asked, days, form):
    lines = [
        f"{form.format(day)};Party {at};{'-' * (at % 2)}1{at}.50" for at, day in enumerate(days)
    ]
    assert asked("Date;Name;Amount", *lines) == ["date.formats"]


def test_days_sorted_as_days_and_not_as_texts_tell_the_order_of_day_and_month(payments):
    days = ("01/02", "05/02", "12/02", "02/03", "09/03", "11/03")
    lines = [f"{day}/2024;Party {at};{'-' * (at % 2)}1{at}.50" for at, day in enumerate(days)]
    rows = payments("Date;Name;Amount", *lines)
    assert [str(row.posting_date) for row in rows][:3] == ["2024-02-01", "2024-02-05", "2024-02-12"]


def _dotted(*days, header="Date;Name;Amount"):
    rows = (f"{day};Party {at};{'-' * (at % 2)}1{at}.50" for at, day in enumerate(days, 1))
    return header, *rows


@pytest.mark.parametrize("end", ["", "."])
def test_short_years_with_full_stops_come_first_where_else_they_would_span_decades(payments, end):
    rows = payments(*_dotted(f"24.02.13{end}", f"24.02.25{end}"))
    assert [str(row.posting_date) for row in rows] == ["2024-02-13", "2024-02-25"]
    rows = payments(*_dotted(f"13.02.24{end}", f"25.02.24{end}"))
    assert [str(row.posting_date) for row in rows] == ["2024-02-13", "2024-02-25"]


@pytest.mark.parametrize(
    "days", [("24.02.26", "24.02.27", "24.02.28"), ("26.02.24", "27.02.24"), ("31.01.24",)]
)
def test_short_years_with_full_stops_that_may_come_first_or_last_are_asked(asked, days):
    assert asked(*_dotted(*days)) == ["date.formats"]
    assert asked(*_dotted(*days), date_format="%d.%m.%y") == []


@pytest.mark.parametrize("header", ["Buchungstag;Name;Betrag", "Datum;Name;Betrag"])
def test_in_german_files_days_with_full_stops_are_day_first(payments, header):
    rows = payments(*_dotted("26.02.24", "27.02.24", header=header))
    assert [str(row.posting_date) for row in rows] == ["2024-02-26", "2024-02-27"]


@pytest.mark.parametrize(
    "days",
    [
        ("13.02.2024", "02/03/2024", "02-04-2024"),
        ("13 Feb 2024", "14 Feb 2024", "02/03/2024"),
        ("02/13/2024", "02/14/2024", "02-04-2024"),
    ],
)
def test_days_with_other_marks_do_not_tell_the_order_of_a_day(asked, days):
    assert asked(*_dotted(*days)) == ["date.formats"]


@pytest.mark.parametrize(
    "days",
    [
        ("13/02/2024", "02-02-2024"),
        ("13/02/2024", "14-02-2024", "03-04-2024"),
        ("13/02/2024", "02/03/2024 10:15"),
        ("13/02/2024", "02.03.2024"),
    ],
)
def test_days_with_several_marks_that_tell_their_order_ask_nothing(payments, days):
    rows = payments(*_dotted(*days))
    assert str(rows[0].posting_date) == "2024-02-13"


def test_no_month_comes_first_with_full_stops(read_here):
    text = "\n".join(_dotted("10.02.11", "11.02.12"))
    (question,) = propose(read_here(text)).questions[:1]
    assert [way.partition(":")[0] for way in question.readings] == ["day first", "year first"]


# A foreign amount beside that of the account.


def test_the_amount_in_the_currency_of_its_header_counts_not_the_foreign_one(payments):
    rows = payments(
        "Date,Text,Foreign amount,Currency,Amount in EUR",
        "2024-02-28,first,-108.79,USD,-98.90",
        "2024-03-01,second,44.00,USD,40.00",
    )
    assert [(f"{row.amount:f}", row.currency) for row in rows] == [
        ("-98.90", "EUR"),
        ("40.00", "EUR"),
    ]


def test_an_amount_in_the_currency_of_the_account_that_is_not_named_is_asked(asked):
    lines = [
        "Date;Name;Amount;Currency;Amount in account currency",
        "2024-03-01;Alpha;-1556.06;USD;-1414.60",
        "2024-03-04;Beta;44.00;USD;40.00",
    ]
    assert asked(*lines) == ["constants.currency"]
    assert asked(*lines, currency="EUR") == []


def test_a_column_of_currencies_against_the_header_is_asked(asked):
    lines = ["Date;Name;Amount in EUR;Currency", "2024-03-01;A;-15.06;USD", "2024-03-02;B;-2;EUR"]
    assert asked(*lines) == ["constants.currency"]


# Types of rows where amounts have no sign.


def _with_types(*words, header="Type", party="Client"):
    lines = [f"Date,{party},Order,{header},Amount,Currency"]
    for at, word in enumerate(words):
        lines.append(f"2024-03-1{at},Name {at},{at},{word},1{at}.50,EUR")
    return lines


@pytest.mark.parametrize(
    "words",
    [
        ("Payment", "Refund", "Chargeback"),
        ("charge", "refund", "payout"),
        ("Zahlung", "Rückzahlung", "Rücklastschrift"),
        ("Payment", "Invoice", "Credit memo"),
        ("Payment", "Reversal", "Refund of payment"),
        ("Sale", "Partial refund", "Dispute lost"),
        ("Zahlungseingang", "Zahlungsausgang"),
        ("Payment", "Payment out", "Disbursement"),
        ("Paiement reçu", "Paiement sortant", "Virement émis"),
        ("Pago recibido", "Pago emitido"),
        ("Betaling", "Uitgaande betaling"),
        ("Pagamento", "Pagamento in uscita"),
        ("Pagamento recebido", "Pagamento efetuado"),
        ("Inbetalning", "Utbetalning"),
        ("Wpłata", "Wypłata"),
        ("Platba", "Odchozí platba"),
    ],
)
@pytest.mark.parametrize("party", ["Client", "Customer Name"])
@pytest.mark.parametrize("header", ["Type", "Transaction Type", "What"])
def test_a_type_that_is_no_receipt_is_no_payment(payments, words, party, header):
    rows = payments(*_with_types(*words, header=header, party=party))
    assert [f"{row.amount:f}" for row in rows] == ["10.50"]


@pytest.mark.parametrize(
    "words",
    [
        ("Sale", "Refund", "Fee"),
        ("Zahlung", "Rückzahlung", "Gebühr"),
        ("Invoice", "Credit memo"),
        ("Charge", "Payment"),
        ("Payment", "Refund", "Zorp"),
        ("Card", "Refund"),
    ],
)
def test_a_type_that_may_be_no_receipt_is_asked(asked, words):
    assert asked(*_with_types(*words)) == ["skip"]


@pytest.mark.parametrize(
    "words",
    [
        ("Card", "Cash"),
        ("Überweisung", "Lastschrift"),
        ("Membership fee", "Donation"),
        ("Sale", "Sale"),
        ("Deposit", "Payment"),
    ],
)
def test_other_types_of_received_money_need_no_question(payments, words):
    assert len(payments(*_with_types(*words))) == len(words)


def test_a_type_of_the_invoice_that_is_paid_is_none_of_the_row(payments):
    rows = payments(*_with_types("Invoice", "Credit memo", header="Applies-to Doc. Type"))
    assert len(rows) == 2


def test_a_sign_says_more_than_a_type(payments):
    lines = ["Date,Client,IBAN,Type,Amount,Balance"]
    lines += ["2024-03-13,Alpha,DE02120300000000202051,Payment,10.00,110.00"]
    lines += ["2024-03-14,Beta,DE02120300000000202051,Refund,5.00,115.00"]
    lines += ["2024-03-15,Gamma,DE02120300000000202051,Payment,-7.00,108.00"]
    assert [f"{row.amount:f}" for row in payments(*lines)] == ["10.00", "5.00", "-7.00"]


def test_words_beside_those_of_a_direction_are_asked(asked):
    assert asked(*_with_types("C", "D", "X", header="D/C")) == ["skip"]


@pytest.mark.parametrize(("mark", "currency"), [("USD", "USD"), ("CHF", "CHF"), ("kg", "")])
def test_a_number_format_names_the_currency_of_its_column(read_here, mark, currency):
    grid = read_here("Date;Payer;Total\n2024-02-13;Ann Ltd;5.10\n2024-02-14;Bob Ltd;6.20\n")
    grid = replace(grid, layout=replace(grid.layout, shown=((2, mark),)))
    proposal = propose(grid)
    assert proposal.profile.constants.currency == currency


# Currencies above the rows, and columns of them.


@pytest.mark.parametrize(
    ("above", "currency"),
    [
        ("Currency:;USD", "USD"),
        ("Account Currency;AED", "AED"),
        ("Statement of account 12345678 in USD", "USD"),
        ("Ledger Balance:;SGD 10250.00", "SGD"),
        ("Kontostand am 31.01.2024:;1.234,56 EUR", "EUR"),
        ("Opening Balance;5,000.00", ""),
        ("Statement of account;31 MAR 2024", ""),
    ],
)
def test_the_currency_above_the_rows_is_that_of_the_amounts(payments, above, currency):
    rows = payments(above, "Date;Text;Amount;Balance", *LINES)
    assert [row.currency for row in rows] == [currency] * 2


LINES = ("2024-01-15;first;10.50;5010.50", "2024-01-16;second;-20.50;4990.00")


def test_a_sign_that_many_use_is_the_currency_above_the_rows(payments, asked):
    lines = ("Date;Text;Amount", "2024-01-15;first;$10.50", "2024-01-16;second;$-20.50")
    assert {row.currency for row in payments("Currency: SGD", *lines)} == {"SGD"}
    assert asked("Currency: EUR", *lines) == ["constants.currency"]
    assert asked("Currency: EUR", "Date;Text;Amount USD", *LINES) == ["constants.currency"]
    assert asked("Currency: EUR", "Currency: CHF", "Date;Text;Amount", *LINES) != []


@pytest.mark.parametrize("name", ["Transaction Currency", "Local Currency"])
def test_the_only_currency_of_the_only_amount_is_its_own(payments, name):
    rows = payments(
        f"Date;Text;Transaction Amount;{name}",
        "2024-01-15;first;10.50;USD",
        "2024-01-16;second;-20.50;EUR",
    )
    assert [row.currency for row in rows] == ["USD", "EUR"]


# Good files that were refused or asked about.


def test_information_about_the_other_party_is_no_status(payments):
    rows = payments(
        "Date;Status;Amount;Other Party Info",
        "2024-01-15;Completed;10.50;254700 - ONE",
        "2024-01-16;Completed;-20.50;254701 - TWO",
    )
    assert [row.counterparty for row in rows] == ["254700 - ONE", "254701 - TWO"]


def test_a_total_whose_label_stands_among_numbers_is_one(payments):
    rows = payments(
        "Date;Text;Document;Credit;Debit",
        "15/01/2024;first;1234567;10,50;",
        "16/01/2024;second;1234568;;-20,50",
        ";;Total;10,50;-20,50",
    )
    assert [f"{row.amount:f}" for row in rows] == ["10.50", "-20.50"]


def test_days_as_iso_writes_them_need_no_other_format(payments):
    rows = payments(
        "Date;Text;Amount",
        "2024-01-15;first;10,50",
        "16.01.2024;second;-20,50",
        "17.01.2024;third;-1,50",
    )
    assert [row.posting_date.isoformat() for row in rows] == [
        "2024-01-15", "2024-01-16", "2024-01-17",
    ]  # fmt: skip


def test_amounts_that_a_line_above_calls_thousands_are_asked(asked):
    assert asked("Amounts in thousands", "Date;Text;Amount", *LINES) == ["amount.column"]


def test_the_name_of_the_own_account_is_nobody_who_paid(payments):
    rows = payments(
        "Date;Text;Amount;Account Name;Account Number",
        "2024-01-15;first;10.50;OWN LTD;600001-12345678",
        "2024-01-16;second;-20.50;OWN LTD;600001-12345678",
    )
    assert [row.counterparty for row in rows] == ["", ""]


def test_a_reference_of_numbers_is_no_number_of_a_customer(payments):
    rows = payments(
        "Date;Text;Amount;Customer Reference",
        "2024-01-15;first;10.50;1001",
        "2024-01-16;second;-20.50;1002",
    )
    assert [row.customer_number for row in rows] == ["", ""]


def test_details_in_italian_are_part_of_the_reference(payments):
    rows = payments(
        "Data;Operazione;Dettagli;Importo",
        "15/01/2024;Bonifico da Uno;Fattura 12;10,50",
        "16/01/2024;Pagamento;Spesa;-20,50",
    )
    assert [row.reference for row in rows] == ["Bonifico da Uno Fattura 12", "Pagamento Spesa"]


# A second table.


def test_a_second_table_with_its_columns_in_another_order_is_asked(payments):
    first = ["Date,Text,Amount,Balance", "2024-01-15,one,12.50,52.50", "2024-01-16,two,-2.50,50.00"]
    same = payments(*first, "Date,Text,Amount,Balance", "2024-01-17,three,5.00,55.00")
    assert [f"{row.amount:f}" for row in same] == ["12.50", "-2.50", "5.00"]
    with pytest.raises(NeedsInput, match=r"row 4 .*another order"):
        payments(
            *first, "Date,Text,Balance,Amount", "2024-01-17,three,55.00,5.00", positive="received"
        )


# Ledgers of customers.

LEDGER = [
    "Boekingsdatum;Documentsoort;Documentnr.;Klantnr.;Bedrag",
    "15-01-2024;Betaling;B1;10000;-12,50",
    "15-01-2024;Factuur;F1;10000;12,50",
    "16-01-2024;Creditnota;C1;10000;-5,00",
]


def test_a_ledger_of_customers_is_not_read_as_an_account(asked, payments):
    assert asked(*LEDGER) == ["amount.positive"]
    found = payments(*LEDGER, positive="paid")
    assert [(row.kind, f"{row.amount:f}") for row in found] == [
        ("incoming", "12.50"),
        ("outgoing", "-12.50"),
    ]


@pytest.mark.parametrize("other", ["RV", "DR"])
def test_types_of_documents_in_codes_are_known_or_asked(asked, other):
    rows = ["2024-01-15;DZ;1;12,50;77", f"2024-01-16;{other};2;5,00;78"]
    found = asked("Posting day;Document Type;Document;Amount;Customer account", *rows)
    assert found == ([] if other == "RV" else ["skip"])


def test_send_and_receive_say_the_direction(payments):
    rows = payments("Date;Payment Type;Partner;Amount", "2024-01-15;Receive;A;12.50",
                    "2024-01-16;Send;B;5.00")  # fmt: skip
    assert [f"{row.amount:f}" for row in rows] == ["12.50", "-5.00"]


# The books of a company.

SIDES = ["15-01-2024;A;12,50;", "16-01-2024;B;;3,00"]


@pytest.mark.parametrize("name", ["Gegenkonto", "Dagboek", "Grootboekrekening", "Nominal Code"])
def test_sides_beside_a_column_of_books_are_asked(asked, payments, name):
    lines = [f"Datum;Tekst;Debet;Credit;{name}", *(f"{line};1200" for line in SIDES)]
    assert asked(*lines) == ["amount.credit"]
    rows = payments(*lines, credit_column="Debet", debit_column="Credit")
    assert [f"{row.amount:f}" for row in rows] == ["12.50", "-3.00"]


def test_sides_against_the_texts_of_both_are_asked(asked):
    header = "Date;Details;Debit;Credit"
    received, paid = "2024-01-15;{};12.50;", "2024-01-16;{};;3.00"
    against = [received.format("Receipt from Smith"), paid.format("Payment to supplier")]
    assert asked(header, *against) == ["amount.credit"]
    assert asked(header, received.format("Receipt from Smith"), paid.format("Jones")) == []
    assert asked(header, received.format("Smith"), paid.format("Rent of flat 3")) == []


def test_a_bank_names_an_account_on_the_other_side_or_prints_balances(asked):
    lines = [f"{line};DE02120300000000202051" for line in SIDES]
    assert asked("Datum;Tekst;Soll;Haben;Gegenkonto", *lines) == []
    lines = ["15-01-2024;A;12,50;;1200;87,50", "16-01-2024;B;;3,00;1200;90,50"]
    assert asked("Datum;Tekst;Soll;Haben;Gegenkonto;Saldo", *lines) == []


# What was left after fees.

AFTER_FEES = [
    "Date;Name;Gross;Fee;Net;Balance",
    "2024-01-15;Smith;100.00;-3.20;96.80;96.80",
    "2024-01-16;;-50.00;0.00;-50.00;46.80",
    "2024-01-17;Jones;70.00;-2.00;68.00;114.80",
    "2024-01-18;Brown;40.00;-1.00;39.00;153.80",
]


def test_a_balance_does_not_settle_whether_the_amount_is_before_or_after_fees(asked, payments):
    assert asked(*AFTER_FEES) == ["amount.column"]
    for column, first in (("Gross", "100.00"), ("Net", "96.80")):
        rows = payments(*AFTER_FEES, amount_column=column, positive="received")
        assert f"{rows[0].amount:f}" == first


def test_fees_that_are_never_taken_are_no_question(asked):
    rows = ["2024-01-15;Smith;96.80;0.00;96.80;96.80", "2024-01-16;;-50.00;0.00;-50.00;46.80",
            "2024-01-17;Jones;68.00;0.00;68.00;114.80"]  # fmt: skip
    assert asked(AFTER_FEES[0], *rows) == []


# Amounts beside each invoice that they settle.


def test_an_amount_that_stands_beside_each_invoice_is_asked(asked, payments):
    lines = ["Customer;Day paid;Check;Check Amount;Invoice;Invoice Amount",
             "Smith;2024-01-15;51;12.50;RE1;10.00", "Smith;2024-01-15;51;12.50;RE2;2.50",
             "Jones;2024-01-15;52;3.00;RE3;3.00"]  # fmt: skip
    assert asked(*lines, positive="received") == ["amount.column"]
    rows = payments(*lines, positive="received", amount_column="Invoice Amount")
    assert [f"{row.amount:f}" for row in rows] == ["10.00", "2.50", "3.00"]
    assert asked(lines[0], lines[1], lines[3], positive="received") == []
