"""Reading: a source file of any kind to a table of text with row numbers.

The child process loads this module too: what only its parent needs is imported where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from importer.errors import InputProblem, NeedsInput
from importer.model import Finding, Grid, Layout, Severity, SourceFile
from importer.reading.options import Limits, ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = ["Limits", "ReadOptions", "read", "sha256"]

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

    The file is parsed in a child process under `options.limits`; `meanwhile` is called while
    that works.

    Raises:
        InputProblem: the file is missing, empty, damaged, or beyond a limit.
        NeedsInput: the file has two readings: two delimiters, or several sheets.
    """
    from importer.reading.source import shown_name

    name = shown_name(path)
    try:
        return _read(path, name, options, meanwhile or _nothing)
    except NeedsInput as problem:
        raise NeedsInput(_named(name, problem), problem.readings) from None
    except InputProblem as problem:
        raise InputProblem(_named(name, problem), problem.verdict) from None


def _named(name: str, problem: InputProblem) -> str:
    message = str(problem)
    return message if message.startswith(f"{name}: ") else f"{name}: {message}"


def _nothing() -> None:
    """Do nothing while the child works."""


def _read(path: Path, name: str, options: ReadOptions, meanwhile: Callable[[], object]) -> Grid:
    from importer.reading.fence import Child
    from importer.reading.source import digest, open_source

    with open_source(path) as stream:
        before = os.fstat(stream.fileno())
        if before.st_size == 0:
            raise InputProblem(
                "the file is empty: it has no bytes. Export it again, or check that the "
                "download finished.",
                "empty",
            )
        if before.st_size > options.limits.file_bytes:
            raise options.limits.problem("file_bytes", f"the file has {before.st_size:,} bytes")
        content_hash = "" if hasattr(os, "pread") else digest(stream)
        child = Child(stream, before.st_size, options)
        try:
            content_hash = content_hash or digest(stream)
            meanwhile()
            table, report = child.result()
        finally:
            child.close()
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputProblem("the file changed while it was read. Wait until it is complete.")
    source = SourceFile(name, content_hash, before.st_size, str(path))
    return _grid(source, table, report)


def _grid(source: SourceFile, table: pa.Table, report: dict[str, Any]) -> Grid:
    import pandas as pd

    names = table.column_names
    kind_names = [name for name in names if name.startswith("k")]
    frame = table.select([n for n in names if n not in set(kind_names)])
    kinds = None
    if kind_names:
        renamed = table.select(kind_names).rename_columns(["c" + n[1:] for n in kind_names])
        kinds = renamed.to_pandas(types_mapper=pd.ArrowDtype)
    layout = {**report["layout"], "notes": tuple(report["layout"]["notes"])}
    findings = tuple(
        Finding(**{**finding, "severity": Severity(finding["severity"])})
        for finding in report["findings"]
    )
    return Grid(
        source, Layout(**layout), frame.to_pandas(types_mapper=pd.ArrowDtype), kinds, findings
    )
