"""The command line: parse, call, print, choose the exit code. Only this room prints."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `customer-payments` with the arguments of the process."""
    from importer.cli.commands import cli
    from importer.cli.group import run

    sys.exit(run(cli))
