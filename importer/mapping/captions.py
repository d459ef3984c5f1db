"""A sheet whose headers are the server's own names or captions needs no profile."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import pyarrow.compute as pc
from msgspec import convert
from msgspec.structs import replace

from importer.errors import InputProblem, NeedsInput, UsageProblem
from importer.mapping.amount_columns import Columns, amount_rule, amounts_of, as_text
from importer.mapping.columns import Cells, matches
from importer.mapping.currency_shown import currency_shown
from importer.mapping.evidence import MARKS_OF_THOUSANDS, date_formats_of
from importer.mapping.header import Header, refuse_empty, top_rows
from importer.mapping.notes import note_rules
from importer.mapping.payers import ALSO_NAMES, holds_names
from importer.mapping.payment_days import ask_for_payments, day_of_payment
from importer.mapping.sections import section_rules, texts_alone
from importer.mapping.totals import OF_TOTALS, total_rules
from importer.model import CellKind
from schemas.dates import DateFormatError, is_german
from schemas.dates import date_format as parsed_format
from schemas.profile import (
    CAPTIONS,
    AmountRule,
    ColumnRules,
    ConstantRules,
    DateRule,
    HeaderRule,
    Profile,
    SkipRule,
)
from schemas.profile_checks import many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model import Grid


def key_of(text: str) -> str:
    """Return a caption as it is compared: letters and digits only, in lower case."""
    wide = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(filter(str.isalnum, wide.casefold()))


_CAPTIONS = {
    "posting_date": "postingDate, Posting Date, Payment Date, Date, Buchungsdatum, Zahlungsdatum, "
    "Datum",
    "amount": "amount, Amount (LCY), Payment Amount, Betrag, Betrag (MW), Zahlungsbetrag",
    "credit": "Credit Amount, creditAmount, Habenbetrag",
    "debit": "Debit Amount, debitAmount, Sollbetrag",
    "customer_number": "customerNumber, Customer No., Customer Number, Customer, Account No., "
    "Account Number, Sell-to Customer No., Bill-to Customer No., Debitorennr., Debitorennummer, "
    "Debitor, Kontonr., Kontonummer, Kundennr., Kundennummer, Kunde",
    "customer_id": "customerId, Customer Id",
    "contact_id": "contactId, Contact Id",
    "document_number": "documentNumber, Document No., Document Number, Belegnr., Belegnummer",
    "external_document_number": "externalDocumentNumber, External Document No., "
    "External Document Number, Ext. Doc. No., Externe Belegnummer, Externe Belegnr.",
    "invoice_number": "appliesToInvoiceNumber, Applies-to Doc. No., Applies-to Document No., "
    "Applies-to Invoice No., Applies-to Invoice Number, Invoice No., Invoice Number, Invoice, "
    "Ausgleich mit Belegnr., Rechnungsnr., Rechnungsnummer, Rechnung",
    "invoice_id": "appliesToInvoiceId, Applies-to Invoice Id, invoiceId",
    "description": "description, Beschreibung",
    "comment": "comment, Bemerkung, Kommentar",
    "currency": "currencyCode, Currency Code, Currency, Währungscode, Waehrungscode, Währung",
    "counterparty": "customerName, Customer Name, Account Name, Debitorenname, Kundenname, Name",
    "reference": "reference, Payment Reference, Verwendungszweck, Referenz",
}


FIELD_OF = {
    key_of(caption): field
    for field, captions in _CAPTIONS.items()
    for caption in captions.split(", ")
}
"""The canonical field of each caption; `credit` and `debit` are two-column amounts."""

_PLACE = {
    key_of(caption): place
    for captions in _CAPTIONS.values()
    for place, caption in enumerate(captions.split(", "))
}
"""Where a caption stands among those of its field: of two columns, the first in the list counts."""

_GENERAL = {
    key_of(caption)
    for caption in ["Date", "Datum", "Account No.", "Account Number", "Kontonr.", "Kontonummer"]
}
"""Captions that bank exports use as well, for other things."""

_OF_BANKS = re.compile(
    "valuta|wertstellung|valuedate|saldo|^balance$|iban|^bic|bankleitzahl|^blz$|sortcode|empf[aä]|"
    "empfae|auftraggeber|beg[uü]nst|beguenst|payee|beneficiary|counterpart"
)
"""What the headers of a bank's export say, and those of the server do not."""

_NOT_PAYMENTS = {
    "documenttype": "invoice|credit memo|finance charge memo|reminder|refund|rechnung|gutschrift|"
    "zinsrechnung|mahnung|erstattung",
    "accounttype": "g/l account|vendor|bank account|fixed asset|ic partner|employee|sachkonto|"
    "kreditor|bankkonto|anlage|mitarbeiter",
}
_NOT_PAYMENTS["belegart"] = _NOT_PAYMENTS["documenttype"]
_NOT_PAYMENTS["kontoart"] = _NOT_PAYMENTS["accounttype"]
"""Columns of journals and ledgers, with the values of lines that pay nothing."""

_DIMENSION = re.compile(r"dimension\s*\.\s*(\S.*)", re.IGNORECASE)

_PAYER = {"customer_number", "customer_id", "invoice_number", "invoice_id"}

_TOTALS = (
    "total", "totals", "grand total", "sum", "gesamt", "gesamtsumme", "summe", "total:", "summe:",
)  # fmt: skip


def captions_profile(
    grid: Grid,
    *,
    date_format: str = "",
    decimal: str = "",
    positive: str = "",
    amount_column: str = "",
) -> Profile | None:
    """Return a profile for a sheet with the server's captions, None for any other file.

    Its header names a posting date, an amount, and a customer or an invoice, in any case and
    punctuation. How dates and amounts are written is decided by all values of the column.

    Args:
        grid: the file.
        date_format: the format of the dates, where the user has chosen it.
        decimal: the decimal mark, likewise.
        positive: what an amount without a minus is, likewise.
        amount_column: the name or place of the column of the amount, likewise.

    Raises:
        NeedsInput: dates, amounts, the sign or the whole file can be read in several ways.
        InputProblem: the headers are all captions, and none is of a posting date or an amount.
    """
    refuse_empty(grid)
    found = _header(grid)
    if found is None:
        _refuse_incomplete(grid)
        return None
    header, fields = found
    money = _columns(grid, header, fields, amount_column)
    others = tuple(_other_lines(money))
    dates = _date_rule(money.cells, header, fields["posting_date"], date_format)
    amount = amount_rule(
        money, decimal=decimal, positive=positive, chosen=amount_column, others=others
    )
    shown = currency_shown(money, amount)
    return Profile(
        name=CAPTIONS,
        title="the server's own names and captions",
        header=HeaderRule(columns=tuple(name for name in header.names if name.strip())),
        date=dates,
        amount=amount,
        constants=ConstantRules(currency=shown.constant),
        currencies=shown.names,
        extract=shown.extract,
        columns=_column_rules(header, fields),
        skip=(*others, *_no_payments(money, amount, dates)),
    )


def _columns(grid: Grid, header: Header, fields: dict[str, int], chosen: str) -> Columns:
    """Return the columns of payments; `chosen` is the amount's, where the user calls it."""
    _refuse_twins(grid, header, fields)
    if not chosen:
        ask_for_payments(grid.source.file, header, top_rows(grid)[: header.first], key_of)
    held = fields["posting_date"]
    fields["posting_date"] = day_of_payment(grid, header, held, key_of, _GENERAL)
    return Columns(Cells(grid, header.last + 1), header, fields, key_of)


def _no_payments(columns: Columns, amount: AmountRule, dates: DateRule) -> Iterator[SkipRule]:
    """Yield the rules for rows that pay nothing wherever they stand."""
    cells = columns.cells
    # Several rules ask for them, or none.
    amounts = cache(lambda: amounts_of(cells, amount))
    alone = cache(lambda: texts_alone(cells, amount))
    yield from total_rules(cells, columns.fields, amounts)
    yield SkipRule(words=_TOTALS, undated=True, kind="total", reason=OF_TOTALS)
    yield from section_rules(columns, alone, amounts)
    formats = tuple(map(str, many(dates.formats)))
    yield from note_rules(columns, amount, formats, alone, amounts)


def _column_rules(header: Header, fields: dict[str, int]) -> ColumnRules:
    columns: dict[str, object] = {
        field: at + 1 for field, at in fields.items() if field in ColumnRules.__struct_fields__
    }
    return convert({**columns, "dimension": _dimensions(header.names)}, ColumnRules)


def has_captions(grid: Grid) -> bool:
    """Say whether `captions_profile` may make a profile of a file, which it decides by all rows."""
    return any(_usable(row, _fields(row)) for row in top_rows(grid))


def _header(grid: Grid) -> tuple[Header, dict[str, int]] | None:
    """Return the topmost row that names what a payment needs, with the position of each field."""
    for at, row in enumerate(top_rows(grid)):
        fields = _fields(row)
        held = fields.get("customer_number")
        if held is not None and key_of(row[held]) in ALSO_NAMES and holds_names(grid, at + 1, held):
            fields.setdefault("counterparty", fields.pop("customer_number"))
        if _usable(row, fields):
            return Header(at, at, row), fields
    return None


def _usable(row: tuple[str, ...], fields: dict[str, int]) -> bool:
    return not _lacking(fields) and not _is_bank_export(row, fields)


def _fields(row: tuple[str, ...]) -> dict[str, int]:
    """Return the position of each field that a row has a caption of."""
    fields: dict[str, int] = {}
    for position, text in enumerate(row):
        field = FIELD_OF.get(key_of(text))
        held = fields.get(field) if field is not None else None
        if field is not None and (held is None or _place(text) < _place(row[held])):
            fields[field] = position
    return fields


_NEEDED = {
    "posting date": "'Posting Date'",
    "amount": "'Amount', or 'Credit Amount' and 'Debit Amount'",
    "payer": "",  # a bank's export names none, and invoices may stand in its texts
}


def _lacking(fields: dict[str, int]) -> list[str]:
    """Return what a payment needs and the captions do not have."""
    amount = "amount" in fields or {"credit", "debit"} <= fields.keys()
    has = ("posting_date" in fields, amount, bool(_PAYER & fields.keys()))
    return [name for name, found in zip(_NEEDED, has, strict=True) if not found]


def _refuse_incomplete(grid: Grid) -> None:
    """Name what a sheet of nothing but the server's captions lacks to be one of payments."""
    for row in top_rows(grid):
        missing = _lacking(fields := _fields(row))
        filled = [text.strip() for text in row if text.strip()]
        own = {key_of(text) for text in filled} - _GENERAL
        if missing in (["posting date"], ["amount"]) and len(fields) == len(filled) == len(own):
            raise InputProblem(
                f"{grid.source.file}: the header ({', '.join(map(repr, filled))}) has captions of "
                f"Business Central and no {missing[0]}. Add a column {_NEEDED[missing[0]]}.",
                "not-payments",
            )


def _dimensions(names: Iterable[str]) -> dict[str, int]:
    """Return the columns `dimension.<CODE>`, by the code as the server writes it."""
    found = ((at, _DIMENSION.fullmatch(name.strip())) for at, name in enumerate(names, 1))
    return {match[1].upper(): at for at, match in found if match}


def _place(caption: str) -> int:
    return _PLACE[key_of(caption)]


def _refuse_twins(grid: Grid, header: Header, fields: dict[str, int]) -> None:
    """Refuse two columns of one caption whose values differ: nothing says which one counts."""
    below = grid.frame.iloc[header.last + 1 :]
    for field, first in fields.items():
        for at in range(first + 1, len(header.names)):
            same = key_of(header.names[at]) == key_of(header.names[first])
            if same and not below[f"c{first}"].equals(below[f"c{at}"]):
                name = header.names[first].strip()
                raise NeedsInput(
                    f"{grid.source.file}: the columns {first + 1} and {at + 1} are both called "
                    f"{name!r}, and their values differ. Rename the one that is not the "
                    f"{field.replace('_', ' ')} of the payments, or name a profile",
                    (f"column {first + 1}", f"column {at + 1}"),
                )


def _is_bank_export(row: tuple[str, ...], fields: dict[str, int]) -> bool:
    """Return whether date and payer have general names, or columns are a bank's or unknown.

    The account number of a bank's export is the bank's, and its other columns decide what an
    amount means; it needs a profile.
    """
    payers = {key_of(row[at]) for field, at in fields.items() if field in _PAYER}
    day = key_of(row[fields["posting_date"]])
    if day in _GENERAL and payers <= _GENERAL:
        return True
    if payers <= _GENERAL and any(_OF_BANKS.search(key_of(text)) for text in row):
        return True
    general = day in _GENERAL or payers <= _GENERAL
    filled = [text for text in row if text.strip()]
    return general and 2 * (len(fields) + len(_dimensions(row))) < len(filled)


def _other_lines(columns: Columns) -> Iterator[SkipRule]:
    """Yield the rules for lines of a journal or ledger that are no customer payments.

    There is none where no cell fits: what else stands there may tell in another language.
    """
    for at in columns.called(_NOT_PAYMENTS.__contains__):
        name = columns.header.names[at].strip()
        pattern = f"(?i)^(?:{_NOT_PAYMENTS[key_of(name)]})$"
        if pc.any(matches(pc.unique(columns.cells.text(at)), pattern)).as_py():
            reason = f"its {name} is none of a customer payment"
            yield SkipRule(column=at + 1, pattern=pattern, reason=reason)


def _date_rule(cells: Cells, header: Header, position: int, chosen: str) -> DateRule:
    texts = as_text(cells, position, CellKind.DATE)
    name = header.names[position].strip()
    if chosen:
        return DateRule(column=position + 1, formats=sound_format(chosen))
    file, german = cells.grid.source.file, is_german(header.names)
    formats = date_formats_of(texts, name, file, german=german)
    return DateRule(column=position + 1, formats=formats or "%Y-%m-%d")


def sound_format(text: str) -> str:
    """Return a date format that the user has chosen.

    Raises:
        UsageProblem: it cannot be used.
    """
    try:
        return parsed_format(text).text
    except DateFormatError as error:
        raise UsageProblem(f"--date-format: {error}. Example: --date-format %d/%m/%Y") from error


def adjusted(profile: Profile, *, date_format: str = "", decimal: str = "") -> Profile:
    """Return a profile with the user's own choice of date format or decimal mark.

    Raises:
        UsageProblem: the format cannot be used.
    """
    if date_format:
        formats = sound_format(date_format)
        profile = replace(profile, date=replace(profile.date, formats=formats))
    if decimal and decimal != profile.amount.decimal:
        amount = replace(profile.amount, decimal=decimal, thousands=MARKS_OF_THOUSANDS[decimal])
        profile = replace(profile, amount=amount)
    return profile
