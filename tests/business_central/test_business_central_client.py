"""Companies, journals, look-ups and checks; and payments when the service misbehaves."""

from __future__ import annotations

import copy
import json
from datetime import date

import pytest

from importer.business_central import BusinessCentral, Connection, ReadyToken
from importer.errors import ConfigurationProblem
from importer.model import AnswerKind
from importer.simulator import Behaviour, Fault, FaultPlan, Limits, Simulator

PAYMENTS = "customerPayments"


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


@pytest.fixture
def company(business):
    return business.company("Example Trading")


@pytest.fixture
def lines(business, company):
    return business.lines(company.id, business.journal(company.id, "IMPORT").id)


@pytest.fixture
def state(simulator):
    return simulator.company()


def test_an_unknown_company_lists_those_that_exist(business):
    with pytest.raises(ConfigurationProblem, match=r"'Other'.*Example Trading.*Second.*--company"):
        business.company("Other")
    with pytest.raises(ConfigurationProblem, match=r"No company is named"):
        business.company(" ")


def test_two_companies_of_one_name_must_be_told_apart(scripted, client, kit):
    pair = [{"id": kit.COMPANY, "name": "A"}, {"id": kit.JOURNAL, "name": "a"}]
    scripted.script = [kit.reply(200, {"value": pair})]
    assert client.company("a").id == kit.JOURNAL
    pair[1]["name"] = "A"
    scripted.script = [kit.reply(200, {"value": pair})]
    with pytest.raises(ConfigurationProblem, match="No company"):
        client.company("A")


def test_an_unknown_journal_lists_those_that_exist(business, company):
    with pytest.raises(ConfigurationProblem, match=r"OTHER; the company has: BARE, IMPORT\."):
        business.journal(company.id, "other")


def test_a_code_that_no_journal_can_have(business, company):
    with pytest.raises(ConfigurationProblem, match="at most 10"):
        business.journal(company.id, "ELEVENCHARS", create=True)


def test_a_journal_that_is_not_named_must_be_the_only_one(business, company, simulator):
    with pytest.raises(ConfigurationProblem, match=r"No journal is named; .* BARE, IMPORT\."):
        business.journal(company.id, " ", create=True)
    only = {"name": "Small", "customerPaymentJournals": [{"code": "ONE"}]}
    simulator.reset({"companies": [only]})
    small = business.company("")
    assert small.name == "Small"
    assert business.journal(small.id, "").code == "ONE"


def test_a_journal_with_another_balancing_account_is_not_used(business, company):
    with pytest.raises(ConfigurationProblem, match=r"against 2920, but .* is 2910"):
        business.journal(company.id, "IMPORT", balancing_account="2910")
    with pytest.raises(ConfigurationProblem, match=r"against no account"):
        business.journal(company.id, "BARE", balancing_account="2910")
    assert business.journal(company.id, "IMPORT", balancing_account="2920").code == "IMPORT"


@pytest.mark.parametrize("number", ["9999", "GIRO", "2990"])
def test_a_new_journal_needs_an_account_that_can_balance(business, company, number, state):
    with pytest.raises(ConfigurationProblem, match=rf"balancing account {number} "):
        business.journal(company.id, "NEW", create=True, balancing_account=number)
    assert {journal["code"] for journal in state.journals()} == {"IMPORT", "BARE"}


def test_a_journal_that_somebody_makes_meanwhile_is_taken(scripted, client, kit):
    there = {"value": [{"id": kit.JOURNAL, "code": "NEW"}]}
    scripted.script = [
        kit.reply(200, {"value": []}),
        kit.fault(400, "Internal_EntityWithSameKeyExists"),
        kit.reply(200, there),
    ]
    assert client.journal(kit.COMPANY, "NEW", create=True).id == kit.JOURNAL


def test_a_journal_whose_making_got_no_answer_is_looked_for(scripted, client, kit):
    there = {"value": [{"id": kit.JOURNAL, "code": "NEW"}]}
    scripted.script = [kit.reply(200, {"value": []}), kit.reply(504), kit.reply(200, there)]
    assert client.journal(kit.COMPANY, "NEW", create=True).id == kit.JOURNAL


@pytest.mark.parametrize(
    ("answer", "words"),
    [((403, ""), "permission"), ((201, ""), "cannot be seen")],
)
def test_a_journal_that_cannot_be_made_says_why(scripted, client, kit, answer, words):
    nothing = kit.reply(200, {"value": []})
    scripted.script = [nothing, kit.fault(*answer), nothing]
    with pytest.raises(ConfigurationProblem, match=words):
        client.journal(kit.COMPANY, "NEW", create=True)


def test_a_deleted_journal_no_longer_exists(business, company):
    made = business.journal(company.id, "NEW", create=True)
    lines = business.lines(company.id, made.id)
    path = business.connection.described.journal(company.id, made.id)
    assert business.exchange.write("DELETE", path, etag="*").answer.kind is AnswerKind.DONE
    assert lines.exists() is None
    assert lines.send(payload(20000)).kind in {AnswerKind.MISSING, AnswerKind.CONFIGURATION}


def test_many_numbers_are_looked_up_in_parts_or_at_once(simulator, time, kit):
    customers = [{"number": f"C{n:05}", "displayName": f"Customer {n}"} for n in range(700)]
    simulator.reset({"companies": [{"name": "Big", "customers": customers}]})
    credentials = ReadyToken(simulator.token)
    wanted = [f"c{n:05}" for n in range(0, 700, 7)] + ["UNKNOWN"]
    expected = {f"C{n:05}" for n in range(0, 700, 7)}
    with kit.client_of(simulator.base_url, time, credentials=credentials) as client:
        company = client.company("Big").id
        before = len(simulator.requests)
        assert set(client.customers(company, wanted)) == expected
        assert len(simulator.requests) - before == 3
        many = [f"C{n:05}" for n in range(600)]
        before = len(simulator.requests)
        assert list(client.customers(company, many)) == many
        assert len(simulator.requests) - before == 2
    with kit.client_of(simulator.base_url, time, credentials=credentials, page_size=7) as client:
        before = len(simulator.requests)
        assert set(client.customers(company, many)) == set(many)
        assert len(simulator.requests) - before > 12


def test_quotes_in_numbers_reach_the_server_as_they_are(simulator, business, time, kit):
    simulator.reset(
        {"companies": [{"name": "Q", "customers": [{"number": "O'N &/?#%+", "displayName": "Q"}]}]}
    )
    assert set(business.customers(business.company("Q").id, ["o'n &/?#%+"])) == {"O'N &/?#%+"}


def test_lines_are_read_over_many_pages(simulator, time, kit):
    with kit.client_of(
        simulator.base_url, time, credentials=ReadyToken(simulator.token), page_size=3
    ) as client:
        company = client.company("Example Trading").id
        lines = client.lines(company, client.journal(company, "IMPORT").id)
        lines.send_many([(str(n), payload(20000 + n)) for n in range(10)])
        found = lines.between(20001, 20008)
        assert [line.line_number for line in found] == list(range(20001, 20009))
        assert lines.highest() == 20009


def test_hidden_lines_are_not_seen_but_in_the_way(lines, state):
    state.add_hidden("IMPORT", lineNumber=20000)
    assert lines.highest() is None
    assert lines.by_number(20000) is None
    assert lines.send(payload(20000)).kind is AnswerKind.DUPLICATE


@pytest.mark.parametrize(
    ("kind", "more", "executed"),
    [
        ("lost_before", {}, False),
        ("lost_after", {}, True),
        ("cut_body", {"cut_at": 30}, True),
        ("html_body", {}, True),
        ("empty_body", {}, True),
        ("enormous_body", {"size_bytes": 40_000_000}, True),
        ("answered_after", {"status": 504}, True),
        ("answer", {"status": 503}, False),
        ("answer", {"status": 500, "code": "Internal_ServerError"}, False),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_a_lost_answer_is_ambiguous_and_nothing_is_sent_twice(
    lines, simulator, state, kind, more, executed, many
):
    simulator.install(FaultPlan((Fault(kind, method="POST", times=1, **more),)))
    before = simulator.counts
    if many:
        answers = lines.send_many([("a", payload(20000)), ("b", payload(20001))]).values()
    else:
        answers = [lines.send(payload(20000))]
    assert {answer.kind for answer in answers} == {AnswerKind.AMBIGUOUS}
    assert len(state.payments("IMPORT")) == (len(answers) if executed else 0)
    assert len(simulator.requests) - sum(before.values()) <= 1
    assert lines.send(payload(20000)).kind is (
        AnswerKind.DUPLICATE if executed else AnswerKind.DONE
    )


def test_a_lock_is_waited_for(lines, simulator, state, time):
    simulator.install(FaultPlan((Fault("lock", method="POST", times=2),)))
    assert lines.send(payload(20000)).kind is AnswerKind.DONE
    assert len(time.slept) == 2
    assert len(state.payments("IMPORT")) == 1


def test_a_lock_inside_a_batch_comes_back_as_transient(lines, simulator):
    simulator.install(FaultPlan((Fault("lock", operation=2, times=1),)))
    found = lines.send_many([(key, payload(20000 + n)) for n, key in enumerate("abc")])
    assert [answer.kind for answer in found.values()] == [
        AnswerKind.DONE,
        AnswerKind.TRANSIENT,
        AnswerKind.DONE,
    ]


def test_an_unanswered_operation_of_a_whole_batch_was_not_run(lines, simulator, state):
    simulator.install(FaultPlan((Fault("missing", operation=2, times=1),)))
    found = lines.send_many([(key, payload(20000 + n)) for n, key in enumerate("abc")])
    assert found["b"].kind is AnswerKind.NOT_RUN
    assert len(state.payments("IMPORT")) == 2


def test_a_server_that_ignores_continue_on_error(time, kit):
    with (
        Simulator(behaviour=Behaviour(honour_continue_on_error=False)) as simulator,
        kit.client_of(simulator.base_url, time, credentials=ReadyToken(simulator.token)) as client,
    ):
        company = client.companies()[0].id
        lines = client.lines(company, client.journal(company, "IMPORT").id)
        operations = [(key, payload(20000 + n)) for n, key in enumerate("abcd")]
        operations[1] = ("b", payload(20001, customerNumber="NONE"))
        found = lines.send_many(operations)
        assert [answer.kind for answer in found.values()] == [
            AnswerKind.DONE,
            AnswerKind.ROW_FAULT,
            AnswerKind.NOT_RUN,
            AnswerKind.NOT_RUN,
        ]


def test_reads_survive_a_bad_moment(lines, simulator):
    faults = [
        Fault("lost_before", method="GET", nth=1),
        Fault("cut_body", method="GET", nth=2, cut_at=5),
        Fault("answer", method="GET", nth=3, status=502),
    ]
    simulator.install(FaultPlan(tuple(faults)))
    assert lines.highest() is None


def test_the_service_limit_is_kept_without_ever_being_hit(time, kit):
    with Simulator(limits=Limits(requests=20, window_s=300)) as simulator:
        connection = Connection(
            ReadyToken(simulator.token),
            base_url=simulator.base_url,
            requests_per_window=20,
        )
        with BusinessCentral(connection, sleep=time.sleep, clock=time.clock) as client:
            for _ in range(20):
                client.companies()
            assert time.slept == []
        assert "GET 429" not in simulator.counts
        with BusinessCentral(connection, sleep=time.sleep, clock=time.clock) as client:
            answer = client.lines(simulator.company().id, kit.JOURNAL).send(payload(20000))
            assert answer.kind is AnswerKind.THROTTLED
            assert answer.code == "Application_TooManyRequests"


def by_name(checks):
    return {check.name: check for check in checks}


def test_a_good_connection_is_good_in_every_line(business):
    checks = business.check("Example Trading", "IMPORT", today=date(2026, 2, 15))
    assert [check.name for check in checks] == [
        "token",
        "company",
        "permission",
        "journal",
        "balancing account",
        "number series",
        "dates",
    ]
    assert all(check.ok for check in checks), checks


@pytest.mark.parametrize(
    ("name", "company", "journal", "account", "day", "words"),
    [
        ("company", "Other", "IMPORT", "", "2026-02-15", "Example Trading"),
        ("journal", "Example Trading", "OTHER", "", "2026-02-15", "BARE, IMPORT"),
        ("balancing account", "Example Trading", "BARE", "", "2026-02-15", "has none"),
        ("balancing account", "Example Trading", "IMPORT", "2910", "2026-02-15", "not 2910"),
        ("dates", "Example Trading", "IMPORT", "", "2027-02-15", "2026-01-01 to 2026-12-31"),
        ("dates", "Example Trading", "IMPORT", "", "2025-06-15", "closed"),
    ],
)
def test_a_fault_is_named_with_its_remedy(business, name, company, journal, account, day, words):
    checks = business.check(
        company, journal, balancing_account=account, today=date.fromisoformat(day)
    )
    wrong = [check for check in checks if not check.ok]
    assert [check.name for check in wrong] == [name]
    assert words in wrong[0].message
    assert wrong[0].remedy


@pytest.mark.parametrize("code", ["SHUT", "SHUTBANK", "TOTAL"])
@pytest.mark.parametrize("generation", ["v2.0", "v1.0"])
def test_a_balancing_account_that_takes_no_lines_is_named(time, kit, code, generation):
    fixture = copy.deepcopy(kit.FIXTURE)
    company = fixture["companies"][0]
    company["accounts"].append({"number": "2999", "blocked": True})
    company["bankAccounts"].append({"number": "CLOSED", "blocked": True})
    company["customerPaymentJournals"] += [
        {"code": "SHUT", "balancingAccountNumber": "2999"},
        {"code": "SHUTBANK", "balancingAccountNumber": "CLOSED"},
        {"code": "TOTAL", "balancingAccountNumber": "2990"},
    ]
    with (
        Simulator(fixture, auth=False) as simulator,
        kit.client_of(simulator.url_for(generation), time, generation=generation) as client,
    ):
        checks = by_name(client.check("Example Trading", code, today=date(2026, 2, 15)))
    hidden = (generation, code) == ("v1.0", "SHUTBANK")  # no bank accounts before v2.0
    assert checks["balancing account"].ok is hidden


def test_a_bad_token_is_the_only_line(simulator, time, kit):
    with kit.client_of(simulator.base_url, time, credentials=ReadyToken("bad")) as client:
        checks = client.check("Example Trading", "IMPORT")
    assert [(check.name, check.ok) for check in checks] == [("token", False)]
    assert "audience" in checks[0].remedy


def test_a_missing_permission_is_named(business, simulator):
    denied = Fault(
        "answer", method="GET", path="salesInvoices", status=403, code="Authorization_Denied"
    )
    simulator.install(FaultPlan((denied,)))
    checks = by_name(business.check("Example Trading", "IMPORT", today=date(2026, 2, 15)))
    assert not checks["permission"].ok
    assert "salesInvoices" in checks["permission"].message
    assert checks["permission"].remedy.startswith("Assign permission sets")
    assert checks["permission"].remedy.endswith("D365 ACC. RECEIVABLE")
    assert checks["journal"].ok


def test_older_generations_do_not_show_dates(simulator, time, kit):
    with kit.client_of(
        simulator.url_for("v1.0"),
        time,
        generation="v1.0",
        credentials=ReadyToken(simulator.token),
    ) as client:
        checks = by_name(client.check("Example Trading", "IMPORT"))
    assert checks["dates"].ok
    assert "does not show" in checks["dates"].message


def test_checking_changes_nothing(business, simulator):
    business.check("Example Trading", "IMPORT")
    assert {request["method"] for request in simulator.requests} == {"GET"}


def test_empty_look_ups_ask_nothing(business, company, simulator):
    before = len(simulator.requests)
    assert business.customers(company.id, []) == {}
    assert business.invoices(company.id, ["", " "]) == {}
    assert business.invoices_by_id(company.id, []) == {}
    assert business.general_ledger_entries(company.id, []) == ()
    assert len(simulator.requests) == before


@pytest.mark.parametrize("body", [{"value": []}, {"localCurrencyCode": "EUR"}])
def test_the_set_up_may_be_a_list_or_a_record(scripted, client, kit, body):
    scripted.script = [kit.reply(200, body)]
    found = client.ledger_setup(kit.COMPANY)
    assert found is None or found.local_currency_code == "EUR"


def test_a_key_that_the_server_refuses_does_not_hide_the_others(business, simulator):
    refused = Fault(
        "answer",
        method="GET",
        path="customers",
        times=2,
        status=400,
        code="Application_FilterErrorException",
    )
    simulator.install(FaultPlan((refused,)))
    company = business.company("Example Trading").id
    assert set(business.customers(company, ["10000", "20000"])) == {"20000"}


def test_a_look_up_that_is_refused_otherwise_says_so(business, simulator):
    simulator.install(
        FaultPlan((Fault("answer", path="customers", status=400, code="BadRequest"),))
    )
    company = business.company("Example Trading").id
    with pytest.raises(ConfigurationProblem, match="BadRequest"):
        business.customers(company, ["10000", "20000"])
    simulator.install(
        FaultPlan((Fault("answer", path="customers", status=403, code="Authorization_X"),))
    )
    with pytest.raises(ConfigurationProblem, match="permission"):
        business.customers(company, ["10000", "20000"])


def test_ids_that_are_none_are_not_found(business, company):
    assert business.customers_by_id(company.id, ["x", "10000", ""]) == {}


@pytest.mark.parametrize("at_once", [1, 3, 5])
def test_look_ups_go_side_by_side_within_the_limit(at_once):
    customers = [{"number": f"C{n:05}"} for n in range(2000)]
    fixture = {"companies": [{"name": "Big", "customers": customers}]}
    limits = Limits(concurrent=min(at_once, 4), queue=0)
    with Simulator(fixture, latency_ms=5, limits=limits) as slow:
        connection = Connection(
            ReadyToken(slow.token), base_url=slow.base_url, page_size=50, at_once=at_once
        )
        with BusinessCentral(connection) as client:
            company = client.company("Big").id
            found = client.customers(company, [f"C{n:05}" for n in range(1500)])
        assert len(found) == 1500
        assert all(request["status"] == 200 for request in slow.requests)


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"{}", b'{"value":[{"name":"x"}]}'])
def test_another_kind_of_server_is_named_as_such(scripted, client, kit, body):
    scripted.script = [kit.reply(200, body)]
    with pytest.raises(ConfigurationProblem, match=r"not answer like.*base URL"):
        client.companies()
    checks = client.check("A", "B")
    assert [(check.name, check.ok) for check in checks] == [("service", False)]
    assert "base URL" in checks[0].remedy


def test_a_service_that_is_away_is_a_line_of_the_check(scripted, client, kit):
    scripted.script = [kit.reply(503)]
    checks = client.check("A", "B")
    assert [(check.name, check.ok) for check in checks] == [("service", False)]
    assert checks[0].remedy == "Try again later"


def test_a_token_service_that_refuses_is_a_line_of_the_check(simulator, time, kit):
    from importer.business_central import ClientSecret

    simulator.auth.clients = {}
    with kit.client_of(
        simulator.base_url,
        time,
        credentials=ClientSecret("app", "secret"),
        authority=f"{simulator.origin}/example.org",
    ) as client:
        checks = client.check("A", "B")
    assert [(check.name, check.ok) for check in checks] == [("token", False)]
    assert "client id" in checks[0].remedy
