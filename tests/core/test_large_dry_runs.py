"""A large dry run is written from columns; it has to say what one made of values says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping import Mapped, map_more, map_rows, source_rows
from importer.model import Bucket, CellKind, Grid, Layout, RunRecord, SourceFile
from importer.pipeline import checking
from importer.pipeline.columns_written import WrittenColumns, written_columns
from importer.pipeline.large import LargeCheck, LargeRows
from importer.pipeline.recognising import minding_more
from importer.pipeline.understanding import Understood
from importer.reconciliation import balanced, reconcile
from importer.reports.document import json_bytes, json_end
from importer.reports.lines import lines_csv
from importer.validation import validate
from schemas.profile import Profile, load

HEADER = (
    *("Day", "Payer", "Text", "Amount", "Currency", "Customer", "Invoice", "Status", "Balance"),
)
TEXTS = pd.ArrowDtype(pa.string())
PROFILE = """
[header]
columns = ["Day", "Payer", "Text", "Amount", "Currency", "Customer", "Invoice", "Status", "Balance"]
[date]
column = "Day"
formats = ["%Y-%m-%d"]
carry = CARRY
[amount]
column = "Amount"
decimal = "."
[columns]
counterparty = "Payer"
reference = "Text"
currency = "Currency"
customer_number = "Customer"
invoice_number = "Invoice"
balance = "Balance"
[[skip]]
column = "Status"
words = ["total"]
kind = "total"
[[skip]]
column = "Status"
words = ["pending"]
kind = "pending"
reason = "=not yet, \\"booked\\""
"""
TEXT = st.one_of(
    st.sampled_from(
        ["", "Adatum", '"', "a,b", "=1+1", "'@x", "\\n", "\x01", "\u2028", "\U0001f600"]
    ),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
)
AMOUNT = st.one_of(
    st.sampled_from(
        ["", "x", "0", "0.00", "1.005", "-3.10", "100", "0.1", "1e5", "12345678901234"]
    ),
    st.decimals(-1000, 10**9, places=2).map(str),
)
ROW = st.tuples(
    st.sampled_from(["2026-02-15", "2026-02-30", "", "1700-01-01"]),
    TEXT,
    TEXT,
    AMOUNT,
    st.sampled_from(["", "EUR", "USD", "JPY", "KWD"]),
    st.one_of(st.sampled_from(["10000", "c10"]), TEXT),
    TEXT,
    st.sampled_from(["", "booked", "pending", "total"]),
    st.one_of(AMOUNT, st.integers(0, 9).map(lambda cents: f"100.0{cents}")),
)


@pytest.fixture(scope="module", params=["false", "true"], ids=["plain", "days carried"])
def profile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    path = tmp_path_factory.mktemp("profiles") / "large.toml"
    path.write_text(PROFILE.replace("CARRY", request.param), encoding="utf-8")
    return load(str(path))


def _understood(
    rows: list[tuple[str, ...]], profile: Profile, kinds: CellKind | None = None
) -> Understood:
    """Read rows as those of a text file, or of a workbook whose amounts are stored as `kinds`."""
    columns: dict[str, pa.Array] = {"row": pa.array(range(1, len(rows) + 3), pa.int64())}
    above = ("Closing balance", "100.05", *[""] * (len(HEADER) - 2))
    for at, name in enumerate(HEADER):
        columns[f"c{at}"] = pa.array([above[at], name, *(row[at] for row in rows)], pa.string())
    frame = pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)
    layout = Layout("xlsx" if kinds else "csv", "utf-8", delimiter=",")
    stored = None
    if kinds is not None:
        names = dict.fromkeys(frame.columns[1:], str(CellKind.TEXT)) | {"c3": str(kinds)}
        stored = pd.DataFrame(names, index=frame.index, dtype=TEXTS)
    grid = Grid(SourceFile("large.csv", "ab" * 32, 1), layout, frame, stored)
    return Understood(grid, profile, map_rows(grid, profile), ())


def _parts(understood: Understood, cuts: list[int]) -> Iterator[Mapped]:
    """Map the rows in parts that end where `cuts` say, as they come from a large text file."""
    grid, first = understood.grid, understood.mapped.index
    places = sorted({min(cut, len(grid.frame)) for cut in cuts if cut > first} | {len(grid.frame)})
    above = None
    for begin, end in pairwise([0, *places]):
        part = replace(grid, frame=grid.frame.iloc[begin:end].reset_index(drop=True))
        mapped = map_rows(part, understood.profile) if above is None else map_more(part, above)
        above = above or mapped
        yield mapped


def _large(parts: Iterable[Mapped], written: WrittenColumns) -> LargeRows:
    check = None
    for mapped in parts:
        check = check or LargeCheck(mapped, "v2.0", written)
        check.add(mapped)
    assert check is not None
    return check.rows()


def _clock() -> datetime:
    return datetime(2026, 2, 15, tzinfo=UTC)


def _of_values(understood: Understood) -> RunRecord:
    checked = checking.unmatched(validate(understood.mapped))
    checked = replace(checked, rows=checking.with_cells(understood, checked.rows))
    return checking.dry_record(understood, checked, None, None, _clock)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(ROW, min_size=1, max_size=12),
    kinds=st.sampled_from([None, CellKind.NUMBER, CellKind.TEXT]),
    cuts=st.lists(st.integers(1, 14), max_size=3),
)
def test_reports_from_columns_are_those_from_values(
    rows: list[tuple[str, ...]], kinds: CellKind | None, cuts: list[int], profile: Profile
) -> None:
    understood = _understood(rows, profile, kinds)
    record = _of_values(understood)
    expected = reconcile(record)
    with TemporaryDirectory() as name, written_columns(folder := Path(name)) as written:
        written.begin(record)
        alone = kinds is not None or profile.date.carry
        parts = [understood.mapped] if alone else _parts(understood, cuts)
        large = _large(parts, written)
        found = balanced(record, large.counts, large.sums, large.doubled)
        csv = written.place_csv(folder / "csv").read_bytes()
        end = json_end(record, found)
        document = written.place_json(folder / "json", end).read_bytes()
    rejected = checking.outcomes(checking.Checked(large.rejected, (), (), ()), ())
    assert rejected == tuple(row for row in record.rows if row.bucket is Bucket.REJECTED)
    assert large.findings == record.findings
    assert csv == lines_csv(record.rows)
    assert document == json_bytes(record, expected)
    assert (found.rows, found.in_balance) == (expected.rows, expected.in_balance)
    checking.controlled(understood_rows := validate(understood.mapped).rows, None, None)
    incoming = [row for row in understood_rows if row.kind == "incoming"]
    assert large.incoming == len(incoming)
    assert large.received == sum(row.amount or 0 for row in incoming)


def test_sums_are_exact_whatever_their_length(profile: Profile, tmp_path: Path) -> None:
    amounts = ["999999999999999999.1234567891", "0.01", "999999999999999999.9999999999"]
    rows = [("2026-02-15", "a", "b", one, "EUR", "10000", "", "", "") for one in amounts]
    understood = _understood(rows, profile)
    cuts = [] if profile.date.carry else [3, 4]
    with written_columns(tmp_path) as written:
        large = _large(_parts(understood, cuts), written)
    assert str(large.received) == "1999999999999999999.1334567890"


def test_a_row_number_that_comes_twice_is_a_difference(profile: Profile, tmp_path: Path) -> None:
    row = ("2026-02-15", "a", "b", "1.00", "EUR", "10000", "", "", "")
    understood = _understood([row, row], profile)
    frame = understood.mapped.frame.assign(
        row=pd.array([2, 2], understood.mapped.frame["row"].dtype)
    )
    mapped = replace(understood.mapped, frame=frame)
    with written_columns(tmp_path) as written:
        assert _large([mapped], written).doubled == ("row 2 stands in 2 buckets",)
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_only_a_later_part_names_is_not_passed_over(profile: Profile) -> None:
    def row(state: str) -> tuple[str, ...]:
        return ("2026-02-15", "Adatum", "", "1.00", "EUR", "10000", "", state, "")

    def part(*states: str) -> Grid:
        whole = _understood([row(state) for state in states], profile).grid
        return replace(whole, frame=whole.frame.iloc[2:])

    first = _understood([row("booked"), row("pending")], profile).mapped
    later = part("booked", "rejected", "pending", "total", "")
    buckets = [one.bucket for one in source_rows(map_more(later, minding_more(later, first)))]
    assert buckets == [None, *[Bucket.SKIPPED] * 3, None]
    assert source_rows(map_more(later, first))[1].bucket is None
