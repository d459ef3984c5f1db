from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from importer.model import Bucket, Kind, Layout, Proof, RowOutcome, RunRecord, SourceFile
from importer.reconciliation import UNPROVEN, reconcile

AMOUNTS = st.decimals(min_value="-9999.99", max_value="9999.99", places=2)


AT = datetime(2026, 2, 15, tzinfo=UTC)


def record(rows, command="import", proof=None, finished_at=AT):
    return RunRecord(
        run_id="r",
        command=command,
        started_at=AT,
        finished_at=finished_at,
        source=SourceFile("a.csv", "0" * 64, 1),
        layout=Layout("csv"),
        header=("A",),
        profile="p",
        target=None,
        rows=tuple(rows),
        findings=(),
        proof=proof,
    )


def row(number, bucket, amount="1.00", kind=Kind.INCOMING, currency="EUR"):
    return RowOutcome(
        number, kind, bucket, None if amount is None else Decimal(amount), currency=currency
    )


def test_money_paid_and_balances_are_no_money_received():
    result = reconcile(
        record(
            [
                row(2, Bucket.CREATED, "10.00"),
                row(3, Bucket.SKIPPED, "-5.00", Kind.OUTGOING),
                row(4, Bucket.SKIPPED, "900.00", Kind.BALANCE),
                row(5, Bucket.REJECTED, None),
            ]
        )
    )
    assert result.received == Decimal("10.00")
    assert result.totals[Bucket.SKIPPED] == 0
    assert result.counts[Bucket.SKIPPED] == 2
    assert result.in_balance


def test_a_row_in_two_buckets_is_a_difference():
    result = reconcile(record([row(2, Bucket.CREATED), row(2, Bucket.DUPLICATE)]))
    assert result.differences == ("row 2 stands in 2 buckets",)
    assert not result.in_balance


def test_rows_that_wait_keep_an_import_out_of_balance_but_not_a_dry_run():
    for bucket in (Bucket.UNKNOWN, Bucket.PLANNED):
        assert not reconcile(record([row(2, bucket)])).in_balance
    assert reconcile(record([row(2, Bucket.PLANNED)], command="check")).in_balance


def test_a_run_that_ended_before_its_proof_is_not_in_balance():
    created = row(2, Bucket.CREATED)
    assert reconcile(record([created], finished_at=None)).differences == (UNPROVEN,)
    assert not reconcile(record([created], finished_at=None)).in_balance
    nothing_created = record([row(2, Bucket.DUPLICATE)], finished_at=None)
    assert reconcile(nothing_created).in_balance
    waiting = record([created, row(3, Bucket.PLANNED)], finished_at=None)
    assert reconcile(waiting).differences == ()


def test_the_read_back_must_agree_by_count_and_sum():
    good = record([row(2, Bucket.CREATED, "3.00")], proof=Proof(1, Decimal("3.00")))
    assert reconcile(good).in_balance
    assert reconcile(replace(good, proof=Proof(2, Decimal("3.00")))).differences == (
        "1 rows created, 2 lines on the server",
    )
    assert reconcile(replace(good, proof=Proof(1, Decimal("3.01")))).differences == (
        "3.00 created, 3.01 on the server",
    )
    assert reconcile(replace(good, proof=Proof(1, Decimal("3.00"), ("x",)))).differences == ("x",)


def test_several_currencies_are_told_apart():
    result = reconcile(
        record([row(2, Bucket.CREATED, "1"), row(3, Bucket.CREATED, "2", currency="USD")])
    )
    assert result.currency == ""
    assert result.by_currency == {"EUR": Decimal(1), "USD": Decimal(2)}


@given(st.lists(st.tuples(st.sampled_from(Bucket), st.sampled_from(Kind), AMOUNTS)))
def test_the_buckets_partition_the_file(parts):
    rows = [row(n, bucket, amount, kind) for n, (bucket, kind, amount) in enumerate(parts, 2)]
    result = reconcile(record(rows))
    assert sum(result.counts.values()) == result.rows == len(rows)
    assert sum(result.totals.values()) == result.received
