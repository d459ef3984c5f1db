"""What `-v` and `-vv` add to the story: waits before a repetition, then every request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.cli.output import Console


class _Told(logging.Handler):
    """Tells what the client logs below a warning; warnings are told in any case."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one record as a sentence."""
        if record.levelno < logging.WARNING:
            text = record.getMessage()
            level = 2 if record.levelno >= logging.INFO else 3
            self._console.say(text[:1].upper() + text[1:], level)


def tell_requests(console: Console) -> None:
    """Tell the console of the client's waits (-v) and of its requests (-vv)."""
    log = logging.getLogger("importer.business_central")
    log.setLevel(logging.DEBUG)
    log.handlers = [handler for handler in log.handlers if not isinstance(handler, _Told)]
    log.addHandler(_Told(console))
