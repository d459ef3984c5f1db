"""What a caller may decide about reading, and how much a file may cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from importer.errors import InputProblem, UsageProblem

MIB = 1024 * 1024

_TABS = ("tab", "\\t")

FAST_BYTES = MIB // 4
"""Texts beyond it are tried on the fast path, which takes longer to load."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one source file may cost; each error names the option that raises its limit.

    `seconds` and `memory_bytes` are what a small file may cost beyond starting the reader;
    a large file gets time in proportion to its size.
    """

    file_bytes: int = 256 * MIB
    rows: int = 2_000_000
    columns: int = 1_000
    unpacked_bytes: int = 512 * MIB
    field_bytes: int = MIB
    seconds: float = 3.8
    memory_bytes: int = 448 * MIB

    def problem(self, name: str, found: str) -> InputProblem:
        """Return the error for the limit `name`; `found` says where and what."""
        value = getattr(self, name)
        option = "--limit-" + name.replace("_", "-")
        return InputProblem(
            f"{found}; the limit is {value:,} ({name.replace('_', ' ')}). If the file is what "
            f"you expect, raise it with {option}."
        )


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the caller decides about a file; None: decide by the evidence in the file.

    `quote` is one character, or `""` for a file that quotes nothing.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    sheet: str | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Take `tab` for the tab, which a command line can hardly write.

        Raises:
            UsageProblem: delimiter or quote is no single mark.
        """
        if self.delimiter in _TABS:
            object.__setattr__(self, "delimiter", "\t")
        for name, mark in (("delimiter", self.delimiter), ("quote", self.quote)):
            sound = not mark or (len(mark) == 1 and not mark.isalnum() and mark not in "\r\n")
            if not sound or (name == "delimiter" and mark == '"'):
                usual = "; , | or tab" if name == "delimiter" else "\" or '"
                raise UsageProblem(
                    f"the {name} {mark!r} cannot stand between fields; expected one mark such as "
                    f"{usual}. Correct it, or leave it out: then the content decides."
                )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for the way into the child process."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ReadOptions:
        """Return the options that `to_dict` wrote."""
        return cls(**{**values, "limits": Limits(**values["limits"])})
