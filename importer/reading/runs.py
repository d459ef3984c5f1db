"""Rows of a sheet that lie by columns, which takes a third of the room and time of single cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.model import CellKind

if TYPE_CHECKING:
    import pyarrow as pa

Cells = tuple[list[str], list[CellKind]]  # a column's texts and kinds, one for each row


@dataclass(frozen=True, slots=True)
class Column:
    """The texts of a column, and the kind of each, or of all."""

    texts: pa.Array
    kinds: list[CellKind] | CellKind

    @classmethod
    def of(cls, texts: list[str], kinds: list[CellKind]) -> Column:
        """Return a column of cells."""
        import pyarrow as pa

        alike = kinds.count(kinds[0]) == len(kinds)
        return cls(pa.array(texts, pa.string()), kinds[0] if alike else kinds)

    @classmethod
    def empty(cls, length: int) -> Column:
        """Return a column of empty cells."""
        import pyarrow as pa

        return cls(pa.repeat("", length), CellKind.EMPTY)

    def count(self, kind: CellKind) -> int:
        """Return how many cells are of a kind."""
        if isinstance(self.kinds, list):
            return self.kinds.count(kind)
        return len(self.texts) if self.kinds is kind else 0

    def cells(self) -> Cells:
        """Return texts and kinds."""
        each = self.kinds if isinstance(self.kinds, list) else [self.kinds] * len(self.texts)
        return self.texts.to_pylist(), each

    def arrow_kinds(self) -> pa.Array:
        """Return the kinds as a column of their own."""
        import pyarrow as pa

        if isinstance(self.kinds, list):
            return pa.array(self.kinds, pa.string())
        return pa.repeat(str(self.kinds), len(self.texts))


@dataclass(frozen=True, slots=True)
class Run:
    """Rows in the order of their numbers, and their columns by position from 0."""

    numbers: list[int]
    columns: dict[int, Column]

    @classmethod
    def of(cls, numbers: list[int], columns: Mapping[int, Cells]) -> Run:
        """Return the rows of columns of cells."""
        return cls(numbers, {at: Column.of(*cells) for at, cells in columns.items()})

    def column(self, position: int) -> Column:
        """Return a column, an empty one where there is none."""
        return self.columns.get(position) or Column.empty(len(self.numbers))

    def rows(self) -> Iterator[tuple[int, dict[int, tuple[str, CellKind]]]]:
        """Yield each row's number and filled cells."""
        return by_rows(self.numbers, {at: one.cells() for at, one in self.columns.items()})


def by_rows(
    numbers: list[int], columns: Mapping[int, Cells]
) -> Iterator[tuple[int, dict[int, tuple[str, CellKind]]]]:
    """Yield each row's number and filled cells."""
    for at, number in enumerate(numbers):
        yield (
            number,
            {
                position: (texts[at], kinds[at])
                for position, (texts, kinds) in columns.items()
                if kinds[at] is not CellKind.EMPTY
            },
        )


def any_blank(length: int, columns: Mapping[int, Cells]) -> bool:
    """Say whether a row holds nothing but blanks."""
    blank: Iterable[int] = range(length)
    for texts, _ in columns.values():
        blank = [at for at in blank if not texts[at].strip()]
        if not blank:
            return False
    return True
