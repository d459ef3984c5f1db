"""`python -m importer.simulator`: serve a fixture and print the base URL."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from importer.simulator import DEFAULT_TOKEN, QUEUE_ONLY, FixtureError, Limits, serve


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the one line that callers wait for


def main() -> None:
    """Parse the options and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="importer.simulator", description=__doc__)
    parser.add_argument("--fixture", type=Path, help="JSON file; default: a small company")
    parser.add_argument("--port", type=int, default=0, help="default: a free port")
    parser.add_argument("--no-auth", action="store_true", help="accept any client")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the ready token")
    parser.add_argument("--latency-ms", type=float, default=0, help="before each request")
    parser.add_argument("--line-ms", type=float, default=0, help="before each written line")
    parser.add_argument("--seed", type=int, default=0, help="of ids and faults")
    parser.add_argument("--limits", action="store_true", help="6,000 requests in 5 minutes")
    given = parser.parse_args()
    try:
        serve(
            given.fixture,
            given.port,
            auth=not given.no_auth,
            latency_ms=given.latency_ms,
            line_ms=given.line_ms,
            token=given.token,
            seed=given.seed,
            limits=Limits() if given.limits else QUEUE_ONLY,
            announce=_say,
        )
    except (FixtureError, OSError) as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
