"""The process that writes the workbooks: the same bytes as here, and never needed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from importer.model import Bucket, Layout, RunRecord
from importer.reconciliation import reconcile
from importer.reports import SMALL_BYTES, ahead
from importer.reports.apart import Workbooks, workbooks
from importer.reports.language import speaking


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_writes_what_would_be_written_here(record: RunRecord, language: str) -> None:
    proof = reconcile(record)
    with speaking(language):
        here = workbooks(record, proof, None)
        with Workbooks() as started:
            assert workbooks(record, proof, None, started) == here
    assert None not in here


def test_what_is_not_due_is_not_written(make: SimpleNamespace) -> None:
    record = make.run(make.outcome(2, Bucket.CREATED, "1"))
    with Workbooks() as started:
        own, annotated = workbooks(record, reconcile(record), None, started)
    assert own is not None
    assert annotated is None


@pytest.mark.parametrize("source", [None, b"PK no workbook"])
def test_what_a_dead_process_leaves_out_is_written_here(
    record: RunRecord, source: bytes | None
) -> None:
    expected = workbooks(record, reconcile(record), None)
    with Workbooks() as started:
        started._process.kill()
        started._process.wait()
        assert workbooks(record, reconcile(record), source, started) == expected


def test_what_cannot_be_opened_leaves_the_other_workbook(make: SimpleNamespace) -> None:
    row = make.outcome(2, Bucket.REJECTED, None, cells=("a",), reason="no")
    record = make.run(row, layout=Layout("xlsx", sheet="S"))
    expected = workbooks(record, reconcile(record), None)
    with Workbooks() as started:
        assert workbooks(record, reconcile(record), b"PK no workbook", started) == expected


def test_it_is_started_ahead_for_small_files_and_ends_with_them(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as stream:
        stream.truncate(SMALL_BYTES + 1)
    for path in (large, tmp_path / "none.csv"):
        with ahead(path) as started:
            assert started is None
    with ahead(Path(__file__)) as started:
        assert started is not None
        assert started._process.poll() is None
    assert started._process.returncode is not None
