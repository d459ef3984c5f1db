"""A source file as it comes out of its child process, part by part or whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Semaphore
from typing import TYPE_CHECKING, BinaryIO

from importer.errors import InputProblem, NeedsInput, UnreadInput
from importer.model import Finding, Grid, Layout, Severity, SourceFile
from importer.reading.fence import Part, StartAgain

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from importer.reading.fence import Child

_FETCHED = 2

CHANGED = "the file changed while it was read. Wait until it is complete."


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Put the file's name before what is wrong with it."""
    try:
        yield
    except NeedsInput as problem:
        raise NeedsInput(_named(name, problem), problem.readings) from None
    except InputProblem as problem:
        raise type(problem)(_named(name, problem), problem.verdict) from None


def _named(name: str, problem: InputProblem) -> str:
    message = str(problem)
    return message if message.startswith(f"{name}: ") else f"{name}: {message}"


class Supply:
    """Fetches the parts of a child ahead of their use, as many as memory is there for."""

    def __init__(self, child: Child, other: Executor) -> None:
        """Begin to fetch in a thread of `other`."""
        self._child = child
        self._room = Semaphore(_FETCHED)
        self._fetched: SimpleQueue[Part | Exception | None] = SimpleQueue()
        self._closed = False
        other.submit(self._fetch)

    def _fetch(self) -> None:
        found: Part | Exception | None = StartAgain()
        while isinstance(found, Part | StartAgain):
            self._room.acquire()
            if self._closed:
                return
            try:
                found = self._child.part()
            except Exception as fault:  # noqa: BLE001 - raised where the part is taken
                found = fault
            self._fetched.put(found)

    def take(self) -> Part | None:
        """Return the next part, None behind the last one.

        Raises:
            InputProblem, StartAgain: as `Child.part`.
        """
        try:
            found = self._fetched.get(timeout=self._child.patience_seconds)
        except Empty:
            raise self._child.too_slow() from None
        self._room.release()
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        """End the child and its thread."""
        self._closed = True
        self._room.release()
        self._child.close()


class Unchanged:
    """A file that must stay as it was before anything of it was read."""

    def __init__(self, stream: BinaryIO, before: os.stat_result) -> None:
        """Remember the state of a file before its child process began."""
        self._stream = stream
        self._before = before.st_size, before.st_mtime_ns
        self.size_bytes = before.st_size

    def require(self) -> None:
        """Raise `UnreadInput` where it is another one now."""
        now = os.fstat(self._stream.fileno())
        if (now.st_size, now.st_mtime_ns) != self._before:
            raise UnreadInput(CHANGED)


class Parts:
    """The parts of one file; each is a grid with the columns of all."""

    def __init__(
        self, path: Path, name: str, file: Unchanged, digest: Future[str], supply: Supply
    ) -> None:
        """Take nothing yet from `supply`, whose child reads `file`."""
        self._path = path
        self._name = name
        self._file = file
        self._digest = digest
        self._supply = supply
        self._ahead: list[Part] = []

    def first(self) -> Grid:
        """Return the first part; it comes again with the others."""
        if not self._ahead and (part := self._next()) is not None:
            self._ahead.append(part)
        return self._grid(self._ahead)

    def each(self) -> Iterator[Grid]:
        """Yield all parts; none is kept.

        Raises:
            StartAgain: the parts so far do not count; the file can only be read `whole`.
        """
        while self._ahead:
            yield self._grid([self._ahead.pop(0)])
        while (part := self._next()) is not None:
            yield self._grid([part])

    def whole(self) -> Grid:
        """Return all that has not been taken by `each`, as one grid."""
        parts, self._ahead = self._ahead, []
        while True:
            try:
                while (part := self._next()) is not None:
                    parts.append(part)
            except StartAgain:
                parts = []
            else:
                return self._grid(parts)

    def _next(self) -> Part | None:
        with naming(self._name):
            part = self._supply.take()
            self._digest.result()  # of the same content only where nothing changed until its end
            self._file.require()
        return part

    def _grid(self, parts: Sequence[Part]) -> Grid:
        size = self._file.size_bytes
        source = SourceFile(self._name, self._digest.result(), size, str(self._path))
        return grid_of(source, parts)


def grid_of(source: SourceFile, parts: Sequence[Part]) -> Grid:
    """Return parts that follow each other as one grid."""
    import pandas as pd
    import pyarrow as pa

    table = parts[0].table
    if len(parts) > 1:
        table = pa.concat_tables([part.table for part in parts]).combine_chunks()
    kind_names = [name for name in table.column_names if name.startswith("k")]
    kinds = None
    if kind_names:
        renamed = table.select(kind_names).rename_columns(["c" + n[1:] for n in kind_names])
        kinds = renamed.to_pandas(types_mapper=pd.ArrowDtype)
    layout = parts[0].layout
    told = {name: tuple(map(tuple, layout.get(name, ()))) for name in ("above", "shown", "widths")}
    findings = tuple(
        Finding(**{**finding, "severity": Severity(finding["severity"])})
        for part in parts
        for finding in part.findings
    )
    return Grid(
        source,
        Layout(**{**layout, **told, "notes": tuple(layout["notes"])}),
        table.drop_columns(kind_names).to_pandas(types_mapper=pd.ArrowDtype),
        kinds,
        findings,
    )
