"""Rows that came back corrected, told apart from the other rows of the source they stood in.

What `rejects.csv` holds is a part of its source, and so may be what is left of an annotated
workbook. A corrected row may equal a payment of another row there: two equal payments, of which
one had a slip. It is a payment of its own.
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

    These are the payments of all rows that did not come back with this file. Where only the name
    of a source came back, they are those of all its rows.
    """
    held: dict[str, set[str]] = defaultdict(set)
    returned: set[str] = set()
    came_back = {known for place in places.values() for known in place.known}
    for start, row, digest in _payments(places, ledger, company):
        if (start, row) in came_back:
            returned.add(digest)
        else:
            held[start].add(digest)
    beside = {
        sources: frozenset().union(*(held[start] for start in sources)) - returned
        for sources in {place.sources for place in places.values()}
    }
    return {row: beside[place.sources] for row, place in places.items()}


def at_places(
    places: Mapping[int, Place], ledger: Sources, company: str
) -> dict[int, frozenset[str]]:
    """Return, by row, the identities of the payments that its own places held."""
    held: dict[tuple[str, int], set[str]] = defaultdict(set)
    for start, row, digest in _payments(places, ledger, company):
        held[start, row].add(digest)
    found = {
        row: frozenset().union(*(held.get(known, ()) for known in place.known))
        for row, place in places.items()
    }
    return {row: digests for row, digests in found.items() if digests}


def _payments(
    places: Mapping[int, Place], ledger: Sources, company: str
) -> Collection[tuple[str, int, str]]:
    starts = {start for place in places.values() for start in place.sources}
    return ledger.of_sources(company, starts) if starts else ()
