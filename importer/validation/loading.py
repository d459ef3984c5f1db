"""Loads pandera ahead of its use: that takes longer than checking a small file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def load() -> None:
    """Load pandera and what it only loads with its first check."""
    # Where hypothesis is installed, pandera loads it to make test data. Nobody asks for that here,
    # and it takes longer than the rest of validating a small file.
    with _hidden("hypothesis"):
        import pandas as pd
        from pandera.pandas import DataFrameSchema

        DataFrameSchema().validate(pd.DataFrame())


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let a module look as if it were not installed, unless it is loaded already."""
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]  # None hides a module
    if name in modules:
        yield
        return
    modules[name] = None
    try:
        yield
    finally:
        del modules[name]
