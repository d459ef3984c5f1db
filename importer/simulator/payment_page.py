"""The fields of the customer payments page: what setting one of them does, and their checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from importer.simulator import lines as table
from importer.simulator.body import Property
from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.dimensions import dimension_array, set_dimension_array
from importer.simulator.entities import Field, Kind
from importer.simulator.errors import dialog, no_record
from importer.simulator.tables import Customer, Invoice, Journal, Line
from importer.simulator.values import ZERO_GUID, code, text
from importer.simulator.wire import Json

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
    # The name of a journal that was given before its id.
    named: str = ""


def _journal_id(page: Page, value: str) -> None:
    if not page.new:
        if value != page.line.journal_id:
            raise dialog(JOURNAL_FIXED)
    elif page.journal is None:
        page.journal = payment_journal(page.ctx, value, status=400)
        page.line.journal_id = page.journal.id
        if page.named not in ("", page.journal.code):
            raise dialog(JOURNALS_DIFFER)
    elif value not in (page.journal.id, ZERO_GUID):
        raise dialog(JOURNALS_DIFFER)


def _journal_name(page: Page, value: str) -> None:
    if page.ctx.generation != "v2.0":
        raise dialog(NAME_FIXED)
    if page.journal is None:
        page.named = code(value, 10)
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


def _amount(page: Page, value: Json) -> None:
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


def _dimensions(page: Page, value: Json) -> None:
    if page.new:
        # The page modifies a row that is not there yet.
        raise no_record(table.TABLE, "Line No.='0'", status=400)
    page.line.dimensions = set_dimension_array(page.ctx.company, value)


Setter = Callable[[Page, Json], None]


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
PAGE = {
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
SETTERS: Mapping[str, Setter] = {n: s for n, (_, _, s) in PAGE.items() if s is not None}
ONLY_NEW = frozenset({"journalId"})
ONLY_OLD = frozenset({"contactId", "dimensions"})


def payment_journal(ctx: Context, journal_id: str, status: int = 404) -> Journal:
    """The customer payment journal of that id."""
    journal = ctx.company.journals.get(journal_id)
    if journal is None or journal.template != "CASHRCPT":
        raise no_record("Gen. Journal Batch", f"SystemId='{{{journal_id.upper()}}}'", status)
    return journal
