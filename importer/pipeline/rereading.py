"""What a run may still send, compared with what the file says as it is read now."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.amounts import plain
from importer.states import Identity

if TYPE_CHECKING:
    from decimal import Decimal

    from importer.ledger import Ledger
    from importer.model import Payment, RowOutcome
    from importer.states import Fingerprint, Item

_WHOLE = frozenset({Identity.BALANCE, Identity.CONTENT})
"""Identities that are made of all that a row says, but for what `_BESIDE` names."""

_BESIDE = ("contact id", "dimensions")

_TEXTS = ("external_document_number", "description", "comment", "contact_id")


@dataclass(frozen=True, slots=True)
class Reread:
    """A payment of a run, and what its row is now: the payment that it states, its identities."""

    item: Item
    payment: Payment | None
    marks: Collection[Fingerprint]


def read_otherwise(ledger: Ledger, run_id: str, rows: Iterable[Reread]) -> str:
    """Say what a run may still send otherwise than the file is read now, `""` if nothing.

    Compared is what the file states: that another customer or invoice would be found on the
    server now changes nothing.
    """
    from schemas.payment import GENERATIONS

    target, company = ledger.target(run_id)
    names = GENERATIONS[target.generation].properties
    rows = tuple(rows)
    outcomes = {one.row: one for one in ledger.run_record(run_id).rows} if rows else {}
    known = ledger.known(company, {one.item.digest for one in rows})
    for one in rows:
        item, payload = one.item, json.loads(one.item.payload)
        sent = {field: payload.get(name, "") for field, name in names.items()}
        if other := _other(one, sent, outcomes[item.row], known[item.digest].currency):
            return f"row {item.row} waits there{other} as the file is read now"
    return ""


def _other(one: Reread, sent: Mapping[str, str], outcome: RowOutcome, currency: str) -> str:
    item, payment = one.item, one.payment
    if payment is None:
        return ", which is no payment"
    if (payment.amount, payment.posting_date) != (item.amount, item.posting_date):
        return (
            f" with {_money(item.amount)} of {item.posting_date}, "
            f"and is {_money(payment.amount)} of {payment.posting_date}"
        )
    same = [mark for mark in one.marks if mark.digest == item.digest]
    whole = any(mark.kind in _WHOLE for mark in same)
    stated = (
        ("currency", currency, payment.currency),
        *_payer(sent, outcome, payment),
        *_texts(item, sent, payment),
        ("dimensions", _listed(item.dimensions), _listed(payment.dimensions)),
    )
    for name, then, now in stated:
        if then != now and (name in _BESIDE or not whole):
            return f"{_named(name, then)}, and has {_quoted(now)}"
    if same:
        return ""
    return " as another payment (by bank id, account, payer, reference or balance) than it is"


def _payer(
    sent: Mapping[str, str], outcome: RowOutcome, payment: Payment
) -> Iterator[tuple[str, str, str]]:
    """Yield customer and invoice, then and now, each by the key that the file states now."""
    if payment.customer_number or not payment.customer_id:
        # One that the file does not state is the payer of the invoice, which is compared.
        if payment.customer_number or not outcome.invoice_number:
            yield "customer number", sent["customer_number"], payment.customer_number
    else:
        yield "customer id", sent["customer_id"].lower(), payment.customer_id.lower()
    if payment.invoice_number or not payment.invoice_id:
        then, now = outcome.invoice_number.upper(), payment.invoice_number.upper()
        yield "invoice number", then, now
    else:
        yield "invoice id", sent["invoice_id"].lower(), payment.invoice_id.lower()


def _texts(item: Item, sent: Mapping[str, str], payment: Payment) -> Iterator[tuple[str, str, str]]:
    document = "" if item.own_document else item.document_number
    yield "document number", document, payment.document_number
    for field in _TEXTS:
        if field in sent:
            yield field.replace("_", " "), sent[field], getattr(payment, field)


def _listed(dimensions: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{code}={value}" for code, value in dimensions)


def _named(name: str, value: str) -> str:
    return f" with the {name} {_quoted(value)}" if value else f" without {name}"


def _quoted(value: str) -> str:
    return f"'{value}'" if value else "none"


def _money(amount: Decimal) -> str:
    return plain(amount.normalize())
