"""What a list of the runs says, in the language of the reports; light to load."""

from __future__ import annotations

from importer.model import Bucket
from importer.reports.language import figures, say
from importer.states import RunSummary

RIGHT = (3,)
"""The columns that are numbers."""


def header() -> tuple[str, ...]:
    """Return the titles of the columns."""
    return say("Run"), say("State"), say("File"), say("Rows"), say("Buckets")


def cells(summary: RunSummary) -> tuple[str, ...]:
    """Return a run as the cells of its line."""
    left = say("{n} left", n=figures(f"{summary.unfinished:,}"))
    unproven = summary.finished_at is None and summary.counts[Bucket.CREATED]
    ended = say("not proven") if unproven else say("finished")
    state = left if summary.unfinished else ended
    counts = ", ".join(
        f"{figures(f'{n:,}')} {say(str(bucket))}" for bucket, n in summary.counts.items() if n
    )
    return summary.run_id, state, summary.file, figures(f"{summary.rows:,}"), counts


def no_run(place: str) -> str:
    """Say that no run is recorded in an import ledger."""
    return say("No run is recorded in {place}.", place=place)


def no_ledger(place: str) -> str:
    """Say that there is no import ledger yet."""
    return say("There is no import ledger at {place} yet; the first import makes it.", place=place)


def unaltered(place: str) -> str:
    """Say that an import ledger is as it was written."""
    return say("{place} is as this tool wrote it; nothing in it was altered.", place=place)
