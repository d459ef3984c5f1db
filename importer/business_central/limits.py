"""How often and how fast we may ask: a sliding window, a few at once, bounded waits.

Source: part 9 of the reference on the Business Central API.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from threading import BoundedSemaphore, Lock
from typing import Final

LONGEST_WAIT_SECONDS: Final = 300.0
"""The length of the service's window; asking for a longer wait is taken for a mistake."""

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 60.0
OTHER_ATTEMPTS: Final = 5
"""Attempts where the service is away; more are worth it only where it asks for patience."""


def retry_after_seconds(header: str | None, now: float) -> float | None:
    """Return the seconds that a `Retry-After` header asks to wait, None where it says nothing.

    Args:
        header: seconds or an HTTP date.
        now: seconds since the epoch.
    """
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text[:20]), LONGEST_WAIT_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        when = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(when - now, 0.0), LONGEST_WAIT_SECONDS)


def pause_seconds(attempt: int, asked_seconds: float | None) -> float:
    """Return how long to wait after the failed attempt number `attempt` (from 1)."""
    if asked_seconds is not None:
        return max(asked_seconds, FIRST_PAUSE_SECONDS / 10)
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(attempt - 1, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, protects nothing


class Limiter:
    """Lets requests through while the window and the number at once allow it.

    Args:
        limit: requests within a window, None for no limit.
        window_seconds: length of the sliding window.
        at_once: requests under way at the same time.
        clock: monotonic seconds.
        sleep: waits for seconds.
    """

    def __init__(
        self,
        limit: int | None,
        window_seconds: float,
        at_once: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._limit = limit
        self._window = window_seconds
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._seen: deque[tuple[float, int]] = deque()
        self._used = 0
        self._places = BoundedSemaphore(at_once)

    @contextmanager
    def place(self, weight: int = 1) -> Iterator[None]:
        """Hold one of the places; waits until `weight` requests fit into the window."""
        with self._places:
            while (wait := self._reserve(weight)) > 0:
                self._sleep(wait)
            yield

    def _reserve(self, weight: int) -> float:
        """Count `weight` requests and return 0, or return the seconds until they may fit."""
        if self._limit is None:
            return 0.0
        weight = min(weight, self._limit)
        with self._lock:
            now = self._clock()
            while self._seen and self._seen[0][0] <= now - self._window:
                self._used -= self._seen.popleft()[1]
            if self._used + weight <= self._limit:
                self._seen.append((now, weight))
                self._used += weight
                return 0.0
            return max(self._seen[0][0] + self._window - now, 0.001)
