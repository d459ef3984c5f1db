"""What is wrong with a journal before anything is sent to it."""

from __future__ import annotations

from collections.abc import Iterable

from importer.matching.company import JournalState
from importer.model import Finding, Severity
from importer.numbering import room_for_lines

SCARCE_LINES = 1_000_000
"""A journal with line numbers for fewer lines is worth a word."""


def of_journal(journal: JournalState, count: int) -> Iterable[Finding]:
    """Yield what is wrong with the journal for a number of lines; their row is None."""
    code, account = journal.code, journal.balancing_account
    if not account:
        yield Finding(
            "journal-unbalanced",
            Severity.WARNING,
            None,
            "",
            code,
            f"journal {code} has no balancing account, so its lines do not balance and posting "
            "it would fail",
            "Set the balancing account of the journal in Business Central before importing, or "
            "balance the lines there by hand before posting.",
        )
    elif journal.fault:
        yield Finding(
            "balancing-account-unusable",
            Severity.ERROR,
            None,
            "",
            account,
            f"the balancing account {account} of journal {code} {journal.fault}; the server "
            "would refuse every line",
            "Open the account, or give the journal another one in Business Central.",
        )
    room = room_for_lines(journal.highest_line)
    if room < max(count, SCARCE_LINES):
        yield Finding(
            "line-numbers-scarce",
            Severity.ERROR if room < count else Severity.WARNING,
            None,
            "",
            str(journal.highest_line),
            f"journal {code} has line numbers left for {room} lines (its highest is "
            f"{journal.highest_line}); the file has {count}",
            "Use another journal.",
        )
