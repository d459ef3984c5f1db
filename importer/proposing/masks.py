"""Which rows have a day and an amount: the masks over all rows from which the rules follow."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from importer.proposing import days
from importer.proposing.balances import run_of
from importer.proposing.columns import Column
from importer.proposing.models import Model
from importer.proposing.state import Draft
from importer.proposing.table import count, empty
from importer.proposing.words import is_total, starts_balance

MAX_ODD = 5_000
"""So many different texts of odd rows are looked at."""


class Rows:
    """The masks over all rows from which the rules follow."""

    def __init__(self, draft: Draft, model: Model, date: Column) -> None:
        """Read the day and the amount of every row."""
        self.draft = draft
        self.model = model
        self.date = date
        texts = draft.body.texts(date.at)
        self.date_text = texts
        formats = [str(text) for text in draft.settings["date.formats"]]
        self.day = days.read(texts, formats)
        stored = draft.body.stored(date.at, "date")  # type: ignore[arg-type]
        if stored is not None:
            iso = days.read(pc.utf8_slice_codeunits(texts, 0, 10), ["%Y-%m-%d"])
            self.day = pc.if_else(stored, iso, self.day)
        blanks = tuple(draft.settings.get("blanks", ()))
        money = [column for column in model.columns if column is not model.words]
        cells = [draft.body.texts(column.at) for column in money]
        none = empty(cells[0], blanks)
        for one in cells[1:]:
            none = pc.and_(none, empty(one, blanks))
        self.no_amount = none
        self.no_date = empty(texts, blanks)
        if draft.settings.get("date.carry"):
            self._carry()
        self.dated_amount = pc.and_(pc.is_valid(self.day), pc.invert(none))
        self.paid = pc.and_(pc.is_valid(self.day), pc.is_valid(model.values))

    def _carry(self) -> None:
        """Give rows without a day that of the row above, unless their text is a label."""
        places = pa.array(range(len(self.day)), pa.int64())
        above = pc.fill_null_forward(pc.if_else(pc.is_valid(self.day), places, None))
        missing = pc.and_not(self.no_date, pc.or_(self.no_amount, self._labelled()))
        self.day = pc.if_else(missing, pc.take(self.day, above), self.day)
        self.no_date = pc.and_(self.no_date, pc.is_null(self.day))

    def moved_money(self, mask: pa.Array) -> bool:
        """Say whether a running balance changed with the amounts of some rows."""
        balance, run = self.model.balance, self.model.run
        if balance is None or not run.proven:
            return False
        without = pc.if_else(mask, None, self.model.values)
        return run_of(without, self.draft.money(balance)).hits < run.hits

    def _labelled(self) -> pa.Array:
        found = pa.repeat(pa.scalar(value=False), len(self.day))
        for column in self.draft.columns:
            texts = pc.unique(pc.filter(self.draft.body.texts(column.at), self.no_date))
            some = texts[:MAX_ODD].to_pylist()
            labels = [one for one in some if is_total(one) or starts_balance(one)]
            known = pa.array(labels, pa.string())
            found = pc.or_(found, pc.is_in(self.draft.body.texts(column.at), value_set=known))
        return found


def choose_carry(draft: Draft, model: Model, date: Column) -> None:
    """Decide whether rows without a day have that of the row above: where a balance proves it."""
    rows = Rows(draft, model, date)
    undated = pc.and_(rows.no_date, pc.is_valid(model.values))
    others = [one for one in draft.columns if not one.is_money and one not in model.columns]
    texts = [draft.body.texts(one.at) for one in others]
    bare = reduce(pc.and_, [pc.equal(one, "") for one in texts], undated)  # totals may be so
    if not count(undated) or count(bare) or model.balance is None or not model.run.certain:
        return
    dated = pc.if_else(undated, None, model.values)
    if run_of(dated, draft.money(model.balance)).hits < model.run.hits:
        why = "the balance runs through the rows without a day, so they are payments as well"
        draft.decide("date.carry", True, why)
