"""Line numbers that nobody used, and document numbers that show whose line it is.

A line number is the server's only unique key within a journal. A document number made here is
derived from the payment's identity, not from the ledger: a ledger that was lost is noticed,
because the same payment would get the same number again.
"""

from __future__ import annotations

import hashlib
import re

from importer.errors import ConfigurationProblem

FIRST_LINE_NUMBER = 20_000
"""Posting may leave an invisible line with number 10000."""

HIGHEST_LINE_NUMBER = 2_147_483_647
"""The server's type is Int32."""

LINE_NUMBER_STEPS = (10_000, 1_000, 100, 10, 1)
"""Room between lines, as much as a file's size leaves."""

DOCUMENT_PREFIX = "CPI"
"""The beginning of every document number made here."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DOCUMENT = re.compile(rf"{DOCUMENT_PREFIX}([A-Z2-7]{{10}}[0-9]{{5}})([0-9]{{2}})")


def line_numbers(count: int, *, highest_visible: int | None, highest_bound: int | None) -> range:
    """Return `count` line numbers above every number that is visible or was ever bound.

    Raises:
        ConfigurationProblem: the journal has no such numbers left.
    """
    highest = max(highest_visible or 0, highest_bound or 0, FIRST_LINE_NUMBER - 10_000)
    start = _next(highest)
    for step in LINE_NUMBER_STEPS:
        if start + (count - 1) * step <= HIGHEST_LINE_NUMBER:
            return range(start, start + count * step, step)
    raise ConfigurationProblem(
        f"The journal's highest line number is {highest}; {count} more do not fit below"
        f" {HIGHEST_LINE_NUMBER}. Use another journal, or post this one and choose an empty one."
    )


def room_for_lines(highest: int | None) -> int:
    """Return how many lines still have a number above the highest that is known."""
    start = _next(max(highest or 0, FIRST_LINE_NUMBER - 10_000))
    return max(HIGHEST_LINE_NUMBER - start + 1, 0)


def _next(highest: int) -> int:
    """Return the first number that a new file's lines get."""
    return (highest // 10_000 + 1) * 10_000


def spare_line_number(highest: int, room: int) -> int:
    """Return one more line number, `room` steps beyond the highest that is known.

    Raises:
        ConfigurationProblem: the journal has no such number left.
    """
    highest = max(highest, FIRST_LINE_NUMBER - 1)
    wanted = (highest // 10_000 + room) * 10_000
    if highest < wanted <= HIGHEST_LINE_NUMBER:
        return wanted
    return line_numbers(1, highest_visible=highest, highest_bound=None)[0]


def document_number(digest: str, generation: int = 0) -> str:
    """Return the document number of an identity: 20 characters, upper case, ending in digits.

    The last two digits check the rest, so that a number that the server or a person counted up
    from one of ours is not taken for ours.

    Args:
        digest: the digest of the payment's identity.
        generation: how many payments of this identity were given up before.
    """
    value = int.from_bytes(hashlib.sha256(f"{digest}:{generation}".encode()).digest()[:16])
    letters = "".join(_LETTERS[value >> 5 * position & 31] for position in range(10))
    body = f"{letters}{(value >> 50) % 100_000:05d}"
    return f"{DOCUMENT_PREFIX}{body}{_check_digits(body)}"


def is_own_document(number: str) -> bool:
    """Tell whether a document number was made by this tool, in whatever ledger."""
    found = _DOCUMENT.fullmatch(number)
    return found is not None and _check_digits(found[1]) == found[2]


def _check_digits(body: str) -> str:
    return f"{int(body, 36) % 97:02d}"
