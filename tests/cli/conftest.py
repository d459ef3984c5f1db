import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from importer.simulator import Simulator

SAMPLES = Path(__file__).parents[2] / "sample_data"


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Terminal:
    """Runs `customer-payments` as a user does: a process of its own in a folder of its own."""

    folder: Path

    def __call__(self, *args: object, **environ: str) -> Ended:
        command = [sys.executable, "-P", "-m", "importer", *map(str, args)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ(**environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
        ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ended.err
        assert "unforeseen" not in ended.err, ended.err
        return ended

    def environ(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "CUSTOMER_PAYMENTS_LEDGER": str(self.folder / "ledger.sqlite3"),
            "CUSTOMER_PAYMENTS_SETTLE_SECONDS": "0.2",
            **more,
        }


@pytest.fixture
def terminal(tmp_path):
    return Terminal(tmp_path)


@pytest.fixture
def simulator():
    with Simulator(auth=False) as running:
        yield running


@pytest.fixture
def connected(terminal, simulator):
    """Run a command against a fresh simulator's journal IMPORT."""

    def run(*args: object, **environ: str) -> Ended:
        target = {
            "CUSTOMER_PAYMENTS_BASE_URL": simulator.base_url,
            "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
        }
        return terminal(*args, **{**target, **environ})

    return run
