"""Splits the incoming rows into payments and rejected ones, each with its findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from importer.garbage import without_collection
from importer.model import Bucket, Finding, Grid, Kind, Payment, Severity, SourceRow, Stated
from importer.validation.controls import evidence
from importer.validation.payments import payments
from importer.validation.rows import Failure, canonical, failures
from importer.validation.widths import slid
from importer.validation.wording import Wording
from schemas.payment import GENERATIONS, payment_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from pandera.pandas import DataFrameSchema

    from schemas.profile import Profile


class Column(Protocol):
    """A column of the source file."""

    @property
    def position(self) -> int:
        """Return its 0-based position."""
        ...

    @property
    def header(self) -> str:
        """Return its header text."""
        ...


class MappedRows(Protocol):
    """A source file by canonical columns; `importer.mapping` documents the frame."""

    @property
    def grid(self) -> Grid:
        """Return the source file as it is."""
        ...

    @property
    def profile(self) -> Profile:
        """Return the profile that read it."""
        ...

    @property
    def frame(self) -> pd.DataFrame:
        """Return the canonical columns."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """Return the header's cells."""
        ...

    @property
    def columns(self) -> Mapping[str, Sequence[Column]]:
        """Return the source columns of the canonical ones."""
        ...

    @property
    def stated(self) -> tuple[Stated, ...]:
        """Return the balances, totals and counts that the file prints."""
        ...

    @property
    def made(self) -> frozenset[str]:
        """Return the fields that a template put together."""
        ...

    def source(self, field_name: str, position: int | None = None) -> Column | None:
        """Return the source column of a field, or the column at a position."""
        ...

    def cell(self, column: Column | None, row: int | None) -> str:
        """Return the address of a workbook's cell."""
        ...

    def source_rows(
        self, buckets: Sequence[Bucket | None], reasons: Sequence[str]
    ) -> tuple[SourceRow, ...]:
        """Return every row for reports."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What validation found, before any row becomes a value.

    `incoming` says of each line of the mapped frame whether it is a payment, and `accepted` is the
    index of those without fault; `faults` is why a row is rejected, by its number; `findings` are
    in the order of the file.
    """

    incoming: pd.Series
    accepted: pd.Index
    faults: Mapping[int, str]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Validated:
    """What validation made of a file.

    `payments` are the accepted rows; `rows` every row below the header that is not blank, with
    bucket None for the accepted ones; `findings` are in the order of the file.
    """

    payments: tuple[Payment, ...]
    rows: tuple[SourceRow, ...]
    findings: tuple[Finding, ...]


def validate(
    mapped: MappedRows,
    *,
    generation: str = "v2.0",
    require_reference: bool = True,
    grid_findings: Iterable[Finding] = (),
) -> Validated:
    """Check every incoming row against the contract of a payment.

    Args:
        mapped: the file by canonical columns.
        generation: the API generation whose lengths hold, a key of `GENERATIONS`.
        require_reference: whether a row must name a customer or an invoice by itself; without,
            matching has to find them.
        grid_findings: faults that the reader saw, besides those of the grid.
    """
    judged, frame = _judged(mapped, generation, grid_findings, require_reference)
    judged = replace(judged, findings=ordered(judged.findings, evidence(mapped)))
    buckets, reasons = _ends(mapped.frame, judged)
    with without_collection():
        accepted_payments = payments(mapped.frame, frame.loc[judged.accepted])
        rows = mapped.source_rows(buckets, reasons)
    return Validated(accepted_payments, rows, judged.findings)


def judge(
    mapped: MappedRows,
    *,
    generation: str = "v2.0",
    require_reference: bool = True,
    grid_findings: Iterable[Finding] = (),
) -> Judged:
    """Check every incoming row as `validate` does, and leave the rows in their columns.

    What the file prints about itself is not compared with them: see `evidence`.
    """
    return _judged(mapped, generation, grid_findings, require_reference)[0]


def _judged(
    mapped: MappedRows,
    generation: str,
    grid_findings: Iterable[Finding],
    require_reference: bool,
) -> tuple[Judged, pd.DataFrame]:
    """Return what was found, and the incoming rows by the columns of the schema."""
    contract = GENERATIONS[generation]
    incoming = mapped.frame["kind"] == str(Kind.INCOMING)
    rest = canonical(mapped.frame, contract, mapped.made, incoming)
    wording = Wording(mapped, contract)
    findings = [wording.of_reader(finding) for finding in _distinct(mapped, grid_findings)]
    grave = [finding for finding in findings if finding.severity is Severity.ERROR]
    read_faults = {finding.row for finding in grave}
    schema = payment_schema(generation, require_reference=require_reference)
    seen = {(finding.row, finding.column) for finding in grave}
    faults = _all_failures(schema, rest)
    said = wording.of_failures(faults)
    findings += [one for one in said if (one.row, one.column) not in seen]
    sound = ~rest.index.isin([fault.index for fault in faults])
    if read_faults:
        sound &= ~rest["row"].isin(read_faults).to_numpy(dtype=bool)
    found = ordered(findings)
    return Judged(incoming, rest.index[sound], _faults(found), found), rest


def ordered(*findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of the file, those of the whole file first."""
    return tuple(sorted(chain(*findings), key=lambda finding: finding.row or 0))


def _all_failures(schema: DataFrameSchema, rest: pd.DataFrame) -> list[Failure]:
    """Check the rows, then those that passed again, until they pass in silence.

    pandera's lazy mode can hide a failure behind another in the same column; a column without
    failures hides none, and is not asked again.
    """
    faults = failures(schema, rest)
    more = list(faults)
    while more:
        fields = list(dict.fromkeys(fault.field for fault in more))
        rest = rest.loc[~rest.index.isin([fault.index for fault in more]), fields]
        schema = schema.select_columns(fields)
        more = failures(schema, rest)
        faults += more
    return faults


def _distinct(mapped: MappedRows, more: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys((*mapped.grid.findings, *more, *slid(mapped))))


def _faults(findings: Iterable[Finding]) -> dict[int, str]:
    """Return the first error of each row, with the name of its column."""
    first: dict[int, str] = {}
    for finding in findings:
        if finding.severity is Severity.ERROR and finding.row is not None:
            place = f"{finding.column}: " if finding.column else ""
            first.setdefault(finding.row, place + finding.message)
    return first


def _ends(frame: pd.DataFrame, judged: Judged) -> tuple[list[Bucket | None], list[str]]:
    """Return bucket and reason of each line of the frame."""
    buckets: list[Bucket | None] = [
        Bucket.REJECTED if received else Bucket.SKIPPED for received in judged.incoming
    ]
    for at in judged.accepted:
        buckets[at] = None
    reasons: list[str] = pa.array(frame["rule"]).to_pylist()
    for at, row in enumerate(pa.array(frame["row"]).to_pylist()):
        if buckets[at] is Bucket.REJECTED:
            reasons[at] = judged.faults[row]
    return buckets, reasons
