"""A grid from the bytes of a file, without the child process, which takes long to start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from importer.mapping import map_rows, source_rows
from importer.model import Grid
from importer.proposing import Answers, propose


@pytest.fixture
def read_here(tmp_path: Path, grid_here: Callable[..., Grid]) -> Callable[..., Grid]:
    """Read the bytes or the text of a file."""

    def read(content: bytes | str, name: str = "statement.csv") -> Grid:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return grid_here(path)

    return read


@pytest.fixture(name="rows_of")
def rows_of_fixture(read_here):
    """Return the rows of a file whose profile is proposed, and nothing asked."""

    def rows_of(content, name="statement.csv", **answers):
        grid = read_here(content, name)
        proposal = propose(grid, answers=Answers(**answers))
        proposal.require_decided()
        return source_rows(map_rows(grid, proposal.profile))

    return rows_of


@pytest.fixture(name="amounts")
def amounts_fixture(rows_of):
    """Return the signed amounts of the payments of a file."""

    def amounts(content, **answers):
        rows = rows_of(content, **answers)
        return [f"{row.amount:f}" for row in rows if row.kind in ("incoming", "outgoing")]

    return amounts
