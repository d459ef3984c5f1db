"""The figures: what is compared with what, and the goal for each ratio."""

import json
import os
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import made_files
from processes import REPORTS, Cost, cpu_seconds_of, median, run, side_by_side

ROOT = Path(__file__).resolve().parents[2]
ENVIRON = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
"""What is measured is compiled, as it is where it was installed."""


@dataclass(frozen=True)
class Figure:
    """One ratio and its goal; `detail` says what went into it."""

    name: str
    ratio: float
    goal: float
    detail: str
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the goal is met."""
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal


@dataclass(frozen=True)
class Bench:
    """Where files lie, how large they are, and how often each process runs."""

    folder: Path
    runs: int
    csv_rows: int
    workbook_rows: int
    sent_rows: int
    slow_rows: int

    @property
    def profile(self) -> Path:
        """The profile of the made files."""
        return made_files.write_profile(self.folder)

    def csv(self, rows: int) -> Path:
        """A file with bad rows in it."""
        return made_files.write_csv(self.folder / f"payments-{rows}.csv", rows)

    def clean_csv(self, rows: int) -> Path:
        """A file of which every row is sent."""
        path = self.folder / f"clean-{rows}.csv"
        return made_files.write_csv(path, rows, bad=False, currency="")

    def command(self, *arguments) -> list[str]:
        """A command line of ours."""
        return [sys.executable, "-P", "-m", "importer", *map(str, arguments)]

    def check(self, path: Path) -> list[str]:
        """A dry run of one made file, with limits that it keeps to."""
        reports = self.folder / REPORTS
        return self.command(
            *("check", path, "--profile", self.profile, "--offline", "--report-dir", reports),
            *_limits(path),
        )

    def compared(self, ours, theirs) -> tuple[Cost, Cost]:
        """The medians of two commands, run in turn."""
        return side_by_side(ours, theirs, runs=self.runs, cwd=self.folder, environ=ENVIRON)

    def cost(self, command) -> Cost:
        """The median cost of one command."""
        costs = [run(command, cwd=self.folder, environ=ENVIRON) for _ in range(self.runs)]
        return median(costs)


USUAL_BYTES = 250 * 2**20


def _limits(path: Path) -> list:
    """Return the options that let a file in which is larger than usual."""
    size = path.stat().st_size
    if size <= USUAL_BYTES:
        return []
    most = {"rows": size // 50, "file-bytes": size, "memory-bytes": 4 * size}
    return [part for name, value in most.items() for part in (f"--limit-{name}", value)]


def python(code: str) -> list[str]:
    """Return a process that runs `code`."""
    return [sys.executable, "-P", "-c", code]


def _figures(name: str, ours: Cost, theirs: Cost, goal: float) -> Iterator[Figure]:
    for what, mine, other in (
        ("time", ours.seconds, theirs.seconds),
        ("processor time", ours.cpu_seconds, theirs.cpu_seconds),
    ):
        yield Figure(f"{name}: {what}", mine / other, goal, f"{mine:.2f} s / {other:.2f} s")


def csv_check(bench: Bench) -> Iterator[Figure]:
    """A large CSV file, complete with findings, totals and reports, and bare pandas."""
    path = bench.csv(bench.csv_rows)
    bare = python(f"import pandas; pandas.read_csv({str(path)!r}, dtype=str)")
    ours, theirs = bench.compared(bench.check(path), bare)
    name = f"check --offline, CSV of {bench.csv_rows:,} rows / pandas.read_csv"
    yield from _figures(name, ours, theirs, 1.0)
    detail = f"{ours.peak_mib:,.0f} MiB / {theirs.peak_mib:,.0f} MiB"
    yield Figure(f"{name}: peak memory", ours.peak_mib / theirs.peak_mib, 1.0, detail)


def workbook_check(bench: Bench) -> Iterator[Figure]:
    """A large workbook, and openpyxl through pandas."""
    path = bench.folder / f"payments-{bench.workbook_rows}.xlsx"
    made_files.write_workbook(path, bench.workbook_rows)
    code = f"import pandas; pandas.read_excel({str(path)!r}, engine='openpyxl', dtype=str)"
    ours, theirs = bench.compared(bench.check(path), python(code))
    name = f"check --offline, XLSX of {bench.workbook_rows:,} rows / pandas.read_excel"
    yield from _figures(name, ours, theirs, 0.30)


LARGEST = 5


def growth(bench: Bench) -> Iterator[Figure]:
    """Time and memory over ten times the rows: 1.0 is in proportion, less is better."""
    sizes = [max(bench.csv_rows // part, 1) for part in (100, 10, 1)]
    costs = [bench.cost(bench.check(bench.csv(size))) for size in sizes]
    for step in (1, 2):
        before, after = sizes[step - 1], sizes[step]
        for what in ("seconds", "cpu_seconds", "peak_mib"):
            low, high = (getattr(costs[at], what) for at in (step - 1, step))
            ratio = high / low * before / after
            name = f"growth of {what}, {before:,} to {after:,} rows"
            yield Figure(name, ratio, 1.1, f"{low:,.2f} -> {high:,.2f}")
    largest = LARGEST * bench.csv_rows
    low, high = costs[-1].peak_mib, bench.cost(bench.check(bench.csv(largest))).peak_mib
    name = f"peak memory of {largest:,} rows / of {bench.csv_rows:,}"
    yield Figure(name, high / low, 3.0, f"{high:,.0f} MiB / {low:,.0f} MiB")


def start(bench: Bench) -> Iterator[Figure]:
    """Short commands, and the imports that they cannot do without."""
    clerk = made_files.write_clerks_workbook(bench.folder / "clerk.xlsx")
    reports = ("--report-dir", bench.folder / REPORTS)
    rows = (
        ("--help / import click", bench.command("--help"), "import click", 1.5),
        (
            "status / import sqlalchemy, click",
            bench.command("status", "--ledger", _used_ledger(bench)),
            "import sqlalchemy, click",
            1.3,
        ),
        (
            "check of 40 rows / import pandas, pandera.pandas",
            bench.command("check", clerk, "--offline", *reports),
            "import pandas, pandera.pandas",
            1.5,
        ),
    )
    for name, ours, code, goal in rows:
        yield from _figures(name, *bench.compared(ours, python(code)), goal)


def _used_ledger(bench: Bench) -> Path:
    """Return an import ledger with a run in it."""
    ledger = bench.folder / "status.sqlite3"
    if not ledger.exists():
        with Simulator() as simulator:
            path = bench.clean_csv(20)
            run(_import(bench, path, ledger, simulator), cwd=bench.folder, environ=ENVIRON)
    return ledger


class Simulator:
    """The built-in simulator as a process of its own."""

    def __init__(self, latency_ms: float = 0, line_ms: float = 0) -> None:
        """Start with the built-in fixture and no credentials."""
        command = [sys.executable, "-P", "-m", "importer.simulator", "--no-auth"]
        command += ["--latency-ms", str(latency_ms), "--line-ms", str(line_ms)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        self.base = self.process.stdout.readline().strip()

    def __enter__(self):
        """Hand the running simulator over."""
        return self

    def __exit__(self, *_ended) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    @property
    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        return cpu_seconds_of(self.process.pid)

    def _state(self) -> dict:
        origin = self.base.partition("/v2.0")[0]
        with urllib.request.urlopen(f"{origin}/_simulator/state") as answer:
            return json.load(answer)

    def lines(self) -> int:
        """Return how many journal lines it holds."""
        return sum(len(company["lines"]) for company in self._state()["companies"])

    def batches_at(self) -> list[float]:
        """Return when it answered each batch, in seconds."""
        done = self._state()["requests"]
        return [one["at"] for one in done if one.get("target", "").endswith("$batch")]


def _target(simulator: Simulator) -> list[str]:
    company = ("--company", "CRONUS International Ltd.", "--journal", "IMPORT")
    return ["--base-url", simulator.base, *company]


def _import(bench: Bench, path: Path, ledger: Path, simulator: Simulator) -> list[str]:
    options = ("--profile", bench.profile, "--ledger", ledger, "--yes", "-q")
    reports = ("--report-dir", bench.folder / REPORTS)
    return bench.command("import", path, *options, *reports, *_target(simulator))


@dataclass(frozen=True)
class _Imported:
    """A check, an import and its repetition, one after the other on a new server."""

    checked: Cost
    sent: Cost
    server_seconds: float
    again: Cost


def _imported(bench: Bench) -> _Imported:
    path, ledger = bench.clean_csv(bench.sent_rows), bench.folder / "sent.sqlite3"
    ledger.unlink(missing_ok=True)
    here = {"cwd": bench.folder, "environ": ENVIRON}
    with Simulator() as simulator:
        check = bench.command(
            *("check", path, "--profile", bench.profile, "--ledger", ledger, "-q"),
            *("--report-dir", bench.folder / REPORTS, *_target(simulator)),
        )
        checked = run(check, **here)
        before = simulator.cpu_seconds
        sent = run(_import(bench, path, ledger, simulator), **here)
        server = simulator.cpu_seconds - before
        if simulator.lines() != bench.sent_rows:
            raise SystemExit(f"{simulator.lines()} lines on the server")
        again = run(_import(bench, path, ledger, simulator), **here)
    return _Imported(checked, sent, server, again)


def importing(bench: Bench) -> Iterator[Figure]:
    """A whole import and its repetition, and a connected check of the same file."""
    rounds = [_imported(bench) for _ in range(bench.runs)]
    checked, sent, again = (
        median([getattr(one, what) for one in rounds]) for what in ("checked", "sent", "again")
    )
    server = statistics.median(one.server_seconds for one in rounds)
    name = f"import of {bench.sent_rows:,} payments"
    yield Figure(
        f"{name}, without the server's time / check",
        (sent.seconds - server) / checked.seconds,
        2.0,
        f"({sent.seconds:.2f} - {server:.2f}) s / {checked.seconds:.2f} s",
    )
    each = (sent.cpu_seconds - checked.cpu_seconds) * 1000 / bench.sent_rows
    yield Figure(
        f"{name}: ms of processor time per payment beyond check",
        each,
        0.4,
        f"{sent.cpu_seconds:.2f} s - {checked.cpu_seconds:.2f} s",
    )
    yield from _figures(f"{name} again, all duplicates / check", again, checked, 1.2)


LATENCY_MS, LINE_MS, BATCH = 100, 5, 100


@dataclass(frozen=True)
class _SentSlowly:
    """An import at a slow server: the whole, and what lay between its answers to batches."""

    seconds: float
    batches: int
    sending_seconds: float


def _sent_slowly(bench: Bench, rows: int) -> _SentSlowly:
    path, ledger = bench.clean_csv(rows), bench.folder / f"slow-{rows}.sqlite3"
    ledger.unlink(missing_ok=True)
    with Simulator(LATENCY_MS, LINE_MS) as simulator:
        command = _import(bench, path, ledger, simulator)
        seconds = run(command, cwd=bench.folder, environ=ENVIRON).seconds
        answered = simulator.batches_at()
    return _SentSlowly(seconds, len(answered), answered[-1] - answered[0])


def sending(bench: Bench) -> Iterator[Figure]:
    """What a slow server's own time allows, and what is reached."""
    fewer = max(bench.slow_rows, BATCH)
    sizes = (fewer, 3 * fewer)
    made = [[_sent_slowly(bench, rows) for rows in sizes] for _ in range(bench.runs)]
    each = (LATENCY_MS + BATCH * LINE_MS) / 1000
    with_more = [more for _, more in made]
    taken = statistics.median(one.sending_seconds for one in with_more)
    ideal = (with_more[0].batches - 1) * each
    name = (
        f"sending at {LATENCY_MS} ms + {LINE_MS} ms per line, from answer to answer: server / all"
    )
    yield Figure(name, ideal / taken, 0.95, f"{ideal:.2f} s / {taken:.2f} s", at_least=True)
    seconds = [statistics.median(one.seconds for one in same) for same in zip(*made, strict=True)]
    ideal = (with_more[0].batches - made[0][0].batches) * each
    taken = seconds[1] - seconds[0]
    name = f"all that {2 * fewer:,} more payments cost there, with their reports"
    yield Figure(name, ideal / taken, 0.95, f"{ideal:.2f} s / {taken:.2f} s", at_least=True)


def peers(bench: Bench) -> Iterator[Figure]:
    """Other validators on the same file and rules, those that are installed."""
    path = bench.csv(bench.csv_rows)
    scripts = Path(__file__).parent / "peers"
    interpreter = os.environ.get("BENCHMARK_PEERS_PYTHON", sys.executable)
    for script in sorted(scripts.glob("*.py")):
        needs = script.stem.removeprefix("by_")
        known = subprocess.run(
            [interpreter, "-P", "-c", f"import {needs}"], capture_output=True, check=False
        )
        if known.returncode:
            print(f"  {needs} is not installed: left out", file=sys.stderr)
            continue
        theirs = [interpreter, "-P", str(script), str(path)]
        yield from _figures(
            f"check of {bench.csv_rows:,} rows / {needs}",
            *bench.compared(bench.check(path), theirs),
            1.0,
        )


ALL: tuple[Callable[[Bench], Iterator[Figure]], ...] = (
    csv_check,
    workbook_check,
    growth,
    start,
    importing,
    sending,
    peers,
)
