"""pandera alone on `object` columns, as its guide shows it: read, convert, check."""

import sys

import pandas as pd
import pandera.pandas as pa

_SCHEMA = pa.DataFrameSchema(
    {
        "Booking Date": pa.Column(checks=pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$")),
        "Amount": pa.Column(checks=pa.Check.str_matches(r"^-?\d{1,18}(\.\d{1,2})?$")),
        "Currency": pa.Column(checks=pa.Check.str_length(0, 3)),
        "Customer No.": pa.Column(checks=pa.Check.str_length(1, 20)),
        "Transaction Id": pa.Column(checks=pa.Check.str_length(0, 35), unique=True),
    }
)

_TABLE = pd.read_csv(sys.argv[1], dtype="object", keep_default_na=False)
try:
    _SCHEMA.validate(_TABLE, lazy=True)
except pa.errors.SchemaErrors as errors:
    print(len(errors.failure_cases))
