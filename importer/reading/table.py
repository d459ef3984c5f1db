"""What the readers hand over inside the child process: columns of text, and what they saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.model import Finding, Layout, Severity

if TYPE_CHECKING:
    import pyarrow as pa

NOTES_PER_CODE = 50  # findings that stop no row are counted beyond this


class Irregular(Exception):
    """Only the slow path reads a text rightly; what was read of it before does not count."""


@dataclass
class Table:
    """A file's rows: Arrow columns `row`, `c0`…, for a workbook also `k0`… with `CellKind`s."""

    columns: pa.Table
    layout: Layout
    findings: list[Finding] = field(default_factory=list)


class RowBuffer:
    """Collects rows of text of different width; blank rows are left out, short ones padded."""

    def __init__(self, flush_rows: int = 20_000) -> None:
        self._flush_rows = flush_rows
        self._numbers: list[int] = []
        self._rows: list[Sequence[str]] = []
        self._parts: list[tuple[pa.Array, list[pa.Array]]] = []
        self.width = 0
        self.count = 0

    def add(self, number: int, cells: Sequence[str]) -> None:
        """Take one row; a row of blanks only is dropped."""
        for cell in cells:
            if cell and not cell.isspace():
                break
        else:
            return
        self._numbers.append(number)
        self._rows.append(cells)
        self.count += 1
        if len(self._rows) >= self._flush_rows:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        width = max(map(len, self._rows))
        self.width = max(self.width, width)
        blank = ("",) * width
        padded = (row if len(row) == width else (*row, *blank[len(row) :]) for row in self._rows)
        columns = [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
        self._parts.append((pa.array(self._numbers, pa.int64()), columns))
        self._numbers, self._rows = [], []

    def table(self) -> pa.Table:
        """Return all rows, each as wide as the widest."""
        import pyarrow as pa

        self._flush()
        names = ["row", *(f"c{i}" for i in range(self.width))]
        schema = pa.schema([(name, pa.int64() if name == "row" else pa.string()) for name in names])
        batches = []
        for numbers, columns in self._parts:
            missing = self.width - len(columns)
            blank = pa.array([""] * len(numbers), pa.string()) if missing else None
            batches.append(
                pa.record_batch([numbers, *columns, *([blank] * missing)], schema=schema)
            )
        return pa.Table.from_batches(batches, schema)


def capped(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with long series of those that stop no row counted, not listed."""
    seen: Counter[str] = Counter()
    last: dict[str, Finding] = {}
    kept = []
    for finding in findings:
        if finding.severity is not Severity.ERROR:
            seen[finding.code] += 1
            if seen[finding.code] > NOTES_PER_CODE:
                last[finding.code] = finding
                continue
        kept.append(finding)
    for code, finding in last.items():
        more = seen[code] - NOTES_PER_CODE
        message = f"{more:,} more cells like the {NOTES_PER_CODE} above; the last is in row "
        kept.append(
            replace(
                finding, row=None, column="", cell="", value="", message=message + str(finding.row)
            )
        )
    return kept
