"""JSON in and out. Numbers with decimals are `Decimal` both ways, never a float."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

# What JSON may hold.
Json: TypeAlias = Any

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

JSON_TYPE = "application/json; odata.metadata=minimal; odata.streaming=true"
UNREAD = object()


def decode(data: bytes | str) -> Json:
    """The value of a JSON text; raises ValueError."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None


def encode(value: Json) -> bytes:
    """The JSON text of a value."""
    return _encoder.encode(value)


@dataclass(slots=True)
class Request:
    """One request, of a connection or inside a $batch. Header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    parsed: Any = UNREAD


@dataclass(slots=True)
class Answer:
    """One answer; `payload` is a value for JSON, or the bytes themselves, or nothing."""

    status: int
    payload: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE

    def body(self) -> bytes:
        """The bytes to send."""
        if self.payload is None:
            return b""
        return self.payload if isinstance(self.payload, bytes) else encode(self.payload)
