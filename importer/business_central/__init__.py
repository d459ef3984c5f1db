"""The client of the Business Central API: the only room that speaks HTTP to the service."""

from importer.business_central.checks import CheckLine
from importer.business_central.client import BusinessCentral
from importer.business_central.connection import (
    BasicKey,
    ClientCertificate,
    ClientSecret,
    Connection,
    Credentials,
    DeviceCode,
    ReadyToken,
)
from importer.business_central.generations import BANK_ACCOUNTS, LEDGER_SETUP
from importer.business_central.lines import JournalLines
from importer.business_central.records import (
    AccountingPeriod,
    BankAccount,
    Company,
    Customer,
    CustomerEntry,
    Invoice,
    Journal,
    LedgerSetup,
    PostedEntry,
)

__all__ = [
    "BANK_ACCOUNTS",
    "LEDGER_SETUP",
    "AccountingPeriod",
    "BankAccount",
    "BasicKey",
    "BusinessCentral",
    "CheckLine",
    "ClientCertificate",
    "ClientSecret",
    "Company",
    "Connection",
    "Credentials",
    "Customer",
    "CustomerEntry",
    "DeviceCode",
    "Invoice",
    "Journal",
    "JournalLines",
    "LedgerSetup",
    "PostedEntry",
    "ReadyToken",
]
