"""The rows under validation: as the server will see them, and where the schema finds fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.amounts import CURRENCY_DECIMALS
from schemas.payment import ASTRAL, CODE_FIELDS, GUID_FIELDS, TEXT_FIELDS, ZERO_GUID, derived
from schemas.texts import arrow, longest, trimmed, upper

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

    from schemas.payment import PaymentContract

_TEXTS = (*CODE_FIELDS, *GUID_FIELDS, *TEXT_FIELDS)

FREE_TEXTS = ("description", "comment")
"""Texts that are cut where a template made them: they identify nothing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One check that one row does not pass: the row's index in the mapped frame."""

    index: int
    field: str
    code: str


def canonical(
    frame: pd.DataFrame, contract: PaymentContract, made: frozenset[str], taken: pd.Series
) -> pd.DataFrame:
    """Return the columns of the schema for the rows `taken`, normalised as the server does it.

    Code fields are trimmed and in upper case, a zero id is none, and free texts that a template
    made are cut to the contract's length. The index is that of `frame`.
    """
    mask = None if taken.all() else arrow(taken)
    count = len(frame) if mask is None else int(pc.sum(mask).as_py() or 0)
    columns = {}
    for name in ("row", "posting_date", "amount", "currency", *_TEXTS):
        values = arrow(frame[name])
        if name in _TEXTS and not longest(values):
            columns[name] = values[:count]
            continue
        values = values if mask is None else values.filter(mask)
        if name in CODE_FIELDS:
            values = upper(trimmed(values, " "))
        elif name in GUID_FIELDS:
            values = pc.replace_substring_regex(values, pattern=r"^\{(.*)\}$", replacement=r"\1")
            values = pc.if_else(pc.equal(values, ZERO_GUID), "", values)
        elif name in made and name in contract.lengths:
            values = _cut(values, contract.lengths[name])
        columns[name] = values
    columns |= derived(columns, CURRENCY_DECIMALS)
    index = frame.index if mask is None else frame.index[taken.to_numpy(dtype=bool)]
    arrays = {name: pd.arrays.ArrowExtensionArray(values) for name, values in columns.items()}
    return pd.DataFrame(arrays, index=index)


def _cut(texts: pa.Array, units: int) -> pa.Array:
    """Cut texts to a length in UTF-16 units, between characters."""
    short = pc.utf8_slice_codeunits(texts, 0, units)
    wide = pc.match_substring_regex(short, pattern=ASTRAL)
    if not pc.any(wide).as_py():
        return short
    bare = [_cut_one(text, units) for text in pc.filter(short, wide).to_pylist()]
    return pc.replace_with_mask(short, wide, pa.array(bare, pa.string()))


def _cut_one(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def failures(schema: DataFrameSchema, frame: pd.DataFrame) -> list[Failure]:
    """Return every check that a row does not pass, in the order of rows and columns.

    Every check of a text holds where there is none, so columns without any are not asked.
    """
    from pandera.errors import SchemaErrors

    if len(frame) == 0:
        return []
    fields = [name for name in schema.columns if name not in _TEXTS or longest(arrow(frame[name]))]
    if len(fields) < len(schema.columns):
        schema = schema.select_columns(fields)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        found = zip(
            cases["index"].tolist(), cases["column"].tolist(), cases["check"].tolist(), strict=True
        )
        order = {name: at for at, name in enumerate(schema.columns)}
        distinct = {Failure(int(index), column, check) for index, column, check in found}
        return sorted(distinct, key=lambda one: (one.index, order[one.field], one.code))
    return []
