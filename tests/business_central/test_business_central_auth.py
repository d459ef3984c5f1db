"""Tokens: acquired, renewed, refused; and no secret ever shown."""

from __future__ import annotations

import base64
import json
import logging
import time as real_time
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from importer.business_central import (
    BasicKey,
    BusinessCentral,
    ClientCertificate,
    ClientSecret,
    Connection,
    DeviceCode,
    ReadyToken,
)
from importer.errors import ConfigurationProblem, ServiceUnavailable
from importer.model import AnswerKind

CANARY = "c4n4ry~s3cret+v4lue"
PAYLOAD = b'{"lineNumber":20000}'


@pytest.fixture
def app(simulator, kit, time):
    """A client that signs in at the simulator's token endpoint."""
    credentials = ClientSecret("the-application", CANARY)
    with kit.client_of(
        simulator.base_url, time, credentials=credentials, authority=authority_of(simulator)
    ) as client:
        yield client


def authority_of(simulator):
    return f"{simulator.origin}/example.org"


def test_a_client_secret_gives_a_token_once(app, simulator):
    assert len(app.companies()) == 2
    app.companies()
    assert app.exchange.connection.authority_url.endswith("/example.org")


def test_an_expired_token_is_renewed_before_it_is_refused(simulator, time, kit):
    server = kit.ScriptedServer()
    issued = [
        kit.reply(200, {"access_token": f"token{n}", "expires_in": 3600, "token_type": "Bearer"})
        for n in (1, 2)
    ]
    page = kit.reply(200, {"value": []})
    server.script = [issued[0], page, page, issued[1], page]
    base = server.base_url
    with kit.client_of(
        base,
        time,
        credentials=ClientSecret("app", CANARY),
        authority=f"http://127.0.0.1:{server.port}/tenant",
    ) as client:
        client.companies()
        time.now += 3200
        client.companies()
        time.now += 200
        client.companies()
    server.close()
    seen = [r.headers.get("authorization") for r in server.requests]
    assert [s for s in seen if s] == ["Bearer token1", "Bearer token1", "Bearer token2"]
    form = server.requests[0]
    assert form.target == "/tenant/oauth2/v2.0/token"
    assert b"scope=https%3A%2F%2Fapi.businesscentral.dynamics.com%2F.default" in form.body
    assert b"grant_type=client_credentials" in form.body


def test_a_refused_token_is_renewed_once_and_the_payment_sent(app, simulator):
    company = app.company("Example Trading")
    journal = app.journal(company.id, "IMPORT")
    simulator.auth.expire_issued()
    sent = app.lines(company.id, journal.id).send(
        b'{"lineNumber":20000,"customerNumber":"10000","amount":-1}'
    )
    assert sent.kind is AnswerKind.DONE, sent
    assert len(simulator.company().payments("IMPORT")) == 1


def test_a_token_that_stays_refused_stops(scripted, time, kit):
    issued = kit.reply(200, {"access_token": "tok", "expires_in": 3600, "token_type": "Bearer"})
    refused = kit.fault(401, "Authentication_InvalidCredentials")
    scripted.script = [issued, refused, issued, refused]
    with kit.client_of(
        scripted.base_url,
        time,
        credentials=ClientSecret("app", CANARY),
        authority=f"http://127.0.0.1:{scripted.port}",
    ) as client:
        answer = client.lines(kit.COMPANY, kit.JOURNAL).send(PAYLOAD)
    assert answer.kind is AnswerKind.CONFIGURATION
    assert len(scripted.requests) == 4
    assert scripted.requests[0].target == "/default/oauth2/v2.0/token"


def test_a_ready_token_cannot_be_renewed(simulator, time, kit):
    with (
        kit.client_of(simulator.base_url, time, credentials=ReadyToken(CANARY)) as client,
        pytest.raises(ConfigurationProblem, match="does not accept our credentials"),
    ):
        client.companies()
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ümlaut"])
def test_a_token_that_cannot_be_one_is_refused_without_showing_it(token):
    with pytest.raises(ConfigurationProblem, match="access token") as fault:
        BusinessCentral(Connection(ReadyToken(token), base_url="https://host.example/api/v2.0"))
    assert not token or token not in str(fault.value)


def test_a_wrong_secret_is_a_setting(simulator, time, kit):
    simulator.auth.clients = {"the-application": "another"}
    with kit.client_of(
        simulator.base_url,
        time,
        credentials=ClientSecret("the-application", CANARY),
        authority=authority_of(simulator),
    ) as client:
        with pytest.raises(ConfigurationProblem, match="invalid_client") as fault:
            client.companies()
        assert CANARY not in str(fault.value)
        answer = client.lines(kit.COMPANY, kit.JOURNAL).send(PAYLOAD)
        assert answer.kind is AnswerKind.CONFIGURATION
    assert not [r for r in simulator.requests if "/companies" in r["target"]]


@pytest.mark.parametrize(
    "step",
    [
        "throttled",
        "away",
        "html",
        "cut",
    ],
)
def test_a_token_service_that_is_away_is_asked_again(scripted, time, kit, step):
    bad = {
        "throttled": kit.reply(429, {"error": "x"}, {"Retry-After": "17"}),
        "away": kit.reply(503, b"maintenance"),
        "html": kit.reply(200, b"<html>login</html>"),
        "cut": lambda c: c.sendall(b'HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\n{"acc'),
    }[step]
    issued = kit.reply(200, {"access_token": "tok", "expires_in": 3600, "token_type": "Bearer"})
    page = kit.reply(200, {"value": []})
    scripted.script = [bad, bad, issued, page]
    with kit.client_of(
        scripted.base_url,
        time,
        credentials=ClientSecret("app", CANARY),
        authority=f"http://127.0.0.1:{scripted.port}",
    ) as client:
        assert client.companies() == ()
    assert len(time.slept) == 2
    if step == "throttled":
        assert time.slept == [17.0, 17.0]


def test_a_token_service_that_stays_away_leaves_everything_for_later(scripted, time, kit):
    scripted.script = [kit.reply(503, b"maintenance")]
    with kit.client_of(
        scripted.base_url,
        time,
        credentials=ClientSecret("app", CANARY),
        authority=f"http://127.0.0.1:{scripted.port}",
    ) as client:
        with pytest.raises(ServiceUnavailable, match="token service"):
            client.companies()
        answer = client.lines(kit.COMPANY, kit.JOURNAL).send(PAYLOAD)
        assert answer.kind is AnswerKind.TRANSIENT
    assert all("oauth2" in request.target for request in scripted.requests)


def test_a_device_code_is_shown_and_waited_for(simulator, kit, time):
    shown: list[str] = []
    connection = Connection(
        DeviceCode("the-application", shown.append),
        base_url=simulator.base_url,
        authority=authority_of(simulator),
    )
    with BusinessCentral(connection, sleep=real_time.sleep) as client:
        assert len(client.companies()) == 2
    assert shown == ["The simulator signs in by itself."]


def device_reply(kit, **more):
    return kit.reply(
        200,
        {
            "device_code": "d",
            "user_code": "ABCD",
            "message": "Enter ABCD\x1b[2J",
            "interval": 5,
            "expires_in": 60,
            **more,
        },
    )


def device_client(scripted, time, kit, shown):
    return kit.client_of(
        scripted.base_url,
        time,
        credentials=DeviceCode("app", shown.append),
        authority=f"http://127.0.0.1:{scripted.port}",
    )


def test_a_device_code_that_is_declined_is_a_setting(scripted, time, kit):
    shown: list[str] = []
    declined = kit.reply(400, {"error": "authorization_declined", "error_description": "No"})
    scripted.script = [device_reply(kit), declined]
    with (
        device_client(scripted, time, kit, shown) as client,
        pytest.raises(ConfigurationProblem, match="authorization_declined"),
    ):
        client.companies()
    assert shown == ["Enter ABCD[2J"]
    assert time.slept == [5]


def test_a_device_sign_in_that_is_not_offered_is_a_setting(scripted, time, kit):
    scripted.script = [kit.reply(400, {"error": "unauthorized_client"})]
    shown: list[str] = []
    with (
        device_client(scripted, time, kit, shown) as client,
        pytest.raises(ConfigurationProblem, match="unauthorized_client"),
    ):
        client.companies()
    assert shown == []


def test_a_device_sign_in_is_renewed_without_asking_again(scripted, time, kit):
    def part(value):
        text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
        return text.rstrip("=")

    now = real_time.time()
    person = {"aud": "app", "iss": "x", "sub": "s", "exp": now + 3600, "iat": now}
    issued = {
        "expires_in": 3600,
        "token_type": "Bearer",
        "refresh_token": "again",
        "scope": "https://api.businesscentral.dynamics.com/.default",
        "id_token": f"{part({'alg': 'none'})}.{part(person)}.",
        "client_info": part({"uid": "u", "utid": "t"}),
    }
    page = kit.reply(200, {"value": []})
    scripted.script = [
        device_reply(kit),
        kit.reply(200, {**issued, "access_token": "one"}),
        kit.fault(401, "Authentication_InvalidCredentials"),
        kit.reply(200, {**issued, "access_token": "two"}),
        page,
    ]
    shown: list[str] = []
    with device_client(scripted, time, kit, shown) as client:
        assert client.companies() == ()
    assert len(shown) == 1
    assert scripted.requests[-1].headers["authorization"] == "Bearer two"
    assert b"grant_type=refresh_token" in scripted.requests[3].body


def test_a_token_service_in_trouble_is_no_setting(scripted, time, kit):
    scripted.script = [kit.reply(400, {"error": "temporarily_unavailable"})]
    with (
        kit.client_of(
            scripted.base_url,
            time,
            credentials=ClientSecret("app", CANARY),
            authority=f"http://127.0.0.1:{scripted.port}",
        ) as client,
        pytest.raises(ServiceUnavailable, match="temporarily_unavailable"),
    ):
        client.companies()


def test_a_token_service_that_is_not_there_is_no_setting(scripted, time, kit):
    with (
        kit.client_of(
            scripted.base_url,
            time,
            credentials=ClientSecret("app", CANARY),
            authority="http://127.0.0.1:1/example.org",
        ) as client,
        pytest.raises(ServiceUnavailable, match="token service"),
    ):
        client.companies()
    assert scripted.requests == []


def test_basic_is_the_user_and_the_key(scripted, time, kit):
    scripted.script = [kit.reply(200, {"value": []})]
    with kit.client_of(scripted.base_url, time, credentials=BasicKey("me", CANARY)) as client:
        client.companies()
    expected = base64.b64encode(f"me:{CANARY}".encode()).decode()
    assert scripted.requests[0].headers["authorization"] == f"Basic {expected}"


@pytest.fixture(scope="module")
def certificate():
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, made


@pytest.mark.parametrize("form", ["pem", "encrypted", "pfx"])
def test_a_certificate_signs_an_assertion(form, certificate, simulator, time, kit, tmp_path):
    key, made = certificate
    path = tmp_path / ("app.pfx" if form == "pfx" else "app.pem")
    password = "" if form == "pem" else CANARY
    locked = BestAvailableEncryption(CANARY.encode()) if password else NoEncryption()
    if form == "pfx":
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"a", key, made, None, locked))
    else:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
        path.write_bytes(pem + made.public_bytes(Encoding.PEM))
    credentials = ClientCertificate("the-application", path, password)
    with kit.client_of(
        simulator.base_url, time, credentials=credentials, authority=authority_of(simulator)
    ) as client:
        assert len(client.companies()) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.pem", "nothing"), ("a.pfx", "nothing"), ("missing.pem", None)],
)
def test_a_bad_certificate_file_is_a_setting(name, text, simulator, time, kit, tmp_path):
    path = Path(tmp_path) / name
    if text is not None:
        path.write_text(text)
    with kit.client_of(
        simulator.base_url,
        time,
        credentials=ClientCertificate("app", path, CANARY),
        authority=authority_of(simulator),
    ) as client:
        with pytest.raises(ConfigurationProblem) as fault:
            client.companies()
        assert CANARY not in str(fault.value)


@pytest.mark.parametrize(
    "credentials",
    [ReadyToken(CANARY), BasicKey("me", CANARY), ClientSecret("app", CANARY)],
    ids=lambda c: type(c).__name__,
)
def test_no_secret_is_ever_shown(credentials, scripted, time, kit, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []

    def echo(connection):
        request = scripted.requests[-1]
        text = json.dumps(request.headers) + request.body.decode()
        body = json.dumps({"error": {"code": "BadRequest", "message": text}})
        connection.sendall(kit.reply(400, body, {"Connection": "close"}))

    def issue(connection):
        body = {"access_token": "t0k3n-" + CANARY, "expires_in": 3600, "token_type": "Bearer"}
        connection.sendall(kit.reply(200, body, {"Connection": "close"}))

    scripted.script = [echo]
    if isinstance(credentials, ClientSecret):
        scripted.script = [issue, echo]
    with kit.client_of(
        scripted.base_url,
        time,
        credentials=credentials,
        authority=f"http://127.0.0.1:{scripted.port}",
    ) as client:
        for _ in range(2):
            try:
                client.companies()
            except ConfigurationProblem as fault:
                shown += [str(fault), repr(fault), *traceback.format_exception(fault)]
            answer = client.lines(kit.COMPANY, kit.JOURNAL).send(PAYLOAD)
            shown += [repr(answer), str(answer)]
        shown += [repr(client), repr(client.exchange), repr(client.connection), repr(credentials)]
        shown += [repr(vars(client.exchange))]
    output = capfd.readouterr()
    shown += [output.out, output.err, caplog.text]
    shown += [repr(record.__dict__) for record in caplog.records]
    pair = base64.b64encode(f"me:{CANARY}".encode()).decode()
    assert len(scripted.requests) >= 4
    for text in shown:
        assert CANARY not in text
        assert pair not in text


def test_a_token_service_that_echoes_the_secret_does_not_get_it_shown(scripted, time, kit, caplog):
    caplog.set_level(logging.DEBUG)

    def echo(connection):
        said = scripted.requests[-1].body.decode()
        body = {"error": "invalid_client", "error_description": f"{said} {CANARY}"}
        connection.sendall(kit.reply(401, body, {"Connection": "close"}))

    scripted.script = [echo]
    with (
        kit.client_of(
            scripted.base_url,
            time,
            credentials=ClientSecret("app", CANARY),
            authority=f"http://127.0.0.1:{scripted.port}",
        ) as client,
        pytest.raises(ConfigurationProblem, match="invalid_client") as fault,
    ):
        client.companies()
    text = "".join(traceback.format_exception(fault.value)) + caplog.text
    for secret in (CANARY, quote_plus(CANARY)):
        assert secret not in text


def test_no_secret_is_shown_where_the_connection_fails(time, kit, caplog):
    caplog.set_level(logging.DEBUG)
    with kit.client_of(
        "http://127.0.0.1:1/api/v2.0", time, credentials=ReadyToken(CANARY)
    ) as client:
        with pytest.raises(ServiceUnavailable) as fault:
            client.companies()
        text = "".join(traceback.format_exception(fault.value))
        assert CANARY not in text + caplog.text
