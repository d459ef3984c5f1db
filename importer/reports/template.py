"""A blank workbook for payments that is hard to fill in wrongly.

Its headers are the captions of Business Central, so that no profile is needed to read it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from importer.amounts import currency_decimals
from importer.formulas import CUSTOMERS_SHEET, GUIDE_SHEET, INVOICES_SHEET
from importer.reports.cells import put_text, settled
from importer.reports.fonts import BOLD, BOLD_WHITE
from schemas.payment import FIRST_YEAR, GENERATIONS, LAST_YEAR

ROWS: Final = 10_000
"""Rows that are prepared; below them the formats go on without the checks."""

MAX_LISTED: Final = 10_000
"""Entries of a drop-down; spreadsheets take 32,767."""

_TEXT: Final = "@"
_HEAD: Final = PatternFill("solid", fgColor="FF1F4E78")
_MISSING: Final = PatternFill("solid", bgColor="FFFFC7CE")
_LAST: Final = ROWS + 1
_MOST_MONEY: Final = 999_999_999_999


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template: caption, width, number format, what to enter."""

    caption: str
    width: float
    form: str
    hint: str


@dataclass(frozen=True, slots=True)
class Lists:
    """What the company offers to choose from: numbers and names.

    `customers` are number and name; `invoices` number, customer number, customer name and what
    remains, in words. `complete` is false where there are more than fit.
    """

    company: str = ""
    local_currency: str = ""
    customers: Sequence[tuple[str, str]] = ()
    invoices: Sequence[tuple[str, str, str, str]] = ()
    complete: bool = True
    posting_from: date | None = None
    posting_to: date | None = None


COLUMNS: Final = (
    Column("Customer No.", 16, _TEXT, "The customer who paid. May stay empty with an invoice."),
    Column("Posting Date", 14, "yyyy-mm-dd", "The day on which the money came in."),
    Column("Amount", 16, "#,##0.00", "The money received, positive."),
    Column("Currency Code", 10, _TEXT, "May stay empty; else the currency of the company."),
    Column("Applies-to Invoice No.", 22, _TEXT, "The posted invoice that is paid, if known."),
    Column("External Document No.", 24, _TEXT, "The bank's or payer's reference."),
    Column("Description", 44, _TEXT, "Stands in the journal line."),
)
_FIELDS: Final = (
    "customer_number", "posting_date", "amount", "currency", "invoice_number",
    "external_document_number", "description",
)  # fmt: skip


def template_xlsx(lists: Lists, *, generation: str, time: datetime) -> bytes:
    """Return the blank workbook.

    Args:
        lists: of the company, empty without a connection.
        generation: of the API, whose lengths are enforced.
        time: when the lists were read.
    """
    book = Workbook()
    book.properties.creator = "customer-payments"
    book.properties.created = time.replace(tzinfo=None)
    sheet: Any = book.active
    sheet.title = "Payments"
    _columns(sheet, lists)
    for validation in _validations(lists, GENERATIONS[generation].lengths):
        sheet.add_data_validation(validation)
    _missing(sheet)
    _guide(book.create_sheet(GUIDE_SHEET), lists, time)
    if lists.customers:
        rows = (row[:2] for row in lists.customers)
        _listed(book.create_sheet(CUSTOMERS_SHEET), ("Customer No.", "Name"), rows)
    if lists.invoices:
        head = ("Invoice No.", "Customer No.", "Name", "Remaining")
        _listed(book.create_sheet(INVOICES_SHEET), head, lists.invoices)
    stream = io.BytesIO()
    book.save(stream)
    return settled(stream.getvalue(), time)


def _columns(sheet: Any, lists: Lists) -> None:  # noqa: ANN401 - its stubs lack half of it
    decimals = currency_decimals(lists.local_currency)
    money = "#,##0" + (f".{'0' * decimals}" if decimals else "")
    for at, column in enumerate(COLUMNS, 1):
        head = sheet.cell(1, at, column.caption)
        head.font, head.fill = BOLD_WHITE, _HEAD
        head.alignment = Alignment(vertical="center", wrap_text=True)
        head.comment = Comment(column.hint, "customer-payments", width=240, height=70)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = column.width
        form = money if column.caption == "Amount" else column.form
        sheet.column_dimensions[letter].number_format = form
        head.number_format = "General"
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _validations(lists: Lists, lengths: Any) -> Iterable[DataValidation]:  # noqa: ANN401
    decimals = currency_decimals(lists.local_currency)
    for at, (column, field) in enumerate(zip(COLUMNS, _FIELDS, strict=True), 1):
        cell = f"{get_column_letter(at)}2"
        longest = lengths.get(field, 0)
        sheet, entries = _choice(field, lists)
        if entries:
            rule = DataValidation(
                "list", formula1=f"'{sheet}'!$A$2:$A${entries + 1}", errorStyle="warning"
            )
            rule.error = f"It was not on the sheet '{sheet}' when this workbook was made."
        elif field == "posting_date":
            rule = _date_rule(lists)
        elif field == "amount":
            right = f"AND(ISNUMBER({cell}),{cell}>0,{cell}<={_MOST_MONEY}"
            rule = DataValidation("custom", formula1=f"{right},ROUND({cell},{decimals})={cell})")
            rule.error = f"Enter a positive amount with at most {decimals} decimals."
        elif field == "currency":
            rule = _currency_rule(lists.local_currency, cell)
        else:
            rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(longest))
            rule.error = f"Enter at most {longest} characters."
        rule.errorTitle = column.caption
        rule.promptTitle, rule.prompt = column.caption, column.hint
        rule.showErrorMessage = rule.showInputMessage = rule.allowBlank = True
        rule.add(f"{cell}:{get_column_letter(at)}{_LAST}")
        yield rule


def _choice(field: str, lists: Lists) -> tuple[str, int]:
    if field == "customer_number":
        return CUSTOMERS_SHEET, len(lists.customers)
    return INVOICES_SHEET, len(lists.invoices) if field == "invoice_number" else 0


def _date_rule(lists: Lists) -> DataValidation:
    first = lists.posting_from or date(FIRST_YEAR, 1, 1)
    last = lists.posting_to or date(LAST_YEAR, 12, 31)
    days = [f"DATE({day.year},{day.month},{day.day})" for day in (first, last)]
    rule = DataValidation("date", operator="between", formula1=days[0], formula2=days[1])
    rule.error = f"Enter a date from {first} to {last}."
    return rule


def _currency_rule(local: str, cell: str) -> DataValidation:
    if local:
        rule = DataValidation("list", formula1=f'"{local}"')
        rule.error = f"Journal lines are in {local}; leave payments in another currency out."
        return rule
    rule = DataValidation("custom", formula1=f"AND(LEN({cell})=3,EXACT({cell},UPPER({cell})))")
    rule.error = "Enter a currency code such as EUR."
    return rule


def _missing(sheet: Any) -> None:  # noqa: ANN401
    """Colour what a row still lacks: date, amount, and customer or invoice."""
    begun = f"COUNTA($A2:${get_column_letter(len(COLUMNS))}2)>0"
    lacking = {
        f"A2:A{_LAST}": "ISBLANK($A2),ISBLANK($E2)",
        f"E2:E{_LAST}": "ISBLANK($A2),ISBLANK($E2)",
        f"B2:B{_LAST}": "ISBLANK($B2)",
        f"C2:C{_LAST}": "ISBLANK($C2)",
    }
    for cells, empty in lacking.items():
        formula, style = [f"AND({begun},{empty})"], DifferentialStyle(fill=_MISSING)
        rule = Rule(type="expression", formula=formula, dxf=style)
        sheet.conditional_formatting.add(cells, rule)


def _guide(sheet: Any, lists: Lists, time: datetime) -> None:  # noqa: ANN401
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 90
    lines = [(column.caption, column.hint) for column in COLUMNS]
    lines += [
        ("", ""),
        ("A row needs", "a date, an amount, and a customer or an invoice; what it lacks is red."),
        ("Money paid back", "does not belong here: enter it in Business Central by hand."),
        ("Then", "customer-payments check FILE, and customer-payments import FILE."),
    ]
    if lists.company:
        lines.append(("The lists", f"are of {lists.company}, read {time:%Y-%m-%d %H:%M} UTC."))
    if not lists.complete:
        lines.append(("", f"The company has more than the {MAX_LISTED:,} entries of a list."))
    for row, (name, text) in enumerate(lines, 1):
        put_text(sheet.cell(row, 1), name)
        put_text(sheet.cell(row, 2), text)
        sheet.cell(row, 1).font = BOLD


def _listed(sheet: Any, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:  # noqa: ANN401
    for row, cells in enumerate((head, *rows), 1):
        for at, text in enumerate(cells, 1):
            cell = sheet.cell(row, at)
            put_text(cell, text)
            cell.number_format = _TEXT
            if row == 1:
                cell.font = BOLD
    for at in range(1, len(head) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = 24
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{sheet.max_row}"
