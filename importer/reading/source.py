"""The source file as the system sees it: what it is, how large, and its content hash."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from importer.errors import InputProblem, UnreadInput

_KINDS = (
    (stat.S_ISDIR, "is a folder", "Name the file in it"),
    (stat.S_ISFIFO, "is a pipe", "Save its content as a file first"),
    (stat.S_ISSOCK, "is a socket", "Save its content as a file first"),
    (stat.S_ISCHR, "is a device", "Name a regular file"),
    (stat.S_ISBLK, "is a device", "Name a regular file"),
)


def shown_name(path: Path) -> str:
    """Return the file's name without folders, fit for one line of a message."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in name) or str(path)


def open_source(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        InputProblem: it is a folder, a pipe or a device.
        UnreadInput: it is missing, or may not be read.
    """
    name = shown_name(path)
    try:
        mode = path.stat().st_mode
        _refuse_kind(name, mode)
        # Without O_NONBLOCK a pipe put there in between would hang the open.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        stream = os.fdopen(os.open(path, flags), "rb", buffering=0)
    except FileNotFoundError:
        raise UnreadInput(
            f"{name}: there is no such file in {_folder(path)}. Check the name and the folder."
        ) from None
    except PermissionError:
        raise UnreadInput(
            f"{name}: the file may not be read. Ask for read permission, or copy it to a place "
            "where you have it."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadInput(f"{name}: the file cannot be opened ({reason}).") from None
    try:
        _refuse_kind(name, os.fstat(stream.fileno()).st_mode)
    except InputProblem:
        stream.close()
        raise
    return stream


def digest(stream: BinaryIO) -> str:
    """Return the SHA-256 of a whole file, in lower-case hexadecimal."""
    result = hashlib.sha256()
    offset = 0
    # The position of the descriptor is shared with the child that reads the same file.
    while block := _read_at(stream, 1 << 20, offset):
        result.update(block)
        offset += len(block)
    return result.hexdigest()


def _read_at(stream: BinaryIO, size: int, offset: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(stream.fileno(), size, offset)
    stream.seek(offset)
    return stream.read(size)


def _folder(path: Path) -> str:
    folder = os.fsencode(path.absolute().parent).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in folder)


def _refuse_kind(name: str, mode: int) -> None:
    for is_kind, what, remedy in _KINDS:
        if is_kind(mode):
            raise InputProblem(f"{name}: this {what}, not a file. {remedy}.")
