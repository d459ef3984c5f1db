"""The records of the API as frozen values; `""` and None where there is nothing.

Source: parts 5, 6 and 7 of the reference on the Business Central API. Journal lines are
`importer.model.ServerLine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the environment."""

    id: str
    name: str
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """A customer payment journal; `code` is what users call it by."""

    id: str
    code: str
    display_name: str = ""
    balancing_account_id: str = ""
    balancing_account_number: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer; `blocked` is `""`, `Ship`, `Invoice` or `All`."""

    id: str
    number: str
    name: str = ""
    blocked: str = ""
    currency_code: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """A sales invoice; the payer is the bill-to customer. Amounts include tax."""

    id: str
    number: str
    customer_id: str
    customer_number: str
    customer_name: str
    bill_to_customer_id: str
    bill_to_customer_number: str
    status: str
    total_amount: Decimal
    remaining_amount: Decimal
    currency_code: str
    posting_date: date | None
    due_date: date | None
    external_document_number: str
    order_number: str


@dataclass(frozen=True, slots=True)
class LedgerSetup:
    """The general ledger set-up: the dates that postings may have, and the local currency."""

    allow_posting_from: date | None
    allow_posting_to: date | None
    local_currency_code: str


@dataclass(frozen=True, slots=True)
class AccountingPeriod:
    """An accounting period, named by its first day."""

    starting_date: date | None
    closed: bool
    date_locked: bool


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account of the company; `currency_code` `""` is the local currency."""

    id: str
    number: str
    name: str
    blocked: bool
    currency_code: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the general ledger."""

    id: str
    number: str
    name: str
    blocked: bool
    direct_posting: bool


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """A general ledger entry; `modified_at` (UTC) is None where the server does not tell it."""

    entry_number: int
    posting_date: date | None
    document_number: str
    document_type: str
    account_number: str
    description: str
    debit: Decimal
    credit: Decimal
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomerEntry:
    """A customer ledger entry; `amount` has the server's sign."""

    entry_number: int
    posting_date: date | None
    document_number: str
    document_type: str
    external_document_number: str
    customer_number: str
    amount: Decimal
    open: bool


@dataclass(frozen=True, slots=True)
class DimensionLine:
    """One dimension of a payment; `id` is that of the dimension."""

    id: str
    code: str
    value_code: str
    etag: str
