"""Ctrl-C and SIGTERM: at once while nothing is under way, else after the request in flight."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from importer.errors import ImporterError


class Interrupted(ImporterError):
    """Somebody stopped the command; what is unfinished can be taken up later."""

    exit_code = 5


class Stop:
    """Whether somebody asked to stop.

    Sending calls this between its requests; from its first call on, a request may be in flight.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.asked = False
        self._say = say
        self._sending = False
        self._what = "anything"

    def __call__(self) -> bool:
        """Tell sending whether to stop before its next request."""
        self._sending = True
        return self.asked

    def signalled(self, _number: int, _frame: object) -> None:
        """Take note of a signal; a second one, or one before sending, ends the command."""
        if self.asked or not self._sending:
            raise KeyboardInterrupt
        self.asked = True
        self._say("Stopping after the request in flight … (once more to stop at once)")

    def run_ended(self) -> None:
        """Note that no request is in flight before sending begins again."""
        self._sending, self._what = False, "anything more"

    @contextmanager
    def one_file(self) -> Iterator[None]:
        """Run the import of one file, or what else is a whole.

        Raises:
            Interrupted: it was ended at once.
        """
        self._sending, self._what = False, "anything"
        try:
            yield
        except (KeyboardInterrupt, click.Abort):
            self.asked = True
            if self._sending:
                raise Interrupted(
                    "Stopped at once. Whether the last request arrived is not known; the next "
                    "import of the file, or 'customer-payments resume', finds out"
                ) from None
            raise Interrupted(f"Stopped before {self._what} was sent") from None


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does: what it has begun is removed."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def stopping(say: Callable[[str], None]) -> Iterator[Stop]:
    """Take SIGINT and SIGTERM over, and give them back."""
    stop = Stop(say)
    before = {
        number: signal.signal(number, stop.signalled) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
