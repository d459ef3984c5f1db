"""Customer and invoice of each payment, compared with what the company holds.

Pure: the look-ups are passed in. What the server would accept now and refuse at posting
(an unknown invoice number, the invoice of another customer) is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from importer.model import Finding, Payment, Severity
from importer.numbering import room_for_lines

POSTED = frozenset({"Open", "Paid", "Canceled", "Corrective"})
"""States of a sales invoice that payments can refer to."""

SCARCE_LINES = 1_000_000
"""A journal with line numbers for fewer lines is worth a word."""


class Customer(Protocol):
    """What is read of a customer."""

    @property
    def number(self) -> str: ...
    @property
    def blocked(self) -> str: ...
    @property
    def currency_code(self) -> str: ...


class Invoice(Protocol):
    """What is read of a sales invoice."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def bill_to_customer_number(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def currency_code(self) -> str: ...
    @property
    def remaining_amount(self) -> Decimal: ...
    @property
    def posting_date(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class JournalState:
    """What the API and the import ledger show of the journal before anything is sent.

    `fault` says why its balancing account takes no lines (`is blocked`), `""` if it does;
    `highest_line` is the highest line number that is visible or was ever bound.
    """

    code: str
    balancing_account: str = ""
    fault: str = ""
    highest_line: int | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What a company holds, as far as the payments of one file need it.

    Keys are upper-cased numbers, or ids where the file names ids. `line_currency` is that of
    the journal's balancing bank account, `""` where the customer's decides. Without a `journal`
    nothing is said of one.
    """

    customers: Mapping[str, Customer]
    invoices: Mapping[str, Invoice]
    local_currency: str = ""
    line_currency: str = ""
    posting_from: date | None = None
    posting_to: date | None = None
    journal: JournalState | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """The payments that may be sent, completed, and the findings of all."""

    payments: tuple[Payment, ...]
    findings: tuple[Finding, ...]


def match(
    payments: Iterable[Payment], company: Company, *, fixed_currency: bool = False
) -> Matched:
    """Compare each payment with the company; an error finding takes it out.

    The column of a finding is the field's name: only the source knows what it is called there.
    Findings without a row are about the journal: with an error among them nothing can be sent.

    Args:
        payments: the payments of one file, as it states them.
        company: what the company holds.
        fixed_currency: the currency is the profile's, no cell of the file names it.
    """
    accepted: list[Payment] = []
    findings: list[Finding] = []
    paid: dict[str, Decimal] = {}
    for payment in payments:
        matched, found = _match_one(payment, company, paid, fixed_currency=fixed_currency)
        findings.extend(found)
        if not any(finding.severity is Severity.ERROR for finding in found):
            accepted.append(matched)
    if company.journal is not None and accepted:
        findings.extend(_of_journal(company.journal, len(accepted)))
    return Matched(tuple(accepted), tuple(findings))


def _of_journal(journal: JournalState, count: int) -> Iterable[Finding]:
    """Yield what is wrong with the journal for a number of lines; their row is None."""
    code, account = journal.code, journal.balancing_account
    if not account:
        yield Finding(
            "journal-unbalanced",
            Severity.WARNING,
            None,
            "",
            code,
            f"journal {code} has no balancing account, so its lines do not balance and posting "
            "it would fail",
            "Set the balancing account of the journal in Business Central before importing, or "
            "balance the lines there by hand before posting.",
        )
    elif journal.fault:
        yield Finding(
            "balancing-account-unusable",
            Severity.ERROR,
            None,
            "",
            account,
            f"the balancing account {account} of journal {code} {journal.fault}; the server "
            "would refuse every line",
            "Open the account, or give the journal another one in Business Central.",
        )
    room = room_for_lines(journal.highest_line)
    if room < max(count, SCARCE_LINES):
        yield Finding(
            "line-numbers-scarce",
            Severity.ERROR if room < count else Severity.WARNING,
            None,
            "",
            str(journal.highest_line),
            f"journal {code} has line numbers left for {room} lines (its highest is "
            f"{journal.highest_line}); the file has {count}",
            "Use another journal.",
        )


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
        _compare_open(payment, invoice, paid, found)
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
    payment: Payment, invoice: Invoice, paid: dict[str, Decimal], found: list[Finding]
) -> None:
    """Compare with what is open, less what other rows of the file pay on the invoice."""
    if any(finding.severity is Severity.ERROR for finding in found):
        return
    left = invoice.remaining_amount - paid.get(invoice.number, Decimal(0))
    paid[invoice.number] = paid.get(invoice.number, Decimal(0)) + payment.amount
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
                f"that remains open on invoice {invoice.number}",
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
    if stated and line and stated.upper() != line.upper():
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
    elif not stated and line and local and line.upper() != local.upper():
        found.append(
            _finding(
                payment,
                "currency-assumed",
                "currency",
                "",
                f"the file names no currency; the amount would be taken as {line}, while the "
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
