"""A small soak through the real command; `soak.py` runs a long one by hand."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

SEED = int(os.environ.get("SOAK_SEED", "7"))


@pytest.fixture
def soak():
    path = Path(__file__).with_name("soak.py")
    spec = importlib.util.spec_from_file_location("soak", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["soak"] = module
    before = list(sys.path)
    spec.loader.exec_module(module)
    yield module.soak
    sys.path[:] = before
    del sys.modules["soak"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_nothing_is_lost_doubled_or_wrong_after_faults_and_deaths(soak, tmp_path):
    figures = soak(
        tmp_path,
        payments=300,
        faulty=0.2,
        kills=10,
        seed=SEED,
        batch_size=5,
        settle_seconds=0.2,
    )
    print(figures)  # noqa: T201 - the seed, where it fails
    assert figures.right, figures
    assert figures.kills >= 3
    assert sum(figures.faults.values()) >= 10
