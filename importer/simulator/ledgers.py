"""Ledgers and set-up: what was posted, and when posting is allowed."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import ClassVar

from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, fields_of
from importer.simulator.master import ID, MODIFIED, made, plain
from importer.simulator.tables import Account, AnyRow, CustomerEntry, LedgerEntry, Period
from importer.simulator.values import ZERO, ZERO_GUID


class GeneralLedgerEntries(EntitySet):
    """`generalLedgerEntries`: no external number, no customer."""

    name = "generalLedgerEntries"
    entity = "generalLedgerEntry"
    table = "G/L Entry"
    key = ("entryNumber",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("entryNumber", "int", "entry_number"),
        plain("postingDate", "date", "posting_date"),
        plain("documentNumber", "code", "document_number", 20),
        made("documentType", "text", lambda _c, r: r.document_type or "_x0020_"),
        made("accountId", "guid", lambda c, r: _account(c, r.account_number)),
        plain("accountNumber", "code", "account_number", 20),
        plain("description", "text", "description", 100),
        made("debitAmount", "decimal", lambda _c, r: max(r.amount, ZERO)),
        made("creditAmount", "decimal", lambda _c, r: max(-r.amount, ZERO)),
        MODIFIED,
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[LedgerEntry]:
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
        plain("entryNumber", "int", "entry_number"),
        made("documentType", "text", lambda _c, r: r.document_type or "_x0020_"),
        plain("documentNumber", "code", "document_number", 20),
        plain("externalDocumentNumber", "code", "external_document_number", 35),
        plain("customerNumber", "code", "customer_number", 20),
        plain("postingDate", "date", "posting_date"),
        plain("amount", "decimal", "amount"),
        plain("amountLocalCurrency", "decimal", "amount_lcy"),
        plain("remainingAmount", "decimal", "remaining"),
        made("open", "bool", lambda _c, r: r.open),
        plain("currencyCode", "code", "currency_code", 10),
        plain("description", "text", "description", 100),
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[CustomerEntry]:
        """In the order they were entered."""
        return ctx.company.customer_ledger


class AnalyticsCustomerEntries(ReportCustomerEntries):
    """`customerLedgerEntries` of api/microsoft/analytics/v1.0: no external number."""

    key = ("cleEntryNo",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        plain("cleEntryNo", "int", "entry_number"),
        plain("clePostingDate", "date", "posting_date"),
        made("cleOpen", "bool", lambda _c, r: r.open),
        plain("dcleDocumentNo", "code", "document_number", 20),
        made("dcleDocumentType", "text", lambda _c, r: r.document_type or "_x0020_"),
        plain("dcleCustomerNo", "code", "customer_number", 20),
        plain("dcleAmountLCY", "decimal", "amount_lcy"),
    )


class GeneralLedgerSetup(EntitySet):
    """`generalLedgerSetup`: one row."""

    name = "generalLedgerSetup"
    entity = "generalLedgerSetup"
    table = "General Ledger Setup"
    key = ("id",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        plain("id", "guid", "setup_id"),
        made("allowPostingFrom", "date", lambda _c, r: r.allow_from or "0001-01-01"),
        made("allowPostingTo", "date", lambda _c, r: r.allow_to or "0001-01-01"),
        plain("localCurrencyCode", "code", "local_currency", 10),
        plain("lastModifiedDateTime", "datetime", "created_at"),
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Company]:
        """The only one."""
        return [ctx.company]

    def find(self, ctx: Context, parent: AnyRow, key: str) -> Company:
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
        ID,
        plain("startingDate", "date", "starting_date"),
        made("name", "text", lambda _c, r: r.starting_date[:7]),
        plain("closed", "bool", "closed"),
        plain("dateLocked", "bool", "date_locked"),
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Period]:
        """By date."""
        return sorted(ctx.company.periods, key=attrgetter("starting_date"))

    def etag(self, row: Period) -> str:
        """Periods do not change here."""
        return f'W/"{row.starting_date}"'
