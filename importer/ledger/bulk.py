"""One statement for many rows, handed to the driver as it takes them.

SQLAlchemy makes a dictionary of every row, which costs more than the database's own work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table, Update, insert

_VALUES = 20_000
"""Values of one INSERT; SQLite takes 32,766."""


def execute(
    connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Execute a statement once for each row of parameters; return how many lines it changed.

    The statement is one that is kept: it is compiled once.
    """
    text, names = _compiled(statement, connection.dialect, None)
    values = itemgetter(*names)
    return connection.exec_driver_sql(text, [values(row) for row in rows]).rowcount


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that name the same columns, if there are any."""
    if not rows:
        return
    text, names = _compiled(_insert(table), connection.dialect, tuple(rows[0]))
    values = itemgetter(*names)
    head, _, one = text.partition(" VALUES ")
    most = _VALUES // len(names)
    # A trigger makes every statement keep copies of pages: many rows share them.
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        places = ", ".join([one] * len(part))
        flat = tuple(chain.from_iterable(map(values, part)))
        connection.exec_driver_sql(f"{head} VALUES {places}", flat)


@lru_cache
def _insert(table: Table) -> Insert:
    return insert(table)


@lru_cache
def _compiled(
    statement: Insert | Update, dialect: Dialect, columns: tuple[str, ...] | None
) -> tuple[str, Sequence[str]]:
    """Return the text of a statement, and the names of its parameters in their order."""
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    return str(compiled), compiled.positiontup or ()
