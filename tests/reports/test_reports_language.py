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
import schemas
from importer.business_central import answers
from importer.business_central.answers import lost
from importer.model import Answer, AnswerKind, Bucket, Kind, RunRecord, Severity
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import understand, validated
from importer.reconciliation import reconcile
from importer.reports import days, marks, page, terminal_lines, workbook, write_reports
from importer.reports.causes import _REMEDIES
from importer.reports.language import (
    LANGUAGES,
    difference_text,
    finding_text,
    reason_text,
    speaking,
    story_text,
)
from importer.reports.page import page_html
from importer.reports.reasons import DIFFERENCES, REASONS, REMEDIES, SKIPPED, STORY, WORDS
from importer.reports.sentences import SENTENCES
from importer.reports.words import MEANINGS, NOUNS, money, verdict
from importer.sending.resolving import told

FOLDER = Path(importer.reports.__file__).parent
COMMANDS = ("import", "resume", "undo", "check")
FACTS = (
    "Run", "File", "Profile", "Started", "Finished", "Company", "Journal", "Understood",
)  # fmt: skip


def singular() -> set[str]:
    """Return the texts without a number."""
    found = {text for texts in SENTENCES.values() for text in texts}
    found |= {*REASONS, *REMEDIES, *SKIPPED, *DIFFERENCES, *STORY, *WORDS}
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


def test_reasons_and_differences_are_told_again() -> None:
    with speaking("de"):
        before = "imported before: run 20260101-1, row 9 (a.csv, id 7)"
        again = "schon importiert: Lauf 20260101-1, Zeile 9 (a.csv, id 7)"
        assert reason_text(f"{before}, created") == f"{again}, angelegt"
        held = before.replace("imported", "held")
        assert reason_text(f"{held}; when you have looked, --accept-held 4 sends it") == (
            f"{again.replace('importiert', 'angehalten')}; haben Sie nachgesehen, sendet "
            "--accept-held 4 sie"
        )
        assert reason_text(
            f"{held}; its line is on the server otherwise than sent; delete it there if it is"
            " wrong, and `customer-payments undo 20260101-1 --deleted 9` frees the row"
        ).endswith("ist sie falsch, löschen Sie sie dort, und `customer-payments undo "
                   "20260101-1 --deleted 9` gibt die Zeile frei")  # fmt: skip
        assert (  # as import ledgers of earlier versions hold it
            reason_text(f"{before}, held; when you have looked, --accept-held 4 sends it")
            == f"{again}, angehalten; haben Sie nachgesehen, sendet --accept-held 4 sie"
        )
        assert difference_text(
            "row 4: line 20000: amount: sent -5.00, found -6.00; comment: sent nothing, found x; y"
        ) == (
            "Zeile 4: Buchblattzeile 20000: Betrag: gesendet -5.00, gefunden -6.00; "
            "Bemerkung: gesendet nichts, gefunden x; y"
        )
        assert difference_text("3 rows created, 2 lines on the server") == (
            "3 Zeilen angelegt, 2 Zeilen auf dem Server"
        )
        assert (
            story_text(
                "Also counterparty from 'Payer', invoice number from 'Text, long' + 'from 'x''"
            )
            == "Außerdem Zahlungspartner aus 'Payer', Rechnungsnummer aus 'Text, long' + 'from 'x''"
        )
        compared = "Compared with company CRONUS: local currency EUR, allowed posting dates"
        for seen, told in (
            ("2025-01-01 to 2026-12-31", "2025-01-01 bis 2026-12-31"),
            ("not limited", "nicht eingeschränkt"),
        ):
            assert story_text(f"{compared} {seen}").endswith(f"zugelassene Buchungsdaten {told}")
        stated = "row 9 states the closing balance 5.00 ('Saldo'); the rows of the file give 6.00"
        assert "Endsaldo 5,00" in finding_text("control-total-differs", stated)
    assert difference_text("3 rows created, 2 lines on the server").startswith("3 rows")


def test_every_pattern_is_made_of_words_that_the_program_says() -> None:
    package = FOLDER.parent
    rooms = ["planning", "sending", "ledger", "mapping", "pipeline", "proposing", "reading"]
    rooms += ["business_central"]
    files = [path for room in rooms for path in (package / room).rglob("*.py")]
    files += [package / "reconciliation.py", package / "model.py"]
    said = "".join(
        node.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    profiles = Path(schemas.__file__).parent / "profiles"
    said += "".join(path.read_text("utf-8") for path in profiles.glob("*.toml"))
    for template in (*REASONS, *REMEDIES, *SKIPPED, *DIFFERENCES):
        for part in re.split(rf"{FIELD.pattern}|: |, | has | is | was ", template):
            assert part.strip(" .():;,") in said, template


OF_A_ROW = (AnswerKind.ROW_FAULT, AnswerKind.AMBIGUOUS, AnswerKind.CHANGED, AnswerKind.MISSING)


def test_what_to_do_about_an_answer_is_told_again() -> None:
    tables = (answers._BY_CODE, answers._BY_STATUS, answers._BY_STATUS_AND_CODE)
    remedies = {one.remedy for table in tables for one in table.values() if one.kind in OF_A_ROW}
    remedies |= {lost("").remedy, answers._CUT.remedy}
    assert len(remedies) > 10
    words = "Customer 99 is blocked. Ask A. Correct the value, or not"
    with speaking("de"):
        for remedy in remedies:
            reason = told(Answer(AnswerKind.ROW_FAULT, 400, message=f"{words}.", remedy=remedy))
            said = reason_text(reason)
            assert said.startswith(f"{words}. ")
            assert not said.endswith(remedy)
            unwritten = f"its dimension AREA 30 was not written: {reason}"
            assert not difference_text(unwritten).endswith(remedy)
        assert reason_text(f"{words}. Correct the value") == f"{words}. Berichtigen Sie den Wert"
    assert reason_text(reason) == reason


SAMPLES = sorted((Path(__file__).parents[2] / "sample_data").glob("*.*"))


@pytest.mark.parametrize(
    "path", [one for one in SAMPLES if one.suffix != ".md"], ids=lambda one: one.name
)
def test_what_is_said_of_a_sample_is_all_told_in_german(path: Path) -> None:
    understood = understand(path, Reading())
    valid = validated(understood, "v2.0")
    texts = dict.fromkeys(understood.story, story_text)
    texts |= {row.reason: reason_text for row in valid.rows if row.reason}
    with speaking("de"):
        assert [text for text, tell in texts.items() if tell(text) == text] == []


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
