"""Proposing: a complete profile for any file of payments, by the evidence in the file.

`propose` decides once per column over all rows. What the evidence does not decide becomes a
question with its readings; nothing is guessed in silence. `judged` adds to a profile that is known
what columns beside its own say of rows.
"""

from importer.proposing.headers import Header
from importer.proposing.inference import propose
from importer.proposing.judging import judged
from importer.proposing.proposal import Answers, Proposal, Question, Reason

__all__ = ["Answers", "Header", "Proposal", "Question", "Reason", "judged", "propose"]
