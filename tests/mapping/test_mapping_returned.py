"""The status column of an annotated workbook is left out on the way in, and nothing else is."""

from dataclasses import replace

import pandas as pd
import pytest

from importer.mapping import returned
from importer.model import Grid, Layout, SourceFile


def grid(*rows: tuple[str, ...]) -> Grid:
    text = "string[pyarrow]"
    frame = pd.DataFrame({"row": pd.array(range(1, len(rows) + 1), "int64[pyarrow]")})
    for at, cells in enumerate(zip(*rows, strict=True)):
        frame[f"c{at}"] = pd.array(list(cells), text)
    kinds = frame.drop(columns="row").replace(".+", "text", regex=True)
    return Grid(SourceFile("a.xlsx", "00", 1), Layout("xlsx"), frame, kinds)


def cells(of: Grid) -> list[list[str]]:
    return of.frame.drop(columns="row").to_numpy().tolist()


def test_the_status_column_below_a_preamble_is_left_out():
    there = returned(
        grid(
            ("Statement", "", ""),
            ("Date", "Amount", "importer_status"),
            ("2026-01-01", "'=5", "rejected: no amount"),
            ("2026-01-02", "6", "created: line 10000"),
            ("", "", "skipped: a sum"),
            ("2026-01-03", "7", ""),
        )
    )
    assert cells(there) == [
        ["Statement", ""], ["Date", "Amount"], ["2026-01-01", "'=5"], ["2026-01-02", "6"],
        ["2026-01-03", "7"],
    ]  # fmt: skip
    assert there.frame["row"].tolist() == [1, 2, 3, 4, 6]
    assert there.kinds is not None
    assert list(there.kinds.columns) == ["c0", "c1"]


def test_so_is_that_of_a_sheet_without_a_header():
    there = returned(grid(("5", "importer_status: created"), ("6", "importer_status: held: why")))
    assert cells(there) == [["5"], ["6"]]


@pytest.mark.parametrize(
    "texts",
    [
        ("Reference", "importer_status", "Invoice 7"),
        ("Reference", "importer_status", "created: rejected"),
        ("importer_status", "createds", "created"),
        ("Status", "created", "rejected: no"),
    ],
)
def test_what_a_payer_writes_is_never_taken_for_it(texts):
    source = grid(*(("5", text) for text in texts))
    assert cells(returned(source)) == cells(source)


def test_what_the_numbers_of_a_column_show_moves_with_it():
    source = grid(("importer_status", "A", "B"), ("created: 5", "1", "2"))
    source = replace(source, layout=replace(source.layout, shown=((0, "kg"), (2, "USD"))))
    assert returned(source).layout.shown == ((1, "USD"),)
