"""The table of answers: part 10 of the reference, row by row."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.business_central import answers
from importer.business_central.resources import LINES, UnreadableError
from importer.model import Answer, AnswerKind

K = AnswerKind


def body(code: str, message: str = "Something.") -> bytes:
    return json.dumps({"error": {"code": code, "message": message}}).encode()


TABLE = [
    (400, "BadRequest", K.ROW_FAULT),
    (400, "BadRequest_InvalidRequestUrl", K.CONFIGURATION),
    (400, "BadRequest_InvalidOperation", K.CONFIGURATION),
    (400, "BadRequest_RequiredParamNotProvided", K.ROW_FAULT),
    (400, "BadRequest_InvalidToken", K.CONFIGURATION),
    (404, "BadRequest_NotFound", K.CONFIGURATION),
    (404, "BadRequest_ResourceNotFound", K.CONFIGURATION),
    (404, "Internal_RecordNotFound", K.MISSING),
    (400, "Internal_RecordNotFound", K.MISSING),
    (404, "SomethingNew", K.MISSING),
    (404, "", K.CONFIGURATION),
    (405, "BadRequest_MethodNotAllowed", K.CONFIGURATION),
    (405, "", K.CONFIGURATION),
    (501, "BadRequest_MethodNotImplemented", K.CONFIGURATION),
    (409, "Request_EntityChanged", K.CHANGED),
    (412, "Request_EntityChanged", K.CHANGED),
    (412, "", K.CHANGED),
    (400, "Internal_EntityWithSameKeyExists", K.DUPLICATE),
    (409, "Internal_EntityWithSameKeyExists", K.DUPLICATE),
    (409, "Internal_ServerError", K.TRANSIENT),
    (409, "SomethingNew", K.AMBIGUOUS),
    (400, "Internal_InvalidTableRelation", K.ROW_FAULT),
    (400, "Internal_DataNotFoundFilter", K.ROW_FAULT),
    (400, "Internal_CompanyNotFound", K.CONFIGURATION),
    (404, "Internal_CompanyNotFound", K.CONFIGURATION),
    (400, "Internal_TenantUnavailable", K.TRANSIENT),
    (503, "Internal_TenantUnavailable", K.TRANSIENT),
    (500, "Internal_ServerError", K.AMBIGUOUS),
    (400, "Internal_ServerError", K.AMBIGUOUS),
    (400, "Application_DialogException", K.ROW_FAULT),
    (400, "Application_FieldValidationException", K.ROW_FAULT),
    (400, "Application_StringExceededLength", K.ROW_FAULT),
    (400, "Application_EvaluateException", K.ROW_FAULT),
    (400, "Application_InvalidGUID", K.ROW_FAULT),
    (400, "Application_FilterErrorException", K.ROW_FAULT),
    (400, "Application_CallbackNotAllowed", K.ROW_FAULT),
    (400, "Unknown", K.ROW_FAULT),
    (400, "SkipTokenIsNoLongerValid", K.TRANSIENT),
    (400, "SomethingNew", K.AMBIGUOUS),
    (400, "", K.AMBIGUOUS),
    (401, "Authentication_InvalidCredentials", K.CONFIGURATION),
    (401, "", K.CONFIGURATION),
    (403, "Authorization_RequestDenied", K.CONFIGURATION),
    (400, "Authorization_RequestDenied", K.CONFIGURATION),
    (403, "", K.CONFIGURATION),
    (408, "", K.AMBIGUOUS),
    (413, "", K.CONFIGURATION),
    (415, "", K.CONFIGURATION),
    (429, "Application_TooManyRequests", K.THROTTLED),
    (429, "", K.THROTTLED),
    (500, "", K.AMBIGUOUS),
    (500, "Internal_EntityWithSameKeyExists", K.AMBIGUOUS),
    (502, "", K.AMBIGUOUS),
    (503, "", K.AMBIGUOUS),
    (504, "", K.AMBIGUOUS),
    (100, "", K.AMBIGUOUS),
    (303, "", K.AMBIGUOUS),
    (307, "", K.CONFIGURATION),
    (599, "", K.AMBIGUOUS),
]


@pytest.mark.parametrize(("status", "code", "kind"), TABLE)
def test_status_and_code_decide(status, code, kind):
    answer = answers.classify(status, body(code))
    assert (answer.kind, answer.status, answer.code) == (kind, status, code)
    assert answer.cause
    assert answer.remedy


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_is_done(status):
    assert answers.classify(status, b"anything") == Answer(K.DONE, status)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (
            "Application_DialogException",
            "Sorry, the current permissions prevented the action. (TableData 81 Insert)",
            K.CONFIGURATION,
        ),
        (
            "Internal_New",
            "Your current permissions prevented the action.",
            K.CONFIGURATION,
        ),
        (
            "Application_DialogException",
            "You can't insert a record for active batch approval request.",
            K.CONFIGURATION,
        ),
    ],
)
def test_permission_and_approval_texts_stop_the_run(code, message, kind):
    assert answers.classify(400, body(code, message)).kind is kind
    assert answers.classify(409, body("X", message)).kind is K.AMBIGUOUS


def test_the_correlation_id_leaves_the_message():
    text = "The record exists.  CorrelationId:  1a2b3c4d-0000-4000-8000-0123456789ab."
    answer = answers.classify(400, body("Internal_EntityWithSameKeyExists", text))
    assert answer.message == "The record exists."
    assert answer.correlation_id == "1a2b3c4d-0000-4000-8000-0123456789ab"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", ""),
        (b"<html><h1>Bad\r\nGateway</h1>", "Bad Gateway"),
        (b'{"error":"text"}', '{"error":"text"}'),
        (b'{"error":{"code":null,"message":null}}', ""),
        (b"\xff\x00plain", "\N{REPLACEMENT CHARACTER} plain"),
    ],
)
def test_other_bodies_give_their_first_words(raw, message):
    answer = answers.classify(502, raw)
    assert (answer.kind, answer.code, answer.message) == (K.AMBIGUOUS, "", message)


def test_long_texts_are_bounded_and_on_one_line():
    answer = answers.classify(400, body("C" * 5000, "a\x1b[31m\n" * 5000))
    assert len(answer.message) <= answers.MAX_MESSAGE_CHARACTERS
    assert len(answer.code) <= 100
    assert answer.message.isprintable()


def test_retry_after_is_kept():
    assert answers.classify(429, b"", 7.0).retry_after_seconds == 7.0


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_a_refused_envelope_is_never_the_fault_of_a_row(kind):
    seen = answers.of_the_envelope(Answer(kind, 400, message="words"))
    assert seen.message == "words"
    row_kinds = {K.ROW_FAULT, K.DUPLICATE, K.MISSING, K.CHANGED}
    assert seen.kind is (K.CONFIGURATION if kind in row_kinds else kind)


def test_what_was_not_sent_is_repeatable_or_a_setting():
    assert answers.not_sent("refused").kind is K.TRANSIENT
    assert answers.not_sent("bad certificate", permanent=True).kind is K.CONFIGURATION
    assert answers.lost("reset", 200).kind is K.AMBIGUOUS
    assert answers.not_run("later").kind is K.NOT_RUN


@given(st.integers(100, 599), st.binary(max_size=200), st.none() | st.floats(0, 300))
def test_no_body_breaks_the_table(status, raw, wait):
    answer = answers.classify(status, raw, wait)
    assert (answer.kind is K.DONE) == (200 <= status < 300)


@given(
    st.integers(300, 599),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["error", "code", "message"]), inner, max_size=3)
        ),
        max_leaves=8,
    ),
)
def test_no_json_breaks_the_table(status, value):
    assert answers.classify(status, json.dumps(value).encode()).kind is not K.DONE


@pytest.mark.parametrize("given", [None, "", "a\0b"])
def test_a_line_without_an_id_that_can_be_kept_cannot_be_read(given):
    line = {"id": given, "lineNumber": 20000, "amount": 1}
    with pytest.raises(UnreadableError, match="has no id"):
        LINES.one(json.dumps(line).encode())
