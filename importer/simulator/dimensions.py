"""Dimensions of a payment: `dimensionSetLines` (v2.0), `dimensionLines` and arrays before it."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from importer.simulator.body import Property, read_body
from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, fields_of
from importer.simulator.errors import ApiError, bad_request, dialog, no_record, same_key
from importer.simulator.tables import (
    AnyRow,
    Dimension,
    DimensionValue,
    Line,
)
from importer.simulator.values import ZERO_GUID, code
from importer.simulator.wire import Json

PARENT_FIRST = "You must get to the parent first to create (get to) the dimension set line."
EXISTS = (
    "The dimension set line already exists. Check existing dimension set lines and the default "
    "dimension set lines on the parent."
)
Chosen = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SetLine:
    """One dimension of one payment. Its id is the dimension's."""

    id: str
    payment: Line
    dimension: Dimension
    value: DimensionValue

    @property
    def version(self) -> int:
        """Follows the payment's row, which holds the dimension set."""
        return self.payment.version


def set_lines(company: Company, payment: Line) -> list[SetLine]:
    """The dimensions of a payment, by code."""
    found = []
    for dimension_code, value_code in sorted(payment.dimensions):
        dimension = company.dimensions.by_key.get(dimension_code)
        if dimension is not None and value_code in dimension.values:
            value = dimension.values[value_code]
            found.append(SetLine(dimension.id, payment, dimension, value))
    return found


def dimension_array(company: Company, payment: Line) -> list[dict[str, str]]:
    """The `dimensions` array of the older generations."""
    return [
        {
            "code": line.dimension.code,
            "displayName": line.dimension.display_name,
            "valueCode": line.value.code,
            "valueDisplayName": line.value.display_name,
        }
        for line in set_lines(company, payment)
    ]


def set_dimension_array(company: Company, value: Json) -> Chosen:
    """The dimension set that an array asks for."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise bad_request("Cannot read the value of 'dimensions' as a collection.")
    chosen: dict[str, str] = {}
    for entry in value:
        dimension = _dimension(company, None, entry.get("code"))
        chosen[dimension.code] = _value(dimension, None, entry.get("valueCode")).code
    return tuple(chosen.items())


def _dimension(company: Company, by_id: str | None, by_code: str | None) -> Dimension:
    if by_id is not None:
        dimension = company.dimensions.get(by_id)
        if dimension is None:
            raise dialog('The "id" does not match to a Dimension.')
        if by_code is not None and code(by_code, 20) != dimension.code:
            raise dialog("The dimension values do not match to a specific Dimension.")
        return dimension
    dimension = company.dimensions.by_key.get(code(str(by_code), 20))
    if dimension is None:
        raise dialog('The "code" does not match to a Dimension.')
    return dimension


def _value(dimension: Dimension, by_id: str | None, by_code: str | None) -> DimensionValue:
    if by_id is not None:
        for value in dimension.values.values():
            if value.id == by_id and by_code in (None, value.code):
                return value
        raise dialog('The "valueId" does not match to a Dimension Value.')
    found = dimension.values.get(code(str(by_code), 20))
    if found is None:
        raise dialog('The "valueCode" does not match to a Dimension Value.')
    return found


def _given(name: str, body: Mapping[str, Any]) -> str | None:
    """A key that was sent, blanks being none."""
    value = body.get(name)
    return None if value in ("", ZERO_GUID) else value


class DimensionSetLines(EntitySet):
    """`customerPayments({id})/dimensionSetLines` of v2.0."""

    name = "dimensionSetLines"
    entity = "dimensionSetLine"
    table = "Dimension Set Entry Buffer"
    key = ("code",)
    methods = frozenset({"GET", "POST", "PATCH", "DELETE"})
    top_level = False
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        Field("id", "guid", lambda _c, r: r.id),
        Field("code", "code", lambda _c, r: r.dimension.code, 20),
        Field("consolidationCode", "code", lambda _c, _r: "", 20),
        Field("parentId", "guid", lambda _c, r: r.payment.id),
        Field("parentType", "text", lambda _c, _r: "Journal Line"),
        Field("displayName", "text", lambda _c, r: r.dimension.display_name, 30),
        Field("valueId", "guid", lambda _c, r: r.value.id),
        Field("valueCode", "code", lambda _c, r: r.value.code, 20),
        Field("valueConsolidationCode", "code", lambda _c, _r: "", 20),
        Field("valueDisplayName", "text", lambda _c, r: r.value.display_name, 50),
    )
    properties: ClassVar[Mapping[str, Property]] = {
        "id": Property("guid"),
        "code": Property("code"),
        "consolidationCode": Property("code", read_only=True),
        "parentId": Property("guid", read_only=True),
        "parentType": Property("text", read_only=True),
        "displayName": Property("text", read_only=True),
        "valueId": Property("guid"),
        "valueCode": Property("code"),
        "valueConsolidationCode": Property("code", read_only=True),
        "valueDisplayName": Property("text", read_only=True),
    }
    no_key = 'The "id" or "code" field must be filled in.'
    no_value = 'The "valueId" or "valueCode" field must be filled in.'
    key_fixed = 'The "id" and "code" fields cannot be modified.'

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[SetLine]:
        """The dimensions of the payment."""
        if not isinstance(parent, Line):
            raise dialog(PARENT_FIRST)
        return set_lines(ctx.company, parent)

    def find(self, ctx: Context, parent: AnyRow, key: str) -> SetLine:
        """By the dimension's id."""
        for line in self.rows(ctx, parent):
            if line.id == key:
                return line
        raise self._missing(key)

    def _missing(self, key: str) -> ApiError:
        return no_record(self.table, f"Dimension Id='{key}'")

    def _parent(self, _ctx: Context, parent: AnyRow, _given: Mapping[str, Any]) -> Line:
        if not isinstance(parent, Line):
            raise dialog(PARENT_FIRST)
        return parent

    def _exists(self, dimension: Dimension) -> ApiError:
        return dialog(EXISTS)

    def insert(self, ctx: Context, parent: AnyRow, body: Mapping[str, Any]) -> SetLine:
        """POST: the dimension must not be on the payment yet."""
        given = read_body(ctx, body, self.properties, self.entity)
        payment = self._parent(ctx, parent, given)
        key_id, key_code = _given("id", given), _given("code", given)
        if key_id is None and key_code is None:
            raise dialog(self.no_key)
        value_id, value_code = _given("valueId", given), _given("valueCode", given)
        if value_id is None and value_code is None:
            raise dialog(self.no_value)
        dimension = _dimension(ctx.company, key_id, key_code)
        value = _value(dimension, value_id, value_code)
        if dimension.code in dict(payment.dimensions):
            raise self._exists(dimension)
        return self._save(ctx, payment, dimension, value)

    def modify(
        self, ctx: Context, parent: AnyRow, row: SetLine, body: Mapping[str, Any]
    ) -> SetLine:
        """PATCH: only the value can change."""
        given = read_body(ctx, body, self.properties, self.entity)
        key_id, key_code = given.get("id", row.id), given.get("code", row.dimension.code)
        if key_id != row.id or code(key_code, 20) != row.dimension.code:
            raise dialog(self.key_fixed)
        value_id, value_code = _given("valueId", given), _given("valueCode", given)
        if value_id is None and value_code is None:
            return row
        return self._save(
            ctx, row.payment, row.dimension, _value(row.dimension, value_id, value_code)
        )

    def _save(
        self, ctx: Context, payment: Line, dimension: Dimension, value: DimensionValue
    ) -> SetLine:
        chosen = {**dict(payment.dimensions), dimension.code: value.code}
        changed = ctx.database.touched(payment, dimensions=tuple(chosen.items()))
        ctx.company.put_line(changed, payment)
        return SetLine(dimension.id, changed, dimension, value)

    def delete(self, ctx: Context, parent: AnyRow, row: SetLine) -> None:
        """DELETE."""
        rest = tuple(pair for pair in row.payment.dimensions if pair[0] != row.dimension.code)
        ctx.company.put_line(ctx.database.touched(row.payment, dimensions=rest), row.payment)


class DimensionLines(DimensionSetLines):
    """`dimensionLines` of the older generations, found by the payment's id."""

    name = "dimensionLines"
    entity = "dimensionLine"
    table = "Dimension Set Entry Buffer"
    top_level = True
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        *(
            DimensionSetLines.fields[name]
            for name in (
                "parentId",
                "id",
                "code",
                "displayName",
                "valueId",
                "valueCode",
                "valueDisplayName",
            )
        )
    )
    properties: ClassVar[Mapping[str, Property]] = {
        "parentId": Property("guid"),
        **{
            name: DimensionSetLines.properties[name]
            for name in ("id", "code", "displayName", "valueId", "valueCode", "valueDisplayName")
        },
    }
    no_key = "The ID or Code field must be filled in."
    no_value = "The valueId or valueCode field must be filled in."
    key_fixed = "The ID and Code fields cannot be modified."

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[SetLine]:
        """The dimensions of the payment."""
        if not isinstance(parent, Line):
            raise dialog("You must specify a parent id to get the lines.")
        return set_lines(ctx.company, parent)

    def lookup(
        self, ctx: Context, parent: AnyRow, name: str, value: Json
    ) -> Sequence[SetLine] | None:
        """By the payment they belong to."""
        if name != "parentId":
            return None
        payment = ctx.company.lines.get(value)
        return set_lines(ctx.company, payment) if payment is not None else []

    def _missing(self, key: str) -> ApiError:
        return ApiError(404, "Internal_RecordNotFound", f"Could not find the record. {key}")

    def _exists(self, dimension: Dimension) -> ApiError:
        return same_key(self.table, {"Code": dimension.code})

    def _parent(self, ctx: Context, parent: AnyRow, given: Mapping[str, Any]) -> Line:
        if isinstance(parent, Line):
            return parent
        parent_id = _given("parentId", given)
        if parent_id is None:
            raise dialog("The parent ID must be filled in.")
        payment = ctx.company.lines.get(parent_id)
        if payment is None:
            raise dialog("Could not find the record.")
        return payment
