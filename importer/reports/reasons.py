"""Sentences that are no findings, as patterns: reasons of rows, differences, how a file was read.

They are the keys of the catalogues, like those of `importer.reports.sentences`; a pattern stands
before another that would fit its text as well.
"""

from __future__ import annotations

REASONS: tuple[str, ...] = (
    (
        "held before: run {run}, row {row} ({file}); when you have looked, --accept-held {held} "
        "sends it"
    ),
    (
        "held before: run {run}, row {row} ({file}); its line is on the server otherwise than "
        "sent; delete it there if it is wrong, and `customer-payments undo {other} --deleted "
        "{held}` frees the row"
    ),
    # So it is said in import ledgers of earlier versions.
    (
        "imported before: run {run}, row {row} ({file}), {state}; when you have looked, "
        "--accept-held {held} sends it"
    ),
    (
        "imported before: run {run}, row {row} ({file}), {state}; it waits there until `{command}` "
        "has finished that run"
    ),
    "imported before: run {run}, row {row} ({file}), {state}",
    "row {row} of this file has the same bank id and amount",
    "run {run}, row {row} ({file}) has the same bank id, yet is not this row",
    "run {run}, row {row} ({file}) has the same date, amount and customer, yet is not this row",
    (
        "run {run}, row {row} ({file}) has this place of the source, yet is not this row: it is "
        "line {line} with the amount {amount}. Undo that run, or correct the line in Business "
        "Central"
    ),
    "run {run}, row {row} ({file}) has this place of the source, yet is not this row",
    "its line was deleted by undo; import the file again to send it",
    "its line is gone from the journal; import the file again to send it",
    "given up by undo before it was sent; import the file again to send it",
    "left out at the user's wish",
    "its answer was lost; the line was found, renumbered to {line}",
    "its answer was lost; the line was found",
    "a line with this number and content was already there",
    "posted meanwhile; found in the posted entries",
    (
        "line {line} (id {id}) was edited or is not ours: {difference}. Look in the journal and in "
        "the posted entries"
    ),
    "the line with id {id} already belongs to another payment",
    (
        "line {line} (id {id}) has the same document number and may be this payment. Look in the "
        "journal"
    ),
    (
        "its answer was lost, it is not in the journal, and the posted entries cannot be read. "
        "Look there for its document number"
    ),
    (
        "document {document} was posted with this amount, and its number is not unique. Look in "
        "the posted entries whether this payment is among them"
    ),
    (
        "its answer was lost, and line {line} of this run has left the journal, which may have "
        "been posted. Look in the posted entries, and release the row with --accept-held if it "
        "is not there"
    ),
    (
        "its answer was lost, and its amount was posted since it was sent, as document {document}. "
        "Look there; if it is another payment, --accept-held sends this one"
    ),
    (
        "its answer was lost, and the posted entries cannot be searched for its amount. Look "
        "there; if the payment is not among them, --accept-held sends it"
    ),
    (
        "its answer was lost, and its journal is no longer there. Look in the posted entries, and "
        "enter the payment by hand if it is not there"
    ),
    (
        "the answer to its deletion was lost, and its amount was posted since it was sent, as "
        "document {document}"
    ),
    "the answer to its deletion was lost, and the posted entries cannot be searched for its amount",
    (
        "line number {line} is in use by a line that cannot be seen, and an earlier try of this "
        "payment has no known end. Look in the journal"
    ),
    "the server created line id {id} otherwise than sent: {difference}",
    (
        "its answer was lost, its document was posted with {amounts} (in the local currency), "
        "sent {sent}: the line was changed before posting, or it is not this payment: look in the "
        "posted entries"
    ),
    (
        "the answer to its deletion was lost, and line {line} of this run has left the journal, "
        "which may have been posted. Look in the posted entries"
    ),
    (
        "document {document} is already in the journal or in the posted entries, sent with "
        "another or a lost import ledger"
    ),
)
"""Why a row is where it is, by planning, sending and the import ledger."""

REMEDIES: tuple[str, ...] = (
    "{said}. Correct the customer or invoice named in the server's words, or create it",
    "{said}. Check the invoice: it may be paid, or belong to another customer or currency",
    "{said}. Read the server's words; correct the row or the record they name",
    "{said}. Shorten the value",
    "{said}. Correct the value",
    "{said}. Correct the id, or name the record by its number",
    ("{said}. Correct the value: it may be too long or hold characters that a number cannot have"),
    "{said}. Enter this payment in the client, or ask the partner who extended the server",
    (
        "{said}. Correct the value that the server names; if every row fails, check the API "
        "generation"
    ),
    "{said}. Fill in the value that the server names",
    "{said}. Correct the value that the server names",
    "{said}. Check that the journal was not posted, renamed or deleted meanwhile",
    "{said}. Read it again and decide on what it holds now",
    "{said}. Try again later; the journal is looked at before anything is sent again",
    "{said}. The journal is looked at before anything is sent again",
)
"""What the server said of a row that was refused or got no answer, and what to do about it."""

SKIPPED: tuple[str, ...] = (
    "the header, repeated",
    "text that belongs to row {row}",
    "a note: it has neither a date nor an amount",
    "a payment in neither direction",
    "money paid, not received",
    "its {name} is none of a customer payment",
    "{kind} row: a cell is like {pattern}",
    "{kind} row: a cell is {words}",
    "it stands below '{title}', which is no money received",
    "a total below the rows",
    "the sum of rows above it",
    "a note, not a payment",
    "a second line of the header",
    "not yet booked",
    "announced, not yet booked by the bank",
    "announced, not yet booked by the card company",
    "the bank has not booked it yet",
    "declined, cancelled or failed: no money moved",
    "the bank's sum of the turnovers",
    "the bank's closing balance",
    "an opening or closing balance",
    "a balance of the account",
    "the totals of the columns",
    "a turnover",
    "a note below the rows",
    "the payment failed",
    "the payment did not happen",
    "the charge failed",
)
"""Why a row is no payment, by the rules of mapping and of the shipped profiles."""

DIFFERENCES: tuple[str, ...] = (
    "the lines on the server were not yet counted and compared: resume does it",
    "row {row} stands in {count} buckets",
    "{rows} rows created, {lines} lines on the server",
    "{created} created, {sum} on the server",
    ("row {row}: line {line} (id {id}) is no longer in the journal, nor in the posted entries"),
    (
        "row {row}: line {line} (id {id}) is no longer in the journal, and posted entries are "
        "closed to us"
    ),
    "row {row}: line {line}: {difference}",
    "{property}: sent {sent}, found {found}",
    "line {line} (id {id}) has the same document number",
    (
        "its document was posted with {amounts} (in the local currency), sent {sent}: the line was "
        "changed before posting, or it is not this payment"
    ),
    "the answer shows no line",
    "a dimension was not written: its line has left the journal",
    "its dimension {code} {value} was not written: {said}",
)
"""Against what the proof after sending fails."""

STORY: tuple[str, ...] = (
    "Encoding {codec} with byte order mark ({why}).",
    "Encoding {codec} ({why}).",
    "Columns separated by {mark} (declared by the file).",
    "Columns separated by {mark} ({count} columns).",
    "Quotation marks are ordinary letters in this file.",
    "Quotes inside fields are escaped with a backslash.",
    "Lines end with {ends}.",
    "Row numbers count a carriage return alone as the end of a line too.",
    ("{count} merged cells: the value counts for the first cell, the others are empty."),
    ("{count} merged cells ({cells}): the value counts for the first cell, the others are empty."),
    "{count} hidden rows are read like the others (the first is {row}).",
    "{count} hidden rows are read like the others (rows {rows}).",
    "Hidden columns are read like the others.",
    "The workbook stores rows out of order; they were put in order.",
    "Dates count from 1904, as the workbook says.",
    "Sheet {sheet} was read; not read: {others}.",
    "{count} hidden sheets were not read: {sheets}.",
    "Other sheets hold the same payments once more.",
    "Column {column} holds {dates} true dates and {texts} dates as text.",
    (
        "Column {column} shows numbers with different currencies or units ({marks}); they are "
        "read as the text shown."
    ),
    (
        "The date column holds {dates} true dates and {texts} written as text: compare some of "
        "them with the source"
    ),
    "The file is an HTML page; {table} was read, and row numbers count its rows.",
    "Profile {profile} (its headers are the names of the API or captions of Business Central)",
    "Profile {profile} (recognised by its header)",
    "Profile {profile} (proposed from the file's content)",
    "Profile {profile} (named)",
    "Posting date from {columns}, written as {formats}",
    "Amount from {columns}, {mark} is the decimal mark, {meaning}",
    "plus is money received, minus money paid",
    "plus is money paid, minus money received",
    "credit is money received, debit money paid",
    "received where its word is {words}",
    "Also {fields}",
    "{field} from {columns}",
    (
        "Compared with company {company}: local currency {currency}, allowed posting dates "
        "{first} to {last}"
    ),
    (
        "Compared with company {company}: local currency {currency}, allowed posting dates not "
        "limited"
    ),
    ("Compared with company {company}: local currency {currency}, allowed posting dates {dates}"),
    "Journal {journal}: balancing account {account}, highest line number {line}",
    (
        "Not shown by the API and not compared: number series, approval requests, mandatory "
        "dimensions, posting dates of single users"
    ),
)
"""How a file was read, and with what it was compared."""

WORDS: tuple[str, ...] = (
    "posting date", "document number", "external document number", "comment", "line number",
    "description", "customer", "customer id", "invoice", "invoice id", "nothing", "amount",
    "every byte fits", "the most plausible letters",
    "the least odd letters; there is little evidence", "none", "none yet", "not limited",
    "not shown by this API", "comma", "semicolon", "tab",
    "opening balance", "closing balance", "total of money received", "total of money paid",
    "total", "number of rows", "number of payments received", "number of payments made",
    "counterparty", "counterparty account", "reference", "currency", "bank id", "own account",
    "customer number", "contact id", "invoice number", "balance",
)  # fmt: skip
"""Words that stand in fields of the patterns and are told by themselves."""
