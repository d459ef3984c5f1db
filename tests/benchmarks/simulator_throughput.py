"""Measures the simulator alone: single POSTs per second, payments per second in $batch.

The server has a process of its own; the client writes prepared bytes to a socket, so that the
server is what is measured.

    python tests/benchmarks/simulator_throughput.py [--posts 6000] [--batches 200]
"""

import argparse
import json
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit


def _get(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)["value"]


def _request(path, body):
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def _exchange(connection, requests):
    """Send one after another, reading each answer whole."""
    stream = connection.makefile("rb")
    for request in requests:
        connection.sendall(request)
        status = stream.readline().split()[1]
        length = 0
        while (line := stream.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        stream.read(length)
        if status not in (b"200", b"201"):
            raise SystemExit(f"status {status.decode()}")


def _payment(number):
    return {
        "lineNumber": number,
        "customerNumber": "10000",
        "postingDate": "2026-02-15",
        "documentNumber": f"P{number:08d}",
        "externalDocumentNumber": f"BANK-{number}",
        "amount": -12.34,
        "appliesToInvoiceNumber": "103001",
        "comment": "benchmark",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=6000)
    parser.add_argument("--batches", type=int, default=200)
    given = parser.parse_args()
    command = [sys.executable, "-m", "importer.simulator", "--no-auth"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            _measure(server.stdout.readline().strip(), given)
        finally:
            server.terminate()


def _measure(base, given):
    company = _get(f"{base}/companies")[0]["id"]
    journals = _get(f"{base}/companies({company})/customerPaymentJournals")
    place = urlsplit(base)
    relative = f"companies({company})/customerPaymentJournals({journals[0]['id']})/customerPayments"
    singles = [
        _request(f"{place.path}/{relative}", _payment(10000 + i)) for i in range(given.posts)
    ]
    envelopes = []
    for batch in range(given.batches):
        first = 1_000_000 + batch * 100
        operations = [
            {
                "id": str(i),
                "method": "POST",
                "url": relative,
                "headers": {"Content-Type": "application/json"},
                "body": _payment(first + i),
            }
            for i in range(100)
        ]
        envelopes.append(_request(f"{place.path}/$batch", {"requests": operations}))
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name, requests, each in (("posts", singles, 1), ("batched", envelopes, 100)):
            began = time.perf_counter()
            _exchange(connection, requests)
            seconds = time.perf_counter() - began
            print(f"{name}: {len(requests) * each / seconds:,.0f} payments/s in {seconds:.2f} s")


if __name__ == "__main__":
    main()
