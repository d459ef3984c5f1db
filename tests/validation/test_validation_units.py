"""Decimals as whole numbers: exactly what arithmetic with each of them gives."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.units import decimals, units, valid

MONEY = pa.decimal128(28, 10)
AMOUNTS = st.one_of(
    st.none(),
    st.decimals(-(10**14), 10**14, places=10, allow_nan=False),
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False),
    st.integers(-(10**6), 10**6).map(Decimal),
)


@given(
    values=st.lists(AMOUNTS, max_size=8), first=st.integers(0, 3), places=st.sampled_from([2, 4])
)
def test_units_are_the_amounts_cut_to_so_many_decimals(
    values: list[Decimal | None], first: int, places: int
) -> None:
    column = pa.array(values, MONEY)[first:]
    found = units(column, places)
    assert found is not None
    wanted = [value or Decimal(0) for value in values[first:]]
    whole = [int(value.scaleb(places)) for value in wanted]
    assert found[0].tolist() == whole
    known = valid(column).tolist()
    assert known == [value is not None for value in values[first:]]
    exact = [one for one, is_known in zip(found[1].tolist(), known, strict=True) if is_known]
    cut = [Decimal(number).scaleb(-places) for number in whole]
    pairs = zip(wanted, cut, known, strict=True)
    assert exact == [value == part for value, part, is_known in pairs if is_known]


@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_units_come_back_as_decimals(values: list[int]) -> None:
    kind = pa.decimal128(28, 2)
    column = decimals(pa.array(values, pa.int64()).to_numpy(), kind)
    assert column.to_pylist() == [Decimal(value).scaleb(-2) for value in values]


@pytest.mark.parametrize("value", [10**17, -(10**17)])
def test_amounts_that_are_too_large_have_no_units(value: int) -> None:
    column = pa.array([Decimal(1), Decimal(value)], MONEY)
    assert units(column, 4) is None
