"""One journal of the server, as sending needs it."""

from __future__ import annotations

from collections.abc import Iterable

from importer.business_central import BusinessCentral, Company, Journal, JournalLines
from importer.model import PostedEntry


class JournalServer(JournalLines):
    """The lines of a journal, and the entries that posting made of them."""

    def __init__(self, client: BusinessCentral, company: Company, journal: Journal) -> None:
        super().__init__(client.exchange, company.id, journal.id)
        self._client = client
        self._of_company = company.id

    def posted(self, document_numbers: Iterable[str]) -> tuple[PostedEntry, ...]:
        """Return the general ledger entries of these documents."""
        entries = self._client.general_ledger_entries(self._of_company, document_numbers)
        return tuple(
            PostedEntry(
                document_number=entry.document_number,
                posting_date=entry.posting_date,
                amount=entry.debit - entry.credit,
                description=entry.description,
            )
            for entry in entries
        )
