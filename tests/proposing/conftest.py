"""A grid from the bytes of a file, without the child process, which takes long to start."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from importer.model import Grid, SourceFile
from importer.reading import ReadOptions, _grid
from importer.reading.worker import parse


@pytest.fixture
def read_here(tmp_path: Path) -> Callable[..., Grid]:
    """Read the bytes or the text of a file."""

    def read(content: bytes | str, name: str = "statement.csv") -> Grid:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(data)
        with path.open("rb") as stream:
            table = parse(stream, ReadOptions())
        report = {"layout": asdict(table.layout), "findings": [asdict(f) for f in table.findings]}
        source = SourceFile(name, hashlib.sha256(data).hexdigest(), len(data))
        return _grid(source, table.columns, report)

    return read
