"""Every sample against its expected rows: read, mapped, validated, matched."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer.model import Severity

NAMES = sorted(
    path.name
    for path in (Path(__file__).parents[2] / "sample_data").iterdir()
    if path.suffix in {".csv", ".xlsx"}
)
SENT = {"created", "refused", "duplicate"}
PROFILES = {
    "bank-de.csv": "demo-bank-de",
    "bank-de-overlap.csv": "demo-bank-de",
    "bank-nl.csv": "demo-bank-nl",
    "bank-us.csv": "demo-bank-us",
}

Take = Callable[[Path], Any]
Expected = Callable[[str], list[dict[str, str]]]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_understood_as_expected(
    name: str, samples: Path, take: Take, expected: Expected
) -> None:
    validated = take(samples / name).validated
    assert [
        {
            "row": str(row.row),
            "kind": str(row.kind),
            "amount": "" if row.amount is None else str(row.amount),
            "date": "" if row.posting_date is None else row.posting_date.isoformat(),
            "currency": row.currency,
            "customer": row.customer_number,
            "invoice": row.invoice_number,
            "offline": str(row.bucket or "planned"),
        }
        for row in validated.rows
    ] == [
        {key: value for key, value in row.items() if key not in {"import", "codes"}}
        for row in expected(name)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_is_found_and_no_other(
    name: str, samples: Path, take: Take, expected: Expected
) -> None:
    taken = take(samples / name)
    found: dict[int | None, list[str]] = {}
    for finding in (*taken.validated.findings, *taken.matched.findings):
        found.setdefault(finding.row, []).append(finding.code)
    assert {str(row): " ".join(codes) for row, codes in found.items()} == {
        row["row"]: row["codes"] for row in expected(name) if row["codes"]
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_is_what_the_company_can_take(
    name: str, samples: Path, take: Take, expected: Expected
) -> None:
    taken = take(samples / name)
    assert [str(payment.row) for payment in taken.matched.payments] == [
        row["row"] for row in expected(name) if row["import"] in SENT
    ]
    errors = {f.row for f in taken.matched.findings if f.severity is Severity.ERROR}
    accepted = {payment.row for payment in taken.validated.payments}
    assert errors <= accepted


@pytest.mark.parametrize(("name", "profile"), PROFILES.items())
def test_each_bank_is_recognised_by_its_header(
    name: str, profile: str, samples: Path, take: Take
) -> None:
    assert take(samples / name).understood.profile.name == profile


def test_every_sample_has_expected_rows_and_a_lesson(samples: Path) -> None:
    expected = sorted(path.stem for path in (samples / "expected").iterdir())
    assert expected == sorted(Path(name).stem for name in NAMES)
    readme = (samples / "README.md").read_text("utf-8")
    assert all(f"`{name}`" in readme for name in NAMES)


def test_layouts_are_what_their_lessons_say(samples: Path, take: Take) -> None:
    layouts = {name: take(samples / name).understood.grid.layout for name in NAMES}
    assert (layouts["bank-de.csv"].encoding, layouts["bank-de.csv"].delimiter) == ("cp1252", ";")
    assert (layouts["bank-nl.csv"].encoding, layouts["bank-nl.csv"].delimiter) == ("utf-8", ";")
    shop = layouts["webshop-bom-crlf.csv"]
    assert (shop.bom, shop.line_end) == (True, "\r\n")
    assert layouts["clerk-workbook.xlsx"].kind == "xlsx"


def test_two_equal_payments_in_one_file_are_two(samples: Path, take: Take) -> None:
    payments = take(samples / "bank-nl.csv").matched.payments
    twins = [payment for payment in payments if payment.customer_number == "160000"]
    assert [(twin.row, str(twin.amount)) for twin in twins] == [(12, "100.00"), (13, "100.00")]


def test_the_totals_that_a_bank_prints_are_those_of_the_rows(samples: Path) -> None:
    with (samples / "bank-nl.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream, delimiter=";"))
    cents = {
        word: sum(int(x[5].replace(".", "").replace(",", "")) for x in lines if x[4:5] == [word])
        for word in ("Bij", "Af")
    }
    printed = {x[0]: int(x[5].replace(".", "").replace(",", "")) for x in lines[-2:]}
    assert printed == {"Totaal bij": cents["Bij"], "Totaal af": cents["Af"]}
