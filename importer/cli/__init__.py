"""The command line: parse, call, print, choose the exit code. Only this room prints."""

from __future__ import annotations

import gc
import sys

FEW_LOOKS = 50_000
"""New objects between two looks for garbage; the usual 700 suit programs that make more of it."""


def main() -> None:
    """Run `customer-payments` with the arguments of the process."""
    # Loaded code is no garbage. Not looking through it, neither meanwhile nor at the end, saves a
    # tenth of a short command's time.
    gc.set_threshold(FEW_LOOKS)
    from importer.cli.commands import cli
    from importer.cli.group import run

    code = run(cli)
    gc.freeze()
    sys.exit(code)
