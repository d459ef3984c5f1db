"""Dates: the calendar is exact, and a column reads like its cells."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.mapping.columns import days
from schemas.dates import DateFormatError, contradiction, date_format

FORMATS = (
    "%d.%m.%Y", "%m/%d/%y", "%Y%m%d", "%d-%b-%Y", "%d %B %Y", "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S",
)  # fmt: skip
TRIMMED = " \t\r\n\u00a0\u202f\u2009\u3000\ufeff"
PIECES = st.text("0123456789./-: JanMai年月日+", max_size=14)


@given(st.lists(PIECES | st.dates().map(str), max_size=10), st.sampled_from(FORMATS))
def test_a_column_reads_like_its_cells(texts, form):
    trimmed = [text.strip(TRIMMED) for text in texts]
    expected = [date_format(form).read(text) for text in trimmed]
    assert days(pa.array(trimmed, pa.string()), (form,)).to_pylist() == expected


RECENT = st.dates(min_value=date(1970, 1, 1), max_value=date(2069, 12, 31))


@given(RECENT, st.sampled_from(FORMATS))
def test_every_day_comes_back(day, form):
    text = day.strftime(form).strip()
    assert days(pa.array([text]), (form,)).to_pylist() == [day]


def test_only_days_of_the_calendar():
    first = date(1896, 1, 1)
    real = {first + timedelta(n) for n in range(9 * 366)}
    texts = [
        f"{year}-{month:02}-{day:02}"
        for year in range(1896, 1905)
        for month in range(14)
        for day in range(33)
    ]
    found = days(pa.array(texts), ("%Y-%m-%d",)).to_pylist()
    assert {day for day in found if day} == {day for day in real if day.year < 1905}
    assert [day.isoformat() for day in found if day] == [
        text for text, day in zip(texts, found, strict=True) if day
    ]


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        ("%d-%b-%Y", "02-Dec-2019", date(2019, 12, 2)),
        ("%d %b %y", "3 Mrz. 24", date(2024, 3, 3)),
        ("%d. %B %Y", "1. août 2024", date(2024, 8, 1)),
        ("%b %d, %Y", "May 3, 2024", date(2024, 5, 3)),
        ("%Y.%m.%d.", "2024.04.19.", date(2024, 4, 19)),
        ("%m/%d/%y", "2/8/69", date(2069, 2, 8)),
        ("%m/%d/%y", "2/8/70", date(1970, 2, 8)),
        ("%Y-%m-%d %H:%M:%S %z", "2024-02-25 12:34:56 +0000", date(2024, 2, 25)),
        ("%A %d/%m/%Y", "Friday 01/03/2024", date(2024, 3, 1)),
        ("%d/%m/%Y %I:%M %p", "01/03/2024 09:15 PM", date(2024, 3, 1)),
        ("%Y%m%d", "2024311", None),
        ("%d.%m.%Y", "1.3.24", None),
        ("%d.%m.%Y", "\u0661.\u0663.2024", None),
        ("%d.%m.%Y", "1.3.2024 ff", None),
    ],
)
def test_formats(form, text, day):
    assert date_format(form).read(text) == day
    assert days(pa.array([text]), (form,)).to_pylist() == [day]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("%m月%d日", "has no year"),
        ("%d.%m.%Y %y", "more than one year"),
        ("%Q", "'%Q'"),
        ("%d %m %b %Y", "more than one month"),
    ],
)
def test_formats_that_cannot_be_used(form, words):
    with pytest.raises(DateFormatError, match=words):
        date_format(form)


def test_formats_that_would_decide_row_by_row():
    day_first, month_first = date_format("%d/%m/%Y"), date_format("%m/%d/%Y")
    assert contradiction((day_first, month_first))
    assert contradiction((date_format("%y/%m/%d"), date_format("%d/%m/%y")))
    assert not contradiction((day_first, date_format("%d/%m/%y"), date_format("%Y-%m-%d")))


def test_stored_dates_are_iso_whatever_the_format_says():
    texts = pa.array(["2024-03-01", "2024-03-01 10:15:00", "01.03.2024", "2024-03-02"])
    stored = pa.array([True, True, False, False])
    assert days(texts, ("%d.%m.%Y",), stored).to_pylist() == [
        date(2024, 3, 1), date(2024, 3, 1), date(2024, 3, 1), None,
    ]  # fmt: skip
