"""What makes a payment the same payment when it comes again.

The canonical text of a row survives renaming, re-sorting, re-encoding and storing as a workbook:
Unicode compatibility forms, case, blanks and leading zeros of numbers do not count.
It is stored with its version, so that a later rule still recognises old rows.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, urlsplit

from importer.currencies import SHARED
from importer.model import Payment, Target
from importer.states import Fingerprint, Identity

VERSION = 1
"""The version of the canonical text; raise it with every change of the rule."""

NO_BANK_ID = frozenset({"", "-", "0", "n/a", "none", "nonref", "notprovided"})
"""What banks write where a transaction has no id."""

_PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})
_THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "::1"})
_BLANKS = re.compile(r"\s+")
_VERSION_SEGMENT = re.compile(r"v[0-9]+\.[0-9]+")


def company_key(target: Target) -> str:
    """Return the key of a company over all generations and spellings of its API's address.

    The host, the environment and the company id; the environment, and the tenant of a server that
    has several, because a copied one keeps its company ids. An address without an environment is
    the production one, without a tenant that called `default`. A port that the
    scheme has anyway does not count, nor how this computer itself is named.
    """
    parts = urlsplit(target.base_url.casefold())
    before_api = parts.path.split("/api/")[0].removesuffix("/api").split("/")
    names = [part for part in before_api if part and not _VERSION_SEGMENT.fullmatch(part)]
    environment = target.environment.casefold() or (names[-1] if names else "production")
    tenants = {*parse_qs(parts.query).get("tenant", ())} - {"default"}
    environment += "".join(f"?{tenant}" for tenant in sorted(tenants))
    company = target.company_id.casefold().strip("{}")
    return f"{_host(parts)}|{environment}|{company}"


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    host = "localhost" if host in _THIS_COMPUTER else host
    if parts.port in {None, _PORTS.get(parts.scheme)}:
        return host
    return f"{host}:{parts.port}"


def fingerprints(
    payments: Iterable[Payment],
    *,
    identity: Identity | str,
    company: str,
    source_sha256: str,
    siblings: Mapping[int, Collection[str]] = MappingProxyType({}),
) -> dict[int, Fingerprint]:
    """Return the identity of each payment by its row.

    A row that lacks what its profile's identity needs falls back to the next one: `bank-id`,
    then `balance`, then `content`. Equal rows of one file are numbered, because two equal
    payments in one file are two payments; so are a row that came back and its `siblings`, the
    identities that stood beside it in its source.
    """
    wanted = Identity(identity)
    seen: Counter[str] = Counter()
    found: dict[int, Fingerprint] = {}
    for payment in payments:
        kind = _kind(payment, wanted)
        text = _canonical(payment, kind, source_sha256)
        seen[text] += 1
        digest = _digest(company, kind, text, seen[text])
        while digest in siblings.get(payment.row, ()):
            seen[text] += 1
            digest = _digest(company, kind, text, seen[text])
        found[payment.row] = Fingerprint(
            kind,
            VERSION,
            text,
            digest,
            _bank_key(payment) if wanted is Identity.BANK_ID else "",
            party_of(payment),
        )
    return found


def party_of(payment: Payment) -> tuple[str, ...]:
    """Return the canonical names of who paid: `("number:10000", "name:adatum")`."""
    named: Mapping[str, str] = {
        "number": payment.customer_number,
        "id": payment.customer_id,
        "name": payment.counterparty,
        "account": payment.counterparty_account,
        "invoice": payment.invoice_number or payment.invoice_id,
    }
    return tuple(f"{key}:{_text(value)}" for key, value in named.items() if value.strip())


def _kind(payment: Payment, wanted: Identity) -> Identity:
    if wanted is Identity.BANK_ID and _text(payment.bank_id) in NO_BANK_ID:
        wanted = Identity.BALANCE
    if wanted is Identity.BALANCE and payment.balance is None:
        return Identity.CONTENT
    return wanted


def _canonical(payment: Payment, kind: Identity, source_sha256: str) -> str:
    if kind is Identity.ROW:
        return json.dumps([source_sha256, payment.row])
    if kind is Identity.BANK_ID:
        account, bank_id = _text(payment.own_account), _text(payment.bank_id)
        return json.dumps([account, bank_id, _money(payment.amount)], ensure_ascii=False)
    values = [
        payment.posting_date.isoformat(),
        _money(payment.amount),
        *map(
            _text,
            (
                # what several currencies share says no more than the company's own
                "" if payment.currency in SHARED else payment.currency,
                payment.own_account,
                payment.customer_number,
                payment.customer_id,
                payment.invoice_number,
                payment.invoice_id,
                payment.document_number,
                payment.external_document_number,
                payment.counterparty,
                payment.counterparty_account,
                payment.reference,
                payment.description,
                payment.comment,
            ),
        ),
    ]
    if kind is Identity.BALANCE and payment.balance is not None:
        values.append(_money(payment.balance))
    return json.dumps(values, ensure_ascii=False)


def _digest(company: str, kind: Identity, canonical: str, occurrence: int) -> str:
    text = f"{VERSION}\n{company}\n{kind}\n{canonical}\n{occurrence}"
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    plain = unicodedata.normalize("NFKC", value).casefold()
    short = _BLANKS.sub(" ", plain).strip()
    # A cell that a spreadsheet took for a number has lost its leading zeros.
    return (short.lstrip("0") or "0") if short.isdecimal() else short


def _money(value: Decimal) -> str:
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _bank_key(payment: Payment) -> str:
    bank_id = _text(payment.bank_id)
    return "" if bank_id in NO_BANK_ID else f"{_text(payment.own_account)}|{bank_id}"
