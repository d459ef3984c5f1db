"""The rows under validation: as the server will see them, and where the schema finds fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.payment import ASTRAL, CODE_FIELDS, GUID_FIELDS, TEXT_FIELDS, ZERO_GUID
from schemas.texts import arrow, longest, trimmed

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

    from schemas.payment import PaymentContract

FREE_TEXTS = ("description", "comment")
"""Texts that are cut where a template made them: they identify nothing."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One check that one row does not pass: the row's index in the mapped frame."""

    index: int
    field: str
    code: str


def canonical(frame: pd.DataFrame, contract: PaymentContract, made: frozenset[str]) -> pd.DataFrame:
    """Return the columns of the schema, normalised as the server does it.

    Code fields are trimmed and in upper case, a zero id is none, and free texts that a template
    made are cut to the contract's length.
    """
    columns = {name: frame[name] for name in ("row", "posting_date", "amount", "currency")}
    for name in (*CODE_FIELDS, *GUID_FIELDS, *TEXT_FIELDS):
        texts = arrow(frame[name])
        if name in CODE_FIELDS:
            texts = pc.utf8_upper(trimmed(texts, " "))
        elif name in GUID_FIELDS and longest(texts):
            texts = pc.replace_substring_regex(texts, pattern=r"^\{(.*)\}$", replacement=r"\1")
            texts = pc.if_else(pc.equal(texts, ZERO_GUID), "", texts)
        elif name in made and name in contract.lengths:
            texts = _cut(texts, contract.lengths[name])
        columns[name] = pd.Series(pd.arrays.ArrowExtensionArray(texts), index=frame.index)
    return pd.DataFrame(columns)


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
    """Return every check that a row does not pass, in the order of rows and columns."""
    from pandera.errors import SchemaErrors

    if len(frame) == 0:
        return []
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
