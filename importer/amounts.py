"""Text to exact money and back, rounding, and the one place that knows the server's sign.

An amount is `Decimal`, positive for money received. No amount ever passes through a float.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

MAX_INTEGER_DIGITS = 18
MAX_DECIMALS = 10
"""Limits of one amount in text; what has more digits is no money."""

BLANKS = "[ \t\r\n\u00a0\u202f\u2009\u3000]"
"""Blanks that exports put around and inside amounts."""

NO_CENTS: Mapping[str, str] = MappingProxyType(
    {
        ".": "^([^.]*[0-9])\\.(?:--?|[\u2013\u2014])([^.0-9]*)$",
        ",": "^([^,]*[0-9]),(?:--?|[\u2013\u2014])([^,0-9]*)$",
    }
)
"""By decimal mark: a cell with a dash in the place of the cents, such as `1.249,-`, no minus."""

NEGATIVE = "[(\u2212-]"
"""In a sound amount, any of these says that it is negative."""

THOUSANDS: Mapping[str, str] = MappingProxyType(
    {" ": "[ \u00a0\u202f\u2009]", "'": "['\u2019]", ".": r"\.", ",": ","}
)
"""Thousands marks, each with the spellings that count as the same mark."""

_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

CURRENCY_DECIMALS: Mapping[str, int] = MappingProxyType(
    {code: decimals for decimals, codes in _MINOR_UNITS.items() for code in codes.split()}
)
"""ISO 4217 currencies whose minor unit is not a hundredth."""

EXACT = Context(prec=100, rounding=ROUND_HALF_UP)


def currency_decimals(currency: str) -> int:
    """Return the number of decimals of a currency; 2 where it has the common hundredth."""
    return CURRENCY_DECIMALS.get(currency, 2)


@cache
def amount_pattern(
    decimal: str = ".", thousands: tuple[str, ...] = (), marks: tuple[str, ...] = ()
) -> str:
    """Return the pattern of a cell that holds an amount, for `re` and RE2 alike.

    Sign before or behind, or brackets, but only one of them; groups of three digits with one
    kind of mark (with a comma also of two, as in 12,34,567), or none; no exponent, no underscore,
    only ASCII digits.

    Args:
        decimal: the decimal mark, ``.`` or ``,``.
        thousands: the marks that may divide groups of digits, keys of `THOUSANDS`.
        marks: currency signs and codes that may stand before or behind the digits.
    """
    point = _literal(decimal)
    groups = (MAX_INTEGER_DIGITS - 3) // 3
    wholes = [f"[0-9]{{1,3}}(?:{THOUSANDS[text]}[0-9]{{3}}){{1,{groups}}}" for text in thousands]
    if "," in thousands:
        wholes.append("[0-9]{1,2}(?:,[0-9]{2}){1,6},[0-9]{3}")  # lakh and crore
    whole = "|".join([*wholes, f"[0-9]{{1,{MAX_INTEGER_DIGITS}}}"])
    part = f"{point}[0-9]{{1,{MAX_DECIMALS}}}"
    number = f"(?:(?:{whole})(?:{part})?|{part})"
    sign, gap = "[+\u2212-]", f"{BLANKS}*"
    before = f"(?:(?:{_marks(marks)}){gap})?" if marks else ""
    behind = f"(?:{gap}(?:{_marks(marks)}))?" if marks else ""
    forms = (
        f"(?:{sign}{gap})?{before}{number}{behind}",
        f"{before}{sign}{gap}{number}{behind}",
        f"{before}{number}{behind}{gap}{sign}",
        f"{before}{number}{gap}{sign}{behind}",
        f"\\({gap}{before}{number}{behind}{gap}\\)",
    )
    return f"^{gap}(?:{'|'.join(forms)}){gap}$"


@cache
def marks_pattern(marks: tuple[str, ...]) -> str:
    """Return the pattern of the currency marks, to take them out of a sound amount."""
    return _marks(marks)


def _marks(marks: tuple[str, ...]) -> str:
    return "|".join(_literal(mark) for mark in sorted(marks, key=len, reverse=True))


def _literal(text: str) -> str:
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def parse_amount(
    text: str,
    decimal: str = ".",
    thousands: tuple[str, ...] = (),
    marks: tuple[str, ...] = (),
) -> Decimal | None:
    """Return the amount that `text` writes, None where it is not an amount.

    The arguments are those of `amount_pattern`; columns of a table are read by the same pattern.
    """
    text = _compiled(NO_CENTS[decimal]).sub(r"\1\2", text)
    if _compiled(amount_pattern(decimal, thousands, marks)).fullmatch(text) is None:
        return None
    negative = _compiled(NEGATIVE).search(text) is not None
    bare = _compiled(marks_pattern(marks)).sub("", text) if marks else text
    digits = re.sub(f"[^0-9{re.escape(decimal)}]", "", bare).replace(decimal, ".")
    amount = Decimal(digits)
    return amount.copy_negate() if negative and amount else amount


def plain(amount: Decimal) -> str:
    """Return an amount as digits with a point: no exponent, no grouping, no negative zero."""
    return format(amount or amount.copy_abs(), "f")


def round_to(amount: Decimal, decimals: int) -> Decimal:
    """Round to a number of decimals as the server does: halves away from zero."""
    return amount.quantize(Decimal(1).scaleb(-decimals), context=EXACT)


def tidy(amount: Decimal, currency: str) -> Decimal:
    """Return an amount with the decimals of its currency, or with as many as it needs."""
    rounded = round_to(amount, currency_decimals(currency))
    return rounded if rounded == amount else amount.normalize()


def tidy_column(amounts: pa.Array, currencies: pa.Array) -> list[Decimal | None]:
    """Return `tidy` of each amount and its currency, None where there is no amount."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from schemas.units import rounded

    kept = rounded(amounts, 2)
    special = pc.is_in(currencies, value_set=pa.array(list(CURRENCY_DECIMALS), pa.string()))
    if pc.all(pc.equal(kept, amounts)).as_py() is not False and not pc.any(special).as_py():
        plain_type = pa.decimal128(MAX_INTEGER_DIGITS + MAX_DECIMALS, 2)
        tidied: list[Decimal | None] = pc.cast(kept, plain_type).to_pylist()
        return tidied
    return [
        None if amount is None else tidy(amount, currency)
        for amount, currency in zip(amounts.to_pylist(), currencies.to_pylist(), strict=True)
    ]


def to_server(amount: Decimal) -> Decimal:
    """Return the amount that the server expects: money received is negative there."""
    return amount.copy_negate() if amount else amount.copy_abs()


def from_server(amount: Decimal) -> Decimal:
    """Return our amount of a server's: the inverse of `to_server`."""
    return to_server(amount)
