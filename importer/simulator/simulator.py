"""The simulator as an object: a server in a background thread, its state, its people."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from importer.simulator import control, people
from importer.simulator import fixture as fixtures
from importer.simulator.application import Application, Settings
from importer.simulator.auth import DEFAULT_TOKEN, Auth
from importer.simulator.company import Company, Database
from importer.simulator.context import Behaviour
from importer.simulator.faults import FaultPlan, Trouble
from importer.simulator.limits import Limits
from importer.simulator.server import HOST, Connection, start_server
from importer.simulator.wire import Json

PATHS: Mapping[str, str] = {
    "v2.0": "/v2.0/production/api/v2.0",
    "v1.0": "/v2.0/production/api/v1.0",
    "beta": "/v2.0/production/api/beta",
    "graph": "/beta/financials",
    "on-prem": "/BC/api/v2.0",
    "reportsFinance": "/v2.0/production/api/microsoft/reportsFinance/beta",
    "analytics": "/v2.0/production/api/microsoft/analytics/v1.0",
}


class CompanyView:
    """One company as a test sees it, and what people do in it. Safe from any thread."""

    def __init__(self, database: Database, name: str | None) -> None:
        self._database = database
        self._name = name

    def _company(self) -> Company:
        return self._database.company(self._name)

    @property
    def id(self) -> str:
        """The company's id."""
        return self._company().id

    @property
    def name(self) -> str:
        """The company's name."""
        return self._company().name

    def journals(self) -> list[dict[str, Any]]:
        """All journals, of every template."""
        with self._database.lock:
            return [control.journal_state(j) for j in self._company().journals.values()]

    def journal_id(self, code: str) -> str:
        """The id of a journal."""
        with self._database.lock:
            return people.journal_of(self._company(), {"journal": code}).id

    def lines(self, journal: str | None = None) -> list[dict[str, Any]]:
        """All lines by number, hidden ones included."""
        with self._database.lock:
            lines: list[dict[str, Any]] = control.company_state(self._company())["lines"]
        return [line for line in lines if journal in (None, line["journal"])]

    def payments(self, journal: str | None = None) -> list[dict[str, Any]]:
        """The lines that `customerPayments` shows."""
        return [line for line in self.lines(journal) if line["visible"]]

    def ledger_entries(self) -> list[dict[str, Any]]:
        """The posted G/L entries."""
        with self._database.lock:
            return list(control.company_state(self._company())["generalLedgerEntries"])

    def customer_entries(self) -> list[dict[str, Any]]:
        """The posted customer ledger entries."""
        with self._database.lock:
            return list(control.company_state(self._company())["customerLedgerEntries"])

    def act(self, action: str, **details: Json) -> dict[str, Any]:
        """A person does something, by the names of the control surface's actions."""
        return people.act(
            self._database, {"company": self._company().id, "action": action, **details}
        )

    def post(self, journal: str | None = None) -> None:
        """A person posts the journal."""
        self.act("post", journal=journal)

    def edit(self, line: int, journal: str | None = None, **changes: Json) -> None:
        """A person changes a line; properties by their API names."""
        self.act("edit", journal=journal, line=line, set=changes)

    def delete(self, line: int, journal: str | None = None) -> None:
        """A person deletes a line."""
        self.act("delete", journal=journal, line=line)

    def add(self, journal: str | None = None, **properties: Json) -> dict[str, Any]:
        """A person adds a payment."""
        return self.act("add", journal=journal, **properties)

    def add_hidden(self, journal: str | None = None, **properties: Json) -> dict[str, Any]:
        """A person adds a line of another kind."""
        return self.act("add_hidden", journal=journal, **properties)

    def renumber(self, line: int, to: int, journal: str | None = None) -> None:
        """A person gives a line another number."""
        self.act("renumber", journal=journal, line=line, to=to)


class Simulator:
    """An imitation of Business Central on a port of this machine.

    with Simulator(fixture) as simulator:
        requests.get(simulator.base_url + "/companies", headers=simulator.headers)
    """

    def __init__(
        self,
        fixture: Mapping[str, Any] | Path | None = None,
        *,
        port: int = 0,
        auth: bool = True,
        token: str = DEFAULT_TOKEN,
        latency_ms: float = 0,
        line_ms: float = 0,
        faults: FaultPlan | None = None,
        seed: int = 0,
        limits: Limits | None = None,
        behaviour: Behaviour | None = None,
        clients: Mapping[str, str] | None = None,
        token_lifetime_s: float = 3600,
    ) -> None:
        self.token = token
        self.auth = Auth(
            enabled=auth,
            tokens={token},
            clients=dict(clients) if clients is not None else None,
            token_lifetime_s=token_lifetime_s,
        )
        self.database = Database(seed)
        fixtures.load(self.database, fixture)
        settings = Settings(
            auth=self.auth,
            behaviour=behaviour or Behaviour(),
            limits=limits,
            latency_ms=latency_ms,
            line_ms=line_ms,
        )
        self.application = Application(self.database, settings, faults)
        self._wanted_port = port
        self._port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    # Running

    def start(self) -> Self:
        """Begin to serve; returns when the port is open."""
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def ask_to_stop(self) -> None:
        """End serving; only from the loop that serves."""
        if self._stop is not None:
            self._stop.set()

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._loop = self._stop = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self.serve_until_stopped(self._ready.set))
        except OSError as error:
            self._failure = error
            self._ready.set()

    async def serve_until_stopped(self, announce: Callable[[], None]) -> None:
        """Serve on the running loop; `announce` is called when the port is open."""
        server, connections = await start_server(self.application, self._wanted_port)
        self._port = server.sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        announce()
        await self._stop.wait()
        server.close()
        _close_all(connections)
        await server.wait_closed()

    # Where it is

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self._port}"

    @property
    def base_url(self) -> str:
        """The base URL of API v2.0."""
        return self.url_for("v2.0")

    @property
    def control_url(self) -> str:
        """The base URL of the control surface."""
        return self.origin + control.PREFIX.rstrip("/")

    @property
    def authority(self) -> str:
        """The token authority for the tenant `common`."""
        return f"{self.origin}/common"

    @property
    def headers(self) -> dict[str, str]:
        """Headers of an authorised client."""
        return {"Authorization": f"Bearer {self.token}"}

    def url_for(self, generation: str) -> str:
        """The base URL of a generation, by its name in PATHS."""
        return self.origin + PATHS[generation]

    # State

    def company(self, name: str | None = None) -> CompanyView:
        """A company by name or id; the first if none is named."""
        return CompanyView(self.database, name)

    @property
    def counts(self) -> dict[str, int]:
        """How many requests came, by method and status."""
        return dict(self.application.counts)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The latest requests: method, target, status, faults."""
        return list(self.application.log)

    def install(self, faults: FaultPlan | None) -> None:
        """Replace the fault plan; its counting begins again."""
        with self.database.lock:
            self.application.trouble = Trouble(faults)

    def reset(self, fixture: Mapping[str, Any] | Path | None = None) -> None:
        """Begin again with a fixture."""
        control.reset(self.application, fixture)


def _close_all(connections: set[Connection]) -> None:
    for connection in list(connections):
        connection.close()


def serve(
    fixture: Mapping[str, Any] | Path | None = None,
    port: int = 0,
    auth: bool = True,
    latency_ms: float = 0,
    *,
    line_ms: float = 0,
    token: str = DEFAULT_TOKEN,
    seed: int = 0,
    limits: Limits | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or an interrupt; `announce` gets the base URL once the port is open.

    Raises:
        FixtureError: the fixture cannot be used.
        OSError: the port is taken.
    """
    simulator = Simulator(
        fixture,
        port=port,
        auth=auth,
        token=token,
        latency_ms=latency_ms,
        line_ms=line_ms,
        seed=seed,
        limits=limits,
    )

    def opened() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            # Windows has no signals on its loops; there an interrupt ends it.
            with suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, simulator.ask_to_stop)
        if announce is not None:
            announce(simulator.base_url)

    with suppress(KeyboardInterrupt):
        asyncio.run(simulator.serve_until_stopped(opened))
