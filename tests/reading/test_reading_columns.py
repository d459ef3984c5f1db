"""Rows of one shape are read by columns: the same cells and faults as one by one."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import InputProblem
from importer.model import CellKind
from importer.reading import ReadOptions, cells, package, xlsx_sheet
from importer.reading.options import Limits
from importer.reading.package import Package
from importer.reading.workbook import to_table
from importer.reading.xlsx import Xlsx
from importer.reading.xlsx_rows import Irregular
from importer.reading.xlsx_shape import Block, Shape

STRINGS = "<si><t>one &amp; two</t></si><si><t>plain</t></si><si><t></t></si>"


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "_BLOCK", 2000)
        yield


def usual(number, more=""):
    return (
        f'<row r="{number}" spans="1:4"><c r="A{number}" s="1"><v>{45292 + number % 9}</v></c>'
        f'<c r="B{number}"><v>{number}.25</v></c><c r="C{number}" t="s"><v>1</v></c>'
        f'<c r="D{number}" t="inlineStr"><is><t>no. {number}</t></is></c>{more}</row>'
    )


def opened(path, limits):
    with path.open("rb") as stream:
        book = Xlsx(Package(stream, limits), limits)
        book.by_columns = book._read_regular(book.sheets[0])
        book.by_events = book._read_by_parser(book.sheets[0])
    return book.by_columns, book.by_events


def same(one, other):
    """Assert that two readings of a sheet are the same table, and return how much lay in runs."""
    lying = sum(len(run.numbers) for run in one.runs)
    if any(text.strip() or kind is CellKind.UNCOMPUTED
           for cells in other.rows.values() for text, kind in cells.values()):  # fmt: skip
        table, twin = to_table(one, "xlsx"), to_table(other, "xlsx")
        assert table.columns.to_pydict() == twin.columns.to_pydict()
        assert table.columns.schema == twin.columns.schema
        assert (table.findings, table.layout) == (twin.findings, twin.layout)
    one.spread()
    assert one.rows == other.rows
    assert one.cells == other.cells
    return lying


@pytest.fixture(name="both")
def both_fixture(make_xlsx, rows_xml):
    """Read a sheet by columns and by events."""

    def read(*rows, limits=None):
        path = make_xlsx({"S": rows_xml(*rows)}, strings=STRINGS)
        return opened(path, limits or Limits())

    return read


numbers = st.sampled_from(["<v>1.5</v>", "<v>45292</v>", "<f>A1&lt;2</f><v>3</v>", "<v>0</v>"])
plain_oddities = ["x", "12345.670000000001", "1.00000000000000001", "60", " 1", "0000000001", "99"]
plain_oddities += ["2", "\u0661", "&amp;a_x000D_", " ", "1e3"]
oddities = st.one_of(
    st.sampled_from(["", "<v/>", "<f>A1</f>", '<f t="shared" si="0"/><v>2</v>']),
    st.sampled_from(plain_oddities).map("<v>{}</v>".format),
)
inline = st.sampled_from(["a b", "", " ", "&#10;c", "_x0041_", "2024-01-01", "\xa0"]).map(
    lambda text: f'<is><t xml:space="preserve">{text}</t></is>'
)
kinds = st.sampled_from(["", ' t="n"', ' t="s"', ' t="str"', ' t="b"', ' t="e"', ' t="inlineStr"'])
styles = st.sampled_from(["", ' s="1"', ' s="3"', ' s="4"'])


@st.composite
def sheets(draw):
    """Return rows of a few columns, most in one form, some odd."""
    forms = draw(st.lists(st.tuples(styles, kinds), min_size=1, max_size=4))
    often = draw(st.sampled_from([0, 2, 30]))
    rows, number = [], 0
    for _ in range(draw(st.integers(0, 60))):
        odd = often > draw(st.integers(0, 99))
        number = draw(st.integers(1, 40)) if odd and draw(st.booleans()) else number + 1
        content = ""
        for letters, (style, kind) in zip("ABCD", forms, strict=False):
            if odd and draw(st.booleans()):
                kind, value = draw(kinds), draw(oddities)  # noqa: PLW2901 - this cell differs
            else:
                value = draw(inline if "inline" in kind else numbers)
            content += f'<c r="{letters}{number}"{style}{kind}>{value}</c>'
        hidden = ' hidden="1"' if odd and draw(st.booleans()) else ""
        rows.append(f'<row r="{number}"{hidden}>{content}</row>')
    return rows


@settings(max_examples=150, deadline=None)
@given(sheets(), st.integers(1, 3))
def test_columns_and_xml_parser_agree(tmp_path_factory, workbook_parts, rows_xml, rows, times):
    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    parts = workbook_parts({"S": rows_xml(*rows * times)}, strings=STRINGS)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    try:
        read = opened(path, Limits())
    except Irregular:
        return
    same(*read)


def test_regular_rows_lie_by_columns(both):
    assert same(*both(*map(usual, range(1, 400)))) > 350


def test_odd_rows_between_them_come_in_their_place(both):
    odd = '<row r="{0}" hidden="1"><c r="B{0}" t="e"><v>#N/A</v></c><c r="A{0}"><v>7</v></c></row>'
    rows = [odd.format(n) if n % 100 == 0 else usual(n) for n in range(1, 400)]
    assert 300 < same(*both(*rows)) < 397


def test_a_form_that_comes_later_is_learned(both):
    more = '<c r="{0}{1}" t="str"><f>B{1}&amp;""</f><v>{1}</v></c>'
    rows = [usual(n, more.format("EF"[n % 2], n) if n > 100 else "") for n in range(1, 400)]
    assert same(*both(*rows)) > 330


def test_rows_of_blanks_are_left_out(both):
    blank = '<row r="{0}"><c r="A{0}" s="1"/><c r="D{0}" t="inlineStr"><is><t> </t></is></c></row>'
    read = both(*(blank.format(n) if n % 50 == 0 else usual(n) for n in range(1, 400)))
    assert len(to_table(read[0], "xlsx").columns) == 392
    same(*read)


def test_a_sheet_of_nothing_but_blanks_is_empty(make_xlsx, rows_xml, read):
    blank = '<row r="{0}"><c r="D{0}" t="inlineStr"><is><t> </t></is></c></row>'
    path = make_xlsx({"S": rows_xml(*(blank.format(n) for n in range(1, 400)))})
    with pytest.raises(InputProblem, match="holds no row"):
        read(path)


def test_a_row_stored_again_far_below_is_a_finding(both):
    noise = '<c r="E{0}"><v>1.00000000000000022</v></c>'
    rows = [usual(n, noise.format(n)) for n in (*range(1, 300), 150, *range(300, 400))]
    read = both(*rows)
    assert [f.code for f in read[0].findings if f.row == 150].count("cell-twice") == 5
    same(*read)


@pytest.mark.parametrize("given_limits", [{"rows": 250}, {"columns": 4}, {"field_bytes": 9}])
def test_limits_are_met_where_they_are_row_by_row(both, given_limits, monkeypatch):
    rows = [usual(n) if n < 300 else usual(n, f'<c r="E{n}"><v>1</v></c>') for n in range(1, 400)]
    rows[320] = rows[320].replace("no. 321", "number 321")
    limits = Limits(**given_limits)
    with pytest.raises(InputProblem) as by_columns:
        both(*rows, limits=limits)
    monkeypatch.setattr(Shape, "pieces", lambda _, text, __: [text])
    with pytest.raises(InputProblem) as one_by_one:
        both(*rows, limits=limits)
    assert str(by_columns.value) == str(one_by_one.value)


def test_too_many_faults_name_the_same_row(both, monkeypatch):
    for module in (cells, xlsx_sheet):
        monkeypatch.setattr(module, "MOST_ERRORS", 500)
    faulty = '<c r="E{0}"><v>1.00000000000000022</v></c><c r="F{0}"><v>x</v></c>'
    with pytest.raises(InputProblem, match=r"more than 500 faulty cells, the last in row 251:"):
        both(*(usual(n, faulty.format(n)) for n in range(1, 400)))


def test_every_sheet_may_lie_by_columns_and_is_compared(make_xlsx, rows_xml, read):
    text = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>note {0}</t></is></c></row>'
    sheets = {"Notes": map(text.format, range(1, 400)), "Paid": map(usual, range(1, 200))}
    grid = read(make_xlsx({n: rows_xml(*rows) for n, rows in sheets.items()}, strings=STRINGS))
    assert grid.layout.sheet == "Paid"
    assert len(grid.frame) == 199


def test_true_and_text_dates_far_apart_are_said(make_xlsx, rows_xml, read):
    text = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>2024-01-0{1}</t></is></c></row>'
    rows = [usual(n) if n < 200 else text.format(n, n % 9 + 1) for n in range(1, 400)]
    grid = read(make_xlsx({"S": rows_xml(*rows)}, strings=STRINGS), ReadOptions())
    assert "Column A holds 199 true dates and 200 dates as text." in grid.layout.notes
    assert set(grid.kinds["c0"]) == {CellKind.DATE, CellKind.TEXT}


def test_a_sheet_of_too_many_forms_is_read_row_by_row():
    shape, row = Shape(), '<row r="{0}"><c r="A{0}" s="{0}"><v>1</v></c></row>'
    for number in range(1, 2000):
        [piece] = shape.pieces(row.format(number), number - 1)
        assert isinstance(piece, str)
        shape.learn([("", "A", str(number), "", "", "1", "")])
    assert shape._lessons <= 20
    assert shape._misses <= 21


def test_a_row_that_hides_or_has_its_number_twice_is_none_of_a_shape():
    shape, row = Shape(), '<row r="2"{}><c r="A2"><v>1</v></c></row>'
    shape.learn([("", "A", "", "", "", "1", "")])
    for attributes in (' hidden="1"', ' hidden="true"', ' r="3"'):
        assert shape.pieces(row.format(attributes), 1) == [row.format(attributes)]
    [block] = shape.pieces(row.format(' hidden="false" ht="12.8"'), 1)
    assert block == Block([2], [("A", [(("", "", False), ["1"])])])
