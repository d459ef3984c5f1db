"""Requests to the API with everything around them: token, limits, bounded repeats, meaning.

A write is repeated here only where it is proven that nothing was executed. A read is repeated
whatever happened, within the same bounds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from urllib.parse import urljoin

from tenacity import RetryCallState, Retrying, retry_if_result

from importer import __version__
from importer.business_central import answers
from importer.business_central.auth import authorization
from importer.business_central.connection import Connection, origin
from importer.business_central.limits import (
    OTHER_ATTEMPTS,
    Limiter,
    pause_seconds,
    retry_after_seconds,
)
from importer.business_central.resources import Reader, UnreadableError, count
from importer.business_central.wire import LostError, NotSentError, Reply, Wire
from importer.errors import ConfigurationProblem, ImporterError, ServiceUnavailable
from importer.model import Answer, AnswerKind

Value = TypeVar("Value")
_LOG = logging.getLogger(__name__)

_PROVEN_NOT_EXECUTED: Final = frozenset({AnswerKind.THROTTLED, AnswerKind.TRANSIENT})
_WORTH_READING_AGAIN: Final = _PROVEN_NOT_EXECUTED | {AnswerKind.AMBIGUOUS}
_EXPIRED_LISTING: Final = "SkipTokenIsNoLongerValid"
_MOST_PAGES: Final = 10_000
_MOST_LISTINGS: Final = 3
_UNAUTHORIZED: Final = 401
_LONG_WAIT_SECONDS: Final = 5.0  # from here on a person wonders whether anything happens


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer with its body; `final` where repeating was done elsewhere already."""

    answer: Answer
    body: bytes = b""
    final: bool = False


class Exchange:
    """The way to one environment; safe to use from several threads.

    Args:
        connection: where, who and how.
        sleep: waits for seconds.
        clock: monotonic seconds.
        wall: seconds since the epoch.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.connection = connection
        self._sleep, self._clock, self._wall = sleep, clock, wall
        self._origin = origin(connection.url)
        self._authorization = authorization(connection, sleep=sleep, wall=wall)
        self._limiter = Limiter(
            connection.window_limit, connection.window_seconds, connection.at_once, clock, sleep
        )
        self._closed = False
        self._wire = Wire(
            connect_timeout_seconds=connection.connect_timeout_seconds,
            read_timeout_seconds=connection.read_timeout_seconds,
            max_answer_bytes=connection.max_answer_bytes,
            connections=connection.at_once,
            ca_bundle=connection.ca_bundle,
            proxy=connection.proxy,
        )

    def close(self) -> None:
        """Close all connections; nothing leaves any more, whatever is still being repeated."""
        self._closed = True
        self._wire.close()
        self._authorization.close()

    def sign_in(self) -> None:
        """Acquire a token now, so that its faults show before anything else.

        Raises:
            ConfigurationProblem: the credentials are refused.
            ServiceUnavailable: the token service is away.
        """
        self._authorization.header()

    def write(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        etag: str = "",
        prefer: str = "",
        weight: int = 1,
    ) -> Heard:
        """Send a request that changes something; never raises for what the server does.

        Args:
            method: POST, PATCH or DELETE.
            path: below the API's root.
            body: JSON, sent as it is.
            etag: for `If-Match`.
            prefer: for `Prefer`.
            weight: how many requests it counts for.
        """
        headers = {"If-Match": etag, "Prefer": prefer}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self._repeated(
            lambda: self._attempt(method, self._url(path), headers, body, weight),
            _PROVEN_NOT_EXECUTED,
        )

    def read(self, path: str, decode: Callable[[bytes], Value], what: str) -> Value | None:
        """Read one record from the primary database; None if it does not exist.

        Args:
            path: below the API's root.
            decode: reads the body, raises `UnreadableError`.
            what: for messages: `the journal`.

        Raises:
            ServiceUnavailable: the service gives no answer within the bounds.
            ConfigurationProblem: it refuses.
        """
        heard, value = self._read(self._url(path), decode)
        if heard.answer.kind is AnswerKind.DONE:
            return value
        if heard.answer.kind is AnswerKind.MISSING:
            return None
        raise problem(heard.answer, what)

    def all(self, path: str, reader: Reader[Value], what: str) -> list[Value]:
        """Read a list, page by page, by the server's own links.

        Raises:
            ServiceUnavailable: the service gives no answer within the bounds.
            ConfigurationProblem: it refuses, or its links lead elsewhere.
        """
        for _ in range(_MOST_LISTINGS):
            found = self._listed(path, reader, what)
            if found is not None:
                return found
        raise ServiceUnavailable(
            f"The list of {what} expired {_MOST_LISTINGS} times while it was read. Try again later"
        )

    def number_of(self, path: str) -> int | None:
        """Return how many records a list has, None where the server does not say."""
        heard, value = self._read(self._url(f"{path}/$count"), count)
        return value if heard.answer.kind is AnswerKind.DONE else None

    def _listed(self, path: str, reader: Reader[Value], what: str) -> list[Value] | None:
        """Read all pages; None where a continuation expired."""
        url = self._url(path)
        seen: set[str] = set()
        found: list[Value] = []
        while url:
            if url in seen or len(seen) >= _MOST_PAGES:
                raise ServiceUnavailable(f"The list of {what} does not end. Try again later")
            seen.add(url)
            heard, page = self._read(url, reader.page)
            if heard.answer.code == _EXPIRED_LISTING:
                return None
            if heard.answer.kind is not AnswerKind.DONE or page is None:
                raise problem(heard.answer, what)
            found.extend(page[0])
            url = self._continuation(url, page[1])
        return found

    def _continuation(self, url: str, link: str) -> str:
        """Return the absolute address of the next page, `""` at the end.

        Raises:
            ConfigurationProblem: it is on another server, which must not get our token.
        """
        if not link:
            return ""
        try:
            target = urljoin(url, link)
            same = origin(target) == self._origin
        except ValueError:
            same = False
        if not same:
            raise ConfigurationProblem(
                "The server continues a list at another address than the configured one, which "
                "is not followed. Check the base URL, or the server's public address on-premises"
            )
        return target

    def _url(self, path: str) -> str:
        """Return the address of `path` below the API's root, or beside it for `../…`."""
        root = self.connection.root
        if path.startswith("../"):
            root, path = root.rpartition("/")[0], path.removeprefix("../")
        url = f"{root}/{path}"
        fixed = self.connection.fixed_query
        return f"{url}{'&' if '?' in path else '?'}{fixed}" if fixed else url

    def _read(self, url: str, decode: Callable[[bytes], Value]) -> tuple[Heard, Value | None]:
        values: list[Value] = []
        headers = {
            "Data-Access-Intent": "ReadWrite",
            "Prefer": f"odata.maxpagesize={self.connection.page_size}",
        }

        def attempt() -> Heard:
            heard = self._attempt("GET", url, headers, None, 1)
            if heard.answer.kind is not AnswerKind.DONE:
                return heard
            try:
                values.append(decode(heard.body))
            except UnreadableError as fault:
                return Heard(answers.unreadable(heard.answer, str(fault)), heard.body)
            return heard

        heard = self._repeated(attempt, _WORTH_READING_AGAIN)
        if heard.answer.kind is AnswerKind.AMBIGUOUS and heard.body and _success(heard.answer):
            return Heard(answers.not_the_api(heard.answer)), None
        return heard, values[-1] if values else None

    def _repeated(self, attempt: Callable[[], Heard], again: frozenset[AnswerKind]) -> Heard:
        """Call `attempt` until its answer is none of `again`, within bounds of time and number."""
        started = self._clock()

        def repeat(heard: Heard) -> bool:
            expired = heard.answer.code == _EXPIRED_LISTING
            return heard.answer.kind in again and not heard.final and not expired

        def pause(state: RetryCallState) -> float:
            return pause_seconds(state.attempt_number, _last(state).answer.retry_after_seconds)

        def enough(state: RetryCallState) -> bool:
            throttled = _last(state).answer.kind is AnswerKind.THROTTLED
            most = self.connection.max_attempts
            most = most if throttled else min(most, OTHER_ATTEMPTS)
            spent = self._clock() - started + pause(state)
            return state.attempt_number >= most or spent > self.connection.give_up_seconds

        retrying = Retrying(
            retry=retry_if_result(repeat),
            stop=enough,
            wait=pause,
            sleep=self._sleep,
            before_sleep=_tell,
            retry_error_callback=_last,
        )
        return retrying(attempt)

    def _attempt(
        self, method: str, url: str, extra: Mapping[str, str], body: bytes | None, weight: int
    ) -> Heard:
        """Send once; twice where the server says that our token is no longer valid."""
        if origin(url) != self._origin:
            return Heard(answers.not_sent("the address is not of the configured server"))
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Accept-Language": "en-US",
            "User-Agent": f"customer-payments/{__version__}",
            **{name: value for name, value in extra.items() if value},
        }
        try:
            reply = self._exchanged(method, url, headers, body, weight)
            if reply.status == _UNAUTHORIZED and self._authorization.renew():
                reply = self._exchanged(method, url, headers, body, weight)
        except (ImporterError, NotSentError, LostError) as fault:
            return _unanswered(fault)
        heard = self.understood(
            reply.status,
            reply.body if reply.whole else b"",
            reply.headers.get("Retry-After"),
        )
        if not reply.whole and heard.answer.kind is AnswerKind.DONE:
            cut = "the answer was cut off or is too large"
            return Heard(answers.unreadable(heard.answer, cut))
        return heard

    def _exchanged(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, weight: int
    ) -> Reply:
        authorized = {**headers, "Authorization": self._authorization.header()}
        with self._limiter.place(weight):
            if self._closed:
                raise ServiceUnavailable("The connection was closed")
            return self._wire.exchange(method, url, authorized, body)

    def understood(self, status: int, body: bytes, retry_after: str | None) -> Heard:
        """Return the meaning of a whole answer, of a request or an operation of a batch."""
        wait = retry_after_seconds(retry_after, self._wall())
        return Heard(self._without_secrets(answers.classify(status, body, wait)), body)

    def _without_secrets(self, answer: Answer) -> Answer:
        """Return `answer` without any secret that a gateway may have echoed."""
        message = answer.message
        if not message:
            return answer
        for secret in self._authorization.secrets():
            message = message.replace(secret, "***")
        return answer if message == answer.message else replace(answer, message=message)


def _unanswered(fault: ImporterError | NotSentError | LostError) -> Heard:
    """Return what it means that there is no answer: no token, no connection, or a lost answer."""
    if isinstance(fault, LostError):
        return Heard(answers.lost(str(fault)))
    if isinstance(fault, NotSentError):
        return Heard(answers.not_sent(str(fault), permanent=fault.permanent))
    if isinstance(fault, ServiceUnavailable):
        return Heard(answers.not_sent(str(fault)), final=True)
    stop = Answer(AnswerKind.CONFIGURATION, message=str(fault), cause="There is no token")
    return Heard(stop, final=True)


class RefusedError(ConfigurationProblem):
    """The server refuses a read; `answer` says how."""

    def __init__(self, message: str, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer


def problem(answer: Answer, what: str) -> ImporterError:
    """Return the exception for a read that failed for good."""
    said = " ".join(
        part for part in (f"HTTP {answer.status}" if answer.status else "", answer.code) if part
    )
    words = ": ".join(part for part in (said, answer.message) if part)
    trace = f" (correlation id {answer.correlation_id})" if answer.correlation_id else ""
    if answer.kind in _WORTH_READING_AGAIN:
        return ServiceUnavailable(
            f"The service does not answer for {what}: {words}{trace}. Try again later"
        )
    remedy = f" {answer.remedy}" if answer.remedy else ""
    cause = answer.cause or "The server refuses"
    return RefusedError(f"{cause}, at {what}: {words}{trace}.{remedy}", answer)


def _success(answer: Answer) -> bool:
    return answer.status is not None and 200 <= answer.status < 300  # noqa: PLR2004


def _tell(state: RetryCallState) -> None:
    answer = _last(state).answer
    long = state.upcoming_sleep >= _LONG_WAIT_SECONDS
    _LOG.log(
        logging.WARNING if long else logging.INFO,
        "waiting %.1f s before the next try: %s (HTTP %s)",
        state.upcoming_sleep,
        answer.cause,
        answer.status,
    )


def _last(state: RetryCallState) -> Heard:
    outcome = state.outcome
    if outcome is None:
        raise RuntimeError("asked for the outcome before there is one")
    heard: Heard = outcome.result()
    return heard
