"""Ways in which a file can state its amounts, each with the proof of a running balance."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations, product

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing.balances import Run, run_of
from importer.proposing.columns import Column
from importer.proposing.directions import contradicting, direction_columns, learned_directions
from importer.proposing.printed import agreement
from importer.proposing.state import Draft
from importer.proposing.table import MONEY, ZERO, count
from importer.proposing.words import Way, currency_in_header

NO_RUN = Run(0, 0, 1, rising=True)
MAX_SEARCHED = 8
MAX_ACCOUNTS = 50
ROW_SHARE = 0.9
SURE_HITS = 4


@dataclass(frozen=True)
class Model:
    """One way to read the amounts: a column, two columns, or one with words for the direction.

    `values` are the amounts as this model reads them, `+` for received by its own convention.
    """

    kind: str  # "signed", "single", "pair", "words"
    amount: Column | None
    values: pa.Array
    rank: float
    credit: Column | None = None
    debit: Column | None = None
    signed_debit: bool = False
    signed_credit: bool = False
    unmarked: str = ""  # what amounts without a mark of direction are, where others have one
    words: Column | None = None
    ways: dict[str, Way] = field(default_factory=dict)
    balance: Column | None = None
    run: Run = NO_RUN
    printed: int = 0  # +1, -1: what the printed balances say of the amounts, see `agreement`

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that this model reads."""
        every = (self.amount, self.credit, self.debit, self.words)
        return tuple(column for column in every if column is not None)


@dataclass(frozen=True)
class Numbers:
    """The columns of numbers by what their headers say."""

    amounts: list[Column]
    credits: list[Column]
    debits: list[Column]
    balances: list[Column]
    others: list[Column]

    @property
    def named(self) -> list[Column]:
        """Those that can be amounts or balances by their names."""
        return [*self.amounts, *self.credits, *self.debits, *self.balances]


def numbers_of(draft: Draft) -> Numbers:
    """Sort the columns of numbers by what their headers say."""
    found = Numbers([], [], [], [], [])
    movements = any(one.says("text", "party", "account", "reference") for one in draft.columns)
    for column in draft.columns:
        unused = column.filled == 0  # a side without payments in this file
        if column.at in draft.used or column.is_currency or not (column.is_money or unused):
            continue
        beside = column.says("fee", "tax", "rate", "id", "goods", "invoice", "bank")
        one_way = column.says("credit") != column.says("debit")
        if unused and (not one_way or column.says("account", "balance", "text", "type")):
            continue
        if column.says("balance") and not column.says("currency") and not column.is_code:
            found.balances.append(column)
        elif column.is_code or (beside and not (one_way and not column.says("fee", "tax", "rate"))):
            found.others.append(column)
        elif one_way and (unused or column.has_fractions or not column.says("account")):
            (found.credits if column.says("credit") else found.debits).append(column)
        elif _names_amount(column) or (movements and _names_currency(column)):
            found.amounts.append(column)
        else:
            found.others.append(column)
    if not found.credits and not found.debits:  # else `Payments` may be those of the other side
        paid = [one for one in found.others if is_settled(one)]
        found.amounts.extend(paid)
        found.others[:] = [one for one in found.others if one not in paid]
    if not found.debits:  # `Amount in EUR` is no money that came in
        signed = [one for one in found.credits if one.says("amount") and one.has_negatives]
        found.amounts.extend(signed)
        found.credits[:] = [one for one in found.credits if one not in signed]
    return found


def is_settled(column: Column) -> bool:
    """Say whether a column of money is called what was paid, as beside the sum of an invoice."""
    other = column.says(
        *("debit", "balance", "due", "original", "fee", "tax", "rate", "goods", "bank"),
        *("number", "id", "reference", "account", "customer", "type", "date", "status"),
    )
    return column.says("settled") and column.is_money and not column.is_code and not other


def _names_amount(column: Column) -> bool:
    both = column.says("credit") and column.says("debit")
    return column.says("amount") or both or (column.says("value") and not column.says("date"))


def _names_currency(column: Column) -> bool:
    """Say whether the header is a currency and nothing else, as `CAD$`."""
    return bool(re.fullmatch(r"[A-Z]{3}\W*", column.name) and currency_in_header(column.name))


def named_models(draft: Draft, numbers: Numbers) -> list[Model]:
    """Return every model that the headers allow, with its proof, best first."""
    models = [*_signed(draft, numbers), *_pairs(draft, numbers), *_one_sided(draft, numbers)]
    models = [_proven(draft, model, numbers.balances) for model in models]
    models = [replace(model, printed=agreement(draft, model.values)) for model in models]
    return sorted(models, key=lambda one: (-_weight(one), _first(one)))


def _weight(model: Model) -> float:
    proven = model.run.proven and model.run.sign > 0
    return model.rank + (10 if proven else 0) + (5 if model.printed else 0)


def _first(model: Model) -> int:
    return min(column.at for column in model.columns)


def rank_of(column: Column) -> float:
    """Return how much a column's header looks like the booked amount of the account."""
    rank = 0.0
    rank -= 2 if column.says("original") and not column.says("booked") else 0
    rank += 1 if column.says("booked") else 0
    rank += 1 if currency_in_header(column.name) else 0
    rank -= 1 if column.filled < ROW_SHARE * len(column.body.sample_at) else 0
    rank -= 3 if column.filled * 2 < len(column.body.sample_at) else 0
    rank -= 1 if column.says("other_date", "ledger", "reference") else 0
    return rank


def _signed(draft: Draft, numbers: Numbers) -> Iterator[Model]:
    for column in numbers.amounts:
        values = draft.money(column)
        marked = draft.marked(column, Way.RECEIVED, Way.PAID)
        if marked is not None and count(marked):
            yield from _marked(draft, column, values, marked)
            continue
        if column.has_negatives:
            for words, ways in contradicting(draft, values):
                yield _worded(draft, column, values, words, ways)
            yield Model("signed", column, values, 3 + rank_of(column))
            continue
        said = direction_columns(draft) or learned_directions(draft, values, numbers.balances)
        for words, ways in said:
            yield _worded(draft, column, values, words, ways)
        if not said:
            yield Model("single", column, values, rank_of(column))
    both = [] if numbers.amounts else [*numbers.credits, *numbers.debits]
    for column in both:
        alone = not (numbers.credits if column in numbers.debits else numbers.debits)
        if column.has_negatives and alone:
            yield Model("signed", column, draft.money(column), 2 + rank_of(column))


def _worded(
    draft: Draft, column: Column, values: pa.Array, words: Column, ways: dict[str, Way]
) -> Model:
    near = 1 / (1 + abs(words.at - column.at))
    directed = _directed(draft, values, words, ways)
    return Model("words", column, directed, 3 + near + rank_of(column), words=words, ways=ways)


def _marked(draft: Draft, column: Column, values: pa.Array, marked: pa.Array) -> Iterator[Model]:
    """Yield the models of amounts with a mark of direction.

    Those without a mark go the other way, unless they have signs of their own or a balance says
    that the mark tells nothing new.
    """
    signed = Model("signed", column, values, 3 + rank_of(column))
    if count(pc.less(pc.filter(values, pc.invert(marked)), ZERO)):
        yield signed
        return
    paid = draft.marked(column, Way.PAID)
    if paid is not None and count(paid):
        yield replace(signed, unmarked=str(Way.RECEIVED))
        return
    turned = pc.if_else(marked, values, pc.negate(values))
    yield replace(signed, values=turned, unmarked=str(Way.PAID))
    yield replace(signed, rank=signed.rank - 1, unmarked=str(Way.RECEIVED))


def _pairs(draft: Draft, numbers: Numbers) -> Iterator[Model]:
    for credit, debit in product(numbers.credits, numbers.debits):
        if not credit.filled and not debit.filled:
            continue
        like = credit.concepts - {"credit"} == debit.concepts - {"debit"}
        near = 1 / (abs(credit.at - debit.at) + 1)
        rank = min(_pair_rank(credit), _pair_rank(debit)) + near + (0.5 if like else 0)
        yield pair(draft, credit, debit, 2.5 + rank)


def _pair_rank(column: Column) -> float:
    rank = -2.0 if column.says("original") and not column.says("booked") else 0.0
    rank -= 1.0 if column.says("happened") and not column.says("booked") else 0.0
    return rank + (1 if column.says("booked") else 0)


def pair(draft: Draft, credit: Column, debit: Column, rank: float) -> Model:
    """Return the model of two columns."""
    received, paid = draft.money(credit), draft.money(debit)
    signed = count(pc.less(paid, ZERO)) > count(pc.greater(paid, ZERO))
    loss = paid if signed else pc.negate(paid)
    minus = not signed and count(pc.less(received, ZERO)) > 0
    minus = minus and not count(pc.greater(received, ZERO))
    received = pc.negate(received) if minus else received
    used = pc.and_(pc.is_valid(paid), pc.not_equal(paid, ZERO))
    values = pc.if_else(pc.fill_null(used, fill_value=False), loss, received)
    return Model(
        "pair",
        None,
        values,
        rank,
        credit=credit,
        debit=debit,
        signed_debit=signed,
        signed_credit=minus,
    )


def _one_sided(draft: Draft, numbers: Numbers) -> Iterator[Model]:
    if numbers.credits and numbers.debits:
        return
    for column in (*numbers.credits, *numbers.debits):
        if column.filled and not column.has_negatives:
            yield Model("single", column, draft.money(column), rank_of(column) - 1)


def _directed(draft: Draft, values: pa.Array, words: Column, ways: dict[str, Way]) -> pa.Array:
    texts = draft.body.texts(words.at)
    paid = pa.array([w for w, said in ways.items() if said is Way.PAID], pa.string())
    neither = pa.array([w for w, said in ways.items() if said is Way.NEITHER], pa.string())
    signed = pc.if_else(pc.is_in(texts, value_set=paid), pc.negate(values), values)
    return pc.if_else(pc.is_in(texts, value_set=neither), pa.scalar(None, MONEY), signed)


def _proven(draft: Draft, model: Model, balances: Sequence[Column]) -> Model:
    best = model
    for column in balances:
        if column in model.columns:
            continue
        run = _run_of(draft, model.values, draft.money(column))
        if model.kind == "single" and not run.certain:
            run = replace(run, hits=0)  # some rows may be in the other direction
        if run.hits > best.run.hits or (best.balance is None and run.pairs >= 0):
            best = replace(best, balance=column, run=run)
    return best


def _run_of(draft: Draft, values: pa.Array, balance: pa.Array) -> Run:
    """Return how a balance runs: through all rows, or account by account where that is better."""
    best = in_time(draft, run_of(values, balance))
    if best.certain:
        return best
    for key in _accounts(draft):
        run = in_time(draft, run_of(values, balance, draft.body.texts(key.at)))
        if run.proven and run.hits > best.hits:
            best = run
    return best


def runs_by(draft: Draft, model: Model, column: Column) -> bool:
    """Say whether the balance runs better account by account, as a column names them."""
    if model.balance is None:
        return False
    levels = draft.money(model.balance)
    by_account = run_of(model.values, levels, draft.body.texts(column.at))
    return by_account.proven and by_account.hits > run_of(model.values, levels).hits


def _accounts(draft: Draft) -> list[Column]:
    """Return the columns that can name the account, or its part in one currency, of each row."""
    return [
        one
        for one in draft.columns
        if (one.says("account") or one.is_iban or one.is_currency)
        and not one.is_day
        and 1 < one.distinct <= MAX_ACCOUNTS
        and one.filled == len(one.body.sample_at)
    ]


def in_time(draft: Draft, run: Run) -> Run:
    """Return how a balance runs in the order of the days.

    A balance that falls by the amounts against the order of the days is one before each row.
    """
    if run.sign < 0 and draft.rising is not None and draft.rising != run.rising:
        return replace(run, sign=1, rising=draft.rising)
    return run


def searched_models(draft: Draft, columns: Sequence[Column]) -> list[Model]:
    """Return the models that a running balance proves among columns without telling names."""
    values = {column.at: draft.money(column) for column in columns[:MAX_SEARCHED]}
    found = []
    for amount, balance in permutations(columns[:MAX_SEARCHED], 2):
        if not amount.has_negatives:
            continue
        run = in_time(draft, run_of(values[amount.at], values[balance.at]))
        if _sure(run):
            model = Model("signed", amount, values[amount.at], 0, balance=balance, run=run)
            found.append(model)
    found += _worded_models(draft, columns[:MAX_SEARCHED])
    for credit, debit in permutations(columns[:MAX_SEARCHED], 2):
        if not complementary(values[credit.at], values[debit.at]):
            continue
        model = pair(draft, credit, debit, 0)
        rest = [one for one in columns if one not in (credit, debit)]
        model = _proven(draft, model, rest)
        if _sure(model.run) and model.run.sign > 0:
            found.append(model)
    return sorted(found, key=lambda one: -one.run.hits)


def _worded_models(draft: Draft, columns: Sequence[Column]) -> Iterator[Model]:
    """Yield models of amounts whose direction stands in words, as a balance proves."""
    for amount, (words, ways) in product(columns, direction_columns(draft)):
        if amount.has_negatives:
            continue
        values = _directed(draft, draft.money(amount), words, ways)
        model = Model("words", amount, values, 0, words=words, ways=ways)
        model = _proven(draft, model, [one for one in columns if one is not amount])
        if _sure(model.run) and model.run.sign > 0:
            yield model


def _sure(run: Run) -> bool:
    """Say whether a balance runs so well that columns without names can be told by it."""
    return run.proven and (run.hits >= SURE_HITS or run.hits == run.pairs > 1)


def complementary(one: pa.Array, other: pa.Array) -> bool:
    """Say whether of two columns nearly every row has an amount in exactly one."""
    first = pc.fill_null(pc.not_equal(one, ZERO), fill_value=False)
    second = pc.fill_null(pc.not_equal(other, ZERO), fill_value=False)
    either, both = count(pc.or_(first, second)), count(pc.and_(first, second))
    return both == 0 and count(first) > 0 and count(second) > 0 and either > 0
