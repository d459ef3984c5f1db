"""What each generation of the API offers: its entity sets, what stands at the top, actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from importer.simulator.beside import Contacts, ContactsInformation, GeneralJournalLines
from importer.simulator.dimensions import DimensionLines, DimensionSetLines
from importer.simulator.entities import EntitySet
from importer.simulator.journals import CustomerPaymentJournals, Journals, OlderJournals
from importer.simulator.ledgers import (
    AccountingPeriods,
    AnalyticsCustomerEntries,
    GeneralLedgerEntries,
    GeneralLedgerSetup,
    ReportCustomerEntries,
)
from importer.simulator.masters import (
    Accounts,
    AgedAccountsReceivables,
    BankAccounts,
    Companies,
    Currencies,
    CustomerFinancialDetails,
    Customers,
    DetailedCustomers,
    Dimensions,
    DimensionValues,
    SalesInvoices,
)
from importer.simulator.payments import (
    BetaCustomerPayments,
    CustomerPayments,
    OlderCustomerPayments,
)


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation: entity sets by name, and which of them stand under a company."""

    sets: Mapping[str, EntitySet]
    top: frozenset[str]
    actions: frozenset[str] = frozenset({"Microsoft.NAV.post"})


def _generation(
    *sets: EntitySet, nested_only: frozenset[str] = frozenset(), actions: tuple[str, ...] = ()
) -> Generation:
    by_name = {entity_set.name: entity_set for entity_set in sets}
    top = frozenset(by_name) - nested_only - {"companies"}
    return Generation(by_name, top, frozenset(("Microsoft.NAV.post", *actions)))


_SHARED: tuple[EntitySet, ...] = (
    Companies(),
    CustomerPaymentJournals(),
    Customers(),
    SalesInvoices(),
    Accounts(),
    Currencies(),
    Dimensions(),
    DimensionValues(),
    GeneralLedgerEntries(),
)

GENERATIONS: Mapping[str, Generation] = {
    "v2.0": _generation(
        *_SHARED,
        CustomerPayments(),
        DimensionSetLines(),
        Journals(),
        BankAccounts(),
        GeneralLedgerSetup(),
        CustomerFinancialDetails(),
        AgedAccountsReceivables(),
        AccountingPeriods(),
        DetailedCustomers(),
        Contacts(),
        ContactsInformation(),
        GeneralJournalLines(),
        nested_only=frozenset({"contactsInformation", "journalLines"}),
    ),
    "v1.0": _generation(*_SHARED, OlderCustomerPayments(), DimensionLines(), OlderJournals()),
    "beta": _generation(*_SHARED, BetaCustomerPayments(), DimensionLines(), OlderJournals()),
    "graph": _generation(
        *_SHARED,
        BetaCustomerPayments(),
        DimensionLines(),
        OlderJournals(),
        nested_only=frozenset({"customerPayments"}),
        actions=("post",),
    ),
    "reportsFinance": _generation(Companies(), ReportCustomerEntries()),
    "analytics": _generation(Companies(), AnalyticsCustomerEntries()),
}
