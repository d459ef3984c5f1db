from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

from importer.model import Bucket, RunRecord
from importer.reconciliation import reconcile
from importer.reports.page import MAX_PLACES, STATIC_ROWS, page_html


class Page(HTMLParser):
    """Elements of a page, with the text that stands in scripts, styles and headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data


def _page(record: RunRecord) -> tuple[str, Page]:
    html = page_html(record, reconcile(record)).decode()
    return html, Page(html)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_what_is_in_the_page_and_nothing_else(record: RunRecord) -> None:
    _, page = _page(record)
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert f"style-src '{_hash(page.texts['style'][0])}'" in policy
    assert f"script-src '{_hash(page.texts['script'][1])}'" in policy


def test_nothing_is_loaded_and_nothing_is_inline_but_by_hash(record: RunRecord) -> None:
    _, page = _page(record)
    for tag, attributes in page.tags:
        assert tag not in {"link", "iframe", "object", "img", "base"}
        assert "style" not in attributes
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "#rows") in {"#rows", "rejects.csv", "annotated.xlsx"}


def test_text_of_the_file_stays_text(record: RunRecord) -> None:
    html, page = _page(record)
    assert [t for t, _ in page.tags].count("script") == 2
    assert "alert(1)" in html
    assert "<script>alert" not in html
    data = json.loads(page.texts["script"][0])
    assert data["rows"][7][5] == "</script><script>alert(1)</script>"


def test_the_verdict_comes_first(record: RunRecord) -> None:
    _, page = _page(record)
    assert page.texts["h1"][0].startswith("In balance: 9 rows, 1,097.60 EUR received; 3 created")


def test_tables_say_what_they_are(record: RunRecord) -> None:
    _, page = _page(record)
    names = [tag for tag, _ in page.tags]
    assert names.count("table") == names.count("caption")
    assert all(a.get("scope") for t, a in page.tags if t == "th")


def test_all_rows_are_in_the_data_and_the_first_ones_without_script(make: SimpleNamespace) -> None:
    rows = [make.outcome(n, Bucket.CREATED, "1") for n in range(2, STATIC_ROWS + 102)]
    html, page = _page(make.run(*rows))
    assert len(json.loads(page.texts["script"][0])["rows"]) == STATIC_ROWS + 100
    assert html.count('<tr><th scope="row" class="n">') == STATIC_ROWS
    assert "The first 500 rows of 600" in html


def test_remedy_first_then_the_rows_under_it(make: SimpleNamespace) -> None:
    count = MAX_PLACES + 7
    rows = [make.outcome(n, Bucket.REJECTED, None) for n in range(2, count + 2)]
    html, page = _page(
        make.run(*rows, findings=tuple(make.finding(n) for n in range(2, count + 2)))
    )
    assert "Correct the cell, or set amount.decimal in the profile." in page.texts["h3"][0]
    assert f"{count} places" in html
    assert "and 7 more places" in html


def test_a_run_without_rows_or_company_renders(make: SimpleNamespace, dry_run: RunRecord) -> None:
    html, _ = _page(dry_run)
    assert "Without a company to compare with" in html
    html, _ = _page(make.run(target=None, proof=None, finished_at=None, understood=(), findings=()))
    assert "not finished" in html
    assert re.search(r"<h1[^>]*>In balance: 0 rows, 0.00 received</h1>", html)


def test_a_cause_with_one_place_is_a_sentence(make: SimpleNamespace) -> None:
    row = make.outcome(7, Bucket.REJECTED, None)
    html, _ = _page(make.run(row, findings=(make.finding(7, cell="D7"),)))
    assert "<p>Row 7, D7: &#39;12,50.0&#39; is not an amount" in html
    assert "<details" not in html


def test_reports_load_nothing_heavy_before_they_are_written() -> None:
    heavy = {"jinja2", "openpyxl", "pandas", "pyarrow", "msgspec"}
    code = f"import sys, importer.reports; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_page_names_the_rejects_only_where_there_are_any(
    make: SimpleNamespace, record: RunRecord
) -> None:
    assert "holds 2 rows in the layout of the source" in _page(record)[0]
    assert "rejects.csv</a>" not in _page(make.run(make.outcome(2, Bucket.CREATED, "1")))[0]


def test_the_picture_of_two_currencies_is_told_without_gaps(make: SimpleNamespace) -> None:
    rows = [make.outcome(2, Bucket.CREATED, "1"), make.outcome(3, Bucket.HELD, "2", currency="USD")]
    titles = []
    for record in (make.run(*rows), make.run(rows[0])):
        html = page_html(record, reconcile(record)).decode()
        titles += re.findall(r'<title id="flow-title">(.*?)</title>', html)
    assert titles == [
        "From the file to its buckets, number of rows: created: 1 row; held: 1 row",
        "From the file to its buckets, money received: created: 1 row, 1.00 EUR",
    ]
