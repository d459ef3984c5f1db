"""Parts 5.1, 5.2 and 7 of the reference: journals and dimensions."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
ONE = BAL + "(<ID>)"
JOURNALS = "customerPaymentJournals"
DIMS = "customerPayments(<ID>)/dimensionSetLines"
ANY = {"If-Match": "*"}
DIALOG = "Application_DialogException"
SAME_KEY = "Internal_EntityWithSameKeyExists"
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
ADD_DIM = ("POST", BAL, {"customerNumber": "C100", "lineNumber": 20000})


def patch(body, headers=ANY, want=200, given=(ADD,), path=ONE, **more):
    return {"do": ("PATCH", path, body, headers), "want": want, "given": given, **more}


def get(path, want=200, given=(), headers=None, **more):
    return {"do": ("GET", path, None, headers), "want": want, "given": given, **more}


def delete(path=ONE, headers=None, want=204, given=(ADD,), **more):
    return {"do": ("DELETE", path, None, headers), "want": want, "given": given, **more}


def post(path, body, want=201, given=(), **more):
    return {"do": ("POST", path, body), "want": want, "given": given, **more}


CASES = [
    # 5: journals
    (
        "5.1",
        "list by code, payment template only",
        get(JOURNALS + "?$select=code&$top=2", rows=[{"code": "APPROVAL"}, {"code": "BAL"}]),
    ),
    ("5.1", "general journals are others", get("journals", rows=[{"code": "GENERAL"}])),
    (
        "5.1",
        "a bank's number is shown, its id not",
        get(
            JOURNALS + "(<BANK>)",
            shows={"balancingAccountNumber": "DOLLARS", "balancingAccountId": "<ZERO>"},
        ),
    ),
    (
        "5.2",
        "find by code",
        get(
            JOURNALS + "?$filter=code eq 'BAL'",
            rows=[{"id": "<BAL>", "balancingAccountId": "<CASH>", "displayName": "Balanced"}],
        ),
    ),
    ("5.2", "find none", get(JOURNALS + "?$filter=code eq 'NIX'", rows=[])),
    (
        "5.2",
        "create",
        post(
            JOURNALS,
            {"code": " new1 ", "displayName": "New"},
            shows={"code": "NEW1", "displayName": "New", "balancingAccountNumber": ""},
        ),
    ),
    (
        "5.2",
        "create with a balancing account",
        post(
            JOURNALS,
            {"code": "N", "balancingAccountId": "<CASH>"},
            shows={"balancingAccountNumber": "2910"},
        ),
    ),
    ("5.2", "create twice", post(JOURNALS, {"code": "bal"}, 400, code=SAME_KEY, says="Name='BAL'")),
    ("5.2", "create without a code", post(JOURNALS, {"displayName": "x"}, 400)),
    (
        "5.1",
        "code of 11",
        post(JOURNALS, {"code": "ABCDEFGHIJK"}, 400, code="Application_StringExceededLength"),
    ),
    (
        "5.1",
        "unknown balancing account",
        post(
            JOURNALS,
            {"code": "N", "balancingAccountId": "<UNKNOWN>"},
            400,
            code=DIALOG,
            says='The "balancingAccountNumber" does not match to a G/L Account.',
        ),
    ),
    (
        "5.1",
        "a bank account cannot balance",
        post(JOURNALS, {"code": "N", "balancingAccountId": "<GIRO>"}, 400, code=DIALOG),
    ),
    (
        "5.1",
        "no direct posting",
        post(
            JOURNALS,
            {"code": "N", "balancingAccountId": "<RECEIVABLES>"},
            400,
            code="Application_FieldValidationException",
            says="Direct Posting",
        ),
    ),
    (
        "5.1",
        "blocked account",
        post(
            JOURNALS,
            {"code": "N", "balancingAccountId": "<CLOSEDACC>"},
            400,
            code="Application_FieldValidationException",
            says="Blocked",
        ),
    ),
    (
        "5.1",
        "rename keeps id and lines",
        patch(
            {"code": "FRESH"},
            path=JOURNALS + "(<BAL>)",
            shows={"id": "<BAL>", "code": "FRESH"},
            lines={"FRESH": [{"lineNumber": 20000}]},
        ),
    ),
    (
        "5.1",
        "rename needs a tag",
        patch(
            {"code": "FRESH"}, {}, 400, path=JOURNALS + "(<BAL>)", code="BadRequest_InvalidToken"
        ),
    ),
    (
        "5.2",
        "delete takes all lines",
        delete(
            JOURNALS + "(<BAL>)",
            given=[ADD, ("act", {"action": "add_hidden", "journal": "BAL"})],
            lines={"BAL": []},
        ),
    ),
    # 7: dimensions
    (
        "7",
        "defaults of the customer",
        get(
            DIMS,
            given=[ADD_DIM],
            rows=[
                {
                    "id": "<DEPT>",
                    "code": "DEPT",
                    "valueCode": "SALES",
                    "parentId": "<ID>",
                    "parentType": "Journal Line",
                }
            ],
        ),
    ),
    (
        "7",
        "create",
        post(
            DIMS,
            {"code": "area", "valueCode": "10"},
            given=[ADD],
            shows={"id": "<AREA>", "valueId": "<HOME>"},
        ),
    ),
    (
        "7",
        "create by ids",
        post(DIMS, {"id": "<DEPT>", "valueId": "<ADM>"}, given=[ADD], shows={"valueCode": "ADM"}),
    ),
    (
        "7",
        "under the nested payment",
        post(ONE + "/dimensionSetLines", {"code": "AREA", "valueCode": "10"}, given=[ADD]),
    ),
    (
        "7",
        "existing",
        post(
            DIMS,
            {"code": "DEPT", "valueCode": "ADM"},
            400,
            [ADD_DIM],
            code=DIALOG,
            says="The dimension set line already exists.",
        ),
    ),
    (
        "7",
        "no key",
        post(
            DIMS,
            {"valueCode": "10"},
            400,
            [ADD],
            code=DIALOG,
            says='The "id" or "code" field must be filled in.',
        ),
    ),
    (
        "7",
        "no value",
        post(DIMS, {"code": "AREA"}, 400, [ADD], code=DIALOG, says='The "valueId" or "valueCode"'),
    ),
    (
        "7",
        "unknown dimension",
        post(
            DIMS,
            {"code": "X", "valueCode": "10"},
            400,
            [ADD],
            code=DIALOG,
            says='The "code" does not match to a Dimension.',
        ),
    ),
    (
        "7",
        "unknown value",
        post(
            DIMS,
            {"code": "AREA", "valueCode": "X"},
            400,
            [ADD],
            code=DIALOG,
            says='The "valueCode" does not match to a Dimension Value.',
        ),
    ),
    (
        "7",
        "without a parent",
        get("dimensionSetLines", 400, code=DIALOG, says="You must get to the parent first"),
    ),
    (
        "7",
        "change the value",
        patch(
            {"valueCode": "ADM"},
            given=[ADD_DIM],
            path=DIMS + "(<DEPT>)",
            shows={"valueCode": "ADM"},
            lines={"BAL": [{"dimensions": {"DEPT": "ADM"}}]},
        ),
    ),
    (
        "7",
        "the key cannot change",
        patch(
            {"code": "AREA"},
            given=[ADD_DIM],
            path=DIMS + "(<DEPT>)",
            want=400,
            code=DIALOG,
            says='The "id" and "code" fields cannot be modified.',
        ),
    ),
    (
        "7",
        "delete",
        delete(DIMS + "(<DEPT>)", given=[ADD_DIM], lines={"BAL": [{"dimensions": {}}]}),
    ),
    (
        "7",
        "v1.0 list",
        get(
            "dimensionLines?$filter=parentId eq <ID>",
            given=[ADD_DIM],
            api="v1.0",
            rows=[{"code": "DEPT"}],
        ),
    ),
    (
        "7",
        "v1.0 list without a parent",
        get(
            "dimensionLines",
            400,
            api="v1.0",
            code=DIALOG,
            says="You must specify a parent id to get the lines.",
        ),
    ),
    (
        "7",
        "v1.0 create",
        post(
            "dimensionLines",
            {"parentId": "<ID>", "code": "AREA", "valueCode": "10"},
            given=[ADD],
            api="v1.0",
            shows={"id": "<AREA>"},
        ),
    ),
    (
        "7",
        "v1.0 create without a parent",
        post(
            "dimensionLines",
            {"code": "AREA", "valueCode": "10"},
            400,
            [ADD],
            api="v1.0",
            says="The parent ID must be filled in.",
        ),
    ),
    (
        "7",
        "v1.0 change",
        patch(
            {"valueCode": "ADM"},
            given=[ADD_DIM],
            api="v1.0",
            path="dimensionLines(parentId=<ID>,id=<DEPT>)",
            shows={"valueCode": "ADM"},
        ),
    ),
    (
        "7",
        "v1.0 delete by position",
        delete(
            "dimensionLines(<ID>,<DEPT>)",
            given=[ADD_DIM],
            api="v1.0",
            lines={"BAL": [{"dimensions": {}}]},
        ),
    ),
    (
        "7",
        "v1.0 array by PATCH",
        patch(
            {"dimensions": [{"code": "AREA", "valueCode": "10"}]},
            api="v1.0",
            lines={"BAL": [{"dimensions": {"AREA": "10"}}]},
        ),
    ),
]


def test_resource(run_case, case):
    run_case(case)
