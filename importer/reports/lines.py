"""`reconciliation.csv`: one line per row of the source file, for machines and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from importer.formulas import guard
from importer.model import RowOutcome
from importer.reports.words import exact

COLUMNS = (
    "row",
    "bucket",
    "kind",
    "reason",
    "posting_date",
    "amount",
    "currency",
    "counterparty",
    "reference",
    "customer_number",
    "invoice_number",
    "line_number",
    "document_number",
    "external_document_number",
    "id",
    "earlier_run",
    "earlier_row",
    "earlier_id",
    "server_code",
    "correlation_id",
)


def lines_csv(rows: Iterable[RowOutcome]) -> bytes:
    """Return the rows as CSV: UTF-8 with BOM, comma, amounts with a point, no formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_line(row) for row in rows)
    return stream.getvalue().encode("utf-8-sig", errors="replace")


def _line(row: RowOutcome) -> tuple[str, ...]:
    earlier = row.earlier
    return (
        str(row.row),
        row.bucket,
        row.kind,
        guard(row.reason),
        "" if row.posting_date is None else row.posting_date.isoformat(),
        exact(row.amount),
        guard(row.currency),
        guard(row.counterparty),
        guard(row.reference),
        guard(row.customer_number),
        guard(row.invoice_number),
        "" if row.line_number is None else str(row.line_number),
        guard(row.document_number),
        guard(row.external_document_number),
        guard(row.id),
        guard(earlier.run_id) if earlier else "",
        str(earlier.row) if earlier else "",
        guard(earlier.server_id) if earlier else "",
        guard(row.server_code),
        guard(row.correlation_id),
    )
