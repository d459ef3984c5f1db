import json
import os
import select
import subprocess
import sys
import tempfile
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


LOADED = Path(__file__).with_name("loaded.py")
AT_START = ("PYTHON", "LC_", "LANG")
"""How the names of settings begin that only a new interpreter minds."""


class Loaded:
    """A process that has loaded the program, and runs each command in a fork of itself.

    To start the interpreter and load all libraries takes most of the time of a short command.
    """

    def __init__(self) -> None:
        asked, self._ask = os.pipe()
        self._answer, answered = os.pipe()
        command = [sys.executable, "-P", str(LOADED), str(asked), str(answered)]
        path = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            pass_fds=(asked, answered),
        )
        os.close(asked)
        os.close(answered)

    def run(self, args: list[str], folder: Path, environ: dict[str, str]) -> tuple[int, str, str]:
        """Run a command; return its exit code and what it printed."""
        with tempfile.TemporaryDirectory() as place:
            files = [f"{place}/out", f"{place}/err"]
            told = {"args": args, "folder": str(folder), "environ": environ, "files": files}
            os.write(self._ask, json.dumps(told).encode() + b"\n")
            assert select.select([self._answer], [], [], 300)[0], f"{args} does not end"
            code = int(os.read(self._answer, 100))
            out, err = (Path(name).read_bytes().decode() for name in files)
        return code, out, err

    def close(self) -> None:
        os.close(self._ask)
        os.close(self._answer)
        self._process.wait(60)


@pytest.fixture(scope="session")
def loaded():
    if not hasattr(os, "fork"):
        yield None
        return
    process = Loaded()
    yield process
    process.close()


@dataclass
class Terminal:
    """Runs `customer-payments` as a user does: a process of its own in a folder of its own."""

    folder: Path
    loaded: Loaded | None = None

    def __call__(self, *args: object, **environ: str) -> Ended:
        ended = Ended(*self._run([*map(str, args)], environ))
        assert "Traceback" not in ended.err
        assert "unforeseen" not in ended.err, ended.err
        return ended

    def _run(self, args: list[str], environ: dict[str, str]) -> tuple[int, str, str]:
        every = self.environ(**environ)
        if self.loaded is not None and not any(name.startswith(AT_START) for name in environ):
            return self.loaded.run(args, self.folder, every)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "importer", *args],
            cwd=self.folder,
            env=every,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def environ(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "CUSTOMER_PAYMENTS_LEDGER": str(self.folder / "ledger.sqlite3"),
            "CUSTOMER_PAYMENTS_SETTLE_SECONDS": "0.2",
            **more,
        }


@pytest.fixture
def terminal(tmp_path, loaded):
    return Terminal(tmp_path, loaded)


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
