"""Posted entries are in the local currency, whatever the currency of a line was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from importer.errors import ConfigurationProblem, PersonNeeded

DOLLARS = "60000"


@pytest.fixture
def series(make_world):
    return make_world(journal="SERIES")


def post_while_waiting(world, journal="IMPORT", **edits):
    """Post the journal at the first wait, a line of it edited before."""
    sleep, waits = world.clock.sleep, []

    def once(seconds):
        sleep(seconds)
        waits.append(seconds)
        if len(waits) == 1:
            if edits:
                world.company.edit(20000, journal, **edits)
            world.company.post(journal)

    world.clock.sleep = once


def test_a_lost_payment_in_dollars_is_not_looked_for_by_its_amount(series, kit):
    run_id = series.register([kit.payment(2, customer_number=DOLLARS)])
    series.faults(kit.Fault("lost_after", kit.POST, kit.LINES, nth=1))
    post_while_waiting(series, "SERIES")
    series.send(run_id)
    assert series.buckets(run_id) == {"held": 1}
    reason = "the posted entries cannot be searched for its amount"
    assert reason in series.record(run_id).rows[0].reason
    assert series.lines() == []


@pytest.mark.parametrize(("customer", "edits"), [(DOLLARS, {}), ("10000", {"amount": -2})])
def test_a_number_of_the_file_that_was_posted_since_with_another_amount(
    world, kit, customer, edits
):
    rows = [kit.payment(2, customer_number=customer, document_number="BANK-1")]
    run_id = world.register(rows)
    world.faults(kit.Fault("lost_after", kit.POST, kit.LINES, nth=1))
    post_while_waiting(world, **edits)
    world.send(run_id)
    assert world.buckets(run_id) == {"held": 1}
    assert "its document was posted with" in world.record(run_id).rows[0].reason
    assert world.lines() == []


def test_a_number_of_the_file_that_was_posted_long_ago_with_another_amount(world, kit):
    world.run([kit.payment(2, "7.00", document_number="BANK-1")], "before.csv")
    world.company.post("IMPORT")
    world.clock.now = datetime.now(UTC) + timedelta(days=30)
    run_id = world.register([kit.payment(2, document_number="BANK-1")])
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES, nth=1))
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 1}


@pytest.mark.parametrize("customer", [DOLLARS, "10000"])
def test_a_posted_number_of_the_file_is_noticed_with_a_lost_ledger(world, kit, customer):
    rows = [kit.payment(2, customer_number=customer, document_number="BANK-1")]
    world.run(rows)
    world.company.post("IMPORT")
    world.path.unlink()
    run_id = world.register(rows)
    with pytest.raises(PersonNeeded, match="BANK-1 in the posted entries"):
        world.send(run_id)


@pytest.mark.parametrize("stated", [{}, {"document_number": "BANK-1"}])
def test_what_was_posted_with_a_lost_ledger_is_sent_at_a_persons_word(world, kit, stated):
    """It may have been reversed since."""
    rows = [kit.payment(2, **stated)]
    world.run(rows)
    world.company.post("IMPORT")
    world.path.unlink()
    run_id = world.register(rows)
    world.send(run_id, acknowledge=True)
    assert world.buckets(run_id) == {"held": 1}
    with world.open() as ledger:
        assert ledger.accept_held(run_id, {2}, world.clock()) == (2,)
    world.send(run_id)
    assert world.buckets(run_id) == {"created": 1}
    assert len(world.lines()) == 1


def payload(**named):
    return json.dumps(named).encode()


def test_whose_line_has_which_currency(world, make_world):
    foreign = world.server.may_be_foreign
    ids = {one.number: one.id for one in world.client.first_customers(world.target.company_id, 9)}
    assert foreign(payload(customerNumber=DOLLARS))
    assert foreign(payload(customerId=ids[DOLLARS]))
    assert not foreign(payload(customerNumber="10000"))
    assert not foreign(payload(customerId=ids["10000"]))
    assert not foreign(payload(appliesToInvoiceNumber="103001"))
    assert foreign(payload(appliesToInvoiceNumber="unknown"))
    assert make_world(reset=False, journal="NYC").server.may_be_foreign(payload())


def test_a_currency_that_nobody_may_see_may_be_any(world, kit):
    world.faults(kit.Fault("answer", "GET", "generalLedgerSetup", status=403, code="Authorization"))
    with pytest.raises(ConfigurationProblem):
        world.client.ledger_setup(world.target.company_id)
    assert world.server.may_be_foreign(payload(customerNumber="10000"))
