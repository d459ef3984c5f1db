"""What an answer of the server means: one table, by status and `error.code`.

Texts of the server are shown, not understood, with one exception: the permission and approval
texts of a 400, which the service gives under codes that are also used for faults of a row. Both
readings say that nothing was executed, so a changed text costs a remedy, never a payment.

Source: parts 3.10, 4 and 10 of the reference on the Business Central API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from importer.model import Answer, AnswerKind

MAX_MESSAGE_CHARACTERS: Final = 2000

_CORRELATION = re.compile(r"\s*CorrelationId:\s*(?P<id>[0-9A-Za-z-]{1,64})\.?\s*$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_MARKUP = re.compile(r"<[^>]{0,1000}>")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer means, why it happens, and what to do."""

    kind: AnswerKind
    cause: str
    remedy: str


_ROW = AnswerKind.ROW_FAULT
_STOP = AnswerKind.CONFIGURATION
_LOST = AnswerKind.AMBIGUOUS

_SIGN_IN: Final = Meaning(
    _STOP,
    "The service does not accept our credentials",
    "Check the token or the client secret, and that the application is registered and enabled "
    "on the page Microsoft Entra applications; on-premises, that the server's valid audiences "
    "include https://api.businesscentral.dynamics.com",
)
_PERMISSION: Final = Meaning(
    _STOP,
    "The user or application has no permission for this",
    "Assign permission sets that may read customers and sales invoices and edit payment "
    "journals, for example D365 JOURNALS, EDIT and D365 ACC. RECEIVABLE",
)
_APPROVAL: Final = Meaning(
    _STOP,
    "The journal waits for an approval and takes no lines meanwhile",
    "Have the approval request of the journal approved or cancelled, then import again",
)
_WRONG_ADDRESS: Final = Meaning(
    _STOP,
    "The address does not lead to this resource of the API",
    "Check the base URL, the environment and the API generation",
)
_CHANGED: Final = Meaning(
    AnswerKind.CHANGED,
    "Somebody changed the record since it was read",
    "Read it again and decide on what it holds now",
)
_GONE: Final = Meaning(
    AnswerKind.MISSING,
    "The record does not exist, or no longer",
    "Check that the journal was not posted, renamed or deleted meanwhile",
)
_PROGRAM: Final = Meaning(
    _STOP,
    "The server does not take the request as it was made",
    "Check the API generation; if it is right, report this as a fault of the importer",
)
_RELOCATED: Final = Meaning(
    _STOP,
    "The server points to another address, which is not followed",
    "Set the base URL to the final address, with https",
)
_UNKNOWN: Final = Meaning(
    _LOST,
    "The answer does not say whether the request was executed",
    "The journal is looked at before anything is sent again",
)
_CUT: Final = Meaning(
    _LOST,
    "The answer says success, but did not arrive in a form that can be read",
    "The journal is looked at before anything is sent again",
)
_BUSY: Final = Meaning(
    AnswerKind.THROTTLED,
    "The service limits how many requests it takes",
    "Wait; the importer repeats the request by itself",
)

_BY_STATUS_AND_CODE: Final[dict[tuple[int, str], Meaning]] = {
    (409, "Internal_ServerError"): Meaning(
        AnswerKind.TRANSIENT,
        "Another session holds the journal's table",
        "Wait until its transaction has ended; the importer repeats the request by itself",
    ),
    (503, "Internal_TenantUnavailable"): Meaning(
        AnswerKind.TRANSIENT,
        "The environment is not reachable at the moment",
        "Try again later; check the environment in the admin center if it stays so",
    ),
}

_BY_CODE: Final[dict[str, Meaning]] = {
    "Internal_EntityWithSameKeyExists": Meaning(
        AnswerKind.DUPLICATE,
        "The key is in use already",
        "The existing record is compared before anything else",
    ),
    "Request_EntityChanged": _CHANGED,
    "Internal_RecordNotFound": _GONE,
    "Internal_InvalidTableRelation": Meaning(
        _ROW,
        "A value refers to a record that does not exist",
        "Correct the customer or invoice named in the server's words, or create it",
    ),
    "Internal_DataNotFoundFilter": Meaning(
        _ROW,
        "There is no open entry of this customer that the payment could be applied to",
        "Check the invoice: it may be paid, or belong to another customer or currency",
    ),
    "Application_DialogException": Meaning(
        _ROW,
        "A business rule of the server refuses the payment",
        "Read the server's words; correct the row or the record they name",
    ),
    "Application_FieldValidationException": Meaning(
        _ROW,
        "A field must have a value, or must not have this one",
        "Read the server's words; correct the row or the record they name",
    ),
    "Application_StringExceededLength": Meaning(
        _ROW,
        "A text is longer than its field",
        "Shorten the value",
    ),
    "Application_EvaluateException": Meaning(
        _ROW,
        "A value cannot be converted to the type of its field",
        "Correct the value",
    ),
    "Application_InvalidGUID": Meaning(
        _ROW,
        "An id is not a GUID",
        "Correct the id, or name the record by its number",
    ),
    "Application_FilterErrorException": Meaning(
        _ROW,
        "A value cannot be looked up in its field",
        "Correct the value: it may be too long or hold characters that a number cannot have",
    ),
    "Application_CallbackNotAllowed": Meaning(
        _ROW,
        "Server code wanted to ask a person, which the API cannot",
        "Enter this payment in the client, or ask the partner who extended the server",
    ),
    "BadRequest": Meaning(
        _ROW,
        "The server cannot read a property or value of the request",
        "Correct the value that the server names; if every row fails, check the API generation",
    ),
    "BadRequest_RequiredParamNotProvided": Meaning(
        _ROW,
        "A field must not be empty",
        "Fill in the value that the server names",
    ),
    "Unknown": Meaning(
        _ROW,
        "The server does not take a value",
        "Correct the value that the server names",
    ),
    "BadRequest_InvalidRequestUrl": _PROGRAM,
    "BadRequest_InvalidOperation": _PROGRAM,
    "BadRequest_InvalidToken": _PROGRAM,
    "BadRequest_MethodNotAllowed": Meaning(
        _STOP,
        "The server does not offer this method",
        "Check the base URL; on-premises, that API services are enabled",
    ),
    "BadRequest_MethodNotImplemented": _PROGRAM,
    "BadRequest_NotFound": _WRONG_ADDRESS,
    "BadRequest_ResourceNotFound": _WRONG_ADDRESS,
    "Internal_CompanyNotFound": Meaning(
        _STOP,
        "The company does not exist in this environment",
        "Name one that `customer-payments companies` lists",
    ),
    "Internal_TenantUnavailable": _BY_STATUS_AND_CODE[503, "Internal_TenantUnavailable"],
    "Authentication_InvalidCredentials": _SIGN_IN,
    "Application_TooManyRequests": _BUSY,
    "SkipTokenIsNoLongerValid": Meaning(
        AnswerKind.TRANSIENT,
        "The continuation of a listing has expired",
        "The listing starts again by itself",
    ),
}

_BY_STATUS: Final[dict[int, Meaning]] = {
    301: _RELOCATED,
    302: _RELOCATED,
    307: _RELOCATED,
    308: _RELOCATED,
    401: _SIGN_IN,
    403: _PERMISSION,
    405: _BY_CODE["BadRequest_MethodNotAllowed"],
    408: Meaning(
        _LOST,
        "The server cancelled the request after its time limit",
        "The journal is looked at before anything is sent again",
    ),
    412: _CHANGED,
    413: Meaning(
        _STOP,
        "The request or the page asked for is larger than the server allows",
        "Lower the batch size",
    ),
    415: _PROGRAM,
    429: _BUSY,
    501: _PROGRAM,
    503: Meaning(
        _LOST,
        "The service is overloaded or under maintenance",
        "Try again later; the journal is looked at before anything is sent again",
    ),
}

_TEXTS_OF_400: Final[tuple[tuple[str, Meaning], ...]] = (
    ("current permissions prevented the action", _PERMISSION),
    ("active batch approval request", _APPROVAL),
    ("active approval request", _APPROVAL),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What the server says of a failure; all `""` where its body is no error object."""

    code: str = ""
    message: str = ""
    correlation_id: str = ""


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error


_DECODE_ERROR: Final = msgspec.json.Decoder(_ErrorBody)


def fault_of(body: bytes) -> Fault:
    """Read the error object of `body`; any other body gives its first words as the message."""
    try:
        error = _DECODE_ERROR.decode(body).error
    except (msgspec.DecodeError, RecursionError, ValueError):
        text = body[: 4 * MAX_MESSAGE_CHARACTERS].decode("utf-8", "replace")
        return Fault(message=_plain(_MARKUP.sub(" ", text))[:200])
    message = error.message or ""
    found = _CORRELATION.search(message[-200:])
    if found is None:
        return Fault(_plain(error.code or "")[:100], _plain(message))
    stripped = message[: len(message) - len(found.group(0))]
    return Fault(_plain(error.code or "")[:100], _plain(stripped), found["id"])


def _plain(text: str) -> str:
    """Return `text` on one line, without control characters, of bounded length."""
    return " ".join(_CONTROL.sub(" ", text).split())[:MAX_MESSAGE_CHARACTERS]


def meaning(status: int, fault: Fault) -> Meaning:
    """Look up what a status of 300 or above means together with the server's code."""
    if status == 400:  # noqa: PLR2004 - an HTTP status is its own name
        for text, special in _TEXTS_OF_400:
            if text in fault.message:
                return special
    exact = _BY_STATUS_AND_CODE.get((status, fault.code))
    if exact is not None:
        return exact
    if 400 <= status < 500:  # noqa: PLR2004 - codes decide about 4xx only
        if fault.code in _BY_CODE:
            return _BY_CODE[fault.code]
        if fault.code.startswith("Authorization_"):
            return _PERMISSION
        if status == 404:  # noqa: PLR2004 - "code varies" for an unknown id; a gateway has none
            return _GONE if fault.code else _WRONG_ADDRESS
    return _BY_STATUS.get(status, _UNKNOWN)


def classify(status: int, body: bytes, retry_after_seconds: float | None = None) -> Answer:
    """Return the meaning of a whole answer; a success is `DONE` and its body the caller's.

    Args:
        status: the HTTP status, or that of one operation of a batch.
        body: the body as it arrived; may be HTML, empty or cut.
        retry_after_seconds: what the server asked to wait.
    """
    if 200 <= status < 300:  # noqa: PLR2004 - the success statuses
        return Answer(AnswerKind.DONE, status)
    fault = fault_of(body)
    found = meaning(status, fault)
    return Answer(
        found.kind,
        status,
        fault.code,
        fault.message,
        fault.correlation_id,
        retry_after_seconds,
        cause=found.cause,
        remedy=found.remedy,
    )


def unreadable(answer: Answer, message: str) -> Answer:
    """Return `answer`, a success, as ambiguous: its body is not what a success has."""
    return replace(
        answer, kind=_LOST, message=_plain(message), cause=_CUT.cause, remedy=_CUT.remedy
    )


def not_the_api(answer: Answer) -> Answer:
    """Return `answer`, an unreadable success of a read, as that of some other server."""
    return replace(
        answer,
        kind=_STOP,
        cause="The server does not answer like the Business Central API",
        remedy=_WRONG_ADDRESS.remedy,
    )


def lost(reason: str, status: int | None = None) -> Answer:
    """Return the answer to a request that was sent and whose answer never arrived whole."""
    return Answer(
        _LOST, status, message=_plain(reason), cause=_UNKNOWN.cause, remedy=_UNKNOWN.remedy
    )


def not_sent(reason: str, *, permanent: bool = False) -> Answer:
    """Return the answer to a request of which not a byte reached the server."""
    if permanent:
        return Answer(
            _STOP,
            message=_plain(reason),
            cause="The server's certificate is not trusted",
            remedy="Check the base URL; for an own certificate authority set the CA bundle",
        )
    return Answer(
        AnswerKind.TRANSIENT,
        message=_plain(reason),
        cause="The service cannot be reached",
        remedy="Check the network and the base URL, and try again later",
    )


def not_run(reason: str) -> Answer:
    """Return the answer to an operation that the server did not reach."""
    return Answer(
        AnswerKind.NOT_RUN,
        message=_plain(reason),
        cause="An earlier payment failed, and the server stopped there",
        remedy="It is sent again by itself",
    )


def of_the_envelope(answer: Answer) -> Answer:
    """Return what a failed envelope means for each of its operations.

    Refusals of the envelope are never the fault of a row: nothing of it was executed.
    """
    if answer.kind in _NOT_OF_A_ROW:
        return replace(answer, kind=_STOP, cause=_PROGRAM.cause, remedy=_PROGRAM.remedy)
    return answer


_NOT_OF_A_ROW: Final = frozenset(
    {_ROW, AnswerKind.DUPLICATE, AnswerKind.MISSING, AnswerKind.CHANGED}
)
