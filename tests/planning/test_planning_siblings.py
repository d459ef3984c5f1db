"""Rows that came back corrected are told from the rows that stood beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from importer.model import Payment, Place
from importer.planning import fingerprints, siblings

PAID = Payment(row=2, posting_date=date(2026, 2, 1), amount=Decimal("12.50"))


class Sources:
    """What an import ledger would know."""

    def __init__(self, *held):
        self.held = held

    def of_sources(self, _company, starts):
        return {one for one in self.held if one[0] in starts}


def prints(rows, **how):
    return fingerprints(rows, identity="content", company="c", source_sha256="x", **how)


def test_the_rows_that_came_back_are_no_siblings():
    ledger = Sources(("aa", 2, "two"), ("aa", 3, "three"), ("aa", 4, "four"), ("bb", 2, "other"))
    places = {2: Place(("aa",), 3), 3: Place(("aa",), 4), 4: Place(("aa", "bb"), 9)}
    assert siblings(places, ledger, "c") == {
        2: {"two"},
        3: {"two"},
        4: {"two", "other"},
    }


def test_of_sources_before_the_latest_every_row_is_one():
    places = {2: Place(("aa", "bb"), 2)}
    assert siblings(places, Sources(("aa", 2, "two"), ("bb", 2, "own")), "c") == {2: {"two"}}


def test_a_file_without_such_rows_asks_nothing():
    assert siblings({}, None, "c") == {}


def test_a_row_that_came_back_is_the_next_of_its_kind():
    three = [replace(PAID, row=row) for row in (2, 3, 4)]
    first, second, third = (mark.digest for mark in prints(three).values())
    came_back = [replace(PAID, row=row) for row in (2, 3)]
    beside = {2: frozenset({first}), 3: frozenset({first})}
    again = [mark.digest for mark in prints(came_back, siblings=beside).values()]
    assert again == [second, third]
    assert prints(came_back[:1], siblings={2: {second}})[2].digest == first
