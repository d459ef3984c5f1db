"""The end of a run on a terminal: buckets and totals, the first causes, the verdict, the paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from importer.model import Reconciliation, RunRecord
from importer.reports.causes import Cause, causes
from importer.reports.language import say, spoken
from importer.reports.words import (
    BUCKETS,
    bucket_label,
    count,
    currencies,
    money,
    received_title,
    totals,
    verdict,
    whole,
)

MAX_CAUSES = 6
MAX_REASONS = 5
_TEXT_WIDTH = 200


def terminal_lines(
    record: RunRecord, reconciliation: Reconciliation, reports: Iterable[Path] = ()
) -> list[str]:
    """Return the lines that end a command: however long the file is, about a screenful."""
    return [
        *_table(reconciliation),
        *_causes(record),
        "",
        *_verdict(record, reconciliation),
        *(f"  {path}" for path in reports),
    ]


def _table(reconciliation: Reconciliation) -> list[str]:
    names, sums = currencies(reconciliation), totals(reconciliation)
    head = (say("Bucket"), say("Rows"), *(received_title(name) for name in names))
    body = [
        (
            bucket_label(bucket),
            whole(reconciliation.counts[bucket]),
            *(money(sums[bucket, name], name, named=False) for name in names),
        )
        for bucket in BUCKETS
        if reconciliation.counts[bucket]
    ]
    sums_in = (reconciliation.by_currency.get(name, Decimal(0)) for name in names)
    foot = (
        say("file"),
        whole(reconciliation.rows),
        *(money(total, name, named=False) for total, name in zip(sums_in, names, strict=True)),
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
        found_more = count(places, "finding")
        lines.append(say("… and {findings} of other causes: see the report", findings=found_more))
    return lines


def _cause(cause: Cause, file: str) -> list[str]:
    first = cause.places[0]
    where = file if first.row is None else f"{file}:{first.row}"
    column = f" {cause.column}" if cause.column else ""
    others = len(cause.places) - 1
    more = f" ({say('and {places}', places=count(others, 'more place'))})" if others else ""
    severity = say(str(cause.severity))
    lines = [_short(f"{severity} {cause.code}: {where}{column}: {first.message}{more}")]
    if cause.remedies:
        lines.append(_short(f"  {cause.remedies[0]}"))
    return lines


def _verdict(record: RunRecord, reconciliation: Reconciliation) -> list[str]:
    said = verdict(record, reconciliation)
    sentence = said.sentence
    if spoken() == "en":
        sentence = sentence[0].lower() + sentence[1:]
    lines = [f"{sentence}.", *(f"  {reason}" for reason in said.reasons[:MAX_REASONS])]
    if len(said.reasons) > MAX_REASONS:
        others = count(len(said.reasons) - MAX_REASONS, "more difference")
        lines.append(f"  … {say('and {places}', places=others)}")
    if record.message and record.command != "check":  # there it is the first of the reasons
        lines.append(record.message)
    return lines


def _short(line: str) -> str:
    """Return one line without control characters: a cell must not steer the terminal."""
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
    return plain if len(plain) <= _TEXT_WIDTH else f"{plain[: _TEXT_WIDTH - 1]}…"
