"""Whole processes, measured: wall time, processor time and peak memory of the process tree."""

import os
import shutil
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

REPORTS = "reports"
"""Where the commands that are measured put their reports, below their working folder."""

_SAMPLE_SECONDS = 0.01


@dataclass(frozen=True)
class Cost:
    """What one process and its children cost; memory is the peak of the sum over the tree."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def run(command, *, cwd, expected=(0, 3), environ=None) -> Cost:
    """Run a command to its end and return its cost.

    The reports of the run before are removed first: each run finds memory as free as the first.

    Raises:
        SystemExit: it ended with another exit code than expected.
    """
    shutil.rmtree(Path(cwd) / REPORTS, ignore_errors=True)
    began = time.perf_counter()
    errors = Path(cwd) / "stderr.txt"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        watch = _Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.stop()
    if process.returncode not in expected:
        raise SystemExit(f"{command}: exit {process.returncode}\n{errors.read_text()[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss / 1024))


def side_by_side(ours, theirs, *, runs: int, **given) -> tuple[Cost, Cost]:
    """Run two commands in turn and return the medians of each."""
    pairs = [(run(ours, **given), run(theirs, **given)) for _ in range(runs)]
    return median([one for one, _ in pairs]), median([other for _, other in pairs])


def median(costs) -> Cost:
    """Return the medians of time, processor time and memory."""
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.peak_mib for cost in costs),
    )


class _Watch:
    """Samples the resident memory of a process and its children."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_kib = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._peak_kib = max(self._peak_kib, sum(map(_resident_kib, _tree(self._pid))))

    def stop(self) -> float:
        """End the sampling and return the peak in MiB."""
        self._ended.set()
        self._thread.join()
        return self._peak_kib / 1024


def _tree(pid: int):
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _resident_kib(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def cpu_seconds_of(pid: int) -> float:
    """Return the processor time that a running process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
