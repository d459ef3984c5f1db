"""`annotated.xlsx`: the source as a workbook that says at each row and cell what became of it.

The user's own XLSX workbook keeps its formatting and gets a status column, colours, comments
and a sheet of findings. It is opened in a child process under limits, because it is an untrusted
file. Of any other source, and where the copy of the source is gone, the workbook is made of the
rows that the import ledger keeps, as text. Corrected and handed in again, either is read as the
source was (`importer.mapping.returned`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from importer.model import RunRecord
from importer.reports.causes import causes
from importer.reports.cells import MAX_ROWS
from importer.reports.marks import Marks, marks

_START: Final = (
    "import sys,json;sys.path[:]=json.loads(sys.argv[1]);"
    "from importer.reports.confined import main;main(*json.loads(sys.argv[2]))"
)
_MIB: Final = 1 << 20
_SPARE_BYTES, _SPARE_SECONDS = 768 * _MIB, 20
_BYTES_PER_BYTE, _SECONDS_PER_MIB = 500, 25
"""What a workbook may cost: some for any, and more by its packed size."""

_WALL_FACTOR: Final = 4
_KEPT_ENVIRONMENT: Final = ("SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH")


def is_due(record: RunRecord) -> bool:
    """Return whether a run has an annotated workbook.

    It has none where a sheet cannot hold the rows, and for a text file of which there is nothing
    to say.
    """
    if not record.rows or record.rows[-1].row > MAX_ROWS:
        return False
    return record.layout.kind != "csv" or bool(causes(record))


def annotated_xlsx(record: RunRecord, source: bytes | None) -> bytes | None:
    """Return the annotated workbook, None where it is not due.

    Args:
        record: the run.
        source: the source of the run where it is an XLSX workbook and at hand.
    """
    if not is_due(record):
        return None
    stated = marks(record)
    if source is not None:
        found = _annotated_apart(source, stated)
        if found is not None:
            return found
    from importer.reports.annotating import annotated_rows

    return annotated_rows({row.row: row.cells for row in record.rows}, stated)


def _annotated_apart(source: bytes, stated: Marks) -> bytes | None:
    """Annotate in a child process; None where the library cannot open or hold the workbook."""
    text = msgspec.json.encode(stated)
    root = str(Path(__file__).resolve().parents[2])
    path = [root, *(entry for entry in sys.path if entry and entry != root)]
    seconds = _SPARE_SECONDS + len(source) * _SECONDS_PER_MIB // _MIB
    limits = (_SPARE_BYTES + len(source) * _BYTES_PER_BYTE, seconds)
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and code
            [*command, *(msgspec.json.encode(given).decode() for given in (path, limits))],
            input=len(text).to_bytes(8, "big") + text + source,
            capture_output=True,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            timeout=seconds * _WALL_FACTOR,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 and done.stdout[:2] == b"PK" else None
