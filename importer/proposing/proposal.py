"""What inference hands over: a profile, the reasons of each choice, and what is undecided."""

from __future__ import annotations

import re
from dataclasses import dataclass

from importer.errors import NeedsInput, UsageProblem
from schemas.dates import DateFormatError, date_format
from schemas.profile import Profile


@dataclass(frozen=True, slots=True)
class Answers:
    """What the user says about a file; `""` leaves a choice to the evidence.

    `date_format` is a format of `strptime`; `decimal` the mark `.` or `,`; `positive` is
    `received` or `paid`; columns are given by their header text, `Name#2`, or position from 1.
    """

    date_format: str = ""
    decimal: str = ""
    positive: str = ""
    currency: str = ""
    date_column: str | int = ""
    amount_column: str | int = ""
    credit_column: str | int = ""
    debit_column: str | int = ""

    def __post_init__(self) -> None:
        """Refuse a date format that cannot be used.

        Raises:
            UsageProblem: it has no day, month or year, or an unknown letter.
        """
        if not self.date_format:
            return
        try:
            date_format(self.date_format)
        except DateFormatError as error:
            raise UsageProblem(
                f"--date-format: {error}. Example: --date-format %d/%m/%Y"
            ) from error


@dataclass(frozen=True, slots=True)
class Reason:
    """Which key of the profile, what was decided, and why, as a sentence."""

    key: str
    decided: str
    why: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the file does not decide: both readings with their consequences, and the setting.

    `blocking` questions concern money or days: nothing may be imported before their answer.
    """

    key: str
    text: str
    readings: tuple[str, ...]
    setting: str
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """A complete profile for a file, inferred from its content.

    `profile` holds the likelier reading of whatever is still a question; `toml` is the profile
    as text, with the reason of each choice as a comment and each question marked.
    """

    file: str
    profile: Profile
    reasons: tuple[Reason, ...]
    questions: tuple[Question, ...]
    toml: str

    def require_decided(self) -> None:
        """Refuse to go on while something that matters to money or days is a question.

        Raises:
            NeedsInput: with the readings of every such question.
        """
        open_questions = [question for question in self.questions if question.blocking]
        if open_questions:
            raise needs_input(self.file, *open_questions)


def needs_input(file: str, *questions: Question) -> NeedsInput:
    """Return the error that asks these questions."""
    asked = " ".join(f"{one.text} Set {options_of(one.setting)}." for one in questions)
    readings = tuple(reading for question in questions for reading in question.readings)
    return NeedsInput(f"{file}: {asked}", readings)


def options_of(setting: str) -> str:
    """Return a setting as its option is written: `--amount-column` for `amount_column`."""
    names = "|".join(Answers.__dataclass_fields__)
    return re.sub(rf"\b({names})\b", lambda found: "--" + found[0].replace("_", "-"), setting)
