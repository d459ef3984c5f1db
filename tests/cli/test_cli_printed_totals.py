"""Totals that a file prints stop an import before the first request that writes."""

import csv

import pytest
from openpyxl import Workbook

FILE = """Opening balance: 100.00
Closing balance: {closing}
Posting Date,Customer No.,Amount,Description
2026-01-05,10000,50.00,first
2026-01-06,20000,25.50,second
"""


def test_a_file_that_contradicts_itself_is_not_sent(connected, simulator, tmp_path):
    (tmp_path / "payments.csv").write_text(FILE.format(closing="180.00"))
    options = ("--create-journal", "--yes", "--json")
    ended = connected("import", "payments.csv", *options, CUSTOMER_PAYMENTS_JOURNAL="NEW")
    assert ended.code == 1
    assert "states the closing balance 180.00 ('Closing balance')" in ended.err + ended.out
    assert not simulator.company().payments("IMPORT")
    assert not any(journal["code"] == "NEW" for journal in simulator.company().journals())

    checked = connected("check", "payments.csv", "--json")
    assert checked.code == 1
    assert "control-total-differs" in [one["code"] for one in checked.document["findings"]]

    ended = connected("import", "payments.csv", "--yes", "--json", "--accept-totals")
    assert ended.code == 0, ended.err
    assert ended.document["counts"]["created"] == 2


def test_a_file_that_agrees_with_itself_is_sent(connected, tmp_path):
    (tmp_path / "payments.csv").write_text(FILE.format(closing="175.50"))
    ended = connected("import", "payments.csv", "--yes", "--json")
    assert ended.code == 0, ended.err


CAPTIONS = """Posting Date,Customer No.,Amount
2026-01-05,10000,50.00
2026-01-06,20000,25.50
Summe,,{total}
"""


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_total_among_captions_is_compared_and_not_added_up(terminal, tmp_path, kind):
    for total, code in (("75.50", 0), ("76.50", 1)):
        name = f"payments.{kind}"
        text = CAPTIONS.format(total=total)
        if kind == "csv":
            (tmp_path / name).write_text(text)
        else:
            book = Workbook()
            for row in csv.reader(text.splitlines()):
                book.active.append([float(one) if one.endswith("50") else one for one in row])
            book.save(tmp_path / name)
        ended = terminal("check", name, "--offline", "--json")
        assert ended.code == code, ended.err
        assert ended.document["counts"]["rejected"] == 0
        found = [one["code"] for one in ended.document["findings"]]
        assert found == ["control-total-differs"] * code


CHAIN = """Posting Date,Customer No.,Amount,Saldo
2026-01-05,10000,50.00,150.00
2026-01-06,20000,25.50,175.50
2026-01-07,20000,{third},186.00
2026-01-08,10000,4.00,190.00
2026-01-09,10000,5.00,195.00
"""
PROFILE = """
[header]
columns = ["Posting Date", "Customer No.", "Amount", "Saldo"]
[date]
column = "Posting Date"
formats = "%Y-%m-%d"
[amount]
column = "Amount"
decimal = "."
[columns]
customer_number = "Customer No."
balance = "Saldo"
"""


def test_a_balance_that_the_amounts_contradict_stops_the_file(connected, simulator, tmp_path):
    (tmp_path / "own.toml").write_text(PROFILE)
    (tmp_path / "payments.csv").write_text(CHAIN.format(third="100.50"))
    options = ("--profile", "own.toml", "--yes", "--json", "--skip", "4")
    ended = connected("import", "payments.csv", *options)
    assert ended.code == 1
    assert (
        "the balance '186.00' of row 4 does not agree with that of row 3 and the amounts between "
        "them; expected 276.00"
    ) in ended.err + ended.out
    assert not simulator.company().payments("IMPORT")

    ended = connected("import", "payments.csv", *options, "--accept-totals")
    assert ended.code == 0, ended.err
    assert ended.document["counts"]["created"] == 4
