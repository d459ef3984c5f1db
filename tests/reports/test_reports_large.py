from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from importer import reports
from importer.model import Bucket, RunRecord
from importer.reconciliation import reconcile
from importer.reports import write_reports
from importer.reports.document import json_begin, json_bytes, json_end


def test_a_large_run_has_all_rows_in_csv_and_json_and_on_the_page_those_not_taken(
    record: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "LARGE_ROWS", len(record.rows) - 1)
    paths = write_reports(record, reconcile(record), tmp_path)
    assert paths.xlsx is None
    assert paths.annotated is None
    assert len(json.loads(paths.json.read_bytes())["rows"]) == len(record.rows)
    assert paths.csv.read_bytes().count(b"\r\n") >= len(record.rows) + 1
    page = paths.page.read_text("utf-8")
    assert "too many for a page" in page
    data = page.partition('type="application/json"')[2].partition(">")[2].partition("</script>")[0]
    shown = {row[1] for row in json.loads(data)["rows"]}
    assert shown <= {str(bucket) for bucket in reports.NOT_TAKEN}
    assert str(Bucket.REJECTED) in shown


def test_json_in_parts_is_the_document(record: RunRecord) -> None:
    reconciliation = reconcile(record)
    whole = json_bytes(record, reconciliation)
    rows = whole.split(b'\n "rows": [\n')[1].split(b"\n ],\n")[0] + b"\n"
    unfinished = replace(record, rows=(), findings=(), finished_at=None, message="")
    assert json_begin(unfinished) + rows + json_end(record, reconciliation) == whole
