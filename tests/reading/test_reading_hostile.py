"""Files made to break a reader: each ends in one sentence, soon, and within its memory."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from importer.errors import InputProblem
from importer.model import Severity
from importer.reading import Limits, ReadOptions, read
from importer.reading.worker import parse

MIB = 1024 * 1024
SMALL = "Date;Text;Amount\n2024-01-02;a;1,50\n"


_MEASURED = """
import json, resource, sys, time
from pathlib import Path
from importer.errors import InputProblem
from importer.reading import read
message, rows = "", 0
try:
    rows = len(read(Path(sys.argv[1])).frame)
except InputProblem as problem:
    message = str(problem)
own = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps({
    "message": message,
    "rows": rows,
    "seconds": sum(u.ru_utime + u.ru_stime for u in used),
    "mib": max(used[1].ru_maxrss, own) // 1024,
}))
"""
BASE_MIB = 160  # the interpreter with pyarrow and pandas


def refusal(path: Path, options: ReadOptions | None = None) -> str:
    """Read a file that must be refused; return the sentence.

    What is cheap is parsed here, where an exception of any other kind would show.
    """
    cheap = path.is_file() and path.stat().st_size > 0 and options is None
    with pytest.raises(InputProblem) as caught:
        parse_here(path) if cheap else read(path, options or ReadOptions())
    return sentence(str(caught.value))


def parse_here(path: Path) -> None:
    """Parse a file without a child process."""
    with path.open("rb") as stream:
        list(parse(stream, ReadOptions()))


def sentence(message: str) -> str:
    """Check that a message is one line for a person."""
    assert "Traceback" not in message
    assert "\n" not in message
    return message


def measured(path: Path) -> str:
    """Read a costly file in a process of its own; check the cost; return the sentence."""
    command = [sys.executable, "-c", _MEASURED, str(path)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert result["mib"] < 512 + BASE_MIB
    assert result["seconds"] < 8  # at most 5 on a machine that does nothing else
    assert result["message"] or result["rows"]
    return sentence(result["message"])


def test_missing_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "nothing.csv")


def test_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is a pipe" in refusal(tmp_path / "pipe.csv")


def test_device():
    assert "is a device" in refusal(Path("/dev/zero"))


def test_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket is limited to about 100 letters
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert "is a socket" in refusal(Path("s"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(make_file):
    path = make_file(SMALL)
    path.chmod(0)
    assert "may not be read" in refusal(path)


def test_links_that_point_at_each_other(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "cannot be opened" in refusal(tmp_path / "a")


def test_link_to_a_file_is_read(make_file, tmp_path):
    (tmp_path / "link.csv").symlink_to(make_file(SMALL))
    assert len(read(tmp_path / "link.csv").frame) == 2


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("pipe", "is a pipe"),
        ("/dev/zero", "is a device"),
        (".", "is a folder"),
        ("gone", "no such"),
    ],
)
def test_link_to_what_is_no_file(tmp_path, target, what):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.csv").symlink_to(target)
    assert what in refusal(tmp_path / "link.csv")


def test_name_with_a_line_break_is_shown_without(make_file):
    assert read(make_file(SMALL, "a\nb.csv")).source.file == "a\ufffdb.csv"


def test_name_with_a_line_break_stays_on_one_line(make_file):
    assert refusal(make_file(b"", "a\nb\x1b[31m.csv")).startswith("a\ufffdb\ufffd[31m.csv: ")


def test_name_that_is_no_text(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.csv")
    path.write_text(SMALL)
    assert read(path).source.file == "\ufffd.csv"


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"  \r\n\t\r\n", b"\x00" * 5000, b"\xef\xbb\xbf"]
)
def test_empty(make_file, content):
    with pytest.raises(InputProblem) as caught:
        read(make_file(content))
    assert caught.value.verdict == "empty"


def test_only_delimiters_is_empty(make_file):
    with pytest.raises(InputProblem) as caught:
        read(make_file(";;;\n;;;\n"))
    assert caught.value.verdict == "empty"


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"{\\rtf1", "RTF"),
        (bytes(range(256)) * 50, "control characters"),
    ],
)
def test_other_kinds_of_files(make_file, head, what):
    assert what in refusal(make_file(head + b"x" * 100))


def test_file_beyond_the_size(make_file):
    message = refusal(make_file(SMALL), ReadOptions(limits=Limits(file_bytes=10)))
    assert "the limit is 10 (file bytes)" in message
    assert "--limit-file-bytes" in message


def test_field_of_200_mb(make_file):
    path = make_file(SMALL + "2024-01-03;" + "x" * (200 * MIB) + ";1\n")
    assert "--limit-field-bytes" in measured(path)


def test_quoted_field_of_100_mb_in_many_lines(make_file):
    path = make_file(SMALL + '2024-01-03;"' + ("x" * 99 + "\n") * MIB + '";1\n')
    measured(path)


def test_hundred_thousand_columns(make_file):
    assert "--limit-columns" in measured(make_file(SMALL + ";".join("x" * 100_000) + "\n"))


def test_two_hundred_million_delimiters(make_file):
    assert "--limit-" in measured(make_file(SMALL + ";" * (150 * MIB) + "\n"))


def test_too_many_rows(make_file):
    message = refusal(make_file("a;b\n" * 100), ReadOptions(limits=Limits(rows=50)))
    assert "--limit-rows" in message


def test_quotes_that_never_close(make_file, read_here):
    path = make_file("a;b\n" + '1;"x\n2;y\n' * 20_000)
    grid = read_here(path)
    assert len(grid.frame) == 40_001
    assert grid.frame["row"].tolist() == list(range(1, 40_002))


@pytest.mark.parametrize("unit", ['"', '"\n', '";"\n', 'a"', '";\n"'])
def test_nothing_but_quotes(make_file, unit):
    measured(make_file(unit * (2 * MIB // len(unit) + 1)))


def test_nul_bytes_make_a_finding(make_file, read_here):
    grid = read_here(make_file("Date;Text;Amount\n2024-01-02;a\x00b;1,50\n2024-01-03;c;2,50\n"))
    assert [(f.code, f.row, f.severity) for f in grid.findings] == [("nul-byte", 2, Severity.ERROR)]


def test_nul_padding_at_the_end_is_dropped(make_file, cells, read_here):
    grid = read_here(make_file(SMALL.encode() + b"\x1a" + b"\x00" * 4096))
    assert list(cells(grid)) == [1, 2]
    assert grid.findings == ()


def test_numbers_that_are_none_stay_text(make_file, cells, read_here):
    odd = ["1e999999999", "١٢٣", "1_000", "NaN", "=1+1", "+1", "@x"]
    grid = read_here(make_file("\n".join(f"2024-01-01;{value};x" for value in odd)))
    assert [row[1] for row in cells(grid).values()] == odd


@pytest.mark.parametrize("unit", ["<!--", "<td "])
def test_page_of_nothing_but_beginnings(make_file, unit):
    page = "<html><table><tr><td>" + unit * (2 * MIB // len(unit))
    assert measured(make_file(page, "page.xls"))


def test_page_with_cells_that_claim_to_span_all(make_file, read_here, cells):
    cell = "<td colspan=1000000000 rowspan=1000000000>"
    page = f"<table><tr>{cell}2024-01-02{cell}1,50</tr><tr><td>2024-01-03<td>2</tr></table>"
    grid = read_here(make_file(page, "page.xls"))
    assert [row[:2] for row in cells(grid).values()][-1] == ["2024-01-03", "2"]


# Workbooks


def cell(address: str, value: str, kind: str = "") -> str:
    """Return the XML of a cell."""
    extra = f' t="{kind}"' if kind else ""
    return f'<c r="{address}"{extra}><v>{value}</v></c>'


def test_zip_bomb(make_xlsx, rows_xml):
    path = make_xlsx({"S": rows_xml("<row>" + "<c/>" * (200 * MIB // 4) + "</row>")})
    assert path.stat().st_size < MIB
    assert "attacks" in measured(path)


def test_zip_bomb_that_lies_about_its_size(make_xlsx, rows_xml):
    path = make_xlsx({"S": rows_xml("<row>" + " " * (100 * MIB) + "</row>")})
    raw = bytearray(path.read_bytes())
    position = 0
    while (position := raw.find(b"PK\x01\x02", position + 1)) >= 0:
        size = struct.unpack_from("<I", raw, position + 24)[0]
        if size > 90 * MIB:
            struct.pack_into("<I", raw, position + 24, 1000)
    path.write_bytes(raw)
    measured(path)


def test_limit_of_unpacked_bytes(make_xlsx, rows_xml):
    path = make_xlsx({"S": rows_xml("<row>" + " " * MIB + "</row>")})
    message = refusal(path, ReadOptions(limits=Limits(unpacked_bytes=100_000)))
    assert "--limit-unpacked-bytes" in message


def test_million_empty_cells_are_an_empty_sheet(make_xlsx, rows_xml):
    rows = "".join(f'<row r="{r}">' + '<c s="1"/>' * 20 + "</row>" for r in range(1, 50_001))
    assert "no visible sheet holds a row" in measured(make_xlsx({"S": rows_xml(rows)}))


def test_sheet_that_claims_to_be_full(make_xlsx, cells, rows_xml, read_here):
    claim = '<dimension ref="A1:XFD1048576"/>'
    path = make_xlsx({"S": claim + rows_xml("<row r='1'>", cell("A1", "7"), "</row>")})
    assert cells(read_here(path)) == {1: ["7"]}


@pytest.mark.parametrize(
    "row",
    [
        f"<row r='1'>{cell('XFD1', '7')}</row>",
        f"<row r='1'>{cell('ZZZ1', '7')}</row>",
        f"<row r='1048577'>{cell('A1048577', '7')}</row>",
        f"<row r='99999999'>{cell('A1', '7')}</row>",
    ],
)
def test_cells_outside_any_table(make_xlsx, row, rows_xml):
    refusal(make_xlsx({"S": rows_xml(row)}))


def test_last_row_of_a_sheet_costs_nothing(make_xlsx, cells, rows_xml, read_here):
    row = f"<row r='1048576'>{cell('A1048576', '7')}</row>"
    assert cells(read_here(make_xlsx({"S": rows_xml(row)}))) == {1_048_576: ["7"]}


def test_rows_out_of_order_are_all_read(make_xlsx, cells, rows_xml, read_here):
    rows = [f"<row r='{r}'>{cell(f'A{r}', str(r))}</row>" for r in (3, 1, 2)]
    grid = read_here(make_xlsx({"S": rows_xml(*rows)}))
    assert cells(grid) == {1: ["1"], 2: ["2"], 3: ["3"]}
    assert any("out of order" in note for note in grid.layout.notes)


def test_row_stored_twice_is_a_finding(make_xlsx, rows_xml, read_here):
    rows = [f"<row r='1'>{cell('A1', v)}</row>" for v in "12"]
    grid = read_here(make_xlsx({"S": rows_xml(*rows)}))
    assert [(f.code, f.row, f.cell) for f in grid.findings] == [("cell-twice", 1, "A1")]


def test_parts_stored_twice(make_xlsx, rows_xml):
    path = make_xlsx({"S": rows_xml(f"<row r='1'>{cell('A1', '1')}</row>")})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    assert "twice" in refusal(path)


def test_parts_that_overlap(make_xlsx, rows_xml):
    path = make_xlsx({"S": rows_xml(f"<row r='1'>{cell('A1', '1')}</row>")})
    raw = bytearray(path.read_bytes())
    entries = [i for i in range(len(raw)) if raw[i : i + 4] == b"PK\x01\x02"]
    offset = struct.unpack_from("<I", raw, entries[-2] + 42)[0]
    struct.pack_into("<I", raw, entries[-1] + 42, offset)
    path.write_bytes(raw)
    assert "overlap" in refusal(path)


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_document_types(tmp_path, workbook_parts, part, document_type, rows_xml):
    parts = workbook_parts({"S": rows_xml(f"<row r='1'>{cell('A1', '1')}</row>")})
    parts[part] = document_type + parts[part]
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    assert "document type" in refusal(path)


def test_text_index_out_of_range_is_a_finding(make_xlsx, rows_xml, read_here):
    row = f"<row r='1'>{cell('A1', '5', 's')}{cell('B1', '-1', 's')}{cell('C1', '0', 's')}</row>"
    grid = read_here(make_xlsx({"S": rows_xml(row)}, strings="<si><t>only</t></si>"))
    assert [(f.code, f.cell) for f in grid.findings] == [
        ("text-missing", "A1"),
        ("text-missing", "B1"),
    ]


def test_xml_that_ends_early(make_xlsx):
    assert "not well-formed" in refusal(make_xlsx({"S": "<sheetData><row>"}))


def test_deep_nesting(make_xlsx):
    measured(make_xlsx({"S": "<a>" * 2_000_000}))


@pytest.mark.parametrize("size", [0, 4, 30, 200, 500, 900])
def test_workbook_cut_off(make_xlsx, make_file, size, rows_xml):
    raw = make_xlsx({"S": rows_xml(f"<row r='1'>{cell('A1', '1')}</row>")}).read_bytes()
    refusal(make_file(raw[:size], "cut.xlsx"))


def test_archive_that_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("statement.csv", SMALL)
    assert "ZIP archive" in refusal(tmp_path / "a.xlsx")


def test_old_workbook_that_is_noise(make_file):
    refusal(make_file(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(4096), "a.xls"))


def test_encrypted_workbook_is_named(make_file):
    stream = "EncryptedPackage".encode("utf-16-le")
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1024 + stream + b"\x00" * 4096
    assert "encrypted" in refusal(make_file(content, "a.xlsx"))


_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


@pytest.fixture
def make_ods(tmp_path):
    def make(rows: str, document_type: str = "") -> Path:
        path = tmp_path / "book.ods"
        spaces = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("table", "text"))
        content = (
            f'{document_type}<office:document-content xmlns:office="{_OFFICE}" {spaces}>'
            f'<table:table table:name="S">{rows}</table:table></office:document-content>'
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("content.xml", content)
        return path

    return make


def test_open_document_with_a_document_type(make_ods):
    assert "document type" in refusal(make_ods("", '<!DOCTYPE x [<!ENTITY a "aaaa">]>'))


@pytest.mark.parametrize(("columns", "option"), [(16384, "columns"), (900, "memory-bytes")])
def test_open_document_that_repeats_a_cell_over_the_whole_sheet(make_ods, columns, option):
    text = "long enough to fill memory before time is up " * 3
    cell = (
        f'<table:table-cell table:number-columns-repeated="{columns}" '
        f'office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    assert f"--limit-{option}" in measured(make_ods(row))


def test_open_document_of_endless_blanks(make_ods):
    blanks = '<text:s text:c="999999999"/>' * 200_000
    cell = f'<table:table-cell office:value-type="string"><text:p>{blanks}</text:p>'
    row = f"<table:table-row>{cell}</table:table-cell></table:table-row>"
    assert "--limit-" in measured(make_ods(row))
