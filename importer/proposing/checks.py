"""What must hold of a draft before it is proposed, and tables that are no payments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

import pyarrow as pa
import pyarrow.compute as pc

from importer.currencies import major_above
from importer.errors import InputProblem
from importer.proposing.columns import Column
from importer.proposing.masks import Rows
from importer.proposing.models import Model
from importer.proposing.proposal import Question
from importer.proposing.repeated import repeated_question
from importer.proposing.rows import skipped
from importer.proposing.state import Draft
from importer.proposing.table import ZERO, count
from importer.proposing.words import names_major_units, names_minor_units

READ_SHARE = 0.5
MAX_UNREAD_SHARE = 0.05
MAX_BARE_SHARE = 0.2
GOODS_COLUMNS = 2
GOODS_SHARE, FEE_SHARE = 0.6, 0.02
ODD_CELLS, ODD_ROWS = 2, 3
MOST_WIDE = 100
_WHOLE = re.compile(r"\D{0,4}[0-9]{1,9}")
_REST = re.compile(r"[0-9]{2}\D{0,4}|[0-9]{3}(?:\.[0-9]+)?\D{0,4}")


def refuse_other_tables(draft: Draft, model: Model, date: Column) -> None:
    """Refuse lists that have days and numbers and are no movements of an account.

    Raises:
        InputProblem: the table is another one, with the verdict `not-payments`.
    """
    file = draft.grid.source.file
    if not model.run.proven and _balances_in_groups(draft, model, date):
        raise InputProblem(
            f"{file}: every entry appears with both its sides, which add up to zero: these are "
            "lines of a general journal and no payments. Name an export of the bank account.",
            "not-payments",
        )
    if _is_open_list(draft) and not model.run.proven:
        raise InputProblem(
            f"{file}: it has days on which something is due and what remains of it, so it is a "
            "list of open invoices. Name an export of payments.",
            "not-payments",
        )
    foreign = date.says("other_date", "invoice") and not date.says("booked", "happened", "settled")
    foreign = foreign and not draft.answers.date_column
    if foreign and not model.run.proven and not _is_statement(draft, model):
        raise InputProblem(
            f"{file}: its days ({draft.label(date)}) are not those of payments. Name an export "
            "of payments, or the date column.",
            "not-payments",
        )
    goods = [one for one in draft.columns if one.says("goods")]
    if any(_is_product(draft, model, pair) for pair in combinations(goods, 2)):
        raise InputProblem(
            f"{file}: the amounts are a quantity times a price, so these are trades or orders and "
            "no payments. Name an export of the bank account.",
            "not-payments",
        )
    if len(goods) >= GOODS_COLUMNS and not model.run.proven and not _has_negatives(model):
        names = " and ".join(draft.label(one) for one in goods[:2])
        raise InputProblem(
            f"{file}: {names} are columns of a list of goods or orders, not of payments. "
            "Name an export of payments.",
            "not-payments",
        )


def _is_open_list(draft: Draft) -> bool:
    rest = any(one.says("due") and one.is_money for one in draft.columns)
    return rest and any(one.says("other_date") and one.is_day for one in draft.columns)


def _is_statement(draft: Draft, model: Model) -> bool:
    """Say whether amounts of both signs stand beside the accounts of other parties."""
    named = any(one.says("party") for one in draft.columns)
    account = any(one.says("account", "bank") for one in draft.columns)
    bills = any(one.says("invoice") for one in draft.columns)
    return named and account and not bills and _has_negatives(model)


def _is_product(draft: Draft, model: Model, factors: tuple[Column, Column]) -> bool:
    """Say whether two columns multiplied make the amounts, but for a fee."""
    if not all(column.is_money for column in factors):
        return False
    one, other, total = (
        pc.abs(pc.cast(values, pa.float64()))
        for values in (*map(draft.money, factors), model.values)
    )
    gap = pc.abs(pc.subtract(pc.multiply(one, other), total))
    hits = pc.and_(pc.less_equal(gap, pc.multiply(total, FEE_SHARE)), pc.not_equal(one, 1.0))
    return count(hits) >= max(2, GOODS_SHARE * count(pc.is_valid(total)))


def _has_negatives(model: Model) -> bool:
    return count(pc.less(model.values, ZERO)) > 0


def _balances_in_groups(draft: Draft, model: Model, date: Column) -> bool:
    """Say whether the amounts of each group of rows add up to zero, as journal entries do."""
    if model.kind not in {"signed", "pair"}:
        return False
    total = pc.sum(model.values).as_py()
    if total is None or total != 0:
        return False
    named = sum(column.says("ledger") for column in draft.columns)
    keys = [column for column in draft.columns if column not in model.columns]
    grouped = any(_all_zero(draft.body.texts(key.at), model.values) for key in keys)
    return grouped or (named > 0 and date.filled > 1)


def _all_zero(keys: pa.Array, values: pa.Array) -> bool:
    table = pa.table({"key": keys, "value": values})
    table = table.filter(pc.and_(pc.is_valid(values), pc.not_equal(keys, "")))
    if not table.num_rows:
        return False
    sums = table.group_by("key").aggregate([("value", "sum"), ("value", "count")])
    if sums.num_rows < 2 or count(pc.not_equal(sums["value_sum"], ZERO).combine_chunks()):  # noqa: PLR2004
        return False
    return int(pc.min(sums["value_count"]).as_py()) > 1


def verify(draft: Draft, model: Model, date: Column) -> None:
    """Ask where too many rows remain unread for the reading to be trusted."""
    rows = Rows(draft, model, date)
    money = [column for column in model.columns if column is not model.words]
    unread = _unread(draft, money)
    payments = count(rows.paid)
    if unread > MAX_UNREAD_SHARE * max(payments, 1):
        draft.questions.append(_unread_question(draft, money, unread))
    undated = count(pc.and_(pc.is_valid(model.values), rows.no_date))
    if undated > max(2, READ_SHARE / 5 * payments):
        draft.questions.append(_undated_question(draft, date, undated))
    bare_rows = pc.and_(pc.is_valid(rows.day), rows.no_amount)
    bare_rows = pc.and_(bare_rows, pc.invert(skipped(draft)))
    bare = count(bare_rows)
    if payments and (bare > max(2, MAX_BARE_SHARE * payments) or _elsewhere(draft, bare_rows)):
        answers = draft.answers
        said = bool(answers.amount_column or (answers.credit_column and answers.debit_column))
        draft.questions.append(_bare_question(draft, money, bare, blocking=not said))
    if not model.run.proven and (odd := _odd_end(draft, rows)) is not None:
        draft.questions.append(_odd_question(draft, odd))
    draft.questions += [_minor_question(draft, one) for one in money if _is_minor(one)]
    draft.questions += [_major_question(draft, one) for one in money if names_major_units(one.name)]
    if above := major_above(draft.above()):
        draft.questions.append(_above_question(*above))
    if slid := _slid(draft, rows):
        draft.questions.append(_slid_question(draft, *slid))
    if repeated := repeated_question(draft, model, date):
        draft.questions.append(repeated)
    unsaid = _unsaid(draft, model, rows)
    if unsaid:
        draft.questions.append(_unsaid_question(draft, model, unsaid))
    if not payments and not any(question.blocking for question in draft.questions):
        raise InputProblem(
            f"{draft.grid.source.file}: no row has both a day and an amount, so these are no "
            "payments. Name a file of payments.",
            "not-payments",
        )


def _above_question(row: int, said: str) -> Question:
    return Question(
        "amount.column",
        f"Row {row} says '{said}', as if the amounts were thousands.",
        ("they are thousands: write them out", "they are as they stand: take that row away"),
        "the amounts in whole units, or take that row away",
    )


def _unread(draft: Draft, columns: Sequence[Column]) -> int:
    total = 0
    for column in columns:
        texts = draft.body.texts(column.at)
        digits = pc.match_substring_regex(texts, pattern="^[^A-Za-z]*[0-9]")
        total += count(pc.and_(digits, pc.is_null(draft.money(column))))
    return total


def _unread_question(draft: Draft, columns: Sequence[Column], unread: int) -> Question:
    names = " and ".join(draft.label(column) for column in columns)
    return Question(
        "amount.decimal",
        f"{unread:,} cells of {names} cannot be read as amounts in the same way as the others.",
        ("the rows are rejected, each with its finding", "the file mixes ways to write amounts"),
        "decimal, after a look at these cells",
    )


def _odd_end(draft: Draft, rows: Rows) -> int | None:
    """Return a last row that lacks cells which all other rows have, where no header helps."""
    at = pc.indices_nonzero(rows.paid)
    if draft.header.last >= 0 or len(at) <= ODD_ROWS:
        return None
    lacking = 0
    for column in draft.columns:
        cells = pc.take(draft.body.texts(column.at), at)
        filled = pc.not_equal(cells, "")
        lacking += bool(pc.all(filled[:-1]).as_py() and not filled[-1].as_py())
    return int(at[-1].as_py()) if lacking >= ODD_CELLS else None


def _odd_question(draft: Draft, odd: int) -> Question:
    return Question(
        "skip",
        f"Row {draft.body.row_number(odd)}, the last one, lacks cells that all other rows have.",
        ("it is a payment like the others", "it is a balance or a total: skipped"),
        "a profile with or without a [[skip]] rule for it",
    )


def _elsewhere(draft: Draft, bare: pa.Array) -> bool:
    """Say whether rows without an amount have one in a column that is not read."""
    return any(
        column.has_fractions
        and not column.is_code
        and not column.says("original", "fee", "tax", "rate")
        and count(pc.and_(bare, pc.is_valid(draft.money(column))))
        for column in draft.columns
        if column.is_money and column.at not in draft.used
    )


def _is_minor(column: Column) -> bool:
    """Say whether whole numbers stand below a header that speaks of cents."""
    return names_minor_units(column.name) and column.filled > 0 and not column.has_fractions


def _minor_question(draft: Draft, column: Column) -> Question:
    cell = column.first
    return Question(
        "amount.column",
        f"{draft.label(column)} names cents or another hundredth, and its amounts are whole "
        f"numbers, such as {cell}.",
        (
            f"{cell} is a hundredth of that: export the amounts with decimals",
            f"{cell} is meant as it stands: give the column another name",
        ),
        "another column as amount_column, or export the amounts with decimals",
    )


def _major_question(draft: Draft, column: Column) -> Question:
    cell = column.first
    return Question(
        "amount.column",
        f"{draft.label(column)} names thousands or millions, and its amounts may be so many times "
        f"what they say, such as {cell}.",
        (
            f"{cell} is in thousands or millions: export the amounts in whole units",
            f"{cell} is meant as it stands: give the column another name",
        ),
        "another column as amount_column, or export the amounts in whole units",
    )


def _slid(draft: Draft, rows: Rows) -> tuple[int, int] | None:
    """Return how many payments of a text file go on beyond the header, and the first of them."""
    width = max((at for at, name in enumerate(draft.header.names, 1) if name), default=0)
    if not width or draft.grid.kinds is not None:
        return None
    wide = pa.repeat(pa.scalar(value=False), draft.body.length)
    for at in range(width, draft.body.width):
        wide = pc.or_(wide, pc.not_equal(draft.body.texts(at), ""))
    at = pc.indices_nonzero(pc.and_(wide, rows.paid))
    if not _split(draft, at[:MOST_WIDE].to_pylist()):
        return None  # a column without a name
    return len(at), draft.body.row_number(int(at[0].as_py()))


def _split(draft: Draft, places: Sequence[int]) -> bool:
    """Say whether in one of some rows two neighbouring cells can be one amount."""
    rows = [[draft.body.texts(at)[one].as_py() for at in range(draft.body.width)] for one in places]
    return any(
        any(_WHOLE.fullmatch(a) and _REST.fullmatch(b) for a, b in pairwise(row)) for row in rows
    )


def _slid_question(draft: Draft, wide: int, first: int) -> Question:
    mark = draft.grid.layout.delimiter or ","
    return Question(
        "amount.decimal",
        f"{wide:,} payments, the first in row {first}, have more fields than the header has names: "
        f"their fields may have slid, as by an amount with a '{mark}' that is not in quotes.",
        (
            f"a field holds a '{mark}': put it in quotes, or export with another delimiter",
            "the last columns have no name: put names above them",
        ),
        "quotes around such amounts in the file",
    )


def _unsaid(draft: Draft, model: Model, rows: Rows) -> int:
    """Return how many payments have no word that says their direction."""
    if model.words is None:
        return 0
    known = pa.array([*model.ways], pa.string())
    said = pc.is_in(draft.body.texts(model.words.at), value_set=known)
    return count(pc.and_(rows.dated_amount, pc.invert(said)))


def _unsaid_question(draft: Draft, model: Model, unsaid: int) -> Question:
    return Question(
        "amount.indicator",
        f"{unsaid:,} rows have no word in {draft.label(model.columns[-1])} that says whether the "
        "money was received or paid.",
        ("they are received", "they are paid"),
        "a profile with amount.received and amount.paid",
    )


def _bare_question(
    draft: Draft, columns: Sequence[Column], bare: int, *, blocking: bool
) -> Question:
    names = " and ".join(draft.label(column) for column in columns)
    return Question(
        "amount.column",
        f"{bare:,} rows have a day and nothing in {names}.",
        ("these rows are no payments", "their amounts stand in another column"),
        "amount_column, or credit_column and debit_column",
        blocking=blocking,
    )


def _undated_question(draft: Draft, date: Column, undated: int) -> Question:
    return Question(
        "date.column",
        f"{undated:,} rows have an amount and nothing in {draft.label(date)}.",
        (
            "each belongs to the day of the row above",
            "they are totals, balances or pending rows and no payments",
        ),
        "date_column, or fill in the days",
    )
