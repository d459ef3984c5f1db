"""Which column of a sheet of captions holds the day of the payment, and whether it lists payments.

A column `Date` beside `Date Paid` is the day of the invoice; beside a day that is due and an
amount that is open, no column may be one of payments at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from importer.errors import NeedsInput
from importer.mapping.columns import Cells, days
from importer.mapping.evidence import DATE_FORMATS
from importer.model import CellKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from importer.mapping.header import Header
    from importer.model import Grid

_PAID = re.compile(
    r"(?:date|day)(?:of)?(?:paid|received|payment)|(?:paid|received)(?:on|date|day)|"
    r"payment(?:day|received(?:on|date))|(?:be|ge)zahltam|(?:be)?zahl(?:datum|tag)|"
    r"(?:zahlung)?(?:eingegangen|erhalten)am|zahlungs(?:tag|eingang(?:am|sdatum)?)"
)
"""Headers of the day of the payment and of nothing else, as captions are compared."""

_MAY_BE_PAID = re.compile(
    r"(?:date|day)(?:of)?(?:receipt|deposit(?:ed)?|settled|cleared)|"
    r"(?:receipt|deposit(?:ed)?|settlement|settled)(?:date|day|on)|eingangsdatum|einzahlungsdatum"
)
"""Those of a day on which it may have been paid."""

_DUE = re.compile(r"(?:net)?due(?:dates?|on)?|f[aä]llig(?:am|keit(?:sdatum)?)?|faellig.*|notdue")
_OPEN = re.compile(
    r"(?:remaining|open|outstanding)(?:amount|balance)?(?:lcy)?|amount(?:due|open|outstanding)|"
    r"balance(?:due|open|outstanding)?(?:lcy)?|rest(?:betrag|saldo)(?:mw)?|saldo|offen|"
    r"offener(?:betrag|rest)|[0-9]{2,6}(?:days|tage)|overdue|[uü]berf[aä]llig"
)
_OF_PAYMENTS = re.compile(
    r"paid|payment(?!term|method|due|ref|disc)|receipt|received|remittance|deposit|zahlung(?!sbed|sziel|sart|"
    r"sfrist)|bezahlt|gezahlt|zahldatum|zahlbetrag|eingang"
)
_TYPES = re.compile(r"(?:document|doc|entry)type|belegart")
_EVERY_FORMAT = tuple(dict.fromkeys(text for way in DATE_FORMATS.values() for text in way))


def day_of_payment(
    grid: Grid, header: Header, at: int, key: Callable[[str], str], general: set[str]
) -> int:
    """Return the column of the day of the payment, where another than `at` says that it is one.

    Args:
        grid: the file.
        header: its header.
        at: the column of the day by its caption.
        key: how captions are compared.
        general: captions of any day.

    Raises:
        NeedsInput: two columns may hold it, and they differ.
    """
    names = [key(name) for name in header.names]
    if names[at] not in general:
        return at
    cells = Cells(grid, header.last + 1)
    paid = [one for one, name in enumerate(names) if _PAID.fullmatch(name)]
    paid = [one for one in paid if _holds_days(cells, one)]
    for one in paid[1:]:
        _ask_if_different(cells, header, paid[0], one)
    if paid:
        if not pc.any(pc.not_equal(cells.text(paid[0]), "")).as_py():
            _ask_if_different(cells, header, at, paid[0])
        return paid[0]
    for one, name in enumerate(names):
        if _MAY_BE_PAID.fullmatch(name) and _holds_days(cells, one):
            _ask_if_different(cells, header, at, one)
    return at


def _holds_days(cells: Cells, at: int) -> bool:
    """Say whether all filled cells of a column are days."""
    texts: pa.Array = cells.text(at)
    stored = cells.is_kind(at, CellKind.DATE)
    found = pc.is_valid(days(texts, _EVERY_FORMAT, stored))
    return bool(pc.all(pc.or_(found, pc.equal(texts, ""))).as_py())


def _ask_if_different(cells: Cells, header: Header, one: int, other: int) -> None:
    differs = pc.not_equal(cells.text(one), cells.text(other))
    row = pc.index(differs, value=True).as_py()
    if row < 0:
        return
    ways = tuple(
        f"'{' '.join(header.names[at].split())}': {cells.text(at)[row].as_py() or 'nothing'}"
        for at in (one, other)
    )
    raise NeedsInput(
        f"{cells.grid.source.file}: two columns may hold the day of the payment, and they differ, "
        f"first in row {cells.rows[row].as_py()}: {'; '.join(ways)}. Call the one that counts "
        "'Posting Date'.",
        ways,
    )


def ask_for_payments(
    file: str, header: Header, above: Sequence[Sequence[str]], key: Callable[[str], str]
) -> None:
    """Ask where a sheet has days that are due and amounts that are open, and no word of payments.

    Raises:
        NeedsInput: it may be a list of invoices.
    """
    names = [key(name) for name in header.names]
    said = [*names, *(key(cell) for row in above for cell in row)]
    due = next((at for at, name in enumerate(names) if _DUE.fullmatch(name)), None)
    left = [at for at, name in enumerate(names) if _OPEN.fullmatch(name)]
    if due is None or not left:
        return
    if any(map(_OF_PAYMENTS.search, said)) or any(map(_TYPES.fullmatch, names)):
        return
    columns = " and ".join(f"'{' '.join(header.names[at].split())}'" for at in (due, left[0]))
    ways = (
        "it lists invoices, of which none is a payment: nothing is imported",
        "it lists payments: call the column of the amount 'Payment Amount'",
    )
    raise NeedsInput(
        f"{file}: the columns {columns} are those of a list of invoices, and no word speaks of "
        f"payments, which can be read in two ways: {'; '.join(ways)}. Choose the amounts that "
        "were paid with --amount-column, or name a profile.",
        ways,
    )
