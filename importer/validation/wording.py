"""Findings in words: where, what was found, what is expected, what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.amounts import currency_decimals
from importer.model import Finding, Kind, Severity
from schemas.payment import FIRST_YEAR, LAST_YEAR, YEARS_AHEAD
from schemas.profile import CAPTIONS
from schemas.profile_checks import many
from schemas.texts import arrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.validation.rows import Failure
    from importer.validation.validating import Column, MappedRows
    from schemas.payment import PaymentContract

FIELD_CAPTIONS = {
    "posting_date": "Posting Date",
    "amount": "Amount",
    "customer_number": "Customer No.",
    "customer_id": "Customer Id",
    "contact_id": "Contact Id",
    "invoice_number": "Applies-to Doc. No.",
    "invoice_id": "Applies-to Invoice Id",
    "document_number": "Document No.",
    "external_document_number": "External Document No.",
    "description": "Description",
    "comment": "Comment",
}
"""What a field is called where the source has no column for it."""

_DAY = date(2026, 2, 28)
"""Shows how dates are written: no part of it can be taken for another."""

_FIRST_DAY = date(1899, 12, 30)
_SERIAL = re.compile(r"([345][0-9]{4})(?:\.[0-9]+)?")
"""How spreadsheets count the days since the first, from 1982 to 2064."""

_SHOWN = 80
"""Longer values are cut in messages."""


class Wording:
    """Says what is wrong with the rows of one file."""

    def __init__(self, mapped: MappedRows, contract: PaymentContract) -> None:
        """Look up what the sentences need to know about the file."""
        self.mapped = mapped
        self.contract = contract
        self.used = {column.position for columns in mapped.columns.values() for column in columns}
        self._indexes: list[int] = []
        self._values: dict[str, dict[int, str]] = {}
        self._said: dict[tuple[str, ...], tuple[str, str]] = {}
        self.asked = mapped.profile.name == CAPTIONS

    @cached_property
    def incoming(self) -> set[int]:
        """The numbers of the incoming rows."""
        incoming = self.mapped.frame["kind"] == str(Kind.INCOMING)
        return set(self.mapped.frame["row"][incoming].tolist())

    def of_reader(self, finding: Finding) -> Finding:
        """Give a reader's finding its column's name and cell.

        An error only rejects an incoming row, and only by a column that the payment comes from.
        """
        column = None
        severity = finding.severity
        if finding.column.isdecimal():
            column = self.mapped.source("", int(finding.column))
            if severity is Severity.ERROR and int(finding.column) not in self.used:
                severity = Severity.WARNING
        if finding.row is not None and finding.row not in self.incoming:
            severity = Severity.NOTE
        return replace(
            finding,
            severity=severity,
            column=column.header if column else finding.column,
            cell=finding.cell or self.mapped.cell(column, finding.row),
        )

    def of_failures(self, failures: Sequence[Failure]) -> list[Finding]:
        """Return the findings of checks that rows do not pass."""
        self._indexes = list(dict.fromkeys(failure.index for failure in failures))
        self._values = {}
        return [self._of_failure(failure) for failure in failures]

    def _of_failure(self, failure: Failure) -> Finding:
        field = {"payer": "customer_number", "surplus": "amount"}.get(failure.field, failure.field)
        code = failure.code
        if code == "not_nullable":
            code = self._missing(field, failure.index)
        column = self._column(field, failure.index)
        value = self._value(field, failure.index)
        currency = self._at("currency", failure.index)
        said = code, field, value, currency
        if said not in self._said:
            self._said[said] = self._sentence(*said)
        message, remedy = self._said[said]
        row = int(self._at("row", failure.index))
        return Finding(
            code=code,
            severity=Severity.ERROR,
            row=row,
            column=column.header if column else FIELD_CAPTIONS[field],
            value=value,
            message=message,
            remedy=remedy,
            cell=self.mapped.cell(column, row),
        )

    def _at(self, name: str, index: int) -> str:
        # Fifty times faster than asking the frame, which counts where many rows are faulty.
        if name not in self._values:
            found = arrow(self.mapped.frame[name]).take(pa.array(self._indexes, pa.int64()))
            values = map(str, found.to_pylist())
            self._values[name] = dict(zip(self._indexes, values, strict=True))
        return self._values[name][index]

    def _missing(self, field: str, index: int) -> str:
        if field == "amount":
            fault = self._at("amount_fault", index)
            return fault or "amount-required"
        return "date-unreadable" if self._at("posting_date_text", index) else "date-required"

    def _column(self, field: str, index: int) -> Column | None:
        if field == "amount":
            return self.mapped.source(field, int(self._at("amount_position", index)))
        return self.mapped.source(field)

    def _value(self, field: str, index: int) -> str:
        name = f"{field}_text" if field in {"amount", "posting_date"} else field
        return self._at(name, index)

    def _sentence(self, code: str, field: str, value: str, currency: str) -> tuple[str, str]:
        shown = repr(value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…")
        if code.startswith("date"):
            return self._of_date(code, shown, value)
        if code.startswith(("amount", "direction")):
            return self._of_amount(code, shown, currency)
        return self._of_text(code, field, shown)

    def _of_date(self, code: str, shown: str, value: str) -> tuple[str, str]:
        formats = " or ".join(f"{_DAY:{text}}" for text in many(self.mapped.profile.date.formats))
        setting = "--date-format" if self.asked else "date.formats in the profile"
        if code == "date-required":
            return "there is no posting date; every payment needs one", "Enter the date."
        if code == "date-implausible":
            return (
                (
                    f"{shown} is not a plausible posting date; expected a year from "
                    f"{FIRST_YEAR} to {LAST_YEAR}"
                ),
                "Correct the cell.",
            )
        if code == "date-far-ahead":
            return (
                (
                    f"{shown} is more than {YEARS_AHEAD} years ahead of today; expected the day "
                    "on which the payment was received"
                ),
                f"Correct the cell, or set {setting}.",
            )
        if serial := _SERIAL.fullmatch(value):
            day = _FIRST_DAY + timedelta(days=int(serial[1]))
            return (
                f"{shown} is a number and no date; a spreadsheet shows it as {day}",
                "Give these cells a date format in the spreadsheet, and save the file again.",
            )
        return (
            f"{shown} is not a date; expected a day of the calendar, written as {formats}",
            f"Correct the cell, or set {setting}.",
        )

    def _of_amount(self, code: str, shown: str, currency: str) -> tuple[str, str]:
        rule = self.mapped.profile.amount
        decimals = currency_decimals(currency)
        money = f"an amount in {currency}" if currency else "an amount"
        mark = next(iter(many(rule.thousands)), "")
        example = f"1{mark}234{rule.decimal}56"
        setting = "--decimal" if self.asked else "amount.decimal in the profile"
        return {
            "amount-required": ("there is no amount; every payment needs one", "Enter it."),
            "amount-zero": (
                f"{shown} is zero; expected the amount that was received",
                "Correct the cell, or delete the row if nothing was paid.",
            ),
            "amount-decimals": (
                f"{shown} has more decimals than {money} can have; expected at most {decimals}",
                "Round it to what was paid.",
            ),
            "amount-two-sides": (
                "there is an amount in the credit and in the debit column; expected one of them",
                "Clear the wrong one.",
            ),
            "amount-sign": (
                (
                    f"{shown} has the opposite sign of its column or word; expected the amount "
                    "without it"
                ),
                "Look at the payment (it may be a reversal) and enter it by hand.",
            ),
            "direction-unknown": (
                (
                    f"{shown} does not say whether the amount was received or paid; expected one "
                    f"of {', '.join(repr(word) for word in (*rule.received, *rule.paid))}"
                ),
                "Correct the word, or add it to amount.received or amount.paid in the profile.",
            ),
            "amount-unreadable": (
                (
                    f"{shown} is not an amount; expected digits with '{rule.decimal}' as decimal "
                    f"mark ({example})"
                ),
                f"Correct the cell, or set {setting}.",
            ),
        }[code]

    def _of_text(self, code: str, field: str, shown: str) -> tuple[str, str]:
        limit = self.contract.lengths.get(field, 0)
        return {
            "reference-required": (
                "the row names neither a customer nor an invoice; one of them is needed",
                "Enter the customer number or the invoice number.",
            ),
            "too-long": (
                f"{shown} is too long; expected at most {limit} characters",
                "Shorten it.",
            ),
            "not-a-guid": (
                f"{shown} is not an id; expected 8-4-4-4-12 hexadecimal digits",
                "Correct the id, or give the number instead.",
            ),
            "control-character": (
                f"{shown} holds a control character; expected printable text on one line",
                "Type the text anew without it.",
            ),
        }[code]
