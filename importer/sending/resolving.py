"""Payments whose answer was lost: looked up, and sent again only where that cannot double.

In this order: the line under its number, read fresh and compared field by field; the same
document under another number; the posted entries; whether this run's confirmed lines are still
there, because posting frees line numbers, or what was posted with its amount; and only when the
server can no longer be working on the first try, the same bytes again. Where that proves nothing,
a person must look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from importer.errors import ConfigurationProblem
from importer.model import Answer, AnswerKind, PostedEntry, ServerLine
from importer.sending.comparing import differences, echo_differences, filled, kept_code
from importer.sending.session import STOPS_RUN, Session
from importer.states import Change, Item, State

MAX_ROUNDS = 6
"""How often lost answers in a row are followed up before the run leaves them unknown."""

CONFIRM_SECONDS = 5.0
"""Between two looks at one line: the first may have shown what is rolled back."""

SENTINELS = 2

CLOCKS_APART = timedelta(days=1)
"""How far the server's clock may be from ours."""

_GROUP = 100
_NAMED = 3
_NEIGHBOURS = 50_000


def resolve(session: Session, items: Sequence[Item]) -> int:
    """Bring payments out of `sending` and `unknown`; return how many stay unknown.

    Raises:
        ServiceUnavailable: the server cannot be asked.
        ConfigurationProblem: it refuses to answer.
    """
    unknown = taken_for_lost(session, items)
    for _ in range(MAX_ROUNDS):
        unknown = _round(session, unknown)
        if not unknown:
            return 0
    return len(unknown)


def taken_for_lost(session: Session, items: Sequence[Item]) -> list[Item]:
    """Return all that is unknown, with those that were on their way when a process died."""
    lost = [Change(item, State.UNKNOWN, since=session.clock()) for item in items if _is_lost(item)]
    session.record(lost)
    unknown = [_unknown(change) for change in lost]
    return unknown + [item for item in items if item.state is State.UNKNOWN]


def _is_lost(item: Item) -> bool:
    """Tell whether a payment was claimed by a process that died.

    When its request left is not known, only that it was before now.
    """
    return item.state is State.SENDING


def _unknown(change: Change) -> Item:
    since = change.since or change.item.attempted_at
    return replace(change.item, state=State.UNKNOWN, ambiguous=True, attempted_at=since)


def _round(session: Session, unknown: Sequence[Item]) -> list[Item]:
    """Look all up, wait for the slowest, look again, send what is proven absent."""
    absent = _look_up(session, unknown)
    if absent:
        wait = max(session.unsettled_seconds(item) for item in absent)
        if wait > 0:
            session.say(
                f"Waiting up to {wait:.0f} seconds: the server may still work on what got no answer"
            )
            session.wait(wait)
            absent = _look_up(session, absent)
    posted = session.posted([item.document_number for item in absent]) if absent else ()
    remaining: list[Item] = []
    for item in absent:
        session.check_stop()
        left = _follow_up(session, item, posted)
        if left is not None:
            remaining.append(left)
    return remaining


def _look_up(session: Session, unknown: Sequence[Item]) -> list[Item]:
    """Record what is found under its number; return what is not there."""
    seen = _lines(session, unknown)
    found = [item for item in unknown if item.line_number in seen]
    if found:
        session.wait(min(CONFIRM_SECONDS, session.settle_seconds))
        seen = _lines(session, found)
    bound = session.ledger.bound_lines([line.id for line in seen.values()])
    session.record(
        [_found(item, seen[item.line_number], bound) for item in found if item.line_number in seen]
    )
    return [item for item in unknown if item.line_number not in seen]


def _lines(session: Session, items: Iterable[Item]) -> dict[int, ServerLine]:
    wanted = {item.line_number for item in items}
    return {
        line.line_number: line
        for low, high in _ranges(sorted(wanted))
        for line in session.server.between(low, high)
        if line.line_number in wanted
    }


def _ranges(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Divide rising numbers into ranges that hold few other lines."""
    start = 0
    for end in range(1, len(numbers) + 1):
        if (
            end == len(numbers)
            or numbers[end] - numbers[end - 1] > _NEIGHBOURS
            or end - start == _GROUP
        ):
            yield numbers[start], numbers[end - 1]
            start = end


def _found(item: Item, line: ServerLine, bound: Collection[str]) -> Change:
    """Decide about the line that stands under an unknown payment's number."""
    unlike = differences(item, line)
    if unlike:
        return Change(
            item,
            State.HELD,
            f"line {line.line_number} (id {line.id}) was edited or is not ours: {unlike[0]}."
            " Look in the journal and in the posted entries",
        )
    if line.id in bound:
        return Change(
            item, State.HELD, f"the line with id {line.id} already belongs to another payment"
        )
    reason = "its answer was lost; the line was found"
    return Change(item, State.CREATED, reason, server_id=line.id, filled=filled(line))


def _follow_up(session: Session, item: Item, posted: Sequence[PostedEntry] | None) -> Item | None:
    """Decide about one payment that is not under its number; return it if still unknown."""
    change = (
        elsewhere(session, item) or posted_change(session, item, posted) or _doubt(session, item)
    )
    if change is not None:
        session.record([change])
        return None
    return _send_again(session, item)


def elsewhere(session: Session, item: Item) -> Change | None:
    """Decide by a line that has the payment's document number under another line number."""
    alike = [
        line
        for line in session.server.with_document_prefix(item.document_number)
        if kept_code(line.document_number) == kept_code(item.document_number)
        and line.line_number != item.line_number
    ]
    bound = session.ledger.bound_lines([line.id for line in alike])
    alike = [line for line in alike if line.id not in bound]
    equal = [line for line in alike if not differences(item, line, number=False)]
    if len(equal) == 1 and item.own_document:
        line = equal[0]
        return Change(
            item,
            State.CREATED,
            f"its answer was lost; the line was found, renumbered to {line.line_number}",
            server_id=line.id,
            filled=filled(line),
        )
    suspects = alike if item.own_document else equal
    if suspects:
        return Change(
            item,
            State.HELD,
            f"line {suspects[0].line_number} (id {suspects[0].id}) has the same document number"
            " and may be this payment. Look in the journal",
        )
    return None


def posted_change(
    session: Session, item: Item, posted: Sequence[PostedEntry] | None
) -> Change | None:
    """Decide by the posted entries; None if they do not have the payment."""
    if posted is None:
        return Change(
            item,
            State.HELD,
            "its answer was lost, it is not in the journal, and the posted entries cannot be"
            " read. Look there for its document number",
        )
    wanted = kept_code(item.document_number)
    entries = [one for one in posted if kept_code(one.document_number) == wanted]
    amounts = {abs(one.amount) for one in entries}
    if item.amount in amounts and item.own_document:
        return Change(item, State.CREATED, "posted meanwhile; found in the posted entries")
    if item.amount in amounts:
        return Change(
            item,
            State.HELD,
            f"document {item.document_number} was posted with this amount, and its number is not"
            " unique. Look in the posted entries whether this payment is among them",
        )
    if amounts and (item.own_document or _any_since(session, item, entries)):
        reason = f"its answer was lost, {as_posted(item, amounts)}: look in the posted entries"
        return Change(item, State.HELD, reason)
    return None


def _any_since(session: Session, item: Item, entries: Iterable[PostedEntry]) -> bool:
    """Tell whether entries may have been made since a payment was first tried."""
    first = (session.ledger.first_tried(item) or session.clock()) - CLOCKS_APART
    return any(one.modified_at is None or one.modified_at >= first for one in entries)


def as_posted(item: Item, amounts: Collection[Decimal]) -> str:
    """Say that a payment's document was posted with other amounts, without sign, than its own."""
    named = ", ".join(str(amount) for amount in sorted(amounts)[:_NAMED])
    more = " …" if len(amounts) > _NAMED else ""
    return (
        f"its document was posted with {named}{more} (in the local currency), sent {item.amount}:"
        " the line was changed before posting, or it is not this payment"
    )


def _doubt(session: Session, item: Item) -> Change | None:
    """Hold a payment if the journal may have been posted since it was first sent.

    Only a line that was there before proves by still being there that it was not.
    """
    older = session.ledger.sentinels(item.run_id, SENTINELS, before=item)
    for sentinel in older:
        if session.server.by_id(sentinel.server_id) is None:
            return Change(
                item,
                State.HELD,
                f"its answer was lost, and line {sentinel.line_number} of this run has left the"
                " journal, which may have been posted. Look in the posted entries, and release"
                " the row with --accept-held if it is not there",
            )
    documents = () if older else posted_otherwise(session, item)
    if documents is None:
        reason = (
            "its answer was lost, and the posted entries cannot be searched for its amount. Look"
            " there; if the payment is not among them, --accept-held sends it"
        )
    elif documents:
        reason = (
            "its answer was lost, and its amount was posted since it was sent, as document"
            f" {', '.join(documents)}. Look there; if it is another payment, --accept-held sends"
            " this one"
        )
    else:
        return None
    return Change(item, State.HELD, reason)


def posted_otherwise(session: Session, item: Item) -> tuple[str, ...] | None:
    """Return posted documents that may be a payment under another number; None if that is hidden.

    A journal may have a number series for posting, which replaces the document numbers. Entries
    are in the local currency, and cannot be found by an amount of another.
    """
    if session.server.may_be_foreign(item.payload):
        return None
    first = session.ledger.first_tried(item) or session.clock()
    entries = session.credited(item.amount, first - CLOCKS_APART)
    if entries is None:
        return None
    numbers = {entry.document_number for entry in entries}
    known = session.ledger.known_documents(session.company, numbers)
    return tuple(sorted(numbers - known)[:_NAMED])


def _send_again(session: Session, item: Item) -> Item | None:
    """Send the same bytes again; return the payment if it is still unknown."""
    session.claim([item], State.SENDING)
    item = replace(item, state=State.SENDING, attempted_at=session.clock())
    answer = session.server.send(item.payload)
    if answer.kind is AnswerKind.DONE:
        session.record([created(item, answer)])
        return None
    left = _still_unknown(session, item, answer)
    if answer.kind in STOPS_RUN:
        raise ConfigurationProblem(told(answer))
    session.pause([answer])
    if answer.kind is AnswerKind.DUPLICATE:
        return _after_duplicate(session, left)
    if answer.kind is AnswerKind.ROW_FAULT:
        return _after_fault(session, left, answer)
    return left


def _still_unknown(session: Session, item: Item, answer: Answer) -> Item:
    """Record an answer that ends nothing: it says nothing about the tries before it."""
    running = answer.kind in (AnswerKind.AMBIGUOUS, AnswerKind.CHANGED)
    since = session.clock() if running else None
    change = Change(item, State.UNKNOWN, told(answer), answer, since=since)
    session.record([change])
    return _unknown(change)


def _after_duplicate(session: Session, item: Item) -> Item | None:
    """Decide when the number turned out to be in use after all."""
    line = session.server.by_number(item.line_number)
    if line is not None:
        session.record([_found(item, line, session.ledger.bound_lines([line.id]))])
        return None
    change = posted_change(session, item, session.posted([item.document_number])) or Change(
        item,
        State.HELD,
        f"line number {item.line_number} is in use by a line that cannot be seen, and an"
        " earlier try of this payment has no known end. Look in the journal",
    )
    session.record([change])
    return None


def _after_fault(session: Session, item: Item, answer: Answer) -> Item | None:
    """Take a refusal for final only if the earlier tries left nothing."""
    absent = _look_up(session, [item])
    if not absent:
        return None
    change = (
        elsewhere(session, item)
        or posted_change(session, item, session.posted([item.document_number]))
        or _doubt(session, item)
        or Change(item, State.REFUSED, told(answer), answer)
    )
    session.record([change])
    return None


def created(item: Item, answer: Answer) -> Change:
    """Take a line for created if its echo agrees with what was sent."""
    if answer.line is None:
        reason = "the server created it, yet the answer shows no line"
        return Change(item, State.HELD, reason, answer)
    server_id = answer.line.id
    unlike = echo_differences(item, answer.line)
    if unlike:
        reason = f"the server created line id {server_id} otherwise than sent: {unlike[0]}"
        return Change(item, State.HELD, reason, answer, server_id)
    return Change(item, State.CREATED, "", answer, server_id, filled=filled(answer.line))


def told(answer: Answer) -> str:
    """Return what the server said, for a person."""
    said = answer.message or answer.cause or f"HTTP {answer.status}"
    return f"{said.rstrip('.')}. {answer.remedy}".rstrip() if answer.remedy else said
