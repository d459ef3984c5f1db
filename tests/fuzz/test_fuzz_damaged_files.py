"""Damaged files: a sentence, a finding or the right rows; never a crash, never another sum.

`CUSTOMER_PAYMENTS_FUZZ` is the number of damaged files of each kind, 6 where it is not set;
`CUSTOMER_PAYMENTS_FUZZ_SEED` the seed. A failure prints the seed of its file.
"""

import csv
import io
import os
import random
import zipfile
from decimal import Decimal, InvalidOperation
from pathlib import Path

import openpyxl
import pytest

from importer.errors import ImporterError
from importer.model import Bucket, Severity
from importer.pipeline.jobs import Reading
from importer.pipeline.understanding import doubts, source_rows, understand, validated

SAMPLES = Path(__file__).parents[2] / "sample_data"
FILES = int(os.environ.get("CUSTOMER_PAYMENTS_FUZZ", "6"))
SEED = int(os.environ.get("CUSTOMER_PAYMENTS_FUZZ_SEED", "1"))
SEEDS = range(SEED * 1_000_000, SEED * 1_000_000 + FILES)
NAMES = ("Nordwind Handels GmbH", "Acme; Tools", 'Bakker "en" Zonen', "Füllhorn AG", "Rio, Claro")


class Understood:
    """What became of a file: its rows, or the problem that it ended in."""

    def __init__(self, path: Path, profile: str = "") -> None:
        self.problem, self.rows, self.told = "", {}, False
        try:
            understood = understand(path, Reading(profile=profile), infer=True)
            rows = source_rows(understood)
            valid = validated(understood, "v2.0")
        except ImporterError as problem:
            self.problem = str(problem)
            assert len(self.problem) > 20
            return
        read = len(understood.grid.frame) - understood.mapped.index
        for listed in (rows, valid.rows):
            ends = [row.bucket for row in listed]
            parts = [ends.count(end) for end in (None, Bucket.SKIPPED, Bucket.REJECTED)]
            assert len(listed) == read == sum(parts)
        assert len(valid.payments) == sum(row.bucket is None for row in valid.rows)
        self.rows = {row.row: row for row in rows}
        findings = (*understood.grid.findings, *doubts(understood))
        self.told = any(one.severity is not Severity.NOTE for one in findings)

    def keeps(self, row: int, amount: Decimal) -> bool:
        """Tell whether a row has its amount, or is rejected."""
        found = self.rows.get(row)
        return found is not None and (found.amount == amount or found.bucket is Bucket.REJECTED)


def numbered(data: bytes) -> list[tuple[range, bytes]]:
    """Return the lines that end with LF, each with the numbers that it may have.

    A lone CR can end a line as well, or be a letter of a field.
    """
    lines, before = [], 0
    for row, line in enumerate(data.split(b"\n"), 1):
        before += line.removesuffix(b"\r").count(b"\r")
        lines.append((range(row, row + before + 1), line))
    return lines


def statement(rng: random.Random) -> tuple[list[bytes], dict[bytes, Decimal], bytes]:
    """Return the lines of a made-up file, the amount of each, and its delimiter."""
    delimiter, mark = rng.choice([(";", ","), (",", "."), ("\t", "."), (";", ".")])
    quoting = csv.QUOTE_ALL if rng.random() < 0.5 else csv.QUOTE_MINIMAL
    encoding = rng.choice(["utf-8", "cp1252", "utf-8-sig"])
    balance, lines, amounts = Decimal(5000), [], {}
    for number in range(-1, 20):
        fields = ["Booking date", "Name", "Purpose", "Amount", "Balance"]
        if number >= 0:
            amount = Decimal(rng.randint(-90000, 90000)).scaleb(-2) or Decimal("0.01")
            balance += amount
            money = [f"{value:.2f}".replace(".", mark) for value in (amount, balance)]
            fields = [f"{28 - number:02d}.03.2024", rng.choice(NAMES), f"ref {number}", *money]
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="").writerow(fields)
        lines.append(text.getvalue().encode("utf-8" if encoding != "cp1252" else encoding))
        if number >= 0:
            amounts[lines[-1]] = amount
    if encoding == "utf-8-sig":
        lines[0] = b"\xef\xbb\xbf" + lines[0]
    return lines, amounts, delimiter.encode()


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Change, insert, drop, double or move some bytes."""
    spoilt = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at, to = rng.randrange(len(spoilt)), rng.randrange(len(spoilt))
        some = rng.choice([b'"', b"\n", b"\r", b";", b",", b"\t", b"\0", b"-", b"\xff", b"9", b" "])
        way = rng.randrange(6)
        if way == 0:
            spoilt[at] = rng.randrange(256)
        elif way == 1:
            spoilt[at:at] = some
        elif way == 2:
            del spoilt[at : at + rng.choice([1, 1, 3, 40])]
        elif way == 3:
            spoilt[at : at + 1] = some
        elif way == 4:
            spoilt[to:to] = spoilt[at : at + rng.choice([4, 60])]
        else:
            del spoilt[max(at, len(spoilt) // 2) :]
    return bytes(spoilt)


def amount_of(line: bytes, delimiter: bytes) -> Decimal | None:
    """Read one line as a plain reader does."""
    text = line.decode("latin-1")
    fields = next(csv.reader([text], delimiter=delimiter.decode()), [])
    try:
        return Decimal(fields[3].strip().replace(",", ".")) if len(fields) == 5 else None
    except InvalidOperation:
        return None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_text_file(tmp_path, seed):
    rng = random.Random(seed)
    lines, amounts, delimiter = statement(rng)
    path = tmp_path / "damaged.csv"
    spoilt = damaged(rng, b"\n".join(lines) + b"\n")
    path.write_bytes(spoilt)
    result = Understood(path)
    if result.problem or result.told:
        return
    for numbers, line in numbered(spoilt):
        row = numbers[0]
        if line in amounts:
            assert any(result.keeps(row, amounts[line]) for row in numbers), (seed, row, line)
        elif len(numbers) == 1 and row in result.rows and result.rows[row].bucket is None:
            read = amount_of(line, delimiter)
            assert read in (None, result.rows[row].amount), (seed, row, line)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["bank-de.csv", "bank-nl.csv", "bank-us.csv"])
def test_a_damaged_sample(tmp_path, seed, name):
    rng = random.Random(seed)
    whole = (SAMPLES / name).read_bytes()
    before = Understood(SAMPLES / name)
    amounts = {
        line: before.rows[row].amount
        for row, line in enumerate(whole.split(b"\n"), 1)
        if row in before.rows and before.rows[row].amount is not None
    }
    path = tmp_path / name
    spoilt = damaged(rng, whole)
    path.write_bytes(spoilt)
    result = Understood(path)
    if result.problem or result.told:
        return
    for numbers, line in numbered(spoilt):
        if line in amounts:
            assert any(result.keeps(row, amounts[line]) for row in numbers), (seed, numbers, line)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_changed_digit_of_an_amount_is_told(tmp_path, seed):
    rng = random.Random(seed)
    lines, amounts, delimiter = statement(rng)
    at = rng.randrange(2, len(lines) - 1)  # nothing comes before the first
    fields = next(csv.reader([lines[at].decode("latin-1")], delimiter=delimiter.decode()))
    places = [place for place, letter in enumerate(fields[3]) if letter.isdigit()]
    place = rng.choice(places)
    digit = rng.choice([one for one in "0123456789" if one != fields[3][place]])
    wrong = fields[3][:place] + digit + fields[3][place + 1 :]
    changed = lines[at].replace(fields[3].encode(), wrong.encode(), 1)
    if amount_of(changed, delimiter) == amounts[lines[at]]:
        return
    path = tmp_path / "changed.csv"
    path.write_bytes(b"\n".join([*lines[:at], changed, *lines[at + 1 :]]))
    result = Understood(path)
    assert result.problem or result.told, (seed, lines[at], changed)


def workbook(rng: random.Random) -> tuple[bytes, dict[int, Decimal]]:
    """Return a made-up workbook and the amount of each of its rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Booking date", "Name", "Purpose", "Amount"])
    amounts = {}
    for number in range(20):
        amount = Decimal(rng.randint(-90000, 90000)).scaleb(-2) or Decimal("0.01")
        day = f"2024-03-{number + 1:02d}"
        sheet.append([day, rng.choice(NAMES), f"ref {number}", float(amount)])
        amounts[number + 2] = amount
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue(), amounts


def repacked(rng: random.Random, data: bytes) -> bytes:
    """Damage one part of a package, leave one out, or put one in twice."""
    source = zipfile.ZipFile(io.BytesIO(data))
    chosen = rng.choice([name for name in source.namelist() if name.endswith((".xml", ".rels"))])
    way = rng.randrange(4)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name != chosen or way == 3:
                target.writestr(name, part)
            elif way == 1:
                target.writestr(name, damaged(rng, part))
            elif way == 2:
                target.writestr(name, part[: rng.randrange(len(part))])
    return stream.getvalue()


def values_of(data: bytes) -> dict[int, Decimal] | None:
    """Return the amounts as another program reads them, None where it cannot."""
    try:
        sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
        cells = {row[0].row: row[3].value for row in sheet.iter_rows(min_row=2, max_col=4)}
        return {row: Decimal(repr(value)) for row, value in cells.items()}
    except Exception:  # noqa: BLE001 - any of its many faults
        return None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_workbook(tmp_path, seed):
    rng = random.Random(seed)
    data, amounts = workbook(rng)
    spoilt = repacked(rng, data) if rng.random() < 0.6 else damaged(rng, data)
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(spoilt)
    result = Understood(path)
    if result.problem or result.told:
        return
    expected = values_of(spoilt) or amounts
    for row, amount in expected.items():
        assert result.keeps(row, amount), (seed, row)
