"""What makes a payment the same payment when it comes again."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model import Payment, Target
from importer.planning import company_key, fingerprints
from importer.states import Identity

PLAIN = Payment(row=2, posting_date=date(2026, 2, 1), amount=Decimal("12.50"))


def prints(rows, identity="content", sha="f1", company="c"):
    return fingerprints(rows, identity=identity, company=company, source_sha256=sha)


def digests(rows, **how):
    return {mark.digest for mark in prints(rows, **how).values()}


rows_of_files = st.lists(
    st.builds(
        Payment,
        row=st.just(0),
        posting_date=st.dates(date(2026, 1, 1), date(2026, 1, 3)),
        amount=st.sampled_from([Decimal(1), Decimal("2.50")]),
        customer_number=st.sampled_from(["", "10000"]),
        reference=st.sampled_from(["", "Rent", "0042"]),
        bank_id=st.sampled_from(["", "T1", "T2"]),
        own_account=st.sampled_from(["", "NL01"]),
        balance=st.sampled_from([None, Decimal(5)]),
    ),
    max_size=8,
).map(lambda rows: [replace(one, row=place) for place, one in enumerate(rows, start=2)])


@given(rows=rows_of_files, seed=st.integers(0, 99), identity=st.sampled_from(list(Identity)[:3]))
def test_order_and_name_of_the_file_do_not_count(rows, seed, identity):
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    moved = [replace(one, row=place) for place, one in enumerate(shuffled, start=9)]
    assert digests(rows, identity=identity) == digests(moved, identity=identity, sha="other")


@given(rows=rows_of_files, identity=st.sampled_from(list(Identity)))
def test_every_row_of_a_file_is_a_payment_of_its_own(rows, identity):
    assert len(digests(rows, identity=identity)) == len(rows)


@given(rows=rows_of_files, more=rows_of_files)
def test_a_longer_file_has_the_payments_of_the_shorter_one(rows, more):
    longer = [replace(one, row=place) for place, one in enumerate([*rows, *more], start=2)]
    assert digests(rows) <= digests(longer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"reference": "Caf\u00e9  1"}, {"reference": " cafe\u0301 1"}),
        ({"reference": "\uff21BC"}, {"reference": "abc"}),
        ({"customer_number": "00042"}, {"customer_number": "42"}),
        ({"amount": Decimal("12.50")}, {"amount": Decimal("12.5")}),
        ({"amount": Decimal(100)}, {"amount": Decimal("1E+2")}),
        ({"reference": "a\u00a0b"}, {"reference": "a b"}),
    ],
)
def test_what_an_encoding_or_a_workbook_changes_does_not_count(one, other):
    assert digests([replace(PLAIN, **one)]) == digests([replace(PLAIN, **other)])


@pytest.mark.parametrize(
    "change",
    [
        {"amount": Decimal("12.51")},
        {"posting_date": date(2026, 2, 2)},
        {"customer_number": "1"},
        {"reference": "1.05"},
        {"invoice_number": "1"},
        {"counterparty": "x"},
        {"own_account": "x"},
        {"currency": "EUR"},
    ],
)
def test_every_stated_fact_counts(change):
    assert digests([PLAIN]).isdisjoint(digests([replace(PLAIN, **change)]))


def test_companies_are_apart():
    assert digests([PLAIN]).isdisjoint(digests([PLAIN], company="other"))


def test_the_bank_id_is_enough_where_the_profile_says_so():
    one = replace(PLAIN, bank_id="T1", own_account="NL01", reference="as booked")
    other = replace(one, reference="otherwise", posting_date=date(2026, 2, 9))
    assert digests([one], identity="bank-id") == digests([other], identity="bank-id")
    assert digests([one], identity="bank-id") != digests(
        [replace(one, own_account="NL02")], identity="bank-id"
    )


@pytest.mark.parametrize(
    ("identity", "given_row", "used"),
    [
        ("bank-id", {"bank_id": "T1"}, "bank-id"),
        ("bank-id", {"bank_id": "NONREF", "balance": Decimal(1)}, "balance"),
        ("bank-id", {}, "content"),
        ("balance", {"bank_id": "T1", "balance": Decimal(1)}, "balance"),
        ("balance", {"bank_id": "T1"}, "content"),
        ("content", {"bank_id": "T1", "balance": Decimal(1)}, "content"),
        ("row", {"bank_id": "T1"}, "row"),
    ],
)
def test_each_row_falls_back_to_what_it_has(identity, given_row, used):
    mark = prints([replace(PLAIN, **given_row)], identity=identity)[2]
    assert (mark.kind, mark.version) == (used, 1)
    assert bool(mark.bank_key) == (identity == "bank-id" and given_row.get("bank_id") == "T1")


def test_a_balance_tells_twins_apart():
    rows = [replace(PLAIN, balance=Decimal(n), row=n) for n in (1, 2)]
    turned = [replace(rows[1], row=1), replace(rows[0], row=2)]
    one, other = prints(rows, identity="balance"), prints(turned, identity="balance")
    assert one[1].digest == other[2].digest


def test_the_canonical_text_and_digest_of_version_1_never_change():
    """Stored digests of old ledgers must still be met."""
    mark = prints([replace(PLAIN, customer_number="10000", reference="Caf\u00e9")])[2]
    assert mark.canonical == (
        '["2026-02-01", "12.5", "", "", "10000", "", "", "", "", "", "", "", "caf\u00e9", "", ""]'
    )
    assert mark.digest == "9d226f64a4678271db554df107c3afd1e00354534c198cc0ce2f2bc8e3ee6967"


def target(base_url, environment="", company="A-1"):
    return Target(base_url, "v2.0", company, "CRONUS", "j", "IMPORT", environment=environment)


@pytest.mark.parametrize(
    ("base_url", "environment"),
    [
        ("https://api.businesscentral.dynamics.com/v2.0/production/api/v2.0", ""),
        ("https://api.businesscentral.dynamics.com/v2.0/production/api/v1.0", "Production"),
        ("https://api.businesscentral.dynamics.com/v2.0/example.com/Production/api/v2.0", ""),
        ("https://api.businesscentral.dynamics.com/v1.0/api/v1.0", ""),
        ("https://user@api.businesscentral.dynamics.com/v2.0/production/api", ""),
    ],
)
def test_a_company_is_the_same_by_every_address(base_url, environment):
    key = company_key(target(base_url, environment, "{a-1}"))
    assert key == "api.businesscentral.dynamics.com|production|a-1"


SAME_PLACES = {
    "h": ("https://h", "https://h:443", "http://h:80", "http://h", "https://H.", "https://h.:443"),
    "h:7048": ("https://h:7048", "https://u:p@h.:7048"),
    "h:80": ("https://h:80",),
    "localhost:8080": (
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost.:8080",
    ),
    "localhost": ("http://localhost", "http://[::1]:80", "https://127.0.0.1:443"),
}


@pytest.mark.parametrize("host", SAME_PLACES)
def test_a_place_has_one_key_by_every_spelling_of_its_host(host):
    keys = {company_key(target(f"{place}/BC/api/v2.0")) for place in SAME_PLACES[host]}
    assert keys == {f"{host}|bc|a-1"}


def test_tenants_of_one_server_are_apart_however_the_address_ends():
    base = "https://h:7048/BC/api/v2.0"
    tenants = ["", "?tenant=default", "?tenant=Test", "?tenant=test&x=1", "?x=1", "?tenant=prod"]
    keys = [company_key(target(f"{base}{query}")) for query in tenants]
    assert keys == [
        "h:7048|bc|a-1",
        "h:7048|bc|a-1",
        "h:7048|bc?test|a-1",
        "h:7048|bc?test|a-1",
        "h:7048|bc|a-1",
        "h:7048|bc?prod|a-1",
    ]


def test_environments_hosts_and_companies_are_apart():
    base = "https://h/v2.0/production/api/v2.0"
    assert (
        len(
            {
                company_key(target(base)),
                company_key(target("https://h/v2.0/sandbox/api/v2.0")),
                company_key(target("https://i/v2.0/production/api/v2.0")),
                company_key(target(base, company="B")),
                company_key(target("https://h:7048/BC/api/v2.0")),
            }
        )
        == 5
    )
