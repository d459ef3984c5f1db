"""What shall be sent of a file: compared with the ledger and the company, and decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from importer.errors import ControlMismatch
from importer.model import Bucket, Target
from importer.pipeline import checking
from importer.pipeline.checking import Checked, Taken
from importer.pipeline.connecting import Connected
from importer.pipeline.elsewhere import company_of
from importer.pipeline.jobs import Intent, Job
from importer.pipeline.understanding import Understood
from importer.states import FREED_STATES, Decision, Fingerprint, Identity, Known, Plan

if TYPE_CHECKING:
    from importer.ledger import Ledger
    from importer.validation import Validated

Prints = Mapping[int, Fingerprint]


def planned(
    understood: Understood, taken: Taken, there: Connected, ledger: Ledger, job: Job
) -> tuple[Checked, tuple[Plan, ...]]:
    """Compare with the ledger, then with the company; decide about every row that is taken."""
    from importer.planning import held_where_changed, plan
    from schemas.payment import GENERATIONS

    company = company_of(ledger, there.target)
    prints, own_prints, beside = identified(understood, taken, company, ledger)
    known = ledger.known(company, [mark.digest for mark in prints.values()])
    visible, bound = there.server.highest(), ledger.highest_bound(company, there.journal.id)
    checked = checking.matched(
        understood,
        taken.valid,
        there,
        earlier=_imported_before(prints, known),
        highest_line=max(visible or 0, bound or 0) or None,
        strict=job.choice.strict,
    )
    if file_fault(checked, job) is not None:
        return checked, ()
    plans = plan(
        checked.payments,
        prints,
        ledger,
        company=company,
        properties=GENERATIONS[there.target.generation].properties,
        highest_visible=visible,
        highest_bound=bound,
        accepted=job.accept_held,
        own_prints=own_prints,
        siblings=beside,
        journal=there.journal.code,
        profile=understood.profile.name,
        known=known,
    )
    return checked, held_where_changed(
        plans, understood.grid.places, ledger, company=company, accepted=job.accept_held
    )


def identified(
    understood: Understood, taken: Taken, company: str, ledger: Ledger
) -> tuple[Prints, Prints, Mapping[int, Collection[str]]]:
    """Return by row the identities of a file's payments, those in an annotated workbook itself.

    The third are the identities that stood beside each row in its source.
    """
    from importer.planning import fingerprints, siblings

    by_row = understood.profile.identity_tier == Identity.ROW
    # Where the row itself is the identity, its number in an annotated workbook tells it already.
    beside = {} if by_row else siblings(understood.grid.places, ledger, company)
    of_source = partial(
        fingerprints,
        taken.whole,
        identity=understood.profile.identity_tier,
        company=company,
        siblings=beside,
    )
    own, origin = understood.grid.source.sha256, understood.grid.layout.origin
    prints = of_source(source_sha256=origin or own)
    return prints, of_source(source_sha256=own) if origin else {}, beside


def _imported_before(
    prints: Mapping[int, Fingerprint], known: Mapping[str, Known]
) -> Collection[int]:
    return {
        row
        for row, mark in prints.items()
        if mark.digest in known and known[mark.digest].state not in FREED_STATES
    }


def accepted_now(plan: Plan, job: Job) -> bool:
    """Tell whether the user releases a row that an earlier run held."""
    return plan.decision is Decision.STILL_HELD and plan.row in job.accept_held


def _as_accepted(plans: Iterable[Plan], job: Job) -> tuple[Plan, ...]:
    return tuple(
        replace(plan, decision=Decision.SEND) if accepted_now(plan, job) else plan for plan in plans
    )


def ends(checked: Checked, plans: Iterable[Plan], job: Job) -> Iterator[tuple[int, Bucket]]:
    """Yield where each row is about to end, with those that the user releases as planned."""
    for row, plan in checking.decided(checked, _as_accepted(plans, job)):
        yield row.row, checking.bucket_of(row, plan)


def intent(checked: Checked, plans: tuple[Plan, ...], target: Target, job: Job) -> Intent:
    """Sum up what an import is about to do, for the question before it."""
    plans = _as_accepted(plans, job)
    sent = [plan.payment for plan in plans if plan.decision is Decision.SEND]
    counts = dict.fromkeys(Bucket, 0)
    totals: dict[Bucket, dict[str, Decimal]] = {bucket: {} for bucket in Bucket}
    for row, plan in checking.decided(checked, plans):
        bucket = checking.bucket_of(row, plan)
        counts[bucket] += 1
        received, sums = max(row.amount or Decimal(0), Decimal(0)), totals[bucket]
        if received:
            sums[row.currency] = sums.get(row.currency, Decimal(0)) + received
    largest: dict[str, Decimal] = {}
    for payment in sent:
        largest[payment.currency] = max(payment.amount, largest.get(payment.currency, Decimal(0)))
    days = sorted(payment.posting_date for payment in sent)
    return Intent(
        target=target,
        counts=counts,
        totals=totals,
        largest=largest,
        first_day=days[0].isoformat() if days else "no date",
        last_day=days[-1].isoformat() if days else "no date",
    )


def file_fault(findings_of: Checked | Validated, job: Job) -> ControlMismatch | None:
    """Return why nothing of a file may be sent, unless the user accepts that."""
    return checking.file_fault(findings_of.findings, accept_totals=job.accept_totals)


def unsent(checked: Checked, job: Job) -> str:
    """Return why an import of what was checked would send nothing, `""` where it would send."""
    fault = file_fault(checked, job)
    why = str(fault) if fault else checking.rows_fault(checked, job.choice)
    why = why.removeprefix("Nothing was sent: ").rstrip(".")
    return why and f"An import would send nothing: {why}."
