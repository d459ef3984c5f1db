"""Rows that lean on rows around them come back whole: two header rows, text and days of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from importer.model import Payment
from importer.pipeline import checking
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import Understood, understand, validated
from importer.reconciliation import reconcile
from importer.reports import ReportPaths, keep_source, write_reports

PROFILE = """
[header]
columns = ["Booking Day", "Customer", "Amount EUR", "Text"]
rows = 2
[date]
column = "Booking Day"
formats = "%d.%m.%Y"
carry = true
[amount]
column = "Amount EUR"
decimal = ","
[columns]
customer_number = "Customer"
description = "Text"
[continuation]
column = "Text"
[[extract]]
field = "invoice_number"
column = "Text"
pattern = 'INV ([0-9]+)'
[constants]
currency = "EUR"
"""
LINES = (
    ("Booking", "Customer", "Amount", "Text"),
    ("Day", "", "EUR", ""),
    ("02.02.2026", "10000", "5,00", "pays"),
    ("", "", "", "INV 101"),
    ("", "10000", "1O,00", "pays"),
    ("", "", "", "INV 102 and"),
    ("", "", "", "thanks"),
    ("03.02.2026", "20000", "7,00", "whole"),
    ("", "20000", "x", "without a day of its own"),
)
FAULTY = {"1O,00": "10,00", "x": "8,00"}


def own_text(folder: Path) -> Path:
    path = folder / "own.csv"
    path.write_text("\n".join(";".join(line) for line in LINES) + "\n", "utf-8")
    return path


def own_workbook(folder: Path) -> Path:
    book = Workbook()
    for line in LINES:
        book.active.append([cell or None for cell in line])
    path = folder / "own.xlsx"
    book.save(path)
    return path


def read(path: Path, folder: Path) -> Understood:
    profile = folder / "own.toml"
    profile.write_text(PROFILE, "utf-8")
    return understand(path, Reading(profile=str(profile)))


def reported(path: Path, folder: Path) -> ReportPaths:
    understood = read(path, folder)
    checked = checking.unmatched(validated(understood, "v2.0"))
    checked = replace(checked, rows=checking.with_cells(understood, checked.rows))
    record = checking.dry_record(understood, checked, None, None, checking.utc_now)
    keep_source(path, understood.grid.source, understood.grid.layout, folder / "reports")
    return write_reports(record, reconcile(record), folder / "reports")


def payments(path: Path, folder: Path) -> list[Payment]:
    return [replace(one, row=0) for one in validated(read(path, folder), "v2.0").payments]


def corrected(lines: tuple[tuple[str, ...], ...], folder: Path) -> list[Payment]:
    """Return the payments of the source, had it been without faults."""
    path = folder / "right.csv"
    right = (";".join(FAULTY.get(cell, cell) for cell in line) for line in lines)
    path.write_text("\n".join(right) + "\n", "utf-8")
    return payments(path, folder)


@pytest.mark.parametrize("make", [own_text, own_workbook])
def test_rejects_come_back_whole(make: object, tmp_path: Path) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    right = corrected(LINES, tmp_path)
    assert [(str(p.posting_date), p.invoice_number) for p in right] == [
        ("2026-02-02", "101"), ("2026-02-02", "102"), ("2026-02-03", ""), ("2026-02-03", ""),
    ]  # fmt: skip
    rejects = reported(path, tmp_path).rejects
    assert rejects is not None
    text = rejects.read_text("utf-8-sig")
    for wrong, good in FAULTY.items():
        text = text.replace(wrong + ";", good + ";").replace(f",{wrong},", f',"{good}",')
    text = text.replace('"1O,00"', '"10,00"')
    rejects.write_text(text, "utf-8")
    assert payments(rejects, tmp_path) == [right[1], right[3]]


@pytest.mark.parametrize("make", [own_text, own_workbook])
def test_the_annotated_workbook_comes_back_whole(make: object, tmp_path: Path) -> None:
    path = make(tmp_path)  # type: ignore[operator]
    annotated = reported(path, tmp_path).annotated
    assert annotated is not None
    book = load_workbook(annotated)
    for line in book.active.iter_rows():
        for cell in line:
            if cell.value in FAULTY:
                cell.value = FAULTY[cell.value]
    book.save(annotated)
    assert payments(annotated, tmp_path) == corrected(LINES, tmp_path)
