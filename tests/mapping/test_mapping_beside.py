"""Columns beside captions that say which rows are payments: never passed over in silence."""

from decimal import Decimal

import pytest

from importer.errors import NeedsInput
from importer.mapping import captions_profile, columns_beside, source_rows
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import understand_whole

HEADER = ["Date", "Customer No.", "Amount", "Currency Code"]


def rows_of(
    grid_of, name, *words, amounts=("100.00", "50.00", "25.00"), header=HEADER, positive=""
):
    rows = [[f"2024-03-1{at}", f"C{at}", amounts[at], "EUR", word] for at, word in enumerate(words)]
    grid = grid_of([["a title"], [*header, name], *rows])
    mapped = understand_whole(grid, Reading(positive=positive)).mapped
    return [(str(row.kind), row.amount) for row in source_rows(mapped)]


def paid(grid_of, *args, **keys):
    return [amount for kind, amount in rows_of(grid_of, *args, **keys) if kind == "incoming"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Status", ("Posted", "Cancelled")),
        ("Status", ("succeeded", "failed")),
        ("Status", ("bezahlt", "offen")),
        ("Payment Status", ("Completed", "Pending")),
        ("Cleared", ("Yes", "No")),
        ("Paid?", ("Yes", "No")),
        ("Paid", ("1", "0")),
        ("Received", ("y", "n")),
        ("Storno", ("", "ja")),
        ("Bounced", ("", "x")),
        ("Status", ("Paid", "Bounced")),
        ("Status", ("Posted", "Draft")),
        ("Status", ("Posted", "Deleted")),
        ("Reversed", ("No", "Yes")),
        ("Flag", ("booked", "void")),
        ("Comment", ("paid", "declined")),
        ("D/C", ("C", "D")),
        ("Soll/Haben", ("H", "S")),
        ("Type", ("Payment", "Refund")),
        ("Vorgang", ("Zahlungseingang", "Zahlungsausgang")),
        ("Movement", ("Payment", "Disbursement")),
    ],
)
def test_a_row_that_is_no_payment_by_another_column_is_none(grid_of, name, words):
    assert paid(grid_of, name, *words) == [Decimal("100.00")]


@pytest.mark.parametrize(
    ("name", "words", "asked"),
    [
        ("Status", ("Paid", "Flummoxed"), "'Status' holds words whose meaning is not known"),
        ("D/C", ("C", "D", "X"), "'D/C' holds types of rows"),
        ("Type", ("Sale", "Fee"), "'Type' holds types of rows"),
        ("Source", ("Bank", "Credit note"), "'Source' holds types of rows"),
        ("Zahlart", ("Lastschrift", "Lastschrift"), "'Zahlart' may say which way the money went"),
        ("Description", ("", "Open"), "'Description' holds 'Open' on some rows and nothing on"),
    ],
)
def test_words_that_are_not_clear_are_asked(grid_of, name, words, asked):
    with pytest.raises(NeedsInput, match=asked):
        rows_of(grid_of, name, *words)


def test_signs_that_agree_with_the_direction_count_once(grid_of):
    amounts = ("100.00", "-50.00")
    assert rows_of(grid_of, "D/C", "C", "D", amounts=amounts) == [
        ("incoming", Decimal("100.00")),
        ("outgoing", Decimal("-50.00")),
    ]
    with pytest.raises(NeedsInput, match="do not agree with the signs"):
        rows_of(grid_of, "D/C", "D", "C", amounts=amounts)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Open", ("Yes", "No")),
        ("Open", ("1", "0")),
        ("Paid", ("0", "0")),
        ("Source Type", ("Customer", "Customer")),
        ("Pay Mode", ("Bank Draft", "Cheque")),
        ("Applies-to Doc. Type", ("Invoice", "Credit Memo")),
        ("Bal. Account Type", ("Bank Account", "G/L Account")),
        ("Payment Method Code", ("CASH", "BANK")),
        ("Gen. Posting Type", ("Sale", "Sale")),
        ("Correction", ("No", "Yes")),
        ("Region", ("North", "South")),
        ("Status", ("Posted", "Posted")),
        ("Comment", ("by card, batch 12", "declined once, then paid")),
        ("dimension.STATUS", ("OPEN", "VOID")),
        ("Document Type", ("Payment", "Payment")),
        ("Description", ("Invoice", "Invoice")),
        ("Description", ("Invoice", "Fee")),
        ("Description", ("Rent", "Open", "Deposit")),
        ("Comment", ("", "booked")),
    ],
)
def test_columns_that_say_something_else_change_nothing(grid_of, name, words):
    assert len(paid(grid_of, name, *words)) == len(words)


def test_captions_alone_have_nothing_beside_them(grid_of):
    header = [*HEADER, "Description", "Document Type", "dimension.AREA", "", "Region"]
    row = ["2024-03-13", "C1", "5.00", "EUR", "Invoice 1, paid", "Invoice", "N", "x", ""]
    grid = grid_of([header, row])
    profile = captions_profile(grid)
    assert profile is not None
    assert columns_beside(grid, profile)[1] == ()


def test_two_columns_of_amounts_have_a_status_as_well(grid_of):
    header = ["Date", "Customer No.", "Debit Amount", "Credit Amount", "Status"]
    rows = [["2024-03-13", "C1", "", "5.00", "Posted"], ["2024-03-14", "C2", "", "6.00", "Void"]]
    mapped = understand_whole(grid_of([header, *rows]), Reading()).mapped
    assert [str(row.kind) for row in source_rows(mapped)] == ["incoming", "other"]


SIGNED = {"amounts": ("100.00", "50.00", "-25.00")}
OWED = {"amounts": ("-100.00", "50.00", "-25.00", "10.00")}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Type", ("Payment", "Invoice", "Credit Memo")),
        ("Document Type", ("Betaling", "Factuur", "Creditnota")),
        ("Belegart", ("DZ", "RV", "RV")),
        ("Type", ("PMT", "INV", "CRN")),
    ],
)
def test_types_of_bills_count_beside_amounts_with_signs(grid_of, name, words):
    found = rows_of(grid_of, name, *words, **SIGNED)
    assert [kind for kind, _ in found[:2]] == ["incoming", "other"]
    assert ("incoming", Decimal("-25.00")) not in found
    bare = rows_of(grid_of, name, *words)
    assert [kind for kind, _ in bare] == ["incoming", "other", "other"]


def test_refunds_without_a_minus_beside_amounts_with_signs_are_asked(grid_of):
    with pytest.raises(NeedsInput, match=r"csv: 'Type' holds types .*: 'Refund'"):
        rows_of(grid_of, "Type", "Payment", "Refund", "Refund", **SIGNED)


@pytest.mark.parametrize("words", [("Paiement", "Facture", "Paiement", "Facture"),
                                   ("DZ", "RV", "DZ", "RV")])  # fmt: skip
def test_payments_with_a_minus_beside_invoices_without_are_asked(grid_of, words):
    with pytest.raises(NeedsInput, match="'Document Type' calls payments have a minus in 'Amount'"):
        rows_of(grid_of, "Document Type", *words, **OWED)
    found = rows_of(grid_of, "Document Type", *words, positive="paid", **OWED)
    assert [amount for kind, amount in found if kind == "incoming"] == [Decimal(100), Decimal(25)]
    found = rows_of(grid_of, "Document Type", *words, positive="received", **OWED)
    assert [kind for kind, _ in found] == ["outgoing", "other", "outgoing", "other"]


def test_credit_memos_are_no_payments_where_a_minus_is_money_received(grid_of):
    words = ("Betaling", "Factuur", "Creditnota")
    found = rows_of(grid_of, "Document Type", *words, positive="paid", **OWED)
    assert [kind for kind, _ in found] == ["incoming", "outgoing", "other"]


@pytest.mark.parametrize("words", [("ZP", "R1"), ("DZ", "DR"), ("Maksukuitti", "Sekalainen")])
@pytest.mark.parametrize("amounts", [("100.00", "50.00"), ("100.00", "50.00", "-1.00")])
def test_unknown_types_of_documents_are_asked(grid_of, words, amounts):
    words = (*words, words[0])[: len(amounts)]
    with pytest.raises(NeedsInput, match=f"'Document Type' holds types .*'{words[1]}'"):
        rows_of(grid_of, "Document Type", *words, amounts=amounts)


@pytest.mark.parametrize(
    ("name", "words"),
    [("Document Type", ("Payment", "Payment")), ("Document Type", ("ZP", "ZP")),
     ("Type", ("BACS", "Cheque")), ("Document Type", ("Payment", ""))],
)  # fmt: skip
def test_types_that_tell_no_documents_apart_are_not_asked_about(grid_of, name, words):
    assert paid(grid_of, name, *words) == [Decimal("100.00"), Decimal("50.00")]


def test_send_and_receive_are_directions(grid_of):
    with pytest.raises(NeedsInput, match="'Send' that it was paid"):
        rows_of(grid_of, "Payment Type", "Receive", "Send")
