"""Tells a webhook how a run ended; a failure there is a sentence and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Thread
from urllib.parse import urlsplit

import requests

LOOPBACK = ("127.0.0.1", "::1", "localhost")
TIMEOUT_SECONDS = (5.0, 10.0)
"""To connect, and to wait for the answer."""

WHOLE_SECONDS = 15.0
"""For the whole call: a server that sends a byte now and then ends no wait."""


def notify(url: str, summary: Mapping[str, object]) -> str:
    """Send a summary as JSON; return what went wrong, `""` if nothing did.

    Follows no redirect, takes no proxy and no password from the environment.
    """
    try:
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    except ValueError:
        safe = False
    if not safe:
        return "its address is not https://…"
    said: list[str] = []

    def call() -> None:
        said.append(_sent(url, json.dumps(summary).encode()))

    # A thread that no limit of its own ends; as a daemon it keeps nobody waiting.
    caller = Thread(target=call, daemon=True)
    caller.start()
    caller.join(WHOLE_SECONDS)
    return said[0] if said else f"no answer within {WHOLE_SECONDS:.0f} seconds"


def _sent(url: str, body: bytes) -> str:
    headers = {"Content-Type": "application/json"}
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.post(
                url,
                data=body,
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return (
                    ""
                    if answer.ok and not answer.is_redirect
                    else f"it answered {answer.status_code}"
                )
    except (requests.RequestException, ValueError, OSError) as fault:
        # The text of the fault holds the address, which may hold a key.
        return f"{type(fault).__name__}"
