"""From a path to a generation, its base path and the segments behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from importer.simulator.errors import ApiError, bad_request, no_route, no_segment
from importer.simulator.values import is_guid

_SEGMENT = re.compile(r"([A-Za-z_$][\w.$]*)(?:\((.*)\))?")
_BETA = "beta"
_GRAPH = "graph"
PUBLISHED = {
    "microsoft/reportsfinance/beta": "reportsFinance",
    "microsoft/analytics/v1.0": "analytics",
}
# Online routes, and how many segments may stand before `api`; anything else is an instance.
_PLATFORM = {"v1.0": range(1, 3), "v2.0": range(2, 4)}


@dataclass(frozen=True, slots=True)
class Segment:
    """A name and the key in its parentheses, if any."""

    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a path leads."""

    generation: str
    base: str
    segments: tuple[Segment, ...]
    on_premises: bool = False


def _base(parts: list[str]) -> tuple[str, int, bool] | None:
    """Generation, how many parts its base has, and whether the host is on premises."""
    low = [part.lower() for part in parts]
    if low[:2] == ["beta", "financials"]:
        return _GRAPH, 2, False
    if "api" not in low:
        return None
    place = low.index("api")
    platform = low[0] if low[0] in _PLATFORM else ""
    if place not in _PLATFORM.get(platform, range(1, 2)):
        return None
    after = low[place + 1 :]
    published = PUBLISHED.get("/".join(after[:3]))
    if published is not None:
        return published, place + 4, not platform
    if after and after[0] in ("v2.0", "v1.0", _BETA):
        return after[0], place + 2, not platform
    return None


@lru_cache(maxsize=4096)
def parse_path(path: str) -> Route:
    """The route of a path; raises ApiError 404."""
    parts = path.strip("/").split("/")
    found = _base(parts)
    if found is None:
        raise no_route(path)
    generation, length, on_premises = found
    base = "/" + "/".join(parts[:length])
    segments = tuple(_segment(part) for part in parts[length:])
    return Route(generation, base, segments, on_premises)


@lru_cache(maxsize=65536)
def parse_relative(path: str) -> tuple[Segment, ...]:
    """The segments of a path below an API's base."""
    return tuple(_segment(part) for part in path.strip("/").split("/"))


def _segment(part: str) -> Segment:
    part = unquote(part)
    found = _SEGMENT.fullmatch(part)
    if found is None:
        raise no_segment(part)
    return Segment(found.group(1), found.group(2))


def guid_key(segment: Segment, generation: str) -> str:
    """The GUID in a segment's parentheses; only Graph writes it in quotes."""
    text = segment.key or ""
    if generation == _GRAPH:
        text = text.strip("'")
    if not is_guid(text):
        raise _bad_key(text)
    return text.lower()


def pair_key(segment: Segment) -> tuple[str, str]:
    """The two GUIDs of `dimensionLines(parentId=…,id=…)`, named or not."""
    values = [part.partition("=")[2] or part for part in (segment.key or "").split(",")]
    values = [value.strip().strip("'") for value in values]
    if len(values) != 2 or not all(map(is_guid, values)):  # noqa: PLR2004 - a pair
        raise _bad_key(segment.key or "")
    return values[0].lower(), values[1].lower()


def _bad_key(text: str) -> ApiError:
    return bad_request(f"Cannot convert the literal '{text}' to the expected type 'Edm.Guid'.")
