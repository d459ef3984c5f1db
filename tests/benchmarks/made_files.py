"""Source files of any size, made from a seed: the same number gives the same bytes."""

import random
from datetime import date, timedelta
from pathlib import Path

SEED = 20_260_215

HEADER = (
    "Booking Date",
    "Value Date",
    "Counterparty",
    "Account",
    "Reference",
    "Amount",
    "Currency",
    "Balance",
    "Customer No.",
    "Invoice No.",
    "Status",
    "Transaction Id",
)

PROFILE = """\
title = "Benchmark bank (made up)"
identity = "bank-id"

[header]
columns = [
    "Booking Date", "Value Date", "Counterparty", "Account", "Reference", "Amount", "Currency",
    "Balance", "Customer No.", "Invoice No.", "Status", "Transaction Id",
]

[date]
column = "Booking Date"
formats = ["%Y-%m-%d"]

[amount]
column = "Amount"
decimal = "."

[columns]
counterparty = "Counterparty"
counterparty_account = "Account"
reference = "Reference"
currency = "Currency"
balance = "Balance"
bank_id = "Transaction Id"
customer_number = "Customer No."
external_document_number = "Transaction Id"

[[skip]]
column = "Status"
words = ["pending"]
kind = "pending"
reason = "the bank has not booked it yet"
"""

CUSTOMERS = ("10000", "20000", "30000", "50000", "60000", "80000", "100000", "C10000")
"""Customers of the built-in fixture whom nothing blocks."""

_NAMES = ("Adatum Bikes", "Alpine Garden Supply", "Blue Heron Coffee", "Copper Kettle Café")
_BAD = ("12,50.0", "n/a", "", "1e5")
_FIRST_DAY = date(2025, 3, 1)
_DAYS = 300
_BAD_SHARE = 0.01


def rows(count: int, *, bad: bool = True, currency: str = "EUR"):
    """Yield rows of text; one in a hundred has a bad amount, three in a hundred are pending."""
    chance = random.Random(SEED)
    cents = 1_000_000
    for at in range(count):
        amount = chance.randrange(100, 5_000_000)
        day = (_FIRST_DAY + timedelta(days=at * _DAYS // count)).isoformat()
        customer = chance.choice(CUSTOMERS)
        invoice = 100_000 + chance.randrange(900_000)
        fault = chance.random()
        pending = bad and fault > 1 - 3 * _BAD_SHARE
        cents += 0 if pending else amount
        text = f"{amount // 100}.{amount % 100:02d}"
        if bad and fault < _BAD_SHARE:
            text = chance.choice(_BAD)
        yield (
            day,
            day,
            f"{chance.choice(_NAMES)}, branch {customer}",
            f"XX{chance.randrange(10**19, 10**20)}",
            f"Invoice {invoice}, customer {customer}; thank you",
            text,
            currency,
            f"{cents // 100}.{cents % 100:02d}",
            customer,
            str(invoice),
            "pending" if pending else "booked",
            f"TX{chance.randrange(10**9):09d}-{at:08d}",
        )


def write_csv(path: Path, count: int, **given) -> Path:
    """Write a CSV file of about 190 bytes per row, the counterparty in quotes."""
    if path.exists():
        return path
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(",".join(HEADER) + "\r\n")
        for row in rows(count, **given):
            cells = (f'"{cell}"' if "," in cell else cell for cell in row)
            stream.write(",".join(cells) + "\r\n")
    return path


def write_workbook(path: Path, count: int) -> Path:
    """Write the same rows as a workbook with real dates and numbers."""
    from openpyxl import Workbook

    if path.exists():
        return path
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Payments")
    sheet.append(HEADER)
    for row in rows(count):
        cells = [date.fromisoformat(row[0]), date.fromisoformat(row[1]), *row[2:]]
        for at in (5, 7):
            sound = row[at].replace(".", "").isdecimal()
            cells[at] = float(row[at]) if sound else row[at]
        sheet.append(cells)
    book.save(path)
    return path


def write_clerks_workbook(path: Path) -> Path:
    """Write forty payments as a clerk types them, under captions of the server."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(("Posting Date", "Customer No.", "Amount", "Description"))
    for row in rows(40, bad=False):
        sheet.append((date.fromisoformat(row[0]), row[8], float(row[5]), row[4]))
    book.save(path)
    return path


def write_profile(folder: Path) -> Path:
    """Write the profile that reads the files."""
    path = folder / "benchmark-bank.toml"
    path.write_text(PROFILE, encoding="utf-8")
    return path
