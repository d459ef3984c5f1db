"""Which columns hold who paid, what for, in which currency, and the bank's own identifiers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.columns import Column
from importer.proposing.currencies import choose_currency
from importer.proposing.models import Model, runs_by
from importer.proposing.state import Draft
from importer.proposing.table import count
from importer.proposing.words import names_payee, names_payer

MIN_ID_LENGTH = 6
MAX_CODE_LENGTH = 20
MAX_REFERENCES = 20
FEW_LETTERS = 3.0
PLACES = re.compile(
    "add?ress|adres|place|city|country|land|stadt|mail|phone|zip|bic|bank|[ck]ategor|type"
)
"""Parts of headers that name no party, whatever else they say."""
NUMBER = re.compile(r"[A-Za-z]{0,5}[-_./#]?[0-9][A-Za-z0-9_./-]{0,17}")
"""A number of a customer or an invoice, as `RE-1001`."""
SHORT = re.compile(r"(?<!\w)n(?:[°º.]|\s)", re.IGNORECASE)
"""`Number` in a header, as in `N° client`."""
CARDS = re.compile("card|kart|kort|карт|卡")
"""Parts of headers of the cards with which the holder of the account paid."""


def choose_fields(draft: Draft, model: Model) -> None:
    """Decide the text columns, the currency, the identifiers and the identity."""
    if model.balance is not None:
        draft.used.add(model.balance.at)
        why = "it runs with the amounts" if model.run.proven else "by its name or its size"
        draft.decide("columns.balance", draft.reference(model.balance), why)
    choose_currency(draft, model)
    _accounts(draft, model)
    _numbers(draft, model)
    _bank_id(draft)
    _texts(draft)


def _free(draft: Draft) -> list[Column]:
    return [one for one in draft.columns if one.at not in draft.used and one.filled]


def _take(draft: Draft, key: str, columns: Sequence[Column], why: str) -> None:
    draft.used.update(column.at for column in columns)
    references = [draft.reference(column) for column in columns]
    draft.decide(key, references[0] if len(references) == 1 else references, why)


def _accounts(draft: Draft, model: Model) -> None:
    accounts = [
        one
        for one in _free(draft)
        if (one.says("account") or one.is_iban) and one.is_account and not one.is_day
        if not one.says("name", "amount", "bank") or one.is_iban
    ]
    others = [one for one in accounts if not one.says("own") and not _own_by_values(one)]
    other = [one for one in others if one.says("party")]
    if not other and len(accounts) > 1:
        named = any(one.says("own") for one in accounts)
        other = others if named else [one for one in others if one is not accounts[0]][:1]
    elif not other:
        other = [one for one in others if not _may_be_own(draft, model, one)]
    own = [one for one in accounts if one not in other]
    if other:
        best = max(other, key=lambda one: (one.is_iban, one.filled, -one.at))
        _take(draft, "columns.counterparty_account", [best], "the account of the other party")
    if own:
        best = max(own, key=lambda one: (one.is_iban, one.filled, -one.at))
        _take(draft, "columns.own_account", [best], "the account of the file")
    draft.used.update(one.at for one in accounts)


def _own_by_values(column: Column) -> bool:
    many = 3
    return column.distinct == 1 and column.filled >= many and not column.says("party")


def _may_be_own(draft: Draft, model: Model, column: Column) -> bool:
    """Say whether the only column of accounts may hold those of the file, which are few."""
    if column.distinct <= 1 or CARDS.search(column.name.casefold()):
        return True
    return model.balance is not None and runs_by(draft, model, column)


def _numbers(draft: Draft, model: Model) -> None:
    for key, concept in (("customer_number", "customer"), ("invoice_number", "invoice")):
        for column in _free(draft):
            number = column.says("number") or SHORT.search(column.name)
            if column.says(concept) and number and not column.is_day:
                longest = max(map(len, column.cells))
                if longest <= MAX_CODE_LENGTH:
                    _take(draft, f"columns.{key}", [column], "by its name")
                    break
        else:
            plain = [one for one in _free(draft) if _holds_numbers(draft, model, one, concept)]
            if len(plain) == 1:
                _take(draft, f"columns.{key}", plain, "by its name, and its cells are numbers")


def _holds_numbers(draft: Draft, model: Model, column: Column, concept: str) -> bool:
    """Say whether below a header such as `Invoice` stand numbers, and no names or amounts."""
    other = column.says(
        "text", "party", "name", "date", "amount", "type", "status", "account", "id", "reference"
    )
    if not column.says(concept) or other or column.is_day or column.has_fractions:
        return False
    if not all(map(NUMBER.fullmatch, column.cells)):
        return False
    return not count(pc.equal(draft.money(column), pc.abs(model.values)))


def _bank_id(draft: Draft) -> None:
    """Find a column that names each payment: filled on all rows, no value twice."""
    for column in _free(draft):
        named = column.says("id") or (column.says("number") and column.says("happened"))
        if not named or column.is_day or column.says("customer", "invoice", "account", "party"):
            continue
        texts = pc.take(draft.body.texts(column.at), draft.body.sample_at)
        if min(map(len, column.cells)) < MIN_ID_LENGTH or column.filled < len(texts):
            continue
        whole = draft.body.texts(column.at)
        filled = pc.filter(whole, pc.not_equal(whole, ""))
        if len(pc.unique(filled)) == len(filled):
            _take(draft, "columns.bank_id", [column], "filled and different in every row")
            return


def _texts(draft: Draft) -> None:
    free = [
        one
        for one in _free(draft)
        if not one.is_day and not one.is_money and not one.is_currency and not one.is_time
        if one.letters >= FEW_LETTERS or one.says("party", "text", "reference", "name")
    ]
    party = _party(free)
    if party is None or not party.says("party"):
        empty = [one for one in _unfilled(draft) if one.concepts >= {"party", "name"}]
        party = next(iter(empty), party)
    words = [one for one in free if one is not party and one.says("text", "reference")]
    words = [
        one for one in words if not one.says("status", "type", "party", "bank") or one.says("text")
    ]
    if party is None and len(words) > 1:
        first = words[0]
        if first.letters >= FEW_LETTERS and first.says("text") and _is_description(first):
            party, words = first, words[1:]
    words = words or _orders(draft)
    if not words:
        rest = [one for one in free if one is not party and one.letters >= FEW_LETTERS]
        rest = [one for one in rest if not one.says("status", "type", "bank", "account")]
        rest = sorted(rest, key=lambda one: -one.letters)
        words = rest[:1] if draft.header.last >= 0 else rest
    if party is not None:
        _take(draft, "columns.counterparty", [party], "who paid or was paid")
    if words:
        words = [*words, *_unnamed_after(draft, free, words), *_numbered_alike(draft, words)]
        words = sorted(words, key=lambda one: one.at)[:MAX_REFERENCES]
        _take(draft, "columns.reference", words, "what the payment is for")
    if party is not None or words:
        pieces = ["{counterparty}"] * (party is not None) + ["{reference}"] * bool(words)
        draft.settings["templates.description"] = " ".join(pieces)


def _orders(draft: Draft) -> list[Column]:
    """Return the column of numbers of orders, which say what a payment is for."""
    orders = [one for one in _free(draft) if one.says("order") and not one.says("date", "type")]
    fitting = (not (one.is_day or one.is_time or one.has_fractions) for one in orders)
    return [one for one, fits in zip(orders, fitting, strict=True) if fits][:1]


def _unnamed_after(draft: Draft, free: Sequence[Column], words: Sequence[Column]) -> list[Column]:
    """Return the columns without a name that go on with the text of the one before them."""
    if draft.header.last < 0:
        return []
    found: list[Column] = []
    for column in free:
        before = [one.at for one in (*words, *found)]
        if not column.name and column.letters >= FEW_LETTERS and column.at - 1 in before:
            found.append(column)
    return found


def _unfilled(draft: Draft) -> list[Column]:
    """Return the columns that are empty in this file, and may be filled in the next."""
    return [
        one for one in draft.columns if one.at not in draft.used and one.name and not one.filled
    ]


def _numbered_alike(draft: Draft, words: list[Column]) -> list[Column]:
    """Return the empty columns that go on with numbered ones, as `Text 2` with `Text 1`."""
    bases = {_unnumbered(one.name) for one in words if _unnumbered(one.name) != one.name}
    return [one for one in _unfilled(draft) if _unnumbered(one.name) in bases]


def _unnumbered(name: str) -> str:
    return re.sub(r"\d+\s*$", "", name)


def _is_description(column: Column) -> bool:
    name = column.name.casefold()
    return "desc" in name or "beschr" in name


def _party(free: Sequence[Column]) -> Column | None:
    """Return the column of the other party's name."""
    candidates = [
        one
        for one in free
        if (
            one.says("party", "name")
            or (one.says("customer") and (one.says("text") or _names(one)))
        )
        and not one.says("bank", "id", "reference", "original", "number", "goods")
        and (one.says("name") or not one.says("account"))
        and one.letters >= FEW_LETTERS - 1
    ]
    candidates = [
        one for one in candidates if not one.says("text") or one.says("name", "party", "customer")
    ]
    payers = [one for one in candidates if names_payer(one.name) and not names_payee(one.name)]
    if all(names_payer(one.name) or not names_payee(one.name) for one in candidates):
        payers = []  # no column of payees to be told from

    def weight(one: Column) -> tuple[float, int]:
        rank = 3.0 if one.says("party") and one.says("name") else 2.0 if one.says("party") else 1.0
        few = 1 if one.says("account") else 2  # the holder's own name
        constant = one.distinct == 1 and one.filled > few
        rank -= 4 if constant and not one.says("party") else 0
        rank -= 1.5 if one.says("currency", "type", "status") else 0
        rank -= 0.5 if one.says("happened", "customer") else 0
        rank += 1.5 if one in payers else 0
        rank -= 2 if _is_place(one) else 0
        return rank + min(one.filled / max(1, len(one.body.sample_at)), 1), -one.at

    best = max(candidates, key=weight, default=None)
    return best if best is not None and weight(best)[0] > 0 else None


def _names(column: Column) -> bool:
    """Say whether the cells of a column called `Customer` are names and no numbers."""
    return not any(map(str.isdigit, "".join(column.cells))) and column.letters >= FEW_LETTERS


def _is_place(column: Column) -> bool:
    return PLACES.search(column.name.casefold()) is not None


def choose_identity(draft: Draft, model: Model, skipped: pa.Array) -> None:
    """Decide what tells two equal payments apart; `skipped` says which rows are no payments."""
    bank_id = draft.settings.get("columns.bank_id")
    if bank_id is not None:
        why = f"{_quoted(bank_id)} is different in every row"
        draft.decide("identity", "bank-id", why)
        return
    if model.balance is None or not model.run.proven:
        why = "no column tells two equal payments apart; export whole days"
    elif _bare(draft, model, skipped):
        why = (
            f"some payments have nothing in {draft.label(model.balance)}, so no column tells all "
            "equal payments apart; export whole days"
        )
    else:
        draft.decide("identity", "balance", "the running balance tells equal payments apart")
        return
    draft.decide("identity", "content", why)


def _quoted(reference: str | int) -> str:
    return f"'{reference}'" if isinstance(reference, str) else f"column {reference}"


def _bare(draft: Draft, model: Model, skipped: pa.Array) -> int:
    """Count the payments without a running balance."""
    if model.balance is None:
        return 0
    paid = pc.and_not(pc.and_(pc.is_valid(model.values), draft.dated), skipped)
    return count(pc.and_(paid, pc.is_null(draft.money(model.balance))))
