"""Text files as banks write them: what was decided, and the physical line of every row."""

from __future__ import annotations

import hashlib

import pytest

from importer.errors import InputProblem, NeedsInput, UsageProblem
from importer.model import Severity
from importer.reading import Limits, ReadOptions, sha256

SMALL = "Date;Text;Amount\n2024-01-02;a;1,50\n2024-01-03;b;2,50\n"


def test_source_and_columns(make_file, cells, read):
    path = make_file(SMALL)
    grid = read(path)
    assert cells(grid) == {
        1: ["Date", "Text", "Amount"],
        2: ["2024-01-02", "a", "1,50"],
        3: ["2024-01-03", "b", "2,50"],
    }
    assert str(grid.frame["row"].dtype) == "int64[pyarrow]"
    assert str(grid.frame["c2"].dtype) == "string[pyarrow]"
    assert grid.kinds is None
    assert grid.source.file == "statement.csv"
    assert grid.source.size_bytes == len(SMALL)
    assert grid.source.sha256 == sha256(path) == hashlib.sha256(SMALL.encode()).hexdigest()
    assert (grid.layout.kind, grid.layout.delimiter, grid.layout.quote) == ("csv", ";", '"')


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        (SMALL, ";"),
        ("Date,Text,Amount\n01/02/2024,a,1.50\n01/03/2024,b; c; d,2.50\n", ","),
        ("Date\tText\tAmount\n2024-01-02\ta, b\t1,50\n", "\t"),
        ("Date|Text|Amount\n2024-01-02|a, b|1,50\n2024-01-03|a, b|1,50\n", "|"),
        ("2024-01-02;1,50\n2024-01-03;2,50\n", ";"),
        ('Date,Amount\n"2024-01-02","1,50"\n"2024-01-03","1.002,50"\n', ","),
        ("Account: 12, EUR\nFrom, to\n\nDate;Text;Amount\n2024-01-02;a;1,50\n", ";"),
        ("one\ntwo\n", ","),
    ],
)
def test_delimiter(make_file, content, delimiter, read):
    assert read(make_file(content)).layout.delimiter == delimiter


def test_tie_is_asked_about_and_settled_by_the_option(make_file, cells, read):
    path = make_file("a;b,c\nd;e,f\n")
    with pytest.raises(NeedsInput, match="by semicolon or by comma") as caught:
        read(path)
    assert caught.value.verdict == "needs-input"
    assert cells(read(path, ReadOptions(delimiter=",")))[1] == ["a;b", "c"]


def test_sep_line_is_obeyed_and_counted_but_no_row(make_file, cells, read):
    grid = read(make_file('"sep=|"\r\na;b|c\r\nd;e|f\r\n'))
    assert cells(grid) == {2: ["a;b", "c"], 3: ["d;e", "f"]}


@pytest.mark.parametrize(
    ("line_end", "starts"),
    [("\n", [1, 2, 5]), ("\r\n", [1, 2, 5]), ("\r", [1, 2, 5]), ("\r\r\n", [1, 2, 5])],
)
def test_row_is_the_first_physical_line(make_file, cells, line_end, starts, read):
    lines = ["Date;Text;Amount", '2024-01-02;"two', 'lines";1,50', "", "2024-01-03;b;2,50", ""]
    grid = read(make_file(line_end.join(lines)))
    assert list(cells(grid)) == starts
    assert cells(grid)[5] == ["2024-01-03", "b", "2,50"]


def test_mixed_line_ends(make_file, cells, read):
    grid = read(make_file("a;b;c\r\n1;2;3\n4;5;6\r\n7;8;9"))
    assert list(cells(grid)) == [1, 2, 3, 4]
    assert cells(grid)[3] == ["4", "5", "6"]


def test_carriage_returns_that_end_lines_beside_line_feeds(make_file, cells, read):
    grid = read(make_file("a;b;c\n1;2;3\r4;5;6\r7;8;9\n"))
    assert cells(grid) == {1: [*"abc"], 2: [*"123"], 3: [*"456"], 4: [*"789"]}


def test_carriage_return_inside_a_field_stays(make_file, cells, read):
    body = "".join(f"2024-01-{d:02};a;1,50\n" for d in range(1, 20))
    grid = read(make_file("Date;Text;Amount\n2024-01-02;a\rb;1,50\n" + body))
    assert cells(grid)[2] == ["2024-01-02", "a\rb", "1,50"]
    assert list(cells(grid)) == list(range(1, 22))


def test_ragged_rows_are_padded_and_trailing_delimiters_do_not_shift(make_file, cells, read):
    grid = read(
        make_file("Statement\n\nDate;Text;Amount;\n2024-01-02;a;1,50\n2024-01-03;b;2,50;x;\n")
    )
    assert cells(grid) == {
        1: ["Statement", "", "", "", ""],
        3: ["Date", "Text", "Amount", "", ""],
        4: ["2024-01-02", "a", "1,50", "", ""],
        5: ["2024-01-03", "b", "2,50", "x", ""],
    }


def test_blank_rows_are_left_out(make_file, cells, read):
    grid = read(make_file("a;b;c\n;;\n \n\t; ;\nd;e;f\n"))
    assert list(cells(grid)) == [1, 5]


def test_excel_guards_are_taken_off(make_file, cells, read):
    content = 'No;Text;Amount\n="0234";x;1\n"=""0235""";x;1\n="02;36";x;1\n'
    assert [row[0] for row in cells(read(make_file(content))).values()] == [
        "No", "0234", "0235", "02;36",
    ]  # fmt: skip


def test_leading_zeros_signs_and_blanks_stay(make_file, cells, read):
    row = ["000123", "+1.234,50-", " x "]
    assert cells(read(make_file("a;b;c\n" + ";".join(row) + "\n")))[2] == row


def test_blanks_outside_quotes_do_not_count(make_file, cells, read):
    assert cells(read(make_file('a,b,c\n1, "x, y" ,"z"\t\n')))[2] == ["1", "x, y", "z"]


def test_quotes_in_a_file_that_quotes_nothing(make_file, cells, read):
    content = 'No;Name;Text\n1;LLC "ROSE";a\n2;"ROSE" LLC;b "c\n3;LLC "ROSE;d\n'
    grid = read(make_file(content))
    assert grid.layout.quote == ""
    assert cells(grid)[3] == ["2", '"ROSE" LLC', 'b "c']
    assert grid.findings == ()


def test_quotes_escaped_by_backslash(make_file, cells, read):
    content = 'a,b,c\n1,"say \\"hi, you\\"",x\n2,"C:\\\\",y\n3,"z","w"\n'
    grid = read(make_file(content))
    assert [row[1] for row in cells(grid).values()] == ["b", 'say "hi, you"', "C:\\", "z"]


def test_backslash_at_the_end_of_a_field_is_a_letter(make_file, cells, read):
    content = 'a,b,c\n1,"C:\\","x"\n2,"y","z"\n'
    assert cells(read(make_file(content)))[2] == ["1", "C:\\", "x"]


def test_quotes_that_were_not_doubled(make_file, cells, read):
    rows = "".join(f'"{i}","plain","1.00"\n' for i in range(5))
    grid = read(make_file('"No","Text","Amount"\n"9","the "Rose, red" inn","2.00"\n' + rows))
    assert cells(grid)[2] == ["9", 'the "Rose, red" inn', "2.00"]


def test_unclosed_quote_does_not_swallow_the_file(make_file, cells, read):
    rows = "".join(f'{i};"text {i}";1,00\n' for i in range(50))
    grid = read(make_file('No;Text;Amount\n98;"open;5,00\n' + rows + '99;"open too;6,00\n' + rows))
    assert len(grid.frame) == 103
    assert cells(grid)[2] == ["98", "open", "5,00"]
    assert [(f.code, f.row, f.severity) for f in grid.findings] == [
        ("quote-unclosed", 2, Severity.WARNING),
        ("quote-unclosed", 53, Severity.WARNING),
    ]


def test_quote_open_at_the_end_of_the_file_is_an_error_where_cells_are_missing(make_file, read):
    rows = "".join(f'{i};"text {i}";1,00\n' for i in range(5))
    grid = read(make_file("No;Text;Amount\n" + rows + '6;"cut o'))
    assert [(f.code, f.row, f.severity) for f in grid.findings] == [
        ("quote-unclosed", 7, Severity.ERROR)
    ]


def test_missing_opening_quote_is_repaired_and_said(make_file, cells, read):
    rows = "".join(f'"{i}","text","1,00"\n' for i in range(5))
    grid = read(make_file(rows + '77","text","2,00"\n'))
    assert cells(grid)[6] == ["77", "text", "2,00"]
    assert [(f.code, f.row, f.column) for f in grid.findings] == [("quote-unopened", 6, "0")]


def test_long_numbers_that_excel_cut_short(make_file, read):
    grid = read(make_file("Date;Ref;Amount\n2024-01-02;1,23457E+15;1,50\n"))
    assert [(f.code, f.row, f.column, f.severity) for f in grid.findings] == [
        ("digits-lost", 2, "1", Severity.ERROR)
    ]


def test_damaged_letters_are_findings(make_file, cells, read):
    good = "".join(f"2024-01-02;Müller Größe {i};1,50\n" for i in range(20))
    raw = ("Date;Text;Amount\n" + good).encode() + b"2024-01-03;M\xfcller;2,50\n"
    grid = read(make_file(raw))
    assert cells(grid)[22] == ["2024-01-03", "M\ufffdller", "2,50"]
    assert [(f.code, f.row) for f in grid.findings] == [("letters-damaged", 22)]


def test_encoding_option(make_file, read):
    path = make_file(SMALL.replace("a", "ä").encode("cp1252"))
    assert read(path, ReadOptions(encoding="latin-1")).layout.encoding == "iso8859-1"
    with pytest.raises(InputProblem, match="not in the encoding utf-8"):
        read(path, ReadOptions(encoding="utf-8"))
    for unknown in ("klingon", "zip"):
        with pytest.raises(InputProblem, match="is not known"):
            read(path, ReadOptions(encoding=unknown))


def test_notes_say_what_was_understood(make_file, read):
    notes = read(make_file(b"\xef\xbb\xbf" + SMALL.encode())).layout.notes
    assert notes == (
        "Encoding utf-8 with byte order mark (byte order mark).",
        "Columns separated by semicolon (3 columns).",
    )


HTML = """<html><head><meta charset="{charset}"><style>td {{ x: y }}</style></head><body>
<table><tr><td>Logo</td></tr></table>
<table><tr><th colspan=2>Date</th><th>Amount</th></tr>
<tr><td>2024-01-02<td>Caf&eacute; & Söhne<br>x<td>1,50</tr>
<tr><td></td></tr>
<tr><td>2024-01-03</td><td>b</td><td>2,50</td></tr></table></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "unknown"])
def test_web_page_called_xls(make_file, cells, charset, read):
    raw = HTML.format(charset=charset).encode("utf-8" if charset != "iso-8859-1" else charset)
    grid = read(make_file(raw, "export.xls"))
    assert cells(grid) == {
        1: ["Date", "", "Amount"],
        2: ["2024-01-02", "Café & Söhne x", "1,50"],
        4: ["2024-01-03", "b", "2,50"],
    }


def test_csv_called_xls(make_file, read):
    assert read(make_file(SMALL, "export.xls")).layout.kind == "csv"


def test_xml_is_named(make_file, read):
    xml = '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
    with pytest.raises(InputProblem, match="ISO 20022 statement"):
        read(make_file(xml))


def test_row_limit_counts_rows_not_lines(make_file, read):
    options = ReadOptions(limits=Limits(rows=3))
    assert len(read(make_file("\n\n" + SMALL), options).frame) == 3


def test_pound_signs_alone_are_western(make_file, cells, read):
    content = '"Date","Paid in"\n"31 Jan 2024","£960.00"\n"30 Jan 2024","£1,204.33"\n'
    grid = read(make_file(content.encode("cp1252")))
    assert grid.layout.encoding == "cp1252"
    assert cells(grid)[3] == ["30 Jan 2024", "£1,204.33"]


@pytest.mark.parametrize("mark", ["ab", "a", "7", '"', "\n", ";;"])
def test_delimiter_that_is_none_is_refused_in_a_sentence(mark):
    with pytest.raises(UsageProblem, match="cannot stand between fields; expected one mark"):
        ReadOptions(delimiter=mark)


def test_quote_that_is_none_is_refused_in_a_sentence():
    with pytest.raises(UsageProblem, match=r"the quote 'ab' .*expected one mark such as \" or '"):
        ReadOptions(quote="ab")


def test_tab_may_be_named_in_words(make_file, cells, read):
    path = make_file("a,b\tc\nd,e\tf\n")
    for name in ("tab", "\\t", "\t"):
        assert cells(read(path, ReadOptions(delimiter=name)))[1] == ["a,b", "c"]
