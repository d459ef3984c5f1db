"""No secret is seen anywhere: what commands print, their reports, the import ledger."""

import zipfile
from base64 import b64encode

import pytest

from importer.simulator import Fault, FaultPlan, Simulator

TOKEN = "CANARY-t0ken-5f1c"
SECRET = "CANARY+secret/9b~7=2d"  # holds what is escaped in forms and headers
KEY = "CANARY-web-service-key-41"
CANARIES = (TOKEN, SECRET, KEY, "CANARY", b64encode(f"importer:{KEY}".encode()).decode())
PAYMENTS = "Customer No.,Posting Date,Amount,External Document No.\n" + "".join(
    f"10000,2026-02-0{day},{day}.50,REF-{day}\n" for day in range(1, 6)
)


@pytest.fixture
def guarded():
    clients = {"importer": SECRET}
    with Simulator(token=TOKEN, clients=clients) as running:
        running.auth.basic = ("importer", KEY)
        yield running


def credentials(guarded, kind):
    """The environment of each way to sign in; all secrets are there, one is used."""
    name = "CUSTOMER_PAYMENTS_"
    by_secret = {
        f"{name}CLIENT_ID": "importer",
        f"{name}CLIENT_SECRET": SECRET,
        f"{name}AUTHORITY": guarded.authority,
    }
    return {
        "token": {f"{name}ACCESS_TOKEN": TOKEN},
        "bad token": {f"{name}ACCESS_TOKEN": TOKEN + "-old"},
        "broken token": {f"{name}ACCESS_TOKEN": TOKEN + " \n"},
        "secret": by_secret,
        "bad secret": {**by_secret, f"{name}CLIENT_SECRET": SECRET + "!"},
        "key": {f"{name}USER": "importer", f"{name}WEB_SERVICE_KEY": KEY},
        "bad key": {f"{name}USER": "importer", f"{name}WEB_SERVICE_KEY": KEY + "!"},
    }[kind]


def everything(folder):
    """The bytes of every file, those inside of workbooks too."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    yield from ((name, archive.read(name)) for name in archive.namelist())


def assert_no_canary(terminal, *ended):
    for one in ended:
        for canary in CANARIES:
            assert canary not in one.out
            assert canary not in one.err
    for name, content in everything(terminal.folder):
        for canary in CANARIES:
            assert canary.encode() not in content, name


def run_all(terminal, guarded, kind, *commands):
    url = guarded.url_for("on-prem") if kind.endswith("key") else guarded.base_url
    environ = {
        **credentials(guarded, kind),
        "CUSTOMER_PAYMENTS_BASE_URL": url,
        "CUSTOMER_PAYMENTS_TENANT": "common",
        "CUSTOMER_PAYMENTS_JOURNAL": "IMPORT",
        "PYTHONFAULTHANDLER": "1",
    }
    (terminal.folder / "payments.csv").write_text(PAYMENTS)
    return [terminal(*command, "-vv", **environ) for command in commands]


CHECK = ("connection", "check")
IMPORT = ("import", "payments.csv", "--yes")


@pytest.mark.parametrize("kind", ["token", "secret", "key"])
def test_of_a_connection_that_works(terminal, guarded, kind):
    ended = run_all(terminal, guarded, kind, CHECK, IMPORT, (*IMPORT, "--json"))
    assert [one.code for one in ended] == [0] * len(ended), [one.err for one in ended]
    assert len(guarded.company().payments("IMPORT")) == 5
    assert_no_canary(terminal, *ended)


@pytest.mark.parametrize("kind", ["bad token", "broken token", "bad secret", "bad key"])
def test_of_a_connection_that_is_refused(terminal, guarded, kind):
    ended = run_all(terminal, guarded, kind, CHECK, IMPORT)
    assert [one.code for one in ended] == [1, 1]
    assert_no_canary(terminal, *ended)
    assert not guarded.company().payments("IMPORT")


@pytest.mark.parametrize("kind", ["token", "key"])
def test_of_a_server_that_repeats_what_it_was_sent(terminal, guarded, kind):
    used = {"token": TOKEN, "key": KEY}[kind]
    refusal = {"status": 400, "code": "Unknown", "message": f"No: {used}"}
    guarded.install(FaultPlan([Fault("answer", operation="*", **refusal)]))
    (ended,) = run_all(terminal, guarded, kind, IMPORT)
    assert ended.code == 3
    assert "No: ***" in "".join(
        content.decode("utf-8", "replace") for _, content in everything(terminal.folder)
    )
    assert_no_canary(terminal, ended)


def test_of_a_token_service_that_repeats_what_it_was_sent(terminal, guarded):
    words = f'{{"error": "invalid_client", "error_description": "No: {SECRET}"}}'
    refusal = {"status": 400, "code": "invalid_client", "message": words}
    guarded.install(FaultPlan([Fault("answer", path="/oauth2/", **refusal)]))
    ended = run_all(terminal, guarded, "secret", CHECK, IMPORT)
    assert [one.code for one in ended] == [1, 1]
    assert_no_canary(terminal, *ended)


def test_of_an_address_with_a_password(terminal, guarded):
    url = guarded.base_url.replace("://", f"://importer:{KEY}@")
    ended = terminal("companies", "-vv", "--base-url", url)
    assert ended.code == 1
    assert_no_canary(terminal, ended)
    (terminal.folder / "customer-payments.toml").write_text("access-token = 'x'\n")
    assert "is a secret" in terminal("companies").err
