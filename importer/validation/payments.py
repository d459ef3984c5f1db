"""Accepted rows to frozen payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from importer.amounts import tidy_column
from importer.model import Payment

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_FIELDS = tuple(name for name in Payment.__dataclass_fields__ if name != "dimensions")


def payments(mapped: pd.DataFrame, accepted: pd.DataFrame) -> tuple[Payment, ...]:
    """Return one payment for each accepted row.

    Args:
        mapped: the canonical columns of the whole file.
        accepted: the normalised columns of the accepted rows, with the index of `mapped`.
    """
    rest = mapped.loc[accepted.index]
    currencies = pa.array(rest["currency"])
    columns: dict[str, list[Any]] = {
        name: _values(accepted if name in accepted.columns else rest, name) for name in _FIELDS
    }
    for name in ("amount", "balance"):
        columns[name] = tidy_column(pa.array(rest[name]), currencies)
    lines = zip(*(columns[name] for name in _FIELDS), _dimensions(rest), strict=True)
    return tuple(Payment(*line) for line in lines)


def _values(frame: pd.DataFrame, name: str) -> list[Any]:
    values = pa.array(frame[name])
    plain: list[Any]
    if pa.types.is_string(values.type):  # several times faster than to_pylist
        plain = values.to_numpy(zero_copy_only=False).tolist()
    else:
        plain = values.to_pylist()
    return plain


def _dimensions(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str], ...]]:
    names = [name for name in frame.columns if name.startswith("dimension.")]
    if not names:
        yield from ((),) * len(frame)
        return
    codes = [name.removeprefix("dimension.").upper() for name in names]
    for values in zip(*(_values(frame, name) for name in names), strict=True):
        yield tuple(
            (code, value.strip().upper())
            for code, value in zip(codes, values, strict=True)
            if value.strip()
        )
