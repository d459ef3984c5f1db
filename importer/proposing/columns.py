"""What each column holds, by its cells; and what its header says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from importer.model import CellKind
from importer.proposing import days
from importer.proposing.headers import Header
from importer.proposing.numbers import has_word, is_fraction, looks_like_money
from importer.proposing.table import Body, count, matches
from importer.proposing.vocabulary import concepts
from importer.proposing.words import BLANKS, currency_code

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10,34}")
_ACCOUNT = re.compile(r"[A-Z]{0,4}[0-9Xx*.\-/ ]{6,34}")
_SOLID_DAY = re.compile(r"(?:19[89]|20[0-4])[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[AaPp]\.?[Mm]\.?)?")
MOSTLY = 0.8
MAX_ID_DIGITS = 12


@dataclass(eq=False)
class Column:
    """One column below the header: its position from 0, its concepts, its sampled cells."""

    at: int
    name: str
    concepts: frozenset[str]
    body: Body

    @cached_property
    def cells(self) -> list[str]:
        """The sampled cells that say something."""
        return [cell for cell in self.body.sample(self.at) if cell and cell not in BLANKS]

    @property
    def first(self) -> str:
        """The first cell that says something."""
        return next(iter(self.cells), "")

    @cached_property
    def filled(self) -> int:
        """How many sampled cells say something."""
        return len(self.cells)

    @cached_property
    def distinct(self) -> int:
        """How many different texts the sampled cells hold."""
        return len(set(self.cells))

    @cached_property
    def day_share(self) -> float:
        """The share of the sampled cells that are days, with a year or without."""
        return self._share(days.looks_like_day)

    @cached_property
    def is_day(self) -> bool:
        """Whether the column holds days; words such as `Pending` may stand among them."""
        if self.filled == 0:
            return False
        if self._solid and "date" not in self.concepts:
            return not self.name and all(_SOLID_DAY.fullmatch(cell) for cell in self.cells)
        with_year = sum(bool(days.formats_of(cell)) for cell in self.cells)
        least = 0.5 if "date" in self.concepts or with_year > 2 else MOSTLY  # noqa: PLR2004
        return self.day_share >= least

    @property
    def _solid(self) -> bool:
        """Whether all days are plain digits, which may be any other number as well."""
        return all(cell.isdigit() for cell in self.cells) and not self._stored_days

    @cached_property
    def _stored_days(self) -> bool:
        stored = self.body.stored(self.at, CellKind.DATE)
        return stored is not None and count(stored) > 0

    @cached_property
    def is_money(self) -> bool:
        """Whether the column holds numbers that can be amounts."""
        if self.filled == 0 or self.is_day:
            return False
        return self._share(lambda c: looks_like_money(c) or has_word(c)) >= MOSTLY

    @cached_property
    def is_code(self) -> bool:
        """Whether the numbers are rather identifiers: leading zeros, long, none with a mark."""
        numbers = [cell for cell in self.cells if looks_like_money(cell)]
        if any(is_fraction(cell) for cell in numbers):
            return False
        zeros = any(re.fullmatch(r"0[0-9]+", cell) for cell in numbers)
        return zeros or any(sum(map(str.isdigit, c)) >= MAX_ID_DIGITS for c in numbers)

    @cached_property
    def has_fractions(self) -> bool:
        """Whether some numbers have a mark between their digits."""
        return any(is_fraction(cell) for cell in self.cells)

    @cached_property
    def has_negatives(self) -> bool:
        """Whether some number is negative, over all rows."""
        return count(matches(self.body.texts(self.at), r"^[^0-9]*[(\x{2212}-]|[0-9]\s*-$")) > 0

    @cached_property
    def is_currency(self) -> bool:
        """Whether the cells are currency codes or names."""
        return self.filled > 0 and self._share(lambda c: bool(currency_code(c))) == 1

    @cached_property
    def is_time(self) -> bool:
        """Whether the cells are times of a day."""
        return self.filled > 0 and self._share(lambda c: _TIME.fullmatch(c) is not None) == 1

    @cached_property
    def is_iban(self) -> bool:
        """Whether the cells look like international account numbers."""
        return self._share(lambda c: _IBAN.fullmatch(c) is not None) >= MOSTLY

    @cached_property
    def is_account(self) -> bool:
        """Whether the cells look like account numbers of any kind."""
        return self.is_iban or self._share(lambda c: _ACCOUNT.fullmatch(c) is not None) >= 0.5  # noqa: PLR2004

    @cached_property
    def letters(self) -> float:
        """The average number of letters in the filled cells."""
        total = sum(sum(map(str.isalpha, cell)) for cell in self.cells)
        return total / self.filled if self.filled else 0.0

    def says(self, *names: str) -> bool:
        """Say whether the header names one of these concepts."""
        return any(name in self.concepts for name in names)

    def _share(self, test: Callable[[str], bool]) -> float:
        return sum(map(test, self.cells)) / self.filled if self.filled else 0.0


def columns_of(body: Body, header: Header) -> list[Column]:
    """Return every column of the body with what its header says."""
    names = [*header.names, *[""] * (body.width - len(header.names))]
    return [Column(at, name, concepts(name), body) for at, name in enumerate(names)]
