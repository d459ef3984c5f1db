"""The end of a run on a terminal: buckets and totals, the first causes, the verdict, the paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from importer.model import Reconciliation, RunRecord
from importer.reports.causes import Cause, causes
from importer.reports.words import BUCKETS, count, currencies, money, totals, verdict

MAX_CAUSES = 6
MAX_REASONS = 5
_TEXT_WIDTH = 200


def terminal_lines(
    record: RunRecord, reconciliation: Reconciliation, reports: Iterable[Path] = ()
) -> list[str]:
    """Return the lines that end a command: however long the file is, about a screenful."""
    return [
        *_table(record, reconciliation),
        *_causes(record),
        "",
        *_verdict(record, reconciliation),
        *(f"  {path}" for path in reports),
    ]


def _table(record: RunRecord, reconciliation: Reconciliation) -> list[str]:
    names, sums = currencies(reconciliation), totals(record)
    head = ("bucket", "rows", *(f"received {name}".rstrip() for name in names))
    body = [
        (
            str(bucket),
            f"{reconciliation.counts[bucket]:,}",
            *(money(sums[bucket, name], name, named=False) for name in names),
        )
        for bucket in BUCKETS
        if reconciliation.counts[bucket]
    ]
    whole = (reconciliation.by_currency.get(name, Decimal(0)) for name in names)
    foot = (
        "file",
        f"{reconciliation.rows:,}",
        *(money(total, name, named=False) for total, name in zip(whole, names, strict=True)),
    )
    widths = [max(map(len, column)) for column in zip(head, *body, foot, strict=True)]
    lines = [_aligned(line, widths) for line in (head, *body, foot)]
    return [*lines[:-1], "-" * len(lines[0]), lines[-1]]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers = zip(line, widths, strict=True)
    return "  ".join([f"{first[0]:<{first[1]}}", *(f"{text:>{wide}}" for text, wide in numbers)])


def _causes(record: RunRecord) -> list[str]:
    found = causes(record)
    lines = [""] if found else []
    for cause in found[:MAX_CAUSES]:
        lines.extend(_cause(cause, record.source.file))
    if len(found) > MAX_CAUSES:
        rest = found[MAX_CAUSES:]
        places = sum(len(cause.places) for cause in rest)
        lines.append(f"… and {count(places, 'finding')} of other causes: see the report")
    return lines


def _cause(cause: Cause, file: str) -> list[str]:
    first = cause.places[0]
    where = file if first.row is None else f"{file}:{first.row}"
    column = f" {cause.column}" if cause.column else ""
    more = f" (and {count(len(cause.places) - 1, 'more place')})" if len(cause.places) > 1 else ""
    lines = [_short(f"{cause.severity} {cause.code}: {where}{column}: {first.message}{more}")]
    if cause.remedies:
        lines.append(_short(f"  {cause.remedies[0]}"))
    return lines


def _verdict(record: RunRecord, reconciliation: Reconciliation) -> list[str]:
    said = verdict(record, reconciliation)
    sentence = said.sentence[0].lower() + said.sentence[1:]
    lines = [f"{sentence}.", *(f"  {reason}" for reason in said.reasons[:MAX_REASONS])]
    if len(said.reasons) > MAX_REASONS:
        lines.append(f"  … and {count(len(said.reasons) - MAX_REASONS, 'more difference')}")
    if record.message:
        lines.append(record.message)
    return lines


def _short(line: str) -> str:
    """Return one line without control characters: a cell must not steer the terminal."""
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
    return plain if len(plain) <= _TEXT_WIDTH else f"{plain[: _TEXT_WIDTH - 1]}…"
