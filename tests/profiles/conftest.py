"""Tables as the reader delivers them."""

import pandas as pd
import pyarrow as pa
import pytest

from importer.model import Grid, Layout, SourceFile


def _column(values, kind):
    return pd.arrays.ArrowExtensionArray(pa.array(values, kind))


def build(rows, *, kinds=None, kind="csv", findings=()):
    """Return a grid of rows of text; `kinds` are one letter per cell: t n d e."""
    letters = {"t": "text", "n": "number", "d": "date", "e": "empty", "x": "error"}
    kept = [(at, row) for at, row in enumerate(rows) if any(text.strip() for text in row)]
    width = max((len(row) for _, row in kept), default=0)

    def cells(at):
        return [row[at] if at < len(row) else "" for _, row in kept]

    def kinds_of(at):
        return [letters[kinds[n][at]] if at < len(kinds[n]) else "empty" for n, _ in kept]

    numbers = _column([at + 1 for at, _ in kept], pa.int64())
    frame = {"row": numbers} | {f"c{at}": _column(cells(at), pa.string()) for at in range(width)}
    stored = None
    if kinds is not None:
        stored = pd.DataFrame({f"c{at}": _column(kinds_of(at), pa.string()) for at in range(width)})
    return Grid(
        SourceFile("file.csv", "0" * 64, 1), Layout(kind), pd.DataFrame(frame), stored, findings
    )


@pytest.fixture
def grid_of():
    return build
