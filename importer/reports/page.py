"""`report.html`: one page that explains a run, with everything it needs inside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from importer.model import Reconciliation, RowOutcome, RunRecord
from importer.reports.annotated import is_due as annotated_is_due
from importer.reports.causes import causes
from importer.reports.compiled import CompiledTemplate
from importer.reports.days import days
from importer.reports.flow import flow
from importer.reports.language import (
    finding_text,
    mark,
    marks,
    reason_text,
    say,
    spoken,
    story_text,
)
from importer.reports.rejects import returning
from importer.reports.words import (
    BUCKETS,
    MEANINGS,
    bucket_label,
    count,
    currencies,
    exact,
    moment,
    money,
    received_title,
    totals,
    verdict,
    whole,
)

FIELDS = (
    "Row", "Bucket", "Date", "Amount", "Currency", "Counterparty", "Reason", "Reference",
    "Customer", "Invoice", "Line no.", "Document no.", "Kind", "External document no.", "Id",
    "Earlier row", "Earlier id", "Server code", "Correlation id",
)  # fmt: skip
"""What `_row` holds; the first twelve are the columns of the table."""

_SCRIPT = {
    "cells": "Source cells",
    "findings": "Findings",
    "payment": "Payment",
    "line": "Journal line",
    "earlier": "Earlier payment",
    "server": "Server",
    "column": "column",
    "trail": "Trail of row",
    "row": "Row",
    "of": "{shown} of {all} rows",
    "printed": "The first {shown} of {all} rows; reconciliation.csv has all of them.",
}
"""What the script says."""

STATIC_ROWS = 500
"""Rows that the page shows without its script."""

MAX_PLACES = 50
"""Places that are listed under one cause; the table of rows has all of them."""

_HERE, _TEMPLATE = Path(__file__).parent, "page.html.j2"


def page_html(record: RunRecord, reconciliation: Reconciliation) -> bytes:
    """Return the page as UTF-8; every text of the file is escaped, nothing is loaded."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        bytecode_cache=CompiledTemplate(_HERE / _TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        money=money, moment=moment, received_title=received_title, count=count, exact=exact,
        whole=whole, label=bucket_label, reason=reason_text,
    )  # fmt: skip
    environment.globals.update(_=say, mark=mark, bold=_bold, link=_link)
    page = environment.get_template(_TEMPLATE).render(_values(record, reconciliation))
    return page.encode("utf-8", errors="replace")


def _values(record: RunRecord, reconciliation: Reconciliation) -> Mapping[str, Any]:
    style = (_HERE / "page.css").read_text("utf-8")
    script = (_HERE / "page.js").read_text("utf-8")
    notes = dict.fromkeys(map(story_text, (*record.understood, *record.layout.notes)))
    return {
        "record": record,
        "reconciliation": reconciliation,
        "verdict": verdict(record, reconciliation),
        "currencies": currencies(reconciliation),
        "totals": totals(reconciliation),
        "none_received": Decimal(0),
        "buckets": [bucket for bucket in BUCKETS if reconciliation.counts[bucket]],
        "meanings": MEANINGS,
        "causes": causes(record),
        "annotated": annotated_is_due(record) and len(record.rows) == reconciliation.rows,
        "rejects": len(returning(record)),
        "max_places": MAX_PLACES,
        "flow": flow(reconciliation),
        "days": days(record, reconciliation),
        "notes": list(notes),
        "rows": record.rows[:STATIC_ROWS],
        "versions": sorted(record.versions.items()),
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "data": _data(record),
        "language": spoken(),
        "fields": [say(field) for field in FIELDS],
    }


def _bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)


def _link(file: str) -> Markup:
    return Markup('<a href="{0}">{0}</a>').format(file)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _data(record: RunRecord) -> Markup:
    """Return all rows as JSON that cannot end the script element it stands in."""
    findings: dict[int, list[tuple[str, str]]] = {}
    for finding in record.findings:
        if finding.row is not None:
            name = f"{say(str(finding.severity))} {finding.column}".rstrip()
            parts = (finding_text(finding.code, t) for t in (finding.message, finding.remedy))
            said = (name, ". ".join(filter(None, parts)))
            findings.setdefault(finding.row, []).append(said)
    data = {
        "language": spoken(),
        "marks": marks(),
        "fields": [say(field) for field in FIELDS],
        "buckets": {bucket: bucket_label(bucket) for bucket in BUCKETS},
        "words": {name: say(text) for name, text in _SCRIPT.items()},
        "sheet": record.layout.kind != "csv",
        "header": record.header,
        "findings": findings,
        "rows": [_row(row) for row in record.rows],
    }
    text = msgspec.json.encode(data).decode()
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - no character left that HTML gives a meaning to


def _row(row: RowOutcome) -> list[Any]:
    """Return a row in the order of `FIELDS`."""
    earlier = row.earlier
    return [
        row.row,
        row.bucket,
        "" if row.posting_date is None else row.posting_date.isoformat(),
        exact(row.amount),
        row.currency,
        row.counterparty,
        reason_text(row.reason),
        row.reference,
        row.customer_number,
        row.invoice_number,
        row.line_number,
        row.document_number,
        say(row.kind),
        row.external_document_number,
        row.id,
        say("{file}, row {row}", file=earlier.file or earlier.run_id, row=earlier.row)
        if earlier
        else "",
        earlier.server_id if earlier else "",
        row.server_code,
        row.correlation_id,
        row.cells,
    ]
