"""What was paid beside the sum of the invoice: two columns of money that differ."""

from __future__ import annotations

import pytest

from importer.errors import NeedsInput


def _bills(*names):
    return (
        ";".join(names)
        + "\n15.01.2024;10000;103001;1.500,00;1.100,00\n16.01.2024;20000;103002;12,50;10,00\n"
    )


@pytest.mark.parametrize(
    ("of_bill", "paid"),
    [
        ("Betrag", "bezahlt"),
        ("Betrag", "Zahlung"),
        ("Brutto", "Zahlbetrag"),
        ("Amount", "Amount received"),
        ("Amount", "Payment Amount"),
        ("Total", "Paid"),
        ("Amount due", "Payment"),
        ("Bedrag", "Betaald"),
        ("Montant TTC", "Montant encaissé"),
        ("Valor", "Valor recebido"),
        ("Kwota", "Kwota wpłaty"),
        ("Belopp", "Inbetalt"),
        ("Částka", "Uhrazeno"),
        ("請求金額", "入金額"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_what_was_paid_counts_and_not_the_sum_of_the_invoice(amounts, of_bill, paid, turned):
    text = _bills("Datum", "Customer no", "Invoice no", of_bill, paid)
    if turned:
        lines = (line.split(";") for line in text.splitlines())
        text = "\n".join(";".join([*cells[:3], cells[4], cells[3]]) for cells in lines)
    assert amounts(text) == ["1100.00", "10.00"]


@pytest.mark.parametrize("name", ["Payment", "Zahlung", "Uhrazeno", "Betaald", "入金額"])
def test_what_was_paid_is_an_amount_by_its_name_alone(amounts, name):
    text = f"Date;Customer no;Invoice no;{name}\n2024-01-15;10000;103001;1500.00\n"
    assert amounts(text) == ["1500.00"]


def test_without_customers_or_invoices_it_is_asked(amounts):
    text = "Date;Text;Amount;Payment\n2024-01-15;one;-15.00;-11.00\n2024-01-16;two;12.50;10.00\n"
    with pytest.raises(NeedsInput, match="More than one column can be the amount"):
        amounts(text)
    assert amounts(text, amount_column="Amount") == ["-15.00", "12.50"]


def test_a_balance_says_which_of_them_is_booked(amounts):
    lines = ["Date;Customer;Amount;Payment;Balance"]
    lines += ["2024-01-15;A;-15.00;-11.00;85.00", "2024-01-16;B;12.50;10.00;97.50"]
    lines += ["2024-01-17;C;2.50;2.00;100.00"]
    assert amounts("\n".join(lines)) == ["-15.00", "12.50", "2.50"]


def test_payments_beside_receipts_are_no_money_received(amounts):
    text = "Date;Customer;Receipts;Payments\n2024-01-15;A;15.00;\n2024-01-16;B;20.00;\n"
    assert amounts(text) == ["15.00", "20.00"]


def test_numbers_of_receipts_are_no_amounts(amounts):
    text = "Date;Customer;Receipt;Amount\n2024-01-15;A;5001;15.50\n2024-01-16;B;5002;20.00\n"
    assert amounts(text) == ["15.50", "20.00"]


def test_whole_numbers_that_may_be_parts_of_the_invoice_are_asked(amounts):
    text = "Date;Customer;Amount;Payment\n2024-01-15;A;15.50;15\n2024-01-16;B;20.00;10\n"
    with pytest.raises(NeedsInput, match="More than one column can be the amount"):
        amounts(text)
