"""The way of rows out into a report and back, as the source that they were taken from."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.formulas import (
    GUARDED,
    HASH_MARK,
    HASH_START,
    OWN_COLUMNS,
    PLACE_COLUMN,
    ROW_COLUMN,
    SOURCE_COLUMN,
    STATUS_COLUMN,
)
from importer.model import Bucket, CellKind, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from importer.model import Grid
    from schemas.profile import Profile

_DAY = r"^(\d\d)(\d\d)-(\d\d)-(\d\d)$"
_STATUS = rf"^{STATUS_COLUMN}$|^({STATUS_COLUMN}: )?({'|'.join(Bucket)})(:|$)"
_PLACED = rf"(?:{HASH_MARK}[0-9a-f]{{{HASH_START}}} (?:[0-9]{{1,9}} ?)?)+"
_PLACE = rf"^{PLACE_COLUMN}$|^(?:{PLACE_COLUMN}: )?{_PLACED}$"
_KNOWN = re.compile(rf"{HASH_MARK}([0-9a-f]{{{HASH_START}}})(?: ([0-9]{{1,9}}))?(?= |$)")
_HASHES = re.compile(rf"{HASH_MARK}([0-9a-f]{{{HASH_START}}})\b")
_DAY_PARTS = {"%Y": r"\1\2", "%y": r"\2", "%m": r"\3", "%d": r"\4"}


def returned(grid: Grid) -> Grid:
    """Return the grid of a `rejects.csv` or annotated workbook as its source was.

    It loses our own columns and, from the first, the guards. Any other grid comes back as it
    is. Rows keep the numbers that they have in the file; a header that is blank without the own
    columns, that of a source without one, is left out.
    """
    if len(grid.frame) == 0:
        return grid
    if grid.kinds is not None:
        grid = _without_status(grid)
    names = [name for name in grid.frame.columns if name != "row"]
    head = {name: grid.frame[name].iloc[0].strip() for name in names}
    if ROW_COLUMN not in head.values():
        return grid
    kept = [name for name in names if head[name] not in OWN_COLUMNS]
    from_row = 0 if any(head[name] for name in kept) else 1
    frame = _chosen(grid.frame, kept, from_row)
    kinds = None if grid.kinds is None else _chosen(grid.kinds, kept, from_row)
    for name in (name for name in frame.columns if name != "row"):
        frame[name] = frame[name].str.replace(GUARDED, r"\1", regex=True)
    places = _places(grid, {head[name]: name for name in names if head[name] in OWN_COLUMNS})
    places = {**places, **grid.places}
    sources = " ".join(dict.fromkeys(one for place in places.values() for one in place.sources))
    layout = replace(grid.layout, sources=sources, shown=_shown(grid, kept))
    return replace(grid, frame=frame, kinds=kinds, places=places, layout=layout)


def _places(grid: Grid, own: Mapping[str, str]) -> dict[int, Place]:
    """Return where the rows stood, as far as our own columns still say so."""
    if SOURCE_COLUMN not in own:
        return {}
    stood = zip(
        grid.frame["row"], grid.frame[own[ROW_COLUMN]], grid.frame[own[SOURCE_COLUMN]], strict=True
    )
    return {
        int(row): Place(sources, int(text))
        for row, text, cell in stood
        if re.fullmatch("[0-9]{1,9}", text) and (sources := tuple(_HASHES.findall(cell)))
    }


def _without_status(grid: Grid) -> Grid:
    """Leave out our columns of an annotated workbook, and rows that hold nothing else.

    A column is known by all of its cells, so that no text of a payer is taken for it.
    """
    names = [name for name in grid.frame.columns if name != "row"]
    status = [name for name in names if _is_own(grid.frame[name], STATUS_COLUMN, _STATUS)]
    placed = [name for name in names if _is_own(grid.frame[name], PLACE_COLUMN, _PLACE)]
    own = [*status, *placed]
    if not own or len(own) == len(names):
        return grid
    kept = [name for name in names if name not in own]
    filled = (grid.frame[kept] != "").any(axis=1).to_numpy(dtype=bool)
    return replace(
        grid,
        frame=_chosen(grid.frame[filled], kept, 0),
        kinds=None if grid.kinds is None else _chosen(grid.kinds[filled], kept, 0),
        layout=replace(grid.layout, shown=_shown(grid, kept)),
        places=_known_places(grid.frame[filled], placed),
    )


def _shown(grid: Grid, kept: list[str]) -> tuple[tuple[int, str], ...]:
    """Return the currencies of the columns, each where it stands among those that are kept."""
    places = {name: at for at, name in enumerate(kept)}
    return tuple((places[f"c{at}"], mark) for at, mark in grid.layout.shown if f"c{at}" in places)


def _is_own(column: pd.Series, start: str, every: str) -> bool:
    if not column.str.startswith(start).any():
        return False
    texts = column[column != ""]
    return bool(texts.str.match(every).all())


def _known_places(frame: pd.DataFrame, columns: list[str]) -> dict[int, Place]:
    """Return where the rows of an annotated workbook stood, by its hidden column."""
    places: dict[int, Place] = {}
    for name in columns:
        for row, text in zip(frame["row"], frame[name], strict=True):
            known = _KNOWN.findall(text)
            if known and known[-1][1]:
                *before, (_, last) = known
                places[int(row)] = Place(
                    tuple(dict.fromkeys(start for start, _ in known)),
                    int(last),
                    tuple((start, int(at)) for start, at in before if at),
                )
    return places


def _chosen(frame: pd.DataFrame, kept: list[str], from_row: int) -> pd.DataFrame:
    row = ["row"] if "row" in frame.columns else []
    chosen = frame.iloc[from_row:][[*row, *kept]].reset_index(drop=True)
    chosen.columns = [*row, *(f"c{at}" for at in range(len(kept)))]
    return chosen


def written(grid: Grid, profile: Profile) -> pd.DataFrame:
    """Return the grid's cells as the profile reads them from a text file.

    Those of a text file are the same. A workbook stores numbers with a point and days as ISO,
    whatever its profile says of text: written out as they are, `100.005` would come back as
    100005 where the point divides thousands. The currency that a column shows goes with them.
    """
    if grid.kinds is None:
        return grid.frame
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    formats = profile.date.formats
    day = _day_replacement(formats if isinstance(formats, str) else formats[0])
    columns = {"row": grid.frame["row"]}
    shown = {f"c{at}": mark for at, mark in grid.layout.shown}
    for name in grid.kinds.columns:
        kinds, texts = _text(grid.kinds[name]), _text(grid.frame[name])
        numbers = pc.replace_substring(texts, ".", profile.amount.decimal)
        if (mark := shown.get(name)) in profile.amount.marks:
            numbers = pc.binary_join_element_wise(mark, numbers, " ")
        texts = pc.if_else(pc.equal(kinds, str(CellKind.NUMBER)), numbers, texts)
        days = pc.replace_substring_regex(texts, _DAY, day)
        texts = pc.if_else(pc.equal(kinds, str(CellKind.DATE)), days, texts)
        columns[name] = pd.Series(texts, index=grid.frame.index, dtype=pd.ArrowDtype(pa.string()))
    return pd.DataFrame(columns)


def _text(column: pd.Series) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    values = pa.array(column)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return pc.cast(values, pa.string())


def _day_replacement(date_format: str) -> str:
    """Return the format as a replacement for ISO days; ISO itself where it has month names."""
    parts = re.split(r"(%.)", date_format)
    if any(part.startswith("%") and part not in _DAY_PARTS for part in parts):
        return r"\1\2-\3-\4"
    return "".join(_DAY_PARTS.get(part, part.replace("\\", r"\\")) for part in parts)
