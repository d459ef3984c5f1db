"""Rows of an annotated workbook that are other payments than those their places were sent as."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from importer.model import Payment, Place
from importer.planning import fingerprints, held_where_changed, plan
from importer.states import Decision, Known, State
from schemas.payment import GENERATIONS

PAID = Payment(2, date(2026, 2, 1), Decimal("31.10"), customer_number="10000")
PLACES = {2: Place(("aa", "bb"), 2, (("aa", 9),))}


class Book:
    """An import ledger that knows one payment, sent of row 9 of the file `aa`."""

    def __init__(self, state):
        (mark,) = prints(PAID).values()
        self.one = Known(
            1, "run", 9, "old.xlsx", state, mark.digest, mark.kind, PAID.posting_date,
            PAID.amount, "", "", mark.party, "id", 10000, 1,
        )  # fmt: skip

    def known(self, _company, digests):
        return {one.digest: one for one in (self.one,) if one.digest in digests}

    def dated(self, _company, _first, _last, **_besides):
        return [self.one]

    def with_bank_keys(self, _company, _keys, **_besides):
        return []

    def of_sources(self, _company, starts):
        return {one for one in {("aa", 9, self.one.digest)} if one[0] in starts}


def prints(*rows):
    return fingerprints(rows, identity="content", company="c", source_sha256="x")


def decided(row, book, places=PLACES, accepted=()):
    plans = plan(
        [row],
        prints(row),
        book,
        company="c",
        properties=GENERATIONS["v2.0"].properties,
        highest_visible=None,
        highest_bound=None,
        accepted=accepted,
    )
    (one,) = held_where_changed(plans, places, book, company="c", accepted=accepted)
    return one


@pytest.mark.parametrize(
    "change",
    [{"amount": Decimal("31.15")}, {"customer_number": "2"}, {"posting_date": date(2026, 2, 2)}],
)
def test_a_place_that_was_sent_as_another_payment_is_held(change):
    changed = replace(PAID, **change)
    one = decided(changed, Book(State.CREATED))
    assert one.decision is Decision.HOLD
    assert "it is line 10000 with the amount 31.10" in one.reason
    assert one.known is not None
    assert decided(changed, Book(State.CREATED), accepted=(2,)).decision is Decision.SEND
    assert decided(changed, Book(State.CREATED), places={}).decision is Decision.SEND


@pytest.mark.parametrize("state", [State.UNDONE, State.REFUSED, State.HELD])
def test_what_was_not_sent_may_be_changed(state):
    changed = replace(PAID, amount=Decimal("31.15"))
    assert decided(changed, Book(state)).decision is Decision.SEND


def test_an_unchanged_row_stays_a_duplicate():
    assert decided(PAID, Book(State.CREATED)).decision is Decision.DUPLICATE


def test_a_place_that_agrees_holds_nothing():
    other = replace(PAID, row=2)
    book = Book(State.CREATED)
    book.one = replace(book.one, digest="else")
    (one,) = held_where_changed(
        plan(
            [other],
            prints(other),
            book,
            company="c",
            properties=GENERATIONS["v2.0"].properties,
            highest_visible=None,
            highest_bound=None,
            siblings={2: {"else"}},
        ),
        PLACES,
        book,
        company="c",
    )
    assert one.decision is Decision.SEND
