"""Columns `dimension.<CODE>` of a file, from end to end."""

import pytest

HEADER = "Posting Date,Customer No.,Amount,Dimension.department\n"


@pytest.fixture
def fixture():
    return {
        "companies": [
            {
                "name": "One",
                "customers": [{"number": "10000"}],
                "customerPaymentJournals": [{"code": "IMPORT", "balancingAccountNumber": "2920"}],
                "dimensions": [
                    {"code": "DEPARTMENT", "values": [{"code": "SALES"}, {"code": "ADM"}]}
                ],
            }
        ]
    }


@pytest.fixture
def run(terminal, fixture):
    from importer.simulator import Simulator

    with Simulator(fixture, auth=False) as simulator:

        def run(*args):
            return terminal(
                *args,
                CUSTOMER_PAYMENTS_BASE_URL=simulator.base_url,
                CUSTOMER_PAYMENTS_JOURNAL="IMPORT",
            )

        run.simulator = simulator
        yield run


def test_a_column_of_a_dimension_reaches_the_line(run, tmp_path):
    import requests

    (tmp_path / "a.csv").write_text(HEADER + "2026-02-02,10000,1.00,sales\n")
    ended = run("import", "a.csv", "--yes", "--json")
    assert ended.code == 0, ended.err
    (row,) = ended.document["rows"]
    company = run.simulator.company().id
    url = f"{run.simulator.base_url}/companies({company})/customerPayments({row['id']})"
    lines = requests.get(f"{url}/dimensionSetLines", timeout=10).json()["value"]
    assert [(line["code"], line["valueCode"]) for line in lines] == [("DEPARTMENT", "SALES")]


def test_a_value_that_does_not_exist_needs_a_person(run, tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + "2026-02-02,10000,1.00,NOWHERE\n")
    ended = run("import", "a.csv", "--yes", "--json")
    assert ended.code == 4
    assert ended.document["counts"]["created"] == 1
    assert not ended.document["in_balance"]
    assert "NOWHERE" in ended.document["differences"][0]
