"""The group `customer-payments` and its commands."""

from __future__ import annotations

import click

from importer import __version__
from importer.cli import importing, serving, showing, template
from importer.cli.group import Group


@click.group(
    cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="customer-payments")
def cli() -> None:
    """Create each payment of a bank or spreadsheet export once in Business Central, and prove it.

    \b
    Try it without an account:  customer-payments demo
    Look at a file:             customer-payments preview statement.csv
    Dry run:                    customer-payments check statement.csv --offline
    The main job:               customer-payments import statement.csv --company NAME --journal CODE
    """


for command in (*importing.COMMANDS, *showing.COMMANDS, *serving.COMMANDS, *template.COMMANDS):
    cli.add_command(command)
