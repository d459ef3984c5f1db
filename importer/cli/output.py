"""What commands print: results on stdout, story and progress on stderr."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from importer.errors import ImporterError

PLAIN_PROGRESS_SECONDS = 5.0
BAR_SECONDS = 0.1


class Console:
    """One command's voice: quiet (0), normal (1) or verbose (2 and more)."""

    def __init__(self, *, verbose: int = 0, quiet: bool = False, as_json: bool = False) -> None:
        self.level = 0 if quiet else 1 + verbose
        self.as_json = as_json
        self.file = self.run = ""
        self._terminal = is_terminal(sys.stderr) and not as_json
        self._last = 0.0
        self._bar_open = False

    def say(self, text: str, level: int = 1) -> None:
        """Tell the story on stderr."""
        if self.level >= level:
            self._close_bar()
            self._tell(text, _severity(text, level))

    def _tell(self, text: str, severity: str = "info") -> None:
        if not self.as_json:
            _on_stderr(text)
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        about = {name: known for name in ("file", "run") if (known := getattr(self, name))}
        entry = {"time": now, "level": severity, **about, "message": text}
        _on_stderr(json.dumps(entry, ensure_ascii=False))

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far the work is: a bar on a terminal, a plain line now and then elsewhere."""
        if not self.level or not total:
            return
        now, finished = time.monotonic(), done >= total
        if not finished and now - self._last < (
            BAR_SECONDS if self._terminal else PLAIN_PROGRESS_SECONDS
        ):
            return
        self._last = now
        if self._terminal:
            filled = 30 * done // total
            bar = "#" * filled + "-" * (30 - filled)
            _on_stderr(f"\r{what} [{bar}] {done:,} of {total:,}", end=False)
            self._bar_open = True
            if finished:
                self._close_bar()
        else:
            self._tell(f"{what}: {done:,} of {total:,}")

    def _close_bar(self) -> None:
        if self._bar_open:
            _on_stderr("")
            self._bar_open = False

    def result(self, text: str) -> None:
        """Print a result on stdout; a reader that has gone, as `head` does, needs no more.

        Raises:
            ImporterError: stdout cannot take it, as on a full disk.
        """
        try:
            self._print(text)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _print(self, text: str) -> None:
        self._close_bar()
        try:
            click.echo(text)
        except BrokenPipeError:
            raise
        except OSError as fault:
            raise ImporterError(
                f"The results cannot be written to stdout: {fault.strerror}. What was sent is "
                "recorded in the import ledger: see 'customer-payments status'"
            ) from None

    def lines(self, lines: Iterable[str]) -> None:
        """Print result lines on stdout."""
        for line in lines:
            self.result(line)

    def document(self, document: object) -> None:
        """Print one JSON document on stdout."""
        self.result(_json(document, indent=2))

    def json_line(self, document: dict[str, Any]) -> None:
        """Print one line of JSON lines on stdout.

        Raises:
            BrokenPipeError: nobody reads the others.
        """
        self._print(_json(document))


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether somebody sits at a stream, which the caller may have closed."""
    return stream is not None and stream.isatty()


def _json(document: object, *, indent: int | None = None) -> str:
    """Write JSON in letters that stdout can write."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    every = encoding.casefold().replace("-", "") == "utf8"
    return json.dumps(document, ensure_ascii=not every, indent=indent)


def _on_stderr(text: str, *, end: bool = True) -> None:
    """Tell what nobody may hear: where stderr is closed or full, the work goes on."""
    with suppress(OSError):
        click.echo(text, err=True, nl=end)


def _severity(text: str, level: int) -> str:
    """Return how grave a line is: what is said even when quiet is an error or a warning."""
    if level > 0:
        return "info" if level == 1 else "debug"
    return "error" if text.startswith(("Error: ", "Stopped: ")) else "warning"


def console_of(given: dict[str, Any]) -> Console:
    """Return the voice that a command's options ask for; verbose, it tells of requests too."""
    console = Console(
        verbose=given["verbose"], quiet=given["quiet"], as_json=given["log_format"] == "json"
    )
    if console.level > 1:
        from importer.cli.requests_told import tell_requests

        tell_requests(console)
    return console


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Set rows of text in columns; the columns numbered in `right` are flush right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        set_cells = (
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(set_cells).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, rows)])
