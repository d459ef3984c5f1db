"""One HTTP exchange: bounded in time and size, never redirected, and exact about what was sent.

The difference between "not a byte of the request left" and "the answer was lost" decides
whether a payment may be sent again, so it is witnessed on the connection itself.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_LOG = logging.getLogger(__name__)
_CHUNK_BYTES: Final = 64 * 1024


class NotSentError(Exception):
    """Not a byte of the request left; `permanent` where repeating cannot help."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class LostError(Exception):
    """The request, or a part of it, was sent, and no status line came back."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `whole` is false where the body was cut off or is too large."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    whole: bool = True


class _Witness(threading.local):
    sent = False


_WITNESS = _Witness()


class _WitnessedPlain(HTTPConnection):
    """Notes when the first byte of a request leaves; a proxy's CONNECT is not one."""

    _opening = False

    def connect(self) -> None:
        self._opening = True
        try:
            super().connect()
        finally:
            self._opening = False

    def send(self, data: Any) -> None:  # noqa: ANN401 - as in http.client
        if self.sock is None:
            self.connect()
        if not self._opening:
            _WITNESS.sent = True
        super().send(data)


class _WitnessedTls(_WitnessedPlain, HTTPSConnection):
    """The same over TLS; the handshake is part of opening the connection."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _WitnessedPlain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WitnessedTls


_POOLS: Final = {"http": _PlainPool, "https": _TlsPool}
_SOCKET_OPTIONS: Final = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
]


class _Adapter(HTTPAdapter):
    """Never retries by itself, keeps connections alive, and opens witnessed ones."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*args, socket_options=_SOCKET_OPTIONS, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: no redirect is followed, nor its body read beyond our cap."""


class Wire:
    """A pool of connections to one server.

    Args:
        connect_timeout_seconds: until a connection stands.
        read_timeout_seconds: from then on until the answer is there.
        max_answer_bytes: size of a body after decompression.
        connections: kept open at the same time.
        ca_bundle: path of trusted certificates, `""` for the usual ones.
        proxy: URL of a proxy, `""` for none; the environment's is never used.
    """

    def __init__(
        self,
        *,
        connect_timeout_seconds: float,
        read_timeout_seconds: float,
        max_answer_bytes: int,
        connections: int = 5,
        ca_bundle: str = "",
        proxy: str = "",
    ) -> None:
        self._timeout = (connect_timeout_seconds, read_timeout_seconds)
        self._max_bytes = max_answer_bytes
        self._verify: bool | str = ca_bundle or True
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._session = _Session()
        self._session.trust_env = False
        self._session.headers.clear()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(connections))

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | str | None = None
    ) -> Reply:
        """Send one request and return what came back.

        Raises:
            NotSentError: not a byte of it left.
            LostError: some of it was sent and no status came back.
        """
        started = time.monotonic()
        _WITNESS.sent = False
        try:
            request = self._session.prepare_request(
                requests.Request(method, url, headers=dict(headers), data=body)
            )
            response = self._session.send(
                request,
                stream=True,
                verify=self._verify,
                proxies=dict(self._proxies),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except _FAILURES as fault:
            raise _failure(fault, url) from None
        with response:
            reply = self._reply(response, started)
        _LOG.debug(
            "%s %s: %d, %d bytes, %.0f ms",
            method,
            url.partition("?")[0],
            reply.status,
            len(reply.body),
            1000 * (time.monotonic() - started),
        )
        return reply

    def _reply(self, response: requests.Response, started: float) -> Reply:
        """Read the body up to the cap and the deadline."""
        parts: list[bytes] = []
        size = 0
        whole = True
        try:
            for part in _parts(response.raw):
                size += len(part)
                if size > self._max_bytes or time.monotonic() - started > sum(self._timeout):
                    whole = False
                    response.raw.close()
                    break
                parts.append(part)
        except _FAILURES:
            whole = False
        return Reply(response.status_code, b"".join(parts), response.headers, whole)


_FAILURES: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
)


def _parts(raw: Any) -> Iterator[bytes]:  # noqa: ANN401 - urllib3's response, as it arrives
    while part := raw.read1(_CHUNK_BYTES, decode_content=True):
        yield part


def _failure(fault: BaseException, url: str) -> NotSentError | LostError:
    """Tell a request that never left from one whose answer is lost."""
    host = url.partition("//")[2].partition("/")[0]
    inner = _innermost(fault)
    reason = f"{host}: {type(inner).__name__}: {inner}"[:500]
    if not _WITNESS.sent:
        return NotSentError(reason, permanent=isinstance(inner, ssl.SSLCertVerificationError))
    return LostError(reason)


def _innermost(fault: BaseException) -> BaseException:
    """Return the certificate error in the chain of `fault`, or its first cause."""
    seen: list[BaseException] = []
    current: BaseException | None = fault
    while current is not None and current not in seen:
        if isinstance(current, ssl.SSLCertVerificationError):
            return current
        seen.append(current)
        current = current.__cause__ or current.__context__
    return seen[-1]
