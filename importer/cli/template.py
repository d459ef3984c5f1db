"""The command that writes a blank workbook for payments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from importer.cli import options
from importer.cli.output import console_of
from importer.errors import UsageProblem

SUFFIX = ".xlsx"


@click.command()
@click.argument("file", type=options.Named(), default=Path("customer-payments.xlsx"))
@options.option("--force", is_flag=True, help="Write over a file that is there.")
@options.connection
@options.verbosity
def template(file: Path, **given: Any) -> int:
    """Write a blank workbook FILE for payments that is hard to fill in wrongly.

    With --base-url or --tenant it offers the company's customers and open invoices to choose from.

    Example: customer-payments template payments.xlsx
    """
    from importer import pipeline

    console = console_of(given)
    if file.suffix.lower() != SUFFIX:
        name = file.with_suffix(SUFFIX).name if file.name else f"payments{SUFFIX}"
        raise UsageProblem(
            f"{file} is not the name of a workbook; expected one that ends with {SUFFIX}. "
            f"Name it {name}, for example"
        )
    if file.exists() and not given["force"]:
        raise UsageProblem(f"{file} exists. Name another file, or write over it with --force")
    content = pipeline.template(options.target_options(given), console.say)
    try:
        file.touch(mode=0o600)
        file.write_bytes(content)
    except OSError as fault:
        raise UsageProblem(
            f"{file} cannot be written: {fault.strerror}. Name a file in a folder that can be "
            "written to"
        ) from None
    console.result(str(file))
    return 0


COMMANDS: tuple[click.Command, ...] = (template,)
