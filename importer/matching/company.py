"""What payments are compared with: customers, invoices, settings and the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol


class Customer(Protocol):
    """What is read of a customer."""

    @property
    def number(self) -> str: ...
    @property
    def blocked(self) -> str: ...
    @property
    def currency_code(self) -> str: ...


class Invoice(Protocol):
    """What is read of a sales invoice."""

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def bill_to_customer_number(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def currency_code(self) -> str: ...
    @property
    def remaining_amount(self) -> Decimal: ...
    @property
    def posting_date(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class JournalState:
    """What the API and the import ledger show of the journal before anything is sent.

    `fault` says why its balancing account takes no lines (`is blocked`), `""` if it does;
    `highest_line` is the highest line number that is visible or was ever bound.
    """

    code: str
    balancing_account: str = ""
    fault: str = ""
    highest_line: int | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What a company holds, as far as the payments of one file need it.

    Keys are upper-cased numbers, or ids where the file names ids. `line_currency` is that of
    the journal's balancing bank account, `""` where the customer's decides. Without a `journal`
    nothing is said of one. `waiting` is the money of unposted journal lines by the upper-cased
    number of the invoice that they apply to.
    """

    customers: Mapping[str, Customer]
    invoices: Mapping[str, Invoice]
    local_currency: str = ""
    line_currency: str = ""
    posting_from: date | None = None
    posting_to: date | None = None
    journal: JournalState | None = None
    waiting: Mapping[str, Decimal] = field(default_factory=dict)
