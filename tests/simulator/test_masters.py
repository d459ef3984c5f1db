"""Parts 1.4 and 6 of the reference: master data that the API may write."""

ANY = {"If-Match": "*"}


def test_a_customer_comes_changes_and_goes(world):
    made = world.call("POST", "customers", {"number": "n1", "displayName": "New"}).json()
    assert (made["number"], made["blocked"], made["currencyCode"]) == ("N1", "_x0020_", "EUR")
    path = f"customers({made['id']})"
    changed = world.call("PATCH", path, {"blocked": "All", "number": "N2"}, ANY).json()
    assert (changed["id"], changed["number"], changed["blocked"]) == (made["id"], "N2", "All")
    assert world.call("DELETE", path, headers={"If-Match": made["@odata.etag"]}).status_code == 409
    assert world.call("DELETE", path).status_code == 204
    assert world.call("GET", path).status_code == 404


def test_blank_members_are_found_in_both_spellings(world):
    for blank in ("' '", "'_x0020_'"):
        rows = world.call("GET", f"customers?$filter=blocked eq {blank}").json()["value"]
        assert len(rows) == 7


def test_a_number_in_use(world):
    answer = world.call("POST", "customers", {"number": "10000"})
    assert answer.json()["error"]["code"] == "Internal_EntityWithSameKeyExists"
    answer = world.call("PATCH", "customers(<B>)", {"number": "10000"}, ANY)
    assert answer.json()["error"]["code"] == "Internal_EntityWithSameKeyExists"


def test_a_number_is_found_if_none_is_given(world):
    assert world.call("POST", "customers", {"displayName": "X"}).json()["number"] == "C101"


def test_bank_accounts_and_currencies(world):
    bank = world.call("POST", "bankAccounts", {"number": "B9", "currencyCode": "usd"}).json()
    assert (bank["currencyCode"], bank["blocked"]) == ("USD", False)
    currency = {"code": "SEK", "amountRoundingPrecision": 0.05}
    made = world.call("POST", "currencies", currency).json()
    assert (made["code"], made["amountRoundingPrecision"]) == ("SEK", 0.05)


def test_invoices_are_made_as_drafts_and_stay_when_posted(world):
    draft = world.call("POST", "salesInvoices", {"customerNumber": "20000"}).json()
    assert (draft["status"], draft["billToCustomerId"]) == ("Draft", world.fill("<B>"))
    path = f"salesInvoices({draft['id']})"
    change = {"externalDocumentNumber": "po 5"}
    assert world.call("PATCH", path, change, ANY).json()["externalDocumentNumber"] == "PO 5"
    assert world.call("DELETE", path).status_code == 204
    for method in ("PATCH", "DELETE"):
        answer = world.call(method, "salesInvoices(<OPEN>)", change, ANY)
        assert answer.json()["error"]["code"] == "Application_DialogException"
    answer = world.call("POST", "salesInvoices", {"customerNumber": "nobody"})
    assert answer.status_code == 400


def test_what_customers_owe(world):
    path = "customerFinancialDetails?$filter=number eq '10000'"
    row = world.call("GET", path).json()["value"][0]
    # One invoice of their own, one that they pay for another customer.
    assert (row["balance"], row["overdueAmount"]) == (570, 570)
    path = "agedAccountsReceivables?$filter=customerNumber eq '70000'"
    aged = world.call("GET", path).json()["value"][0]
    assert (aged["balanceDue"], aged["currencyCode"]) == (1000, "JPY")


def test_periods_and_environments(world):
    periods = world.call("GET", "accountingPeriods?$filter=startingDate ge 2026-12-01").json()
    assert [p["startingDate"] for p in periods["value"]] == ["2026-12-01"]
    found = world.session.get(f"{world.simulator.origin}/environments/v1.2").json()
    assert found["value"][0]["name"] == "production"


def test_head_is_answered_without_a_body(world):
    url = world.url("customers")
    assert world.session.head(url).status_code == 405
    assert world.session.get(url).status_code == 200
