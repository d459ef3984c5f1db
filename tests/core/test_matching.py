from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest

from importer.matching import Company, match
from importer.model import Payment, Severity
from importer.reports.language import finding_text, speaking


@dataclass(frozen=True)
class Customer:
    number: str
    blocked: str = ""
    currency_code: str = ""


@dataclass(frozen=True)
class Invoice:
    number: str
    bill_to_customer_number: str
    status: str = "Open"
    currency_code: str = "EUR"
    remaining_amount: Decimal = Decimal("100.00")
    posting_date: date | None = date(2026, 1, 10)

    @property
    def id(self):
        return f"id of {self.number}"


COMPANY = Company(
    customers={c.number: c for c in (
        Customer("10000"), Customer("20000", "All"), Customer("30000", "Ship"),
        Customer("40000", currency_code="USD"),
    )},
    invoices={i.number: i for i in (
        Invoice("INV1", "10000"), Invoice("INV2", "30000"), Invoice("INV3", "10000", "Draft"),
        Invoice("INV4", "10000", "Paid", remaining_amount=Decimal(0)),
    )},
    local_currency="EUR",
    posting_from=date(2026, 1, 1),
    posting_to=date(2026, 12, 31),
)  # fmt: skip
GOOD = Payment(7, date(2026, 2, 1), Decimal("50.00"), "EUR", customer_number="10000")


def codes(payment, company=COMPANY):
    return [finding.code for finding in match([payment], company).findings]


def test_what_agrees_passes_in_silence():
    matched = match([GOOD, replace(GOOD, row=8, invoice_number="inv1")], COMPANY)
    assert [finding.code for finding in matched.findings] == ["invoice-partly-paid"]
    assert [payment.row for payment in matched.payments] == [7, 8]


def test_the_payer_of_an_invoice_is_filled_in():
    (payment,) = match([replace(GOOD, customer_number="", invoice_number="INV2")], COMPANY).payments
    assert payment.customer_number == "30000"


def test_an_invoice_is_named_by_its_id_which_the_server_checks():
    (payment,) = match([replace(GOOD, invoice_number="inv1")], COMPANY).payments
    assert (payment.invoice_number, payment.invoice_id) == ("INV1", "id of INV1")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"customer_number": "99999"}, "customer-unknown"),
        ({"customer_number": "20000"}, "customer-blocked"),
        (
            {"customer_number": "", "customer_id": "00000000-0000-0000-0000-00000000000a"},
            "customer-unknown",
        ),
        ({"invoice_number": "INV9"}, "invoice-unknown"),
        ({"invoice_number": "INV3"}, "invoice-unknown"),
        ({"invoice_number": "INV2"}, "invoice-of-other-customer"),
        ({"invoice_number": "INV4"}, "invoice-closed"),
        ({"customer_number": "40000"}, "currency-differs"),
        ({"currency": "USD"}, "currency-differs"),
        ({"posting_date": date(2025, 12, 31)}, "date-not-allowed"),
        ({"posting_date": date(2027, 1, 1)}, "date-not-allowed"),
        ({"posting_date": date(2026, 1, 9), "invoice_number": "INV1"}, "paid-before-invoice"),
    ],
)
def test_what_cannot_be_booked_is_taken_out_with_its_row(change, code):
    payment = replace(GOOD, **change)
    assert codes(payment) == [code]
    matched = match([payment], COMPANY)
    assert matched.payments == ()
    assert matched.findings[0].row == 7
    assert matched.findings[0].severity is Severity.ERROR


def test_more_than_is_open_is_sent_with_a_warning():
    payment = replace(GOOD, amount=Decimal("100.01"), invoice_number="INV1")
    matched = match([payment], COMPANY)
    assert [finding.code for finding in matched.findings] == ["invoice-overpaid"]
    assert [p.row for p in matched.payments] == [payment.row]


def test_rows_that_pay_one_invoice_are_added_up():
    rows = [replace(GOOD, row=n, amount=Decimal(60), invoice_number="INV1") for n in (2, 3)]
    found = match(rows, COMPANY).findings
    assert [(finding.row, finding.code) for finding in found] == [
        (2, "invoice-partly-paid"),
        (3, "invoice-overpaid"),
    ]
    assert "more than the 40.00" in found[1].message


def test_what_waits_in_the_journal_is_no_longer_open():
    company = replace(COMPANY, waiting={"INV1": Decimal("60.00")})
    payment = replace(GOOD, invoice_number="inv1")
    assert codes(replace(payment, amount=Decimal("40.00")), company) == []
    (found,) = match([payment], company).findings
    assert found.severity is Severity.WARNING
    assert found.message == (
        "50.00 is more than the 40.00 that remains open on invoice INV1, as 60.00 waits unposted "
        "in the journal"
    )
    with speaking("de"):
        assert "60,00 wartet ungebucht" in finding_text(found.code, found.message)


def test_a_rejected_row_uses_nothing_up():
    rows = [
        replace(GOOD, row=2, amount=Decimal(100), currency="USD", invoice_number="INV1"),
        replace(GOOD, row=3, amount=Decimal(100), invoice_number="INV1"),
    ]
    matched = match(rows, COMPANY)
    assert [finding.code for finding in matched.findings] == ["currency-differs"]
    assert [payment.row for payment in matched.payments] == [3]


def test_what_warnings_take_out_uses_nothing_up():
    rows = [
        replace(GOOD, row=2, amount=Decimal(101), invoice_number="INV1"),
        replace(GOOD, row=3, amount=Decimal(100), invoice_number="INV1"),
    ]
    matched = match(rows, COMPANY, strict=True)
    found = [(finding.row, finding.code, finding.severity) for finding in matched.findings]
    assert found == [(2, "invoice-overpaid", Severity.ERROR)]
    assert [payment.row for payment in matched.payments] == [3]


def test_the_exact_amount_passes_in_silence():
    assert codes(replace(GOOD, amount=Decimal("100.00"), invoice_number="INV1")) == []


def test_a_balancing_bank_account_decides_the_currency_of_the_line():
    company = replace(COMPANY, line_currency="USD")
    assert codes(replace(GOOD, currency="USD"), company) == []
    assert codes(GOOD, company) == ["currency-differs"]


def test_a_sign_that_currencies_share_is_the_one_of_the_company():
    dollars = replace(GOOD, currency="$")
    (found,) = match([dollars], COMPANY).findings
    assert found.message.startswith("the payment is in $, its journal line would be in EUR")
    american = replace(COMPANY, local_currency="USD")
    assert codes(dollars, american) == []
    company = replace(american, line_currency="CAD")
    (found,) = match([dollars], company).findings
    assert (found.code, found.severity) == ("currency-assumed", Severity.WARNING)
    assert found.message.startswith("the file names only $ as currency; the amount would be taken")
    with speaking("de"):
        assert "nennt als Währung nur $" in finding_text(found.code, found.message)


def test_a_file_without_currency_is_taken_in_that_of_the_line():
    assert codes(replace(GOOD, currency="")) == []
