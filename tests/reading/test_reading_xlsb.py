"""XLSB workbooks, written record by record: what calamine does not tell of them."""

from __future__ import annotations

import random
import struct
import zipfile

import pytest

from importer.errors import InputProblem
from importer.model import CellKind
from importer.reading import ReadOptions, read
from importer.reading.package import Package
from importer.reading.xlsb import read_facts

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def number7(value: int) -> bytes:
    """Return a number in bytes of seven bits."""
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def record(kind: int, body: bytes = b"") -> bytes:
    return number7(kind) + number7(len(body)) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def row(index: int, *cells: bytes, hidden: bool = False) -> bytes:
    head = struct.pack("<IIHBBBI", index, 0, 300, 0, 0x10 * hidden, 0, 0)
    return record(0, head) + b"".join(cells)


def real(column: int, value: float) -> bytes:
    return record(5, struct.pack("<IId", column, 0, value))


def text(column: int, value: str) -> bytes:
    return record(6, struct.pack("<II", column, 0) + wide(value))


def error(column: int, code: int) -> bytes:
    return record(3, struct.pack("<IIB", column, 0, code))


def failed_formula(column: int, code: int) -> bytes:
    return record(11, struct.pack("<IIBHI", column, 0, code, 0, 0) + struct.pack("<I", 0))


def sheet(*rows: bytes, last: tuple[int, int] = (9, 9)) -> bytes:
    size = record(148, struct.pack("<IIII", 0, last[0], 0, last[1]))
    return record(129) + size + record(145) + b"".join(rows) + record(146) + record(130)


@pytest.fixture
def make_xlsb(tmp_path):
    def make(*sheets: bytes):
        listed = b"".join(
            record(156, struct.pack("<II", 0, i) + wide(f"rId{i}") + wide(f"S{i}"))
            for i in range(1, len(sheets) + 1)
        )
        relations = "".join(
            f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/s{i}.bin"/>'
            for i in range(1, len(sheets) + 1)
        )
        path = tmp_path / "book.xlsb"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(
                "_rels/.rels",
                f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" '
                f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
            )
            package.writestr(
                "xl/_rels/workbook.bin.rels",
                f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>',
            )
            book = record(131) + record(143) + listed + record(144) + record(132)
            package.writestr("xl/workbook.bin", book)
            for i, content in enumerate(sheets, 1):
                package.writestr(f"xl/worksheets/s{i}.bin", content)
        return path

    return make


def test_cells_errors_and_hidden_rows(make_xlsb, read_here, cells):
    path = make_xlsb(
        sheet(
            row(0, text(0, "0042 Größe"), real(1, 1234.5)),
            row(1, failed_formula(0, 0x07), real(1, 12345.67), error(2, 0x2A), hidden=True),
            row(2, text(0, "x" * 70_000), error(1, 0x2B)),
        )
    )
    grid = read_here(path)
    assert grid.layout.kind == "xlsb"
    rows = cells(grid)
    assert rows[1] == ["0042 Größe", "1234.5", ""]
    assert rows[2] == ["#DIV/0!", "12345.67", "#N/A"]
    assert rows[3] == ["x" * 70_000, "#GETTING_DATA", ""]
    assert grid.kinds is not None
    assert grid.kinds["c2"].tolist() == [CellKind.EMPTY, CellKind.ERROR, CellKind.EMPTY]
    assert sorted((f.code, f.cell) for f in grid.findings) == [
        ("error-cell", "A2"),
        ("error-cell", "B3"),
        ("error-cell", "C2"),
    ]
    assert any("1 hidden rows" in note for note in grid.layout.notes)


def test_the_facts_are_those_of_the_sheet_that_is_read(make_xlsb, read_here):
    first = sheet(row(0, error(0, 0x2A), text(1, "note"), hidden=True))
    second = sheet(row(0, text(0, "2024-01-31"), real(1, 5.5)), row(1, text(0, "2024-01-30")))
    grid = read_here(make_xlsb(first, second))
    assert grid.layout.sheet == "S2"
    assert grid.findings == ()


def test_records_larger_than_any_are_passed_over(make_xlsb, read_here, cells):
    large = record(9999 & 0x3FFF, b"\x00" * (3 << 20))
    path = make_xlsb(sheet(row(0, real(0, 1.0)), large, row(1, error(0, 0x2A), real(1, 2.0))))
    assert cells(read_here(path)) == {1: ["1", ""], 2: ["#N/A", "2"]}


def test_damaged_records_are_survived(make_xlsb):
    path = make_xlsb(sheet(*(row(i, real(0, i), error(1, 7)) for i in range(20))))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    chooser = random.Random(1)
    for name in ("xl/workbook.bin", "xl/worksheets/s1.bin"):
        for _ in range(60):
            raw = bytearray(parts[name][: chooser.choice([5, 50, len(parts[name])])])
            for _ in range(3):
                raw[chooser.randrange(len(raw))] = chooser.choice([0, 1, 3, 0x7F, 0x80, 0xFF])
            with zipfile.ZipFile(path, "w") as package:
                for part, content in {**parts, name: bytes(raw)}.items():
                    package.writestr(part, content)
            with path.open("rb") as stream:
                read_facts(Package(stream, ReadOptions().limits))


def test_a_sheet_that_claims_to_be_full(make_xlsb):
    rows = (row(0, real(0, 1.0)), row(1_048_575, real(16_383, 2.0)))
    path = make_xlsb(sheet(*rows, last=(1_048_575, 16_383)))
    with pytest.raises(InputProblem, match=r"--limit-|broke down"):
        read(path)


def test_a_sheet_that_claims_more_than_it_holds(make_xlsb, read_here, cells):
    path = make_xlsb(sheet(row(0, real(0, 7.0)), last=(1_048_575, 16_383)))
    assert cells(read_here(path)) == {1: ["7"]}
