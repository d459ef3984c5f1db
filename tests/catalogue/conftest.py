"""Takes the small inputs of the catalogue as far as a dry run takes a file."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from importer.matching import Company, JournalState, match
from importer.model import Finding, Severity
from importer.pipeline.checking import _in_source
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import understand, validated

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14"/></cellXfs></styleSheet>',
}


def _customer(number: str, blocked: str = "", currency: str = "") -> SimpleNamespace:
    return SimpleNamespace(number=number, blocked=blocked, currency_code=currency)


def _invoice(number: str, status: str, remaining: str, currency: str = "") -> SimpleNamespace:
    return SimpleNamespace(
        id=f"id-{number}", number=number, bill_to_customer_number="10000", status=status,
        currency_code=currency, remaining_amount=Decimal(remaining), posting_date=date(2026, 1, 15),
    )  # fmt: skip


COMPANY = Company(
    customers={
        c.number: c
        for c in (_customer("10000"), _customer("20000"), _customer("40", "All"),
                  _customer("50", currency="USD"))
    },
    invoices={
        i.number: i
        for i in (_invoice("101", "Open", "100"), _invoice("102", "Paid", "0"),
                  _invoice("103", "Draft", "100"), _invoice("104", "Open", "100", "USD"))
    },
    local_currency="EUR",
    posting_from=date(2026, 1, 1),
    posting_to=date(2026, 12, 31),
)  # fmt: skip


def write_input(entry: Mapping[str, Any], folder: Path) -> Path:
    """Write the input of an entry: text, or the rows of a sheet as XML."""
    if "text" in entry:
        path = folder / "a.csv"
        path.write_bytes(entry["text"].encode(entry.get("encoding", "utf-8")))
        return path
    path = folder / "a.xlsx"
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{entry["sheet"]}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w") as package:
        for name, content in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            package.writestr(name, content)
    return path


def findings_of(entry: Mapping[str, Any], folder: Path) -> list[Finding]:
    """Return what a dry run against the company finds."""
    path, reading = write_input(entry, folder), Reading()
    if "profile" in entry:
        profile = folder / "own.toml"
        profile.write_text(entry["profile"], "utf-8")
        reading = replace(reading, profile=str(profile))
    understood = understand(path, reading)
    checked = validated(understood, "v2.0")
    rejected = {f.row for f in checked.findings if f.severity is Severity.ERROR}
    payments = [payment for payment in checked.payments if payment.row not in rejected]
    journal = JournalState(**entry["journal"]) if "journal" in entry else None
    matched = match(
        payments,
        replace(COMPANY, journal=journal),
        fixed_currency=understood.mapped.source("currency") is None,
    )
    return [*checked.findings, *(_in_source(understood, one) for one in matched.findings)]


@pytest.fixture
def find(tmp_path: Path) -> Callable[[Mapping[str, Any]], list[Finding]]:
    return lambda entry: findings_of(entry, tmp_path)
