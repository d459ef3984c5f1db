"""Parts 1.3, 1.4, 2 and 7 of the reference: older generations, top level."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
TOP = "customerPayments"
DIALOG = "Application_DialogException"


def ok(path, body, given=(), **shows):
    return {"do": ("POST", path, body), "want": 201, "shows": shows, "given": given}


def no(path, body, code, says="", given=(), status=400, **more):
    do = ("POST", path, body)
    return {"do": do, "want": status, "code": code, "says": says, "given": given, **more}


CASES = [
    # 1.4: top level
    ("1.4", "top level with journalId", ok(TOP, {"journalId": "<PLAIN>"}, journalId="<PLAIN>")),
    ("1.4", "top level without", no(TOP, {"amount": -1}, DIALOG, "You must specify a journal")),
    (
        "1.4",
        "top level, unknown journal",
        no(TOP, {"journalId": "<UNKNOWN>"}, "Internal_RecordNotFound"),
    ),
    # 2, older generations
    (
        "2",
        "v1.0 stores contactId",
        {**ok(BAL, {"contactId": "c-1"}, contactId="c-1", dimensions=[]), "api": "v1.0"},
    ),
    (
        "2",
        "v1.0 refuses journalDisplayName",
        {**no(BAL, {"journalDisplayName": "BAL"}, DIALOG), "api": "v1.0"},
    ),
    (
        "2",
        "v1.0 has no journalId",
        {**no(BAL, {"journalId": "<BAL>"}, "BadRequest"), "api": "v1.0"},
    ),
    (
        "2",
        "beta ignores journalDisplayName",
        {**ok(BAL, {"journalDisplayName": "X"}, journalDisplayName="BAL"), "api": "beta"},
    ),
    (
        "2",
        "v1.0 words of the invoice rule",
        {
            **no(
                BAL,
                {"appliesToInvoiceId": "<OPEN>", "appliesToInvoiceNumber": "1"},
                DIALOG,
                "The AppliesToInvoice values do not match to the same Invoice.",
            ),
            "api": "v1.0",
        },
    ),
    (
        "7",
        "v1.0 dimensions on POST fail",
        {
            **no(
                BAL,
                {"dimensions": [{"code": "AREA", "valueCode": "10"}]},
                "Internal_RecordNotFound",
            ),
            "api": "v1.0",
        },
    ),
    (
        "1.3",
        "Graph quotes its ids",
        {
            **ok("customerPaymentJournals('<BAL>')/customerPayments", {"amount": -2}, amount=-2),
            "api": "graph",
        },
    ),
    (
        "1.3",
        "Graph has no top level",
        {
            "do": ("GET", "customerPayments"),
            "want": 404,
            "code": "BadRequest_NotFound",
            "api": "graph",
        },
    ),
    (
        "1.3",
        "BC does not quote",
        no("customerPaymentJournals('<BAL>')/customerPayments", {}, "BadRequest"),
    ),
]


def test_insert(run_case, case):
    run_case(case)
