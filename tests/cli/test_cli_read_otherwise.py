"""What an earlier run may still send is compared with its file, as that is read now."""

import pytest

from importer.simulator import Fault, FaultPlan

PROFILE = """
identity = "{identity}"
[header]
columns = ["Date", "Amount", "Buyer", "Payer", "Invoice", "Text", "Other", "Id", "Currency"]
[date]
column = "Date"
formats = ["%Y-%m-%d"]
[amount]
column = "Amount"
decimal = "."
[columns]
"""
COLUMNS = {
    "customer_number": "Buyer", "reference": "Text", "description": "Text", "bank_id": "Id",
    "currency": "Currency",
}  # fmt: skip
HEADER = "Date,Amount,Buyer,Payer,Invoice,Text,Other,Id,Currency\n"
ROWS = ["2026-02-01,10.00,10000,20000,103001,one,uno,T1,EUR\n",
        "2026-02-02,20.00,10000,20000,103001,two,due,T2,EUR\n"]  # fmt: skip


@pytest.fixture
def profile(tmp_path):
    def written(identity, changed=()):
        columns = {**COLUMNS, **dict(changed)}
        lines = (f'{field} = "{column}"\n' for field, column in columns.items() if column)
        (tmp_path / "own.toml").write_text(PROFILE.format(identity=identity) + "".join(lines))

    return written


@pytest.fixture
def importing(connected):
    def run(file, *options):
        return connected("import", file, "--yes", "--profile", "own.toml", *options)

    return run


def payments(simulator):
    lines = simulator.company().payments("IMPORT")
    return sorted((line["customerNumber"], -line["amount"], line["description"]) for line in lines)


TWO = [("10000", 10, "one"), ("10000", 20, "two")]


@pytest.mark.parametrize(
    ("identity", "changed", "said"),
    [
        ("row", {"customer_number": "Payer"}, "with the customer number '10000', and has '20000'"),
        ("content", {"customer_number": "Payer"},
         "with the customer number '10000', and has '20000'"),
        ("bank-id", {"customer_number": "", "invoice_number": "Invoice"},
         "with the customer number '10000', and has none"),
        ("bank-id", {"description": "Other"}, "with the description 'one', and has 'uno'"),
        ("row", {"description": ""}, "with the description 'one', and has none"),
        ("row", {"external_document_number": "Id"},
         "without external document number, and has 'T1'"),
        ("row", {"document_number": "Id"}, "without document number, and has 'T1'"),
        ("bank-id", {"invoice_number": "Invoice"}, "without invoice number, and has '103001'"),
        ("row", {"currency": ""}, "with the currency 'EUR', and has none"),
    ],
)  # fmt: skip
def test_an_interrupted_run_is_not_sent_otherwise_than_the_file_is_read(
    importing, connected, simulator, profile, tmp_path, identity, changed, said
):
    (tmp_path / "f.csv").write_text(HEADER + "".join(ROWS))
    profile(identity)
    simulator.install(FaultPlan((Fault("answer", "POST", status=403),)))
    assert importing("f.csv").code == 1
    simulator.install(None)
    profile(identity, changed.items())
    ended = importing("f.csv")
    assert ended.code == 2, ended.err
    assert f"row 2 waits there {said} as the file is read now. Nothing was sent" in ended.err
    assert payments(simulator) == []
    profile(identity)
    assert importing("f.csv").code == 0
    assert payments(simulator) == TWO


@pytest.mark.parametrize("field", ["reference", "bank_id"])
def test_nor_under_another_identity(importing, simulator, profile, tmp_path, field):
    """Of which a later import would not know that it was sent."""
    identity = {"reference": "content", "bank_id": "bank-id"}[field]
    (tmp_path / "f.csv").write_text(HEADER + "".join(ROWS))
    profile(identity)
    simulator.install(FaultPlan((Fault("answer", "POST", status=403),)))
    assert importing("f.csv").code == 1
    simulator.install(None)
    profile(identity, {field: "Other"}.items())
    ended = importing("f.csv")
    assert ended.code == 2, ended.err
    assert "row 2 waits there as another payment (by bank id, account, payer, " in ended.err
    assert payments(simulator) == []


def test_a_payer_that_the_invoice_names_now_is_no_other_reading(
    importing, simulator, profile, tmp_path, connected
):
    """Customer and invoice as the company's data completed them are not what the file states."""
    (tmp_path / "f.csv").write_text(HEADER + "".join(ROWS))
    stated = {"customer_number": "", "invoice_number": "Invoice"}
    profile("row", stated.items())
    simulator.install(FaultPlan((Fault("answer", "POST", status=403),)))
    assert importing("f.csv").code == 1
    simulator.install(None)
    ended = importing("f.csv")
    assert ended.code == 0, ended.err
    assert [amount for _, amount, _ in payments(simulator)] == [10, 20]


TWIN = "2026-02-01,10.00,10000,,,one,,T9,EUR\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-02-09,10.00,10000,,,one,,T9,EUR\n",
         "with 10 of 2026-02-01, and is 10 of 2026-02-09"),
        ("2026-02-01,10.00,20000,,,one,,T9,EUR\n",
         "with the customer number '10000', and has '20000'"),
        ("2026-02-01,10.00,10000,,,other,,T9,EUR\n", "with the description 'one', and has 'other'"),
    ],
)  # fmt: skip
def test_a_held_row_is_not_sent_otherwise_than_its_file_is_read_now(
    importing, connected, simulator, profile, tmp_path, row, said
):
    (tmp_path / "first.csv").write_text(
        "Customer No.,Posting Date,Amount\n10000,2026-02-01,10.00\n"
    )
    (tmp_path / "held.csv").write_text(HEADER + TWIN)
    (tmp_path / "corrected.csv").write_text(HEADER + ROWS[1] + row)
    profile("bank-id")
    assert connected("import", "first.csv", "--yes").code == 0
    run_id = importing("held.csv", "--json").document["run_id"]
    ended = importing("corrected.csv", "--accept-held", "3")
    assert ended.code == 2, ended.err
    assert f"as run {run_id} holds it, and row 2 waits there {said} as the file" in ended.err
    assert f"'customer-payments undo {run_id}'" in ended.err
    assert len(payments(simulator)) == 1
    assert connected("undo", run_id, "--yes").code == 0
    ended = importing("corrected.csv", "--accept-held", "3")
    assert ended.code == 0, ended.err
    assert len(payments(simulator)) == 3


def test_a_held_row_is_sent_where_only_its_file_is_stored_otherwise(connected, simulator, tmp_path):
    header = "Customer No.;Posting Date;Amount;Description\n"
    (tmp_path / "first.csv").write_text(f"{header}10000;2026-02-01;10.00;Rent\n")
    (tmp_path / "held.csv").write_text(f"{header}10000;2026-02-01;10.00;Rent of  FEBRUARY\n")
    (tmp_path / "again.csv").write_text(
        f"{header}10000;2026-02-01;10.0;Rent of February\n", "utf-16"
    )
    assert connected("import", "first.csv", "--yes").code == 0
    assert connected("import", "held.csv", "--yes").code == 4
    ended = connected("import", "again.csv", "--yes", "--accept-held", "2")
    assert ended.code == 0, ended.err
    assert len(payments(simulator)) == 2
