import sys
from pathlib import Path
from types import ModuleType

import pytest

from importer.errors import UsageProblem
from importer.settings import (
    default_ledger,
    file_options,
    identity,
    profile_folders,
    settings_files,
)

KNOWN = {"base_url", "company", "journal", "expect_count"}.copy


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_in_the_working_folder_beats_the_users(tmp_path):
    near = written(tmp_path, "near.toml", 'company = "A"')
    far = written(tmp_path, "far.toml", 'company = "B"\njournal = "X"')
    assert file_options(KNOWN, [near, far]) == {"company": "A", "journal": "X"}


def test_dashes_and_underscores_are_the_same(tmp_path):
    path = written(tmp_path, "a.toml", 'base-url = "http://x"\nexpect_count = 3')
    assert file_options(KNOWN, [path]) == {"base_url": "http://x", "expect_count": 3}


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = written(tmp_path, "a.toml", '\ufeffcompany = "A"')
    assert file_options(KNOWN, [path]) == {"company": "A"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('compny = "A"', "Did you mean company?"),
        ('zzz = "A"', "Known: base-url, company, expect-count, journal"),
        ("company = ", "not a TOML file"),
        ("[company]\nname = 1", "company is a table"),
        ('company = ["A", "B"]', "company is a list; expected a single value"),
        ("company = 2026-01-01", "company is a date or time"),
        ('access-token = "t0p"', "CUSTOMER_PAYMENTS_ACCESS_TOKEN"),
    ],
)
def test_a_wrong_file_ends_in_one_sentence(tmp_path, text, words):
    path = written(tmp_path, "a.toml", text)
    with pytest.raises(UsageProblem) as caught:
        file_options(KNOWN, [path])
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "t0p" not in str(caught.value)


def test_an_unreadable_file_is_said(tmp_path):
    with pytest.raises(UsageProblem, match="cannot be read"):
        file_options(KNOWN, [tmp_path])


def test_no_file_is_no_fault(tmp_path):
    assert file_options(KNOWN, [tmp_path / "none.toml"]) == {}


def test_the_working_folder_is_looked_in_first():
    assert settings_files()[0] == Path("customer-payments.toml")


def test_secrets_stay_out_of_representations():
    who = identity(
        {
            "CUSTOMER_PAYMENTS_ACCESS_TOKEN": "canary-1",
            "CUSTOMER_PAYMENTS_CLIENT_SECRET": "canary-2",
            "CUSTOMER_PAYMENTS_CLIENT_ID": "app",
            "CUSTOMER_PAYMENTS_DEVICE_CODE": "yes",
        }
    )
    assert who.access_token == "canary-1"
    assert who.client_secret == "canary-2"
    assert who.device_code
    assert "canary" not in repr(who)
    assert "app" in repr(who)


def test_amounts_are_taken_as_they_are_written(tmp_path):
    path = written(tmp_path, "a.toml", "expect_count = 12345678901234567.10")
    assert file_options(KNOWN, [path]) == {"expect_count": "12345678901234567.10"}


def test_the_key_store_is_asked_where_the_environment_is_silent(monkeypatch):
    asked = []
    errors = ModuleType("keyring.errors")
    errors.KeyringError = KeyError
    keyring = ModuleType("keyring")
    keyring.errors = errors
    keyring.get_password = lambda service, name: asked.append((service, name)) or "from the store"
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert identity({}).access_token == "from the store"
    assert ("customer-payments", "access-token") in asked
    assert identity({"CUSTOMER_PAYMENTS_ACCESS_TOKEN": "given"}).access_token == "given"

    def locked(_service, _name):
        raise KeyError

    keyring.get_password = locked
    assert identity({}).client_secret == ""


def test_ledger_and_profiles_have_a_place_of_their_own():
    assert Path(default_ledger()).name == "ledger.sqlite3"
    assert profile_folders()[0] == Path("profiles")
