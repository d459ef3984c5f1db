"""A world of one company: a real server, a real client, a real ledger file, a clock to turn."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importer.business_central import BusinessCentral, Connection, ReadyToken
from importer.ledger import Ledger, open_ledger
from importer.model import Bucket, Kind, Layout, Payment, SourceFile, SourceRow, Target
from importer.pipeline.server import JournalServer
from importer.planning import company_key, fingerprints, plan
from importer.sending import Sent, Undone, send_run, undo_run
from importer.simulator import Fault, FaultPlan, Simulator
from importer.states import NewRun, Plan
from schemas.payment import GENERATIONS

FIXTURE: dict[str, Any] = {
    "today": "2026-02-15",
    "companies": [
        {
            "name": "Example Trading",
            "localCurrencyCode": "EUR",
            "receivablesAccountNumber": "2310",
            "accounts": [
                {"number": "2310", "displayName": "Customers", "directPosting": False},
                {"number": "2920", "displayName": "Bank"},
                {"number": "8640", "displayName": "Miscellaneous"},
            ],
            "bankAccounts": [{"number": "NYC", "displayName": "Bank", "currencyCode": "USD"}],
            "currencies": [{"code": "USD", "exchangeRate": 0.9}],
            "customers": [
                *({"number": f"{n}0000", "displayName": f"Customer {n}"} for n in range(1, 6)),
                {"number": "60000", "displayName": "Dollar Inc", "currencyCode": "USD"},
                {"number": "90000", "displayName": "Closed", "blocked": "All"},
            ],
            "salesInvoices": [
                {
                    "number": "103001",
                    "customerNumber": "10000",
                    "postingDate": "2026-01-10",
                    "totalAmountIncludingTax": 1500,
                    "remainingAmount": 1500,
                    "status": "Open",
                },
            ],
            "customerPaymentJournals": [
                {"code": "IMPORT", "balancingAccountNumber": "2920"},
                {"code": "OTHER", "balancingAccountNumber": "2920"},
                {"code": "NYC", "balancingAccountNumber": "NYC"},
                {"code": "SERIES", "balancingAccountNumber": "2920", "postingNoSeries": "PS"},
            ],
            "numberSeries": [{"code": "PS", "nextNumber": "PS00001"}],
            "dimensions": [
                {"code": "AREA", "values": [{"code": "NORTH"}, {"code": "SOUTH"}]},
            ],
        },
    ],
}

POST = "POST"
LINES = "customerPayments$"
BATCH = r"\$batch$"


class Clock:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 15, 9, tzinfo=UTC)
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.slept += seconds

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


class World:
    """One simulated company, its journal, and an import ledger in a folder."""

    def __init__(self, simulator: Simulator, folder: Path, journal: str = "IMPORT") -> None:
        self.simulator = simulator
        self.company = simulator.company()
        self.path = folder / "ledger.sqlite3"
        self.clock = Clock()
        self.journal = journal
        self.client = BusinessCentral(
            Connection(
                ReadyToken(simulator.token),
                base_url=simulator.base_url,
                read_timeout_seconds=5.0,
                allow_http=True,
            ),
            sleep=self.clock.sleep,
            clock=self.clock.seconds,
            wall=self.clock.seconds,
        )
        there = self.client.company("Example Trading")
        found = self.client.journal(there.id, journal)
        self.server = JournalServer(self.client, there, found)
        self.target = Target(simulator.base_url, "v2.0", there.id, there.name, found.id, found.code)
        self.key = company_key(self.target)

    def close(self) -> None:
        self.client.close()

    def open(self, *, write: bool = True) -> Ledger:
        return open_ledger(str(self.path), write=write)

    def faults(self, *faults: Fault, seed: int = 0) -> None:
        self.simulator.install(FaultPlan(faults, seed))

    def plans(
        self,
        ledger: Ledger,
        payments: Sequence[Payment],
        sha: str,
        identity: str = "content",
        accepted: Sequence[int] = (),
    ) -> tuple[Plan, ...]:
        prints = fingerprints(payments, identity=identity, company=self.key, source_sha256=sha)
        return plan(
            payments,
            prints,
            ledger,
            company=self.key,
            properties=GENERATIONS["v2.0"].properties,
            highest_visible=self.server.highest(),
            highest_bound=ledger.highest_bound(self.key, self.target.journal_id),
            accepted=accepted,
        )

    def register(
        self,
        payments: Sequence[Payment],
        name: str = "a.csv",
        rejected: Sequence[SourceRow] = (),
        **how: Any,
    ) -> str:
        """Register a file of payments; its content hash follows from what it holds."""
        sha = hashlib.sha256(repr((name, payments)).encode()).hexdigest()
        rows = [
            SourceRow(one.row, Kind.INCOMING, one.amount, one.posting_date, reference=one.reference)
            for one in payments
        ]
        rows += rejected
        new = NewRun(
            "import",
            self.clock(),
            SourceFile(name, sha, 1),
            Layout("csv"),
            ("Date", "Amount"),
            "test",
            self.target,
            self.key,
        )
        with self.open() as ledger:
            taken_up = ledger.interrupted(new)
            if taken_up is not None:
                return taken_up
            plans = self.plans(ledger, payments, sha, **how)
            return ledger.register(new, rows, (), plans).run_id

    def send(self, run_id: str, **how: Any) -> Sent:
        with self.open() as ledger:
            return self.send_with(ledger, run_id, **how)

    def send_with(self, ledger: Any, run_id: str, **how: Any) -> Sent:
        return send_run(
            ledger,
            how.pop("server", self.server),
            run_id,
            sleep=self.clock.sleep,
            clock=self.clock,
            **how,
        )

    def run(self, payments: Sequence[Payment], name: str = "a.csv", **how: Any) -> str:
        """Import a file to its end."""
        run_id = self.register(payments, name)
        self.send(run_id, **how)
        return run_id

    def undo(self, run_id: str, **how: Any) -> Undone:
        with self.open() as ledger:
            return undo_run(
                ledger,
                how.pop("server", self.server),
                run_id,
                sleep=self.clock.sleep,
                clock=self.clock,
                **how,
            )

    def buckets(self, run_id: str) -> dict[str, int]:
        """Return how many rows of a run are in each bucket that is not empty."""
        with self.open(write=False) as ledger:
            rows = ledger.run_record(run_id).rows
        return {str(key): n for key, n in Counter(row.bucket for row in rows).items()}

    def record(self, run_id: str) -> Any:
        with self.open(write=False) as ledger:
            return ledger.run_record(run_id)

    def lines(self) -> list[dict[str, Any]]:
        return self.company.payments(self.journal)

    def posted_payments(self) -> list[dict[str, Any]]:
        entries = self.company.customer_entries()
        return [entry for entry in entries if entry["document_type"] == "Payment"]

    def amounts(self) -> list[Decimal]:
        """Return the money received by the journal's lines, by line number."""
        return [-Decimal(str(line["amount"])) for line in self.lines()]


def payment(row: int, amount: str = "", day: int = 1, **more: Any) -> Payment:
    return Payment(
        row=row,
        posting_date=date(2026, 2, day),
        amount=Decimal(amount or f"{row}.25"),
        customer_number=more.pop("customer_number", "10000"),
        reference=more.pop("reference", f"Invoice {row}"),
        **more,
    )


def payments(count: int, **more: Any) -> list[Payment]:
    return [payment(row, **more) for row in range(2, count + 2)]


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator(FIXTURE) as server:
        yield server


@pytest.fixture
def make_world(simulator: Simulator, tmp_path: Path) -> Iterator[Any]:
    made: list[World] = []

    def make(folder: Path = tmp_path, *, reset: bool = True, journal: str = "IMPORT") -> World:
        if reset:
            simulator.reset(FIXTURE)
        made.append(World(simulator, folder, journal))
        return made[-1]

    yield make
    simulator.install(None)
    for one in made:
        one.close()


@pytest.fixture
def world(make_world: Any) -> World:
    made: World = make_world()
    return made


class AtLast:
    """Begins a call like a thread that is slow: it runs, once, when it is waited for."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._ended: Future[Any] = Future()

    def result(self) -> Any:
        if not self._ended.done():
            try:
                self._ended.set_result(self._call())
            except BaseException as fault:  # noqa: BLE001 - a crash is handed over as well
                self._ended.set_exception(fault)
        return self._ended.result()


def at_once(call: Any) -> AtLast:
    """Begin a call like a thread that is fast: it has ended before anything else goes on."""
    begun = AtLast(call)
    with suppress(BaseException):
        begun.result()
    return begun


class Kit:
    """The names that tests of this folder share; test folders are no packages."""

    ASIDES = (at_once, AtLast)
    Bucket = Bucket
    Fault = Fault
    LINES = LINES
    BATCH = BATCH
    POST = POST
    payment = staticmethod(payment)
    payments = staticmethod(payments)


@pytest.fixture
def kit() -> type[Kit]:
    return Kit
