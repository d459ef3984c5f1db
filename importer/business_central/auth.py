"""Who we are for the service: ready tokens, keys, and tokens of Microsoft Entra.

Source: part 11 of the reference on the Business Central API.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, Protocol
from urllib.parse import quote_plus

from importer.business_central.connection import (
    BasicKey,
    ClientCertificate,
    ClientSecret,
    Connection,
    DeviceCode,
    ReadyToken,
)
from importer.business_central.token_http import TokenHttp
from importer.errors import ConfigurationProblem, ServiceUnavailable

_MARGIN_SECONDS: Final = 300.0
_TEMPORARY: Final = frozenset({"temporarily_unavailable", "server_error", "timeout"})
_WAITING: Final = frozenset({"authorization_pending", "slow_down"})
_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL | re.ASCII
)


class Authorization(Protocol):
    """Gives the `Authorization` header; `secrets` are never to be shown."""

    def header(self) -> str:
        """Return the header's value.

        Raises:
            ConfigurationProblem: the credentials are refused.
            ServiceUnavailable: the token service is away.
        """

    def renew(self) -> bool:
        """Drop what the server refused; return whether another can be had."""

    def secrets(self) -> tuple[str, ...]:
        """Return every text that must not be shown."""

    def close(self) -> None:
        """Close connections to the token service."""


def authorization(
    connection: Connection,
    *,
    sleep: Callable[[float], None] = time.sleep,
    wall: Callable[[], float] = time.time,
) -> Authorization:
    """Return the authorization that the connection's credentials call for."""
    credentials = connection.credentials
    if isinstance(credentials, ReadyToken):
        return _Fixed(f"Bearer {_header_text(credentials.token)}", (credentials.token,))
    if isinstance(credentials, BasicKey):
        pair = base64.b64encode(f"{credentials.user}:{credentials.key}".encode()).decode()
        return _Fixed(f"Basic {pair}", (credentials.key, pair))
    return _Entra(connection, credentials, sleep, wall)


def _header_text(token: str) -> str:
    """Return `token` if it can stand in a header.

    Raises:
        ConfigurationProblem: it is empty or holds blanks or line breaks.
    """
    if not token or not token.isascii() or any(not "!" <= letter <= "~" for letter in token):
        raise ConfigurationProblem(
            "The access token is empty or holds characters that no token has (blanks, line "
            "breaks). Set it again, without quotes"
        )
    return token


@dataclass(frozen=True, slots=True, repr=False)
class _Fixed:
    value: str
    hidden: tuple[str, ...]

    def header(self) -> str:
        return self.value

    def renew(self) -> bool:
        return False

    def secrets(self) -> tuple[str, ...]:
        return self.hidden

    def close(self) -> None:
        """Nothing is open."""


class _Entra:
    """Tokens of Microsoft Entra through msal, kept in memory until shortly before they expire."""

    def __init__(
        self,
        connection: Connection,
        credentials: ClientSecret | ClientCertificate | DeviceCode,
        sleep: Callable[[float], None],
        wall: Callable[[], float],
    ) -> None:
        self._credentials = credentials
        self._authority = connection.authority_url
        self._scopes = [connection.described.scope]
        self._http = TokenHttp(connection, self._authority, sleep, wall)
        self._sleep = sleep
        self._wall = wall
        self._lock = Lock()
        self._app: Any = None
        self._token = ""
        self._until = 0.0

    def header(self) -> str:
        with self._lock:
            if not self._token or self._wall() >= self._until:
                self._acquire()
            return f"Bearer {self._token}"

    def renew(self) -> bool:
        with self._lock:
            self._until = 0.0
            return True

    def secrets(self) -> tuple[str, ...]:
        own = self._credentials
        fixed = own.secret if isinstance(own, ClientSecret) else ""
        password = own.password if isinstance(own, ClientCertificate) else ""
        shown = (self._token, fixed, password, quote_plus(fixed))
        return tuple(text for text in shown if text)

    def close(self) -> None:
        self._http.close()

    def _acquire(self) -> None:
        answer = self._ask()
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise self._refusal(answer)
        self._token = _header_text(token)
        lifetime = float(answer.get("expires_in") or 3600)
        self._until = self._wall() + lifetime - min(_MARGIN_SECONDS, lifetime / 2)

    def _ask(self) -> Mapping[str, Any]:
        """Ask for a token, whatever is cached.

        Raises:
            ConfigurationProblem: the credentials cannot be used.
            ServiceUnavailable: the token service is away.
        """
        try:
            if self._app is None:
                self._app = self._application()
            if isinstance(self._credentials, DeviceCode):
                return self._by_device(self._credentials)
            self._app.remove_tokens_for_client()
            found: Mapping[str, Any] = self._app.acquire_token_for_client(scopes=self._scopes)
        except (ConfigurationProblem, ServiceUnavailable):
            raise
        except Exception as fault:  # noqa: BLE001 - msal and cryptography raise anything
            text = self._shown(f"{type(fault).__name__}: {fault}")
            raise ConfigurationProblem(
                f"No token could be acquired: {text}. Check the client id, the secret or "
                "certificate, the tenant and the authority"
            ) from None
        return found

    def _application(self) -> Any:  # noqa: ANN401 - msal has no types
        import msal

        common = {
            "client_id": self._credentials.client_id,
            "authority": "https://" + self._authority.partition("://")[2],
            "http_client": self._http,
            "instance_discovery": False,
        }
        if isinstance(self._credentials, DeviceCode):
            return msal.PublicClientApplication(**common)
        return msal.ConfidentialClientApplication(
            **common,
            client_credential=_client_credential(self._credentials),
            azure_region=msal.ConfidentialClientApplication.DISABLE_MSAL_FORCE_REGION,
        )

    def _by_device(self, credentials: DeviceCode) -> Mapping[str, Any]:
        for account in self._app.get_accounts():
            silent = self._app.acquire_token_silent(self._scopes, account, force_refresh=True)
            if silent and "access_token" in silent:
                return silent  # type: ignore[no-any-return]
        flow = self._app.initiate_device_flow(scopes=self._scopes)
        if "user_code" not in flow:
            raise self._refusal(flow)
        credentials.tell("".join(c for c in str(flow.get("message")) if c.isprintable()))
        while True:
            self._sleep(max(int(flow["interval"]), 1))
            answer: Mapping[str, Any] = self._app.acquire_token_by_device_flow(
                flow, exit_condition=lambda _flow: True
            )
            if answer.get("error") not in _WAITING or self._wall() > flow["expires_at"]:
                return answer

    def _refusal(self, answer: Mapping[str, Any]) -> ConfigurationProblem | ServiceUnavailable:
        code = self._shown(str(answer.get("error", "no token in the answer")))
        words = self._shown(str(answer.get("error_description", ""))).partition(" Trace ID:")[0]
        if code in _TEMPORARY:
            return ServiceUnavailable(f"The token service is away ({code}). Try again later")
        return ConfigurationProblem(
            f"The token service refuses us ({code}): {words or 'no reason given'}. "
            "Check the client id, the secret or certificate and its expiry, and the tenant"
        )

    def _shown(self, text: str) -> str:
        for secret in self.secrets():
            text = text.replace(secret, "***")
        return " ".join(text.split())[:500]


def _client_credential(credentials: ClientSecret | ClientCertificate) -> str | dict[str, str]:
    """Return the credential as msal takes it.

    Raises:
        ConfigurationProblem: the certificate file cannot be used.
    """
    if isinstance(credentials, ClientSecret):
        return credentials.secret
    path = credentials.path
    password = {"passphrase": credentials.password} if credentials.password else {}
    if path.suffix.lower() in {".pfx", ".p12"}:
        return {"private_key_pfx_path": str(path), **password}
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as fault:
        raise ConfigurationProblem(
            f"{path}: the certificate cannot be read ({fault.strerror}). Check its path"
        ) from None
    found = _CERTIFICATE.search(text)
    if found is None or "PRIVATE KEY-----" not in text:
        raise ConfigurationProblem(
            f"{path}: expected a PEM file with the private key and the certificate, or a PFX "
            "file ending in .pfx. Put both parts into one file"
        )
    return {
        "private_key": _CERTIFICATE.sub("", text).strip(),
        "public_certificate": found.group(0),
        **password,
    }
