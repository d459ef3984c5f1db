"""The page behind `customerPayments`: two-phase insert, modify, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, ClassVar

from importer.simulator import lines as table
from importer.simulator.body import Property, read_body
from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.dimensions import dimension_array, set_dimension_array
from importer.simulator.entities import EntitySet, Field, Kind, etag_of, fields_of
from importer.simulator.errors import ApiError, dialog, no_record
from importer.simulator.tables import Customer, Invoice, Journal, Line
from importer.simulator.values import BLANK_DATE, ZERO_GUID, code, text

NO_JOURNAL = "You must specify a journal batch ID or a journal ID to get a journal line."
JOURNALS_DIFFER = "The Journal Id and Journal Display Name do not match."
JOURNAL_FIXED = "The Journal Id cannot be changed."
NAME_FIXED = "The Journal Batch Display Name isn't editable."
CUSTOMERS_DIFFER = "The customer values do not match to a specific Customer."
NO_INVOICE = (
    'The "appliesToInvoiceId" should be the ID of an Open, Paid, Corrective, or Canceled Invoice.'
)
INVOICES_DIFFER = {
    "v2.0": "The Applies To Invoice values do not match to the same Invoice.",
    "other": "The AppliesToInvoice values do not match to the same Invoice.",
}


@dataclass(slots=True)
class Page:
    """The page while it takes one property after the other; it remembers what an id named."""

    ctx: Context
    line: Line
    new: bool
    journal: Journal | None
    customer: Customer | None = None
    invoice: Invoice | None = None


def _journal_id(page: Page, value: str) -> None:
    if not page.new:
        if value != page.line.journal_id:
            raise dialog(JOURNAL_FIXED)
    elif page.journal is None:
        page.journal = payment_journal(page.ctx, value, status=400)
        page.line.journal_id = page.journal.id
    elif value not in (page.journal.id, ZERO_GUID):
        raise dialog(JOURNALS_DIFFER)


def _journal_name(page: Page, value: str) -> None:
    if page.ctx.generation != "v2.0":
        raise dialog(NAME_FIXED)
    if page.journal is None:
        found = page.ctx.company.journal_codes.get(("CASHRCPT", code(value, 10)))
        if found is None:
            raise dialog(JOURNALS_DIFFER)
        page.journal, page.line.journal_id = found, found.id
    elif code(value, 10) != page.journal.code:
        raise dialog(JOURNALS_DIFFER)


def _line_number(page: Page, value: int) -> None:
    page.line.line_number = value


def _customer_id(page: Page, value: str) -> None:
    table.set_customer_id(page.ctx.company, page.line, value)
    if value != ZERO_GUID:
        page.customer = page.ctx.company.customers[value]


def _customer_number(page: Page, value: str) -> None:
    line = page.line
    table.set_customer_number(page.ctx.company, line, code(value, 20))
    if page.customer is not None:
        if page.customer.number != line.account_number:
            raise dialog(CUSTOMERS_DIFFER)
    elif not line.account_number:
        line.customer_id = ZERO_GUID


def _contact_id(page: Page, value: str) -> None:
    page.line.contact_id = text(value, 250)


def _posting_date(page: Page, value: str) -> None:
    table.set_posting_date(page.ctx.company, page.line, value)


def _document_number(page: Page, value: str) -> None:
    page.line.document_number = code(value, 20)


def _external_number(page: Page, value: str) -> None:
    page.line.external_document_number = code(value, 35)


def _amount(page: Page, value: Any) -> None:
    page.line.amount = value
    table.revalue(page.ctx.company, page.line)


def _invoice_id(page: Page, value: str) -> None:
    line = page.line
    if value == ZERO_GUID:
        # The number stays: only the id is cleared.
        line.applies_to_id = ZERO_GUID
        return
    invoice = table.invoice_by_id(page.ctx.company, value)
    if invoice is None:
        raise dialog(NO_INVOICE)
    page.invoice = invoice
    _apply_to(page, invoice)


def _invoice_number(page: Page, value: str) -> None:
    line, number = page.line, code(value, 20)
    if page.invoice is not None:
        if page.invoice.number != number:
            kind = "v2.0" if page.ctx.generation == "v2.0" else "other"
            raise dialog(INVOICES_DIFFER[kind])
        return
    line.applies_to_number, line.applies_to_id = number, ZERO_GUID
    invoice = page.ctx.company.posted_invoice(number)
    if invoice is not None:
        _apply_to(page, invoice)


def _apply_to(page: Page, invoice: Invoice) -> None:
    line = page.line
    line.applies_to_number, line.applies_to_id = invoice.number, invoice.id
    if not line.account_number:
        payer = invoice.bill_to_number or invoice.customer_number
        customer = page.ctx.company.customers.by_key.get(payer)
        if customer is not None:
            line.account_number, line.customer_id = customer.number, customer.id


def _description(page: Page, value: str) -> None:
    page.line.description = text(value, 100)


def _comment(page: Page, value: str) -> None:
    page.line.comment = text(value, 250)


def _dimensions(page: Page, value: Any) -> None:
    if page.new:
        # The page modifies a row that is not there yet.
        raise no_record(table.TABLE, "Line No.='0'", status=400)
    page.line.dimensions = set_dimension_array(page.ctx.company, value)


Setter = Callable[[Page, Any], None]


def _spec(
    name: str, kind: Kind, attribute: str, setter: Setter | None, length: int = 0
) -> tuple[Field, Property, Setter | None]:
    get = attrgetter(attribute)
    return (
        Field(name, kind, lambda _company, line: get(line), length),
        Property(kind, read_only=setter is None),
        setter,
    )


def _journal_code(company: Company, line: Line) -> str:
    return company.journals[line.journal_id].code


# In the order of the page, which is also the order of the answer.
_PAGE = {
    "id": _spec("id", "guid", "id", None),
    "journalId": _spec("journalId", "guid", "journal_id", _journal_id),
    "journalDisplayName": (
        Field("journalDisplayName", "code", _journal_code, 10),
        Property("code"),
        _journal_name,
    ),
    "lineNumber": _spec("lineNumber", "int", "line_number", _line_number),
    "customerId": _spec("customerId", "guid", "customer_id", _customer_id),
    "customerNumber": _spec("customerNumber", "code", "account_number", _customer_number, 20),
    "contactId": _spec("contactId", "text", "contact_id", _contact_id, 250),
    "postingDate": _spec("postingDate", "date", "posting_date", _posting_date),
    "documentNumber": _spec("documentNumber", "code", "document_number", _document_number, 20),
    "externalDocumentNumber": _spec(
        "externalDocumentNumber", "code", "external_document_number", _external_number, 35
    ),
    "amount": _spec("amount", "decimal", "amount", _amount),
    "appliesToInvoiceId": _spec("appliesToInvoiceId", "guid", "applies_to_id", _invoice_id),
    "appliesToInvoiceNumber": _spec(
        "appliesToInvoiceNumber", "code", "applies_to_number", _invoice_number, 20
    ),
    "description": _spec("description", "text", "description", _description, 100),
    "comment": _spec("comment", "text", "comment", _comment, 250),
    "dimensions": (
        Field("dimensions", "complex", dimension_array, computed=True),
        Property("complex"),
        _dimensions,
    ),
    "lastModifiedDateTime": _spec("lastModifiedDateTime", "datetime", "modified_at", None),
}
_SETTERS: Mapping[str, Setter] = {n: s for n, (_, _, s) in _PAGE.items() if s is not None}
_ONLY_NEW = frozenset({"journalId"})
_ONLY_OLD = frozenset({"contactId", "dimensions"})


def payment_journal(ctx: Context, journal_id: str, status: int = 404) -> Journal:
    """The customer payment journal of that id."""
    journal = ctx.company.journals.get(journal_id)
    if journal is None or journal.template != "CASHRCPT":
        raise no_record("Gen. Journal Batch", f"SystemId='{{{journal_id.upper()}}}'", status)
    return journal


class CustomerPayments(EntitySet):
    """`customerPayments` of API v2.0, under a journal or at the top."""

    name = "customerPayments"
    entity = "customerPayment"
    table = table.TABLE
    key = ("journalDisplayName", "lineNumber")
    methods = frozenset({"GET", "POST", "PATCH", "DELETE"})
    children = frozenset({"dimensionSetLines"})
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        *(f for name, (f, _, _) in _PAGE.items() if name not in _ONLY_OLD)
    )
    properties: ClassVar[Mapping[str, Property]] = {
        name: p for name, (_, p, _) in _PAGE.items() if name not in _ONLY_OLD
    }

    def rows(self, ctx: Context, parent: Any) -> Sequence[Line]:
        """The visible lines of the journal, or of every payment journal."""
        if isinstance(parent, Journal):
            return [line for line in parent.lines.ordered() if line.visible]
        every: list[Line] = []
        for journal in sorted(ctx.company.journals.values(), key=attrgetter("code")):
            if journal.template == "CASHRCPT":
                every += [line for line in journal.lines.ordered() if line.visible]
        return every

    def lookup(self, ctx: Context, parent: Any, name: str, value: Any) -> Sequence[Line] | None:
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
        if line is None or not line.visible:
            return []
        return [line] if parent is None or line.journal_id == parent.id else []

    def check_list(self, ctx: Context, parent: Any) -> None:
        """The page reads no line without knowing its journal."""
        if parent is None and ctx.company.lines:
            raise dialog(NO_JOURNAL)

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

    def navigate(self, ctx: Context, row: Line, name: str) -> Any:
        """`customer` and `customerPaymentJournal`."""
        if name == "customer":
            return "customers", ctx.company.customers.get(row.customer_id)
        if name == "customerPaymentJournal" and ctx.generation == "v2.0":
            return "customerPaymentJournals", ctx.company.journals[row.journal_id]
        return None

    def insert(self, ctx: Context, parent: Any, body: Mapping[str, Any]) -> Line:
        """POST: phase 1 on a blank row, then the row is cleared and built again."""
        given = read_body(ctx, body, self.properties, self.entity)
        journal = parent if isinstance(parent, Journal) else None
        first = _blank_line(journal)
        page = Page(ctx, first, new=True, journal=journal)
        for name, value in given.items():
            _SETTERS[name](page, value)
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

    def modify(self, ctx: Context, parent: Any, row: Line, body: Mapping[str, Any]) -> Line:
        """PATCH: property by property on the row itself; a new number renames it."""
        given = read_body(ctx, body, self.properties, self.entity)
        line = replace(row)
        journal = ctx.company.journals[row.journal_id]
        page = Page(ctx, line, new=False, journal=journal)
        for name, value in given.items():
            _SETTERS[name](page, value)
        _require_changeable(journal, row, "modify")
        try:
            return ctx.company.put_line(ctx.database.touched(line), row)
        except ApiError as error:
            error.status = ctx.behaviour.duplicate_status
            raise

    def delete(self, ctx: Context, parent: Any, row: Line) -> None:
        """DELETE."""
        _require_changeable(ctx.company.journals[row.journal_id], row, "delete")
        ctx.company.drop_line(row)


class OlderCustomerPayments(CustomerPayments):
    """`customerPayments` of the beta and of API v1.0."""

    children = frozenset({"dimensionLines"})
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        *(f for name, (f, _, _) in _PAGE.items() if name not in _ONLY_NEW)
    )
    properties: ClassVar[Mapping[str, Property]] = {
        name: p for name, (_, p, _) in _PAGE.items() if name not in _ONLY_NEW
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
    table.initialize(
        company, journal, line, given.document_number, given.external_document_number
    )
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
