"""Around the API: token authority, credentials, limits, faults, latency, request log."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.simulator import people
from importer.simulator.auth import Auth
from importer.simulator.batch import Batch
from importer.simulator.company import Database
from importer.simulator.context import Behaviour
from importer.simulator.errors import ApiError, locked
from importer.simulator.faults import EXECUTED, Fault, FaultPlan, Trouble
from importer.simulator.limits import Gate, Limits
from importer.simulator.routing import Route, parse_path
from importer.simulator.service import Service
from importer.simulator.wire import Answer, Request

HTML = "text/html; charset=utf-8"
PAGE = b"<!DOCTYPE html><html><head><title>%d</title></head><body><h1>%d</h1></body></html>"
Steps = Generator[float, None, "Reply"]


@dataclass(slots=True)
class Reply:
    """What goes out: an answer, whole or cut after some bytes; without one the socket closes."""

    answer: Answer | None
    cut_at: int | None = None


class _DroppedError(Exception):
    """A fault inside a $batch ends the whole request."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


@dataclass(slots=True)
class Settings:
    """How the server treats its clients."""

    auth: Auth = field(default_factory=Auth)
    behaviour: Behaviour = field(default_factory=Behaviour)
    limits: Limits | None = None
    latency_ms: float = 0
    line_ms: float = 0


@dataclass(slots=True)
class _Pending:
    request: Request
    after_requests: int


class Application:
    """The server without its sockets."""

    def __init__(
        self, database: Database, settings: Settings, plan: FaultPlan | None = None
    ) -> None:
        self.database = database
        self.settings = settings
        self.service = Service(database, settings.behaviour)
        self.trouble = Trouble(plan)
        self.gate = Gate(settings.limits)
        self.counts: Counter[str] = Counter()
        self.log: deque[dict[str, Any]] = deque(maxlen=2000)
        # Set by the server: runs something after some seconds.
        self.call_later: Callable[[float, Callable[[], Any]], Any] = lambda _s, action: action()
        self._pending: list[_Pending] = []

    def steps(self, request: Request) -> Steps:
        """Serve a request: yields seconds to wait, returns what to send."""
        self._run_pending()
        path = request.target.partition("?")[0]
        faults = self.trouble.on_request(request.method, path)
        reply = yield from self._befallen(request, path, faults)
        self.counts["requests"] += 1
        self.counts[request.method] += 1
        self._note(request, reply, faults)
        return reply

    def _note(self, request: Request, reply: Reply, faults: Sequence[Fault]) -> None:
        status = reply.answer.status if reply.answer else 0
        self.counts[f"status {status}"] += 1
        self.log.append(
            {
                "method": request.method,
                "target": request.target,
                "status": status,
                "faults": [fault.kind for fault in faults],
                "at": time.monotonic(),
            }
        )

    def _befallen(self, request: Request, path: str, faults: Sequence[Fault]) -> Steps:
        for fault in faults:
            if fault.kind == "delay":
                yield fault.after_s
            elif fault.kind == "act":
                self._person(fault)
            elif fault.kind == "late":
                self._postpone(request, fault)
                return Reply(_page(fault.status) if fault.status else None)
            elif fault.kind in EXECUTED:
                reply = yield from self._serve(request, path)
                return _spoilt(reply, fault)
            else:
                return self._refused_by(fault)
        return (yield from self._serve(request, path))

    def _person(self, fault: Fault) -> None:
        """People fail too, for instance to post; the log tells."""
        try:
            people.act(self.database, fault.act)
        except (ApiError, ValueError, KeyError) as error:
            self.log.append({"act": dict(fault.act), "failed": str(error)})

    def _refused_by(self, fault: Fault) -> Reply:
        if fault.kind in ("lost_before", "missing"):
            return Reply(None)
        return Reply(self._answer_of(fault))

    def _answer_of(self, fault: Fault) -> Answer:
        if fault.kind == "lock":
            return self.service.refusal(locked())
        status = fault.status or 503
        if not fault.code:
            page = _page(status)
            page.headers.update(fault.headers)
            return page
        return self.service.refusal(
            ApiError(status, fault.code, fault.message or "A planned fault.", fault.headers)
        )

    def _serve(self, request: Request, path: str) -> Steps:
        answer = self.settings.auth.answer(request)
        if answer is not None:
            return Reply(answer)
        user = request.headers.get("authorization", "")
        try:
            if path.lower().startswith("/environments/"):
                self.settings.auth.check(request, on_premises=False)
                return Reply(Answer(200, {"value": [_ENVIRONMENT]}))
            route = self._admit(request, path)
            yield from self.gate.enter(user)
        except ApiError as error:
            return Reply(self.service.refusal(error))
        try:
            if self.settings.latency_ms:
                yield self.settings.latency_ms / 1000
            return (yield from self._execute(request, route))
        finally:
            self.gate.leave(user)

    def _admit(self, request: Request, path: str) -> Route:
        route: Route | None = None
        failure: ApiError | None = None
        try:
            route = parse_path(path)
        except ApiError as error:
            failure = error
        self.settings.auth.check(request, on_premises=route is not None and route.on_premises)
        if route is None:
            raise failure or ApiError(404, "BadRequest_NotFound", path)
        return route

    def _execute(self, request: Request, route: Route) -> Steps:
        names = [segment.name for segment in route.segments]
        if names == ["$batch"]:
            return (yield from self._batch(request, route))
        if self.settings.line_ms and request.method != "GET":
            yield self.settings.line_ms / 1000
        return Reply(self.service.answer(request, route))

    def _batch(self, request: Request, route: Route) -> Steps:
        if request.method != "POST":
            return Reply(
                self.service.refusal(
                    ApiError(405, "BadRequest_MethodNotAllowed", "$batch allows only POST.")
                )
            )
        try:
            batch = Batch(self.service, request, route)
            self.counts["operations"] += len(batch)
            return Reply((yield from batch.run(self._inner, self.settings.line_ms / 1000)))
        except ApiError as error:
            return Reply(self.service.refusal(error))
        except _DroppedError as dropped:
            return dropped.reply

    def _inner(
        self, place: int, identity: str | None, request: Request, route: Route
    ) -> Answer | None:
        path = request.target.partition("?")[0]
        for fault in self.trouble.on_operation(place, identity, request.method, path):
            if fault.kind == "act":
                self._person(fault)
            elif fault.kind == "missing":
                return None
            elif fault.kind in ("answer", "lock"):
                return self._answer_of(fault)
            elif fault.kind == "lost_before":
                raise _DroppedError(Reply(None))
            elif fault.kind in EXECUTED:
                self.service.answer(request, route)
                page = _page(fault.status or 504) if fault.kind == "answered_after" else None
                raise _DroppedError(Reply(page))
        return self.service.answer(request, route)

    # Late execution

    def _postpone(self, request: Request, fault: Fault) -> None:
        if fault.after_s:
            self.call_later(fault.after_s, lambda: self._run_late(request))
        else:
            self._pending.append(_Pending(request, max(fault.after_requests, 1)))

    def _run_pending(self) -> None:
        if not self._pending:
            return
        for pending in self._pending:
            pending.after_requests -= 1
        due = [p for p in self._pending if p.after_requests <= 0]
        self._pending = [p for p in self._pending if p.after_requests > 0]
        for pending in due:
            self._run_late(pending.request)

    def _run_late(self, request: Request) -> None:
        """Execute what its client has long given up."""
        for _ in self._serve(request, request.target.partition("?")[0]):
            pass


_ENVIRONMENT = {"name": "production", "type": "Production", "countryCode": "W1"}


def _page(status: int) -> Answer:
    """What a gateway answers: no JSON."""
    return Answer(status, PAGE % (status, status), {}, HTML)


def _spoilt(reply: Reply, fault: Fault) -> Reply:
    answer = reply.answer
    if answer is None or fault.kind == "lost_after":
        return Reply(None)
    if fault.kind == "answered_after":
        return Reply(_page(fault.status or 504))
    if fault.kind == "cut_body":
        at = fault.cut_at if fault.cut_at is not None else len(answer.body()) // 2
        return Reply(answer, cut_at=at)
    if fault.kind == "html_body":
        page = _page(answer.status)
        return Reply(page)
    if fault.kind == "wrong_content_type":
        return Reply(Answer(answer.status, answer.body(), answer.headers, "text/plain"))
    body = b"" if fault.kind == "empty_body" else b'{"value": "' + b"x" * fault.size_bytes + b'"}'
    return Reply(Answer(answer.status, body, answer.headers, answer.content_type))
