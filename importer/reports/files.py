"""The report folder and its files: private, complete or absent, never half written."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from importer.errors import ImporterError

_PRIVATE_FOLDER = 0o700


def prepare_folder(folder: Path) -> None:
    """Make the report folder and prove that it can be written to, before anything is sent.

    Raises:
        ImporterError: the folder cannot be made or written to.
    """
    try:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable-"):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_file(path: Path, content: bytes | Iterable[bytes | memoryview]) -> Path:
    """Put a file in its place in one step, readable by its owner only.

    The content may come in parts, so that a large report is never whole in memory.

    Raises:
        ImporterError: the file cannot be written (folder gone or read-only, disk full).
    """
    with Begun(path.parent, path.name) as begun:
        begun.write((content,) if isinstance(content, bytes) else content)
        return begun.place(path)


class Begun:
    """A file that is written before it gets its place: it is there whole, or not at all.

    Every method raises `ImporterError` where the file cannot be written.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Name a file that will get a place in `folder` or below it, about `name`."""
        self._path = folder / name
        self._name = folder / f".{name}-{secrets.token_hex(8)}"
        self._stream: IO[bytes] = io.BytesIO()

    def __enter__(self) -> Self:
        """Begin the file; behind the block it is gone, unless it was placed."""
        with _writing(self._path):
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
                self._stream = os.fdopen(os.open(self._name, flags, 0o600), "wb")
            except BaseException:  # a signal may come as soon as the file is there
                self._name.unlink(missing_ok=True)
                raise
        return self

    def __exit__(self, *_ended: object) -> None:
        """Remove what has no place."""
        with suppress(OSError):  # a full disk was told of by what filled it
            self._stream.close()
        with _writing(self._path):
            self._name.unlink(missing_ok=True)

    def write(self, parts: Iterable[bytes | memoryview]) -> None:
        """Add content."""
        with _writing(self._path):
            for part in parts:
                self._stream.write(part)

    def place(self, path: Path) -> Path:
        """Put the file in its place, readable by its owner only."""
        with _writing(path):
            self._stream.close()
            self._name.replace(path)
        return path


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from error


def keep_copy(path: Path, sha256: str, copy: Path) -> None:
    """Write a copy of a file, unless it has changed since its hash was taken.

    Raises:
        ImporterError: the copy cannot be written.
    """
    content = kept_copy(path, sha256)
    if content is not None:
        write_file(copy, content)


def kept_copy(path: Path, sha256: str) -> bytes | None:
    """Return a file with this hash; None where it is gone, not readable, or another."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def remove_file(path: Path) -> None:
    """Remove a report that an earlier rendering of the same run has left and that is not due.

    Raises:
        ImporterError: the file cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ImporterError:
    cause = error.strerror or type(error).__name__
    return ImporterError(
        f"Reports cannot be written to {path}: {cause}. "
        "Name a folder that can be written to with --report-dir."
    )
