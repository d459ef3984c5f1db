"""The commands that only show: status, report, profiles."""

from __future__ import annotations

from typing import Any

import click

from importer.cli import options
from importer.cli.output import Console, table


def _console(given: dict[str, Any]) -> Console:
    return Console(verbose=given["verbose"], quiet=given["quiet"])


@click.command()
@click.argument("run", required=False, default="")
@options.ledger
@options.as_json
@options.verbosity
def status(run: str, **given: Any) -> int:
    """Show the runs in the import ledger, or the buckets and totals of RUN.

    Example: customer-payments status
    """
    from importer import pipeline
    from importer.settings import default_ledger

    console, location = _console(given), given["ledger"] or default_ledger()
    if run:
        shown = pipeline.recorded(run, location)
        if given["as_json"]:
            console.document(shown.document())
        else:
            console.lines(shown.lines())
        return 0
    runs = pipeline.runs(location)
    if given["as_json"]:
        console.document({"runs": [summary.document() for summary in runs]})
        return 0
    if not runs:
        console.say(f"No run is recorded in {location}.")
        return 0
    rows = [summary.cells() for summary in runs]
    console.result(table(("Run", "State", "File", "Rows", "Buckets"), rows, right=(3,)))
    return 0


@click.command()
@click.argument("run")
@options.ledger
@options.report_dir
@options.as_json
@options.verbosity
def report(run: str, **given: Any) -> int:
    """Write the reports of RUN again, byte for byte.

    Example: customer-payments report 20260215-093000-4f2a --report-dir reports
    """
    from importer import pipeline
    from importer.settings import default_ledger

    console = _console(given)
    written = pipeline.write_again(run, given["ledger"] or default_ledger(), given["report_dir"])
    if given["as_json"]:
        console.document(written.document())
    else:
        console.lines(written.paths_lines())
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
    """List the shipped profiles.

    Example: customer-payments profiles list
    """
    from schemas.profile import shipped

    console = _console(given)
    found = [(profile.name, profile.title) for profile in shipped()]
    if given["as_json"]:
        console.document([{"name": name, "title": title} for name, title in found])
    else:
        console.result(table(("Name", "Source"), found))
    return 0


@profiles.command(name="show")
@click.argument("name")
@options.verbosity
def show_profile(name: str, **given: Any) -> int:
    """Print the profile NAME as TOML: copy it to make your own.

    Example: customer-payments profiles show demo-bank-de > mine.toml
    """
    from importer.errors import UsageProblem
    from schemas.profile import ProfileError, profile_text

    try:
        _console(given).result(profile_text(name).rstrip("\n"))
    except ProfileError as fault:
        raise UsageProblem(str(fault)) from None
    return 0


COMMANDS: tuple[click.Command, ...] = (status, report, profiles)
