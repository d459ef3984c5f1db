from pathlib import Path

import pytest

from importer.errors import UsageProblem
from importer.settings import file_options, identity, settings_files

KNOWN = {"base_url", "company", "journal", "expect_count"}


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
