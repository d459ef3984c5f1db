"""The order of the stages: check, import, resume, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import ControlMismatch, ImporterError, PersonNeeded
from importer.model import Reconciliation, RunRecord, Target
from importer.pipeline import checking
from importer.pipeline.checking import Checked, Taken
from importer.pipeline.connecting import Connected, connected, journal_of
from importer.pipeline.elsewhere import company_of, tell_of_copies, unfinished_elsewhere
from importer.pipeline.jobs import Choice, Confirm, Job, Run
from importer.pipeline.planned import file_fault, identified, intent, planned, unsent
from importer.pipeline.taking_back import being_undone, end_undo, refuse_while_undone
from importer.pipeline.taking_up import as_registered, left_by_others, release, take_up
from importer.pipeline.understanding import (
    Understood,
    opened,
    understand,
    understand_whole,
    validated,
)
from importer.reconciliation import balanced, reconcile
from importer.states import NewRun, State

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


def import_file(path: Path, job: Job, *, confirm: Confirm) -> Run:
    """Create each payment of a file once, prove it, write the reports.

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
        new = _new_run(understood, there.target, company_of(ledger, there.target), job)
        tell_of_copies(ledger, new, job.say)
        run_id = ledger.interrupted(new)
        if run_id is None:
            checked, plans = planned(understood, taken, there, ledger, job)
            if (unfit := file_fault(checked, job)) is not None:
                raise unfit
            checking.without_faults(checked, job.choice)
            checking.tell_of_file(checked, understood.grid.source.file, job.say)
            if not confirm(lambda: intent(checked, plans, there.target, job)):
                raise ImporterError("Nothing was sent, as you wished")
            released = release(ledger, there, plans, job)
            run_id = ledger.interrupted(new)
            for earlier in released - {run_id}:
                ended = _resumed(ledger, there, earlier, job)
                if ended.fault is not None:
                    return ended
            if run_id is None:
                if released:
                    checked, plans = planned(understood, taken, there, ledger, job)
                rows = checking.with_cells(understood, checked.rows)
                new = replace(new, understood=(*new.understood, *checked.compared))
                run_id = ledger.register(new, rows, checked.findings, plans).run_id
        else:
            refuse_while_undone(ledger, run_id)
            job = as_registered(ledger, run_id, job)
            *prints, _ = identified(understood, taken, new.company, ledger)
            take_up(ledger, run_id, job, taken.whole, prints)
            ledger.accept_held(run_id, job.accept_held, checking.utc_now())
        _keep_source(understood, run_id, job)
        fault = _send(ledger, there, run_id, job)
        fault = _after_refusal(ledger, there, run_id, job) or fault
        record = ledger.run_record(run_id)
    return _reported(record, job, fault)


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
    job = as_registered(ledger, run_id, job)
    fault = _send(ledger, there, run_id, job)
    fault = _after_refusal(ledger, there, run_id, job) or fault
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
            progress=_progress(job, "Deleting"),
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


def _new_run(understood: Understood, target: Target, company: str, job: Job) -> NewRun:
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
        on_error=job.choice.on_error,
    )


def _send(ledger: Ledger, there: Connected, run_id: str, job: Job) -> ImporterError | None:
    from importer.sending import send_run

    stops = job.choice.on_error != "skip"
    try:
        send_run(
            ledger,
            there.server,
            run_id,
            batch_size=job.target.batch_size,
            settle_seconds=job.settle_seconds,
            progress=_progress(job, "Sending"),
            stop=lambda: job.stop() or (stops and _refused(ledger, run_id)),
            acknowledge=job.acknowledge,
            say=job.say,
        )
    except ImporterError as fault:
        return fault
    return None


def _refused(ledger: Ledger, run_id: str) -> bool:
    return ledger.any_in(run_id, State.REFUSED)


def _after_refusal(ledger: Ledger, there: Connected, run_id: str, job: Job) -> ImporterError | None:
    """Give up, or take back, the rest of a run of which the server refused a row."""
    from importer.sending import undo_run

    if job.choice.on_error == "skip" or not _refused(ledger, run_id):
        return None
    word = job.choice.on_error
    if word == "stop":
        return ControlMismatch(
            f"The server refused a row and --on-error is {word}: what was not sent stays planned. "
            "'customer-payments resume' sends it, 'customer-payments undo' gives it up"
        )
    try:
        undone = undo_run(ledger, there.server, run_id, settle_seconds=job.settle_seconds)
    except ImporterError as fault:
        job.say(f"'customer-payments undo {run_id}' takes back the rest of run {run_id}.")
        return fault
    if undone.kept:
        return PersonNeeded(
            f"The server refused a row and --on-error is {word}, but {len(undone.kept)} lines "
            f"could not be taken back: row {undone.kept[0][0]}: {undone.kept[0][1]}"
        )
    return ControlMismatch(
        f"The server refused a row and --on-error is {word}: the {len(undone.deleted)} lines "
        f"that were created before were deleted again{left_by_others(ledger.run_record(run_id))}"
    )


def _progress(job: Job, what: str) -> Callable[[int, int], None]:
    return lambda done, total: job.progress(what, done, total)


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
