"""The rows of a file as they were understood, before any rule of validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.mapping.amounts_of_rows import DIRECTION, SIGN, TWO_SIDES
from importer.mapping.mapped import listed
from importer.model import Bucket, Kind, Severity, SourceRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.mapping.mapped import Mapped


_FAULTS = {
    TWO_SIDES: "there is an amount in the credit and in the debit column",
    SIGN: "the amount has the opposite sign of its column or word",
    DIRECTION: "no word says whether it was received or paid",
}


def source_rows(mapped: Mapped, faults: Mapping[int, str] | None = None) -> tuple[SourceRow, ...]:
    """Return every row with what it is; an incoming one has no bucket unless it is unreadable.

    `faults` is what else is wrong with rows, by their numbers.
    """
    used = {column.position for columns in mapped.columns.values() for column in columns}
    faulty = {
        finding.row: finding.message
        for finding in reversed(mapped.grid.findings)
        if finding.severity is Severity.ERROR
        and not (finding.column.isdecimal() and int(finding.column) not in used)
    }
    buckets: list[Bucket | None] = []
    reasons: list[str] = []
    for row, kind, rule, fault in _lines(mapped):
        if kind != Kind.INCOMING:
            buckets.append(Bucket.SKIPPED)
            reasons.append(rule)
        else:
            reasons.append(faulty.get(row, fault) or (faults or {}).get(row, ""))
            buckets.append(Bucket.REJECTED if reasons[-1] else None)
    return mapped.source_rows(buckets, reasons)


def _lines(mapped: Mapped) -> Iterator[tuple[int, str, str, str]]:
    frame = mapped.frame
    no_day = frame["posting_date"].isna()
    no_amount = frame["amount"].isna()
    faults = [""] * len(frame)
    incoming = frame["kind"] == str(Kind.INCOMING)
    for at in frame.index[(incoming & (no_day | no_amount)).to_numpy(dtype=bool)]:
        which, text = ("date", "posting_date_text") if no_day[at] else ("amount", "amount_text")
        found = frame[text].iloc[at]
        said = f"'{found[:60]}' is no {which}" if found else f"there is no {which}"
        faults[at] = said if no_day[at] else _FAULTS.get(frame["amount_fault"].iloc[at], said)
    return zip(*(listed(frame[name]) for name in ("row", "kind", "rule")), faults, strict=True)
