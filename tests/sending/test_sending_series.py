"""Journals that give documents other numbers when they are posted."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from importer.errors import ConfigurationProblem

DELETE = "DELETE"
ONE = r"customerPayments\([^)]*\)$"


@pytest.fixture
def series(make_world):
    return make_world(journal="SERIES")


def post_at(world, moment):
    """Post the journal once, after so many waits."""
    sleep, waits = world.clock.sleep, []

    def once(seconds):
        sleep(seconds)
        waits.append(seconds)
        if len(waits) == moment:
            world.company.post("SERIES")

    world.clock.sleep = once


def twice(world):
    """Return the amounts that are on the server more than once, in the journal or posted."""
    there = Counter(-Decimal(str(line["amount"])) for line in world.lines())
    there.update(-Decimal(str(one["amount"])) for one in world.posted_payments())
    return [amount for amount, count in there.items() if count > 1]


@pytest.mark.parametrize("batch_size", [1, 100])
def test_a_first_request_that_was_lost_and_posted_is_held(series, kit, batch_size):
    run_id = series.register(kit.payments(3))
    path = kit.LINES if batch_size == 1 else kit.BATCH
    series.faults(kit.Fault("lost_after", kit.POST, path, nth=1))
    post_at(series, 1)
    series.send(run_id, batch_size=batch_size)
    assert twice(series) == []
    lost = 1 if batch_size == 1 else 3
    made = {"created": 3 - lost} if lost < 3 else {}
    assert series.buckets(run_id) == {"held": lost, **made}
    row = series.record(run_id).rows[0]
    assert "as document PS00001" in row.reason
    assert "--accept-held" in row.reason


def test_lines_made_after_the_posting_prove_nothing(series, kit):
    run_id = series.register(kit.payments(6))
    series.faults(kit.Fault("lost_after", kit.POST, kit.BATCH, nth=1))
    send_many, sent = series.server.send_many, []

    class Posting(type(series.server)):
        def send_many(self, operations):
            sent.append(len(operations))
            if len(sent) == 2:
                series.company.post("SERIES")
            return send_many(operations)

    series.server.__class__ = Posting
    series.send(run_id, batch_size=2)
    assert len(sent) == 3
    assert twice(series) == []
    assert series.buckets(run_id) == {"held": 2, "created": 4}


def test_a_lost_request_that_never_arrived_is_sent_again(series, kit):
    others = series.run([kit.payment(2, "7.00"), kit.payment(3, "8.00")], "before.csv")
    series.company.post("SERIES")
    run_id = series.register(kit.payments(3))
    series.faults(kit.Fault("lost_before", kit.POST, kit.BATCH, nth=1))
    series.send(run_id, batch_size=100)
    assert series.buckets(run_id) == {"created": 3}
    assert series.buckets(others) == {"created": 2}
    assert twice(series) == []


def test_what_posting_cannot_show_is_held(series, kit):
    class Forbidding(type(series.server)):
        def credited(self, *_):
            raise ConfigurationProblem("no permission")

    run_id = series.register(kit.payments(1))
    series.faults(kit.Fault("lost_before", kit.POST, kit.LINES, nth=1))
    series.server.__class__ = Forbidding
    series.send(run_id)
    assert series.buckets(run_id) == {"held": 1}
    assert "cannot be searched for its amount" in series.record(run_id).rows[0].reason


def test_another_payment_of_this_ledger_with_its_amount_is_no_doubt(series, make_world, kit):
    other = make_world(reset=False, journal="IMPORT")
    other.run([kit.payment(2, "9.00")], "other.csv")
    run_id = series.register([kit.payment(2, "9.00", 2, customer_number="20000")])
    series.faults(kit.Fault("lost_before", kit.POST, kit.LINES, nth=1))
    other.company.post("IMPORT")
    series.send(run_id)
    assert series.buckets(run_id) == {"created": 1}


@pytest.mark.parametrize("hidden", [False, True])
def test_a_deletion_that_was_lost_before_the_posting_frees_nothing(series, kit, hidden):
    run_id = series.run(kit.payments(1))
    series.faults(kit.Fault("lost_before", DELETE, ONE, nth=1))
    by_id, credited, asked = series.server.by_id, series.server.credited, []

    class Posting(type(series.server)):
        def by_id(self, line_id):
            asked.append(line_id)
            if len(asked) == 2:
                series.company.post("SERIES")
            return by_id(line_id)

        def credited(self, amount, since):
            if hidden:
                raise ConfigurationProblem("no permission")
            return credited(amount, since)

    series.server.__class__ = Posting
    undone = series.undo(run_id)
    assert undone.deleted == ()
    reason = "cannot be searched for its amount" if hidden else "as document PS00001"
    assert reason in undone.kept[0][1]
    assert series.buckets(series.run(kit.payments(1), "again.csv")) == {"duplicate": 1}
    assert twice(series) == []
