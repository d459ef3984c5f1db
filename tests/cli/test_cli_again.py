"""A file that comes again, whatever was done to it: nothing is sent twice, and it is told why."""

import csv
import io
import random
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

SAMPLES = Path(__file__).parents[2] / "sample_data"

CLERK = """\
Customer No.,Posting Date,Amount,External Document No.,Description
10000,2026-02-01,1234.50,REF-1,Köln für 5 €
10000,2026-02-01,10.00,0042,Twin
10000,2026-02-01,10.00,0042,Twin
20000,2026-02-03,7.05,,"Comma, semicolon; ""quotes"" "
20000,2026-02-04,99.00,,
"""


@dataclass(frozen=True)
class Source:
    """A file as text, and how it is stored; `head` and `tail` are its rows that stay in place."""

    text: str
    delimiter: str
    encoding: str
    head: int
    tail: int
    decimal: str
    day: str

    def rows(self):
        return list(csv.reader(io.StringIO(self.text), delimiter=self.delimiter))

    def sorted_otherwise(self):
        rows = self.rows()
        end = len(rows) - self.tail
        middle = rows[self.head : end]
        random.Random(3).shuffle(middle)
        assert middle != rows[self.head : end]
        return rows[: self.head] + middle + rows[end:]

    def typed(self, cell):
        """Return a cell as a spreadsheet understands it: a date, a number, or its text."""
        try:
            return datetime.strptime(cell, self.day)  # noqa: DTZ007 - days of a sheet have no zone
        except ValueError:
            plain = cell.lstrip("$").translate({ord("." if self.decimal == "," else ","): ""})
        try:
            return float(plain.replace(self.decimal, "."))
        except ValueError:
            return cell or None


def sample(name, *how):
    encoding = how[1]
    return Source((SAMPLES / name).read_bytes().decode(encoding), *how)


SOURCES = {
    "a clerk's file": Source(CLERK, ",", "utf-8", 1, 0, ".", "%Y-%m-%d"),
    "told apart by content": sample("bank-nl.csv", ";", "utf-8", 5, 2, ",", "%Y%m%d"),
    "told apart by balance": sample("bank-de.csv", ";", "cp1252", 5, 2, ",", "%d.%m.%Y"),
    "told apart by bank id": sample("bank-us.csv", ",", "utf-8", 1, 0, ".", "%m/%d/%Y"),
}


def write(path, rows, delimiter, encoding, quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def save(path, rows, understood):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([understood(cell) for cell in row])
    book.save(path)


def variants(source, folder):
    """Write the same payments in other files."""
    folder.mkdir()
    rows, mixed = source.rows(), source.sorted_otherwise()
    how = source.delimiter, source.encoding
    write(folder / "renamed.csv", rows, *how)
    write(folder / "sorted otherwise.csv", mixed, *how)
    write(folder / "in utf-16.csv", rows, source.delimiter, "utf-16")
    other = "cp1252" if source.encoding == "utf-8" else "utf-8-sig"
    write(folder / f"in {other}.csv", rows, source.delimiter, other)
    other = "\t" if source.delimiter == ";" else ";"
    write(folder / "divided otherwise.csv", rows, other, source.encoding, csv.QUOTE_ALL)
    save(folder / "as text.xlsx", rows, str)
    save(folder / "typed, sorted otherwise.xlsx", mixed, source.typed)
    return {path.name for path in folder.iterdir()}


def created(document):
    return {row["row"]: row for row in document["rows"] if row["bucket"] == "created"}


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_payments_in_another_file_are_not_sent_again(connected, simulator, tmp_path, name):
    source = SOURCES[name]
    write(tmp_path / "first.csv", source.rows(), source.delimiter, source.encoding)
    first = connected("import", "first.csv", "--yes", "--json").document
    there = created(first)
    lines = simulator.company().payments("IMPORT")
    assert len(lines) == len(there) >= 5
    names = variants(source, tmp_path / "again")
    ended = connected("import", "again", "--yes", "--json")
    assert {run["source"]["file"] for run in ended.document["runs"]} == names
    for run in ended.document["runs"]:
        assert all_duplicates(run, first["run_id"], there), run["source"]["file"]
    assert simulator.company().payments("IMPORT") == lines


def all_duplicates(run, first, there):
    """Tell whether each payment is a duplicate that names one earlier row each, and its id."""
    duplicates = [row for row in run["rows"] if row["bucket"] == "duplicate"]
    assert run["counts"]["created"] + run["counts"]["held"] + run["counts"]["planned"] == 0
    for row in duplicates:
        earlier = row["earlier"]
        before = there[earlier["row"]]
        assert (earlier["run_id"], earlier["file"]) == (first, "first.csv")
        assert (earlier["id"], row["amount"]) == (before["id"], before["amount"])
        assert row["reason"] == (
            f"imported before: run {first}, row {earlier['row']} (first.csv, id {before['id']}),"
            " created"
        )
    return sorted(row["earlier"]["row"] for row in duplicates) == sorted(there)


PROFILE = """
identity = "row"
[header]
columns = ["Customer No.", "Posting Date", "Amount", "External Document No.", "Description"]
[date]
column = "Posting Date"
formats = ["%Y-%m-%d"]
[amount]
column = "Amount"
[columns]
customer_number = "Customer No."
external_document_number = "External Document No."
description = "Description"
"""


def test_rows_that_a_profile_tells_apart_by_place_are_held_in_another_file(
    connected, simulator, tmp_path
):
    """Only the same bytes are the same rows; what looks alike waits for a person."""
    source = SOURCES["a clerk's file"]
    (tmp_path / "own.toml").write_text(PROFILE)
    write(tmp_path / "first.csv", source.rows(), ",", "utf-8")
    write(tmp_path / "renamed.csv", source.rows(), ",", "utf-8")
    write(tmp_path / "sorted.csv", source.sorted_otherwise(), ",", "utf-8")
    first = connected("import", "first.csv", "--profile", "own.toml", "--yes", "--json").document
    there = created(first)
    assert len(there) == 5
    ended = connected(
        "import", "renamed.csv", "sorted.csv", "--profile", "own.toml", "--yes", "--json"
    )
    renamed, otherwise = ended.document["runs"]
    assert all_duplicates(renamed, first["run_id"], there)
    assert otherwise["counts"]["held"] == 5
    for row in otherwise["rows"]:
        assert row["earlier"]["id"] in row["reason"]
        assert f"run {first['run_id']}, row {row['earlier']['row']} (first.csv" in row["reason"]
    assert ended.code == 4
    assert len(simulator.company().payments("IMPORT")) == 5


def test_an_overlapping_file_sends_only_what_is_new(connected, simulator, tmp_path):
    rows = SOURCES["a clerk's file"].rows()
    write(tmp_path / "first.csv", rows[:5], ",", "utf-8")
    new = ["20000", "2026-02-06", "50.00", "", "new"]
    write(tmp_path / "next.csv", [rows[0], *rows[2:], new], ";", "utf-16")
    first = connected("import", "first.csv", "--yes", "--json").document
    ended = connected("import", "next.csv", "--yes", "--json")
    assert ended.code == 0
    buckets = {row["row"]: row["bucket"] for row in ended.document["rows"]}
    assert buckets == {
        2: "duplicate",
        3: "duplicate",
        4: "duplicate",
        5: "created",
        6: "created",
    }
    assert {row["earlier"]["id"] for row in ended.document["rows"] if row["earlier"]} < {
        row["id"] for row in first["rows"]
    }
    assert len(simulator.company().payments("IMPORT")) == 6
