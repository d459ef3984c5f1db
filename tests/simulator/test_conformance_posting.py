"""Parts 3.9 and 12.2 of the reference: posting a journal and what it leaves behind."""

import copy

import pytest

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
POST_BAL = "journals(<BAL>)/Microsoft.NAV.post"
DIALOG = "Application_DialogException"
FIELD = "Application_FieldValidationException"
NO_ENTRY = "Internal_DataNotFoundFilter"
GOOD = {
    "lineNumber": 20000,
    "customerNumber": "10000",
    "postingDate": "2026-02-01",
    "documentNumber": "P1",
    "amount": -100,
}


def refused(code, says, *bodies, journal="BAL", act=None):
    given = [("POST", f"customerPaymentJournals(<{journal}>)/customerPayments", b) for b in bodies]
    if act:
        given.append(("act", act))
    return {
        "do": ("POST", f"journals(<{journal}>)/Microsoft.NAV.post"),
        "given": given,
        "want": 400,
        "code": code,
        "says": says,
        "lines": {journal: [{}] * len(bodies)},
    }


def line(**changes):
    return {**GOOD, **changes}


BLOCK = {"action": "block_customer", "customer": "10000", "blocked": "All"}
CASES = [
    ("3.9", "nothing there", refused(DIALOG, "There is nothing to post.")),
    (
        "3.9",
        "date not allowed",
        refused(
            FIELD, "not within your range of allowed posting dates", line(postingDate="2025-12-31")
        ),
    ),
    ("3.9", "amount zero", refused(FIELD, "Amount must have a value", line(amount=0))),
    ("3.9", "positive amount", refused(FIELD, "Amount must be negative", line(amount=100))),
    (
        "3.9",
        "no document number",
        refused(FIELD, "Document No. must have a value", line(documentNumber="")),
    ),
    (
        "3.9",
        "no customer",
        refused(FIELD, "Account No. must have a value", line(customerNumber="")),
    ),
    ("3.9", "out of balance", refused(DIALOG, "is out of balance", line(), journal="PLAIN")),
    (
        "3.9",
        "unknown invoice",
        refused(
            NO_ENTRY,
            "There is no Cust. Ledger Entry within the filter",
            line(appliesToInvoiceNumber="X"),
        ),
    ),
    ("3.9", "paid invoice", refused(NO_ENTRY, "", line(appliesToInvoiceNumber="103002"))),
    (
        "3.9",
        "another customer's invoice",
        refused(NO_ENTRY, "", line(customerNumber="20000", appliesToInvoiceNumber="103001")),
    ),
    (
        "3.9",
        "invoice settled by an earlier line",
        refused(
            NO_ENTRY,
            "",
            line(appliesToInvoiceNumber="103001", amount=-500),
            line(lineNumber=30000, appliesToInvoiceNumber="103001"),
        ),
    ),
    (
        "3.9",
        "number not the series' next",
        refused(DIALOG, "You may not enter numbers manually", line(), journal="NOMANUAL"),
    ),
    (
        "3.9",
        "customer blocked meanwhile",
        refused(DIALOG, "You cannot post this type of document", line(), act=BLOCK),
    ),
    (
        "3.9",
        "one bad line reverts all",
        refused(FIELD, "", line(), line(lineNumber=30000, amount=5)),
    ),
    (
        "1.4",
        "v1.0 posts general journals only",
        {"do": ("POST", POST_BAL), "want": 404, "api": "v1.0"},
    ),
    (
        "3.9",
        "payment journals have no action",
        {"do": ("POST", "customerPaymentJournals(<BAL>)/Microsoft.NAV.post"), "want": 404},
    ),
]


def test_posting_refusals(run_case, case):
    run_case(case)


def post_one(world, journal="BAL", **changes):
    answer = world.call(
        "POST", f"customerPaymentJournals(<{journal}>)/customerPayments", line(**changes)
    )
    assert answer.status_code == 201
    posted = world.call("POST", f"journals(<{journal}>)/Microsoft.NAV.post")
    assert (posted.status_code, posted.content) == (204, b"")


def test_posting_leaves_a_placeholder_that_nobody_sees(world):
    post_one(world)
    assert world.call("GET", BAL).json()["value"] == []
    taken = world.call("POST", BAL, {"lineNumber": 10000})
    assert taken.json()["error"]["code"] == "Internal_EntityWithSameKeyExists"
    assert world.call("POST", BAL, {}).json()["lineNumber"] == 20000


def test_the_old_number_is_free_again(world):
    post_one(world)
    assert world.call("POST", BAL, GOOD).status_code == 201


def test_with_a_series_there_is_no_placeholder(world):
    post_one(world, "SER", documentNumber="PAY007")
    assert world.lines("SER") == []
    path = "customerPaymentJournals(<SER>)/customerPayments"
    assert world.call("POST", path, {}).json()["documentNumber"] == "PAY008"


def test_entries_settle_the_invoice(world):
    post_one(world, appliesToInvoiceNumber="103001", externalDocumentNumber="E1")
    entries = world.call("GET", "generalLedgerEntries?$filter=documentNumber eq 'P1'").json()[
        "value"
    ]
    assert [(e["accountNumber"], e["debitAmount"], e["creditAmount"]) for e in entries] == [
        ("2310", 0, 100),
        ("2910", 100, 0),
    ]
    invoice = world.call("GET", "salesInvoices(<OPEN>)").json()
    assert (invoice["remainingAmount"], invoice["status"]) == (400, "Open")
    path = "customerLedgerEntries?$filter=externalDocumentNumber eq 'E1'"
    row = world.call("GET", path, generation="reportsFinance").json()["value"][0]
    assert (row["documentType"], row["amount"], row["open"]) == ("Payment", -100, False)


def test_paying_it_all_closes_it(world):
    post_one(world, appliesToInvoiceNumber="103001", amount=-500)
    invoice = world.call("GET", "salesInvoices(<OPEN>)").json()
    assert (invoice["remainingAmount"], invoice["status"]) == (0, "Paid")


def test_a_posting_series_replaces_the_number(world):
    post_one(world, "POSTSER")
    assert (
        world.call("GET", "generalLedgerEntries?$filter=documentNumber eq 'P1'").json()["value"]
        == []
    )
    entries = world.call("GET", "generalLedgerEntries?$filter=documentNumber eq 'F100'").json()
    assert len(entries["value"]) == 2


def test_hidden_lines_are_posted_too(world):
    world.simulator.company().add_hidden(
        "PLAIN",
        accountNumber="2910",
        amount=100,
        documentNumber="P1",
        postingDate="2026-02-01",
        lineNumber=30000,
    )
    post_one(world, "PLAIN")
    assert len(world.simulator.company().ledger_entries()) == 2


def test_a_failed_post_keeps_the_number_series(world):
    path = "customerPaymentJournals(<SER>)/customerPayments"
    world.call("POST", path, line(documentNumber="PAY007", appliesToInvoiceNumber="103001"))
    world.call("POST", path, line(lineNumber=30000, amount=5))
    assert world.call("POST", "journals(<SER>)/Microsoft.NAV.post").status_code == 400
    assert world.simulator.company().ledger_entries() == []
    invoice = world.call("GET", "salesInvoices(<OPEN>)").json()
    assert invoice["remainingAmount"] == 500


def test_increment_batch_name_makes_another_journal(world, company_fixture):
    changed = copy.deepcopy(company_fixture)
    company = changed["companies"][0]
    company["templates"] = [{"name": "CASHRCPT", "incrementBatchName": True}]
    company["customerPaymentJournals"].append({"code": "IMP09", "balancingAccountNumber": "2910"})
    world.simulator.reset(changed)
    old = world.simulator.company().journal_id("IMP09")
    world.call("POST", f"customerPaymentJournals({old})/customerPayments", GOOD)
    assert world.call("POST", f"journals({old})/Microsoft.NAV.post").status_code == 204
    assert world.call("GET", f"customerPaymentJournals({old})").status_code == 404
    rows = world.call("GET", "customerPaymentJournals?$filter=code eq 'IMP10'").json()["value"]
    assert rows[0]["id"] != old


def test_without_a_payment_template_every_call_fails(world, company_fixture):
    changed = copy.deepcopy(company_fixture)
    changed["companies"][0].update(customerPaymentJournals=[], templates=[{"name": "GENERAL"}])
    world.simulator.reset(changed)
    for method, body in (("GET", None), ("POST", {"code": "A"})):
        answer = world.call(method, "customerPaymentJournals", body)
        assert answer.status_code == 400


@pytest.mark.parametrize("flag", ["closed", "dateLocked"])
def test_closed_periods_take_no_postings(world, company_fixture, flag):
    changed = copy.deepcopy(company_fixture)
    changed["companies"][0]["accountingPeriods"] = [
        {"startingDate": "2026-01-01", flag: True},
        {"startingDate": "2026-03-01"},
    ]
    world.simulator.reset(changed)
    world.call("POST", BAL, GOOD)
    answer = world.call("POST", POST_BAL)
    assert "allowed posting dates" in answer.json()["error"]["message"]


def test_graph_posts_by_another_name(world):
    company = world.simulator.company()
    company.add_hidden(
        "GENERAL", accountNumber="2910", amount=5, documentNumber="G", postingDate="2026-02-01"
    )
    company.add_hidden(
        "GENERAL", accountNumber="2910", amount=-5, documentNumber="G", postingDate="2026-02-01"
    )
    answer = world.call("POST", "journals('<GENERAL>')/post", generation="graph")
    assert answer.status_code == 204
