"""The service document and $metadata of a generation."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from importer.simulator.entities import EDM, EntitySet
from importer.simulator.generations import Generation
from importer.simulator.routing import Route
from importer.simulator.wire import Answer, Request

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    '<edmx:DataServices><Schema Namespace="Microsoft.NAV" '
    'xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)
_TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"


def service_document(request: Request, route: Route, generation: Generation) -> Answer:
    """The list of entity sets."""
    base = f"http://{request.headers.get('host', '127.0.0.1')}{route.base}"
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in sorted(generation.sets)]
    return Answer(200, {"@odata.context": f"{base}/$metadata", "value": sets})


def _entity_type(entity_set: EntitySet) -> str:
    properties = []
    for field in entity_set.fields.values():
        length = f' MaxLength="{field.length}"' if field.length else ""
        edm = EDM[field.kind]
        properties.append(f"<Property Name={quoteattr(field.name)} Type={quoteattr(edm)}{length}/>")
    key = next(iter(entity_set.fields))
    navigation = "".join(
        f"<NavigationProperty Name={quoteattr(child)} "
        f'Type="Collection(Microsoft.NAV.{child.removesuffix("s")})"/>'
        for child in sorted(entity_set.children)
    )
    return (
        f"<EntityType Name={quoteattr(entity_set.entity)}><Key><PropertyRef Name={quoteattr(key)}/>"
        f"</Key>{''.join(properties)}{navigation}</EntityType>"
    )


def metadata_document(generation: Generation) -> Answer:
    """The model as EDMX."""
    sets = generation.sets.values()
    types = "".join(_entity_type(entity_set) for entity_set in sets)
    container = "".join(
        f"<EntitySet Name={quoteattr(entity_set.name)} "
        f'EntityType="Microsoft.NAV.{entity_set.entity}"/>'
        for entity_set in sets
    )
    document = f'{_HEAD}{types}<EntityContainer Name="NAV">{container}</EntityContainer>{_TAIL}'
    return Answer(200, document.encode(), {}, "application/xml")
