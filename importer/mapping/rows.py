"""A grid and its profile to canonical columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.errors import InputProblem, NeedsInput, UsageProblem
from importer.mapping import header as headers
from importer.mapping.amounts_of_rows import Amounts, read_amounts, read_money
from importer.mapping.columns import (
    MONEY,
    Cells,
    collapsed,
    constant,
    days,
    days_above,
    folded,
    joined,
    matches,
)
from importer.mapping.kinds import (
    HEADER_AGAIN,
    Sorting,
    continue_rows,
    empty_rows,
    skip_by_rules,
    sort_by_amount,
)
from importer.mapping.mapped import TEXTS, Mapped, SourceColumn
from importer.mapping.returned import written
from importer.mapping.second_tables import refuse_moved_columns
from importer.mapping.stated import stated
from importer.mapping.story import understood
from importer.model import CellKind, Severity
from schemas.profile_checks import FIELD, many
from schemas.texts import arrow, upper

if TYPE_CHECKING:
    from importer.mapping.header import Header
    from importer.model import Grid, Stated
    from schemas.profile import ExtractRule, Profile


def map_rows(grid: Grid, profile: Profile) -> Mapped:
    """Read every row below the header as the profile lays it out.

    Raises:
        InputProblem: the header is not in the file, or no row is below it.
        NeedsInput: the dates have no year, or a second table has its columns in another order.
        UsageProblem: a pattern of the profile cannot be used.
    """
    header = headers.require(grid, profile)
    first = header.last + 1
    if first >= len(grid.frame):
        raise InputProblem(
            f"{grid.source.file}: there is a header and no row below it. "
            "Export the file again, with its rows.",
            "header-only",
        )
    if profile.date.year == "ask":
        raise NeedsInput(
            f"{grid.source.file}: the dates of this layout have no year. Copy the profile with "
            f"'profiles show {profile.name}' and set date.year to the year of the file.",
            ("date.year = the year in which every payment of the file was booked",),
        )
    cells = Cells(grid, first, profile.blanks)
    return _Mapping(cells, header, profile).result()


def map_more(grid: Grid, above: Mapped) -> Mapped:
    """Read the rows of a later part of a file, of which the first part became `above`.

    What a file prints about itself is not looked for. No row may depend on others: the profile
    carries nothing from row to row.
    """
    cells = Cells(grid, 0, above.profile.blanks)
    return _Mapping(cells, above.found, above.profile).result(own_words=False)


class _Mapping:
    """One grid on its way to canonical columns."""

    def __init__(self, cells: Cells, header: Header, profile: Profile) -> None:
        """Read nothing yet."""
        self.cells = cells
        self.header = header
        self.profile = profile
        self.columns: dict[str, tuple[SourceColumn, ...]] = {}

    def result(self, *, own_words: bool = True) -> Mapped:
        """Map the rows; `own_words` says whether to look for what the file prints of itself."""
        profile, cells = self.profile, self.cells
        sorting = Sorting(len(cells))
        date_at = self._source("posting_date", profile.date.column)
        amounts = read_amounts(cells, self.header, profile.amount)
        self._amount_sources()
        skip_by_rules(sorting, cells, self.header, profile)
        columns = [one.position for one in self.columns["amount"]]
        unread = pc.or_(sorting.open, pc.equal(sorting.rule, HEADER_AGAIN))
        refuse_moved_columns(cells, self.header, date_at, columns, unread)
        date_text = cells.text(date_at)
        empty = pc.and_(pc.equal(date_text, ""), amounts.blank)
        if profile.continuation is not None:
            continue_rows(sorting, cells, self.header, profile.continuation, empty)
        texts = self._texts()
        keys = ("customer_number", "customer_id", "invoice_number", "invoice_id")
        unnamed = empty_rows([self._given(name) for name in keys])
        note = pc.and_(pc.and_(empty, unnamed), pc.invert(self._faulty()))
        sort_by_amount(sorting, amounts, note)
        frame: dict[str, pa.Array] = {
            "row": cells.rows,
            "kind": sorting.kind,
            "rule": sorting.rule,
            **self._days(date_at, amounts.blank),
            **_amount_columns(amounts),
            **self._balance(),
            **texts,
        }
        self._fill_templates(frame)
        said = stated(cells, self.header, frame, profile.amount) if own_words else ()
        return self._mapped(frame, said)

    def _days(self, position: int, no_amount: pa.Array) -> dict[str, pa.Array]:
        rule, text = self.profile.date, self.cells.text(position)
        stored = self.cells.is_kind(position, CellKind.DATE)
        formats = tuple(str(one) for one in many(rule.formats))
        found = days(self.cells.coded(position), formats, stored, int(rule.year))
        if rule.carry:
            places = days_above(text, no_amount)
            found, text = pc.take(found, places), pc.take(text, places)
            above = arrow(written(self.cells.grid, self.profile)[f"c{position}"])
            above = pc.take(above[self.cells.first :], places)
            kept = pc.equal(places, pa.array(range(len(places)), places.type))
            self.cells.taken[position] = pc.if_else(kept, None, above)
        return {"posting_date": found, "posting_date_text": text}

    def _mapped(self, frame: dict[str, pa.Array], said: tuple[Stated, ...]) -> Mapped:
        templates, grid = self.profile.templates, self.cells.grid
        return Mapped(
            grid=grid,
            profile=self.profile,
            frame=pd.DataFrame(
                {name: pd.arrays.ArrowExtensionArray(values) for name, values in frame.items()}
            ),
            columns=self.columns,
            header=tuple(" ".join(name.split()) for name in self.header.names),
            found=self.header,
            index=self.cells.first,
            understood=tuple(understood(self.profile, self.columns, self._date_kinds())),
            taken=self.cells.taken,
            made=frozenset(
                name for name in templates.__struct_fields__ if getattr(templates, name)
            ),
            stated=said,
        )

    def _faulty(self) -> pa.Array:
        """Return the rows in which the reader could not read a cell: they are no notes."""
        findings = self.cells.grid.findings
        rows = {one.row for one in findings if one.severity is Severity.ERROR and one.row}
        return pc.is_in(self.cells.rows, value_set=pa.array(sorted(rows), pa.int64()))

    def _date_kinds(self) -> tuple[int, int]:
        """Return how many dates are stored as dates, and how many as text."""
        position = self.columns["posting_date"][0].position
        stored = self.cells.is_kind(position, CellKind.DATE)
        text = self.cells.is_kind(position, CellKind.TEXT)
        return (0, 0) if stored is None else (_count(stored), _count(text))

    def _source(self, name: str, reference: str | int) -> int:
        """Note the source column of a canonical field, and return its position."""
        position = self.header.position(reference)
        known = position < len(self.header.names)
        text = " ".join(self.header.names[position].split()) if known else ""
        column = SourceColumn(position, text or f"column {position + 1}")
        self.columns[name] = (*self.columns.get(name, ()), column)
        return position

    def _amount_sources(self) -> None:
        rule = self.profile.amount
        for reference in (rule.column, rule.credit, rule.debit):
            if reference is not None:
                self._source("amount", reference)

    def _texts(self) -> dict[str, pa.Array]:
        rules, constants = self.profile.columns, self.profile.constants
        found = {
            name: self._text(name, many(getattr(rules, name)), str(getattr(constants, name, "")))
            for name in TEXTS
        }
        for code in sorted({*rules.dimension, *constants.dimension}):
            name = f"dimension.{code}"
            found[name] = self._text(
                name, many(rules.dimension.get(code)), constants.dimension.get(code, "")
            )
        for rule in self.profile.extract:
            found[rule.field] = self._extracted(rule, found[rule.field])
        return found

    def _text(self, name: str, references: tuple[str | int, ...], default: str) -> pa.Array:
        if not references:
            return constant(default, len(self.cells)) if default else self.cells.nothing
        texts = joined([self.cells.text(self._source(name, one)) for one in references])
        if name == "currency":
            texts = self._currency(texts)
        return pc.if_else(pc.equal(texts, ""), default, texts) if default else texts

    def _currency(self, texts: pa.Array) -> pa.Array:
        """Return currency codes: as the profile translates them, or in upper case."""
        codes = upper(texts)
        known = self.profile.currencies
        if not known:
            return codes
        at = pc.index_in(folded(texts), value_set=folded(pa.array(list(known), pa.string())))
        return pc.coalesce(pc.take(pa.array(list(known.values()), pa.string()), at), codes)

    def _given(self, name: str) -> pa.Array:
        """Return a field's own cells, without constants and extracts."""
        references = many(getattr(self.profile.columns, name))
        if not references:
            return self.cells.nothing
        return joined([self.cells.text(self.header.position(one)) for one in references])

    def _extracted(self, rule: ExtractRule, given: pa.Array) -> pa.Array:
        texts = self.cells.text(self.header.position(rule.column))
        try:
            found = _first_and_only(texts, rule.pattern)
        except pa.ArrowInvalid as error:
            raise UsageProblem(
                f"profile {self.profile.name}: extract.pattern: '{rule.pattern}' is not a "
                f"regular expression of the RE2 kind: {error}. Correct it in the profile."
            ) from error
        if rule.field not in self.columns:
            self._source(rule.field, rule.column)
        found = self._currency(found) if rule.field == "currency" else found
        return pc.if_else(pc.equal(given, ""), found, given)

    def _balance(self) -> dict[str, pa.Array]:
        references = many(self.profile.columns.balance)
        if not references:
            length = len(self.cells)
            return {"balance": pa.nulls(length, MONEY), "balance_text": constant("", length)}
        position = self._source("balance", references[0])
        balance = read_money(self.cells, position, self.profile.amount)
        return {"balance": balance, "balance_text": self.cells.text(position)}

    def _fill_templates(self, frame: dict[str, pa.Array]) -> None:
        templates = self.profile.templates
        for name in templates.__struct_fields__:
            template = getattr(templates, name)
            if template:
                frame[name] = _filled(template, frame, len(self.cells))


def _count(mask: pa.Array | None) -> int:
    return 0 if mask is None else int(pc.sum(pc.cast(mask, pa.int64())).as_py() or 0)


def _amount_columns(amounts: Amounts) -> dict[str, pa.Array]:
    return {
        "amount": amounts.value,
        "amount_text": amounts.text,
        "amount_position": amounts.position,
        "amount_fault": amounts.fault,
    }


def _filled(template: str, frame: dict[str, pa.Array], length: int) -> pa.Array:
    """Put a template's fields into its words, on one line; empty where all fields are."""
    pieces: list[pa.Array] = []
    fields: list[pa.Array] = []
    for at, piece in enumerate(FIELD.split(template)):
        if at % 2 == 0:
            pieces.append(constant(piece, length))
            continue
        values = frame[piece]
        values = pc.cast(values, pa.string()) if pa.types.is_date(values.type) else values
        fields.append(pc.fill_null(values, ""))
        pieces.append(fields[-1])
    text = collapsed(pc.binary_join_element_wise(*pieces, ""))
    return pc.if_else(empty_rows(fields), "", text) if fields else text


def _first_and_only(texts: pa.Array, pattern: str) -> pa.Array:
    """Return what a pattern finds, `""` where it finds nothing or two different things."""
    first = _find(texts, pattern)
    rest = pc.replace_substring_regex(texts, pattern=pattern, replacement=" ", max_replacements=1)
    second = _find(rest, pattern)
    differs = pc.and_(pc.not_equal(second, ""), pc.not_equal(second, first))
    return pc.if_else(differs, "", first)


def _find(texts: pa.Array, pattern: str) -> pa.Array:
    found = matches(texts, pattern)
    group = f"(?:{pattern})" if re.compile(pattern).groups else f"({pattern})"
    whole = f"(?s)^.*?{group}.*$"
    taken = pc.replace_substring_regex(texts, pattern=whole, replacement=r"\1")
    return pc.if_else(found, taken, "")
