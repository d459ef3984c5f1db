"""The one table of states and transitions, enforced by code and by the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product

import pytest
from sqlalchemy import text

from importer.errors import LedgerProblem
from importer.model import Answer, AnswerKind
from importer.states import (
    BUCKETS,
    FIRST_STATES,
    FREED_STATES,
    TRANSITIONS,
    UNFINISHED_STATES,
    Change,
    Filled,
    State,
)

PAIRS = list(product(State, State))
WAYS = {
    State.PLANNED: (),
    State.SENDING: (State.SENDING,),
    State.UNKNOWN: (State.SENDING, State.UNKNOWN),
    State.CREATED: (State.SENDING, State.CREATED),
    State.REFUSED: (State.SENDING, State.REFUSED),
    State.HELD: (State.HELD,),
    State.UNDOING: (State.SENDING, State.CREATED, State.UNDOING),
    State.UNDONE: (State.SENDING, State.CREATED, State.UNDOING, State.UNDONE),
    State.WITHDRAWN: (State.WITHDRAWN,),
}


def bring(ledger, run_id, state, at):
    for step in WAYS[state]:
        (item,) = ledger.in_states(run_id, *State)
        if step in {State.SENDING, State.UNDOING}:
            ledger.claim([item], step, at)
        else:
            ledger.record([Change(item, step)], at)
    (item,) = ledger.in_states(run_id, *State)
    return item


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_every_pair_of_states(ledger, kit, before, after):
    run_id = kit.register(ledger, [kit.payment(2)])
    item = bring(ledger, run_id, before, kit.AT)
    if after in TRANSITIONS[before]:
        # What may be on the server is never planned again by itself.
        if (before, after) == (State.HELD, State.PLANNED):
            assert ledger.accept_held(run_id, {2}, kit.AT) == (2,)
        else:
            ledger.record([Change(item, after)], kit.AT)
        assert ledger.in_states(run_id, *State)[0].state is after
        return
    with pytest.raises(LedgerProblem, match="cannot follow"):
        ledger.record([Change(item, after)], kit.AT)
    with pytest.raises(LedgerProblem, match="this state cannot follow"), ledger._writing() as raw:
        raw.execute(text("UPDATE payments SET state = :to"), {"to": after})
    assert ledger.in_states(run_id, *State)[0].state is before


@pytest.mark.parametrize("state", list(State))
def test_only_first_states_enter_the_ledger(ledger, kit, state):
    kit.register(ledger, [kit.payment(2)])
    copy = (
        "INSERT INTO payments SELECT id + 1, run_id, row + 1, company, journal_id, :state,"
        " identity, identity_version, canonical, 'other', generation, bank_key, party,"
        " posting_date, amount, currency, customer_number, invoice_number,"
        " external_document_number, line_number, 'X', 0, payload, dimensions,"
        " dimensions_pending, server_id, reason, server_code, correlation_id, 0, NULL, ''"
        " FROM payments"
    )
    if state in FIRST_STATES:
        with ledger._writing() as raw:
            raw.execute(text(copy), {"state": state})
        return
    with pytest.raises(LedgerProblem, match="cannot begin"), ledger._writing() as raw:
        raw.execute(text(copy), {"state": state})


FORBIDDEN = {
    "events change": "UPDATE events SET data = ''",
    "events vanish": "DELETE FROM events",
    "numbers change": "UPDATE line_numbers SET line_number = 1",
    "numbers vanish": "DELETE FROM line_numbers",
    "payments vanish": "DELETE FROM payments",
    "number given twice": (
        "INSERT INTO line_numbers SELECT company, journal_id, line_number, payment_id"
        " FROM line_numbers LIMIT 1"
    ),
    "identity twice": "UPDATE payments SET digest = 'same'",
    "document twice": "UPDATE payments SET document_number = 'SAME1'",
    "unknown state": (
        "INSERT INTO transitions VALUES ('planned', 'posted'); UPDATE payments SET state = 'posted'"
    ),
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_the_database_itself_forbids(ledger, kit, statement):
    kit.register(ledger, [kit.payment(2), kit.payment(3)])
    with pytest.raises(LedgerProblem, match="forbid"):
        _execute(ledger, statement.split("; "))


def _execute(ledger, statements):
    with ledger._writing() as raw:
        for statement in statements:
            raw.execute(text(statement))


@pytest.mark.parametrize("column", ["line_number = 9", "payload = 'x'", "document_number = 'x'"])
def test_what_may_be_on_the_server_keeps_its_number_and_bytes(ledger, kit, column):
    run_id = kit.register(ledger, [kit.payment(2)])
    bring(ledger, run_id, State.UNKNOWN, kit.AT)
    with pytest.raises(LedgerProblem, match="keeps its line number"), ledger._writing() as raw:
        raw.execute(text(f"UPDATE payments SET {column}"))


def test_what_may_be_on_the_server_is_never_planned_again(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2)])
    bring(ledger, run_id, State.UNKNOWN, kit.AT)
    (item,) = ledger.in_states(run_id, State.UNKNOWN)
    ledger.claim([item], State.SENDING, kit.AT)
    (item,) = ledger.in_states(run_id, State.SENDING)
    with pytest.raises(LedgerProblem, match="ambiguous_is_not_planned"):
        ledger.record([Change(item, State.PLANNED)], kit.AT)


def test_who_saw_an_older_state_has_no_say(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2)])
    (item,) = ledger.in_states(run_id, State.PLANNED)[:1]
    ledger.claim([item], State.SENDING, kit.AT)
    with pytest.raises(LedgerProblem, match="another program"):
        ledger.claim([item], State.SENDING, kit.AT)


def test_what_differs_between_many_payments_of_one_commit_is_kept_exactly(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(row) for row in range(2, 460)])
    texts = ['"quoted"', "\\u0041", "it's", "nul \0 inside", "\u00e9\U0001f600", "", "[1]", "$.a"]
    with ledger.claim_next(run_id, 458, kit.AT) as (claimed, claim):
        claim()
    changes = [
        Change(
            item,
            State.CREATED if item.id % 3 else State.HELD,
            f"reason {item.id % 5}",
            Answer(AnswerKind.DONE, 201, correlation_id=f"c{item.id % 2}"),
            f"{{{item.id}}}-'\"\\[0]",
            filled=Filled(texts[item.id % 8], texts[item.id % 7]),
        )
        for item in claimed
    ]
    ledger.record(changes, kit.AT)
    kept = {item.id: item for item in ledger.in_states(run_id, State.CREATED, State.HELD)}
    assert len(kept) == len(changes) == 458
    for change in changes:
        one = kept[change.item.id]
        assert (one.state, one.reason, one.server_id, one.filled) == (
            *(change.to, change.reason, change.server_id, change.filled),
        )
    assert ledger.altered() == ()


def test_every_state_has_a_bucket_and_every_transition_a_state():
    assert set(BUCKETS) == set(State) == set(TRANSITIONS)
    reached = {after for allowed in TRANSITIONS.values() for after in allowed} | FIRST_STATES
    assert reached == set(State)
    assert not FREED_STATES & UNFINISHED_STATES


LATER = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
THROTTLED = Answer(AnswerKind.THROTTLED, 429, "Busy", "Wait", "corr")
DONE = Answer(AnswerKind.DONE, 201)
ATTEMPTS = {
    "refused for now": (
        [(State.SENDING, State.PLANNED, THROTTLED)],
        ["planned throttled 429 Busy"],
    ),
    "lost, then sent again": (
        [
            (State.SENDING, State.UNKNOWN, None),
            (State.SENDING, State.CREATED, DONE),
        ],
        ["planned  None ", "unknown done 201 "],
    ),
    "taken back": (
        [
            (State.SENDING, State.CREATED, DONE),
            (State.UNDOING, State.UNDONE, Answer(AnswerKind.DONE, 204)),
        ],
        ["planned done 201 ", "created done 204 "],
    ),
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_attempt_is_noted_with_its_answer(ledger, kit, name):
    steps, noted = ATTEMPTS[name]
    run_id = kit.register(ledger, [kit.payment(2)])
    for claimed, after, answer in steps:
        (item,) = ledger.in_states(run_id, *State)
        ledger.claim([item], claimed, kit.AT)
        (item,) = ledger.in_states(run_id, claimed)
        assert item.attempted_at == kit.AT
        ledger.record([Change(item, after, "", answer, since=LATER)], LATER)
    with ledger._reading() as raw:
        rows = raw.execute(text("SELECT * FROM attempts ORDER BY id")).mappings().all()
    assert ["{kind} {answer} {status} {code}".format(**row) for row in rows] == noted
    assert {(row["claimed_at"], row["answered_at"]) for row in rows} == {
        (kit.AT.isoformat(), LATER.isoformat())
    }


def test_what_happens_to_many_at_once_is_one_event(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(row) for row in range(2, 9)])
    with ledger.claim_next(run_id, 5, kit.AT) as (items, claim):
        claim()
    made = [Change(item, State.CREATED, "", DONE, f"id {item.row}") for item in items[1:]]
    ledger.record([Change(items[0], State.REFUSED, "no", THROTTLED), *made], kit.AT)
    with ledger._reading() as raw:
        told = raw.execute(text("SELECT data FROM events WHERE event = 'state'")).scalars().all()
    assert [list(json.loads(one)["payments"].values()) for one in told] == [
        [["", ""]] * 5,
        [["", ""]],
        [[f"id {row}", ""] for row in (3, 4, 5, 6)],
    ]
    assert ledger.altered() == ()
