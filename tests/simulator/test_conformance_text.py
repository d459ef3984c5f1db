"""Parts 1.5 and 3.8 of the reference: texts, null, malformed input, headers."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
PLAIN = "customerPaymentJournals(<PLAIN>)/customerPayments"
LENGTH = "Application_StringExceededLength"
BANK = "customerPaymentJournals(<BANK>)/customerPayments"


def ok(path, body, given=(), **shows):
    return {"do": ("POST", path, body), "want": 201, "shows": shows, "given": given}


def no(path, body, code, says="", given=(), status=400, **more):
    do = ("POST", path, body)
    return {"do": do, "want": status, "code": code, "says": says, "given": given, **more}


CASES = [
    # 3.8: text, null, malformed
    (
        "3.8",
        "description keeps its case",
        ok(PLAIN, {"description": " Mixed Case "}, description=" Mixed Case "),
    ),
    (
        "3.8",
        "blank description: customer's name",
        ok(BAL, {"customerNumber": "10000", "description": ""}, description="A Ltd."),
    ),
    (
        "3.8",
        "own description stays",
        ok(BAL, {"description": "mine", "customerNumber": "10000"}, description="mine"),
    ),
    ("3.8", "no customer: the balancing account's name", ok(BAL, {}, description="Cash")),
    ("3.8", "no customer: the balancing bank's name", ok(BANK, {}, description="Dollar Bank")),
    (
        "3.8",
        "external number upper case",
        ok(BAL, {"externalDocumentNumber": " bank ref 1 "}, externalDocumentNumber="BANK REF 1"),
    ),
    ("3.8", "comment as it is", ok(BAL, {"comment": " ü "}, comment=" ü ")),
    ("3.8", "trailing comma", no(BAL, '{"amount": -1,}', "BadRequest", "Invalid Request Body")),
    ("3.8", "empty body", no(BAL, "", "BadRequest", "Invalid Request Body")),
    ("3.8", "an array", no(BAL, "[]", "BadRequest", "Invalid Request Body")),
    (
        "3.8",
        "null",
        no(
            BAL,
            {"description": None},
            "BadRequest_RequiredParamNotProvided",
            "Field 'description' must not be blank or empty",
        ),
    ),
    ("3.8", "malformed id", no(BAL, {"customerId": "10000"}, "BadRequest", "Edm.Guid")),
    ("3.8", "blank id", no(BAL, {"customerId": ""}, "BadRequest")),
    ("3.8", "blank number", no(BAL, {"amount": ""}, "BadRequest")),
    ("3.8", "blank date", no(BAL, {"postingDate": ""}, "BadRequest")),
    ("3.8", "number for text", no(BAL, {"documentNumber": 5}, "BadRequest", "Edm.String")),
    (
        "3.8",
        "a late fault writes nothing",
        no(BAL, {"lineNumber": 20000, "comment": "c" * 300}, LENGTH, lines={"BAL": []}),
    ),
    # 1.5: headers
    (
        "1.5",
        "no JSON",
        {
            "do": ("POST", BAL, b"{}", {"Content-Type": "text/plain"}),
            "want": 415,
            "code": "BadRequest",
        },
    ),
    (
        "1.5",
        "replica for writing",
        {
            "do": ("POST", BAL, {}, {"Data-Access-Intent": "ReadOnly"}),
            "want": 400,
            "code": "BadRequest",
            "lines": {"BAL": []},
        },
    ),
    (
        "1.5",
        "minimal answer",
        {
            "do": ("POST", BAL, {"lineNumber": 20000}, {"Prefer": "return=minimal"}),
            "want": 204,
            "lines": {"BAL": [{"lineNumber": 20000}]},
        },
    ),
]


def test_insert(run_case, case):
    run_case(case)
