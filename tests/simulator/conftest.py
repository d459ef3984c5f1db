"""A simulated company with fixed ids, and a runner for tables of request and answer."""

import json
import re
from dataclasses import dataclass, field

import pytest
import requests

from importer.simulator import Simulator

ZERO = "00000000-0000-0000-0000-000000000000"
UNKNOWN = "99999999-9999-9999-9999-999999999999"
NAMES = (
    "CO A B ALL SHIP INVB PRIV JPYC KWDC NORATE DIMC OPEN PAID FOREIGN CANCELED DRAFT RELEASED "
    "CORRECTIVE YEN BAL PLAIN SER BANK BLOCKEDBANK APPROVAL POSTSER GENERAL CASH RECEIVABLES "
    "CLOSEDACC GIRO DEPT AREA SALES ADM HOME NOMANUAL"
)
IDS = {
    name: f"{number:08x}-0000-4000-8000-000000000000"
    for number, name in enumerate(NAMES.split(), 1)
}


def _customer(name, number, **more):
    return {"id": IDS[name], "number": number, "displayName": f"{name} Ltd.", **more}


def _invoice(name, number, customer, total, **more):
    return {
        "id": IDS[name],
        "number": number,
        "customerNumber": customer,
        "postingDate": "2026-01-10",
        "totalAmountIncludingTax": total,
        **more,
    }


def _journal(name, **more):
    return {"id": IDS[name], "code": name[:10], **more}


FIXTURE = {
    "today": "2026-02-15",
    "companies": [
        {
            "id": IDS["CO"],
            "name": "TEST & SONS",
            "displayName": "Test and Sons",
            "localCurrencyCode": "EUR",
            "allowPostingFrom": "2026-01-01",
            "allowPostingTo": "2026-12-31",
            "currencies": [
                {"code": "USD", "exchangeRate": 0.92},
                {"code": "JPY", "amountRoundingPrecision": 1, "exchangeRate": 0.0061},
                {"code": "KWD", "amountRoundingPrecision": 0.001, "exchangeRate": 3.0},
                {"code": "XTS", "exchangeRate": None},
            ],
            "accounts": [
                {"id": IDS["RECEIVABLES"], "number": "2310", "directPosting": False},
                {"id": IDS["CASH"], "number": "2910", "displayName": "Cash"},
                {"id": IDS["CLOSEDACC"], "number": "2990", "blocked": True},
            ],
            "bankAccounts": [
                {"id": IDS["GIRO"], "number": "GIRO", "displayName": "Giro Bank"},
                {"number": "DOLLARS", "displayName": "Dollar Bank", "currencyCode": "USD"},
                {"number": "OLDBANK", "blocked": True},
            ],
            "customers": [
                _customer("A", "10000"),
                _customer("B", "20000"),
                _customer("ALL", "30000", blocked="All"),
                _customer("SHIP", "40000", blocked="Ship"),
                _customer("INVB", "50000", blocked="Invoice"),
                _customer("PRIV", "60000", privacyBlocked=True),
                _customer("JPYC", "70000", currencyCode="JPY"),
                _customer("KWDC", "80000", currencyCode="KWD"),
                _customer("NORATE", "90000", currencyCode="XTS"),
                _customer("DIMC", "C100"),
            ],
            "salesInvoices": [
                _invoice("OPEN", "103001", "10000", 500, externalDocumentNumber="PO-1"),
                _invoice("PAID", "103002", "10000", 80, remainingAmount=0, status="Paid"),
                _invoice("FOREIGN", "103003", "20000", 70, billToCustomerNumber="10000"),
                _invoice("CANCELED", "103004", "20000", 60, status="Canceled"),
                _invoice("CORRECTIVE", "103005", "20000", 60, status="Corrective"),
                _invoice("YEN", "103006", "70000", 1000, currencyCode="JPY"),
                _invoice("DRAFT", "D1", "10000", 40, posted=False, postedNumber="103099"),
                _invoice("RELEASED", "R1", "10000", 45, posted=False, status="Open"),
            ],
            "numberSeries": [
                {"code": "PAY", "nextNumber": "PAY007", "manualNumbersAllowed": True},
                {"code": "STRICT", "nextNumber": "ST-01", "manualNumbersAllowed": False},
                {"code": "FINAL", "nextNumber": "F100"},
            ],
            "customerPaymentJournals": [
                _journal("BAL", balancingAccountNumber="2910", displayName="Balanced"),
                _journal("PLAIN"),
                _journal("SER", noSeries="PAY", balancingAccountNumber="2910"),
                _journal("NOMANUAL", noSeries="STRICT", balancingAccountNumber="2910"),
                _journal("POSTSER", postingNoSeries="FINAL", balancingAccountNumber="2910"),
                _journal("BANK", balancingAccountNumber="DOLLARS"),
                {"id": IDS["BLOCKEDBANK"], "code": "BLKBANK", "balancingAccountNumber": "OLDBANK"},
                _journal("APPROVAL", approvalPending=True),
                _journal("GENERAL", template="GENERAL"),
            ],
            "dimensions": [
                {
                    "id": IDS["DEPT"],
                    "code": "DEPT",
                    "displayName": "Department",
                    "values": [
                        {"id": IDS["SALES"], "code": "SALES"},
                        {"id": IDS["ADM"], "code": "ADM"},
                    ],
                },
                {"id": IDS["AREA"], "code": "AREA", "values": [{"id": IDS["HOME"], "code": "10"}]},
            ],
            "defaultDimensions": [{"customer": "C100", "code": "DEPT", "valueCode": "SALES"}],
        }
    ],
}


@dataclass
class World:
    """A simulator and what the last success showed."""

    simulator: Simulator
    session: requests.Session
    last: dict = field(default_factory=dict)

    def fill(self, value):
        """Replace <NAME>, <ID>, <ETAG>, <UNKNOWN>, <ZERO> in texts, at any depth."""
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if isinstance(value, str):
            return re.sub("<([A-Z]+)>", lambda found: self._known(found.group(1)), value)
        return value

    def _known(self, name):
        special = {
            "ID": self.last.get("id"),
            "ETAG": self.last.get("@odata.etag"),
            "UNKNOWN": UNKNOWN,
            "ZERO": ZERO,
        }
        return special[name] if name in special else IDS[name]

    def url(self, path, generation="v2.0"):
        """A path below the company; with a leading slash, below the base."""
        base = self.simulator.url_for(generation)
        if path.startswith("/"):
            return base + self.fill(path)
        company = f"'{IDS['CO']}'" if generation == "graph" else IDS["CO"]
        return f"{base}/companies({company})/{self.fill(path)}"

    def call(self, method, path, body=None, headers=None, generation="v2.0"):
        """One request."""
        headers = self.fill(headers or {})
        url = self.url(path, generation)
        if isinstance(body, str | bytes):
            headers = {"Content-Type": "application/json", **headers}
            answer = self.session.request(method, url, data=body, headers=headers)
        else:
            answer = self.session.request(method, url, json=self.fill(body), headers=headers)
        if answer.ok and method in ("POST", "PATCH") and answer.content.startswith(b'{"@odata'):
            self.last = json.loads(answer.content)
        return answer

    def lines(self, journal):
        """The journal's lines as they are, hidden ones included."""
        return self.simulator.company().lines(journal[:10])


@pytest.fixture(scope="session")
def running():
    with Simulator(FIXTURE) as simulator, requests.Session() as session:
        session.headers.update(simulator.headers)
        session.trust_env = False
        yield simulator, session


@pytest.fixture
def world(running):
    simulator, session = running
    simulator.reset(FIXTURE)
    return World(simulator, session)


@pytest.fixture
def company_fixture():
    return FIXTURE


def pytest_generate_tests(metafunc):
    """Tests that take a `case` run once for each entry of their module's CASES."""
    if "case" in metafunc.fixturenames:
        cases = metafunc.module.CASES
        names = [f"{part} {name}" for part, name, _ in cases]
        metafunc.parametrize("case", [spec for _, _, spec in cases], ids=names)


def _is_shown(wanted, found, where):
    for name, value in wanted.items():
        assert name in found, f"{where}: no {name}"
        assert found[name] == value, f"{where}: {name} is {found[name]!r}"


def run_table_case(world, case):
    """Given steps, one request; then status, code, words, answer and state."""
    generation = case.get("api", "v2.0")
    for step in case.get("given", ()):
        if step[0] == "act":
            world.simulator.company().act(**world.fill(step[1]))
        else:
            answer = world.call(*step, generation=generation)
            assert answer.ok, answer.text
    answer = world.call(*case["do"], generation=generation)
    assert answer.status_code == case["want"], answer.text
    if "code" in case:
        error = answer.json()["error"]
        assert error["code"] == case["code"]
        assert re.search(r"  CorrelationId:  [0-9a-f-]{36}\.$", error["message"])
    if "says" in case:
        assert case["says"] in answer.json()["error"]["message"]
    if "shows" in case:
        _is_shown(world.fill(case["shows"]), answer.json(), "answer")
    if "rows" in case:
        rows = answer.json()["value"]
        assert len(rows) == len(case["rows"]), rows
        for wanted, found in zip(case["rows"], rows, strict=True):
            _is_shown(world.fill(wanted), found, "row")
    for journal, wanted_lines in case.get("lines", {}).items():
        found_lines = world.lines(journal)
        assert len(found_lines) == len(wanted_lines), found_lines
        for wanted, found in zip(wanted_lines, found_lines, strict=True):
            _is_shown(world.fill(wanted), found, "line")


@pytest.fixture
def run_case(world):
    return lambda case: run_table_case(world, case)
