"""The order of the stages, nothing else.

Each function loads what it needs when it is called: `status` needs no table, `--help` nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.pipeline.blank import template
    from importer.pipeline.importing import check, import_file, resume, undo
    from importer.pipeline.jobs import Choice, Confirm, Intent, Job, Reading, Run
    from importer.pipeline.recalling import (
        altered,
        missing_ledger,
        recorded,
        runs,
        write_again,
    )
    from importer.pipeline.serving import check_connection, companies, journals
    from importer.pipeline.understanding import doubts, propose_for, source_rows, understand

_HOMES = {
    "check": "importing",
    "import_file": "importing",
    "resume": "importing",
    "undo": "importing",
    "Choice": "jobs",
    "Confirm": "jobs",
    "Intent": "jobs",
    "Job": "jobs",
    "Reading": "jobs",
    "Run": "jobs",
    "altered": "recalling",
    "missing_ledger": "recalling",
    "recorded": "recalling",
    "runs": "recalling",
    "write_again": "recalling",
    "check_connection": "serving",
    "companies": "serving",
    "journals": "serving",
    "doubts": "understanding",
    "propose_for": "understanding",
    "source_rows": "understanding",
    "template": "blank",
    "understand": "understanding",
}

__all__ = [
    "Choice",
    "Confirm",
    "Intent",
    "Job",
    "Reading",
    "Run",
    "altered",
    "check",
    "check_connection",
    "companies",
    "doubts",
    "import_file",
    "journals",
    "missing_ledger",
    "propose_for",
    "recorded",
    "resume",
    "runs",
    "source_rows",
    "template",
    "understand",
    "undo",
    "write_again",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"importer.pipeline.{_HOMES[name]}"), name)
