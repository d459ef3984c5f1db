"""Posting a journal: all checks first, then ledger entries, then the journal's aftermath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby

from importer.simulator import lines as table
from importer.simulator.company import Company
from importer.simulator.errors import dialog, field_error, no_rows_in_filter
from importer.simulator.tables import CustomerEntry, Invoice, Journal, LedgerEntry, Line
from importer.simulator.values import BLANK_DATE, ZERO, increment

NOTHING = "There is nothing to post."
PLACEHOLDER = 10000
_RECEIVED = ("Payment", "Credit Memo")
_CHARGED = ("Invoice", "Refund", "Finance Charge Memo", "Reminder")


def post_journal(company: Company, journal: Journal) -> None:
    """Turn all lines of a journal into ledger entries; raises ApiError, then nothing happened."""
    every = journal.lines.ordered()
    lines = [line for line in every if not line.empty]
    if not lines:
        raise dialog(NOTHING)
    if journal.approval_pending:
        raise dialog("You can't post while an approval request for the journal batch is open.")
    with company.database.transaction():
        for line in lines:
            _check_line(company, line)
        _check_balance(lines)
        numbers = _final_numbers(company, journal, lines)
        for line, number in zip(lines, numbers, strict=True):
            _enter(company, line, number)
        for line in reversed(every):
            company.drop_line(line)
        _aftermath(company, journal)


def _check_line(company: Company, line: Line) -> None:
    _check_date(company, line)
    if not line.document_number:
        raise table.must_have(company, line, "Document No.")
    if not line.account_number:
        raise table.must_have(company, line, "Account No.")
    if not line.amount:
        raise table.must_have(company, line, "Amount")
    if line.account_type == "Customer":
        _check_customer_line(company, line)


def _check_date(company: Company, line: Line) -> None:
    day = line.posting_date
    if day == BLANK_DATE:
        raise table.must_have(company, line, "Posting Date")
    outside = (company.allow_from and day < company.allow_from) or (
        company.allow_to and day > company.allow_to
    )
    started = [p for p in company.periods if p.starting_date <= day]
    period = max(started, key=lambda p: p.starting_date, default=None)
    if outside or (period is not None and (period.closed or period.date_locked)):
        where = table.describe(company, line)
        raise field_error(
            f"Posting Date is not within your range of allowed posting dates in {where}."
        )


def _check_customer_line(company: Company, line: Line) -> None:
    customer = company.customers.by_key.get(line.account_number)
    if customer is None:
        raise table.must_have(company, line, "Account No.")
    wrong = (line.document_type in _RECEIVED and line.amount > 0, "negative")
    if line.document_type in _CHARGED:
        wrong = (line.amount < 0, "positive")
    if wrong[0]:
        raise field_error(f"Amount must be {wrong[1]} in {table.describe(company, line)}.")
    table.check_blocked(customer, line.document_type, "post")
    if line.currency_code:
        table.require_rate(company, line)
    if line.applies_to_number:
        _open_invoice(company, line)
        table.check_applied_date(company, line)


def _open_invoice(company: Company, line: Line) -> Invoice:
    invoice = table.open_invoice(company, line)
    if invoice is None or invoice.currency_code != line.currency_code:
        raise no_rows_in_filter(
            "Cust. Ledger Entry",
            f"Document Type: Invoice, Document No.: {line.applies_to_number}, "
            f"Customer No.: {line.account_number}, Open: Yes",
        )
    return invoice


def _check_balance(lines: Sequence[Line]) -> None:
    """Every document must balance, and so must the whole."""
    by_document: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = line.posting_date, line.document_number
        by_document[key] = by_document.get(key, ZERO) + line.balance_lcy
    for (_, number), balance in by_document.items():
        if balance:
            raise dialog(
                f"Document No. {number} is out of balance by {balance}. Please check that Posting "
                "Date, Document Type, Document No. and Amount are correct for each line."
            )


def _final_numbers(company: Company, journal: Journal, lines: Sequence[Line]) -> list[str]:
    """The document numbers as posted: checked against, or replaced from, a number series."""
    numbers: list[str] = []
    for number, document in groupby(lines, key=lambda line: line.document_number):
        count = len(list(document))
        if journal.posting_no_series:
            final = _take_number(company, journal.posting_no_series)
        else:
            final = number
            if journal.no_series:
                _use_number(company, journal.no_series, number)
        numbers += [final] * count
    return numbers


def _take_number(company: Company, code: str) -> str:
    series = company.series[code]
    number = series.next_number
    company.database.undo_with(lambda: setattr(series, "next_number", number))
    series.next_number = increment(number)
    return number


def _use_number(company: Company, code: str, number: str) -> None:
    series = company.series[code]
    if number == series.next_number:
        _take_number(company, code)
    elif not series.manual:
        raise dialog(
            "You may not enter numbers manually. If you want to enter numbers manually, please "
            f"activate Manual Nos. in No. Series {code}."
        )


def _enter(company: Company, line: Line, number: str) -> None:
    account = line.account_number
    if line.account_type == "Customer":
        account = company.receivables_account
        _enter_customer(company, line, number)
    _enter_ledger(company, line, number, account, line.amount_lcy)
    if line.bal_account_number:
        _enter_ledger(company, line, number, line.bal_account_number, -line.amount_lcy)


def _enter_ledger(company: Company, line: Line, number: str, account: str, amount: Decimal) -> None:
    company.ledger.append(
        LedgerEntry(
            **company.database.stamp(),
            entry_number=company.next_entry_number(),
            posting_date=line.posting_date,
            document_type=line.document_type,
            document_number=number,
            account_number=account,
            description=line.description,
            amount=amount,
        )
    )
    company.database.undo_with(company.ledger.pop)


def _enter_customer(company: Company, line: Line, number: str) -> None:
    remaining = _apply(company, line) if line.applies_to_number else line.amount
    company.customer_ledger.append(
        CustomerEntry(
            **company.database.stamp(),
            entry_number=company.next_entry_number(),
            posting_date=line.posting_date,
            document_type=line.document_type,
            document_number=number,
            external_document_number=line.external_document_number,
            customer_number=line.account_number,
            description=line.description,
            currency_code=line.currency_code,
            amount=line.amount,
            amount_lcy=line.amount_lcy,
            remaining=remaining,
        )
    )
    company.database.undo_with(company.customer_ledger.pop)


def _apply(company: Company, line: Line) -> Decimal:
    """Settle the invoice as far as the amount reaches; what is left stays on the payment."""
    # Read again: an earlier line of the same journal may have closed the invoice.
    invoice = _open_invoice(company, line)
    applied = min(invoice.remaining, -line.amount)
    rest = invoice.remaining - applied
    status = invoice.status if rest else "Paid"
    company.invoices.put(company.database.touched(invoice, remaining=rest, status=status))
    entry = company.invoice_entries.get(invoice.number)
    if entry is not None:
        _settle(company, entry, rest)
    return line.amount + applied


def _settle(company: Company, entry: CustomerEntry, remaining: Decimal) -> None:
    before = entry.remaining
    company.database.undo_with(lambda: setattr(entry, "remaining", before))
    entry.remaining = remaining


def _aftermath(company: Company, journal: Journal) -> None:
    template = company.templates.get(journal.template)
    if template is not None and template.increment_batch_name:
        raised = increment(journal.code)
        if raised and (journal.template, raised) not in company.journal_codes:
            fresh = {**company.database.stamp(), "code": raised, "lines": type(journal.lines)()}
            company.drop_journal(journal)
            journal = company.put_journal(replace(journal, **fresh))
    if not journal.no_series:
        # Left for the next user of the client; `customerPayments` does not show it.
        blank = Line(**company.database.stamp(), journal_id=journal.id, line_number=PLACEHOLDER)
        blank.account_type = "G/L Account"
        company.put_line(blank)
