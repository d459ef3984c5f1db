"""Layouts that banks have, each with the one thing that makes it odd; files made up."""

from decimal import Decimal

import pytest

from importer.errors import InputProblem, NeedsInput
from importer.mapping import map_rows, source_rows
from importer.proposing import Answers, propose


@pytest.fixture(name="amounts")
def amounts_fixture(read_here):
    """Return the signed amounts of the payments of a file whose profile is proposed."""

    def amounts(text, **answers):
        grid = read_here(text)
        proposal = propose(grid, answers=Answers(**answers))
        proposal.require_decided()
        rows = source_rows(map_rows(grid, proposal.profile))
        assert all(row.reason for row in rows if row.bucket is not None)
        return [row.amount for row in rows if row.kind in ("incoming", "outgoing")]

    return amounts


def money(*texts):
    return [Decimal(text) for text in texts]


def test_a_balance_before_each_row_does_not_turn_the_sign(amounts):
    text = (
        "03-01-2024,AA12,1000.00,45.00,card shop\n14-01-2024,AA12,1045.00,-32.10,water\n"
        "25-01-2024,AA12,1012.90,210.00,rent of K\n28-01-2024,AA12,1222.90,-2.50,costs\n"
        "31-01-2024,AA12,1220.40,-20.40,books\n"
    )
    assert amounts(text) == money("45.00", "-32.10", "210.00", "-2.50", "-20.40")


def test_days_without_marks_need_no_header(amounts):
    text = (
        "4411\tEUR\t20240102\t1250,00\t1230,05\t-19,95\tcard shop\n"
        "4411\tEUR\t20240103\t1230,05\t1730,05\t500,00\ttransfer J\n"
        "4411\tEUR\t20240115\t1730,05\t1630,05\t-100,00\tdirect debit\n"
        "4411\tEUR\t20240120\t1630,05\t2863,06\t1233,01\ttransfer M\n"
    )
    assert amounts(text) == money("-19.95", "500.00", "-100.00", "1233.01")


def test_words_of_direction_are_proven_by_a_balance_without_a_header(amounts):
    text = (
        '"02-01-2024","AA37","42,50","Debet","baker","1.957,50"\n'
        '"05-01-2024","AA37","1.500,00","Credit","foundation","3.457,50"\n'
        '"09-01-2024","AA37","250,00","Credit","person","3.707,50"\n'
        '"17-01-2024","AA37","100,00","Debet","energy","3.607,50"\n'
    )
    assert amounts(text) == money("-42.50", "1500.00", "250.00", "-100.00")


def test_a_balance_in_another_writing_does_not_decide_the_amounts(amounts):
    text = (
        "date;label;amount;account balance\n2024-01-30;client;1 000,00;1234.56\n"
        "2024-01-29;shop;-15,99;1234.56\n2024-01-15;phone;-29,99;1234.56\n"
    )
    assert amounts(text) == money("1000.00", "-15.99", "-29.99")


def test_labels_of_balances_with_a_day_are_no_payments(amounts):
    text = (
        "Date,Description,Amount,Running Bal.\n"
        '01/01/2024,Beginning balance as of 01/01/2024,,"1,000.00"\n'
        "01/15/2024,SHOP,-45.67,954.33\n01/16/2024,CHECK,-300.00,654.33\n"
        '01/30/2024,CLIENT,"1,500.00","2,154.33"\n'
    )
    assert amounts(text) == money("-45.67", "-300.00", "1500.00")


def test_lakhs_are_amounts(amounts):
    text = (
        'Date,Description,Cr/Dr,Amount\n30/01/2024,CUSTOMER,CR,"1,20,000.00"\n'
        "29/01/2024,FOOD,DR,450.00\n"
    )
    assert amounts(text) == money("120000.00", "-450.00")


def test_credits_that_all_carry_a_minus_are_received(amounts):
    text = "Date,Description,Debit,Credit\n01/30/2024,PAYMENT,,-500.00\n01/28/2024,SHOP,45.67,\n"
    assert amounts(text) == money("500.00", "-45.67")


def test_days_that_would_span_decades_are_read_the_other_way(amounts):
    text = (
        "Date,Narration,Withdrawn,Deposited,Balance\n02/01/24,CUSTOMER,,50000.00,60000.00\n"
        "05/01/24,FOOD,450.00,,59550.00\n12/01/24,CASH,5000.00,,54550.00\n"
    )
    with pytest.raises(NeedsInput, match="can be read in 2 orders"):
        amounts(text)
    assert amounts(text.replace("12/01", "31/01")) == money("50000.00", "-450.00", "-5000.00")


def test_the_only_numbers_of_a_table_of_movements_are_its_amounts(amounts):
    text = "Date,Account,Party,XYZ\n13/01/2024,AA1,client,100.50\n14/01/2024,AA1,shop,-20.25\n"
    assert amounts(text) == money("100.50", "-20.25")


def test_texts_go_on_in_columns_without_a_name(read_here):
    text = (
        "Date,Amount,Description,,\n2024-01-30,2000.00,transfer from,NOWAK,invoice 3\n"
        "2024-01-20,-5.00,fee,FEE OF JANUARY,\n"
    )
    grid = read_here(text)
    rows = source_rows(map_rows(grid, propose(grid).profile))
    assert rows[0].reference == "transfer from NOWAK invoice 3"


def test_a_last_row_that_lacks_what_all_others_have_is_asked_about(amounts):
    text = (
        "30/01/2024;250,00;Transfer;client;0;misc\n29/01/2024;-12,50;Card;bakery;0;misc\n"
        "17/01/2024;-100,00;Cheque;1234567;0;misc\n31/01/2024;1500,75;;01234 123456X;;\n"
    )
    with pytest.raises(NeedsInput, match="Row 4, the last one, lacks cells"):
        amounts(text)


@pytest.mark.parametrize(
    "text",
    [
        (
            "Trade Date,Symbol,Side,Shares,Price,Commission,Amount\n"
            "2024-01-05,AAPL,BUY,10,185.20,1.00,-1853.00\n"
            "2024-01-15,MSFT,SELL,5,390.10,1.00,1949.50\n"
        ),
        "Date,Station,Min Temp,Max Temp\n2024-01-05,Berlin,-3.5,1.2\n2024-01-16,Berlin,-1.5,2.2\n",
        (
            "Employee ID,Name,Pay Date,Hours,Gross Pay\n1,Anna,2024-01-31,160,4000.00\n"
            "2,Ben,2024-01-31,150,3500.00\n"
        ),
        "Dear Sir or Madam,\n\nthe total is 1,234.50, dated 30/01/2024.\n\nKind regards,\nAnna\n",
    ],
)
def test_other_tables_are_no_payments(amounts, text):
    with pytest.raises(InputProblem) as caught:
        amounts(text)
    assert caught.value.verdict == "not-payments"


def test_a_question_names_the_option_that_answers_it(amounts):
    text = "Date,Gross Sales,Net Total\n2024-01-30,25.00,29.12\n2024-01-31,12.50,13.05\n"
    with pytest.raises(NeedsInput, match=r"Set --amount-column\."):
        amounts(text)
    answers = {"amount_column": "Net Total", "positive": "received"}
    assert amounts(text, **answers) == money("29.12", "13.05")


def test_totals_without_a_label_are_known_by_their_sums(amounts):
    text = "Date,Text,Out,In\n31-01-2024,client,,500.00\n30-01-2024,water,30.25,\n,,30.25,500.00\n"
    assert amounts(text) == money("500.00", "-30.25")


def test_a_balance_decides_between_thousands_and_decimals(amounts):
    text = (
        "Date,Text,Out,In,Balance\n2024/01/15,transfer,,'15,000','25,000'\n"
        "2024/01/30,card,455,,'24,545'\n"
    ).replace("'", '"')
    assert amounts(text) == money("15000", "-455")


def test_a_list_of_open_invoices_is_no_list_of_payments(amounts):
    text = (
        "Customer,Document No.,Posting Date,Due Date,Original Amount,Remaining Amount\n"
        "Acme,INV1,2024-01-05,2024-02-04,1200.00,1200.00\n"
        "Beta,INV2,2024-01-15,2024-02-14,600.00,300.00\n"
    )
    with pytest.raises(InputProblem, match="open invoices"):
        amounts(text)


def test_the_payer_is_named_where_payee_and_payer_stand_apart(read_here):
    text = (
        "Date;Amount;Payee;Payer;Message\n31.01.2024;1500,00;Our Firm;Client Oy;7\n"
        "30.01.2024;-45,50;Shop;Our Firm;8\n"
    )
    grid = read_here(text)
    assert source_rows(map_rows(grid, propose(grid).profile))[0].counterparty == "Client Oy"
