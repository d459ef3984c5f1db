"""What shall happen to each validated row: sent, a duplicate, or held for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol, TypeGuard

from importer.currencies import may_be
from importer.model import Payment
from importer.numbering import document_number, line_numbers
from importer.planning.identity import party_of
from importer.planning.payload import payload
from importer.states import (
    BOUND_DECISIONS,
    FREED_STATES,
    Decision,
    Fingerprint,
    Identity,
    Known,
    Plan,
    State,
    resume_command,
)

_TwinKey = tuple[date, Decimal]


class History(Protocol):
    """What the import ledger knows of a company's earlier payments."""

    def known(self, company: str, digests: Collection[str]) -> Mapping[str, Known]:
        """Return the latest payment of each identity, in whatever state."""
        ...

    def dated(
        self, company: str, first: date, last: date, *, besides: Container[int]
    ) -> Sequence[Known]:
        """Return the payments with a posting date in a range, but those with the ids `besides`."""
        ...

    def with_bank_keys(
        self, company: str, keys: Collection[str], *, besides: Container[int]
    ) -> Sequence[Known]:
        """Return the payments of the bank's transaction ids, but those with the ids `besides`."""
        ...


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The ledger's knowledge, arranged for one file; freed payments only count generations."""

    same: Mapping[str, Known]
    alike: Mapping[_TwinKey, Sequence[Known]]
    bank: Mapping[str, Sequence[Known]]
    siblings: Mapping[int, Collection[str]]
    journal: str
    profile: str


def plan(
    payments: Sequence[Payment],
    prints: Mapping[int, Fingerprint],
    history: History,
    *,
    company: str,
    properties: Mapping[str, str],
    highest_visible: int | None,
    highest_bound: int | None,
    accepted: Collection[int] = (),
    own_prints: Mapping[int, Fingerprint] = MappingProxyType({}),
    siblings: Mapping[int, Collection[str]] = MappingProxyType({}),
    journal: str = "",
    profile: str = "",
    known: Mapping[str, Known] | None = None,
) -> tuple[Plan, ...]:
    """Decide about every validated row, and bind what is new to its numbers and payload.

    Args:
        payments: the matched payments of one file.
        prints: the identities of all rows of the file, also of those that are left out, by row,
            taken before matching.
        history: the import ledger.
        company: the key of the company (`company_key`).
        properties: the server's properties in order, by field.
        highest_visible: the highest line number that the journal shows.
        highest_bound: the highest line number that was ever bound in this journal.
        accepted: rows that are sent although they look like an earlier payment.
        own_prints: of an annotated workbook whose payments are told by their places in its
            source, the identities that they have in the workbook itself. A row may have been
            moved there: what is no longer the payment of its place counts by the other.
        siblings: by row that came back, the identities of the other rows of its source; to be
            like one of them proves nothing.
        journal: the journal's code.
        profile: the name of the file's profile.
        known: what the ledger has of the identities `prints`, where that was asked before.

    Raises:
        ConfigurationProblem: the journal has no line numbers left.
    """
    if known is None:
        known = _same(prints, history, company)
    prints, moved = _placed(payments, prints, own_prints, known)
    known = _same(prints, history, company) if moved else known
    alike, banks = _look_up(payments, prints, known, history, company)
    earlier = _Earlier(known, alike, banks, siblings, journal, profile)
    decided = _decide(payments, prints, earlier, moved, frozenset(accepted))
    bound = sum(one.decision in BOUND_DECISIONS for one in decided)
    return _bound(decided, _numbers(bound, highest_visible, highest_bound), properties)


def _bound(
    decided: Iterable[Plan], numbers: Iterable[int], properties: Mapping[str, str]
) -> tuple[Plan, ...]:
    left = iter(numbers)
    return tuple(
        _bind(one, next(left), properties) if one.decision in BOUND_DECISIONS else one
        for one in decided
    )


def _numbers(count: int, highest_visible: int | None, highest_bound: int | None) -> Sequence[int]:
    if not count:
        return ()
    return line_numbers(count, highest_visible=highest_visible, highest_bound=highest_bound)


def _same(prints: Mapping[int, Fingerprint], history: History, company: str) -> Mapping[str, Known]:
    return history.known(company, [mark.digest for mark in prints.values()])


def _placed(
    payments: Sequence[Payment],
    prints: Mapping[int, Fingerprint],
    own_prints: Mapping[int, Fingerprint],
    known: Mapping[str, Known],
) -> tuple[Mapping[int, Fingerprint], Mapping[int, Known]]:
    """Give payments that stand where another was imported their own identity, and name those."""
    told = [one for one in payments if prints[one.row].kind is Identity.ROW and own_prints]
    moved = {
        payment.row: before
        for payment in told
        if (before := known.get(prints[payment.row].digest)) is not None
        and before.state not in FREED_STATES
        and not agrees(payment, prints[payment.row], before)
    }
    return {**prints, **{row: own_prints[row] for row in moved}}, moved


def agrees(payment: Payment, mark: Fingerprint, before: Known) -> bool:
    """Tell whether a payment has the date, amount, currency and payer of an earlier one."""
    same = (payment.posting_date, payment.amount) == (before.posting_date, before.amount)
    return same and _same_currency(payment, before) and _same_party(mark.party, before)


def _look_up(
    payments: Sequence[Payment],
    prints: Mapping[int, Fingerprint],
    known: Mapping[str, Known],
    history: History,
    company: str,
) -> tuple[Mapping[_TwinKey, list[Known]], Mapping[str, list[Known]]]:
    """Return what may be like a new row of this file, but for what the file holds itself."""
    new = [one for one in payments if not _stands(known.get(prints[one.row].digest))]
    if not new:
        return {}, {}
    keys = {prints[payment.row].bank_key for payment in new} - {""}
    present = {one.payment_id for one in known.values()}
    days = [payment.posting_date for payment in new]
    alike: dict[_TwinKey, list[Known]] = defaultdict(list)
    # An earlier payment that this file holds itself is no twin of another of its rows.
    for one in history.dated(company, min(days), max(days), besides=present):
        if one.state not in FREED_STATES:
            alike[(one.posting_date, one.amount)].append(one)
    bank: dict[str, list[Known]] = defaultdict(list)
    for one in history.with_bank_keys(company, keys, besides=present) if keys else ():
        if one.state not in FREED_STATES:
            bank[one.bank_key].append(one)
    return alike, bank


def _stands(before: Known | None) -> TypeGuard[Known]:
    """Tell whether an earlier payment was not given up."""
    return before is not None and before.state not in FREED_STATES


def _decide(
    payments: Iterable[Payment],
    prints: Mapping[int, Fingerprint],
    earlier: _Earlier,
    moved: Mapping[int, Known],
    accepted: frozenset[int],
) -> list[Plan]:
    plans: list[Plan] = []
    first_rows = _imported_rows(prints, earlier)
    for payment in payments:
        mark = prints[payment.row]
        first = first_rows.setdefault(mark.canonical, payment.row)
        before = earlier.same.get(mark.digest)
        generation = 0 if before is None else before.generation
        if _stands(before):
            plans.append(_again(payment, mark, before, earlier.journal))
            continue
        mark = _with_matched_party(mark, payment)
        reason, twin = _likeness(payment, mark, earlier, first)
        if not reason and payment.row in moved:
            twin = moved[payment.row]
            reason = says(twin, "this place of the source")
        decision = Decision.HOLD if reason and payment.row not in accepted else Decision.SEND
        if decision is Decision.SEND:
            reason, twin = "", None
        plans.append(
            Plan(
                payment.row,
                decision,
                payment,
                mark,
                generation=generation,
                known=twin,
                reason=reason,
            )
        )
    return plans


def _imported_rows(prints: Mapping[int, Fingerprint], earlier: _Earlier) -> dict[str, int]:
    """Return the first row of the file that was imported before, by canonical text."""
    found: dict[str, int] = {}
    for row, mark in prints.items():
        before = earlier.same.get(mark.digest)
        if _stands(before):
            found.setdefault(mark.canonical, row)
    return found


def _with_matched_party(mark: Fingerprint, payment: Payment) -> Fingerprint:
    return replace(mark, party=tuple(sorted({*mark.party, *party_of(payment)})))


def _again(payment: Payment, mark: Fingerprint, before: Known, journal: str) -> Plan:
    """Decide about a payment that the ledger has; one that it holds stays held."""
    reason = f"imported before: {_named(before)}, {before.state}"
    decision = Decision.DUPLICATE
    if before.state is State.HELD:
        decision = Decision.STILL_HELD
        reason = f"held before: {_named(before)}; "
        reason += (
            "its line is on the server otherwise than sent; delete it there if it is wrong, and"
            f" `customer-payments undo {before.run_id} --deleted {before.row}` frees the row"
            if before.server_id
            else f"when you have looked, --accept-held {payment.row} sends it"
        )
    if before.waits:
        command = resume_command(before.earlier(), journal)
        reason += f"; it waits there until `{command}` has finished that run"
    return Plan(payment.row, decision, payment, mark, known=before, reason=reason)


def _likeness(
    payment: Payment, mark: Fingerprint, earlier: _Earlier, first: int
) -> tuple[str, Known | None]:
    """Return why a new payment looks like an earlier one, and which; `""` if it does not."""
    if mark.kind is Identity.BANK_ID and first != payment.row:
        return f"row {first} of this file has the same bank id and amount", None
    for one in earlier.bank.get(mark.bank_key, ()):
        return says(one, "the same bank id"), one
    key = (payment.posting_date, payment.amount)
    beside = earlier.siblings.get(payment.row, ())
    for one in earlier.alike.get(key, ()):
        if one.digest in beside or _banks_differ(mark, one, earlier.profile):
            continue
        if _same_currency(payment, one) and _same_party(mark.party, one):
            return says(one, "the same date, amount and customer"), one
    return "", None


def says(one: Known, what: str) -> str:
    """Say of an earlier payment what a row has in common with it."""
    return f"{_named(one)} has {what}, yet is not this row"


def _named(one: Known) -> str:
    there = f", id {one.server_id}" if one.server_id else ""
    return f"run {one.run_id}, row {one.row} ({one.file}{there})"


def _same_currency(payment: Payment, one: Known) -> bool:
    """Tell whether two currencies may be one; a file that states none may mean any."""
    mine, its = payment.currency, one.currency
    return not (mine and its) or may_be(mine, its) or may_be(its, mine)


def _banks_differ(mark: Fingerprint, one: Known, profile: str) -> bool:
    """Tell whether the bank itself says that two payments into one account are two.

    Where the account is not stated, only ids of one profile are known to be of one kind.
    """
    if not mark.bank_key or not one.bank_key or mark.bank_key == one.bank_key:
        return False
    account = mark.bank_key.rpartition("|")[0]
    if account != one.bank_key.rpartition("|")[0]:
        return False
    return bool(account) or profile == one.profile != ""


def _same_party(party: tuple[str, ...], one: Known) -> bool:
    """Tell whether two payments may be of one payer; nothing in common to compare counts."""
    fields = {name.partition(":")[0] for name in party}
    others = {name.partition(":")[0] for name in one.party}
    return not set(party).isdisjoint(one.party) or fields.isdisjoint(others)


def _bind(one: Plan, line_number: int, properties: Mapping[str, str]) -> Plan:
    stated = one.payment.document_number
    number = stated or document_number(one.fingerprint.digest, one.generation)
    return replace(
        one,
        line_number=line_number,
        document_number=number,
        own_document=not stated,
        payload=payload(
            one.payment, line_number=line_number, document_number=number, properties=properties
        ),
    )
