"""Great Expectations on a table that pandas read: the same rules as expectations."""

import sys

import great_expectations as gx
import pandas as pd

_TABLE = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
_CONTEXT = gx.get_context(mode="ephemeral")
_BATCH = (
    _CONTEXT.data_sources.add_pandas("pandas")
    .add_dataframe_asset("payments")
    .add_batch_definition_whole_dataframe("whole")
)
_SUITE = gx.ExpectationSuite("payments")
_EXPECT = gx.expectations
for _EXPECTATION in (
    _EXPECT.ExpectColumnValuesToMatchRegex(column="Booking Date", regex=r"^\d{4}-\d\d-\d\d$"),
    _EXPECT.ExpectColumnValuesToMatchRegex(column="Amount", regex=r"^-?\d{1,18}(\.\d{1,2})?$"),
    _EXPECT.ExpectColumnValueLengthsToBeBetween(column="Currency", min_value=0, max_value=3),
    _EXPECT.ExpectColumnValueLengthsToBeBetween(column="Customer No.", min_value=1, max_value=20),
    _EXPECT.ExpectColumnValuesToBeUnique(column="Transaction Id"),
):
    _SUITE.add_expectation(_EXPECTATION)
print(_BATCH.get_batch({"dataframe": _TABLE}).validate(_SUITE).success)
