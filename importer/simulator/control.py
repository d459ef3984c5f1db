"""`/_simulator/…`: the tests' own door. No credentials, no latency, no faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.simulator import fixture, people
from importer.simulator.company import Company
from importer.simulator.errors import ApiError
from importer.simulator.faults import FaultPlan, Trouble
from importer.simulator.tables import Journal, Line
from importer.simulator.wire import Answer, Request, decode

if TYPE_CHECKING:
    from importer.simulator.application import Application

PREFIX = "/_simulator/"


def answer(application: Application, request: Request) -> Answer:
    """GET state · POST faults, act, reset."""
    name = request.target.partition("?")[0].removeprefix(PREFIX).strip("/")
    try:
        value = decode(request.body) if request.body else {}
        payload = _do(application, request.method, name, value)
    except ApiError as error:
        return application.service.refusal(error)
    except (ValueError, KeyError, TypeError) as error:
        return Answer(400, {"error": {"code": "Simulator", "message": str(error)}})
    if payload is None:
        return Answer(404, {"error": {"code": "Simulator", "message": f"no {name}"}})
    return Answer(200, payload)


def _do(
    application: Application, method: str, name: str, value: Mapping[str, Any]
) -> dict[str, Any] | None:
    if (method, name) == ("GET", "state"):
        return state(application)
    if (method, name) == ("POST", "faults"):
        application.trouble = Trouble(FaultPlan.from_dict(value))
        return application.trouble.plan.to_dict()
    if (method, name) == ("POST", "act"):
        if value.get("action") == "expire_tokens":
            application.settings.auth.expire_issued()
            return {}
        return people.act(application.database, value)
    if (method, name) == ("POST", "reset"):
        reset(application, value or None)
        return {"companies": [company.name for company in application.database.companies]}
    return None


def reset(application: Application, source: Mapping[str, Any] | Path | None) -> None:
    """Begin again: a fixture, no faults, empty log."""
    with application.database.lock:
        fixture.load(application.database, source)
        application.trouble = Trouble(None)
        application.counts.clear()
        application.log.clear()


def state(application: Application) -> dict[str, Any]:
    """Everything, hidden lines included."""
    with application.database.lock:
        return {
            "today": application.database.today,
            "companies": [company_state(c) for c in application.database.companies],
            "counts": dict(application.counts),
            "requests": list(application.log),
            "faultHits": application.trouble.hits,
        }


def company_state(company: Company) -> dict[str, Any]:
    """One company's journals, lines and ledgers."""
    return {
        "id": company.id,
        "name": company.name,
        "journals": [journal_state(j) for j in company.journals.values()],
        "lines": [
            line_state(company, line)
            for journal in company.journals.values()
            for line in journal.lines.ordered()
        ],
        "generalLedgerEntries": [asdict(entry) for entry in company.ledger],
        "customerLedgerEntries": [
            {**asdict(entry), "open": entry.open} for entry in company.customer_ledger
        ],
    }


def journal_state(journal: Journal) -> dict[str, Any]:
    """A journal without its lines."""
    return {
        "id": journal.id,
        "code": journal.code,
        "displayName": journal.display_name,
        "template": journal.template,
        "balancingAccountNumber": journal.bal_account_number,
        "noSeries": journal.no_series,
        "approvalPending": journal.approval_pending,
        "lineCount": len(journal.lines.numbers),
    }


def line_state(company: Company, line: Line) -> dict[str, Any]:
    """A line with the API's names and what the API does not show."""
    return {
        "id": line.id,
        "journal": company.journals[line.journal_id].code,
        "journalId": line.journal_id,
        "visible": line.visible,
        "lineNumber": line.line_number,
        "documentType": line.document_type,
        "accountType": line.account_type,
        "customerId": line.customer_id,
        "customerNumber": line.account_number if line.account_type == "Customer" else "",
        "accountNumber": line.account_number,
        "postingDate": line.posting_date,
        "documentNumber": line.document_number,
        "externalDocumentNumber": line.external_document_number,
        "amount": line.amount,
        "amountLocalCurrency": line.amount_lcy,
        "currencyCode": line.currency_code,
        "appliesToInvoiceId": line.applies_to_id,
        "appliesToInvoiceNumber": line.applies_to_number,
        "description": line.description,
        "comment": line.comment,
        "contactId": line.contact_id,
        "balancingAccountNumber": line.bal_account_number,
        "dimensions": dict(line.dimensions),
        "scheduledForPosting": line.scheduled,
        "etagVersion": line.version,
    }
