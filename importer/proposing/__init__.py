"""Proposing: a complete profile for any file of payments, by the evidence in the file.

`propose` decides once per column over all rows. What the evidence does not decide becomes a
question with its readings; nothing is guessed in silence.
"""

from importer.proposing.inference import propose
from importer.proposing.proposal import Answers, Proposal, Question, Reason

__all__ = ["Answers", "Proposal", "Question", "Reason", "propose"]
