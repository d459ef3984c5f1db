"""What is known so far of one file on its way to a proposal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from importer.model import CellKind, Grid
from importer.proposing.columns import Column
from importer.proposing.headers import Header
from importer.proposing.numbers import NumberStyle, text_cells
from importer.proposing.proposal import Answers, Question, Reason
from importer.proposing.table import Body, Table, matches, money
from importer.proposing.words import Way


@dataclass
class Draft:
    """The profile in the making: `settings` by dotted key, with reasons and questions.

    `dated` says which rows have a day; `rising` whether the oldest row comes first, None where
    the days do not tell; `marks`
    stand beside the digits of amounts, and those of `ways` say which way the money went.
    """

    grid: Grid
    table: Table
    header: Header
    body: Body
    columns: list[Column]
    answers: Answers
    settings: dict[str, Any] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    rising: bool | None = None
    dated: pa.Array = field(default_factory=lambda: pa.array([], pa.bool_()))
    marks: tuple[str, ...] = ()
    ways: dict[str, Way | None] = field(default_factory=dict)
    style: NumberStyle = field(default_factory=lambda: NumberStyle(".", (), sure=True, why=""))

    def decide(self, key: str, value: Any, why: str) -> None:  # noqa: ANN401 - any TOML value
        """Set a key of the profile, with its reason."""
        self.settings[key] = value
        self.reasons.append(Reason(key, str(value), why))

    def reference(self, column: Column) -> str | int:
        """Return how the profile names a column."""
        return self.header.reference(column.at)

    def label(self, column: Column) -> str:
        """Return how a sentence names a column."""
        return self.header.label(column.at)

    def above(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the numbers and the cells of the rows above the header."""
        for at, cells in enumerate(self.table.head[: max(self.header.first, 0)]):
            yield self.table.row_number(at), cells

    def money(self, column: Column, style: NumberStyle | None = None) -> pa.Array:
        """Read a column of amounts over all rows; a mark of money paid is a minus."""
        style = style or self.style
        number = self.body.stored(column.at, CellKind.NUMBER)
        texts = self.body.texts(column.at)
        marks = (*self.marks, *self.ways)
        values = money(texts, style.decimal, style.thousands, marks, number)
        paid = self.marked(column, Way.PAID)
        return values if paid is None else pc.if_else(paid, pc.negate(values), values)

    def marked(self, column: Column, *ways: Way) -> pa.Array | None:
        """Return which cells have a mark of one of these ways; None where there is none."""
        marks = [re.escape(mark) for mark, said in self.ways.items() if said in ways]
        if not marks:
            return None
        pattern = f"(?:^|[^A-Za-z])(?:{'|'.join(marks)})(?:[^A-Za-z]|$)"
        return matches(self.body.texts(column.at), pattern)

    def text_cells(self, column: Column) -> pa.Array:
        """Return a column's cells with those stored as numbers blanked."""
        return text_cells(self.body, column.at)

    def answered(self, reference: str | int) -> Column | None:
        """Return the column that an answer names; None where there is no answer.

        Raises:
            UsageProblem: there is no such column.
        """
        from importer.errors import UsageProblem

        if reference == "":
            return None
        for column in self.columns:
            if str(reference) in (str(self.reference(column)), str(column.at + 1)):
                return column
        names = ", ".join(self.label(column) for column in self.columns[:12])
        raise UsageProblem(f"there is no column '{reference}'; the file has {names}. Correct it.")
