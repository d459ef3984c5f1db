"""What is known so far of one file on its way to a proposal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from importer.model import CellKind, Grid
from importer.proposing.columns import Column
from importer.proposing.headers import Header
from importer.proposing.numbers import NumberStyle, text_cells
from importer.proposing.proposal import Answers, Question, Reason
from importer.proposing.table import Body, Table, money


@dataclass
class Draft:
    """The profile in the making: `settings` by dotted key, with reasons and questions.

    `rising` says whether the oldest row comes first, None where the days do not tell.
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
    marks: tuple[str, ...] = ()
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

    def money(self, column: Column, style: NumberStyle | None = None) -> pa.Array:
        """Read a column of amounts over all rows."""
        style = style or self.style
        number = self.body.stored(column.at, CellKind.NUMBER)
        texts = self.body.texts(column.at)
        return money(texts, style.decimal, style.thousands, self.marks, number)

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
