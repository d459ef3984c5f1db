"""What a profile made of a source file: canonical columns, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from importer.amounts import tidy_column
from importer.mapping.returned import written
from importer.model import Bucket, Kind, SourceRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from importer.mapping.header import Header
    from importer.model import Grid, Stated
    from schemas.profile import Profile

TEXTS = (
    "counterparty",
    "counterparty_account",
    "reference",
    "currency",
    "bank_id",
    "own_account",
    "customer_number",
    "customer_id",
    "contact_id",
    "invoice_number",
    "invoice_id",
    "document_number",
    "external_document_number",
    "description",
    "comment",
)
"""The canonical text columns."""

WORKBOOKS = ("xlsx", "xlsm", "xls", "xlsb", "ods")


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of the source file: its position, 0 for the first, and its header text."""

    position: int
    header: str


class Placed(Protocol):
    """Whatever has a place among the columns of the source file."""

    @property
    def position(self) -> int:
        """Return its place, 0 for the first."""
        ...


def _letters(position: int) -> str:
    """Return a column's letters in a workbook: A for the first, AA behind Z."""
    letters, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


@dataclass(frozen=True)
class Mapped:
    """A grid as its profile understood it: one line for each row below the header.

    `frame` is Arrow-backed and has the columns

    * `row` (int64), `kind` (a `Kind`), `rule` (why the row is not an incoming payment, or "");
    * `posting_date` (date32, null where there is none or none that exists) and
      `posting_date_text`, the cell;
    * `amount` (decimal128, `+` received, null where there is none or none that can be read),
      `amount_text`, the cell, `amount_position`, the 0-based position of that cell, and
      `amount_fault`, the code of what is wrong with it, or ""; where that is the word for the
      direction, text and position are those of the word;
    * `balance` (decimal128) and `balance_text`;
    * the text columns `TEXTS` and `dimension.<CODE>`, `""` where there is nothing.

    `columns` names the source columns of each canonical field; `header` and `found` are the
    header and where it was found; `index` is where the rows start in `grid.frame`; `taken` is what
    rows take from rows around them, by column; `made` are the fields that a template put together;
    `stated` are balances, totals and counts that the file prints; `understood` are sentences for a
    person.
    """

    grid: Grid
    profile: Profile
    frame: pd.DataFrame
    columns: Mapping[str, tuple[SourceColumn, ...]]
    header: tuple[str, ...]
    found: Header
    index: int
    made: frozenset[str] = field(default_factory=frozenset)
    taken: Mapping[int, pa.Array] = field(default_factory=dict)
    stated: tuple[Stated, ...] = ()
    understood: tuple[str, ...] = ()

    def source(self, field_name: str, position: int | None = None) -> SourceColumn | None:
        """Return the source column of a field, or the column at a 0-based position."""
        if position is not None:
            name = self.header[position] if position < len(self.header) else ""
            return SourceColumn(position, name or f"column {position + 1}")
        return next(iter(self.columns.get(field_name, ())), None)

    def cell(self, column: Placed | None, row: int | None) -> str:
        """Return the address of a workbook's cell, such as `D17`; `""` for text files."""
        if column is None or row is None or self.grid.layout.kind not in WORKBOOKS:
            return ""
        return f"{_letters(column.position)}{row}"

    @cached_property
    def written(self) -> pd.DataFrame:
        """Return `grid.frame` below the header, its cells as the profile reads them from text.

        A row that takes a day or text from rows around it has them in its own cells, so that it
        is read alike without them.
        """
        import pandas as pd
        import pyarrow.compute as pc

        from schemas.texts import arrow

        frame = written(self.grid, self.profile).iloc[self.index :]
        for position, values in self.taken.items():
            name = f"c{position}"
            texts = pc.coalesce(values, arrow(frame[name]))
            column = pd.Series(pd.arrays.ArrowExtensionArray(texts), index=frame.index)
            frame = frame.assign(**{name: column})
        return frame

    def only(self, places: NDArray[np.intp]) -> Mapped:
        """Return the lines `places` of `frame` alone, with their part of the grid."""
        import pyarrow as pa

        grid, inside = self.grid, places + self.index
        kinds = None if grid.kinds is None else grid.kinds.iloc[inside].reset_index(drop=True)
        frame = grid.frame.iloc[inside].reset_index(drop=True)
        return replace(
            self,
            grid=replace(grid, frame=frame, kinds=kinds),
            frame=self.frame.iloc[places].reset_index(drop=True),
            index=0,
            taken={at: values.take(pa.array(places)) for at, values in self.taken.items()},
        )

    def source_rows(
        self, buckets: Sequence[Bucket | None], reasons: Sequence[str]
    ) -> tuple[SourceRow, ...]:
        """Return every row for reports; `buckets` and `reasons` are those of `frame`'s lines.

        Rows that are rejected carry their source cells, so that they can come back.
        """
        import numpy as np
        import pyarrow as pa

        frame = self.frame
        rejected = [at for at, bucket in enumerate(buckets) if bucket is Bucket.REJECTED]
        cells: Iterator[tuple[str, ...]] = iter(())
        if rejected:
            back = self.only(np.array(rejected, np.intp)).written
            cells = zip(*(listed(back[name]) for name in back.columns[1:]), strict=True)
        amounts = tidy_column(pa.array(frame["amount"]), pa.array(frame["currency"]))
        columns: Iterator[tuple[Any, ...]] = zip(
            listed(frame["row"]),
            [_KINDS[kind] for kind in listed(frame["kind"])],
            amounts,
            listed(frame["posting_date"]),
            *(listed(frame[name]) for name in _SHOWN),
            buckets,
            reasons,
            strict=True,
        )
        return tuple(
            SourceRow(*values, *([next(cells)] if values[-2] is Bucket.REJECTED else []))
            for values in columns
        )


_KINDS = {str(kind): kind for kind in Kind}

_SHOWN = ("currency", "counterparty", "reference", "customer_number", "invoice_number")


def listed(column: pd.Series) -> list[Any]:
    """Return an Arrow-backed column as a list of plain values."""
    import pyarrow as pa

    values = pa.array(column)
    plain: list[Any]
    if pa.types.is_string(values.type):  # several times faster than to_pylist
        plain = values.to_numpy(zero_copy_only=False).tolist()
    else:
        plain = values.to_pylist()
    return plain
