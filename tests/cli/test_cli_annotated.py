"""The annotated workbook, corrected and handed in again: only what is not yet created is sent."""

import zipfile
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

HEADER = ("Posting Date", "Customer No.", "Amount", "External Document No.", "Description")
ROWS = (
    (date(2026, 2, 2), "10000", Decimal("100.10"), "A-1", "good"),
    (date(2026, 2, 2), "10000", Decimal("100.10"), "A-1", "good"),
    (date(2026, 2, 3), "999999", Decimal(20), "A-2", "a customer that does not exist"),
    (date(2026, 2, 3), "20000", "1O0.00", "A-3", "a letter in the amount"),
    (date(2026, 2, 4), "20000", Decimal("7.50"), "A-4", "=1+1"),
)


def own_workbook(path):
    book = Workbook()
    sheet = book.active
    sheet.title = "February"
    sheet["A1"] = "From the till"
    for row, cells in enumerate((HEADER, *ROWS), 3):
        for at, value in enumerate(cells, 1):
            sheet.cell(row, at, value)
            if isinstance(value, str):
                sheet.cell(row, at).data_type = "s"
    book.save(path)


def own_text(path):
    lines = [",".join(map(str, cells)) for cells in (HEADER, *ROWS)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def corrected(path, first):
    book = load_workbook(path)
    sheet = book.active
    sheet.cell(first + 2, 2, "20000")
    sheet.cell(first + 3, 3, "100.00" if first == 2 else Decimal("100.00"))
    book.save(path)


@pytest.mark.parametrize(
    ("name", "make", "first"), [("own.xlsx", own_workbook, 4), ("own.csv", own_text, 2)]
)
def test_corrected_cells_are_sent_and_nothing_twice(
    connected, simulator, tmp_path, name, make, first
):
    make(tmp_path / name)
    ended = connected("import", name, "--yes", "--json")
    assert ended.code == 3, ended.err
    assert ended.document["counts"]["created"] == 3
    folder = tmp_path / ended.document["report_dir"]
    book = load_workbook(folder / "annotated.xlsx")
    head = [cell.value for cell in book.active[first - 1]]
    assert head == [*HEADER, "importer_status", "importer_place"]
    assert "importer findings" in book.sheetnames
    corrected(folder / "annotated.xlsx", first)
    again = connected("import", folder / "annotated.xlsx", "--yes", "--json")
    assert again.code == 0, again.err
    assert again.document["counts"]["created"] == 2
    assert again.document["counts"]["duplicate"] == 3
    lines = simulator.company().payments("IMPORT")
    assert sorted(-Decimal(str(line["amount"])) for line in lines) == [
        Decimal(text) for text in ("7.50", "20", "100", "100.10", "100.10")
    ]


def test_report_is_the_same_again_with_the_source_at_hand(connected, tmp_path):
    own_workbook(tmp_path / "own.xlsx")
    document = connected("import", "own.xlsx", "--yes", "--json").document
    run, folder = document["run_id"], tmp_path / document["report_dir"]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert connected("report", run).code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert connected("report", run, "--report-dir", "elsewhere").code == 0
    there = tmp_path / "elsewhere" / run
    assert {path.name: path.read_bytes() for path in there.iterdir()} == before
    (folder / "source.xlsx").unlink()
    assert "with --source" in connected("report", run, "--report-dir", "third").err
    other = ("report", run, "--report-dir", "other", "--source")
    assert connected(*other, "own.xlsx").code == 0
    there = tmp_path / "other" / run
    assert {path.name: path.read_bytes() for path in there.iterdir()} == before
    (tmp_path / "wrong.xlsx").write_bytes(b"another")
    refused = connected(*other, "wrong.xlsx")
    assert refused.code == 2
    assert "is not the file that run" in refused.err


def test_reports_speak_the_language_that_is_asked_for(terminal, tmp_path):
    own_text(tmp_path / "own.csv")
    ended = terminal("check", "own.csv", "--offline", "--language", "de")
    assert ended.code == 3
    assert "Abgestimmt (Probelauf, nichts wurde gesendet): 5 Zeilen, 227,70 erhalten" in ended.out
    assert "'1O0.00' ist kein Betrag" in ended.out
    page = next((tmp_path / "customer-payments-reports").glob("*/report.html")).read_text("utf-8")
    assert '<html lang="de">' in page
    assert "Was zu tun ist" in page
    assert terminal("check", "own.csv", "--offline", "--language", "xx").code == 2
    other = terminal("check", "own.csv", "--offline", CUSTOMER_PAYMENTS_LANGUAGE="fr")
    assert "Équilibré" in other.out


BY_PLACE = """
identity = "row"
[header]
columns = ["Posting Date", "Customer No.", "Amount", "External Document No.", "Description"]
[date]
column = "Posting Date"
formats = "%Y-%m-%d"
[amount]
column = "Amount"
decimal = "."
[columns]
customer_number = "Customer No."
external_document_number = "External Document No."
description = "Description"
"""


@pytest.mark.parametrize(
    ("name", "make", "first"), [("own.xlsx", own_workbook, 4), ("own.csv", own_text, 2)]
)
def test_payments_told_by_their_place_are_known_in_the_annotated_copy(
    connected, tmp_path, name, make, first
):
    make(tmp_path / name)
    (tmp_path / "place.toml").write_text(BY_PLACE, "utf-8")
    ended = connected("import", name, "--profile", "place.toml", "--yes", "--json")
    assert ended.document["counts"]["created"] == 3, ended.err
    annotated = tmp_path / ended.document["report_dir"] / "annotated.xlsx"
    corrected(annotated, first)
    options = ("--profile", "place.toml", "--yes", "--json")
    again = connected("import", annotated, *options)
    assert again.code == 0, again.err
    assert (again.document["counts"]["created"], again.document["counts"]["duplicate"]) == (2, 3)
    annotated = tmp_path / again.document["report_dir"] / "annotated.xlsx"
    third = connected("import", annotated, *options)
    assert third.document["counts"]["duplicate"] == 5


def test_rows_moved_in_the_annotated_copy_are_held_and_none_is_sent_twice(
    connected, simulator, tmp_path
):
    own_text(tmp_path / "own.csv")
    (tmp_path / "place.toml").write_text(BY_PLACE, "utf-8")
    options = ("--profile", "place.toml", "--yes", "--json")
    ended = connected("import", "own.csv", *options)
    annotated = tmp_path / ended.document["report_dir"] / "annotated.xlsx"
    corrected(annotated, 2)
    book = load_workbook(annotated)
    book.active.delete_rows(2)
    book.save(annotated)
    again = connected("import", annotated, *options)
    counts = again.document["counts"]
    assert (counts["created"], counts["duplicate"], counts["held"]) == (1, 1, 2), again.out
    assert len(simulator.company().payments("IMPORT")) == 4
    once_more = connected("import", annotated, *options)
    assert once_more.document["counts"]["created"] == 0
    assert once_more.document["counts"]["held"] == 2


def counts(ended):
    return {name: n for name, n in ended.document["counts"].items() if n}


def own_sheet(path, header, rows):
    book = Workbook()
    for line in (header, *rows) if header else rows:
        book.active.append(line)
    book.save(path)


def changed(folder, ended, change):
    path = folder / ended.document["report_dir"] / "annotated.xlsx"
    book = load_workbook(path)
    change(book.active)
    book.save(path)
    return path


GOOD = ("10000", "2026-02-10", "100.00", "Invoice")
SLIP = ("10000", "2026-02-10", "1OO.00", "Invoice")
NAMES = ("Customer No.", "Posting Date", "Amount", "Description")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_corrected_row_is_sent_though_its_created_twin_was_deleted(
    connected, simulator, tmp_path, kind
):
    own = tmp_path / f"own.{kind}"
    rows = (GOOD, SLIP, SLIP)
    if kind == "csv":
        own.write_text("\n".join(map(",".join, (NAMES, *rows))) + "\n", "utf-8")
    else:
        own_sheet(own, NAMES, rows)
    first = connected("import", own, "--yes", "--json")
    assert counts(first) == {"created": 1, "rejected": 2}

    def correct(sheet):
        assert sheet.column_dimensions["F"].hidden
        sheet["C3"] = "100.00"
        sheet.delete_rows(2)

    copy = changed(tmp_path, first, correct)
    second = connected("import", copy, "--yes", "--json")
    assert counts(second) == {"created": 1, "rejected": 1}, second.out

    def correct_the_other(sheet):
        head = [cell.value for cell in sheet[1]]
        assert head == [*NAMES, "importer_status", "importer_place"]
        assert sheet["F3"].value.count("sha256:") == 2
        sheet["C3"] = "100.00"
        sheet.delete_rows(2)

    copy = changed(tmp_path, second, correct_the_other)
    third = connected("import", copy, "--yes", "--json")
    assert counts(third) == {"created": 1}, third.out
    assert len(simulator.company().payments("IMPORT")) == 3
    assert counts(connected("import", copy, "--yes", "--json")) == {"duplicate": 1}


def test_a_created_row_that_was_changed_is_held(connected, simulator, tmp_path):
    own_sheet(tmp_path / "own.xlsx", NAMES, (GOOD, ("10000", "2026-02-10", "7.00", "x"), SLIP))
    first = connected("import", "own.xlsx", "--yes", "--json")

    def change(sheet):
        sheet["C2"] = "100.05"
        sheet["C4"] = "100.00"

    copy = changed(tmp_path, first, change)
    again = connected("import", copy, "--yes", "--json")
    assert counts(again) == {"held": 1, "duplicate": 2}, again.out
    reasons = [row["reason"] for row in again.document["rows"] if row["bucket"] == "held"]
    assert "it is line 20000 with the amount 100.00. Undo that run" in reasons[0]
    assert len(simulator.company().payments("IMPORT")) == 2


def test_rows_sorted_in_the_annotated_copy_stay_what_they_are(connected, simulator, tmp_path):
    own_sheet(tmp_path / "own.xlsx", NAMES, (GOOD, SLIP, GOOD, ("20000", *GOOD[1:])))
    first = connected("import", "own.xlsx", "--yes", "--json")
    assert counts(first) == {"created": 3, "rejected": 1}

    def turn(sheet):
        sheet["C3"] = "100.00"
        lines = [[cell.value for cell in sheet[row]] for row in range(2, 6)]
        for row, values in enumerate(reversed(lines), 2):
            for at, value in enumerate(values, 1):
                sheet.cell(row, at, value)

    copy = changed(tmp_path, first, turn)
    again = connected("import", copy, "--yes", "--json")
    assert counts(again) == {"created": 1, "duplicate": 3}, again.out
    assert len(simulator.company().payments("IMPORT")) == 4


def test_a_created_row_spoiled_in_the_copy_is_not_sent_again_from_its_rejects(
    connected, simulator, tmp_path
):
    own_sheet(tmp_path / "own.xlsx", NAMES, (GOOD, SLIP))
    first = connected("import", "own.xlsx", "--yes", "--json")

    def spoil(sheet):
        sheet["C2"] = "1OO.00"

    copy = changed(tmp_path, first, spoil)
    second = connected("import", copy, "--yes", "--json")
    assert counts(second) == {"rejected": 2}
    rejects = tmp_path / second.document["report_dir"] / "rejects.csv"
    right = tmp_path / "right.csv"
    right.write_text(rejects.read_text("utf-8-sig").replace("1OO.00", "100.00", 1), "utf-8")
    assert counts(connected("import", right, "--yes", "--json"))["duplicate"] == 1
    assert len(simulator.company().payments("IMPORT")) == 1


PRINTED = """\
Account;NL01;;
Opening balance;100.00;;
Posting Date;Customer No.;Amount;Balance
2026-02-02;10000;10.00;110.00
2026-02-03;20000;-5.00;105.00
2026-02-04;20000;1O.00;115.00
"""


def test_the_copy_of_a_text_file_has_the_lines_above_and_the_rows_that_were_skipped(
    connected, tmp_path
):
    (tmp_path / "own.csv").write_text(PRINTED, "utf-8")
    (tmp_path / "printed.toml").write_text(
        '[header]\ncolumns = ["Posting Date", "Customer No.", "Amount", "Balance"]\n'
        '[date]\ncolumn = "Posting Date"\nformats = "%Y-%m-%d"\n[amount]\ncolumn = "Amount"\n'
        'decimal = "."\n[columns]\ncustomer_number = "Customer No."\nbalance = "Balance"\n',
        "utf-8",
    )
    options = ("--profile", "printed.toml", "--yes", "--json")
    first = connected("import", "own.csv", *options)
    assert counts(first) == {"created": 1, "skipped": 1, "rejected": 1}, first.err

    def correct(sheet):
        lines = [[cell.value or "" for cell in line[:4]] for line in sheet.iter_rows()]
        assert lines == [line.split(";") for line in PRINTED.splitlines()]
        assert sheet["E3"].value == "importer_status"
        sheet["C6"] = "10.00"

    copy = changed(tmp_path, first, correct)
    again = connected("import", copy, *options)
    assert counts(again) == {"created": 1, "skipped": 1, "duplicate": 1}, again.err


def test_the_copy_holds_the_values_of_formulas(connected, tmp_path):
    plain = tmp_path / "plain.xlsx"
    own_sheet(plain, NAMES, (("10000", "2026-02-10", 100.25, "one"), SLIP))
    own = tmp_path / "own.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(own, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b"<v>100.25</v>" in content
                content = content.replace(b"<v>100.25</v>", b"<f>50.25+50</f><v>100.25</v>")
            target.writestr(name, content)
    first = connected("import", own, "--yes", "--json")
    assert counts(first) == {"created": 1, "rejected": 1}, first.err

    def correct(sheet):
        assert sheet["C2"].value == 100.25
        sheet["C3"] = "100.00"

    again = connected("import", changed(tmp_path, first, correct), "--yes", "--json")
    assert counts(again) == {"created": 1, "duplicate": 1}, again.out
