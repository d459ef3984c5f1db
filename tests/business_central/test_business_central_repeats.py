"""What is repeated, how often and after how long; what never is."""

from __future__ import annotations

import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.business_central.limits import (
    LONGEST_WAIT_SECONDS,
    Limiter,
    pause_seconds,
    retry_after_seconds,
)
from importer.errors import ConfigurationProblem, ServiceUnavailable
from importer.model import AnswerKind

PAYLOAD = b'{"lineNumber":20000}'


def lines_of(client, kit):
    return client.lines(kit.COMPANY, kit.JOURNAL)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "Application_TooManyRequests"),
        (429, ""),
        (409, "Internal_ServerError"),
        (503, "Internal_TenantUnavailable"),
    ],
)
def test_what_was_not_executed_is_sent_again(scripted, client, kit, status, code):
    scripted.script = [
        kit.fault(status, code),
        kit.fault(status, code),
        kit.reply(201, kit.line()),
    ]
    assert lines_of(client, kit).send(PAYLOAD).kind is AnswerKind.DONE
    assert [request.body for request in scripted.requests] == [PAYLOAD] * 3


def test_nothing_leaves_a_client_that_was_closed(scripted, client, kit):
    scripted.script = [kit.fault(429, ""), kit.reply(201, kit.line())]
    slept = []

    def close(seconds):
        slept.append(seconds)
        client.close()

    client.exchange._sleep = close
    answer = lines_of(client, kit).send(PAYLOAD)
    assert (answer.kind, len(slept)) == (AnswerKind.TRANSIENT, 1)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "Internal_ServerError"),
        (502, ""),
        (503, ""),
        (504, ""),
        (408, ""),
        (400, "Internal_EntityWithSameKeyExists"),
        (400, "Application_DialogException"),
        (403, ""),
        (409, "Request_EntityChanged"),
        (409, "Other"),
    ],
)
def test_what_may_have_been_executed_is_sent_once(scripted, client, time, kit, status, code):
    scripted.script = [kit.fault(status, code, Retry_After="1")]
    answer = lines_of(client, kit).send(PAYLOAD)
    assert len(scripted.requests) == 1
    assert answer.retry_after_seconds == 1.0
    assert time.slept == []


def test_patience_with_throttling_ends(scripted, client, time, kit):
    scripted.script = [kit.fault(429, "Application_TooManyRequests", Retry_After="10")]
    assert lines_of(client, kit).send(PAYLOAD).kind is AnswerKind.THROTTLED
    assert set(time.slept) == {10.0}
    assert len(scripted.requests) == 12


def test_patience_ends_by_time_too(scripted, client, time, kit):
    scripted.script = [kit.fault(429, "", Retry_After="99999999")]
    assert lines_of(client, kit).send(PAYLOAD).kind is AnswerKind.THROTTLED
    assert time.slept == [LONGEST_WAIT_SECONDS] * 3


def test_a_date_to_wait_for(scripted, client, time, kit):
    when = formatdate(time.now + 30, usegmt=True)
    scripted.script = [kit.fault(429, "", Retry_After=when), kit.reply(201, kit.line())]
    lines_of(client, kit).send(PAYLOAD)
    assert time.slept == [30.0]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("1e9", None),
        ("١٢", None),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("9" * 400, LONGEST_WAIT_SECONDS),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 10.0),
        ("Thu, 01 Jan 1970 00:00:10 -0000", 10.0),
        ("Thu, 01 Jan 1969 00:00:10 GMT", 0.0),
        ("Thu, 01 Jan 9999 00:00:10 GMT", LONGEST_WAIT_SECONDS),
        ("Thu, 99 Jan 1970 00:00:10 GMT", None),
    ],
)
def test_retry_after(header, seconds):
    assert retry_after_seconds(header, 0.0) == seconds


@given(st.text(max_size=40))
def test_any_retry_after_is_bounded(header):
    seconds = retry_after_seconds(header, 1e9)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT_SECONDS


@given(st.integers(1, 10_000))
def test_pauses_are_bounded(attempt):
    assert 0.25 <= pause_seconds(attempt, None) <= 60


@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.integers(1, 5), st.floats(0, 30)), min_size=1, max_size=60),
)
def test_no_window_holds_more_than_the_limit(limit, requests):
    now = [0.0]
    passed: list[tuple[float, int]] = []

    def sleep(seconds):
        now[0] += seconds

    limiter = Limiter(limit, 100.0, 5, lambda: now[0], sleep)
    for weight, gap in requests:
        now[0] += gap
        with limiter.place(weight):
            passed.append((now[0], min(weight, limit)))
    for start, _ in passed:
        inside = sum(weight for when, weight in passed if start <= when < start + 99.999)
        assert inside <= limit


def test_the_limit_is_that_of_the_online_service_by_default(kit, time):
    url = "https://api.businesscentral.dynamics.com/v2.0/production/api/v2.0"
    with kit.client_of(url, time) as client:
        assert client.connection.window_limit == 6000
    with kit.client_of("https://erp.example.org/BC/api/v2.0", time) as client:
        assert client.connection.window_limit is None


def test_the_client_waits_by_itself_and_counts_operations_of_batches(scripted, time, kit):
    answered = {"responses": [{"id": str(n), "status": 201, "body": kit.line()} for n in range(4)]}
    scripted.script = [kit.reply(200, answered)]
    with kit.client_of(scripted.base_url, time, requests_per_window=10) as client:
        lines = lines_of(client, kit)
        for _ in range(3):
            lines.send_many([(str(n), PAYLOAD) for n in range(4)])
    assert time.slept == [300.0]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_reads_are_repeated_whatever_happened(scripted, client, kit, status):
    page = {"value": [kit.line()]}
    scripted.script = [kit.reply(status), kit.reply(200, b"<html>"), kit.reply(200, page)]
    assert lines_of(client, kit).by_number(20000) is not None


def test_reads_give_up_after_a_while(scripted, client, time, kit):
    scripted.script = [kit.reply(503, b"down for maintenance")]
    with pytest.raises(ServiceUnavailable, match="HTTP 503: down for maintenance"):
        lines_of(client, kit).highest()
    assert len(scripted.requests) == 5
    assert sum(time.slept) < 60


def test_a_refused_read_says_why_at_once(scripted, client, kit):
    scripted.script = [kit.fault(403, "Authorization_Denied", "No.  CorrelationId:  abc-123.")]
    with pytest.raises(ConfigurationProblem, match=r"permission.*No\..*abc-123.*Assign") as fault:
        client.companies()
    assert fault.value.exit_code == 1
    assert len(scripted.requests) == 1


def test_an_expired_listing_starts_again(scripted, client, kit):
    first = {"value": [kit.line(1)], "@odata.nextLink": f"{scripted.base_url}/next"}
    scripted.script = [
        kit.reply(200, first),
        kit.fault(400, "SkipTokenIsNoLongerValid"),
        kit.reply(200, first),
        kit.reply(200, {"value": [kit.line(2, id=kit.JOURNAL)]}),
    ]
    found = lines_of(client, kit).between(1, 2)
    assert [line.line_number for line in found] == [1, 2]


def test_a_listing_that_always_expires_ends(scripted, client, kit):
    scripted.script = [kit.fault(400, "SkipTokenIsNoLongerValid")]
    with pytest.raises(ServiceUnavailable, match="expired"):
        lines_of(client, kit).between(1, 2)
    assert len(scripted.requests) == 3


def test_a_listing_in_a_circle_ends(scripted, client, kit):
    scripted.script = [
        kit.reply(200, {"value": [], "@odata.nextLink": f"{scripted.base_url}/next"})
    ]
    with pytest.raises(ServiceUnavailable, match="does not end"):
        lines_of(client, kit).between(1, 2)
    assert len(scripted.requests) == 2


def test_a_relative_next_link_is_followed(scripted, client, kit):
    scripted.script = [
        kit.reply(200, {"value": [], "@odata.nextLink": "companies?$skiptoken=x"}),
        kit.reply(200, {"value": [{"id": kit.COMPANY, "name": "One"}]}),
    ]
    assert client.companies()[0].name == "One"
    assert scripted.requests[1].target == "/v2.0/sandbox/api/v2.0/companies?$skiptoken=x"


def test_lines_outside_what_was_asked_are_not_believed(scripted, client, kit):
    scripted.script = [
        kit.reply(200, {"value": [kit.line(5), kit.line(5), kit.line(99, id=kit.JOURNAL)]})
    ]
    lines = lines_of(client, kit)
    assert lines.by_number(7) is None
    assert [line.line_number for line in lines.between(1, 50)] == [5]
    assert lines.with_document_prefix("ZZ") == ()


def batch_reply(kit, *responses):
    return kit.reply(200, {"responses": list(responses)})


def done(kit, key, number):
    return {"id": key, "status": 201, "body": kit.line(number)}


def test_answers_of_a_batch_are_matched_by_id(scripted, client, kit):
    scripted.script = [batch_reply(kit, done(kit, "b", 2), done(kit, "a", 1))]
    found = lines_of(client, kit).send_many([("a", b'{"x":1.10}'), ("b", b"{}")])
    assert {key: answer.line.line_number for key, answer in found.items()} == {"a": 1, "b": 2}
    sent = scripted.requests[0]
    assert sent.target == "/v2.0/sandbox/api/v2.0/$batch"
    assert sent.headers["prefer"] == "odata.continue-on-error"
    envelope = json.loads(sent.body)
    assert envelope["requests"][0] == {
        "id": "a",
        "method": "POST",
        "url": f"companies({kit.COMPANY})/customerPaymentJournals({kit.JOURNAL})/customerPayments",
        "headers": {"Content-Type": "application/json"},
        "body": {"x": 1.1},
    }
    assert b'"body":{"x":1.10}' in sent.body


def test_a_missing_answer_in_a_whole_envelope_was_not_run(scripted, client, kit):
    failed = {
        "id": "b",
        "status": 400,
        "body": {"error": {"code": "Application_DialogException", "message": "No."}},
    }
    scripted.script = [batch_reply(kit, done(kit, "a", 1), failed)]
    found = lines_of(client, kit).send_many([("a", b"{}"), ("b", b"{}"), ("c", b"{}")])
    assert [found[key].kind for key in "abc"] == [
        AnswerKind.DONE,
        AnswerKind.ROW_FAULT,
        AnswerKind.NOT_RUN,
    ]


@pytest.mark.parametrize("key", [None, "z", 7])
def test_an_answer_without_a_home_makes_missing_ones_ambiguous(scripted, client, kit, key):
    scripted.script = [batch_reply(kit, done(kit, "a", 1), done(kit, key, 2))]
    found = lines_of(client, kit).send_many([("a", b"{}"), ("b", b"{}")])
    assert found["a"].kind is AnswerKind.DONE
    assert found["b"].kind is AnswerKind.AMBIGUOUS


def test_two_answers_for_one_operation_are_ambiguous(scripted, client, kit):
    scripted.script = [batch_reply(kit, done(kit, "a", 1), done(kit, "a", 2))]
    found = lines_of(client, kit).send_many([("a", b"{}")])
    assert found["a"].kind is AnswerKind.AMBIGUOUS


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", AnswerKind.AMBIGUOUS),
        (b"--batch\r\nContent-Type: application/http", AnswerKind.AMBIGUOUS),
        (b'{"responses":[{"id":"a","status":201', AnswerKind.AMBIGUOUS),
        (b'{"responses":{}}', AnswerKind.AMBIGUOUS),
        (b'{"responses":[]}', AnswerKind.NOT_RUN),
        (b'{"responses":[{"id":"a","status":201}]}', AnswerKind.AMBIGUOUS),
        (b'{"responses":[{"id":"a","status":201,"body":"text"}]}', AnswerKind.AMBIGUOUS),
        (b'{"responses":[{"id":"a","status":500,"body":null}]}', AnswerKind.AMBIGUOUS),
        (b'{"responses":[{"id":"a","status":"201"}]}', AnswerKind.AMBIGUOUS),
    ],
)
def test_envelopes_of_any_kind(scripted, client, kit, body, kind):
    scripted.script = [kit.reply(200, body)]
    assert lines_of(client, kit).send_many([("a", b"{}")])["a"].kind is kind
    assert len(scripted.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "BadRequest", AnswerKind.CONFIGURATION),
        (404, "BadRequest_NotFound", AnswerKind.CONFIGURATION),
        (500, "Internal_ServerError", AnswerKind.AMBIGUOUS),
        (504, "", AnswerKind.AMBIGUOUS),
        (403, "", AnswerKind.CONFIGURATION),
    ],
)
def test_a_failed_envelope_speaks_for_all_of_it(scripted, client, kit, status, code, kind):
    scripted.script = [kit.fault(status, code)]
    found = lines_of(client, kit).send_many([("a", b"{}"), ("b", b"{}")])
    assert {answer.kind for answer in found.values()} == {kind}


def test_throttling_inside_a_batch_comes_back_with_its_wait(scripted, client, kit):
    inner = {"id": "a", "status": 429, "headers": {"Retry-After": "9"}, "body": {}}
    scripted.script = [batch_reply(kit, inner)]
    answer = lines_of(client, kit).send_many([("a", b"{}")])["a"]
    assert (answer.kind, answer.retry_after_seconds) == (AnswerKind.THROTTLED, 9.0)


def test_a_batch_has_an_end_and_different_ids(client, kit):
    lines = lines_of(client, kit)
    assert lines.send_many([]) == {}
    with pytest.raises(ValueError, match="different"):
        lines.send_many([("a", b"{}"), ("a", b"{}")])
    with pytest.raises(ValueError, match="at most 100"):
        lines.send_many([(str(n), b"{}") for n in range(101)])


def test_one_by_one_ends_where_an_answer_is_lost(scripted, time, kit):
    scripted.script = [kit.reply(201, kit.line()), kit.reply(504)]
    url = scripted.base_url.replace("api/v2.0", "api/beta")
    with kit.client_of(url, time, generation="beta") as client:
        lines = lines_of(client, kit)
        assert lines.batch_limit == 1
        found = lines.send_many([(key, b"{}") for key in "abcd"])
    assert [answer.kind for answer in found.values()] == [
        AnswerKind.DONE,
        AnswerKind.AMBIGUOUS,
        AnswerKind.NOT_RUN,
        AnswerKind.NOT_RUN,
    ]
    assert len(scripted.requests) == 2


def test_a_line_is_never_changed_without_its_etag(client, kit):
    lines = lines_of(client, kit)
    with pytest.raises(ValueError, match="etag"):
        lines.delete(kit.LINE, "")
    with pytest.raises(ValueError, match="etag"):
        lines.patch(kit.LINE, "a\r\nb", b"{}")


def test_a_minimal_answer_to_a_change_is_done(scripted, client, kit):
    scripted.script = [kit.reply(204)]
    answer = lines_of(client, kit).patch(kit.LINE, 'W/"1"', b"{}")
    assert (answer.kind, answer.line) == (AnswerKind.DONE, None)
    assert scripted.requests[0].headers["if-match"] == 'W/"1"'


@pytest.mark.parametrize("key", ["", "x", "../../secret", "1)/x(", "10000000-0000-4000-8000-0"])
def test_only_ids_become_part_of_an_address(client, kit, key):
    with pytest.raises(ConfigurationProblem, match="not an id"):
        client.lines(kit.COMPANY, key)
    with pytest.raises(ConfigurationProblem, match="not an id"):
        client.journals(key)
