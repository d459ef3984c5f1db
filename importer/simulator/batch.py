"""`$batch`: stops at the first failure, or continues, or is one transaction (snapshot)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from importer.simulator.errors import ApiError, bad_request
from importer.simulator.routing import Route, parse_relative
from importer.simulator.service import Service
from importer.simulator.wire import (
    UNREAD,
    Answer,
    Json,
    Request,
    decode,
)

FAILED = 400
# Executes one inner request; None leaves it unanswered.
Execute = Callable[[int, str | None, Request, Route], Answer | None]


class _TakenBackError(Exception):
    """Ends the transaction of a snapshot batch."""


class Batch:
    """One envelope."""

    def __init__(self, service: Service, request: Request, route: Route) -> None:
        self._service = service
        self._route = route
        self._outer = request
        self._operations = _operations(request, service.behaviour.max_batch_operations)
        prefer = request.headers.get("prefer", "").lower().replace(" ", "")
        self._snapshot = request.headers.get("isolation", "").lower() == "snapshot"
        self._go_on = (
            "continue-on-error" in prefer
            and "continue-on-error=false" not in prefer
            and service.behaviour.honour_continue_on_error
            and not self._snapshot
        )
        self._answers: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._operations)

    def run(self, execute: Execute, line_s: float) -> Generator[float, None, Answer]:
        """Execute the operations in order; yields the seconds to wait before each."""
        if self._snapshot:
            if line_s:
                yield line_s * len(self._operations)
            with self._service.database.lock:
                self._in_one_transaction(execute)
        else:
            for place, operation in enumerate(self._operations, 1):
                if line_s:
                    yield line_s
                if self._one(execute, place, operation) >= FAILED and not self._go_on:
                    break
        return Answer(200, {"responses": self._answers})

    def _in_one_transaction(self, execute: Execute) -> None:
        try:
            with self._service.database.transaction():
                for place, operation in enumerate(self._operations, 1):
                    if self._one(execute, place, operation) >= FAILED:
                        raise _TakenBackError  # noqa: TRY301 - leaves the transaction
        except _TakenBackError:
            pass

    def _one(self, execute: Execute, place: int, operation: Json) -> int:
        identity = operation.get("id") if isinstance(operation, dict) else None
        try:
            inner, route = self._inner(operation)
            answer = execute(place, None if identity is None else str(identity), inner, route)
        except ApiError as error:
            answer = self._service.refusal(error)
        if answer is None:
            return 0
        self._answers.append(_entry(identity, answer))
        return answer.status

    def _inner(self, operation: Json) -> tuple[Request, Route]:
        if not isinstance(operation, dict) or not isinstance(operation.get("url"), str):
            raise bad_request("Invalid Request Body")
        method = str(operation.get("method", "")).upper()
        headers = {str(k).lower(): str(v) for k, v in (operation.get("headers") or {}).items()}
        headers["host"] = self._outer.headers.get("host", "127.0.0.1")
        path, mark, query = operation["url"].partition("?")
        if "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]
        path = path.removeprefix(self._route.base).lstrip("/")
        target = f"{self._route.base}/{path}{mark}{query}"
        parsed = operation.get("body", UNREAD)
        request = Request(method, target, headers, b"", parsed)
        segments = parse_relative(path)
        route = Route(self._route.generation, self._route.base, segments, self._route.on_premises)
        return request, route


def _operations(request: Request, most: int) -> list[Any]:
    media = request.headers.get("content-type", "")
    if not media.lower().startswith("application/json"):
        raise ApiError(415, "BadRequest", f"The content type '{media}' is not supported.")
    try:
        envelope = decode(request.body)
        operations = envelope["requests"]
    except (ValueError, KeyError, TypeError):
        operations = None
    if not isinstance(operations, list):
        raise bad_request("Invalid Request Body")
    if len(operations) > most:
        raise ApiError(
            500,
            "Internal_ServerError",
            f"The maximum number of '{most}' query operations and changesets has been exceeded: "
            f"the batch contains '{len(operations)}'.",
        )
    return operations


def _entry(identity: Json, answer: Answer) -> dict[str, Any]:
    headers: Mapping[str, str] = {k.lower(): v for k, v in answer.headers.items()}
    entry: dict[str, Any] = {"id": identity, "status": answer.status, "headers": headers}
    if answer.payload is not None:
        payload = answer.payload
        entry["headers"] = {
            "content-type": answer.content_type,
            "odata-version": "4.0",
            **headers,
        }
        entry["body"] = payload.decode() if isinstance(payload, bytes) else payload
    return entry
