"""A process that works on an import ledger and is killed at a chosen step.

Reads one JSON order per line and forks for each, so that many deaths cost little. Steps are
counted before and after each commit of the ledger and each request to the server.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from importer.business_central import BusinessCentral, Connection, ReadyToken
from importer.ledger import open_ledger
from importer.pipeline.server import JournalServer
from importer.sending import send_run, undo_run

WRITES = ("claim", "record", "finish", "dimensions_done")
REQUESTS = ("send", "send_many", "delete", "set_dimension", "by_id", "between", "posted")


class Mortal:
    steps = 0

    def __init__(self, real: Any, names: tuple[str, ...], last: int) -> None:
        self._real, self._names, self._last = real, names, last

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)
        if name not in self._names:
            return method

        def call(*args: Any, **more: Any) -> Any:
            self._step()
            result = method(*args, **more)
            self._step()
            return result

        return call

    @contextmanager
    def claim_next(self, *args: Any) -> Iterator[Any]:
        self._step()
        with self._real.claim_next(*args) as claimed:
            yield claimed
            self._step()
        self._step()

    def _step(self) -> None:
        Mortal.steps += 1
        if Mortal.steps == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def obey(order: dict[str, Any]) -> None:
    connection = Connection(ReadyToken(order["token"]), base_url=order["base_url"], allow_http=True)
    last = order.get("step", 0)
    with (
        BusinessCentral(connection) as client,
        open_ledger(order["ledger"], write=True) as ledger,
    ):
        company = client.company("Example Trading")
        journal = client.journal(company.id, "IMPORT")
        server = Mortal(JournalServer(client, company, journal), REQUESTS, last)
        book = Mortal(ledger, WRITES, last)
        settle = order.get("settle_seconds", 0.01)
        if order["command"] == "undo":
            undo_run(book, server, order["run_id"], settle_seconds=settle)
        else:
            send_run(
                book,
                server,
                order["run_id"],
                batch_size=order.get("batch_size", 1),
                settle_seconds=settle,
            )


def main() -> None:
    if len(sys.argv) > 1:
        obey(json.loads(sys.argv[1]))
        return
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            obey(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
