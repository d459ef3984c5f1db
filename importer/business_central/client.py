"""The client: what the other rooms ask of Business Central."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Self

import msgspec

from importer.business_central import resources
from importer.business_central.checks import CheckLine, Checks
from importer.business_central.connection import Connection
from importer.business_central.exchange import Exchange, problem
from importer.business_central.generations import (
    ACCOUNTING_PERIODS,
    BANK_ACCOUNTS,
    CUSTOMER_LEDGER_ENTRIES,
    LEDGER_SETUP,
    query,
    text_literal,
)
from importer.business_central.lines import JournalLines
from importer.business_central.lookups import as_kept, with_ids, with_keys, with_numbers
from importer.business_central.records import (
    Account,
    AccountingPeriod,
    BankAccount,
    Company,
    Customer,
    CustomerEntry,
    Invoice,
    Journal,
    LedgerSetup,
    PostedEntry,
)
from importer.errors import ConfigurationProblem
from importer.model import AnswerKind

_LONGEST_CODE: Final = 10


class BusinessCentral:
    """One environment of Business Central; a context manager.

    Look-ups read the primary database. They raise `ServiceUnavailable` where the service gives
    no answer within bounded repeats, `ConfigurationProblem` where it refuses or something named
    does not exist.

    Args:
        connection: where, who and how.
        sleep: waits for seconds.
        clock: monotonic seconds.
        wall: seconds since the epoch.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.connection = connection
        self.exchange = Exchange(connection, sleep=sleep, clock=clock, wall=wall)
        self._api = connection.described

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.exchange.close()

    def companies(self) -> tuple[Company, ...]:
        """Return the companies of the environment."""
        return tuple(self.exchange.all("companies", resources.COMPANIES, "the companies"))

    def company(self, name_or_id: str) -> Company:
        """Return the company with this id, name or display name; for `""` the only one.

        Raises:
            ConfigurationProblem: there is none, or more than one; the message lists them all.
        """
        there = self.companies()
        wanted = name_or_id.strip()
        if not wanted and len(there) == 1:
            return there[0]
        rules: tuple[Callable[[Company], bool], ...] = (
            lambda company: company.id.lower() == wanted.lower(),
            lambda company: company.name == wanted,
            lambda company: (
                wanted.casefold() in {company.name.casefold(), company.display_name.casefold()}
            ),
        )
        for rule in rules:
            found = [company for company in there if rule(company)]
            if len(found) == 1:
                return found[0]
            if found:
                break
        names = ", ".join(f"{company.name} ({company.id})" for company in there)
        fault = f"No company is called {wanted!r}" if wanted else "No company is named"
        raise ConfigurationProblem(
            f"{fault}; the connection sees: {names or 'none'}. Set --company to one of them"
        )

    def journals(self, company_id: str) -> tuple[Journal, ...]:
        """Return the customer payment journals of a company."""
        path = self._api.journals(company_id)
        return tuple(self.exchange.all(path, resources.JOURNALS, "the journals"))

    def journal(
        self,
        company_id: str,
        code: str,
        *,
        create: bool = False,
        balancing_account: str = "",
    ) -> Journal:
        """Return the journal with this code; make it if it is missing and `create` is set.

        Args:
            company_id: the company's id.
            code: at most 10 characters, upper-cased like the server does; `""` for the only
                journal there is.
            create: make the journal if there is none.
            balancing_account: number of the general ledger account for a new journal; must be
                that of an existing one.

        Raises:
            ConfigurationProblem: there is no such journal and none was made, or it balances
                against another account.
        """
        code, account = code.strip().upper(), balancing_account.strip().upper()
        if len(code) > _LONGEST_CODE:
            raise ConfigurationProblem(
                f"{code!r} is no journal code; expected at most {_LONGEST_CODE} characters. "
                "Correct --journal"
            )
        found = self.find_journal(company_id, code) if code else None
        if found is None:
            found = (
                self._made(company_id, code, account)
                if create and code
                else self._only_journal(company_id, code)
            )
        if account and found.balancing_account_number.upper() != account:
            there = found.balancing_account_number or "no account"
            raise ConfigurationProblem(
                f"Journal {found.code} balances against {there}, but --balancing-account is "
                f"{account}. Leave the option out, or change the journal in the client"
            )
        return found

    def _only_journal(self, company_id: str, code: str) -> Journal:
        """Return the only journal where none is named.

        Raises:
            ConfigurationProblem: one is named that does not exist, or there are several or none.
        """
        there = self.journals(company_id)
        if not code and len(there) == 1:
            return there[0]
        codes = ", ".join(sorted(journal.code for journal in there))
        fault = (
            f"No customer payment journal has the code {code}" if code else "No journal is named"
        )
        raise ConfigurationProblem(
            f"{fault}; the company has: {codes or 'none'}. "
            "Correct --journal, or let an import make it with --create-journal"
        )

    def find_journal(self, company_id: str, code: str) -> Journal | None:
        """Return the journal with this code in upper case, None if there is none."""
        options = query(filter=f"code eq {text_literal(code)}")
        path = self._api.journals(company_id) + options
        found = self.exchange.all(path, resources.JOURNALS, "the journal")
        return next((journal for journal in found if journal.code.upper() == code), None)

    def _made(self, company_id: str, code: str, account_number: str) -> Journal:
        """Make a journal; one that somebody else makes at the same moment is as good."""
        body = {"code": code, "displayName": "Customer payments import"}
        if account_number:
            body["balancingAccountId"] = self.direct_account(company_id, account_number).id
        path = self._api.journals(company_id)
        answer = self.exchange.write("POST", path, msgspec.json.encode(body)).answer
        found = self.find_journal(company_id, code)
        if found is not None:
            return found
        if answer.kind is AnswerKind.DONE:
            raise ConfigurationProblem(
                f"Journal {code} was made, but cannot be seen. Check which journal template the "
                "cash receipt journal page uses"
            )
        raise problem(answer, f"making the journal {code}")

    def direct_account(self, company_id: str, number: str) -> Account:
        """Return the account that a new journal balances against.

        Raises:
            ConfigurationProblem: there is none, or it cannot be one.
        """
        options = query(filter=f"number eq {text_literal(number)}")
        path = f"{self._api.company(company_id)}/accounts{options}"
        found = self.exchange.all(path, resources.ACCOUNTS, "the balancing account")
        account = next((one for one in found if one.number.upper() == number), None)
        if account is None or account.blocked or not account.direct_posting:
            fault = (
                "is no general ledger account (a bank account can only be set in the client)"
                if account is None
                else "is blocked or does not allow direct posting"
            )
            raise ConfigurationProblem(
                f"The balancing account {number} {fault}. Name another with --balancing-account"
            )
        return account

    def balancing_fault(self, company_id: str, journal: Journal) -> str:
        """Return why the journal's balancing account takes no lines, `""` if it does."""
        number = journal.balancing_account_number
        options = query(filter=f"number eq {text_literal(number)}")
        company = self._api.company(company_id)
        if journal.balancing_account_id:
            path = f"{company}/accounts{options}"
            accounts = self.exchange.all(path, resources.ACCOUNTS, "the balancing account")
            if any(account.blocked for account in accounts):
                return "is blocked"
            closed = any(not account.direct_posting for account in accounts)
            return "does not allow direct posting" if closed else ""
        if BANK_ACCOUNTS not in self._api.offers:
            return ""
        path = f"{company}/{BANK_ACCOUNTS}{options}"
        banks = self.exchange.all(path, resources.BANKS, "the balancing account")
        return "is blocked" if any(bank.blocked for bank in banks) else ""

    def check(
        self,
        company: str,
        journal: str,
        *,
        balancing_account: str = "",
        create_journal: bool = False,
        today: date | None = None,
    ) -> tuple[CheckLine, ...]:
        """Return what is right and wrong with the connection, one line each; changes nothing.

        Args:
            company: its name or id.
            journal: its code.
            balancing_account: number of the account that the journal must balance against.
            create_journal: the journal need not exist yet.
            today: a day that payments will be posted on; by default the current one (UTC).
        """
        day = today or datetime.now(UTC).date()
        checks = Checks(self, day, create_journal=create_journal)
        return checks.run(company, journal, balancing_account.strip().upper())

    def lines(self, company_id: str, journal_id: str) -> JournalLines:
        """Return the lines of a journal."""
        return JournalLines(self.exchange, company_id, journal_id)

    def customers(self, company_id: str, numbers: Iterable[str]) -> dict[str, Customer]:
        """Return the customers with these numbers, by upper-cased number."""
        path, fields = f"{self._api.company(company_id)}/customers", self._api.customer_fields
        return with_numbers(
            self.exchange, path, fields, resources.CUSTOMERS, numbers, "the customers"
        )

    def invoices(self, company_id: str, numbers: Iterable[str]) -> dict[str, Invoice]:
        """Return the sales invoices with these numbers, by upper-cased number."""
        path, fields = f"{self._api.company(company_id)}/salesInvoices", self._api.invoice_fields
        return with_numbers(
            self.exchange, path, fields, resources.INVOICES, numbers, "the sales invoices"
        )

    def customers_by_id(self, company_id: str, ids: Iterable[str]) -> dict[str, Customer]:
        """Return the customers with these ids, by lower-case id."""
        path, fields = f"{self._api.company(company_id)}/customers", self._api.customer_fields
        return with_ids(self.exchange, path, fields, resources.CUSTOMERS, ids, "the customers")

    def invoices_by_id(self, company_id: str, ids: Iterable[str]) -> dict[str, Invoice]:
        """Return the sales invoices with these ids, by lower-case id."""
        path, fields = f"{self._api.company(company_id)}/salesInvoices", self._api.invoice_fields
        return with_ids(self.exchange, path, fields, resources.INVOICES, ids, "the sales invoices")

    def first_customers(self, company_id: str, most: int) -> tuple[Customer, ...]:
        """Return the customers of a company, at most so many."""
        path, fields = f"{self._api.company(company_id)}/customers", self._api.customer_fields
        path += query(select=fields, top=str(most))
        return tuple(self.exchange.all(path, resources.CUSTOMERS, "the customers"))

    def open_invoices(self, company_id: str, most: int) -> tuple[Invoice, ...]:
        """Return the posted sales invoices on which something is open, at most so many."""
        path, fields = f"{self._api.company(company_id)}/salesInvoices", self._api.invoice_fields
        path += query(filter="status eq 'Open'", select=fields, top=str(most))
        found = self.exchange.all(path, resources.INVOICES, "the sales invoices")
        return tuple(invoice for invoice in found if invoice.remaining_amount > 0)

    def ledger_setup(self, company_id: str) -> LedgerSetup | None:
        """Return the general ledger set-up, None where the company has none."""
        self._api.require(LEDGER_SETUP)
        path = f"{self._api.company(company_id)}/{LEDGER_SETUP}"
        return self.exchange.read(path, _first_setup, "the general ledger set-up")

    def accounting_periods(self, company_id: str) -> tuple[AccountingPeriod, ...]:
        """Return the accounting periods, the earliest first."""
        self._api.require(ACCOUNTING_PERIODS)
        path = f"{self._api.company(company_id)}/{ACCOUNTING_PERIODS}"
        found = self.exchange.all(path, resources.PERIODS, "the accounting periods")
        known = [period for period in found if period.starting_date is not None]
        return tuple(sorted(known, key=lambda period: str(period.starting_date)))

    def bank_accounts(self, company_id: str) -> tuple[BankAccount, ...]:
        """Return the bank accounts of the company."""
        self._api.require(BANK_ACCOUNTS)
        path = f"{self._api.company(company_id)}/{BANK_ACCOUNTS}"
        return tuple(self.exchange.all(path, resources.BANKS, "the bank accounts"))

    def general_ledger_entries(
        self, company_id: str, document_numbers: Iterable[str]
    ) -> tuple[PostedEntry, ...]:
        """Return the posted entries with these document numbers."""
        path = f"{self._api.company(company_id)}/generalLedgerEntries"
        wanted, reader = as_kept(document_numbers), resources.POSTED
        return tuple(
            with_keys(self.exchange, path, "documentNumber", wanted, reader, "the posted entries")
        )

    def general_ledger_credits(
        self, company_id: str, amount: Decimal, since: datetime
    ) -> tuple[PostedEntry, ...]:
        """Return the posted entries that credit this amount and were made since (UTC)."""
        wanted = (
            f"creditAmount eq {amount:f} and lastModifiedDateTime ge {since:%Y-%m-%dT%H:%M:%SZ}"
        )
        path = f"{self._api.company(company_id)}/generalLedgerEntries{query(filter=wanted)}"
        return tuple(self.exchange.all(path, resources.POSTED, "the posted entries"))

    def any_ledger_entry(self, company_id: str, prefix: str) -> bool:
        """Say whether any posted entry has a document number that starts with `prefix`."""
        starts = f"startswith(documentNumber,{text_literal(prefix)})"
        path = f"{self._api.company(company_id)}/generalLedgerEntries"
        path += query(filter=starts, top="1")
        return bool(self.exchange.all(path, resources.POSTED, "the posted entries"))

    def customer_ledger_entries(
        self, company_id: str, external_document_numbers: Iterable[str]
    ) -> tuple[CustomerEntry, ...] | None:
        """Return the customer ledger entries with these external document numbers.

        They come from a query on a replica that may lag, and that the service has announced to
        remove: None where it is not offered. An empty answer proves nothing.
        """
        if CUSTOMER_LEDGER_ENTRIES not in self._api.offers:
            return None
        wanted = as_kept(external_document_numbers, longest=35)
        path = (
            f"../microsoft/reportsFinance/beta/{self._api.company(company_id)}/"
            f"{CUSTOMER_LEDGER_ENTRIES}"
        )
        field, reader = "externalDocumentNumber", resources.CUSTOMER_ENTRIES
        try:
            return tuple(
                with_keys(self.exchange, path, field, wanted, reader, "the customer entries")
            )
        except ConfigurationProblem:
            return None


def _first_setup(body: bytes) -> LedgerSetup | None:
    """Read the set-up, which servers show as one record or as a list of one."""
    try:
        page, _ = resources.SETUPS.page(body)
    except resources.UnreadableError:
        return resources.SETUPS.one(body)
    return page[0] if page else None
