"""One journal of the server, as sending needs it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from importer.business_central import BusinessCentral, Company, Journal, JournalLines
from importer.business_central import PostedEntry as LedgerEntry
from importer.model import PostedEntry
from importer.numbering import DOCUMENT_PREFIX, is_own_document

_MANY = 100
"""Numbers made here that are worth a question whether there are any at all."""


class JournalServer(JournalLines):
    """The lines of a journal, and the entries that posting made of them."""

    def __init__(self, client: BusinessCentral, company: Company, journal: Journal) -> None:
        super().__init__(client.exchange, company.id, journal.id)
        self._client = client
        self._of_company = company.id

    def posted(self, document_numbers: Iterable[str]) -> tuple[PostedEntry, ...]:
        """Return the general ledger entries of these documents.

        Where nothing with a number made here was ever posted, none of many such numbers was.
        """
        wanted = list(document_numbers)
        others = [number for number in wanted if not is_own_document(number)]
        many = len(wanted) - len(others) > _MANY
        if many and not self._client.any_ledger_entry(self._of_company, DOCUMENT_PREFIX):
            wanted = others
        entries = self._client.general_ledger_entries(self._of_company, wanted)
        return tuple(map(_posted, entries))

    def credited(self, amount: Decimal, since: datetime) -> tuple[PostedEntry, ...]:
        """Return the general ledger entries that credit this amount and were made since."""
        entries = self._client.general_ledger_credits(self._of_company, amount, since)
        return tuple(map(_posted, entries))


def _posted(entry: LedgerEntry) -> PostedEntry:
    return PostedEntry(
        document_number=entry.document_number,
        posting_date=entry.posting_date,
        amount=entry.debit - entry.credit,
        description=entry.description,
    )
