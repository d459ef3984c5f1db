"""The import ledger: the durable record of what was planned, sent and answered.

The only user of the database. `open_ledger` is the way in; everything that is written is
committed, and on stable storage, before the call returns.
"""

from importer.ledger.book import Ledger, Registered, open_ledger
from importer.ledger.storage import path_of as ledger_path

__all__ = ["Ledger", "Registered", "ledger_path", "open_ledger"]
