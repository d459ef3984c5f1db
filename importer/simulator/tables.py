"""The rows that a company consists of. Dates are ISO text, a blank date is 0001-01-01."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from importer.simulator.values import BLANK_DATE, ZERO, ZERO_GUID

# A row of whichever table an entity set shows, or the row above it in a path.
AnyRow: TypeAlias = Any


@dataclass(slots=True)
class Row:
    """What every row has: a server-made id, a version for the etag, times."""

    id: str
    version: int
    created_at: str
    modified_at: str


@dataclass(slots=True)
class Currency(Row):
    """A foreign currency; without an exchange rate nothing can be valued in it."""

    code: str
    display_name: str = ""
    symbol: str = ""
    decimal_places: str = "2:2"
    amount_precision: Decimal = Decimal("0.01")
    exchange_rate: Decimal | None = None


@dataclass(slots=True)
class Account(Row):
    """A G/L account."""

    number: str
    display_name: str = ""
    direct_posting: bool = True
    blocked: bool = False


@dataclass(slots=True)
class BankAccount(Row):
    """A bank account; its currency rules the lines it balances."""

    number: str
    display_name: str = ""
    currency_code: str = ""
    blocked: bool = False


@dataclass(slots=True)
class Customer(Row):
    """A customer; `currency_code` is blank for the local currency."""

    number: str
    display_name: str = ""
    blocked: str = ""
    privacy_blocked: bool = False
    currency_code: str = ""
    email: str = ""
    phone_number: str = ""
    tax_registration_number: str = ""
    default_dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Invoice(Row):
    """A sales invoice, draft or posted; the id survives posting."""

    number: str
    customer_number: str
    bill_to_number: str
    posted: bool = True
    status: str = "Open"
    invoice_date: str = BLANK_DATE
    posting_date: str = BLANK_DATE
    due_date: str = BLANK_DATE
    currency_code: str = ""
    total: Decimal = ZERO
    remaining: Decimal = ZERO
    external_document_number: str = ""
    order_number: str = ""
    posted_number: str = ""

    @property
    def key(self) -> tuple[bool, str]:
        """Drafts and posted invoices are numbered in tables of their own."""
        return self.posted, self.number


@dataclass(slots=True)
class DimensionValue(Row):
    """One value of a dimension."""

    code: str
    display_name: str
    dimension_id: str


@dataclass(slots=True)
class Dimension(Row):
    """A dimension and its values by code."""

    code: str
    display_name: str = ""
    values: dict[str, DimensionValue] = field(default_factory=dict)


@dataclass(slots=True)
class NumberSeries:
    """A number series: the next number, and whether others may be entered by hand."""

    code: str
    next_number: str
    manual: bool = True


@dataclass(slots=True)
class Template:
    """A general journal template."""

    name: str
    increment_batch_name: bool = False


@dataclass(slots=True)
class Period:
    """An accounting period."""

    id: str
    starting_date: str
    closed: bool = False
    date_locked: bool = False


@dataclass(slots=True)
class Line(Row):
    """A row of Gen. Journal Line, seen through `customerPayments` or hidden from it."""

    journal_id: str
    line_number: int = 0
    document_type: str = ""
    account_type: str = ""
    account_number: str = ""
    customer_id: str = ZERO_GUID
    contact_id: str = ""
    posting_date: str = BLANK_DATE
    document_number: str = ""
    external_document_number: str = ""
    amount: Decimal = ZERO
    amount_lcy: Decimal = ZERO
    balance_lcy: Decimal = ZERO
    currency_code: str = ""
    applies_to_type: str = ""
    applies_to_number: str = ""
    applies_to_id: str = ZERO_GUID
    description: str = ""
    comment: str = ""
    bal_account_type: str = "G/L Account"
    bal_account_number: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    scheduled: bool = False

    @property
    def visible(self) -> bool:
        """Whether `customerPayments` shows the line."""
        return (
            self.document_type == "Payment"
            and self.account_type == "Customer"
            and self.applies_to_type == "Invoice"
        )

    @property
    def empty(self) -> bool:
        """Whether the application takes the line for an empty one."""
        return not self.account_number and not self.amount


class JournalLines:
    """The lines of one journal in the order of their numbers."""

    __slots__ = ("balance", "by_number", "numbers")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.by_number: dict[int, Line] = {}
        self.balance = ZERO

    def add(self, line: Line) -> None:
        """Put a line in; its number must be free."""
        insort(self.numbers, line.line_number)
        self.by_number[line.line_number] = line
        self.balance += line.balance_lcy

    def remove(self, line: Line) -> None:
        """Take a line out."""
        del self.numbers[bisect_left(self.numbers, line.line_number)]
        del self.by_number[line.line_number]
        self.balance -= line.balance_lcy

    def last(self) -> Line | None:
        """The line with the highest number."""
        return self.by_number[self.numbers[-1]] if self.numbers else None

    def after(self, number: int) -> Line | None:
        """The first line with a higher number."""
        place = bisect_right(self.numbers, number)
        return self.by_number[self.numbers[place]] if place < len(self.numbers) else None

    def ordered(self) -> list[Line]:
        """All lines by number."""
        return [self.by_number[number] for number in self.numbers]


@dataclass(slots=True)
class Journal(Row):
    """A general journal batch; in the API its `Name` is the code."""

    code: str
    template: str = "CASHRCPT"
    display_name: str = ""
    bal_account_type: str = "G/L Account"
    bal_account_number: str = ""
    bal_account_id: str = ZERO_GUID
    no_series: str = ""
    posting_no_series: str = ""
    approval_pending: bool = False
    lines: JournalLines = field(default_factory=JournalLines)


@dataclass(slots=True)
class LedgerEntry(Row):
    """A posted G/L entry."""

    entry_number: int
    posting_date: str
    document_type: str
    document_number: str
    account_number: str
    description: str
    amount: Decimal


@dataclass(slots=True)
class CustomerEntry(Row):
    """A posted customer ledger entry."""

    entry_number: int
    posting_date: str
    document_type: str
    document_number: str
    external_document_number: str
    customer_number: str
    description: str
    currency_code: str
    amount: Decimal
    amount_lcy: Decimal
    remaining: Decimal

    @property
    def open(self) -> bool:
        """Whether something remains to be applied."""
        return bool(self.remaining)
