"""Runs the parsing of an untrusted file in a child process, and takes the table over."""

from __future__ import annotations

import json
import mmap
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from importer.errors import InputProblem, NeedsInput
from importer.reading.options import MIB, ReadOptions

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
    "MALLOC_MMAP_THRESHOLD_": str(96 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(16 * MIB),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_SECONDS_PER_MIB = {True: 0.25, False: 0.02}  # packed, as workbooks are, or plain
_WALL_FACTOR = 4  # a busy machine gives a process a fraction of its time
_WALL_SPARE = 10.0
_FOOTER_BYTES = 16


class Child:
    """A running child process that reads one file; `result` waits for it."""

    def __init__(self, source: BinaryIO, size: int, options: ReadOptions) -> None:
        self._options = options
        packed = os.pread(source.fileno(), 2, 0) == b"PK" if hasattr(os, "pread") else True
        self._seconds = options.limits.seconds + size / MIB * _SECONDS_PER_MIB[packed]
        self._output: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed in close
        given = {"options": options.to_dict(), "size": size, "seconds": self._seconds}
        root = str(Path(__file__).resolve().parents[2])
        path = [root, *(p for p in sys.path if p and p != root)]
        # -I: neither the working folder nor PYTHON* variables decide what the child runs.
        command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [*command, json.dumps(given), json.dumps(path)],
            stdin=source,
            stdout=self._output,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )

    def result(self) -> tuple[pa.Table, dict[str, Any]]:
        """Return the table and the report of the child.

        Raises:
            InputProblem: the file cannot be read, the child died or reached a limit.
        """
        try:
            code = self._process.wait(timeout=self._seconds * _WALL_FACTOR + _WALL_SPARE)
        except subprocess.TimeoutExpired:
            raise self._too_slow() from None
        stream, report = self._take(code)
        if "problem" in report:
            if report["verdict"] == "needs-input":
                raise NeedsInput(report["problem"], tuple(report["readings"]))
            raise InputProblem(report["problem"], report["verdict"])
        import pyarrow as pa

        with pa.ipc.open_stream(stream) as reader:
            return reader.read_all(), report

    def _take(self, code: int) -> tuple[memoryview, dict[str, Any]]:
        size = os.fstat(self._output.fileno()).st_size
        if code != 0 or size <= _FOOTER_BYTES:
            raise self._died(code)
        content = memoryview(mmap.mmap(self._output.fileno(), size, access=mmap.ACCESS_READ))
        lengths = content[-_FOOTER_BYTES:]
        table, text = (int.from_bytes(lengths[i : i + 8], "big") for i in (0, 8))
        if table + text + _FOOTER_BYTES != size:
            raise self._died(code)
        try:
            report = json.loads(bytes(content[table : table + text]))
        except ValueError:
            raise self._died(code) from None
        if not isinstance(report, dict) or not report:
            raise self._died(code)
        return content[:table], report

    def _died(self, code: int) -> InputProblem:
        times = [getattr(signal, name, None) for name in ("SIGPROF", "SIGXCPU")]
        if -code in times:
            return self._too_slow()
        return InputProblem(
            "the file cannot be read: the program that parses it broke down "
            f"({_ending(code)}), which damaged or hostile files do, and very large ones. "
            "Save it again in the program that made it, export it as CSV, or raise the limit "
            "with --limit-memory-bytes."
        )

    def _too_slow(self) -> InputProblem:
        return self._options.limits.problem(
            "seconds", f"reading the file took more than {self._seconds:.1f} seconds"
        )

    def close(self) -> None:
        """End the child if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._output.close()


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
