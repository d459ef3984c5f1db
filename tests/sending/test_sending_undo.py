"""Undo deletes what is still exactly ours, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from importer.errors import ConfigurationProblem, PersonNeeded, ServiceUnavailable
from importer.model import AnswerKind
from importer.sending.comparing import filled
from importer.simulator import people
from importer.states import Change, State

DELETE = "DELETE"
ONE = r"customerPayments\("


def test_undo_deletes_the_lines_and_frees_the_payments(world, kit):
    run_id = world.run(kit.payments(3))
    undone = world.undo(run_id)
    assert (undone.deleted, undone.withdrawn, undone.kept) == ((2, 3, 4), (), ())
    assert world.lines() == []
    record = world.record(run_id)
    assert {row.bucket for row in record.rows} == {"held"}
    assert "deleted by undo" in record.rows[0].reason
    assert record.proof.lines == 0
    again = world.run(kit.payments(3))
    assert world.buckets(again) == {"created": 3}
    documents = {line["documentNumber"] for line in world.lines()}
    assert documents.isdisjoint(row.document_number for row in record.rows)
    assert min(line["lineNumber"] for line in world.lines()) == 50000


def test_undo_gives_up_what_was_never_sent(world, kit):
    run_id = world.register(kit.payments(2))
    undone = world.undo(run_id)
    assert (undone.deleted, undone.withdrawn) == ((), (2, 3))
    assert "given up" in world.record(run_id).rows[0].reason
    assert world.buckets(world.run(kit.payments(2))) == {"created": 2}


HOW_TO_FREE = (
    "its line is no longer shown in the journal: others posted, moved, applied or deleted it."
    " Look in the journals and in the posted entries; if it was deleted,"
    " 'customer-payments undo {} --deleted {}' frees the row"
)


def test_undo_keeps_what_was_edited_and_what_others_took(world, kit):
    run_id = world.run(kit.payments(3))
    world.company.edit(20000, "IMPORT", comment="checked")
    world.company.delete(30000, "IMPORT")
    undone = world.undo(run_id)
    assert undone.deleted == (4,)
    assert dict(undone.kept) == {
        2: "the line was changed since: comment: sent nothing, found checked",
        3: HOW_TO_FREE.format(run_id, 3),
    }
    assert world.undo(run_id, deleted={3}).deleted == (3,)
    assert "its line is gone from the journal" in world.record(run_id).rows[1].reason
    assert len(world.lines()) == 1
    again = world.run(kit.payments(3), "again.csv")
    assert world.buckets(again) == {"duplicate": 1, "created": 2}


@pytest.mark.parametrize("moved", [False, True])
def test_undo_frees_no_line_that_is_only_out_of_sight(world, kit, moved):
    """A line that is applied by its id is not shown; one of another journal is not looked for."""
    run_id = world.run(kit.payments(2))
    if moved:
        line = world.lines()[0]
        world.company.delete(20000, "IMPORT")
        kept = ("customerNumber", "postingDate", "documentNumber", "amount")
        world.company.add("OTHER", lineNumber=500, **{name: line[name] for name in kept})
    else:
        world.company.act("hide", journal="IMPORT", line=20000)
    undone = world.undo(run_id)
    assert (undone.deleted, undone.kept) == ((3,), ((2, HOW_TO_FREE.format(run_id, 2)),))
    assert world.buckets(world.run(kit.payments(2), "again.csv")) == {"duplicate": 1, "created": 1}


def test_a_person_frees_what_others_took_where_posted_entries_are_closed(world, kit):
    run_id = world.run(kit.payments(2))
    world.company.delete(20000, "IMPORT")
    world.faults(kit.Fault("answer", "GET", "generalLedger", status=403, code="Authorization_X"))
    undone = world.undo(run_id)
    assert (undone.deleted, undone.kept) == ((3,), ((2, HOW_TO_FREE.format(run_id, 2)),))
    assert world.undo(run_id, deleted={2}).deleted == (2,)


def test_what_was_posted_is_not_free_at_a_persons_word(world, kit):
    run_id = world.run(kit.payments(2))
    world.company.post("IMPORT")
    assert world.undo(run_id, deleted={2, 3}).kept == ((2, "it was posted"), (3, "it was posted"))


@pytest.mark.parametrize("hidden", [False, True])
def test_an_interrupted_deletion_is_free_at_a_persons_word(world, kit, hidden):
    """It may not have been executed, and others have had the line since."""
    run_id = world.run(kit.payments(2))
    world.faults(kit.Fault("lost_before", DELETE, ONE))
    with pytest.raises(ServiceUnavailable):
        world.undo(run_id)
    world.faults()
    if hidden:
        world.company.act("hide", journal="IMPORT", line=20000)
    else:
        world.company.delete(20000, "IMPORT")
    undone = world.undo(run_id)
    assert (undone.deleted, undone.kept) == ((3,), ((2, HOW_TO_FREE.format(run_id, 2)),))
    assert world.undo(run_id, deleted={2}).deleted == (2,)


@pytest.mark.parametrize("deleted", [frozenset(), {2}])
def test_a_number_of_the_file_that_was_posted_on_another_day_is_another_document(
    world, kit, deleted
):
    stated = {"document_number": "BANK-1"}
    world.run([kit.payment(2, "7.00", 1, **stated)], "before.csv")
    world.company.post("IMPORT")
    run_id = world.run([kit.payment(2, "2.25", 2, **stated), kit.payment(3)])
    if deleted:
        world.company.delete(world.lines()[0]["lineNumber"], "IMPORT")
    else:
        world.faults(kit.Fault("lost_after", DELETE, ONE, nth=1))
    assert world.undo(run_id, deleted=deleted).deleted == (2, 3)


def test_a_freed_line_that_is_shown_again_is_noticed(world, kit):
    run_id = world.run(kit.payments(2))
    database, place = world.simulator.database, {"journal": "IMPORT", "line": 20000}
    company = database.company(world.target.company_id)
    shown = people.line_of(company, place)
    world.company.act("hide", **place)
    assert world.undo(run_id, deleted={2}).deleted == (2, 3)
    with database.lock, database.transaction():
        hidden = people.line_of(company, place)
        again = replace(hidden, applies_to_type=shown.applies_to_type)
        company.put_line(database.touched(again), hidden)
    again = world.register(kit.payments(2), "again.csv")
    with pytest.raises(PersonNeeded, match="line 20000"):
        world.send(again)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("filled", [{}, {"description": "sent"}])
def test_undo_keeps_what_a_person_typed_where_nothing_or_something_was_sent(
    world, kit, lost, filled
):
    run_id = world.register(kit.payments(2, **filled))
    if lost:
        world.faults(kit.Fault("lost_after", kit.POST, kit.LINES, nth=1))
    world.send(run_id)
    world.company.edit(20000, "IMPORT", description="ask Marta first")
    before = "sent sent" if filled else "was Customer 1"
    undone = world.undo(run_id)
    assert undone.deleted == (3,)
    assert dict(undone.kept) == {
        2: f"the line was changed since: description: {before}, found ask Marta first"
    }
    (line,) = world.lines()
    assert line["description"] == "ask Marta first"
    difference = f"row 2: line 20000: description: {before}, found ask Marta first"
    assert world.record(run_id).proof.differences == (difference,)


def test_undo_keeps_a_line_whose_customer_a_person_changed(world, kit):
    """Only the invoice was sent; the server took the customer from it."""
    payment = kit.payment(2, "9.00", customer_number="", invoice_number="103001")
    run_id = world.run([payment, kit.payment(3)])
    assert world.buckets(run_id) == {"created": 2}
    world.company.edit(20000, "IMPORT", customerNumber="20000")
    reason = "the line was changed since: customer: was 10000, found 20000"
    assert dict(world.undo(run_id).kept) == {2: reason}
    assert len(world.lines()) == 1


def test_undo_keeps_what_was_posted(world, kit):
    run_id = world.run(kit.payments(2))
    world.company.post("IMPORT")
    assert dict(world.undo(run_id).kept) == {2: "it was posted", 3: "it was posted"}
    assert world.buckets(run_id) == {"created": 2}


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
def test_a_lost_answer_to_a_deletion_is_looked_up(world, kit, kind):
    run_id = world.run(kit.payments(2))
    world.faults(kit.Fault(kind, DELETE, ONE, nth=1))
    assert world.undo(run_id).deleted == (2, 3)
    assert world.lines() == []


def test_a_lost_answer_to_the_only_deletion(world, kit):
    run_id = world.run(kit.payments(1))
    world.faults(kit.Fault("lost_after", DELETE, ONE, nth=1))
    assert world.undo(run_id).deleted == (2,)


def test_a_line_that_is_posted_while_its_deletion_is_lost_is_kept(world, kit):
    run_id = world.run(kit.payments(1))
    world.faults(kit.Fault("lost_before", DELETE, ONE, nth=1))
    _at_the_second_look(world, lambda: world.company.post("IMPORT"))
    assert world.undo(run_id).kept == ((2, "it was posted"),)


def test_a_success_of_a_gateway_is_no_deletion(world, kit):
    run_id = world.run(kit.payments(2))
    world.faults(kit.Fault("answer", DELETE, ONE, status=200))
    with pytest.raises(ServiceUnavailable, match="no clear answer to the deletion of line 20000"):
        world.undo(run_id)
    assert len(world.lines()) == 2
    world.faults()
    assert world.undo(run_id).deleted == (2, 3)
    assert world.lines() == []


@pytest.mark.parametrize("rows", [1, 2])
def test_a_line_that_others_delete_at_that_moment(world, kit, rows):
    run_id = world.run(kit.payments(rows))
    act = {"action": "delete", "journal": "IMPORT", "line": 20000}
    world.faults(kit.Fault("act", DELETE, ONE, nth=1, act=act))
    undone = world.undo(run_id)
    assert undone.kept == ((2, HOW_TO_FREE.format(run_id, 2)),)
    assert world.buckets(run_id) == {"created": 1} | ({"held": 1} if rows == 2 else {})


def test_a_line_that_others_edit_at_that_moment_is_kept(world, kit):
    run_id = world.run(kit.payments(1))
    act = {"action": "edit", "journal": "IMPORT", "line": 20000, "set": {"amount": -7}}
    world.faults(kit.Fault("act", DELETE, ONE, nth=1, act=act))
    undone = world.undo(run_id)
    assert "amount: sent -2.25, found -7" in undone.kept[0][1]
    assert len(world.lines()) == 1


def test_a_line_that_may_not_be_deleted_is_kept(world, kit):
    run_id = world.run(kit.payments(2))
    world.faults(
        kit.Fault(
            "answer",
            DELETE,
            ONE,
            nth=1,
            status=400,
            code="Application_DialogException",
            message="Journal line cannot be modified.",
        )
    )
    undone = world.undo(run_id)
    assert undone.deleted == (3,)
    assert "refused to delete" in undone.kept[0][1]


def test_undo_stops_where_deleting_is_not_allowed(world, kit):
    run_id = world.run(kit.payments(2))
    world.faults(kit.Fault("answer", DELETE, ONE, status=403, code="Authorization_X"))
    with pytest.raises(ConfigurationProblem):
        world.undo(run_id)
    assert world.buckets(run_id) == {"created": 2}


def test_an_interrupted_undo_is_finished_by_resume_or_undo(world, kit):
    run_id = world.run(kit.payments(2))
    world.faults(kit.Fault("lost_before", DELETE, ONE))
    with pytest.raises(ServiceUnavailable):
        world.undo(run_id)
    assert world.buckets(run_id) == {"unknown": 1, "created": 1}
    world.faults()
    with world.open() as ledger:
        assert ledger.unfinished() == [run_id]
    world.send(run_id)
    assert world.buckets(run_id) == {"held": 1, "created": 1}
    assert world.undo(run_id).deleted == (3,)


def test_a_deletion_of_a_dead_process_is_resolved_at_a_persons_word(world, kit):
    run_id = world.run(kit.payments(1))
    with world.open() as ledger:
        items = ledger.in_states(run_id, State.CREATED)
        ledger.claim(items, State.UNDOING, world.clock())
    line = world.server.by_id(items[0].server_id)
    world.server.delete(line.id, line.etag)
    assert world.undo(run_id).kept == ((2, HOW_TO_FREE.format(run_id, 2)),)
    assert world.buckets(run_id) == {"created": 1}
    assert world.undo(run_id, deleted={2}).deleted == (2,)


def test_undo_deletes_nothing_where_the_journal_is_gone(world, kit):
    """Lines that went with their journal were not deleted by us."""
    run_id = world.run(kit.payments(1))
    with world.open() as ledger:
        ledger.claim(ledger.in_states(run_id, State.CREATED), State.UNDOING, world.clock())
    world.company.act("delete_journal", journal="IMPORT")
    undone = world.undo(run_id)
    assert (undone.deleted, undone.withdrawn) == ((), ())
    assert undone.kept == ((2, HOW_TO_FREE.format(run_id, 2)),)
    assert world.buckets(run_id) == {"created": 1}
    proof = world.record(run_id).proof
    assert (proof.lines, len(proof.differences)) == (0, 1)
    assert "is no longer in the journal, nor in the posted entries" in proof.differences[0]
    assert world.undo(run_id, deleted={2}).deleted == (2,)


@pytest.mark.parametrize("posted", [False, True])
def test_undo_gives_up_what_was_never_sent_to_a_journal_that_is_gone(world, kit, posted):
    """Row 2 was created, the answer of row 3 was lost, row 4 was claimed, row 5 is planned."""
    run_id = world.register(kit.payments(4))
    with world.open() as ledger:
        first, second, third, _ = ledger.in_states(run_id, State.PLANNED)
        sent = [first, second] if posted else [first]
        answers = [world.server.send(item.payload) for item in sent]
        ledger.claim([first, second, third], State.SENDING, world.clock())
        created, lost, _ = ledger.in_states(run_id, State.SENDING)
        line = answers[0].line
        ledger.record(
            [
                Change(created, State.CREATED, "", answers[0], line.id, filled=filled(line)),
                Change(lost, State.UNKNOWN, since=world.clock()),
            ],
            world.clock(),
        )
    if posted:
        world.company.post("IMPORT")
    world.company.act("delete_journal", journal="IMPORT")
    undone = world.undo(run_id)
    assert (undone.deleted, undone.withdrawn) == ((), (5,))
    assert world.buckets(run_id) == {"created": 1 + posted, "held": 3 - posted}
    assert "enter the payment by hand" in dict(undone.kept)[4]
    proof = world.record(run_id).proof
    assert (proof.lines, len(proof.differences)) == ((2, 0) if posted else (0, 1))
    assert world.undo(run_id).withdrawn == ()


def test_what_was_proven_before_is_not_told_of_a_half_undone_run(world, kit):
    run_id = world.run(kit.payments(3))
    assert world.undo(run_id, stop=_after(1)).stopped
    record = world.record(run_id)
    assert (record.proof, record.finished_at) == (None, None)
    assert "call it again" in record.message
    with world.open() as ledger:
        assert ledger.undo_begun(run_id)
        assert ledger.unfinished() == [run_id]
    world.undo(run_id)
    assert world.record(run_id).message == "undone"
    with world.open() as ledger:
        assert not ledger.undo_begun(run_id)
        assert ledger.unfinished() == []


@pytest.mark.parametrize("written", [False, True])
def test_a_line_of_which_a_person_changed_a_dimension_is_kept(world, kit, written):
    run_id = world.register([kit.payment(row, dimensions=(("area", "north"),)) for row in (2, 3)])
    if not written:
        world.faults(kit.Fault("lost_before", kit.POST, "dimensionSetLines"))
        with pytest.raises(ServiceUnavailable):
            world.send(run_id)
        world.faults()
        assert world.undo(run_id).deleted == (2, 3)
        return
    world.send(run_id)
    line = world.lines()[0]
    assert world.server.set_dimension(line["id"], "AREA", "SOUTH").kind is AnswerKind.DONE
    undone = world.undo(run_id)
    assert undone.deleted == (3,)
    changed = "the line was changed since: dimension area: sent north, found SOUTH"
    assert undone.kept == ((2, changed),)


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_line_without_a_version_is_kept(world, kit, interrupted):
    run_id = world.run(kit.payments(1))
    if interrupted:
        with world.open() as ledger:
            ledger.claim(ledger.in_states(run_id, State.CREATED), State.UNDOING, world.clock())
    by_id = world.server.by_id
    world.server.by_id = lambda line_id: replace(by_id(line_id), etag="")
    undone = world.undo(run_id)
    assert undone.kept == ((2, "the server tells no version (etag) of the line to delete"),)
    assert world.buckets(run_id) == {"created": 1}
    assert len(world.lines()) == 1


def test_an_edited_line_of_an_interrupted_undo_is_kept(world, kit):
    run_id = world.run(kit.payments(1))
    with world.open() as ledger:
        ledger.claim(ledger.in_states(run_id, State.CREATED), State.UNDOING, world.clock())
    world.company.edit(20000, "IMPORT", comment="checked")
    assert "changed since" in world.undo(run_id).kept[0][1]
    assert world.buckets(run_id) == {"created": 1}


def test_undo_resolves_what_is_unknown_first(world, kit):
    run_id = world.register(kit.payments(2))
    world.faults(kit.Fault("lost_after", kit.POST, kit.LINES))
    assert world.send(run_id, stop=_after(3)).stopped
    world.faults()
    assert world.undo(run_id).deleted == (2, 3)


def test_undo_keeps_what_stays_unknown(world, kit):
    run_id = world.register(kit.payments(1))
    world.faults(kit.Fault("lost_before", kit.POST, kit.LINES))
    with pytest.raises(ServiceUnavailable):
        world.send(run_id)
    assert "not known yet" in world.undo(run_id).kept[0][1]


def test_undo_keeps_what_is_held_in_doubt(world, kit):
    run_id = world.register([kit.payment(2, "1.005"), kit.payment(3)])
    world.send(run_id)
    undone = world.undo(run_id)
    assert undone.deleted == (3,)
    assert undone.kept[0][1].startswith("held: the server created line")
    assert undone.kept[0][1].endswith(
        "If it is wrong, delete it in the journal;"
        f" 'customer-payments undo {run_id} --deleted 2' frees the row"
    )


@pytest.mark.parametrize("others", [True, False])
def test_what_was_created_otherwise_is_free_when_a_person_deleted_it(world, kit, others):
    run_id = world.register([kit.payment(2, "1.005"), *([kit.payment(3)] if others else [])])
    world.send(run_id)
    assert world.undo(run_id, deleted={2}).withdrawn == ()
    world.company.delete(20000, "IMPORT")
    kept = dict(world.undo(run_id).kept)[2]
    assert kept.endswith(HOW_TO_FREE.format(run_id, 2))
    undone = world.undo(run_id, deleted={2})
    assert (undone.withdrawn, undone.kept) == ((2,), ())
    assert "its line is gone from the journal" in world.record(run_id).rows[0].reason
    assert world.buckets(world.run([kit.payment(2, "1.005")], "b.csv")) == {"held": 1}
    assert len(world.lines()) == 1


def test_undo_keeps_what_the_server_created_without_showing_it(world, kit):
    run_id = world.register(kit.payments(1))
    send = world.server.send
    world.server.send = lambda payload: replace(send(payload), line=None)
    world.send(run_id)
    del world.server.send
    undone = world.undo(run_id)
    assert (undone.deleted, undone.withdrawn) == ((), ())
    assert "shows no line" in undone.kept[0][1]
    assert undone.kept[0][1].endswith(
        f"'customer-payments undo {run_id} --deleted 2' frees the row"
    )
    assert world.buckets(world.run(kit.payments(1), "again.csv")) == {"held": 1}
    assert len(world.lines()) == 1
    world.company.delete(20000, "IMPORT")
    assert world.undo(run_id, deleted={2}).withdrawn == (2,)
    assert world.buckets(world.run(kit.payments(1), "again.csv")) == {"created": 1}


@pytest.mark.parametrize("posted", [False, True])
@pytest.mark.parametrize("stated", [{}, {"document_number": "BANK-1"}])
def test_undo_keeps_what_was_seen_with_another_ledger(world, kit, posted, stated):
    world.run([kit.payment(2, **stated)])
    if posted:
        world.company.post("IMPORT")
    world.path.unlink()
    rows = [kit.payment(2, **stated), kit.payment(3)]
    run_id = world.register(rows)
    world.send(run_id, acknowledge=True)
    undone = world.undo(run_id)
    assert (undone.deleted, undone.withdrawn) == ((3,), ())
    assert "already in the journal or in the posted entries" in dict(undone.kept)[2]
    world.run(rows)
    assert world.amounts() == ([] if posted else [Decimal("2.25")]) + [Decimal("3.25")]


def test_a_lost_deletion_frees_nothing_when_other_lines_have_left_the_journal(world, kit):
    """The journal may have been posted with other document numbers."""
    run_id = world.run(kit.payments(3))
    world.faults(kit.Fault("lost_before", DELETE, ONE, nth=1))

    def taken():
        for number in (20000, 30000, 40000):
            world.company.delete(number, "IMPORT")

    _at_the_second_look(world, taken)
    undone = world.undo(run_id)
    assert undone.deleted == ()
    assert "line 30000 of this run has left the journal" in dict(undone.kept)[2]
    assert "deletion was lost" in world.record(run_id).rows[0].reason
    assert world.buckets(world.run(kit.payments(3), "again.csv")) == {"duplicate": 3}


def test_a_lost_deletion_counts_where_the_others_were_posted_under_their_numbers(world, kit):
    run_id = world.run(kit.payments(3))
    world.faults(kit.Fault("lost_after", DELETE, ONE, nth=1))
    _at_the_second_look(world, lambda: world.company.post("IMPORT"))
    undone = world.undo(run_id)
    assert undone.deleted == (2,)
    assert {reason for _, reason in undone.kept} == {"it was posted"}


def _at_the_second_look(world, happens):
    """Let something happen between a deletion and the look for what became of it."""
    by_id, asked = world.server.by_id, []

    class Looking(type(world.server)):
        def by_id(self, line_id):
            asked.append(line_id)
            if len(asked) == 2:
                happens()
            return by_id(line_id)

    world.server.__class__ = Looking


def test_undo_can_be_stopped(world, kit):
    run_id = world.run(kit.payments(3))
    undone = world.undo(run_id, stop=_after(1))
    assert undone.stopped
    assert undone.deleted == (2,)
    assert world.undo(run_id).deleted == (3, 4)
    assert world.undo(run_id).deleted == ()


def test_undo_tells_its_progress(world, kit):
    run_id = world.run(kit.payments(2))
    told = []
    world.undo(run_id, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]


def _after(count):
    asked = iter(range(1000))
    return lambda: next(asked) >= count
