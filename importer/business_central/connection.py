"""Where the API is, who we are for it, and the limits that we keep."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from importer.business_central.generations import GENERATIONS, Generation
from importer.errors import ConfigurationProblem

PUBLIC_AUTHORITY: Final = "https://login.microsoftonline.com"
ONLINE_HOSTS: Final = frozenset(
    {"api.businesscentral.dynamics.com", "api.financials.dynamics.com", "graph.microsoft.com"}
)
_ANY_TENANT: Final = "default"  # an own authority that knows no tenants needs some path
ONLINE_REQUESTS_PER_WINDOW: Final = 6000


@dataclass(frozen=True, slots=True)
class ReadyToken:
    """A bearer token that somebody else acquired; it cannot be renewed."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """An application of Microsoft Entra with a secret."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """An application of Microsoft Entra with a certificate.

    `path` is a PEM file with the private key and the certificate, or a PFX file.
    """

    client_id: str
    path: Path
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A person who signs in on another device; `tell` shows them the code and where to enter it."""

    client_id: str
    tell: Callable[[str], None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BasicKey:
    """A user of an on-premises server with a web-service access key."""

    user: str
    key: str = field(repr=False)


Credentials = ReadyToken | ClientSecret | ClientCertificate | DeviceCode | BasicKey


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine by its address or the name localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of `url`; two URLs of one server have the same.

    Raises:
        ValueError: the port is no number.
    """
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower(), 0)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port


def checked_url(url: str, what: str, *, allow_http: bool) -> SplitResult:
    """Return the parts of `url`.

    Raises:
        ConfigurationProblem: it is no https address (http only to this machine), or holds
            a password.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), ""
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigurationProblem(
            f"The {what} is not an address; expected https://host/path. Correct it"
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigurationProblem(
            f"The {what} holds a user or password; expected https://host/path. "
            "Set credentials in the environment instead"
        )
    if parts.scheme == "http" and not (allow_http or is_loopback(host)):
        raise ConfigurationProblem(
            f"The {what} {parts.scheme}://{parts.netloc} would send the token unencrypted; "
            "expected https. Use https, or a server on this machine"
        )
    return parts


@dataclass(frozen=True, slots=True)
class Connection:
    """One environment of Business Central, and how we behave towards it.

    `base_url` beats the address made from `tenant`, `environment` and `generation`; it ends
    with `/api/v2.0` or its like and may carry a query (`?tenant=…` on-premises).
    `requests_per_window` None is the online limit for Microsoft's hosts and no limit elsewhere;
    each operation of a batch counts. Sizes are bytes, times seconds.

    Raises:
        ConfigurationProblem: an address or limit makes no sense.
    """

    credentials: Credentials
    base_url: str = ""
    tenant: str = ""
    environment: str = "production"
    generation: str = "v2.0"
    authority: str = ""
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 620.0
    batch_size: int = 100
    page_size: int = 5000
    max_answer_bytes: int = 32 * 1024 * 1024
    max_attempts: int = 12
    give_up_seconds: float = 900.0
    requests_per_window: int | None = None
    window_seconds: float = 300.0
    at_once: int = 5
    ca_bundle: str = ""
    proxy: str = field(default="", repr=False)
    allow_http: bool = False

    def __post_init__(self) -> None:
        if self.generation not in GENERATIONS:
            raise ConfigurationProblem(
                f"API {self.generation!r} is not known; expected one of "
                f"{', '.join(GENERATIONS)}. Correct --api"
            )
        parts = checked_url(self.url, "base URL", allow_http=self.allow_http)
        last = parts.path.rstrip("/").rpartition("/")[2].lower()
        if last in GENERATIONS and last not in {self.generation, "graph"}:
            raise ConfigurationProblem(
                f"The base URL leads to API {last}, but the API is {self.generation}. "
                "Correct --base-url or --api"
            )
        if self.ca_bundle and not Path(self.ca_bundle).exists():
            raise ConfigurationProblem(
                f"{self.ca_bundle}: there is no such CA bundle; expected a PEM file. "
                "Correct its path"
            )
        for name in ("batch_size", "page_size", "max_answer_bytes", "max_attempts", "at_once"):
            if getattr(self, name) < 1:
                raise ConfigurationProblem(f"{name} must be at least 1")

    @property
    def described(self) -> Generation:
        """The description of this connection's generation."""
        return GENERATIONS[self.generation]

    @property
    def url(self) -> str:
        """The base URL, as configured or made."""
        if self.base_url:
            return self.base_url.strip()
        place = "/".join(part for part in (self.tenant, self.environment) if part)
        return self.described.service.format(place=place)

    @property
    def root(self) -> str:
        """The base URL without its query and without a slash at the end."""
        return self.url.partition("?")[0].rstrip("/")

    @property
    def fixed_query(self) -> str:
        """The query that every request carries (`tenant=…` on-premises), or `""`."""
        return self.url.partition("?")[2]

    @property
    def window_limit(self) -> int | None:
        """Requests allowed in a window, None for no limit."""
        if self.requests_per_window is not None:
            return self.requests_per_window
        online = origin(self.url)[1] in ONLINE_HOSTS
        return ONLINE_REQUESTS_PER_WINDOW if online else None

    @property
    def batch_limit(self) -> int:
        """Operations that go into one batch; 1 where the generation has none."""
        return min(self.batch_size, self.described.batch_limit)

    @property
    def authority_url(self) -> str:
        """The token authority with the tenant, `https://login.microsoftonline.com/{tenant}`.

        Raises:
            ConfigurationProblem: it is no https address, or no tenant is known.
        """
        text = self.authority or PUBLIC_AUTHORITY
        parts = checked_url(text, "token authority", allow_http=self.allow_http)
        path = parts.path.strip("/").removesuffix("oauth2/v2.0/token").strip("/")
        if not path and not self.tenant and not self.authority:
            raise ConfigurationProblem(
                "No tenant is known for the token; expected its id or domain. Set --tenant"
            )
        return f"{parts.scheme}://{parts.netloc}/{path or self.tenant or _ANY_TENANT}"
