"""What was sent against what the server shows, both as the server normalises them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

from importer.model import ServerLine
from importer.states import Filled, Item

_EXACT: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class _Echoed(msgspec.Struct, rename="camel"):
    """What an answer repeats whatever the server fills in."""

    line_number: int
    amount: Decimal


_ECHOED: Final = msgspec.json.Decoder(_Echoed)
_NO_ID = "00000000-0000-0000-0000-000000000000"


def sent_values(payload: bytes) -> dict[str, Any]:
    """Return the properties of a payload; numbers are exact."""
    return _EXACT.decode(payload)


def differences(item: Item, line: ServerLine, *, number: bool = True) -> tuple[str, ...]:
    """Return in what a line differs from what was sent for a payment; `()` if it is that.

    Codes compare upper-case and trimmed, amounts by value. What was left out must be empty, or
    as the server filled it in: a description, and a customer, which it takes from the invoice.

    Args:
        item: the payment.
        line: the line that the server shows.
        number: whether the line number counts.
    """
    sent = sent_values(item.payload)
    pairs: list[tuple[str, object, object]] = [
        ("posting date", sent["postingDate"], _date(line)),
        ("document number", kept_code(sent.get("documentNumber")), kept_code(line.document_number)),
        (
            "external document number",
            kept_code(sent.get("externalDocumentNumber")),
            kept_code(line.external_document_number),
        ),
        ("amount", sent["amount"], line.amount),
        ("comment", _plain(sent.get("comment")), _plain(line.comment)),
    ]
    if number:
        pairs.append(("line number", sent["lineNumber"], line.line_number))
    if "description" in sent:
        pairs.append(("description", _plain(sent["description"]), _plain(line.description)))
    pairs += _references(sent, line)
    unlike = [
        f"{name}: sent {_shown(ours)}, found {_shown(theirs)}"
        for name, ours, theirs in pairs
        if ours != theirs
    ]
    return (*unlike, *_refilled(item, sent, line))


def _refilled(item: Item, sent: dict[str, Any], line: ServerLine) -> Iterator[str]:
    """Yield in what a line differs from what the server itself had filled in."""
    was, now = item.filled, filled(line)
    if was is None:
        return
    if "description" not in sent and was.description != now.description:
        yield f"description: was {_shown(was.description)}, found {_shown(now.description)}"
    by_us = "customerNumber" in sent or "customerId" in sent
    if not by_us and was.customer_number != now.customer_number:
        yield f"customer: was {_shown(was.customer_number)}, found {_shown(now.customer_number)}"


def filled(line: ServerLine) -> Filled:
    """Return what the server filled in of a line that was just created or found."""
    return Filled(kept_code(line.customer_number), _plain(line.description))


def echo_differences(item: Item, line: ServerLine) -> tuple[str, ...]:
    """Return in what the answer to a creation contradicts the request."""
    sent = _ECHOED.decode(item.payload)
    pairs = (
        ("line number", sent.line_number, line.line_number),
        ("amount", sent.amount, line.amount),
    )
    return tuple(
        f"{name}: sent {ours}, found {theirs}" for name, ours, theirs in pairs if ours != theirs
    )


def renumbered(payload: bytes, old: int, new: int) -> bytes:
    """Return a payload with another line number; nothing else of it changes."""
    start = f'{{"lineNumber":{old},'.encode()
    if not payload.startswith(start):
        raise ValueError("a payload begins with its line number")
    return f'{{"lineNumber":{new},'.encode() + payload[len(start) :]


def _references(sent: dict[str, Any], line: ServerLine) -> list[tuple[str, object, object]]:
    pairs: list[tuple[str, object, object]] = []
    if "customerNumber" in sent:
        pairs.append(
            ("customer", kept_code(sent["customerNumber"]), kept_code(line.customer_number))
        )
    elif "customerId" in sent:
        pairs.append(("customer id", _id(sent["customerId"]), _id(line.customer_id)))
    if "appliesToInvoiceId" in sent:
        pairs.append(("invoice id", _id(sent["appliesToInvoiceId"]), _id(line.invoice_id)))
    else:
        stated = kept_code(sent.get("appliesToInvoiceNumber"))
        pairs.append(("invoice", stated, kept_code(line.invoice_number)))
    return pairs


def _date(line: ServerLine) -> str:
    return line.posting_date.isoformat() if line.posting_date else ""


def kept_code(value: str | None) -> str:
    """Return a number or code as the server keeps it."""
    return (value or "").strip().upper()


def _plain(value: str | None) -> str:
    return (value or "").strip()


def _id(value: str) -> str:
    short = value.strip("{}").casefold()
    return "" if short == _NO_ID else short


def _shown(value: object) -> str:
    return str(value) or "nothing"
