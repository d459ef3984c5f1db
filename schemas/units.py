"""Columns of exact decimals as whole numbers of a smaller unit.

Arrow divides decimals one by one, which takes ten times as long as numpy takes for their bytes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = 1 << 64
_LOWER = 0 if sys.byteorder == "little" else 1
"""Which half of a decimal comes first in memory."""


def units(values: pa.Array, decimals: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]] | None:
    """Return decimals in units of 10**-decimals, and which of them are exact.

    What is not exact is cut towards zero; null is 0.

    Args:
        values: decimal128 with more than `decimals` decimals.
        decimals: the decimals that are kept.

    Returns:
        None where a value is too large for that.
    """
    part = 10 ** (values.type.scale - decimals)
    low, high = _words(values)
    if len(high) and max(int(high.max()), -int(high.min())) >= part // 4:
        return None
    times, rest = divmod(_WORD, part)
    whole = low // np.uint64(part)
    over = (low - whole * np.uint64(part)).astype(np.int64)
    found = whole.astype(np.int64)
    if high.any():
        over += high * rest
        carried = over // part
        found += high * times + carried
        over -= carried * part
    exact = over == 0
    if not exact.all():
        found += (high < 0) & ~exact
    if values.null_count:
        found[~valid(values)] = 0
    return found, exact


def decimals(whole: NDArray[np.int64], kind: pa.Decimal128Type) -> pa.Array:
    """Return whole numbers of the last decimal of `kind` as decimals."""
    both = np.empty((len(whole), 2), np.int64)
    both[:, _LOWER], both[:, 1 - _LOWER] = whole, whole >> 63
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(both)])


def rounded(values: pa.Array, places: int) -> pa.Array:
    """Return decimals rounded to so many places, in a type with room for what is carried."""
    wide = pa.decimal128(values.type.precision + 1, values.type.scale)
    return pc.round(pc.cast(values, wide), ndigits=places)


def valid(values: pa.Array) -> NDArray[np.bool_]:
    """Return which values of a column there are."""
    known: NDArray[np.bool_] = values.is_valid().to_numpy(zero_copy_only=False)
    return known


def _words(values: pa.Array) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the lower and the upper half of each decimal; null is anything."""
    content = np.frombuffer(values.buffers()[1], np.int64)
    both = content[2 * values.offset : 2 * (values.offset + len(values))]
    return both[_LOWER::2].view(np.uint64), both[1 - _LOWER :: 2]
