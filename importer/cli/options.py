"""The options that commands share; each also comes from the environment and the settings file."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from importer.settings import GENERATIONS, ON_ERROR, PREFIX, TargetOptions

Command = Callable[..., Any]

MAX_ROW = 10_000_000
"""Rows beyond it are in no file that can be read."""


class Amount(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions
    """An amount such as `1234.50`: digits and a decimal point, nothing else."""

    name = "amount"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the exact decimal, or fail with a sentence."""
        text = str(value).strip()
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or not set(text) <= set("+-.0123456789"):
            self.fail(
                f"{text!r} is not an amount; expected digits and a point, as 1234.50", param, ctx
            )
        return amount


class Rows(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions
    """Row numbers such as `7` or `7,9-12`."""

    name = "rows"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> frozenset[int]:
        """Return the numbers, or fail with a sentence."""
        if isinstance(value, frozenset):
            return value
        rows: set[int] = set()
        for part in str(value).replace(",", " ").split() or [""]:
            first, _, last = part.partition("-")
            if not re.fullmatch(r"[0-9]{1,8}(-[0-9]{1,8})?", part):
                self.fail(f"{part!r} is not a row; expected 7 or 9-12", param, ctx)
            numbers = range(int(first), int(last or first) + 1)
            if not numbers or numbers[-1] > MAX_ROW:
                self.fail(f"{part!r} holds no row; expected such as 9-12", param, ctx)
            rows.update(numbers)
        return frozenset(rows)


class Named(click.Path):
    """A file or folder by its name; an empty one would stand for the working folder."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(path_type=Path, **attributes)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or fail with a sentence."""
        if isinstance(value, str) and not value.strip():
            self.fail(
                "the name is empty, as that of a variable which is not set. Name a file or a "
                "folder; '.' is the working folder",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


def option(name: str, *more: str, **attributes: Any) -> Callable[[Command], Command]:
    """Return a `click.option` that is also read from `CUSTOMER_PAYMENTS_<OPTION>`."""
    variable = PREFIX + name.removeprefix("--").partition("/")[0].upper().replace("-", "_")
    return click.option(name, *more, envvar=variable, show_envvar=False, **attributes)


def _together(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


verbosity = _together(
    option("--verbose", "-v", count=True, help="Say more while it works."),
    option("--quiet", "-q", is_flag=True, help="Say nothing while it works."),
    option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How the story on stderr is written; json for collectors.",
    ),
)


def _json_asked(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    """Note for `group.run`, which tells of faults, that they are asked for as JSON."""
    if value and isinstance(context.obj, set):
        context.obj.add("json")
    return value


def _json(help_text: str) -> Callable[[Command], Command]:
    return option("--json", "as_json", is_flag=True, callback=_json_asked, help=help_text)


as_json = _json("Print one JSON document on stdout.")
as_json_lines = _json("Print a line of JSON for each row on stdout.")
ledger = option("--ledger", default="", help="The import ledger: a path or a database URL.")


def _speak(_context: click.Context, _parameter: click.Parameter, language: str) -> None:
    """Choose the language of what this process reports."""
    from importer.reports.language import speak

    speak(language)


language = option(
    "--language",
    type=click.Choice(("en", "de", "nl", "fr", "da")),
    default="en",
    show_default=True,
    expose_value=False,
    callback=_speak,
    help="Language of the reports; what it lacks is in English.",
)
USUAL_REPORTS = Path("customer-payments-reports")
report_dir = _together(
    option(
        "--report-dir",
        type=Named(),
        default=USUAL_REPORTS,
        show_default=True,
        help="Folder for the reports; each run gets a folder of its own in it.",
    ),
    language,
)
ANSWERS = ("currency", "date_column", "amount_column", "credit_column", "debit_column")
LIMITS = ("rows", "columns", "file_bytes", "unpacked_bytes", "field_bytes", "memory_bytes")


def _limit(name: str) -> Callable[[Command], Command]:
    shown = name == "rows"
    text = "Most rows of a file (default 2,000,000); the other limits are named where they end one."
    return option(
        "--limit-" + name.replace("_", "-"),
        type=click.IntRange(min=1),
        metavar="N",
        help=text if shown else None,
        hidden=not shown,
    )


limits = _together(
    *(_limit(name) for name in LIMITS),
    option("--limit-seconds", type=click.FloatRange(min=0.1), metavar="N", hidden=True),
)


def limits_of(given: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    """Collect the limits that the user set."""
    names = (*LIMITS, "seconds")
    values = ((name, given.get(f"limit_{name}")) for name in names)
    return tuple((name, value) for name, value in values if value is not None)


source = _together(
    option("--profile", default="", help="How the file is laid out: a name, a TOML file, or auto."),
    option(
        "--encoding", default="", help="Read a text file in this encoding (default: by content)."
    ),
    option("--delimiter", default="", help="The mark between the fields (default: by content)."),
    option("--sheet", default="", help="The sheet of a workbook (default: by content)."),
    option("--date-format", default="", help="How dates are written, for example %d/%m/%Y."),
    option("--decimal", type=click.Choice([".", ","]), default=None, help="The decimal mark."),
    option(
        "--positive",
        type=click.Choice(["received", "paid"]),
        default=None,
        help="What a positive amount means, where no profile says it.",
    ),
    *(
        option(f"--{name}-column", default="", metavar="NAME", help=text)
        for name, text in (
            ("date", "The column of the day, where a profile is proposed (or its number)."),
            ("amount", "Likewise the column of the amount."),
            ("credit", "Likewise the column of money received."),
            ("debit", "Likewise the column of money paid."),
        )
    ),
    option("--currency", default="", help="Likewise the currency of a file that names none."),
    limits,
)
controls = _together(
    option("--expect-count", type=click.IntRange(min=0), help="Number of incoming payments."),
    option("--expect-total", type=Amount(), help="Sum of incoming payments, as 1234.50."),
    option(
        "--accept-totals",
        is_flag=True,
        help="Go on although balances, totals or counts that the file prints differ.",
    ),
)
connection = _together(
    option("--base-url", default="", help="Address of the API, instead of the following three."),
    option("--tenant", default="", help="Entra tenant: its id or domain."),
    option("--environment", default="production", show_default=True, help="BC environment."),
    option(
        "--api",
        type=click.Choice(GENERATIONS),
        default="v2.0",
        show_default=True,
        help="Generation of the API.",
    ),
    option("--ca-bundle", default="", help="PEM file of the authorities to trust (on premises)."),
    option("--proxy", default="", help="Address of the proxy to the service, if there is one."),
    option("--company", default="", help="Company: its name or id (default: the only one)."),
    option(
        "--timeout-seconds",
        type=click.FloatRange(min=1),
        default=620.0,
        show_default=True,
        help="How long one request may take; the server's own limit is 600.",
    ),
)
journal = _together(
    option("--journal", default="", help="Code of the customer payment journal."),
    option("--create-journal", is_flag=True, help="Create the journal where it does not exist."),
    option("--balancing-account", default="", help="G/L account of a journal that is created."),
)
scheduled = _together(
    option(
        "--archive",
        type=Named(file_okay=False),
        help="Move finished files into folders here, by result; nothing is overwritten.",
    ),
    option("--notify", default="", metavar="URL", help="Send a summary of each run there."),
)
choices = _together(
    option("--only", type=Rows(), metavar="ROWS", help="Take these rows alone, as 7,9-12."),
    option("--skip", type=Rows(), metavar="ROWS", help="Leave these rows out."),
    option("--strict", is_flag=True, help="Reject rows with warnings too."),
    option(
        "--on-error",
        type=click.Choice(ON_ERROR),
        default="skip",
        show_default=True,
        help="With a faulty row: skip it; stop (send nothing, or no more); or take all back.",
    ),
)
SETTLE_SECONDS = 660.0
settling = option(
    "--settle-seconds",
    type=click.FloatRange(min=0),
    default=SETTLE_SECONDS,
    show_default=True,
    help="Wait after a lost answer before the same line is sent again.",
)
sending = _together(
    option(
        "--batch-size",
        type=click.IntRange(1, 100),
        default=100,
        show_default=True,
        help="Payments in one request; 1 sends single requests.",
    ),
    settling,
    option(
        "--acknowledge-lines",
        is_flag=True,
        help="A person has looked at lines of this tool that the import ledger does not know.",
    ),
)

TARGET = ("base_url", "tenant", "environment", "api", "ca_bundle", "proxy", "company",
          "timeout_seconds", "journal", "create_journal", "balancing_account",
          "batch_size")  # fmt: skip


def target_options(given: dict[str, Any]) -> TargetOptions:
    """Collect the options of the target from a command's arguments."""
    return TargetOptions(**{name: given[name] for name in TARGET if name in given})
