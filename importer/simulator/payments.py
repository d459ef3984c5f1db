"""The page behind `customerPayments`: two-phase insert, modify, delete."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, ClassVar

from importer.simulator import lines as table
from importer.simulator.body import Property, read_body
from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, etag_of, fields_of
from importer.simulator.errors import ApiError, dialog
from importer.simulator.payment_page import (
    NO_JOURNAL,
    ONLY_NEW,
    ONLY_OLD,
    PAGE,
    SETTERS,
    Page,
)
from importer.simulator.tables import AnyRow, Journal, Line
from importer.simulator.values import BLANK_DATE, ZERO_GUID
from importer.simulator.wire import Json


class CustomerPayments(EntitySet):
    """`customerPayments` of API v2.0, under a journal or at the top."""

    name = "customerPayments"
    entity = "customerPayment"
    table = table.TABLE
    key = ("journalDisplayName", "lineNumber")
    methods = frozenset({"GET", "POST", "PATCH", "DELETE"})
    children = frozenset({"dimensionSetLines"})
    navigations = frozenset({"customer", "customerPaymentJournal"})
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        *(f for name, (f, _, _) in PAGE.items() if name not in ONLY_OLD)
    )
    properties: ClassVar[Mapping[str, Property]] = {
        name: p for name, (_, p, _) in PAGE.items() if name not in ONLY_OLD
    }

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Line]:
        """The visible lines of the journal, or of every payment journal."""
        if isinstance(parent, Journal):
            return [line for line in parent.lines.ordered() if line.visible]
        every: list[Line] = []
        for journal in sorted(ctx.company.journals.values(), key=attrgetter("code")):
            if journal.template == "CASHRCPT":
                every += [line for line in journal.lines.ordered() if line.visible]
        return every

    def lookup(self, ctx: Context, parent: AnyRow, name: str, value: Json) -> Sequence[Line] | None:
        """By id everywhere, by line number within a journal."""
        if name == "id":
            line = ctx.company.lines.get(value)
        elif name == "lineNumber" and isinstance(parent, Journal):
            line = parent.lines.by_number.get(value)
        elif name == "journalId" and parent is None:
            journal = ctx.company.journals.get(value)
            return self.rows(ctx, journal) if journal else []
        else:
            return None
        if line is None or not line.visible or not _in_payment_journal(ctx, line):
            return []
        return [line] if parent is None or line.journal_id == parent.id else []

    def checked(
        self, ctx: Context, parent: AnyRow, rows: Sequence[Line], given: Collection[str]
    ) -> Sequence[Line]:
        """The page reads no line without knowing its journal."""
        if rows and parent is None and not {"journalId", "id"} & set(given):
            raise dialog(NO_JOURNAL)
        return rows

    def present(self, ctx: Context, row: Line) -> dict[str, Any]:
        """The payment, spelt out because it is written more often than anything else."""
        return {
            "@odata.etag": etag_of(row.version),
            "id": row.id,
            "journalId": row.journal_id,
            "journalDisplayName": ctx.company.journals[row.journal_id].code,
            "lineNumber": row.line_number,
            "customerId": row.customer_id,
            "customerNumber": row.account_number,
            "postingDate": row.posting_date,
            "documentNumber": row.document_number,
            "externalDocumentNumber": row.external_document_number,
            "amount": row.amount,
            "appliesToInvoiceId": row.applies_to_id,
            "appliesToInvoiceNumber": row.applies_to_number,
            "description": row.description,
            "comment": row.comment,
            "lastModifiedDateTime": row.modified_at,
        }

    def navigate(self, ctx: Context, row: Line, name: str) -> AnyRow:
        """`customer` and `customerPaymentJournal`."""
        if name == "customer":
            return "customers", ctx.company.customers.get(row.customer_id)
        if name == "customerPaymentJournal" and ctx.generation == "v2.0":
            return "customerPaymentJournals", ctx.company.journals[row.journal_id]
        return None

    def insert(self, ctx: Context, parent: AnyRow, body: Mapping[str, Any]) -> Line:
        """POST: phase 1 on a blank row, then the row is cleared and built again."""
        given = read_body(ctx, body, self.properties, self.entity)
        journal = parent if isinstance(parent, Journal) else None
        first = _blank_line(journal)
        page = Page(ctx, first, new=True, journal=journal)
        for name, value in given.items():
            SETTERS[name](page, value)
        if page.journal is None:
            raise dialog(NO_JOURNAL)
        line = _second_phase(ctx.company, page.journal, first, "postingDate" in given)
        if page.journal.approval_pending:
            raise dialog(_approval("insert a record"))
        for name, value in ctx.database.stamp().items():
            setattr(line, name, value)
        try:
            return ctx.company.put_line(line)
        except ApiError as error:
            error.status = ctx.behaviour.duplicate_status
            raise

    def modify(self, ctx: Context, parent: AnyRow, row: Line, body: Mapping[str, Any]) -> Line:
        """PATCH: property by property on the row itself; a new number renames it."""
        given = read_body(ctx, body, self.properties, self.entity)
        line = replace(row)
        journal = ctx.company.journals[row.journal_id]
        page = Page(ctx, line, new=False, journal=journal)
        for name, value in given.items():
            SETTERS[name](page, value)
        _require_changeable(journal, row, "modify")
        try:
            return ctx.company.put_line(ctx.database.touched(line), row)
        except ApiError as error:
            error.status = ctx.behaviour.duplicate_status
            raise

    def delete(self, ctx: Context, parent: AnyRow, row: Line) -> None:
        """DELETE."""
        _require_changeable(ctx.company.journals[row.journal_id], row, "delete")
        ctx.company.drop_line(row)


class OlderCustomerPayments(CustomerPayments):
    """`customerPayments` of the beta and of API v1.0."""

    children = frozenset({"dimensionLines"})
    navigations = frozenset({"customer"})
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        *(f for name, (f, _, _) in PAGE.items() if name not in ONLY_NEW)
    )
    properties: ClassVar[Mapping[str, Property]] = {
        name: p for name, (_, p, _) in PAGE.items() if name not in ONLY_NEW
    }

    def present(self, ctx: Context, row: Line) -> dict[str, Any]:
        """The payment with what only the older generations show."""
        return EntitySet.present(self, ctx, row)


class BetaCustomerPayments(OlderCustomerPayments):
    """`customerPayments` of the beta and of Microsoft Graph: the journal's name is read-only."""

    properties: ClassVar[Mapping[str, Property]] = {
        **OlderCustomerPayments.properties,
        "journalDisplayName": Property("code", read_only=True),
    }


def _in_payment_journal(ctx: Context, line: Line) -> bool:
    return ctx.company.journals[line.journal_id].template == "CASHRCPT"


def _blank_line(journal: Journal | None) -> Line:
    return Line(
        id="",
        version=0,
        created_at="",
        modified_at="",
        journal_id=journal.id if journal else ZERO_GUID,
        document_type="Payment",
        account_type="Customer",
        applies_to_type="Invoice",
    )


def _second_phase(company: Company, journal: Journal, given: Line, dated: bool) -> Line:
    line = Line("", 0, "", "", journal.id, given.line_number)
    table.initialize(company, journal, line, given.document_number, given.external_document_number)
    line.account_type = "Customer"
    if given.account_number:
        table.set_customer_number(company, line, given.account_number)
    line.contact_id = given.contact_id
    if dated and given.posting_date != BLANK_DATE:
        table.set_posting_date(company, line, given.posting_date)
    line.document_type = "Payment"
    line.external_document_number = given.external_document_number
    line.amount = given.amount
    table.revalue(company, line)
    line.applies_to_type = "Invoice"
    line.applies_to_number = given.applies_to_number
    if given.applies_to_id != ZERO_GUID:
        invoice = company.invoices[given.applies_to_id]
        line.applies_to_number, line.applies_to_id = invoice.number, invoice.id
    if given.description:
        line.description = given.description
    line.comment = given.comment
    table.set_balancing_account(company, line, journal)
    return line


def _approval(act: str) -> str:
    return (
        f"You can't {act} for active batch approval request. To {act}, you need to reject the "
        "approval request or ask for it to be cancelled."
    )


def _require_changeable(journal: Journal, line: Line, verb: str) -> None:
    if line.scheduled:
        raise dialog("Journal line cannot be modified because it has been scheduled for posting.")
    if journal.approval_pending:
        raise dialog(_approval(f"{verb} a record"))
