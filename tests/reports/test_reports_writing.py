from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import ImporterError
from importer.formulas import OWN_COLUMNS, unguard
from importer.model import Bucket, Layout, RunRecord
from importer.reconciliation import reconcile
from importer.reports import json_document, prepare_folder, write_reports
from importer.reports.document import SCHEMA_FILE, Document, json_schema
from importer.reports.lines import COLUMNS, lines_csv
from importer.reports.rejects import rejects_csv

RISKY = ("=", "+", "-", "@", "\t", "\r")


def test_all_reports_are_written_for_their_owner_only(record: RunRecord, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    paths = write_reports(record, reconcile(record), folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths)
    assert [path.name for path in paths] == [
        "report.html", "annotated.xlsx", "reconciliation.xlsx", "rejects.csv",
        "reconciliation.csv", "reconciliation.json",
    ]  # fmt: skip
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_the_same_run_gives_the_same_bytes_anywhere(record: RunRecord, tmp_path: Path) -> None:
    first = write_reports(record, reconcile(record), tmp_path / "one")
    again = write_reports(record, reconcile(record), tmp_path / "two" / "other")
    for left, right in zip(first, again, strict=True):
        assert left.read_bytes() == right.read_bytes(), left.name


def test_rejects_go_away_when_no_row_comes_back(
    make: SimpleNamespace, record: RunRecord, tmp_path: Path
) -> None:
    assert write_reports(record, reconcile(record), tmp_path).rejects is not None
    good = make.run(record.rows[0])
    assert write_reports(good, reconcile(good), tmp_path).rejects is None
    assert not (tmp_path / "rejects.csv").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ImporterError, match=r"^Reports cannot be written to .*--report-dir\.$"):
        prepare_folder(tmp_path / "file" / "reports")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_folder_is_found_before_anything_is_sent(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ImporterError, match="cannot be written"):
        prepare_folder(tmp_path)


def test_proving_the_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    prepare_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_json_keeps_the_contract_of_the_command(record: RunRecord) -> None:
    plain = json_document(record, reconcile(record), "/somewhere")
    json.dumps(plain)
    assert plain["run_id"] == "20260215-093000-4f2a"
    assert plain["source"] == {
        "file": "february.csv", "sha256": "ab" * 32, "size_bytes": 1234, "rows": 9,
    }  # fmt: skip
    assert plain["counts"]["created"] == 3
    assert plain["totals"]["created"] == "1007.60"
    assert plain["currency"] == "EUR"
    assert plain["in_balance"] is True
    assert plain["report_dir"] == "/somewhere"
    assert plain["rows"][2]["amount"] is None
    assert plain["rows"][0]["line_number"] == 20000
    assert plain["rows"][5]["earlier"]["file"] == "january.csv"
    assert set(plain["findings"][0]) == {
        "code", "severity", "row", "column", "cell", "value", "message", "remedy",
    }  # fmt: skip


@given(st.lists(st.decimals(0, 10**12, places=3) | st.just(Decimal("1E+3")), max_size=5))
def test_json_amounts_are_exact_and_plain(make: SimpleNamespace, amounts: list[Decimal]) -> None:
    rows = [make.outcome(n, Bucket.CREATED, str(amount)) for n, amount in enumerate(amounts, 2)]
    record = make.run(*rows)
    plain = json_document(record, reconcile(record), None)
    assert [Decimal(row["amount"]) for row in plain["rows"]] == amounts
    assert "E" not in "".join(row["amount"] for row in plain["rows"])
    assert Decimal(plain["received"]) == sum(amounts)


# Releases of msgspec differ in how they write descriptions and what they tell of keys.
WRITTEN_ALIKE = {
    *("$defs", "$id", "$ref", "additionalProperties", "anyOf", "enum", "format", "items"),
    *("pattern", "properties", "required", "title", "type"),
}


def _written_alike(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_written_alike(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: part for name, part in schema.items() if name in WRITTEN_ALIKE}
    for name, part in told.items():
        if name in ("$defs", "properties"):
            told[name] = {key: _written_alike(one) for key, one in part.items()}
        else:
            told[name] = _written_alike(part)
    return told


def test_the_published_schema_is_that_of_the_document() -> None:
    published = _written_alike(json.loads(SCHEMA_FILE.read_text("utf-8")))
    assert published == _written_alike(json_schema())
    row = published["$defs"]["Row"]
    assert row["properties"]["amount"]["anyOf"][0]["pattern"]
    assert "amount" in row["required"]


def test_json_files_fit_the_published_schema(record: RunRecord, tmp_path: Path) -> None:
    for one in (record, replace(record, target=None, proof=None, finished_at=None)):
        path = write_reports(one, reconcile(one), tmp_path).json
        document = msgspec.json.decode(path.read_bytes(), type=Document, strict=True)
        assert document.report_dir == "."
        assert document.counts == dict(reconcile(one).counts)


def _read(content: bytes, encoding: str = "utf-8-sig", **more: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), **more))


def test_the_table_has_a_line_for_each_row(record: RunRecord) -> None:
    table = _read(lines_csv(record.rows))
    assert tuple(table[0]) == COLUMNS
    lines = [dict(zip(COLUMNS, line, strict=True)) for line in table[1:]]
    assert [line["row"] for line in lines] == [str(row.row) for row in record.rows]
    assert Counter(line["bucket"] for line in lines) == {
        str(bucket): n for bucket, n in reconcile(record).counts.items() if n
    }
    assert lines[6]["amount"] == "-5.00"
    assert lines[5]["earlier_run"] == "20260101-1"


def test_no_text_of_the_table_is_a_formula(record: RunRecord) -> None:
    for line in _read(lines_csv(record.rows))[1:]:
        for name, cell in zip(COLUMNS, line, strict=True):
            assert name == "amount" or not cell.startswith(RISKY), (name, cell)


LAYOUTS = [
    Layout("csv", "utf-8", delimiter=",", line_end="\n"),
    Layout("csv", "utf-8", bom=True, delimiter=";", line_end="\r\n"),
    Layout("csv", "utf-8-sig", bom=True, delimiter="\t", line_end="\n"),
    Layout("csv", "cp1252", delimiter=";", line_end="\r\n"),
    Layout("csv", "utf-16", bom=True, delimiter="\t", line_end="\r\n"),
    Layout("csv", "utf-16-be", bom=True, delimiter=",", line_end="\n"),
    Layout("csv", "utf-8", delimiter="|", quote="'", line_end="\r"),
    Layout("csv", "utf-8", delimiter=",", quote="", line_end=""),
    Layout("xlsx", sheet="Payments"),
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout.encoding}{layout.bom}")
@given(cells=st.tuples(*[st.text(st.sampled_from("aé=+-@'\",;\t\n|1.€ \r"), max_size=6)] * 4))
def test_rejects_come_back_as_they_were(
    make: SimpleNamespace, layout: Layout, cells: tuple[str, ...]
) -> None:
    record = make.run(
        make.outcome(7, Bucket.REJECTED, None, cells=cells, reason="why"), layout=layout
    )
    content = rejects_csv(record)
    assert content is not None
    header, row = _parsed(content, layout)
    assert tuple(header) == (*make.header, *OWN_COLUMNS)
    assert tuple(unguard(cell) for cell in row[:4]) == cells
    assert row[4:6] == ["7", "why"]
    assert row[6] == f"sha256:{record.source.sha256[:16]}"


def _parsed(content: bytes, layout: Layout) -> Sequence[list[str]]:
    if layout.kind != "csv":
        layout = Layout("csv", "utf-8", bom=True, delimiter=",", line_end="\r\n")
    encoding = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(layout.encoding, layout.encoding)
    text = content.decode(encoding)
    assert text.startswith("\ufeff") == layout.bom
    assert text.endswith(layout.line_end or "\n")
    reader = csv.reader(
        io.StringIO(text.removeprefix("\ufeff"), newline=""),
        delimiter=layout.delimiter,
        quotechar=layout.quote or '"',
    )
    return list(reader)


def test_rejects_hold_what_can_be_corrected_and_why(record: RunRecord) -> None:
    content = rejects_csv(record)
    assert content is not None
    table = _read(content, "utf-8")
    assert [row[4] for row in table[1:]] == ["4", "5"]
    assert table[1][5].startswith("amount-text: '12,50.0' is not an amount; expected")
    assert "; Correct the cell" in table[1][5]
    assert table[2][5] == "Internal_RecordNotFound: The Customer does not exist."
    assert not any(cell.startswith(RISKY) for row in table for cell in row)


def test_rejects_of_rejects_have_the_own_columns_once(make: SimpleNamespace) -> None:
    record = make.run(
        make.outcome(2, Bucket.REJECTED, None, cells=("a", "9", "old", "b", "extra"), reason="new"),
        header=("A", *OWN_COLUMNS[:2], "B"),
        layout=Layout("csv", "utf-8", delimiter=",", sources="1" * 16),
    )
    content = rejects_csv(record)
    assert content is not None
    header, row = _read(content, "utf-8")
    assert header == ["A", "B", "", *OWN_COLUMNS]
    before = f"sha256:{'1' * 16}"
    assert row == [
        "a", "b", "extra", "2", "new", f"{before} sha256:{record.source.sha256[:16]}",
    ]  # fmt: skip


def test_letters_that_the_encoding_lacks_do_not_stop_a_report(make: SimpleNamespace) -> None:
    layout = Layout("csv", "cp1252", delimiter=";", line_end="\r\n")
    record = make.run(
        make.outcome(2, Bucket.REJECTED, None, cells=("é",), reason="… → Łódź"), layout=layout
    )
    content = rejects_csv(record)
    assert content is not None
    assert content.splitlines()[1].startswith(b"\xe9;;;;2;")
