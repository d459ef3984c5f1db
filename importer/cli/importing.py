"""The commands that read a source file: preview, check, import, resume, undo."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli import options
from importer.cli.ledgers import ledger_of, no_ledger
from importer.cli.output import Console, console_of, is_terminal
from importer.cli.several import each, found, refuse_rows_of_several, tell_runs
from importer.cli.stopping import ending_cleanly, stopping
from importer.errors import ImporterError, InputProblem, NeedsInput

if TYPE_CHECKING:
    from importer.model import SourceRow
    from importer.pipeline import Confirm, Intent, Run
    from importer.sending import Undone

PERSON_MUST_LOOK, TRY_LATER = 4, 5
_OF_ROWS = ("only", "skip", "accept_held")

# Whether a file may be read shows at its turn: the others have theirs.
_SOURCE = options.Named(readable=False)
file = click.argument("file", type=_SOURCE)
files = click.argument("files", nargs=-1, required=True, type=_SOURCE)


@click.command()
@file
@options.source
@options.as_json_lines
@options.verbosity
def preview(file: Path, **given: Any) -> int:
    """Show what was understood of FILE: its rows as payments, before validation.

    Example: customer-payments preview statement.csv --profile demo-bank-de
    """
    from importer import pipeline

    console = console_of(given)
    try:
        understood = pipeline.understand(file, reading_of(given), infer=True)
        rows = pipeline.source_rows(understood)
    except InputProblem as fault:
        if not given["as_json"]:
            raise
        readings = list(fault.readings) if isinstance(fault, NeedsInput) else []
        console.json_line({"verdict": fault.verdict, "why": str(fault), "readings": readings})
        return fault.exit_code
    if given["as_json"]:
        for row in rows:
            console.json_line(_preview_line(row))
    else:
        for line in understood.story:
            console.say(line)
        console.lines(_preview_table(rows))
    for doubt in pipeline.doubts(understood):
        console.say(doubt.sentence(understood.grid.source.file))
    return 0


def _preview_line(row: SourceRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "kind": str(row.kind),
        "date": row.posting_date.isoformat() if row.posting_date else None,
        "amount": None if row.amount is None else f"{row.amount:f}",
        "currency": row.currency or None,
        "counterparty": row.counterparty or None,
        "reference": row.reference or None,
        "bucket": "payment" if row.bucket is None else str(row.bucket),
        "reason": row.reason or None,
    }


def _preview_table(rows: Sequence[SourceRow]) -> Iterator[str]:
    from importer.cli.output import table

    header = ("Row", "Kind", "Date", "Amount", "Currency", "Counterparty", "Reference", "Reason")
    cells = [
        (
            str(row.row),
            str(row.kind),
            row.posting_date.isoformat() if row.posting_date else "",
            "" if row.amount is None else f"{row.amount:,f}",
            row.currency,
            _shown(row.counterparty, 30),
            _shown(row.reference, 40),
            _shown(row.reason, 60),
        )
        for row in rows
    ]
    yield table(header, cells, right=(0, 3))


def _shown(text: str, width: int) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= width else plain[: width - 1] + "…"


@click.command()
@files
@options.source
@options.option("--offline", is_flag=True, help="Do not connect: check the file alone.")
@options.connection
@options.journal
@options.ledger
@options.report_dir
@options.choices
@options.controls
@options.as_json
@options.verbosity
def check(files: tuple[Path, ...], **given: Any) -> int:
    """Dry run: everything that `import` does, without sending.

    Example: customer-payments check statement.csv --offline
    """
    from importer import pipeline

    console = console_of(given)

    def one(path: Path) -> Iterator[Run]:
        yield pipeline.check(path, _job(given, console), offline=given["offline"])

    with ending_cleanly():
        return each(_found(files, given, console), one, console, as_json=given["as_json"])


@click.command(name="import")
@files
@options.source
@options.connection
@options.journal
@options.sending
@options.scheduled
@options.ledger
@options.report_dir
@options.choices
@options.controls
@options.option(
    "--accept-held",
    type=options.Rows(),
    default=frozenset(),
    metavar="ROWS",
    help="Send these held rows as payments of their own.",
)
@options.option("--yes", is_flag=True, help="Do not ask before sending.")
@options.as_json
@options.verbosity
def import_(files: tuple[Path, ...], **given: Any) -> int:
    """Create each payment of FILES once as a line of the journal, and prove it.

    A folder or a pattern stands for its files, in the order of their first posting dates; each
    is a run of its own. An interrupted import of the same file is taken up by itself; what it did
    not take of the file follows as another run.

    Example: customer-payments import statement.csv --company CRONUS --journal IMPORT --yes
    """
    from importer import pipeline

    console = console_of(given)
    with stopping(console.say) as stop:

        def one(path: Path) -> Iterator[Run]:
            job = _job(given, console, stop=stop)
            with stop.one_file():
                for run in pipeline.import_file(path, job, confirm=_confirmation(given)):
                    stop.run_ended()
                    yield run

        return each(
            _found(files, given, console),
            one,
            console,
            as_json=given["as_json"],
            stop=lambda: stop.asked,
            archive=given["archive"],
            notify=given["notify"],
        )


@click.command()
@options.connection
@options.journal
@options.sending
@options.ledger
@options.report_dir
@options.as_json
@options.verbosity
def resume(**given: Any) -> int:
    """Finish whatever is unfinished in the import ledger.

    Example: customer-payments resume --base-url https://…
    """
    from importer import pipeline

    console = console_of(given)
    if missing := no_ledger(ledger_of(given)):  # as before the first import of all
        console.say(f"{missing}. Nothing is unfinished.")
        return tell_runs([], [], console, as_json=given["as_json"])
    with stopping(console.say) as stop, stop.one_file():
        runs = pipeline.resume(_job(given, console, stop=stop))
    return tell_runs(runs, [], console, as_json=given["as_json"])


@click.command()
@click.argument("run")
@options.connection
@options.journal
@options.ledger
@options.report_dir
@options.settling
@options.option(
    "--deleted",
    type=options.Rows(),
    default=frozenset(),
    metavar="ROWS",
    help="Free these rows too: a person deleted their lines in the journal.",
)
@options.option("--yes", is_flag=True, help="Do not ask before deleting.")
@options.as_json
@options.verbosity
def undo(run: str, **given: Any) -> int:
    """Delete the unposted, unchanged lines of RUN and free its rows for a new import.

    Example: customer-payments undo 20260215-0001 --yes
    """
    from importer import pipeline

    console = console_of(given)
    ledger_of(given, needed=True)
    with stopping(console.say) as stop, stop.one_file():
        if _asks(given) and not _confirmed(f"Delete the journal lines of run {run}?"):
            raise ImporterError("Nothing was deleted, as you wished")
        job = _job(given, console, stop=stop)
        undone = pipeline.undo(run, job, deleted=given["deleted"])
    if given["as_json"]:
        console.document(asdict(undone))
    else:
        console.lines(_undone_lines(undone))
    if undone.stopped:
        return TRY_LATER
    return PERSON_MUST_LOOK if undone.kept else 0


def _undone_lines(undone: Undone) -> Iterator[str]:
    if not (undone.deleted or undone.withdrawn or undone.kept or undone.stopped):
        yield f"Nothing of run {undone.run_id} was left to undo."
    elif undone.deleted:
        one = len(undone.deleted) == 1
        lines = "line is deleted; its row" if one else "lines are deleted; their rows"
        yield f"{len(undone.deleted):,} journal {lines} can be imported again."
    if undone.withdrawn:
        rows = "row is" if len(undone.withdrawn) == 1 else "rows are"
        yield f"{len(undone.withdrawn):,} {rows} given up, of which nothing is there."
    for row, reason in undone.kept:
        yield f"row {row} kept: {reason}"
    if undone.stopped:
        yield f"Stopped before the end: run 'customer-payments undo {undone.run_id}' again."


COMMANDS = (preview, check, import_, resume, undo)


def reading_of(given: dict[str, Any]) -> Any:
    """Collect what the user says about the file from a command's arguments."""
    from importer.pipeline import Reading

    return Reading(
        profile=given.get("profile", ""),
        encoding=given.get("encoding", ""),
        delimiter=given.get("delimiter", ""),
        sheet=given.get("sheet", ""),
        date_format=given.get("date_format", ""),
        decimal=given.get("decimal") or "",
        positive=given.get("positive") or "",
        **{name: given.get(name) or "" for name in options.ANSWERS},
        limits=options.limits_of(given),
    )


def _found(files: tuple[Path, ...], given: dict[str, Any], console: Console) -> list[Path]:
    paths = found(files, reading_of(given), console.say)
    rows = {f"--{name.replace('_', '-')}": given.get(name) for name in _OF_ROWS}
    refuse_rows_of_several(paths, rows)
    return paths


def _job(given: dict[str, Any], console: Console, stop: Callable[[], bool] | None = None) -> Any:
    from importer.pipeline import Job

    return Job(
        reading=reading_of(given),
        target=options.target_options(given),
        ledger=ledger_of(given),
        report_dir=given["report_dir"],
        expect_count=given.get("expect_count"),
        expect_total=given.get("expect_total"),
        choice=_choice(given),
        accept_held=given.get("accept_held", frozenset()),
        accept_totals=given.get("accept_totals", False),
        acknowledge=given.get("acknowledge_lines", False),
        settle_seconds=given.get("settle_seconds", options.SETTLE_SECONDS),
        say=console.say,
        progress=console.progress,
        stop=stop or (lambda: False),
    )


def _choice(given: dict[str, Any]) -> Any:
    from importer.pipeline import Choice

    return Choice(
        only=given.get("only"),
        skip=given.get("skip") or frozenset(),
        strict=given.get("strict", False),
        on_error=given.get("on_error", "skip"),
    )


def _asks(given: dict[str, Any]) -> bool:
    """Tell whether somebody sits there who can see the question and answer it."""
    if given["yes"]:
        return False
    return is_terminal(sys.stdin) and (is_terminal(sys.stderr) or is_terminal(sys.stdout))


def _confirmed(question: str, lines: Iterable[str] = ()) -> bool:
    """Ask where it is seen: on stderr, or on stdout where stderr goes to a file."""
    on_stderr = is_terminal(sys.stderr)
    for line in lines:
        click.echo(line, err=on_stderr)
    return click.confirm(question, err=on_stderr)


def _confirmation(given: dict[str, Any]) -> Confirm:
    def confirm(sum_up: Callable[[], Intent]) -> bool:
        if not _asks(given):
            return True
        intent = sum_up()
        return not intent.sends or _confirmed("Send these payments?", intent.lines())

    return confirm
