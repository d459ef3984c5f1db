"""The pages behind `customerPaymentJournals` and `journals`."""

# ruff: noqa: ARG002 - all entity sets share the signatures of EntitySet

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, ClassVar

from importer.simulator import lines as table
from importer.simulator.body import Property, read_body
from importer.simulator.context import Context
from importer.simulator.entities import EntitySet, Field, fields_of
from importer.simulator.errors import bad_request, dialog, no_record
from importer.simulator.tables import (
    AnyRow,
    Journal,
)
from importer.simulator.values import ZERO_GUID, code, text
from importer.simulator.wire import Json

NO_ACCOUNT = 'The "balancingAccountNumber" does not match to a G/L Account.'
NO_TEMPLATE = "There is no Gen. Journal Template within the filter."
TABLE = "Gen. Journal Batch"


class CustomerPaymentJournals(EntitySet):
    """`customerPaymentJournals`: the batches of the cash receipts template."""

    name = "customerPaymentJournals"
    entity = "customerPaymentJournal"
    table = TABLE
    key = ("code",)
    methods = frozenset({"GET", "POST", "PATCH", "DELETE"})
    children = frozenset({"customerPayments"})
    template: ClassVar[str] = "CASHRCPT"
    fields: ClassVar[Mapping[str, Field]] = fields_of(
        Field("id", "guid", lambda _c, r: r.id),
        Field("code", "code", lambda _c, r: r.code, 10),
        Field("displayName", "text", lambda _c, r: r.display_name, 100),
        Field("lastModifiedDateTime", "datetime", lambda _c, r: r.modified_at),
        Field("balancingAccountId", "guid", lambda _c, r: r.bal_account_id),
        Field("balancingAccountNumber", "code", lambda _c, r: r.bal_account_number, 20),
    )
    properties: ClassVar[Mapping[str, Property]] = {
        "id": Property("guid", read_only=True),
        "code": Property("code"),
        "displayName": Property("text"),
        "lastModifiedDateTime": Property("datetime", read_only=True),
        "balancingAccountId": Property("guid"),
        "balancingAccountNumber": Property("code", read_only=True),
    }

    def rows(self, ctx: Context, parent: AnyRow) -> Sequence[Journal]:
        """The template's journals by code."""
        if self.template not in ctx.company.templates:
            raise dialog(NO_TEMPLATE)
        found = [j for j in ctx.company.journals.values() if j.template == self.template]
        return sorted(found, key=attrgetter("code"))

    def lookup(
        self, ctx: Context, parent: AnyRow, name: str, value: Json
    ) -> Sequence[Journal] | None:
        """By id and by code."""
        if self.template not in ctx.company.templates:
            raise dialog(NO_TEMPLATE)
        if name == "id":
            journal = ctx.company.journals.get(value)
        elif name == "code":
            journal = ctx.company.journal_codes.get((self.template, value))
        else:
            return None
        return [journal] if journal is not None and journal.template == self.template else []

    def find(self, ctx: Context, parent: AnyRow, key: str) -> Journal:
        """By id."""
        found = self.lookup(ctx, parent, "id", key)
        if not found:
            status = ctx.behaviour.unknown_journal_status
            raise no_record(TABLE, f"SystemId='{{{key.upper()}}}'", status)
        return found[0]

    def insert(self, ctx: Context, parent: AnyRow, body: Mapping[str, Any]) -> Journal:
        """POST: copies nothing from the template."""
        given = read_body(ctx, body, self.properties, self.entity)
        if self.template not in ctx.company.templates:
            raise dialog(NO_TEMPLATE)
        journal = Journal(**ctx.database.stamp(), code="", template=self.template)
        self._set(ctx, journal, given)
        if not journal.code:
            raise bad_request(
                "Field 'code' must not be blank or empty.",
                "BadRequest_RequiredParamNotProvided",
            )
        return ctx.company.put_journal(journal)

    def modify(
        self, ctx: Context, parent: AnyRow, row: Journal, body: Mapping[str, Any]
    ) -> Journal:
        """PATCH: another code renames the journal, its id and lines stay."""
        given = read_body(ctx, body, self.properties, self.entity)
        journal = replace(row)
        self._set(ctx, journal, given)
        if not journal.code:
            raise bad_request(
                "Field 'code' must not be blank or empty.",
                "BadRequest_RequiredParamNotProvided",
            )
        return ctx.company.put_journal(ctx.database.touched(journal))

    def _set(self, ctx: Context, journal: Journal, given: Mapping[str, Any]) -> None:
        for name, value in given.items():
            if name == "code":
                journal.code = code(value, 10)
            elif name == "displayName":
                journal.display_name = text(value, 100)
            else:
                self._balance_with(ctx, journal, value)

    @staticmethod
    def _balance_with(ctx: Context, journal: Journal, account_id: str) -> None:
        if account_id == ZERO_GUID:
            journal.bal_account_id, journal.bal_account_number = ZERO_GUID, ""
            return
        account = ctx.company.accounts.get(account_id)
        if account is None:
            raise dialog(NO_ACCOUNT)
        table.require_usable_account(account.number, account.blocked, account.direct_posting)
        journal.bal_account_type = "G/L Account"
        journal.bal_account_id, journal.bal_account_number = account.id, account.number

    def delete(self, ctx: Context, parent: AnyRow, row: Journal) -> None:
        """DELETE: takes every line with it, hidden ones too."""
        ctx.company.drop_journal(row)


class Journals(CustomerPaymentJournals):
    """`journals`: lists the general template; v2.0 finds any journal by id."""

    name = "journals"
    entity = "journal"
    template = "GENERAL"
    children = frozenset({"journalLines"})
    any_template: ClassVar[bool] = True

    def lookup(
        self, ctx: Context, parent: AnyRow, name: str, value: Json
    ) -> Sequence[Journal] | None:
        """By id and by code."""
        if name == "id" and self.any_template:
            journal = ctx.company.journals.get(value)
            return [journal] if journal is not None else []
        return super().lookup(ctx, parent, name, value)


class OlderJournals(Journals):
    """`journals` of the older generations: the general template only."""

    any_template = False
    children = frozenset()
