"""HTTP/1.1 on a socket of this machine, with the means to break it on purpose."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import httptools

from importer.simulator import control
from importer.simulator.application import Application, Reply, Steps
from importer.simulator.errors import ApiError
from importer.simulator.wire import Answer, Request

HOST = "127.0.0.1"
MAX_BODY_BYTES = 350 * 1024 * 1024


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}\r\nOData-Version: 4.0\r\n".encode()


def _head(answer: Answer, length: int, *, close: bool) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in answer.headers.items()]
    if answer.payload is not None:
        lines.append(f"Content-Type: {answer.content_type}\r\n")
    if answer.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {length}\r\n")
    if close:
        lines.append("Connection: close\r\n")
    return _status_line(answer.status) + "".join(lines).encode() + b"\r\n"


class Connection(asyncio.Protocol):
    """One client connection; requests are served one after another."""

    def __init__(self, application: Application, open_connections: set[Connection]) -> None:
        self._application = application
        self._open = open_connections
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """The client went; what it asked for is still executed."""
        self._transport = None
        self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.close()
        except httptools.HttpParserError:
            self._send(Reply(Answer(400)), keep_alive=False)

    # httptools

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url, self._headers, self._body, self._size = b"", {}, [], 0

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Answer `Expect: 100-continue`."""
        if self._headers.get("expect", "").lower() == "100-continue" and self._transport:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._size += len(body)
        if self._size <= MAX_BODY_BYTES:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        request = Request(
            self._parser.get_method().decode(),
            self._url.decode("latin-1"),
            self._headers,
            b"".join(self._body),
        )
        keep_alive = self._parser.should_keep_alive()
        if self._size > MAX_BODY_BYTES:
            self._send(Reply(Answer(413)), keep_alive=False)
        elif self._task is not None:
            self._waiting.append((request, keep_alive))
        else:
            self._serve(request, keep_alive)

    # Serving

    def _serve(self, request: Request, keep_alive: bool) -> None:
        if request.method == "HEAD":
            self._send(Reply(Answer(HTTPStatus.METHOD_NOT_ALLOWED)), keep_alive)
            return
        if request.target.startswith(control.PREFIX):
            self._send(Reply(control.answer(self._application, request)), keep_alive)
            return
        steps = self._application.steps(request)
        delay = self._advance(steps, keep_alive)
        if delay is not None:
            self._task = asyncio.get_running_loop().create_task(
                self._wait(steps, delay, keep_alive)
            )

    def _advance(self, steps: Steps, keep_alive: bool) -> float | None:
        """Go on to the next wait and return its seconds; at the end send the reply."""
        try:
            return next(steps)
        except StopIteration as done:
            self._send(done.value, keep_alive)
        except Exception as error:  # noqa: BLE001 - a defect here must look like a server's
            self._application.log.append({"defect": repr(error)})
            failure = ApiError(500, "Internal_ServerError", repr(error))
            self._send(Reply(self._application.service.refusal(failure)), keep_alive)
        return None

    async def _wait(self, steps: Steps, delay: float | None, keep_alive: bool) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while delay is not None:
            # Each wait is a little longer than asked, which the next one makes up for.
            due += delay
            await asyncio.sleep(max(due - loop.time(), 0))
            delay = self._advance(steps, keep_alive)
        self._task = None
        if self._waiting:
            request, keep_alive = self._waiting.popleft()
            self._serve(request, keep_alive)
            # Served at once, without a task of its own: go on with the next.
            while self._waiting and self._task is None:
                request, keep_alive = self._waiting.popleft()
                self._serve(request, keep_alive)

    def _send(self, reply: Reply, keep_alive: bool) -> None:
        transport = self._transport
        if transport is None:
            return
        if reply.answer is None:
            self.close()
            return
        body = reply.answer.body()
        head = _head(reply.answer, len(body), close=not keep_alive)
        if reply.cut_at is not None:
            transport.write(head + body[: reply.cut_at])
            transport.close()
            return
        transport.write(head + body)
        if not keep_alive:
            transport.close()

    def close(self) -> None:
        """Close the socket without another word."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None


async def start_server(
    application: Application, port: int
) -> tuple[asyncio.Server, set[Connection]]:
    """Listen on this machine only; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    application.call_later = loop.call_later
    connections: set[Connection] = set()
    server = await loop.create_server(lambda: Connection(application, connections), HOST, port)
    return server, connections
