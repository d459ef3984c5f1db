"""The sentences of findings as patterns, by code: what is wrong, and what to do.

They are the keys of the catalogues; the stages that find the faults speak English.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CELL = "Correct the cell, or set {setting}."

SENTENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "date-required": (
            "there is no posting date; every payment needs one",
            "Enter the date.",
        ),
        "date-unreadable": (
            "{value} is not a date; expected a day of the calendar, written as {formats}",
            _CELL,
            "{value} is a number and no date; a spreadsheet shows it as {day}",
            "Give these cells a date format in the spreadsheet, and save the file again.",
        ),
        "date-implausible": (
            "{value} is not a plausible posting date; expected a year from {first} to {last}",
            "Correct the cell.",
        ),
        "date-far-ahead": (
            (
                "{value} is more than {years} years ahead of today; expected the day on which the "
                "payment was received"
            ),
            _CELL,
        ),
        "amount-required": (
            "there is no amount; every payment needs one",
            "Enter it.",
        ),
        "amount-unreadable": (
            "{value} is not an amount; expected digits with {mark} as decimal mark ({example})",
            _CELL,
        ),
        "amount-zero": (
            "{value} is zero; expected the amount that was received",
            "Correct the cell, or delete the row if nothing was paid.",
        ),
        "amount-decimals": (
            (
                "{value} has more decimals than an amount in {currency} can have; "
                "expected at most {decimals}"
            ),
            "{value} has more decimals than an amount can have; expected at most {decimals}",
            "Round it to what was paid.",
        ),
        "amount-two-sides": (
            "there is an amount in the credit and in the debit column; expected one of them",
            "Clear the wrong one.",
        ),
        "amount-sign": (
            "{value} has the opposite sign of its column or word; expected the amount without it",
            "Look at the payment (it may be a reversal) and enter it by hand.",
        ),
        "direction-unknown": (
            (
                "{value} does not say whether the amount was received or paid; "
                "expected one of {words}"
            ),
            "Correct the word, or add it to amount.received or amount.paid in the profile.",
        ),
        "reference-required": (
            "the row names neither a customer nor an invoice; one of them is needed",
            "Enter the customer number or the invoice number.",
        ),
        "too-long": (
            "{value} is too long; expected at most {limit} characters",
            "Shorten it.",
        ),
        "not-a-guid": (
            "{value} is not an id; expected 8-4-4-4-12 hexadecimal digits",
            "Correct the id, or give the number instead.",
        ),
        "control-character": (
            "{value} holds a control character; expected printable text on one line",
            "Type the text anew without it.",
        ),
        "nul-byte": (
            "the field holds a NUL byte, which no text has; the file may be damaged",
            "Export the file again.",
        ),
        "fields-beyond-header": (
            (
                "the row has {count} fields, the header names {width}; its fields may have slid, "
                "as by an amount with a {mark} that is not in quotes"
            ),
            "Put the field that holds a {mark} in quotes, or export with another delimiter.",
        ),
        "digits-lost": (
            (
                "{value} is a long number that a spreadsheet program cut short; "
                "its last digits are lost"
            ),
            "Export the file again from the bank and import it without opening it in Excel.",
            "{value} is a number of more than 15 digits; Excel keeps only 15, so the rest is lost",
            "Format the column as text in the source and enter the identifier again.",
        ),
        "letters-damaged": (
            "some bytes of this field do not fit the file's encoding and show as \ufffd",
            "Look at the text of this row; amounts and dates are not affected.",
        ),
        "quote-unclosed": (
            (
                "the closing quotation mark of this field is missing; it was read as if the quote "
                "were there, and the row has the usual number of fields"
            ),
            (
                "the closing quotation mark of this field is missing; the row does not have the "
                "usual number of fields"
            ),
            "Compare the row with the file.",
            "Correct the row in the file.",
        ),
        "quote-unopened": (
            (
                "the opening quotation mark of this field is missing; it was read as if the quote "
                "were there, and the row has the usual number of fields"
            ),
            "Compare the row with the file.",
        ),
        "not-a-number": (
            "the workbook stores {value} as a number, which it is not",
            "Type the value into the cell again.",
        ),
        "number-noise": (
            "the stored number is {raw}; Excel shows {shown}, which was taken",
            "the stored number is {raw}; it was taken as 0",
        ),
        "not-a-date": (
            "{value} is shown as a date, but there is no such day",
            "Type the date into the cell again.",
        ),
        "error-cell": (
            "the cell shows the error {value}",
            "Correct the formula, or type the value.",
        ),
        "formula-uncomputed": (
            "the cell holds a formula whose value was never computed",
            "Open the workbook in Excel and save it, so that the value is stored.",
        ),
        "text-missing": (
            "the cell points at text {number} of the workbook, which has {count}",
            "The workbook is damaged: open it, check the cell, and save it again.",
        ),
        "cell-twice": (
            "the workbook stores this cell twice, with different rows in one place",
            "Open the workbook, check the row, and save it again.",
        ),
        "customer-unknown": (
            "customer {customer} does not exist in the company; expected the number of a customer",
            "Correct the number, or create the customer first.",
        ),
        "customer-blocked": (
            "customer {customer} is blocked for all transactions",
            "Ask who blocked the customer, or book the payment elsewhere.",
        ),
        "invoice-unknown": (
            (
                "invoice {invoice} does not exist in the company; "
                "expected the number of a posted invoice"
            ),
            (
                "invoice {invoice} is not posted (status {status}) in the company; "
                "expected the number of a posted invoice"
            ),
            "Correct the number, or leave it empty to record the payment on account.",
        ),
        "invoice-of-other-customer": (
            (
                "invoice {invoice} is billed to customer {payer}, "
                "the payment names customer {customer}"
            ),
            "Correct the customer or the invoice number.",
        ),
        "paid-before-invoice": (
            "the payment is dated before its invoice {invoice} ({date}); the server refuses that",
            "Correct the date or the invoice, or leave the invoice empty and apply it later.",
        ),
        "invoice-closed": (
            (
                "nothing is open on invoice {invoice} (status {status}); "
                "posting the payment would fail"
            ),
            "Name the invoice that it pays, or leave it empty to record it on account.",
        ),
        "invoice-overpaid": (
            (
                "{amount} is more than the {open} that remains open on invoice {invoice}, as "
                "{waits} waits unposted in the journal"
            ),
            "{amount} is more than the {open} that remains open on invoice {invoice}",
            "Check the amount; what is too much stays open on the customer.",
        ),
        "invoice-partly-paid": (
            "{amount} is less than the {open} that remains open on invoice {invoice}",
            "Nothing to do where it is a part payment.",
        ),
        "column-not-sent": (
            "API {generation} has no contact of a payment; the column is not sent",
            "Nothing to do where customer or invoice are named; else use --api v1.0.",
        ),
        "currency-differs": (
            (
                "the payment is in {currency}, as its profile says, its journal line would be in "
                "{line}; the API cannot set another currency"
            ),
            (
                "the payment is in {currency}, its journal line would be in {line}; "
                "the API cannot set another currency"
            ),
            "Record it by hand, or use a journal whose balancing account is in {currency}.",
            (
                "Correct the currency in the profile, record it by hand, or use a journal whose "
                "balancing account is in {currency}."
            ),
        ),
        "currency-assumed": (
            (
                "the file names no currency; the amount would be taken as {line}, while the "
                "company's own is {local}"
            ),
            (
                "the file names only {currency} as currency; the amount would be taken as {line}, "
                "while the company's own is {local}"
            ),
            "Make sure that {amount} {line} were paid, or state the currency.",
        ),
        "invoice-in-other-currency": (
            (
                "invoice {invoice} is in {currency}, the journal line would be in {line}; "
                "posting the payment would fail"
            ),
            "Leave the invoice empty and apply the payment in Business Central.",
        ),
        "journal-unbalanced": (
            (
                "journal {journal} has no balancing account, so its lines do not balance and "
                "posting it would fail"
            ),
            (
                "Set the balancing account of the journal in Business Central before importing, "
                "or balance the lines there by hand before posting."
            ),
        ),
        "balancing-account-unusable": (
            (
                "the balancing account {account} of journal {journal} is blocked; the server "
                "would refuse every line"
            ),
            (
                "the balancing account {account} of journal {journal} does not allow direct "
                "posting; the server would refuse every line"
            ),
            "Open the account, or give the journal another one in Business Central.",
        ),
        "line-numbers-scarce": (
            (
                "journal {journal} has line numbers left for {room} lines (its highest is "
                "{highest}); the file has {count}"
            ),
            "Use another journal.",
        ),
        "balance-breaks": (
            (
                "the balance '{text}' of row {row} does not agree with that of row {other} and "
                "the amounts between them; expected {expected}"
            ),
            (
                "Compare the rows with the bank (one may be missing) and export the file again; "
                "if it is right as it is, import it with --accept-totals."
            ),
        ),
        "control-total-differs": (
            "row {row} states the {what} {value}; the rows of the file give {rows} from {start} on",
            "row {row} states the {what} {value}; the rows of the file give {rows}",
            (
                "Export the file again, whole; if it is right as it is, import it with "
                "--accept-totals."
            ),
        ),
        "control-total-unproven": (
            (
                "row {row} states the {what} {value}; the rows of the file give {rows}, without "
                "{cells} that cannot be read"
            ),
            "Correct what cannot be read, and check again.",
        ),
        "date-not-allowed": (
            "{value} is outside the allowed posting dates of the company ({first} to {last})",
            "Correct the date, or ask for the posting range to be opened.",
        ),
    }
)
