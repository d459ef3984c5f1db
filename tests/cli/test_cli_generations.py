"""Every generation of the API from end to end: imported once, with dimensions, within limits."""

import pytest

from importer.simulator import Simulator

GENERATIONS = ("v2.0", "v1.0", "beta", "graph")
PROFILE = """
[header]
columns = ["Date", "Customer", "Amount", "Ref", "Text", "Region", "Contact"]
[date]
column = "Date"
formats = ["%Y-%m-%d"]
[amount]
column = "Amount"
[columns]
customer_number = "Customer"
external_document_number = "Ref"
description = "Text"
contact_id = "Contact"
[columns.dimension]
AREA = "Region"
"""
FIXTURE = {
    "today": "2026-02-15",
    "companies": [
        {
            "name": "GENERATIONS",
            "accounts": [{"number": "2910", "displayName": "Cash"}],
            "customers": [{"number": number} for number in ("10000", "20000")],
            "dimensions": [{"code": "AREA", "values": [{"code": "30"}, {"code": "40"}]}],
            "defaultDimensions": [{"customer": "10000", "code": "AREA", "valueCode": "30"}],
        }
    ],
}


@pytest.fixture(scope="module")
def server():
    with Simulator(FIXTURE, auth=False) as running:
        yield running


def write(terminal, rows):
    (terminal.folder / "own.toml").write_text(PROFILE)
    lines = ["Date,Customer,Amount,Ref,Text,Region,Contact", *rows]
    (terminal.folder / "payments.csv").write_text("\n".join(lines) + "\n")


def options(server, generation):
    journal = "J" + generation.upper().replace(".", "")
    return {
        "CUSTOMER_PAYMENTS_BASE_URL": server.url_for(generation),
        "CUSTOMER_PAYMENTS_API": generation,
        "CUSTOMER_PAYMENTS_JOURNAL": journal,
        "CUSTOMER_PAYMENTS_BALANCING_ACCOUNT": "2910",
        "CUSTOMER_PAYMENTS_PROFILE": "own.toml",
    }


@pytest.mark.parametrize("generation", GENERATIONS)
def test_twenty_payments_once(terminal, server, generation):
    customers = ("10000", "20000")
    rows = [
        f"2026-02-{day:02d},{customers[day % 2]},{day}.25,R{day},T {day},{('40', '')[day % 2]},"
        for day in range(1, 21)
    ]
    write(terminal, rows)
    target = options(server, generation)
    for bucket in ("created", "duplicate"):
        command = ("import", "payments.csv", "--create-journal", "--yes", "--json")
        ended = terminal(*command, **target)
        assert ended.code == 0, ended.err
        assert ended.document["counts"][bucket] == 20
        assert ended.document["totals"][bucket] == "215.00"
        assert ended.document["in_balance"]
    lines = server.company().lines(target["CUSTOMER_PAYMENTS_JOURNAL"])
    assert [str(line["amount"]) for line in lines] == [f"-{day}.25" for day in range(1, 21)]
    assert {line["balancingAccountNumber"] for line in lines} == {"2910"}
    wanted = {"10000": {"AREA": "40"}, "20000": {}}
    assert all(line["dimensions"] == wanted[line["customerNumber"]] for line in lines)


@pytest.mark.parametrize("generation", ["beta", "graph"])
def test_what_the_first_generations_cannot_hold_is_refused_before_sending(
    terminal, server, generation
):
    write(
        terminal,
        [
            f"2026-02-01,10000,1.00,R1,{'x' * 51},,",
            f"2026-02-01,10000,2.00,{'R' * 21},text,,",
        ],
    )
    before = server.counts.get("POST", 0)
    target = options(server, generation)
    ended = terminal("import", "payments.csv", "--create-journal", "--yes", "--json", **target)
    assert ended.code == 3
    assert ended.document["counts"]["rejected"] == 2
    found = {finding["row"]: finding["message"] for finding in ended.document["findings"]}
    assert "50 characters" in found[2]
    assert "20 characters" in found[3]
    assert server.counts.get("POST", 0) <= before + 1  # at most the journal
