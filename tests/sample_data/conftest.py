from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

import importer.simulator
from importer.matching import Company, Matched, match
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import Understood, understand, validated
from importer.validation import Validated

SAMPLES = Path(__file__).parents[2] / "sample_data"
FIXTURE = Path(importer.simulator.__file__).with_name("default_fixture.json")


@dataclass(frozen=True)
class Taken:
    """A sample, taken as far as a dry run takes it."""

    understood: Understood
    validated: Validated
    matched: Matched


@pytest.fixture(scope="session")
def company() -> Company:
    """The demo's company, read from the fixture by itself."""
    data = json.loads(FIXTURE.read_text("utf-8"), parse_float=Decimal)["companies"][0]
    customers = {
        one["number"]: SimpleNamespace(
            number=one["number"],
            blocked=one.get("blocked", ""),
            currency_code=one.get("currencyCode", ""),
        )
        for one in data["customers"]
    }
    invoices = {
        one["number"]: SimpleNamespace(
            id=f"id-{one['number']}",
            number=one["number"],
            bill_to_customer_number=one["customerNumber"],
            status=one["status"],
            currency_code=one.get("currencyCode", ""),
            remaining_amount=Decimal(one.get("remainingAmount", one["totalAmountIncludingTax"])),
            posting_date=date.fromisoformat(one["postingDate"]),
        )
        for one in data["salesInvoices"]
    }
    return Company(customers, invoices, local_currency=data["localCurrencyCode"])


@pytest.fixture(scope="session")
def take(company: Company) -> Callable[[Path], Taken]:
    """Take a file as a dry run does: read, understand, validate, match."""

    @cache
    def take_content(path: Path, _content: bytes) -> Taken:
        understood = understand(path, Reading())
        checked = validated(understood, "v2.0")
        return Taken(understood, checked, match(checked.payments, company))

    return lambda path: take_content(path, path.read_bytes())


@pytest.fixture(scope="session")
def expected() -> Callable[[str], list[dict[str, str]]]:
    """Read the expected rows of a sample."""

    def rows(sample: str) -> list[dict[str, str]]:
        path = SAMPLES / "expected" / f"{Path(sample).stem}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    return rows


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the samples."""
    return SAMPLES
