"""The lines of one journal: written with an exact account of what happened, read fresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from importer.business_central import answers, batch
from importer.business_central.dimensions import Dimensions
from importer.business_central.exchange import Exchange, Heard
from importer.business_central.generations import Generation, guid, query, text_literal
from importer.business_central.lookups import as_kept, shorter_whole, with_keys
from importer.business_central.records import Journal
from importer.business_central.resources import JOURNALS, LINES, UnreadableError
from importer.model import Answer, AnswerKind, ServerLine

_NO_CONTENT: Final = 204
_ENDS_SINGLES: Final = frozenset(
    {
        AnswerKind.AMBIGUOUS,
        AnswerKind.CONFIGURATION,
        AnswerKind.THROTTLED,
        AnswerKind.TRANSIENT,
    }
)


class JournalLines:
    """The lines of one customer payment journal.

    Writing never raises for what the server does: it returns an `Answer`. Reading raises
    `ServiceUnavailable` or `ConfigurationProblem` where no answer can be had.
    """

    def __init__(self, exchange: Exchange, company_id: str, journal_id: str) -> None:
        self._exchange = exchange
        self._api: Generation = exchange.connection.described
        self._company = guid(company_id)
        self._journal = guid(journal_id)
        self._path = self._api.lines(company_id, journal_id)
        self._dimensions = Dimensions(exchange, company_id, journal_id)

    @property
    def batch_limit(self) -> int:
        """How many operations one `send_many` may have."""
        return self._exchange.connection.batch_limit

    def send(self, payload: bytes) -> Answer:
        """Create one line from a JSON payload that has an explicit line number.

        Repeats only what is proven not to have been executed; an answer that does not say
        comes back as `AMBIGUOUS` at once.
        """
        return self._with_line(self._exchange.write("POST", self._path, payload))

    def send_many(
        self,
        operations: Sequence[tuple[str, bytes]],
        *,
        on_error: Literal["continue", "stop"] = "continue",
    ) -> Mapping[str, Answer]:
        """Create several lines in one batch; one by one where the generation has no batch.

        Args:
            operations: an id and a payload each, at most `batch_limit`, ids all different.
            on_error: whether the server is asked to go on behind a failed operation.

        Returns:
            An answer for every id.
        """
        keys = [key for key, _ in operations]
        if len(set(keys)) != len(keys) or not all(keys):
            raise ValueError("the ids of a batch must be different and not empty")
        most = self._exchange.connection.described.batch_limit
        if most == 1:
            return self._one_by_one(operations, on_error)
        if len(operations) > most:
            raise ValueError(f"a batch holds at most {most} operations, not {len(operations)}")
        if not operations:
            return {}
        return self._in_one(operations, keys, on_error)

    def _in_one(
        self, operations: Sequence[tuple[str, bytes]], keys: Sequence[str], on_error: str
    ) -> Mapping[str, Answer]:
        heard = self._exchange.write(
            "POST",
            "$batch",
            batch.envelope(self._path, operations),
            prefer="odata.continue-on-error" if on_error == "continue" else "",
            weight=len(operations),
        )
        if heard.answer.kind is not AnswerKind.DONE:
            return dict.fromkeys(keys, answers.of_the_envelope(heard.answer))
        try:
            return batch.answers_of(heard.body, keys, self._operation)
        except UnreadableError as fault:
            return dict.fromkeys(keys, answers.unreadable(heard.answer, str(fault)))

    def _operation(self, status: int, body: bytes, retry_after: str) -> Answer:
        return self._with_line(self._exchange.understood(status, body, retry_after))

    def _one_by_one(
        self, operations: Sequence[tuple[str, bytes]], on_error: str
    ) -> Mapping[str, Answer]:
        found: dict[str, Answer] = {}
        ended = False
        for key, payload in operations:
            if ended:
                found[key] = answers.not_run("not sent: an earlier one had no clear end")
                continue
            found[key] = self.send(payload)
            failed = found[key].kind is not AnswerKind.DONE
            ended = found[key].kind in _ENDS_SINGLES or (failed and on_error == "stop")
        return found

    def _with_line(self, heard: Heard) -> Answer:
        """Return the answer with the line that its body holds."""
        if heard.answer.kind is not AnswerKind.DONE:
            return heard.answer
        try:
            return Answer(heard.answer.kind, heard.answer.status, line=LINES.one(heard.body))
        except UnreadableError as fault:
            return answers.unreadable(heard.answer, str(fault))

    def by_number(self, line_number: int) -> ServerLine | None:
        """Return the visible line with this number; None says nothing about hidden lines."""
        found = self._find(f"lineNumber eq {line_number:d}")
        return next((line for line in found if line.line_number == line_number), None)

    def between(self, low: int, high: int) -> tuple[ServerLine, ...]:
        """Return the visible lines with numbers from `low` to `high`, both included, rising."""
        wanted = f"lineNumber ge {low:d} and lineNumber le {high:d}"
        found = {line.id: line for line in self._find(wanted, order="lineNumber")}
        kept = (line for line in found.values() if low <= line.line_number <= high)
        return tuple(sorted(kept, key=lambda line: line.line_number))

    def by_id(self, line_id: str) -> ServerLine | None:
        """Return the line with this id, None if it is not there, or no longer."""
        path = self._api.line(self._company, self._journal, line_id)
        return self._exchange.read(path, LINES.one, "a journal line")

    def highest(self) -> int | None:
        """Return the highest visible line number, None for a journal without visible lines."""
        options = query(orderby="lineNumber desc", top="1")
        found = self._exchange.all(self._path + options, LINES, "the journal lines")
        return max((line.line_number for line in found), default=None)

    def with_document_prefix(self, prefix: str) -> tuple[ServerLine, ...]:
        """Return the visible lines whose document number starts with `prefix`."""
        start = prefix.strip().upper()
        found = self._find(f"startswith(documentNumber,{text_literal(start)})")
        return tuple(line for line in found if line.document_number.upper().startswith(start))

    def applying_to(self, invoices: Iterable[str]) -> tuple[ServerLine, ...]:
        """Return the visible lines that apply to invoices with these numbers."""
        wanted = as_kept(invoices)
        what = "the journal lines"
        if shorter_whole(self._exchange, self._path, len(wanted)):
            found = self._exchange.all(self._path, LINES, what)
        else:
            field = "appliesToInvoiceNumber"
            found = with_keys(self._exchange, self._path, field, wanted, LINES, what)
        known = set(wanted)
        by_id = {line.id: line for line in found if line.invoice_number.upper() in known}
        return tuple(by_id.values())

    def patch(self, line_id: str, etag: str, payload: bytes) -> Answer:
        """Change a line that is still as it was read with `etag`."""
        path = self._api.line(self._company, self._journal, line_id)
        heard = self._exchange.write("PATCH", path, payload, etag=_tag(etag))
        if heard.answer.kind is AnswerKind.DONE and not heard.body:
            return heard.answer
        return self._with_line(heard)

    def delete(self, line_id: str, etag: str) -> Answer:
        """Delete a line that is still as it was read with `etag`; `MISSING` if it is gone.

        Any success but 204 may be that of a gateway in between, and comes back as `AMBIGUOUS`.
        """
        path = self._api.line(self._company, self._journal, line_id)
        answer = self._exchange.write("DELETE", path, etag=_tag(etag)).answer
        if answer.kind is AnswerKind.DONE and answer.status != _NO_CONTENT:
            return answers.unreadable(answer, f"a deletion was answered with {answer.status}")
        return answer

    def dimensions(self, line_id: str) -> Mapping[str, str]:
        """Return the dimensions of a line: code to value code."""
        return {line.code: line.value_code for line in self._dimensions.of(line_id)}

    def set_dimension(self, line_id: str, code: str, value: str) -> Answer:
        """Give a line a dimension value; a value that it has already is `DONE`.

        Raises:
            ServiceUnavailable: the dimensions that it has cannot be read.
            ConfigurationProblem: the server refuses to show them.
        """
        return self._dimensions.set(line_id, code, value)

    def exists(self) -> Journal | None:
        """Return the journal as it is now, None if it is no longer there under its id."""
        path = self._api.journal(self._company, self._journal)
        return self._exchange.read(path, JOURNALS.one, "the journal")

    def _find(self, wanted: str, order: str = "") -> list[ServerLine]:
        options = query(filter=wanted, orderby=order)
        return self._exchange.all(self._path + options, LINES, "the journal lines")


def _tag(etag: str) -> str:
    """Return `etag`.

    Raises:
        ValueError: it is empty, which would change the line whatever it holds.
    """
    if not etag or not etag.isprintable():
        raise ValueError("a line is changed or deleted only with the etag it was read with")
    return etag
