"""The commands that only show: status, report, profiles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli import options
from importer.cli.ledgers import ledger_of
from importer.cli.output import console_of, table
from importer.errors import PersonNeeded

if TYPE_CHECKING:
    from importer.states import RunSummary

PERSON_MUST_LOOK = 4


@click.command()
@click.argument("run", required=False, default="")
@options.option("--verify", is_flag=True, help="Say first whether the import ledger was altered.")
@options.ledger
@options.language
@options.as_json
@options.verbosity
def status(run: str, **given: Any) -> int:
    """Show the runs in the import ledger, or the buckets and totals of RUN.

    Example: customer-payments status
    """
    from importer import pipeline
    from importer.reports import listing

    console = console_of(given)
    # A run or a ledger that is named is there, or the name is wrong.
    location = ledger_of(given, needed=bool(run or (given["verify"] and given["ledger"])))
    verified = {"altered": list(pipeline.altered(location))} if given["verify"] else {}
    if verified and (fault := _alteration(verified["altered"], location)):
        if not given["as_json"]:
            raise fault
        console.say(f"Error: {fault}.", level=0)
        console.document({**verified, "error": str(fault), "exit_code": fault.exit_code})
        return fault.exit_code
    missing = pipeline.missing_ledger(location)
    if verified and not given["as_json"] and not missing:
        console.result(listing.unaltered(location))
    if run:
        shown = pipeline.recorded(run, location)
        if given["as_json"]:
            console.document({**shown.document(), **verified})
        else:
            console.lines(shown.lines())
        return 0
    runs = pipeline.runs(location)
    if missing:
        console.say(listing.no_ledger(str(missing)))
    elif not runs and not given["as_json"]:
        console.say(listing.no_run(location))
    if given["as_json"]:
        console.document({**verified, "runs": [_summary_document(summary) for summary in runs]})
    elif runs:
        console.result(_table_of(runs))
    return 0


def _table_of(runs: Sequence[RunSummary]) -> str:
    from importer.reports import listing

    rows = [listing.cells(summary) for summary in runs]
    return table(listing.header(), rows, right=listing.RIGHT)


def _alteration(altered: Sequence[str], location: str) -> PersonNeeded | None:
    if not altered:
        return None
    more = f", and {len(altered) - 1:,} more" if len(altered) > 1 else ""
    return PersonNeeded(
        f"{location} was altered by another program: {altered[0]}{more}. Compare it with a "
        "copy and with the journal before anything is sent with it"
    )


def _summary_document(summary: RunSummary) -> dict[str, Any]:
    return {
        "run_id": summary.run_id,
        "command": summary.command,
        "started_at": summary.started_at.isoformat(),
        "finished_at": summary.finished_at.isoformat() if summary.finished_at else None,
        "file": summary.file,
        "company": summary.company_name,
        "journal": summary.journal_code,
        "rows": summary.rows,
        "unfinished": summary.unfinished,
        "counts": {str(bucket): n for bucket, n in summary.counts.items()},
        "totals": {str(bucket): f"{total:f}" for bucket, total in summary.totals.items()},
        "message": summary.message,
    }


@click.command()
@click.argument("run")
@options.ledger
@options.report_dir
@click.option(
    "--source",
    type=options.Named(),
    help="The workbook that was imported, where its copy is not in the run's folder.",
)
@options.as_json
@options.verbosity
def report(run: str, **given: Any) -> int:
    """Write the reports of RUN again, byte for byte.

    Example: customer-payments report 20260215-0001 --report-dir reports
    """
    from importer import pipeline

    console = console_of(given)
    location = ledger_of(given, needed=True)
    source = given["source"]
    written = pipeline.write_again(
        run, location, given["report_dir"], source, kept_in=options.USUAL_REPORTS, say=console.say
    )
    if given["as_json"]:
        console.document(written.document())
    else:
        console.lines(str(path) for path in written.paths or ())
    return 0


@click.group()
def profiles() -> None:
    """The layouts of source files: those shipped, and your own.

    Example: customer-payments profiles list
    """


@profiles.command(name="list")
@options.as_json
@options.verbosity
def list_profiles(**given: Any) -> int:
    """List your own profiles, with their files, and those shipped.

    Example: customer-payments profiles list
    """
    console = console_of(given)
    found = _profiles_there()
    for one in found:
        if one["fault"]:
            console.say(f"{one['fault']}", level=0)
    if given["as_json"]:
        console.document(found)
    else:
        rows = [(one["name"], one["title"], one["path"] or "shipped") for one in found]
        console.result(table(("Name", "Source", "From"), rows))
    return 0


def _profiles_there() -> list[dict[str, Any]]:
    """Return what `profiles list` says of each profile; of two with one name that which counts."""
    from importer.settings import profile_folders
    from schemas.profile import ProfileError, load, shipped

    found: dict[str, dict[str, Any]] = {}
    for path in (path for folder in profile_folders() for path in sorted(folder.glob("*.toml"))):
        title = fault = ""
        try:
            title = load(str(path)).title
        except ProfileError as broken:
            fault = str(broken)
        of_it = {"name": path.stem, "title": title, "own": True, "path": str(path), "fault": fault}
        found.setdefault(path.stem, of_it)
    for one in shipped():
        of_it = {"name": one.name, "title": one.title, "own": False, "path": None, "fault": ""}
        found.setdefault(one.name, of_it)
    return list(found.values())


@profiles.command(name="show")
@click.argument("name")
@options.verbosity
def show_profile(name: str, **given: Any) -> int:
    """Print the profile NAME, your own or a shipped one, as TOML: copy it to make your own.

    Example: customer-payments profiles show demo-bank-de > mine.toml
    """
    from importer.errors import UsageProblem
    from importer.settings import profile_folders
    from schemas.profile import ProfileError, own_file, text_of

    console, folders = console_of(given), profile_folders()
    try:
        text = text_of(name, folders)
    except ProfileError as fault:
        raise UsageProblem(str(fault)) from None
    if path := own_file(name, folders):
        console.say(f"This is your own profile {path}.")
    console.result(text.rstrip("\n"))
    return 0


@profiles.command(name="new")
@click.argument("file", type=options.Named(readable=False))
@options.source
@options.verbosity
def new_profile(file: Path, **given: Any) -> int:
    """Propose a profile for FILE by its content: TOML with the reason of each choice.

    What could not be decided is left as a marked question (exit code 4).

    Example: customer-payments profiles new statement.csv > my-bank.toml
    """
    from importer import pipeline
    from importer.cli.importing import reading_of

    console = console_of(given)
    proposal = pipeline.propose_for(file, reading_of(given))
    console.result(proposal.toml.rstrip("\n"))
    for question in proposal.questions:
        console.say(f"To decide: {question.text}")
        for reading in question.readings:
            console.say(f"  - {reading}")
    return PERSON_MUST_LOOK if any(one.blocking for one in proposal.questions) else 0


COMMANDS: tuple[click.Command, ...] = (status, report, profiles)
