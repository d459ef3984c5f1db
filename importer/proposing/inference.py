"""From a grid to a proposal: header, days, amounts, sign, texts, rows."""

from __future__ import annotations

from importer.errors import InputProblem
from importer.model import Grid
from importer.proposing.checks import refuse_other_tables, verify
from importer.proposing.choosing_amounts import choose_amounts
from importer.proposing.choosing_days import choose_date
from importer.proposing.columns import columns_of
from importer.proposing.fields import choose_fields, choose_identity
from importer.proposing.headers import Header, find_header, has_day, is_data
from importer.proposing.masks import choose_carry
from importer.proposing.proposal import Answers, Proposal
from importer.proposing.rows import choose_blanks, choose_rows, skipped
from importer.proposing.sign import decide_amount
from importer.proposing.state import Draft
from importer.proposing.table import Body, Table
from importer.proposing.writing import to_toml
from schemas.profile import parse_profile


def propose(grid: Grid, *, answers: Answers | None = None) -> Proposal:
    """Infer a profile from the content of a file.

    Args:
        grid: the file as it was read.
        answers: what the user says where the file does not decide.

    Raises:
        InputProblem: the file is empty, only a header, or holds no payments.
        NeedsInput: so little is decided that no profile can be written.
        UsageProblem: an answer names a column that is not in the file.
    """
    table = Table(grid)
    if not table.length or not table.width:
        raise InputProblem(
            f"{grid.source.file}: the file is empty. Export it again, with its rows.", "empty"
        )
    draft = _draft(table, answers or Answers())
    choose_date(draft)
    date = next(one for one in draft.columns if one.at in draft.used)
    model = choose_amounts(draft)
    refuse_other_tables(draft, model, date)
    decide_amount(draft, model)
    choose_fields(draft, model)
    choose_blanks(draft, model)
    choose_carry(draft, model, date)
    choose_rows(draft, model, date)
    choose_identity(draft, model, skipped(draft))
    verify(draft, model, date)
    toml = to_toml(draft)
    return Proposal(
        grid.source.file,
        parse_profile(toml, "proposed"),
        tuple(draft.reasons),
        tuple(draft.questions),
        toml,
    )


def _draft(table: Table, answers: Answers) -> Draft:
    header = find_header(table)
    body = Body(table, header.last + 1)
    rows = body.sampled_rows()
    data = [is_data(row) for row in rows]
    if header.last >= 0 and not any(data) and not any(has_day(row) for row in rows):
        _refuse_header_only(table, header, rows)
    if header.last < 0 and sum(data) * 2 < len(data):
        raise InputProblem(
            f"{table.grid.source.file}: {sum(data):,} of {len(data):,} lines hold a day and a "
            "number, and no row names columns: this is no table of payments. Name a file of "
            "payments.",
            "not-payments",
        )
    if any(data):
        body.keep(data)
    return Draft(table.grid, table, header, body, columns_of(body, header), answers)


def _refuse_header_only(table: Table, header: Header, rows: list[tuple[str, ...]]) -> None:
    wide = sum(sum(map(bool, row)) > 2 for row in rows)  # noqa: PLR2004 - a note has fewer
    if wide:
        return
    names = ", ".join(f"'{name}'" for name in header.names[:8] if name)
    raise InputProblem(
        f"{table.grid.source.file}: there is a header ({names}) and no payment below it. "
        "Export the file again, with its rows.",
        "header-only",
    )
