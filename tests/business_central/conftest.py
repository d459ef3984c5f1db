"""Servers and clients that the tests of the client share."""

from __future__ import annotations

import contextlib
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
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
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
        FIXTURE=FIXTURE,
        JOURNAL=JOURNAL,
        LINE=LINE,
        ScriptedServer=ScriptedServer,
        client_of=client_of,
        fault=fault,
        line=line,
        reply=reply,
    )


FIXTURE: dict[str, Any] = {
    "today": "2026-02-15",
    "companies": [
        {
            "name": "Example Trading",
            "displayName": "Example Trading Ltd.",
            "localCurrencyCode": "EUR",
            "allowPostingFrom": "2026-01-01",
            "allowPostingTo": "2026-12-31",
            "accountingPeriods": [
                {"startingDate": "2025-01-01", "closed": True, "dateLocked": True},
                {"startingDate": "2026-01-01", "closed": False, "dateLocked": False},
            ],
            "accounts": [
                {"number": "2910", "displayName": "Cash"},
                {"number": "2920", "displayName": "Bank"},
                {"number": "2990", "displayName": "Total", "directPosting": False},
            ],
            "bankAccounts": [{"number": "GIRO", "displayName": "Giro", "currencyCode": "USD"}],
            "currencies": [{"code": "USD", "exchangeRate": 1.1}],
            "customers": [
                {"number": "10000", "displayName": "Blue Heron Coffee"},
                {"number": "20000", "displayName": "O'Neil & Sons", "blocked": "Ship"},
                {"number": "30000", "displayName": "Gone", "blocked": "All"},
            ],
            "salesInvoices": [
                {
                    "number": "103001",
                    "customerNumber": "10000",
                    "postingDate": "2026-01-10",
                    "totalAmountIncludingTax": 1500.10,
                    "remainingAmount": 1000.05,
                    "status": "Open",
                },
                {
                    "number": "103002",
                    "customerNumber": "10000",
                    "billToCustomerNumber": "20000",
                    "postingDate": "2026-01-11",
                    "totalAmountIncludingTax": 20,
                    "remainingAmount": 20,
                    "status": "Open",
                },
            ],
            "customerPaymentJournals": [
                {"code": "IMPORT", "displayName": "Import", "balancingAccountNumber": "2920"},
                {"code": "BARE", "displayName": "No balancing account"},
            ],
            "dimensions": [
                {
                    "code": "AREA",
                    "displayName": "Area",
                    "values": [
                        {"code": "NORTH", "displayName": "North"},
                        {"code": "SOUTH", "displayName": "South"},
                    ],
                },
            ],
            "defaultDimensions": [{"customer": "20000", "code": "AREA", "valueCode": "NORTH"}],
        },
        {"name": "Second", "displayName": "Second"},
    ],
}


@pytest.fixture
def simulator() -> Iterator[Any]:
    from importer.simulator import Simulator

    with Simulator(FIXTURE) as server:
        yield server


@pytest.fixture
def business(simulator: Any, time: Time) -> Iterator[BusinessCentral]:
    with client_of(simulator.base_url, time, credentials=ReadyToken(simulator.token)) as one:
        yield one
