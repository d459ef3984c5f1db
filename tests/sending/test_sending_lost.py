"""A ledger that was lost, or is one of two, is noticed before a payment stands twice."""

from __future__ import annotations

import shutil
from urllib.parse import unquote

import pytest

from importer.errors import ConfigurationProblem, PersonNeeded
from importer.numbering import document_number
from importer.sending import lost_ledger
from importer.states import State


def stated(kit, *rows):
    return [kit.payment(row, document_number=f"BANK-{row}") for row in rows]


def test_unposted_lines_with_numbers_of_the_file_are_noticed(world, kit):
    world.run(stated(kit, 2, 3))
    world.path.unlink()
    run_id = world.register([*stated(kit, 2, 3), kit.payment(4)])
    with pytest.raises(PersonNeeded, match=r"line 20000 \(BANK-2\), line 30000 \(BANK-3\) in"):
        world.send(run_id)
    assert len(world.lines()) == 2
    world.send(run_id, acknowledge=True)
    assert world.buckets(run_id) == {"held": 2, "created": 1}
    assert len(world.lines()) == 3


def test_a_number_of_the_file_on_a_line_of_another_day_or_amount_raises_no_alarm(world, kit):
    world.run([kit.payment(2, document_number="B1"), kit.payment(3, day=2, document_number="B1")])
    world.path.unlink()
    rows = [kit.payment(3, document_number="B1"), kit.payment(4, day=2, document_number="B1")]
    run_id = world.run(rows)
    assert world.buckets(run_id) == {"created": 2}


def test_lines_of_an_earlier_run_raise_no_alarm_for_the_number_of_a_whole_day(world, kit):
    world.run([kit.payment(2, "5.00", document_number="B1", reference="one")])
    row = kit.payment(3, "5.00", customer_number="20000", document_number="B1", reference="two")
    run_id = world.run([row], "b.csv")
    assert world.buckets(run_id) == {"created": 1}


def test_the_number_of_the_file_typed_by_hand_is_noticed(world, kit):
    """Another ledger is in use, or a person typed it: the ledger cannot tell, a person can."""
    run_id = world.register(stated(kit, 2))
    world.company.add(
        "IMPORT",
        lineNumber=500,
        customerNumber="10000",
        postingDate="2026-02-01",
        documentNumber="BANK-2",
        amount=-2.25,
    )
    with pytest.raises(PersonNeeded, match="line 500"):
        world.send(run_id)
    assert len(world.lines()) == 1


def test_one_posted_payment_among_many_is_noticed(world, kit):
    """Another ledger sent one row of the file, which no sample of it need hold."""
    world.run([kit.payment(4)])
    world.company.post("IMPORT")
    world.path.unlink()
    run_id = world.register(kit.payments(300))
    with pytest.raises(PersonNeeded, match="in the posted entries"):
        world.send(run_id)
    assert world.lines() == []


def posted_lookups(world):
    targets = [request["target"] for request in world.simulator.requests]
    return [unquote(target) for target in targets if "generalLedgerEntries" in target]


def test_one_question_tells_that_nothing_made_here_was_ever_posted(world, kit):
    world.run(kit.payments(300))
    (lookup,) = posted_lookups(world)
    assert "startswith(documentNumber,'CPI')" in lookup


def test_numbers_of_the_file_are_asked_for_all_the_same(world, kit):
    world.run([*kit.payments(150), kit.payment(400, document_number="BANK-400")])
    prefix, stated = posted_lookups(world)
    assert "startswith" in prefix
    assert "documentNumber eq 'BANK-400'" in stated
    assert "CPI" not in stated.partition("BANK-400")[0]


@pytest.mark.parametrize("posted", [False, True])
def test_a_payment_that_was_undone_and_sent_again_is_noticed(world, kit, posted):
    """The second document of a payment has another number than a new ledger gives it."""
    world.undo(world.run(kit.payments(2)))
    world.run(kit.payments(2))
    if posted:
        world.company.post("IMPORT")
    world.path.unlink()
    run_id = world.register(kit.payments(3))
    with pytest.raises(PersonNeeded, match="in the posted" if posted else "in journal"):
        world.send(run_id)
    world.send(run_id, acknowledge=True)
    assert world.buckets(run_id) == {"held": 2, "created": 1}


def test_what_is_looked_for_in_the_posted_entries_of_a_long_run_is_bounded(world, kit, monkeypatch):
    monkeypatch.setattr(lost_ledger, "MAX_POSTED_LOOKUPS", 7)
    monkeypatch.setattr(lost_ledger, "MAX_LATER_LOOKUPS", 3)
    asked = []

    class Counting(type(world.server)):
        def posted(self, document_numbers):
            asked.extend(document_numbers)
            return super().posted(document_numbers)

    world.server.__class__ = Counting
    run_id = world.run(kit.payments(12))
    with world.open(write=False) as ledger:
        sent = ledger.in_states(run_id, State.CREATED)
    assert len(asked) == 7 + 3 * (lost_ledger.GENERATIONS - 1)
    own = {item.document_number: place for place, item in enumerate(sent)}
    later = {document_number(item.digest, 1): place for place, item in enumerate(sent)}
    assert sorted(own[number] for number in asked if number in own) == [0, 1, 3, 5, 7, 9, 11]
    assert sorted(later[number] for number in asked if number in later) == [0, 5, 11]


def test_a_posted_amount_that_a_person_changed_is_a_difference(world, kit):
    run_id = world.run(kit.payments(2))
    world.company.edit(20000, "IMPORT", amount=-99)
    world.company.post("IMPORT")
    (difference,) = world.send(run_id).proof.differences
    assert difference.startswith("row 2: line 20000: its document was posted with 99")
    assert "sent 2.25" in difference


def test_a_number_of_the_file_proves_nothing_for_another_amount(world, kit):
    run_id = world.run([kit.payment(2, document_number="B1"), kit.payment(3)])
    world.company.edit(20000, "IMPORT", amount=-99)
    world.company.post("IMPORT")
    assert len(world.send(run_id).proof.differences) == 1


def test_a_lost_line_that_was_edited_and_posted_is_held(world, kit):
    run_id = world.register(kit.payments(1))
    world.faults(kit.Fault("lost_after", kit.POST, kit.LINES, nth=1))
    sleep, posted = world.clock.sleep, []

    def once(seconds):
        sleep(seconds)
        if not posted:
            posted.append(seconds)
            world.company.edit(20000, "IMPORT", amount=-99)
            world.company.post("IMPORT")

    world.clock.sleep = once
    world.send(run_id)
    row = world.record(run_id).rows[0]
    assert row.bucket == "held"
    assert "posted with 99" in row.reason
    assert "sent 2.25" in row.reason


@pytest.mark.parametrize("number", [500, 25000, 990000])
def test_a_second_line_with_our_document_anywhere_in_the_journal_is_a_difference(
    world, kit, number
):
    """As when two ledgers work on one journal at the same time."""
    run_id = world.run(kit.payments(2))
    document = world.lines()[0]["documentNumber"]
    world.company.edit(20000, "IMPORT", comment="checked")
    world.company.add("IMPORT", lineNumber=number, documentNumber=document, amount=-2.25)
    edited, twice = world.send(run_id).proof.differences
    assert edited.startswith("row 2: line 20000: comment")
    assert twice.startswith(f"row 2: line 20000: line {number} (id ")
    assert twice.endswith("has the same document number")


def test_a_line_with_the_document_of_a_posted_payment_is_a_difference(world, kit):
    run_id = world.run(kit.payments(2))
    document = world.lines()[0]["documentNumber"]
    world.company.post("IMPORT")
    world.company.add("IMPORT", lineNumber=990000, documentNumber=document, amount=-2.25)
    (difference,) = world.send(run_id).proof.differences
    assert "line 990000 (id " in difference


def test_a_new_ledger_without_sight_of_posted_entries_says_so_once(world, kit):
    closed = kit.Fault("answer", "GET", "generalLedgerEntries", status=403, code="Authorization_X")
    world.faults(closed)
    told = []
    run_id = world.run(kit.payments(2), say=told.append)
    assert world.buckets(run_id) == {"created": 2}
    (sentence,) = told
    assert sentence.startswith("The posted entries cannot be read")
    world.run([kit.payment(9)], "b.csv", say=told.append)
    assert told == [sentence]


def test_a_new_ledger_that_sees_the_posted_entries_has_nothing_to_say(world, kit):
    told = []
    world.run(kit.payments(2), say=told.append)
    assert told == []


def restored(world, kit, tmp_path, *, rows, posted):
    """Restore the ledger from a copy of when a run was refused as a whole, before it was sent."""
    run_id = world.register(kit.payments(rows))
    world.faults(kit.Fault("answer", kit.POST, kit.BATCH, status=403, code="Authorization_Denied"))
    with pytest.raises(ConfigurationProblem):
        world.send(run_id, batch_size=100)
    world.faults()
    kept = shutil.copy(world.path, tmp_path / "copy")
    world.send(run_id, batch_size=100)
    if posted:
        world.company.post("IMPORT")
    shutil.copy(kept, world.path)
    return run_id


@pytest.mark.parametrize("posted", [False, True])
def test_a_copy_of_the_ledger_from_after_a_request_that_was_not_executed_is_noticed(
    world, kit, tmp_path, posted
):
    run_id = restored(world, kit, tmp_path, rows=3, posted=posted)
    there = world.lines()
    where = "in the posted entries" if posted else "in journal IMPORT"
    with pytest.raises(PersonNeeded, match=where):
        world.send(run_id, batch_size=100)
    assert world.lines() == there


@pytest.mark.parametrize("posted", [False, True])
def test_what_a_restored_ledger_gave_up_is_noticed(world, kit, tmp_path, posted):
    """The second run has the document numbers that follow on those that were given up."""
    run_id = restored(world, kit, tmp_path, rows=2, posted=posted)
    assert world.undo(run_id).withdrawn == (2, 3)
    again = world.register(kit.payments(2), "again.csv")
    with pytest.raises(PersonNeeded, match="in the posted entries" if posted else "in journal"):
        world.send(again)


def test_what_was_refused_here_and_created_with_another_ledger_is_noticed(
    world, make_world, kit, tmp_path
):
    (tmp_path / "other").mkdir()
    other = make_world(tmp_path / "other", reset=False)
    world.faults(kit.Fault("answer", kit.POST, kit.LINES, status=400, code="Unknown"))
    assert world.buckets(world.run(kit.payments(2))) == {"refused": 2}
    world.faults()
    other.run(kit.payments(2))
    again = world.register(kit.payments(2), "again.csv")
    with pytest.raises(PersonNeeded, match="in journal IMPORT"):
        world.send(again)
    assert len(world.lines()) == 2
