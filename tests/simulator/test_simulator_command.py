"""The simulator as a user starts and ends it: a process, a port, a fixture file."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from importer.simulator import FixtureError, Simulator

COMMANDS = (["-m", "importer", "simulator"], ["-m", "importer.simulator"])


def _start(command, *args):
    return subprocess.Popen(
        [sys.executable, *command, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_it_is_asked_to(command, stop):
    with _start(command, "--no-auth") as process:
        base_url = process.stdout.readline().strip()
        assert requests.get(f"{base_url}/companies", timeout=10).status_code == 200
        process.send_signal(stop)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_its_options_come_from_the_environment_too(monkeypatch):
    monkeypatch.setenv("CUSTOMER_PAYMENTS_NO_AUTH", "1")
    monkeypatch.setenv("CUSTOMER_PAYMENTS_LATENCY_MS", "300")
    with _start(COMMANDS[0]) as process:
        base_url = process.stdout.readline().strip()
        answer = requests.get(f"{base_url}/companies", timeout=10)
        process.terminate()
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.3


BAD_FIXTURES = {
    "no JSON": "{",
    "no object": "[]",
    "companies": '{"companies": 3}',
    "number": '{"companies": [{"customers": [{"displayName": "A"}]}]}',
    "amount": '{"companies": [{"salesInvoices": [{"number": "1", "remainingAmount": "x"}]}]}',
    "journal": '{"companies": [{"hiddenLines": [{"journal": "ABSENT"}]}]}',
    "twice": '{"companies": [{"customerPaymentJournals": [{"code": "A"}, {"code": "a"}]}]}',
    "none": '{"companies": []}',
}


@pytest.mark.parametrize("text", BAD_FIXTURES.values(), ids=BAD_FIXTURES)
def test_a_bad_fixture_is_one_sentence(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(FixtureError, match=r"bad\.json") as caught:
        Simulator(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_keeps_it_from_starting_is_one_sentence(command, tmp_path):
    (tmp_path / "bad.json").write_text("[]")
    with Simulator(auth=False) as running:
        for args, wanted in (
            (["--port", str(running.port)], str(running.port)),
            (["--fixture", str(tmp_path / "bad.json")], "bad.json"),
            (["--fixture", str(tmp_path / "absent.json")], "absent.json"),
            (["--fixture", str(tmp_path)], str(tmp_path)),
        ):
            with _start(command, *args) as process:
                out, err = process.communicate(timeout=20)
            assert process.returncode in (1, 2)
            assert out == ""
            assert wanted in err
            assert len(err.strip().splitlines()) == 1, err
            assert "Traceback" not in err
            assert "nforeseen" not in err


def test_the_command_queues_as_the_service_does():
    with _start(COMMANDS[0], "--no-auth", "--latency-ms", "500") as process:
        url = urlsplit(process.stdout.readline().strip())
        request = f"GET {url.path}/companies HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with ExitStack() as opened:
            # All are connected before the first asks, so that all ask at once.
            callers = [
                opened.enter_context(socket.create_connection((url.hostname, url.port), 60))
                for _ in range(110)
            ]
            for caller in callers:
                caller.sendall(request.encode())
            seen = Counter(caller.makefile("rb").readline().split()[1] for caller in callers)
        process.terminate()
    assert seen.keys() == {b"200", b"429"}
    assert seen[b"200"] >= 100


@pytest.mark.parametrize(("args", "refused"), [(["--limits"], 2), ([], 0)])
def test_the_number_of_requests_is_limited_where_it_is_wanted(args, refused):
    request = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    route = b"GET /v2.0/production/api/v2.0/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with _start(COMMANDS[0], "--no-auth", *args) as process:
        base_url = process.stdout.readline().strip()
        with socket.create_connection(("127.0.0.1", urlsplit(base_url).port), 30) as wire:
            sender = threading.Thread(target=wire.sendall, args=(6002 * route + last,))
            sender.start()
            with wire.makefile("rb") as answers:
                statuses = Counter(re.findall(rb"HTTP/1\.1 (\d+)", answers.read()))
            sender.join()
        process.terminate()
    assert statuses[b"429"] == refused
    assert statuses[b"404"] == 6003 - refused


def test_an_account_that_a_fixture_only_names_is_there():
    journal = {"code": "IMPORT", "balancingAccountNumber": "2910"}
    company = {"customers": [{"number": "A"}], "customerPaymentJournals": [journal]}
    with Simulator({"companies": [company]}, auth=False) as running:
        here = f"{running.base_url}/companies({running.company().id})"
        lines = (
            f"customerPaymentJournals({running.company().journal_id('IMPORT')})/customerPayments"
        )
        answer = requests.post(f"{here}/{lines}", json={"customerNumber": "A"}, timeout=10)
        assert answer.status_code == 201
        found = requests.get(f"{here}/accounts?$filter=number eq '2910'", timeout=10).json()
        assert found["value"][0]["directPosting"]


def test_a_fixture_as_json_is_what_a_test_hands_over(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"companies": [{"name": "SMALL"}]}))
    with Simulator(path, auth=False) as running:
        assert running.company().name == "SMALL"
