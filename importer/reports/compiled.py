"""The compiled template of the page, kept where Python keeps compiled modules."""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from importer import __version__


class CompiledTemplate(BytecodeCache):
    """Keeps one compiled template, where Python may keep compiled modules.

    Compiling it takes two thirds of the time of writing the page of a small file.
    """

    def __init__(self, template: Path) -> None:
        self._path = Path(cache_from_source(str(template)))

    def get_source_checksum(self, source: str) -> str:
        """Return what tells whether the kept code is still that of the template."""
        return super().get_source_checksum(f"{jinja2.__version__} {__version__} {source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the code, if it is there and that of the template."""
        with (
            suppress(OSError, EOFError, pickle.UnpicklingError),
            self._path.open("rb") as stream,
        ):
            bucket.load_bytecode(stream)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code; where that cannot be, it is compiled again the next time."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent)
            with os.fdopen(handle, "wb") as stream:
                bucket.write_bytecode(stream)
            Path(name).chmod(0o644)  # as Python's own: another user may have installed this
            Path(name).replace(self._path)
