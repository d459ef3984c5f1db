"""The data contract of a payment: its properties and lengths in each generation of the API.

The facts are those of the server: order of the page's own properties, what it stores in which
length, which fields are Code (upper-cased and trimmed) and which are text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pandera.pandas import Check, Column, DataFrameSchema

GUID = r"^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
"""How an id looks; the all-zero one means none."""

ZERO_GUID = "00000000-0000-0000-0000-000000000000"

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""The years that a posting date can plausibly have."""

CODE_FIELDS = (
    "customer_number",
    "document_number",
    "external_document_number",
    "invoice_number",
)
"""Fields that the server upper-cases and trims."""

YEARS_AHEAD = 5
"""A posting date in a later year than so many ahead is misread or mistyped: nobody has paid yet.

Within it a clock that is somewhat wrong rejects nothing.
"""

GUID_FIELDS = ("customer_id", "invoice_id")

TEXT_FIELDS = ("contact_id", "description", "comment")


@dataclass(frozen=True, slots=True)
class PaymentContract:
    """What one generation of the API accepts of a payment.

    `properties` maps our field to the server's property, in the order in which the page handles
    them; `lengths` holds the longest text of a field in UTF-16 units.
    """

    generation: str
    properties: Mapping[str, str]
    lengths: Mapping[str, int]


_PROPERTIES = {
    "line_number": "lineNumber",
    "customer_id": "customerId",
    "customer_number": "customerNumber",
    "contact_id": "contactId",
    "posting_date": "postingDate",
    "document_number": "documentNumber",
    "external_document_number": "externalDocumentNumber",
    "amount": "amount",
    "invoice_id": "appliesToInvoiceId",
    "invoice_number": "appliesToInvoiceNumber",
    "description": "description",
    "comment": "comment",
}

_LENGTHS = {
    "customer_number": 20,
    "contact_id": 250,
    "document_number": 20,
    "external_document_number": 35,
    "invoice_number": 20,
    "description": 100,
    "comment": 250,
}

_DOCUMENTED_FIRST = {"external_document_number": 20, "description": 50}
"""What the first generations promise; less than the server stores today."""


def _contract(
    generation: str, *, contact: bool, lengths: Mapping[str, int] = MappingProxyType({})
) -> PaymentContract:
    properties = {
        field: name for field, name in _PROPERTIES.items() if contact or field != "contact_id"
    }
    limits = {field: n for field, n in {**_LENGTHS, **lengths}.items() if field in properties}
    return PaymentContract(generation, MappingProxyType(properties), MappingProxyType(limits))


GENERATIONS: Mapping[str, PaymentContract] = MappingProxyType(
    {
        "v2.0": _contract("v2.0", contact=False),
        "v1.0": _contract("v1.0", contact=True),
        "beta": _contract("beta", contact=True, lengths=_DOCUMENTED_FIRST),
        "graph": _contract("graph", contact=True, lengths=_DOCUMENTED_FIRST),
    }
)
"""The generations by the name that `--api` takes."""

ASTRAL = r"[\x{10000}-\x{10FFFF}]"
"""Characters that count twice in the server's lengths."""

CONTROL = r"[\x00-\x1f\x7f\x{80}-\x{9f}\x{2028}\x{2029}]"
"""Characters that no field of a payment may hold."""

_OF_CONTROL = b"\x7f\xc2\xe2"
"""The bytes with which those of them begin that are not below 32."""


def payment_schema(generation: str, *, require_reference: bool = True) -> DataFrameSchema:
    """Return the pandera schema of payment rows, on Arrow-backed columns.

    The frame has `posting_date` (date32), `amount` (decimal), the text fields of
    `GENERATIONS[generation].properties`, `""` where there is none, and the columns of `derived`.
    Each check is named by the code of its finding, and asks one column alone.

    Args:
        generation: a key of `GENERATIONS`.
        require_reference: whether a row must name a customer or an invoice.
    """
    import pandas as pd
    import pyarrow as pa
    from pandera.pandas import Column, DataFrameSchema

    contract = GENERATIONS[generation]
    columns = {
        "posting_date": Column(
            pd.ArrowDtype(pa.date32()),
            [_check("date-implausible", _plausible), _check("date-far-ahead", _not_far_ahead)],
            nullable=False,
        ),
        "amount": Column(None, _check("amount-zero", lambda amounts: amounts != 0)),
        "surplus": Column(None, _check("amount-decimals", _is_zero), nullable=True),
    }
    for field in (*CODE_FIELDS, *GUID_FIELDS, *TEXT_FIELDS):
        if field in contract.properties:
            columns[field] = _text_column(field, contract.lengths.get(field))
    if require_reference:
        columns["payer"] = Column(None, _check("reference-required", lambda names: names != ""))
    return DataFrameSchema(columns, ordered=False)


def _check(code: str, holds: Callable[[pd.Series], pd.Series | bool]) -> Check:
    from pandera.pandas import Check

    return Check(holds, name=code, ignore_na=True)


def _text_column(field: str, limit: int | None) -> Column:
    import pandas as pd
    import pyarrow as pa
    from pandera.pandas import Column

    checks = [_check("control-character", _printable)]
    if limit is not None:
        checks.append(_check("too-long", lambda texts: _within(texts, limit)))
    if field in GUID_FIELDS:
        checks.append(_check("not-a-guid", _guids))
    return Column(pd.ArrowDtype(pa.string()), checks)


def _printable(texts: pd.Series) -> pd.Series | bool:
    from schemas.texts import arrow, may_hold

    return not may_hold(arrow(texts), _OF_CONTROL, below=32) or ~texts.str.contains(CONTROL)


def _within(texts: pd.Series, limit: int) -> pd.Series | bool:
    """Compare the lengths of texts as the server counts them, in UTF-16 units."""
    from schemas.texts import arrow, longest

    return longest(arrow(texts)) <= limit or texts.str.len() + texts.str.count(ASTRAL) <= limit


def _guids(texts: pd.Series) -> pd.Series | bool:
    from schemas.texts import arrow, longest

    return longest(arrow(texts)) == 0 or (texts == "") | texts.str.contains(GUID)


def _plausible(days: pd.Series) -> pd.Series | bool:
    import pyarrow.compute as pc

    from schemas.texts import arrow

    first, last = pc.min_max(arrow(days)).as_py().values()
    if first is None or FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
        return True
    years: pd.Series = days.dt.year
    return years.between(FIRST_YEAR, LAST_YEAR)


def _not_far_ahead(days: pd.Series) -> pd.Series | bool:
    import pyarrow.compute as pc

    from schemas.texts import arrow

    latest, last = latest_year(), pc.max(arrow(days)).as_py()
    if last is None or last.year <= latest:
        return True
    years: pd.Series = days.dt.year
    return ~years.between(latest + 1, LAST_YEAR)


def latest_year() -> int:
    """Return the last year in which a payment can have been received, by a generous measure."""
    return datetime.now(tz=UTC).year + YEARS_AHEAD


def _is_zero(amounts: pd.Series) -> pd.Series:
    return amounts.eq(0)


def derived(
    columns: Mapping[str, pa.Array], currency_decimals: Mapping[str, int]
) -> dict[str, pa.Array]:
    """Return `payer`, the customer or else the invoice, and `surplus`.

    The surplus is what rounding to the decimals of its currency would take from an amount.

    Args:
        columns: `amount`, `currency` and the columns that name a customer or invoice.
        currency_decimals: the currencies whose decimals are not 2.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from schemas.texts import longest
    from schemas.units import rounded, units

    payer = columns["customer_number"]
    for name in ("customer_id", "invoice_number", "invoice_id"):
        if longest(columns[name]):
            payer = pc.if_else(pc.equal(payer, ""), columns[name], payer)
    amounts, currencies = columns["amount"], columns["currency"]
    special = pc.is_in(currencies, value_set=pa.array(list(currency_decimals), pa.string()))
    if not pc.any(special).as_py():
        found = units(amounts, 2)
        if found is not None and found[1].all():
            return {"payer": payer, "surplus": pa.repeat(pa.scalar(0, amounts.type), len(amounts))}
    kept = rounded(amounts, 2)
    for decimals in sorted(set(currency_decimals.values())):
        codes = pa.array([code for code, n in currency_decimals.items() if n == decimals])
        listed = pc.is_in(currencies, value_set=codes)
        if pc.any(listed).as_py():
            kept = pc.if_else(listed, rounded(amounts, decimals), kept)
    return {"payer": payer, "surplus": pc.subtract(amounts, kept)}
