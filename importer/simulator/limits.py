"""The limits of the online service, per user; small numbers make them testable."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field

from importer.simulator.errors import ApiError

_POLL_S = 0.002


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one user may ask for."""

    # None: as many as come.
    requests: int | None = 6000
    window_s: float = 300
    concurrent: int = 5
    queue: int = 95
    retry_after: str | None = None


QUEUE_ONLY = Limits(requests=None)


@dataclass(slots=True)
class _User:
    recent: deque[float] = field(default_factory=deque)
    executing: int = 0
    queued: int = 0


class Gate:
    """Lets requests in as the limits allow."""

    def __init__(self, limits: Limits | None) -> None:
        self.limits = limits
        self._users: dict[str, _User] = {}

    def _refuse(self, actual: int, maximum: int) -> ApiError:
        after = self.limits.retry_after if self.limits else None
        return ApiError(
            429,
            "Application_TooManyRequests",
            f"Too many requests reached. Actual ({actual}). Maximum ({maximum}).",
            {"Retry-After": after} if after else None,
        )

    def enter(self, name: str) -> Generator[float, None, None]:
        """Wait for a place among the executing; raises ApiError 429."""
        if self.limits is None:
            return
        user = self._users.setdefault(name, _User())
        now = time.monotonic()
        while user.recent and user.recent[0] <= now - self.limits.window_s:
            user.recent.popleft()
        most = self.limits.requests
        if most is not None and len(user.recent) >= most:
            raise self._refuse(len(user.recent) + 1, most)
        if user.executing >= self.limits.concurrent:
            if user.queued >= self.limits.queue:
                places = self.limits.concurrent + self.limits.queue
                raise self._refuse(places + 1, places)
            user.queued += 1
            try:
                while user.executing >= self.limits.concurrent:
                    yield _POLL_S
            finally:
                user.queued -= 1
        if most is not None:
            user.recent.append(now)
        user.executing += 1

    def leave(self, name: str) -> None:
        """Give the place back."""
        if self.limits is not None:
            self._users[name].executing -= 1
