"""The exact decoding of the API's records.

Amounts become `Decimal` from the digits as they arrived. Empty GUIDs, blank dates and JSON
nulls become `""` or None. Source: parts 2, 5 and 6 of the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final, Generic, TypeVar

import msgspec

from importer.business_central.records import (
    Account,
    AccountingPeriod,
    BankAccount,
    Company,
    Customer,
    CustomerEntry,
    DimensionLine,
    Invoice,
    Journal,
    LedgerSetup,
    PostedEntry,
)
from importer.model import ServerLine

ZERO_GUID: Final = "00000000-0000-0000-0000-000000000000"
_MOST_DIGITS: Final = 30

Shape = TypeVar("Shape")
Value_co = TypeVar("Value_co", covariant=True)


class UnreadableError(Exception):
    """A body is not what the API's documentation says it is."""


class _Record(msgspec.Struct, rename="camel"):
    id: str | None = None
    number: str | None = None
    display_name: str | None = None
    etag: str | None = msgspec.field(default=None, name="@odata.etag")


class _Company(_Record):
    name: str | None = None


class _Journal(_Record):
    code: str | None = None
    balancing_account_id: str | None = None
    balancing_account_number: str | None = None


class _Customer(_Record):
    blocked: str | None = None
    currency_code: str | None = None


class _Invoice(_Record):
    customer_id: str | None = None
    customer_number: str | None = None
    customer_name: str | None = None
    bill_to_customer_id: str | None = None
    bill_to_customer_number: str | None = None
    status: str | None = None
    total_amount_including_tax: Decimal | None = None
    remaining_amount: Decimal | None = None
    currency_code: str | None = None
    posting_date: str | None = None
    invoice_date: str | None = None
    due_date: str | None = None
    external_document_number: str | None = None
    order_number: str | None = None


class _Line(_Record):
    line_number: int | None = None
    amount: Decimal | None = None
    posting_date: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    document_number: str | None = None
    external_document_number: str | None = None
    applies_to_invoice_id: str | None = None
    applies_to_invoice_number: str | None = None
    description: str | None = None
    comment: str | None = None
    journal_id: str | None = None


class _Setup(_Record):
    allow_posting_from: str | None = None
    allow_posting_to: str | None = None
    local_currency_code: str | None = None


class _Period(_Record):
    starting_date: str | None = None
    closed: bool | None = None
    date_locked: bool | None = None


class _Account(_Record):
    blocked: bool | None = None
    direct_posting: bool | None = None
    currency_code: str | None = None


class _Entry(_Record):
    entry_number: int | None = None
    posting_date: str | None = None
    document_number: str | None = None
    document_type: str | None = None
    account_number: str | None = None
    description: str | None = None
    debit_amount: Decimal | None = None
    credit_amount: Decimal | None = None
    external_document_number: str | None = None
    customer_number: str | None = None
    amount: Decimal | None = None
    open: bool | None = None
    last_modified_date_time: str | None = None


class _Dimension(_Record):
    code: str | None = None
    value_code: str | None = None


class _Page(msgspec.Struct, Generic[Shape]):
    value: list[Shape]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")


def _id(text: str | None) -> str:
    return "" if text is None or text == ZERO_GUID else text


def _amount(number: Decimal | None) -> Decimal:
    """Return an amount of a size that a ledger can hold, 0 for none.

    Raises:
        UnreadableError: it is no number, or absurdly large or long.
    """
    if number is None:
        return Decimal(0)
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise UnreadableError("an amount in the answer is no amount of money")
    return number


def _date(text: str | None) -> date | None:
    """Return a date; the blank date 0001-01-01 is None.

    Raises:
        UnreadableError: it is none.
    """
    if not text or text.startswith("0001-01-01"):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise UnreadableError("a date in the answer is no date") from None


def _needed(text: str | None, name: str) -> str:
    """Return `text`.

    Raises:
        UnreadableError: there is none, so this is another kind of record.
    """
    if not text or "\0" in text:
        raise UnreadableError(f"a record in the answer has no {name}")
    return text


def _company(raw: _Company) -> Company:
    return Company(_needed(raw.id, "id"), raw.name or "", raw.display_name or "")


def _journal(raw: _Journal) -> Journal:
    return Journal(
        _needed(raw.id, "id"),
        _needed(raw.code, "code"),
        raw.display_name or "",
        _id(raw.balancing_account_id),
        raw.balancing_account_number or "",
    )


def _customer(raw: _Customer) -> Customer:
    blocked = (raw.blocked or "").replace("_x0020_", "").strip()
    return Customer(
        _needed(raw.id, "id"),
        _needed(raw.number, "number"),
        raw.display_name or "",
        blocked,
        raw.currency_code or "",
    )


def _invoice(raw: _Invoice) -> Invoice:
    total = _amount(raw.total_amount_including_tax)
    return Invoice(
        id=_needed(raw.id, "id"),
        number=raw.number or "",
        customer_id=_id(raw.customer_id),
        customer_number=raw.customer_number or "",
        customer_name=raw.customer_name or "",
        bill_to_customer_id=_id(raw.bill_to_customer_id) or _id(raw.customer_id),
        bill_to_customer_number=raw.bill_to_customer_number or raw.customer_number or "",
        status=(raw.status or "").replace("_x0020_", " ").strip(),
        total_amount=total,
        remaining_amount=total if raw.remaining_amount is None else _amount(raw.remaining_amount),
        currency_code=raw.currency_code or "",
        posting_date=_date(raw.posting_date or raw.invoice_date),
        due_date=_date(raw.due_date),
        external_document_number=raw.external_document_number or "",
        order_number=raw.order_number or "",
    )


def _line(raw: _Line) -> ServerLine:
    if raw.line_number is None or raw.amount is None:
        raise UnreadableError("a journal line in the answer has no line number or no amount")
    return ServerLine(
        id=_needed(raw.id, "id"),
        line_number=raw.line_number,
        amount=_amount(raw.amount),
        posting_date=_date(raw.posting_date),
        customer_number=raw.customer_number or "",
        customer_id=_id(raw.customer_id),
        document_number=raw.document_number or "",
        external_document_number=raw.external_document_number or "",
        invoice_number=raw.applies_to_invoice_number or "",
        invoice_id=_id(raw.applies_to_invoice_id),
        description=raw.description or "",
        comment=raw.comment or "",
        journal_id=_id(raw.journal_id),
        etag=raw.etag or "",
    )


def _setup(raw: _Setup) -> LedgerSetup:
    return LedgerSetup(
        _date(raw.allow_posting_from), _date(raw.allow_posting_to), raw.local_currency_code or ""
    )


def _period(raw: _Period) -> AccountingPeriod:
    return AccountingPeriod(_date(raw.starting_date), bool(raw.closed), bool(raw.date_locked))


def _bank(raw: _Account) -> BankAccount:
    return BankAccount(
        _needed(raw.id, "id"),
        raw.number or "",
        raw.display_name or "",
        bool(raw.blocked),
        raw.currency_code or "",
    )


def _account(raw: _Account) -> Account:
    return Account(
        _needed(raw.id, "id"),
        raw.number or "",
        raw.display_name or "",
        bool(raw.blocked),
        raw.direct_posting is not False,
    )


def _moment(text: str | None) -> datetime | None:
    """Return a time in UTC, None where there is none (`0001-01-01T00:00:00Z`) or it is no time."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if moment.year == 1:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _posted(raw: _Entry) -> PostedEntry:
    return PostedEntry(
        raw.entry_number or 0,
        _date(raw.posting_date),
        raw.document_number or "",
        raw.document_type or "",
        raw.account_number or "",
        raw.description or "",
        _amount(raw.debit_amount),
        _amount(raw.credit_amount),
        _moment(raw.last_modified_date_time),
    )


def _customer_entry(raw: _Entry) -> CustomerEntry:
    return CustomerEntry(
        raw.entry_number or 0,
        _date(raw.posting_date),
        raw.document_number or "",
        raw.document_type or "",
        raw.external_document_number or "",
        raw.customer_number or "",
        _amount(raw.amount),
        bool(raw.open),
    )


def _dimension(raw: _Dimension) -> DimensionLine:
    return DimensionLine(
        _needed(raw.id, "id"), raw.code or "", raw.value_code or "", raw.etag or ""
    )


def decoded(decoder: msgspec.json.Decoder[Shape], body: bytes) -> Shape:
    """Decode `body`.

    Raises:
        UnreadableError: it is not what the decoder expects.
    """
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError) as fault:
        raise UnreadableError(f"the answer cannot be read: {fault}"[:300]) from None


class Reader(Generic[Value_co]):
    """Decodes one kind of record, alone or in pages."""

    def __init__(self, shape: type[Any], convert: Callable[[Any], Value_co]) -> None:
        self._one = msgspec.json.Decoder(shape)
        self._page = msgspec.json.Decoder(_Page[shape])  # type: ignore[valid-type]
        self._convert = convert

    def one(self, body: bytes) -> Value_co:
        """Decode a single record.

        Raises:
            UnreadableError: `body` is none.
        """
        return self._convert(decoded(self._one, body))

    def page(self, body: bytes) -> tuple[Sequence[Value_co], str]:
        """Decode a page of records and the link to the next, `""` at the end.

        Raises:
            UnreadableError: `body` is none.
        """
        page = decoded(self._page, body)
        return [self._convert(raw) for raw in page.value], page.next_link or ""


COMPANIES: Final = Reader(_Company, _company)
JOURNALS: Final = Reader(_Journal, _journal)
CUSTOMERS: Final = Reader(_Customer, _customer)
INVOICES: Final = Reader(_Invoice, _invoice)
LINES: Final = Reader(_Line, _line)
SETUPS: Final = Reader(_Setup, _setup)
PERIODS: Final = Reader(_Period, _period)
BANKS: Final = Reader(_Account, _bank)
ACCOUNTS: Final = Reader(_Account, _account)
POSTED: Final = Reader(_Entry, _posted)
CUSTOMER_ENTRIES: Final = Reader(_Entry, _customer_entry)
DIMENSIONS: Final = Reader(_Dimension, _dimension)
count: Final[Callable[[bytes], int]] = partial(decoded, msgspec.json.Decoder(int))
