"""The lines of `connection check`: what is right, what is wrong, and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from importer.business_central.exchange import RefusedError
from importer.business_central.generations import (
    ACCOUNTING_PERIODS,
    LEDGER_SETUP,
    query,
)
from importer.business_central.records import Journal
from importer.business_central.resources import (
    CUSTOMERS,
    INVOICES,
    POSTED,
    Reader,
)
from importer.errors import ConfigurationProblem, ServiceUnavailable

if TYPE_CHECKING:
    from importer.business_central.client import BusinessCentral

Value = TypeVar("Value")
_ABOUT_THE_TOKEN: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that was checked; `remedy` is `""` where nothing is to do.

    `later` tells of a service that is away: nobody has to mend anything.
    """

    name: str
    ok: bool
    message: str
    remedy: str = ""
    later: bool = False


class Checks:
    """Checks a connection without changing anything on the server.

    Args:
        client: the connection.
        today: the day of the check; payments of about this day are to be sent.
        create_journal: the journal need not exist yet, an import may make it.
    """

    def __init__(
        self, client: BusinessCentral, today: date, *, create_journal: bool = False
    ) -> None:
        self._client = client
        self._api = client.connection.described
        self._today = today
        self._create = create_journal
        self._lines: list[CheckLine] = []

    def run(self, company: str, journal: str, balancing_account: str) -> tuple[CheckLine, ...]:
        """Return a line for each thing; later ones are left out where an earlier one fails."""
        if not self._token():
            return tuple(self._lines)
        found = self._tried("company", lambda: self._client.company(company))
        if found is None:
            return tuple(self._lines)
        self._add("company", f"{found.name} ({found.id})")
        self._permissions(found.id)
        if not self._to_be_made(found.id, journal.strip().upper(), balancing_account):
            there = self._journal(found.id, journal)
            if there is not None:
                self._balancing(found.id, there, balancing_account)
                self._number_series(there)
        self._dates(found.id)
        return tuple(self._lines)

    def _add(
        self, name: str, message: str, remedy: str = "", *, ok: bool = True, later: bool = False
    ) -> None:
        self._lines.append(CheckLine(name, ok, message, remedy, later))

    def _tried(self, name: str, look: Callable[[], Value]) -> Value | None:
        """Return what `look` finds; a refusal becomes a line and None."""
        try:
            return look()
        except (ConfigurationProblem, ServiceUnavailable) as fault:
            self._refused(name, fault)
            return None

    def _refused(self, name: str, fault: ConfigurationProblem | ServiceUnavailable) -> None:
        """Add a line from an error, whose last sentence is the remedy."""
        if isinstance(fault, RefusedError):
            remedy = fault.answer.remedy
            message = str(fault).removesuffix(remedy).rstrip(". ")
        else:
            message, _, remedy = str(fault).rpartition(". ")
        later = isinstance(fault, ServiceUnavailable)
        self._add(name, message or remedy, remedy if message else "", ok=False, later=later)

    def _token(self) -> bool:
        """Sign in and ask for something, which shows whether the service takes the token."""
        if self._tried("token", self._signed_in) is None:
            return False
        try:
            self._client.companies()
        except RefusedError as fault:
            name = "token" if fault.answer.status in _ABOUT_THE_TOKEN else "service"
            self._refused(name, fault)
        except (ConfigurationProblem, ServiceUnavailable) as fault:
            self._refused("service", fault)
        else:
            self._add("token", f"accepted by {self._client.connection.root}")
            return True
        return False

    def _signed_in(self) -> bool:
        self._client.exchange.sign_in()
        return True

    def _permissions(self, company_id: str) -> None:
        """Read one record of all that an import reads; writing shows only by writing."""
        readers: tuple[tuple[str, Reader[object]], ...] = (
            ("customers", CUSTOMERS),
            ("salesInvoices", INVOICES),
            ("generalLedgerEntries", POSTED),
        )
        for entity, reader in readers:
            path = f"{self._api.company(company_id)}/{entity}{query(top='1')}"
            look = self._reading(path, reader, entity)
            if self._tried("permission", look) is None:
                return
        self._add(
            "permission",
            "customers, sales invoices and posted entries can be read; whether lines may be "
            "written shows with the first one",
        )

    def _reading(self, path: str, reader: Reader[object], what: str) -> Callable[[], int]:
        return lambda: len(self._client.exchange.all(path, reader, what))

    def _to_be_made(self, company_id: str, code: str, account: str) -> bool:
        """Return whether an import will make the journal, and say what it will be."""
        if not (self._create and code):
            return False
        found = self._tried("journal", lambda: (self._client.find_journal(company_id, code),))
        if found is None or found[0] is not None:
            return found is None
        self._add("journal", f"{code} does not exist yet; the first import makes it")
        if not account:
            self._add(
                "balancing account",
                f"journal {code} would have none: its lines cannot be posted by themselves",
                "Name a general ledger account with --balancing-account",
                ok=False,
            )
        elif self._tried(
            "balancing account", lambda: self._client.direct_account(company_id, account)
        ):
            self._add("balancing account", f"each line will balance against {account}")
        return True

    def _journal(self, company_id: str, code: str) -> Journal | None:
        found = self._tried("journal", lambda: self._client.journal(company_id, code))
        if found is None:
            return None
        lines = self._client.lines(company_id, found.id)
        seen = self._tried("journal", lambda: (lines.highest(),))
        if seen is None:
            return None
        state = "has no visible lines" if seen[0] is None else f"highest line number {seen[0]}"
        self._add("journal", f"{found.code} ({found.id}), {state}")
        return found

    def _balancing(self, company_id: str, journal: Journal, wanted: str) -> None:
        there = journal.balancing_account_number
        if wanted and there.upper() != wanted:
            self._add(
                "balancing account",
                f"journal {journal.code} balances against {there or 'no account'}, not {wanted}",
                "Change it in the client, or leave --balancing-account out",
                ok=False,
            )
        elif there:
            self._usable(company_id, journal)
        else:
            self._add(
                "balancing account",
                f"journal {journal.code} has none: its lines cannot be posted by themselves",
                "Set a balancing account on the journal in the client",
                ok=False,
            )

    def _usable(self, company_id: str, journal: Journal) -> None:
        """Say whether the journal's balancing account takes lines; not all show themselves."""
        number = journal.balancing_account_number
        look = partial(self._client.balancing_fault, company_id, journal)
        fault = self._tried("balancing account", look)
        if fault:
            self._add(
                "balancing account",
                f"{number} of journal {journal.code} {fault}: no line can be created",
                "Open the account, or give the journal another one in the client",
                ok=False,
            )
        elif fault is not None:
            self._add("balancing account", f"each line balances against {number}")

    def _number_series(self, journal: Journal) -> None:
        """Say what to look at: no generation of the API shows a journal's number series."""
        self._add(
            "number series",
            f"the API does not show whether journal {journal.code} has one; with one, our "
            "document numbers are refused or replaced when the journal is posted",
            "In the client, leave No. Series and Posting No. Series of the journal empty, or "
            "allow manual numbers",
        )

    def _dates(self, company_id: str) -> None:
        if not {LEDGER_SETUP, ACCOUNTING_PERIODS} <= self._api.offers:
            self._add("dates", f"API {self._api.name} does not show which dates may be posted")
            return
        faults = self._tried("dates", lambda: self._closed(company_id))
        if faults is None:
            return
        if faults:
            remedy = "Open the dates in the general ledger set-up, or send payments of other dates"
            self._add("dates", "; ".join(faults), remedy, ok=False)
        else:
            self._add("dates", f"{self._today} may be posted")

    def _closed(self, company_id: str) -> list[str]:
        """Return why today may not be posted."""
        faults: list[str] = []
        setup = self._client.ledger_setup(company_id)
        low = setup.allow_posting_from if setup else None
        high = setup.allow_posting_to if setup else None
        if (low and self._today < low) or (high and self._today > high):
            faults.append(
                f"{self._today} is outside the allowed posting dates "
                f"({low or 'any'} to {high or 'any'})"
            )
        periods = self._client.accounting_periods(company_id)
        begun = [p for p in periods if p.starting_date and p.starting_date <= self._today]
        if begun and (begun[-1].closed or begun[-1].date_locked):
            faults.append(f"the accounting period from {begun[-1].starting_date} is closed")
        return faults
