"""The commands around the service: demo, simulator, connection check, companies, journals."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli import options
from importer.cli.output import console_of, table
from importer.errors import ServiceUnavailable, UsageProblem

if TYPE_CHECKING:
    from importer.business_central import Journal


@click.command()
@options.report_dir
@options.verbosity
def demo(**given: Any) -> int:
    """Import made-up samples into the built-in simulator: no account needed.

    Example: customer-payments demo
    """
    from importer.cli.demo import run_demo

    console = console_of(given)
    return run_demo(given["report_dir"], console.result, console.say, console.progress)


@click.command()
@options.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port (default: a free one)."
)
@options.option("--fixture", type=options.Named(), help="Fill it from this JSON file.")
@options.option("--no-auth", is_flag=True, help="Let every caller in.")
@options.option("--latency-ms", type=click.FloatRange(min=0), default=0.0, help="Wait per request.")
@options.option(
    "--line-ms", type=click.FloatRange(min=0), default=0.0, help="Wait per journal line."
)
@options.option("--limits", is_flag=True, help="Refuse more than 6,000 requests in 5 minutes.")
@options.verbosity
def simulator(
    port: int,
    fixture: Path | None,
    no_auth: bool,
    latency_ms: float,
    line_ms: float,
    limits: bool,
    **given: Any,
) -> int:
    """Serve an imitation of the Business Central API on this machine until it is interrupted.

    \b
    It prints its URL; with --no-auth these work against it:
      customer-payments journals --base-url URL
      customer-payments import FILE --base-url URL --journal IMPORT

    Example: customer-payments simulator --port 8080 --no-auth
    """
    from importer.simulator import QUEUE_ONLY, FixtureError, Limits, serve

    console = console_of(given)
    try:
        serve(
            fixture,
            port=port,
            auth=not no_auth,
            latency_ms=latency_ms,
            line_ms=line_ms,
            limits=Limits() if limits else QUEUE_ONLY,
            announce=console.result,
        )
    except FixtureError as fault:
        raise UsageProblem(
            f"--fixture: {fault}. Correct the file, or leave the option out"
        ) from None
    except OSError as fault:
        raise UsageProblem(
            f"Port {port} cannot be opened ({fault.strerror}). Choose another with --port, or "
            "leave the option out for a free one"
        ) from None
    return 0


@click.group()
def connection() -> None:
    """The connection to Business Central.

    Example: customer-payments connection check
    """


@connection.command(name="check")
@options.connection
@options.journal
@options.as_json
@options.verbosity
def connection_check(**given: Any) -> int:
    """Say in one line each whether token, company, journal, permissions and limits are right.

    Example: customer-payments connection check --company CRONUS --journal IMPORT
    """
    from importer import pipeline

    console = console_of(given)
    lines = pipeline.check_connection(options.target_options(given), console.say)
    if given["as_json"]:
        console.document([asdict(line) for line in lines])
    else:
        for line in lines:
            mark = "ok   " if line.ok else "FAULT"
            said = ". ".join(filter(None, (line.message, line.remedy)))
            console.result(f"{mark} {line.name}: {said}")
    faults = [line for line in lines if not line.ok]
    if not faults:
        return 0
    return ServiceUnavailable.exit_code if all(line.later for line in faults) else 1


@click.command()
@options.connection
@options.as_json
@options.verbosity
def companies(**given: Any) -> int:
    """List the companies that the connection sees.

    Example: customer-payments companies --base-url https://…
    """
    from importer import pipeline

    console = console_of(given)
    found = pipeline.companies(options.target_options(given), console.say)
    if given["as_json"]:
        console.document([{"id": c.id, "name": c.name} for c in found])
    else:
        console.result(table(("Name", "Id"), [(c.name, c.id) for c in found]))
    return 0


@click.command()
@options.connection
@options.as_json
@options.verbosity
def journals(**given: Any) -> int:
    """List the customer payment journals of the company.

    Example: customer-payments journals --company CRONUS
    """
    from importer import pipeline

    console = console_of(given)
    found = pipeline.journals(options.target_options(given), console.say)
    if given["as_json"]:
        console.document([_shown(journal) for journal in found])
    else:
        rows = [(j.code, j.display_name, j.balancing_account_number) for j in found]
        console.result(table(("Code", "Name", "Balancing account"), rows))
    return 0


def _shown(journal: Journal) -> dict[str, str]:
    return {
        "id": journal.id,
        "code": journal.code,
        "name": journal.display_name,
        "balancing_account": journal.balancing_account_number,
    }


COMMANDS: tuple[click.Command, ...] = (
    demo,
    simulator,
    connection,
    companies,
    journals,
)
