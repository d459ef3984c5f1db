"""Duplicates, near-twins, numbers and payloads."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import ConfigurationProblem
from importer.model import Payment
from importer.numbering import (
    HIGHEST_LINE_NUMBER,
    document_number,
    is_own_document,
    line_numbers,
    room_for_lines,
    spare_line_number,
)
from importer.planning import fingerprints, payload, plan
from importer.states import Decision, Known, State
from schemas.payment import GENERATIONS

PROPERTIES = GENERATIONS["v2.0"].properties


class Memory:
    """A history in memory: what earlier files planned, all of it created."""

    def __init__(self):
        self.payments = []

    def keep(self, plans, run_id="run", file="old.csv", state=State.CREATED, **more):
        for one in plans:
            if one.decision is Decision.DUPLICATE:
                continue
            mark = one.fingerprint
            self.payments.append(
                Known(
                    payment_id=len(self.payments) + 1,
                    run_id=run_id,
                    row=one.row,
                    file=file,
                    state=state,
                    digest=mark.digest,
                    kind=mark.kind,
                    posting_date=one.payment.posting_date,
                    amount=one.payment.amount,
                    currency=one.payment.currency,
                    bank_key=mark.bank_key,
                    party=mark.party,
                    line_number=one.line_number,
                    generation=one.generation + 1,
                    **{"server_id": "id", **more},
                )
            )

    def known(self, _company, digests):
        return {one.digest: one for one in self.payments if one.digest in set(digests)}

    def dated(self, _company, first, last, *, besides):
        return [
            one
            for one in self.payments
            if first <= one.posting_date <= last and one.payment_id not in besides
        ]

    def with_bank_keys(self, _company, keys, *, besides):
        return [
            one
            for one in self.payments
            if one.bank_key in set(keys) and one.payment_id not in besides
        ]


def planned(
    rows,
    memory=None,
    identity="content",
    sha="f1",
    accepted=(),
    highest=None,
    own_sha="",
    whole=None,
    **more,
):
    whole = rows if whole is None else whole
    marks = fingerprints(whole, identity=identity, company="c", source_sha256=sha)
    own = fingerprints(whole, identity=identity, company="c", source_sha256=own_sha)
    return plan(
        rows,
        marks,
        memory or Memory(),
        company="c",
        properties=PROPERTIES,
        highest_visible=highest,
        highest_bound=None,
        accepted=accepted,
        own_prints=own if own_sha else {},
        **more,
    )


def payment(row, amount="10", day=1, customer="10000", **more):
    return Payment(row, date(2026, 2, day), Decimal(amount), customer_number=customer, **more)


def decisions(plans):
    return [one.decision.value for one in plans]


def test_a_new_file_is_sent_with_numbers_in_order():
    plans = planned([payment(2), payment(3), payment(4)])
    assert decisions(plans) == ["send"] * 3
    assert [one.line_number for one in plans] == [20000, 30000, 40000]
    assert len({one.document_number for one in plans}) == 3


def test_no_rows_are_no_plans():
    assert planned([]) == ()


def test_what_the_ledger_has_is_not_asked_twice():
    memory = Memory()
    memory.keep(planned([payment(2)]))
    known = memory.known("c", [one.digest for one in memory.payments])
    memory.known = None
    assert decisions(planned([payment(2)], memory, sha="f2", known=known)) == ["duplicate"]


def test_what_may_be_alike_is_asked_for_new_rows_only():
    memory = Memory()
    memory.keep(planned([payment(2, day=1), payment(3, day=5)]))
    asked = []
    dated = memory.dated

    def watched(company, first, last, *, besides):
        asked.append((first.day, last.day))
        return dated(company, first, last, besides=besides)

    memory.dated = watched
    assert decisions(planned([payment(2, day=1), payment(3, day=5)], memory)) == ["duplicate"] * 2
    assert asked == []
    rows = [payment(2, day=1), payment(3, day=5), payment(4, day=3)]
    assert decisions(planned(rows, memory)) == ["duplicate", "duplicate", "send"]
    assert asked == [(3, 3)]


def test_a_duplicate_names_where_it_was():
    memory = Memory()
    memory.keep(planned([payment(2), payment(3)]))
    (one,) = planned([payment(7, reference="")], memory)
    assert one.decision is Decision.DUPLICATE
    assert one.reason == "imported before: run run, row 2 (old.csv, id id), created"
    assert one.known.earlier().server_id == "id"
    assert (one.line_number, one.payload) == (0, b"")


@pytest.mark.parametrize(
    ("server_id", "told"),
    [
        ("", "(old.csv); when you have looked, --accept-held 7 sends it"),
        ("id", ("(old.csv, id id); its line is on the server otherwise than sent; delete it there "
               "if it is wrong, and `customer-payments undo run --deleted 2` frees the row")),
    ],
)  # fmt: skip
def test_what_an_earlier_run_holds_stays_held_and_binds_nothing(server_id, told):
    memory = Memory()
    memory.keep(planned([payment(2)]), state=State.HELD, server_id=server_id)
    for accepted in ((), (7,)):
        (one,) = planned([payment(7)], memory, accepted=accepted)
        assert one.decision is Decision.STILL_HELD
        assert one.reason == f"held before: run run, row 2 {told}"
        assert (one.line_number, one.payload) == (0, b"")


def test_an_overlapping_file_sends_only_what_is_new():
    memory = Memory()
    memory.keep(planned([payment(2), payment(3, day=2)]))
    plans = planned([payment(2, day=2), payment(3, day=3)], memory)
    assert decisions(plans) == ["duplicate", "send"]


def test_a_second_twin_in_a_longer_export_is_sent():
    memory = Memory()
    memory.keep(planned([payment(2)]))
    assert decisions(planned([payment(2), payment(3)], memory)) == ["duplicate", "send"]


@pytest.mark.parametrize("state", [State.REFUSED, State.UNDONE, State.WITHDRAWN])
def test_a_freed_payment_is_sent_again_under_another_document(state):
    memory = Memory()
    first = planned([payment(2)])
    memory.keep(first, state=state)
    (again,) = planned([payment(2)], memory)
    assert again.decision is Decision.SEND
    assert again.document_number != first[0].document_number
    assert is_own_document(again.document_number)


TWINS = {
    "other reference": {"reference": "typed again"},
    "other invoice": {"invoice_number": "103002"},
    "other external number": {"external_document_number": "X"},
}


@pytest.mark.parametrize("change", TWINS.values(), ids=TWINS.keys())
def test_a_near_twin_in_another_file_is_held(change):
    memory = Memory()
    memory.keep(planned([payment(2, reference="one")]))
    (one,) = planned([replace(payment(5), **change)], memory)
    assert one.decision is Decision.HOLD
    assert one.reason.startswith(
        "run run, row 2 (old.csv, id id) has the same date, amount and customer"
    )
    assert one.line_number == 20000
    (accepted,) = planned([replace(payment(5), **change)], memory, accepted=[5])
    assert (accepted.decision, accepted.reason) == (Decision.SEND, "")


NO_TWINS = {
    "another day": {"posting_date": date(2026, 2, 2)},
    "another amount": {"amount": Decimal(11)},
    "another customer": {"customer_number": "20000"},
}


@pytest.mark.parametrize("change", NO_TWINS.values(), ids=NO_TWINS.keys())
def test_what_recurs_is_not_held(change):
    memory = Memory()
    memory.keep(planned([payment(2, reference="Rent")]))
    (one,) = planned([replace(payment(2, reference="rent paid"), **change)], memory)
    assert one.decision is Decision.SEND


def test_an_earlier_payment_that_the_file_holds_itself_holds_no_other_row():
    memory = Memory()
    memory.keep(planned([payment(2, reference="one")]))
    rows = [payment(2, reference="one"), payment(3, reference="two")]
    assert decisions(planned(rows, memory)) == ["duplicate", "send"]


def test_a_freed_payment_holds_nothing():
    memory = Memory()
    memory.keep(planned([payment(2, reference="one")]), state=State.UNDONE)
    assert decisions(planned([payment(2, reference="two")], memory)) == ["send"]


def test_payers_with_nothing_to_compare_are_held():
    memory = Memory()
    memory.keep(planned([payment(2, counterparty="Adatum", customer="")]))
    (one,) = planned([payment(2, customer="", counterparty_account="NL01")], memory)
    assert one.decision is Decision.HOLD


def bank(row, bank_id, **more):
    return payment(row, bank_id=bank_id, own_account="NL01", **more)


def test_two_bank_ids_are_two_payments():
    memory = Memory()
    memory.keep(planned([bank(2, "T1")], identity="bank-id"))
    assert decisions(planned([bank(2, "T2")], memory, identity="bank-id")) == ["send"]


def test_two_bank_ids_of_two_accounts_may_be_one_payment():
    memory = Memory()
    memory.keep(planned([bank(2, "T1")], identity="bank-id"))
    other = replace(bank(2, "T2"), own_account="NL02")
    assert decisions(planned([other], memory, identity="bank-id")) == ["hold"]


def test_a_bank_id_with_another_amount_is_held():
    memory = Memory()
    memory.keep(planned([bank(2, "T1")], identity="bank-id"))
    (one,) = planned([bank(2, "T1", amount="11")], memory, identity="bank-id")
    assert (one.decision, "the same bank id" in one.reason) == (Decision.HOLD, True)
    memory = Memory()
    memory.keep(planned([bank(2, "T1")], identity="bank-id"), state=State.REFUSED)
    (one,) = planned([bank(2, "T1", amount="11")], memory, identity="bank-id")
    assert one.decision is Decision.SEND


def test_a_bank_id_twice_in_one_file_is_held():
    plans = planned([bank(2, "T1"), bank(3, "T1"), bank(4, "T2")], identity="bank-id")
    assert decisions(plans) == ["send", "hold", "send"]
    assert plans[1].reason == "row 2 of this file has the same bank id and amount"
    memory = Memory()
    memory.keep(planned([bank(2, "T1")], identity="bank-id"))
    both = planned([bank(2, "T1"), bank(3, "T1")], memory, identity="bank-id")
    assert decisions(both) == ["duplicate", "hold"]


def test_places_in_an_annotated_workbook_are_those_of_its_source():
    """A row that stays is a duplicate, one that is new is sent, one that was moved is held."""
    memory = Memory()
    memory.keep(planned([payment(2), payment(3, amount="20")], identity="row"))
    rows = [payment(2), payment(3, amount="30"), payment(4, amount="20", customer="30000")]
    plans = planned(rows, memory, identity="row", own_sha="f2")
    assert decisions(plans) == ["duplicate", "hold", "send"]
    assert "row 3 (old.csv, id id) has this place of the source" in plans[1].reason
    assert plans[1].known.row == 3
    accepted = planned(rows, memory, identity="row", own_sha="f2", accepted=[3])
    assert decisions(accepted) == ["duplicate", "send", "send"]
    memory.keep(accepted, run_id="again", file="annotated.xlsx")
    assert decisions(planned(rows, memory, identity="row", own_sha="f2")) == ["duplicate"] * 3
    freed = Memory()
    freed.keep(planned(rows[:1], identity="row"), state=State.UNDONE)
    assert decisions(planned([rows[1]], freed, identity="row", own_sha="f2")) == ["send"]


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("12"), st.integers(1, 3), st.sampled_from(["", "a", "b"])),
        max_size=12,
    ),
    cut=st.integers(0, 12),
)
def test_no_schedule_of_overlapping_files_sends_a_payment_twice_or_never(rows, cut):
    file = [
        payment(place, amount, day, reference=reference)
        for place, (amount, day, reference) in enumerate(rows, start=2)
    ]
    memory = Memory()
    first = planned(file[:cut], memory, sha="a")
    memory.keep(first)
    second = planned(file, memory, sha="b")
    assert decisions(second).count("duplicate") == len(file[:cut])
    memory.keep(second)
    assert set(decisions(planned(file, memory, sha="c"))) <= {"duplicate"}
    assert len(memory.payments) == len(file)


@given(
    count=st.integers(1, 300_000),
    visible=st.none() | st.integers(-5, HIGHEST_LINE_NUMBER),
    bound=st.none() | st.integers(20000, HIGHEST_LINE_NUMBER),
)
def test_line_numbers_are_free_and_fit(count, visible, bound):
    try:
        numbers = line_numbers(count, highest_visible=visible, highest_bound=bound)
    except ConfigurationProblem:
        highest = max(visible or 0, bound or 0)
        assert highest // 10_000 * 10_000 + 10_000 + count > HIGHEST_LINE_NUMBER
        return
    assert len(numbers) == count
    assert numbers[0] % 10_000 == 0
    assert numbers[0] > max(visible or 0, bound or 0, 19_999)
    assert numbers[-1] <= HIGHEST_LINE_NUMBER


@pytest.mark.parametrize(
    ("highest", "room", "expected"),
    [
        (20_000, 1, 30_000),
        (20_001, 1, 30_000),
        (20_000, 4, 60_000),
        (0, 1, 20_000),
        (2_147_460_000, 1024, 2_147_470_000),
    ],
)
def test_a_spare_number_lies_beyond_all_others(highest, room, expected):
    assert spare_line_number(highest, room) == expected


@pytest.mark.parametrize(
    ("highest", "room"),
    [(None, 2_147_463_648), (20_000, 2_147_453_648), (2_147_480_000, 0), (2_147_483_647, 0)],
)
def test_the_room_for_lines_is_what_a_file_may_need(highest, room):
    assert room_for_lines(highest) == room
    count = max(room, 1)
    if room:
        last = line_numbers(count, highest_visible=highest, highest_bound=None)[-1]
        assert last == HIGHEST_LINE_NUMBER
    with pytest.raises(ConfigurationProblem):
        line_numbers(room + 1, highest_visible=highest, highest_bound=None)


def test_a_full_journal_is_said_so():
    with pytest.raises(ConfigurationProblem, match="Use another journal"):
        spare_line_number(HIGHEST_LINE_NUMBER, 1)


@given(st.text(), st.integers(0, 50))
def test_document_numbers_suit_the_server_and_are_recognised(digest, generation):
    number = document_number(digest, generation)
    assert len(number) == 20
    assert number.isascii()
    assert number == number.upper()
    assert number.isalnum()
    assert number[-1].isdigit()
    assert is_own_document(number)
    following = number[:-7] + f"{(int(number[-7:]) + 1) % 10**7:07d}"
    assert not is_own_document(following)


@pytest.mark.parametrize("number", ["", "CPI", "CPI0001", "INV-1", "CPIAAAAAAAAAA0000000X"])
def test_numbers_of_others_are_not_taken_for_ours(number):
    assert not is_own_document(number)


def test_a_payload_has_the_order_of_the_page_and_exact_numbers():
    full = payment(
        2,
        "1234567890.10",
        customer_id="cid",
        contact_id="contact",
        invoice_number="103001",
        external_document_number='X"1',
        description="Caf\u00e9\n",
        comment="c",
    )
    text = payload(full, line_number=20000, document_number="D1", properties=PROPERTIES)
    assert text.decode() == (
        '{"lineNumber":20000,"customerNumber":"10000","postingDate":"2026-02-01",'
        '"documentNumber":"D1","externalDocumentNumber":"X\\"1","amount":-1234567890.10,'
        '"appliesToInvoiceNumber":"103001","description":"Caf\u00e9\\n","comment":"c"}'
    )


def test_a_payload_names_an_invoice_by_id_and_a_customer_by_number():
    one = payment(2, customer="", customer_id="cid", invoice_id="iid", invoice_number="103001")
    sent = json.loads(payload(one, line_number=1, document_number="D", properties=PROPERTIES))
    assert sent["customerId"] == "cid"
    assert sent["appliesToInvoiceId"] == "iid"
    assert "appliesToInvoiceNumber" not in sent
    assert "customerNumber" not in sent


def test_a_contact_is_sent_where_the_generation_has_it():
    one = payment(2, contact_id="contact")
    properties = GENERATIONS["v1.0"].properties
    assert b'"contactId":"contact"' in payload(
        one, line_number=1, document_number="D", properties=properties
    )


@given(st.decimals(min_value="0.01", max_value="1e17", places=2))
def test_an_amount_is_sent_exactly_and_without_an_exponent(amount):
    one = payment(2, str(amount))
    text = payload(one, line_number=1, document_number="D", properties=PROPERTIES)
    assert b"E" not in text.split(b'"amount":')[1]
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal)["amount"] == -amount


def test_a_document_number_of_the_file_is_kept():
    (one,) = planned([payment(2, document_number="BANK-1")])
    assert (one.document_number, one.own_document) == ("BANK-1", False)


LIKE_CURRENCIES = [("", "EUR"), ("EUR", ""), ("EUR", "EUR")]


@pytest.mark.parametrize(("before", "now"), LIKE_CURRENCIES)
def test_an_unstated_currency_is_like_any(before, now):
    memory = Memory()
    memory.keep(planned([payment(2, reference="one", currency=before)]))
    (one,) = planned([payment(2, reference="two", currency=now)], memory)
    assert one.decision is Decision.HOLD


def test_two_stated_currencies_are_two_payments():
    memory = Memory()
    memory.keep(planned([payment(2, reference="one", currency="EUR")]))
    (one,) = planned([payment(2, reference="two", currency="USD")], memory)
    assert one.decision is Decision.SEND


def test_a_place_of_the_source_keeps_its_payment_when_its_currency_is_left_out():
    memory = Memory()
    memory.keep(planned([payment(2, currency="EUR")], identity="row"))
    (one,) = planned([payment(2)], memory, identity="row", own_sha="f2")
    assert one.decision is Decision.DUPLICATE


def test_two_ids_prove_two_payments_only_within_one_account_or_profile():
    def no_account(bank_id):
        return replace(bank(2, bank_id), own_account="")

    memory = Memory()
    memory.keep(planned([no_account("T1")], identity="bank-id"), profile="one")
    for profile, decision in (("one", "send"), ("other", "hold"), ("", "hold")):
        plans = planned([no_account("X1")], memory, identity="bank-id", profile=profile)
        assert decisions(plans) == [decision]
    memory = Memory()
    memory.keep(planned([bank(2, "T1")], identity="bank-id"), profile="one")
    plans = planned([bank(2, "X1")], memory, identity="bank-id", profile="other")
    assert decisions(plans) == ["send"]


@pytest.mark.parametrize("identity", ["content", "bank-id"])
def test_rows_that_are_left_out_count_among_their_twins(identity):
    rows = [payment(2, bank_id=""), payment(3, bank_id="")]
    memory = Memory()
    for alone in (rows[1:], rows[:1]):
        plans = planned(alone, memory, identity=identity, whole=rows)
        assert decisions(plans) == ["send"]
        memory.keep(plans)
        assert decisions(planned(alone, memory, identity=identity, whole=rows)) == ["duplicate"]
    assert decisions(planned(rows, memory, identity=identity)) == ["duplicate"] * 2


def test_a_bank_id_of_a_row_that_was_sent_by_itself_holds_its_twin():
    rows = [bank(2, "T1"), bank(3, "T1")]
    for first in (0, 1):
        memory = Memory()
        alone = rows[first : first + 1]
        memory.keep(planned(alone, memory, identity="bank-id", whole=rows))
        other = rows[1 - first : 2 - first]
        (held,) = planned(other, memory, identity="bank-id", whole=rows)
        assert held.decision is Decision.HOLD
        assert held.reason == f"row {alone[0].row} of this file has the same bank id and amount"


@pytest.mark.parametrize(("journal", "named"), [("J", "resume`"), ("K", "resume --journal J`")])
@pytest.mark.parametrize("state", [State.PLANNED, State.SENDING, State.UNKNOWN])
def test_a_duplicate_of_what_waits_names_the_command_that_finishes_it(state, journal, named):
    memory = Memory()
    memory.keep(planned([payment(2)]), state=state, journal="J")
    (one,) = planned([payment(7)], memory, journal=journal)
    assert one.decision is Decision.DUPLICATE
    assert f"{state}; it waits there until `customer-payments {named} has" in one.reason
    assert one.known.earlier().waits_in == "J"
