"""What single cells mean, in many languages: directions, states, balances, totals, currencies."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from importer import currencies
from importer.proposing.vocabulary import concepts, folded, folded_term, lexicon, lexicon_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable


class Way(StrEnum):
    """Which way a direction word says that money went."""

    RECEIVED = "received"
    PAID = "paid"
    NEITHER = "neither"


class State(StrEnum):
    """What a status word says of a payment."""

    BOOKED = "booked"
    PENDING = "pending"
    VOID = "void"  # declined, cancelled, failed: no money moved


class RowType(StrEnum):
    """What a type such as `Refund` says of a row."""

    PAYMENT = "payment"
    SALE = "sale"  # money received, but where payments are told from what was sold
    WENT_BACK = "went back"  # refunds, chargebacks, payouts
    BILL = "bill"  # invoices and credit memos
    UNCLEAR = "unclear"  # fees and corrections: paid by a customer, or kept from a payment


_LEXICON = lexicon("words")
_MARKS = {"+": Way.RECEIVED, "-": Way.PAID, "\u2212": Way.PAID, "/": Way.NEITHER}


def _whole(name: str) -> frozenset[str]:
    return frozenset(folded_term(term) for term in _LEXICON[name].split())


def _pattern(name: str) -> re.Pattern[str]:
    return lexicon_pattern(_LEXICON[name])


_WAYS = {
    **dict.fromkeys(_whole("neither"), Way.NEITHER),
    **dict.fromkeys(_whole("paid"), Way.PAID),
    **dict.fromkeys(_whole("received"), Way.RECEIVED),
}
_MEANS, _CARD_KINDS = _pattern("means"), _whole("card_kinds")
_STATES = {
    State.VOID: _pattern("void"),
    State.PENDING: _pattern("pending"),
    State.BOOKED: _pattern("booked"),
}
_DENIALS, _YES, _NO = _whole("denial"), _whole("yes"), _whole("no")
_OTHER_QUESTIONS = _pattern("other_questions")
_PAID_QUESTIONS, _VOID_QUESTIONS = _pattern("paid_questions"), _pattern("void_questions")
_FLAGS = {"1": True, "0": False}
"""Answers only where both occur: an amount can be zero in every row."""
MAX_DENIAL = 4
_PAYMENTS, _WENT_BACK = _pattern("payments"), _pattern("went_back")
_WHOLE_TYPES = {
    **dict.fromkeys(_whole("payment_codes"), RowType.PAYMENT),
    **dict.fromkeys(_whole("sales"), RowType.SALE),
    **dict.fromkeys(_whole("bills"), RowType.BILL),
    **dict.fromkeys(_whole("fees"), RowType.UNCLEAR),
}
_NO_MONEY = _whole("no_money")
_TYPES_OF_DOCUMENTS, _BOOKS = _pattern("types_of_documents"), _pattern("books")
_TYPES_OF_OTHERS, _SECTION_PAID = _pattern("types_of_others"), _pattern("section_paid")
_SECTION_TYPES = {RowType.WENT_BACK: Way.PAID, RowType.PAYMENT: Way.RECEIVED}
_OPENING, _BALANCE, _TOTAL = _pattern("opening"), _pattern("balance"), _pattern("total")
_BESIDE_LABELS = _whole("beside_labels")
_IN_TEXT, _OUT_TEXT = _pattern("text_received"), _pattern("text_paid")
_CARD_SETTLED, _CARD = _pattern("settles_card"), _pattern("card")
_MINOR, _MAJOR = _pattern("minor_units"), _pattern("major_units")
_MAJOR_SIGN = re.compile(r"(?<![^\W_])[TtKk]\s?[€$£]")
_PAYER, _PAYEE = _pattern("payer"), _pattern("payee")


def _found(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(f"_{folded(text)}_") is not None


@lru_cache(maxsize=8192)
def way(text: str) -> Way | None:
    """Return which way a direction word says that money went, None where it says nothing."""
    bare = text.strip()
    if bare in _MARKS:
        return _MARKS[bare]
    return _WAYS.get(folded(bare))


def names_means(text: str) -> bool:
    """Say whether a header names the means of payment, as `Card type` or `Payment method`."""
    return _found(_MEANS, text)


def is_card_kind(text: str) -> bool:
    """Say whether a word of direction can as well be the kind of a card."""
    return folded(text) in _CARD_KINDS


@lru_cache(maxsize=8192)
def state(text: str) -> State | None:
    """Return what a status word says, None where it says nothing that is known."""
    said = next((said for said, words in _STATES.items() if _found(words, text)), None)
    parts = folded(text).split("_")
    if said is State.BOOKED and len(parts) <= MAX_DENIAL and _DENIALS & set(parts):
        return State.PENDING
    return said


def state_of_header(text: str) -> State | None:
    """Return the state about which a header such as `Cleared` or `Reversed` asks."""
    if _found(_PAID_QUESTIONS, text):
        return State.BOOKED
    if _found(_VOID_QUESTIONS, text):
        return State.VOID
    return None if _found(_OTHER_QUESTIONS, text) else state(text)


@lru_cache(maxsize=8192)
def row_type(text: str) -> RowType | None:
    """Return what a type of row says of money received, None where it says nothing."""
    if (whole := _WHOLE_TYPES.get(folded(text))) is not None:
        return whole
    if _found(_WENT_BACK, text):
        return RowType.WENT_BACK
    return RowType.PAYMENT if _found(_PAYMENTS, text) else None


@lru_cache(maxsize=4096)
def section_way(text: str) -> Way | None:
    """Return which way the title of a section says that its money went; None where neither."""
    named = concepts(text)
    if _found(_SECTION_PAID, text) or ("debit" in named and "credit" not in named):
        return Way.PAID
    if "credit" in named and "debit" not in named:
        return Way.RECEIVED
    said = row_type(text)
    return None if said is None else _SECTION_TYPES.get(said)


def types_others(text: str) -> bool:
    """Say whether a header names the type of something else than the row."""
    return _found(_TYPES_OF_OTHERS, text)


def types_documents(text: str) -> bool:
    """Say whether a header names the type of a document: a payment, an invoice, a refund."""
    return _found(_TYPES_OF_DOCUMENTS, text)


def names_books(text: str) -> bool:
    """Say whether a header is one of a company's books rather than of a bank's statement."""
    return _found(_BOOKS, text)


def answer(text: str) -> bool | None:
    """Return whether a cell is a yes or a no; None where it is neither."""
    bare = folded(text)
    return True if bare in _YES else False if bare in _NO else None


def answers(texts: Iterable[str]) -> dict[str, bool]:
    """Return what cells say that are each a yes or a no; empty where some are neither."""
    texts = set(texts)
    said = _FLAGS if texts == _FLAGS.keys() else {text: answer(text) for text in texts}
    known = {text: yes for text, yes in said.items() if yes is not None}
    return known if len(known) == len(texts) else {}


def settles_without_money(text: str) -> bool:
    """Say whether a type is that of a credit note or of what was written off."""
    return folded(text) in _NO_MONEY


def starts_balance(text: str) -> bool:
    """Say whether a text speaks of an opening or closing balance."""
    return len(text) <= 80 and _found(_OPENING, text)  # noqa: PLR2004 - longer texts tell stories


def is_balance(text: str) -> bool:
    """Say whether a text is the label of an opening or closing balance, perhaps with its day."""
    rest = _OPENING.sub("_", f"_{folded(text)}_")
    words = {word for word in rest.split("_") if word and not word.isdigit()}
    return starts_balance(text) and words <= _BESIDE_LABELS


def names_balance(text: str) -> bool:
    """Say whether a text names a balance at all."""
    return starts_balance(text) or _found(_BALANCE, text)


@lru_cache(maxsize=4096)
def is_total(text: str) -> bool:
    """Say whether a text is the label of a total and nothing else."""
    return _TOTAL.fullmatch(f"_{folded(text)}_") is not None


def names_total(text: str) -> bool:
    """Say whether a text names a total, a turnover or a count."""
    return _found(_TOTAL, text)


def polarity(text: str) -> int:
    """Return +1 for a text of money received, -1 for one of money paid, 0 where it says nothing."""
    return int(_found(_IN_TEXT, text)) - int(_found(_OUT_TEXT, text))


def settles_card(text: str) -> bool:
    """Say whether a text reads like the settlement of a card or a refund to it."""
    return _found(_CARD_SETTLED, text)


def names_card(text: str) -> bool:
    """Say whether a text speaks of a card."""
    return _found(_CARD, text)


def names_payer(text: str) -> bool:
    """Say whether a header names the one who pays."""
    return _found(_PAYER, text)


def names_minor_units(text: str) -> bool:
    """Say whether a header speaks of cents or another hundredth of a currency."""
    return _found(_MINOR, text)


def names_major_units(text: str) -> bool:
    """Say whether a header speaks of thousands or millions of a currency."""
    return _found(_MAJOR, text) or _MAJOR_SIGN.search(text) is not None


def names_payee(text: str) -> bool:
    """Say whether a header names the one who is paid."""
    return _found(_PAYEE, text)


BLANKS = ("-", "--", "---", "\u2013", "\u2014", "/", "N/A", "n/a", "NULL", "null", "None", "nil")
"""Cells that mean nothing in many exports."""

CODES = currencies.CODES | frozenset(_LEXICON["former_codes"].split())
"""Currency codes that occur in exports."""

CURRENCY_NAMES: dict[str, str] = {folded(name): code for name, code in _LEXICON["names"].items()}
"""How currencies are called where no code is written; keys are folded."""

CURRENCY_MARKS: dict[str, str] = _LEXICON["marks"]
"""Signs beside the digits and the currency that they name; `""` where several use the sign."""

_SHARED: dict[str, str] = _LEXICON["shared"]


def currencies_of(mark: str) -> frozenset[str]:
    """Return every currency that a sign or code beside the digits can mean."""
    code = CURRENCY_MARKS.get(mark, currency_code(mark))
    return frozenset(_SHARED.get(mark, code).split())


def currency_code(text: str) -> str:
    """Return the currency that a cell names, `""` where it names none."""
    bare = text.strip()
    if bare.upper() in CODES:
        return "CNY" if bare.upper() == "RMB" else bare.upper()
    return CURRENCY_NAMES.get(folded(bare), "") or CURRENCY_MARKS.get(bare, "")


def currency_in_header(text: str) -> str:
    """Return the currency in a header such as `Amount (EUR)`, `""` where there is none."""
    for found in re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text):
        if found in CODES:
            return "CNY" if found == "RMB" else str(found)
    for mark in ("円", "元", "원", "€", "£", "₩"):
        if mark in text:
            return CURRENCY_MARKS[mark]
    return ""
