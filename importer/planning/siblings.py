"""Rows that came back corrected, told apart from the other rows of the source they stood in.

What `rejects.csv` holds is a part of its source. A corrected row may equal a payment of another
row there: two equal payments, of which one had a slip. It is a payment of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Protocol

from importer.model import Place


class Sources(Protocol):
    """What the import ledger knows of the files that were imported."""

    def of_sources(self, company: str, starts: Collection[str]) -> Collection[tuple[str, int, str]]:
        """Return start of the hash, row and identity of the payments that sources held."""
        ...


def siblings(
    places: Mapping[int, Place], ledger: Sources, company: str
) -> dict[int, frozenset[str]]:
    """Return, by row, the identities of the payments that stood beside it in its sources.

    Of the latest source these are the payments of all rows that did not come back with this
    file; of sources before it, of which only the names came back, those of all rows.
    """
    starts = {start for place in places.values() for start in place.sources}
    came_back = {(place.sources[-1], place.row) for place in places.values()}
    held: dict[str, set[str]] = defaultdict(set)
    for start, row, digest in ledger.of_sources(company, starts) if starts else ():
        if (start, row) not in came_back:
            held[start].add(digest)
    return {
        row: frozenset().union(*(held[start] for start in place.sources))
        for row, place in places.items()
    }
