"""The dimensions of created lines: a step of its own, recorded and taken up again.

Setting a value that is there already changes nothing, so a lost answer is simply repeated.
"""

from __future__ import annotations

from importer.errors import ConfigurationProblem, ServiceUnavailable
from importer.model import Answer, AnswerKind
from importer.sending.resolving import MAX_ROUNDS, told
from importer.sending.session import NOT_EXECUTED, Session
from importer.states import Item

UNWRITTEN = "was not written"
"""The words of a reason by which the proof knows a line without one of its dimensions."""

_REPEATED = NOT_EXECUTED | {AnswerKind.AMBIGUOUS, AnswerKind.CHANGED}


def write_dimensions(session: Session) -> None:
    """Give every created line of the run its dimensions.

    A value that the server refuses stays out; the row says so.

    Raises:
        ServiceUnavailable: the server gives no clear answer.
    """
    for item in session.ledger.without_dimensions(session.run_id):
        session.check_stop()
        _write(session, item)


def _write(session: Session, item: Item) -> None:
    refused: Answer | None = None
    reasons: list[str] = [item.reason] if item.reason else []
    if not item.server_id:
        reasons.append(f"a dimension {UNWRITTEN}: its line has left the journal")
    for code, value in item.dimensions if item.server_id else ():
        answer = _set(session, item, code, value)
        if answer.kind is not AnswerKind.DONE:
            refused = answer
            reasons.append(f"its dimension {code} {value} {UNWRITTEN}: {told(answer)}")
    session.ledger.dimensions_done(item, "; ".join(reasons), refused, session.clock())


def _set(session: Session, item: Item, code: str, value: str) -> Answer:
    for _ in range(MAX_ROUNDS):
        answer = session.server.set_dimension(item.server_id, code, value)
        if answer.kind is AnswerKind.CONFIGURATION:
            raise ConfigurationProblem(told(answer))
        session.pause([answer])
        if answer.kind not in _REPEATED:
            return answer
    raise ServiceUnavailable(
        f"Business Central gave no clear answer about dimension {code} of line"
        f" {item.line_number}. Call `customer-payments resume` later."
    )
