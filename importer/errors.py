"""The exceptions of the importer: each class says what happens next.

::

    ImporterError                 the command stops with `exit_code`; the text is shown as it is
    ├── UsageProblem        (2)   an option, a setting or a profile is wrong: correct it, call again
    ├── InputProblem        (1)   the source file cannot be used: nothing was planned or sent
    │   ├── NeedsInput      (4)   the file has two readings: a person must choose
    │   └── UnreadInput     (1)   its content was never judged: the file stays where it is
    ├── ConfigurationProblem (1)  company, journal, token or permission: stop; rows stay planned
    ├── ControlMismatch     (1)   a control total differs: nothing was sent
    ├── ServiceUnavailable  (5)   the service is away: nothing lost, try later
    ├── LedgerProblem       (1)   the import ledger cannot be used: nothing is sent without it
    │   ├── LedgerBusy      (5)   another run holds it: try later
    │   └── LedgerStorage   (1)   its disk failed: sending stops at once
    └── PersonNeeded        (4)   the state cannot be proven: a person must look
"""

from __future__ import annotations


class ImporterError(Exception):
    """A sentence for the user: where, what was found, what is expected, what to do."""

    exit_code = 1


class UsageProblem(ImporterError):
    """An option, a setting or a profile is wrong."""

    exit_code = 2


class InputProblem(ImporterError):
    """The source file cannot be used.

    `verdict` is the machine-readable reason that `preview --json` prints
    (``empty``, ``header-only``, ``not-payments``, ``unreadable``).
    """

    def __init__(self, message: str, verdict: str = "unreadable") -> None:
        super().__init__(message)
        self.verdict = verdict


class NeedsInput(InputProblem):
    """The file has more than one reading; `readings` says each with its consequence."""

    exit_code = 4

    def __init__(self, message: str, readings: tuple[str, ...] = ()) -> None:
        super().__init__(message, "needs-input")
        self.readings = readings


class UnreadInput(InputProblem):
    """The source file may not be read, is not there, or is still being written."""


class ConfigurationProblem(ImporterError):
    """Company, journal, token, permission or another setting of the target is wrong."""


class ControlMismatch(ImporterError):
    """An expected count or total differs from the file."""


class ServiceUnavailable(ImporterError):
    """The service does not answer; what is unfinished can be taken up later."""

    exit_code = 5


class LedgerProblem(ImporterError):
    """The import ledger cannot be used."""


class LedgerBusy(LedgerProblem):
    """Another run holds the import ledger; the message names it."""

    exit_code = 5


class LedgerStorage(LedgerProblem):
    """The storage of the import ledger failed (disk full, read-only, failed fsync)."""


class PersonNeeded(ImporterError):
    """The state of a payment or journal cannot be proven."""

    exit_code = 4
