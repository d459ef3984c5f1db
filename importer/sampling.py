"""Some of many values, where to look at all of them would take too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Value = TypeVar("Value")


def spread(values: Sequence[Value], most: int) -> Sequence[Value]:
    """Return values spread over all of them, in their order, the first and the last included.

    Args:
        values: all of them.
        most: how many are returned of so many or more; at least 2.
    """
    if len(values) <= most:
        return values
    last = len(values) - 1
    return [values[index * last // (most - 1)] for index in range(most)]
