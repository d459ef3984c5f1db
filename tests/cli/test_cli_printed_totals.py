"""Totals that a file prints stop an import before the first request that writes."""

FILE = """Opening balance: 100.00
Closing balance: {closing}
Posting Date,Customer No.,Amount,Description
2026-01-05,10000,50.00,first
2026-01-06,20000,25.50,second
"""


def test_a_file_that_contradicts_itself_is_not_sent(connected, simulator, tmp_path):
    (tmp_path / "payments.csv").write_text(FILE.format(closing="180.00"))
    options = ("--create-journal", "--yes", "--json")
    ended = connected("import", "payments.csv", *options, CUSTOMER_PAYMENTS_JOURNAL="NEW")
    assert ended.code == 1
    assert "states the closing balance 180.00 ('Closing balance')" in ended.err + ended.out
    assert not simulator.company().payments("IMPORT")
    assert not any(journal["code"] == "NEW" for journal in simulator.company().journals())

    checked = connected("check", "payments.csv", "--json")
    assert checked.code == 1
    assert "control-total-differs" in [one["code"] for one in checked.document["findings"]]

    ended = connected("import", "payments.csv", "--yes", "--json", "--accept-totals")
    assert ended.code == 0, ended.err
    assert ended.document["counts"]["created"] == 2


def test_a_file_that_agrees_with_itself_is_sent(connected, tmp_path):
    (tmp_path / "payments.csv").write_text(FILE.format(closing="175.50"))
    ended = connected("import", "payments.csv", "--yes", "--json")
    assert ended.code == 0, ended.err
