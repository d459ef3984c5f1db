"""Each look-up goes by its index: what reads all payments is slow only when it hurts."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.ledger import open_ledger
from importer.model import Answer, AnswerKind
from importer.states import Change, State

SENT = Answer(AnswerKind.DONE, 201)


def _claims_and_records(ledger, run_id, at):
    with ledger.claim_next(run_id, 2, at) as (items, claim):
        claim()
    ledger.record([Change(item, State.CREATED, "", SENT, f"id {item.id}") for item in items], at)


ASKED = {
    "known": (lambda ledger, *_: ledger.known("c", ["a", "b"]), "payments_digest (digest=?)"),
    "bank": (lambda ledger, *_: ledger.with_bank_keys("c", ["a"]), "payments_bank (bank_key=?)"),
    "dated": (
        lambda ledger, *_: ledger.dated("c", date(2026, 1, 1), date(2026, 1, 9)),
        "payments_date (company=? AND posting_date>? AND posting_date<?)",
    ),
    "documents": (
        lambda ledger, *_: ledger.known_documents("c", ["a"]),
        "payments_own_document (document_number=?)",
    ),
    "stated documents": (
        lambda ledger, *_: ledger.known_documents("c", ["a"]),
        "payments_stated (document_number=?)",
    ),
    "pending": (
        lambda ledger, *_: ledger.pending("c", "j"),
        "payments_next (run_id=? AND state=?)",
    ),
    "planned": (
        lambda ledger, run_id, _: ledger.in_states(run_id, State.PLANNED),
        "payments_next (run_id=? AND state=?)",
    ),
    "spread": (
        lambda ledger, run_id, _: ledger.spread(run_id, State.PLANNED, 3),
        "payments_next (run_id=? AND state=?)",
    ),
    "stated by the file": (
        lambda ledger, run_id, _: ledger.stated(run_id),
        "payments_next (run_id=? AND state=?)",
    ),
    "next": (_claims_and_records, "payments_next (run_id=? AND state=?)"),
    "claims": (_claims_and_records, "INTEGER PRIMARY KEY (rowid=?)"),
}


TEXTS = st.sets(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4)


@given(TEXTS)
@example({"a", "a\0b", "a\0", "\0"})
def test_a_look_up_finds_the_very_text(texts):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_ledger(f"{folder}/ledger.sqlite3", write=True) as ledger,
    ):
        ledger.acknowledge("c", texts, at)
        assert ledger.known_documents("c", texts) == texts
        for text in texts:
            assert ledger.known_documents("c", {text, f"{text}+"} - (texts - {text})) == {text}


def _plans(ledger, ask):
    raw = ledger._connection.connection.driver_connection
    said: list[str] = []
    raw.set_trace_callback(said.append)
    ask()
    raw.set_trace_callback(None)
    asked = [text for text in said if text.startswith(("SELECT", "UPDATE", "WITH", "INSERT"))]
    return [
        line[3] for text in asked for line in raw.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
    ]


@pytest.mark.parametrize("name", ASKED)
def test_a_look_up_goes_by_its_index(tmp_path, kit, name):
    ask, index = ASKED[name]
    with open_ledger(str(tmp_path / "ledger.sqlite3"), write=True) as ledger:
        run_id = kit.register(ledger, [kit.payment(row) for row in range(2, 9)])
        plans = _plans(ledger, lambda: ask(ledger, run_id, kit.AT))
    assert any(plan.startswith("SEARCH") and plan.endswith(index) for plan in plans), plans
    assert not [plan for plan in plans if plan.startswith(("SCAN payments", "SCAN attempts"))]
    assert not [plan for plan in plans if plan.endswith("payments_date (company=?)")]


def test_ids_of_the_server_are_looked_for_in_one_reading_of_an_index(tmp_path, kit):
    with open_ledger(str(tmp_path / "ledger.sqlite3"), write=True) as ledger:
        kit.register(ledger, [kit.payment(row) for row in range(2, 9)])
        plans = _plans(ledger, lambda: ledger.bound_lines([f"id {n}" for n in range(3)]))
    assert plans[0] == "SCAN payments USING COVERING INDEX payments_next"
    assert not [plan for plan in plans[1:] if "payments" in plan]


@pytest.mark.parametrize(
    ("rows", "most", "found"),
    [(0, 2, []), (3, 3, [2, 3, 4]), (12, 2, [2, 13]), (12, 5, [2, 4, 7, 10, 13])],
)
def test_what_is_spread_over_a_run_has_its_first_and_last(ledger, kit, rows, most, found):
    run_id = kit.register(ledger, [kit.payment(row) for row in range(2, rows + 2)])
    assert [item.row for item in ledger.spread(run_id, State.PLANNED, most)] == found


def test_what_the_file_stated_is_told_from_what_was_made_here(ledger, kit):
    run_id = kit.register(ledger, [kit.payment(2), kit.payment(3, document_number="B1")])
    assert [item.document_number for item in ledger.stated(run_id)] == ["B1"]
