import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("run.py")


def test_benchmarks_every_figure_is_measured_at_small_size(tmp_path):
    command = [sys.executable, SCRIPT, "--scale", "0.0005", "--runs", "1", "--folder", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if " goal " in line]
    assert len(lines) >= 18
    for words in ("read_csv", "read_excel", "growth", "--help", "status", "again", "sending"):
        assert any(words in line for line in lines), words
