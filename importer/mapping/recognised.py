"""What a header alone does not prove of a file that a profile has recognised by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.currencies import may_be, stated_above
from importer.errors import NeedsInput
from importer.mapping.amount_columns import as_text
from importer.mapping.columns import Cells
from importer.mapping.evidence import date_formats_of, decimal_of
from importer.mapping.header import Header, head, require
from importer.model import CellKind
from schemas.profile_checks import many

if TYPE_CHECKING:
    from importer.model import Grid
    from schemas.profile import Profile

_WORDS = (
    "account amount balance counterparty credit currency date debit description details id memo "
    "name number payee payer reference status text transaction type"
)
_ANYBODYS = frozenset(_WORDS.split())
"""Words of the headers of any bank: one made of them alone says nothing of whose file it is."""


def ask_for_currency(grid: Grid, profile: Profile) -> None:
    """Ask where the lines above the header name another currency than the profile's.

    Raises:
        NeedsInput: they do.
    """
    own = profile.constants.currency
    if not own or many(profile.columns.currency):
        return
    for row, stated in stated_above(head(grid, require(grid, profile).first)):
        if not may_be(stated, own):
            ways = (
                f"--profile {profile.name}: the amounts are in {own}",
                f"--profile auto: they are in {stated}, and the file is read by its content",
            )
            raise NeedsInput(
                f"{grid.source.file}: the header is that of profile '{profile.name}' "
                f"({profile.title}), whose amounts are in {own}; row {row} names {stated}. "
                f"Choose: {'; '.join(ways)}.",
                ways,
            )


def doubt_of_header(grid: Grid, profile: Profile, *, date_format: str, decimal: str) -> str:
    """Return what can be read in two ways where the header is one of any bank; else `""`.

    Args:
        grid: the file.
        profile: the profile that knows this header.
        date_format: the format of the dates, where the user has chosen it.
        decimal: the decimal mark, likewise.
    """
    words = re.findall(r"[^\W\d_]+", " ".join(profile.header.columns).casefold())
    if not words or not _ANYBODYS.issuperset(words):
        return ""
    header = require(grid, profile)
    cells = Cells(grid, header.last + 1)
    try:
        if not date_format:
            at = header.position(profile.date.column)
            date_formats_of(as_text(cells, at, CellKind.DATE), header.names[at], "")
        if not decimal:
            _ask_for_decimal(cells, header, profile)
    except NeedsInput as question:
        return "; ".join(question.readings)
    return ""


def _ask_for_decimal(cells: Cells, header: Header, profile: Profile) -> None:
    rule = profile.amount
    places = [
        header.position(one) for one in (rule.column, rule.credit, rule.debit) if one is not None
    ]
    texts = pa.concat_arrays([as_text(cells, at, CellKind.NUMBER) for at in places])
    decimal_of(texts, rule.marks, header.names[places[0]], "")


def words_of(
    grid: Grid, profile: Profile, column: str | int, above: Header | None = None
) -> list[str]:
    """Return the different cells of a column of a file that a profile reads.

    `above` is the header where the grid is a later part of the file.
    """
    header = above or require(grid, profile)
    cells = Cells(grid, 0 if above else header.last + 1, profile.blanks)
    texts = pc.unique(cells.text(header.position(column)))
    return [text for text in texts.to_pylist() if text]
