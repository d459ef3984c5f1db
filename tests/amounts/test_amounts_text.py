"""Text to Decimal: the same rule for a cell and for a column, and exact money only."""

import re
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.amounts import (
    CURRENCY_DECIMALS,
    from_server,
    parse_amount,
    plain,
    round_to,
    tidy,
    tidy_column,
    to_server,
)
from importer.mapping.columns import MONEY, money

RULES = st.sampled_from(
    [
        (".", (), ()),
        (".", (",",), ()),
        (",", (".",), ()),
        (",", (".", " "), ("EUR", "€", "kr.")),
        (".", ("'", " ", ","), ("$", "CHF", "\\")),
    ]
)
NUMBERS = st.from_regex(r"\A[-+(]?[ ]?[0-9]{0,6}([.,' ][0-9]{1,3}){0,3}[-)]?\Z")
MARKED = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-", "EUR ", "€", "$", "+ $", "\\"]),
    st.sampled_from(["", " ", "\u00a0"]),
    NUMBERS,
    st.sampled_from(["", " EUR", "€", " kr.", "-", " CHF"]),
)
ANYTHING = st.one_of(
    NUMBERS, MARKED, st.text(max_size=12), st.text("0123456789.,-+() 'eE_\u0661", max_size=12)
)


@given(st.lists(ANYTHING, max_size=20), RULES)
def test_a_column_reads_like_its_cells(texts, rule):
    trimmed = [text.strip(" \t\r\n\u00a0\u202f\u2009\u3000\ufeff") for text in texts]
    column = money(pa.array(trimmed, pa.string()), *rule).to_pylist()
    assert column == [parse_amount(text, *rule) for text in trimmed]


@given(
    st.decimals(min_value=-(10**15), max_value=10**15, places=2),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'")]),
)
def test_what_is_written_is_what_is_read(amount, marks):
    decimal, thousands = marks
    text = f"{amount:,f}".translate(str.maketrans({",": thousands, ".": decimal}))
    assert parse_amount(text, decimal, (thousands,)) == amount
    assert parse_amount(plain(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,56", "1234.56"),
        ("(1.234,56)", "-1234.56"),
        ("1.234,56-", "-1234.56"),
        ("\u2212 7", "-7"),
        ("€ -7,5", "-7.5"),
        ("- € 7,5", "-7.5"),
        ("7,5 EUR", "7.5"),
        ("+ €1.100,00", "1100.00"),
        (",5", "0.5"),
        ("007", "7"),
        ("-0", "0"),
        ("123456789012345678,1234567890", "123456789012345678.1234567890"),
    ],
)
def test_ways_to_write_an_amount(text, amount):
    found = parse_amount(text, ",", (".",), ("€", "EUR"))
    assert found == Decimal(amount)
    assert not found.is_signed() or found


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "12,50.0", "1.23,4", "1.2345,0", "12.34", "1,", "1e5", "1_000", "NaN", "inf",
        "--1", "-1-", "(-1)", "(1", "1)", "+-1", "\u0661\u0662", "\uff11\uff12",
        "1 234", "1,2,3", "USD 1", "€",
        "1234567890123456789", "=1", "0,12345678901", "1\n2", "0x1f",
    ],
)  # fmt: skip
def test_what_is_no_amount(text):
    assert parse_amount(text, ",", (".",), ("€", "EUR")) is None


def test_an_endless_cell_is_refused_at_once():
    assert parse_amount("1" * 1_000_000) is None
    assert parse_amount("1,234" * 100_000, ".", (",",)) is None


@pytest.mark.parametrize(
    ("amount", "decimals", "rounded"),
    [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"),
     ("1.2345", 3, "1.235"), ("99999999999999.995", 2, "100000000000000.00")],
)  # fmt: skip
def test_halves_are_rounded_away_from_zero(amount, decimals, rounded):
    assert round_to(Decimal(amount), decimals) == Decimal(rounded)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_received_is_negative_on_the_server(amount):
    assert to_server(amount) == -amount
    assert from_server(to_server(amount)) == amount
    assert not (to_server(Decimal(0)).is_signed())


def test_plain_text_has_no_exponent_and_no_negative_zero():
    assert plain(Decimal("1E+3")) == "1000"
    assert plain(Decimal("-0.00")) == "0.00"
    assert plain(Decimal("1.50")) == "1.50"


AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
CURRENCIES = st.sampled_from(["", "EUR", "JPY", "KWD", "CLF"])


@given(st.lists(st.tuples(st.none() | AMOUNTS, CURRENCIES), max_size=10))
def test_tidy_column_is_tidy_of_each(pairs):
    amounts = pa.array([amount for amount, _ in pairs], MONEY)
    currencies = pa.array([currency for _, currency in pairs], pa.string())
    expected = [None if a is None else tidy(a, currency) for a, currency in pairs]
    found = tidy_column(amounts, currencies)
    assert [str(a) for a in found] == [str(a) for a in expected]


def test_currencies_are_three_capital_letters():
    assert all(re.fullmatch("[A-Z]{3}", code) for code in CURRENCY_DECIMALS)
    assert set(CURRENCY_DECIMALS.values()) == {0, 3, 4}
