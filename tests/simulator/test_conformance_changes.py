"""Parts 4 and 3.10 of the reference: PATCH and DELETE."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
PLAIN = "customerPaymentJournals(<PLAIN>)/customerPayments"
ONE = BAL + "(<ID>)"
ANY = {"If-Match": "*"}
DIALOG = "Application_DialogException"
SAME_KEY = "Internal_EntityWithSameKeyExists"
GONE = "Internal_RecordNotFound"
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
ADD_PLAIN = ("POST", PLAIN, PAYMENT)
THREE = [("POST", BAL, {**PAYMENT, "lineNumber": n, "documentNumber": f"P{n}"}) for n in (1, 2, 3)]


def patch(body, headers=ANY, want=200, given=(ADD,), path=ONE, **more):
    return {"do": ("PATCH", path, body, headers), "want": want, "given": given, **more}


def delete(path=ONE, headers=None, want=204, given=(ADD,), **more):
    return {"do": ("DELETE", path, None, headers), "want": want, "given": given, **more}


CASES = [
    # 4: PATCH
    (
        "4",
        "no If-Match",
        patch(
            {"comment": "x"},
            {},
            400,
            code="BadRequest_InvalidToken",
            says="Could not validate the client concurrency token",
        ),
    ),
    (
        "4",
        "If-Match that is no tag",
        patch({"comment": "x"}, {"If-Match": "abc"}, 400, code="BadRequest_InvalidToken"),
    ),
    ("4", "the right tag", patch({"comment": "x"}, {"If-Match": "<ETAG>"}, shows={"comment": "x"})),
    (
        "4",
        "a stale tag",
        patch(
            {"comment": "x"},
            {"If-Match": "<ETAG>"},
            409,
            [ADD, ("act", {"action": "edit", "id": "<ID>", "set": {"comment": "hers"}})],
            code="Request_EntityChanged",
            lines={"BAL": [{"comment": "hers"}]},
        ),
    ),
    ("4", "any tag", patch({"amount": -1.005}, shows={"amount": -1.01})),
    (
        "4",
        "minimal answer",
        patch(
            {"comment": "x"},
            {"If-Match": "*", "Prefer": "return=minimal"},
            204,
            lines={"BAL": [{"comment": "x"}]},
        ),
    ),
    ("4", "unknown id", patch({}, path=BAL + "(<UNKNOWN>)", want=404, code=GONE)),
    ("4", "id under another journal", patch({}, path=PLAIN + "(<ID>)", want=404)),
    (
        "4",
        "rename",
        patch(
            {"lineNumber": 500, "comment": "too"},
            shows={"id": "<ID>", "lineNumber": 500, "comment": "too"},
        ),
    ),
    (
        "4",
        "rename to a taken number",
        patch(
            {"lineNumber": 1},
            want=400,
            given=[THREE[0], ADD],
            code=SAME_KEY,
            lines={"BAL": [{"lineNumber": 1}, {"lineNumber": 20000}]},
        ),
    ),
    (
        "4",
        "another customer keeps the invoice",
        patch(
            {"customerNumber": "20000"},
            shows={
                "customerId": "<B>",
                "appliesToInvoiceNumber": "103001",
                "description": "B Ltd.",
            },
        ),
    ),
    (
        "4",
        "an own description stays",
        patch(
            {"customerNumber": "20000"},
            given=[("POST", BAL, {**PAYMENT, "description": "own"})],
            shows={"description": "own"},
        ),
    ),
    (
        "4",
        "no customer",
        patch({"customerNumber": ""}, shows={"customerId": "<ZERO>", "customerNumber": ""}),
    ),
    (
        "4",
        "blank invoice number clears both",
        patch(
            {"appliesToInvoiceNumber": ""},
            shows={"appliesToInvoiceNumber": "", "appliesToInvoiceId": "<ZERO>"},
        ),
    ),
    (
        "4",
        "unknown invoice number",
        patch(
            {"appliesToInvoiceNumber": "nix"},
            shows={"appliesToInvoiceNumber": "NIX", "appliesToInvoiceId": "<ZERO>"},
        ),
    ),
    (
        "4",
        "zero invoice id keeps the number",
        patch(
            {"appliesToInvoiceId": "<ZERO>"},
            shows={"appliesToInvoiceNumber": "103001", "appliesToInvoiceId": "<ZERO>"},
        ),
    ),
    (
        "4",
        "another invoice by id",
        patch({"appliesToInvoiceId": "<PAID>"}, shows={"appliesToInvoiceNumber": "103002"}),
    ),
    ("4", "blank description stays blank", patch({"description": ""}, shows={"description": ""})),
    (
        "4",
        "earlier date, balancing account",
        patch({"postingDate": "2026-01-09"}, want=400, code=DIALOG, says="earlier posting date"),
    ),
    (
        "4",
        "earlier date, no balancing account",
        patch(
            {"postingDate": "2026-01-09"},
            want=400,
            given=[ADD_PLAIN],
            path=PLAIN + "(<ID>)",
            code=DIALOG,
        ),
    ),
    (
        "4",
        "journalId cannot change",
        patch(
            {"journalId": "<PLAIN>"},
            want=400,
            code=DIALOG,
            says="The Journal Id cannot be changed.",
        ),
    ),
    ("4", "journalId may be repeated", patch({"journalId": "<BAL>"})),
    (
        "4",
        "journalDisplayName cannot change",
        patch({"journalDisplayName": "PLAIN"}, want=400, code=DIALOG),
    ),
    (
        "4",
        "blank date",
        patch({"postingDate": "0001-01-01"}, want=400, code="Application_FieldValidationException"),
    ),
    (
        "4",
        "id is ignored",
        patch({"id": "<UNKNOWN>", "comment": "c"}, shows={"id": "<ID>", "comment": "c"}),
    ),
    (
        "4",
        "a refusal changes nothing",
        patch(
            {"comment": "new", "customerNumber": "nope"}, want=400, lines={"BAL": [{"comment": ""}]}
        ),
    ),
    (
        "3.10",
        "scheduled for posting",
        patch(
            {"comment": "x"},
            want=400,
            given=[
                ADD,
                ("act", {"action": "edit", "id": "<ID>", "set": {"scheduledForPosting": True}}),
            ],
            code=DIALOG,
            says="has been scheduled for posting",
        ),
    ),
    (
        "3.10",
        "approval pending",
        patch(
            {"comment": "x"},
            want=400,
            given=[
                ADD,
                (
                    "act",
                    {
                        "action": "change_journal",
                        "journal": "BAL",
                        "set": {"approvalPending": True},
                    },
                ),
            ],
            code=DIALOG,
            says="active batch approval request",
        ),
    ),
    # 4: DELETE
    ("4", "delete", delete(lines={"BAL": []})),
    ("4", "delete with its tag", delete(headers={"If-Match": "<ETAG>"})),
    (
        "4",
        "delete with a stale tag",
        delete(
            headers={"If-Match": 'W/"b2xk"'},
            want=409,
            code="Request_EntityChanged",
            lines={"BAL": [{}]},
        ),
    ),
    ("4", "delete what is gone", delete(given=[ADD, ("DELETE", ONE)], want=404, code=GONE)),
]


def test_resource(run_case, case):
    run_case(case)
