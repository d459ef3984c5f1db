"""Parts 1 and 3.2 of the reference: addressing, spellings, methods, visibility."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
ONE = BAL + "(<ID>)"
JOURNALS = "customerPaymentJournals"
DIMS = "customerPayments(<ID>)/dimensionSetLines"
ANY = {"If-Match": "*"}
DIALOG = "Application_DialogException"
GONE = "Internal_RecordNotFound"
SEGMENT = "BadRequest_NotFound"
PAYMENT = {
    "lineNumber": 20000,
    "customerNumber": "10000",
    "postingDate": "2026-02-01",
    "documentNumber": "P1",
    "externalDocumentNumber": "X1",
    "amount": -10,
    "appliesToInvoiceNumber": "103001",
}
ADD = ("POST", BAL, PAYMENT)
THREE = [("POST", BAL, {**PAYMENT, "lineNumber": n, "documentNumber": f"P{n}"}) for n in (1, 2, 3)]
THREE_NUMBERS = [{"lineNumber": 1}, {"lineNumber": 2}, {"lineNumber": 3}]


def patch(body, headers=ANY, want=200, given=(ADD,), path=ONE, **more):
    return {"do": ("PATCH", path, body, headers), "want": want, "given": given, **more}


def get(path, want=200, given=(), headers=None, **more):
    return {"do": ("GET", path, None, headers), "want": want, "given": given, **more}


def post(path, body, want=201, given=(), **more):
    return {"do": ("POST", path, body), "want": want, "given": given, **more}


CASES = [
    # 1.2, 1.3: addressing and spellings
    ("1.2", "companies", get("/companies", rows=[{"id": "<CO>", "name": "TEST & SONS"}])),
    ("1.2", "one company", get("/companies(<CO>)", shows={"displayName": "Test and Sons"})),
    (
        "1.2",
        "companies cannot be created",
        post("/companies", {}, 405, code="BadRequest_MethodNotAllowed"),
    ),
    (
        "1.2",
        "unknown company id",
        get("/companies(<UNKNOWN>)/customers", 404, code="Internal_CompanyNotFound"),
    ),
    (
        "1.2",
        "company by name",
        get("/customers?company=TEST%20%26%20SONS&$top=1", rows=[{"number": "10000"}]),
    ),
    (
        "1.2",
        "company by id in the query",
        get("/customers?company=<CO>&$top=1", rows=[{"number": "10000"}]),
    ),
    (
        "1.2",
        "unknown company name",
        get("/customers?company=NOBODY", 400, code="Internal_CompanyNotFound"),
    ),
    ("1.2", "no company", get("/customers", 400, code="BadRequest")),
    (
        "1.3",
        "the spelling of the documentation",
        get(
            "customerPaymentsJournals", 404, code=SEGMENT, says="Resource not found for the segment"
        ),
    ),
    ("1.3", "singular target", post("customerPayment", {}, 404, code=SEGMENT)),
    ("1.3", "slash before the key", get("/companies/(<CO>)/customers", 404, code=SEGMENT)),
    (
        "1.3",
        "key after the collection on POST",
        post(ONE, {}, 405, [ADD], code="BadRequest_MethodNotAllowed"),
    ),
    ("1.3", "wrong case of an entity", get("CustomerPayments", 404, code=SEGMENT)),
    (
        "1.3",
        "dimensionSetLines do not exist in v1.0",
        get(DIMS, 404, [ADD], code=SEGMENT, api="v1.0"),
    ),
    ("1.3", "dimensionLines do not exist in v2.0", get("dimensionLines", 404, code=SEGMENT)),
    ("1.3", "bankAccounts are new in v2.0", get("bankAccounts", 404, code=SEGMENT, api="v1.0")),
    ("1.3", "on-premises base", get("customers?$top=1", rows=[{"number": "10000"}], api="on-prem")),
    ("1.3", "beta base", get("customers?$top=1", rows=[{"number": "10000"}], api="beta")),
    # 1.4: methods
    ("1.4", "PUT is not allowed", {"do": ("PUT", ONE, {}), "want": 405, "given": [ADD]}),
    (
        "1.4",
        "accounts are read-only",
        post("accounts", {}, 405, code="BadRequest_MethodNotAllowed"),
    ),
    ("1.4", "ledger entries are read-only", post("generalLedgerEntries", {}, 405)),
    ("1.4", "PATCH of a collection", patch({}, path=BAL, want=405)),
    (
        "1.4",
        "top level by id",
        get("customerPayments(<ID>)", given=[ADD], shows={"lineNumber": 20000}),
    ),
    (
        "1.4",
        "top level by journal",
        get("customerPayments?$filter=journalId eq <BAL>", given=THREE, rows=THREE_NUMBERS),
    ),
    (
        "1.4",
        "top level without a filter",
        get(
            "customerPayments", 400, THREE, code=DIALOG, says="You must specify a journal batch ID"
        ),
    ),
    ("1.4", "top level, empty set", get("customerPayments", rows=[])),
    (
        "1.4",
        "customers can be created",
        post("customers", {"number": "N1", "displayName": "New"}, shows={"number": "N1"}),
    ),
    (
        "1.4",
        "customers can be changed",
        patch(
            {"displayName": "Changed"},
            path="customers(<A>)",
            given=(),
            shows={"displayName": "Changed"},
        ),
    ),
    ("1.4", "posting has no GET", get("journals(<BAL>)/Microsoft.NAV.post", 405)),
    # 3.2: visibility
    (
        "3.2",
        "hidden lines are not listed",
        get(
            BAL,
            given=[("act", {"action": "add_hidden", "journal": "BAL"}), ADD],
            rows=[{"lineNumber": 20000}],
        ),
    ),
    (
        "3.2",
        "a line hidden by a person",
        get(BAL, given=[ADD, ("act", {"action": "hide", "id": "<ID>"})], rows=[]),
    ),
    (
        "3.2",
        "a hidden line by id",
        get(ONE, 404, [ADD, ("act", {"action": "hide", "id": "<ID>"})], code=GONE),
    ),
    ("1.4", "unknown journal", get(JOURNALS + "(<UNKNOWN>)", 404, code=GONE)),
]


def test_resource(run_case, case):
    run_case(case)


def test_metadata_names_the_entity_sets(world):
    metadata = world.call("GET", "/$metadata")
    assert '<EntitySet Name="customerPaymentJournals"' in metadata.text
    assert 'Name="externalDocumentNumber" Type="Edm.String" MaxLength="35"' in metadata.text
    names = {entry["name"] for entry in world.call("GET", "/").json()["value"]}
    assert {"customerPayments", "customers", "salesInvoices"} <= names


def test_older_base_urls_lead_to_the_same_company(world):
    for base in (
        "/v2.0/a-tenant/Sandbox/api/v2.0",
        "/v1.0/api/v1.0",
        "/v1.0/sandbox/api/v1.0",
        "/V1.0/API/beta",
    ):
        answer = world.session.get(f"{world.simulator.origin}{base}/companies")
        assert answer.json()["value"][0]["name"] == "TEST & SONS"
    for base in ("/v2.0/api/v2.0", "/api/v2.0", "/v2.0/production/api/v3.0", "/nowhere"):
        answer = world.session.get(f"{world.simulator.origin}{base}/companies")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "BadRequest_ResourceNotFound"
