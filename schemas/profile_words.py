"""What is wrong with the type of a value in a profile, in the words of a finding."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "bool": "true or false",
}
_NO_CHOICE = "invalid enum value "


def type_fault(message: str, kind: type[Struct]) -> str:
    """Turn ``Expected `str`, got `int` - at `$.date.column` `` into the words of a finding.

    Args:
        message: what msgspec says.
        kind: the type of the whole, which knows what a key may hold.
    """
    what, _, where = message.partition(" - at `$.")
    key = where.rstrip("`") or "the profile"
    if what.lower().startswith(_NO_CHOICE):
        value, allowed = what[len(_NO_CHOICE) :], " or ".join(_allowed(kind, key))
        return f"{key}: {value} is not allowed; expected {allowed}. Correct it in the profile."
    for name, word in _TYPES.items():
        what = re.sub(rf"\b{name}\b", word, what)
    what = what.replace(" | null", "").replace("`object`", "a table").replace("`", "")
    what = what.replace(" | ", " or ").replace("got", "found")
    return f"{key}: {what[:1].lower()}{what[1:]}. Correct it in the profile."


def struct_of(kind: Any) -> type[Struct] | None:  # noqa: ANN401 - a type expression
    """Return the table that a type expression names, alone or in a list."""
    for part in (kind, *get_args(kind)):
        if isinstance(part, type) and issubclass(part, Struct):
            return part
    return None


def _allowed(kind: type[Struct], key: str) -> list[str]:
    """Return what a key such as `skip[0].kind` may hold."""
    held: Any = kind
    for name in re.sub(r"\[[^]]*\]", "", key).split("."):
        table = struct_of(held)
        fields = {item.name: item.type for item in msgspec.structs.fields(table)} if table else {}
        held = fields.get(name)
    choices = [held] if get_origin(held) is Literal else list(get_args(held))
    words = [_TYPES[part.__name__] for part in choices if part in {int, str}]
    for part in choices:
        if get_origin(part) is Literal:
            words.extend(f"'{value}'" for value in get_args(part) if value)
    return words
