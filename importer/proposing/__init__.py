"""Proposing: a complete profile for any file of payments, by the evidence in the file.

`propose` decides once per column over all rows. What the evidence does not decide becomes a
question with its readings; nothing is guessed in silence. `judged` adds to a profile that is known
what columns beside its own say of rows, `with_unlisted` what its own columns of states say.
"""

from importer.proposing.headers import Header
from importer.proposing.inference import propose
from importer.proposing.judging import judged
from importer.proposing.proposal import Answers, Proposal, Question, Reason
from importer.proposing.unlisted import status_columns, with_unlisted

__all__ = [
    "Answers",
    "Header",
    "Proposal",
    "Question",
    "Reason",
    "judged",
    "propose",
    "status_columns",
    "with_unlisted",
]
