"""Every shipped profile reads a file of its layout, made up here from the profile's own rules."""

from datetime import date
from decimal import Decimal

import pytest

from importer.mapping import map_rows, recognise, source_rows
from importer.model import Bucket, Kind
from schemas.profile import parse_profile, shipped, text_of
from schemas.profile_checks import fold, many

PAYMENTS = (
    (date(2024, 3, 13), Decimal("1234.50"), "Invented Ltd", "Invoice 1007"),
    (date(2024, 3, 14), Decimal("-56.00"), "Somebody Inc", "Rent for March"),
    (date(2024, 12, 3), Decimal("7.00"), "Third & Sons", "Invoice 1008, second part"),
)
PROFILES = {profile.name: profile for profile in shipped() if not profile.date.year}


class Sheet:
    """Writes payments in the layout of one profile."""

    def __init__(self, profile):
        self.profile = profile
        self.names = [fold(name) for name in profile.header.columns]
        positions = [ref for ref in self.references() if isinstance(ref, int)]
        self.width = profile.header.none or max(len(self.names) + self.gaps(), *positions, 0)

    def gaps(self):
        """Count the unnamed columns inside the header; the header's cells move to the right."""
        unnamed = {ref for ref in self.references() if isinstance(ref, int)}
        return sum(1 for ref in unnamed if ref <= len(self.names))

    def references(self):
        rule, columns = self.profile.amount, self.profile.columns
        yield from (rule.column, rule.credit, rule.debit, rule.indicator, self.profile.date.column)
        for name in columns.__struct_fields__:
            if name != "dimension":
                yield from many(getattr(columns, name))
        yield from (skip.column for skip in self.profile.skip)

    def header(self):
        cells = list(self.profile.header.columns)
        for ref in sorted({ref for ref in self.references() if isinstance(ref, int)}):
            cells.insert(ref - 1, "")
        return cells

    def at(self, reference):
        if isinstance(reference, int):
            return reference - 1
        folded = [fold(name) for name in self.header()]
        base, _, which = reference.rpartition("#")
        if fold(reference) in folded:
            return folded.index(fold(reference))
        return [at for at, name in enumerate(folded) if name == fold(base)][int(which) - 1]

    def row(self, day, amount, name, text):
        profile = self.profile
        cells = [""] * max(self.width, len(self.header()))
        columns = profile.columns
        for values, reference in ((name, columns.counterparty), (text, columns.reference)):
            if reference is not None:
                cells[self.at(many(reference)[0])] = values
        if columns.bank_id is not None:
            cells[self.at(many(columns.bank_id)[0])] = f"ID{day:%y%m%d}"
        if columns.currency is not None:
            words = list(profile.currencies) or ["EUR"]
            cells[self.at(many(columns.currency)[0])] = words[0]
        form = str(many(profile.date.formats)[0])
        stamp = day.strftime(form.replace("%z", "+0000"))
        cells[self.at(profile.date.column)] = stamp
        self.put_amount(cells, amount)
        return cells

    def put_amount(self, cells, amount):
        rule = self.profile.amount
        if rule.credit is not None:
            side = rule.credit if amount > 0 else rule.debit
            signed = rule.signed_debit and amount < 0
            cells[self.at(side)] = self.money(amount if signed else abs(amount))
        elif rule.indicator is not None:
            words = rule.received if amount > 0 else rule.paid
            cells[self.at(rule.indicator)] = words[0]
            cells[self.at(rule.column)] = self.money(abs(amount))
        else:
            value = amount if rule.positive == "received" else -amount
            cells[self.at(rule.column)] = self.money(value)

    def money(self, amount):
        rule = self.profile.amount
        text = f"{amount:,.2f}"
        thousands = next(iter(many(rule.thousands)), "")
        text = text.translate(str.maketrans({",": str(thousands), ".": rule.decimal}))
        return (rule.marks[0] if rule.marks else "") + text

    def rows(self, *payments):
        top = [] if self.profile.header.none else [self.header()]
        return [*top, *(self.row(*payment) for payment in payments)]


@pytest.mark.parametrize("name", PROFILES)
def test_a_file_of_the_layout_comes_back_as_its_payments(grid_of, name):
    profile = PROFILES[name]
    rows = source_rows(map_rows(grid_of(Sheet(profile).rows(*PAYMENTS)), profile))
    assert [(row.posting_date, row.amount) for row in rows] == [
        (day, amount) for day, amount, _, _ in PAYMENTS
    ]
    assert [row.kind for row in rows] == [Kind.INCOMING, Kind.OUTGOING, Kind.INCOMING]
    assert [row.bucket for row in rows] == [None, Bucket.SKIPPED, None]
    assert all(len(row.currency) == 3 for row in rows)
    texts = profile.columns
    for row, (_, _, counterparty, reference) in zip(rows, PAYMENTS, strict=True):
        same = texts.counterparty == texts.reference
        assert texts.counterparty is None or same or row.counterparty == counterparty
        assert texts.reference is None or reference in row.reference


@pytest.mark.parametrize("name", [n for n, p in PROFILES.items() if not p.header.none])
def test_a_file_of_the_layout_is_recognised_below_a_preamble(grid_of, name):
    rows = [["Statement of account"], ["from 1 March"], [], *Sheet(PROFILES[name]).rows(*PAYMENTS)]
    assert recognise(grid_of(rows), shipped()).name == name


@pytest.mark.parametrize("name", [n for n, p in PROFILES.items() if p.skip])
def test_rows_that_are_no_payments_are_skipped_with_the_reason(grid_of, name):
    profile = PROFILES[name]
    sheet = Sheet(profile)
    for rule in profile.skip:
        body = sheet.row(*PAYMENTS[0])
        if rule.column is not None:
            body[sheet.at(rule.column)] = (rule.words or (rule.pattern.strip("^$"),))[0]
        if rule.undated:
            body[sheet.at(profile.date.column)] = ""
        rows = source_rows(map_rows(grid_of([sheet.header(), body]), profile))
        assert [(row.kind, row.reason) for row in rows] == [(rule.kind, rule.reason)]


@pytest.mark.parametrize(
    ("status", "captured", "kind"),
    [
        ("Paid", "true", Kind.INCOMING),
        ("Refunded", "true", Kind.OTHER),
        ("Disputed", "true", Kind.OTHER),
        ("Blocked", "true", Kind.OTHER),
        ("Failed", "false", Kind.OTHER),
        ("Uncaptured", "false", Kind.PENDING),
        ("requires_payment_method", "false", Kind.PENDING),
        ("Paid", "FALSE", Kind.PENDING),
    ],
)
def test_a_charge_that_brought_no_money_is_no_payment(grid_of, status, captured, kind):
    sheet = Sheet(PROFILES["stripe-charges"])
    row = sheet.row(*PAYMENTS[0])
    row[sheet.at("status")], row[sheet.at("captured")] = status, captured
    (found,) = source_rows(map_rows(grid_of([sheet.header(), row]), sheet.profile))
    assert found.kind == kind
    assert (found.bucket is None) == (kind is Kind.INCOMING)


def test_a_charge_that_was_refunded_in_part_counts_as_charged(grid_of):
    sheet = Sheet(PROFILES["stripe-charges"])
    row = sheet.row(*PAYMENTS[0])
    row[sheet.at("status")], row[sheet.at("amount_refunded")] = "Paid", "50.00"
    (found,) = source_rows(map_rows(grid_of([sheet.header(), row]), sheet.profile))
    assert found.amount == PAYMENTS[0][1]


def test_layouts_of_one_header_have_one_profile():
    headers = [tuple(map(fold, p.header.columns)) for p in PROFILES.values() if p.header.columns]
    assert len(headers) == len(set(headers))


def test_one_transaction_id_is_never_a_number_that_the_payer_chose():
    """The bank's own id tells payments apart for ever; document numbers repeat."""
    for profile in PROFILES.values():
        given = many(profile.columns.bank_id)
        assert not set(given) & set(many(profile.columns.external_document_number))


def test_a_layout_in_the_way_of_ocbc_takes_two_lines_for_a_payment(grid_of):
    profile = PROFILES["ocbc"]
    sheet = Sheet(profile)
    first, second = sheet.row(*PAYMENTS[0]), [""] * sheet.width
    second[sheet.at("Description")] = "second line"
    rows = source_rows(map_rows(grid_of([sheet.header(), first, second]), profile))
    assert [row.kind for row in rows] == [Kind.INCOMING, Kind.OTHER]
    assert rows[0].reference == "Invoice 1007 second line"


def test_a_changed_layout_stops_and_shows_the_difference(grid_of):
    from importer.errors import InputProblem

    rows = Sheet(PROFILES["bunq-nl"]).rows(*PAYMENTS)
    rows[0][1] = "Bedrag EUR"
    with pytest.raises(InputProblem, match="closest profile is 'bunq-nl': it expects 'Bedrag'"):
        recognise(grid_of(rows), shipped())


def test_a_new_bank_is_one_toml(grid_of):
    profile = parse_profile(
        """
[header]
columns = ["When", "How much", "From"]
[date]
column = "When"
formats = "%d %B %Y"
[amount]
column = "How much"
thousands = "'"
marks = ["CHF"]
[columns]
counterparty = "From"
[constants]
currency = "CHF"
""",
        "new",
    )
    rows = [["When", "How much", "From"], ["3 mars 2024", "CHF 1'234.50", "Invented"]]
    found = source_rows(map_rows(grid_of(rows), recognise(grid_of(rows), (*shipped(), profile))))
    assert [(row.posting_date, row.amount) for row in found] == [
        (date(2024, 3, 3), Decimal("1234.50"))
    ]


def test_dates_without_a_year_are_asked_for_and_read_with_it(grid_of):
    from importer.errors import NeedsInput

    asking = next(profile for profile in shipped() if profile.date.year == "ask")
    rows = [list(asking.header.columns), ["1", "", "4月30日", "", "", "\\7,000", "", "", "x"]]
    with pytest.raises(NeedsInput, match=r"set date\.year"):
        map_rows(grid_of(rows), asking)
    own = parse_profile(text_of(asking.name).replace('year = "ask"', "year = 2024"), "own")
    found = source_rows(map_rows(grid_of(rows), own))
    assert [(row.posting_date, str(row.amount)) for row in found] == [(date(2024, 4, 30), "7000")]
