"""What the bytes of a column say of it: never less than an expression finds in its texts."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.payment import CONTROL
from schemas.texts import longest, may_begin, may_hold, trimmed

BLANKS = " \t\u00a0\u3000\ufeff"
LETTERS = "ab=+'\x00\x1f\x7f\x85\xa0é€\u2028\u3000\ufeff\U0001f600 \t＝"  # noqa: RUF001
COLUMNS = st.lists(st.one_of(st.none(), st.text(LETTERS, max_size=6)), max_size=8)


@given(texts=COLUMNS, first=st.integers(0, 3))
def test_a_column_is_trimmed_like_each_of_its_texts(texts: list[str | None], first: int) -> None:
    column = pa.array(texts, pa.string())[first:]
    assert trimmed(column, BLANKS).to_pylist() == pc.utf8_trim(column, BLANKS).to_pylist()


@given(texts=COLUMNS, first=st.integers(0, 3))
def test_bytes_miss_nothing_that_an_expression_finds(texts: list[str | None], first: int) -> None:
    column = pa.array(texts, pa.string())[first:]
    if pc.any(pc.match_substring_regex(column, CONTROL)).as_py():
        assert may_hold(column, b"\x7f\xc2\xe2", below=32)
    if pc.any(pc.match_substring_regex(column, "^[=+'＝]")).as_py():  # noqa: RUF001
        assert may_begin(column, b"=+'\xef")
    units = [len(text.encode("utf-16-le")) // 2 for text in column.to_pylist() if text]
    assert longest(column) >= max(units, default=0)


@pytest.mark.parametrize("texts", [[], [""], ["", None]])
def test_a_column_without_letters_holds_nothing(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    assert not may_hold(column, b"a", below=255)
    assert not may_begin(column, b"a")
    assert longest(column) == 0


def test_a_column_without_blanks_around_is_not_copied() -> None:
    column = pa.array(["a b", "", "c"])
    assert trimmed(column, BLANKS) is column
