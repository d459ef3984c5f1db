"""Records by their numbers or ids: a few keys to a request, a few requests at a time.

Source: parts 5.3, 6 and 9 of the reference on the Business Central API.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from importer.business_central.exchange import Exchange, RefusedError
from importer.business_central.generations import is_guid, query, text_literal
from importer.business_central.resources import Reader
from importer.model import AnswerKind

_KEYS_PER_REQUEST: Final = 50
_PARTS_BEFORE_COUNTING: Final = 10
_READERS: Final = 4
_LONGEST_NUMBER: Final = 20
_NO_SUCH_KEY: Final = "Application_FilterErrorException"


class _Keyed(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str: ...


Keyed = TypeVar("Keyed", bound=_Keyed)
Value = TypeVar("Value")


def as_kept(values: Iterable[str], longest: int = _LONGEST_NUMBER) -> list[str]:
    """Return numbers as the server keeps them, each once; what cannot be one is left out."""
    clean = {value.strip().upper() for value in values}
    return sorted(value for value in clean if 0 < len(value) <= longest and value.isprintable())


def with_numbers(
    exchange: Exchange,
    path: str,
    fields: str,
    reader: Reader[Keyed],
    numbers: Iterable[str],
    what: str,
) -> dict[str, Keyed]:
    """Return the records with these numbers, by upper-cased number.

    Many numbers are read as one list where that takes fewer requests.

    Args:
        exchange: the way to the API.
        path: of the entity set.
        fields: for `$select`, `""` for all.
        reader: decodes the records.
        numbers: in any case, with blanks around.
        what: for messages.
    """
    wanted = as_kept(numbers)
    if shorter_whole(exchange, path, len(wanted)):
        every = exchange.all(path + query(select=fields), reader, what)
        known = set(wanted)
        return {one.number.upper(): one for one in every if one.number.upper() in known}
    found = with_keys(exchange, path, "number", wanted, reader, what, fields)
    return {one.number.upper(): one for one in found}


def shorter_whole(exchange: Exchange, path: str, keys: int) -> bool:
    """Tell whether a whole list takes fewer requests than so many of its keys."""
    parts = -(-keys // _KEYS_PER_REQUEST)
    if parts <= _PARTS_BEFORE_COUNTING:
        return False
    total = exchange.number_of(path)
    return total is not None and total <= parts * exchange.connection.page_size


def with_ids(
    exchange: Exchange,
    path: str,
    fields: str,
    reader: Reader[Keyed],
    ids: Iterable[str],
    what: str,
) -> dict[str, Keyed]:
    """Return the records with these ids, by lower-case id; what is no GUID is not found."""
    clean = {key.strip().lower() for key in ids}
    wanted = sorted(key for key in clean if is_guid(key))
    found = with_keys(exchange, path, "id", wanted, reader, what, fields)
    return {one.id.lower(): one for one in found}


def with_keys(
    exchange: Exchange,
    path: str,
    field: str,
    keys: Sequence[str],
    reader: Reader[Value],
    what: str,
    fields: str = "",
) -> list[Value]:
    """Return the records whose `field` is one of `keys`, in no certain order."""

    def look(part: Sequence[str]) -> list[Value]:
        any_of = " or ".join(f"{field} eq {_literal(field, key)}" for key in part)
        try:
            return exchange.all(path + query(filter=any_of, select=fields), reader, what)
        except RefusedError as fault:
            if fault.answer.kind is not AnswerKind.ROW_FAULT:
                raise
            if len(part) > 1:
                middle = len(part) // 2
                return look(part[:middle]) + look(part[middle:])
            if fault.answer.code != _NO_SUCH_KEY:
                raise
            return []

    starts = range(0, len(keys), _KEYS_PER_REQUEST)
    parts = [keys[start : start + _KEYS_PER_REQUEST] for start in starts]
    if len(parts) <= 1:
        return look(parts[0]) if parts else []
    readers = min(_READERS, exchange.connection.at_once)
    pool = ThreadPoolExecutor(readers, thread_name_prefix="look-up")
    try:
        return [record for found in pool.map(look, parts) for record in found]
    finally:
        pool.shutdown(cancel_futures=True)


def _literal(field: str, key: str) -> str:
    return key if field == "id" else text_literal(key)
