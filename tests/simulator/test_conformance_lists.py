"""Parts 5.3 and 6 of the reference: queries, pages, entities to look references up in."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
PLAIN = "customerPaymentJournals(<PLAIN>)/customerPayments"
JOURNALS = "customerPaymentJournals"
PAYMENT = {
    "lineNumber": 20000,
    "customerNumber": "10000",
    "postingDate": "2026-02-01",
    "documentNumber": "P1",
    "externalDocumentNumber": "X1",
    "amount": -10,
    "appliesToInvoiceNumber": "103001",
}
ADD_DIM = ("POST", BAL, {"customerNumber": "C100", "lineNumber": 20000})
THREE = [("POST", BAL, {**PAYMENT, "lineNumber": n, "documentNumber": f"P{n}"}) for n in (1, 2, 3)]
THREE_NUMBERS = [{"lineNumber": 1}, {"lineNumber": 2}, {"lineNumber": 3}]


def get(path, want=200, given=(), headers=None, **more):
    return {"do": ("GET", path, None, headers), "want": want, "given": given, **more}


def listed(query, rows, given=THREE):
    return get(f"{BAL}?{query}", rows=rows, given=given)


CASES = [
    # 5.3: listing
    ("5.3", "by line number", listed("$filter=lineNumber eq 2", [{"documentNumber": "P2"}])),
    ("5.3", "by document number", listed("$filter=documentNumber eq 'P3'", [{"lineNumber": 3}])),
    ("5.3", "by external number", listed("$filter=externalDocumentNumber eq 'X1'", THREE_NUMBERS)),
    (
        "5.3",
        "by customer and date",
        listed("$filter=customerNumber eq '10000' and postingDate ge 2026-02-01", THREE_NUMBERS),
    ),
    ("5.3", "by amount", listed("$filter=amount eq -10.00", THREE_NUMBERS)),
    ("5.3", "by id", get(BAL + "?$filter=id eq <ID>", given=THREE, rows=[{"lineNumber": 3}])),
    ("5.3", "by another amount", listed("$filter=amount gt -10", [])),
    (
        "5.3",
        "or on one field",
        listed(
            "$filter=lineNumber eq 1 or lineNumber eq 3", [{"lineNumber": 1}, {"lineNumber": 3}]
        ),
    ),
    ("5.3", "or on two fields", get(BAL + "?$filter=lineNumber eq 1 or amount eq 3", 400, THREE)),
    ("5.3", "startswith", listed("$filter=startswith(documentNumber,'P')", THREE_NUMBERS)),
    (
        "5.3",
        "endswith, contains, not",
        listed(
            "$filter=endswith(documentNumber,'2') or contains(documentNumber,'3')",
            [{"lineNumber": 2}, {"lineNumber": 3}],
        ),
    ),
    ("5.3", "not", listed("$filter=not (lineNumber eq 1)", [{"lineNumber": 2}, {"lineNumber": 3}])),
    (
        "5.3",
        "parentheses",
        listed(
            "$filter=(lineNumber eq 1 or lineNumber eq 2) and documentNumber eq 'P2'",
            [{"lineNumber": 2}],
        ),
    ),
    (
        "5.3",
        "in, with its schema version",
        listed(
            "$schemaversion=2.1&$filter=lineNumber in (1,3)", [{"lineNumber": 1}, {"lineNumber": 3}]
        ),
    ),
    ("5.3", "in, without", get(BAL + "?$filter=lineNumber in (1,3)", 400, THREE)),
    (
        "5.3",
        "doubled quotes",
        get(
            BAL + "?$filter=description eq 'O''X'",
            given=[
                ("POST", PLAIN, {"description": "x"}),
                ("POST", BAL, {"customerNumber": "10000", "description": "O'X"}),
            ],
            rows=[{"description": "O'X"}],
        ),
    ),
    (
        "5.3",
        "literal longer than the field",
        get(
            BAL + "?$filter=documentNumber eq '123456789012345678901'",
            400,
            code="Application_FilterErrorException",
        ),
    ),
    (
        "5.3",
        "literal of another type",
        get(BAL + "?$filter=lineNumber eq 'x'", 400, code="BadRequest"),
    ),
    (
        "5.3",
        "unknown property",
        get(BAL + "?$filter=nix eq 1", 400, says="Could not find a property named 'nix' on type"),
    ),
    (
        "5.3",
        "unknown property to sort",
        get(BAL + "?$orderby=nix", 400, says="Could not find a property named 'nix'"),
    ),
    (
        "5.3",
        "unknown property to select",
        get(BAL + "?$select=nix", 400, says="Could not find a property named 'nix'"),
    ),
    ("5.3", "unknown property to expand", get(BAL + "?$expand=nix", 400, THREE)),
    ("5.3", "syntax error", get(BAL + "?$filter=lineNumber eq", 400)),
    ("5.3", "unknown option", get(BAL + "?$foo=1", 400, code="BadRequest_InvalidRequestUrl")),
    (
        "5.3",
        "highest visible number",
        listed("$orderby=lineNumber desc&$top=1&$select=lineNumber", [{"lineNumber": 3}]),
    ),
    ("5.3", "order by two", listed("$orderby=amount,lineNumber desc", THREE_NUMBERS[::-1])),
    ("5.3", "skip", listed("$skip=2", [{"lineNumber": 3}])),
    (
        "5.3",
        "count beside a page",
        get(
            BAL + "?$count=true&$top=1",
            given=THREE,
            shows={"@odata.count": 3},
            rows=[{"lineNumber": 1}],
        ),
    ),
    (
        "5.3",
        "expand dimensions",
        get(BAL + "?$expand=dimensionSetLines", given=[ADD_DIM], rows=[{"customerNumber": "C100"}]),
    ),
    (
        "5.3",
        "page size beyond the limit",
        get(BAL, 413, headers={"Prefer": "odata.maxpagesize=20001"}),
    ),
    (
        "5.3",
        "a foreign skip token",
        get(BAL + "?$skiptoken=abc", 400, code="SkipTokenIsNoLongerValid"),
    ),
    # 6: references
    (
        "6",
        "customer by number",
        get(
            "customers?$filter=number eq '30000'&$select=id,number,blocked,currencyCode",
            rows=[{"id": "<ALL>", "blocked": "All", "currencyCode": "EUR"}],
        ),
    ),
    ("6", "blank block", get("customers(<A>)", shows={"blocked": "_x0020_"})),
    ("6", "foreign currency", get("customers(<JPYC>)", shows={"currencyCode": "JPY"})),
    (
        "6",
        "posted invoice",
        get(
            "salesInvoices(<FOREIGN>)",
            shows={
                "billToCustomerNumber": "10000",
                "status": "Open",
                "remainingAmount": 70,
                "billToCustomerId": "<A>",
            },
        ),
    ),
    (
        "6",
        "draft: remaining is the total",
        get("salesInvoices(<DRAFT>)", shows={"status": "Draft", "remainingAmount": 40}),
    ),
    (
        "6",
        "canceled: nothing remains",
        get("salesInvoices(<CANCELED>)", shows={"remainingAmount": 0}),
    ),
    (
        "6",
        "computed fields cannot be filtered",
        get("salesInvoices?$filter=remainingAmount gt 0", 400),
    ),
    ("6", "computed fields cannot be sorted", get("salesInvoices?$orderby=currencyCode", 400)),
    (
        "6",
        "invoices by external number",
        get("salesInvoices?$filter=externalDocumentNumber eq 'PO-1'", rows=[{"number": "103001"}]),
    ),
    (
        "6",
        "accounts",
        get("accounts(<RECEIVABLES>)", shows={"directPosting": False, "number": "2310"}),
    ),
    (
        "6",
        "bank accounts",
        get("bankAccounts?$filter=number eq 'DOLLARS'", rows=[{"currencyCode": "USD"}]),
    ),
    (
        "6",
        "general ledger setup",
        get(
            "generalLedgerSetup",
            rows=[{"allowPostingFrom": "2026-01-01", "localCurrencyCode": "EUR"}],
        ),
    ),
    ("6", "currencies", get("currencies?$filter=code eq 'KWD'", rows=[{"code": "KWD"}])),
    (
        "6",
        "dimension values",
        get("dimensions(<DEPT>)/dimensionValues", rows=[{"code": "ADM"}, {"code": "SALES"}]),
    ),
    (
        "6",
        "customer ledger entries",
        get(
            "customerLedgerEntries?$filter=customerNumber eq '10000' and open eq true",
            api="reportsFinance",
            rows=[{"documentNumber": "103001"}, {"documentNumber": "103003"}],
        ),
    ),
    (
        "6",
        "customer ledger entries, analytics",
        get(
            "customerLedgerEntries?$filter=dcleCustomerNo eq '70000'",
            api="analytics",
            rows=[{"dcleDocumentNo": "103006", "cleOpen": True}],
        ),
    ),
]


def test_resource(run_case, case):
    run_case(case)


def test_count_segment(world):
    for number in (1, 2):
        world.call("POST", BAL, {**PAYMENT, "lineNumber": number})
    assert world.call("GET", BAL + "/$count").text == "2"
    assert world.call("GET", BAL + "/$count?$filter=lineNumber eq 2").text == "1"


def test_pages_follow_the_next_link_while_rows_go(world):
    for number in range(1, 8):
        world.call("POST", BAL, {**PAYMENT, "lineNumber": number})
    headers = {"Prefer": "odata.maxpagesize=3"}
    page = world.call("GET", BAL + "?$select=lineNumber", headers=headers).json()
    assert [row["lineNumber"] for row in page["value"]] == [1, 2, 3]
    world.simulator.company().delete(3, "BAL")
    found = []
    while "@odata.nextLink" in page:
        page = world.session.get(page["@odata.nextLink"], headers=headers).json()
        found += [row["lineNumber"] for row in page["value"]]
    assert found == [4, 5, 6, 7]


def test_top_bounds_all_pages_together(world):
    for number in range(1, 8):
        world.call("POST", BAL, {**PAYMENT, "lineNumber": number})
    headers = {"Prefer": "odata.maxpagesize=2"}
    page = world.call("GET", BAL + "?$top=3&$orderby=lineNumber desc", headers=headers).json()
    last = world.session.get(page["@odata.nextLink"], headers=headers).json()
    assert [row["lineNumber"] for row in page["value"] + last["value"]] == [7, 6, 5]
    assert "@odata.nextLink" not in last


def test_a_skip_token_expires(world):
    for number in (1, 2):
        world.call("POST", BAL, {**PAYMENT, "lineNumber": number})
    page = world.call("GET", BAL, headers={"Prefer": "odata.maxpagesize=1"}).json()
    world.simulator.company().act("expire_skip_tokens")
    answer = world.session.get(page["@odata.nextLink"])
    assert answer.json()["error"]["code"] == "SkipTokenIsNoLongerValid"


def test_expansions_hold_what_they_lead_to(world):
    world.call("POST", BAL, {**PAYMENT, "customerNumber": "C100", "appliesToInvoiceNumber": ""})
    path = BAL + "?$expand=customer($select=number),customerPaymentJournal,dimensionSetLines"
    row = world.call("GET", path).json()["value"][0]
    assert row["customer"]["number"] == "C100"
    assert "displayName" not in row["customer"]
    assert row["customerPaymentJournal"]["code"] == "BAL"
    assert row["dimensionSetLines"][0]["valueCode"] == "SALES"
    journal = world.call("GET", JOURNALS + "(<BAL>)?$expand=customerPayments").json()
    assert journal["customerPayments"][0]["lineNumber"] == 20000
