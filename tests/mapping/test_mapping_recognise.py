"""Recognising a file by its header, and saying how it differs."""

import pytest

from importer.errors import InputProblem, NeedsInput
from importer.mapping import map_rows, recognise
from schemas.profile import parse_profile

TOML = """
[header]
columns = {columns}
[date]
column = "Day"
formats = "%d.%m.%Y"
[amount]
column = "Sum"
"""


def profile(name, *columns, more=False):
    toml = TOML.format(columns=list(columns))
    return parse_profile(toml.replace("]\n[date]", f"]\nmore = {str(more).lower()}\n[date]"), name)


SMALL = profile("small", "Day", "Sum", "Who")
LARGE = profile("large", "Day", "Sum", "Who", "Text")
OPEN = profile("open", "Day", "Sum", more=True)
DATA = ["01.02.2024", "1", "A", "x"]


def test_the_profile_with_this_header_is_taken(grid_of):
    assert recognise(grid_of([["day", "sum", "who"], DATA]), (SMALL, LARGE)) is SMALL
    assert recognise(grid_of([["Day", "Sum", "Who", "Text"], DATA]), (SMALL, LARGE)) is LARGE


def test_the_one_that_knows_more_columns_goes_before_an_open_one(grid_of):
    header = ["Day", "Sum", "Who", "Text"]
    assert recognise(grid_of([header, DATA]), (OPEN, LARGE)) is LARGE
    assert recognise(grid_of([[*header, "New"], DATA]), (OPEN, LARGE)) is OPEN


def test_two_profiles_that_fit_equally_are_a_question(grid_of):
    with pytest.raises(NeedsInput, match="'small' and 'twin'"):
        recognise(
            grid_of([["Day", "Sum", "Who"], DATA]), (SMALL, profile("twin", *SMALL.header.columns))
        )


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["Day", "Sum", "Payer"], "'small': it expects 'Who', which the file does not have"),
        (["Day", "Sum", "Payer"], "it does not know 'Payer', which the file has"),
        (["Sum", "Day", "Who"], "'small': its columns are in another order"),
        (["Film", "Year"], "found: 'Film', 'Year'"),
        (["D\u0430y", "Sum", "Who"], "it expects 'Day'"),  # a Cyrillic letter
    ],
)  # fmt: skip
def test_a_header_that_nobody_knows(grid_of, header, words):
    with pytest.raises(InputProblem, match="no profile knows this header") as caught:
        recognise(grid_of([header, DATA]), (SMALL,))
    assert caught.value.verdict == "not-payments"
    assert words in str(caught.value)


def test_a_named_profile_shows_the_difference(grid_of):
    with pytest.raises(InputProblem) as caught:
        map_rows(grid_of([["Day", "Sum", "Payer"], DATA]), SMALL)
    assert "header of profile 'small' is not in the file: it expects 'Who'" in str(caught.value)


def test_nothing_and_nothing_but_a_header(grid_of):
    for rows, verdict in (([], "empty"), ([["Day", "Sum", "Who"]], "header-only")):
        with pytest.raises(InputProblem) as caught:
            map_rows(grid_of(rows), SMALL)
        assert caught.value.verdict == verdict
    with pytest.raises(InputProblem) as caught:
        recognise(grid_of([["Name", "Type", "Status"]]), (SMALL,))
    assert caught.value.verdict == "header-only"
    with pytest.raises(InputProblem) as caught:
        recognise(grid_of([]), (SMALL,))
    assert caught.value.verdict == "empty"
