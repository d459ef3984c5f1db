"""Literals of the wire and of the tables: identifiers, dates, codes, amounts."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from importer.simulator.errors import ApiError, bad_request, too_long
from importer.simulator.wire import Json

ZERO_GUID = "00000000-0000-0000-0000-000000000000"
BLANK_DATE = "0001-01-01"
ZERO = Decimal(0)
MAX_INT32 = 2**31 - 1
MAX_AMOUNT = Decimal("999999999999999.99")

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LAST_NUMBER = re.compile(r"(\d+)(\D*)$")


def is_guid(text: str) -> bool:
    """Whether the text is written as an Edm.Guid."""
    return _GUID.fullmatch(text) is not None


def _no_literal(value: Json, edm: str) -> ApiError:
    return bad_request(f"Cannot convert the literal '{value}' to the expected type 'Edm.{edm}'.")


def to_guid(value: Json) -> str:
    """An Edm.Guid of a body, lower case."""
    if isinstance(value, str) and is_guid(value):
        return value.lower()
    raise _no_literal(value, "Guid")


def to_date(value: Json) -> str:
    """An Edm.Date of a body; dates stay ISO text, which sorts and compares as dates do."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return value
    raise _no_literal(value, "Date")


def to_int(value: Json) -> int:
    """An Edm.Int32 of a body."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT32:
        return value
    raise _no_literal(value, "Int32")


def to_decimal(value: Json) -> Decimal:
    """An Edm.Decimal of a body."""
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        raise _no_literal(value, "Decimal")
    if not number.is_finite() or abs(number) > MAX_AMOUNT:
        raise _no_literal(value, "Decimal")
    return number


def to_text(value: Json) -> str:
    """An Edm.String of a body."""
    if isinstance(value, str):
        return value
    raise _no_literal(value, "String")


def to_bool(value: Json) -> bool:
    """An Edm.Boolean of a body."""
    if isinstance(value, bool):
        return value
    raise _no_literal(value, "Boolean")


def code(value: str, length: int) -> str:
    """A value as a Code field holds it: trimmed, upper case, never cut."""
    value = value.strip(" ").upper()
    if len(value) > length:
        raise too_long(value, length)
    return value


def text(value: str, length: int) -> str:
    """A value as a Text field holds it: as given, never cut."""
    if len(value) > length:
        raise too_long(value, length)
    return value


def round_amount(amount: Decimal, precision: Decimal) -> Decimal:
    """The amount at the precision of its currency, halves away from zero."""
    if precision.as_tuple().digits == (1,):
        return amount.quantize(precision, ROUND_HALF_UP)
    return (amount / precision).quantize(Decimal(1), ROUND_HALF_UP) * precision


def increment(number: str) -> str:
    """The text with its last number one higher, its width kept; without a number: empty."""
    found = _LAST_NUMBER.search(number)
    if found is None:
        return ""
    digits = found.group(1)
    raised = str(int(digits) + 1).zfill(len(digits))
    return number[: found.start()] + raised + found.group(2)


def decimal_of(value: Json, default: str = "0") -> Decimal:
    """A number of a fixture, exact as written."""
    if value is None:
        return Decimal(default)
    return value if isinstance(value, Decimal) else Decimal(str(value))
