"""Every finding has an entry: the smallest input that causes it, and the exact text expected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import importer
import schemas
from importer.model import Finding
from importer.reports.language import _patterns

CATALOGUE = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text("utf-8"))
PACKAGES = Path(importer.__file__).parent, Path(schemas.__file__).parent

MAKERS = (
    "reading",
    "validation",
    "matching",
    "mapping/amounts_of_rows.py",
    "payment.py",
    "pipeline/understanding.py",
)
"""The modules that make findings."""

NO_CODES = {
    "boolean-value", "covered-table-cell", "date-value", "encryption-data", "line-break",
    "number-columns-repeated", "number-columns-spanned", "number-rows-repeated", "string-value",
    "style-name", "table-cell", "table-properties", "table-row", "time-value", "value-type",
    "mac-cyrillic", "mac-roman",  # encodings; above: XML names
    "header-only", "needs-input", "not-payments",  # verdicts
}  # fmt: skip
"""Hyphenated words of these modules that are something else."""


def codes() -> set[str]:
    """Return the codes that the modules know, however they are put together."""
    paths = [package / name for package in PACKAGES for name in MAKERS]
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    texts = [file.read_text("utf-8") for file in files if file.exists()]
    return {word for text in texts for word in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text)}


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    assert codes() - NO_CODES == set(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_the_text_is_as_stated(
    code: str, find: Callable[[Mapping[str, Any]], list[Finding]]
) -> None:
    entry = CATALOGUE[code]
    name = "a.csv" if "text" in entry else "a.xlsx"
    found = find(entry)
    said = [f"{one.severity} {one.code}: {one.sentence(name)}" for one in found]
    assert said == entry["says"]
    assert code in {one.code for one in found}
    for one in found:
        assert not one.message.endswith("."), "the sentence adds the full stop"
        assert one.remedy.endswith(".") or one.severity == "note"
        # A report in another language takes the sentences apart by their patterns.
        for text in filter(None, (one.message, one.remedy)):
            assert any(pattern.fullmatch(text) for pattern, _ in _patterns(one.code)), text
