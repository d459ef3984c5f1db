"""A long import through faults and deaths; afterwards nothing is lost, doubled or wrong.

    python tests/sending/soak.py --payments 100000 --faulty 0.2 --kills 500 --seed 1

The real command imports a file into the simulator, which spoils a share of all requests in every
way it knows. The process is killed again and again, at moments that the seed draws, and started
again. Then the faults end, the import is called once more, and the file is compared with what
is on the server. The last line is one JSON document with the figures.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from importer.simulator import Fault, FaultPlan, Simulator  # noqa: E402 - a script finds the project

CUSTOMERS = ("10000", "20000", "30000", "50000")
HEADER = ("Customer No.", "Posting Date", "Amount", "External Document No.", "Description")
TWINS = 50
"""Every so many rows one is the exact repetition of the row before."""

MOST_LIVES = 100
"""Processes that may end by themselves before the soak gives up."""

Row = tuple[str, str, Decimal, str, str]


@dataclass
class Figures:
    """What became of a soak; `lost` to `unresolved` must be 0."""

    seed: int
    payments: int
    faulty: float
    lives: int = 0
    kills: int = 0
    requests: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    exit_codes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    unresolved: int = 0
    last_exit_code: int = 0
    seconds: float = 0.0

    @property
    def right(self) -> bool:
        """Whether every payment of the file is once on the server, and nothing else is."""
        bad = self.lost + self.doubled + self.wrong + self.unresolved
        return not bad and self.last_exit_code == 0


def faults(share: float, seed: int) -> FaultPlan:
    """Return a plan that spoils a share of the requests, every kind alike."""
    kinds: list[dict[str, Any]] = [
        {"kind": "lost_before"},
        {"kind": "lost_after"},
        {"kind": "late", "after_s": 0.1},
        {"kind": "late", "after_requests": 2, "status": 504},
        {"kind": "answer", "status": 429, "headers": {"Retry-After": "0"}},
        {"kind": "answer", "status": 503, "headers": {"Retry-After": "0"}},
        {"kind": "answer", "status": 504},
        {"kind": "answered_after", "status": 504},
        {"kind": "cut_body"},
        {"kind": "lock"},
    ]
    each = share / len(kinds)
    # The first that strikes wins, so the later ones draw from what the earlier ones left.
    plan = [
        Fault(**kind, probability=each / (1 - place * each)) for place, kind in enumerate(kinds)
    ]
    plan.append(Fault("lock", operation="*", probability=share / 100))
    return FaultPlan(tuple(plan), seed)


def written(path: Path, count: int, chance: random.Random) -> list[Row]:
    """Write a file of payments, twins among them, and return its rows."""
    rows: list[Row] = []
    for number in range(count):
        if number % TWINS == TWINS - 1:
            rows.append(rows[-1])
            continue
        day = date(2026, 1, 1) + timedelta(chance.randrange(40))
        amount = chance.randrange(1, 10_000_000) / Decimal(100)
        reference = f"REF-{number:07d}"
        described = f"Invoice {number}, paid"
        rows.append((chance.choice(CUSTOMERS), day.isoformat(), amount, reference, described))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows((*row[:2], f"{row[2]:.2f}", *row[3:]) for row in rows)
    return rows


class Soak:
    """One soak in a folder of its own."""

    def __init__(self, simulator: Simulator, folder: Path, settle_seconds: float) -> None:
        self.simulator, self.folder = simulator, folder
        path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
        self.environ = {
            **os.environ,
            "PYTHONPATH": path,
            "CUSTOMER_PAYMENTS_LEDGER": str(folder / "ledger.sqlite3"),
            "CUSTOMER_PAYMENTS_BASE_URL": simulator.base_url,
            "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
            "CUSTOMER_PAYMENTS_SETTLE_SECONDS": str(settle_seconds),
            "CUSTOMER_PAYMENTS_REPORT_DIR": str(folder / "reports"),
        }

    def begun(self, batch_size: int, *, resume: bool) -> subprocess.Popen[bytes]:
        words = ["resume"] if resume else ["import", "payments.csv", "--yes"]
        command = [sys.executable, "-P", "-m", "importer", *words, "--batch-size", str(batch_size)]
        return subprocess.Popen(
            [*command, "-q"],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def life(self, batch_size: int, counted: str, last: int, pause: float, *, resume: bool) -> int:
        """Start a process, kill it so many counted requests later; return how it ended."""
        before = self.simulator.counts.get(counted, 0)
        with self.begun(batch_size, resume=resume) as process:
            while process.poll() is None:
                if self.simulator.counts.get(counted, 0) - before >= last:
                    time.sleep(pause)
                    process.kill()
                    break
                time.sleep(0.002)
            return process.wait()

    def waiting(self) -> int:
        """Return how many rows of all runs wait for an answer, their turn or a person."""
        shown = subprocess.run(
            [sys.executable, "-P", "-m", "importer", "status", "--json"],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            check=True,
        )
        runs = json.loads(shown.stdout)["runs"]
        return sum(run["counts"].get(b, 0) for run in runs for b in ("unknown", "planned", "held"))

    def on_server(self) -> list[Row]:
        company = self.simulator.company()
        posted = [one for one in company.customer_entries() if one["document_type"] == "Payment"]
        if posted:
            raise RuntimeError("nobody posts here")
        return [
            (
                line["customerNumber"],
                str(line["postingDate"]),
                -Decimal(str(line["amount"])),
                line["externalDocumentNumber"],
                line["description"],
            )
            for line in company.payments("IMPORT")
        ]


def soak(
    folder: Path,
    *,
    payments: int,
    faulty: float,
    kills: int,
    seed: int,
    batch_size: int = 50,
    settle_seconds: float = 0.5,
) -> Figures:
    """Import a file through faults and deaths; return what was found afterwards."""
    chance, began = random.Random(seed), time.monotonic()
    figures = Figures(seed, payments, faulty)
    rows = written(folder / "payments.csv", payments, chance)
    # Half the lives end at any request, looking and resolving among them; half while they send.
    part = payments // batch_size // max(kills, 1)
    longest = {"requests": 16 + 4 * part, "POST": 2 + 2 * part}
    ends: Counter[int] = Counter()
    plan = faults(faulty, seed)
    with Simulator(auth=False, faults=plan) as simulator:
        one = Soak(simulator, folder, settle_seconds)
        code = 1
        while code != 0 and figures.lives - figures.kills < MOST_LIVES:
            counted = chance.choice(list(longest))
            last = chance.randrange(1, longest[counted]) if figures.kills < kills else sys.maxsize
            resume = chance.random() < 0.25
            ended = one.life(batch_size, counted, last, chance.random() / 50, resume=resume)
            figures.lives += 1
            figures.kills += ended < 0
            ends[ended] += 1
            code = 1 if resume else ended
        hits = simulator.application.trouble.hits
        for fault, count in zip(plan.faults, hits, strict=True):
            name = f"{fault.kind} {fault.status or ''}".strip() + " inside" * bool(fault.operation)
            figures.faults[name] = figures.faults.get(name, 0) + count
        figures.requests = simulator.counts.get("requests", 0)
        simulator.install(None)
        figures.last_exit_code = one.life(batch_size, "POST", sys.maxsize, 0, resume=False)
        figures.unresolved = one.waiting()
        wanted, there = Counter(rows), Counter(one.on_server())
    figures.lost = (wanted - there).total()
    figures.doubled = sum(n for row, n in (there - wanted).items() if row in wanted)
    figures.wrong = sum(n for row, n in (there - wanted).items() if row not in wanted)
    figures.exit_codes = {str(end): count for end, count in sorted(ends.items())}
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


def main() -> int:
    """Read the arguments, soak, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--payments", type=int, default=2000)
    parser.add_argument("--faulty", type=float, default=0.2, help="share of the requests")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--settle-seconds", type=float, default=0.5)
    given = parser.parse_args()
    sys.stderr.write(f"seed {given.seed}\n")
    with tempfile.TemporaryDirectory() as folder:
        figures = soak(Path(folder), **vars(given))
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 0 if figures.right else 1


if __name__ == "__main__":
    sys.exit(main())
