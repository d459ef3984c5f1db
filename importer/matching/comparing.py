"""Customer and invoice of each payment, compared with what the company holds.

Pure: the look-ups are passed in. What the server would accept now and refuse at posting
(an unknown invoice number, the invoice of another customer) is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from importer.currencies import SHARED, may_be
from importer.matching.company import Company, Customer, Invoice
from importer.matching.journal import of_journal
from importer.model import Finding, Payment, Severity

POSTED = frozenset({"Open", "Paid", "Canceled", "Corrective"})
"""States of a sales invoice that payments can refer to."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The payments that may be sent, completed, and the findings of all."""

    payments: tuple[Payment, ...]
    findings: tuple[Finding, ...]


def match(
    payments: Iterable[Payment],
    company: Company,
    *,
    fixed_currency: bool = False,
    strict: bool = False,
) -> Matched:
    """Compare each payment with the company; an error finding takes it out.

    The column of a finding is the field's name: only the source knows what it is called there.
    Findings without a row are about the journal: with an error among them nothing can be sent.

    Args:
        payments: the payments of one file, as it states them.
        company: what the company holds.
        fixed_currency: the currency is the profile's, no cell of the file names it.
        strict: a warning on a row or the journal is an error.
    """
    accepted: list[Payment] = []
    findings: list[Finding] = []
    paid: dict[str, Decimal] = {}
    for payment in payments:
        matched, found = _match_one(payment, company, paid, fixed_currency=fixed_currency)
        found = _severe(found) if strict else list(found)
        findings.extend(found)
        if any(finding.severity is Severity.ERROR for finding in found):
            continue
        accepted.append(matched)
        invoice = matched.invoice_number
        paid[invoice] = paid.get(invoice, Decimal(0)) + matched.amount
    if company.journal is not None and accepted:
        found = list(of_journal(company.journal, len(accepted)))
        findings.extend(_severe(found) if strict else found)
    return Matched(tuple(accepted), tuple(findings))


def _severe(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with warnings as errors."""
    return [
        replace(one, severity=Severity.ERROR) if one.severity is Severity.WARNING else one
        for one in findings
    ]


def _match_one(
    payment: Payment, company: Company, paid: dict[str, Decimal], *, fixed_currency: bool
) -> tuple[Payment, Sequence[Finding]]:
    found: list[Finding] = []
    invoice = _invoice(payment, company, found)
    if invoice is not None:
        # The server takes any invoice number unseen, but no id that it does not know.
        payment = replace(payment, invoice_number=invoice.number, invoice_id=invoice.id)
        if not (payment.customer_number or payment.customer_id):
            payment = replace(payment, customer_number=invoice.bill_to_customer_number)
    customer = _customer(payment, company, found)
    line = ""
    if customer is not None:
        line = company.line_currency or customer.currency_code or company.local_currency
    if invoice is not None and customer is not None:
        _compare_invoice(payment, customer, invoice, found)
        _compare_invoice_currency(payment, invoice, line, company, found)
        _compare_open(payment, invoice, company.waiting, paid, found)
    _compare_currency(payment, line, company, found, fixed=fixed_currency)
    _compare_dates(payment, company, found)
    return payment, found


def _customer(payment: Payment, company: Company, found: list[Finding]) -> Customer | None:
    key = payment.customer_number.upper() or payment.customer_id.lower()
    if not key:
        return None
    customer = company.customers.get(key)
    if customer is None:
        found.append(
            _finding(
                payment,
                "customer-unknown",
                "customer_number",
                key,
                f"customer {key} does not exist in the company; expected the number of a customer",
                "Correct the number, or create the customer first.",
            )
        )
    elif customer.blocked == "All":
        found.append(
            _finding(
                payment,
                "customer-blocked",
                "customer_number",
                key,
                f"customer {key} is blocked for all transactions",
                "Ask who blocked the customer, or book the payment elsewhere.",
            )
        )
    return customer


def _invoice(payment: Payment, company: Company, found: list[Finding]) -> Invoice | None:
    key = payment.invoice_number.upper() or payment.invoice_id.lower()
    if not key:
        return None
    invoice = company.invoices.get(key)
    if invoice is None or invoice.status not in POSTED:
        state = (
            "does not exist" if invoice is None else f"is not posted (status {invoice.status!r})"
        )
        found.append(
            _finding(
                payment,
                "invoice-unknown",
                "invoice_number",
                key,
                f"invoice {key} {state} in the company; expected the number of a posted invoice",
                "Correct the number, or leave it empty to record the payment on account.",
            )
        )
        return None
    return invoice


def _compare_invoice(
    payment: Payment, customer: Customer, invoice: Invoice, found: list[Finding]
) -> None:
    payer = invoice.bill_to_customer_number
    if payer and customer.number.upper() != payer.upper():
        found.append(
            _finding(
                payment,
                "invoice-of-other-customer",
                "invoice_number",
                invoice.number,
                f"invoice {invoice.number} is billed to customer {payer}, "
                f"the payment names customer {customer.number}",
                "Correct the customer or the invoice number.",
            )
        )
    if invoice.posting_date is not None and payment.posting_date < invoice.posting_date:
        found.append(
            _finding(
                payment,
                "paid-before-invoice",
                "posting_date",
                payment.posting_date.isoformat(),
                f"the payment is dated before its invoice {invoice.number} "
                f"({invoice.posting_date.isoformat()}); the server refuses that",
                "Correct the date or the invoice, or leave the invoice empty and apply it later.",
            )
        )


def _compare_open(
    payment: Payment,
    invoice: Invoice,
    waiting: Mapping[str, Decimal],
    paid: Mapping[str, Decimal],
    found: list[Finding],
) -> None:
    """Compare with what is open, less what waits in the journal and what rows above pay."""
    if any(finding.severity is Severity.ERROR for finding in found):
        return
    waits = max(waiting.get(invoice.number.upper(), Decimal(0)), Decimal(0))
    left = invoice.remaining_amount - waits - paid.get(invoice.number, Decimal(0))
    if invoice.status != "Open" or invoice.remaining_amount <= 0:
        found.append(
            _finding(
                payment,
                "invoice-closed",
                "invoice_number",
                invoice.number,
                f"nothing is open on invoice {invoice.number} (status {invoice.status}); "
                "posting the payment would fail",
                "Name the invoice that it pays, or leave it empty to record it on account.",
            )
        )
    elif payment.amount > left:
        found.append(
            _finding(
                payment,
                "invoice-overpaid",
                "amount",
                f"{payment.amount:f}",
                f"{payment.amount:f} is more than the {max(left, Decimal(0)):f} "
                f"that remains open on invoice {invoice.number}" + _in_journal(waits),
                "Check the amount; what is too much stays open on the customer.",
                Severity.WARNING,
            )
        )
    elif payment.amount < left:
        found.append(
            _finding(
                payment,
                "invoice-partly-paid",
                "amount",
                f"{payment.amount:f}",
                f"{payment.amount:f} is less than the {left:f} that remains open on invoice "
                f"{invoice.number}",
                "Nothing to do where it is a part payment.",
                Severity.NOTE,
            )
        )


def _in_journal(waits: Decimal) -> str:
    return f", as {waits:f} waits unposted in the journal" if waits else ""


def _compare_invoice_currency(
    payment: Payment, invoice: Invoice, line: str, company: Company, found: list[Finding]
) -> None:
    billed = invoice.currency_code or company.local_currency
    if billed and line and billed.upper() != line.upper():
        found.append(
            _finding(
                payment,
                "invoice-in-other-currency",
                "invoice_number",
                invoice.number,
                f"invoice {invoice.number} is in {billed}, the journal line would be in {line}; "
                "posting the payment would fail",
                "Leave the invoice empty and apply the payment in Business Central.",
            )
        )


def _compare_currency(
    payment: Payment, line: str, company: Company, found: list[Finding], *, fixed: bool
) -> None:
    stated, local = payment.currency, company.local_currency
    if stated and line and not may_be(stated, line):
        by_hand = f"or use a journal whose balancing account is in {stated}."
        whose, remedy = "", f"Record it by hand, {by_hand}"
        if fixed:
            whose = ", as its profile says"
            remedy = f"Correct the currency in the profile, record it by hand, {by_hand}"
        found.append(
            _finding(
                payment,
                "currency-differs",
                "currency",
                stated,
                f"the payment is in {stated}{whose}, its journal line would be in {line}; "
                "the API cannot set another currency",
                remedy,
            )
        )
    elif (not stated or stated in SHARED) and line and local and line.upper() != local.upper():
        said = f"only {stated} as currency" if stated else "no currency"
        found.append(
            _finding(
                payment,
                "currency-assumed",
                "currency",
                stated,
                f"the file names {said}; the amount would be taken as {line}, while the "
                f"company's own is {local}",
                f"Make sure that {payment.amount:f} {line} were paid, or state the currency.",
                Severity.WARNING,
            )
        )


def _compare_dates(payment: Payment, company: Company, found: list[Finding]) -> None:
    day, first, last = payment.posting_date, company.posting_from, company.posting_to
    if (first and day < first) or (last and day > last):
        span = f"{first or 'any day'} to {last or 'any day'}"
        found.append(
            _finding(
                payment,
                "date-not-allowed",
                "posting_date",
                day.isoformat(),
                f"{day.isoformat()} is outside the allowed posting dates of the company ({span})",
                "Correct the date, or ask for the posting range to be opened.",
            )
        )


def _finding(
    payment: Payment,
    code: str,
    column: str,
    value: str,
    message: str,
    remedy: str,
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(code, severity, payment.row, column, value, message, remedy)
