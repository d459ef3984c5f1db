"""Values as the ledger stores them: JSON.

The faster library is loaded where it is first needed: `status` reads and writes no texts of rows,
and must not wait for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def dump(value: object) -> str:
    """Return a value as JSON."""
    return _ENCODER.encode(value)


def data(values: Sequence[str] | Mapping[str, object]) -> str:
    """Return the texts of a row, or what an event says, as JSON; each payment has some."""
    return _encode()(values).decode()


@cache
def texts_of() -> Callable[[str], tuple[str, ...]]:
    """Return what reads the JSON of texts."""
    from msgspec.json import Decoder

    return Decoder(tuple[str, ...]).decode


@cache
def _encode() -> Callable[[object], bytes]:
    from msgspec.json import Encoder

    return Encoder(order="sorted").encode
