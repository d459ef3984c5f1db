"""Customer and invoice of each payment, compared with what the company holds."""

from importer.matching.company import Company, JournalState
from importer.matching.comparing import Matched, match

__all__ = ["Company", "JournalState", "Matched", "match"]
