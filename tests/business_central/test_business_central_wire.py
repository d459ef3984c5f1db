"""What the client makes of servers that answer badly, or not at all."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import time as real_time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.business_central.wire import LostError, NotSentError, Wire
from importer.errors import ConfigurationProblem, ServiceUnavailable
from importer.model import AnswerKind

PAYLOAD = b'{"lineNumber":20000,"amount":-10.00}'


def lines_of(client, kit):
    return client.lines(kit.COMPANY, kit.JOURNAL)


def test_a_created_line_comes_back_exact(scripted, client, kit):
    body = json.dumps(kit.line()).replace("-10.0", "-1234567890123456.10")
    scripted.script = [kit.reply(201, body)]
    answer = lines_of(client, kit).send(PAYLOAD)
    assert answer.kind is AnswerKind.DONE
    assert answer.line.amount == Decimal("-1234567890123456.10")
    assert answer.line.line_number == 20000
    sent = scripted.requests[0]
    assert sent.method == "POST"
    assert sent.target == (
        f"/v2.0/sandbox/api/v2.0/companies({kit.COMPANY})"
        f"/customerPaymentJournals({kit.JOURNAL})/customerPayments"
    )
    assert sent.body == PAYLOAD
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["accept"] == "application/json"
    assert sent.headers["accept-language"] == "en-US"
    assert sent.headers["authorization"] == "Bearer token-of-the-tests"
    assert "data-access-intent" not in sent.headers
    assert "cookie" not in sent.headers


def test_reads_ask_for_the_primary_database(scripted, client, kit):
    scripted.script = [kit.reply(200, {"value": [kit.line()]})]
    found = lines_of(client, kit).by_number(20000)
    assert found is not None
    assert found.document_number == "CP0001"
    sent = scripted.requests[0]
    assert sent.headers["data-access-intent"] == "ReadWrite"
    assert sent.target.endswith("/customerPayments?$filter=lineNumber%20eq%2020000")


def closes(connection):
    connection.close()


def resets(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut_head(connection):
    connection.sendall(b"HTTP/1.1 20")


def cut_body(connection):
    connection.sendall(b'HTTP/1.1 201 X\r\nContent-Length: 500\r\n\r\n{"id": "2000')


def cut_chunk(connection):
    connection.sendall(b'HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"id')


def bad_chunk(connection):
    connection.sendall(b'HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"id')


def garbage(connection):
    connection.sendall(b"\x00\xff\xfe garbage \x80\r\n\r\n")


def endless_header(connection):
    connection.sendall(b"HTTP/1.1 201 X\r\nX: " + b"a" * 200_000)


def many_headers(connection):
    connection.sendall(b"HTTP/1.1 201 X\r\n" + b"X: 1\r\n" * 500 + b"\r\n")


@pytest.mark.parametrize(
    "step",
    [
        closes,
        resets,
        cut_head,
        cut_body,
        cut_chunk,
        bad_chunk,
        garbage,
        endless_header,
        many_headers,
    ],
)
def test_a_lost_answer_to_a_post_is_ambiguous_and_not_repeated(scripted, client, kit, step):
    scripted.script = [step]
    answer = lines_of(client, kit).send(PAYLOAD)
    assert answer.kind is AnswerKind.AMBIGUOUS
    assert answer.message
    assert len(scripted.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (201, b"", AnswerKind.AMBIGUOUS),
        (201, b"null", AnswerKind.AMBIGUOUS),
        (201, b"{}", AnswerKind.AMBIGUOUS),
        (201, b"<html>ok</html>", AnswerKind.AMBIGUOUS),
        (201, b'{"id":"x","lineNumber":"many","amount":1}', AnswerKind.AMBIGUOUS),
        (201, b'{"id":"x","lineNumber":1,"amount":1e999999999}', AnswerKind.AMBIGUOUS),
        (201, b'{"id":"x","lineNumber":1,"amount":1,"postingDate":"soon"}', AnswerKind.AMBIGUOUS),
        (201, b"[" * 200_000, AnswerKind.AMBIGUOUS),
        (201, b'\xff\xfe{"id"', AnswerKind.AMBIGUOUS),
        (204, b"", AnswerKind.AMBIGUOUS),
        (400, b"<html><body>Bad gateway thing</body></html>", AnswerKind.AMBIGUOUS),
        (400, b"", AnswerKind.AMBIGUOUS),
        (404, b"<html>", AnswerKind.CONFIGURATION),
        (500, b"\x00" * 1000, AnswerKind.AMBIGUOUS),
        (502, b"Bad Gateway", AnswerKind.AMBIGUOUS),
        (504, b"", AnswerKind.AMBIGUOUS),
        (503, b"", AnswerKind.AMBIGUOUS),
        (418, b"{}", AnswerKind.AMBIGUOUS),
        (302, b"", AnswerKind.CONFIGURATION),
    ],
)
def test_bodies_of_any_kind_are_classified(scripted, client, kit, status, body, kind):
    scripted.script = [kit.reply(status, body)]
    assert lines_of(client, kit).send(PAYLOAD).kind is kind
    assert len(scripted.requests) == 1


def test_an_enormous_answer_is_cut_off_not_read(scripted, time, kit):
    scripted.script = [kit.reply(201, b"x" * 3_000_000)]
    with kit.client_of(scripted.base_url, time, max_answer_bytes=1_000_000) as client:
        answer = lines_of(client, kit).send(PAYLOAD)
    assert answer.kind is AnswerKind.AMBIGUOUS


def test_a_compressed_bomb_is_cut_off(scripted, time, kit):
    bomb = gzip.compress(b"x" * 50_000_000)
    scripted.script = [kit.reply(201, bomb, {"Content-Encoding": "gzip"})]
    with kit.client_of(scripted.base_url, time, max_answer_bytes=1_000_000) as client:
        answer = lines_of(client, kit).send(PAYLOAD)
    assert answer.kind is AnswerKind.AMBIGUOUS


def test_compressed_answers_are_read(scripted, client, kit):
    body = gzip.compress(json.dumps(kit.line()).encode())
    scripted.script = [kit.reply(201, body, {"Content-Encoding": "gzip"})]
    assert lines_of(client, kit).send(PAYLOAD).kind is AnswerKind.DONE


def test_a_dripping_answer_ends_at_the_deadline(scripted, time, kit):
    def drip(connection):
        connection.sendall(b"HTTP/1.1 201 X\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            real_time.sleep(0.05)

    scripted.script = [drip]
    started = real_time.monotonic()
    with kit.client_of(
        scripted.base_url, time, read_timeout_seconds=0.4, connect_timeout_seconds=0.4
    ) as client:
        answer = lines_of(client, kit).send(PAYLOAD)
    assert answer.kind is AnswerKind.AMBIGUOUS
    assert real_time.monotonic() - started < 3


def test_silence_is_ambiguous_after_the_timeout(scripted, time, kit):
    scripted.script = [lambda _connection: real_time.sleep(1)]
    with kit.client_of(scripted.base_url, time, read_timeout_seconds=0.2) as client:
        answer = lines_of(client, kit).send(PAYLOAD)
    assert answer.kind is AnswerKind.AMBIGUOUS


def test_a_kept_connection_that_closed_is_replaced_before_a_byte_is_sent(scripted, client, kit):
    scripted.script = [
        kit.reply(201, kit.line(20000), {"Connection": "close"}),
        kit.reply(201, kit.line(20001)),
    ]
    lines = lines_of(client, kit)
    assert lines.send(PAYLOAD).kind is AnswerKind.DONE
    real_time.sleep(0.05)
    assert lines.send(PAYLOAD).line.line_number == 20001


def test_a_refused_connection_is_repeated_and_then_transient(time, kit):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with kit.client_of(f"http://127.0.0.1:{port}/api/v2.0", time) as client:
        answer = lines_of(client, kit).send(PAYLOAD)
        assert answer.kind is AnswerKind.TRANSIENT
        assert "127.0.0.1" in answer.message
        assert len(time.slept) == 4
        with pytest.raises(ServiceUnavailable, match="Try again later"):
            client.companies()


def test_an_unknown_host_was_never_sent_to(time, kit):
    with kit.client_of("https://nowhere.invalid/api/v2.0", time) as client:
        assert lines_of(client, kit).send(PAYLOAD).kind is AnswerKind.TRANSIENT


def test_a_server_without_tls_was_never_sent_to(scripted):
    scripted.script = [closes]
    wire = Wire(connect_timeout_seconds=0.3, read_timeout_seconds=2, max_answer_bytes=1000)
    with pytest.raises(NotSentError):
        wire.exchange("POST", f"https://127.0.0.1:{scripted.port}/", {}, b"secret")
    wire.close()
    assert all(b"secret" not in request.body for request in scripted.requests)


def test_redirects_are_not_followed(scripted, time, kit):
    other = kit.ScriptedServer([kit.reply(201, kit.line())])
    scripted.script = [
        kit.reply(307, b"", {"Location": f"http://127.0.0.1:{other.port}/elsewhere"})
    ]
    with kit.client_of(scripted.base_url, time) as client:
        answer = lines_of(client, kit).send(PAYLOAD)
        assert answer.kind is AnswerKind.CONFIGURATION
        with pytest.raises(ConfigurationProblem, match="another address"):
            client.companies()
    other.close()
    assert other.requests == []


@pytest.mark.parametrize("link", ["http://127.0.0.1:{port}/x", "//evil.invalid/x", "http://[/x"])
def test_a_list_is_not_continued_on_another_server(scripted, client, kit, link):
    other = kit.ScriptedServer([kit.reply(200, {"value": []})])
    page = {"value": [], "@odata.nextLink": link.format(port=other.port)}
    scripted.script = [kit.reply(200, page)]
    with pytest.raises(ConfigurationProblem, match="not followed"):
        client.companies()
    other.close()
    assert other.requests == []


def test_cookies_are_neither_kept_nor_sent(scripted, client, kit):
    scripted.script = [kit.reply(200, {"value": []}, {"Set-Cookie": "a=b; Path=/"})]
    client.companies()
    client.companies()
    assert "cookie" not in scripted.requests[1].headers


def test_the_environment_is_not_asked_for_proxies_or_passwords(
    scripted, time, kit, monkeypatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    scripted.script = [kit.reply(200, {"value": []})]
    with kit.client_of(scripted.base_url, time) as client:
        client.companies()
    assert scripted.requests[0].headers["authorization"] == "Bearer token-of-the-tests"


def test_a_configured_proxy_is_used(scripted, time, kit):
    proxy = kit.ScriptedServer([kit.reply(200, {"value": []})])
    with kit.client_of(scripted.base_url, time, proxy=f"http://127.0.0.1:{proxy.port}") as client:
        client.companies()
    proxy.close()
    assert proxy.requests[0].target.startswith("http://127.0.0.1")
    assert scripted.requests == []


def test_a_lost_answer_names_the_cause(scripted):
    scripted.script = [closes]
    wire = Wire(connect_timeout_seconds=2, read_timeout_seconds=2, max_answer_bytes=1000)
    with pytest.raises(LostError, match=f"127.0.0.1:{scripted.port}"):
        wire.exchange("POST", f"http://127.0.0.1:{scripted.port}/", {}, b"x")
    wire.close()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([b"", b"HTTP/1.1 201 X\r\n", b"HTTP/1.1 400 X\r\n\r\n", b"HTTP/1.0 "]),
    st.binary(max_size=120),
)
def test_no_bytes_make_a_payment_or_break_the_client(scripted, client, kit, head, rest):
    before = len(scripted.requests)
    scripted.script = [lambda connection: connection.sendall(head + rest)]
    answer = lines_of(client, kit).send(PAYLOAD)
    assert answer.kind is not AnswerKind.DONE
    assert len(scripted.requests) == before + 1 or answer.kind is AnswerKind.THROTTLED
