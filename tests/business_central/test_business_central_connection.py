"""Addresses: made, checked, refused."""

from __future__ import annotations

import pytest

from importer.business_central import ClientSecret, Connection, ReadyToken
from importer.errors import ConfigurationProblem

TOKEN = ReadyToken("x")


@pytest.mark.parametrize(
    ("options", "url"),
    [
        (
            {"tenant": "example.org", "environment": "sandbox"},
            "https://api.businesscentral.dynamics.com/v2.0/example.org/sandbox/api/v2.0",
        ),
        ({}, "https://api.businesscentral.dynamics.com/v2.0/production/api/v2.0"),
        (
            {"generation": "v1.0"},
            "https://api.businesscentral.dynamics.com/v2.0/production/api/v1.0",
        ),
        (
            {"generation": "beta"},
            "https://api.businesscentral.dynamics.com/v2.0/production/api/beta",
        ),
        ({"generation": "graph"}, "https://graph.microsoft.com/beta/financials"),
        (
            {"base_url": "https://erp.example.org:7048/BC/api/v2.0/"},
            "https://erp.example.org:7048/BC/api/v2.0",
        ),
    ],
)
def test_the_address_is_made_from_its_parts(options, url):
    assert Connection(TOKEN, **options).root == url


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"base_url": "http://erp.example.org/api/v2.0"}, "unencrypted"),
        ({"base_url": "http://localhost.example.org/api/v2.0"}, "unencrypted"),
        ({"base_url": "ftp://erp.example.org/api/v2.0"}, "not an address"),
        ({"base_url": "erp.example.org"}, "not an address"),
        ({"base_url": "https://"}, "not an address"),
        ({"base_url": "https://[x"}, "not an address"),
        ({"base_url": "https://host.example:port/"}, "not an address"),
        ({"base_url": "https://me:secret@erp.example.org/api/v2.0"}, "password"),
        ({"base_url": "https://erp.example.org/api/v1.0"}, "leads to API v1.0"),
        ({"generation": "v3.0"}, "not known"),
        ({"batch_size": 0}, "batch_size"),
        ({"at_once": 0}, "at_once"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(options, words):
    with pytest.raises(ConfigurationProblem, match=words) as fault:
        Connection(TOKEN, **options)
    assert "secret@" not in str(fault.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:80/x"]
)
def test_this_machine_needs_no_encryption(url):
    assert Connection(TOKEN, base_url=url).root == url


def test_http_elsewhere_only_where_it_is_allowed():
    assert Connection(TOKEN, base_url="http://erp.example.org/api", allow_http=True).root


@pytest.mark.parametrize(
    ("options", "authority"),
    [
        ({"tenant": "t1"}, "https://login.microsoftonline.com/t1"),
        ({"tenant": "t1", "authority": "https://a.example"}, "https://a.example/t1"),
        ({"tenant": "t1", "authority": "https://a.example/t2/"}, "https://a.example/t2"),
        (
            {"authority": "http://127.0.0.1:80/t2/oauth2/v2.0/token"},
            "http://127.0.0.1:80/t2",
        ),
    ],
)
def test_the_authority_carries_the_tenant(options, authority):
    assert Connection(TOKEN, **options).authority_url == authority


def test_an_authority_needs_a_tenant_and_encryption():
    with pytest.raises(ConfigurationProblem, match="tenant"):
        _ = Connection(ClientSecret("a", "b")).authority_url
    with pytest.raises(ConfigurationProblem, match="unencrypted"):
        _ = Connection(TOKEN, authority="http://a.example/t").authority_url


def test_the_query_of_a_base_url_goes_with_every_request(scripted, time, kit):
    scripted.script = [kit.reply(200, {"value": []})]
    url = f"http://127.0.0.1:{scripted.port}/BC/api/v2.0?tenant=acme"
    with kit.client_of(url, time) as client:
        client.companies()
        client.lines(kit.COMPANY, kit.JOURNAL).highest()
    assert scripted.requests[0].target == "/BC/api/v2.0/companies?tenant=acme"
    assert scripted.requests[1].target.endswith("$top=1&tenant=acme")


@pytest.mark.parametrize(
    ("generation", "size", "limit"),
    [("v2.0", 50, 50), ("v2.0", 500, 100), ("beta", 50, 1), ("graph", 50, 1), ("v1.0", 1, 1)],
)
def test_batches_are_as_large_as_both_sides_allow(generation, size, limit):
    assert Connection(TOKEN, generation=generation, batch_size=size).batch_limit == limit
