"""The whole interface against the simulator, in every generation of the API."""

from __future__ import annotations

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from importer.business_central import BasicKey, ReadyToken
from importer.errors import ConfigurationProblem
from importer.model import AnswerKind
from importer.simulator import Fault, FaultPlan

GENERATIONS = ("v2.0", "v1.0", "beta", "graph", "on-prem")


@pytest.fixture(params=GENERATIONS)
def place(request, simulator, time, kit):
    api = "v2.0" if request.param == "on-prem" else request.param
    credentials = (
        BasicKey(*simulator.auth.basic)
        if request.param == "on-prem"
        else ReadyToken(simulator.token)
    )
    url = simulator.url_for(request.param)
    with kit.client_of(url, time, generation=api, credentials=credentials) as client:
        company = client.company("Example Trading")
        journal = client.journal(company.id, "import")
        yield SimpleNamespace(
            api=api,
            client=client,
            company=company,
            journal=journal,
            lines=client.lines(company.id, journal.id),
            state=simulator.company("Example Trading"),
        )


def payload(number, **more):
    body = {
        "lineNumber": number,
        "customerNumber": "10000",
        "postingDate": "2026-02-15",
        "documentNumber": f"CP{number}",
        "amount": -10,
        **more,
    }
    return json.dumps(body).encode()


def test_companies_and_journals_are_found_by_every_name(place):
    client, company = place.client, place.company
    assert [c.name for c in client.companies()] == ["Example Trading", "Second"]
    assert client.company(company.id.upper()) == company
    assert client.company("example trading ltd.") == company
    assert {j.code for j in client.journals(company.id)} == {"IMPORT", "BARE"}
    assert place.journal.balancing_account_number == "2920"
    assert place.lines.exists() == place.journal


def test_a_payment_lives_its_whole_life(place):
    lines = place.lines
    assert lines.highest() is None
    answer = lines.send(payload(20000, appliesToInvoiceNumber="103001", amount=-1000.05))
    assert answer.kind is AnswerKind.DONE, answer
    made = answer.line
    assert made.amount == Decimal("-1000.05")
    assert made.invoice_id
    assert made.customer_id
    assert made.etag
    assert lines.by_number(20000).id == made.id
    assert lines.by_number(20001) is None
    assert lines.by_id(made.id).document_number == "CP20000"
    assert lines.highest() == 20000
    assert [line.id for line in lines.with_document_prefix("cp200")] == [made.id]
    assert lines.with_document_prefix("CQ") == ()

    again = lines.send(payload(20000))
    assert again.kind is AnswerKind.DUPLICATE
    assert again.code == "Internal_EntityWithSameKeyExists"
    assert again.correlation_id
    assert "CorrelationId" not in again.message
    assert again.remedy

    changed = lines.patch(made.id, made.etag, b'{"description":"changed"}')
    assert changed.kind is AnswerKind.DONE, changed
    assert changed.line.description == "changed"
    assert lines.patch(made.id, made.etag, b'{"description":"x"}').kind is AnswerKind.CHANGED
    assert lines.delete(made.id, made.etag).kind is AnswerKind.CHANGED
    assert lines.delete(made.id, changed.line.etag).kind is AnswerKind.DONE
    assert lines.delete(made.id, changed.line.etag).kind is AnswerKind.MISSING
    assert lines.by_id(made.id) is None
    assert place.state.payments("IMPORT") == []


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"customerNumber": "99999"}, AnswerKind.ROW_FAULT),
        ({"customerNumber": "30000"}, AnswerKind.ROW_FAULT),
        ({"appliesToInvoiceId": "99999999-0000-4000-8000-000000000000"}, AnswerKind.ROW_FAULT),
        ({"documentNumber": "X" * 21}, AnswerKind.ROW_FAULT),
        ({"nonsense": 1}, AnswerKind.ROW_FAULT),
        ({"amount": "ten"}, AnswerKind.ROW_FAULT),
    ],
)
def test_the_server_refuses_a_row(place, more, kind):
    answer = place.lines.send(payload(20000, **more))
    assert answer.kind is kind, answer
    assert answer.message
    assert answer.cause
    assert place.state.lines("IMPORT") == []


def test_many_payments_are_answered_by_id(place):
    operations = [(f"r{n}", payload(20000 + n)) for n in range(10)]
    operations[4] = ("r4", payload(20004, customerNumber="99999"))
    found = place.lines.send_many(operations)
    assert list(found) == [key for key, _ in operations]
    kinds = {key: answer.kind for key, answer in found.items()}
    assert kinds.pop("r4") is AnswerKind.ROW_FAULT
    assert set(kinds.values()) == {AnswerKind.DONE}
    assert all(found[f"r{n}"].line.line_number == 20000 + n for n in range(10) if n != 4)
    assert [line.line_number for line in place.lines.between(20002, 20006)] == [
        20002,
        20003,
        20005,
        20006,
    ]


def test_stopping_at_the_first_failure_leaves_the_rest_not_run(place):
    operations = [(f"r{n}", payload(20000 + n)) for n in range(5)]
    operations[2] = ("r2", payload(20002, customerNumber="99999"))
    found = place.lines.send_many(operations, on_error="stop")
    assert [answer.kind for answer in found.values()] == [
        AnswerKind.DONE,
        AnswerKind.DONE,
        AnswerKind.ROW_FAULT,
        AnswerKind.NOT_RUN,
        AnswerKind.NOT_RUN,
    ]
    assert len(place.state.lines("IMPORT")) == 2


def test_dimensions_are_made_changed_and_left_alone(place):
    plain = place.lines.send(payload(20000)).line
    assert place.lines.dimensions(plain.id) == {}
    assert place.lines.set_dimension(plain.id, "area", "south").kind is AnswerKind.DONE
    assert place.lines.dimensions(plain.id) == {"AREA": "SOUTH"}
    assert place.lines.set_dimension(plain.id, "AREA", "SOUTH").kind is AnswerKind.DONE

    preset = place.lines.send(payload(20001, customerNumber="20000")).line
    assert place.lines.dimensions(preset.id) == {"AREA": "NORTH"}
    assert place.lines.set_dimension(preset.id, "AREA", "SOUTH").kind is AnswerKind.DONE
    assert place.lines.dimensions(preset.id) == {"AREA": "SOUTH"}
    assert place.lines.set_dimension(preset.id, "AREA", "WEST").kind is AnswerKind.ROW_FAULT
    assert place.lines.set_dimension(preset.id, "NONE", "X").kind is AnswerKind.ROW_FAULT


def test_a_success_of_a_gateway_is_no_dimension(place, simulator):
    plain = place.lines.send(payload(20000)).line
    preset = place.lines.send(payload(20001, customerNumber="20000")).line
    faults = [
        Fault("answer", method, "imension", status=status, nth=1)
        for method, status in (("POST", 200), ("PATCH", 201))
    ]
    simulator.install(FaultPlan(faults))
    for line, before in ((plain, {}), (preset, {"AREA": "NORTH"})):
        assert place.lines.set_dimension(line.id, "AREA", "SOUTH").kind is AnswerKind.AMBIGUOUS
        assert place.lines.dimensions(line.id) == before
        assert place.lines.set_dimension(line.id, "AREA", "SOUTH").kind is AnswerKind.DONE
        assert place.lines.dimensions(line.id) == {"AREA": "SOUTH"}


def test_customers_and_invoices_are_looked_up(place):
    client, company = place.client, place.company.id
    customers = client.customers(company, [" 10000", "20000", "77777", "", "X" * 30])
    assert set(customers) == {"10000", "20000"}
    assert customers["10000"].name == "Blue Heron Coffee"
    assert customers["10000"].blocked == ""
    assert customers["20000"].blocked == "Ship"
    by_id = client.customers_by_id(company, [customers["20000"].id.upper()])
    assert list(by_id.values()) == [customers["20000"]]

    invoices = client.invoices(company, ["103001", "103002", "nope"])
    assert set(invoices) == {"103001", "103002"}
    assert invoices["103001"].remaining_amount == Decimal("1000.05")
    assert invoices["103001"].total_amount == Decimal("1500.10")
    assert invoices["103001"].status == "Open"
    assert str(invoices["103001"].posting_date) == "2026-01-10"
    assert invoices["103001"].bill_to_customer_number == "10000"
    key = invoices["103002"].id
    assert client.invoices_by_id(company, [key]) == {key: invoices["103002"]}


def test_posted_payments_are_found_by_document_number(place):
    assert place.lines.send(payload(20000)).kind is AnswerKind.DONE
    place.state.post("IMPORT")
    assert place.lines.by_number(20000) is None
    entries = place.client.general_ledger_entries(place.company.id, ["cp20000", "CPX"])
    assert entries
    assert {entry.document_number for entry in entries} == {"CP20000"}
    assert sum(entry.debit - entry.credit for entry in entries) == 0


def test_a_journal_is_made_once(place):
    made = place.client.journal(place.company.id, "new", create=True, balancing_account="2910")
    assert made.code == "NEW"
    assert made.balancing_account_number == "2910"
    same = place.client.journal(place.company.id, "NEW", create=True, balancing_account="2910")
    assert same == made


def test_what_a_generation_does_not_offer_is_said_before_anything_is_sent(place, simulator):
    before = len(simulator.requests)
    looks = (
        place.client.ledger_setup,
        place.client.accounting_periods,
        place.client.bank_accounts,
    )
    if place.api == "v2.0":
        assert str(place.client.ledger_setup(place.company.id).allow_posting_to) == "2026-12-31"
        assert len(place.client.accounting_periods(place.company.id)) == 2
        assert place.client.bank_accounts(place.company.id)[0].currency_code == "USD"
        return
    for look in looks:
        with pytest.raises(ConfigurationProblem, match=r"v2\.0"):
            look(place.company.id)
    assert len(simulator.requests) == before


def test_customer_ledger_entries_where_they_are_offered(place):
    sent = place.lines.send(payload(20000, externalDocumentNumber="BANK-1"))
    assert sent.kind is AnswerKind.DONE
    place.state.post("IMPORT")
    found = place.client.customer_ledger_entries(place.company.id, ["bank-1"])
    if place.api == "v2.0":
        assert [entry.external_document_number for entry in found] == ["BANK-1"]
        assert found[0].customer_number == "10000"
    else:
        assert found is None
