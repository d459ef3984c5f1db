"""What a file prints about itself, found without holding all of its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from importer.mapping.rows import map_rows
from importer.mapping.stated import HALF, aside
from schemas.texts import arrow

if TYPE_CHECKING:
    from importer.mapping.mapped import Mapped
    from importer.model import Finding, Stated


class Aside:
    """Keeps of each part the rows that are no payments, as many as are searched for statements."""

    def __init__(self, first: Mapped) -> None:
        """Keep what stands above the rows of the first part."""
        self._stated = first.stated
        self._profile = first.profile
        self._top = replace(first.grid, frame=first.grid.frame.take(range(first.index)))
        self._rows = self._top.frame.iloc[:0]
        self._findings: list[Finding] = []
        self._parts = 0

    def add(self, part: Mapped) -> None:
        """Keep those of the next part, which may be the first."""
        self._parts += 1
        self._findings += part.grid.findings
        places = aside({name: arrow(part.frame[name]) for name in ("kind", "rule")})
        if places:
            found = part.only(np.array(places, np.intp)).grid.frame
            rows = pd.concat([self._rows, found], ignore_index=True)
            if len(rows) > 2 * HALF:
                rows = pd.concat([rows.iloc[:HALF], rows.iloc[-HALF:]], ignore_index=True)
            self._rows = rows

    def stated(self) -> tuple[Stated, ...]:
        """Return what the whole file says about its own balances, totals and counts."""
        if self._parts == 1 or not len(self._rows):
            return self._stated
        frame = pd.concat([self._top.frame, self._rows], ignore_index=True)
        grid = replace(self._top, frame=frame, findings=tuple(self._findings))
        return map_rows(grid, self._profile).stated
