"""One journal of the server, as sending needs it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from importer.business_central import (
    BANK_ACCOUNTS,
    LEDGER_SETUP,
    BusinessCentral,
    Company,
    Journal,
    JournalLines,
)
from importer.business_central import PostedEntry as LedgerEntry
from importer.errors import ConfigurationProblem
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
        self._of_journal = journal
        self._currencies: dict[str, str] = {}

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

    def may_be_foreign(self, payload: bytes) -> bool:
        """Tell whether a line may have another currency than its posted entries will."""
        try:
            return not self._local or self._currency_of(json.loads(payload)) != self._local
        except ConfigurationProblem:  # not everybody may read what tells it
            return True

    @cached_property
    def _local(self) -> str:
        if LEDGER_SETUP not in self._client.connection.described.offers:
            return ""
        setup = self._client.ledger_setup(self._of_company)
        return setup.local_currency_code if setup else ""

    @cached_property
    def _of_bank(self) -> str:
        return bank_currency(self._client, self._of_company, self._of_journal)

    def _currency_of(self, line: Mapping[str, str]) -> str:
        """Return the currency of a line: of the balancing bank account, else of the customer."""
        if self._of_bank:
            return self._of_bank
        number, its_id = line.get("customerNumber", ""), line.get("customerId", "")
        if not number and not its_id:
            number = self._payer_of(line.get("appliesToInvoiceNumber", ""))
        key = number or its_id
        if key and key not in self._currencies:
            found = (
                self._client.customers(self._of_company, [number])
                if number
                else self._client.customers_by_id(self._of_company, [its_id])
            )
            self._currencies[key] = next((one.currency_code for one in found.values()), "")
        return self._currencies.get(key, "")

    def _payer_of(self, invoice: str) -> str:
        found = self._client.invoices(self._of_company, [invoice] if invoice else [])
        return next((one.bill_to_customer_number for one in found.values()), "")


def bank_currency(client: BusinessCentral, company_id: str, journal: Journal) -> str:
    """Return the currency of the journal's balancing bank account, `""` where it has none."""
    number = journal.balancing_account_number
    offered = BANK_ACCOUNTS in client.connection.described.offers
    if not number or journal.balancing_account_id or not offered:
        return ""
    banks = client.bank_accounts(company_id)
    return next((bank.currency_code for bank in banks if bank.number == number), "")


def _posted(entry: LedgerEntry) -> PostedEntry:
    return PostedEntry(
        document_number=entry.document_number,
        posting_date=entry.posting_date,
        amount=entry.debit - entry.credit,
        description=entry.description,
        modified_at=entry.modified_at,
    )
