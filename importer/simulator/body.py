"""Reads the JSON object of a POST or PATCH against the properties of its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from importer.simulator.context import Context
from importer.simulator.errors import bad_request
from importer.simulator.values import to_bool, to_date, to_decimal, to_guid, to_int, to_text
from importer.simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Property:
    """How a property is written: its kind, and whether it may be written at all."""

    kind: str
    read_only: bool = False


def _as_is(value: Json) -> Json:
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "guid": to_guid,
    "code": to_text,
    "text": to_text,
    "int": to_int,
    "decimal": to_decimal,
    "date": to_date,
    "bool": to_bool,
    "datetime": _as_is,
    "complex": _as_is,
}


def read_body(
    ctx: Context, body: Json, properties: Mapping[str, Property], entity: str
) -> dict[str, Any]:
    """The properties that were given, in body order, each of its type."""
    if not isinstance(body, dict):
        raise bad_request("Invalid Request Body")
    given: dict[str, Any] = {}
    for name, sent in body.items():
        known = properties.get(name)
        if known is None:
            if "@" in name:
                continue
            raise bad_request(
                f"The property '{name}' does not exist on type 'Microsoft.NAV.{entity}'. Make "
                "sure to only use property names that are defined by the type."
            )
        if known.read_only:
            if ctx.behaviour.read_only == "refuse":
                raise bad_request(f"Control '{name}' is read-only.", "BadRequest_InvalidOperation")
            continue
        if sent is None:
            _refuse_null(ctx, name)
            continue
        as_text = known.kind == "decimal" and isinstance(sent, str) and ctx.numbers_as_text
        given[name] = _READERS[known.kind](_decimal_text(sent) if as_text else sent)
    if ctx.behaviour.property_order == "page":
        return {name: given[name] for name in properties if name in given}
    return given


def _refuse_null(ctx: Context, name: str) -> None:
    if ctx.behaviour.null_is_refused:
        raise bad_request(
            f"Field '{name}' must not be blank or empty.",
            "BadRequest_RequiredParamNotProvided",
        )


def _decimal_text(value: str) -> Decimal | str:
    try:
        return Decimal(value)
    except InvalidOperation:
        return value
