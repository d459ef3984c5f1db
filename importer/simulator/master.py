"""Entity sets over keyed tables, for reading only or for writing too."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar

from importer.simulator.body import Property, read_body
from importer.simulator.company import Company, Table
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, Kind
from importer.simulator.errors import same_key
from importer.simulator.tables import AnyRow, Row
from importer.simulator.values import code, increment, text
from importer.simulator.wire import Json


def plain(name: str, kind: Kind, attribute: str, length: int = 0) -> Field:
    """A field that is an attribute of the row."""
    get = attrgetter(attribute)
    return Field(name, kind, lambda _company, row: get(row), length)


def made(
    name: str, kind: Kind, get: Callable[[Company, Any], Any], *, computed: bool = False
) -> Field:
    """A field that is made from the row."""
    return Field(name, kind, get, computed=computed)


ID = plain("id", "guid", "id")
MODIFIED = plain("lastModifiedDateTime", "datetime", "modified_at")


class Master(EntitySet):
    """A set over one keyed table of the company; what is `written` can also be changed."""

    rows_of: ClassVar[str]
    row_type: ClassVar[type[Row]]
    # Writable properties: the attribute each one sets, and its length.
    written: ClassVar[Mapping[str, str]] = {}
    key_field: ClassVar[str] = "number"
    key: ClassVar[tuple[str, ...]] = ("number",)

    def _table(self, ctx: Context) -> Table[Any]:
        found: Table[Any] = getattr(ctx.company, self.rows_of)
        return found

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Any]:
        """All rows by number or code."""
        return sorted(self._table(ctx).values(), key=attrgetter(self.key_field, "id"))

    def lookup(self, ctx: Context, parent: AnyRow, name: str, value: Json) -> Sequence[Any] | None:
        """By id and by number or code."""
        if name == "id":
            row = self._table(ctx).get(value)
        elif name == self.key_field:
            row = self._table(ctx).by_key.get(value)
        else:
            return None
        return [row] if row is not None else []


class Writable(Master):
    """Master data that the API may create, change and delete. No application logic."""

    methods = frozenset({"GET", "POST", "PATCH", "DELETE"})

    def _properties(self) -> dict[str, Property]:
        return {
            name: Property(field.kind, read_only=name not in self.written)
            for name, field in self.fields.items()
        }

    def _changes(self, ctx: Context, body: Mapping[str, Any]) -> dict[str, Any]:
        changes = {}
        for name, value in read_body(ctx, body, self._properties(), self.entity).items():
            field = self.fields[name]
            kept = value
            if field.kind == "code":
                kept = code(value, field.length)
            elif field.kind == "text":
                kept = "" if value == "_x0020_" else text(value, field.length or 250)
            changes[self.written[name]] = kept
        return changes

    def _next_key(self, ctx: Context) -> str:
        taken = self._table(ctx).by_key
        numbers = [key for key in taken if isinstance(key, str) and increment(key)]
        number = increment(max(numbers, default="")) or "10000"
        while number in taken:
            number = increment(number)
        return number

    def make(self, ctx: Context, changes: dict[str, Any]) -> AnyRow:
        """A new row."""
        changes.setdefault(self.key_field, self._next_key(ctx))
        return self.row_type(**ctx.database.stamp(), **changes)

    def put(self, ctx: Context, row: AnyRow) -> AnyRow:
        """Save a row, if its key is free."""
        table = self._table(ctx)
        key = getattr(row, table.key)
        taken = table.by_key.get(key)
        if taken is not None and taken.id != row.id:
            raise same_key(self.table, {"No.": getattr(row, self.key_field)})
        return table.put(row)

    def insert(self, ctx: Context, parent: AnyRow, body: Mapping[str, Any]) -> AnyRow:
        """POST."""
        return self.put(ctx, self.make(ctx, self._changes(ctx, body)))

    def modify(self, ctx: Context, parent: AnyRow, row: AnyRow, body: Mapping[str, Any]) -> AnyRow:
        """PATCH."""
        return self.put(ctx, ctx.database.touched(row, **self._changes(ctx, body)))

    def delete(self, ctx: Context, parent: AnyRow, row: AnyRow) -> None:
        """DELETE."""
        self._table(ctx).drop(row)
