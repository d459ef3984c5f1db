"""Each kind of evidence decides alone; without it there is a question with both readings."""

from __future__ import annotations

import time

import pandas as pd
import pyarrow as pa
import pytest

from importer.errors import InputProblem, NeedsInput, UsageProblem
from importer.mapping import map_rows
from importer.model import CellKind, Grid, Layout, SourceFile
from importer.proposing import Answers, propose
from schemas.profile import parse_profile


@pytest.fixture(name="proposed")
def proposed_fixture(read_here):
    def make(text, **answers):
        return propose(read_here(text), answers=Answers(**answers))

    return make


def settings_of(proposal):
    return {question.setting for question in proposal.questions if question.blocking}


LOW_DAYS = "Date,Description,Amount\n03/04/2024,a shop,-5.00\n05/02/2024,b shop,-7.50\n"


def test_days_up_to_twelve_are_asked_about_with_both_readings(proposed):
    proposal = proposed(LOW_DAYS)
    (question,) = [one for one in proposal.questions if one.blocking]
    assert question.readings == (
        "day first: '03/04/2024' in row 2 is 3 April 2024 (date_format '%d/%m/%Y')",
        "month first: '03/04/2024' in row 2 is 4 March 2024 (date_format '%m/%d/%Y')",
    )
    with pytest.raises(NeedsInput) as caught:
        proposal.require_decided()
    assert caught.value.readings == question.readings
    assert "# QUESTION:" in proposal.toml


def test_an_answer_decides_the_days(proposed):
    proposal = proposed(LOW_DAYS, date_format="%m/%d/%Y")
    assert settings_of(proposal) == set()
    assert proposal.profile.date.formats == ("%m/%d/%Y",)


@pytest.mark.parametrize(
    "text",
    [
        "Date,Description,Amount\n01/13/2024,a,-5.00\n05/02/2024,b,-7.50\n",
        ("Date,Posted Date,Description,Amount\n01/02/2024,01/31/2024,a,-5.00\n"
         "05/02/2024,05/03/2024,b,-7.50\n"),
        "Account,1\nPeriod 01/01/2024 - 01/31/2024,\nDate,Description,Amount\n01/02/2024,a,-5.00\n",
        "Date,Description,Amount\n" + "".join(f"{m:02d}/{d:02d}/{y},a,-5.00\n" for y, m, d in
        [(2023, 12, 9), (2024, 2, 3), (2024, 2, 8), (2024, 3, 1), (2024, 4, 2), (2024, 5, 1)]),
        ("Date,Value Date,Description,Amount\n01/02/2024,01/03/2024,a,-5.00\n"
         "05/02/2024,05/04/2024,b,-7.50\n"),
    ],
    ids=["a-13", "other-column", "period-above", "sorted", "near"],
)  # fmt: skip
def test_evidence_for_the_month_first(proposed, text):
    proposal = proposed(text)
    assert settings_of(proposal) == set()
    assert proposal.profile.date.formats == ("%m/%d/%Y",)


def test_full_stops_and_equal_numbers_need_no_question(proposed):
    dotted = proposed("Datum;Text;Betrag\n03.04.2024;a;-5,00\n")
    assert dotted.profile.date.formats == ("%d.%m.%Y",)
    equal = proposed("Date,Description,Amount\n04/04/2024,a,-5.00\n")
    assert settings_of(equal) == settings_of(dotted) == set()


def test_days_without_a_year_are_asked_about(proposed):
    with pytest.raises(NeedsInput, match="no year"):
        proposed("日付,摘要,出金,入金\n4月30日,a,,7000\n5月1日,b,4600,\n")


def test_only_marks_before_three_digits_are_asked_about(proposed):
    text = 'Date,Description,Amount\n2024-01-31,a,"-1,234"\n2024-02-01,b,-500\n'
    proposal = proposed(text)
    assert settings_of(proposal) == {"decimal"}
    assert proposed(text, decimal=".").profile.amount.thousands == (",",)
    assert settings_of(proposed(text, currency="JPY")) == set()


def test_a_rate_beside_them_decides_the_marks(proposed):
    proposal = proposed("Date,Text,Amount,Exchange rate\n2024-01-31,a,-1.234,0.98765\n")
    assert settings_of(proposal) == set()
    assert proposal.profile.amount.decimal == "."


def test_mixed_marks_are_asked_about(proposed):
    rows = "".join(f'2024-01-{d},a,"-{d},50"\n2024-01-{d},b,-{d}.50\n' for d in range(13, 19))
    assert "decimal" in settings_of(proposed("Date,Text,Amount\n" + rows))


def test_amounts_that_a_profile_cannot_read_are_asked_about(proposed):
    text = "Date,Text,Amount\n2024-01-31,a,1234.50 QQ\n2024-02-01,b,1234.50 QQ\n"
    with pytest.raises(NeedsInput, match="such as '1234\\.50 QQ', are in no known way"):
        proposed(text).require_decided()


CARD = "Date,Merchant,Amount\n2024-01-31,one,5.00\n2024-02-01,two,7.00\n2024-02-03,three,-2.00\n"


def test_a_card_without_a_word_on_its_sign_is_asked_about(proposed):
    assert settings_of(proposed(CARD)) == {"positive"}
    assert proposed(CARD, positive="paid").profile.amount.positive == "paid"


@pytest.mark.parametrize(("words", "side"), [("DC", "paid"), ("CD", "received")])
def test_words_of_direction_decide_the_sign(proposed, words, side):
    text = CARD.replace("Amount", "Type,Amount")
    text = text.replace(",-2", f",{words[1]},-2")
    text = text.replace(",5", f",{words[0]},5").replace(",7", f",{words[0]},7")
    proposal = proposed(text)
    assert settings_of(proposal) == set()
    assert proposal.profile.amount.positive == side


@pytest.mark.parametrize(("sign", "side"), [(1, "received"), (-1, "paid")])
def test_a_running_balance_decides_the_sign(proposed, sign, side):
    amounts, balance = [500, 700, -200, 300, -50], 10_000
    lines = ["Date,Text,Amount,Balance"]
    for day, amount in enumerate(amounts, start=13):
        balance += amount * sign
        lines.append(f"2024-01-{day},x,{amount}.00,{balance}.00")
    proposal = proposed("\n".join(lines))
    assert settings_of(proposal) == set()
    assert proposal.profile.amount.positive == side
    assert proposal.profile.identity == "balance"
    assert any("proven by 'Balance'" in reason.why for reason in proposal.reasons)


def test_a_balance_against_the_names_of_two_columns_is_asked_about(proposed):
    lines = ["Date,Text,Debit,Credit,Balance"]
    lines += [f"2024-01-{13 + n},x,{2 * n + 1}.00,,{(n + 1) ** 2}.00" for n in range(5)]
    assert settings_of(proposed("\n".join(lines))) == {"credit_column and debit_column"}


def test_equal_amounts_prove_no_sign(proposed):
    lines = ["Date,Text,Amount,Balance"]
    lines += [f"2024-01-{13 + n},x,10.00,{100 + 10 * n}.00" for n in range(5)]
    assert settings_of(proposed("\n".join(lines))) == {"positive"}


def test_customers_make_a_list_of_received_money(proposed):
    text = "Date,Customer No.,Customer Name,Invoice No.,Amount\n2024-01-31,10000,A Ltd,103,5.00\n"
    proposal = proposed(text)
    assert settings_of(proposal) == set()
    columns = proposal.profile.columns
    assert (columns.customer_number, columns.invoice_number) == ("Customer No.", "Invoice No.")


def test_an_empty_side_still_belongs_to_the_pair(proposed):
    proposal = proposed("Date,Text,Debit,Credit\n2024-01-31,a,5.00,\n2024-02-01,b,6.00,\n")
    assert (proposal.profile.amount.debit, proposal.profile.amount.credit) == ("Debit", "Credit")


def test_an_unknown_status_word_is_asked_about(proposed):
    text = "Date,Text,Amount,Status\n2024-01-31,a,-5.00,Posted\n2024-02-01,b,-6.00,Flurbed\n"
    (question,) = [one for one in proposed(text).questions if one.blocking]
    assert "'Flurbed'" in question.text


def test_unique_ids_are_the_identity(proposed):
    text = "Date,Text,Amount,Transaction ID\n2024-01-31,a,-5.00,AB0000017\n2024-02-01,b,-6.00,{}\n"
    assert proposed(text.format("AB0000018")).profile.identity == "bank-id"
    assert proposed(text.format("AB0000017")).profile.identity == "content"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Title,Length,Genre\nOne,3h,x\nTwo,2.5h,y\n", "not-payments"),
        ("Date,Description,Amount,Balance\n", "header-only"),
        ("Datum;Betrag;Verwendungszweck\nKeine Umsätze vorhanden;;\n", "header-only"),
        ("Item,Price,Order date,Order number\nTea,2.50,2024-01-31,17\n", "not-payments"),
        ("sku,quantity,unit price,total cost,ship_date\n1,2,3.50,7.00,2024-01-31\n",
         "not-payments"),
        (("JournalNo,JournalDate,Account Name,Amount\n1,2024-01-31,Sales,-5.00\n"
          "1,2024-01-31,Cash,5.00\n2,2024-02-01,Sales,-7.00\n2,2024-02-01,Cash,7.00\n"),
         "not-payments"),
        ("hello\nworld\n", "not-payments"),
    ],
    ids=["films", "header", "no-movements", "orders", "goods", "journal", "text"],
)  # fmt: skip
def test_other_tables_are_no_payments(proposed, text, verdict):
    with pytest.raises(InputProblem) as caught:
        proposed(text)
    assert caught.value.verdict == verdict


def test_rows_that_are_no_payments_get_rules(read_here):
    grid = read_here(
        "Account;DE02120300000000202051\n"
        "Datum;Text;Betrag;Saldo\n"
        "31.01.2024;Kauf;-5,00;95,00\n"
        ";Laden um die Ecke;;\n"
        "Vorgemerkt;Reise;-9,00;\n"
        "01.02.2024;Kauf;-6,00;89,00\n"
        ";noch ein Laden;;\n"
        ";Summe;-11,00;\n"
        "Erstellt am 02.02.2024 von niemand;;;\n"
    )
    proposal = propose(grid)
    proposal.require_decided()
    frame = map_rows(grid, proposal.profile).frame
    kinds = dict(zip(frame["row"], frame["kind"], strict=True))
    assert kinds == {
        3: "outgoing", 4: "other", 5: "pending", 6: "outgoing", 7: "other", 8: "total", 9: "other",
    }  # fmt: skip
    assert frame["reference"][0] == "Kauf Laden um die Ecke"


def test_dates_that_a_spreadsheet_swapped_are_asked_about():
    days = ["2024-03-01", "2024-05-02", "13/01/2024", "25/02/2024"]
    cells = {
        "c0": ["Date", *days],
        "c1": ["Text", "a", "b", "c", "d"],
        "c2": ["Amount", "-1.5", "2.5", "-3.5", "-4.5"],
    }
    kinds = {
        "c0": [CellKind.TEXT, CellKind.DATE, CellKind.DATE, CellKind.TEXT, CellKind.TEXT],
        "c1": [CellKind.TEXT] * 5,
        "c2": [CellKind.TEXT, *[CellKind.NUMBER] * 4],
    }
    proposal = propose(grid_of(cells, kinds))
    assert any("swapped day and month" in one.text for one in proposal.questions)


def test_a_note_below_true_dates_is_no_day_without_a_year():
    cells = {
        "c0": ["Date", "2024-03-01", "2024-05-02", "Disclaimer:"],
        "c1": ["Text", "a", "b", ""],
        "c2": ["Amount", "-1.5", "2.5", ""],
    }
    kinds = {
        "c0": [CellKind.TEXT, CellKind.DATE, CellKind.DATE, CellKind.TEXT],
        "c1": [CellKind.TEXT] * 4,
        "c2": [CellKind.TEXT, CellKind.NUMBER, CellKind.NUMBER, CellKind.EMPTY],
    }
    grid = grid_of(cells, kinds)
    proposal = propose(grid)
    proposal.require_decided()
    assert list(map_rows(grid, proposal.profile).frame["kind"]) == ["outgoing", "incoming", "other"]


def test_the_toml_is_the_profile_and_carries_the_reasons(proposed):
    proposal = proposed('Date,"Who ""x"" \\ y",Amount\n2024-01-31,Ann,-5.00\n')
    assert parse_profile(proposal.toml, "proposed") == proposal.profile
    assert "# the year comes first" in proposal.toml


def test_an_answer_must_name_a_column(proposed):
    with pytest.raises(UsageProblem, match="no column 'Nope'"):
        proposed(LOW_DAYS, amount_column="Nope")


def test_a_large_file_takes_seconds():
    count = 200_000
    amounts = [(-1) ** n * (n % 9_000 + 1) for n in range(count)]
    frame = {
        "c0": ["Datum", *(f"{n // 20_000 + 10:02d}.01.2024" for n in range(count))],
        "c1": ["Verwendungszweck", *(f"Rechnung {n}" for n in range(count))],
        "c2": ["Betrag", *(f"{amount},50" for amount in amounts)],
        "c3": ["Status", *["gebucht"] * (count - 1), "vorgemerkt"],
    }
    start = time.perf_counter()
    proposal = propose(grid_of(frame))
    assert time.perf_counter() - start < 10
    assert proposal.profile.skip[0].words == ("vorgemerkt",)


def grid_of(cells, kinds=None):
    text = pd.ArrowDtype(pa.string())
    length = len(cells["c0"])
    rows = pd.array(range(1, length + 1), dtype=pd.ArrowDtype(pa.int64()))
    frame = pd.DataFrame({"row": rows, **{k: pd.array(v, dtype=text) for k, v in cells.items()}})
    stored = None
    if kinds is not None:
        stored = pd.DataFrame({k: pd.array(v, dtype=text) for k, v in kinds.items()})
    return Grid(SourceFile("book.xlsx", "0", 1), Layout("xlsx"), frame, stored)
