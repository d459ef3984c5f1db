"""What a person is asked before anything is sent."""

from decimal import Decimal

from importer.model import Bucket, Target
from importer.pipeline.jobs import Intent

TARGET = Target(
    base_url="http://127.0.0.1/v2.0",
    generation="v2.0",
    company_id="c",
    company_name="CRONUS",
    journal_id="j",
    journal_code="IMPORT",
)


def test_currencies_are_never_added_up():
    totals = {bucket: {} for bucket in Bucket}
    totals[Bucket.PLANNED] = {"USD": Decimal("10.00"), "EUR": Decimal("1516.00"), "": Decimal(20)}
    counts = dict.fromkeys(Bucket, 0) | {Bucket.PLANNED: 13}
    largest = {"EUR": Decimal("1250.00"), "USD": Decimal(10)}
    asked = Intent(TARGET, counts, totals, largest, "2026-02-01", "2026-02-03")
    _, rows, last = asked.lines()
    assert rows.split() == ["to", "send", "13", "rows", "20,", "1,516.00", "EUR,", "10.00", "USD"]
    assert last == "largest amount 1,250.00 EUR, 10 USD; 2026-02-01 to 2026-02-03"
