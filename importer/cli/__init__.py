"""The command line: parse, call, print, choose the exit code. Only this room prints."""

from __future__ import annotations

import sys

from importer.cli.commands import cli


def main() -> None:
    """Run `customer-payments` with the arguments of the process."""
    sys.exit(cli.main(prog_name="customer-payments", standalone_mode=False))
