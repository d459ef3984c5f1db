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
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:  # pragma: no cover
            raise TypeError("pipes were expected")
        self._stdin, self._stdout = stdin, stdout
        self._seconds = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_ended: object) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(
        self, record: RunRecord, reconciliation: Reconciliation | None, source: bytes | None
    ) -> bytes:
        """Begin `annotated.xlsx`, and return `reconciliation.xlsx` before.

        That is empty where no reconciliation is given, or the process has ended.
        """
        self._seconds = seconds_for(len(source or b""))
        try:
            give(self._stdin, pickle.dumps((spoken(), record, reconciliation)))
            own = take(self._stdout)
            give(self._stdin, source or b"")
        except (OSError, EOFError):
            return b""
        return own

    def end(self) -> bytes:
        """Return `annotated.xlsx`, empty where it is not due or the process has ended."""
        watch = threading.Timer(self._seconds * _WALL_FACTOR, self._process.kill)
        watch.start()
        try:
            return take(self._stdout)
        except (OSError, EOFError):
            return b""
        finally:
            watch.cancel()


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
        started: the process that writes them, where one was started ahead; otherwise the two are
            written at the same time, one of them here.
    """
    if started is not None:
        own = started.begin(record, reconciliation, source) or _own(record, reconciliation)
        annotated = started.end()
    elif source is not None:
        with Workbooks() as process:
            process.begin(record, None, source)
            own = _own(record, reconciliation)
            annotated = process.end()
    else:
        own, annotated = _own(record, reconciliation), b""
    # Without a source, or where the library cannot open it, it is a workbook of the rows.
    return own, annotated or annotated_xlsx(record)


def _own(record: RunRecord, reconciliation: Reconciliation) -> bytes | None:
    from importer.reports.workbook import workbook_xlsx

    return workbook_xlsx(record, reconciliation)
