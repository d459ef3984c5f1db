"""Reads a text table: encoding, delimiter, quotes, records, each with its physical line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from importer.errors import InputProblem
from importer.model import Finding, Layout, Severity
from importer.reading import dialect as dialects
from importer.reading import encodings
from importer.reading.encodings import Bytes, Encoding
from importer.reading.lines import Text, find, physical_lines, prepare, sample
from importer.reading.options import FAST_BYTES, Limits, ReadOptions
from importer.reading.records import Dialect, Reader
from importer.reading.table import Irregular, RowBuffer, Table, capped

if TYPE_CHECKING:
    import pyarrow as pa

EMPTY = "the file is empty: it holds no row. Export it again, or check that the download finished."
HEAD_RECORDS = 60
_LOST_DIGITS = r"^\s*[+-]?\d([.,]\d+)?[eE]\+\d{2,3}\s*$"
_GUARD = re.compile(r'="(.*)"\Z', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that was decided about a text file before its rows are read."""

    text: Text
    encoding: Encoding
    dialect: Dialect
    sep_line: bool
    line_end: str
    notes: tuple[str, ...]
    widths: tuple[tuple[int, int], ...]

    @property
    def layout(self) -> Layout:
        """The layout as the rest of the program knows it."""
        return Layout(
            kind="csv",
            encoding=self.encoding.codec,
            bom=self.encoding.bom_bytes > 0,
            delimiter=self.dialect.delimiter,
            quote=self.dialect.quote,
            line_end=self.line_end,
            notes=self.notes,
            widths=self.widths,
        )


def read_text(data: Bytes, options: ReadOptions, *, fast: bool | None = None) -> Iterator[Table]:
    """Read a text file in parts; `fast` forces or forbids the fast path (None: by size).

    Raises:
        InputProblem: the file is empty, not text, or beyond a limit.
        NeedsInput: two delimiters fit equally well.
        Irregular: the parts before do not count; call again without the fast path.
    """
    plan = make_plan(data, options)
    if fast is None:
        fast = plan.text.end - plan.text.start > FAST_BYTES
    exponents = any(find(plan.text, mark) >= 0 for mark in (b"E+", b"e+"))
    begun = False
    if fast:
        try:
            for table in _fast_parts(plan, options.limits):
                yield _with_findings(plan, table, [], exponents=exponents)
                begun = True
                del table  # before the next one is read: there is room for one
        except Irregular:
            if begun:
                raise
    if not begun:
        table, findings = read_slow(plan, options.limits)
        if not table.num_rows:
            raise InputProblem(EMPTY, "empty")
        yield _with_findings(plan, table, findings, exponents=exponents)


def _fast_parts(plan: Plan, limits: Limits) -> Iterator[pa.Table]:
    """Return the parts that the fast path reads; one where its findings must be counted."""
    from importer.reading.fast import read_fast

    parts = filter(len, read_fast(plan, limits))
    if not plan.encoding.damaged:
        return parts
    import pyarrow as pa

    return iter([pa.concat_tables(parts)])


def _with_findings(
    plan: Plan, table: pa.Table, findings: list[Finding], *, exponents: bool
) -> Table:
    if exponents:
        findings += _lost_digits(table)
    if plan.encoding.damaged:
        findings += _damaged(table)
    findings.sort(key=lambda f: f.row or 0)
    return Table(table, plan.layout, capped(findings))


def make_plan(data: Bytes, options: ReadOptions) -> Plan:
    """Decide encoding, line ends, delimiter and quotes."""
    encoding = encodings.decide(data, options.encoding)
    text = prepare(data, encoding)
    if text.is_blank:
        raise InputProblem(EMPTY, "empty")
    lines = sample(text)
    newline = text.newline.decode()
    declared = dialects.sep_line(lines)
    if declared:
        lines = lines[1:]
    given = options.delimiter or declared or None
    dialect = dialects.decide(lines, newline, given, options.quote)
    if newline == "\n" and any("\r" in line.rstrip("\r") for _, line in lines):
        broken = replace(text, lone_cr=True)
        pieces = sample(broken)[1 if declared else 0 :]
        other = dialects.decide(pieces, newline, given, options.quote)
        before = dialects.regularity(lines, newline, dialect)
        if dialects.regularity(pieces, newline, other) > before:
            text, dialect = broken, other
    line_end, ends = _line_ends(text)
    notes = tuple(_notes(text, encoding, dialect, ends, declared))
    widths = tuple(_widths(lines, dialect))
    return Plan(text, encoding, dialect, bool(declared), line_end, notes, widths)


def _widths(lines: Iterable[tuple[int, str]], dialect: Dialect) -> Iterator[tuple[int, int]]:
    """Yield the first rows that end in an empty field, which padding hides, and their width."""
    reader = Reader(dialect, "\n", Limits().field_bytes)
    for row, fields in islice(reader.records(lines), HEAD_RECORDS):
        if not fields[-1].strip():
            yield row, len(fields)


def _line_ends(text: Text) -> tuple[str, str]:
    if text.newline == b"\r":
        return "\r", "CR"
    head = text.data[text.start : min(text.end, text.start + (1 << 16))]
    counts = {
        "CR CR LF": head.count(b"\r\r\n"),
        "CRLF": head.count(b"\r\n") - head.count(b"\r\r\n"),
        "LF": head.count(b"\n") - head.count(b"\r\n"),
    }
    used = [name for name, count in counts.items() if count]
    if text.lone_cr:
        used.append("CR")
    most = max(counts, key=lambda name: counts[name])
    return "\n" if most == "LF" else "\r\n", " and ".join(used) or "none"


def _notes(
    text: Text, encoding: Encoding, dialect: Dialect, ends: str, declared: str
) -> Iterator[str]:
    bom = " with byte order mark" if encoding.bom_bytes else ""
    yield f"Encoding {encoding.codec}{bom} ({encoding.reason})."
    by = "declared by the file" if declared else f"{dialect.fields} columns"
    yield f"Columns separated by {dialects.delimiter_name(dialect.delimiter)} ({by})."
    if not dialect.quote:
        yield "Quotation marks are ordinary letters in this file."
    elif dialect.escape:
        yield "Quotes inside fields are escaped with a backslash."
    if ends not in {"LF", "CRLF", "none"}:
        yield f"Lines end with {ends}."
    if text.lone_cr:
        yield "Row numbers count a carriage return alone as the end of a line too."


def read_slow(plan: Plan, limits: Limits) -> tuple[pa.Table, list[Finding]]:
    """Read any text table, line by line; bounded in memory by the size of its text."""
    newline = plan.text.newline.decode()
    reader = Reader(plan.dialect, newline, limits.field_bytes)
    lines = _checked_lines(plan, limits)
    findings: list[Finding] = []
    has_nul = plan.text.data.find(b"\x00", plan.text.start, plan.text.end) >= 0
    guard = '="' if find(plan.text, b'="') >= 0 else None
    rows = RowBuffer()
    for number, fields in reader.records(lines):
        if guard:
            fields = _without_guards(fields)  # noqa: PLW2901
        if has_nul and any("\x00" in f for f in fields):
            findings.extend(_nul(number, fields))
        rows.add(number, fields)
        if len(fields) > limits.columns:
            raise limits.problem("columns", f"line {number} has {len(fields):,} columns")
        if rows.count > limits.rows:
            raise limits.problem("rows", f"line {number:,} is past the last row that is allowed")
    return rows.table(), [*findings, *reader.findings]


def _checked_lines(plan: Plan, limits: Limits) -> Iterator[tuple[int, str]]:
    """Yield lines that can be split at no great cost; leaves out the `sep=` line."""
    delimiter, lines = plan.dialect.delimiter, physical_lines(plan.text, limits)
    if plan.sep_line:
        next(lines)
    for number, line in lines:
        if len(line) > limits.columns:
            columns = line.count(delimiter) + 1
            if columns > limits.columns and (
                not plan.dialect.quote
                or plan.dialect.quote not in line
                or columns > limits.columns * 20
            ):
                raise limits.problem("columns", f"line {number} has {columns:,} columns")
            if len(line) > limits.field_bytes and _longest(line, delimiter) > limits.field_bytes:
                found = f"line {number} has a field of more than {limits.field_bytes:,} letters"
                raise limits.problem("field_bytes", found)
        yield number, line


def _longest(line: str, delimiter: str) -> int:
    return max(map(len, line.split(delimiter)))


def _without_guards(fields: list[str]) -> list[str]:
    found = (_GUARD.match(text) for text in fields)
    return [
        guard[1].replace('""', '"') if guard else text
        for guard, text in zip(found, fields, strict=True)
    ]


def _nul(number: int, fields: Iterable[str]) -> Iterator[Finding]:
    for index, value in enumerate(fields):
        if "\x00" in value:
            yield Finding(
                "nul-byte",
                Severity.ERROR,
                number,
                str(index),
                value[:200],
                "the field holds a NUL byte, which no text has; the file may be damaged",
                "Export the file again.",
            )


def _lost_digits(table: pa.Table) -> Iterator[Finding]:
    """Find numbers that a spreadsheet cut short before it wrote the file (`1,23457E+15`)."""
    import pyarrow.compute as pc

    for index, name in enumerate(table.column_names[1:]):
        hit = table.filter(pc.match_substring_regex(table[name], _LOST_DIGITS))
        for row, value in zip(hit["row"].to_pylist(), hit[name].to_pylist(), strict=True):
            yield Finding(
                "digits-lost",
                Severity.ERROR,
                row,
                str(index),
                value,
                f"{value.strip()!r} is a long number that a spreadsheet program cut short; "
                "its last digits are lost",
                "Export the file again from the bank and import it without opening it in Excel.",
            )


def _damaged(table: pa.Table) -> Iterator[Finding]:
    import pyarrow.compute as pc

    for index, name in enumerate(table.column_names[1:]):
        hit = table.filter(pc.match_substring(table[name], "\ufffd"))
        for row, value in zip(hit["row"].to_pylist(), hit[name].to_pylist(), strict=True):
            yield Finding(
                "letters-damaged",
                Severity.WARNING,
                row,
                str(index),
                value[:200],
                "some bytes of this field do not fit the file's encoding and show as \ufffd",
                "Look at the text of this row; amounts and dates are not affected.",
            )
