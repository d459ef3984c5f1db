"""What must hold for any text: the standard writer's files come back, and both paths agree."""

from __future__ import annotations

import csv
import io
import random
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from importer.errors import InputProblem, NeedsInput
from importer.reading import fast as fast_path
from importer.reading.encodings import Encoding, decide
from importer.reading.fast import read_fast
from importer.reading.lines import Text, find
from importer.reading.options import Limits, ReadOptions
from importer.reading.table import Irregular, RowBuffer
from importer.reading.text import make_plan, read_slow, read_text

LETTERS = "abcÄöüß 0123.,;|\t\"'\n-/=\\€"
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "iso8859-15"]
fields = st.text(st.sampled_from(LETTERS), max_size=8)


WIDTHS = st.integers(2, 5)


def tables(width: st.SearchStrategy[int] = WIDTHS) -> st.SearchStrategy[list[list[str]]]:
    """Return tables of equal rows; a first column that is never blank marks each row."""
    return width.flatmap(
        lambda n: st.lists(
            st.tuples(st.integers(1, 99_999).map(lambda i: f"R{i}"), *[fields] * (n - 1)).map(list),
            min_size=1,
            max_size=12,
        )
    )


def written(
    rows: list[list[str]], delimiter: str, line_end: str, quoting: int, *, escape: bool = False
) -> str:
    target = io.StringIO()
    writer = csv.writer(
        target,
        delimiter=delimiter,
        lineterminator=line_end,
        quoting=quoting,
        doublequote=not escape,
        escapechar="\\" if escape else None,
    )
    writer.writerows(rows)
    return target.getvalue()


def physical_starts(rows: list[list[str]], line_end: str, text: str) -> list[int]:
    """Return the first physical line of each record, counted from what was written."""
    newline = "\n" if "\n" in text else "\r"
    starts, line = [], 1
    for row in rows:
        starts.append(line)
        line += sum(cell.count(newline) for cell in row) + 1
    assert line_end.count(newline) == 1
    return starts


def inner_lines(rows: list[list[str]]) -> list[str]:
    """Return the lines of cells between their first and their last."""
    cells = (cell.replace("\r", "\n") for row in rows for cell in row)
    return [line for cell in cells for line in cell.split("\n")[1:-1]]


def looks_like_a_row(line: str, delimiter: str, width: int) -> bool:
    fields = line.split(delimiter)
    return len(fields) == width and any(map(str.strip, fields))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(rows=[["R1", '=""0']], delimiter=",", line_end="\n", quoting=0, encoding="utf-8")
@example(rows=[["R1", "\n|\n"]], delimiter="|", line_end="\n", quoting=0, encoding="utf-8")
@given(
    rows=tables(),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(ENCODINGS),
)
def test_what_the_csv_module_writes_comes_back(rows, delimiter, line_end, quoting, encoding):
    rows = [list(row) for row in rows]
    if line_end == "\r":
        rows = [[c.replace("\n", "\r") for c in row] for row in rows]
    # A line of a cell that is a whole row by itself looks like one that a lost quote swallowed.
    assume(not any(looks_like_a_row(line, delimiter, len(rows[0])) for line in inner_lines(rows)))
    text = written(rows, delimiter, line_end, quoting)
    options = ReadOptions(encoding=encoding, delimiter=delimiter, quote='"')
    (table,) = (part.columns for part in read_text(text.encode(encoding), options))
    assert table["row"].to_pylist() == physical_starts(rows, line_end, text)
    got = [list(r.values())[1:] for r in table.to_pylist()]
    assert got == [[_without_guard(c) for c in row] for row in rows]


def _without_guard(value: str) -> str:
    if value.startswith('="') and value.endswith('"') and len(value) > 2:
        return value[2:-1].replace('""', '"')
    return value


@settings(max_examples=100, deadline=None)
@given(rows=tables(), delimiter=st.sampled_from(",;\t|"))
def test_backslash_escapes_come_back(rows, delimiter):
    rows = [[c.replace('"', "") for c in row] for row in rows]
    # In a file of two rows, a cell with both looks like rows of their own without quotes.
    assume(not any("\n" in cell and delimiter in cell for row in rows for cell in row))
    rows.append(["R1", *['say "hi" twice'] * (len(rows[0]) - 1)])
    text = written(rows, delimiter, "\n", csv.QUOTE_ALL, escape=True)
    options = ReadOptions(delimiter=delimiter)
    (table,) = (part.columns for part in read_text(text.encode(), options))
    assert [list(r.values())[1:] for r in table.to_pylist()] == rows


def whole(plan):
    """Return what the fast path reads, None where it leaves the file to the slow one."""
    try:
        parts = [part for part in read_fast(plan, Limits()) if part.num_rows]
    except Irregular:
        return None
    assert len({tuple(part.column_names) for part in parts}) <= 1
    return pa.concat_tables(parts) if parts else RowBuffer().table()


def in_small_parts(plan):
    few = {"PART_RECORDS": 2, "PART_BYTES": 40, "_CHUNK": 16, "_EDGE_RECORDS": 2}
    with mock.patch.multiple(fast_path, **few):
        return whole(plan)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(
        st.one_of(
            st.text(st.sampled_from('ab1;"\r \x1f\u2003='), max_size=12),
            tables(st.just(3)).map(lambda t: written(t, ";", "\n", csv.QUOTE_MINIMAL)[:-1]),
            tables(st.just(3)).map(lambda t: written(t, ";", "\n", csv.QUOTE_ALL)[:-1]),
            st.just("R1;b;c"),
            st.just(";;"),
            st.just(""),
        ),
        min_size=1,
        max_size=12,
    ),
    line_end=st.sampled_from(["\n", "\r\n", "\r\r\n"]),
    small=st.booleans(),
)
@example(lines=['1;"a;b\nR;x;y\n";c'] + ["R1;b;c"] * 4, line_end="\n", small=False)
@example(lines=["a;b;c", '" ";\x1f;', "\u2003;;", "a;b;c"], line_end="\n", small=False)
@example(lines=["a;b;c"] * 9 + ["Total"], line_end="\n", small=True)
@example(lines=["a;b;c"] * 9 + ["a;b;c;d"], line_end="\n", small=True)
@example(lines=["a;b;c"] * 9 + ['"a\nb";c;d'] * 3, line_end="\r\n", small=True)
def test_fast_and_slow_path_agree(lines, line_end, small):
    text = line_end.join(lines) + line_end
    try:
        plan = make_plan(text.encode(), ReadOptions(delimiter=";"))
    except InputProblem:
        return
    fast = in_small_parts(plan) if small else whole(plan)
    slow, findings = read_slow(plan, Limits())
    if fast is not None:
        assert fast.to_pylist() == slow.to_pylist()
        assert not findings


def test_fast_path_is_taken_with_preamble_blank_lines_and_line_breaks_in_fields():
    body = "".join(f'{i};"text\n{i}";"a ""b"" {i}"\r\n' for i in range(500))
    text = "Account;1\r\n\r\nNo;Text;More\r\n" + body + "\r\n;;\r\nTotal;500\r\n"
    plan = make_plan(text.encode(), ReadOptions())
    fast = whole(plan)
    assert fast is not None
    assert fast.to_pylist() == read_slow(plan, Limits())[0].to_pylist()
    assert fast["row"].to_pylist()[:4] == [1, 3, 4, 6]
    assert fast.num_rows == 503


@settings(max_examples=200, deadline=None)
@example(data=b"\x00\x88b\x00")
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    try:
        (table,) = read_text(data, ReadOptions())
    except InputProblem as problem:
        assert str(problem)  # noqa: PT017 - both ends are right, any other is not
    else:
        rows = table.columns["row"].to_pylist()
        assert rows == sorted(set(rows))


WORDS = {
    "German": "Müller Größe Überweisung für Bäckerei Straße",
    "French": "Prélèvement société à l'échéance débité reçu",
    "Polish": "Zapłata za fakturę Łódź Wiśniewski należność",
    "Czech": "Příchozí platba Dvořák účet částka měna",
    "Russian": "Оплата по счету за услуги Иванов перевод",
    "Ukrainian": "Оплата за послуги згідно рахунку їжа Київ",
    "Greek": "Μεταφορά πληρωμή τιμολόγιο Αθήνα",
    "Turkish": "Ödeme İşlem Y\u0131ld\u0131z şirketi aç\u0131klama ağustos",
    "Japanese": "振込 ヤマダ 取引日 残高 お支払金額 摘要",
    "Chinese": "交易日期 摘要 金额 余额 对方户名 转账",
    "Taiwanese": "交易日期 摘要 金額 餘額 轉帳 帳戶",
    "Korean": "거래일자 적요 출금액 입금액 잔액 이체",
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("German", "cp1252"),
        ("German", "mac-roman"),
        ("German", "cp850"),
        ("French", "cp1252"),
        ("Polish", "cp1250"),
        ("Polish", "iso8859-2"),
        ("Czech", "cp1250"),
        ("Czech", "cp852"),
        ("Russian", "cp1251"),
        ("Russian", "koi8-r"),
        ("Russian", "cp866"),
        ("Ukrainian", "cp1251"),
        ("Greek", "cp1253"),
        ("Turkish", "cp1254"),
        ("Japanese", "cp932"),
        ("Japanese", "euc_jp"),
        ("Chinese", "gb18030"),
        ("Taiwanese", "big5"),
        ("Korean", "euc_kr"),
        ("German", "utf-16-le"),
        ("German", "utf-16-be"),
    ],
)
def test_encoding_is_found_in_short_files(language, encoding):
    words = WORDS[language].split()
    chooser = random.Random(7)
    rows = [
        ["2024-01-0" + str(i), " ".join(chooser.sample(words, 3)), f"{i},50"] for i in range(1, 4)
    ]
    text = written(rows, ";", "\r\n", csv.QUOTE_MINIMAL)
    (table,) = (part.columns for part in read_text(text.encode(encoding), ReadOptions()))
    assert [list(r.values())[1:] for r in table.to_pylist()] == rows


@pytest.mark.parametrize("encoding", ["cp850", "mac-roman"])
def test_names_in_few_letters_of_several_languages(encoding):
    names = ["Müller & Söhne", "Café Noël", "Peña SL", "Großmann", "Bjørn Ålesund"]
    text = "Name;Amount\n" + "".join(f"{name};1.50\n" for name in names)
    (table,) = (part.columns for part in read_text(text.encode(encoding), ReadOptions()))
    assert table.columns[1].to_pylist()[1:] == names


def test_control_characters_are_no_letters():
    data = "Name;Amount\nMüller;1.50\nZoé;2.50\nStraße;3.50\n".encode("cp850")
    assert decide(data).codec in {"cp850", "cp852"}


def test_a_tie_of_delimiters_is_asked_about():
    with pytest.raises(NeedsInput) as caught:
        list(read_text(b"a;b,c\nd;e,f\ng;h,i\n", ReadOptions()))
    assert len(caught.value.readings) == 2


SEQUENCES = [b"a", b"\xc3\xa9", b"\xc3", b"\xa9", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80"]
SEQUENCES += [
    b"\xe2\x82\xac",
    b"\xf4\x90\x80\x80",
    b"\xf0\x9f\x98\x80",
    b"\xf5",
    b"\xff",
    b"\xe2\x82",
]


@given(data=st.one_of(st.binary(min_size=1), st.lists(st.sampled_from(SEQUENCES), min_size=1)))
def test_utf8_is_what_the_decoder_takes(data):
    content = data if isinstance(data, bytes) else b"".join(data)
    try:
        content.decode()
        fits = True
    except UnicodeDecodeError:
        fits = False
    try:
        taken = decide(content, "utf-8") == Encoding("utf-8", 0, "given")
    except InputProblem:
        taken = False
    assert taken == fits or content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))


@given(
    data=st.text('="E+a', max_size=12).map(str.encode),
    mark=st.sampled_from([b'="', b"E+", b'\\"']),
    first=st.integers(0, 12),
)
def test_marks_are_found_where_they_stand(data, mark, first):
    first = min(first, len(data))
    end = max(first, len(data) - 1)
    assert find(Text(data, 0, end, b"\n"), mark, first) == data.find(mark, first, end)
