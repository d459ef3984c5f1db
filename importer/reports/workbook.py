"""`reconciliation.xlsx`: the run for people who calculate; totals recomputed from the rows.

Dates and amounts are real ones. Every text is stored as text with the mark that keeps it text
when it is edited, so that none becomes a formula; the only formulas are those of the summary.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter

from importer.amounts import currency_decimals
from importer.model import Bucket, Finding, Reconciliation, RowOutcome, RunRecord
from importer.reports.cells import MAX_ROWS, is_risky, plain, put_text, settled
from importer.reports.fonts import BOLD
from importer.reports.language import finding_text, reason_text, say, story_text
from importer.reports.words import (
    BUCKETS,
    MEANINGS,
    currencies,
    moment,
    received_title,
    totals,
    verdict,
)

Sheet = Any  # the write-only sheet: its stubs lack half of what it has

_HEAD = PatternFill("solid", fgColor="FFE3E8EE")

_ROWS: tuple[tuple[str, float], ...] = (
    ("Row", 7),
    ("Bucket", 11),
    ("Kind", 10),
    ("Reason", 50),
    ("Posting Date", 12),
    ("Amount", 14),
    ("Currency", 9),
    ("Counterparty", 30),
    ("Reference", 44),
    ("Customer No.", 14),
    ("Invoice No.", 16),
    ("Line No.", 10),
    ("Document No.", 16),
    ("External Document No.", 22),
    ("Id", 38),
    ("Earlier Run", 24),
    ("Earlier Row", 11),
    ("Earlier Id", 38),
    ("Server Code", 26),
    ("Correlation Id", 38),
)
_PRINTED = 13
"""Columns that go on paper; ids, which nobody reads there, would make the rest too small."""

_FINDINGS: tuple[tuple[str, float], ...] = (
    ("Severity", 10),
    ("Row", 7),
    ("Column", 20),
    ("Cell", 8),
    ("Value", 24),
    ("What is wrong", 60),
    ("What to do", 60),
    ("Code", 22),
)


def workbook_xlsx(record: RunRecord, reconciliation: Reconciliation) -> bytes | None:
    """Return the workbook; None where a sheet cannot hold the rows or findings of the run."""
    if max(len(record.rows), len(record.findings)) >= MAX_ROWS:
        return None
    book = Workbook(write_only=True)
    book.properties.creator = "customer-payments"
    book.properties.created = book.properties.modified = record.started_at.replace(tzinfo=None)
    _summary(book.create_sheet("Summary"), record, reconciliation)
    _list(book.create_sheet("Rows"), _ROWS, (_row(row) for row in record.rows), len(record.rows))
    findings = (_finding(finding) for finding in record.findings)
    _list(book.create_sheet("Findings"), _FINDINGS, findings, len(record.findings))
    stream = io.BytesIO()
    book.save(stream)
    return settled(stream.getvalue(), record.started_at)


class _Sheet:
    """Cells of one sheet, each with its format."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def text(self, text: str, *, bold: bool = False) -> Any:  # noqa: ANN401 - a cell
        if not text and not bold:
            return None
        shown = plain(text)
        if not bold and not is_risky(shown):
            return shown
        cell = WriteOnlyCell(self.sheet)
        put_text(cell, text)
        if bold:
            cell.font = BOLD
        return cell

    def formatted(self, value: Any, form: str, *, bold: bool = False) -> Any:  # noqa: ANN401
        cell = WriteOnlyCell(self.sheet, value)
        cell.number_format = form
        if bold:
            cell.font = BOLD
        return cell

    def value(self, value: Any, currency: str = "") -> Any:  # noqa: ANN401 - a cell or nothing
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Decimal):
            return self.formatted(value, _amount_format(currency, value))
        if isinstance(value, date):
            return self.formatted(value, "yyyy-mm-dd")
        return value


def _amount_format(currency: str, amount: Decimal | None = None) -> str:
    exponent = amount.as_tuple().exponent if amount is not None else 0
    stated = -exponent if isinstance(exponent, int) else 0
    decimals = max(currency_decimals(currency), stated)
    return "#,##0" if not decimals else f"#,##0.{'0' * decimals}"


def _list(
    sheet: Sheet,
    columns: Sequence[tuple[str, float]],
    lines: Iterable[Sequence[Any]],
    count: int,
) -> None:
    """Write a sheet with one header, frozen and with filters, that prints on paper's width."""
    cells = _Sheet(sheet)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    for place, (_, width) in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    _print_set_up(sheet)
    sheet.print_title_rows = "1:1"
    sheet.print_area = f"A1:{get_column_letter(min(len(columns), _PRINTED))}{count + 1}"
    head = []
    for name, _ in columns:
        cell = cells.text(say(name), bold=True)
        cell.fill = _HEAD
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        head.append(cell)
    sheet.append(head)
    for line in lines:
        currency = line[6] if columns is _ROWS else ""
        sheet.append([cells.value(value, currency) for value in line])


def _print_set_up(sheet: Sheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text = "&F, &A"
    sheet.oddFooter.right.text = "&P / &N"


def _row(row: RowOutcome) -> tuple[Any, ...]:
    earlier = row.earlier
    return (
        row.row,
        str(row.bucket),
        str(row.kind),
        reason_text(row.reason),
        row.posting_date,
        row.amount,
        row.currency,
        row.counterparty,
        row.reference,
        row.customer_number,
        row.invoice_number,
        row.line_number,
        row.document_number,
        row.external_document_number,
        row.id,
        earlier.run_id if earlier else "",
        earlier.row if earlier else None,
        earlier.server_id if earlier else "",
        row.server_code,
        row.correlation_id,
    )


def _finding(finding: Finding) -> tuple[Any, ...]:
    return (
        say(str(finding.severity)),
        finding.row,
        finding.column,
        finding.cell,
        finding.value,
        finding_text(finding.code, finding.message),
        finding_text(finding.code, finding.remedy),
        finding.code,
    )


def _summary(sheet: Sheet, record: RunRecord, reconciliation: Reconciliation) -> None:
    cells = _Sheet(sheet)
    for letter, width in zip("ABCDEFGHI", (16, 12, 12, *(18,) * 6), strict=True):
        sheet.column_dimensions[letter].width = width
    _print_set_up(sheet)
    said = verdict(record, reconciliation)
    sheet.append([cells.text(said.sentence, bold=True)])
    for reason in said.reasons:
        sheet.append([cells.text(reason)])
    sheet.append([])
    _totals(cells, record, reconciliation, first=len(said.reasons) + 4)
    sheet.append([])
    for name, text in _facts(record):
        sheet.append([cells.text(say(name), bold=True), cells.text(text)])


def _totals(
    cells: _Sheet, record: RunRecord, reconciliation: Reconciliation, *, first: int
) -> None:
    """Write the control totals as the run states them and as formulas over the sheet Rows.

    Each stated column is followed by its formula; sums are of one currency each.
    """
    names, sums = currencies(reconciliation), totals(reconciliation)
    again = say("recomputed")
    titles = [title for name in names for title in (received_title(name), again)]
    head = (say("Bucket"), say("Rows"), again, *titles, say("Difference"), say("Meaning"))
    cells.sheet.append([cells.text(name, bold=True) for name in head])
    money = {name: _widest_format(name, sums) for name in names}
    for place, bucket in enumerate(BUCKETS, first):
        line = [str(bucket), reconciliation.counts[bucket], _counted(record, place)]
        for name in names:
            line.append(cells.formatted(sums[bucket, name], money[name]))
            line.append(cells.formatted(_summed(record, place, name), money[name]))
        stated = [get_column_letter(2 + 2 * n) for n in range(len(names) + 1)]
        summed = [get_column_letter(3 + 2 * n) for n in range(len(names) + 1)]
        apart = "+".join(f"ABS({a}{place}-{b}{place})" for a, b in zip(stated, summed, strict=True))
        cells.sheet.append([*line, f"=ROUND({apart},6)", say(MEANINGS[bucket])])
    end = first + len(BUCKETS) - 1
    forms = ["#,##0"] * 2 + [money[name] for name in names for _ in range(2)] + ["General"]
    letters = [get_column_letter(2 + at) for at in range(len(forms))]
    foot = [
        cells.formatted(f"=SUM({letter}{first}:{letter}{end})", form, bold=True)
        for letter, form in zip(letters, forms, strict=True)
    ]
    cells.sheet.append([cells.text(say("file"), bold=True), *foot])


def _widest_format(currency: str, sums: Mapping[tuple[Bucket, str], Decimal]) -> str:
    """Return a format that rounds no total of a currency."""
    return max((_amount_format(currency, sums[bucket, currency]) for bucket in BUCKETS), key=len)


def _column(record: RunRecord, letter: str) -> str:
    return f"Rows!${letter}$2:${letter}${len(record.rows) + 1}"


def _counted(record: RunRecord, place: int) -> str:
    return f"=COUNTIFS({_column(record, 'B')},$A{place})"


def _summed(record: RunRecord, place: int, currency: str) -> str:
    amounts, money_in = _column(record, "F"), f'{_column(record, "C")},"incoming"'
    code = currency.replace('"', '""')
    return (
        f"=SUMIFS({amounts},{_column(record, 'B')},$A{place},{money_in},"
        f'{amounts},">0",{_column(record, "G")},"={code}")'
    )


def _facts(record: RunRecord) -> Iterable[tuple[str, str]]:
    yield "Run", record.run_id
    yield "File", record.source.file
    yield "SHA-256", record.source.sha256
    yield "Profile", record.profile
    yield "Started", moment(record.started_at)
    yield "Finished", moment(record.finished_at)
    if record.target is not None:
        yield "Company", record.target.company_name
        yield "Journal", record.target.journal_code
    for note in record.understood:
        yield "Understood", story_text(note)
    yield from sorted(record.versions.items())
