"""Some of many values: the first, the last, and others at equal distances."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from importer.sampling import spread


@given(count=st.integers(0, 10_000), most=st.integers(2, 1_000))
def test_what_is_spread_has_both_ends_and_equal_distances(count, most):
    found = spread(range(count), most)
    assert len(found) == min(count, most)
    assert list(found[:1]) == list(range(count)[:1])
    assert list(found[-1:]) == list(range(count)[-1:])
    steps = {after - before for before, after in itertools.pairwise(found)}
    assert not steps or (min(steps) >= 1 and max(steps) - min(steps) <= 1)
