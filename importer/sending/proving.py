"""The proof after sending: the lines read back, counted, added up, compared field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from importer.amounts import from_server
from importer.model import Proof, ServerLine
from importer.sending.comparing import differences
from importer.sending.dimensions import UNWRITTEN
from importer.sending.session import Session
from importer.states import Item, State

CHUNK = 2_000
"""Lines of one reading."""


def prove(session: Session) -> Proof:
    """Return what the server shows of a run's created payments.

    A line that has left the journal counts if the posted entries show its document.
    """
    items = session.ledger.in_states(session.run_id, State.CREATED)
    lines, total = 0, Decimal(0)
    faults: list[str] = []
    for start in range(0, len(items), CHUNK):
        session.check_stop()
        for item, line, problem in _compared(session, items[start : start + CHUNK]):
            if problem:
                faults.append(problem)
            if item.dimensions and UNWRITTEN in item.reason:
                faults.append(f"row {item.row}: line {item.line_number}: {item.reason}")
            if line is not None:
                lines += 1
                total += from_server(line.amount)
            elif not problem:
                lines += 1
                total += item.amount
    return Proof(lines, total, tuple(faults))


def _compared(
    session: Session, items: Sequence[Item]
) -> Iterator[tuple[Item, ServerLine | None, str]]:
    """Yield each payment with its line, None if it left the journal, and what is wrong."""
    seen = {line.id: line for line in _read(session, items)}
    doubled = _doubled(items, seen)
    gone = [item for item in items if item.server_id not in seen]
    moved = {item.id: session.server.by_id(item.server_id) for item in gone if item.server_id}
    left = [item.document_number for item in gone if moved.get(item.id) is None]
    entries = session.posted(left) if left else ()
    posted = {entry.document_number.strip().upper() for entry in entries or ()}
    nowhere = (
        "nor in the posted entries"
        if entries is not None
        else "and posted entries are closed to us"
    )
    for item in items:
        line = seen.get(item.server_id) or moved.get(item.id)
        if line is not None:
            unlike = differences(item, line) or doubled.get(item.id, ())
            problem = f"row {item.row}: line {item.line_number}: {'; '.join(unlike)}"
            yield item, line, problem if unlike else ""
        elif item.document_number.strip().upper() in posted:
            yield item, None, ""
        else:
            yield (
                item,
                None,
                (
                    f"row {item.row}: line {item.line_number} (id {item.server_id or 'unknown'}) is"
                    f" no longer in the journal, {nowhere}"
                ),
            )


def _read(session: Session, items: Sequence[Item]) -> tuple[ServerLine, ...]:
    numbers = [item.line_number for item in items]
    return session.server.between(min(numbers), max(numbers))


def _doubled(items: Sequence[Item], seen: dict[str, ServerLine]) -> dict[int, tuple[str, ...]]:
    """Return the payments whose document stands in a second line between ours."""
    own = {item.document_number.strip().upper(): item for item in items if item.own_document}
    found: dict[int, tuple[str, ...]] = {}
    for line in seen.values():
        item = own.get(line.document_number.strip().upper())
        if item is not None and line.id != item.server_id:
            what = f"line {line.line_number} (id {line.id}) has the same document number"
            found[item.id] = (what,)
    return found
