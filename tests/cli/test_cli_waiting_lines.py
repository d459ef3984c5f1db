"""What waits unposted in the journal counts against what is open on an invoice."""

HEADER = "Customer No.,Posting Date,Amount,Invoice No.,Description\n"


def findings(ended):
    return [(one["row"], one["code"]) for one in ended.document["findings"]]


def test_a_second_payment_of_an_invoice_is_told(connected, tmp_path):
    row = "10000,2026-02-02,249.90,103002,"
    (tmp_path / "one.csv").write_text(f"{HEADER}{row}first\n")
    done = connected("import", "one.csv", "--yes", "--json")
    assert done.document["counts"]["created"] == 1, done.err

    again = connected("check", "one.csv", "--json")
    assert findings(again) == []

    (tmp_path / "two.csv").write_text(f"{HEADER}{row}second\n")
    second = connected("check", "two.csv", "--json")
    assert (2, "invoice-overpaid") in findings(second)
    assert "as 249.90 waits unposted in the journal" in second.out
