"""Which import ledger a command works on, and whether it is there."""

from __future__ import annotations

from typing import Any

from importer.errors import UsageProblem


def ledger_of(given: dict[str, Any], *, needed: bool = False) -> str:
    """Return the import ledger that a command's arguments name, or the usual one.

    Raises:
        UsageProblem: it is needed, and there is none.
    """
    from importer.settings import default_ledger

    location = given["ledger"] or default_ledger()
    if needed and (missing := no_ledger(location)):
        raise UsageProblem(
            f"{missing}. Nothing was done; name that of the import with --ledger, or with "
            "CUSTOMER_PAYMENTS_LEDGER"
        )
    return location


def no_ledger(location: str) -> str:
    """Say that there is no import ledger at a location, `""` where there is one."""
    from importer import pipeline

    missing = pipeline.missing_ledger(location)
    return f"There is no import ledger at {missing}" if missing else ""
