"""frictionless `validate` with the same rules as a table schema."""

import sys
from pathlib import Path

from frictionless import Resource, Schema, system

_SCHEMA = Schema.from_descriptor(
    {
        "fields": [
            {"name": "Booking Date", "type": "date", "constraints": {"required": True}},
            {"name": "Value Date", "type": "date"},
            {"name": "Counterparty", "type": "string"},
            {"name": "Account", "type": "string"},
            {"name": "Reference", "type": "string"},
            {"name": "Amount", "type": "number", "constraints": {"required": True}},
            {"name": "Currency", "type": "string", "constraints": {"maxLength": 3}},
            {"name": "Balance", "type": "number"},
            {"name": "Customer No.", "type": "string", "constraints": {"maxLength": 20}},
            {"name": "Invoice No.", "type": "string"},
            {"name": "Status", "type": "string"},
            {"name": "Transaction Id", "type": "string", "constraints": {"maxLength": 35}},
        ]
    }
)

with system.use_context(trusted=True):
    _REPORT = Resource(Path(sys.argv[1]).as_posix(), schema=_SCHEMA).validate(limit_errors=10**9)
print(_REPORT.stats)
