"""Lists of paid invoices in many languages: the day of the payment, customers and invoices."""

from __future__ import annotations

import pytest

from importer.errors import InputProblem
from importer.proposing import Answers, propose

INVOICE_AND_PAYMENT = [
    "Date facture;Date de règlement",
    "Date de la facture;Date de paiement",
    "Fecha factura;Fecha de cobro",
    "Fecha factura;Fecha de pago",
    "Data fattura;Data incasso",
    "Data fattura;Data pagamento",
    "Data wystawienia;Data wpłaty",
    "Data faktury;Data zapłaty",
    "Fakturadatum;Betaldatum",
    "Fakturadatum;Inbetalningsdatum",
    "Fakturadato;Betalingsdato",
    "Fakturadato;Betalt dato",
    "Factuurdatum;Betaaldatum",
    "Factuurdatum;Betaald op",
    "Data emissão;Data pagamento",
    "Data emissão;Data recebimento",
    "請求日;入金日",
    "发票日期;收款日期",
    "Datum faktury;Datum úhrady",
    "Fatura tarihi;Ödeme tarihi",
    "Rechnungsdatum;Zahldatum",
    "Belegdatum;Zahlungsdatum",
    "Invoice date;Date paid",
    "Date;Payment date",
    "Due date;Received on",
    "Payout date;Transaction date",
]


def _proposed(read_here, *lines, **answers):
    return propose(read_here("\n".join(lines) + "\n"), answers=Answers(**answers)).profile


@pytest.mark.parametrize("names", INVOICE_AND_PAYMENT)
def test_the_day_of_the_payment_counts_and_not_that_of_the_invoice(read_here, names):
    for turned in (False, True):
        one, other = names.split(";")[:: -1 if turned else 1]
        days = ["20.01.2024;15.12.2023", "21.01.2024;16.12.2023"]
        profile = _proposed(
            read_here, f"{one};{other};Text;Amount", *[f"{d};a;12,50" for d in days]
        )
        assert profile.date.column == names.split(";")[1]


def test_the_day_of_posting_goes_before_that_of_the_payment(read_here):
    lines = ["Payment date;Posting date;Text;Amount", "2024-01-15;2024-01-16;a;-12.50"]
    assert _proposed(read_here, *lines).date.column == "Posting date"


def test_days_of_invoices_alone_are_none_of_payments_unless_the_user_says_so(read_here):
    lines = ["Datum faktury;Text;Částka", "2024-01-15;a;12.50"]
    with pytest.raises(InputProblem, match="are not those of payments"):
        _proposed(read_here, *lines)
    profile = _proposed(read_here, *lines, date_column="Datum faktury")
    assert profile.date.column == "Datum faktury"


@pytest.mark.parametrize(
    ("customer", "invoice"),
    [
        ("N° client", "N° facture"),
        ("N. cliente", "N. fattura"),
        ("Nr klienta", "Nr faktury"),
        ("Debiteurnr", "Factuurnr"),
        ("Müşteri no", "Fatura no"),
        ("Kunde", "Rechnung"),
        ("Klant", "factuur"),
        ("Client", "Facture"),
        ("Customer", "Invoice"),
        ("顧客番号", "請求書番号"),
    ],
)
def test_numbers_of_customers_and_invoices_are_known_by_name_and_cells(
    read_here, customer, invoice
):
    columns = _proposed(
        read_here,
        f"Date;{customer};{invoice};Amount",
        "2024-01-15;10000;RE-103001;12.50",
        "2024-01-16;C20000;103002;15.00",
    ).columns
    assert (columns.customer_number, columns.invoice_number) == (customer, invoice)


@pytest.mark.parametrize("cells", [("Acme", "Bob 1"), ("12.50", "15.00"), ("12.5", "15")])
def test_names_and_amounts_are_no_numbers_of_customers_or_invoices(read_here, cells):
    columns = _proposed(
        read_here,
        "Date;Text;Customer;Invoice;Amount",
        f"2024-01-15;a;{cells[0]};{cells[0]};12.50",
        f"2024-01-16;b;{cells[1]};{cells[1]};15.00",
    ).columns
    assert columns.customer_number is None
    assert columns.invoice_number is None


def test_days_that_are_years_ahead_are_asked(read_here):
    rows = "".join(f"{day}/01/67,a,{day}.00\n" for day in (15, 16, 17, 29))
    asked = propose(read_here("Date,Text,Amount\n" + rows)).questions
    assert any("Most days in 'Date' are years ahead" in one.text for one in asked)
    one = "01/02/2067,a,1.00\n15/02/2024,b,2.00\n16/02/2024,c,3.00\n"
    asked = propose(read_here("Date,Text,Amount\n" + one)).questions
    assert "date.formats" not in {one.key for one in asked}  # validation rejects this one row


def test_two_digits_that_vary_before_two_that_do_not_are_the_day(read_here):
    def written(*cells):
        rows = "".join(f"{cell},a,{at}.00\n" for at, cell in enumerate(cells, 1))
        proposal = propose(read_here("Date,Text,Amount\n" + rows))
        asked = "date.formats" in {one.key for one in proposal.questions}
        return None if asked else proposal.profile.date.formats

    assert written("15/01/24", "16/01/24") == ("%d/%m/%y",)
    assert written("24/01/15", "24/01/16") is None
    assert written("05/01/24", "06/01/24") is None
