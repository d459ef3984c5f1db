"""The process is killed at every commit and every request; afterwards nothing is wrong.

`KILL_POINTS` in the environment sets how many points of the system calls are tried per kind;
0 tries all of them. `pytest -rP` shows how many points were really met.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from importer.states import State

ROOT = Path(__file__).parents[2]
VICTIM = Path(__file__).with_name("victim.py")
ENVIRON = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
POINTS = int(os.environ.get("KILL_POINTS", "3"))
STRACE = shutil.which("strace")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@pytest.fixture(scope="module")
def victim():
    process = subprocess.Popen(
        [sys.executable, str(VICTIM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRON,
        text=True,
    )

    def order(**what):
        process.stdin.write(json.dumps(what) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    with process:
        yield order
        process.stdin.close()


def order_of(world, run_id, **more):
    return {
        "ledger": str(world.path),
        "base_url": world.simulator.base_url,
        "token": world.simulator.token,
        "run_id": run_id,
        **more,
    }


def prepared(world, kit, command):
    """Return a run that the command has work with."""
    run_id = world.register(kit.payments(4))
    if command == "resume":
        world.faults(kit.Fault("lost_before", kit.POST, kit.LINES, nth=1))
        asked = iter(range(3))
        assert world.send(run_id, stop=lambda: next(asked) == 2).stopped
        assert world.buckets(run_id) == {"unknown": 1, "created": 1, "planned": 2}
        world.faults()
    if command == "undo":
        world.send(run_id)
    return run_id


WORK = [("import", 1), ("import", 3), ("resume", 1), ("resume", 3), ("undo", 1)]


@pytest.mark.parametrize(("command", "batch_size"), WORK)
def test_killed_before_and_after_every_commit_and_request(
    make_world, kit, tmp_path, victim, command, batch_size
):
    points = 0
    while True:
        folder = tmp_path / str(points)
        folder.mkdir()
        world = make_world(folder)
        run_id = prepared(world, kit, command)
        order = order_of(world, run_id, command=command, batch_size=batch_size, step=points + 1)
        end = victim(**order)
        survives(world, run_id, command)
        if end == 0:
            break
        assert end == -signal.SIGKILL
        points += 1
    assert points >= 16 if batch_size == 1 else points >= 12
    sys.stdout.write(f"{points} points\n")


def survives(world, run_id, command):
    """Finish what was begun, and compare the ledger, the file and the server."""
    with world.open() as ledger:
        assert ledger.altered() == ()
    if command == "undo":
        kept = world.undo(run_id).kept  # of the request in flight only a person can tell
        assert world.lines() == []
        assert len(kept) <= 1
        world.undo(run_id, deleted={row for row, _ in kept})
        with world.open() as ledger:
            assert len(ledger.in_states(run_id, State.UNDONE)) == 4
        return
    proof = world.send(run_id).proof
    assert proof.differences == ()
    assert world.buckets(run_id) == {"created": 4}
    lines = world.lines()
    assert len(lines) == len({line["documentNumber"] for line in lines}) == 4
    assert [line["id"] for line in lines] == [row.id for row in world.record(run_id).rows]


CALLS = {
    "fsync": ("fsync,fdatasync", 45),
    "write": ("pwrite64", 304),
    "send": ("sendto", 24),
    "unlink": ("unlink", 9),
}
"""System calls, and how many of them the longest of the works makes."""

FAULTS = ["signal=KILL", "error=ENOSPC", "error=EIO"]


def _traced_end(trace, order, calls, fault):
    """Return how the process ended, and whether it met the fault."""
    end = subprocess.run(
        [
            STRACE, "-f", "-qq", "-o", str(trace),
            "-e", f"trace={calls}", "-e", "signal=none", "-e", f"inject={calls}:{fault}",
            sys.executable, str(VICTIM), json.dumps(order),
        ],
        env=ENVIRON,
        capture_output=True,
        timeout=120,
        check=False,
    )  # fmt: skip
    return end, end.returncode == -signal.SIGKILL or "(INJECTED)" in trace.read_text()


def _traces():
    if STRACE is None:
        return False
    tried = subprocess.run(
        [STRACE, "-o", os.devnull, "true"], capture_output=True, timeout=60, check=False
    )
    return tried.returncode == 0


@pytest.mark.skipif(not _traces(), reason="strace is not there or not allowed")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_system_calls_that_kill_or_fail(make_world, kit, tmp_path, call, fault):
    if call == "send" and fault == "error=ENOSPC":
        pytest.skip("a network has no disk to fill")
    calls, last = CALLS[call]
    met, beyond = 0, set()
    for point in range(POINTS):
        command, batch_size = WORK[point % len(WORK)]
        number = 1 + point * last // POINTS
        if (command, batch_size) in beyond:
            continue
        folder = tmp_path / str(point)
        folder.mkdir()
        world = make_world(folder)
        run_id = prepared(world, kit, command)
        order = order_of(world, run_id, command=command, batch_size=batch_size)
        end, there = _traced_end(folder / "trace", order, calls, f"{fault}:when={number}")
        met += there
        beyond |= set() if there else {(command, batch_size)}
        if fault != "signal=KILL" and call != "send" and end.returncode not in (0, -9):
            assert b"LedgerStorage" in end.stderr or b"LedgerProblem" in end.stderr
        survives(world, run_id, command)
    sys.stdout.write(f"{met} points\n")
