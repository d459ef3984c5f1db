"""Customers and open invoices to choose from: no more than asked for."""

from importer.business_central import BusinessCentral, Connection, ReadyToken
from importer.simulator import Simulator


def test_lists_are_bounded_and_hold_what_is_open():
    with (
        Simulator(auth=False) as running,
        BusinessCentral(Connection(ReadyToken("t"), base_url=running.base_url)) as client,
    ):
        company = client.companies()[0].id
        customers = client.first_customers(company, 1000)
        assert len(customers) > 3
        assert client.first_customers(company, 2) == customers[:2]
        invoices = client.open_invoices(company, 1000)
        assert invoices
        assert all(one.status == "Open" and one.remaining_amount > 0 for one in invoices)
        assert client.open_invoices(company, 1) == invoices[:1]
