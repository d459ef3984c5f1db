"""The words of the reports: amounts, buckets and the verdict."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from importer.amounts import currency_decimals
from importer.model import Bucket, Kind, Reconciliation, RowOutcome, RunRecord
from importer.reports.language import (
    difference_text,
    figures,
    finding_text,
    plural,
    say,
    spoken,
)
from importer.states import resume_command, waiting

BUCKETS: tuple[Bucket, ...] = (
    Bucket.CREATED,
    Bucket.PLANNED,
    Bucket.REJECTED,
    Bucket.REFUSED,
    Bucket.HELD,
    Bucket.UNKNOWN,
    Bucket.DUPLICATE,
    Bucket.SKIPPED,
)
"""The buckets in the order in which a reader wants them."""

NOUNS = ("row", "duplicate", "line", "byte", "place", "more place", "finding", "more difference")
"""What reports count; catalogues have each in the singular and the plural."""

MEANINGS: Mapping[Bucket, str] = MappingProxyType(
    {
        Bucket.CREATED: "a journal line on the server",
        Bucket.PLANNED: "ready to send, not sent",
        Bucket.REJECTED: "wrong in the file, not sent; its findings say why",
        Bucket.REFUSED: "sent and refused by the server; its words say why",
        Bucket.HELD: "a person must decide; not sent",
        Bucket.UNKNOWN: "sent, but the answer was lost; not yet resolved",
        Bucket.DUPLICATE: "imported before; not sent again",
        Bucket.SKIPPED: "no incoming payment; not sent",
    }
)

_ROWS_REJECTED = re.compile(
    r": (?P<rows>[\d,]+) rows? (?:is|are) rejected and --on-error is (?P<word>[a-z-]+)\.$"
)
_MORE = re.compile(r" \(and (\d+) more\)\. ")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict in one sentence, and every reason against it as a sentence."""

    sentence: str
    reasons: tuple[str, ...]
    good: bool


def money(amount: Decimal, currency: str = "", *, named: bool = True) -> str:
    """Return `318,220.55 EUR`: never fewer decimals than the currency or the amount has.

    `named=False` leaves the currency to the heading. Marks are those of the chosen language.
    """
    exponent = amount.as_tuple().exponent
    stated = -exponent if isinstance(exponent, int) else 0
    text = figures(f"{amount:,.{max(stated, currency_decimals(currency))}f}")
    return f"{text} {currency}" if currency and named else text


def exact(amount: Decimal | None) -> str:
    """Return an amount for machines: digits and a point, or nothing."""
    return "" if amount is None else f"{amount:f}"


def received(row: RowOutcome) -> Decimal:
    """Return the money that a row brings in; 0 where it is no incoming payment."""
    incoming = row.kind is Kind.INCOMING and row.amount is not None and row.amount > 0
    return row.amount if incoming and row.amount is not None else Decimal(0)


def currencies(reconciliation: Reconciliation) -> tuple[str, ...]:
    """Return the currencies of the money received; sums are only ever of one of them."""
    return tuple(sorted(reconciliation.by_currency)) or (reconciliation.currency,)


def totals(reconciliation: Reconciliation) -> Mapping[tuple[Bucket, str], Decimal]:
    """Return the money received by bucket and currency; 0 for what is not there."""
    return defaultdict(Decimal, reconciliation.sums)


def received_title(currency: str) -> str:
    """Return the title of a column of money received: `Received EUR`."""
    return say("Received {currency}", currency=currency).rstrip()


def count(number: int, noun: str) -> str:
    """Return `1 row` or `1,204 rows`; the noun is one of `NOUNS`."""
    return plural(f"{{n}} {noun}", f"{{n}} {noun}s", number)


def whole(number: int) -> str:
    """Return a whole number: `1,204`."""
    return figures(f"{number:,}")


def bucket_label(bucket: Bucket) -> str:
    """Return what a bucket is called."""
    return say(str(bucket))


def moment(time: datetime | None) -> str:
    """Return a time for a person; times of a run are UTC."""
    return say("not finished") if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"


def received_in_all(reconciliation: Reconciliation) -> str:
    """Return the money received, each currency by itself."""
    parts = [money(total, code) for code, total in sorted(reconciliation.by_currency.items())]
    if len(parts) > 1 and "" in reconciliation.by_currency:
        parts[0] = say("{money} without a currency", money=parts[0])
    return _listed(parts) if parts else money(Decimal(0), reconciliation.currency)


def bucket_counts(reconciliation: Reconciliation) -> str:
    """Return `1,190 created, 9 rejected, 5 duplicates`: every bucket that holds a row."""
    counts = reconciliation.counts
    return ", ".join(_counted(bucket, counts[bucket]) for bucket in BUCKETS if counts[bucket])


def verdict(record: RunRecord, reconciliation: Reconciliation) -> Verdict:
    """Return the verdict on a run, in words first."""
    unsent = record.message if record.command == "check" else ""
    told = map(difference_text, reconciliation.differences)
    reasons = (*told, *_waiting(record, reconciliation))
    if unsent:
        reasons = (_unsent(record), *reasons)
    head = say("In balance") if reconciliation.in_balance else say("Not in balance")
    if record.command == "check":
        head = say("{head} (dry run, nothing was sent)", head=head)
    if unsent:
        head = say("An import would send nothing (dry run)")
    rows, money_in = count(reconciliation.rows, "row"), received_in_all(reconciliation)
    summary = say("{rows}, {money} received", rows=rows, money=money_in)
    buckets = bucket_counts(reconciliation)
    sentence = f"{head}: {summary}; {buckets}" if buckets else f"{head}: {summary}"
    return Verdict(sentence, reasons, reconciliation.in_balance and not unsent)


def _unsent(record: RunRecord) -> str:
    """Say why an import would send nothing: by a finding on the whole file, or by its rows."""
    if spoken() == "en":
        return record.message
    if found := _ROWS_REJECTED.search(record.message):
        return plural(
            "An import would send nothing: {n} row is rejected and --on-error is {word}.",
            "An import would send nothing: {n} rows are rejected and --on-error is {word}.",
            int(found["rows"].replace(",", "")),
            word=found["word"],
        )
    for one in record.findings:
        if one.row is None and f": {one.message}" in record.message:
            why = finding_text(one.code, one.message)
            if more := _MORE.search(record.message):
                others = count(int(more[1]), "more difference")
                why = f"{why} ({say('and {places}', places=others)})"
            remedy = finding_text(one.code, one.remedy)
            return say("An import would send nothing: {why}. {remedy}", why=why, remedy=remedy)
    return record.message


def _waiting(record: RunRecord, reconciliation: Reconciliation) -> Iterable[str]:
    planned = reconciliation.counts[Bucket.PLANNED]
    unknown = reconciliation.counts[Bucket.UNKNOWN]
    if planned and record.command != "check":
        yield plural(
            "{n} row not sent yet; `customer-payments resume` goes on with it",
            "{n} rows not sent yet; `customer-payments resume` goes on with them",
            planned,
        )
    if unknown:
        yield plural(
            "{n} row was sent without an answer that was kept; `customer-payments resume` looks "
            "it up before anything is sent again",
            "{n} rows were sent without an answer that was kept; `customer-payments resume` looks "
            "them up before anything is sent again",
            unknown,
        )
    yield from _waiting_elsewhere(record)


def _waiting_elsewhere(record: RunRecord) -> Iterable[str]:
    """Say which duplicates are of payments that another run has yet to finish."""
    journal = record.target.journal_code if record.target else ""
    runs = Counter((one.run_id, resume_command(one, journal)) for one in waiting(record.rows))
    for (run, command), rows in sorted(runs.items()):
        yield plural(
            "{n} row waits in run {run}, which is not finished: `{command}` sends it",
            "{n} rows wait in run {run}, which is not finished: `{command}` sends them",
            rows,
            run=run,
            command=command,
        )


def _counted(bucket: Bucket, number: int) -> str:
    if bucket is Bucket.DUPLICATE:
        return count(number, "duplicate")
    label = say("ready to send") if bucket is Bucket.PLANNED else bucket_label(bucket)
    return f"{whole(number)} {label}"


def _listed(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return say("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])
