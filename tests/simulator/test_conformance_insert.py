"""Parts 2, 3.3 to 3.5 and 3.10 of the reference: properties, numbers, dates on POST."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
PLAIN = "customerPaymentJournals(<PLAIN>)/customerPayments"
SER = "customerPaymentJournals(<SER>)/customerPayments"
DIALOG = "Application_DialogException"
SAME_KEY = "Internal_EntityWithSameKeyExists"
FIELD = "Application_FieldValidationException"
LENGTH = "Application_StringExceededLength"
HIDDEN = {"journal": "BAL", "accountNumber": "2910", "amount": 5}


def ok(path, body, given=(), **shows):
    return {"do": ("POST", path, body), "want": 201, "shows": shows, "given": given}


def no(path, body, code, says="", given=(), status=400, **more):
    do = ("POST", path, body)
    return {"do": do, "want": status, "code": code, "says": says, "given": given, **more}


def lines(path, *bodies):
    return [("POST", path, body) for body in bodies]


def hidden(**more):
    return ("act", {"action": "add_hidden", **HIDDEN, **more})


CASES = [
    # 2: properties
    ("2", "empty object is accepted", ok(PLAIN, {}, customerNumber="", amount=0, description="")),
    ("2", "zero ids by default", ok(PLAIN, {}, customerId="<ZERO>", appliesToInvoiceId="<ZERO>")),
    (
        "2",
        "journal id and code come back",
        ok(BAL, {}, journalId="<BAL>", journalDisplayName="BAL"),
    ),
    (
        "2",
        "the client's id is never kept",
        {
            "do": ("POST", BAL, {"id": "<UNKNOWN>", "lineNumber": 20000}),
            "want": 201,
            "lines": {"BAL": [{"lineNumber": 20000}]},
        },
    ),
    ("2", "read-only time is ignored", ok(BAL, {"lastModifiedDateTime": "2020-01-01T00:00:00Z"})),
    ("2", "annotations are ignored", ok(BAL, {"@odata.etag": "x", "a@odata.type": "y"})),
    ("2", "journalId equal to the URL", ok(BAL, {"journalId": "<BAL>"})),
    (
        "2",
        "journalId of another journal",
        no(BAL, {"journalId": "<PLAIN>"}, DIALOG, "The Journal Id and Journal Display Name do not"),
    ),
    ("2", "journalDisplayName equal", ok(BAL, {"journalDisplayName": "bal"})),
    ("2", "journalDisplayName of another", no(BAL, {"journalDisplayName": "PLAIN"}, DIALOG)),
    (
        "2",
        "contactId is gone in v2.0",
        no(
            BAL, {"contactId": "x"}, "BadRequest", "The property 'contactId' does not exist on type"
        ),
    ),
    ("2", "unknown property", no(BAL, {"currencyCode": "EUR"}, "BadRequest", "currencyCode")),
    ("2", "names are case-sensitive", no(BAL, {"Amount": -1}, "BadRequest", "'Amount'")),
    ("2", "description of 100", ok(BAL, {"description": "d" * 100}, description="Cash")),
    ("2", "description of 101", no(BAL, {"description": "d" * 101}, LENGTH, "is 101, but it must")),
    (
        "2",
        "external number of 35",
        ok(BAL, {"externalDocumentNumber": "e" * 35}, externalDocumentNumber="E" * 35),
    ),
    ("2", "external number of 36", no(BAL, {"externalDocumentNumber": "e" * 36}, LENGTH)),
    ("2", "document number of 21", no(BAL, {"documentNumber": "1" * 21}, LENGTH, "equal to 20")),
    ("2", "comment of 251", no(BAL, {"comment": "c" * 251}, LENGTH)),
    ("2", "customer number of 21", no(BAL, {"customerNumber": "1" * 21}, LENGTH)),
    ("2", "invoice number of 21", no(BAL, {"appliesToInvoiceNumber": "1" * 21}, LENGTH)),
    (
        "3.10",
        "unknown journal in the URL",
        no(
            "customerPaymentJournals(<UNKNOWN>)/customerPayments",
            {},
            "Internal_RecordNotFound",
            status=404,
        ),
    ),
    # 3.3: line numbers
    ("3.3", "first number", ok(BAL, {}, lineNumber=10000)),
    ("3.3", "zero is omitted", ok(BAL, {"lineNumber": 0}, lineNumber=10000)),
    ("3.3", "after 55 comes 10055", ok(BAL, {}, lines(BAL, {"lineNumber": 55}), lineNumber=10055)),
    ("3.3", "hidden lines count", ok(BAL, {}, [hidden(lineNumber=30000)], lineNumber=40000)),
    ("3.3", "gaps are allowed", ok(BAL, {"lineNumber": 777777}, lineNumber=777777)),
    ("3.3", "negative is accepted", ok(BAL, {"lineNumber": -5}, lineNumber=-5)),
    (
        "3.3",
        "taken",
        no(
            BAL,
            {"lineNumber": 20000},
            SAME_KEY,
            "Journal Batch Name='BAL',Line No.='20000'",
            lines(BAL, {"lineNumber": 20000, "amount": -1}),
            lines={"BAL": [{"amount": -1}]},
        ),
    ),
    (
        "3.3",
        "taken by a hidden line",
        no(BAL, {"lineNumber": 30000}, SAME_KEY, given=[hidden(lineNumber=30000)]),
    ),
    (
        "3.3",
        "same number in another journal",
        ok(PLAIN, {"lineNumber": 20000}, lines(BAL, {"lineNumber": 20000}), lineNumber=20000),
    ),
    ("3.3", "too large", no(BAL, {"lineNumber": 2147483648}, "BadRequest")),
    ("3.3", "not whole", no(BAL, {"lineNumber": 1.5}, "BadRequest")),
    ("3.3", "as text", no(BAL, {"lineNumber": "20000"}, "BadRequest", "Edm.Int32")),
    ("3.3", "as boolean", no(BAL, {"lineNumber": True}, "BadRequest")),
    # 3.4: posting date
    ("3.4", "given", ok(BAL, {"postingDate": "2024-02-29"}, postingDate="2024-02-29")),
    ("3.4", "empty journal: work date", ok(BAL, {}, postingDate="2026-02-15")),
    (
        "3.4",
        "copied from the last line",
        ok(BAL, {}, lines(BAL, {"postingDate": "2026-01-03"}), postingDate="2026-01-03"),
    ),
    (
        "3.4",
        "copied from a hidden last line",
        ok(BAL, {}, [hidden(postingDate="2026-01-04")], postingDate="2026-01-04"),
    ),
    (
        "3.4",
        "between: copied from the next line",
        ok(
            BAL,
            {"lineNumber": 15000},
            lines(
                BAL,
                {"lineNumber": 10000, "postingDate": "2026-01-01"},
                {"lineNumber": 20000, "postingDate": "2026-01-02"},
            ),
            postingDate="2026-01-02",
        ),
    ),
    ("3.4", "blank date", no(BAL, {"postingDate": "0001-01-01"}, FIELD, "Posting Date must have")),
    ("3.4", "no such day", no(BAL, {"postingDate": "2026-02-30"}, "BadRequest", "Edm.Date")),
    ("3.4", "local writing", no(BAL, {"postingDate": "15.02.2026"}, "BadRequest")),
    ("3.4", "date and time", no(BAL, {"postingDate": "2026-02-15T00:00:00Z"}, "BadRequest")),
    ("3.4", "any year is accepted", ok(BAL, {"postingDate": "1999-12-31"})),
    # 3.5: document number
    ("3.5", "empty journal without series", ok(BAL, {}, documentNumber="")),
    ("3.5", "empty journal with series: peeked", ok(SER, {}, documentNumber="PAY007")),
    (
        "3.5",
        "peeked, not consumed",
        ok(
            "customerPaymentJournals(<SER>)/customerPayments",
            {"documentNumber": ""},
            lines(BAL, {}),
            documentNumber="PAY007",
        ),
    ),
    (
        "3.5",
        "balanced journal: incremented",
        ok(
            BAL,
            {},
            lines(BAL, {"documentNumber": "P-009", "customerNumber": "10000"}),
            documentNumber="P-010",
        ),
    ),
    (
        "3.5",
        "digits inside the text",
        ok(
            BAL,
            {},
            lines(BAL, {"documentNumber": "P9X", "customerNumber": "10000"}),
            documentNumber="P10X",
        ),
    ),
    (
        "3.5",
        "no digits, no series: blank",
        ok(
            BAL,
            {},
            lines(BAL, {"documentNumber": "ABC", "customerNumber": "10000"}),
            documentNumber="",
        ),
    ),
    (
        "3.5",
        "unbalanced journal: repeated",
        ok(
            PLAIN,
            {},
            lines(PLAIN, {"documentNumber": "P1", "customerNumber": "10000", "amount": -5}),
            documentNumber="P1",
        ),
    ),
    (
        "3.5",
        "unbalanced, other external number: incremented",
        ok(
            PLAIN,
            {"externalDocumentNumber": "X2"},
            lines(
                PLAIN,
                {
                    "documentNumber": "P1",
                    "customerNumber": "10000",
                    "amount": -5,
                    "externalDocumentNumber": "X1",
                },
            ),
            documentNumber="P2",
        ),
    ),
    (
        "3.5",
        "unbalanced, same external number: repeated",
        ok(
            PLAIN,
            {"externalDocumentNumber": "x1 "},
            lines(
                PLAIN,
                {
                    "documentNumber": "P1",
                    "customerNumber": "10000",
                    "amount": -5,
                    "externalDocumentNumber": "X1",
                },
            ),
            documentNumber="P1",
        ),
    ),
    (
        "3.5",
        "sum zero without balancing account: incremented",
        ok(
            PLAIN,
            {},
            lines(
                PLAIN,
                {"documentNumber": "P1", "customerNumber": "10000", "amount": -5},
                {"documentNumber": "P1", "customerNumber": "10000", "amount": 5},
            ),
            documentNumber="P2",
        ),
    ),
    (
        "3.5",
        "empty last line: repeated",
        ok(BAL, {}, lines(BAL, {"documentNumber": "P1"}), documentNumber="P1"),
    ),
    (
        "3.5",
        "between: the next line's",
        ok(
            BAL,
            {"lineNumber": 15000},
            lines(
                BAL,
                {"lineNumber": 10000, "documentNumber": "A1"},
                {"lineNumber": 20000, "documentNumber": "B7"},
            ),
            documentNumber="B7",
        ),
    ),
    (
        "3.5",
        "between, other external number",
        ok(
            BAL,
            {"lineNumber": 15000, "externalDocumentNumber": "E"},
            lines(BAL, {"lineNumber": 20000, "documentNumber": "B7"}),
            documentNumber="B8",
        ),
    ),
    (
        "3.5",
        "given: upper case, trimmed",
        ok(SER, {"documentNumber": " ab-1 "}, documentNumber="AB-1"),
    ),
    (
        "3.5",
        "given twice: no uniqueness",
        ok(
            BAL, {"documentNumber": "D1"}, lines(BAL, {"documentNumber": "D1"}), documentNumber="D1"
        ),
    ),
    # 3.10
    (
        "3.10",
        "approval pending",
        no(
            "customerPaymentJournals(<APPROVAL>)/customerPayments",
            {},
            DIALOG,
            "active batch approval request",
        ),
    ),
    (
        "3.10",
        "blocked balancing bank",
        no("customerPaymentJournals(<BLOCKEDBANK>)/customerPayments", {}, FIELD, "Blocked must be"),
    ),
]


def test_insert(run_case, case):
    run_case(case)
