"""A `rejects.csv` that comes back: as the source that its rows were taken from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.formulas import GUARDED, OWN_COLUMNS, ROW_COLUMN

if TYPE_CHECKING:
    import pandas as pd

    from importer.model import Grid


def returned(grid: Grid) -> Grid:
    """Return the grid of a `rejects.csv` without its two own columns and without guards.

    Any other grid comes back as it is. Rows keep the numbers that they have in the file; a
    header that is blank without the own columns, that of a source without one, is left out.
    """
    names = [name for name in grid.frame.columns if name != "row"]
    if len(grid.frame) == 0:
        return grid
    head = {name: grid.frame[name].iloc[0].strip() for name in names}
    if ROW_COLUMN not in head.values():
        return grid
    kept = [name for name in names if head[name] not in OWN_COLUMNS]
    from_row = 0 if any(head[name] for name in kept) else 1
    frame = _chosen(grid.frame, kept, from_row)
    kinds = None if grid.kinds is None else _chosen(grid.kinds, kept, from_row)
    for name in (name for name in frame.columns if name != "row"):
        frame[name] = frame[name].str.replace(GUARDED, r"\1", regex=True)
    return replace(grid, frame=frame, kinds=kinds)


def _chosen(frame: pd.DataFrame, kept: list[str], from_row: int) -> pd.DataFrame:
    row = ["row"] if "row" in frame.columns else []
    chosen = frame.iloc[from_row:][[*row, *kept]].reset_index(drop=True)
    chosen.columns = [*row, *(f"c{at}" for at in range(len(kept)))]
    return chosen
