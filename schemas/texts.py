"""What a whole column of text holds, told by its bytes.

An expression is asked text by text. Most columns hold none of the letters that it looks for, and
their bytes say so at a glance, thirty times as fast; only where they do not, texts are asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_MINUS = ord("-")
_NINE = 9
_ALPHABET = 26
_ASCII = 128
_BLOCK = 1 << 18  # bytes that stay near the processor while they are compared with each letter


def arrow(series: pd.Series) -> pa.Array:
    """Return the Arrow array of an Arrow-backed column, in one piece."""
    values = pa.array(series)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def may_hold(texts: pa.Array, letters: bytes, below: int = 0) -> bool:
    """Say whether any byte of a column is one of `letters`, or lower than `below`."""
    octets, _ = _bytes(texts)
    for start in range(0, len(octets), _BLOCK):
        block = octets[start : start + _BLOCK]
        if block.min() < below or any((block == letter).any() for letter in letters):
            return True
    return False


def may_begin(texts: pa.Array, letters: bytes) -> bool:
    """Say whether any text of a column begins with one of the bytes `letters`."""
    octets, bounds = _bytes(texts)
    return _any_at(octets, bounds[:-1], letters)


def longest(texts: pa.Array) -> int:
    """Return the bytes of the longest text of a column; never less than its UTF-16 units."""
    return int(pc.max(pc.binary_length(texts)).as_py() or 0)


def upper(texts: pa.Array) -> pa.Array:
    """Return the texts in upper case; the same array where they are, without other than ASCII."""
    octets, _ = _bytes(texts)
    small = (octets - np.uint8(ord("a"))) < _ALPHABET
    return pc.utf8_upper(texts) if small.any() or octets.max(initial=0) >= _ASCII else texts


def trimmed(texts: pa.Array, blanks: str) -> pa.Array:
    """Return the texts without `blanks` at either end; the same array where there are none."""
    octets, bounds = _bytes(texts)
    edges = bytes({octet for blank in blanks for octet in blank.encode()})
    # An empty text shows a byte of its neighbour, which is asked all the same.
    if _any_at(octets, bounds[:-1], edges) or _any_at(octets, bounds[1:] - 1, edges):
        return pc.utf8_trim(texts, blanks)
    return texts


def bare_numbers(texts: pa.Array, decimal: str, integers: int, decimals: int) -> NDArray[np.bool_]:
    """Return which texts hold but digits, `decimal` between digits, and minus signs.

    Marks may come twice, and signs stand anywhere: a cast to numbers refuses those. Of numbers
    with up to `integers` and `decimals` digits some long ones are left out.
    """
    octets, bounds = _bytes(texts)
    lengths = np.diff(bounds)
    if not len(octets):
        return np.zeros(len(texts), bool)
    mark = ord(decimal)
    odd = ((octets - np.uint8(ord("0"))) > _NINE) & (octets != mark) & (octets != _MINUS)
    third_last = octets.take(bounds[1:] - 3, mode="clip")
    short = (lengths <= decimals + 2) | ((third_last == mark) & (lengths <= integers))
    found: NDArray[np.bool_] = (lengths > 0) & short
    found[np.searchsorted(bounds, np.flatnonzero(odd), side="right") - 1] = False
    first, last = bounds[:-1], bounds[1:] - 1
    begin = octets.take(first + (octets.take(first, mode="clip") == _MINUS), mode="clip")
    found &= (begin != mark) & (octets.take(last, mode="clip") != mark)
    return found


def _bytes(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the bytes of all texts, one behind the other, and where each begins and ends."""
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(1, np.int32)
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    octets = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return octets[bounds[0] : bounds[-1]], bounds - bounds[0] if bounds[0] else bounds


def _any_at(octets: NDArray[np.uint8], places: NDArray[np.int32], letters: bytes) -> bool:
    if not len(octets):
        return False
    wanted = np.zeros(256, bool)
    wanted[list(letters)] = True
    return bool(wanted[octets.take(places, mode="clip")].any())
