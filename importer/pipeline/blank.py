"""The blank workbook for payments, with the company's lists where there is a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from importer.pipeline.checking import utc_now
from importer.pipeline.connecting import client, only_company

if TYPE_CHECKING:
    from importer.business_central import BusinessCentral
    from importer.reports.template import Lists
    from importer.settings import TargetOptions


def template(options: TargetOptions, say: Callable[[str], None]) -> bytes:
    """Return the blank workbook; settings that name a service fill its drop-downs.

    Raises:
        ConfigurationProblem: company, token or address is wrong.
        ServiceUnavailable: the service does not answer.
    """
    from importer.reports.template import Lists, template_xlsx

    lists = Lists()
    if options.base_url or options.tenant:
        with client(options, say) as opened:
            lists = _lists(opened, options)
        say(f"{len(lists.customers):,} customers and {len(lists.invoices):,} open invoices listed.")
    return template_xlsx(lists, generation=options.api, time=utc_now())


def _lists(opened: BusinessCentral, options: TargetOptions) -> Lists:
    from importer.reports.template import MAX_LISTED, Lists

    company = only_company(opened, options.company)
    customers = opened.first_customers(company.id, MAX_LISTED + 1)
    invoices = opened.open_invoices(company.id, MAX_LISTED + 1)
    offered = opened.connection.described.offers
    setup = opened.ledger_setup(company.id) if "generalLedgerSetup" in offered else None
    return Lists(
        company=company.display_name or company.name,
        local_currency=setup.local_currency_code if setup else "",
        customers=[(c.number, c.name) for c in customers if c.blocked != "All"][:MAX_LISTED],
        invoices=[
            (
                invoice.number,
                invoice.bill_to_customer_number or invoice.customer_number,
                invoice.customer_name,
                f"{invoice.remaining_amount:f} {invoice.currency_code}".rstrip(),
            )
            for invoice in invoices
        ][:MAX_LISTED],
        complete=max(len(customers), len(invoices)) <= MAX_LISTED,
        posting_from=setup.allow_posting_from if setup else None,
        posting_to=setup.allow_posting_to if setup else None,
    )
