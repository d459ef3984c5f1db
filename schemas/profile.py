"""Profiles: how one source lays out its file, as TOML.

Every key is optional but `[header]`, `[date]` and `[amount]`. A column is given by its header
text, by `"Name#2"` for the second column of that name, or by its position, 1 for the first.
Header texts are compared without regard to case and to the width and number of blanks::

    title = "Example bank, current account"
    country = "NL"
    identity = "balance"            # "bank-id", "balance", "content" or "row"; what tells two
                                    # payments apart; by default what the columns offer
    blanks = ["-", "/"]             # cells that mean nothing

    [file]                          # left out: decided by the file's content
    encoding = "cp1252"
    delimiter = ";"
    quote = '"'
    sheet = "Statement"

    [header]
    # the filled header cells, in order; found anywhere, so lines above do not matter
    columns = ["Datum", "Naam", "Bedrag", "Af/Bij", "Tekst 1", "Tekst 2", "Regio", "Status"]
    rows = 1                        # 2: the header stands in two rows, read downwards
    more = false                    # true: the bank may add columns beside these
    # none = 6                      # instead of columns: no header, rows of 6 columns

    [date]
    column = "Datum"
    formats = ["%d-%m-%Y"]          # letters of strptime; %b and %B in many languages; times are
                                    # read over; a year is needed
    # year = 2024                   # or "ask": for formats without a year
    # carry = true                  # a payment without a day has that of the row above

    [amount]                        # one of: column | credit and debit | column and indicator
    column = "Bedrag"
    # credit = "In"                 # money received; debit = "Out"  money paid
    # signed_debit = true           # amounts in the debit column carry a minus
    # signed_credit = true          # amounts in the credit column carry a minus
    indicator = "Af/Bij"            # words in another column give the direction
    received = ["Bij"]
    paid = ["Af"]
    neither = []                    # words of rows that are no payment in either direction
    decimal = ","                   # "." by default
    thousands = "."                 # or several: [".", " "]; none by default
    marks = ["EUR", "€"]            # may stand beside the digits
    # received_marks = ["CR"]       # words beside the digits that say which way the money went;
    # paid_marks = ["DR"]           # where there is none, 'positive' counts
    positive = "received"           # "paid" for a card's view: a charge is positive

    [columns]                       # each: one column, or several that are joined by a blank
    counterparty = "Naam"
    reference = ["Tekst 1", "Tekst 2"]
    # counterparty_account, currency, bank_id, own_account, balance,
    # customer_number, customer_id, contact_id, invoice_number, invoice_id,
    # document_number, external_document_number, description, comment
    [columns.dimension]
    AREA = "Regio"

    [constants]                     # where the file does not say it
    currency = "EUR"                # or own_account, customer_number, description, comment, …

    [currencies]                    # how the bank writes a currency, where it is not the code
    "人民币" = "CNY"

    [[skip]]                        # rows that are no payments; the first rule that fits counts
    column = "Status"               # left out: any column
    words = ["Vorgemerkt"]          # the whole cell; or pattern = a regular expression in it
    kind = "pending"                # "pending", "balance", "total", "other"
    reason = "the bank has not booked it yet"
    undated = false                 # true: only rows whose date cell is empty
    to_end = false                  # true: this row and all below (a footer)

    [continuation]                  # rows with neither date nor amount belong to the row above
    column = "Tekst 1"              # their text in this column is appended to it

    [[extract]]                     # takes a number out of a text column, where none was given
    field = "invoice_number"
    column = "Tekst 1"
    pattern = 'INV-?([0-9]+)'       # the group, or the whole; two different finds: none is taken

    [templates]                     # values put together from others
    external_document_number = "{bank_id}"
    description = "{counterparty} {reference}"     # cut to the length that the server takes
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct, field

from schemas.profile_checks import faults
from schemas.profile_words import struct_of, type_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Column = str | int
Columns = str | int | tuple[str | int, ...]


CAPTIONS = "captions"
"""The name of the profile that is made for sheets with the server's own captions."""


class ProfileError(ValueError):
    """A profile that cannot be used: which, where in it, what was found, what is expected."""


class FileRule(Struct, frozen=True, kw_only=True):
    """How the file is stored; `""` leaves the choice to the content."""

    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    sheet: str = ""


class HeaderRule(Struct, frozen=True, kw_only=True):
    """The header: its filled cells in order, or none and the number of columns."""

    columns: tuple[str, ...] = ()
    rows: int = 1
    more: bool = False
    none: int = 0


class DateRule(Struct, frozen=True, kw_only=True):
    """The column of the posting date and how its days are written."""

    column: Column
    formats: str | tuple[str, ...]
    year: int | Literal["ask"] = 0
    carry: bool = False


class AmountRule(Struct, frozen=True, kw_only=True):
    """Where the amount stands, how it is written and what its sign means."""

    column: Column | None = None
    credit: Column | None = None
    debit: Column | None = None
    signed_debit: bool = False
    signed_credit: bool = False
    indicator: Column | None = None
    received: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()
    neither: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    thousands: str | tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    received_marks: tuple[str, ...] = ()
    paid_marks: tuple[str, ...] = ()
    positive: Literal["received", "paid"] = "received"


class ColumnRules(Struct, frozen=True, kw_only=True):
    """The source columns of the canonical fields."""

    counterparty: Columns | None = None
    counterparty_account: Columns | None = None
    reference: Columns | None = None
    currency: Columns | None = None
    bank_id: Columns | None = None
    own_account: Columns | None = None
    balance: Columns | None = None
    customer_number: Columns | None = None
    customer_id: Columns | None = None
    contact_id: Columns | None = None
    invoice_number: Columns | None = None
    invoice_id: Columns | None = None
    document_number: Columns | None = None
    external_document_number: Columns | None = None
    description: Columns | None = None
    comment: Columns | None = None
    dimension: dict[str, Columns] = field(default_factory=dict)


class ConstantRules(Struct, frozen=True, kw_only=True):
    """Values that hold for every row of the file that has no own."""

    currency: str = ""
    own_account: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    customer_number: str = ""
    invoice_number: str = ""
    document_number: str = ""
    external_document_number: str = ""
    description: str = ""
    comment: str = ""
    dimension: dict[str, str] = field(default_factory=dict)


class SkipRule(Struct, frozen=True, kw_only=True):
    """Rows that are no payments, and why."""

    column: Column | None = None
    words: tuple[str, ...] = ()
    pattern: str = ""
    kind: Literal["pending", "balance", "total", "other"] = "other"
    reason: str = ""
    undated: bool = False
    to_end: bool = False


class ContinuationRule(Struct, frozen=True, kw_only=True):
    """Rows that hold only text of the payment above."""

    column: Column


class ExtractRule(Struct, frozen=True, kw_only=True):
    """A number that stands inside a text column."""

    field: Literal[
        "customer_number",
        "invoice_number",
        "document_number",
        "external_document_number",
        "bank_id",
        "counterparty",
        "counterparty_account",
        "reference",
        "currency",
    ]
    column: Column
    pattern: str


class TemplateRules(Struct, frozen=True, kw_only=True):
    """Values put together from canonical fields in braces."""

    document_number: str = ""
    external_document_number: str = ""
    description: str = ""
    comment: str = ""


class Profile(Struct, frozen=True, kw_only=True):
    """How one source lays out its file; the module's text shows every key."""

    name: str = ""
    title: str = ""
    country: str = ""
    identity: Literal["", "bank-id", "balance", "content", "row"] = ""
    blanks: tuple[str, ...] = ()
    file: FileRule = FileRule()
    header: HeaderRule
    date: DateRule
    amount: AmountRule
    columns: ColumnRules = ColumnRules()
    constants: ConstantRules = ConstantRules()
    currencies: dict[str, str] = field(default_factory=dict)
    skip: tuple[SkipRule, ...] = ()
    continuation: ContinuationRule | None = None
    extract: tuple[ExtractRule, ...] = ()
    templates: TemplateRules = TemplateRules()

    @property
    def identity_tier(self) -> str:
        """Return what tells two payments apart: as set, or the best that the columns offer."""
        if self.identity:
            return self.identity
        if self.columns.bank_id is not None:
            return "bank-id"
        return "content" if self.columns.balance is None else "balance"


def parse_profile(text: str, name: str, path: str = "") -> Profile:
    """Read a profile from TOML.

    Args:
        text: the TOML.
        name: what the profile is called, commonly its file's name without `.toml`.
        path: where its file is, for the words of a fault.

    Raises:
        ProfileError: not TOML, an unknown key (with the nearest known one), a value of another
            type than expected, or settings that contradict each other.
    """
    where = f"profile {path or name}"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{where}: not TOML: {error}. Correct the file.") from error
    if "name" in data:
        raise ProfileError(f"{where}: 'name' is not a key; the file's name names it. Remove it.")
    _refuse_unknown(data, Profile, where, "")
    try:
        profile = msgspec.convert({**data, "name": name}, Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(f"{where}: {type_fault(str(error), Profile)}") from error
    for fault in faults(profile):
        raise ProfileError(f"{where}: {fault}.")
    return profile


def _refuse_unknown(data: Mapping[str, Any], kind: type[Struct], where: str, path: str) -> None:
    known = {item.name: item.type for item in msgspec.structs.fields(kind)}
    known.pop("name", None)
    for key, value in data.items():
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"the nearest is '{near[0]}'" if near else f"known are {', '.join(known)}"
            raise ProfileError(f"{where}: '{path}{key}' is not a key; {hint}. Correct it.")
        inner = struct_of(known[key])
        if inner is not None:
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict):
                    _refuse_unknown(part, inner, where, f"{path}{key}.")


@cache
def shipped() -> tuple[Profile, ...]:
    """Return the profiles that come with the tool, by name."""
    folder = files("schemas").joinpath("profiles")
    names = sorted(
        item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")
    )
    return tuple(
        parse_profile(folder.joinpath(f"{name}.toml").read_text("utf-8"), name) for name in names
    )


def text_of(name_or_path: str, extra_dirs: Iterable[Path] = ()) -> str:
    """Return the TOML of a profile: of a file, of one in `extra_dirs`, or of a shipped one.

    Raises:
        ProfileError: there is none, with the nearest names; or the file cannot be read.
    """
    own = own_file(name_or_path, extra_dirs)
    if own is not None:
        return _read(own)
    item = files("schemas").joinpath("profiles", f"{name_or_path}.toml")
    if item.is_file():
        return item.read_text("utf-8")
    names = [profile.name for profile in shipped()] + [
        found.stem for folder in extra_dirs for found in sorted(folder.glob("*.toml"))
    ]
    near = get_close_matches(name_or_path, names, n=3, cutoff=0.4)
    hint = f"the nearest are {', '.join(near)}" if near else "no name is near it"
    raise ProfileError(f"there is no profile '{name_or_path}'; {hint}. 'profiles list' shows all.")


def own_file(name_or_path: str, extra_dirs: Iterable[Path]) -> Path | None:
    """Return the file of a profile that is not a shipped one."""
    path = Path(name_or_path)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return path
    own = (folder / f"{name_or_path}.toml" for folder in extra_dirs)
    return next((candidate for candidate in own if candidate.is_file()), None)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ProfileError(
            f"profile {path}: cannot be read: {reason}. Name another file, or correct it."
        ) from error


def load(name_or_path: str, extra_dirs: Iterable[Path] = ()) -> Profile:
    """Return one profile by its name or path; own profiles come before shipped ones.

    Raises:
        ProfileError: there is none, or it cannot be used.
    """
    folders = tuple(extra_dirs)
    name = Path(name_or_path).name.removesuffix(".toml")
    own = own_file(name_or_path, folders)
    return parse_profile(text_of(name_or_path, folders), name, str(own or ""))
