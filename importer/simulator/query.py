"""$filter as the server understands it: parsed once, checked against the type, then run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from importer.simulator.company import Company
from importer.simulator.entities import Field
from importer.simulator.errors import ApiError, bad_request, bad_url
from importer.simulator.wire import Json

Test = Callable[[Company, Any], bool]

_TOKENS = re.compile(
    r"\s*(?:"
    r"(?P<string>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<datetime>\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2}))"
    r"|(?P<date>\d{4}-\d{2}-\d{2})"
    r"|(?P<number>-?\d+(?:\.\d+)?(?![\w]))"
    r"|(?P<name>[A-Za-z_][\w/]*)"
    r"|(?P<mark>[(),:])"
    r")"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_SEARCHES: Mapping[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda a, b: b in a,
}
_CHANGES: Mapping[str, Callable[[str], str]] = {
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
}
# Which tokens may stand for a value of which kind.
_LITERALS: Mapping[str, frozenset[str]] = {
    "guid": frozenset({"guid"}),
    "code": frozenset({"string"}),
    "text": frozenset({"string"}),
    "int": frozenset({"number"}),
    "decimal": frozenset({"number"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime", "date"}),
    "bool": frozenset({"bool"}),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A checked filter. `equal` are the conditions that every row must meet by equality."""

    test: Test
    equal: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Node:
    test: Test
    names: frozenset[str]
    equal: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Operand:
    field: Field
    get: Callable[[Company, Any], Any]
    plain: bool


def unknown_property(name: str, entity: str) -> ApiError:
    """The type has no such property."""
    return bad_request(
        f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity}'."
    )


def usable_field(fields: Mapping[str, Field], name: str, entity: str) -> Field:
    """The field of that name, which must be one of the table's."""
    field = fields.get(name)
    if field is None:
        raise unknown_property(name, entity)
    if field.computed:
        raise bad_url(f"The property '{name}' is computed; it cannot be filtered or sorted by.")
    return field


class _Parser:
    """Recursive descent over: or, and, not, comparison, in, text functions."""

    def __init__(
        self, text: str, fields: Mapping[str, Field], entity: str, *, allow_in: bool
    ) -> None:
        self._tokens = list(_tokenize(text))
        self._place = 0
        self._fields = fields
        self._entity = entity
        self._allow_in = allow_in
        self._text = text

    def parse(self) -> _Node:
        node = self._either()
        if self._place != len(self._tokens):
            raise self._syntax()
        return node

    def _syntax(self) -> ApiError:
        return bad_url(f"Syntax error at position {self._place} in '{self._text}'.")

    def _peek(self) -> tuple[str, str]:
        if self._place < len(self._tokens):
            return self._tokens[self._place]
        return "end", ""

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _take(self, text: str) -> bool:
        if self._peek() in (("mark", text), ("name", text)):
            self._place += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._syntax()

    def _either(self) -> _Node:
        nodes = [self._all()]
        while self._take("or"):
            nodes.append(self._all())
        if len(nodes) == 1:
            return nodes[0]
        names = frozenset[str]().union(*(node.names for node in nodes))
        if len(names) > 1:
            raise bad_request(
                "The filter expression is not supported: 'or' may only combine conditions "
                "on the same field."
            )
        tests = [node.test for node in nodes]
        return _Node(lambda c, r: any(test(c, r) for test in tests), names, {})

    def _all(self) -> _Node:
        nodes = [self._one()]
        while self._take("and"):
            nodes.append(self._one())
        if len(nodes) == 1:
            return nodes[0]
        tests = [node.test for node in nodes]
        equal = {name: value for node in nodes for name, value in node.equal.items()}
        names = frozenset[str]().union(*(node.names for node in nodes))
        return _Node(lambda c, r: all(test(c, r) for test in tests), names, equal)

    def _one(self) -> _Node:
        if self._take("not"):
            inner = self._one()
            return _Node(lambda c, r: not inner.test(c, r), inner.names, {})
        if self._take("("):
            node = self._either()
            self._expect(")")
            return node
        name = self._peek()[1]
        if name in _SEARCHES:
            return self._search()
        return self._comparison(self._operand())

    def _operand(self) -> _Operand:
        kind, name = self._next()
        if kind != "name":
            raise self._syntax()
        if name in _CHANGES and self._take("("):
            inner = self._operand()
            self._expect(")")
            change = _CHANGES[name]
            return _Operand(inner.field, lambda c, r: change(inner.get(c, r)), plain=False)
        if name.endswith(("/any", "/all")):
            raise ApiError(
                501, "BadRequest_MethodNotImplemented", "Lambda expressions are not supported."
            )
        field = usable_field(self._fields, name, self._entity)
        return _Operand(field, field.get, plain=True)

    def _literal(self, operand: _Operand) -> Json:
        kind, text = self._next()
        field = operand.field
        if kind == "name" and text in ("true", "false"):
            kind = "bool"
        if kind not in _LITERALS[field.kind]:
            edm = "String" if kind == "string" else kind
            raise bad_request(
                "A binary operator with incompatible types was detected. Found operand types "
                f"for property '{field.name}' and a literal of type '{edm}': {text}"
            )
        return _value(field, text, upper=operand.plain)

    def _comparison(self, operand: _Operand) -> _Node:
        names = frozenset({operand.field.name})
        operator = self._next()[1]
        get = operand.get
        if operator == "in":
            return self._in(operand)
        compare = _COMPARE.get(operator)
        if compare is None:
            raise self._syntax()
        value = self._literal(operand)
        equal = {operand.field.name: value} if operator == "eq" and operand.plain else {}
        return _Node(lambda c, r: compare(get(c, r), value), names, equal)

    def _in(self, operand: _Operand) -> _Node:
        if not self._allow_in:
            raise bad_url("The operator 'in' needs $schemaversion=2.1.")
        self._expect("(")
        values = [self._literal(operand)]
        while self._take(","):
            values.append(self._literal(operand))
        self._expect(")")
        get = operand.get
        return _Node(lambda c, r: get(c, r) in values, frozenset({operand.field.name}), {})

    def _search(self) -> _Node:
        search = _SEARCHES[self._next()[1]]
        self._expect("(")
        operand = self._operand()
        if operand.field.kind not in ("code", "text"):
            raise bad_url(f"The property '{operand.field.name}' is no text.")
        self._expect(",")
        value = self._literal(operand)
        self._expect(")")
        get = operand.get
        names = frozenset({operand.field.name})
        return _Node(lambda c, r: search(get(c, r), value), names, {})


def _tokenize(text: str) -> list[tuple[str, str]]:
    tokens = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        found = _TOKENS.match(text, place)
        if found is None or found.lastgroup is None:
            raise bad_url(f"Syntax error at position {place} in '{text}'.")
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        place = found.end()
    return tokens


def _value(field: Field, text: str, *, upper: bool) -> Json:
    if field.kind in ("code", "text"):
        return _text_value(field, text[1:-1].replace("''", "'"), upper=upper)
    if field.kind == "int":
        if "." in text:
            raise bad_request(f"Cannot convert the literal '{text}' to 'Edm.Int32'.")
        return int(text)
    if field.kind == "decimal":
        return Decimal(text)
    if field.kind == "bool":
        return text == "true"
    if field.kind == "datetime":
        return _time_value(text)
    return text.lower() if field.kind == "guid" else text


def _time_value(text: str) -> str:
    """A time as rows keep it: UTC, milliseconds."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"Cannot convert the literal '{text}' to 'Edm.DateTimeOffset'.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text_value(field: Field, value: str, *, upper: bool) -> str:
    if field.length and len(value) > field.length:
        raise ApiError(
            400,
            "Application_FilterErrorException",
            f"The filter '{value}' is not valid for the field {field.name}: the length of "
            f"the value exceeds {field.length} characters.",
        )
    if value == " " and field.kind == "text":
        return "_x0020_"  # the blank member of an enumeration
    # A filter on a Code field is a Code itself.
    return value.upper() if field.kind == "code" and upper else value


def parse_filter(
    text: str, fields: Mapping[str, Field], entity: str, *, allow_in: bool = False
) -> Filter:
    """The filter of a $filter option."""
    node = _Parser(text, fields, entity, allow_in=allow_in).parse()
    return Filter(node.test, node.equal)
