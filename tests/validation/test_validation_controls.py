"""What a file prints about itself must agree with what was read of it."""

import random
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from importer.mapping import map_rows
from importer.mapping.stated import meaning
from importer.model import Place, Says, Severity
from importer.validation import evidence, validate
from schemas.profile import parse_profile

HEADER = ["Day", "Text", "In", "Out", "Balance", "Account"]
PROFILE = parse_profile(
    """
[header]
columns = ["Day", "Text", "In", "Out", "Balance", "Account"]
[date]
column = "Day"
formats = "%Y-%m-%d"
[amount]
credit = "In"
debit = "Out"
thousands = ","
[columns]
reference = "Text"
balance = "Balance"
own_account = "Account"
[[skip]]
pattern = "^Total"
kind = "total"
[[skip]]
column = "Text"
pattern = "(?i)balance"
kind = "balance"
""",
    "own",
)


def statement(moves, opening="100.00", account="A"):
    rows, balance = [], Decimal(opening)
    for number, move in enumerate(moves, 1):
        amount = Decimal(move)
        balance += amount
        sides = (str(amount), "") if amount > 0 else ("", str(-amount))
        rows.append([f"2024-03-{number:02d}", f"move {number}", *sides, str(balance), account])
    return rows


def found(grid_of, rows, profile=PROFILE):
    return list(evidence(map_rows(grid_of(rows), profile)))


def row_of(finding):
    return int(re.search(r"' of row (\d+)", finding.message)[1])


MOVES = ("10.00", "-4.50", "7.25", "-1.00", "20.00", "3.10", "-9.99")


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_balance_that_runs_is_no_finding(grid_of, newest_first):
    rows = statement(MOVES)
    assert found(grid_of, [HEADER, *(rows[::-1] if newest_first else rows)]) == []


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("at", range(1, 6))
def test_a_changed_amount_is_named(grid_of, newest_first, at):
    rows = statement(MOVES)
    side = 2 if rows[at][2] else 3
    rows[at][side] = str(Decimal(rows[at][side]) + 1)
    table = [HEADER, *(rows[::-1] if newest_first else rows)]
    (one,) = found(grid_of, table)
    assert (one.code, one.severity, one.row) == ("balance-breaks", Severity.ERROR, None)
    assert table[row_of(one) - 1] is rows[at]
    assert one.column == "Balance"


def test_one_wrong_balance_is_one_finding(grid_of):
    rows = statement(MOVES)
    rows[3][4] = "999.00"
    (one,) = found(grid_of, [HEADER, *rows])
    assert one.message == (
        "the balance '999.00' of row 5 does not agree with that of row 4 and the amounts between "
        "them; expected 111.75"
    )


def test_rows_that_came_back_are_no_chain(grid_of):
    rows = [HEADER, *statement(MOVES)]
    del rows[3]
    grid = grid_of(rows)
    assert list(evidence(map_rows(grid, PROFILE)))
    for back in (
        replace(grid, places={2: Place(("ab",), 2)}),
        replace(grid, layout=replace(grid.layout, origin="ab")),
        replace(grid, layout=replace(grid.layout, sources="ab")),
    ):
        assert list(evidence(map_rows(back, PROFILE))) == []


def test_a_missing_row_is_a_break(grid_of):
    rows = statement(MOVES)
    del rows[3]
    (one,) = found(grid_of, [HEADER, *rows])
    assert row_of(one) == 5


def test_accounts_run_on_their_own(grid_of):
    first, second = statement(MOVES), statement(MOVES[::-1], "5000", "B")
    mixed = [row for pair in zip(first, second, strict=True) for row in pair]
    assert found(grid_of, [HEADER, *mixed]) == []


def test_rows_of_one_day_in_another_order_are_no_finding(grid_of):
    moves = [str(number) for number in range(1, 21)]
    rows = statement(moves)
    rows[4:7] = [rows[6], rows[4], rows[5]]
    assert found(grid_of, [HEADER, *rows]) == []


def test_a_file_in_no_order_is_not_judged(grid_of):
    rows = statement(MOVES * 3)
    random.Random(5).shuffle(rows)
    assert found(grid_of, [HEADER, *rows]) == []


def test_balances_on_some_rows_only_are_compared_across_the_others(grid_of):
    rows = statement(MOVES * 3)
    for at, row in enumerate(rows):
        if at % 3:
            row[4] = ""
    assert found(grid_of, [HEADER, *rows]) == []
    rows[10][2 if rows[10][2] else 3] = "77.00"
    assert [one.code for one in found(grid_of, [HEADER, *rows])] == ["balance-breaks"]


def test_an_unreadable_amount_is_its_own_finding_alone(grid_of):
    rows = statement(MOVES)
    rows[4][2] = "2O.00"
    assert found(grid_of, [HEADER, *rows]) == []


TOTALS = ["Total", "", "40.35", "15.49", "", ""]


def test_totals_that_agree_are_no_finding(grid_of):
    assert found(grid_of, [HEADER, *statement(MOVES), TOTALS]) == []


def test_totals_that_differ_stop_the_file(grid_of):
    rows = [HEADER, *statement(MOVES)[:-1], TOTALS]
    (one,) = found(grid_of, rows)
    assert (one.code, one.severity, one.row) == ("control-total-differs", Severity.ERROR, None)
    assert one.sentence("file.csv") == (
        "file.csv: row 8 states the total of money paid 15.49 ('total'); the rows of the file "
        "give 5.50. Export the file again, whole; if it is right as it is, import it with "
        "--accept-totals."
    )


def test_subtotals_count_from_the_last_one(grid_of):
    rows = statement(MOVES)
    first = ["Total March", "", "17.25", "4.50", "", ""]
    second = ["Total April", "", "23.10", "10.99", "", ""]
    assert found(grid_of, [HEADER, *rows[:3], first, *rows[3:], second]) == []


def test_an_unreadable_amount_leaves_totals_unproven(grid_of):
    rows = statement(MOVES)
    rows[0][2] = "l0.00"
    (one,) = found(grid_of, [HEADER, *rows, TOTALS])
    assert (one.code, one.severity) == ("control-total-unproven", Severity.WARNING)


@pytest.mark.parametrize(
    ("closing", "codes"), [("124.86", []), ("125.86", ["control-total-differs"])]
)
@pytest.mark.parametrize("place", ["above", "beside", "below", "in rows"])
def test_opening_and_closing_balances(grid_of, closing, codes, place):
    rows = [[*row[:4], "", ""] for row in statement(MOVES)]
    around = {
        "above": [["Opening balance: 100.00"], [f"Closing balance: USD {closing}"], HEADER, *rows],
        "beside": [["Saldo inicial", "", "100.00"], ["Saldo final", "", closing], HEADER, *rows],
        "below": [["Kontostand alt", "Kontostand neu"], ["100.00", closing], HEADER, *rows],
        "in rows": [
            HEADER,
            ["2024-03-01", "Opening balance", "100.00"],
            *rows,
            ["2024-03-31", "Closing balance", closing],
        ],
    }
    assert [one.code for one in found(grid_of, around[place])] == codes


@pytest.mark.parametrize(("count", "codes"), [(7, []), (8, ["control-total-differs"])])
def test_printed_counts(grid_of, count, codes):
    for line in (f"Number of transactions: {count}", f"Anzahl Buchungen: {count}", f"共{count}笔"):
        rows = [[line], HEADER, *statement(MOVES)]
        assert [one.code for one in found(grid_of, rows)] == codes


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("Beginning balance as of 01/01/2024", Says.OPENING),
        ("Počáteční zůstatek", Says.OPENING),
        ("Saldo początkowe", Says.OPENING),
        ("Alter Kontostand", Says.OPENING),
        ("Ingående saldo", Says.OPENING),
        ("期末余额", Says.CLOSING),
        ("Nyt slutsaldo", Says.CLOSING),
        ("Solde final", Says.CLOSING),
        ("Total credits", Says.RECEIVED),
        ("Summe Soll", Says.PAID),
        ("Totale uscite", Says.PAID),
        ("Aantal transacties", Says.COUNT),
        ("Number of credit transactions", Says.COUNT_RECEIVED),
        ("Available balance", None),
        ("Kontostand vom 31.12.2023", None),
        ("Balance", None),
        ("Deposit", None),
        ("Account number", None),
        ("Total", None),
    ],
)
def test_labels(label, says):
    assert meaning(label) is says


def test_findings_reach_the_report(grid_of):
    rows = [HEADER, *statement(MOVES)[:-1], TOTALS]
    result = validate(map_rows(grid_of(rows), PROFILE), require_reference=False)
    assert [one.code for one in result.findings] == ["control-total-differs"]
    assert len(result.payments) == 4
