"""What is wrong with a fixture, and where in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from importer.simulator.errors import ApiError


class FixtureError(ValueError):
    """The fixture cannot be used: which, where in it, what was found."""


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Say where in the fixture a fault is."""
    try:
        yield
    except FixtureError as fault:
        raise FixtureError(f"{where}, {fault}") from None
    except ApiError as fault:
        raise FixtureError(f"{where}: {fault.message}") from None
    except KeyError as fault:
        what = fault.args[0]
        raise FixtureError(
            f"{where}: {what!r} is missing, or names nothing that is there"
        ) from None
    except (TypeError, ValueError, ArithmeticError, AttributeError) as fault:
        text = " ".join(str(fault).split())[:200]
        raise FixtureError(f"{where}: a value is not of the expected kind ({text})") from None
