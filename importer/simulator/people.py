"""What people do in the client meanwhile: post, edit, delete, add, hide, renumber, block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from importer.simulator import fixture, lines
from importer.simulator.company import Company, Database
from importer.simulator.posting import post_journal
from importer.simulator.tables import Journal, Line
from importer.simulator.values import ZERO_GUID, decimal_of

Act = Mapping[str, Any]

_LINE_FIELDS: Mapping[str, str] = {
    "postingDate": "posting_date",
    "documentNumber": "document_number",
    "externalDocumentNumber": "external_document_number",
    "description": "description",
    "comment": "comment",
    "customerNumber": "account_number",
    "appliesToInvoiceNumber": "applies_to_number",
    "scheduledForPosting": "scheduled",
}


def act(database: Database, spec: Act) -> dict[str, Any]:
    """Do what the specification says: `{"action": "post", "journal": "IMPORT"}` and so on."""
    with database.lock, database.transaction():
        name = str(spec.get("action"))
        if name == "expire_skip_tokens":
            database.epoch += 1
            return {}
        if name not in _ACTIONS:
            raise ValueError(f"unknown action '{name}'; known: {', '.join(sorted(_ACTIONS))}")
        return _ACTIONS[name](database.company(spec.get("company")), spec)


def journal_of(company: Company, spec: Act) -> Journal:
    """The journal named by code or id; the only payment journal if none is named."""
    named = spec.get("journal")
    for journal in company.journals.values():
        if named is None or str(named).upper() == journal.code or named == journal.id:
            return journal
    raise ValueError(f"no journal '{named}'")


def line_of(company: Company, spec: Act) -> Line:
    """The line named by id, or by journal and number."""
    if spec.get("id"):
        return company.lines[str(spec["id"]).lower()]
    number = spec.get("line", spec.get("lineNumber"))
    line = journal_of(company, spec).lines.by_number.get(int(str(number)))
    if line is None:
        raise ValueError(f"no line {number}")
    return line


def _post(company: Company, spec: Act) -> dict[str, Any]:
    post_journal(company, journal_of(company, spec))
    return {}


def _edit(company: Company, spec: Act) -> dict[str, Any]:
    old = line_of(company, spec)
    changes = {_LINE_FIELDS[k]: v for k, v in spec["set"].items() if k in _LINE_FIELDS}
    line = replace(old, **changes)
    if "amount" in spec["set"]:
        line.amount = decimal_of(spec["set"]["amount"])
    if "customerNumber" in spec["set"]:
        customer = company.customers.by_key.get(line.account_number)
        line.customer_id = customer.id if customer else ZERO_GUID
    if "appliesToInvoiceNumber" in spec["set"]:
        invoice = company.posted_invoice(line.applies_to_number)
        line.applies_to_id = invoice.id if invoice else ZERO_GUID
    line.currency_code = lines.line_currency(company, line)
    lines.revalue(company, line)
    company.put_line(company.database.touched(line), old)
    return {"id": line.id}


def _delete(company: Company, spec: Act) -> dict[str, Any]:
    company.drop_line(line_of(company, spec))
    return {}


def _add(company: Company, spec: Act) -> dict[str, Any]:
    journal = journal_of(company, spec)
    line = fixture.add_payment_line(company, {**spec, "journal": journal.code})
    return {"id": line.id, "lineNumber": line.line_number}


def _add_hidden(company: Company, spec: Act) -> dict[str, Any]:
    journal = journal_of(company, spec)
    line = fixture.add_hidden_line(company, {**spec, "journal": journal.code})
    return {"id": line.id, "lineNumber": line.line_number}


def _hide(company: Company, spec: Act) -> dict[str, Any]:
    old = line_of(company, spec)
    company.put_line(company.database.touched(replace(old, applies_to_type="")), old)
    return {}


def _renumber(company: Company, spec: Act) -> dict[str, Any]:
    old = line_of(company, spec)
    company.put_line(company.database.touched(replace(old, line_number=int(spec["to"]))), old)
    return {}


def _delete_journal(company: Company, spec: Act) -> dict[str, Any]:
    company.drop_journal(journal_of(company, spec))
    return {}


def _add_journal(company: Company, spec: Act) -> dict[str, Any]:
    journal = fixture.add_journal(company, spec)
    return {"id": journal.id}


def _change_journal(company: Company, spec: Act) -> dict[str, Any]:
    journal = journal_of(company, spec)
    names = {"code": "code", "displayName": "display_name", "approvalPending": "approval_pending"}
    changes = {names[k]: v for k, v in spec["set"].items() if k in names}
    company.put_journal(company.database.touched(journal, **changes))
    return {}


def _block(company: Company, spec: Act) -> dict[str, Any]:
    customer = company.customers.by_key[str(spec["customer"]).upper()]
    changed = company.database.touched(customer, blocked=str(spec.get("blocked", "All")))
    company.customers.put(changed)
    return {}


def _post_invoice(company: Company, spec: Act) -> dict[str, Any]:
    """A draft becomes a posted invoice; its id stays, its number changes."""
    draft = company.invoices.by_key[False, str(spec["number"]).upper()]
    posted = company.database.touched(
        draft, posted=True, status="Open", number=draft.posted_number or f"P{draft.number}"
    )
    company.invoices.put(posted)
    fixture.enter_invoice(company, posted)
    return {"id": posted.id, "number": posted.number}


_ACTIONS: Mapping[str, Callable[[Company, Act], dict[str, Any]]] = {
    "post": _post,
    "edit": _edit,
    "delete": _delete,
    "add": _add,
    "add_hidden": _add_hidden,
    "hide": _hide,
    "renumber": _renumber,
    "add_journal": _add_journal,
    "change_journal": _change_journal,
    "delete_journal": _delete_journal,
    "block_customer": _block,
    "post_invoice": _post_invoice,
}
