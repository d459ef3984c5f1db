"""Validation: every fault of every row in one pass, and nothing that a plain checker misses."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.amounts import currency_decimals
from importer.mapping import map_rows
from importer.model import Bucket, Finding, Severity
from importer.validation import validate
from schemas.payment import GENERATIONS
from schemas.profile import parse_profile

COLUMNS = (
    "posting_date", "amount", "currency", "customer_number", "customer_id", "invoice_number",
    "invoice_id", "document_number", "external_document_number", "description", "comment",
)  # fmt: skip
PROFILE = parse_profile(
    f"""
[header]
columns = {list(COLUMNS)}
[date]
column = "posting_date"
formats = "%Y-%m-%d"
[amount]
column = "amount"
thousands = ","
[columns]
"""
    + "".join(f'{name} = "{name}"\n' for name in COLUMNS[2:]),
    "plain",
)
GOOD = {"posting_date": "2024-03-01", "amount": "5.00", "customer_number": "C1"}
GUID = "0a1b2c3d-0000-4000-8000-0123456789ab"


def table(grid_of, rows, **options):
    body = [[row.get(name, "") for name in COLUMNS] for row in rows]
    return map_rows(grid_of([list(COLUMNS), *body], **options), PROFILE)


def codes(result):
    return [(finding.row, finding.code, finding.column) for finding in result.findings]


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"posting_date": ""}, "date-required", "posting_date"),
        ({"posting_date": "2024-02-30"}, "date-unreadable", "posting_date"),
        ({"posting_date": "0024-02-03"}, "date-implausible", "posting_date"),
        ({"posting_date": "2101-01-01"}, "date-implausible", "posting_date"),
        ({"posting_date": "2099-01-01"}, "date-far-ahead", "posting_date"),
        ({"amount": ""}, "amount-required", "amount"),
        ({"amount": "12,50.0"}, "amount-unreadable", "amount"),
        ({"amount": "0.00"}, "amount-zero", "amount"),
        ({"amount": "1.005"}, "amount-decimals", "amount"),
        ({"amount": "1.5", "currency": "JPY"}, "amount-decimals", "amount"),
        ({"amount": "1.2345", "currency": "KWD"}, "amount-decimals", "amount"),
        ({"customer_number": ""}, "reference-required", "customer_number"),
        ({"customer_number": "C" * 21}, "too-long", "customer_number"),
        ({"document_number": "C" * 21}, "too-long", "document_number"),
        ({"invoice_number": "C" * 21}, "too-long", "invoice_number"),
        ({"external_document_number": "C" * 36}, "too-long", "external_document_number"),
        ({"description": "d" * 101}, "too-long", "description"),
        ({"description": "\U0001f600" * 51}, "too-long", "description"),
        ({"comment": "d" * 251}, "too-long", "comment"),
        ({"customer_id": "C1"}, "not-a-guid", "customer_id"),
        ({"invoice_id": GUID + "0"}, "not-a-guid", "invoice_id"),
        ({"description": "a\tb"}, "control-character", "description"),
        ({"comment": "a\u2028b"}, "control-character", "comment"),
        ({"customer_number": "C\x00"}, "control-character", "customer_number"),
    ],
)
def test_one_fault_is_one_finding(grid_of, change, code, column):
    result = validate(table(grid_of, [GOOD, GOOD | change, GOOD]))
    assert codes(result) == [(3, code, column)]
    assert [row.bucket for row in result.rows] == [None, Bucket.REJECTED, None]
    assert [payment.row for payment in result.payments] == [2, 4]
    finding = result.findings[0]
    assert result.rows[1].reason == f"{column}: {finding.message}"
    assert result.rows[1].cells[COLUMNS.index(column)] == change[column]
    assert finding.remedy
    assert not finding.message.endswith(".")


@pytest.mark.parametrize(
    "change",
    [
        {"customer_number": "", "invoice_number": "I1"},
        {"customer_number": "", "customer_id": GUID},
        {"customer_number": "", "invoice_id": "{" + GUID.upper() + "}"},
        {"amount": "1.500", "currency": "EUR"},
        {"amount": "1.500", "currency": "KWD"},
        {"amount": "7.0", "currency": "JPY"},
        {"description": "d" * 100},
        {"description": "\U0001f600" * 50},
        {"external_document_number": " " + "e" * 35 + " "},
    ],
)
def test_what_is_allowed(grid_of, change):
    result = validate(table(grid_of, [GOOD | change]))
    assert codes(result) == []
    assert len(result.payments) == 1


def test_payments_are_normalised_as_the_server_does_it(grid_of):
    zero = "00000000-0000-0000-0000-000000000000"
    row = GOOD | {"customer_number": " c1 ", "invoice_number": "inv-7", "invoice_id": zero,
                  "description": "Case kept", "amount": "1,234.5", "currency": "eur"}  # fmt: skip
    payment = validate(table(grid_of, [row])).payments[0]
    assert (payment.customer_number, payment.invoice_number, payment.invoice_id) == (
        "C1", "INV-7", "",
    )  # fmt: skip
    assert (payment.description, payment.currency) == ("Case kept", "EUR")
    assert str(payment.amount) == "1234.50"
    assert payment.posting_date == date(2024, 3, 1)


def test_lengths_follow_the_generation(grid_of):
    row = GOOD | {"description": "d" * 51, "external_document_number": "e" * 21}
    rows = table(grid_of, [row])
    assert codes(validate(rows, generation="v2.0")) == []
    assert codes(validate(rows, generation="v1.0")) == []
    for generation in ("beta", "graph"):
        assert [code for _, code, _ in codes(validate(rows, generation=generation))] == [
            "too-long", "too-long",
        ]  # fmt: skip
    assert validate(
        table(grid_of, [GOOD | {"customer_number": ""}]), require_reference=False
    ).payments


def test_only_incoming_rows_are_validated(grid_of):
    paid = {"posting_date": "nonsense", "amount": "-5"}
    result = validate(table(grid_of, [GOOD, paid]))
    assert codes(result) == []
    assert [row.bucket for row in result.rows] == [None, Bucket.SKIPPED]
    assert result.rows[1].reason == "money paid, not received"
    assert [row.amount for row in result.rows] == [Decimal("5.00"), Decimal("-5.00")]


def test_texts_that_a_template_made_are_cut_between_characters(grid_of):
    toml = """
[header]
columns = ["d", "a", "c", "t"]
[date]
column = "d"
formats = "%Y-%m-%d"
[amount]
column = "a"
[columns]
customer_number = "c"
reference = "t"
[templates]
description = "{reference}"
"""
    rows = [["d", "a", "c", "t"], ["2024-03-01", "5", "C1", "x" * 300],
            ["2024-03-01", "5", "C1", "x" + "\U0001f600" * 80]]  # fmt: skip
    result = validate(map_rows(grid_of(rows), parse_profile(toml, "cut")))
    assert result.findings == ()
    assert [p.description for p in result.payments] == ["x" * 100, "x" + "\U0001f600" * 49]


def test_what_the_reader_saw_is_said_with_its_column_and_rejects_the_row(grid_of):
    def seen(row, position, severity=Severity.ERROR):
        return Finding("error-cell", severity, row, position, "#N/A", "an error cell", "Correct it")

    findings = (seen(2, "1"), seen(3, "1", Severity.WARNING), seen(4, "99"), seen(None, ""))
    rows = table(grid_of, [GOOD | {"amount": ""}, GOOD, GOOD], findings=findings, kind="xlsx")
    result = validate(rows, grid_findings=findings)
    assert [(f.row, f.column, f.cell, f.severity) for f in result.findings] == [
        (None, "", "", Severity.ERROR),
        (2, "amount", "B2", Severity.ERROR),
        (3, "amount", "B3", Severity.WARNING),
        (4, "column 100", "CV4", Severity.WARNING),
    ]
    assert [row.bucket for row in result.rows] == [Bucket.REJECTED, None, None]
    assert result.rows[0].reason == "amount: an error cell"


def test_findings_read_as_sentences(grid_of):
    row = {"posting_date": "2024-02-30", "amount": "12,50.0", "customer_number": ""}
    texts = [finding.sentence("f.csv") for finding in validate(table(grid_of, [row])).findings]
    assert texts == [
        (
            "f.csv:2 posting_date: '2024-02-30' is not a date; expected a day of the calendar, "
            "written as 2026-02-28. Correct the cell, or set date.formats in the profile."
        ),
        (
            "f.csv:2 amount: '12,50.0' is not an amount; expected digits with '.' as decimal mark "
            "(1,234.56). Correct the cell, or set amount.decimal in the profile."
        ),
        (
            "f.csv:2 customer_number: the row names neither a customer nor an invoice; one of them "
            "is needed. Enter the customer number or the invoice number."
        ),
    ]


CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
TRIMMED = " \t\r\n\u00a0\u202f\u2009\u3000\ufeff"


def expected_codes(row, generation, *, require_reference):
    """Check one row by hand, without pandas, pyarrow or pandera."""
    values = {name: row.get(name, "").strip(TRIMMED) for name in COLUMNS}
    found = {("posting_date", code) for code in day_codes(values["posting_date"])}
    places = currency_decimals(values["currency"].upper())
    found |= {("amount", code) for code in amount_codes(values["amount"], places)}
    payers = ("customer_number", "customer_id", "invoice_number", "invoice_id")
    if require_reference and not any(values[name] for name in payers):
        found.add(("customer_number", "reference-required"))
    limits = GENERATIONS[generation].lengths
    for name in COLUMNS[3:]:
        found |= {(name, code) for code in text_codes(values[name], limits.get(name))}
    return found


def day_codes(text):
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return {"date-unreadable" if text else "date-required"}
    if not 1900 <= day.year <= 2100:
        return {"date-implausible"}
    return {"date-far-ahead"} if day.year > datetime.now(tz=UTC).year + 5 else set()


def amount_codes(text, places):
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return {"amount-unreadable" if text else "amount-required"}
    amount = Decimal(text)
    zero = {"amount-zero"} if amount == 0 else set()
    return zero | ({"amount-decimals"} if amount != round(amount, places) else set())


def text_codes(text, limit):
    found = {"control-character"} if CONTROL.search(text) else set()
    if limit is None:
        guid = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|", text)
        return found if guid else found | {"not-a-guid"}
    return found | ({"too-long"} if len(text.encode("utf-16-le")) // 2 > limit else set())


def texts(limit):
    """Generate texts around a length limit; letters whose upper case is one letter."""
    letters = st.sampled_from("abz09 -\x01\u2028\U0001f600é")
    around = st.builds(
        lambda text, size: (text * limit)[:size], st.text(letters, min_size=1, max_size=3),
        st.integers(limit - 1, limit + 1),
    )  # fmt: skip
    return st.one_of(st.just(""), st.text(letters, max_size=4), around)


ROWS = st.fixed_dictionaries(
    {
        "posting_date": st.sampled_from(
            ["2024-03-01", "", "2024-02-30", "1899-12-31", "1900-01-01", "2100-12-31", "2101-01-01"]
        ),
        "amount": st.sampled_from(["5", "0", "", "x", "1.5", "1.005", "0.0001", "1.000", "7.1234"]),
        "currency": st.sampled_from(["", "EUR", "jpy", "KWD", "CLF"]),
        "customer_number": texts(20),
        "customer_id": st.sampled_from(["", GUID, "x", GUID[:-1]]),
        "invoice_number": texts(20),
        "invoice_id": st.sampled_from(["", GUID, "\x01"]),
        "document_number": texts(20),
        "external_document_number": texts(35),
        "description": texts(100),
        "comment": texts(250),
    }
)


@settings(max_examples=60)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=12).filter(
        lambda rows: any(text.strip() for row in rows for text in row.values())
    ),
    generation=st.sampled_from(sorted(GENERATIONS)),
    require_reference=st.booleans(),
)
def test_the_schema_finds_what_a_plain_checker_finds(grid_of, rows, generation, require_reference):
    mapped = table(grid_of, rows)
    result = validate(mapped, generation=generation, require_reference=require_reference)
    found = {}
    for finding in result.findings:
        found.setdefault(finding.row, set()).add((finding.column, finding.code))
    listed = {row.row for row in result.rows}
    for at, row in enumerate(rows, start=2):
        if at not in listed:
            assert not any(value.strip() for value in row.values())
            continue
        kind = next(line.kind for line in result.rows if line.row == at)
        expected = expected_codes(row, generation, require_reference=require_reference)
        assert found.get(at, set()) == (expected if kind == "incoming" else set())
    accepted = {payment.row for payment in result.payments}
    rejected = {row.row for row in result.rows if row.bucket is Bucket.REJECTED}
    assert rejected == set(found)
    assert not accepted & rejected


def test_upper_case_is_the_servers(grid_of):
    row = GOOD | {"customer_number": "straße"}
    payment = validate(table(grid_of, [row])).payments[0]
    assert unicodedata.normalize("NFC", payment.customer_number).isupper()


@pytest.mark.parametrize(
    ("header", "lines", "faults"),
    [
        ("day,amount,text,,", ["2024-03-01,5.00,a,b,c"], []),
        ('"day","amount","text","",""', ['"2024-03-01","5.00","a","b",""'], []),
        ("day,amount,text,", ["2024-03-01,5,00,a"], [2]),  # a mark at the end names no column
        ("day,amount,text,,", ["2024-03-01,5,00,a,,"], [2]),
        ("day,amount,text", ["2024-03-01,5.00,a,b,c"], [2]),
    ],
)
def test_empty_names_that_the_header_writes_out_are_columns(
    tmp_path, grid_here, header, lines, faults
):
    path = tmp_path / "file.csv"
    path.write_text("\n".join(["a title", header, *lines]) + "\n", encoding="utf-8")
    toml = """
[header]
columns = ["day", "amount", "text"]
[date]
column = "day"
formats = "%Y-%m-%d"
[amount]
column = "amount"
"""
    grid = grid_here(path)
    valid = validate(map_rows(grid, parse_profile(toml, "p")), grid_findings=grid.findings)
    found = [one.row for one in valid.findings if one.code == "fields-beyond-header"]
    assert found == [one + 1 for one in faults]
