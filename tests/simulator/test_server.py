"""Credentials, limits, latency, the control surface, the socket, the command."""

import base64
import json
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from importer.simulator import DEFAULT_TOKEN, Behaviour, FaultPlan, Limits, Simulator
from importer.simulator.auth import DEFAULT_BASIC

SCOPE = "https://api.businesscentral.dynamics.com/.default"


@pytest.fixture
def start(company_fixture):
    """Simulators of this test, with any options."""
    running = []

    def make(fixture=company_fixture, **options):
        simulator = Simulator(fixture, **options).start()
        running.append(simulator)
        return simulator

    yield make
    for simulator in running:
        simulator.stop()


def status(simulator, path="/companies", **headers):
    return requests.get(simulator.base_url + path, headers=headers, timeout=10).status_code


def test_the_ready_token(start):
    simulator = start()
    assert status(simulator) == 401
    assert status(simulator, Authorization="Bearer wrong") == 401
    assert status(simulator, Authorization=f"Bearer {DEFAULT_TOKEN}") == 200


def test_a_refusal_is_worded_as_an_error(start):
    answer = requests.get(start().base_url + "/companies", timeout=10)
    assert answer.json()["error"]["code"] == "Authentication_InvalidCredentials"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_without_auth_everyone_is_let_in(start):
    assert status(start(auth=False)) == 200


def test_basic_only_on_premises(start):
    simulator = start()
    value = base64.b64encode(":".join(DEFAULT_BASIC).encode()).decode()
    headers = {"Authorization": f"Basic {value}"}
    url = simulator.url_for("on-prem") + "/companies"
    assert requests.get(url, headers=headers, timeout=10).status_code == 200
    assert status(simulator, **headers) == 401


def ask(simulator, **form):
    form = {"grant_type": "client_credentials", "scope": SCOPE, **form}
    return requests.post(f"{simulator.authority}/oauth2/v2.0/token", data=form, timeout=10)


def test_client_credentials_and_their_end(start):
    simulator = start(clients={"app": "secret"}, token_lifetime_s=0.2)
    token = ask(simulator, client_id="app", client_secret="secret").json()["access_token"]
    assert status(simulator, Authorization=f"Bearer {token}") == 200
    time.sleep(0.25)
    assert status(simulator, Authorization=f"Bearer {token}") == 401


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "app", "client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "app"}, "invalid_client"),
        ({"client_id": "other", "client_secret": "secret"}, "unauthorized_client"),
        ({"client_id": "app", "client_secret": "secret", "scope": "x"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_refused_clients(start, form, error):
    answer = ask(start(clients={"app": "secret"}), **form)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_device_code(start):
    simulator = start()
    url = f"{simulator.authority}/oauth2/v2.0/devicecode"
    code = requests.post(url, data={"client_id": "app"}, timeout=10).json()["device_code"]
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code}
    assert ask(simulator, **form).json()["error"] == "authorization_pending"
    token = ask(simulator, **form).json()["access_token"]
    assert status(simulator, Authorization=f"Bearer {token}") == 200


def test_discovery(start):
    simulator = start()
    url = f"{simulator.authority}/v2.0/.well-known/openid-configuration"
    found = requests.get(url, timeout=10).json()
    assert found["token_endpoint"] == f"{simulator.authority}/oauth2/v2.0/token"


def test_requests_in_a_window(start):
    simulator = start(limits=Limits(requests=3, window_s=60, retry_after="2"))
    answers = [
        requests.get(simulator.base_url + "/companies", headers=simulator.headers, timeout=10)
        for _ in range(4)
    ]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[3].json()["error"]["code"] == "Application_TooManyRequests"
    assert answers[3].headers["Retry-After"] == "2"


def test_a_full_queue(start):
    simulator = start(limits=Limits(concurrent=1, queue=1), latency_ms=150)
    barrier = threading.Barrier(4)

    def one(_):
        barrier.wait()
        return status(simulator, **simulator.headers)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [200, 200, 429, 429]


def test_latency(start):
    simulator = start(latency_ms=50)
    began = time.monotonic()
    assert status(simulator, **simulator.headers) == 200
    assert time.monotonic() - began >= 0.05


def test_line_latency_commits_one_by_one(start, company_fixture):
    simulator = start(line_ms=100, auth=False)
    company = simulator.company()
    journal = company.journal_id("BAL")
    url = f"companies({company.id})/customerPaymentJournals({journal})/customerPayments"
    operations = [
        {
            "id": str(n),
            "method": "POST",
            "url": url,
            "headers": {"Content-Type": "application/json"},
            "body": {"lineNumber": n},
        }
        for n in (1, 2, 3)
    ]
    with ThreadPoolExecutor(1) as pool:
        batch = pool.submit(
            requests.post, simulator.base_url + "/$batch", json={"requests": operations}, timeout=10
        )
        seen = set()
        while not batch.done():
            seen.add(len(company.lines("BAL")))
            time.sleep(0.01)
    assert {0, 1, 2} <= seen
    assert len(company.lines("BAL")) == 3


@pytest.mark.parametrize(
    ("behaviour", "method", "path", "body", "wanted"),
    [
        (Behaviour(read_only="refuse"), "POST", "/customerPayments", {"id": "x"}, 400),
        (Behaviour(media_type_status=400), "POST", "/customerPayments", b"{}", 400),
        (Behaviour(unknown_journal_status=400), "GET", "", None, 400),
    ],
)
def test_the_other_accepted_answer(start, behaviour, method, path, body, wanted):
    simulator = start(behaviour=behaviour, auth=False)
    company = simulator.company()
    journal = company.journal_id("BAL") if path else "99999999-9999-9999-9999-999999999999"
    url = f"{simulator.base_url}/companies({company.id})/customerPaymentJournals({journal}){path}"
    data = {"data": body} if isinstance(body, bytes) else {"json": body}
    assert requests.request(method, url, timeout=10, **data).status_code == wanted


def test_a_server_that_ignores_continue_on_error(start):
    simulator = start(behaviour=Behaviour(honour_continue_on_error=False), auth=False)
    operations = [{"id": str(n), "method": "GET", "url": "nowhere"} for n in (1, 2)]
    answer = requests.post(
        simulator.base_url + "/$batch",
        json={"requests": operations},
        headers={"Prefer": "odata.continue-on-error"},
        timeout=10,
    )
    assert len(answer.json()["responses"]) == 1


# The control surface


def control(simulator, name, value=None):
    url = f"{simulator.control_url}/{name}"
    if value is None:
        return requests.get(url, timeout=10)
    return requests.post(url, json=value, timeout=10)


def test_state_acts_faults_reset_over_http(start, company_fixture):
    simulator = start()
    done = control(
        simulator, "act", {"action": "add_hidden", "journal": "BAL", "amount": 5.25}
    ).json()
    state = control(simulator, "state").json()
    line = state["companies"][0]["lines"][0]
    assert (line["id"], line["visible"], line["amount"]) == (done["id"], False, 5.25)
    planned = {"seed": 1, "faults": [{"kind": "answer", "status": 503, "probability": 1.0}]}
    assert control(simulator, "faults", planned).status_code == 200
    assert status(simulator, **simulator.headers) == 503
    assert control(simulator, "state").json()["faultHits"] == [1]
    assert control(simulator, "reset", company_fixture).json() == {"companies": ["TEST & SONS"]}
    assert status(simulator, **simulator.headers) == 200
    assert control(simulator, "state").json()["counts"]["GET"] == 1


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("nothing", None, 404),
        ("act", {"action": "sing"}, 400),
        ("act", {"action": "delete", "line": 1}, 400),
        ("act", {"action": "post", "journal": "BAL"}, 400),
        ("faults", {"faults": [{"kind": "sleep"}]}, 400),
    ],
)
def test_the_control_surface_refuses(start, name, value, wanted):
    assert control(start(), name, value).status_code == wanted


def test_tokens_can_be_made_to_expire(start):
    simulator = start()
    token = ask(simulator, client_id="a", client_secret="b").json()["access_token"]
    control(simulator, "act", {"action": "expire_tokens"})
    assert status(simulator, Authorization=f"Bearer {token}") == 401


# The socket


def exchange(simulator, data, parts=1):
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as connection:
        size = -(-len(data) // parts)
        for start_at in range(0, len(data), size):
            connection.sendall(data[start_at : start_at + size])
            time.sleep(0.005)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def request(path, extra=""):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{extra}\r\n".encode()


def test_pipelined_and_split_requests(start):
    simulator = start(auth=False)
    path = "/v2.0/production/api/v2.0/companies/$count"
    answer = exchange(simulator, request(path) * 3, parts=7)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.endswith(b"\r\n\r\n1")


def test_pipelined_requests_wait_their_turn(start):
    simulator = start(auth=False, latency_ms=20)
    path = "/v2.0/production/api/v2.0/companies/$count"
    data = request(path) + request("/_simulator/state") + request(path, "Connection: close\r\n")
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=10) as connection:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.count(b"HTTP/1.1 200 OK") == 3


def test_no_http_is_a_bad_request(start):
    assert exchange(start(), b"hello\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_a_defect_looks_like_a_server_error(start, monkeypatch):
    simulator = start(auth=False)
    monkeypatch.setattr(simulator.application.service, "answer", lambda *_: 1 / 0)
    assert status(simulator) == 500
    assert "ZeroDivisionError" in str(simulator.requests)


def test_a_taken_port_is_reported(start):
    port = start().port
    with pytest.raises(OSError, match="address already in use"):
        start(port=port)


def test_the_same_seed_makes_the_same_ids(start):
    first, second, third = start(seed=1), start(seed=1), start(seed=2)
    ids = [
        [entry["id"] for entry in s.company().customer_entries()] for s in (first, second, third)
    ]
    assert ids[0] == ids[1] != ids[2]


# The built-in company and the command


def test_the_built_in_company_is_fit_for_a_demo(start):
    simulator = start(fixture=None)
    base = f"{simulator.base_url}/companies({simulator.company().id})"

    def get(path):
        answer = requests.get(f"{base}/{path}", headers=simulator.headers, timeout=10)
        return answer.json()["value"]

    assert simulator.company().name == "CRONUS International Ltd."
    assert len(get("customers")) >= 25
    assert {c["blocked"] for c in get("customers")} > {"All", "Invoice"}
    assert len(get("salesInvoices?$filter=status eq 'Open'")) >= 20
    journals = {j["code"]: j for j in get("customerPaymentJournals")}
    assert journals["IMPORT"]["balancingAccountNumber"]
    assert journals["MANUAL"]["balancingAccountNumber"] == ""


def test_the_command_prints_its_base_url(tmp_path, company_fixture):
    path = tmp_path / "fixture.json"
    path.write_text(json.dumps(company_fixture), encoding="utf-8")
    command = [sys.executable, "-m", "importer.simulator", "--fixture", str(path), "--no-auth"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            base = process.stdout.readline().strip()
            found = requests.get(f"{base}/companies", timeout=10).json()["value"]
        finally:
            process.terminate()
    assert found[0]["name"] == "TEST & SONS"


def test_install_none_ends_the_trouble(start):
    plan = FaultPlan.from_dict({"faults": [{"kind": "lost_before"}]})
    simulator = start(faults=plan, auth=False)
    with pytest.raises(requests.ConnectionError):
        status(simulator)
    simulator.install(None)
    assert status(simulator) == 200
