"""The proof after sending: the lines read back, counted, added up, compared field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial

from importer.amounts import from_server
from importer.model import PostedEntry, Proof, ServerLine
from importer.numbering import DOCUMENT_PREFIX
from importer.sending.comparing import differences, kept_code
from importer.sending.dimensions import UNWRITTEN
from importer.sending.resolving import as_posted
from importer.sending.session import Session
from importer.states import Item, State

CHUNK = 2_000
"""Lines of one reading."""


def prove(session: Session, *, there: bool = True) -> Proof:
    """Return what the server shows of a run's created payments.

    A line that has left the journal counts if the posted entries show its document and amount;
    all have left it that is not `there`.
    """
    if not session.ledger.counts(session.run_id)[State.CREATED]:
        return Proof(0, Decimal(0), ())
    listing = session.aside(partial(_listed, session) if there else _nothing)
    items = session.ledger.in_states(session.run_id, State.CREATED)
    ours = {line.id: line for line in listing.result()}
    doubled = _doubled(items, ours.values())
    lines, total = 0, Decimal(0)
    faults: list[str] = []
    for item, line, problem in _compared(session, items, ours, there=there):
        if problem:
            faults.append(problem)
        if item.id in doubled:
            faults.append(f"{_place(item)}: {doubled[item.id]}")
        if item.dimensions and UNWRITTEN in item.reason:
            faults.append(f"{_place(item)}: {item.reason}")
        if line is not None:
            lines += 1
            total += from_server(line.amount)
        elif not problem:
            lines += 1
            total += item.amount
    return Proof(lines, total, tuple(faults))


def _compared(
    session: Session, items: Sequence[Item], known: Mapping[str, ServerLine], *, there: bool
) -> Iterator[tuple[Item, ServerLine | None, str]]:
    """Yield each payment with its line, None if it left the journal, and what is wrong."""
    look = session.server.by_id if there else _none
    for start in range(0, len(items), CHUNK):
        session.check_stop()
        chunk = items[start : start + CHUNK]
        if not there or all(item.server_id in known for item in chunk):
            yield from _with_lines(session, chunk, known, look)
        else:
            # Of documents that the file states, or that somebody renamed.
            yield from _with_lines(session, chunk, _read(session, chunk), look)


def _with_lines(
    session: Session,
    items: Sequence[Item],
    seen: Mapping[str, ServerLine],
    look: Callable[[str], ServerLine | None],
) -> Iterator[tuple[Item, ServerLine | None, str]]:
    gone = [item for item in items if item.server_id not in seen]
    moved = {item.id: look(item.server_id) for item in gone if item.server_id}
    left = [item.document_number for item in gone if moved.get(item.id) is None]
    entries = session.posted(left) if left else ()
    posted = _by_document(entries or ())
    nowhere = (
        "nor in the posted entries"
        if entries is not None
        else "and posted entries are closed to us"
    )
    for item in items:
        line = seen.get(item.server_id) or moved.get(item.id)
        found = posted.get(kept_code(item.document_number), set())
        if line is not None:
            unlike = differences(item, line)
            yield item, line, f"{_place(item)}: {'; '.join(unlike)}" if unlike else ""
        elif item.amount in found:
            yield item, None, ""
        elif found:
            yield item, None, f"{_place(item)}: {as_posted(item, found)}"
        else:
            there = f"{_place(item)} (id {item.server_id or 'unknown'})"
            yield item, None, f"{there} is no longer in the journal, {nowhere}"


def _listed(session: Session) -> tuple[ServerLine, ...]:
    return session.server.with_document_prefix(DOCUMENT_PREFIX)


def _nothing() -> tuple[ServerLine, ...]:
    return ()


def _none(_line_id: str) -> None:
    """Return no line: the journal is gone."""


def _place(item: Item) -> str:
    return f"row {item.row}: line {item.line_number}"


def _by_document(entries: Sequence[PostedEntry]) -> dict[str, set[Decimal]]:
    """Return the amounts, without sign, that were posted with each document number."""
    found: dict[str, set[Decimal]] = {}
    for entry in entries:
        found.setdefault(kept_code(entry.document_number), set()).add(abs(entry.amount))
    return found


def _read(session: Session, items: Sequence[Item]) -> dict[str, ServerLine]:
    """Return the lines with the numbers of payments, by id."""
    numbers = [item.line_number for item in items]
    return {line.id: line for line in session.server.between(min(numbers), max(numbers))}


def _doubled(items: Sequence[Item], lines: Iterable[ServerLine]) -> dict[int, str]:
    """Return the payments whose document stands in a second line, anywhere in the journal.

    Two ledgers that work on one journal at the same time make the same document numbers.
    """
    own = {kept_code(item.document_number): item for item in items if item.own_document}
    found: dict[int, str] = {}
    for line in lines:
        item = own.get(kept_code(line.document_number))
        if item is not None and line.id != item.server_id:
            what = f"line {line.line_number} (id {line.id}) has the same document number"
            found[item.id] = what
    return found
