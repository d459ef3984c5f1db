"""Each rule of evidence by the smallest file that shows it, and its counterpart without it."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from importer.errors import InputProblem, NeedsInput, UsageProblem
from importer.proposing import Answers, propose


def csv(*lines):
    return "\n".join(lines) + "\n"


# Words beside the digits.


def test_words_beside_the_digits_say_the_direction(amounts):
    text = csv(
        "Date,Text,Amount,Balance",
        '31/01/2024,fee,15.00 DR,"1,23,341.80 Cr"',
        '17/01/2024,client,"1,20,000.00 CR","1,23,356.80 Cr"',
    )
    assert amounts(text) == ["-15.00", "120000.00"]


def test_they_may_stand_before_the_digits_and_opposite_a_currency(amounts):
    text = csv("Date,Text,Amount", "31.01.2024,fee,D 5.00", "30.01.2024,client,EUR 7.50 C")
    assert amounts(text) == ["-5.00", "7.50"]


def test_amounts_without_a_word_go_the_other_way(amounts):
    text = csv("Date,Text,Amount", "31/01/2024,shop,40.00", "17/01/2024,thanks,50.00 CR")
    assert amounts(text) == ["-40.00", "50.00"]
    assert amounts(text.replace("CR", "DR")) == ["40.00", "-50.00"]


def test_amounts_without_a_word_beside_both_words_are_asked_about(amounts):
    text = csv(
        "Date,Text,Amount", "31/01/2024,a,40.00", "17/01/2024,b,5.00 CR", "16/01/2024,c,6.00 DR"
    )
    with pytest.raises(NeedsInput, match="1 amounts in 'Amount' have no word beside them"):
        amounts(text)
    assert amounts(text, positive="paid") == ["-40.00", "5.00", "-6.00"]


# Balances that the file prints.

PREAMBLE = "Opening balance,1000.00\nClosing balance,{}\nDate,Text,{}\n"


@pytest.mark.parametrize(("closing", "side"), [("1070.00", ""), ("930.00", "-")])
def test_opening_and_closing_balance_prove_the_sign(amounts, closing, side):
    text = PREAMBLE.format(closing, "Amount") + "2024-01-31,one,100.00\n2024-01-30,two,-30.00\n"
    other = "" if side else "-"
    assert amounts(text) == [f"{side}100.00", f"{other}30.00"]


def test_without_agreeing_balances_the_sign_is_asked_about(amounts):
    rows = "2024-01-31,one,100.00\n2024-01-30,two,-30.00\n2024-01-30,three,1.00\n"
    text = PREAMBLE.format("1072.00", "Amount") + rows
    with pytest.raises(NeedsInput, match="received or paid"):
        amounts(text)


def test_opening_and_closing_balance_prove_which_column_is_money_received(amounts):
    body = "2024-01-31,one,,100.00\n2024-01-30,two,30.00,\n2024-01-29,three,5.50,\n"
    with pytest.raises(NeedsInput, match="nothing says which of them is money received"):
        amounts(body)
    prints = "Opening balance: 1000.00,,,\nClosing balance: 1064.50,,,\n"
    assert amounts(prints + body) == ["100.00", "-30.00", "-5.50"]


def test_opening_and_closing_balance_prove_which_amount_counts(amounts):
    rows = "2024-01-31,one,100.00,97.00\n2024-01-30,two,-30.00,-31.00\n"
    text = "Date,Text,Gross amount,Net amount\n" + rows
    with pytest.raises(NeedsInput, match="More than one column"):
        amounts(text)
    prints = "Opening balance,1000.00,,\nClosing balance,1066.00,,\n"
    assert amounts(prints + text) == ["97.00", "-31.00"]


def test_opening_and_closing_balance_prove_the_decimal_mark(amounts):
    rows = 'Date,Text,Amount\n2024-01-31,one,"1,234"\n2024-01-30,two,-30\n'
    with pytest.raises(NeedsInput, match="decimal mark"):
        amounts(rows)
    prints = "Opening balance,1000,\nClosing balance,2204,\n"
    assert amounts(prints + rows) == ["1234.00", "-30.00"]


def test_balances_in_a_workbook_are_numbers(rows_of):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ("Opening balance", 1000.5),
        ("Closing balance", "1070.50"),
        ("as of", "31/01/2024"),
        ("Date", "Text", "Amount"),
        (date(2024, 1, 31), "one", 100),
        (date(2024, 1, 30), "two", -30),
        ("printed on 31/01", None, None),
    ):
        sheet.append(row)
    rows = rows_of(_saved(book), "statement.xlsx")
    paid = [row.amount for row in rows if row.bucket is None]
    assert paid == [Decimal(100)]


# A day on the first row of each day.

DAYS = (
    "Date,Text,Out,In,Balance",
    "15 Jan 2024,client,,500.00,1500.00",
    ",shop,25.00,,1475.00",
    ",other,75.50,,1399.50",
    "16 Jan 2024,client,,300.00,1699.50",
)


def test_a_balance_proves_that_rows_without_a_day_belong_to_the_day_above(rows_of):
    rows = rows_of(csv(*DAYS, "Total,,100.50,800.00,"))
    assert [(str(row.posting_date), str(row.amount)) for row in rows[:4]] == [
        ("2024-01-15", "500.00"),
        ("2024-01-15", "-25.00"),
        ("2024-01-15", "-75.50"),
        ("2024-01-16", "300.00"),
    ]
    assert rows[4].kind == "total"


def test_labelled_totals_below_such_rows_are_no_payments(rows_of):
    rows = rows_of(csv(*DAYS, ",Total,100.50,800.00,"))
    assert [str(row.kind) for row in rows] == [
        "incoming", "outgoing", "outgoing", "incoming", "total"
    ]  # fmt: skip


def test_without_that_proof_rows_without_a_day_are_asked_about(amounts):
    broken = csv(*DAYS[:-1], "16 Jan 2024,client,,300.00,9999.99", ",x,1.00,,2.00")
    with pytest.raises(NeedsInput, match="3 rows have an amount and nothing in 'Date'"):
        amounts(broken)
    nameless = csv(*DAYS, ",,100.50,800.00,", ",,1.00,,")
    with pytest.raises(NeedsInput, match="have an amount and nothing in 'Date'"):
        amounts(nameless)


# Several accounts in one file.


def test_balances_run_account_by_account(read_here):
    text = csv(
        "Date,Account,Text,Amount,Balance",
        "2024-01-02,1111111,a,10.00,110.00",
        "2024-01-02,2222222,b,20.00,520.00",
        "2024-01-03,1111111,c,30.00,140.00",
        "2024-01-03,2222222,d,40.00,560.00",
        "2024-01-04,1111111,e,-5.00,135.00",
        "2024-01-04,2222222,f,5.00,565.00",
    )
    proposal = propose(read_here(text))
    why = next(one.why for one in proposal.reasons if one.key == "amount.positive")
    assert why == "proven by 'Balance', which changes by it in 4 of 4 rows"
    assert proposal.profile.columns.own_account == "Account"


def test_balances_run_currency_by_currency(read_here):
    text = csv(
        "Date,Text,Amount,Currency,Balance",
        "2024-01-02,a,10.00,EUR,110.00",
        "2024-01-02,b,20.00,USD,520.00",
        "2024-01-03,c,30.00,EUR,140.00",
        "2024-01-03,d,40.00,USD,560.00",
    )
    why = next(one.why for one in propose(read_here(text)).reasons if one.key == "amount.positive")
    assert "in 2 of 2 rows" in why


# Days.


def test_a_mark_of_text_before_a_day_is_read_over(rows_of):
    (row,) = rows_of(csv("Date,Text,Amount", "'31/01/2024,a,-5.00"))
    assert row.posting_date == date(2024, 1, 31)


@pytest.mark.parametrize("name", ["ianuarie", "ocak", "januára", "января", "tammikuuta"])
def test_months_have_names_in_many_languages(rows_of, name):
    (row,) = rows_of(csv("Date,Text,Amount", f"31 {name} 2024,a,-5.00"))
    assert row.posting_date == date(2024, 1, 31)


def test_notes_beside_true_dates_are_no_days_without_a_year(rows_of):
    book = openpyxl.Workbook()
    for row in (
        ("Date", "Text", "Amount"),
        (date(2024, 1, 31), "one", -100.5),
        (date(2024, 1, 30), "two", -30),
        ("Balance from here on", None, None),
    ):
        book.active.append(row)
    rows = rows_of(_saved(book), "statement.xlsx")
    assert [str(row.kind) for row in rows] == ["outgoing", "outgoing", "balance"]


def _saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# Amounts.


def test_of_two_amounts_the_one_with_its_tax_counts(amounts):
    rows = "2024-01-31,one,100.00,120.00,20.00\n2024-01-30,two,-30.00,-30.00,0.00\n"
    text = "Date,Text,Net amount,Gross amount,VAT\n" + rows
    assert amounts(text, positive="received") == ["120.00", "-30.00"]
    with pytest.raises(NeedsInput, match="More than one column"):
        amounts(text.replace("20.00\n", "21.00\n"), positive="received")


@pytest.mark.parametrize("header", ["日付,内容,金額", "日期,摘要,金额", "วันที่,รายการ,จำนวนเงิน"])
def test_headers_of_east_asia_tell_that_a_comma_divides_thousands(amounts, header):
    assert amounts(header + '\n2024-01-31,a,"-1,234"\n') == ["-1234.00"]


def test_a_currency_heads_amounts_only_among_columns_of_payments(amounts):
    assert amounts(csv("Date,Text,CAD$", "2024-01-31,a,-1.50")) == ["-1.50"]
    with pytest.raises(InputProblem) as caught:
        amounts(csv("Date,EUR,USD,CHF", "2024-01-31,1.00,1.08,0.94", "2024-01-30,1.00,1.09,0.95"))
    assert caught.value.verdict == "not-payments"


# Rows and tables that are none.


def test_balances_below_a_day_that_is_none_are_skipped(rows_of):
    rows = rows_of(
        csv(
            "ALL,0,100.00,OPENING BALANCE",
            "HIST,20240131,-5.00,CARD",
            "HIST,20240201,20.00,CLIENT",
            "HIST,20240202,-7.00,FEES",
            "ALL,0,108.00,CLOSING BALANCE",
        )
    )
    assert [str(row.kind) for row in rows] == [
        "balance", "outgoing", "incoming", "outgoing", "balance"
    ]  # fmt: skip


def test_due_days_are_those_of_payments_where_amounts_have_signs_beside_other_accounts(amounts):
    rows = "2024-01-31,one,DE02120300000000202051,{}\n2024-02-01,two,DE02500105170137075030,7.00\n"
    text = "Due date,Counterparty,Account,Amount\n" + rows
    assert amounts(text.format("-5.00")) == ["-5.00", "7.00"]
    with pytest.raises(InputProblem, match="are not those of payments"):
        amounts(text.format("5.00"))


def test_the_only_row_without_a_day_is_no_total_where_the_sums_differ(rows_of):
    text = csv("Date,Text,Out,In", "31-01-2024,a,,500.00", "30-01-2024,b,30.25,", ",,30.25,{}")
    assert [str(row.kind) for row in rows_of(text.format("500.00"))][-1] == "total"
    last = rows_of(text.format("500.01"))[-1]
    assert (str(last.kind), str(last.bucket)) == ("incoming", "rejected")


def test_days_in_an_unknown_writing_are_asked_about_and_can_be_answered(rows_of):
    text = csv("Date,Text,Amount", "W31/01/2024,a,-5.00", "W30/01/2024,b,-7.00")
    with pytest.raises(NeedsInput, match="such as 'W31/01/2024', are in no known way to write day"):
        rows_of(text)
    rows = rows_of(text, date_format="W%d/%m/%Y")
    assert [row.posting_date for row in rows] == [date(2024, 1, 31), date(2024, 1, 30)]


def test_a_date_format_that_cannot_be_used_is_refused():
    with pytest.raises(UsageProblem, match="has no month; expected exactly one"):
        Answers(date_format="%d")


def test_the_signs_of_more_currencies_are_known(rows_of):
    for sign, currency in (("₸", "KZT"), ("RM", "MYR"), ("₦", "NGN")):
        (row,) = rows_of(csv("Date,Text,Amount", f"31.01.2024,a,-5.00 {sign}"))
        assert row.currency == currency


def test_columns_called_cr_and_dr_or_in_and_out_are_two_sides(amounts):
    for header in ("Dr Amount,Cr Amount", "Beløp ut,Beløp inn", "引き出し額,預け入れ額"):
        text = csv(f"Date,Text,{header}", "2024-01-31,a,,5.00", "2024-01-30,b,7.25,")
        assert amounts(text) == ["5.00", "-7.25"]


SHOP = csv(
    "Date,Text,Amount",
    "2024-01-31,client,100.00",
    "2024-01-30,client,-30.00",
    "2024-01-29,NEW BALANCE STORE,-80.00",
)


def test_a_shop_that_is_called_like_a_balance_is_asked_about(amounts):
    with pytest.raises(NeedsInput, match="says 'NEW BALANCE STORE' in 'Text'"):
        amounts(SHOP)
    assert amounts(SHOP.replace("BALANCE STORE", "BALANCE at 29 Jan")) == ["100.00", "-30.00"]


def test_a_running_balance_proves_that_such_a_shop_was_paid(amounts):
    text = csv(
        "Date,Text,Amount,Balance",
        "2024-01-31,client,100.00,190.00",
        "2024-01-30,NEW BALANCE STORE,-30.00,90.00",
        "2024-01-29,client,20.00,120.00",
    )
    assert amounts(text) == ["100.00", "-30.00", "20.00"]


def test_payments_called_like_a_row_without_an_amount_remain_payments(rows_of):
    text = csv(
        "Date,Text,Amount",
        "2024-01-31,Total Energy,-100.00",
        "2024-01-30,Total Energy,",
        "2024-01-29,client,20.00",
    )
    assert [str(row.kind) for row in rows_of(text)] == ["outgoing", "incoming", "incoming"]


def test_a_second_table_ends_the_payments_and_no_earlier_row_does(rows_of):
    text = csv(
        "Date,Text,Amount",
        "2024-01-31,Account,-100.00",
        "2024-01-30,client,20.00",
        "Account,Currency,Balance",
        "1234,EUR,x",
    )
    rows = rows_of(text)
    assert [str(row.kind) for row in rows] == ["outgoing", "incoming", "other", "other"]
    assert rows[-1].reason == "another table begins"


def test_returned_debits_that_moved_the_balance_are_payments(amounts):
    text = csv(
        "Date,Text,Type,Amount,Balance",
        "2024-01-29,a,Payment,20.00,120.00",
        "2024-01-30,b,Returned debit,30.00,150.00",
        "2024-01-31,c,Payment,-5.00,{}",
    )
    assert amounts(text.format("145.00")) == ["20.00", "30.00", "-5.00"]
    unmoved = text.format("115.00").replace("150.00", "120.00")
    assert amounts(unmoved) == ["20.00", "-5.00"]
