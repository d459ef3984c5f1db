"""The group `customer-payments` and its commands; each is loaded when it is called."""

from __future__ import annotations

import click

from importer import __version__
from importer.cli.group import Group, Listed

HELP = {
    "importing": {
        "check": "Dry run: everything that `import` does, without sending.",
        "import": "Create each payment of FILES once as a line of the journal, and prove it.",
        "preview": "Show what was understood of FILE: its rows as payments, before validation.",
        "resume": "Finish whatever is unfinished in the import ledger.",
        "undo": "Delete the unposted, unchanged lines of RUN and free its rows for a new import.",
    },
    "serving": {
        "companies": "List the companies that the connection sees.",
        "connection": "The connection to Business Central.",
        "demo": "Import made-up samples into the built-in simulator: no account needed.",
        "journals": "List the customer payment journals of the company.",
        "simulator": "Serve an imitation of the Business Central API on this machine until it is "
        "interrupted.",
    },
    "showing": {
        "profiles": "The layouts of source files: those shipped, and your own.",
        "report": "Write the reports of RUN again, byte for byte.",
        "status": "Show the runs in the import ledger, or the buckets and totals of RUN.",
    },
    "template": {
        "template": "Write a blank workbook FILE for payments that is hard to fill in wrongly.",
    },
}
"""The first sentence of each command's help, by the module that has the command."""


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


for module, commands in HELP.items():
    for name, sentence in commands.items():
        cli.add_command(Listed(name, f"importer.cli.{module}", sentence))
