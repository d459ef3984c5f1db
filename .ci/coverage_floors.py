"""Fail where branch coverage is below what the project promises."""

import json
import subprocess
import sys
from pathlib import Path

OVERALL_PERCENT = 95.0
WHOLE = (
    "importer/planning/",
    "importer/sending/",
    "importer/ledger/",
    "importer/states.py",
    "importer/numbering.py",
    "importer/business_central/answers.py",
)
"""Where every branch is taken: planning, sending, ledger and the classification of answers."""

report = Path("coverage.json")
subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", report], check=True)
measured = json.loads(report.read_text())
report.unlink()
faults = []
overall = measured["totals"]["percent_covered"]
if overall < OVERALL_PERCENT:
    faults.append(f"overall: {overall:.1f} %; at least {OVERALL_PERCENT}")
for name, file in measured["files"].items():
    summary = file["summary"]
    if name.startswith(WHOLE) and (summary["missing_lines"] or summary["missing_branches"]):
        lines = ", ".join(map(str, file["missing_lines"]))
        branches = ", ".join(f"{a}->{b}" for a, b in file["missing_branches"])
        faults.append(f"{name}: not taken: {lines} {branches}")
sys.stdout.write("\n".join(faults or [f"branch coverage {overall:.1f} %"]) + "\n")
sys.exit(bool(faults))
