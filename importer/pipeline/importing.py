"""The order of the stages: check, import, resume, undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import ImporterError
from importer.model import Bucket, Reconciliation, RunRecord, Target
from importer.pipeline import checking
from importer.pipeline.checking import Checked, Taken
from importer.pipeline.connecting import Connected, connected, journal_of
from importer.pipeline.elsewhere import company_of, tell_of_copies, unfinished_elsewhere
from importer.pipeline.going_on import progress, sent
from importer.pipeline.jobs import Choice, Confirm, Job, Run
from importer.pipeline.planned import (
    accepted_now,
    ends,
    file_fault,
    identified,
    intent,
    planned,
    unsent,
)
from importer.pipeline.taking_back import being_undone, end_undo, refuse_while_undone
from importer.pipeline.taking_up import Told, as_registered, release, take_up
from importer.pipeline.understanding import (
    Understood,
    opened,
    understand,
    understand_whole,
    validated,
)
from importer.reconciliation import balanced, reconcile
from importer.states import NewRun, Plan

if TYPE_CHECKING:
    from importer.ledger import Ledger
    from importer.pipeline.columns_written import WrittenColumns
    from importer.pipeline.large import LargeRows
    from importer.reading.parts import Parts
    from importer.reports import Lines
    from importer.reports.apart import Workbooks
    from importer.sending import Undone


def check(path: Path, job: Job, *, offline: bool) -> Run:
    """Do everything that an import does, but send; write the reports.

    Raises:
        ImporterError: the file, a setting or a control total is wrong.
    """
    from importer.reports import LARGE_ROWS, ahead, load, prepare_folder

    prepare_folder(job.report_dir)
    alone = offline and job.choice == Choice()
    with ahead(path) as started:
        with opened(path, job.reading) as parts:
            load()
            large = alone and len(parts.first().frame) > LARGE_ROWS
            if large and (run := _large(parts, job)) is not None:
                return run
            understood = understand_whole(parts.whole(), job.reading)
        _tell(understood, job)
        if alone and len(understood.mapped.frame) > LARGE_ROWS:
            return _check_large(understood, job)
        taken = _taken(understood, job)
        if offline:
            checked, plans, target = checking.unmatched(taken.valid), None, None
        else:
            from importer.ledger import open_ledger

            with connected(job.target, job.say) as there:
                target = there.target
                with open_ledger(job.ledger, write=False) as ledger:
                    checked, plans = planned(understood, taken, there, ledger, job)
        checked = replace(checked, rows=checking.with_cells(understood, checked.rows))
        record = checking.dry_record(understood, checked, plans, target, checking.utc_now)
        record = replace(record, message=unsent(checked, job))
        _keep_source(understood, record.run_id, job)
        return _reported(record, job, file_fault(checked, job), started=started)


def import_file(path: Path, job: Job, *, confirm: Confirm) -> Iterator[Run]:
    """Create each payment of a file once, prove it, write the reports; yield each run that ended.

    That is one, but where an interrupted run of the file is taken up or held rows are released:
    those runs go on, and what is left of the file is a run of its own.

    Raises:
        ImporterError: nothing was sent; once sending began, the fault is in the result.
    """
    from importer.ledger import open_ledger

    understood = _understood(path, job)
    taken = _taken(understood, job)
    if (unfit := file_fault(taken.valid, job)) is not None:
        raise unfit
    with (
        open_ledger(job.ledger, write=True) as ledger,
        connected(job.target, job.say, create=True) as there,
    ):
        company = company_of(ledger, there.target)
        new = _new_run(understood, there.target, company, job.choice.on_error)
        tell_of_copies(ledger, new, job.say)
        one = _Import(understood, taken, job, ledger, there, new)
        told = Told()
        while (run_id := ledger.interrupted(new)) is not None:
            run = _taken_up(one, run_id)
            yield run
            if run.fault is not None or ledger.interrupted(new) == run_id:
                return
            told.add(run.record, (row.row for row in run.record.rows if row.line_number))
        if told.lacks((row.row, row.bucket or Bucket.PLANNED) for row in taken.valid.rows):
            yield from _planned_anew(one, told, confirm)


@dataclass(frozen=True, slots=True)
class _Import:
    """One file on its way: what was understood and taken of it, and where it goes."""

    understood: Understood
    taken: Taken
    job: Job
    ledger: Ledger
    there: Connected
    new: NewRun

    def planned(self) -> tuple[Checked, tuple[Plan, ...]]:
        """Decide about every row.

        Raises:
            ControlMismatch: nothing of the file may be sent.
        """
        decided = planned(self.understood, self.taken, self.there, self.ledger, self.job)
        if (unfit := file_fault(decided[0], self.job)) is not None:
            raise unfit
        return decided


def _taken_up(one: _Import, run_id: str) -> Run:
    refuse_while_undone(one.ledger, run_id)
    ledger, job = one.ledger, as_registered(one.ledger, run_id, one.job)
    *prints, _ = identified(one.understood, one.taken, one.new.company, ledger)
    take_up(ledger, run_id, job, one.taken.whole, prints)
    ledger.accept_held(run_id, job.accept_held, checking.utc_now())
    _keep_source(one.understood, run_id, job)
    return _ended(ledger, one.there, run_id, job)


def _planned_anew(one: _Import, told: Told, confirm: Confirm) -> Iterator[Run]:
    """Send what is left of a file, after the earlier runs of which the user releases rows."""
    ledger, there, job = one.ledger, one.there, one.job
    checked, plans = one.planned()
    if not told.lacks(ends(checked, plans, job)):
        return
    if told.rows:
        job.say("Rows of this file that were not taken there are a run of their own.")
    checking.without_faults(checked, job.choice)
    checking.tell_of_file(checked, one.understood.grid.source.file, job.say)
    if not confirm(lambda: intent(checked, plans, there.target, job)):
        raise ImporterError(f"Nothing {'more ' if told.rows else ''}was sent, as you wished")
    released = release(ledger, there, plans, job)
    for run in _released(one, sorted(released), plans, told):
        yield run
        if run.fault is not None:
            return
    if ledger.interrupted(one.new) is not None:
        return
    if released:
        checked, plans = one.planned()
        if not told.lacks(ends(checked, plans, job)):
            return
    rows = checking.with_cells(one.understood, checked.rows)
    new = replace(one.new, understood=(*one.new.understood, *checked.compared))
    run_id = ledger.register(new, rows, checked.findings, plans).run_id
    _keep_source(one.understood, run_id, job)
    yield _ended(ledger, there, run_id, job)


def _released(
    one: _Import, released: Iterable[str], plans: Iterable[Plan], told: Told
) -> Iterator[Run]:
    """Let the runs go on that held rows of a file; one of the file itself tells of all its rows."""
    own = one.ledger.interrupted(one.new)
    # What this call wants where a row is refused is said of its own run.
    job = replace(one.job, choice=Choice())
    for run_id in released:
        if run_id == own:
            _keep_source(one.understood, run_id, job)
        run = _resumed(one.ledger, one.there, run_id, job)
        if run_id == own:
            told.add(run.record, (plan.row for plan in plans if accepted_now(plan, job)))
        yield run


def resume(job: Job) -> list[Run]:
    """Finish whatever is unfinished in the import ledger for the journal of the settings."""
    from importer.ledger import open_ledger
    from importer.reports import prepare_folder

    prepare_folder(job.report_dir)
    runs: list[Run] = []
    with open_ledger(job.ledger, write=True) as ledger:
        if not (unfinished := ledger.unfinished()):
            job.say("Nothing is unfinished.")
            return []
        with connected(job.target, job.say) as there:
            key = company_of(ledger, there.target)
            for run_id in ledger.unfinished(key, there.journal.id):
                runs.append(_resumed(ledger, there, run_id, job))
                if runs[-1].fault is not None:
                    break
            if not runs:
                job.say(unfinished_elsewhere(ledger, there, unfinished))
    return runs


def _resumed(ledger: Ledger, there: Connected, run_id: str, job: Job) -> Run:
    if being_undone(ledger, run_id):
        fault = end_undo(ledger, there, run_id, job)
        return _reported(ledger.run_record(run_id), job, fault)
    return _ended(ledger, there, run_id, as_registered(ledger, run_id, job))


def _ended(ledger: Ledger, there: Connected, run_id: str, job: Job) -> Run:
    fault = sent(ledger, there, run_id, job)
    return _reported(ledger.run_record(run_id), job, fault)


def undo(run_id: str, job: Job, *, deleted: frozenset[int] = frozenset()) -> Undone:
    """Delete a run's unposted, unchanged lines and free its rows for a new import.

    `deleted` are the rows whose lines a person says to have deleted.
    """
    from importer.ledger import open_ledger
    from importer.sending import undo_run

    with (
        open_ledger(job.ledger, write=True) as ledger,
        connected(job.target, job.say) as there,
    ):
        undone = undo_run(
            ledger,
            journal_of(ledger, there, run_id),
            run_id,
            settle_seconds=job.settle_seconds,
            deleted=deleted,
            progress=progress(job, "Deleting"),
            stop=job.stop,
            say=job.say,
        )
        if not (job.report_dir / run_id).is_dir():
            job.say(f"'customer-payments report {run_id}' writes the reports of what is left.")
        elif (unwritten := _reported(ledger.run_record(run_id), job, None).fault) is not None:
            job.say(str(unwritten))
        return undone


def _large(parts: Parts, job: Job) -> Run | None:
    """Check a file of many rows part by part; None where that cannot be."""
    from importer.pipeline.columns_written import written_columns
    from importer.pipeline.large import check_parts

    with written_columns(job.report_dir) as written:
        found = check_parts(parts, job.reading, job.target.api, written)
        if found is None:
            return None
        understood, record, rows = found
        _tell(understood, job)
        return _check_rows(record, rows, written, job)


def _check_large(understood: Understood, job: Job) -> Run:
    """Check a file of many rows without making a value of each."""
    from importer.pipeline.columns_written import written_columns
    from importer.pipeline.large import LargeCheck, begun

    with written_columns(job.report_dir) as written:
        check = LargeCheck(understood.mapped, job.target.api, written)
        record = begun(understood, written)
        check.add(understood.mapped)
        return _check_rows(record, check.rows(), written, job)


def _check_rows(record: RunRecord, rows: LargeRows, written: WrittenColumns, job: Job) -> Run:
    checking.compared(rows.incoming, rows.received, job.expect_count, job.expect_total)
    checked = Checked(rows.rejected, (), (), rows.findings)
    record = replace(
        record,
        rows=checking.outcomes(checked, ()),
        findings=rows.findings,
        message=unsent(checked, job),
        finished_at=checking.utc_now(),
    )
    proof = balanced(record, rows.counts, rows.sums, rows.doubled)
    return _reported(record, job, file_fault(checked, job), proof, written)


def _understood(path: Path, job: Job) -> Understood:
    from importer.reports import prepare_folder

    prepare_folder(job.report_dir)
    understood = understand(path, job.reading)
    _tell(understood, job)
    return understood


def _tell(understood: Understood, job: Job) -> None:
    for line in understood.story:
        job.say(line)


def _taken(understood: Understood, job: Job) -> Taken:
    valid = validated(understood, job.target.api)
    checking.controlled(valid.rows, job.expect_count, job.expect_total)
    return Taken(checking.chosen(valid, job.choice), valid.payments)


def _new_run(understood: Understood, target: Target, company: str, on_error: str) -> NewRun:
    return NewRun(
        command="import",
        started_at=checking.utc_now(),
        source=understood.grid.source,
        layout=checking.layout_of(understood),
        header=understood.mapped.header,
        profile=understood.profile.name,
        target=target,
        company=company,
        understood=understood.story,
        versions=checking.versions(),
        on_error=on_error,
    )


def _keep_source(understood: Understood, run_id: str, job: Job) -> None:
    from importer.reports import keep_source

    grid = understood.grid
    keep_source(Path(grid.source.path), grid.source, grid.layout, job.report_dir / run_id)


def _reported(
    record: RunRecord,
    job: Job,
    fault: ImporterError | None,
    reconciliation: Reconciliation | None = None,
    lines: Lines | None = None,
    started: Workbooks | None = None,
) -> Run:
    """Write the reports; `reconciliation` and `lines` are those of rows not in the record."""
    from importer.reports import LARGE_ROWS, write_reports

    reconciliation, paths = reconciliation or reconcile(record), None
    if reconciliation.rows > LARGE_ROWS:
        job.say(
            f"More than {LARGE_ROWS:,} rows: all are in reconciliation.csv and .json; the page "
            "shows those that were not taken, and there is no workbook"
        )
    folder = job.report_dir / record.run_id
    try:
        paths = write_reports(record, reconciliation, folder, lines, started)
    except ImporterError as unwritten:
        if record.command == "check":
            raise
        # What was sent must be told, even where its reports cannot be written.
        fault = fault or ImporterError(
            f"{str(unwritten).rstrip('.')}. What was sent is recorded: "
            f"'customer-payments report {record.run_id}' writes the reports"
        )
    return Run(record, reconciliation, paths, fault)
