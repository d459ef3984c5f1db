"""The picture of money over time."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model import Bucket, Kind
from importer.reconciliation import reconcile
from importer.reports.days import HEIGHT, MAX_BARS, Days, days
from importer.reports.page import page_html


def picture(make: SimpleNamespace, *rows: object) -> Days | None:
    record = make.run(*rows)
    return days(record, reconcile(record))


def paid(make: SimpleNamespace, row: int, day: date | None, amount: str, **more: object) -> object:
    return make.outcome(row, more.pop("bucket", Bucket.CREATED), amount, posting_date=day, **more)


@pytest.mark.parametrize(
    ("span_days", "per"), [(40, "day"), (300, "week"), (1500, "month"), (9000, "year")]
)
def test_longer_times_are_put_together(make: SimpleNamespace, span_days: int, per: str) -> None:
    first = date(1999, 12, 30)
    rows = [paid(make, 2 + at, first + timedelta(at * span_days), "10.50") for at in (0, 1)]
    found = picture(make, *rows)
    assert found is not None
    assert found.per == per
    assert len(found.bars) <= MAX_BARS
    assert found.bars[0].rows == found.bars[-1].rows == 1
    assert sum(bar.rows for bar in found.bars) == 2


@given(
    st.lists(
        st.tuples(
            st.dates(date(1900, 1, 1), date(2100, 12, 31)),
            st.decimals("0.01", "9999999999999", places=2),
            st.sampled_from([Bucket.CREATED, Bucket.REJECTED, Bucket.DUPLICATE]),
        ),
        min_size=2,
        max_size=30,
    )
)
def test_every_payment_is_in_one_bar_and_none_leaves_the_picture(
    make: SimpleNamespace, payments: list[tuple[date, Decimal, Bucket]]
) -> None:
    rows = [
        paid(make, at, day, f"{amount:f}", bucket=bucket)
        for at, (day, amount, bucket) in enumerate(payments, 2)
    ]
    found = picture(make, *rows)
    if len({day for day, _, _ in payments}) == 1:
        assert found is None
        return
    assert found is not None
    assert sum((bar.received for bar in found.bars), Decimal(0)) == sum(p[1] for p in payments)
    assert sum(bar.rows for bar in found.bars) == len(payments)
    parts = [part for bar in found.bars for part in bar.parts]
    assert all(0 <= part.top <= HEIGHT and part.height >= 0 for part in parts)
    assert 0 < found.heights[-1].at <= found.heights[0].at == found.floor


def test_only_money_with_a_plausible_day_counts(make: SimpleNamespace) -> None:
    found = picture(
        make,
        paid(make, 2, date(2026, 1, 1), "10"),
        paid(make, 3, date(2026, 1, 3), "20"),
        paid(make, 4, date(226, 1, 3), "1", bucket=Bucket.REJECTED),
        paid(make, 5, None, "1", bucket=Bucket.REJECTED),
        paid(make, 6, date(2026, 1, 9), "-5", kind=Kind.OUTGOING, bucket=Bucket.SKIPPED),
    )
    assert found is not None
    assert [(bar.name, bar.rows) for bar in found.bars] == [
        ("2026-01-01", 1), ("2026-01-02", 0), ("2026-01-03", 1),
    ]  # fmt: skip
    assert found.undated == 2
    assert [tick.label for tick in found.heights] == ["0", "5", "10", "15", "20"]


def test_many_currencies_are_counted_not_added(make: SimpleNamespace) -> None:
    record = make.run(
        paid(make, 2, date(2026, 1, 1), "10", currency="EUR"),
        paid(make, 3, date(2026, 1, 2), "9000", currency="JPY"),
    )
    found = days(record, reconcile(record))
    assert found is not None
    assert found.title == "Number of payments per day"
    heights = Counter(part.height for bar in found.bars for part in bar.parts)
    assert list(heights.values()) == [2]
    page = page_html(record, reconcile(record)).decode()
    assert "Number of payments per day" in page


def test_the_page_has_the_picture_and_its_figures(make: SimpleNamespace) -> None:
    record = make.run(
        paid(make, 2, date(2026, 1, 1), "10"), paid(make, 3, date(2026, 1, 2), "1234.50")
    )
    page = page_html(record, reconcile(record)).decode()
    assert "Money received per day" in page
    assert '<th scope="row">2026-01-02</th><td class="n">1</td><td class="n">1,234.50</td>' in page
    one_day = make.run(paid(make, 2, date(2026, 1, 1), "10"))
    assert "per day" not in page_html(one_day, reconcile(one_day)).decode()
