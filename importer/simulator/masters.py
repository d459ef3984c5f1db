"""Master data, set-up and ledgers: what a client looks references up in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar

from importer.simulator.company import Company, Table
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, Kind, fields_of
from importer.simulator.tables import (
    Account,
    Customer,
    CustomerEntry,
    Dimension,
    DimensionValue,
    Invoice,
    LedgerEntry,
    Period,
)
from importer.simulator.values import ZERO, ZERO_GUID


def _field(name: str, kind: Kind, attribute: str, length: int = 0) -> Field:
    get = attrgetter(attribute)
    return Field(name, kind, lambda _company, row: get(row), length)


def _made(
    name: str, kind: Kind, get: Callable[[Company, Any], Any], *, computed: bool = False
) -> Field:
    return Field(name, kind, get, computed=computed)


_ID = _field("id", "guid", "id")
_MODIFIED = _field("lastModifiedDateTime", "datetime", "modified_at")


class Master(EntitySet):
    """A set over one keyed table of the company."""

    rows_of: ClassVar[str]
    key_field: ClassVar[str] = "number"
    key = ("number",)

    def _table(self, ctx: Context) -> Table[Any]:
        found: Table[Any] = getattr(ctx.company, self.rows_of)
        return found

    def rows(self, ctx: Context, parent: Any) -> Sequence[Any]:
        """All rows by number or code."""
        return sorted(self._table(ctx).values(), key=attrgetter(self.key_field, "id"))

    def lookup(self, ctx: Context, parent: Any, name: str, value: Any) -> Sequence[Any] | None:
        """By id and by number or code."""
        if name == "id":
            row = self._table(ctx).get(value)
        elif name == self.key_field:
            row = self._table(ctx).by_key.get(value)
        else:
            return None
        return [row] if row is not None else []


def _local_or(company: Company, row: Any) -> str:
    return row.currency_code or company.local_currency


def _currency_id(company: Company, row: Any) -> str:
    currency = company.currencies.by_key.get(row.currency_code)
    return currency.id if currency else ZERO_GUID


def _balance(company: Company, customer: Customer) -> Decimal:
    entries = company.customer_ledger
    return sum((e.remaining for e in entries if e.customer_number == customer.number), ZERO)


class Customers(Master):
    """`customers`."""

    name = "customers"
    entity = "customer"
    table = "Customer"
    rows_of = "customers"
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("number", "code", "number", 20),
        _field("displayName", "text", "display_name", 100),
        _made("type", "text", lambda _c, _r: "Company"),
        _made("blocked", "text", lambda _c, r: r.blocked or "_x0020_"),
        _made("currencyId", "guid", _currency_id),
        _made("currencyCode", "code", _local_or, computed=True),
        _field("taxRegistrationNumber", "text", "tax_registration_number", 20),
        _field("email", "text", "email", 80),
        _field("phoneNumber", "text", "phone_number", 30),
        _made("balanceDue", "decimal", _balance),
        _made("creditLimit", "decimal", lambda _c, _r: ZERO),
        _made("paymentMethodId", "guid", lambda _c, _r: ZERO_GUID),
        _MODIFIED,
    )


def _customer_field(attribute: str, number: str) -> Callable[[Company, Any], Any]:
    def get(company: Company, invoice: Invoice) -> Any:
        customer = company.customers.by_key.get(getattr(invoice, number))
        empty = ZERO_GUID if attribute == "id" else ""
        return getattr(customer, attribute) if customer else empty

    return get


class SalesInvoices(Master):
    """`salesInvoices`, drafts and posted ones."""

    name = "salesInvoices"
    entity = "salesInvoice"
    table = "Sales Invoice Entity Aggregate"
    rows_of = "invoices"
    key = ("number", "id")
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("number", "code", "number", 20),
        _field("externalDocumentNumber", "code", "external_document_number", 35),
        _field("invoiceDate", "date", "invoice_date"),
        _field("postingDate", "date", "posting_date"),
        _field("dueDate", "date", "due_date"),
        _made("customerPurchaseOrderReference", "text", lambda _c, _r: ""),
        _made("customerId", "guid", _customer_field("id", "customer_number")),
        _field("customerNumber", "code", "customer_number", 20),
        _made("customerName", "text", _customer_field("display_name", "customer_number")),
        _made("billToCustomerId", "guid", _customer_field("id", "bill_to_number")),
        _field("billToCustomerNumber", "code", "bill_to_number", 20),
        _made("currencyCode", "code", _local_or, computed=True),
        _field("orderNumber", "code", "order_number", 20),
        _field("totalAmountIncludingTax", "decimal", "total"),
        _made("remainingAmount", "decimal", lambda _c, r: r.remaining, computed=True),
        _made("status", "text", lambda _c, r: r.status or "_x0020_"),
        _MODIFIED,
    )

    def lookup(self, ctx: Context, parent: Any, name: str, value: Any) -> Sequence[Any] | None:
        """By id and by number; a draft and a posted invoice may share a number."""
        if name == "number":
            keys = ctx.company.invoices.by_key
            return [keys[key] for key in ((False, value), (True, value)) if key in keys]
        return super().lookup(ctx, parent, name, value)

    def navigate(self, ctx: Context, row: Invoice, name: str) -> Any:
        """`customer`."""
        if name == "customer":
            return "customers", ctx.company.customers.by_key.get(row.customer_number)
        return None


class Accounts(Master):
    """`accounts`: the chart of accounts."""

    name = "accounts"
    entity = "account"
    table = "G/L Account"
    rows_of = "accounts"
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("number", "code", "number", 20),
        _field("displayName", "text", "display_name", 100),
        _made("category", "text", lambda _c, _r: "Assets"),
        _made("subCategory", "text", lambda _c, _r: ""),
        _field("blocked", "bool", "blocked"),
        _made("accountType", "text", lambda _c, _r: "Posting"),
        _field("directPosting", "bool", "direct_posting"),
        _MODIFIED,
    )


class BankAccounts(Master):
    """`bankAccounts`."""

    name = "bankAccounts"
    entity = "bankAccount"
    table = "Bank Account"
    rows_of = "banks"
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("number", "code", "number", 20),
        _field("displayName", "text", "display_name", 100),
        _made("bankAccountNumber", "text", lambda _c, _r: ""),
        _made("iban", "text", lambda _c, _r: ""),
        _field("blocked", "bool", "blocked"),
        _field("currencyCode", "code", "currency_code", 10),
        _made("currencyId", "guid", _currency_id),
        _MODIFIED,
    )


class Currencies(Master):
    """`currencies`; the rounding precision shown is that of invoices."""

    name = "currencies"
    entity = "currency"
    table = "Currency"
    rows_of = "currencies"
    key_field = "code"
    key = ("code",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("code", "code", "code", 10),
        _field("displayName", "text", "display_name", 30),
        _field("symbol", "text", "symbol", 10),
        _field("amountDecimalPlaces", "text", "decimal_places", 5),
        _field("amountRoundingPrecision", "decimal", "amount_precision"),
        _MODIFIED,
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
        _ID,
        _field("code", "code", "code", 20),
        _field("displayName", "text", "display_name", 30),
        _made("consolidationCode", "code", lambda _c, _r: ""),
        _MODIFIED,
    )


class DimensionValues(EntitySet):
    """`dimensionValues`, of one dimension or of all."""

    name = "dimensionValues"
    entity = "dimensionValue"
    table = "Dimension Value"
    key = ("dimensionId", "code")
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("code", "code", "code", 20),
        _field("displayName", "text", "display_name", 50),
        _field("dimensionId", "guid", "dimension_id"),
        _made("consolidationCode", "code", lambda _c, _r: ""),
        _MODIFIED,
    )

    def rows(self, ctx: Context, parent: Any) -> Sequence[DimensionValue]:
        """By dimension and code."""
        every = sorted(ctx.company.dimensions.values(), key=attrgetter("id"))
        dimensions = [parent] if isinstance(parent, Dimension) else every
        return [v for d in dimensions for _, v in sorted(d.values.items())]


class GeneralLedgerEntries(EntitySet):
    """`generalLedgerEntries`: no external number, no customer."""

    name = "generalLedgerEntries"
    entity = "generalLedgerEntry"
    table = "G/L Entry"
    key = ("entryNumber",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("entryNumber", "int", "entry_number"),
        _field("postingDate", "date", "posting_date"),
        _field("documentNumber", "code", "document_number", 20),
        _made("documentType", "text", lambda _c, r: r.document_type or "_x0020_"),
        _made("accountId", "guid", lambda c, r: _account(c, r.account_number)),
        _field("accountNumber", "code", "account_number", 20),
        _field("description", "text", "description", 100),
        _made("debitAmount", "decimal", lambda _c, r: max(r.amount, ZERO)),
        _made("creditAmount", "decimal", lambda _c, r: max(-r.amount, ZERO)),
        _MODIFIED,
    )

    def rows(self, ctx: Context, parent: Any) -> Sequence[LedgerEntry]:
        """In the order they were entered."""
        return ctx.company.ledger


def _account(company: Company, number: str) -> str:
    account: Account | None = company.accounts.by_key.get(number)
    return account.id if account else ZERO_GUID


class ReportCustomerEntries(EntitySet):
    """`customerLedgerEntries` of api/microsoft/reportsFinance/beta."""

    name = "customerLedgerEntries"
    entity = "customerLedgerEntry"
    table = "Cust. Ledger Entry"
    key = ("entryNumber",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _field("entryNumber", "int", "entry_number"),
        _made("documentType", "text", lambda _c, r: r.document_type or "_x0020_"),
        _field("documentNumber", "code", "document_number", 20),
        _field("externalDocumentNumber", "code", "external_document_number", 35),
        _field("customerNumber", "code", "customer_number", 20),
        _field("postingDate", "date", "posting_date"),
        _field("amount", "decimal", "amount"),
        _field("amountLocalCurrency", "decimal", "amount_lcy"),
        _field("remainingAmount", "decimal", "remaining"),
        _made("open", "bool", lambda _c, r: r.open),
        _field("currencyCode", "code", "currency_code", 10),
        _field("description", "text", "description", 100),
    )

    def rows(self, ctx: Context, parent: Any) -> Sequence[CustomerEntry]:
        """In the order they were entered."""
        return ctx.company.customer_ledger


class AnalyticsCustomerEntries(ReportCustomerEntries):
    """`customerLedgerEntries` of api/microsoft/analytics/v1.0: no external number."""

    key = ("cleEntryNo",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _field("cleEntryNo", "int", "entry_number"),
        _field("clePostingDate", "date", "posting_date"),
        _made("cleOpen", "bool", lambda _c, r: r.open),
        _field("dcleDocumentNo", "code", "document_number", 20),
        _made("dcleDocumentType", "text", lambda _c, r: r.document_type or "_x0020_"),
        _field("dcleCustomerNo", "code", "customer_number", 20),
        _field("dcleAmountLCY", "decimal", "amount_lcy"),
    )


class GeneralLedgerSetup(EntitySet):
    """`generalLedgerSetup`: one row."""

    name = "generalLedgerSetup"
    entity = "generalLedgerSetup"
    table = "General Ledger Setup"
    key = ("id",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _field("id", "guid", "setup_id"),
        _made("allowPostingFrom", "date", lambda _c, r: r.allow_from or "0001-01-01"),
        _made("allowPostingTo", "date", lambda _c, r: r.allow_to or "0001-01-01"),
        _field("localCurrencyCode", "code", "local_currency", 10),
        _field("lastModifiedDateTime", "datetime", "created_at"),
    )

    def rows(self, ctx: Context, parent: Any) -> Sequence[Company]:
        """The only one."""
        return [ctx.company]

    def find(self, ctx: Context, parent: Any, key: str) -> Company:
        """By the set-up's own id."""
        if key == ctx.company.setup_id:
            return ctx.company
        found: Company = super().find(ctx, parent, ZERO_GUID)
        return found


class AccountingPeriods(EntitySet):
    """`accountingPeriods`."""

    name = "accountingPeriods"
    entity = "accountingPeriod"
    table = "Accounting Period"
    key = ("startingDate",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _field("startingDate", "date", "starting_date"),
        _made("name", "text", lambda _c, r: r.starting_date[:7]),
        _field("closed", "bool", "closed"),
        _field("dateLocked", "bool", "date_locked"),
    )

    def rows(self, ctx: Context, parent: Any) -> Sequence[Period]:
        """By date."""
        return sorted(ctx.company.periods, key=attrgetter("starting_date"))

    def etag(self, row: Period) -> str:
        """Periods do not change here."""
        return f'W/"{row.starting_date}"'


class Companies(EntitySet):
    """`companies`."""

    name = "companies"
    entity = "company"
    table = "Company"
    key = ("name",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        _ID,
        _made("systemVersion", "text", lambda _c, _r: "29.0.0.0"),
        _made("timestamp", "int", lambda _c, r: r.version),
        _field("name", "text", "name", 30),
        _field("displayName", "text", "display_name", 250),
        _made("businessProfileId", "text", lambda _c, _r: ""),
        _field("systemCreatedAt", "datetime", "created_at"),
        _made("systemCreatedBy", "guid", lambda _c, _r: ZERO_GUID),
        _field("systemModifiedAt", "datetime", "created_at"),
        _made("systemModifiedBy", "guid", lambda _c, _r: ZERO_GUID),
    )

    def rows(self, ctx: Context, parent: Any) -> Sequence[Company]:
        """All companies of the environment."""
        return sorted(ctx.database.companies, key=attrgetter("name"))

    def present(self, ctx: Context, row: Company) -> dict[str, Any]:
        """Companies carry no etag."""
        return {name: field.get(row, row) for name, field in self.fields.items()}
