"""Fills a database from a fixture: one JSON value, everything omitted is as in a fresh company."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from importer.simulator import lines as journal_lines
from importer.simulator.company import Company, Database
from importer.simulator.fixture_source import FixtureError, Spec, read_fixture, reading
from importer.simulator.tables import (
    Account,
    BankAccount,
    Currency,
    Customer,
    CustomerEntry,
    Dimension,
    DimensionValue,
    Invoice,
    Journal,
    Line,
    NumberSeries,
    Period,
    Template,
)
from importer.simulator.values import BLANK_DATE, ZERO, ZERO_GUID, decimal_of

PAYMENT_TEMPLATE = "CASHRCPT"
GENERAL_TEMPLATE = "GENERAL"


def load(database: Database, source: Spec | Path | None) -> None:
    """Replace everything in the database by the fixture's companies.

    Raises:
        FixtureError: the fixture cannot be used; the database is as it was.
    """
    fixture = read_fixture(source)
    before = database.today
    database.today = str(fixture.get("today") or before)
    try:
        with reading(str(source) if isinstance(source, Path) else "the fixture"):
            companies = _companies(database, fixture)
    except FixtureError:
        database.today = before
        raise
    database.epoch += 1
    database.companies = companies


def _companies(database: Database, fixture: Spec) -> list[Company]:
    companies = [_company(database, spec) for spec in fixture.get("companies", ({},))]
    if not companies:
        raise FixtureError("there is no company; expected at least one in 'companies'")
    return companies


def _company(database: Database, spec: Spec) -> Company:
    name = str(spec.get("name", "CRONUS"))
    company = Company(database, _id(database, spec), name)
    company.display_name = str(spec.get("displayName", name))
    company.local_currency = str(spec.get("localCurrencyCode", "EUR"))
    company.precision = decimal_of(spec.get("amountRoundingPrecision"), "0.01")
    company.allow_from = str(spec.get("allowPostingFrom") or "")
    company.allow_to = str(spec.get("allowPostingTo") or "")
    for fill, what in (
        (_setup, "periods, number series and templates"),
        (_money, "currencies and accounts"),
        (_dimensions, "dimensions"),
        (_customers, "customers and their dimensions"),
    ):
        with reading(f"{what} of {name}"):
            fill(company, spec)
    for add, part in (
        (_invoice, "salesInvoices"),
        (add_journal, "customerPaymentJournals"),
        (add_hidden_line, "hiddenLines"),
        (add_payment_line, "customerPayments"),
    ):
        for place, one in enumerate(spec.get(part, ()), 1):
            with reading(f"{part} {place} of {name}"):
                add(company, one)
    return company


def _id(database: Database, spec: Spec) -> str:
    return str(spec.get("id") or database.new_id()).lower()


def _head(company: Company, spec: Spec) -> dict[str, Any]:
    head = company.database.stamp()
    if spec.get("id"):
        head["id"] = str(spec["id"]).lower()
    return head


def _setup(company: Company, spec: Spec) -> None:
    year = int(company.database.today[:4])
    periods: Sequence[Spec] = spec.get("accountingPeriods") or [
        {"startingDate": f"{y}-{m:02d}-01"} for y in (year - 1, year) for m in range(1, 13)
    ]
    company.periods = [
        Period(
            _id(company.database, p),
            str(p["startingDate"]),
            bool(p.get("closed")),
            bool(p.get("dateLocked")),
        )
        for p in periods
    ]
    for series in spec.get("numberSeries", ()):
        code = str(series["code"]).upper()
        company.series[code] = NumberSeries(
            code,
            str(series.get("nextNumber", f"{code}0001")),
            bool(series.get("manualNumbersAllowed", True)),
        )
    default = [{"name": PAYMENT_TEMPLATE}, {"name": GENERAL_TEMPLATE}]
    for template in spec.get("templates", default):
        name = str(template["name"]).upper()
        company.templates[name] = Template(name, bool(template.get("incrementBatchName")))


def _money(company: Company, spec: Spec) -> None:
    for currency in spec.get("currencies", ()):
        rate = currency.get("exchangeRate", 1)
        code = str(currency["code"]).upper()
        company.currencies.put(
            Currency(
                **_head(company, currency),
                code=code,
                display_name=str(currency.get("displayName", code)),
                symbol=str(currency.get("symbol", "")),
                decimal_places=str(currency.get("amountDecimalPlaces", "2:2")),
                amount_precision=decimal_of(currency.get("amountRoundingPrecision"), "0.01"),
                exchange_rate=None if rate is None else decimal_of(rate),
            )
        )
    for account in spec.get("accounts", ()):
        company.accounts.put(
            Account(
                **_head(company, account),
                number=str(account["number"]).upper(),
                display_name=str(account.get("displayName", account["number"])),
                direct_posting=bool(account.get("directPosting", True)),
                blocked=bool(account.get("blocked")),
            )
        )
    company.receivables_account = str(spec.get("receivablesAccountNumber") or "2310")
    if company.receivables_account not in company.accounts.by_key:
        number = company.receivables_account
        company.accounts.put(Account(**_head(company, {}), number=number, direct_posting=False))
    for bank in spec.get("bankAccounts", ()):
        company.banks.put(
            BankAccount(
                **_head(company, bank),
                number=str(bank["number"]).upper(),
                display_name=str(bank.get("displayName", bank["number"])),
                currency_code=_currency(company, bank),
                blocked=bool(bank.get("blocked")),
            )
        )


def _currency(company: Company, spec: Spec) -> str:
    """The code of a foreign currency, blank for the local one."""
    code = str(spec.get("currencyCode") or "").strip().upper()
    if code == company.local_currency:
        return ""
    if code and code not in company.currencies.by_key:
        made = Currency(**_head(company, {}), code=code, exchange_rate=decimal_of(1))
        company.currencies.put(made)
    return code


def _dimensions(company: Company, spec: Spec) -> None:
    for dimension in spec.get("dimensions", ()):
        code = str(dimension["code"]).upper()
        head = _head(company, dimension)
        values = {}
        for value in dimension.get("values", ()):
            value_code = str(value["code"]).upper()
            values[value_code] = DimensionValue(
                **_head(company, value),
                code=value_code,
                display_name=str(value.get("displayName", value_code)),
                dimension_id=head["id"],
            )
        name = str(dimension.get("displayName", code))
        company.dimensions.put(Dimension(**head, code=code, display_name=name, values=values))


def _customers(company: Company, spec: Spec) -> None:
    defaults: dict[str, list[tuple[str, str]]] = {}
    for default in spec.get("defaultDimensions", ()):
        chosen = str(default["code"]).upper(), str(default["valueCode"]).upper()
        defaults.setdefault(str(default["customer"]).upper(), []).append(chosen)
    for customer in spec.get("customers", ()):
        number = str(customer["number"]).upper()
        company.customers.put(
            Customer(
                **_head(company, customer),
                number=number,
                display_name=str(customer.get("displayName", "")),
                blocked=str(customer.get("blocked") or "").strip(),
                privacy_blocked=bool(customer.get("privacyBlocked")),
                currency_code=_currency(company, customer),
                email=str(customer.get("email", "")),
                phone_number=str(customer.get("phoneNumber", "")),
                tax_registration_number=str(customer.get("taxRegistrationNumber", "")),
                default_dimensions=tuple(defaults.get(number, ())),
            )
        )


def _invoice_amounts(spec: Spec) -> dict[str, Any]:
    total = decimal_of(spec.get("totalAmountIncludingTax"))
    posted = bool(spec.get("posted", True))
    status = spec.get("status")
    settled = posted and status in ("Paid", "Canceled", "Corrective")
    remaining = decimal_of(spec.get("remainingAmount"), "0" if settled else str(total))
    if status is None:
        status = ("Open" if remaining else "Paid") if posted else "Draft"
    return {"posted": posted, "status": str(status), "total": total, "remaining": remaining}


def _invoice(company: Company, spec: Spec) -> None:
    customer = str(spec.get("customerNumber") or "").upper()
    invoiced = str(spec.get("invoiceDate") or spec.get("postingDate") or company.database.today)
    known = company.customers.by_key.get(customer)
    currency = known.currency_code if known and "currencyCode" not in spec else None
    invoice = Invoice(
        **_head(company, spec),
        **_invoice_amounts(spec),
        number=str(spec["number"]).upper(),
        customer_number=customer,
        bill_to_number=str(spec.get("billToCustomerNumber") or customer).upper(),
        invoice_date=invoiced,
        posting_date=str(spec.get("postingDate") or invoiced),
        due_date=str(spec.get("dueDate") or invoiced),
        currency_code=_currency(company, spec) if currency is None else currency,
        external_document_number=str(spec.get("externalDocumentNumber", "")),
        order_number=str(spec.get("orderNumber", "")),
        posted_number=str(spec.get("postedNumber", "")).upper(),
    )
    company.invoices.put(invoice)
    if invoice.posted:
        enter_invoice(company, invoice)


def enter_invoice(company: Company, invoice: Invoice) -> None:
    """The customer ledger entry of a posted invoice."""
    entry = CustomerEntry(
        **company.database.stamp(),
        entry_number=company.next_entry_number(),
        posting_date=invoice.posting_date,
        document_type="Credit Memo" if invoice.status == "Corrective" else "Invoice",
        document_number=invoice.number,
        external_document_number=invoice.external_document_number,
        customer_number=invoice.bill_to_number,
        description=f"Invoice {invoice.number}",
        currency_code=invoice.currency_code,
        amount=invoice.total,
        amount_lcy=journal_lines.to_local(company, invoice.total, invoice.currency_code),
        remaining=invoice.remaining,
    )
    company.customer_ledger.append(entry)
    company.invoice_entries[invoice.number] = entry


def add_journal(company: Company, spec: Spec) -> Journal:
    """A journal as an accountant would set it up in the client."""
    template = str(spec.get("template") or PAYMENT_TEMPLATE).upper()
    company.templates.setdefault(template, Template(template))
    balancing = str(spec.get("balancingAccountNumber") or "").upper()
    account = company.accounts.by_key.get(balancing)
    is_bank = account is None and balancing in company.banks.by_key
    if balancing and account is None and not is_bank:
        account = company.accounts.put(Account(**_head(company, {}), number=balancing))
    no_series = str(spec.get("noSeries") or "").upper()
    posting_series = str(spec.get("postingNoSeries") or "").upper()
    for code in filter(None, (no_series, posting_series)):
        company.series.setdefault(code, NumberSeries(code, f"{code}0001"))
    if no_series and "manualNumbersAllowed" in spec:
        company.series[no_series].manual = bool(spec["manualNumbersAllowed"])
    code = str(spec["code"]).upper()
    return company.put_journal(
        Journal(
            **_head(company, spec),
            code=code,
            template=template,
            display_name=str(spec.get("displayName", code)),
            bal_account_type="Bank Account" if is_bank else "G/L Account",
            bal_account_number=balancing,
            bal_account_id=account.id if account else ZERO_GUID,
            no_series=no_series,
            posting_no_series=posting_series,
            approval_pending=bool(spec.get("approvalPending")),
        )
    )


def _journal_of(company: Company, code: str) -> Journal:
    for (_, known), journal in company.journal_codes.items():
        if known == code.upper() or journal.id == code.lower():
            return journal
    raise KeyError(code)


def _line_number(journal: Journal, spec: Spec) -> int:
    last = journal.lines.last()
    return int(spec.get("lineNumber") or (last.line_number if last else 0) + 10000)


def add_hidden_line(company: Company, spec: Spec) -> Line:
    """A line of another kind in the same journal, invisible to `customerPayments`."""
    journal = _journal_of(company, str(spec["journal"]))
    account_type = str(spec.get("accountType", "G/L Account"))
    number = str(spec.get("accountNumber") or "").upper()
    customer = company.customers.by_key.get(number) if account_type == "Customer" else None
    bank = company.banks.by_key.get(number) if account_type == "Bank Account" else None
    owner = customer or bank
    line = Line(
        **_head(company, spec),
        journal_id=journal.id,
        line_number=_line_number(journal, spec),
        document_type=str(spec.get("documentType") or "").strip(),
        account_type=account_type,
        account_number=number,
        customer_id=customer.id if customer else ZERO_GUID,
        posting_date=str(spec.get("postingDate") or BLANK_DATE),
        document_number=str(spec.get("documentNumber") or "").upper(),
        external_document_number=str(spec.get("externalDocumentNumber") or "").upper(),
        amount=decimal_of(spec.get("amount")),
        currency_code=owner.currency_code if owner else "",
        description=str(spec.get("description") or ""),
        bal_account_number=str(spec.get("balancingAccountNumber") or "").upper(),
    )
    if line.bal_account_number in company.banks.by_key:
        line.bal_account_type = "Bank Account"
    journal_lines.revalue(company, line)
    return company.put_line(line)


def add_payment_line(company: Company, spec: Spec) -> Line:
    """A line that somebody entered earlier, with the API's property names."""
    journal = _journal_of(company, str(spec.get("journal") or spec.get("journalDisplayName")))
    number = str(spec.get("customerNumber") or "").upper()
    customer = company.customers.by_key.get(number)
    if customer is None and spec.get("customerId"):
        customer = company.customers.get(str(spec["customerId"]).lower())
    applies_to = str(spec.get("appliesToInvoiceNumber") or "").upper()
    invoice = company.posted_invoice(applies_to)
    if invoice is None and spec.get("appliesToInvoiceId"):
        invoice = company.invoices.get(str(spec["appliesToInvoiceId"]).lower())
    line = Line(
        **_head(company, spec),
        journal_id=journal.id,
        line_number=_line_number(journal, spec),
        document_type="Payment",
        account_type="Customer",
        account_number=customer.number if customer else number,
        customer_id=customer.id if customer else ZERO_GUID,
        posting_date=str(spec.get("postingDate") or company.database.today),
        document_number=str(spec.get("documentNumber") or "").upper(),
        external_document_number=str(spec.get("externalDocumentNumber") or "").upper(),
        amount=decimal_of(spec.get("amount") or ZERO),
        applies_to_type="Invoice",
        applies_to_number=invoice.number if invoice else applies_to,
        applies_to_id=invoice.id if invoice else ZERO_GUID,
        description=str(spec.get("description", customer.display_name if customer else "")),
        comment=str(spec.get("comment", "")),
        contact_id=str(spec.get("contactId", "")),
        bal_account_type=journal.bal_account_type,
        bal_account_number=journal.bal_account_number,
        dimensions=customer.default_dimensions if customer else (),
        scheduled=bool(spec.get("scheduledForPosting")),
    )
    line.currency_code = journal_lines.line_currency(company, line)
    journal_lines.revalue(company, line)
    return company.put_line(line)
