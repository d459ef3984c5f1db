"""Findings grouped by their cause: what to do first, then what is wrong, then where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from importer.model import Bucket, Finding, RowOutcome, RunRecord, Severity
from importer.reports.language import finding_text, reason_text, say

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}

_REMEDIES: Mapping[Bucket, str] = MappingProxyType(
    {
        Bucket.REFUSED: "Correct what the server names, in rejects.csv or in Business Central, "
        "and import rejects.csv",
        Bucket.REJECTED: "Correct the rows in rejects.csv and import that file",
        Bucket.HELD: "Compare each row with what it names, and decide whether it is to be sent",
        Bucket.UNKNOWN: "Run `customer-payments resume`: it looks the lines up before it sends "
        "anything again",
    }
)
"""What to do about rows that end in a bucket without a finding of their own."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a cause shows: row (None: the whole file), column, cell, value, words."""

    row: int | None
    column: str
    cell: str
    value: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings with the same code in the same column, worst first."""

    code: str
    severity: Severity
    column: str
    remedies: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def rows(self) -> int:
        """Return in how many rows the cause shows."""
        return len({place.row for place in self.places if place.row is not None})


def causes(record: RunRecord) -> tuple[Cause, ...]:
    """Return the causes of a run, errors first, then by the number of places, then by name."""
    groups: dict[tuple[str, Severity, str], list[Finding]] = {}
    for finding in (*record.findings, *_outcomes(record)):
        key = (finding.code, finding.severity, finding.column)
        groups.setdefault(key, []).append(finding)
    found = [_cause(findings) for findings in groups.values()]
    return tuple(sorted(found, key=lambda c: (_RANK[c.severity], -len(c.places), c.code, c.column)))


def has_causes(record: RunRecord) -> bool:
    """Return whether there is any cause, without making them all."""
    return bool(record.findings) or any(True for _ in _outcomes(record))


def _cause(findings: list[Finding]) -> Cause:
    first = findings[0]
    told = {f.remedy: finding_text(f.code, f.remedy) for f in findings if f.remedy}
    remedies = tuple(dict.fromkeys(told.values()))
    places = sorted(findings, key=lambda finding: finding.row or 0)
    return Cause(
        first.code,
        first.severity,
        first.column,
        remedies,
        tuple(
            Place(
                f.row,
                f.column,
                f.cell,
                f.value,
                finding_text(f.code, f.message),
                told.get(f.remedy, ""),
            )
            for f in places
        ),
    )


def _outcomes(record: RunRecord) -> Iterable[Finding]:
    """Say of rows that a person must look at, and that no finding names, why they stopped."""
    named = {finding.row for finding in record.findings if finding.severity is Severity.ERROR}
    for row in record.rows:
        if row.bucket in _REMEDIES and row.row not in named:
            yield _outcome(row)


def _outcome(row: RowOutcome) -> Finding:
    return Finding(
        code=row.server_code or str(row.bucket),
        severity=Severity.WARNING if row.bucket is Bucket.HELD else Severity.ERROR,
        row=row.row,
        column="",
        value="",
        message=reason_text(row.reason) or say("the row is {bucket}", bucket=say(row.bucket)),
        remedy=say(_REMEDIES[row.bucket]),
    )
