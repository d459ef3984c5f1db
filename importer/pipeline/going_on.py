"""A registered run is sent to its end, or as far as the user wants where a row is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import ControlMismatch, ImporterError, PersonNeeded
from importer.pipeline.taking_up import left_by_others
from importer.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.ledger import Ledger
    from importer.pipeline.connecting import Connected
    from importer.pipeline.jobs import Job


def sent(ledger: Ledger, there: Connected, run_id: str, job: Job) -> ImporterError | None:
    """Send what is left of a run and prove it; return why that ended early."""
    fault = _send(ledger, there, run_id, job)
    return _after_refusal(ledger, there, run_id, job) or fault


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
            progress=progress(job, "Sending"),
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


def progress(job: Job, what: str) -> Callable[[int, int], None]:
    """Return what tells how far a step of a job is."""
    return lambda done, total: job.progress(what, done, total)
