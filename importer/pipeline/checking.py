"""What happens to every row before anything is sent: the part that `check` and `import` share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from importer.errors import ControlMismatch, UsageProblem
from importer.matching import match
from importer.model import (
    Bucket,
    Finding,
    Kind,
    Layout,
    Payment,
    RowOutcome,
    RunRecord,
    Severity,
    SourceRow,
    Target,
)
from importer.pipeline.jobs import Choice
from importer.pipeline.understanding import Understood
from importer.states import Decision, Plan

if TYPE_CHECKING:
    import pandas as pd

    from importer.pipeline.connecting import Connected
    from importer.validation import Validated

OF_THE_FILE = ("control-total", "balance-breaks")
"""What begins the codes of findings on what a file prints about itself."""

_FOLLOWS = "text that belongs to row "
"""What begins the reason of a row whose text counts for another."""

_MOST_ABOVE = 200
"""Lines above the rows that a run keeps; nothing that is printed has more."""

BUCKET_OF = {
    Decision.SEND: Bucket.PLANNED,
    Decision.DUPLICATE: Bucket.DUPLICATE,
    Decision.HOLD: Bucket.HELD,
    Decision.STILL_HELD: Bucket.HELD,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows, payments and findings of one file after validation and matching.

    `stated` are the payments as the file states them, before the company's data completed them;
    `compared` says in sentences what they were compared with.
    """

    rows: tuple[SourceRow, ...]
    stated: tuple[Payment, ...]
    payments: tuple[Payment, ...]
    findings: tuple[Finding, ...]
    compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """The rows of one file that the user takes, and the payments of the `whole` file.

    What a row is does not change with the rows that are left out.
    """

    valid: Validated
    whole: tuple[Payment, ...]


def controlled(rows: Sequence[SourceRow], count: int | None, total: Decimal | None) -> None:
    """Compare the incoming payments of a file with what the user expects.

    Raises:
        ControlMismatch: number or sum differ.
    """
    incoming = [row for row in rows if row.kind is Kind.INCOMING]
    received = sum((row.amount for row in incoming if row.amount is not None), Decimal(0))
    compared(len(incoming), received, count, total)


def compared(incoming: int, received: Decimal, count: int | None, total: Decimal | None) -> None:
    """Compare number and sum of a file's incoming payments with what the user expects.

    Raises:
        ControlMismatch: number or sum differ.
    """
    if count is not None and incoming != count:
        raise ControlMismatch(
            f"The file has {incoming} incoming payments, expected {count}. "
            "Nothing was sent. Check that it is the right file, and whole"
        )
    if total is not None and received != total:
        raise ControlMismatch(
            f"The incoming payments of the file add up to {received:f}, expected {total:f}. "
            "Nothing was sent. Check that it is the right file, and whole"
        )


def chosen(valid: Validated, choice: Choice) -> Validated:
    """Leave out the rows that the user does not want; `strict` makes warnings errors.

    Raises:
        UsageProblem: a row was named that is no row of the file.
    """
    wanted = (choice.only or frozenset()) | choice.skip
    if missing := wanted - {row.row for row in valid.rows}:
        raise UsageProblem(
            f"Row {min(missing)} is no row of the file below its header. Correct --only or --skip"
        )
    if choice.strict:
        valid = _strict(valid)
    if not wanted:
        return valid
    return replace(
        valid,
        payments=tuple(payment for payment in valid.payments if choice.takes(payment.row)),
        rows=tuple(row if choice.takes(row.row) else _left_out(row) for row in valid.rows),
        findings=tuple(
            finding
            for finding in valid.findings
            if finding.row is None or choice.takes(finding.row)
        ),
    )


def _left_out(row: SourceRow) -> SourceRow:
    if row.bucket is Bucket.SKIPPED:
        return row
    return replace(row, bucket=Bucket.SKIPPED, reason="left out at the user's wish")


def _strict(valid: Validated) -> Validated:
    findings = tuple(_as_error(finding) for finding in valid.findings)
    rows = _rejected(valid.rows, findings)
    rejected = {row.row for row in rows if row.bucket is Bucket.REJECTED}
    payments = tuple(payment for payment in valid.payments if payment.row not in rejected)
    return replace(valid, rows=rows, payments=payments, findings=findings)


def _as_error(finding: Finding) -> Finding:
    if finding.severity is Severity.WARNING:
        return replace(finding, severity=Severity.ERROR)
    return finding


def _rejected(rows: Iterable[SourceRow], findings: Iterable[Finding]) -> tuple[SourceRow, ...]:
    """Reject the rows that would be sent and have an error; the first says why."""
    faults: dict[int | None, Finding] = {}
    for finding in findings:
        if finding.severity is Severity.ERROR:
            faults.setdefault(finding.row, finding)
    return tuple(
        replace(row, bucket=Bucket.REJECTED, reason=faults[row.row].message)
        if row.bucket is None and row.row in faults
        else row
        for row in rows
    )


def file_fault(
    findings: Iterable[Finding], *, accept_totals: bool = False
) -> ControlMismatch | None:
    """Return why a file is not sent as a whole: its own totals differ, or the journal is unfit.

    `accept_totals` lets the user say that the file's totals, balances and counts do not matter.
    """
    grave = [
        one
        for one in findings
        if one.row is None
        and one.severity is Severity.ERROR
        and not (accept_totals and one.code.startswith(OF_THE_FILE))
    ]
    if not grave:
        return None
    one = grave[0]
    more = f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
    return ControlMismatch(f"Nothing was sent: {one.message}{more}. {one.remedy.rstrip('.')}")


def tell_of_file(checked: Checked, file: str, say: Callable[[str], None]) -> None:
    """Tell what is doubtful about the file or the journal as a whole, before anything is sent."""
    for finding in checked.findings:
        if finding.row is None:
            say(f"{finding.severity.capitalize()}: {finding.sentence(file)}")


def without_faults(checked: Checked, choice: Choice) -> None:
    """Refuse to send anything of a file with a faulty row, where the user wants that.

    Raises:
        ControlMismatch: a row is rejected.
    """
    if unfit := rows_fault(checked, choice):
        raise ControlMismatch(
            f"{unfit}: nothing was sent. 'customer-payments check' names each; correct the file, "
            "or use --on-error skip"
        )


def rows_fault(checked: Checked, choice: Choice) -> str:
    """Return why faulty rows keep a whole file from being sent, `""` where they do not."""
    rejected = sum(row.bucket is Bucket.REJECTED for row in checked.rows)
    if not rejected or choice.on_error == "skip":
        return ""
    rows = "1 row is" if rejected == 1 else f"{rejected:,} rows are"
    return f"{rows} rejected and --on-error is {choice.on_error}"


def unmatched(valid: Validated) -> Checked:
    """Return a file's rows as validated, with no company to compare them with."""
    return Checked(valid.rows, valid.payments, valid.payments, valid.findings)


def matched(
    understood: Understood,
    valid: Validated,
    there: Connected,
    *,
    earlier: Collection[int] = (),
    highest_line: int | None = None,
    strict: bool = False,
) -> Checked:
    """Compare the validated payments with what the company holds; reading only.

    Rows in `earlier` were imported before: what the company holds of them now, a paid invoice
    or a customer blocked since, makes them no fault.
    """
    from importer.pipeline.holdings import comparison, holdings
    from schemas.profile import CAPTIONS

    new = [payment for payment in valid.payments if payment.row not in earlier]
    company = holdings(new, there, highest_line)
    fixed = understood.mapped.source("currency") is None and understood.profile.name != CAPTIONS
    result = match(new, company, fixed_currency=fixed, strict=strict)
    named = tuple(_in_source(understood, finding) for finding in result.findings)
    rows = _rejected(valid.rows, named)
    before = (payment for payment in valid.payments if payment.row in earlier)
    payments = tuple(sorted((*result.payments, *before), key=lambda payment: payment.row))
    findings = (*valid.findings, *named)
    return Checked(rows, valid.payments, payments, findings, comparison(company, there))


def _in_source(understood: Understood, finding: Finding) -> Finding:
    """Name the column of a finding as the source file does."""
    column = understood.mapped.source(finding.column)
    if column is None:
        return replace(finding, column="")
    cell = understood.mapped.cell(column, finding.row)
    return replace(finding, column=column.header, cell=cell)


def with_cells(understood: Understood, rows: Iterable[SourceRow]) -> tuple[SourceRow, ...]:
    """Add the source cells to the rows, but for text that the cells of another row now hold."""
    by_row = dict(_cells(understood.mapped.written))
    return tuple(
        row if row.reason.startswith(_FOLLOWS) else replace(row, cells=by_row[row.row])
        for row in rows
    )


def layout_of(understood: Understood) -> Layout:
    """Return the layout of a file, for a text file with the lines to the end of its header."""
    grid, first = understood.grid, understood.mapped.index
    layout = replace(grid.layout, widths=())  # no report asks for them
    if layout.kind != "csv" or first > _MOST_ABOVE:
        return layout
    return replace(layout, above=tuple(_cells(grid.frame.iloc[:first])))


def _cells(frame: pd.DataFrame) -> Iterator[tuple[int, tuple[str, ...]]]:
    from importer.mapping.mapped import listed

    columns = [listed(frame[name]) for name in frame.columns if name != "row"]
    return zip(listed(frame["row"]), zip(*columns, strict=True), strict=True)


def dry_record(
    understood: Understood,
    checked: Checked,
    plans: Sequence[Plan] | None,
    target: Target | None,
    clock: Callable[[], datetime],
) -> RunRecord:
    """Return the record of a dry run: what would become of each row."""
    started = clock()
    return RunRecord(
        run_id=f"check-{started:%Y%m%d-%H%M%S}-{understood.grid.source.sha256[:8]}",
        command="check",
        started_at=started,
        finished_at=clock(),
        source=understood.grid.source,
        layout=layout_of(understood),
        header=understood.mapped.header,
        profile=understood.profile.name,
        target=target,
        rows=outcomes(checked, plans or ()),
        findings=checked.findings,
        understood=(*understood.story, *checked.compared),
        versions=versions(),
    )


def outcomes(checked: Checked, plans: Sequence[Plan]) -> tuple[RowOutcome, ...]:
    """Return where each row would end."""
    return tuple(_outcome(row, plan) for row, plan in decided(checked, plans))


def decided(checked: Checked, plans: Iterable[Plan]) -> Iterator[tuple[SourceRow, Plan | None]]:
    """Yield each row with what was decided about it, None for a row that is no payment."""
    by_row = {plan.row: plan for plan in plans}
    return ((row, by_row.get(row.row)) for row in checked.rows)


def bucket_of(row: SourceRow, plan: Plan | None) -> Bucket:
    """Return where a row would end."""
    return row.bucket or (BUCKET_OF[plan.decision] if plan else Bucket.PLANNED)


def _outcome(row: SourceRow, plan: Plan | None) -> RowOutcome:
    return RowOutcome(
        row=row.row,
        kind=row.kind,
        bucket=bucket_of(row, plan),
        amount=row.amount,
        posting_date=row.posting_date,
        currency=row.currency,
        counterparty=row.counterparty,
        reference=row.reference,
        customer_number=plan.payment.customer_number if plan else row.customer_number,
        invoice_number=plan.payment.invoice_number if plan else row.invoice_number,
        line_number=plan.line_number or None if plan else None,
        document_number=plan.document_number if plan else "",
        external_document_number=plan.payment.external_document_number if plan else "",
        reason=row.reason or (plan.reason if plan else ""),
        earlier=plan.known.earlier() if plan and plan.known else None,
        cells=row.cells,
    )


def utc_now() -> datetime:
    """Return the time, as records note it."""
    return datetime.now(UTC)


def versions() -> dict[str, str]:
    """Return the versions that had a part in reading a file."""
    found = {}
    for name in ("customer-payment-importer", "pandas", "pyarrow", "python-calamine"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
