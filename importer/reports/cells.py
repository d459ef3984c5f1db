"""Text in the cells of a workbook: never a formula, never a character that breaks the file."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
"""What a sheet holds."""

_MAX_TEXT = 32_767
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_RISKY = tuple("=+-@\t\r")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def plain(text: str) -> str:
    """Return text that a workbook can hold."""
    return _CONTROL.sub("\ufffd", text)[:_MAX_TEXT]


def is_risky(text: str) -> bool:
    """Return whether a spreadsheet would run the text, were it typed into a cell."""
    return text.startswith(_RISKY)


def put_text(cell: Any, text: str) -> None:  # noqa: ANN401 - cells of any kind of sheet
    """Store text as text, with the mark that keeps it text when it is edited."""
    cell.value = shown = plain(text)
    cell.data_type = "s"
    if is_risky(shown):
        cell.quotePrefix = True


def settled(book: bytes, time: datetime) -> bytes:
    """Return the workbook with the run's time where the library wrote that of the clock."""
    stamp = f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(part, content)
    return stream.getvalue()
