"""Whose account a column holds, and what then tells equal payments apart."""

from __future__ import annotations

from importer.proposing import propose

OTHERS = [
    "Datum;Name;Kontonummer/IBAN;Zweck;Betrag;Saldo;Status",
    "02.02.2024;Acme;DE02999999990000000001;RE 1;10,00;110,00;gebucht",
    "03.02.2024;Bob;DE02999999990000000002;RE 2;-20,00;90,00;gebucht",
    "04.02.2024;Bank;;Entgelt;-5,00;85,00;gebucht",
    "05.02.2024;Acme;DE02999999990000000001;RE 3;15,00;100,00;gebucht",
]


def _proposed(read_here, *lines):
    return propose(read_here("\n".join(lines) + "\n"))


def test_the_only_accounts_that_change_from_row_to_row_are_those_of_others(read_here):
    columns = _proposed(read_here, *OTHERS).profile.columns
    assert columns.counterparty_account == "Kontonummer/IBAN"
    assert columns.own_account is None


def test_one_account_in_all_rows_is_that_of_the_file(read_here):
    lines = [line.replace("0002;", "0001;").replace(";;", ";DE1;") for line in OTHERS]
    columns = _proposed(read_here, *[line.replace("DE1", "") for line in lines]).profile.columns
    assert columns.own_account == "Kontonummer/IBAN"


def test_accounts_by_which_the_balance_runs_are_those_of_the_file(read_here):
    columns = _proposed(
        read_here,
        "Date;Account;Text;Amount;Balance",
        "2024-02-02;DE02999999990000000001;one;10.00;110.00",
        "2024-02-03;DE02999999990000000002;two;-20.00;980.00",
        "2024-02-04;DE02999999990000000001;three;-5.00;105.00",
        "2024-02-05;DE02999999990000000002;four;15.00;995.00",
    ).profile.columns
    assert columns.own_account == "Account"


def test_cards_are_the_holders_own(read_here):
    columns = _proposed(
        read_here,
        "Date;Card number;Text;Amount",
        "2024-02-02;1234********1234;one;-10.00",
        "2024-02-03;1234********5678;two;20.00",
    ).profile.columns
    assert columns.own_account == "Card number"


def test_rows_that_are_skipped_need_no_balance_to_tell_payments_apart(read_here):
    pending = "06.02.2024;Cy;DE02999999990000000003;RE 4;7,00;;vorgemerkt"
    total = "Summe der Umsätze;;;;0,00;;"
    assert _proposed(read_here, *OTHERS, pending, total).profile.identity == "balance"


def test_payments_without_a_balance_are_said_to_be_told_by_content(read_here):
    proposal = _proposed(read_here, *OTHERS, "06.02.2024;Cy;;RE 4;7,00;;gebucht")
    assert proposal.profile.identity == "content"
    (reason,) = (one.why for one in proposal.reasons if one.key == "identity")
    assert reason.startswith("some payments have nothing in 'Saldo'")
