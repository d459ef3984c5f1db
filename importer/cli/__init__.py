"""The command line: parse, call, print, choose the exit code. Only this room prints."""

from __future__ import annotations

import gc
import io
import os
import sys

FEW_LOOKS = 50_000
"""New objects between two looks for garbage; the usual 700 suit programs that make more of it."""


def main() -> None:
    """Run `customer-payments` with the arguments of the process."""
    # Nothing here multiplies matrices; the threads that numpy's library starts for it wait busily.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Loaded code is no garbage. Not looking through it, neither meanwhile nor at the end, saves a
    # tenth of a short command's time.
    gc.set_threshold(FEW_LOOKS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter that it lacks must not end an import
    from importer.cli.commands import cli
    from importer.cli.group import run

    code = run(cli)
    gc.freeze()
    sys.exit(code)
