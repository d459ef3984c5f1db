"""Servers and clients that the tests of the client share."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from importer.business_central import BusinessCentral, Connection, ReadyToken

COMPANY = "c0000000-0000-4000-8000-000000000001"
JOURNAL = "10000000-0000-4000-8000-000000000001"
LINE = "20000000-0000-4000-8000-000000000001"

Script = Callable[[socket.socket], None]


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ScriptedServer:
    """A server that answers each request with the next entry of `script`, byte for byte.

    An entry is the bytes to send (then the connection closes unless they keep it open) or a
    function that gets the socket. The last entry answers all later requests.
    """

    script: list[bytes | Script] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2.0/sandbox/api/v2.0"

    def close(self) -> None:
        # A shutdown wakes the thread that accepts; a close alone does not.
        for one in [self._socket, *self._open]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        try:
            while (request := _read(stream)) is not None:
                self.requests.append(request)
                step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if callable(step):
                    step(connection)
                    break
                connection.sendall(step)
                if b"Connection: close" in step:
                    break
        except (OSError, ValueError):
            pass
        finally:
            stream.close()
            connection.close()


def _read(stream: Any) -> Request | None:
    first = stream.readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    headers = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Request(first[0], first[1], headers, body)


def reply(
    status: int, body: bytes | str | object = b"", headers: dict[str, str] | None = None
) -> bytes:
    """Return the bytes of a whole answer that keeps the connection open."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = {"Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


def fault(status: int, code: str, message: str = "No.", **headers: str) -> bytes:
    """Return the bytes of an answer with an error object."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, {"error": {"code": code, "message": message}}, named)


def line(number: int = 20000, amount: float = -10.0, **more: object) -> dict[str, object]:
    """Return a line as the server shows it."""
    return {
        "@odata.etag": 'W/"1"',
        "id": LINE,
        "lineNumber": number,
        "amount": amount,
        "postingDate": "2026-02-15",
        "customerNumber": "10000",
        "documentNumber": "CP0001",
        **more,
    }


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


class Time:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def client_of(base_url: str, time: Time, **options: Any) -> BusinessCentral:
    options.setdefault("credentials", ReadyToken("token-of-the-tests"))
    options.setdefault("read_timeout_seconds", 5.0)
    connection = Connection(base_url=base_url, **options)
    return BusinessCentral(connection, sleep=time.sleep, clock=time.clock, wall=time.clock)


@pytest.fixture
def client(scripted: ScriptedServer, time: Time) -> Iterator[BusinessCentral]:
    with client_of(scripted.base_url, time) as one:
        yield one


@pytest.fixture
def kit() -> SimpleNamespace:
    """The names of this module that tests need; test folders are no packages."""
    return SimpleNamespace(
        COMPANY=COMPANY,
        JOURNAL=JOURNAL,
        LINE=LINE,
        ScriptedServer=ScriptedServer,
        client_of=client_of,
        fault=fault,
        line=line,
        reply=reply,
    )
