"""What a connection sees: companies, journals, and whether all is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from importer.pipeline.connecting import client, only_company

if TYPE_CHECKING:
    from importer.business_central import CheckLine, Company, Journal
    from importer.settings import TargetOptions


def companies(options: TargetOptions, say: Callable[[str], None]) -> Sequence[Company]:
    """Return the companies of the environment."""
    with client(options, say) as opened:
        return opened.companies()


def journals(options: TargetOptions, say: Callable[[str], None]) -> Sequence[Journal]:
    """Return the customer payment journals of the company."""
    with client(options, say) as opened:
        return opened.journals(only_company(opened, options.company).id)


def check_connection(options: TargetOptions, say: Callable[[str], None]) -> Sequence[CheckLine]:
    """Return one line each for what a connection needs."""
    with client(options, say) as opened:
        return opened.check(
            company=options.company,
            journal=options.journal,
            balancing_account=options.balancing_account,
            create_journal=options.create_journal,
        )
