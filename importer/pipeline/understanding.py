"""From a source file to validated payments: read, choose the profile, map, validate."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import InputProblem, UsageProblem
from importer.model import Finding, Severity, SourceRow
from importer.pipeline.jobs import Reading
from importer.pipeline.recognising import minding_states, recognised
from importer.settings import profile_folders

if TYPE_CHECKING:
    from importer.mapping import Mapped
    from importer.model import Finding, Grid
    from importer.proposing import Proposal
    from importer.reading import ReadOptions
    from importer.reading.parts import Parts
    from importer.validation import Validated
    from schemas.profile import FileRule, Profile


INFER = "auto"
"""The name that asks for a profile made from the file's content, whatever profiles there are."""

_HEAD_BYTES = 1 << 20

CAPTIONED = "its headers are the names of the API or captions of Business Central"
NAMED = "named"
RECOGNISED = "recognised by its header"
PROPOSED = "proposed from the file's content"


@dataclass(frozen=True)
class Understood:
    """A source file with the profile that reads it; `story` says how, in sentences."""

    grid: Grid
    profile: Profile
    mapped: Mapped
    story: tuple[str, ...]


def understand(path: Path, reading: Reading, *, infer: bool = False) -> Understood:
    """Read a source file and map it with the named or recognised profile.

    Args:
        path: the source file.
        reading: what the user said about it.
        infer: where no profile recognises it, propose one from its content.

    Raises:
        InputProblem: it cannot be read, or nothing recognises it.
        UsageProblem: the named profile does not exist or is wrong.
    """
    with opened(path, reading, validating=not infer) as parts:
        return understand_whole(parts.whole(), reading, infer=infer)


def opened(
    path: Path, reading: Reading, *, validating: bool = True
) -> AbstractContextManager[Parts]:
    """Begin to read a source file; `validating` tells whether its rows are to be validated.

    Raises:
        InputProblem: it cannot be read.
        UsageProblem: the named profile does not exist or is wrong.
    """
    from importer.reading import opened as begun

    named = _named(reading)
    options = _options(reading, named.file if named else None)
    if named and not reading.encoding and _is_utf8_after_all(path, named):
        options = replace(options, encoding=None)  # which the story tells
    return begun(path, options, partial(_load_stages, validating=validating))


def understand_whole(grid: Grid, reading: Reading, *, infer: bool = False) -> Understood:
    """Map a source file that was read; arguments and errors are those of `understand`."""
    from importer.mapping import returned

    grid = returned(grid)
    named = _named(reading)
    infer = infer or reading.profile == INFER
    profile, chosen = (named, NAMED) if named else _recognised(grid, reading, infer=infer)
    return _understood(grid, reading, profile, chosen)


def understand_part(grid: Grid, reading: Reading) -> Understood | None:
    """Map the first part of a file, None where a row or the profile depends on all of them."""
    from importer.mapping import has_captions, returned

    if reading.profile == INFER or returned(grid) is not grid:
        return None
    profile, chosen = _named(reading), NAMED
    if profile is None:
        if has_captions(grid):
            return None
        try:
            profile, chosen = recognised(grid, profiles(), reading, proposed), RECOGNISED
        except InputProblem:
            return None
    alone = not (
        profile.header.none
        or profile.date.carry
        or profile.continuation
        or any(rule.to_end for rule in profile.skip)
    )
    return _understood(grid, reading, profile, chosen) if alone else None


def _understood(grid: Grid, reading: Reading, profile: Profile, chosen: str) -> Understood:
    from importer.mapping import adjusted, map_rows

    profile = adjusted(profile, date_format=reading.date_format, decimal=reading.decimal)
    if chosen in {NAMED, RECOGNISED}:  # the others were made for this file
        profile = minding_states(grid, profile)
    mapped = map_rows(grid, profile)
    story = (
        *grid.layout.notes,
        f"Profile {profile.name} ({chosen})",
        *mapped.understood,
    )
    return Understood(grid, profile, mapped, story)


def _load_stages(*, validating: bool) -> None:
    """Load what follows reading while another process reads: it takes longer than a small file."""
    import_module("importer.mapping")
    if validating:
        import_module("importer.validation").load()


def source_rows(understood: Understood) -> tuple[SourceRow, ...]:
    """Return the rows below the header as they were understood, before validation."""
    from importer.mapping import source_rows as rows
    from importer.validation.widths import slid

    faults = {one.row: one.message for one in slid(understood.mapped) if one.row is not None}
    return rows(understood.mapped, faults)


def doubts(understood: Understood) -> tuple[Finding, ...]:
    """Return where balances, totals and counts of the file disagree with its rows."""
    from importer.validation import evidence

    return tuple(evidence(understood.mapped))


def validated(understood: Understood, generation: str) -> Validated:
    """Validate what was understood against the lengths of an API generation."""
    from importer.validation import validate

    valid = validate(
        understood.mapped, generation=generation, grid_findings=understood.grid.findings
    )
    return replace(valid, findings=(*valid.findings, *_not_sent(understood, generation)))


def _not_sent(understood: Understood, generation: str) -> tuple[Finding, ...]:
    """Say before anything is sent which columns this generation of the API has no property for."""
    from schemas.payment import GENERATIONS

    column = understood.mapped.source("contact_id")
    if column is None or "contact_id" in GENERATIONS[generation].properties:
        return ()
    finding = Finding(
        code="column-not-sent",
        severity=Severity.WARNING,
        row=None,
        column=column.header,
        value="",
        message=f"API {generation} has no contact of a payment; the column is not sent",
        remedy="Nothing to do where customer or invoice are named; else use --api v1.0.",
    )
    return (finding,)


def profiles() -> tuple[Profile, ...]:
    """Return the user's own profiles, then those shipped."""
    from schemas.profile import ProfileError, load, shipped

    try:
        own = [load(str(path)) for path in own_profile_files()]
    except ProfileError as fault:
        raise UsageProblem(str(fault)) from None
    names = {profile.name for profile in own}
    return (*own, *(profile for profile in shipped() if profile.name not in names))


def own_profile_files() -> Sequence[Path]:
    """Return the TOML files in the user's profile folders."""
    return [path for folder in profile_folders() for path in sorted(folder.glob("*.toml"))]


def _named(reading: Reading) -> Profile | None:
    from schemas.profile import ProfileError, load

    if reading.profile in {"", INFER}:
        return None
    try:
        return load(reading.profile, profile_folders())
    except ProfileError as fault:
        raise UsageProblem(str(fault)) from None


def _recognised(grid: Grid, reading: Reading, *, infer: bool) -> tuple[Profile, str]:
    from importer.mapping import captions_profile

    captions = captions_profile(
        grid,
        date_format=reading.date_format,
        decimal=reading.decimal,
        positive=reading.positive,
        amount_column=reading.amount_column,
    )
    if captions is not None:
        return _judged(grid, captions, reading.positive), CAPTIONED
    if reading.profile == INFER:
        return _proposed(grid, reading), PROPOSED
    try:
        return recognised(grid, profiles(), reading, proposed), RECOGNISED
    except InputProblem as fault:
        if fault.verdict != "not-payments":
            raise
        if infer:
            return _proposed(grid, reading), PROPOSED
        raise InputProblem(
            f"{fault} 'customer-payments profiles new FILE' proposes a profile", fault.verdict
        ) from None


def _judged(grid: Grid, profile: Profile, positive: str) -> Profile:
    """Return a profile of captions that minds what further columns and titles say of each row."""
    from importer.mapping import columns_beside

    found, beside = columns_beside(grid, profile)
    if not beside and not _has_titles(grid):
        return profile
    from importer.proposing import Header, judged

    names = tuple(" ".join(name.split()) for name in found.names)
    header = Header(found.first, found.last, names, len(names))
    return judged(grid, profile, header, beside, positive)


def _has_titles(grid: Grid) -> bool:
    """Say whether a row holds one cell alone, as the title of a section does."""
    columns = grid.frame.drop(columns="row")
    return bool(((columns != "").sum(axis=1) == 1).any())


def _proposed(grid: Grid, reading: Reading) -> Profile:
    proposal = proposed(grid, reading)
    proposal.require_decided()
    return proposal.profile


def proposed(grid: Grid, reading: Reading) -> Proposal:
    """Propose a profile for a file by the evidence in it, and what the user said."""
    from importer.proposing import Answers, propose

    answers = Answers(**{name: getattr(reading, name) for name in Answers.__dataclass_fields__})
    return propose(grid, answers=answers)


def propose_for(path: Path, reading: Reading) -> Proposal:
    """Read a file that no profile knows, and propose one.

    Raises:
        InputProblem: it cannot be read, or holds no payments.
    """
    from importer.reading import read

    return proposed(read(path, _options(reading)), reading)


def _options(reading: Reading, rule: FileRule | None = None) -> ReadOptions:
    """Return how to read a file: as the user says, else as the profile does."""
    from importer.reading import Limits, ReadOptions

    return ReadOptions(
        encoding=reading.encoding or (rule.encoding if rule else "") or None,
        delimiter=reading.delimiter or (rule.delimiter if rule else "") or None,
        quote=(rule.quote if rule else "") or None,
        sheet=reading.sheet or (rule.sheet if rule else "") or None,
        limits=Limits(**dict(reading.limits)),  # type: ignore[arg-type]  # counts are whole
    )


def _is_utf8_after_all(path: Path, profile: Profile) -> bool:
    """Tell whether a file was saved anew as UTF-8: its header is not in the profile's encoding."""
    names = profile.header.columns
    if not profile.file.encoding or not names or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        plain = getincrementaldecoder("utf-8")().decode(head).isascii()
        written = [name.encode(profile.file.encoding) for name in names if not name.isascii()]
    except (OSError, LookupError, UnicodeError):  # reading it says what is wrong
        return False
    return not plain and not any(name in head for name in written)
