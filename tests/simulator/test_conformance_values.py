"""Parts 3.1, 3.6 and 3.7 of the reference: customers, invoices, amounts on POST."""

BAL = "customerPaymentJournals(<BAL>)/customerPayments"
PLAIN = "customerPaymentJournals(<PLAIN>)/customerPayments"
DIALOG = "Application_DialogException"
HIDDEN = {"journal": "BAL", "accountNumber": "2910", "amount": 5}
BANK = "customerPaymentJournals(<BANK>)/customerPayments"
RELATION = "Internal_InvalidTableRelation"
EARLIER = "earlier posting date"


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
    # 3.6: customer
    ("3.6", "number fills the id", ok(BAL, {"customerNumber": "10000"}, customerId="<A>")),
    ("3.6", "id fills the number", ok(BAL, {"customerId": "<A>"}, customerNumber="10000")),
    (
        "3.6",
        "id in capitals",
        ok(BAL, {"customerId": "0000000B-0000-4000-8000-000000000000"}, customerNumber="C100"),
    ),
    ("3.6", "description is the name", ok(BAL, {"customerId": "<A>"}, description="A Ltd.")),
    (
        "3.6",
        "unknown id",
        no(
            BAL,
            {"customerId": "<UNKNOWN>"},
            RELATION,
            "The field Customer Id of table Gen. Journal",
        ),
    ),
    (
        "3.6",
        "unknown number",
        no(
            BAL,
            {"customerNumber": "nope"},
            RELATION,
            "contains a value (NOPE) that cannot be found",
        ),
    ),
    (
        "3.6",
        "id, then another number",
        no(
            BAL,
            {"customerId": "<A>", "customerNumber": "20000"},
            DIALOG,
            "The customer values do not match to a specific Customer.",
        ),
    ),
    (
        "3.6",
        "id, then blank number",
        no(
            BAL, {"customerId": "<A>", "customerNumber": ""}, DIALOG, "customer values do not match"
        ),
    ),
    ("3.6", "id, then its number", ok(BAL, {"customerId": "<A>", "customerNumber": "10000"})),
    (
        "3.6",
        "number, then another id: id wins",
        ok(
            BAL,
            {"customerNumber": "10000", "customerId": "<B>"},
            customerNumber="20000",
            customerId="<B>",
            description="A Ltd.",
        ),
    ),
    ("3.6", "zero id alone", ok(BAL, {"customerId": "<ZERO>"}, customerNumber="")),
    ("3.6", "blank number alone", ok(BAL, {"customerNumber": ""}, customerId="<ZERO>")),
    ("3.6", "lower case number", ok(BAL, {"customerNumber": " c100 "}, customerNumber="C100")),
    # 3.6: invoice
    (
        "3.6",
        "invoice number fills the id and the customer",
        ok(
            BAL,
            {"appliesToInvoiceNumber": "103001"},
            appliesToInvoiceId="<OPEN>",
            customerNumber="10000",
            customerId="<A>",
            description="A Ltd.",
        ),
    ),
    (
        "3.6",
        "invoice id fills the number and the customer",
        ok(
            BAL,
            {"appliesToInvoiceId": "<OPEN>"},
            appliesToInvoiceNumber="103001",
            customerNumber="10000",
        ),
    ),
    (
        "3.6",
        "the payer is the bill-to customer",
        ok(BAL, {"appliesToInvoiceNumber": "103003"}, customerNumber="10000"),
    ),
    (
        "3.6",
        "another customer than the invoice's",
        ok(
            BAL,
            {"customerNumber": "20000", "appliesToInvoiceNumber": "103001"},
            customerNumber="20000",
            appliesToInvoiceId="<OPEN>",
        ),
    ),
    (
        "3.6",
        "unknown invoice id",
        no(BAL, {"appliesToInvoiceId": "<UNKNOWN>"}, DIALOG, 'The "appliesToInvoiceId" should be'),
    ),
    ("3.6", "a draft's id", no(BAL, {"appliesToInvoiceId": "<DRAFT>"}, DIALOG)),
    ("3.6", "a released invoice's id", no(BAL, {"appliesToInvoiceId": "<RELEASED>"}, DIALOG)),
    ("3.6", "another entity's id", no(BAL, {"appliesToInvoiceId": "<A>"}, DIALOG)),
    (
        "3.6",
        "a posted draft keeps its id",
        ok(
            BAL,
            {"appliesToInvoiceId": "<DRAFT>"},
            [("act", {"action": "post_invoice", "number": "D1"})],
            appliesToInvoiceNumber="103099",
        ),
    ),
    (
        "3.6",
        "unknown invoice number is accepted",
        ok(
            BAL,
            {"appliesToInvoiceNumber": "x-1"},
            appliesToInvoiceNumber="X-1",
            appliesToInvoiceId="<ZERO>",
        ),
    ),
    (
        "3.6",
        "a draft's number is an unknown one",
        ok(BAL, {"appliesToInvoiceNumber": "D1"}, appliesToInvoiceId="<ZERO>", customerNumber=""),
    ),
    (
        "3.6",
        "invoice id, then another number",
        no(
            BAL,
            {"appliesToInvoiceId": "<OPEN>", "appliesToInvoiceNumber": "103002"},
            DIALOG,
            "The Applies To Invoice values do not match to the same Invoice.",
        ),
    ),
    (
        "3.6",
        "invoice id, then blank number",
        no(BAL, {"appliesToInvoiceId": "<OPEN>", "appliesToInvoiceNumber": ""}, DIALOG),
    ),
    (
        "3.6",
        "invoice number, then another id: id wins",
        ok(
            BAL,
            {"appliesToInvoiceNumber": "103002", "appliesToInvoiceId": "<OPEN>"},
            appliesToInvoiceNumber="103001",
        ),
    ),
    ("3.6", "paid invoice", ok(BAL, {"appliesToInvoiceId": "<PAID>"}, customerNumber="10000")),
    ("3.6", "canceled invoice", ok(BAL, {"appliesToInvoiceId": "<CANCELED>"})),
    ("3.6", "corrective invoice", ok(BAL, {"appliesToInvoiceId": "<CORRECTIVE>"})),
    ("3.6", "over-applied", ok(BAL, {"appliesToInvoiceId": "<OPEN>", "amount": -9999})),
    (
        "3.6",
        "zero invoice id",
        ok(BAL, {"appliesToInvoiceId": "<ZERO>"}, appliesToInvoiceNumber=""),
    ),
    (
        "3.6",
        "earlier date, balancing account",
        no(
            BAL,
            {
                "customerNumber": "10000",
                "postingDate": "2026-01-09",
                "appliesToInvoiceNumber": "103001",
            },
            DIALOG,
            EARLIER,
        ),
    ),
    (
        "3.6",
        "earlier date, no balancing account",
        ok(
            PLAIN,
            {
                "customerNumber": "10000",
                "postingDate": "2026-01-09",
                "appliesToInvoiceNumber": "103001",
            },
        ),
    ),
    (
        "3.6",
        "earlier date, another customer",
        ok(
            BAL,
            {
                "customerNumber": "20000",
                "postingDate": "2026-01-09",
                "appliesToInvoiceNumber": "103001",
            },
        ),
    ),
    (
        "3.6",
        "earlier date, paid invoice",
        ok(
            BAL,
            {
                "customerNumber": "10000",
                "postingDate": "2026-01-09",
                "appliesToInvoiceNumber": "103002",
            },
        ),
    ),
    (
        "3.1",
        "invoice before the date: checked in phase 1",
        no(
            PLAIN,
            {
                "customerNumber": "10000",
                "appliesToInvoiceNumber": "103001",
                "postingDate": "2026-01-09",
            },
            DIALOG,
            EARLIER,
        ),
    ),
    # 3.6: blocked customers
    (
        "3.6",
        "blocked for all",
        no(BAL, {"customerNumber": "30000"}, DIALOG, "Customer 30000 is blocked with type All"),
    ),
    ("3.6", "blocked for all, by id", no(BAL, {"customerId": "<ALL>"}, DIALOG, "with type All")),
    ("3.6", "blocked for shipping", ok(BAL, {"customerNumber": "40000"})),
    (
        "3.6",
        "blocked for privacy",
        no(BAL, {"customerNumber": "60000"}, DIALOG, "is blocked for privacy."),
    ),
    (
        "3.6",
        "blocked for invoices, empty journal",
        no(BAL, {"customerNumber": "50000"}, DIALOG, "with type Invoice"),
    ),
    (
        "3.6",
        "blocked for invoices, after a payment",
        ok(BAL, {"customerNumber": "50000"}, lines(BAL, {"customerNumber": "10000"})),
    ),
    (
        "3.6",
        "blocked for invoices, after a hidden blank line",
        no(BAL, {"customerNumber": "50000"}, DIALOG, given=[hidden()]),
    ),
    # 3.7: amounts and currency
    ("3.7", "sign is kept", ok(BAL, {"amount": -1500.00}, amount=-1500)),
    ("3.7", "positive is accepted", ok(BAL, {"amount": 1500}, amount=1500)),
    ("3.7", "half away from zero", ok(BAL, {"amount": -0.125}, amount=-0.13)),
    ("3.7", "half away from zero, positive", ok(BAL, {"amount": 0.135}, amount=0.14)),
    ("3.7", "exact decimal half", ok(BAL, '{"amount": -1.005}', amount=-1.01)),
    (
        "3.7",
        "currency of the customer",
        ok(BAL, {"customerNumber": "70000", "amount": -12.5}, amount=-13),
    ),
    (
        "3.7",
        "customer after the amount",
        ok(BAL, {"amount": -12.4, "customerNumber": "70000"}, amount=-12),
    ),
    (
        "3.7",
        "three decimals",
        ok(BAL, {"customerNumber": "80000", "amount": -1.2345}, amount=-1.235),
    ),
    (
        "3.7",
        "currency of the balancing bank",
        {
            "do": ("POST", BANK, {"customerNumber": "80000", "amount": -12.345}),
            "want": 201,
            "shows": {"amount": -12.35},
            "lines": {"BANK": [{"currencyCode": "USD"}]},
        },
    ),
    (
        "3.1",
        "phase 1 rounds to the customer's currency, before the bank's",
        ok(BANK, {"customerNumber": "70000", "amount": -12.345}, amount=-12),
    ),
    (
        "3.1",
        "phase 1 rounds an early amount to the local currency",
        ok(BAL, {"amount": -1.2345, "customerNumber": "80000"}, amount=-1.23),
    ),
    (
        "3.7",
        "no exchange rate",
        no(
            BAL,
            {"customerNumber": "90000"},
            "Internal_DataNotFoundFilter",
            "Currency Exchange Rate",
        ),
    ),
    ("3.7", "amount as text", no(BAL, {"amount": "-1.00"}, "BadRequest", "Edm.Decimal")),
    (
        "3.7",
        "amount as text, negotiated",
        {
            "do": (
                "POST",
                BAL,
                {"amount": "-1.25"},
                {"Content-Type": "application/json;IEEE754Compatible=true"},
            ),
            "want": 201,
            "shows": {"amount": -1.25},
        },
    ),
    ("3.7", "amount beyond measure", no(BAL, '{"amount": 1e30}', "BadRequest")),
]


def test_insert(run_case, case):
    run_case(case)
