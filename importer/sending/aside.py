"""A request on its way, while something else is done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Protocol, TypeVar

Value = TypeVar("Value")


class Aside(Protocol):
    """Begins a call, and returns what waits for its end and gives its result."""

    def __call__(self, call: Callable[[], Value]) -> Callable[[], Value]:
        """Begin `call`."""
        ...


def in_thread(call: Callable[[], Value]) -> Callable[[], Value]:
    """Call in a thread, which does not keep the process alive: who must leave need not wait."""
    future: Future[Value] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as fault:  # noqa: BLE001 - who asks for the result gets it
            future.set_exception(fault)

    Thread(target=run, name="request", daemon=True).start()
    return future.result
