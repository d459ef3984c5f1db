"""What the bytes of a column say of it: never less than an expression finds in its texts."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.amounts import MAX_DECIMALS, MAX_INTEGER_DIGITS, parse_amount
from importer.mapping.columns import money
from schemas.payment import CONTROL
from schemas.texts import bare_numbers, longest, may_begin, may_hold, trimmed, upper

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


@given(texts=COLUMNS, first=st.integers(0, 3))
def test_a_column_is_put_in_upper_case_like_each_of_its_texts(
    texts: list[str | None], first: int
) -> None:
    column = pa.array(texts, pa.string())[first:]
    assert upper(column).to_pylist() == pc.utf8_upper(column).to_pylist()


NUMBERS = st.lists(
    st.one_of(
        st.none(),
        st.text("0123456789.,-+ e", max_size=16),
        st.from_regex(r"-?[0-9]{1,19}([.,][0-9]{1,12})?", fullmatch=True),
    ),
    max_size=8,
)


@given(texts=NUMBERS, first=st.integers(0, 3), decimal=st.sampled_from([".", ","]))
@example(texts=["1.50", "1.2.3", "2"], first=0, decimal=".")
@example(texts=["-", "--1", "1-", "-.5", "5.", ".5"], first=0, decimal=".")
@example(texts=["1234567890123456.99", "1.12345678901", "0.1234567890"], first=0, decimal=".")
def test_a_column_of_amounts_is_read_like_each_of_its_cells(
    texts: list[str | None], first: int, decimal: str
) -> None:
    column = pa.array([text or "" for text in texts], pa.string())[first:]
    cells = column.to_pylist()
    assert money(column, decimal, (), ()).to_pylist() == [parse_amount(c, decimal) for c in cells]
    bare = bare_numbers(column, decimal, MAX_INTEGER_DIGITS, MAX_DECIMALS)
    for cell, is_bare in zip(cells, bare.tolist(), strict=True):
        assert not is_bare or set(cell) <= set(f"0123456789-{decimal}")
