"""A request on its way, while something else is done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Protocol, TypeVar

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)


class Begun(Protocol[Value_co]):
    """A call that was begun."""

    def done(self) -> bool:
        """Tell whether it has ended."""
        ...

    def result(self) -> Value_co:
        """Wait for its end; return its result, or raise what it raised."""
        ...


class Aside(Protocol):
    """Begins a call that is waited for later."""

    def __call__(self, call: Callable[[], Value]) -> Begun[Value]:
        """Begin `call`."""
        ...


def in_thread(call: Callable[[], Value]) -> Begun[Value]:
    """Call in a thread, which does not keep the process alive: who must leave need not wait."""
    future: Future[Value] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as fault:  # noqa: BLE001 - who asks for the result gets it
            future.set_exception(fault)

    Thread(target=run, name="request", daemon=True).start()
    return future
