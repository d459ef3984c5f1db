"""Reports in other languages: complete in German, English where a catalogue has nothing."""

from __future__ import annotations

import ast
import gettext
import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment

import importer.reports
from importer.model import Bucket, Kind, RunRecord, Severity
from importer.reconciliation import reconcile
from importer.reports import days, marks, page, terminal_lines, workbook, write_reports
from importer.reports.causes import _REMEDIES
from importer.reports.language import LANGUAGES, finding_text, reason_text, speaking
from importer.reports.page import page_html
from importer.reports.sentences import SENTENCES
from importer.reports.words import MEANINGS, NOUNS, money, verdict

FOLDER = Path(importer.reports.__file__).parent
COMMANDS = ("import", "resume", "undo", "check")
FACTS = (
    "Run", "File", "Profile", "Started", "Finished", "Company", "Journal", "Understood",
)  # fmt: skip


def singular() -> set[str]:
    """Return the texts without a number."""
    found = {text for texts in SENTENCES.values() for text in texts}
    found |= {*map(str, Bucket), *map(str, Kind), *map(str, Severity), *COMMANDS, *FACTS}
    found |= {*MEANINGS.values(), *_REMEDIES.values(), *page.FIELDS, *page._SCRIPT.values()}
    found |= {*marks.TITLES, *days._BY_MONEY.values(), *days._BY_NUMBER.values()}
    found |= {name for name, _ in (*workbook._ROWS, *workbook._FINDINGS)}
    environment = Environment(extensions=["jinja2.ext.i18n"])
    source = (FOLDER / "page.html.j2").read_text("utf-8")
    calls = list(environment.extract_translations(source, gettext_functions=("_", "mark")))
    found |= {text for _, _, text in calls if isinstance(text, str)}
    found |= {text for _, _, texts in calls if isinstance(texts, tuple) for text in texts if text}
    return found | {call[0] for call in _calls("say")}


def counted() -> set[tuple[str, str]]:
    """Return the texts with a number: singular and plural."""
    nouns = {(f"{{n}} {noun}", f"{{n}} {noun}s") for noun in NOUNS}
    return nouns | {(one, many) for one, many, *_ in _calls("plural")}


def _calls(name: str) -> list[list[str]]:
    found = []
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                if texts:
                    found.append(texts)
    return found


LOCALE = FOLDER / "locale"
FIELD = re.compile(r"\{\w*\}")


def catalogue(language: str) -> dict[object, str]:
    """Return the compiled catalogue: text, or text and number of the form, to translation."""
    return gettext.translation("reports", LOCALE, [language])._catalog  # type: ignore[attr-defined]


def test_the_german_catalogue_is_complete() -> None:
    known = catalogue("de")
    assert singular() - {key for key in known if isinstance(key, str)} == set()
    assert {one for one, _ in counted()} == {key[0] for key in known if isinstance(key, tuple)}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_catalogues_hold_what_reports_say_and_keep_the_fields(language: str) -> None:
    asked = singular() | {one for one, _ in counted()} | {""}
    for key, said in catalogue(language).items():
        text = key[0] if isinstance(key, tuple) else key
        assert text in asked
        if text:
            assert set(FIELD.findall(said)) == set(FIELD.findall(text)), said


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_compiled_catalogues_are_those_of_the_sources(language: str) -> None:
    source = (LOCALE / language / "LC_MESSAGES" / "reports.po").read_text("utf-8")
    lines = re.findall(r'^msgstr(?:\[\d\])? (".+")$', source, re.MULTILINE)
    said = [text for line in lines if (text := json.loads(line))]
    assert sorted(said) == sorted(text for key, text in catalogue(language).items() if key)


def test_numbers_are_written_as_the_language_does() -> None:
    written = {}
    for language in LANGUAGES:
        with speaking(language):
            written[language] = money(Decimal("1234567.5"), "EUR")
    assert written == {
        "en": "1,234,567.50 EUR", "de": "1.234.567,50 EUR", "nl": "1.234.567,50 EUR",
        "fr": "1\u202f234\u202f567,50 EUR", "da": "1.234.567,50 EUR",
    }  # fmt: skip


def test_sentences_of_findings_are_told_again() -> None:
    stated = "'12,50.0' is not an amount; expected digits with '.' as decimal mark (1,234.56)"
    with speaking("de"):
        told = finding_text("amount-unreadable", stated)
        assert told == (
            "'12,50.0' ist kein Betrag; erwartet werden Ziffern mit '.' als Dezimalzeichen "
            "(1,234.56)"
        )
        assert reason_text(f"Amount: {stated}") == f"Amount: {told}"
        assert finding_text("amount-unreadable", "{0} of a payer") == "{0} of a payer"
        braces = finding_text("customer-unknown", stated.replace("'12,50.0'", "{x}"))
        assert "{x}" in braces
    assert finding_text("amount-unreadable", stated) == stated


def test_the_verdict_in_german(record: RunRecord) -> None:
    with speaking("de"):
        said = verdict(record, reconcile(record)).sentence
        lines = terminal_lines(record, reconcile(record))
    assert said == (
        "Abgestimmt: 9 Zeilen, 1.097,60 EUR erhalten; 3 angelegt, 1 zurückgewiesen, "
        "1 abgelehnt, 1 angehalten, 1 Duplikat, 2 übersprungen"
    )
    assert "Abgestimmt" in "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_report_is_written_in_every_language(
    record: RunRecord, tmp_path: Path, language: str
) -> None:
    with speaking(language):
        paths = write_reports(record, reconcile(record), tmp_path)
        html = page_html(record, reconcile(record)).decode()
        assert html.encode() == paths.page.read_bytes()
    assert f'<html lang="{language}">' in html
    assert "alert(1)" in html
    assert "<script>alert" not in html
    document = json.loads(paths.json.read_bytes())
    assert document["rows"][0]["bucket"] == "created"


def test_text_of_the_file_is_never_a_field(make: SimpleNamespace) -> None:
    record = make.run(make.outcome(2, Bucket.HELD, "1", reason="{0} {x} %s"))
    record = replace(record, target=replace(record.target, company_name="{journal} <b>"))
    with speaking("de"):
        html = page_html(record, reconcile(record)).decode()
    assert "{0} {x} %s" in html
    assert "<b>{journal} &lt;b&gt;</b>" in html
