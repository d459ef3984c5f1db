"""A request on its way, while something else is done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Generic, Protocol, TypeVar

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)


class Begun(Protocol[Value_co]):
    """A call that was begun."""

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
    return _InThread(call)


class _InThread(Generic[Value]):
    def __init__(self, call: Callable[[], Value]) -> None:
        self._call = call
        self._future: Future[Value] = Future()
        Thread(target=self._run, name="request", daemon=True).start()

    def _run(self) -> None:
        try:
            self._future.set_result(self._call())
        except BaseException as fault:  # noqa: BLE001 - who asks for the result gets it
            self._future.set_exception(fault)

    def result(self) -> Value:
        return self._future.result()
