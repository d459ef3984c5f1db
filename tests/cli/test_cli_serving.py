"""`connection check`, `companies` and `journals` against a real server."""

import re
from pathlib import Path

import pytest

from importer.simulator import Fault, FaultPlan

ROOT = Path(__file__).parents[2]


def lines_of(ended):
    return {line["name"]: line for line in ended.document}


def test_all_is_well(connected):
    ended = connected("connection", "check", "--json")
    assert ended.code == 0, ended.out
    assert set(lines_of(ended)) >= {"token", "company", "permission", "journal", "dates"}


def test_a_line_is_sentences(connected):
    ended = connected("connection", "check", "--journal", "ABSENT")
    assert ended.code == 1
    fault = next(line for line in ended.out.splitlines() if line.startswith("FAULT"))
    assert ". Correct --journal" in fault


def test_the_wanted_balancing_account_is_compared(connected):
    ended = connected("connection", "check", "--balancing-account", "8640", "--json")
    assert ended.code == 1
    assert not lines_of(ended)["balancing account"]["ok"]


AWAY = {"kind": "answer", "method": "GET", "status": 503}


@pytest.mark.parametrize(
    ("path", "journal", "code"),
    [("", "IMPORT", 5), ("salesInvoices", "IMPORT", 5), ("salesInvoices", "ABSENT", 1)],
)
def test_a_service_that_is_away_is_for_later_and_a_fault_for_a_person(
    connected, simulator, path, journal, code
):
    simulator.install(FaultPlan([Fault(**AWAY, path=path)]))
    ended = connected(
        "connection", "check", "--json", "--journal", journal, "--timeout-seconds", "1"
    )
    assert ended.code == code, ended.out
    faults = [line for line in ended.document if not line["ok"]]
    assert [line["name"] for line in faults if not line["later"]] == ["journal"] * (code == 1)
    assert any(line["later"] for line in faults)


@pytest.mark.parametrize(
    ("account", "code", "said"),
    [
        ("2910", 0, "each line will balance against 2910"),
        ("", 1, "would have none"),
        ("ABSENT", 1, "no general ledger account"),
    ],
)
def test_a_journal_that_an_import_will_make(connected, simulator, account, code, said):
    options = ("--create-journal", "--journal", "FRESH", "--balancing-account", account)
    ended = connected("connection", "check", "--json", *options)
    assert ended.code == code, ended.out
    assert said in lines_of(ended)["balancing account"]["message"]
    assert "does not exist yet" in lines_of(ended)["journal"]["message"]
    assert "FRESH" not in {journal["code"] for journal in simulator.company().journals()}


def test_companies_and_journals(connected, simulator):
    company = simulator.company()
    assert {"id": company.id, "name": company.name} in connected("companies", "--json").document
    listed = connected("journals", "--json").document
    codes = {journal["code"]: journal for journal in listed}
    assert codes["IMPORT"]["id"] == company.journal_id("IMPORT")
    assert codes["IMPORT"]["balancing_account"]
    assert "Balancing account" in connected("journals").out


def test_a_long_wait_for_the_service_is_told(connected, simulator):
    busy = Fault("answer", status=429, headers={"Retry-After": "5"}, times=1)
    simulator.install(FaultPlan([busy]))
    ended = connected("companies")
    assert ended.code == 0
    assert "Waiting 5.0 s before the next try" in ended.err


def test_verbose_tells_of_waits_and_then_of_every_request(connected, simulator):
    def told(*options):
        simulator.install(FaultPlan([Fault("answer", status=503, times=1)]))
        ended = connected("companies", *options)
        assert ended.code == 0, ended.err
        return ended.err

    assert told() == ""
    waits = told("-v")
    assert "Waiting" in waits
    assert "HTTP 503" in waits
    assert "GET http" not in waits
    requests = told("-vv")
    assert "HTTP 503" in requests
    assert f"GET {simulator.base_url}/companies: 200, " in requests


@pytest.mark.parametrize("told_by", ["README", "help"])
def test_what_is_told_of_the_simulator_is_literally_right(terminal, simulator, told_by):
    if told_by == "README":
        told = (ROOT / "README.md").read_text("utf-8")
    else:
        told = terminal("simulator", "--help").out
    lines = re.findall(r"customer-payments ([^`\n]*--base-url URL[^`\n]*)", told)
    assert len(lines) == 2
    (terminal.folder / "FILE").write_bytes((ROOT / "sample_data" / "bank-de.csv").read_bytes())
    for line in lines:
        ended = terminal(*line.replace("URL", simulator.base_url).split())
        assert ended.code in {0, 3}, ended.err
    assert simulator.company().payments("IMPORT")


@pytest.mark.parametrize("words", [("companies",), ("journals",), ("connection", "check")])
def test_without_credentials_no_option_is_advised_that_is_not_there(terminal, words):
    ended = terminal(*words, "--tenant", "contoso.example")
    assert ended.code == 1
    assert "'customer-payments check FILE --offline'" in ended.err
