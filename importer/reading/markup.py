"""Reads HTML tables, which some banks call `.xls`, and says what other markup is."""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser

from importer.errors import InputProblem, NeedsInput
from importer.model import Layout
from importer.reading import encodings
from importer.reading.encodings import Bytes
from importer.reading.options import Limits, ReadOptions
from importer.reading.table import RowBuffer, Table

_HTML = re.compile(
    r"\s*(<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(!doctype html|html|table|meta|head|body|style)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"\s*<(\?xml|[a-z][\w.-]*:)", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_BLOCK = 1 << 18
_STATEMENTS = (
    (b"urn:iso:std:iso:20022", "an ISO 20022 statement (camt)"),
    (b"<OFX", "an OFX statement"),
    (b"urn:schemas-microsoft-com:office:spreadsheet", "an XML spreadsheet of Excel 2003"),
)


def looks_like_markup(head: bytes) -> bool:
    """Say whether a file is HTML or XML, by its first bytes."""
    text = _head_text(head)
    return bool(_HTML.match(text) or _XML.match(text))


def _head_text(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")


def read_markup(data: Bytes, options: ReadOptions) -> Table:
    """Read the table of an HTML file.

    Raises:
        InputProblem: it is XML, or HTML without a table.
        NeedsInput: several of its tables may hold the payments.
    """
    head = data[:4096]
    if not _HTML.match(_head_text(head)):
        what = next((name for mark, name in _STATEMENTS if mark in head), "an XML file")
        raise InputProblem(
            f"this is {what}, not a table. Export the payments as CSV or as an Excel workbook."
        )
    declared = _CHARSET.search(head)
    encoding = encodings.decide(data, options.encoding or _declared(declared, data))
    decoder = codecs.getincrementaldecoder(encoding.codec)("replace")
    parser = _Tables(options.limits)
    for start in range(encoding.bom_bytes, len(data), _BLOCK):
        parser.feed(decoder.decode(data[start : start + _BLOCK]))
    parser.close()
    number = _choose(parser.sizes())
    rows = RowBuffer()
    for index, cells in enumerate(parser.tables[number], 1):
        rows.add(index, cells)
    which = f"table {number + 1} of {len(parser.tables)}"
    notes = (
        f"The file is an HTML page; {which} was read, and row numbers count its rows.",
        f"Encoding {encoding.codec} ({encoding.reason}).",
    )
    layout = Layout("csv", encoding.codec, encoding.bom_bytes > 0, ",", notes=notes)
    return Table(rows.table(), layout)


def _declared(found: re.Match[bytes] | None, data: Bytes) -> str | None:
    """Return the encoding that the page declares, if there is one and it fits."""
    if found is None:
        return None
    try:
        return encodings.decide(data, found[1].decode("ascii")).codec
    except InputProblem:
        return None


def _choose(sizes: list[int]) -> int:
    """Return the number of the table with the most cells, if it stands out."""
    filled = [n for n, size in enumerate(sizes) if size]
    if not filled:
        raise InputProblem(
            "this is a web page without a table that has rows. Export the payments as CSV or as "
            "an Excel workbook.",
            "empty" if sizes else "unreadable",
        )
    best = max(filled, key=lambda n: sizes[n])
    rivals = [n for n in filled if n != best and sizes[n] * 2 > sizes[best] and sizes[n] > 40]  # noqa: PLR2004
    if rivals:
        raise NeedsInput(
            "the file is a web page with several large tables. Export the payments as CSV.",
            tuple(f"table {n + 1}: {sizes[n]:,} cells" for n in sorted([best, *rivals])),
        )
    return best


class _Tables(HTMLParser):
    """Collects the rows of every table; a table inside a cell is a table of its own."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._limits = limits
        self._open: list[int] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._skipped = ""

    def sizes(self) -> list[int]:
        """Return the number of filled cells of each table."""
        return [sum(1 for r in rows if len(r) > 1 for c in r if c) for rows in self.tables]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        if tag in {"script", "style"}:
            self._skipped = tag
        elif tag == "table":
            self._end_cell()
            self._open.append(len(self.tables))
            self.tables.append([])
        elif not self._open:
            return
        elif tag == "tr":
            self._end_cell()
            self._start_row()
        elif tag in {"td", "th"}:
            self._end_cell()
            if not self._rows():
                self._start_row()
            span = dict(attrs).get("colspan") or "1"
            self._span = int(span) if span.isdecimal() and len(span) < 5 else 1  # noqa: PLR2004
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a table, row or cell."""
        if tag == self._skipped:
            self._skipped = ""
        elif tag in {"td", "th", "tr"}:
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._cell is not None and not self._skipped:
            self._cell.append(data)

    def _rows(self) -> list[list[str]]:
        return self.tables[self._open[-1]]

    def _start_row(self) -> None:
        rows = self._rows()
        if len(rows) >= self._limits.rows:
            raise self._limits.problem("rows", "the table has more rows than that")
        rows.append([])

    def _end_cell(self) -> None:
        if self._cell is None or not self._open:
            return
        text = re.sub(r"[ \t\r\n]+", " ", "".join(self._cell)).strip(" \xa0")
        row = self._rows()[-1]
        row.append(text)
        row.extend([""] * (max(self._span, 1) - 1))
        if len(row) > self._limits.columns:
            found = f"row {len(self._rows()):,} of the table has more columns than that"
            raise self._limits.problem("columns", found)
        self._cell = None
