"""The child process that writes workbooks: our own, then the user's under limits.

Messages are 8 bytes of length and the content. Standard input brings the run, then the source
(empty where there is none); standard output takes a workbook after each, empty where none is due
or asked for.
"""

from __future__ import annotations

import gc
import pickle
import sys
import time
from typing import IO, Final

_MIB: Final = 1 << 20
_SPARE_BYTES, _SPARE_SECONDS = 768 * _MIB, 20
_BYTES_PER_BYTE, _SECONDS_PER_MIB = 500, 25
"""What a workbook may cost: some for any, and more by its packed size."""


def main() -> None:
    """Write the workbooks of one run."""
    gc.disable()  # the process ends soon, and looking at a million cells makes it slow
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]  # None hides a module
    modules["numpy"] = None  # openpyxl loads it where it is, and takes twice as long to start
    from importer.reports import annotating  # noqa: F401 - loaded ahead
    from importer.reports.annotated import annotated_xlsx
    from importer.reports.language import speaking
    from importer.reports.workbook import workbook_xlsx

    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    language, record, reconciliation = pickle.loads(take(stdin))  # noqa: S301 - from our parent
    with speaking(language):
        own = workbook_xlsx(record, reconciliation) if reconciliation else None
        give(stdout, own or b"")
        source = take(stdin)
        _confine(len(source))
        give(stdout, annotated_xlsx(record, source or None) or b"")


def give(stream: IO[bytes], content: bytes) -> None:
    """Write one message."""
    stream.write(len(content).to_bytes(8, "big") + content)
    stream.flush()


def take(stream: IO[bytes]) -> bytes:
    """Read one message.

    Raises:
        EOFError: the other side has ended.
    """
    length = int.from_bytes(_exactly(stream, 8), "big")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def seconds_for(size: int) -> int:
    """Return how much processor time a workbook of a packed size may take."""
    return _SPARE_SECONDS + size * _SECONDS_PER_MIB // _MIB


def _confine(size: int) -> None:
    """Limit memory and time for what follows."""
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit alone
        return
    for which, value in (
        (resource.RLIMIT_AS, _SPARE_BYTES + size * _BYTES_PER_BYTE),
        (resource.RLIMIT_CPU, int(time.process_time()) + 1 + seconds_for(size)),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (limit, hard))
