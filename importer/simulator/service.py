"""One request to one answer: company, resource, method. Knows nothing of sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from importer.simulator import listing
from importer.simulator.company import Company, Database
from importer.simulator.context import Behaviour, Context
from importer.simulator.entities import EntitySet
from importer.simulator.errors import (
    ApiError,
    bad_request,
    bad_token,
    changed_meanwhile,
    no_segment,
    not_allowed,
)
from importer.simulator.generations import GENERATIONS, Generation
from importer.simulator.metadata import metadata_document, service_document
from importer.simulator.posting import post_journal
from importer.simulator.routing import Route, Segment, guid_key, pair_key, parse_path
from importer.simulator.tables import (
    AnyRow,
    Journal,
)
from importer.simulator.values import is_guid
from importer.simulator.wire import (
    UNREAD,
    Answer,
    Json,
    Request,
    decode,
)

NO_COMPANY = "You must choose a company before you can access the '{}' web service."


@dataclass(slots=True)
class Target:
    """What the path leads to: a list, a row of it, its count, or an action on a row."""

    entity_set: EntitySet
    parent: Any = None
    row: Any = None
    count: bool = False
    action: str = ""
    # The path of the list below the base, for links and contexts.
    path: str = ""


class Service:
    """The API over one database."""

    def __init__(self, database: Database, behaviour: Behaviour | None = None) -> None:
        self.database = database
        self.behaviour = behaviour or Behaviour()
        self._methods: Mapping[str, Callable[[_Call], Answer]] = {
            "GET": _get,
            "POST": _post,
            "PATCH": _patch,
            "DELETE": _delete,
        }

    def answer(self, request: Request, route: Route | None = None) -> Answer:
        """Execute a request; it happens as a whole or not at all."""
        with self.database.lock:
            try:
                with self.database.transaction():
                    return self._execute(request, route)
            except ApiError as error:
                return self.refusal(error)

    def refusal(self, error: ApiError) -> Answer:
        """An error as the server words it."""
        correlation = self.database.new_id()
        message = f"{error.message}  CorrelationId:  {correlation}."
        payload = {"error": {"code": error.code, "message": message}}
        return Answer(error.status, payload, dict(error.headers), "application/json")

    def _execute(self, request: Request, route: Route | None) -> Answer:
        path, _, query = request.target.partition("?")
        if route is None:
            route = parse_path(path)
        generation = GENERATIONS[route.generation]
        options = listing.parse_options(query) if query else {}
        if request.method != "GET":
            if request.headers.get("data-access-intent", "").lower() == "readonly":
                raise bad_request("Data-Access-Intent ReadOnly is only allowed on GET.")
            if request.method not in self._methods:
                raise not_allowed(request.method, path)
        segments = route.segments
        if not segments or not segments[0].name:
            return service_document(request, route, generation)
        if segments[0].name == "$metadata":
            return metadata_document(generation)
        company, rest = self._company(request, route, options)
        ctx = Context(self.database, company, route.generation, self.behaviour, request.headers)
        call = _Call(ctx, request, route, generation, options, None)
        if not rest:
            return self._companies(call, segments)
        call.target = _resolve(call, rest)
        return self._methods[request.method](call)

    def _company(
        self, request: Request, route: Route, options: Mapping[str, str]
    ) -> tuple[Company, tuple[Segment, ...]]:
        """The company and the segments behind it; none behind means the companies themselves."""
        first, rest = route.segments[0], route.segments[1:]
        if first.name == "companies":
            if first.key is None:
                if rest and rest != (Segment("$count"),):
                    raise no_segment(rest[0].name)
                return self.database.companies[0], ()
            return self._company_by_id(guid_key(first, route.generation)), rest
        if first.name not in GENERATIONS[route.generation].top:
            raise no_segment(first.name)
        named = options.get("company") or request.headers.get("company")
        if not named:
            raise bad_request(NO_COMPANY.format(first.name))
        return self._company_by_name(unquote(named)), route.segments

    def _company_by_id(self, company_id: str) -> Company:
        for company in self.database.companies:
            if company.id == company_id:
                return company
        raise ApiError(
            404,
            "Internal_CompanyNotFound",
            f"The company with the ID '{company_id}' does not exist.",
        )

    def _company_by_name(self, name: str) -> Company:
        if is_guid(name):
            return self._company_by_id(name.lower())
        for company in self.database.companies:
            if company.name.lower() == name.lower():
                return company
        raise ApiError(400, "Internal_CompanyNotFound", f"The company '{name}' does not exist.")

    def _companies(self, call: _Call, segments: tuple[Segment, ...]) -> Answer:
        entity_set = call.generation.sets["companies"]
        if call.request.method != "GET":
            raise not_allowed(call.request.method, "companies")
        row = call.ctx.company if segments[0].key is not None else None
        count = len(segments) > 1
        call.target = Target(entity_set, row=row, count=count, path="companies")
        return _get(call)


@dataclass(slots=True)
class _Call:
    ctx: Context
    request: Request
    route: Route
    generation: Generation
    options: Mapping[str, str]
    target: Target | None

    @property
    def base_url(self) -> str:
        return f"http://{self.request.headers.get('host', '127.0.0.1')}{self.route.base}"

    @property
    def resolved(self) -> Target:
        if self.target is None:
            raise RuntimeError("the path was not resolved")
        return self.target

    @property
    def minimal(self) -> bool:
        return "return=minimal" in self.request.headers.get("prefer", "")


def _resolve(call: _Call, segments: tuple[Segment, ...]) -> Target:
    """Walk the path from the company down."""
    sets = call.generation.sets
    prefix = f"companies({call.ctx.company.id})"
    first = segments[0]
    if first.name not in sets or first.name not in call.generation.top:
        raise no_segment(first.name)
    target = _enter(call, sets[first.name], None, first, prefix)
    for segment in segments[1:]:
        if target.count or target.action:
            raise no_segment(segment.name)
        if segment.name == "$count":
            target.count = True
        elif target.row is None:
            raise no_segment(segment.name)
        else:
            target = _step(call, target, segment)
    return target


def _step(call: _Call, target: Target, segment: Segment) -> Target:
    entity_set, row = target.entity_set, target.row
    path = f"{target.path}({row.id})"
    if segment.name in call.generation.actions and entity_set.name == "journals":
        target.action = segment.name
        return target
    if segment.name in entity_set.children:
        return _enter(call, call.generation.sets[segment.name], row, segment, path)
    found = entity_set.navigate(call.ctx, row, segment.name)
    if found is None:
        raise no_segment(segment.name)
    set_name, row = found
    if row is None:
        raise ApiError(404, "Internal_RecordNotFound", f"There is no {segment.name}.")
    return Target(call.generation.sets[set_name], row=row, path=set_name)


def _enter(
    call: _Call, entity_set: EntitySet, parent: AnyRow, segment: Segment, path: str
) -> Target:
    target = Target(entity_set, parent, path=f"{path}/{segment.name}")
    if segment.key is None:
        return target
    if entity_set.name == "dimensionLines" and parent is None:
        parent_id, key = pair_key(segment)
        target.parent = call.ctx.company.lines.get(parent_id)
        if target.parent is None:
            raise ApiError(404, "Internal_RecordNotFound", "Could not find the record.")
    else:
        key = guid_key(segment, call.ctx.generation)
    target.row = entity_set.find(call.ctx, target.parent, key)
    return target


def _shown(call: _Call, row: AnyRow) -> dict[str, Any]:
    target = call.resolved
    if not call.options:
        return target.entity_set.present(call.ctx, row)
    listing.check_options(call.options)
    return listing.shape(call.ctx, call.generation.sets, target.entity_set, row, call.options)


def _entity_answer(call: _Call, status: int, row: AnyRow) -> Answer:
    target = call.resolved
    path = f"{call.base_url}/{target.path}({row.id})"
    headers = {"ETag": target.entity_set.etag(row)}
    if status == 201:  # noqa: PLR2004 - created
        headers["Location"] = path
    if call.minimal and call.request.method != "GET":
        headers["Preference-Applied"] = "return=minimal"
        headers["OData-EntityId"] = path
        return Answer(204, None, headers)
    context = f"{call.base_url}/$metadata#{target.path}/$entity"
    return Answer(status, {"@odata.context": context, **_shown(call, row)}, headers)


def _get(call: _Call) -> Answer:
    target, ctx = call.resolved, call.ctx
    if target.action:
        raise not_allowed("GET", target.action)
    if target.count:
        page = listing.list_page(ctx, target.entity_set, target.parent, call.options)
        return Answer(200, str(page.count).encode(), {}, "text/plain")
    if target.row is not None:
        return _entity_answer(call, 200, target.row)
    listing.check_shape(target.entity_set, call.options)
    page = listing.list_page(ctx, target.entity_set, target.parent, call.options)
    payload: dict[str, Any] = {"@odata.context": f"{call.base_url}/$metadata#{target.path}"}
    if call.options.get("$count") == "true":
        payload["@odata.count"] = page.count
    payload["value"] = [_shown(call, row) for row in page.rows]
    headers = {}
    if page.next_token is not None:
        path = call.request.target.partition("?")[0]
        own = f"http://{call.request.headers.get('host', '127.0.0.1')}{path}"
        payload["@odata.nextLink"] = listing.next_link(own, call.options, page.next_token)
    if "maxpagesize" in ctx.headers.get("prefer", ""):
        headers["Preference-Applied"] = ctx.headers["prefer"]
    return Answer(200, payload, headers)


def _body(call: _Call) -> Json:
    """The JSON value of the body, with the media type it needs."""
    request = call.request
    media = request.headers.get("content-type", "")
    if not media.lower().lstrip().startswith("application/json"):
        raise ApiError(
            call.ctx.behaviour.media_type_status,
            "BadRequest",
            f"The content type '{media}' is not supported; use application/json.",
        )
    if request.parsed is not UNREAD:
        return request.parsed
    try:
        return decode(request.body)
    except ValueError:
        raise bad_request("Invalid Request Body") from None


def _require(call: _Call, method: str) -> Target:
    target = call.resolved
    if target.count or method not in target.entity_set.methods:
        raise not_allowed(method, target.entity_set.name)
    return target


def _post(call: _Call) -> Answer:
    target = call.resolved
    if target.action:
        if not isinstance(target.row, Journal):
            raise no_segment(target.action)
        post_journal(call.ctx.company, target.row)
        return Answer(204)
    _require(call, "POST")
    if target.row is not None:
        raise not_allowed("POST", target.entity_set.name)
    body = _body(call)
    row = target.entity_set.insert(call.ctx, target.parent, body)
    return _entity_answer(call, 201, row)


def _check_tag(call: _Call, target: Target, *, required: bool) -> None:
    tag = call.request.headers.get("if-match")
    if tag is None or not tag.strip():
        if required:
            raise bad_token()
        return
    tag = tag.strip()
    if tag == "*":
        return
    bare = tag.removeprefix("W/")
    if len(bare) < 2 or bare[0] != '"' or bare[-1] != '"':  # noqa: PLR2004 - two quotes
        raise bad_token()
    if bare != target.entity_set.etag(target.row).removeprefix("W/"):
        error = changed_meanwhile()
        error.status = call.ctx.behaviour.stale_status
        raise error


def _patch(call: _Call) -> Answer:
    target = _require(call, "PATCH")
    if target.row is None or target.action:
        raise not_allowed("PATCH", target.entity_set.name)
    body = _body(call)
    _check_tag(call, target, required=True)
    row = target.entity_set.modify(call.ctx, target.parent, target.row, body)
    return _entity_answer(call, 200, row)


def _delete(call: _Call) -> Answer:
    target = _require(call, "DELETE")
    if target.row is None or target.action:
        raise not_allowed("DELETE", target.entity_set.name)
    _check_tag(call, target, required=call.ctx.behaviour.delete_needs_etag)
    target.entity_set.delete(call.ctx, target.parent, target.row)
    return Answer(204)
