"""What stands beside the payments: hidden lines stay hidden, contacts, names of journals."""

import json

import pytest
import requests

from importer.simulator import Simulator

COMPANY = "11111111-1111-4111-8111-111111111111"
FIXTURE = {
    "today": "2026-02-15",
    "companies": [
        {
            "id": COMPANY,
            "name": "BESIDE",
            "accounts": [{"number": "2910", "displayName": "Cash"}],
            "customers": [
                {"number": "10000", "displayName": "A"},
                {"number": "PRIVATE", "displayName": "B"},
            ],
            "customerPaymentJournals": [
                {"code": "IMPORT"},
                {"code": "DAILY", "template": "GENERAL"},
            ],
            "hiddenLines": [
                {"journal": "IMPORT", "accountNumber": "2910", "amount": 5},
                {"journal": "DAILY", "accountNumber": "2910", "amount": 7},
            ],
        }
    ],
}


@pytest.fixture
def ask():
    with Simulator(FIXTURE, auth=False) as running, requests.Session() as session:

        def call(method, path, body=None, **headers):
            url = f"{running.base_url}/companies({COMPANY})/{path}"
            data = None if body is None else json.dumps(body)
            headers = {"Content-Type": "application/json", **headers}
            answer = session.request(method, url, data=data, headers=headers, timeout=10)
            return answer.status_code, answer.json() if answer.content else None

        call.journal = running.company().journal_id
        yield call


def test_a_journal_is_named_by_its_id_at_the_top(ask):
    """Parts 1.4 and 2: the display name alone names no journal."""
    status, refused = ask("POST", "customerPayments", {"journalDisplayName": "IMPORT"})
    assert status == 400
    assert refused["error"]["message"].startswith("You must specify a journal batch ID")
    for name, wanted in (("IMPORT", 201), ("OTHER", 400)):
        body = {"journalDisplayName": name, "journalId": ask.journal("IMPORT")}
        assert ask("POST", "customerPayments", body)[0] == wanted
        assert ask("POST", "customerPayments", dict(reversed(body.items())))[0] == wanted


@pytest.mark.parametrize("option", ["$select", "$expand", "$orderby"])
def test_an_unknown_name_is_refused_on_an_empty_list(ask, option):
    """Part 5.3."""
    path = f"customerPaymentJournals({ask.journal('IMPORT')})/customerPayments?{option}=absent"
    status, refused = ask("GET", path)
    assert status == 400
    assert "Could not find a property named 'absent'" in refused["error"]["message"]


def test_a_count_is_true_or_false(ask):
    """Part 5.3."""
    for value, wanted in (("true", 200), ("false", 200), ("maybe", 400)):
        assert ask("GET", f"customers?$count={value}")[0] == wanted


def test_journal_lines_do_not_reveal_hidden_lines(ask):
    """Part 3.2: only lines of the general template."""
    assert ask("GET", f"journals({ask.journal('IMPORT')})/journalLines")[1]["value"] == []
    found = ask("GET", f"journals({ask.journal('DAILY')})/journalLines")[1]["value"]
    assert [(line["lineNumber"], line["amount"]) for line in found] == [(10000, 7)]


def test_contacts_and_balances_of_customers(ask):
    """Part 6."""
    assert ask("GET", "contacts") == (200, {**ask("GET", "contacts")[1], "value": []})
    customer = ask("GET", "customers?$expand=customerFinancialDetail")[1]["value"][0]
    assert customer["customerFinancialDetail"]["id"] == customer["id"]
    assert ask("GET", f"customers({customer['id']})/contactsInformation")[1]["value"] == []
    assert ask("GET", f"customers({customer['id']})/customerFinancialDetails")[0] == 200


def test_a_new_customer_gets_a_free_number(ask):
    """Part 1.4: customers can be created."""
    status, made = ask("POST", "customers", {"displayName": "C"})
    assert (status, made["number"]) == (201, "10001")


def test_numbers_end_with_the_type(ask):
    """Part 3.3: a line number is an Edm.Int32."""
    path = f"customerPaymentJournals({ask.journal('IMPORT')})/customerPayments"
    assert ask("POST", path, {"lineNumber": 2**31 - 1})[0] == 201
    assert ask("POST", path, {})[0] == 400


def test_times_are_compared_as_times(ask):
    """Part 5.3: whatever way they are written in."""
    path = f"customerPaymentJournals({ask.journal('IMPORT')})/customerPayments"
    made = ask("POST", path, {})[1]["lastModifiedDateTime"]
    whole = made[:19]
    for written, wanted in ((f"{whole}Z", 1), (f"{whole}.0000000Z", 1), ("2999-01-01", 0)):
        found = ask("GET", f"{path}?$filter=lastModifiedDateTime ge {written}")[1]["value"]
        assert len(found) == wanted, written
    assert ask("GET", f"{path}?$filter=lastModifiedDateTime eq {made[:-1]}%2B00:00")[1]["value"]
