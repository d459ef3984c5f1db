"""Rows of a dry run as text, column by column: what `reports` writes row by row, byte for byte.

A column becomes the texts of its cells, the columns of a row are joined with what stands between
them, and the memory of the joined texts is the file. That is 20 times faster than a value per
row, and the only reason for this module.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from importer.reports import Begun
from importer.reports.document import Row, json_begin
from importer.reports.lines import COLUMNS
from schemas.texts import may_begin, may_hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.model import RunRecord

VARYING = (
    "row",
    "bucket",
    "kind",
    "reason",
    "posting_date",
    "amount",
    "currency",
    "counterparty",
    "reference",
    "customer_number",
    "invoice_number",
)
"""The columns that differ from row to row before anything is sent."""

TEXTS = ("reason", "currency", "counterparty", "reference", "customer_number", "invoice_number")
"""Those whose texts come from the file."""

_NULLABLE = ("posting_date", "amount")
_IN_QUOTES = ("bucket", "kind", *TEXTS)
_ABSENT = {"line_number": "null", "earlier": "null"}
"""JSON of the columns that no row has a value in; the others are empty texts."""

_EMPTY = '""'
_END = b",\n"
_AT_ONCE = 32_768
_MOST_WAITING = 1
"""Tables that may wait to be written: each takes some twenty megabytes."""

_RISKY = r"^'*[=+\-@\t\r＝＋－＠]"  # noqa: RUF001 - as importer.formulas
_RISKY_FIRST = b"'=+-@\t\r\xef"
"""The bytes with which texts begin that may be risky."""
_QUOTED = ('"', ",", "\r", "\n")
_ESCAPED = r'["\\\x00-\x1f]'


@contextmanager
def written_columns(folder: Path) -> Iterator[WrittenColumns]:
    """Begin to write rows to two reports in `folder`, each in a thread of its own."""
    with (
        Begun(folder, "reconciliation.csv") as csv,
        Begun(folder, "reconciliation.json") as json,
        _Writer(csv) as to_csv,
        _Writer(json) as to_json,
    ):
        yield WrittenColumns(to_csv, to_json)


class _Writer:
    """Writes to a file in another thread; a few parts may wait for it."""

    def __init__(self, file: Begun) -> None:
        self._file = file
        self._other = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_ended: object) -> None:
        self._other.shutdown(cancel_futures=True)

    def write(self, parts: Iterable[bytes | memoryview]) -> None:
        """Add content, or raise what kept earlier content from being written."""
        self._waiting.append(self._other.submit(self._file.write, parts))
        while len(self._waiting) > _MOST_WAITING:
            self._waiting.popleft().result()

    def place(self, path: Path) -> Path:
        while self._waiting:
            self._waiting.popleft().result()
        return self._file.place(path)


class WrittenColumns:
    """Writes tables with the columns `VARYING`: `row` integers, `posting_date` dates, else text.

    A null is a cell that a row does not have.
    """

    def __init__(self, csv: _Writer, json: _Writer) -> None:
        """Begin with no rows."""
        self._csv = csv
        self._json = json
        self._between = b""

    def begin(self, record: RunRecord) -> None:
        """Write what stands before the rows of a run."""
        self._csv.write([("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()])
        self._json.write([json_begin(record)])

    def add(self, table: pa.Table) -> None:
        """Write the next rows, of which there is at least one."""
        self._csv.write(_csv_lines(table))
        self._json.write(_json_lines(table, self._between))
        self._between = _END

    def place_csv(self, path: Path) -> Path:
        """Put `reconciliation.csv` in its place."""
        return self._csv.place(path)

    def place_json(self, path: Path, end: bytes) -> Path:
        """Put `reconciliation.json` in its place, with what stands behind its rows."""
        self._json.write([self._between[1:], end])
        return self._json.place(path)


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    """Return so many rows at once as stay near the processor."""
    return (table.slice(at, _AT_ONCE) for at in range(0, table.num_rows, _AT_ONCE))


def _csv_lines(table: pa.Table) -> Iterator[memoryview]:
    behind = "," * (len(COLUMNS) - len(VARYING) - 1) + "\r\n"
    for part in _parts(table):
        cells = (_csv_cell(name, part.column(name).chunk(0)) for name in VARYING)
        yield _memory(pc.binary_join_element_wise(*cells, behind, ","))


def _json_lines(table: pa.Table, before: bytes) -> Iterator[bytes | memoryview]:
    gaps = _json_gaps()
    for part in _parts(table):
        pieces: list[pa.Array | str] = [gaps[0]]
        for name, gap in zip(VARYING, gaps[1:], strict=True):
            pieces += [_json_cell(name, part.column(name).chunk(0)), gap]
        yield before
        yield _memory(pc.binary_join_element_wise(*pieces, ""))[: -len(_END)]
        before = _END


def _memory(texts: pa.Array) -> memoryview:
    """Return the bytes of all texts, one behind the other as they lie in memory."""
    _, offsets, data = texts.buffers()
    bounds = memoryview(offsets).cast("i")
    return memoryview(data)[bounds[texts.offset] : bounds[texts.offset + len(texts)]]


def _csv_cell(name: str, column: pa.Array) -> pa.Array:
    texts = pc.fill_null(pc.cast(column, pa.string()), "")
    if name not in TEXTS:
        return texts
    if may_begin(texts, _RISKY_FIRST):
        risky = pc.match_substring_regex(texts, _RISKY)
        texts = _where(risky, texts, lambda some: pc.binary_join_element_wise("'", some, ""))
    found = [mark for mark in _QUOTED if may_hold(texts, mark.encode())]
    if found:
        marked = [pc.match_substring(texts, mark) for mark in found]
        texts = _where(reduce(pc.or_, marked), texts, _quoted)
    return texts


def _quoted(texts: pa.Array) -> pa.Array:
    if may_hold(texts, b'"'):
        texts = pc.replace_substring(texts, '"', '""')
    return pc.binary_join_element_wise('"', texts, '"', "")


def _where(mask: pa.Array, texts: pa.Array, changed: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Change the texts where `mask` holds."""
    if pc.all(mask).as_py():
        return changed(texts)
    if not pc.any(mask).as_py():
        return texts
    return pc.replace_with_mask(texts, mask, changed(pc.filter(texts, mask)))


def _json_gaps() -> list[str]:
    """Return what stands before, between and behind the cells of a row."""
    gaps = []
    before = "  {"
    for name in VARYING:
        gaps.append(f'{before}"{name}":' + ('"' if name in _IN_QUOTES else ""))
        before = '",' if name in _IN_QUOTES else ","
    rest = (name for name in Row.__struct_fields__ if name not in VARYING)
    behind = ",".join(f'"{name}":{_ABSENT.get(name, _EMPTY)}' for name in rest)
    return [*gaps, f"{before}{behind}}}{_END.decode()}"]


def _json_cell(name: str, column: pa.Array) -> pa.Array:
    texts = pc.cast(column, pa.string())
    if name in TEXTS and may_hold(texts, b'"\\', below=32):
        return _where(pc.match_substring_regex(texts, _ESCAPED), texts, _escaped)
    if name in _NULLABLE:
        return pc.fill_null(pc.binary_join_element_wise('"', texts, '"', ""), "null")
    return texts


def _escaped(texts: pa.Array) -> pa.Array:
    inner = [msgspec.json.encode(text)[1:-1].decode() for text in texts.to_pylist()]
    return pa.array(inner, pa.string())
