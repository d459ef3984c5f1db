"""What the import ledger knows of other journals and companies than the one it is used with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.ledger import Ledger
    from importer.model import Target
    from importer.pipeline.connecting import Connected
    from importer.states import NewRun


def unfinished_elsewhere(ledger: Ledger, there: Connected, unfinished: Sequence[str]) -> str:
    """Say where the runs are that are not finished here."""
    targets = ((run_id, ledger.target(run_id)[0]) for run_id in unfinished)
    named = ", ".join(
        f"run {run_id} in journal {target.journal_code} of {target.company_name} at "
        f"{target.base_url}"
        for run_id, target in targets
    )
    return (
        f"Nothing is unfinished in journal {there.journal.code} of {there.company.name}, but "
        f"elsewhere is: {named}. 'customer-payments resume' with --journal and the other settings "
        "of that run finishes it"
    )


def company_of(ledger: Ledger, target: Target) -> str:
    """Return the key by which the ledger knows a company.

    Earlier versions made other keys of some addresses; runs keep what they were registered with.
    """
    from importer.planning import company_key

    key = company_key(target)
    known = (stored for stored, earlier in ledger.companies() if company_key(earlier) == key)
    return next(known, key)


def tell_of_copies(ledger: Ledger, new: NewRun, say: Callable[[str], None]) -> None:
    """Tell, at the first run for a company, of one with the same id at another address.

    A copied environment keeps the ids of its companies, and so does one that was renamed: only a
    person knows which it is, and payments of the one are none of the other.
    """
    known = ledger.companies()
    same = new.target.company_id.casefold()
    places = [target.base_url for _, target in known if target.company_id.casefold() == same]
    if places and all(key != new.company for key, _ in known):
        say(
            f"This import ledger sent payments to a company of the same id at {places[0]}, and none"
            f" to the one at {new.target.base_url}. If that is a copy, all is well. If it is the"
            " same one under another name or address, its payments are not known here and would be"
            " created again: import nothing that was imported there."
        )
