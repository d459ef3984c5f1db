"""The way to the token authority: that server only, bounded, with patience for 429."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec
from tenacity import RetryCallState, Retrying, retry_if_result

from importer.business_central.connection import Connection, origin
from importer.business_central.limits import OTHER_ATTEMPTS, pause_seconds, retry_after_seconds
from importer.business_central.wire import LostError, NotSentError, Reply, Wire
from importer.errors import ConfigurationProblem, ServiceUnavailable

_MAX_TOKEN_ANSWER_BYTES: Final = 1024 * 1024


class TokenAnswer:
    """A response as msal reads it."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.text = reply.body.decode("utf-8", "replace")
        self.headers = dict(reply.headers)

    def raise_for_status(self) -> None:
        """Nothing to raise: 5xx never gets here."""


class TokenHttp:
    """The HTTP client that msal gets: to the authority only, bounded, with patience for 429.

    The endpoints are those of Microsoft Entra and need no discovery. msal insists on https; an
    authority on this machine without it is reached all the same.
    """

    def __init__(
        self,
        connection: Connection,
        authority: str,
        sleep: Callable[[float], None],
        wall: Callable[[], float],
    ) -> None:
        self._authority = authority
        self._origin = origin(authority)
        self._sleep = sleep
        self._wall = wall
        self._attempts = connection.max_attempts
        self._wire = Wire(
            connect_timeout_seconds=connection.connect_timeout_seconds,
            read_timeout_seconds=min(connection.read_timeout_seconds, 60.0),
            max_answer_bytes=_MAX_TOKEN_ANSWER_BYTES,
            connections=1,
            ca_bundle=connection.ca_bundle,
            proxy=connection.proxy,
        )

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def get(self, url: str, **_options: object) -> TokenAnswer:
        """Answer msal's discovery from what is known of the authority."""
        base = "https://" + self._authority.partition("://")[2]
        document = {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        }
        if not url.endswith("/.well-known/openid-configuration"):
            return TokenAnswer(Reply(404, b"{}", {}))
        return TokenAnswer(Reply(200, msgspec.json.encode(document), {}))

    def post(
        self,
        url: str,
        params: object = None,
        data: Mapping[str, object] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_options: object,
    ) -> TokenAnswer:
        """Post a form to the authority.

        Raises:
            ServiceUnavailable: it gives no readable answer after bounded attempts.
            ConfigurationProblem: `url` is not of the authority, or its certificate is bad.
        """
        del params
        target = f"{self._origin[0]}://{url.partition('://')[2]}"
        if origin(target) != self._origin:
            raise ConfigurationProblem("The token endpoint is not of the configured authority")
        form = data if isinstance(data, str) else urlencode(data or {}, doseq=True)
        sent = {
            **(headers or {}),
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        retrying = Retrying(
            retry=retry_if_result(_again),
            stop=self._enough,
            wait=self._pause,
            sleep=self._sleep,
            retry_error_callback=_last,
        )
        reply = retrying(self._once, target, sent, form)
        if isinstance(reply, str) or _again(reply):
            said = reply if isinstance(reply, str) else f"HTTP {reply.status}"
            raise ServiceUnavailable(
                f"The token service gives no token at the moment ({said}). Try again later"
            )
        return TokenAnswer(reply)

    def _once(self, url: str, headers: Mapping[str, str], form: str) -> Reply | str:
        try:
            return self._wire.exchange("POST", url, headers, form)
        except NotSentError as fault:
            if fault.permanent:
                raise ConfigurationProblem(
                    f"The token service's certificate is not trusted ({fault}). "
                    "Check the authority; for an own certificate authority set the CA bundle"
                ) from None
            return str(fault)
        except LostError as fault:
            return str(fault)

    def _enough(self, state: RetryCallState) -> bool:
        reply = _last(state)
        throttled = isinstance(reply, Reply) and reply.status == 429  # noqa: PLR2004
        most = self._attempts if throttled else min(self._attempts, OTHER_ATTEMPTS)
        return state.attempt_number >= most

    def _pause(self, state: RetryCallState) -> float:
        reply = _last(state)
        header = reply.headers.get("Retry-After") if isinstance(reply, Reply) else None
        return pause_seconds(state.attempt_number, retry_after_seconds(header, self._wall()))


def _again(reply: Reply | str) -> bool:
    """Return whether the token service gave no answer that msal could read."""
    if isinstance(reply, str) or not reply.whole:
        return True
    if reply.status == 429 or reply.status >= 500 or 300 <= reply.status < 400:  # noqa: PLR2004
        return True
    try:
        return not isinstance(msgspec.json.decode(reply.body), dict)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return True


def _last(state: RetryCallState) -> Reply | str:
    outcome = state.outcome
    result: Reply | str = outcome.result() if outcome is not None else ""
    return result
