"""Any schedule of imports, people, faults and crashes: nothing lost, doubled or guessed.

Beside the code runs a model that knows payments by what they say, and people's lines by id.

`SCHEDULES` in the environment sets how many schedules are tried, `SCHEDULE_STEPS` how long each
is; a failing schedule is printed with what replays it. `SCHEDULE_SHRINK=0` saves the time of
making it short.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from importer.errors import ImporterError, LedgerBusy, PersonNeeded
from importer.model import Bucket, Kind, SourceRow
from importer.reconciliation import UNPROVEN, reconcile
from importer.sending import undo_run
from importer.simulator import Fault, FaultPlan
from importer.simulator.errors import ApiError
from importer.states import FREED_STATES, State

SCHEDULES = int(os.environ.get("SCHEDULES", "25"))
SHRINK = os.environ.get("SCHEDULE_SHRINK", "1") == "1"
STEPS = int(os.environ.get("SCHEDULE_STEPS", "14"))

HIDDEN = {
    "amount": -9,
    "postingDate": "2026-02-01",
    "documentNumber": "HAND1",
    "accountNumber": "8640",
    "balancingAccountNumber": "2920",
}
WRITES = ("claim", "record", "finish", "acknowledge", "dimensions_done", "begin_undo")
REQUESTS = ("send", "send_many", "delete", "set_dimension")

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2"]),
        st.integers(1, 2),
        st.sampled_from(["10000", "20000", "20000", "90000"]),
        st.sampled_from(["", "a", "b"]),
    ),
    min_size=1,
    max_size=5,
)
PLACES = st.sampled_from([("POST", "customerPayments$"), ("POST", "batch$"), ("", "")])
TROUBLES = st.sampled_from(
    [
        {"kind": "lost_before"},
        {"kind": "lost_after"},
        {"kind": "late", "status": 504, "after_requests": 3},
        {"kind": "late", "status": 0, "after_requests": 2},
        {"kind": "answered_after", "status": 502},
        {"kind": "cut_body", "cut_at": 30},
        {"kind": "lock"},
        {"kind": "answer", "status": 429, "code": "Application_TooManyRequests"},
        {"kind": "answer", "status": 503},
        {"kind": "missing", "operation": 2},
        {"kind": "lock", "operation": 1},
        {"kind": "act", "act": {"action": "post", "journal": "IMPORT"}},
        {"kind": "act", "act": {"action": "add_hidden", "journal": "IMPORT", **HIDDEN}},
    ]
)


def _fault(place, trouble, nth):
    method, path = ("", "") if "operation" in trouble else place
    return Fault(method=method, path=path, nth=nth, **trouble)


EDITS = st.sampled_from(
    [
        {"comment": "by hand"},
        {"description": "by hand"},
        {"amount": -77},
        {"customerNumber": "30000"},
    ]
)
REJECTED = Decimal("8.88")

SLOW = st.booleans()
"""Whether a request that is on its way runs at the last moment, or at once."""

FAULTS = st.lists(st.builds(_fault, PLACES, TROUBLES, st.integers(1, 8)), max_size=3)


class Crash(BaseException):
    """The process is gone."""


@contextlib.contextmanager
def _may_end():
    """A crash, a server that is away or a setting may end it; a lost ledger is never blamed."""
    try:
        yield
    except PersonNeeded:
        raise
    except (Crash, ImporterError):
        return


class Mortal:
    """Passes every call on, and dies before or after the one that was chosen."""

    def __init__(self, real, life, names):
        self._real, self._life, self._names = real, life, names

    def __getattr__(self, name):
        method = getattr(self._real, name)
        if name not in self._names:
            return method

        def call(*args, **more):
            self._life.step("before")
            result = method(*args, **more)
            self._life.step("after")
            return result

        return call

    @contextlib.contextmanager
    def claim_next(self, *args):
        self._life.step("before")
        with self._real.claim_next(*args) as claimed:
            yield claimed
            self._life.step("within")
        self._life.step("after")


class Life:
    """Counts the steps that are left; None is for ever."""

    def __init__(self, steps):
        self.left = steps

    def step(self, _when):
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            raise Crash


class Schedules(RuleBasedStateMachine):
    make_world = None
    kit = None

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.world = self.make_world(self.folder)
        self.simulator = self.world.simulator
        self.runs, self.files = [], []
        self.added = False
        self.deleted = set()
        self.touched, self.edited = set(), {}
        self.bound, self.totals = {}, {}
        self._time_executes_what_is_late()

    def _time_executes_what_is_late(self):
        """Let requests pass while time does, so that what is late is not later than that."""
        sleep, passed = self.world.clock.sleep, [0.0]

        def longer(seconds):
            sleep(seconds)
            passed[0] += seconds
            while passed[0] >= 100:
                passed[0] -= 100
                connection = http.client.HTTPConnection("127.0.0.1", self.simulator.port)
                connection.request("GET", "/elsewhere")
                connection.close()

        self.world.clock.sleep = longer

    def teardown(self):
        if not hasattr(self, "world"):
            return
        try:
            self.simulator.install(None)
            for _ in range(4):
                self._resume(None, 1, slow=False)
            with self.world.open(write=False) as ledger:
                assert ledger.unfinished() == []
            self.everything_is_accounted_for()
            for run_id in self.runs:
                assert "unknown" not in self.world.buckets(run_id)
        finally:
            self.world.close()
            shutil.rmtree(self.folder)

    # What happens

    @rule(
        rows=ROWS,
        faults=FAULTS,
        crash=st.none() | st.integers(0, 25),
        batch=st.integers(1, 3),
        slow=SLOW,
    )
    def import_a_new_file(self, rows, faults, crash, batch, slow):
        payments = [
            self.kit.payment(place, amount, day, customer_number=customer, reference=reference)
            for place, (amount, day, customer, reference) in enumerate(rows, start=2)
        ]
        self.files.append(payments)
        self._import(payments, faults, crash, batch, slow)

    @precondition(lambda self: self.files)
    @rule(data=st.data(), faults=FAULTS, crash=st.none() | st.integers(0, 25), slow=SLOW)
    def import_a_file_again(self, data, faults, crash, slow):
        first = data.draw(st.sampled_from(self.files))
        more = data.draw(st.sampled_from([[], *self.files]))
        mixed = data.draw(st.permutations([*first, *more]))
        payments = [replace(one, row=place) for place, one in enumerate(mixed, start=2)]
        self.files.append(payments)
        self._import(payments, faults, crash, 2, slow)

    def _import(self, payments, faults, crash, batch, slow):
        self.world.faults()
        expected = self._expected(payments)
        rejected = [
            SourceRow(50 + place, Kind.INCOMING, REJECTED, bucket=Bucket.REJECTED, reason="why")
            for place in range(len(self.files) % 3)
        ]
        run_id = self.world.register(payments, f"{len(self.files)}.csv", rejected)
        if run_id not in self.runs:
            self.runs.append(run_id)
            total = sum(one.amount for one in payments) + REJECTED * len(rejected)
            self.totals[run_id] = len(payments) + len(rejected), total
            self._is_planned_as(run_id, expected)
        self.world.faults(*faults)
        self._send(run_id, crash, batch, slow)

    def _expected(self, payments):
        """Say what the model would do with each row, by brute force.

        A payment is what it says, and the how-manieth of its kind in the file. One that is
        known and not given up is a duplicate; one like a known one that is not in this file, of
        the same day, amount and customer, is held.
        """
        with self.world.open(write=False) as ledger:
            alive = {
                (item.run_id, item.row): item.state
                for run_id in self.runs
                for item in ledger.in_states(run_id, *State)
                if item.state not in FREED_STATES
            }
        live = {key: place for key, place in self.bound.items() if place in alive}
        seen, keys = Counter(), {}
        for one in payments:
            said = (one.posting_date, one.amount, one.customer_number, one.reference)
            seen[said] += 1
            keys[one.row] = (*said, seen[said])
        others = {key[:3] for key in live.keys() - set(keys.values())}
        expected = {}
        for row, key in keys.items():
            if key in live:
                held = alive[live[key]] is State.HELD
                expected[row] = key, "held" if held else "duplicate", live[key]
            else:
                expected[row] = key, "held" if key[:3] in others else "planned", None
        return expected

    def _is_planned_as(self, run_id, expected):
        outcomes = {one.row: one for one in self.world.record(run_id).rows}
        for row, (key, bucket, earlier) in expected.items():
            one = outcomes[row]
            assert one.bucket == bucket, f"row {row} is {one.bucket}, the model says {bucket}"
            if earlier is None:
                self.bound[key] = run_id, row
            else:
                assert (one.earlier.run_id, one.earlier.row) == earlier

    def _send(self, run_id, crash, batch, slow):
        life = Life(crash)
        with self.world.open() as ledger, _may_end():
            self.world.send_with(
                Mortal(ledger, life, WRITES),
                run_id,
                server=Mortal(self.world.server, life, REQUESTS),
                batch_size=batch,
                aside=self.kit.ASIDES[slow],
            )

    @rule(faults=FAULTS, crash=st.none() | st.integers(0, 25), batch=st.integers(1, 3), slow=SLOW)
    def resume(self, faults, crash, batch, slow):
        self.world.faults(*faults)
        self._resume(crash, batch, slow)

    def _resume(self, crash, batch, slow):
        with self.world.open(write=False) as ledger:
            unfinished = ledger.unfinished()
        for run_id in unfinished:
            self._send(run_id, crash, batch, slow)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), faults=FAULTS, crash=st.none() | st.integers(0, 12))
    def undo(self, data, faults, crash):
        run_id = data.draw(st.sampled_from(self.runs))
        self.world.faults(*faults)
        life = Life(crash)
        with self.world.open() as ledger, _may_end():
            undo_run(
                Mortal(ledger, life, WRITES),
                Mortal(self.world.server, life, REQUESTS),
                run_id,
                sleep=self.world.clock.sleep,
                clock=self.world.clock,
            )

    @rule()
    def a_person_posts(self):
        with contextlib.suppress(ApiError):  # there may be nothing to post
            self.world.company.post("IMPORT")

    @rule(data=st.data(), what=st.sampled_from(["edit", "delete", "renumber", "hide"]), edit=EDITS)
    def a_person_changes_a_line(self, data, what, edit):
        lines = self.world.lines()
        if not lines:
            return
        line = data.draw(st.sampled_from(lines), label="line")
        number = line["lineNumber"]
        self.touched.add(line["id"])
        if what == "edit":
            self.world.company.edit(number, "IMPORT", **edit)
            edited = {**self.edited.get(line["id"], {}), **edit}
            self.edited[line["id"]] = {**edited, "documentNumber": line["documentNumber"]}
        elif what == "delete":
            self.world.company.delete(number, "IMPORT")
            self.deleted.add(line["documentNumber"])
            self.edited.pop(line["id"], None)
        elif what == "renumber":
            self.world.company.renumber(number, number + 1, "IMPORT")
        else:
            self.world.company.act("hide", journal="IMPORT", line=number)

    @rule(place=st.integers(1, 9), hidden=st.booleans())
    def a_person_adds_a_line(self, place, hidden):
        number = (
            max([2, *(line["lineNumber"] for line in self._lines())]) // 10000 + place
        ) * 10000
        if hidden:
            self.world.company.add_hidden("IMPORT", lineNumber=number, **HIDDEN)
        else:
            values = {"amount": -1, "postingDate": "2026-02-01", "documentNumber": "HAND2"}
            self.world.company.add("IMPORT", lineNumber=number, customerNumber="10000", **values)
            self.added = True

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def a_person_releases_held_rows(self, data):
        """A careful one: only what really is nowhere on the server."""
        run_id = data.draw(st.sampled_from(self.runs))
        there = self._documents()
        with self.world.open() as ledger:
            absent = {
                item.row
                for item in ledger.in_states(run_id, State.HELD)
                if not there[item.document_number]
            }
            ledger.accept_held(run_id, absent, self.world.clock())

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def the_ledger_is_lost_and_found(self, data):
        """Without it, what the server shows is not sent again; what people hid stays hidden."""
        payments = data.draw(st.sampled_from(self.files))
        self.world.faults()
        for _ in range(3):
            self.world.server.exists()  # and what is late arrives
        saved = self.world.path.with_name("saved")
        self.world.path.rename(saved)
        before = self._documents()
        run_id = self.world.register(payments)
        with self.world.open() as ledger:
            planned = ledger.in_states(run_id, State.PLANNED)
            hidden = Counter(
                line["documentNumber"] for line in self._lines() if not line["visible"]
            )
            if any((before - hidden)[item.document_number] for item in planned):
                with pytest.raises(PersonNeeded):
                    self.world.send_with(ledger, run_id)
                assert self._documents() == before
        saved.replace(self.world.path)

    @rule()
    def a_second_process_is_turned_away(self):
        with self.world.open(), pytest.raises(LedgerBusy):
            self.world.open()

    # What must be true

    def _lines(self):
        return self.world.company.lines("IMPORT")

    def _documents(self):
        """Count the documents on the server, in the journal and posted."""
        return Counter(
            [
                *(line["documentNumber"] for line in self._lines()),
                *(entry["document_number"] for entry in self.world.posted_payments()),
            ]
        )

    @invariant()
    def everything_is_accounted_for(self):
        if not getattr(self, "runs", None):
            return
        there = self._documents()
        lines = {line["id"]: line for line in self._lines()}
        by_digest = Counter()
        with self.world.open(write=False) as ledger:
            assert ledger.altered() == ()
            digests = _digests(ledger)
            for run_id in self.runs:
                _partitions(ledger.run_record(run_id), *self.totals[run_id])
                for item in ledger.in_states(run_id, *State):
                    by_digest[digests[item.id]] += there[item.document_number]
                    self._agrees(item, there, lines)
        self._what_people_typed_stays(there, lines)
        assert all(abs(line["amount"]) != REJECTED for line in lines.values())
        assert all(abs(one["amount"]) != REJECTED for one in self.world.posted_payments())
        doubled = {digest: count for digest, count in by_digest.items() if count > 1}
        assert not doubled, "a payment stands twice on the server"

    def _agrees(self, item, there, lines):
        if item.state in FREED_STATES:
            assert not there[item.document_number], f"{item.state}, yet on the server"
        if item.state is State.PLANNED:
            assert not there[item.document_number], "planned, yet on the server"
        if item.state is State.HELD and item.attempted_at is None:
            assert not there[item.document_number], "held before it was sent, yet on the server"
        if item.state is State.CREATED:
            if item.document_number in self.deleted:
                return
            if item.reason.startswith("the answer to its deletion was lost"):
                took = self.deleted or self.touched or self.added
                assert took, "in doubt, yet no person took a line or posted one of its amount"
                return
            assert there[item.document_number] == 1, "created, yet not on the server"
            line = lines.get(item.server_id)
            if line is not None and line["id"] not in self.touched:
                _equals(line, item, self._said(item))

    def _said(self, item):
        """Return what the model knows that a payment says."""
        place = item.run_id, item.row
        return next(key for key, bound in self.bound.items() if bound == place)

    def _what_people_typed_stays(self, there, lines):
        """A line that a person edited is there as it was edited, or was posted by a person."""
        for line_id, edit in self.edited.items():
            line = lines.get(line_id)
            if line is None:
                assert there[edit["documentNumber"]], "an edited line is gone"
            else:
                assert {name: line[name] for name in edit} == edit


def _digests(ledger):
    from sqlalchemy import text

    with ledger._reading() as raw:
        return dict(raw.execute(text("SELECT id, digest FROM payments")).all())


def _partitions(record, count, total):
    result = reconcile(replace(record, proof=None))
    assert sum(result.counts.values()) == len(record.rows) == count
    assert sum(result.totals.values()) == total
    # Killed before its proof, a run is not yet counted and compared.
    assert set(result.differences) <= ({UNPROVEN} if record.finished_at is None else set())


def _equals(line, item, said):
    """Compare a line with its payment, field by field."""
    day, amount, customer, _, _ = said
    assert -line["amount"] == amount == item.amount
    assert (line["postingDate"], line["customerNumber"]) == (day.isoformat(), customer)
    assert line["documentNumber"] == item.document_number
    assert line["lineNumber"] == item.line_number
    assert line["description"] == f"Customer {customer[0]}"
    assert (line["externalDocumentNumber"], line["comment"]) == ("", "")
    assert (line["appliesToInvoiceNumber"], line["balancingAccountNumber"]) == ("", "2920")


def test_no_schedule_loses_or_doubles_a_payment(make_world, kit, simulator):
    def machine():
        made = Schedules()
        made.make_world, made.kit = make_world, kit
        return made

    simulator.install(FaultPlan())
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SCHEDULES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=[phase for phase in Phase if SHRINK or phase in (Phase.reuse, Phase.generate)],
        ),
    )
