"""Query options on a list or a single row: filter, order, pages, select, expand, count."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_plus

from importer.simulator.context import Context
from importer.simulator.entities import EntitySet
from importer.simulator.errors import ApiError, bad_url
from importer.simulator.query import Filter, parse_filter, unknown_property, usable_field
from importer.simulator.tables import AnyRow
from importer.simulator.wire import decode, encode

KNOWN = frozenset({"$filter", "$orderby", "$top", "$skip", "$select", "$count", "$expand"}) | {
    "$skiptoken",
    "$schemaversion",
    "$format",
}
Sets = Mapping[str, EntitySet]


def parse_options(query: str) -> dict[str, str]:
    """The options of a query string, decoded."""
    options = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        options[unquote_plus(name)] = unquote_plus(value)
    return options


def check_options(options: Mapping[str, str]) -> None:
    """Refuse system options that do not exist."""
    if options.get("$count", "true") not in ("true", "false"):
        raise bad_url(f"Invalid value '{options['$count']}' for $count query option found.")
    for name in options:
        if name.startswith("$") and name not in KNOWN:
            raise bad_url(f"The query parameter '{name}' is not supported.")


@dataclass(slots=True)
class Page:
    """What a list answer holds."""

    rows: Sequence[Any]
    count: int
    next_token: str | None = None


@dataclass(slots=True)
class _Wanted:
    filter: Filter | None
    order: list[tuple[str, bool]]
    top: int | None
    skip: int
    page_size: int
    after: dict[str, Any] = field(default_factory=dict)


def _whole(options: Mapping[str, str], name: str, default: int | None) -> int | None:
    text = options.get(name)
    if text is None:
        return default
    if not text.isdigit():
        raise bad_url(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _page_size(ctx: Context) -> int:
    found = re.search(r"maxpagesize\s*=\s*(\d+)", ctx.headers.get("prefer", ""))
    if found is None:
        return ctx.behaviour.max_page_size
    size = int(found.group(1))
    if size > ctx.behaviour.max_page_size:
        raise ApiError(
            413,
            "BadRequest",
            f"The page size {size} exceeds the maximum of {ctx.behaviour.max_page_size}.",
        )
    return max(size, 1)


def _order(options: Mapping[str, str], entity_set: EntitySet) -> list[tuple[str, bool]]:
    order = []
    for part in filter(None, options.get("$orderby", "").split(",")):
        name, _, direction = part.strip().partition(" ")
        usable_field(entity_set.fields, name, entity_set.entity)
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_url(f"Syntax error in $orderby: '{part}'.")
        order.append((name, direction.strip() == "desc"))
    return order


def _wanted(ctx: Context, entity_set: EntitySet, options: Mapping[str, str]) -> _Wanted:
    text = options.get("$filter")
    allow_in = options.get("$schemaversion") == "2.1"
    found = None
    if text is not None:
        found = parse_filter(text, entity_set.fields, entity_set.entity, allow_in=allow_in)
    wanted = _Wanted(
        filter=found,
        order=_order(options, entity_set),
        top=_whole(options, "$top", None),
        skip=_whole(options, "$skip", 0) or 0,
        page_size=_page_size(ctx),
    )
    if "$skiptoken" in options:
        wanted.after = _read_token(ctx, entity_set, options["$skiptoken"])
        wanted.top = wanted.after["left"]
        wanted.skip = 0
    return wanted


def filtered(
    ctx: Context, entity_set: EntitySet, parent: AnyRow, found: Filter | None
) -> Sequence[Any]:
    """The rows that pass the filter, in key order; an index is used where there is one."""
    if found is None:
        return entity_set.checked(ctx, parent, entity_set.rows(ctx, parent), frozenset())
    rows: Sequence[Any] | None = None
    for name, value in found.equal.items():
        rows = entity_set.lookup(ctx, parent, name, value)
        if rows is not None:
            break
    if rows is None:
        rows = entity_set.rows(ctx, parent)
    rows = [row for row in rows if found.test(ctx.company, row)]
    return entity_set.checked(ctx, parent, rows, found.equal.keys())


def list_page(
    ctx: Context, entity_set: EntitySet, parent: AnyRow, options: Mapping[str, str]
) -> Page:
    """One page of a list."""
    check_options(options)
    wanted = _wanted(ctx, entity_set, options)
    rows = list(filtered(ctx, entity_set, parent, wanted.filter))
    for name, descending in reversed(wanted.order):
        get = entity_set.fields[name].get
        rows.sort(key=lambda row, get=get: get(ctx.company, row), reverse=descending)  # type: ignore[misc]
    count = len(rows)
    start = _start(ctx, entity_set, rows, wanted)
    end = len(rows) if wanted.top is None else min(len(rows), start + wanted.top)
    stop = min(end, start + wanted.page_size)
    page = Page(rows[start:stop], count)
    if stop < end and stop > start:
        left = None if wanted.top is None else wanted.top - (stop - start)
        page.next_token = _token(ctx, entity_set, rows[stop - 1], stop, left)
    return page


def _start(ctx: Context, entity_set: EntitySet, rows: Sequence[Any], wanted: _Wanted) -> int:
    if not wanted.after:
        return wanted.skip
    # Rows may have come or gone since the last page: go by the key where rows are in key order.
    if not wanted.order:
        key = wanted.after["key"]
        for place, row in enumerate(rows):
            if _key(ctx, entity_set, row) > key:
                return place
        return len(rows)
    for place, row in enumerate(rows):
        if row.id == wanted.after["id"]:
            return place + 1
    return int(wanted.after["place"]) - 1


def _key(ctx: Context, entity_set: EntitySet, row: AnyRow) -> AnyRow:
    return entity_set.order_key(ctx, row)


def _token(ctx: Context, entity_set: EntitySet, row: AnyRow, place: int, left: int | None) -> str:
    token = {
        "epoch": ctx.database.epoch,
        "set": entity_set.name,
        "key": _key(ctx, entity_set, row),
        "id": row.id,
        "place": place,
        "left": left,
    }
    return urlsafe_b64encode(encode(token)).decode().rstrip("=")


def _read_token(ctx: Context, entity_set: EntitySet, text: str) -> dict[str, Any]:
    try:
        token = decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if token["epoch"] == ctx.database.epoch and token["set"] == entity_set.name:
            return dict(token)
    except (ValueError, KeyError, TypeError):
        pass
    raise ApiError(
        400, "SkipTokenIsNoLongerValid", "The skip token is no longer valid. Restart the listing."
    )


def next_link(base: str, options: Mapping[str, str], token: str) -> str:
    """The link to the following page, with the options of this one."""
    kept = {k: v for k, v in options.items() if k not in ("$skiptoken", "$skip")}
    kept["$skiptoken"] = token
    return base + "?" + "&".join(f"{quote(k, '$')}={quote(v, '')}" for k, v in kept.items())


def _split(text: str, mark: str) -> list[str]:
    """Parts between marks that are not inside parentheses."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == mark and not depth:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def shape(
    ctx: Context, sets: Sets, entity_set: EntitySet, row: AnyRow, options: Mapping[str, str]
) -> dict[str, Any]:
    """A row as $select and $expand ask for it."""
    shown = entity_set.present(ctx, row)
    if "$select" in options:
        names = [name.strip() for name in options["$select"].split(",") if name.strip()]
        for name in names:
            if name not in entity_set.fields and name != "*":
                raise unknown_property(name, entity_set.entity)
        if "*" not in names:
            kept = {"@odata.etag", *names}
            shown = {name: value for name, value in shown.items() if name in kept}
    for part in _split(options.get("$expand", ""), ","):
        _expand(ctx, sets, entity_set, row, part, shown)
    return shown


def _expand(
    ctx: Context,
    sets: Sets,
    entity_set: EntitySet,
    row: AnyRow,
    part: str,
    shown: dict[str, Any],
) -> None:
    name, _, inner = part.partition("(")
    options = {}
    for option in _split(inner.removesuffix(")"), ";"):
        key, _, value = option.partition("=")
        options[key] = value
    if name in entity_set.children:
        child = sets[name]
        page = list_page(ctx, child, row, options)
        shown[name] = [shape(ctx, sets, child, each, options) for each in page.rows]
        return
    target = entity_set.navigate(ctx, row, name)
    if target is None:
        raise unknown_property(name, entity_set.entity)
    set_name, found = target
    shown[name] = None if found is None else shape(ctx, sets, sets[set_name], found, options)


def check_shape(entity_set: EntitySet, options: Mapping[str, str]) -> None:
    """Refuse unknown names also where there is no row to show."""
    for part in _split(options.get("$expand", ""), ","):
        name = part.partition("(")[0]
        if name not in entity_set.children | entity_set.navigations:
            raise unknown_property(name, entity_set.entity)
    for name in filter(None, (n.strip() for n in options.get("$select", "").split(","))):
        if name not in entity_set.fields and name != "*":
            raise unknown_property(name, entity_set.entity)
