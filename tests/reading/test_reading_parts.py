"""Large texts come in parts, one after the other; nothing of them is lost or doubled."""

from __future__ import annotations

from collections import deque

import pandas as pd
import pytest

from importer.errors import InputProblem
from importer.reading import Limits, ReadOptions, fence, opened, read
from importer.reading.fence import StartAgain

ROWS = 330_000
LINES = [f"2024-01-02;text {number:0100d};{number}.50\r\n" for number in range(ROWS)]
HEADER = "Date;Text;Amount\r\n"

TWO_PARTS_THEN = """
import sys, json, os
sys.path[:] = json.loads(sys.argv[2])
import pyarrow as pa
out = open(1, "wb", closefd=False)
def tell(message):
    text = json.dumps(message).encode()
    out.write(len(text).to_bytes(8, "big") + text)
for at in (1, 2):
    tell({"layout": {"kind": "csv", "encoding": "utf-8", "notes": []}, "findings": []})
    table = pa.table({"row": pa.array([at], pa.int64()), "c0": ["x"]})
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
out.flush()
"""


def test_parts_follow_each_other_and_are_the_whole(make_file):
    path = make_file("Account;1\r\n\r\n" + HEADER + "".join(LINES) + "Total;;9\r\n")
    with opened(path) as parts:
        first = parts.first()
        grids = list(parts.each())
    assert len(grids) > 1
    pd.testing.assert_frame_equal(grids[0].frame, first.frame)
    joined = pd.concat([grid.frame for grid in grids], ignore_index=True)
    whole = read(path)
    pd.testing.assert_frame_equal(joined, whole.frame)
    assert whole.frame["row"].tolist() == [1, *range(3, ROWS + 5)]
    assert all((grid.source, grid.layout) == (whole.source, whole.layout) for grid in grids)


@pytest.mark.parametrize(
    ("odd", "at"),
    [('a;b;"c"d;e\r\n', 310_000), ("a;b\r\n", 310_000), ("a;b;c;d\r\n", ROWS - 50)],
)
def test_a_row_that_only_the_slow_path_reads_makes_the_parts_before_it_void(make_file, odd, at):
    path = make_file(HEADER + "".join([*LINES[:at], odd, *LINES[at:]]))
    with opened(path) as parts:
        taken = parts.each()
        assert 0 < len(next(taken).frame) < ROWS
        with pytest.raises(StartAgain):
            deque(taken)
        whole = parts.whole()
    assert whole.frame["row"].tolist() == list(range(1, ROWS + 3))
    # The limit is for a table that counts, not for the parts before it too.
    enough = ReadOptions(limits=Limits(unpacked_bytes=18 << 20))
    pd.testing.assert_frame_equal(read(path, enough).frame, whole.frame)


@pytest.mark.parametrize("end", ["os._exit(3)", "out.write(b'x'); out.flush()", "pass"])
def test_a_child_that_stops_between_parts_is_an_error(make_file, monkeypatch, end):
    monkeypatch.setattr(fence, "_START", f"{TWO_PARTS_THEN}\n{end}")
    with opened(make_file(HEADER)) as parts:
        taken = parts.each()
        assert [next(taken).frame["row"].tolist() for _ in range(2)] == [[1], [2]]
        with pytest.raises(InputProblem, match=r"statement\.csv: .*broke down"):
            next(taken)


def test_a_file_in_parts_that_is_left_early_leaves_no_child(make_file):
    with opened(make_file(HEADER + "".join(LINES))) as parts:
        child = parts._supply._child._process
        parts.first()
    assert child.poll() is not None


def test_more_output_than_the_limit_is_an_error(make_file):
    few = ReadOptions(limits=Limits(unpacked_bytes=8 << 20))
    with pytest.raises(InputProblem, match=r"take more than .* --limit-unpacked-bytes"):
        read(make_file(HEADER + "".join(LINES)), few)
