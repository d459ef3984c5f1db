"""Who may call: a ready token, tokens of the built-in token endpoint, Basic on premises."""

from __future__ import annotations

import re
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from importer.simulator.errors import ApiError
from importer.simulator.wire import Answer, Request

DEFAULT_TOKEN = "simulator-token"  # noqa: S105 - a public constant of a test double
DEFAULT_BASIC = ("simulator", "simulator-key")
_TOKEN_PATH = re.compile(r"/([^/]+)/oauth2/v2\.0/(token|devicecode)")
_DISCOVERY = re.compile(r"/([^/]+)(?:/v2\.0)?/\.well-known/openid-configuration")
DEVICE_GRANTS = ("device_code", "urn:ietf:params:oauth:grant-type:device_code")


@dataclass(slots=True)
class Auth:
    """Which credentials are good. Secrets of clients: None accepts any client."""

    enabled: bool = True
    tokens: set[str] = field(default_factory=lambda: {DEFAULT_TOKEN})
    basic: tuple[str, str] = DEFAULT_BASIC
    clients: dict[str, str] | None = None
    token_lifetime_s: float = 3600
    device_polls: int = 1
    issued: dict[str, float] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)

    def check(self, request: Request, *, on_premises: bool) -> None:
        """Refuse a request without good credentials."""
        if not self.enabled:
            return
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._token_is_good(value.strip()):
            return
        expected = b64encode(":".join(self.basic).encode()).decode()
        if scheme.lower() == "basic" and on_premises and value.strip() == expected:
            return
        raise ApiError(
            401,
            "Authentication_InvalidCredentials",
            "The server has rejected the client credentials.",
            {"WWW-Authenticate": "Bearer"},
        )

    def _token_is_good(self, token: str) -> bool:
        return token in self.tokens or self.issued.get(token, 0) > time.monotonic()

    def expire_issued(self) -> None:
        """All tokens handed out so far are good no more."""
        self.issued.clear()

    def answer(self, request: Request) -> Answer | None:
        """The answer of the token authority; None if the path is not one of its own."""
        path = request.target.partition("?")[0]
        found = _DISCOVERY.fullmatch(path)
        if found is not None:
            return Answer(200, _openid(request, found.group(1)), {}, "application/json")
        if path == "/common/discovery/instance":
            return Answer(200, _instances(request), {}, "application/json")
        found = _TOKEN_PATH.fullmatch(path)
        if found is None:
            return None
        if request.method != "POST":
            return Answer(405)
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        status, payload = self._device(request, form)
        if found.group(2) == "token":
            status, payload = self._token(form)
        return Answer(status, payload, {"Cache-Control": "no-store"}, "application/json")

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self._client(form)
        if grant in DEVICE_GRANTS:
            return self._poll(form)
        if grant == "refresh_token":
            return 200, self._issue()
        return 400, _refused("unsupported_grant_type", "AADSTS70003: The grant is unsupported.")

    def _client(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        client = form.get("client_id", "")
        assertion = form.get("client_assertion")
        if not form.get("scope", "").endswith("/.default"):
            return 400, _refused("invalid_scope", "AADSTS1002012: The scope must be /.default.")
        if not client or not (form.get("client_secret") or assertion):
            return 401, _refused("invalid_client", "AADSTS7000218: A secret is required.")
        if self.clients is not None and client not in self.clients:
            return 400, _refused("unauthorized_client", "AADSTS700016: Application not found.")
        expected = self.clients.get(client) if self.clients else None
        if expected is not None and not assertion and form["client_secret"] != expected:
            return 401, _refused("invalid_client", "AADSTS7000215: Invalid client secret.")
        return 200, self._issue()

    def _issue(self) -> dict[str, Any]:
        token = secrets.token_urlsafe(24)
        self.issued[token] = time.monotonic() + self.token_lifetime_s
        lifetime = int(self.token_lifetime_s)
        return {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token,
        }

    def _device(self, request: Request, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if "client_id" not in form:
            return 400, _refused("invalid_request", "AADSTS900144: client_id is missing.")
        code = secrets.token_urlsafe(12)
        self.devices[code] = self.device_polls
        return 200, {
            "device_code": code,
            "user_code": "SIMULATE",
            "verification_uri": f"http://{request.headers.get('host', '')}/device",
            "expires_in": 900,
            "interval": 1,
            "message": "The simulator signs in by itself.",
        }

    def _poll(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        code = form.get("device_code", form.get("code", ""))
        left = self.devices.get(code)
        if left is None:
            return 400, _refused("invalid_grant", "AADSTS70000: Unknown device code.")
        if left:
            self.devices[code] = left - 1
            return 400, _refused("authorization_pending", "AADSTS70016: Not signed in yet.")
        del self.devices[code]
        return 200, self._issue()


def _refused(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


def _origin(request: Request) -> str:
    return f"http://{request.headers.get('host', '127.0.0.1')}"


def _openid(request: Request, tenant: str) -> dict[str, Any]:
    base = f"{_origin(request)}/{tenant}"
    return {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "tenant_region_scope": None,
    }


def _instances(request: Request) -> dict[str, Any]:
    tenant = f"{_origin(request)}/common/v2.0/.well-known/openid-configuration"
    return {"tenant_discovery_endpoint": tenant, "api-version": "1.1", "metadata": []}
