"""The table triggers of Gen. Journal Line: what setting one field does to the others."""

from __future__ import annotations

from decimal import Decimal

from importer.simulator.company import Company
from importer.simulator.errors import (
    ApiError,
    bad_request,
    dialog,
    field_error,
    no_relation,
    no_rows_in_filter,
)
from importer.simulator.tables import Customer, Invoice, Journal, Line
from importer.simulator.values import (
    BLANK_DATE,
    MAX_INT32,
    ZERO,
    ZERO_GUID,
    increment,
    round_amount,
)

TABLE = "Gen. Journal Line"
EARLIER = (
    "You are not allowed to apply and post an entry to an entry with an earlier posting date."
    "\\\\Instead, post the document of type {0} with the number {1} and then apply it to the "
    "document of type Invoice with the number {2}."
)


def describe(company: Company, line: Line) -> str:
    """The line's key as error texts write it."""
    journal = company.journals.get(line.journal_id)
    template, code = (journal.template, journal.code) if journal else ("", "")
    return (
        f"Gen. Journal Line: Journal Template Name={template}, "
        f"Journal Batch Name={code}, Line No.={line.line_number}"
    )


def must_have(company: Company, line: Line, field: str) -> ApiError:
    """`TestField` found nothing."""
    where = describe(company, line)
    return field_error(f"{field} must have a value in {where}. It cannot be zero or empty.")


# Amounts and currencies


def precision_of(company: Company, currency_code: str) -> Decimal:
    """To what a line of that currency is rounded."""
    if not currency_code:
        return company.precision
    currency = company.currencies.by_key.get(currency_code)
    return currency.amount_precision if currency else company.precision


def to_local(company: Company, amount: Decimal, currency_code: str) -> Decimal:
    """The amount in local currency; without a rate there is none."""
    if not currency_code:
        return amount
    currency = company.currencies.by_key.get(currency_code)
    rate = currency.exchange_rate if currency else None
    return round_amount(amount * rate, company.precision) if rate else ZERO


def require_rate(company: Company, line: Line) -> None:
    """A foreign currency needs an exchange rate on the posting date."""
    currency = company.currencies.by_key.get(line.currency_code)
    if currency is not None and currency.exchange_rate is None:
        day = line.posting_date if line.posting_date != BLANK_DATE else company.database.today
        raise no_rows_in_filter(
            "Currency Exchange Rate", f"Currency Code: {currency.code}, Starting Date: ..{day}"
        )


def line_currency(company: Company, line: Line) -> str:
    """The balancing bank account's currency if it has one, else the customer's."""
    if line.bal_account_type == "Bank Account":
        bank = company.banks.by_key.get(line.bal_account_number)
        if bank is not None and bank.currency_code:
            return bank.currency_code
    customer = company.customers.by_key.get(line.account_number)
    return customer.currency_code if customer and line.account_type == "Customer" else ""


def revalue(company: Company, line: Line) -> None:
    """Round the amount to the line's currency and balance the line."""
    amount = line.amount
    if amount:
        amount = line.amount = round_amount(amount, precision_of(company, line.currency_code))
    local = line.amount_lcy = to_local(company, amount, line.currency_code)
    if not line.bal_account_number:
        line.balance_lcy = local
    else:
        line.balance_lcy = ZERO if line.account_number else -local


def set_currency(company: Company, line: Line, currency_code: str) -> None:
    """Change the currency; the amount follows its precision."""
    line.currency_code = currency_code
    if currency_code:
        require_rate(company, line)
    revalue(company, line)


# Customer


def check_blocked(customer: Customer, document_type: str, verb: str = "create") -> None:
    """Refuse a blocked customer, as far as the kind of document makes it."""
    who = f"You cannot {verb} this type of document when Customer {customer.number} is blocked"
    if customer.privacy_blocked:
        raise dialog(f"{who} for privacy.")
    blocked = customer.blocked
    if blocked == "All" or (blocked == "Invoice" and document_type in ("", "Invoice")):
        raise dialog(f"{who} with type {blocked}")


def set_customer_number(company: Company, line: Line, number: str) -> None:
    """Account No.: relation, block, description, currency, default dimensions."""
    before = line.account_number
    if not number:
        line.account_number = ""
        revalue(company, line)
        return
    customer = company.customers.by_key.get(number)
    if customer is None:
        raise no_relation("Account No.", TABLE, number, "Customer")
    check_blocked(customer, line.document_type)
    if _description_is_automatic(company, before, line.description):
        line.description = customer.display_name
    line.account_number = number
    line.customer_id = customer.id
    line.dimensions = customer.default_dimensions
    set_currency(company, line, line_currency(company, line))
    check_applied_date(company, line)


def _description_is_automatic(company: Company, account_number: str, description: str) -> bool:
    if not description:
        return True
    old = company.customers.by_key.get(account_number)
    return old is not None and old.display_name == description


def set_customer_id(company: Company, line: Line, customer_id: str) -> None:
    """Customer Id: only the number follows, nothing else is validated."""
    if customer_id == ZERO_GUID:
        line.customer_id, line.account_number = ZERO_GUID, ""
        return
    customer = company.customers.get(customer_id)
    if customer is None:
        braced = "{" + customer_id.upper() + "}"
        raise no_relation("Customer Id", TABLE, braced, "Customer")
    line.customer_id, line.account_number = customer.id, customer.number


# Posting date and the applied invoice


def set_posting_date(company: Company, line: Line, day: str) -> None:
    """Posting Date: must not be blank, nor before the applied open invoice."""
    line.posting_date = day
    if day == BLANK_DATE:
        raise must_have(company, line, "Posting Date")
    if line.currency_code:
        set_currency(company, line, line.currency_code)
    check_applied_date(company, line)


def open_invoice(company: Company, line: Line) -> Invoice | None:
    """The open posted invoice of this customer that the line applies to."""
    invoice = company.posted_invoice(line.applies_to_number) if line.applies_to_number else None
    if invoice is None or not invoice.remaining or invoice.status == "Corrective":
        return None
    return invoice if invoice.bill_to_number == line.account_number else None


def check_applied_date(company: Company, line: Line) -> None:
    """A payment may not be older than the open invoice that it applies to."""
    if not line.applies_to_number:
        return
    invoice = open_invoice(company, line)
    if invoice is not None and line.posting_date < invoice.posting_date:
        raise dialog(EARLIER.format("Payment", line.document_number, invoice.number))


def invoice_by_id(company: Company, invoice_id: str) -> Invoice | None:
    """The posted invoice of that id, be it its own or the one of its former draft."""
    invoice = company.invoices.get(invoice_id)
    return invoice if invoice is not None and invoice.posted else None


# Balancing account


def set_balancing_account(company: Company, line: Line, journal: Journal) -> None:
    """Bal. Account No.: usable account, description and currency, applied date."""
    number = journal.bal_account_number
    if not number:
        return
    line.bal_account_type, line.bal_account_number = journal.bal_account_type, number
    name = balancing_name(company, journal)
    if not line.account_number:
        line.description = name
    set_currency(company, line, line_currency(company, line))
    check_applied_date(company, line)


def balancing_name(company: Company, journal: Journal) -> str:
    """The name of the journal's balancing account, which must be usable."""
    number = journal.bal_account_number
    if journal.bal_account_type == "Bank Account":
        bank = company.banks.by_key.get(number)
        if bank is None:
            raise no_relation("Bal. Account No.", TABLE, number, "Bank Account")
        if bank.blocked:
            raise must_be("Blocked", "No", "Bank Account", number)
        return bank.display_name
    account = company.accounts.by_key.get(number)
    if account is None:
        raise no_relation("Bal. Account No.", TABLE, number, "G/L Account")
    require_usable_account(account.number, account.blocked, account.direct_posting)
    return account.display_name


def require_usable_account(number: str, blocked: bool, direct_posting: bool) -> None:
    """A G/L account that users may post to."""
    if blocked:
        raise must_be("Blocked", "No", "G/L Account", number)
    if not direct_posting:
        raise must_be("Direct Posting", "Yes", "G/L Account", number)


def must_be(field: str, wanted: str, table: str, number: str) -> ApiError:
    """`TestField` found another value."""
    found = "Yes" if wanted == "No" else "No"
    return field_error(
        f"{field} must be equal to '{wanted}'  in {table}: No.={number}. "
        f"Current value is '{found}'."
    )


# A new line and its neighbours


def new_line_number(journal: Journal) -> int:
    """Highest number of the whole journal, hidden lines included, plus 10000."""
    last = journal.lines.last()
    number = (last.line_number if last else 0) + 10000
    if number > MAX_INT32:
        raise bad_request(f"The number {number} is larger than a line number can be.", "Unknown")
    return number


def initialize(
    company: Company, journal: Journal, line: Line, document_number: str, external: str
) -> None:
    """Give a cleared line its number and what it copies from its neighbour or the journal."""
    lines = journal.lines
    if not line.line_number:
        line.line_number = new_line_number(journal)
    following = lines.after(line.line_number)
    neighbour = following or lines.last()
    if neighbour is None:
        line.posting_date = company.database.today
        line.document_number = _first_document_number(company, journal)
    else:
        line.posting_date = neighbour.posting_date
        line.document_type = neighbour.document_type
        appended_balanced = following is None and not lines.balance and not neighbour.empty
        line.document_number = neighbour.document_number
        if appended_balanced or external != neighbour.external_document_number:
            line.document_number = _next_document_number(company, journal, line.document_number)
    if journal.bal_account_number:
        line.bal_account_type = journal.bal_account_type
        line.bal_account_number = journal.bal_account_number
        balancing_name(company, journal)
    line.description = ""
    if document_number:
        line.document_number = document_number


def _first_document_number(company: Company, journal: Journal) -> str:
    series = company.series.get(journal.no_series)
    return series.next_number if series else ""


def _next_document_number(company: Company, journal: Journal, number: str) -> str:
    series = company.series.get(journal.no_series)
    raised = increment(number)
    return raised if raised or series is None else series.next_number
