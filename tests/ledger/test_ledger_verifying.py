"""Whatever somebody else changes in the file is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from importer.ledger import open_ledger
from importer.states import Change, State


def edit(path, *statements):
    """Change the file as somebody does who has taken its guards away."""
    with closing(sqlite3.connect(path)) as raw, raw:
        guards = raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in guards.fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            raw.execute(statement)


def altered(path):
    with open_ledger(str(path), write=False) as ledger:
        return ledger.altered()


@pytest.fixture
def run_id(path, kit):
    """Rows 2 and 4 were created, row 3 is planned, row 9 was rejected."""
    rows = [kit.payment(row) for row in (2, 3, 4)]
    with open_ledger(str(path), write=True) as ledger:
        made = kit.plans(ledger, rows)
        given = [*kit.source_rows(rows), kit.REJECTED]
        run_id = ledger.register(kit.new_run(), given, [kit.FINDING], made).run_id
        items = [item for item in ledger.in_states(run_id, State.PLANNED)[:3] if item.row != 3]
        ledger.claim(items, State.SENDING, kit.AT)
        sent = [replace(item, state=State.SENDING) for item in items]
        ledger.record(
            [Change(item, State.CREATED, server_id=f"id-{item.row}") for item in sent], kit.AT
        )
        ledger.finish(run_id, kit.AT)
    assert altered(path) == ()
    return run_id


CONTENT = "run {}, row 3 is not as it was registered: its content was changed"
ALTERED = {
    "UPDATE payments SET amount = '9.99' WHERE row = 3": CONTENT,
    "UPDATE payments SET payload = replace(payload, '-3.50', '-9.99') WHERE row = 3": CONTENT,
    "UPDATE payments SET payload = replace(payload, '30000', '70000') WHERE row = 3": CONTENT,
    "UPDATE payments SET payload = x'ff' WHERE row = 3": CONTENT,
    "UPDATE payments SET digest = 'other' WHERE row = 3": CONTENT,
    "UPDATE payments SET document_number = 'X1' WHERE row = 3": CONTENT,
    "UPDATE payments SET posting_date = '2026-02-02' WHERE row = 3": CONTENT,
    "UPDATE payments SET row = 3, id = 9 WHERE row = 3": CONTENT,
    "UPDATE payments SET line_number = 70000 WHERE row = 3": (
        "run {}, row 3 has the line number 70000, which no event gave it"
    ),
    "UPDATE payments SET server_id = 'x' WHERE row = 3": (
        "run {}, row 3 has the id 'x'; its events say ''"
    ),
    "UPDATE payments SET filled = '[]' WHERE row = 2": (
        "run {}, row 2 is not as the server had filled it in: []"
    ),
    "UPDATE payments SET state = 'held' WHERE row = 3": (
        "run {}, row 3 is held; its last event says planned"
    ),
    "UPDATE rows SET amount = '9.99' WHERE row = 9": (
        "the rows of run {} are not as they were registered"
    ),
    "UPDATE rows SET bucket = 'skipped' WHERE row = 9": (
        "the rows of run {} are not as they were registered"
    ),
    "DELETE FROM rows WHERE row = 9": "the rows of run {} are not as they were registered",
    "DELETE FROM findings": "the findings of run {} are not as they were registered",
    "UPDATE runs SET sha256 = 'other'": "run {} is not as it was registered",
    "UPDATE runs SET run_id = 'other'": "run {} of the event log is no longer there",
}


@pytest.mark.parametrize("statement", ALTERED)
def test_what_is_edited_by_hand_is_named(path, run_id, statement):
    edit(path, statement)
    assert ALTERED[statement].format(run_id) in altered(path)


@pytest.mark.parametrize("data", ["'{}'", "'['", "x'ff'"])
def test_an_altered_event_is_named(path, run_id, data):
    edit(path, f"UPDATE events SET data = {data} WHERE number = 1")
    assert altered(path) == ("event 1 does not follow from the event before it",)


def test_lost_payments_and_events_are_told(path, run_id):
    edit(path, "DELETE FROM payments WHERE row != 4")
    assert altered(path) == ("2 payments of the event log are no longer there",)
    edit(path, "DELETE FROM events WHERE number > 1")
    assert altered(path)[0] == f"run {run_id}, row 4 is created; its last event says planned"
    edit(path, "DELETE FROM events")
    assert altered(path)[0] == f"run {run_id} is not as it was registered"


def test_a_number_that_was_given_later_is_no_alteration(path, run_id, kit):
    with open_ledger(str(path), write=True) as ledger:
        (item,) = ledger.in_states(run_id, State.PLANNED)[:1]
        payload = item.payload.replace(b"30000", b"90000", 1)
        ledger.claim([item], State.SENDING, kit.AT)
        sending = replace(item, state=State.SENDING)
        ledger.record([Change(sending, State.PLANNED, rebound=(90000, payload))], kit.AT)
    assert altered(path) == ()
    edit(path, "UPDATE payments SET line_number = 30000 WHERE row = 3")
    assert f"run {run_id}, row 3 has the line number 30000, which no event gave it" in altered(path)
