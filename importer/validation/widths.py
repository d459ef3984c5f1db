"""Rows of a text file with more fields than the header names: their fields may have slid.

A decimal comma without quotes, in a file that separates by commas, makes two fields of one
amount: `12,50` would be read as 12, and nothing else would show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import pyarrow.compute as pc

from importer.model import Finding, Grid, Kind, Severity
from schemas.texts import arrow

if TYPE_CHECKING:
    import pandas as pd

CODE = "fields-beyond-header"


class Headed(Protocol):
    """A source file by canonical columns, with its header."""

    @property
    def grid(self) -> Grid:
        """Return the source file as it is."""
        ...

    @property
    def frame(self) -> pd.DataFrame:
        """Return the canonical columns."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """Return the header's cells; without a header all are empty."""
        ...


def slid(mapped: Headed) -> Iterator[Finding]:
    """Yield a finding for each incoming row with a filled field beyond those of the header."""
    width = max((at for at, name in enumerate(mapped.header, 1) if name.strip()), default=0)
    grid, first = mapped.grid, len(mapped.grid.frame) - len(mapped.frame)
    if not width or grid.kinds is not None or _is_written_out(grid, first - 1, width):
        return
    below = grid.frame.iloc[first:]
    beyond = [name for name in below.columns if name != "row" and int(name[1:]) >= width]
    incoming = pc.equal(arrow(mapped.frame["kind"]), str(Kind.INCOMING))
    fields: dict[int, tuple[int, str]] = {}
    for name in beyond:
        texts = arrow(below[name])
        for at in pc.indices_nonzero(pc.and_(incoming, pc.not_equal(texts, ""))).to_pylist():
            fields[at] = (int(name[1:]) + 1, texts[at].as_py())
    rows = arrow(below["row"])
    mark = grid.layout.delimiter or ","
    for at, (count, value) in sorted(fields.items()):
        yield Finding(
            CODE,
            Severity.ERROR,
            rows[at].as_py(),
            "",
            value,
            f"the row has {count} fields, the header names {width}; its fields may have slid, as "
            f"by an amount with a {mark!r} that is not in quotes",
            f"Put the field that holds a {mark!r} in quotes, or export with another delimiter.",
        )


def _is_written_out(grid: Grid, header: int, width: int) -> bool:
    """Say whether the header goes on with empty names, as many as the widest row has fields.

    A row that has slid would be wider, but where a mark at the end of the header adds one name.
    """
    written = dict(grid.layout.widths).get(int(grid.frame["row"].iloc[header]), 0)
    return header >= 0 and written == len(grid.frame.columns) - 1 and written > width + 1
