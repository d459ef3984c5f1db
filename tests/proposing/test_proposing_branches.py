"""What few files need and each must be read or asked about: answers, texts, odd columns, days."""

from __future__ import annotations

from datetime import date

import pytest

from importer.errors import InputProblem, NeedsInput
from importer.proposing import Answers, propose


def csv(*lines):
    return "\n".join(lines) + "\n"


@pytest.fixture(name="proposed")
def proposed_fixture(read_here):
    def proposed(content, **answers):
        return propose(read_here(content), answers=Answers(**answers))

    return proposed


# Which column is the amount.

NAMELESS = csv("31.01.2024;a;12,50;700,00", "30.01.2024;b;8,10;690,00", "29.01.2024;c;1,00;1,00")


def test_two_columns_that_are_named_by_the_user_are_the_two_sides(amounts):
    text = csv("31.01.2024;a;;12,50", "30.01.2024;b;8,10;")
    assert amounts(text, credit_column="4", debit_column="3") == ["12.50", "-8.10"]


def test_one_column_without_a_name_is_the_amount_and_its_sign_a_question(amounts):
    text = csv("31.01.2024;a;12,50", "30.01.2024;b;8,10")
    with pytest.raises(NeedsInput, match="in column 3 was received or paid"):
        amounts(text)
    assert amounts(text, positive="received") == ["12.50", "8.10"]


def test_several_columns_without_a_name_are_a_question(amounts):
    with pytest.raises(NeedsInput, match="No header says which column is the amount") as caught:
        amounts(NAMELESS)
    assert caught.value.readings[0] == "column 3 is the amount, such as 12,50"
    assert amounts(NAMELESS, amount_column="3", positive="received") == ["12.50", "8.10", "1.00"]


def test_amounts_beside_numbers_that_are_larger_and_never_negative_are_told_by_size(amounts):
    text = csv(
        "31.01.2024;a;12,50;700,00", "30.01.2024;b;-8,10;690,00", "29.01.2024;c;-1,00;650,10"
    )
    assert amounts(text) == ["12.50", "-8.10", "-1.00"]


def test_two_columns_of_signed_numbers_without_a_name_are_a_question(amounts):
    text = csv("31.01.2024;a;12,50;-7,00", "30.01.2024;b;-8,10;6,00", "29.01.2024;c;-1,00;1,10")
    with pytest.raises(NeedsInput, match="No header says which column is the amount"):
        amounts(text)


def test_numbers_with_strange_names_among_movements_are_a_question(amounts):
    text = csv("Date,Text,Alpha,Beta", "2024-01-31,a,1.50,-2.50", "2024-01-30,b,-3.50,4.50")
    with pytest.raises(NeedsInput, match="No header says which column is the amount"):
        amounts(text)


def test_one_column_for_both_directions_that_is_called_after_one(amounts):
    text = csv("Date,Text,Credit", "2024-01-31,a,5.00", "2024-01-30,b,-3.00")
    assert amounts(text) == ["5.00", "-3.00"]


@pytest.mark.parametrize(
    ("name", "sign"), [("Credit", ""), ("Debit", "-"), ("Credit/Debit amount", "")]
)
def test_one_column_is_called_after_its_direction(amounts, name, sign):
    text = csv(f"Date,Text,{name}", "2024-01-31,a,5.00", "2024-01-30,b,3.00")
    assert amounts(text) == [f"{sign}5.00", f"{sign}3.00"]


# Words of direction.


def test_the_empty_word_is_the_other_side(amounts):
    text = csv("Date,Text,Kind,Amount", "2024-01-31,a,Credit,5.00", "2024-01-30,b,,3.00")
    assert amounts(text) == ["5.00", "-3.00"]


def test_the_empty_word_beside_both_sides_is_neither(rows_of):
    text = csv(
        "Date,Text,D/C,Amount", "2024-01-31,a,C,5.00", "2024-01-30,b,D,3.00", "2024-01-29,c,,2.00"
    )
    assert [str(row.kind) for row in rows_of(text)] == ["incoming", "outgoing", "other"]


def test_a_word_that_the_sample_did_not_show_is_asked_about(proposed):
    lines = [f"2024-01-31,t{at},{'C' if at % 3 else 'D'},{at}.50" for at in range(2_000)]
    lines[701] = "2024-01-31,t,,1.50"
    proposal = proposed(csv("Date,Text,D/C,Amount", *lines))
    (question,) = [one for one in proposal.questions if one.blocking]
    assert question.text.startswith("1 rows have no word in 'D/C' that says")


def test_a_balance_that_falls_where_words_say_received_is_asked_about(amounts):
    lines = [
        f"2024-01-{day},t,{word},{amount}.00,{balance}.00"
        for day, word, amount, balance in (
            (24, "Credit", 5, 95), (25, "Debit", 7, 102), (26, "Credit", 1, 101),
            (27, "Debit", 2, 103), (28, "Debit", 4, 107), (29, "Credit", 8, 99),
        )
    ]  # fmt: skip
    with pytest.raises(NeedsInput, match="falls where the words say that money was received"):
        amounts(csv("Date,Text,D/C,Amount,Balance", *lines))


# Rows.


def test_cells_of_marks_for_nothing_are_empty(proposed):
    text = csv("Date,Text,Out,In", "2024-01-31,a,-,5.00", "2024-01-30,n/a,7.00,-")
    assert proposed(text).profile.blanks == ("-", "n/a")


def test_a_total_with_a_day_is_skipped_where_it_is_the_sum_and_else_asked_about(amounts):
    text = csv(
        "Date,Text,Amount", "2024-01-31,a,-5.00", "2024-01-30,b,-7.00", "2024-01-31,Total,{}"
    )
    assert amounts(text.format("-12.00")) == ["-5.00", "-7.00"]
    with pytest.raises(NeedsInput, match="are called 'Total' in 'Text', yet the amounts do not"):
        amounts(text.format("-13.00"))


def test_many_days_without_an_amount_are_asked_about(amounts):
    text = csv("Date,Text,Amount", "2024-01-31,a,-5.00", *["2024-01-30,b,"] * 3)
    with pytest.raises(NeedsInput, match="3 rows have a day and nothing in 'Amount'"):
        amounts(text)


def test_a_repeated_header_begins_no_other_table(rows_of):
    header = "Date,Text,Amount,Currency"
    text = csv(header, "2024-01-31,a,-5.00,EUR", header, "2024-01-30,b,-6.00,EUR", header)
    reasons = [row.reason for row in rows_of(text)]
    assert reasons.count("the header, repeated") == 2


def test_a_table_without_a_row_of_day_and_amount_is_no_list_of_payments(amounts):
    text = csv("Date,Text,Amount", "2024-01-31,a,", "2024-01-30,b,", ",c,5.00", ",d,6.00")
    with pytest.raises(InputProblem):
        amounts(text)


# Headers.


def test_the_row_above_groups_columns_of_one_name(proposed):
    text = csv(",,Booked,Booked,Original,Original", "Date,Text,Amount,Currency,Amount,Currency",
               "2024-01-31,a,-5.00,EUR,-5.50,USD", "2024-01-30,b,-6.00,EUR,-6.60,USD")  # fmt: skip
    profile = proposed(text).profile
    assert (profile.header.rows, profile.amount.column) == (2, "Booked Amount")
    assert profile.columns.currency == "Booked Currency"


def test_unused_columns_at_the_end_do_not_count_without_a_header(proposed):
    profile = proposed(csv("31.01.2024;a;-12,50;;", "30.01.2024;b;8,10;;")).profile
    assert profile.header.none == 3


def test_a_row_of_unknown_names_above_the_data_is_a_header(proposed):
    text = csv("Ehegg,Zumm,Ploff", "2024-01-31,a,-5.50", "2024-01-30,b,6.50")
    with pytest.raises(InputProblem):
        proposed(text)
    assert proposed(text, amount_column="Ploff").profile.header.columns[0] == "Ehegg"


# Texts and accounts.


def test_of_two_accounts_without_a_word_the_second_is_the_other_party(proposed):
    text = csv(
        "Date,Account,IBAN,Text,Amount",
        "2024-01-31,12345678,DE02120300000000202051,a,-5.00",
        "2024-01-30,12345678,DE02500105170137075030,b,7.00",
    )
    columns = proposed(text).profile.columns
    assert (columns.own_account, columns.counterparty_account) == ("Account", "IBAN")


def test_numbers_of_payments_that_are_short_or_missing_tell_nothing_apart(proposed):
    text = csv("Date,Reference ID,Text,Amount", "2024-01-31,{},a,-5.00", "2024-01-30,AB1235,b,7.00")
    assert proposed(text.format("AB1234")).profile.identity == "bank-id"
    for other in ("1", "", "AB1235"):
        assert proposed(text.format(other)).profile.identity == "content"


def test_names_of_currencies_become_codes(rows_of):
    text = csv("日期,摘要,币种,金额", "2024-01-31,a,人民币,-5.50", "2024-01-30,b,美元,7.50")
    assert [row.currency for row in rows_of(text)] == ["CNY", "USD"]


def test_a_description_before_other_texts_is_the_party(proposed):
    columns = proposed(
        csv("Date,Description,Memo,Amount", "2024-01-31,Acme,rent,-5.0", "2024-01-30,Beta,fee,7.0")
    ).profile.columns
    assert (columns.counterparty, columns.reference) == ("Description", "Memo")


# Days.


@pytest.mark.parametrize(
    "text",
    ["31/01/2024 10:15:00.123", "31/01/2024 10:15 AM", "31/01/2024 10:15AM",
     "2024-01-31T10:15:00Z", "2024-01-31 10:15:00 +01:00", "31.01.2024 10:15:00 UTC",
     "2024 Jan 31", "20240131 10:15:00", "20240131T101500", "Wed, 31 Jan 2024",
     "Jan 31, 2024", "31 de enero de 2024", "2024年1月31日", "31-Jan-24", "31. 1. 2024"],
)  # fmt: skip
def test_days_in_many_writings(rows_of, text):
    (row,) = rows_of(csv('"Date";"Text";"Amount"', f'"{text}";"a";"-5,00"'))
    assert row.posting_date == date(2024, 1, 31)


def test_a_writing_that_the_sample_did_not_show_is_found(rows_of):
    lines = [f"2024-01-{10 + at % 20},t{at},-{at}.50" for at in range(2_000)]
    lines[701] = "2024-01-31 10:15:00,t,-1.50"
    assert rows_of(csv("Date,Text,Amount", *lines))[701].posting_date == date(2024, 1, 31)


def test_a_table_without_days_is_no_list_of_payments(rows_of):
    with pytest.raises(InputProblem, match="no column holds days, so these are no payments"):
        rows_of(csv("Name,Account,Amount", "a,b,5.00", "c,d,6.00"))


def test_the_own_account_is_told_by_its_name(proposed):
    columns = proposed(
        csv("Our IBAN,Day,IBAN,Sum", "DE02120300000000202051,2024-01-31,DE02500105170137075030,-5")
    ).profile.columns
    assert (columns.own_account, columns.counterparty_account) == ("Our IBAN", "IBAN")


def test_columns_that_the_next_file_may_fill_are_taken_along(proposed):
    profile = proposed(
        csv("Name,Datum,Bedrag,Naam tegenpartij,Tekst 1,Tekst 2", "Me,31-01-2024,-5.00,,a word,")
    ).profile
    assert profile.columns.counterparty == "Naam tegenpartij"
    assert profile.columns.reference == ("Tekst 1", "Tekst 2")


@pytest.mark.parametrize(("cell", "party"), [("Schmidt GmbH", "Kunde"), ("K10500 Schmidt", None)])
def test_names_of_customers_are_those_who_paid(proposed, cell, party):
    text = csv("Datum,Buchungstext,Betrag,Kunde", f"31.01.2024,Zahlung RE-1001,5.00,{cell}")
    assert proposed(text).profile.columns.counterparty == party


def test_times_are_no_text_of_a_payment(proposed):
    text = csv("Date,Transaction time,Text,Amount", "2024-01-31,10:15:00 AM,rent,-5.00")
    assert proposed(text).profile.columns.reference == "Text"


def test_the_toml_says_how_to_decide_a_question(proposed):
    toml = proposed(csv("Date,Text,Amount", "2024-01-31,a,5.00")).toml
    assert "received or paid. Decide it here, or propose it again with --positive." in toml
    assert '# currency = "EUR"' in toml
