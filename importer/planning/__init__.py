"""Identity, duplicates, near-twins, line and document numbers: pure, look-ups passed in.

`fingerprints` is taken of payments as the file states them, before customers and invoices are
matched, so that what a company's master data says does not change what a row is.
"""

from importer.numbering import (
    DOCUMENT_PREFIX,
    document_number,
    is_own_document,
    line_numbers,
)
from importer.planning.changing import held_where_changed
from importer.planning.deciding import History, plan
from importer.planning.identity import company_key, fingerprints
from importer.planning.payload import payload
from importer.planning.siblings import siblings

__all__ = [
    "DOCUMENT_PREFIX",
    "History",
    "company_key",
    "document_number",
    "fingerprints",
    "held_where_changed",
    "is_own_document",
    "line_numbers",
    "payload",
    "plan",
    "siblings",
]
