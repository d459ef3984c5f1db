"""The order of the stages: check, import, resume, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import ControlMismatch, ImporterError, PersonNeeded
from importer.model import Bucket, RunRecord, Target
from importer.pipeline import checking
from importer.pipeline.checking import Checked
from importer.pipeline.connecting import Connected, connected
from importer.pipeline.jobs import Intent, Job, Run
from importer.pipeline.understanding import Understood, understand, validated
from importer.reconciliation import reconcile
from importer.states import FREED_STATES, Decision, NewRun, Plan, State

if TYPE_CHECKING:
    from importer.ledger import Ledger
    from importer.sending import Undone
    from importer.validation import Validated


def check(path: Path, job: Job, *, offline: bool) -> Run:
    """Do everything that an import does, but send; write the reports.

    Raises:
        ImporterError: the file, a setting or a control total is wrong.
    """
    understood, valid = _read(path, job)
    if offline:
        checked, plans, target = checking.unmatched(valid), None, None
    else:
        from importer.ledger import open_ledger

        with connected(job.target, job.say) as there:
            target = there.target
            with open_ledger(job.ledger, write=False) as ledger:
                checked, plans = _planned(understood, valid, there, ledger, job)
    checked = replace(checked, rows=checking.with_cells(understood, checked.rows))
    record = checking.dry_record(understood, checked, plans, target, checking.utc_now)
    _keep_source(understood, record.run_id, job)
    return _reported(record, job, _stated_fault(valid, job))


def import_file(path: Path, job: Job, *, confirm: Callable[[Intent], bool]) -> Run:
    """Create each payment of a file once, prove it, write the reports.

    Raises:
        ImporterError: nothing was sent; once sending began, the fault is in the result.
    """
    from importer.ledger import open_ledger

    understood, valid = _read(path, job)
    if (differing := _stated_fault(valid, job)) is not None:
        raise differing
    with (
        open_ledger(job.ledger, write=True) as ledger,
        connected(job.target, job.say, create=True) as there,
    ):
        new = _new_run(understood, there.target)
        run_id = ledger.interrupted(new)
        if run_id is None:
            checked, plans = _planned(understood, valid, there, ledger, job)
            checking.without_faults(checked, job.choice)
            if not confirm(_intent(checked, plans, there.target)):
                raise ImporterError("Nothing was sent, as you wished")
            _release(ledger, plans, job)
            rows = checking.with_cells(understood, checked.rows)
            run_id = ledger.register(new, rows, checked.findings, plans).run_id
        else:
            job.say(f"Run {run_id} of this file was interrupted; it is taken up.")
        _keep_source(understood, run_id, job)
        fault = _send(ledger, there, run_id, job)
        fault = _after_refusal(ledger, there, run_id, job) or fault
        record = ledger.run_record(run_id)
    return _reported(record, job, fault)


def resume(job: Job) -> list[Run]:
    """Finish whatever is unfinished in the import ledger for the journal of the settings."""
    from importer.ledger import open_ledger
    from importer.planning import company_key
    from importer.reports import prepare_folder

    prepare_folder(job.report_dir)
    runs: list[Run] = []
    with open_ledger(job.ledger, write=True) as ledger:
        if not ledger.unfinished():
            return []
        with connected(job.target, job.say) as there:
            key = company_key(there.target)
            for run_id in ledger.unfinished(key, there.journal.id):
                fault = _send(ledger, there, run_id, job)
                runs.append(_reported(ledger.run_record(run_id), job, fault))
                if fault is not None:
                    break
    return runs


def undo(run_id: str, job: Job) -> Undone:
    """Delete a run's unposted, unchanged lines and free its rows for a new import."""
    from importer.ledger import open_ledger
    from importer.sending import undo_run

    with (
        open_ledger(job.ledger, write=True) as ledger,
        connected(job.target, job.say) as there,
    ):
        return undo_run(
            ledger,
            there.server,
            run_id,
            settle_seconds=job.settle_seconds,
            progress=_progress(job, "Deleting"),
            stop=job.stop,
        )


def _read(path: Path, job: Job) -> tuple[Understood, Validated]:
    from importer.reports import prepare_folder

    prepare_folder(job.report_dir)
    understood = understand(path, job.reading)
    for line in understood.story:
        job.say(line)
    valid = validated(understood, job.target.api)
    checking.controlled(valid.rows, job.expect_count, job.expect_total)
    return understood, checking.chosen(valid, job.choice)


def _stated_fault(valid: Validated, job: Job) -> ControlMismatch | None:
    """Return the fault of a file whose own totals differ, unless the user accepts that."""
    return None if job.accept_totals else checking.stated_fault(valid.findings)


def _new_run(understood: Understood, target: Target) -> NewRun:
    from importer.planning import company_key

    return NewRun(
        command="import",
        started_at=checking.utc_now(),
        source=understood.grid.source,
        layout=understood.grid.layout,
        header=understood.mapped.header,
        profile=understood.profile.name,
        target=target,
        company=company_key(target),
        understood=understood.story,
        versions=checking.versions(),
    )


def _planned(
    understood: Understood, valid: Validated, there: Connected, ledger: Ledger, job: Job
) -> tuple[Checked, tuple[Plan, ...]]:
    """Compare with the ledger, then with the company; decide about every row."""
    from importer.planning import company_key, fingerprints, plan
    from schemas.payment import GENERATIONS

    company = company_key(there.target)
    prints = fingerprints(
        valid.payments,
        identity=understood.profile.identity_tier,
        company=company,
        source_sha256=understood.grid.source.sha256,
    )
    known = ledger.known(company, [mark.digest for mark in prints.values()])
    earlier = {
        row
        for row, mark in prints.items()
        if mark.digest in known and known[mark.digest].state not in FREED_STATES
    }
    checked = checking.matched(understood, valid, there, earlier=earlier, strict=job.choice.strict)
    plans = plan(
        checked.payments,
        prints,
        ledger,
        company=company,
        properties=GENERATIONS[there.target.generation].properties,
        highest_visible=there.server.highest(),
        highest_bound=ledger.highest_bound(company, there.journal.id),
        accepted=job.accept_held,
    )
    return checked, plans


def _release(ledger: Ledger, plans: tuple[Plan, ...], job: Job) -> None:
    """Release rows that an earlier run of this file held, where the user accepts them now."""
    held: dict[str, set[int]] = {}
    for plan in plans:
        if plan.row in job.accept_held and plan.known and plan.known.state is State.HELD:
            held.setdefault(plan.known.run_id, set()).add(plan.known.row)
    for run_id, rows in held.items():
        ledger.accept_held(run_id, rows, checking.utc_now())


def _intent(checked: Checked, plans: tuple[Plan, ...], target: Target) -> Intent:
    sent = [plan.payment for plan in plans if plan.decision is Decision.SEND]
    record_rows = checking.outcomes(checked, plans)
    counts = dict.fromkeys(Bucket, 0)
    totals = dict.fromkeys(Bucket, Decimal(0))
    for row in record_rows:
        counts[row.bucket] += 1
        totals[row.bucket] += max(row.amount or Decimal(0), Decimal(0))
    days = sorted(payment.posting_date for payment in sent)
    return Intent(
        target=target,
        counts=counts,
        totals=totals,
        largest=max((payment.amount for payment in sent), default=Decimal(0)),
        first_day=days[0].isoformat() if days else "no date",
        last_day=days[-1].isoformat() if days else "no date",
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
        )
    except ImporterError as fault:
        return fault
    return None


def _refused(ledger: Ledger, run_id: str) -> bool:
    return ledger.counts(run_id)[State.REFUSED] > 0


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
    undone = undo_run(ledger, there.server, run_id, settle_seconds=job.settle_seconds)
    if undone.kept:
        return PersonNeeded(
            f"The server refused a row and --on-error is {word}, but {len(undone.kept)} lines "
            f"could not be taken back: row {undone.kept[0][0]}: {undone.kept[0][1]}"
        )
    return ControlMismatch(
        f"The server refused a row and --on-error is {word}: the {len(undone.deleted)} lines "
        "that were created before were deleted again"
    )


def _progress(job: Job, what: str) -> Callable[[int, int], None]:
    return lambda done, total: job.progress(what, done, total)


def _keep_source(understood: Understood, run_id: str, job: Job) -> None:
    from importer.reports import keep_source

    grid = understood.grid
    keep_source(Path(grid.source.path), grid.source, grid.layout, job.report_dir / run_id)


def _reported(record: RunRecord, job: Job, fault: ImporterError | None) -> Run:
    from importer.reports import write_reports

    reconciliation, paths = reconcile(record), None
    try:
        paths = write_reports(record, reconciliation, job.report_dir / record.run_id)
    except ImporterError as unwritten:
        if record.command == "check":
            raise
        # What was sent must be told, even where its reports cannot be written.
        fault = fault or ImporterError(
            f"{unwritten}. What was sent is recorded: 'customer-payments report {record.run_id}' "
            "writes the reports"
        )
    return Run(record, reconciliation, paths, fault)
