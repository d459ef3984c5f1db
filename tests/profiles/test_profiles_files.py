"""Real files of real kinds, made up in the layouts of shipped profiles, through the reader."""

from decimal import Decimal

import openpyxl

from importer.mapping import map_rows, recognise
from importer.reading import ReadOptions, read
from importer.validation import validate
from schemas.profile import load, shipped


def validated(path, name=""):
    profile = load(name) if name else None
    rule = profile.file if profile else None
    options = ReadOptions(
        encoding=(rule.encoding if rule else "") or None,
        delimiter=(rule.delimiter if rule else "") or None,
    )
    grid = read(path, options)
    profile = profile or recognise(grid, shipped())
    return profile.name, validate(map_rows(grid, profile), require_reference=False)


def received(result):
    return [(payment.row, payment.amount, payment.description) for payment in result.payments]


def test_semicolons_decimal_comma_windows_1252_and_a_pending_row(tmp_path):
    header = (
        "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;"
        "Beguenstigter/Zahlungspflichtiger;Kontonummer;BLZ;Betrag;Waehrung;Info"
    )
    lines = [
        header,
        (
            '"4711";"13.03.24";"13.03.24";"GUTSCHRIFT";"RE 1007";"Müßig GmbH";"DE00";"X";'
            '"1.234,50";"EUR";"Umsatz gebucht"'
        ),
        (
            '"4711";"14.03.24";"14.03.24";"GUTSCHRIFT";"RE 1008";"Für alle e.K.";"DE00";"X";'
            '"7,00";"EUR";"Umsatz vorgemerkt"'
        ),
        (
            '"4711";"14.03.24";"14.03.24";"LASTSCHRIFT";"Strom";"Werke";"DE00";"X";'
            '"-56,10";"EUR";"Umsatz gebucht"'
        ),
    ]
    path = tmp_path / "umsatz.csv"
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    name, result = validated(path)
    assert name == "sparkasse-mt940"
    assert received(result) == [(2, Decimal("1234.50"), "Müßig GmbH RE 1007")]
    assert [row.reason for row in result.rows] == [
        "",
        "announced, not yet booked by the bank",
        "money paid, not received",
    ]
    assert result.findings == ()


def test_a_workbook_with_a_title_above_its_header(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Виписка з карток"])
    sheet.append(list(load("privatbank").header.columns))
    sheet.append(
        ["13.03.2024 10:00:00", "x", "1", "Invented", 1234.5, "UAH", 1, "USD", 2000, "UAH"]
    )
    sheet.append(["31.02.2024 10:00:00", "x", "1", "Wrong day", 5, "UAH", 1, "USD", 2005, "UAH"])
    sheet.append(["14.03.2024 10:00:00", "x", "1", "Paid", -5, "UAH", 1, "USD", 2000, "UAH"])
    path = tmp_path / "statement.xlsx"
    book.save(path)
    name, result = validated(path)
    assert name == "privatbank"
    assert received(result) == [(3, Decimal("1234.50"), "Invented")]
    assert [(finding.code, finding.cell) for finding in result.findings] == [
        ("date-unreadable", "A4")
    ]


def test_shift_jis_and_whole_yen(tmp_path):
    path = tmp_path / "rakuten.csv"
    text = "取引日,入出金(円),取引後残高(円),入出金内容\r\n20240313,3146,5113,カブシキガイシャ\r\n"
    path.write_bytes(text.encode("cp932"))
    name, result = validated(path)
    assert name == "rakuten-bank"
    assert [str(payment.amount) for payment in result.payments] == ["3146"]


def test_a_file_without_a_header_by_name(tmp_path):
    path = tmp_path / "card.csv"
    path.write_text(
        "2024/03/13,2024/03/12,2024031301,DEBIT,2226,SHOP,30.00\n"
        "2024/03/14,2024/03/13,2024031401,CREDIT,2226,PAYMENT,-500.00\n",
        encoding="utf-8",
    )
    name, result = validated(path, "asb-card")
    assert received(result) == [(2, Decimal("500.00"), "PAYMENT")]
    assert name == "asb-card"
