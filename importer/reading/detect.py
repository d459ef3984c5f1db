"""What a file is, by its first bytes; names and extensions say nothing."""

from __future__ import annotations

import re

from importer.errors import InputProblem

ZIP, OLE, TEXT = "zip", "ole", "text"
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"PAR1", "a Parquet file"),
)

_JSON = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:\[\s*[{\[]|\{\s*\"[^\"\n]*\"\s*:)")


def family(head: bytes) -> str:
    """Return `zip`, `ole` or `text` for the first bytes of a file.

    Raises:
        InputProblem: it is something that holds no table.
    """
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return OLE
    for mark, what in _FOREIGN:
        if head.startswith(mark):
            raise InputProblem(
                f"this is {what}, not a table. Export the payments as CSV or as an Excel workbook."
            )
    if _JSON.match(head):
        raise InputProblem(
            "this is a JSON document, not a table. Export the payments as CSV or as an Excel "
            "workbook."
        )
    return TEXT
