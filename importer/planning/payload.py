"""The exact bytes of a payment: written once, sent unchanged however often."""

from __future__ import annotations

import json
from collections.abc import Mapping

from importer.amounts import to_server
from importer.model import Payment


def payload(
    payment: Payment, *, line_number: int, document_number: str, properties: Mapping[str, str]
) -> bytes:
    """Return the JSON of one journal line.

    Properties stand in the order in which the page handles them; empty ones are left out, and
    of a customer and an invoice only one key is sent: the number of a customer, which a person
    can read, and the id of an invoice, because the server accepts any number unseen.

    Args:
        payment: a matched payment.
        line_number: the number that is bound to it.
        document_number: the number that it is marked with.
        properties: our field name to the server's property, in order
            (`schemas.payment.GENERATIONS`).
    """
    values = {
        "line_number": str(line_number),
        "customer_id": "" if payment.customer_number else _text(payment.customer_id),
        "customer_number": _text(payment.customer_number),
        "contact_id": _text(payment.contact_id),
        "posting_date": _text(payment.posting_date.isoformat()),
        "document_number": _text(document_number),
        "external_document_number": _text(payment.external_document_number),
        "amount": f"{to_server(payment.amount):f}",
        "invoice_id": _text(payment.invoice_id),
        "invoice_number": "" if payment.invoice_id else _text(payment.invoice_number),
        "description": _text(payment.description),
        "comment": _text(payment.comment),
    }
    members = (
        f"{json.dumps(name)}:{values[field]}"
        for field, name in properties.items()
        if values.get(field)
    )
    return f"{{{','.join(members)}}}".encode()


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
