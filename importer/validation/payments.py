"""Accepted rows to frozen payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from importer.amounts import currency_decimals, round_to
from importer.model import Payment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    import pandas as pd

_FIELDS = tuple(name for name in Payment.__dataclass_fields__ if name != "dimensions")


def payments(mapped: pd.DataFrame, accepted: pd.DataFrame) -> tuple[Payment, ...]:
    """Return one payment for each accepted row.

    Args:
        mapped: the canonical columns of the whole file.
        accepted: the normalised columns of the accepted rows, with the index of `mapped`.
    """
    rest = mapped.loc[accepted.index]
    currencies = rest["currency"].tolist()
    columns: dict[str, list[Any]] = {
        name: _values(accepted if name in accepted.columns else rest, name) for name in _FIELDS
    }
    for name in ("amount", "balance"):
        columns[name] = [
            _exact(amount, currency)
            for amount, currency in zip(columns[name], currencies, strict=True)
        ]
    lines = zip(*(columns[name] for name in _FIELDS), _dimensions(rest), strict=True)
    return tuple(Payment(*line) for line in lines)


def _values(frame: pd.DataFrame, name: str) -> list[Any]:
    values: list[Any] = pa.array(frame[name]).to_pylist()
    return values


def _exact(amount: Decimal | None, currency: str) -> Decimal | None:
    """Return an amount with its currency's decimals; a balance may need more."""
    if amount is None:
        return None
    rounded = round_to(amount, currency_decimals(currency))
    return rounded if rounded == amount else amount.normalize()


def _dimensions(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str], ...]]:
    names = [name for name in frame.columns if name.startswith("dimension.")]
    if not names:
        yield from ((),) * len(frame)
        return
    codes = [name.removeprefix("dimension.").upper() for name in names]
    for values in zip(*(frame[name].tolist() for name in names), strict=True):
        yield tuple(
            (code, value.strip().upper())
            for code, value in zip(codes, values, strict=True)
            if value.strip()
        )
