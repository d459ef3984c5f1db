"""TLS is always verified, and what fails before the first byte was never sent."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from importer.business_central import ClientSecret
from importer.errors import ConfigurationProblem
from importer.model import AnswerKind


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[str]] = []

    def do_GET(self):
        self.seen.append(self.path)
        self._answer({"value": []})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.path)
        self._answer({"access_token": "tok", "expires_in": 3600, "token_type": "Bearer"})

    def _answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Stay silent."""


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, *_arguments):
        """Refused handshakes are what is tested."""


@pytest.fixture(scope="module")
def authority_file(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(authority_file):
    Handler.seen = []
    server = QuietServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_untrusted_certificate_is_a_setting_and_nothing_was_sent(secure, time, kit):
    with kit.client_of(f"{secure}/api/v2.0", time) as client:
        answer = client.lines(kit.COMPANY, kit.JOURNAL).send(b"{}")
        assert answer.kind is AnswerKind.CONFIGURATION
        assert "certificate" in answer.cause
        with pytest.raises(ConfigurationProblem, match=r"not trusted.*CA bundle"):
            client.companies()
    assert time.slept == []
    assert Handler.seen == []


def test_the_environment_cannot_add_trust(secure, time, kit, monkeypatch, authority_file):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority_file))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(authority_file))
    with kit.client_of(f"{secure}/api/v2.0", time) as client, pytest.raises(ConfigurationProblem):
        client.companies()


def test_a_configured_certificate_authority_is_trusted(secure, time, kit, authority_file):
    with kit.client_of(
        f"{secure}/api/v2.0",
        time,
        credentials=ClientSecret("app", "secret"),
        authority=f"{secure}/example.org",
        ca_bundle=str(authority_file),
    ) as client:
        assert client.companies() == ()
    assert Handler.seen == ["/example.org/oauth2/v2.0/token", "/api/v2.0/companies"]


def test_an_untrusted_token_service_gets_no_secret(secure, scripted, time, kit):
    with (
        kit.client_of(
            scripted.base_url,
            time,
            credentials=ClientSecret("app", "secret"),
            authority=f"{secure}/example.org",
        ) as client,
        pytest.raises(ConfigurationProblem, match="token service's certificate"),
    ):
        client.companies()
    assert Handler.seen == []


def test_a_missing_certificate_file_is_a_setting(time, kit):
    with pytest.raises(ConfigurationProblem, match="no such CA bundle"):
        kit.client_of("https://erp.example.org/api/v2.0", time, ca_bundle="/nowhere/ca.pem")
