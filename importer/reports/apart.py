"""The two workbooks of a run, written by a process of their own where that pays or must be.

The user's own workbook is an untrusted file: it is opened in that process, under limits, and only
after the process has written `reconciliation.xlsx`. Started ahead, it loads the library that
writes workbooks, which takes longer than writing small ones, while the source is read and checked.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, Self

from importer.model import Reconciliation, RunRecord
from importer.reports.annotated import annotated_xlsx
from importer.reports.confined import give, seconds_for, take
from importer.reports.language import spoken

_START: Final = (
    "import sys,json;sys.path[:]=json.loads(sys.argv[1]);"
    "from importer.reports.confined import main;main()"
)
_WALL_FACTOR: Final = 4
_KEPT_ENVIRONMENT: Final = ("SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH")


class Workbooks:
    """A process that writes the workbooks of one run; use it in a `with` statement."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        path = [root, *(entry for entry in sys.path if entry and entry != root)]
        # -I: neither the working folder nor PYTHON* variables decide what the child runs.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, json.dumps(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_ended: object) -> None:
        self._process.kill()
        self._process.communicate()

    def write(
        self, record: RunRecord, reconciliation: Reconciliation, source: bytes | None
    ) -> tuple[bytes, bytes]:
        """Return `reconciliation.xlsx` and `annotated.xlsx`; empty what could not be written."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:  # pragma: no cover
            raise TypeError("pipes were expected")
        own = annotated = b""
        try:
            give(stdin, pickle.dumps((spoken(), record, reconciliation)))
            own = take(stdout)
            give(stdin, source or b"")
            seconds = seconds_for(len(source or b"")) * _WALL_FACTOR
            watch = threading.Timer(seconds, self._process.kill)
            watch.start()
            try:
                annotated = take(stdout)
            finally:
                watch.cancel()
        except (OSError, EOFError):  # it has ended: what is missing is written here
            pass
        return own, annotated if annotated.startswith(b"PK") else b""


def workbooks(
    record: RunRecord,
    reconciliation: Reconciliation,
    source: bytes | None,
    started: Workbooks | None = None,
) -> tuple[bytes | None, bytes | None]:
    """Return `reconciliation.xlsx` and `annotated.xlsx`; None what is not due.

    Args:
        record: the run.
        reconciliation: its proof.
        source: the source of the run where it is an XLSX workbook and at hand.
        started: the process that writes them, where one was started ahead.
    """
    own = annotated = b""
    if started is not None:
        own, annotated = started.write(record, reconciliation, source)
    elif source is not None:
        with Workbooks() as process:
            own, annotated = process.write(record, reconciliation, source)
    if not own:
        from importer.reports.workbook import workbook_xlsx

        own = workbook_xlsx(record, reconciliation) or b""
    # A workbook of the rows, where there is no source or the library cannot open it.
    return own or None, annotated or annotated_xlsx(record)
