"""Earlier runs that go on: an interrupted one of the same file, those that held a row of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.errors import UsageProblem
from importer.model import Bucket, RunRecord, Severity
from importer.pipeline.checking import utc_now
from importer.pipeline.connecting import Connected, same_place
from importer.pipeline.jobs import Choice, Job
from importer.pipeline.planned import accepted_now
from importer.pipeline.rereading import Reread, read_otherwise
from importer.states import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from importer.ledger import Ledger
    from importer.model import Payment
    from importer.states import Fingerprint, Plan

_LEFT = frozenset({Bucket.PLANNED, Bucket.HELD, Bucket.REJECTED})

_MAY_BE_SENT = (State.PLANNED, State.SENDING, State.UNKNOWN)


def as_registered(ledger: Ledger, run_id: str, job: Job) -> Job:
    """Return the command for a run that goes on: all or nothing of it, if it was registered so.

    What `stop` left is sent by whoever calls again.
    """
    word = ledger.on_error(run_id)
    if job.choice.on_error != "skip" or word != "all-or-nothing":
        return job
    return replace(job, choice=replace(job.choice, on_error=word))


def take_up(
    ledger: Ledger,
    run_id: str,
    job: Job,
    payments: Iterable[Payment],
    prints: Sequence[Mapping[int, Fingerprint]],
) -> None:
    """Tell that a run is taken up, and what the options of the command do to it.

    `payments` are those of the file, as it is read now; `prints` their identities by row, of which
    an annotated workbook may have two of each.

    Raises:
        UsageProblem: it would send what the user excludes, or otherwise than the file is read now.
    """
    waiting = ledger.in_states(run_id, *_MAY_BE_SENT)
    if job.accept_held:
        held = ledger.in_states(run_id, State.HELD)
        waiting += tuple(item for item in held if item.row in job.accept_held)
    now = {payment.row: payment for payment in payments}
    marks = {row: [of[row] for of in prints if row in of] for row in now}
    rows = [Reread(one, now.get(one.row), marks.get(one.row, ())) for one in waiting]
    if other := read_otherwise(ledger, run_id, rows):
        raise UsageProblem(
            f"Run {run_id} of this file was interrupted and is taken up as it was registered, and "
            f"{other}. Nothing was sent; call again with the profile and options of that time, or "
            f"give the run up first with 'customer-payments undo {run_id}'"
        )
    if excluded := _excluded(ledger, run_id, job.choice, {item.row for item in waiting}):
        raise UsageProblem(
            f"Run {run_id} of this file was interrupted and is taken up as it was registered, and "
            f"{excluded}. Nothing was sent; call again without that option, or give the run up "
            f"first with 'customer-payments undo {run_id}'"
        )
    job.say(f"Run {run_id} of this file was interrupted; it is taken up.")
    word = job.choice.on_error
    if job.choice != Choice(on_error=word):
        job.say("It stays as it was registered: --only, --skip and --strict choose no rows anew.")
    if word != "skip":
        what = "what is still to be sent" if word == "stop" else "the whole run"
        job.say(f"--on-error {word} holds for {what}.")


def _excluded(ledger: Ledger, run_id: str, choice: Choice, rows: Collection[int]) -> str:
    """Say which of the `rows` that a run may send the command excludes, `""` if none."""
    if left_out := sorted(row for row in rows if not choice.takes(row)):
        option = "--skip" if left_out[0] in choice.skip else "--only"
        return f"row {left_out[0]} waits there, which {option} leaves out now"
    if not choice.strict and choice.on_error == "skip":
        return ""
    record = ledger.run_record(run_id)
    # With --strict, a run is registered without a warning.
    warned = [one for one in record.findings if one.severity is Severity.WARNING]
    if choice.strict and any(one.row is None or one.row in rows for one in warned):
        return "payments with warnings wait there, which --strict rejects now"
    if choice.on_error != "skip" and any(row.bucket is Bucket.REJECTED for row in record.rows):
        return f"rows of it are rejected, for which --on-error {choice.on_error} sends nothing now"
    return ""


def release(ledger: Ledger, there: Connected, plans: Iterable[Plan], job: Job) -> frozenset[str]:
    """Release rows that earlier runs held, where the user accepts them now; name those runs.

    Raises:
        UsageProblem: a run is of another journal, or would send a row otherwise than it is now.
    """
    held: dict[str, dict[int, Plan]] = {}
    for plan in plans:
        if accepted_now(plan, job) and plan.known:
            held.setdefault(plan.known.run_id, {})[plan.known.row] = plan
    for run_id, accepted in held.items():
        same_place(ledger, there, run_id)
        _refuse_changed(ledger, run_id, accepted)
    return frozenset(
        run_id for run_id, rows in held.items() if ledger.accept_held(run_id, rows, utc_now())
    )


def _refuse_changed(ledger: Ledger, run_id: str, accepted: Mapping[int, Plan]) -> None:
    rows = (
        Reread(item, accepted[item.row].payment, [accepted[item.row].fingerprint])
        for item in ledger.in_states(run_id, State.HELD)
        if item.row in accepted and not item.server_id
    )
    if other := read_otherwise(ledger, run_id, rows):
        file = next(plan.known.file for plan in accepted.values() if plan.known)
        raise UsageProblem(
            f"--accept-held sends a row as run {run_id} holds it, and {other}. Nothing was sent; "
            f"accept it in the file of that run, {file}, or give that whole run up with "
            f"'customer-payments undo {run_id}', and import its file and this one again"
        )


@dataclass(slots=True)
class Told:
    """What the runs of one import have told of the rows of its file.

    `rows` is where each row ended; nothing more is to be said of those that are `done`.
    """

    rows: dict[int, Bucket] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def add(self, record: RunRecord, done: Iterable[int]) -> None:
        """Note what a run of the file has told."""
        self.rows.update((row.row, row.bucket) for row in record.rows)
        self.done.update(done)

    def lacks(self, rows: Iterable[tuple[int, Bucket]]) -> bool:
        """Tell whether one of the rows is still to be sent, or to be told as faulty or held."""
        return not self.rows or any(
            bucket in _LEFT and row not in self.done and bucket is not self.rows.get(row)
            for row, bucket in rows
        )


def left_by_others(record: RunRecord) -> str:
    """Say which lines of a run's file earlier runs created, `""` where there are none."""
    runs = sorted(
        {
            row.earlier.run_id
            for row in record.rows
            if row.bucket is Bucket.DUPLICATE
            and row.earlier is not None
            and row.earlier.file == record.source.file
        }
    )
    if not runs:
        return ""
    commands = " and ".join(f"'customer-payments undo {run_id}'" for run_id in runs)
    return f". Lines of this file that an earlier run created stay: {commands} takes back the rest"
