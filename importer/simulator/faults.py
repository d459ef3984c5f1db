"""What goes wrong, when: a plan that is the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

NOT_EXECUTED = frozenset({"lost_before", "answer", "lock", "missing"})
EXECUTED = frozenset(
    {
        "lost_after",
        "answered_after",
        "cut_body",
        "html_body",
        "empty_body",
        "enormous_body",
        "wrong_content_type",
    }
)
KINDS = NOT_EXECUTED | EXECUTED | {"late", "delay", "act"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble and the requests it befalls.

    Which: `method` and `path` are regular expressions (path without query, whole URL of an
    inner request); `nth` counts the matching requests from 1; `every` hits each such many;
    `probability` draws; `times` bounds the hits; `operation` aims inside a $batch, at the
    1-based place or at the id of an inner request, `"*"` at any.

    What, by `kind`:
    lost_before          the connection closes, nothing was executed
    lost_after           executed, then the connection closes without an answer
    late                 answered first (`status`, 0 closes), executed `after_requests` requests
                         or `after_s` seconds later
    answered_after       executed, but answered with `status` and an HTML page
    answer               not executed; answered with `status`, `code`, `message`, `headers`
    lock                 not executed; 409 as when another session holds the table
    cut_body             executed; `cut_at` bytes of the answer, then the connection closes
    html_body, empty_body, enormous_body (`size_bytes`), wrong_content_type
                         executed; the answer's body is replaced, its status kept
    missing              the inner request is neither executed nor answered
    delay                `after_s` seconds pass before execution
    act                  a person does `act` before the request is executed

    Inside a $batch: act, answer, lock, missing, lost_before, lost_after, answered_after; the
    last three end the whole request there, which takes a snapshot batch back.
    """

    kind: str
    method: str = ""
    path: str = ""
    nth: int | None = None
    every: int | None = None
    times: int | None = None
    probability: float | None = None
    operation: int | str | None = None
    status: int = 0
    code: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_requests: int = 0
    after_s: float = 0
    cut_at: int | None = None
    size_bytes: int = 64 * 1024 * 1024
    act: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault '{self.kind}'; known: {', '.join(sorted(KINDS))}")
        re.compile(self.method)
        re.compile(self.path)

    def matches(self, method: str, path: str) -> bool:
        """Whether the request is of the kind that the fault befalls."""
        return bool(re.search(self.method, method) and re.search(self.path, path))

    def aims_at(self, place: int, identity: str | None) -> bool:
        """Whether an inner request is the one aimed at."""
        return self.operation in ("*", place) or (
            isinstance(self.operation, str) and self.operation == identity
        )


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Faults in order of precedence: per request the acts, then the first that hits."""

    faults: Sequence[Fault] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "faults", tuple(self.faults))

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> FaultPlan:
        """From JSON: `{"seed": 7, "faults": [{"kind": "lost_after", "nth": 3}]}`."""
        known = {f.name for f in fields(Fault)}
        faults = []
        for given in value.get("faults", ()):
            unknown = sorted(set(given) - known)
            if unknown:
                raise ValueError(f"a fault has no {unknown[0]}; known: {', '.join(sorted(known))}")
            values: dict[str, Any] = dict(given)
            # JSON numbers come as exact decimals; clocks and dice want floats.
            for name in _FLOATS:
                if values.get(name) is not None:
                    values[name] = float(values[name])
            faults.append(Fault(**values))
        return cls(tuple(faults), int(value.get("seed", 0)))

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON."""
        return {"seed": self.seed, "faults": [asdict(fault) for fault in self.faults]}


_FLOATS = frozenset({"probability", "after_s"})


class Trouble:
    """A plan at work: counts matches and hits."""

    def __init__(self, plan: FaultPlan | None) -> None:
        self.plan = plan or FaultPlan()
        self._matches = [0] * len(self.plan.faults)
        self._hits = [0] * len(self.plan.faults)
        # A generator for each fault, so that they do not disturb one another.
        self._random = [
            random.Random(f"{self.plan.seed}/{place}")  # noqa: S311 - reproducible on purpose
            for place in range(len(self.plan.faults))
        ]
        self._inner = any(fault.operation is not None for fault in self.plan.faults)

    @property
    def hits(self) -> list[int]:
        """How often each fault has struck."""
        return list(self._hits)

    def on_request(self, method: str, path: str) -> list[Fault]:
        """What befalls a request: acts and delays, then at most one fault."""
        if not self.plan.faults:
            return []
        return self._choose(
            [i for i, f in enumerate(self.plan.faults) if f.operation is None], method, path
        )

    def on_operation(self, place: int, identity: str | None, method: str, path: str) -> list[Fault]:
        """What befalls an inner request of a $batch."""
        if not self._inner:
            return []
        aimed = [
            i
            for i, f in enumerate(self.plan.faults)
            if f.operation is not None and f.aims_at(place, identity)
        ]
        return self._choose(aimed, method, path)

    def _choose(self, places: Sequence[int], method: str, path: str) -> list[Fault]:
        chosen: list[Fault] = []
        for place in places:
            fault = self.plan.faults[place]
            if not fault.matches(method, path):
                continue
            self._matches[place] += 1
            if not self._strikes(place, fault):
                continue
            self._hits[place] += 1
            chosen.append(fault)
            if fault.kind not in ("act", "delay"):
                break
        return chosen

    def _strikes(self, place: int, fault: Fault) -> bool:
        count = self._matches[place]
        if fault.times is not None and self._hits[place] >= fault.times:
            return False
        if fault.nth is not None and count != fault.nth:
            return False
        if fault.every is not None and count % fault.every:
            return False
        if fault.probability is not None:
            return self._random[place].random() < fault.probability
        return True
