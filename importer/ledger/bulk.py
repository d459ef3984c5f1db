"""Statements of many rows, or of every batch, handed to the driver as it takes them.

SQLAlchemy makes a dictionary of every row, and of every result its description, which costs more
than the database's own work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Insert, Row, Select, Table, Update, insert

_VALUES = 20_000
"""Values of one INSERT; SQLite takes 32,766."""
_FETCHED = 1_000


def driver(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection."""
    own = connection.connection.driver_connection
    if not isinstance(own, sqlite3.Connection):  # pragma: no cover
        raise TypeError("an SQLite connection was expected")
    return own


def execute(
    connection: Connection, statement: Update | Insert, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Execute a statement once for each row of parameters; return how many lines it changed.

    The statement is one that is kept: it is compiled once.
    """
    text, names, _ = _compiled(statement, connection.dialect)
    values = itemgetter(*names)
    return driver(connection).executemany(text, [values(row) for row in rows]).rowcount


def rows(
    connection: Connection, statement: Select[Any], values: Mapping[str, Any]
) -> sqlite3.Cursor:
    """Execute a query that is kept, which is compiled once; its values come as they are stored."""
    text, names, own = _compiled(statement, connection.dialect)
    known = {**own, **values}
    return driver(connection).execute(text, tuple(known[name] for name in names))


def each(found: CursorResult[Any]) -> Iterator[Row[Any]]:
    """Yield the rows of a result, of which many are fetched at once."""
    return chain.from_iterable(found.partitions(_FETCHED))


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that name the same columns, if there are any."""
    if rows:
        columns = tuple(rows[0])
        insert_rows(connection, table, columns, list(map(itemgetter(*columns), rows)))


def insert_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows of values in the order of `columns`, which is the one of their table."""
    text = _inserting(table, connection.dialect, columns)
    head, _, one = text.partition(" VALUES ")
    most = _VALUES // len(columns)
    raw = driver(connection)
    # A trigger makes every statement keep copies of pages: many rows share them.
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        places = ", ".join([one] * len(part))
        raw.execute(f"{head} VALUES {places}", tuple(chain.from_iterable(part)))


@lru_cache
def _inserting(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> str:
    """Return the text of an INSERT of one row, with a place for each column in this order."""
    compiled = insert(table).compile(dialect=dialect, column_keys=columns)
    if compiled.positiontup != list(columns):  # pragma: no cover
        raise ValueError("columns are named in the order of their table")
    return str(compiled)


@lru_cache
def _compiled(
    statement: Update | Insert | Select[Any], dialect: Dialect
) -> tuple[str, Sequence[str], Mapping[str, Any]]:
    """Return the text of a statement, the names of its parameters in their order, its values."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup or (), compiled.params
