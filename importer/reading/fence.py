"""Runs the parsing of an untrusted file in a child process, and takes the table over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from importer.errors import InputProblem, NeedsInput
from importer.reading.options import MIB, ReadOptions

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import pyarrow as pa

_START = (
    "import sys,json;sys.path[:]=json.loads(sys.argv[2]);"
    "from importer.reading.worker import main;main(sys.argv[1])"
)
_KEPT_ENVIRONMENT = ("SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# The limit on memory counts what is used: large freed blocks go back to the system at once, and
# the other allocators, which reserve far more than they use, stay away. Blocks that are needed
# again and again are kept: asking for each anew is a third of the time for a large file.
_FRUGAL = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(MIB),
    "MALLOC_TRIM_THRESHOLD_": str(16 * MIB),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_SECONDS_PER_MIB = {True: 0.25, False: 0.02}  # packed, as workbooks are, or plain
_WALL_FACTOR = 4  # a busy machine gives a process a fraction of its time
_WALL_SPARE = 10.0
_LAST_SECONDS = 1.0  # for a child to end by itself that says nothing more
_LENGTH_BYTES = 8
_PIPE_BYTES = MIB


class StartAgain(Exception):
    """The parts that came so far do not count: what follows is the whole table."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a file, and what the child says of them."""

    table: pa.Table
    layout: dict[str, Any]
    findings: list[dict[str, Any]]


class Child:
    """A running child process that reads one file; `part` waits for the next of its rows."""

    def __init__(self, source: BinaryIO, size: int, options: ReadOptions) -> None:
        self._options = options
        packed = os.pread(source.fileno(), 2, 0) == b"PK" if hasattr(os, "pread") else True
        self._seconds = options.limits.seconds + size / MIB * _SECONDS_PER_MIB[packed]
        self._begun = False
        self._left_bytes = self._most_bytes
        given = {"options": options.to_dict(), "size": size, "seconds": self._seconds}
        root = str(Path(__file__).resolve().parents[2])
        path = [root, *(p for p in sys.path if p and p != root)]
        # -I: neither the working folder nor PYTHON* variables decide what the child runs.
        command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [*command, json.dumps(given), json.dumps(path)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._output = self._process.stdout
        _widen(self._output)

    def part(self) -> Part | None:
        """Return the next part, None behind the last one.

        Raises:
            InputProblem: the file cannot be read, the child died or reached a limit.
            StartAgain: the parts before do not count.
        """
        try:
            return self._part()
        except (EOFError, ValueError, LookupError, TypeError, OSError, MemoryError):
            # What comes out of the fence is not as agreed; pyarrow's errors are among these.
            raise self._died() from None

    def _part(self) -> Part | None:
        import pyarrow as pa

        message = self._message()
        if message.get("again"):
            self._left_bytes = self._most_bytes
            raise StartAgain
        if "problem" in message:
            if message["verdict"] == "needs-input":
                raise NeedsInput(message["problem"], tuple(message["readings"]))
            raise InputProblem(message["problem"], message["verdict"])
        if "end" in message:
            if self._process.wait() != 0 or not self._begun:
                raise self._died()
            return None
        with pa.ipc.open_stream(self) as reader:
            table = reader.read_all()
        self._begun = True
        return Part(table, message["layout"], message["findings"])

    def _message(self) -> dict[str, Any]:
        length = int.from_bytes(self.read(_LENGTH_BYTES), "big")
        message = json.loads(self.read(length))
        if not isinstance(message, dict):
            raise TypeError(message)
        return message

    def read(self, size: int) -> bytes:
        """Return the next bytes that the child wrote, `size` of them.

        Raises:
            EOFError: it ended, or speaks nonsense.
            InputProblem: it wrote more than its limit allows.
        """
        if size > self._most_bytes:  # no part is as large
            raise EOFError(size)
        self._left_bytes -= size
        if self._left_bytes < 0:
            said = f"the cells of the file take more than {self._most_bytes:,} bytes"
            raise self._options.limits.problem("unpacked_bytes", said)
        found = self._output.read(size)
        if len(found) < size:
            raise EOFError(size)
        return found

    @property
    def _most_bytes(self) -> int:
        return self._options.limits.unpacked_bytes * 3 + MIB

    @property
    def closed(self) -> bool:
        """Whether nothing can be read any more, as Arrow asks of a stream."""
        return self._output.closed

    def _died(self) -> InputProblem:
        try:
            code = self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        times = [getattr(signal, name, None) for name in ("SIGPROF", "SIGXCPU")]
        if -code in times:
            return self.too_slow()
        return InputProblem(
            "the file cannot be read: the program that parses it broke down "
            f"({_ending(code)}), which damaged or hostile files do, and very large ones. "
            "Save it again in the program that made it, export it as CSV, or raise the limit "
            "with --limit-memory-bytes."
        )

    @property
    def patience_seconds(self) -> float:
        """How long to wait for a part: the child's time on a machine that has more to do."""
        return self._seconds * _WALL_FACTOR + _WALL_SPARE

    def too_slow(self) -> InputProblem:
        """Return the error for a child that takes longer than its limit."""
        return self._options.limits.problem(
            "seconds", f"reading the file took more than {self._seconds:.1f} seconds"
        )

    def close(self) -> None:
        """End the child if it still runs."""
        self._process.kill()
        self._process.wait()
        self._output.close()


def _widen(pipe: IO[bytes]) -> None:
    """Let a part be handed over in few turns, where the system can."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _environment() -> dict[str, str]:
    """Return the child's environment: no secret of ours goes along."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | _FRUGAL
