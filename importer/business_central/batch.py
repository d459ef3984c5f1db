"""The envelope of a `$batch`: made from payloads as they are, read by id and never by position.

Source: part 8 of the reference on the Business Central API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from importer.business_central import answers
from importer.business_central.resources import decoded
from importer.model import Answer

_PLAIN_JSON: Final = {"Content-Type": "application/json"}


class _Operation(msgspec.Struct):
    id: str
    method: str
    url: str
    headers: dict[str, str]
    body: msgspec.Raw


class _Envelope(msgspec.Struct):
    requests: list[_Operation]


class _Response(msgspec.Struct):
    status: int
    id: str | int | None = None
    headers: dict[str, object] | None = None
    body: msgspec.Raw = msgspec.Raw(b"")


class _Answered(msgspec.Struct):
    responses: list[_Response]


_DECODER: Final = msgspec.json.Decoder(_Answered)


def envelope(url: str, operations: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the body of a batch that POSTs each payload, byte for byte, to `url`.

    Args:
        url: relative to the API's root.
        operations: an id and a JSON payload each.
    """
    made = [
        _Operation(key, "POST", url, _PLAIN_JSON, msgspec.Raw(payload))
        for key, payload in operations
    ]
    return msgspec.json.encode(_Envelope(made))


def answers_of(
    body: bytes,
    keys: Sequence[str],
    understood: Callable[[int, bytes, str], Answer],
) -> Mapping[str, Answer]:
    """Return the answer of each operation of an envelope whose answer arrived whole.

    The server has finished with such an envelope: an operation without an answer was not run,
    and sending it again is safe at once. Where an answer cannot be told to belong to an
    operation, those without one are ambiguous.

    Args:
        body: of the envelope's answer.
        keys: ids of the operations in their order.
        understood: status, body and Retry-After of an operation to its answer.

    Raises:
        UnreadableError: `body` is no envelope.
    """
    responses = decoded(_DECODER, body).responses
    known = frozenset(keys)
    found: dict[str, Answer] = {}
    strange = False
    for response in responses:
        key = str(response.id)
        if response.id is None or key not in known or key in found:
            strange = True
            if key in found:
                found[key] = answers.lost("the batch answered this operation twice")
            continue
        wait = {name.lower(): value for name, value in (response.headers or {}).items()}
        found[key] = understood(
            response.status, bytes(response.body), str(wait.get("retry-after") or "")
        )
    absent = (
        answers.lost("the batch gave answers that belong to no operation, and none for this one")
        if strange
        else answers.not_run("the batch gave no answer for it")
    )
    return {key: found.get(key, absent) for key in keys}
