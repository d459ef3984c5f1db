"""What differs between the generations of the API: paths, keys, dimensions, what is offered.

Source: parts 1, 6, 7 and 8 of the reference on the Business Central API. The properties of a
payment and their lengths are those of `schemas.payment`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from importer.errors import ConfigurationProblem

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

BANK_ACCOUNTS: Final = "bankAccounts"
LEDGER_SETUP: Final = "generalLedgerSetup"
ACCOUNTING_PERIODS: Final = "accountingPeriods"
CUSTOMER_LEDGER_ENTRIES: Final = "customerLedgerEntries"


def is_guid(text: str) -> bool:
    """Return whether `text` is a GUID."""
    return _GUID.fullmatch(text) is not None


def guid(text: str) -> str:
    """Return `text` if it is a GUID.

    Raises:
        ConfigurationProblem: it is none, and must not become part of an address.
    """
    if not is_guid(text):
        raise ConfigurationProblem(
            f"{text[:80]!r} is not an id; expected a GUID such as "
            "1234abcd-0000-4000-8000-00000000abcd. Check the base URL and the API generation"
        )
    return text.lower()


def text_literal(text: str) -> str:
    """Return `text` as a literal of `$filter`, quotes doubled."""
    return "'" + text.replace("'", "''") + "'"


def query(**options: str) -> str:
    """Return `?$filter=…&$top=…`, percent-encoded; `""` for no option."""
    parts = [f"${name}={quote(value, safe='')}" for name, value in options.items() if value]
    return "?" + "&".join(parts) if parts else ""


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of the API.

    `service` is the URL of Microsoft's service with `{place}` for tenant and environment;
    `publisher_route` is what follows the API's root in the URL, or `""`. `dimension_lines` is
    the entity set beside the payments, or `""` where dimensions are nested in a payment.
    `customer_fields` and `invoice_fields` are for `$select`, `""` asks for all.
    """

    name: str
    service: str
    scope: str
    batch_limit: int
    quoted_keys: bool = False
    dimension_lines: str = "dimensionLines"
    offers: frozenset[str] = frozenset()
    customer_fields: str = ""
    invoice_fields: str = ""

    def literal(self, key: str) -> str:
        """Return the id `key` as this generation writes it in a path; filters never quote ids."""
        return f"'{guid(key)}'" if self.quoted_keys else guid(key)

    def company(self, company_id: str) -> str:
        """Return the path of a company."""
        return f"companies({self.literal(company_id)})"

    def journals(self, company_id: str) -> str:
        """Return the path of a company's customer payment journals."""
        return f"{self.company(company_id)}/customerPaymentJournals"

    def journal(self, company_id: str, journal_id: str) -> str:
        """Return the path of one journal."""
        return f"{self.journals(company_id)}({self.literal(journal_id)})"

    def lines(self, company_id: str, journal_id: str) -> str:
        """Return the path of a journal's lines."""
        return f"{self.journal(company_id, journal_id)}/customerPayments"

    def line(self, company_id: str, journal_id: str, line_id: str) -> str:
        """Return the path of one line."""
        return f"{self.lines(company_id, journal_id)}({self.literal(line_id)})"

    def dimensions(self, company_id: str, journal_id: str, line_id: str) -> str:
        """Return the path of the dimensions of a line; POST goes there as well."""
        if self.dimension_lines:
            return f"{self.company(company_id)}/{self.dimension_lines}"
        return f"{self.line(company_id, journal_id, line_id)}/dimensionSetLines"

    def dimension_filter(self, line_id: str) -> str:
        """Return the filter without which dimension lines cannot be listed, or `""`."""
        return f"parentId eq {guid(line_id)}" if self.dimension_lines else ""

    def dimension_key(self, line_id: str, dimension_id: str) -> str:
        """Return the key of one dimension of a line."""
        own = self.literal(dimension_id)
        return (
            f"(parentId={self.literal(line_id)},id={own})" if self.dimension_lines else f"({own})"
        )

    def require(self, entity: str) -> None:
        """Refuse what this generation does not offer, before anything is sent.

        Raises:
            ConfigurationProblem: this generation has no `entity`.
        """
        if entity not in self.offers:
            raise ConfigurationProblem(
                f"API {self.name} has no {entity}; they exist in API v2.0. Set --api v2.0"
            )


_SERVICE: Final = "https://api.businesscentral.dynamics.com"
_SCOPE: Final = f"{_SERVICE}/.default"

GENERATIONS: Final[dict[str, Generation]] = {
    generation.name: generation
    for generation in (
        Generation(
            name="v2.0",
            service=_SERVICE + "/v2.0/{place}/api/v2.0",
            scope=_SCOPE,
            batch_limit=100,
            dimension_lines="",
            offers=frozenset(
                {BANK_ACCOUNTS, LEDGER_SETUP, ACCOUNTING_PERIODS, CUSTOMER_LEDGER_ENTRIES}
            ),
            customer_fields="id,number,displayName,blocked,currencyCode",
            invoice_fields=(
                "id,number,externalDocumentNumber,postingDate,dueDate,customerId,customerNumber,"
                "customerName,billToCustomerId,billToCustomerNumber,currencyCode,"
                "totalAmountIncludingTax,remainingAmount,status,orderNumber"
            ),
        ),
        Generation(
            name="v1.0",
            service=_SERVICE + "/v2.0/{place}/api/v1.0",
            scope=_SCOPE,
            batch_limit=100,
        ),
        Generation(
            name="beta",
            service=_SERVICE + "/v2.0/{place}/api/beta",
            scope=_SCOPE,
            batch_limit=1,
        ),
        Generation(
            name="graph",
            service="https://graph.microsoft.com/beta/financials",
            scope="https://graph.microsoft.com/.default",
            batch_limit=1,
            quoted_keys=True,
        ),
    )
}
