"""One writer at a time, by a lock that the operating system drops when its holder dies."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from importer.errors import LedgerBusy, LedgerStorage

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _acquire(file: BinaryIO) -> None:
        file.seek(1 << 30)  # beyond the note, which others may then still read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _acquire(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """The right to write one import ledger; the lock file stays, only the lock goes."""

    def __init__(self, ledger: Path) -> None:
        """Take the lock and note who holds it.

        Raises:
            LedgerBusy: another process has it; the sentence names it.
            LedgerStorage: the lock file cannot be written.
        """
        path = ledger.with_name(ledger.name + ".lock")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LedgerStorage(f"{path}: cannot be written: {error.strerror}.") from error
        self._file = os.fdopen(handle, "r+b")
        try:
            _acquire(self._file)
        except OSError as error:
            note = self._read_note()
            self._file.close()
            raise LedgerBusy(
                f"The import ledger {ledger} is held by {note}. Nothing was sent;"
                " wait until that run has ended, then call again."
            ) from error
        self._write_note(path)

    def _read_note(self) -> str:
        try:
            self._file.seek(0)
            note = json.loads(self._file.read(4096))
            return (
                f"process {note['pid']} on {note['host']} since {note['since']} ({note['command']})"
            )
        except (OSError, ValueError, KeyError, TypeError):
            return "another run"

    def _write_note(self, path: Path) -> None:
        note = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": _shown(sys.argv)[:500],
        }
        try:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(json.dumps(note).encode())
            self._file.flush()
        except OSError as error:
            self.release()
            raise LedgerStorage(f"{path}: cannot be written: {error.strerror}.") from error

    def release(self) -> None:
        """Give the lock back."""
        self._file.close()


def _shown(argv: Sequence[str]) -> str:
    """Return a command line with names of options and files; other values may be secrets."""
    program, *rest = argv or [""]
    shown, after_option = [Path(program).name], False
    for word in rest:
        if word.startswith("-"):
            shown.append(word.partition("=")[0] if word.startswith("--") else word[:2])
            after_option = True
        else:
            named = os.path.exists(word) if after_option else "://" not in word  # noqa: PTH110 - takes any text
            shown.append(word if named else "…")
    return " ".join(shown)
