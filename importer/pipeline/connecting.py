"""From settings to a journal on the server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import ConfigurationProblem, UsageProblem
from importer.model import Target
from importer.settings import PREFIX, Identity, TargetOptions, identity

if TYPE_CHECKING:
    from importer.business_central import BusinessCentral, Company, Credentials, Journal
    from importer.ledger import Ledger
    from importer.pipeline.server import JournalServer


@dataclass(frozen=True)
class Connected:
    """An open connection to one journal of one company."""

    client: BusinessCentral
    company: Company
    journal: Journal
    target: Target
    server: JournalServer

    def has(self, resource: str) -> bool:
        """Tell whether this generation of the API offers a resource."""
        return resource in self.client.connection.described.offers


@contextmanager
def connected(
    options: TargetOptions, say: Callable[[str], None], *, create: bool = False
) -> Iterator[Connected]:
    """Open the journal that the settings name; `create` permits to make it.

    Raises:
        ConfigurationProblem: company, journal, token or address is wrong.
        ServiceUnavailable: the service does not answer.
    """
    from importer.pipeline.server import JournalServer

    with client(options, say) as opened:
        company = only_company(opened, options.company)
        journal = only_journal(opened, company, options, create=create and options.create_journal)
        target = Target(
            base_url=options.base_url or opened.connection.url,
            generation=options.api,
            company_id=company.id,
            company_name=company.name,
            journal_id=journal.id,
            journal_code=journal.code,
            tenant=options.tenant,
            environment=options.environment if not options.base_url else "",
        )
        yield Connected(opened, company, journal, target, JournalServer(opened, company, journal))


def journal_of(ledger: Ledger, there: Connected, run_id: str) -> JournalServer:
    """Return the journal of a run, also where it is no longer there under its id.

    Raises:
        UsageProblem: it is there, and the settings name another one.
    """
    from importer.planning import company_key

    target, _ = ledger.target(run_id)
    if company_key(target) == company_key(there.target) and target.journal_id != there.journal.id:
        gone = type(there.server)(
            there.client, there.company, replace(there.journal, id=target.journal_id)
        )
        if gone.exists() is None:
            return gone
    same_place(ledger, there, run_id)
    return there.server


def same_place(ledger: Ledger, there: Connected, run_id: str) -> None:
    """Refuse to look for a run's lines elsewhere than where they were sent.

    Raises:
        UsageProblem: the settings name another journal, company or environment.
    """
    from importer.planning import company_key

    target, _ = ledger.target(run_id)
    if company_key(target) != company_key(there.target) or target.journal_id != there.journal.id:
        raise UsageProblem(
            f"Run {run_id} is of journal {target.journal_code} of {target.company_name} at "
            f"{target.base_url}, and the settings name journal {there.journal.code} of "
            f"{there.company.name} at {there.target.base_url}. Nothing was done; call again with "
            "the settings of that run"
        )


@contextmanager
def client(options: TargetOptions, say: Callable[[str], None]) -> Iterator[BusinessCentral]:
    """Open a client for the settings' environment."""
    from importer.business_central import BusinessCentral, Connection

    connection = Connection(
        credentials=_credentials(identity(), options, say),
        base_url=options.base_url,
        tenant=options.tenant,
        environment=options.environment,
        generation=options.api,
        authority=identity().authority,
        read_timeout_seconds=options.timeout_seconds,
        batch_size=options.batch_size,
        ca_bundle=options.ca_bundle,
        proxy=options.proxy,
    )
    story = _Story(say)
    log = logging.getLogger("importer.business_central")
    log.addHandler(story)
    try:
        with BusinessCentral(connection) as opened:
            yield opened
    finally:
        log.removeHandler(story)


class _Story(logging.Handler):
    """Tells what the client warns of, such as long waits for the service."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one warning as a sentence."""
        text = record.getMessage()
        self._say(text[:1].upper() + text[1:])


def _credentials(who: Identity, options: TargetOptions, say: Callable[[str], None]) -> Credentials:
    from importer.business_central import (
        BasicKey,
        ClientCertificate,
        ClientSecret,
        DeviceCode,
        ReadyToken,
    )

    if who.access_token:
        return ReadyToken(who.access_token)
    if who.client_id and who.client_secret:
        return ClientSecret(who.client_id, who.client_secret)
    if who.client_id and who.certificate:
        return ClientCertificate(who.client_id, Path(who.certificate), who.certificate_password)
    if who.client_id and who.device_code:
        return DeviceCode(who.client_id, say)
    if who.user and who.web_service_key:
        return BasicKey(who.user, who.web_service_key)
    if _on_this_machine(options.base_url):
        return ReadyToken("none")
    raise ConfigurationProblem(
        f"No credentials are set; expected {PREFIX}ACCESS_TOKEN, or {PREFIX}CLIENT_ID with "
        f"{PREFIX}CLIENT_SECRET, {PREFIX}CERTIFICATE or {PREFIX}DEVICE_CODE=1, or on premises "
        f"{PREFIX}USER with {PREFIX}WEB_SERVICE_KEY. Set them in the environment, "
        "or check a file alone with 'customer-payments check FILE --offline'"
    )


def _on_this_machine(base_url: str) -> bool:
    from urllib.parse import urlsplit

    from importer.business_central.connection import is_loopback

    return bool(base_url) and is_loopback(urlsplit(base_url).hostname or "")


def only_company(opened: BusinessCentral, name: str) -> Company:
    """Return the named company, or the only one where none is named."""
    if not name and len(found := opened.companies()) == 1:
        return found[0]
    return opened.company(name)


def only_journal(
    opened: BusinessCentral, company: Company, options: TargetOptions, *, create: bool
) -> Journal:
    """Return the named journal, or the only one where none is named."""
    if options.journal:
        return opened.journal(
            company.id,
            options.journal,
            create=create,
            balancing_account=options.balancing_account,
        )
    found = opened.journals(company.id)
    if len(found) == 1:
        return found[0]
    raise ConfigurationProblem(
        f"No journal is named; company {company.name} has: {_codes(found)}. "
        "Set --journal to the code of one of them"
    )


def _codes(journals: Sequence[Journal]) -> str:
    return ", ".join(sorted(journal.code for journal in journals)) or "none"
