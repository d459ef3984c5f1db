"""What a handler knows about the request it serves, and how the server behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from importer.simulator.company import Company, Database


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Where two answers of the real server are known, which one to give. First: the default."""

    read_only: Literal["ignore", "refuse"] = "ignore"
    duplicate_status: Literal[400, 409] = 400
    stale_status: Literal[409, 412] = 409
    media_type_status: Literal[415, 400] = 415
    unknown_journal_status: Literal[404, 400] = 404
    delete_needs_etag: bool = False
    property_order: Literal["body", "page"] = "body"
    null_is_refused: bool = True
    honour_continue_on_error: bool = True
    max_batch_operations: int = 100
    max_page_size: int = 20000


@dataclass(slots=True)
class Context:
    """One request's surroundings."""

    database: Database
    company: Company
    generation: str
    behaviour: Behaviour
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def numbers_as_text(self) -> bool:
        """Whether the client negotiated decimals as JSON strings."""
        return "ieee754compatible=true" in self.headers.get("content-type", "").lower()
