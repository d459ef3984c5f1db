"""Reading: a source file of any kind to a table of text with row numbers.

The child process loads this module too: what only its parent needs is imported where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from importer.errors import InputProblem
from importer.model import Grid
from importer.reading.options import Limits, ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from importer.reading.parts import Parts

__all__ = ["Limits", "ReadOptions", "opened", "read", "sha256"]

_DEFAULT = ReadOptions()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal.

    Raises:
        InputProblem: the file is missing, not a regular file, or may not be read.
    """
    from importer.reading.source import digest, open_source

    with open_source(path) as stream:
        return digest(stream)


def read(
    path: Path, options: ReadOptions = _DEFAULT, meanwhile: Callable[[], object] | None = None
) -> Grid:
    """Read a CSV file or workbook exactly as it is.

    Args and errors are those of `opened`.
    """
    with opened(path, options, meanwhile) as parts:
        return parts.whole()


@contextmanager
def opened(
    path: Path, options: ReadOptions = _DEFAULT, meanwhile: Callable[[], object] | None = None
) -> Iterator[Parts]:
    """Read a CSV file or workbook exactly as it is, part by part.

    The file is parsed in a child process under `options.limits`; `meanwhile` is called while
    that works.

    Raises:
        InputProblem: the file is missing, empty, damaged, or beyond a limit; here or at any part.
        NeedsInput: the file has two readings: two delimiters, or several sheets.
    """
    from concurrent.futures import ThreadPoolExecutor

    from importer.reading.fence import Child
    from importer.reading.parts import Parts, Supply, Unchanged, naming
    from importer.reading.source import digest, open_source, shown_name

    name = shown_name(path)
    with naming(name):
        stream = open_source(path)
    with stream, ThreadPoolExecutor(2) as other:
        with naming(name):
            before = _accepted(stream, options)
        content_hash = other.submit(digest, stream)
        if not hasattr(os, "pread"):  # the position in the file is shared with the child
            content_hash.result()
        supply = Supply(Child(stream, before.st_size, options), other)
        try:
            if meanwhile is not None:
                meanwhile()
            yield Parts(path, name, Unchanged(stream, before), content_hash, supply)
        finally:
            supply.close()


def _accepted(stream: BinaryIO, options: ReadOptions) -> os.stat_result:
    """Return the state of a file that is neither empty nor too large."""
    state = os.fstat(stream.fileno())
    size = state.st_size
    if size == 0:
        raise InputProblem(
            "the file is empty: it has no bytes. Export it again, or check that the "
            "download finished.",
            "empty",
        )
    if size > options.limits.file_bytes:
        raise options.limits.problem("file_bytes", f"the file has {size:,} bytes")
    return state
