"""Settings that every test shares."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings

from importer.model import Grid, Layout, SourceFile

settings.register_profile("default", deadline=None)
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch, tmp_path_factory):
    """Keep the environment and the settings files of the machine out of the tests."""
    for name in list(os.environ):
        if name.startswith("CUSTOMER_PAYMENTS_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(home))


@pytest.fixture(scope="session")
def grid_here() -> Callable[..., Grid]:
    """Read a file without the child process, which takes half a second to start."""
    from importer.reading import ReadOptions
    from importer.reading.fence import Part
    from importer.reading.parts import grid_of
    from importer.reading.table import Irregular
    from importer.reading.worker import parse

    def grid(path: Path, options: ReadOptions | None = None) -> Grid:
        content = path.read_bytes()
        source = SourceFile(path.name, hashlib.sha256(content).hexdigest(), len(content))
        with path.open("rb") as stream:
            try:
                tables = list(parse(stream, options or ReadOptions()))
            except Irregular:
                tables = list(parse(stream, options or ReadOptions(), fast=False))
        parts = (
            Part(one.columns, asdict(one.layout), [asdict(finding) for finding in one.findings])
            for one in tables
        )
        return grid_of(source, list(parts))

    return grid


def _column(values, kind):
    return pd.arrays.ArrowExtensionArray(pa.array(values, kind))


def build(rows, *, kinds=None, kind="csv", findings=()):
    """Return rows of text as the reader delivers them; `kinds`: a letter per cell, t n d e x."""
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


@pytest.fixture(scope="session")
def grid_of():
    return build
