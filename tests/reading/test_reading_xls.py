"""XLS workbooks, written record by record into an OLE container."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from importer.errors import InputProblem
from importer.model import CellKind
from importer.reading import read as read_fenced
from importer.reading.biff import read_facts


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def label(row: int, column: int, text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + raw)


def error(row: int, column: int, code: int) -> bytes:
    return record(0x205, struct.pack("<HHHBB", row, column, 0, code, 1))


def failed_formula(row: int, column: int, code: int) -> bytes:
    result = struct.pack("<BBB3xH", 2, 0, code, 0xFFFF)
    return record(0x06, struct.pack("<HHH", row, column, 0) + result + bytes(6) + b"\x00\x00")


def row_record(row: int, *, hidden: bool) -> bytes:
    return record(0x208, struct.pack("<HHHHHHHH", row, 0, 9, 255, 0, 0, 0x20 * hidden, 0))


def container(stream: bytes) -> bytes:
    """Return an OLE container with one stream called Workbook."""
    stream = stream.ljust(4096, b"\x00")
    stream += bytes(-len(stream) % 512)
    count = len(stream) // 512
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chain = [table, end, *range(3, count + 2), end]
    sectors = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")

    def entry(name: str, kind: int, start: int, size: int, child: int = free) -> bytes:
        raw = (name + "\0").encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1)
        links = struct.pack("<III", free, free, child)
        return head + links + bytes(36) + struct.pack("<III", start, size, 0)

    directory = entry("Root Entry", 5, end, 0, 1) + entry("Workbook", 2, 2, len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    return header + sectors + directory.ljust(512, b"\0") + stream


def workbook(cells: bytes, extra: bytes = b"") -> bytes:
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    name = b"Data"
    sheet_size = len(record(0x85, struct.pack("<IBBBB", 0, 0, 0, 4, 0) + name))
    start = len(begin) + len(extra) + sheet_size + 4
    bound = record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name)
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells
    return container(begin + extra + bound + record(0x0A) + sheet + record(0x0A))


@pytest.fixture
def make_xls(tmp_path: Path):
    def make(cells: bytes, extra: bytes = b"") -> Path:
        path = tmp_path / "book.xls"
        path.write_bytes(workbook(cells, extra))
        return path

    return make


def test_cells_errors_and_hidden_rows(make_xls, read, cells):
    path = make_xls(
        row_record(0, hidden=False)
        + row_record(1, hidden=True)
        + label(0, 0, "0042 Größe")
        + number(0, 1, 1234.5)
        + number(1, 1, 12345.67)
        + failed_formula(1, 0, 0x07)
        + error(1, 2, 0x2A)
    )
    grid = read(path)
    assert grid.layout.kind == "xls"
    assert cells(grid) == {1: ["0042 Größe", "1234.5", ""], 2: ["#DIV/0!", "12345.67", "#N/A"]}
    assert grid.kinds is not None
    assert grid.kinds["c2"].tolist() == [CellKind.EMPTY, CellKind.ERROR]
    assert sorted((f.code, f.cell) for f in grid.findings) == [
        ("error-cell", "A2"),
        ("error-cell", "C2"),
    ]
    assert any("1 hidden rows" in note for note in grid.layout.notes)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (45382.427083333336, "2024-03-31 10:15:00"),
        (45382.999999988424, "2024-03-31 23:59:59"),
        (45382.99999999999, "2024-04-01"),
    ],
)
def test_the_time_of_a_date_never_moves_the_day(make_xls, read, cells, stored, shown):
    shows_dates = record(0xE0, struct.pack("<HH16x", 0, 14))
    grid = read(make_xls(number(0, 0, stored) + number(0, 1, 1.0), extra=shows_dates))
    assert cells(grid)[1][0] == shown


def test_long_number_lost_digits(make_xls, read):
    grid = read(make_xls(number(0, 0, 1234567890123456.0) + number(0, 1, 1.0)))
    assert [f.code for f in grid.findings] == ["digits-lost"]


def test_encrypted(make_xls, read):
    with pytest.raises(InputProblem, match="encrypted"):
        read(make_xls(number(0, 0, 1.0), extra=record(0x2F, bytes(54))))


def test_damaged_containers_are_survived(make_xls):
    whole = make_xls(number(0, 0, 1.0) + error(1, 2, 0x2A)).read_bytes()
    chooser = random.Random(1)
    for _ in range(300):
        raw = bytearray(whole[: chooser.choice([100, 600, 2000, len(whole)])])
        for _ in range(8):
            raw[chooser.randrange(len(raw))] = chooser.choice([0, 1, 0x7F, 0xFF])
        read_facts(bytes(raw))


def test_cells_at_the_corners_of_a_sheet_end_in_a_sentence(make_xls):
    corners = make_xls(number(0, 0, 1.0) + number(65_535, 255, 2.0))
    with pytest.raises(InputProblem, match=r"broke down|--limit-"):
        read_fenced(corners)
