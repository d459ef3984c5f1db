"""What the sign of an amount means: by balances, words of direction, and what the file says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.balances import run_of
from importer.proposing.directions import (
    agreement_of,
    contradicting,
    contradicts,
    direction_columns,
    is_unsigned,
    may_be_cards,
    signs_by_side,
)
from importer.proposing.models import Model
from importer.proposing.proposal import Question
from importer.proposing.table import ZERO, count
from importer.proposing.words import (
    Way,
    names_books,
    names_card,
    names_payee,
    names_payer,
    polarity,
    settles_card,
    types_documents,
)

if TYPE_CHECKING:
    from importer.proposing.columns import Column
    from importer.proposing.state import Draft

MOSTLY_POSITIVE = 0.6
FEW_ROWS = 5


def decide_amount(draft: Draft, model: Model) -> None:
    """Write the amount rule of a model, with its sign."""
    draft.used.update(column.at for column in model.columns)
    if model.kind == "pair":
        _pair(draft, model)
    elif model.kind == "words":
        _words(draft, model)
    else:
        _single(draft, model)
    style = draft.style
    if style.decimal != "." or style.why:
        draft.decide("amount.decimal", style.decimal, style.why)
    if style.thousands:
        draft.decide("amount.thousands", list(style.thousands), "found between groups of digits")
    if draft.marks:
        draft.decide("amount.marks", list(draft.marks), "found beside the digits")
    for side in (Way.RECEIVED, Way.PAID):
        words = [mark for mark, said in draft.ways.items() if said is side]
        if words:
            why = f"beside the digits of money {side}"
            draft.decide(f"amount.{side}_marks", words, why)


def _proof(draft: Draft, model: Model) -> str:
    if not model.run.proven or model.balance is None:
        return "proven by the opening and closing balance that the file prints" * bool(
            model.printed
        )
    return (
        f"proven by {draft.label(model.balance)}, which changes by it in "
        f"{model.run.hits:,} of {model.run.pairs:,} rows"
    )


def _pair(draft: Draft, model: Model) -> None:
    credit, debit = model.credit, model.debit
    if credit is None or debit is None:
        return
    why = _proof(draft, model) or "by the names of the columns"
    if (model.run.proven and model.run.sign < 0) or (not model.run.proven and model.printed < 0):
        draft.questions.append(_reversed_question(draft, model))
    elif not (model.run.proven or model.printed) and _may_be_books(draft, model):
        draft.questions.append(_books_question(draft, model))
    draft.decide("amount.credit", draft.reference(credit), f"money received; {why}")
    draft.decide("amount.debit", draft.reference(debit), f"money paid; {why}")
    if model.signed_credit:
        draft.decide("amount.signed_credit", True, "all its amounts carry a minus")
    if model.signed_debit:
        draft.decide("amount.signed_debit", True, "its amounts carry a minus")


def _reversed_question(draft: Draft, model: Model) -> Question:
    credit, debit = model.credit, model.debit
    names = [draft.label(column) for column in (credit, debit) if column is not None]
    return Question(
        "amount.credit",
        f"The balance falls by {names[0]} and grows by {names[1]}: either it is what is owed, or "
        "the file is seen from the company's books.",
        (
            f"a balance that is owed: {names[0]} is money received",
            f"the company's books: {names[1]} is money received",
        ),
        "credit_column and debit_column",
    )


def _may_be_books(draft: Draft, model: Model) -> bool:
    """Say whether a receipt may be a debit: by a column of books, or the texts on both sides."""
    if draft.answers.credit_column and draft.answers.debit_column:
        return False
    named = [one for one in draft.columns if names_books(one.name) and one.filled]
    if any(not one.is_iban for one in named):
        return True
    sides = (pc.greater(model.values, ZERO), pc.less(model.values, ZERO))
    said = [_texts_say(draft, pc.if_else(side, model.values, None)) for side in sides]
    return all(against > right for right, against in said)


def _books_question(draft: Draft, model: Model) -> Question:
    credit, debit = (draft.label(one) for one in (model.credit, model.debit) if one is not None)
    return Question(
        "amount.credit",
        f"The columns {credit} and {debit} may be those of the company's books, in which a receipt "
        "is a debit, and no balance tells.",
        (
            f"a bank's statement: {credit} is money received",
            f"the company's books: {debit} is money received",
        ),
        "credit_column and debit_column",
    )


def _words(draft: Draft, model: Model) -> None:
    if model.amount is None or model.words is None:
        return
    draft.decide("amount.column", draft.reference(model.amount), _proof(draft, model) or "by name")
    if model.run.proven and model.run.sign < 0:
        draft.questions.append(_owed_question(draft, model))
    told = (draft.money(model.amount), model.words, model.ways)
    if contradicts(draft, *told) and not model.run.proven and not is_unsigned(draft, *told):
        draft.questions.append(_contradicted_question(draft, model.amount, model.words))
    if may_be_cards(draft, model.words, model.ways):
        draft.questions.append(_cards_question(draft, model.amount, model.words))
    why = "its words say the direction"
    draft.decide("amount.indicator", draft.reference(model.words), why)
    for key, said in (("received", Way.RECEIVED), ("paid", Way.PAID), ("neither", Way.NEITHER)):
        found = sorted(word for word, meaning in model.ways.items() if meaning is said)
        if found:
            draft.settings[f"amount.{key}"] = found


def _cards_question(draft: Draft, column: Column, words: Column) -> Question:
    return Question(
        "amount.indicator",
        f"The words in {draft.label(words)} can be the direction of a payment, or the kind of card "
        "with which a customer paid.",
        (
            f"the words of {draft.label(words)} say the direction",
            f"positive 'received': they are cards, and all of {draft.label(column)} was received",
        ),
        "positive, or a profile with amount.indicator",
    )


def _contradicted_question(draft: Draft, column: Column, words: Column) -> Question:
    return Question(
        "amount.indicator",
        f"The words in {draft.label(words)} and the signs in {draft.label(column)} contradict "
        "each other in many rows.",
        (
            f"the words of {draft.label(words)} say the direction",
            "positive 'received': the signs alone say it, and a minus is money paid",
        ),
        "positive, or a profile with amount.indicator",
    )


def _owed_question(draft: Draft, model: Model) -> Question:
    return Question(
        "amount.indicator",
        "The balance falls where the words say that money was received.",
        (
            f"the words of {draft.label(model.words or draft.columns[0])} are right",
            "they are seen from the other side, and the balance is right",
        ),
        "a profile with amount.received and amount.paid",
    )


def _single(draft: Draft, model: Model) -> None:
    column = model.amount
    if column is None:
        return
    decide = _by_marks if model.unmarked else _positive
    positive, why, question = decide(draft, model, column)
    draft.decide("amount.column", draft.reference(column), _proof(draft, model) or _named(column))
    draft.decide("amount.positive", positive, why)
    doubts = (question, _against_balance(draft, model, column))
    draft.questions.extend(one for one in doubts if one is not None)


def _by_marks(draft: Draft, model: Model, column: Column) -> tuple[str, str, Question | None]:
    """Say what amounts without a mark of direction are, where others have one."""
    if draft.answers.positive:
        return draft.answers.positive, "as you said", None
    sides = [draft.marked(column, said) for said in (Way.RECEIVED, Way.PAID)]
    marked = [mask for mask in sides if mask is not None and count(mask)]
    bare = pc.and_(pc.is_valid(model.values), pc.not_equal(model.values, ZERO))
    for mask in marked:
        bare = pc.and_not(bare, mask)
    why = "the words beside the digits say the direction; where there is none, this counts"
    told = len(marked) == 1 and not _may_all_be_received(draft, model)
    if told or not count(bare):
        return model.unmarked, why, None
    question = Question(
        "amount.positive",
        f"{count(bare):,} amounts in {draft.label(column)} have no word beside them that says "
        "whether they were received or paid, as the others have.",
        ("positive 'received': they are received", "positive 'paid': they are paid"),
        "positive",
    )
    return model.unmarked, why, question


def _may_all_be_received(draft: Draft, model: Model) -> bool:
    """Say whether amounts beside some that are marked as received may be so as well."""
    if model.unmarked != Way.PAID or model.run.proven or model.printed:
        return False
    return any(
        one.says("customer", "invoice") or (names_payer(one.name) and not names_payee(one.name))
        for one in draft.columns
    )


def _against_balance(draft: Draft, model: Model, column: Column) -> Question | None:
    """Ask where a balance goes the other way than the words beside the digits."""
    marked = draft.marked(column, Way.RECEIVED, Way.PAID)
    if marked is None or not count(marked) or model.balance is None or not model.run.proven:
        return None
    turned = pc.if_else(marked, pc.negate(model.values), model.values)
    if run_of(turned, draft.money(model.balance)).hits <= model.run.hits:
        return None
    words = ", ".join(f"'{mark}'" for mark, said in draft.ways.items() if said)
    return Question(
        "amount.marks",
        f"{draft.label(model.balance)} changes the other way than the words beside the digits in "
        f"{draft.label(column)} say: {words}.",
        ("the words say the direction", "they mean something else, and the balance is right"),
        "a profile with amount.received_marks and amount.paid_marks",
    )


def _named(column: Column) -> str:
    return "by its name" if column.name else "the only column of amounts"


def _positive(draft: Draft, model: Model, column: Column) -> tuple[str, str, Question | None]:
    answer = draft.answers.positive
    if answer:
        return answer, "as you said", None
    if model.kind == "single" and column.says("credit", "debit") and not model.run.proven:
        return _unsigned(draft, model, column)
    for words, ways in direction_columns(draft):
        agreed = agreement_of(signs_by_side(draft, model.values, words, ways))
        if agreed is not None:
            side = "received" if agreed else "paid"
            return side, f"the words in {draft.label(words)} agree with the signs", None
    proven = model.run.sign if model.run.proven else model.printed
    if proven and not _is_owed(draft, model):
        return ("received" if proven > 0 else "paid"), _proof(draft, model), None
    for words, _ in contradicting(draft, model.values):
        question = _contradicted_question(draft, column, words)
        return "received", "a guess; see the question", question
    return (_unsigned if model.kind == "single" else _signed)(draft, model, column)


def _is_owed(draft: Draft, model: Model) -> bool:
    """Say whether the balance may be what the holder of a card owes."""
    score, against = _texts_say(draft, model.values)
    up = count(pc.greater(model.values, ZERO))
    mostly = up > MOSTLY_POSITIVE * count(pc.not_equal(model.values, ZERO))
    return mostly and (against > score or (_is_card(draft) and score == 0))


def _unsigned(draft: Draft, model: Model, column: Column) -> tuple[str, str, Question | None]:
    """Decide amounts that have no sign and no word beside them."""
    if column.says("credit") and column.says("debit"):
        return "received", f"{draft.label(column)} is for both directions, so it has signs", None
    if column.says("credit"):
        return "received", f"{draft.label(column)} names money received", None
    if column.says("debit"):
        return "paid", f"{draft.label(column)} names money paid", None
    of_customers = [one for one in draft.columns if one.says("customer") and one.at != column.at]
    if len(of_customers) > int(_is_card(draft)):
        why = f"a list of customers' payments: it has {draft.label(of_customers[0])}"
        return "received", why, None
    return "received", "a guess; see the question", _sign_question(draft, model, column)


def _signed(draft: Draft, model: Model, column: Column) -> tuple[str, str, Question | None]:
    values = model.values
    up, down = count(pc.greater(values, ZERO)), count(pc.less(values, ZERO))
    usual = "a minus is money paid, as on an account"
    score, against = _texts_say(draft, values)
    card = _is_card(draft)
    if against > score and (card or not (_is_account(draft) or model.balance is not None)):
        return "paid", "a guess; see the question", _sign_question(draft, model, column)
    if down >= up and _is_of_documents(draft):
        return "received", "a guess; see the question", _sign_question(draft, model, column)
    if down >= up and not (card and score == 0 and down < FEW_ROWS):
        return "received", usual, None
    if not card and (_is_account(draft) or score > against):
        agree = f"; the texts agree in {score} rows" if score > against else ""
        return "received", usual + agree, None
    if not card and against == 0 and up < MOSTLY_POSITIVE * (up + down):
        return "received", usual, None
    guess = "paid" if card else "received"
    return guess, "a guess; see the question", _sign_question(draft, model, column)


def _texts_say(draft: Draft, values: pa.Array) -> tuple[int, int]:
    """Count the sampled rows whose texts agree with `+` as received, and those against it."""
    signs = pc.take(values, draft.body.sample_at).to_pylist()
    texts = [
        draft.body.sample(column.at)
        for column in draft.columns
        if column.letters >= 3 and not column.is_day and not column.is_money  # noqa: PLR2004
    ]
    right = wrong = 0
    for at, value in enumerate(signs):
        if not value:
            continue
        words = " ".join(cells[at] for cells in texts)
        said = polarity(words) * (1 if value > 0 else -1)
        settled = value < 0 and settles_card(words) and polarity(words) >= 0
        right += said > 0
        wrong += said < 0 or settled
    return right, wrong


def _is_card(draft: Draft) -> bool:
    head = draft.table.head[: max(draft.header.first, 0)]
    words = [cell for row in head for cell in row if cell]
    names = [column.name for column in draft.columns if column.name]
    return any(names_card(text) for text in (*words, *names))


def _is_of_documents(draft: Draft) -> bool:
    """Say whether the columns are those of a ledger of customers, where payments have a minus."""
    documents = any(types_documents(one.name) for one in draft.columns)
    return documents and any(one.says("customer") for one in draft.columns)


def _is_account(draft: Draft) -> bool:
    """Say whether the columns are those of a bank account rather than a card."""
    return any(
        column.says("account", "bank", "balance") and column.is_account and not column.is_day
        for column in draft.columns
    )


def _sign_question(draft: Draft, model: Model, column: Column) -> Question:
    plus = pc.filter(model.values, pc.greater(model.values, ZERO))
    minus = pc.filter(model.values, pc.less(model.values, ZERO))
    total, rest = (pc.sum(one).as_py() or Decimal(0) for one in (plus, minus))
    return Question(
        "amount.positive",
        f"Nothing in the file says whether a positive amount in {draft.label(column)} was "
        "received or paid.",
        (
            f"positive 'received': {len(plus):,} payments received, {total.normalize():,f} in all",
            f"positive 'paid', as on a card: {len(minus):,} received, {-rest.normalize():,f}",
        ),
        "positive",
    )
