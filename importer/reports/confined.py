"""The child process that opens the user's workbook: limits first, libraries after."""

from __future__ import annotations


def main(memory_bytes: int, seconds: int) -> None:
    """Annotate under limits on memory and time."""
    _confine(memory_bytes, seconds)
    from importer.reports.annotating import main as annotate

    annotate()


def _confine(memory_bytes: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit alone
        return
    for which, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(which)[1]
        limit = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (limit, hard))
