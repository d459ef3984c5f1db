"""Sheets of captions that write the amount of a payment beside each invoice that it settles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.errors import NeedsInput
from importer.mapping.amounts_of_rows import read_money
from importer.repeats import first_repeat

if TYPE_CHECKING:
    from importer.mapping.amount_columns import Columns
    from schemas.profile import AmountRule

_PART = re.compile(r"amount|betrag|applied|gross|net|brutto|summe|total|invoicevalue")
_NUMBER = re.compile(
    r"che(?:ck|que)|scheck|(?:payment|receipt|transaction|deposit).*(?:no|number|id)"
)
_PAYER = ("customer_number", "customer_id", "counterparty")


def ask_for_repeated(columns: Columns, rule: AmountRule) -> None:
    """Ask where the amount of a payment seems to stand on several rows.

    Raises:
        NeedsInput: rows of one day and payer have one amount, and another column its parts.
    """
    at = int(rule.column or 1) - 1
    parts = [one for one in columns.called(_PART.search) if one != at]
    if not parts:
        return
    cells, fields = columns.cells, columns.fields
    amounts = read_money(cells, at, rule)
    money = [read_money(cells, part, rule) for part in parts]
    whose = [fields["posting_date"], *(fields[name] for name in _PAYER if name in fields)]
    for more in ([], *([one] for one in columns.called(_NUMBER.search) if one not in (at, *parts))):
        found = first_repeat(amounts, [cells.text(one) for one in (*whose, *more)], money)
        if found is not None:
            row = cells.rows[found.place].as_py()
            raise _question(columns, at, parts[found.part], row, found.rows)


def _question(columns: Columns, at: int, part: int, row: int, rows: int) -> NeedsInput:
    whole, own = columns.name(at), columns.name(part)
    ways = (
        f"--amount-column '{own}': each row is a payment of its own",
        f"--amount-column '{whole}': each row is a payment of the whole amount",
    )
    return NeedsInput(
        f"{columns.file}: the amount in the column '{whole}' of row {row} stands on {rows} rows, "
        f"and '{own}' of these rows adds up to it, which can be read in two ways: "
        f"{'; '.join(ways)}. Choose with --amount-column, or keep one row of each payment.",
        ways,
    )
