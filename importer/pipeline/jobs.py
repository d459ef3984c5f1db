"""What a command asks for, and what it gets back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import ImporterError
from importer.model import Bucket, Reconciliation, RunRecord, Target
from importer.reconciliation import UNPROVEN
from importer.settings import TargetOptions
from importer.states import UNDONE, waiting

if TYPE_CHECKING:
    from importer.reports import ReportPaths

SOME_ROWS_FAILED, PERSON_MUST_LOOK, TRY_LATER = 3, 4, 5


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source file is to be read; `""` leaves the choice to its content.

    `limits` are those of `importer.reading.Limits` that differ from the usual ones.
    """

    profile: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    date_format: str = ""
    decimal: str = ""
    positive: str = ""
    currency: str = ""
    date_column: str = ""
    amount_column: str = ""
    credit_column: str = ""
    debit_column: str = ""
    limits: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are taken, and what a faulty row does to the others.

    `on_error` is `skip` (the faulty row alone is left out), `stop` (nothing is sent where a row
    is faulty, and no more after the server refused one) or `all-or-nothing` (as `stop`, and
    what was created is taken back).
    """

    only: frozenset[int] | None = None
    skip: frozenset[int] = frozenset()
    strict: bool = False
    on_error: str = "skip"

    def takes(self, row: int) -> bool:
        """Tell whether the user wants a row."""
        return row not in self.skip and (self.only is None or row in self.only)


def _silent(_text: str) -> None:
    """Tell nobody."""


def _no_progress(_what: str, _done: int, _total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a command asks for: the file's reading, the target, the ledger, the reports."""

    target: TargetOptions
    ledger: str
    report_dir: Path
    reading: Reading = field(default_factory=Reading)
    expect_count: int | None = None
    expect_total: Decimal | None = None
    choice: Choice = field(default_factory=Choice)
    accept_held: frozenset[int] = frozenset()
    accept_totals: bool = False
    acknowledge: bool = False
    settle_seconds: float = 660.0
    say: Callable[[str], None] = _silent
    progress: Callable[[str, int, int], None] = _no_progress
    stop: Callable[[], bool] = bool


@dataclass(frozen=True, slots=True)
class Intent:
    """What an import is about to do, for the person who is asked.

    `totals` and `largest` are by currency as the file states it, `""` where it states none.
    """

    target: Target
    counts: dict[Bucket, int]
    totals: dict[Bucket, dict[str, Decimal]]
    largest: dict[str, Decimal]
    first_day: str
    last_day: str

    @property
    def sends(self) -> bool:
        """Tell whether there is anything to send."""
        return self.counts[Bucket.PLANNED] > 0

    def lines(self) -> Iterator[str]:
        """Say it in lines."""
        where = self.target
        place = " / ".join(part for part in (where.tenant, where.environment) if part)
        journal = f"company {where.company_name}, journal {where.journal_code}"
        yield f"To {place or where.base_url}, {journal}"
        for bucket, count in self.counts.items():
            if count:
                word = "to send" if bucket is Bucket.PLANNED else str(bucket)
                yield f"{word:<10} {count:>8,} rows {_sums(self.totals[bucket]):>18}"
        yield f"largest amount {_sums(self.largest)}; {self.first_day} to {self.last_day}"


Confirm = Callable[[Callable[[], Intent]], bool]
"""Asked before anything is sent, with what sums up what is about to be done."""


def _sums(sums: Mapping[str, Decimal]) -> str:
    """Write sums of money, each with its currency: they are never added up."""
    return ", ".join(f"{sum_:,} {code}".rstrip() for code, sum_ in sorted(sums.items())) or "0"


@dataclass(frozen=True, slots=True)
class Run:
    """A run that ended, with its proof and its reports; `fault` is why it stopped early."""

    record: RunRecord
    reconciliation: Reconciliation
    paths: ReportPaths | None = None
    fault: ImporterError | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that the design gives to such an end."""
        counts = self.reconciliation.counts
        if self.fault is not None:
            return self.fault.exit_code
        unproven = UNPROVEN in self.reconciliation.differences
        differences = len(self.reconciliation.differences) > unproven
        # What undo freed waits for nobody; what it kept is its fault.
        held = counts[Bucket.HELD] if self.record.message != UNDONE else 0
        if differences or counts[Bucket.UNKNOWN] or held:
            return PERSON_MUST_LOOK
        waits = counts[Bucket.PLANNED] or waiting(self.record.rows) or unproven
        if waits and self.record.command != "check":
            return TRY_LATER
        return SOME_ROWS_FAILED if counts[Bucket.REJECTED] + counts[Bucket.REFUSED] else 0

    def document(self) -> dict[str, Any]:
        """Return the document of `--json`."""
        from importer.reports import json_document

        folder = str(self.paths.folder) if self.paths else None
        if self.paths and len(self.record.rows) < self.reconciliation.rows:
            # A large dry run keeps its rows in the report alone.
            document = {**json.loads(self.paths.json.read_bytes()), "report_dir": folder}
        else:
            document = json_document(self.record, self.reconciliation, folder)
        return {**document, "error": str(self.fault)} if self.fault else document

    def lines(self) -> Iterator[str]:
        """Return what a terminal shows of it."""
        from importer.reports import terminal_lines

        yield from terminal_lines(self.record, self.reconciliation, self.paths or ())
