from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.formulas import GUARDED, guard, guard_cell, unguard

text = st.text(alphabet=st.sampled_from("'=+-@\t\r1.,aé ＝"), max_size=8) | st.text()  # noqa: RUF001


@given(text)
def test_the_guard_comes_off_again(original: str) -> None:
    assert unguard(guard(original)) == original
    assert unguard(guard_cell(original)) == original


@given(text)
def test_guarded_text_never_starts_as_a_formula(original: str) -> None:
    assert not guard(original).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("number", ["-12.50", "+1", "-1.234,56", "- 1 234,56", "12-", "-1'000.00"])
def test_signed_numbers_stay_numbers(number: str) -> None:
    assert guard_cell(number) == number


@pytest.mark.parametrize("risky", ["=1", "@x", "-2+3", "+cmd|' /C calc'!A0", "-1-1", "\t=1"])
def test_what_a_spreadsheet_runs_is_guarded(risky: str) -> None:
    assert guard_cell(risky) == f"'{risky}"


def test_the_published_pattern_is_that_of_unguard() -> None:
    assert re.sub(GUARDED, r"\1", "''=1") == "'=1" == unguard("''=1")
