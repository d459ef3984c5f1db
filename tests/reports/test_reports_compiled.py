"""The compiled template is kept as Python keeps modules, and nothing depends on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from importer.model import RunRecord
from importer.reconciliation import reconcile
from importer.reports.compiled import CompiledTemplate
from importer.reports.page import page_html


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "compiled"
    monkeypatch.setattr(sys, "pycache_prefix", str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return folder


def files(folder: Path, name: str = "page.html.*") -> list[Path]:
    return list(folder.rglob(name))


def test_a_page_is_the_same_from_the_compiled_template(
    record: RunRecord, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = page_html(record, reconcile(record))
    assert len(files(kept)) == 1
    monkeypatch.setattr(Environment, "compile", None)
    assert page_html(record, reconcile(record)) == first


@pytest.mark.parametrize("left", [0, 5, 60, 200])
def test_a_damaged_one_is_made_again(record: RunRecord, kept: Path, left: int) -> None:
    first = page_html(record, reconcile(record))
    (path,) = files(kept)
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    assert page_html(record, reconcile(record)) == first
    assert path.read_bytes() == whole


def test_another_template_is_compiled_again(kept: Path, tmp_path: Path) -> None:
    template = tmp_path / "t.j2"
    for text in ("one", "two"):
        template.write_text(text)
        cache = CompiledTemplate(template)
        environment = Environment(
            loader=FileSystemLoader(tmp_path), bytecode_cache=cache, autoescape=True
        )
        assert environment.get_template("t.j2").render() == text
    assert len(files(kept, "t.*")) == 1


def test_nothing_is_kept_where_python_keeps_nothing(
    record: RunRecord, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    first = page_html(record, reconcile(record))
    assert files(kept) == []
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", __file__)
    assert page_html(record, reconcile(record)) == first
