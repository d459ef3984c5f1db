"""Where a fixture comes from, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from importer.simulator.errors import ApiError
from importer.simulator.wire import decode

DEFAULT_FIXTURE = Path(__file__).with_name("default_fixture.json")

Spec: TypeAlias = Mapping[str, Any]


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


def read_fixture(source: Spec | Path | None) -> Spec:
    """The fixture itself; no source means the built-in company.

    Raises:
        FixtureError: the file cannot be read, or is no JSON object.
    """
    if source is None:
        source = DEFAULT_FIXTURE
    if isinstance(source, Mapping):
        return source
    try:
        value = decode(source.read_bytes())
    except OSError as fault:
        raise FixtureError(f"{source}: the fixture cannot be read ({fault.strerror})") from None
    except ValueError as fault:
        raise FixtureError(f"{source}: the fixture is no JSON ({fault})") from None
    if not isinstance(value, dict):
        raise FixtureError(f"{source}: a fixture is a JSON object with 'companies'")
    return value
