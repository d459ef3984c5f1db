"""Settings that every test shares."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from importer.model import Grid

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
    from importer.model import SourceFile
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
