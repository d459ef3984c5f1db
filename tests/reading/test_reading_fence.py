"""The child process: it starts cheaply, knows no secrets, and its end is always a sentence."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from importer.errors import InputProblem, UnreadInput
from importer.reading import Limits, ReadOptions, fence, read
from importer.reading.fence import Child

SMALL = "Date;Text;Amount\n2024-01-02;a;1,50\n"
LONG = 'a;b\n1;"x\n2;y"z\n' * 600_000  # quotes gone wrong: only the slow path reads it


def children() -> list[int]:
    """Return the process ids of this process's children."""
    listed = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
    return [int(pid) for pid in listed.split()]


def test_time_limit_ends_the_child(make_file):
    options = ReadOptions(limits=Limits(seconds=0.05))
    others = children()
    begun = time.monotonic()
    with pytest.raises(InputProblem, match=r"took more than 0\..* seconds.*--limit-seconds"):
        read(make_file(LONG), options)
    assert time.monotonic() - begun < 10
    assert children() == others


def test_wall_clock_ends_a_child_that_waits(make_file, monkeypatch):
    monkeypatch.setattr(fence, "_START", "import time;time.sleep(60)")
    monkeypatch.setattr(fence, "_WALL_SPARE", 0.2)
    others = children()
    with pytest.raises(InputProblem, match="--limit-seconds"):
        read(make_file(SMALL), ReadOptions(limits=Limits(seconds=0.1)))
    assert children() == others


def test_memory_limit(make_file):
    path = make_file("".join(f'{i};"text\n{i}";1,50\n' for i in range(200_000)))
    with pytest.raises(InputProblem, match="--limit-memory-bytes"):
        read(path, ReadOptions(limits=Limits(memory_bytes=8 * 1024 * 1024)))


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_crash_is_a_sentence(make_file, monkeypatch, number):
    monkeypatch.setattr(fence, "_START", f"import os;os.kill(os.getpid(),{int(number)})")
    with pytest.raises(InputProblem, match=number.name) as caught:
        read(make_file(SMALL))
    assert caught.value.verdict == "unreadable"


@pytest.mark.parametrize(
    "code",
    [
        "import sys;sys.exit(3)",
        "print('x')",
        "import os;os.write(1,b'x'*100)",
        "import os;os.write(1,b'{}'+bytes(8)+(99).to_bytes(8,'big'))",
        "import os;os.write(1,b'no'+bytes(8)+(2).to_bytes(8,'big'))",
        """import os;os.write(1,(12).to_bytes(8,'big')+b'{"end":true} ')""",
        """import os;os.write(1,(4).to_bytes(8,'big')+b'null')""",
    ],
)
def test_nonsense_from_the_child_is_a_sentence(make_file, monkeypatch, code):
    monkeypatch.setattr(fence, "_START", code)
    with pytest.raises(InputProblem, match="broke down"):
        read(make_file(SMALL))


def test_child_knows_no_secrets(make_file, tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTOMER_PAYMENTS_CLIENT_SECRET", "s3cret")
    path = tmp_path / "told"
    tell = f"import os;open({str(path)!r}, 'wb').write(repr(dict(os.environ)).encode())"
    monkeypatch.setattr(fence, "_START", tell)
    with make_file(SMALL).open("rb") as stream:
        child = Child(stream, len(SMALL), ReadOptions())
        try:
            with pytest.raises(InputProblem):
                child.part()
            environment = path.read_bytes()
        finally:
            child.close()
    assert b"ARROW_DEFAULT_MEMORY_POOL" in environment
    assert b"s3cret" not in environment


def test_working_folder_cannot_change_what_the_child_runs(make_file, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    (tmp_path / "importer.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert len(read(make_file(SMALL)).frame) == 2


def test_interrupt_of_the_caller_ends_the_child(make_file):
    script = (
        "import sys;from pathlib import Path;from importer.reading import *;"
        "read(Path(sys.argv[1]), ReadOptions(limits=Limits(seconds=60)))"
    )
    command = [sys.executable, "-c", script, str(make_file(LONG * 4))]
    caller = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    listed = Path(f"/proc/{caller.pid}/task/{caller.pid}/children")
    while not (pids := listed.read_text().split()):
        time.sleep(0.02)
    time.sleep(0.3)  # the child is at work
    caller.send_signal(signal.SIGINT)
    assert caller.wait(20) != 0
    assert not Path(f"/proc/{pids[0]}").exists()


def test_file_that_changes_meanwhile_is_refused(make_file, monkeypatch):
    path = make_file(SMALL)
    part = Child.part

    def meanwhile(child: Child) -> object:
        with path.open("a") as target:
            target.write("2024-01-03;b;2,50\n")
        return part(child)

    monkeypatch.setattr(Child, "part", meanwhile)
    with pytest.raises(UnreadInput, match="changed while it was read"):
        read(path)


def test_file_that_changes_before_anything_is_taken_of_it_is_refused(make_file):
    path = make_file(SMALL)

    def meanwhile() -> None:
        time.sleep(0.5)  # the child has read it long since
        path.write_text(SMALL + "2024-01-03;b;2,50\n")

    with pytest.raises(UnreadInput, match="changed while it was read"):
        read(path, meanwhile=meanwhile)


def test_a_table_outlives_its_file(make_file):
    path = make_file(SMALL * 1000)
    frame = read(path).frame
    path.unlink()
    assert frame["c2"].tolist()[-1] == "1,50"
    assert len(frame.copy()) == 2000


def test_importing_the_room_is_cheap():
    code = (
        "import sys;import importer.reading;"
        "print({'pandas','pyarrow','numpy','python_calamine'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert result.stdout.strip() == b"set()"


def test_child_loads_no_pandas():
    code = (
        "import sys;import importer.reading.worker, importer.reading.workbook,"
        "importer.reading.fast, importer.reading.xlsx;print('pandas' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert result.stdout.strip() == b"False"


def loaded_in_child(path, tmp_path, *names):
    """Read a file as the child does, and return which of these modules that loads."""
    given = {"options": ReadOptions().to_dict(), "size": path.stat().st_size, "seconds": 5}
    code = (
        "import sys;from importer.reading import worker;end = sys.exit;"
        f"sys.exit = lambda _: print(*({set(names)!r} & set(sys.modules)), file=sys.stderr);"
        f"worker.main({json.dumps(given)!r})"
    )
    target = tmp_path / "table"
    with path.open("rb") as source, target.open("wb") as table:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdin=source,
            stdout=table,
            stderr=subprocess.PIPE,
            check=True,
        )
    assert b'"layout"' in target.read_bytes()
    return done.stderr.decode().split()


def test_pyarrow_finds_in_the_child_only_what_is_needed(make_file, tmp_path):
    small = make_file(SMALL)
    assert loaded_in_child(small, tmp_path, "pandas", "numpy") == []
    large = make_file(SMALL + SMALL.splitlines(keepends=True)[-1] * 50_000)
    assert loaded_in_child(large, tmp_path, "pandas", "numpy") == ["numpy"]


def test_a_small_workbook_is_read_faster_than_arrows_functions_are_loaded(tmp_path):
    sample = Path(__file__).parents[2] / "sample_data" / "clerk-workbook.xlsx"
    assert loaded_in_child(sample, tmp_path, "pyarrow.compute", "numpy") == []


def test_all_limits_are_named_by_their_options():
    for name in Limits.__dataclass_fields__:
        message = str(Limits().problem(name, "x"))
        assert f"--limit-{name.replace('_', '-')}" in message


def test_descriptors_are_closed(make_file):
    path = make_file(SMALL)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        read(path)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
