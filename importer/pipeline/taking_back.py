"""A run whose undo has begun: nothing more of it is sent, and the undo is brought to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import ImporterError, PersonNeeded
from importer.states import State

if TYPE_CHECKING:
    from importer.ledger import Ledger
    from importer.pipeline.connecting import Connected
    from importer.pipeline.jobs import Job


def being_undone(ledger: Ledger, run_id: str) -> bool:
    """Tell whether the undo of a run has begun and not ended."""
    # Ledgers of earlier versions say it by their lines alone.
    return ledger.undo_begun(run_id) or ledger.any_in(run_id, State.UNDOING)


def refuse_while_undone(ledger: Ledger, run_id: str) -> None:
    """Refuse to send a file whose run is being undone.

    Raises:
        PersonNeeded: it is.
    """
    if being_undone(ledger, run_id):
        raise PersonNeeded(
            f"The undo of run {run_id} of this file was interrupted. Nothing was sent; "
            f"'customer-payments undo {run_id}' or 'customer-payments resume' ends it, then "
            "import the file again"
        )


def end_undo(ledger: Ledger, there: Connected, run_id: str, job: Job) -> ImporterError | None:
    """Take up an undo that was interrupted; return why it did not end, or what it kept."""
    from importer.sending import undo_run

    job.say(f"The undo of run {run_id} was interrupted; it goes on.")
    try:
        undone = undo_run(
            ledger,
            there.server,
            run_id,
            settle_seconds=job.settle_seconds,
            stop=job.stop,
            say=job.say,
        )
    except ImporterError as fault:
        return fault
    if not undone.kept:
        return None
    row, reason = undone.kept[0]
    return PersonNeeded(
        f"Run {run_id} is undone but for {len(undone.kept)} rows; row {row} is kept: {reason}"
    )
