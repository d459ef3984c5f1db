"""A company's tables, and the database that holds them with its transaction log."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from importer.simulator.errors import same_key
from importer.simulator.tables import (
    Account,
    BankAccount,
    Currency,
    Customer,
    CustomerEntry,
    Dimension,
    Invoice,
    Journal,
    LedgerEntry,
    Line,
    NumberSeries,
    Period,
    Row,
    Template,
)
from importer.simulator.wire import Json

R = TypeVar("R", bound=Row)


class Database:
    """All companies; makes ids, versions and times; can take back what a failure began."""

    def __init__(self, seed: int = 0, today: str = "") -> None:
        self.lock = threading.RLock()
        self.today = today or time.strftime("%Y-%m-%d", time.gmtime())
        self.companies: list[Company] = []
        # Skip tokens of an earlier epoch are expired.
        self.epoch = 1
        self._random = random.Random(seed)  # noqa: S311 - ids, the same for the same seed
        self._version = 0
        self._second = 0
        self._second_text = ""
        self._undo: list[Callable[[], object]] = []
        self._depth = 0

    def new_id(self) -> str:
        """A GUID, the same sequence for the same seed."""
        digits = f"{self._random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def next_version(self) -> int:
        """A row version; it only ever rises, also over a rollback."""
        self._version += 1
        return self._version

    def now(self) -> str:
        """The time as the API writes it, UTC."""
        moment = time.time()
        second = int(moment)
        if second != self._second:
            self._second = second
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._second_text}.{int((moment - second) * 1000):03d}Z"

    def stamp(self) -> dict[str, Any]:
        """The fields of a new row's head."""
        now = self.now()
        return {
            "id": self.new_id(),
            "version": self.next_version(),
            "created_at": now,
            "modified_at": now,
        }

    def touched(self, row: R, **changes: Json) -> R:
        """A changed copy of a row, with a new version."""
        return replace(row, version=self.next_version(), modified_at=self.now(), **changes)

    def undo_with(self, action: Callable[[], object]) -> None:
        """Remember how to take back what was just done."""
        if self._depth:
            self._undo.append(action)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing of it. May be nested."""
        mark = len(self._undo)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._undo) > mark:
                self._undo.pop()()
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._undo.clear()

    def company(self, name: str | None = None) -> Company:
        """The company of that name or id; the first one if none is named."""
        for company in self.companies:
            if name is None or name in (company.name, company.id):
                return company
        raise KeyError(name)


class Table(dict[str, R]):
    """Rows by id, with a second unique key (number or code)."""

    def __init__(self, database: Database, key: str) -> None:
        super().__init__()
        self._database = database
        self.key = key
        self.by_key: dict[Any, R] = {}

    def put(self, row: R) -> R:
        """Insert a row, or replace the one with its id."""
        old = self.get(row.id)
        self._place(row, old)
        self._database.undo_with(lambda: self._place(old, row))
        return row

    def drop(self, row: R) -> None:
        """Delete a row."""
        self._place(None, row)
        self._database.undo_with(lambda: self._place(row, None))

    def _place(self, row: R | None, old: R | None) -> None:
        if old is not None:
            del self[old.id]
            del self.by_key[getattr(old, self.key)]
        if row is not None:
            self[row.id] = row
            self.by_key[getattr(row, self.key)] = row


class Company:
    """One company: set-up, master data, journals, ledgers."""

    def __init__(self, database: Database, company_id: str, name: str) -> None:
        self.database = database
        self.id = company_id
        self.name = name
        self.display_name = name
        self.created_at = database.now()
        self.version = database.next_version()
        self.local_currency = "EUR"
        self.precision = Decimal("0.01")
        self.allow_from = ""
        self.allow_to = ""
        self.receivables_account = ""
        self.setup_id = database.new_id()
        self.currencies: Table[Currency] = Table(database, "code")
        self.accounts: Table[Account] = Table(database, "number")
        self.banks: Table[BankAccount] = Table(database, "number")
        self.customers: Table[Customer] = Table(database, "number")
        self.invoices: Table[Invoice] = Table(database, "key")
        self.dimensions: Table[Dimension] = Table(database, "code")
        self.series: dict[str, NumberSeries] = {}
        self.templates: dict[str, Template] = {}
        self.periods: list[Period] = []
        self.journals: dict[str, Journal] = {}
        self.journal_codes: dict[tuple[str, str], Journal] = {}
        self.lines: dict[str, Line] = {}
        self.ledger: list[LedgerEntry] = []
        self.customer_ledger: list[CustomerEntry] = []
        # The entries of posted invoices, by document number.
        self.invoice_entries: dict[str, CustomerEntry] = {}
        self.last_entry_number = 0

    # Journals and lines have keys of more than one field, so they are not a `Table`.

    def put_journal(self, journal: Journal) -> Journal:
        """Insert a journal, or replace the one with its id; the code must be free."""
        old = self.journals.get(journal.id)
        taken = self.journal_codes.get((journal.template, journal.code))
        if taken is not None and taken is not old:
            key = {"Journal Template Name": journal.template, "Name": journal.code}
            raise same_key("Gen. Journal Batch", key)
        self._place_journal(journal, old)
        self.database.undo_with(lambda: self._place_journal(old, journal))
        return journal

    def drop_journal(self, journal: Journal) -> None:
        """Delete a journal with every line in it."""
        for line in journal.lines.ordered():
            self.drop_line(line)
        self._place_journal(None, journal)
        self.database.undo_with(lambda: self._place_journal(journal, None))

    def _place_journal(self, journal: Journal | None, old: Journal | None) -> None:
        if old is not None:
            del self.journals[old.id]
            del self.journal_codes[old.template, old.code]
        if journal is not None:
            self.journals[journal.id] = journal
            self.journal_codes[journal.template, journal.code] = journal

    def put_line(self, line: Line, old: Line | None = None) -> Line:
        """Insert a line, or put it in place of `old`; its number must be free."""
        journal = self.journals[line.journal_id]
        taken = journal.lines.by_number.get(line.line_number)
        if taken is not None and taken is not old:
            raise self.same_line_key(journal, line.line_number)
        self._place_line(line, old)
        self.database.undo_with(lambda: self._place_line(old, line))
        return line

    def drop_line(self, line: Line) -> None:
        """Delete a line."""
        self._place_line(None, line)
        self.database.undo_with(lambda: self._place_line(line, None))

    def _place_line(self, line: Line | None, old: Line | None) -> None:
        if old is not None:
            self.journals[old.journal_id].lines.remove(old)
            del self.lines[old.id]
        if line is not None:
            self.journals[line.journal_id].lines.add(line)
            self.lines[line.id] = line

    @staticmethod
    def same_line_key(journal: Journal, number: int) -> Exception:
        """The error for a line number in use."""
        key: dict[str, str | int] = {
            "Journal Template Name": journal.template,
            "Journal Batch Name": journal.code,
            "Line No.": number,
        }
        return same_key("Gen. Journal Line", key)

    def posted_invoice(self, number: str) -> Invoice | None:
        """The posted invoice with that number."""
        return self.invoices.by_key.get((True, number))

    def next_entry_number(self) -> int:
        """A ledger entry number; taken back with its transaction."""
        before = self.last_entry_number
        self.database.undo_with(lambda: setattr(self, "last_entry_number", before))
        self.last_entry_number += 1
        return self.last_entry_number
