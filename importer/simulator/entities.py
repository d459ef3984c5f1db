"""Entity sets: typed fields over rows, and what may be done with them."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from importer.simulator.company import Company
from importer.simulator.context import Context
from importer.simulator.errors import no_record, not_allowed
from importer.simulator.tables import AnyRow
from importer.simulator.wire import Json

Kind = Literal["guid", "code", "text", "int", "decimal", "date", "datetime", "bool", "complex"]
EDM: Mapping[str, str] = {
    "guid": "Edm.Guid",
    "code": "Edm.String",
    "text": "Edm.String",
    "int": "Edm.Int32",
    "decimal": "Edm.Decimal",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
    "bool": "Edm.Boolean",
    "complex": "Collection(Microsoft.NAV.dimension)",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One property. A computed one can be read, but neither filtered nor sorted by."""

    name: str
    kind: Kind
    get: Callable[[Company, Any], Any]
    length: int = 0
    computed: bool = False


def etag_of(version: int) -> str:
    """The weak tag of a row version."""
    return f'W/"{b64encode(b"19;%d;1;00;" % version).decode()}"'


class EntitySet:
    """One entity set of one API generation. The base class can only be read."""

    name: ClassVar[str]
    entity: ClassVar[str]
    table: ClassVar[str]
    fields: ClassVar[Mapping[str, Field]]
    methods: ClassVar[frozenset[str]] = frozenset({"GET"})
    # The properties that rows() is ordered by.
    key: ClassVar[tuple[str, ...]]
    # Sets reached through a row of this one, and single rows it navigates to.
    children: ClassVar[frozenset[str]] = frozenset()
    navigations: ClassVar[frozenset[str]] = frozenset()
    # Whether a list may be asked for outside its parent.
    top_level: ClassVar[bool] = True

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Any]:
        """All rows in the order of their key."""
        raise NotImplementedError

    def lookup(self, ctx: Context, parent: AnyRow, name: str, value: Json) -> Sequence[Any] | None:
        """The rows with that value, if there is an index for it; else None."""
        return None

    def find(self, ctx: Context, parent: AnyRow, key: str) -> AnyRow:
        """The row with that id."""
        found = self.lookup(ctx, parent, "id", key)
        if found is None:
            found = [row for row in self.rows(ctx, parent) if row.id == key]
        if not found:
            raise no_record(self.table, f"SystemId='{{{key.upper()}}}'")
        return found[0]

    def order_key(self, ctx: Context, row: AnyRow) -> Json:
        """What rows are ordered by if nothing else is asked for; JSON-able."""
        return [field.get(ctx.company, row) for field in (self.fields[n] for n in self.key)]

    def etag(self, row: AnyRow) -> str:
        """The row's etag."""
        return etag_of(row.version)

    def present(self, ctx: Context, row: AnyRow) -> dict[str, Any]:
        """The row as the API shows it."""
        company = ctx.company
        shown = {"@odata.etag": self.etag(row)}
        for name, field in self.fields.items():
            shown[name] = field.get(company, row)
        return shown

    def navigate(self, ctx: Context, row: AnyRow, name: str) -> AnyRow:
        """The single row that a navigation property leads to, with its entity set's name."""
        return None

    def checked(
        self, ctx: Context, parent: AnyRow, rows: Sequence[AnyRow], given: Collection[str]
    ) -> Sequence[AnyRow]:
        """The rows, unless the page refuses to read them; `given` are the filter's equalities."""
        return rows

    def insert(self, ctx: Context, parent: AnyRow, body: Mapping[str, Any]) -> AnyRow:
        """POST."""
        raise not_allowed("POST", self.name)

    def modify(self, ctx: Context, parent: AnyRow, row: AnyRow, body: Mapping[str, Any]) -> AnyRow:
        """PATCH."""
        raise not_allowed("PATCH", self.name)

    def delete(self, ctx: Context, parent: AnyRow, row: AnyRow) -> None:
        """DELETE."""
        raise not_allowed("DELETE", self.name)


def fields_of(*fields: Field) -> dict[str, Field]:
    """Fields by name, in their order."""
    return {field.name: field for field in fields}
