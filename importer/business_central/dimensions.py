"""The dimensions of a payment, in the two styles of the API.

Source: part 7 of the reference. The customer's default dimensions are on the line already, so
the list is read first and a dimension that is there is changed, not created.
"""

from __future__ import annotations

import msgspec

from importer.business_central import answers
from importer.business_central.exchange import Exchange, Heard
from importer.business_central.generations import guid, query
from importer.business_central.records import DimensionLine
from importer.business_central.resources import DIMENSIONS, UnreadableError
from importer.model import Answer, AnswerKind


class Dimensions:
    """Reads and writes the dimensions of the lines of one journal."""

    def __init__(self, exchange: Exchange, company_id: str, journal_id: str) -> None:
        self._exchange = exchange
        self._api = exchange.connection.described
        self._company = company_id
        self._journal = journal_id

    def of(self, line_id: str) -> list[DimensionLine]:
        """Return the dimensions of a line.

        Raises:
            ServiceUnavailable: they cannot be read now.
            ConfigurationProblem: the server refuses to show them.
        """
        path = self._api.dimensions(self._company, self._journal, line_id)
        options = query(filter=self._api.dimension_filter(line_id))
        return self._exchange.all(path + options, DIMENSIONS, "the dimensions of a line")

    def set(self, line_id: str, code: str, value: str) -> Answer:
        """Give a line a dimension value.

        Raises:
            ServiceUnavailable: the dimensions that it has cannot be read.
            ConfigurationProblem: the server refuses to show them.
        """
        code, value = code.strip().upper(), value.strip().upper()
        there = next((line for line in self.of(line_id) if line.code.upper() == code), None)
        path = self._api.dimensions(self._company, self._journal, line_id)
        if there is None:
            body = {"code": code, "valueCode": value}
            if self._api.dimension_lines:
                body = {"parentId": guid(line_id), **body}
            return _read(self._exchange.write("POST", path, msgspec.json.encode(body)))
        if there.value_code.upper() == value:
            return Answer(AnswerKind.DONE)
        key = self._api.dimension_key(line_id, there.id)
        change = msgspec.json.encode({"valueCode": value})
        return _read(self._exchange.write("PATCH", path + key, change, etag=there.etag or "*"))


def _read(heard: Heard) -> Answer:
    """Return the answer to a change; without the dimension in it, it may be a gateway's."""
    if heard.answer.kind is not AnswerKind.DONE:
        return heard.answer
    try:
        DIMENSIONS.one(heard.body)
    except UnreadableError as fault:
        return answers.unreadable(heard.answer, str(fault))
    return heard.answer
