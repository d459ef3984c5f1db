"""Sets beside the payments that a client may look at: contacts, lines of general journals."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, fields_of
from importer.simulator.master import ID, MODIFIED, made, plain
from importer.simulator.tables import AnyRow, Journal, Line
from importer.simulator.values import ZERO_GUID


class Contacts(EntitySet):
    """`contacts`: the simulated company keeps none."""

    name = "contacts"
    entity = "contact"
    table = "Contact"
    key = ("number",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("number", "code", "number", 20),
        plain("displayName", "text", "display_name", 100),
        MODIFIED,
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[AnyRow]:
        """None."""
        return []


class ContactsInformation(Contacts):
    """`customers({id})/contactsInformation`."""

    name = "contactsInformation"
    entity = "contactInformation"
    key = ("contactNumber",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        plain("contactId", "guid", "id"),
        plain("contactNumber", "code", "number", 20),
        plain("contactName", "text", "display_name", 100),
    )


def _account_id(company: Company, line: Line) -> str:
    table = company.banks if line.account_type == "Bank Account" else company.accounts
    account = table.by_key.get(line.account_number)
    return account.id if account is not None else ZERO_GUID


class GeneralJournalLines(EntitySet):
    """`journals({id})/journalLines`: plain lines of the general template, for reading."""

    name = "journalLines"
    entity = "journalLine"
    table = "Gen. Journal Line"
    key = ("lineNumber",)
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        ID,
        plain("journalId", "guid", "journal_id"),
        made("journalDisplayName", "code", lambda c, r: c.journals[r.journal_id].code),
        plain("lineNumber", "int", "line_number"),
        plain("accountType", "text", "account_type"),
        made("accountId", "guid", _account_id),
        plain("accountNumber", "code", "account_number", 20),
        plain("postingDate", "date", "posting_date"),
        plain("documentNumber", "code", "document_number", 20),
        plain("externalDocumentNumber", "code", "external_document_number", 35),
        plain("amount", "decimal", "amount"),
        plain("description", "text", "description", 100),
        plain("comment", "text", "comment", 250),
        MODIFIED,
    )

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Line]:
        """Lines without a document type, of G/L or bank accounts."""
        if not isinstance(parent, Journal) or parent.template != "GENERAL":
            return []
        accounts = ("G/L Account", "Bank Account")
        lines = parent.lines.ordered()
        return [line for line in lines if not line.document_type and line.account_type in accounts]
