"""What a company holds as far as the payments of one file need it: few requests, reading only."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.business_central import LEDGER_SETUP
from importer.errors import ConfigurationProblem
from importer.matching import Company, JournalState
from importer.pipeline.server import bank_currency

if TYPE_CHECKING:
    from importer.model import Payment
    from importer.pipeline.connecting import Connected

UNSEEN = (
    "Not shown by the API and not compared: number series, approval requests, mandatory "
    "dimensions, posting dates of single users"
)


def holdings(
    payments: Iterable[Payment], there: Connected, highest_line: int | None = None
) -> Company:
    """Return the customers, invoices and settings that the payments are compared with."""
    client, company = there.client, there.company.id
    payments = tuple(payments)
    invoices = {
        **client.invoices(company, _given(p.invoice_number for p in payments)),
        **client.invoices_by_id(company, _given(p.invoice_id for p in payments)),
    }
    payers = {invoice.bill_to_customer_number for invoice in invoices.values()}
    customers = {
        **client.customers(company, _given(p.customer_number for p in payments) | payers),
        **client.customers_by_id(company, _given(p.customer_id for p in payments)),
    }
    setup = client.ledger_setup(company) if there.has(LEDGER_SETUP) else None
    return Company(
        customers=customers,
        invoices=invoices,
        local_currency=setup.local_currency_code if setup else "",
        line_currency=bank_currency(there.client, there.company.id, there.journal),
        posting_from=setup.allow_posting_from if setup else None,
        posting_to=setup.allow_posting_to if setup else None,
        journal=_journal(there, highest_line),
        waiting=_waiting(there, (invoice.number for invoice in invoices.values())),
    )


def comparison(company: Company, there: Connected) -> tuple[str, ...]:
    """Return in sentences what the payments were compared with, and what nobody could see."""
    first, last = company.posting_from, company.posting_to
    local = company.local_currency or "not shown by this API"
    if there.has(LEDGER_SETUP):
        dates = f"{first or 'any day'} to {last or 'any day'}" if first or last else "not limited"
    else:
        dates = "not shown by this API"
    journal = there.journal
    account = journal.balancing_account_number or "none"
    highest = company.journal.highest_line if company.journal else None
    seen = f"local currency {local}, allowed posting dates {dates}"
    lines = f"balancing account {account}, highest line number {highest or 'none yet'}"
    return (
        f"Compared with company {there.company.name}: {seen}",
        f"Journal {journal.code}: {lines}",
        UNSEEN,
    )


def _journal(there: Connected, highest_line: int | None) -> JournalState:
    journal = there.journal
    fault = ""
    if journal.balancing_account_number:
        try:
            fault = there.client.balancing_fault(there.company.id, journal)
        except ConfigurationProblem:  # not everybody may read accounts; the server will tell
            fault = ""
    return JournalState(journal.code, journal.balancing_account_number, fault, highest_line)


def _waiting(there: Connected, invoices: Iterable[str]) -> dict[str, Decimal]:
    """Return the money of the journal's unposted lines by the invoice that they apply to."""
    found: dict[str, Decimal] = {}
    for line in there.server.applying_to(invoices):
        number = line.invoice_number.upper()
        found[number] = found.get(number, Decimal(0)) - line.amount
    return found


def _given(values: Iterable[str]) -> set[str]:
    return {value for value in values if value}
