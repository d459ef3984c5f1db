"""Master data: what a client looks references up in."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar

from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, fields_of
from importer.simulator.errors import dialog
from importer.simulator.master import ID, MODIFIED, Master, Writable, made, plain
from importer.simulator.tables import (
    AnyRow,
    BankAccount,
    Currency,
    Customer,
    Dimension,
    DimensionValue,
    Invoice,
)
from importer.simulator.values import ZERO, ZERO_GUID
from importer.simulator.wire import Json


def _local_or(company: Company, row: AnyRow) -> str:
    return row.currency_code or company.local_currency


def _currency_id(company: Company, row: AnyRow) -> str:
    currency = company.currencies.by_key.get(row.currency_code)
    return currency.id if currency else ZERO_GUID


def _balance(company: Company, customer: Customer) -> Decimal:
    entries = company.customer_ledger
    return sum((e.remaining for e in entries if e.customer_number == customer.number), ZERO)


class Customers(Writable):
    """`customers`."""

    name = "customers"
    entity = "customer"
    table = "Customer"
    rows_of = "customers"
    row_type = Customer
    written: ClassVar[Mapping[str, str]] = {
        "number": "number",
        "displayName": "display_name",
        "blocked": "blocked",
        "email": "email",
        "phoneNumber": "phone_number",
        "taxRegistrationNumber": "tax_registration_number",
    }
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("number", "code", "number", 20),
        plain("displayName", "text", "display_name", 100),
        made("type", "text", lambda _c, _r: "Company"),
        made("blocked", "text", lambda _c, r: r.blocked or "_x0020_"),
        made("currencyId", "guid", _currency_id),
        made("currencyCode", "code", _local_or, computed=True),
        plain("taxRegistrationNumber", "text", "tax_registration_number", 20),
        plain("email", "text", "email", 80),
        plain("phoneNumber", "text", "phone_number", 30),
        made("balanceDue", "decimal", _balance),
        made("creditLimit", "decimal", lambda _c, _r: ZERO),
        made("paymentMethodId", "guid", lambda _c, _r: ZERO_GUID),
        MODIFIED,
    )


class DetailedCustomers(Customers):
    """`customers` of API v2.0, with their balances and contacts."""

    children = frozenset({"contactsInformation"})
    navigations = frozenset({"customerFinancialDetail", "customerFinancialDetails"})

    def navigate(self, ctx: Context, row: Customer, name: str) -> AnyRow:
        """`customerFinancialDetail`."""
        return ("customerFinancialDetails", row) if name in self.navigations else None


def _overdue(company: Company, customer: Customer) -> Decimal:
    today = company.database.today
    invoices = company.invoices.values()
    late = (i.remaining for i in invoices if i.posted and i.due_date < today and _owes(i, customer))
    return sum(late, ZERO)


def _owes(invoice: Invoice, customer: Customer) -> bool:
    return invoice.bill_to_number == customer.number


def _customer_field(attribute: str, number: str) -> Callable[[Company, Any], Any]:
    def get(company: Company, invoice: Invoice) -> AnyRow:
        customer = company.customers.by_key.get(getattr(invoice, number))
        empty = ZERO_GUID if attribute == "id" else ""
        return getattr(customer, attribute) if customer else empty

    return get


class SalesInvoices(Writable):
    """`salesInvoices`, drafts and posted ones."""

    name = "salesInvoices"
    entity = "salesInvoice"
    navigations = frozenset({"customer"})
    table = "Sales Invoice Entity Aggregate"
    rows_of = "invoices"
    row_type = Invoice
    written: ClassVar[Mapping[str, str]] = {
        "externalDocumentNumber": "external_document_number",
        "invoiceDate": "invoice_date",
        "postingDate": "posting_date",
        "dueDate": "due_date",
        "customerNumber": "customer_number",
    }
    key = ("number", "id")
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("number", "code", "number", 20),
        plain("externalDocumentNumber", "code", "external_document_number", 35),
        plain("invoiceDate", "date", "invoice_date"),
        plain("postingDate", "date", "posting_date"),
        plain("dueDate", "date", "due_date"),
        made("customerPurchaseOrderReference", "text", lambda _c, _r: ""),
        made("customerId", "guid", _customer_field("id", "customer_number")),
        plain("customerNumber", "code", "customer_number", 20),
        made("customerName", "text", _customer_field("display_name", "customer_number")),
        made("billToCustomerId", "guid", _customer_field("id", "bill_to_number")),
        plain("billToCustomerNumber", "code", "bill_to_number", 20),
        made("currencyCode", "code", _local_or, computed=True),
        plain("orderNumber", "code", "order_number", 20),
        plain("totalAmountIncludingTax", "decimal", "total"),
        made("remainingAmount", "decimal", lambda _c, r: r.remaining, computed=True),
        made("status", "text", lambda _c, r: r.status or "_x0020_"),
        MODIFIED,
    )

    def lookup(self, ctx: Context, parent: AnyRow, name: str, value: Json) -> Sequence[Any] | None:
        """By id and by number; a draft and a posted invoice may share a number."""
        if name == "number":
            keys = ctx.company.invoices.by_key
            return [keys[key] for key in ((False, value), (True, value)) if key in keys]
        return super().lookup(ctx, parent, name, value)

    def make(self, ctx: Context, changes: dict[str, Any]) -> Invoice:
        """A draft."""
        customer = ctx.company.customers.by_key.get(changes.get("customer_number", ""))
        if customer is None:
            raise dialog('The "customerNumber" does not match to a Customer.')
        today = ctx.database.today
        fresh = {"invoice_date": today, "posting_date": today, "due_date": today, **changes}
        return Invoice(
            **ctx.database.stamp(),
            **fresh,
            number=f"D{len(ctx.company.invoices) + 1:05d}",
            bill_to_number=customer.number,
            posted=False,
            status="Draft",
            currency_code=customer.currency_code,
        )

    def put(self, ctx: Context, row: AnyRow) -> AnyRow:
        """Drafts can be changed."""
        if row.posted:
            raise dialog("The invoice has been posted and can no longer be changed.")
        return super().put(ctx, row)

    def delete(self, ctx: Context, parent: AnyRow, row: Invoice) -> None:
        """DELETE: drafts only."""
        if row.posted:
            raise dialog("The invoice has been posted and can no longer be deleted.")
        super().delete(ctx, parent, row)

    def navigate(self, ctx: Context, row: Invoice, name: str) -> AnyRow:
        """`customer`."""
        if name == "customer":
            return "customers", ctx.company.customers.by_key.get(row.customer_number)
        return None


class CustomerFinancialDetails(EntitySet):
    """`customerFinancialDetails`: balances, one row for each customer."""

    name = "customerFinancialDetails"
    entity = "customerFinancialDetail"
    table = "Customer"
    key = ("number",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("number", "code", "number", 20),
        made("balance", "decimal", _balance),
        made("totalSalesExcludingTax", "decimal", lambda _c, _r: ZERO),
        made("overdueAmount", "decimal", _overdue),
        MODIFIED,
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Customer]:
        """By customer number."""
        return sorted(ctx.company.customers.values(), key=attrgetter("number"))


class AgedAccountsReceivables(EntitySet):
    """`agedAccountsReceivables`: what customers owe, everything in the current period."""

    name = "agedAccountsReceivables"
    entity = "agedAccountsReceivable"
    table = "Aged Report Entity"
    key = ("customerNumber",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        plain("customerId", "guid", "id"),
        plain("customerNumber", "code", "number", 20),
        plain("name", "text", "display_name", 100),
        made("currencyCode", "code", lambda c, r: r.currency_code or c.local_currency),
        made("balanceDue", "decimal", _balance),
        made("currentAmount", "decimal", _balance),
        made("period1Label", "text", lambda _c, _r: "1 - 30 Days"),
        made("period1Amount", "decimal", lambda _c, _r: ZERO),
        made("period2Label", "text", lambda _c, _r: "31 - 60 Days"),
        made("period2Amount", "decimal", lambda _c, _r: ZERO),
        made("period3Label", "text", lambda _c, _r: "Over 60 Days"),
        made("period3Amount", "decimal", lambda _c, _r: ZERO),
        made("agedAsOfDate", "date", lambda c, _r: c.database.today),
        made("periodLengthFilter", "text", lambda _c, _r: "30D"),
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Customer]:
        """By customer number."""
        return sorted(ctx.company.customers.values(), key=attrgetter("number"))


class Accounts(Master):
    """`accounts`: the chart of accounts."""

    name = "accounts"
    entity = "account"
    table = "G/L Account"
    rows_of = "accounts"
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("number", "code", "number", 20),
        plain("displayName", "text", "display_name", 100),
        made("category", "text", lambda _c, _r: "Assets"),
        made("subCategory", "text", lambda _c, _r: ""),
        plain("blocked", "bool", "blocked"),
        made("accountType", "text", lambda _c, _r: "Posting"),
        plain("directPosting", "bool", "direct_posting"),
        MODIFIED,
    )


class BankAccounts(Writable):
    """`bankAccounts`."""

    name = "bankAccounts"
    entity = "bankAccount"
    table = "Bank Account"
    rows_of = "banks"
    row_type = BankAccount
    written: ClassVar[Mapping[str, str]] = {
        "number": "number",
        "displayName": "display_name",
        "blocked": "blocked",
        "currencyCode": "currency_code",
    }
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("number", "code", "number", 20),
        plain("displayName", "text", "display_name", 100),
        made("bankAccountNumber", "text", lambda _c, _r: ""),
        made("iban", "text", lambda _c, _r: ""),
        plain("blocked", "bool", "blocked"),
        plain("currencyCode", "code", "currency_code", 10),
        made("currencyId", "guid", _currency_id),
        MODIFIED,
    )


class Currencies(Writable):
    """`currencies`; the rounding precision shown is that of invoices."""

    name = "currencies"
    entity = "currency"
    table = "Currency"
    rows_of = "currencies"
    row_type = Currency
    written: ClassVar[Mapping[str, str]] = {
        "code": "code",
        "displayName": "display_name",
        "symbol": "symbol",
        "amountDecimalPlaces": "decimal_places",
        "amountRoundingPrecision": "amount_precision",
    }
    key_field = "code"
    key = ("code",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("code", "code", "code", 10),
        plain("displayName", "text", "display_name", 30),
        plain("symbol", "text", "symbol", 10),
        plain("amountDecimalPlaces", "text", "decimal_places", 5),
        plain("amountRoundingPrecision", "decimal", "amount_precision"),
        MODIFIED,
    )


class Dimensions(Master):
    """`dimensions`."""

    name = "dimensions"
    entity = "dimension"
    table = "Dimension"
    rows_of = "dimensions"
    key_field = "code"
    key = ("code",)
    children = frozenset({"dimensionValues"})
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("code", "code", "code", 20),
        plain("displayName", "text", "display_name", 30),
        made("consolidationCode", "code", lambda _c, _r: ""),
        MODIFIED,
    )


class DimensionValues(EntitySet):
    """`dimensionValues`, of one dimension or of all."""

    name = "dimensionValues"
    entity = "dimensionValue"
    table = "Dimension Value"
    key = ("dimensionId", "code")
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("code", "code", "code", 20),
        plain("displayName", "text", "display_name", 50),
        plain("dimensionId", "guid", "dimension_id"),
        made("consolidationCode", "code", lambda _c, _r: ""),
        MODIFIED,
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[DimensionValue]:
        """By dimension and code."""
        every = sorted(ctx.company.dimensions.values(), key=attrgetter("id"))
        dimensions = [parent] if isinstance(parent, Dimension) else every
        return [v for d in dimensions for _, v in sorted(d.values.items())]


class Companies(EntitySet):
    """`companies`."""

    name = "companies"
    entity = "company"
    table = "Company"
    key = ("name",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        made("systemVersion", "text", lambda _c, _r: "29.0.0.0"),
        made("timestamp", "int", lambda _c, r: r.version),
        plain("name", "text", "name", 30),
        plain("displayName", "text", "display_name", 250),
        made("businessProfileId", "text", lambda _c, _r: ""),
        plain("systemCreatedAt", "datetime", "created_at"),
        made("systemCreatedBy", "guid", lambda _c, _r: ZERO_GUID),
        plain("systemModifiedAt", "datetime", "created_at"),
        made("systemModifiedBy", "guid", lambda _c, _r: ZERO_GUID),
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Company]:
        """All companies of the environment."""
        return sorted(ctx.database.companies, key=attrgetter("name"))

    def present(self, ctx: Context, row: Company) -> dict[str, Any]:
        """Companies carry no etag."""
        return {name: field.get(row, row) for name, field in self.fields.items()}
