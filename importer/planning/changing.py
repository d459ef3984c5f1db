"""Rows that came back as other payments than those which their places were sent as."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from importer.model import Place
from importer.planning.deciding import History, agrees, says
from importer.planning.siblings import Sources, at_places
from importer.states import FREED_STATES, Decision, Known, Plan, State


class Ledger(History, Sources, Protocol):
    """What the import ledger knows of earlier payments and of the files they stood in."""


def held_where_changed(
    plans: Sequence[Plan],
    places: Mapping[int, Place],
    ledger: Ledger,
    *,
    company: str,
    accepted: Collection[int] = (),
) -> tuple[Plan, ...]:
    """Hold the rows whose places were sent as another payment: a changed row is no new one.

    Args:
        plans: what was decided about the rows of one file.
        places: by row that came back, where it stood.
        ledger: the import ledger.
        company: the key of the company (`company_key`).
        accepted: rows that are sent although they look like an earlier payment.
    """
    sent = {one.row for one in plans if one.decision is Decision.SEND}.difference(accepted)
    told = at_places({row: place for row, place in places.items() if row in sent}, ledger, company)
    known = ledger.known(company, {digest for found in told.values() for digest in found})
    return tuple(_held(one, known, told.get(one.row, ())) for one in plans)


def _held(one: Plan, known: Mapping[str, Known], digests: Collection[str]) -> Plan:
    earlier = [
        before
        for digest in sorted(digests)
        if (before := known.get(digest)) is not None
        and before.state not in {*FREED_STATES, State.HELD}
    ]
    if not earlier or any(agrees(one.payment, one.fingerprint, before) for before in earlier):
        return one
    before = earlier[-1]
    reason = (
        f"{says(before, 'this place of the source')}: it is line {before.line_number} with the "
        f"amount {before.amount:,f}. Undo that run, or correct the line in Business Central"
    )
    return replace(one, decision=Decision.HOLD, known=before, reason=reason)
