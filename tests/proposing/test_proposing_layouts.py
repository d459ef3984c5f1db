"""Layouts that no file of ours has: locale x encoding x amounts x preamble x footer x header.

Everything is made up by a seeded generator, so what a reader must find is known exactly.
"""
# ruff: noqa: E501, RUF001 - a line is a layout, in its own script

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pytest

from importer.mapping import map_rows
from importer.proposing import propose

# what a letter of `roles` puts into a column:
# d day, v value day, a signed amount, c received, p paid, P paid with a minus, u unsigned amount,
# w word of direction, b balance, k currency, n name, t text, o own account, r other account,
# i bank's id, s status, y type, # row number, x nothing, f fee, O original amount, K its currency


@dataclass(frozen=True)
class Layout:
    name: str
    roles: str
    header: str  # columns divided by |, rows of a header by newlines
    day: str = "%d.%m.%Y"
    decimal: str = ","
    thousands: str = "."
    delimiter: str = ";"
    encoding: str = "utf-8"
    currency: str = "EUR"
    words: tuple[str, str] = ("C", "D")
    mark: str = ""
    rising: bool = False
    preamble: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    opening: str = ""  # label of a dated balance row
    total: str = ""  # label of an undated total row at the end
    decimals: int = 2
    positive: int = 1  # -1: a card's view
    asks: str = ""  # the question that is right
    share_in: float = 0.35
    status: tuple[str, ...] = field(default=())  # the last one is pending
    most: int = 480_000  # the largest amount, in its smallest units
    low_days: bool = False  # no day above 12, in no order


NAMES = [
    "Nordwind Handels GmbH", "Acme Tools Ltd", "Bakker & Zonen", "Dupont Freres", "Lumen Studio",
    "Kovacs Bt", "Aurora Oy", "Sol y Mar", "Vela Blu", "Rio Claro Ltda", "Fjord AS", "Delta Kft",
]  # fmt: skip
TEXTS = ["invoice {n}", "order {n} thank you", "ref {n}/A", "monthly plan {n}", "{n} delivery"]


@dataclass(frozen=True)
class Movement:
    day: date
    amount: Decimal
    name: str
    text: str
    balance: Decimal
    number: int


def movements(rng: random.Random, layout: Layout) -> list[Movement]:
    day, balance = date(2023, rng.randint(1, 11), 3), Decimal(rng.randint(20_000, 90_000))
    found = []
    for number in range(rng.randint(12, 40)):
        day += timedelta(days=rng.randint(0, 4))
        if layout.low_days:
            day = date(2023, rng.randint(1, 12), rng.randint(1, 12))
        cents = rng.randint(layout.most // 400, layout.most)
        amount = Decimal(cents).scaleb(-layout.decimals if layout.decimals else 0)
        amount = amount if rng.random() < layout.share_in else -amount
        balance += amount
        text = rng.choice(TEXTS).format(n=rng.randint(1000, 99999))
        found.append(Movement(day, amount, rng.choice(NAMES), text, balance, number))
    return found if layout.rising else found[::-1]


def money(value: Decimal, layout: Layout) -> str:
    digits = f"{abs(value):,.{layout.decimals}f}"
    digits = digits.translate(str.maketrans({",": layout.thousands, ".": layout.decimal}))
    return f"{'-' if value < 0 else ''}{layout.mark}{digits}"


def cells(one: Movement, layout: Layout, account: str) -> list[str]:
    received, paid = max(one.amount, Decimal(0)), max(-one.amount, Decimal(0))
    day = one.day.strftime(layout.day)
    later = (one.day + timedelta(days=one.number % 2)).strftime(layout.day)
    made = {
        "d": day, "v": later, "n": one.name, "t": one.text, "o": account, "x": "",
        "a": money(one.amount * layout.positive, layout),
        "c": money(received, layout) if received else "",
        "p": money(paid, layout) if paid else "",
        "P": money(-paid, layout) if paid else "",
        "u": money(abs(one.amount), layout),
        "w": layout.words[0] if received else layout.words[1],
        "b": money(one.balance, layout), "k": layout.currency,
        "r": f"NL{10 + one.number:02d}TEST0{one.number * 7919 + 100000000}",
        "i": f"T{one.number * 104729 + 20230000000}", "#": str(one.number + 1),
        "y": ["Transfer", "Card", "Fee"][one.number % 3],
        "s": layout.status[0] if layout.status else "",
        "f": money(Decimal("0.35"), layout), "O": money(abs(one.amount) * 2, layout), "K": "USD",
    }  # fmt: skip
    return [made[role] for role in layout.roles]


def line(values: list[str], layout: Layout) -> str:
    def quoted(text: str) -> str:
        plain = layout.delimiter not in text and '"' not in text
        return text if plain else '"' + text.replace('"', '""') + '"'

    return layout.delimiter.join(quoted(text) for text in values)


def write(layout: Layout, seed: int) -> tuple[bytes, list[tuple[int, str, Decimal]]]:
    """Return a file and its payments: row, ISO day, amount with + for received."""
    rng = random.Random(f"{layout.name}{seed}")
    account = f"DE{rng.randint(10, 99)}10010010{rng.randint(10**9, 10**10 - 1)}"
    lines = list(layout.preamble)
    lines += [line(row.split("|"), layout) for row in layout.header.split("\n") if row]
    made, truth = movements(rng, layout), []
    blank = [""] * len(layout.roles)
    if layout.opening:
        row = list(blank)
        row[layout.roles.index("d")] = made[0].day.strftime(layout.day)
        row[layout.roles.index("t")] = layout.opening
        row[layout.roles.index("b")] = money(Decimal(777), layout)
        lines.append(line(row, layout))
    for at, one in enumerate(made):
        row = cells(one, layout, account)
        pending = len(layout.status) > 1 and at < 2
        if pending:
            row[layout.roles.index("s")] = layout.status[-1]
        lines.append(line(row, layout))
        if not pending:
            truth.append((len(lines), one.day.isoformat(), one.amount))
    if layout.total:
        row = list(blank)
        row[layout.roles.index("t" if "t" in layout.roles else "n")] = layout.total
        for role, side in (("c", 1), ("p", -1), ("a", 0)):
            if role in layout.roles:
                total = sum(one.amount for one in made if not side or one.amount * side > 0)
                row[layout.roles.index(role)] = money(total * (side or 1), layout)
        lines.append(line(row, layout))
    lines += layout.footer
    return ("\r\n".join(lines) + "\r\n").encode(layout.encoding), truth


S = "%d/%m/%Y"
# fmt: off
LAYOUTS = [
    Layout("de-volksbank", "odvnrtakb", "IBAN Auftragskonto|Buchungstag|Valutadatum|Name Zahlungsbeteiligter|IBAN Zahlungsbeteiligter|Verwendungszweck|Betrag|Waehrung|Saldo nach Buchung", encoding="cp1252"),
    Layout("de-direct", "dvsnntyra", "Buchungsdatum|Wertstellung|Status|Zahlungspflichtige*r|Zahlungsempfänger*in|Verwendungszweck|Umsatztyp|IBAN|Betrag (€)", day="%d.%m.%y", status=("Gebucht", "Vorgemerkt"), preamble=("Girokonto;DE02120300000000202051", "Kontostand vom 02.01.2024:;1.234,56 €", "")),
    Layout("de-soll-haben", "dvtpcb", "Buchungstag|Wertstellung|Buchungstext|Soll|Haben|Kontostand", footer=("", "Ihre Bank AG")),
    Layout("de-sh-word", "dvntuwk", "Buchung|Valuta|Empfänger/Zahlungspflichtiger|Vorgang/Verwendungszweck|Umsatz|S/H|Währung", words=("H", "S"), encoding="cp1252"),
    Layout("at-bank", "dtvak", "Buchungsdatum|Umsatztext|Valutadatum|Betrag|Währung", rising=True),
    Layout("ch-de", "dtpcvb", "Buchungsdatum|Avisierungstext|Lastschrift|Gutschrift|Valuta|Saldo", decimal=".", thousands="'", preamble=("Kontobewegungen;CH93 0076 2011 6238 5295 7", "Währung:;CHF")),
    Layout("nl-afbij", "dnorywut", "Datum|Naam / Omschrijving|Rekening|Tegenrekening|Code|Af Bij|Bedrag (EUR)|Mededelingen", day="%Y%m%d", thousands="", words=("Bij", "Af"), delimiter=","),
    Layout("nl-tab", "okdbvat", "Rekeningnummer|Muntsoort|Transactiedatum|Saldo na mutatie|Rentedatum|Transactiebedrag|Omschrijving", day="%Y%m%d", thousands="", delimiter="\t", rising=True),
    Layout("fr-debit-credit", "dvtpcb", "Date de comptabilisation|Date de valeur|Libellé|Débit|Crédit|Solde", day=S, thousands="\u00a0", encoding="cp1252"),
    Layout("fr-montant", "dtak", "Date opération|Libellé de l'opération|Montant|Devise", day=S, thousands=" ", preamble=("Compte courant n° 00012345678", "Période du 01/01/2023 au 31/12/2023", "")),
    Layout("be-fr", "odvakrnt", "Numéro de compte|Date de comptabilisation|Date valeur|Montant|Devise|Compte contrepartie|Nom contrepartie|Communications", day=S, thousands=""),
    Layout("es-importe", "dvtabk", "FECHA OPERACIÓN|FECHA VALOR|CONCEPTO|IMPORTE EUR|SALDO|DIVISA", day=S, encoding="cp1252"),
    Layout("es-cargo-abono", "dtpcb", "Fecha|Descripción|Cargo|Abono|Saldo", day=S, delimiter=",", decimal=".", thousands=","),
    Layout("it-dare-avere", "dvpct", "Data contabile|Data valuta|Dare|Avere|Descrizione", day=S, total="Totale"),
    Layout("it-entrate-uscite", "dvcPt", "Data|Valuta|Entrate|Uscite|Descrizione completa", day=S, delimiter=","),
    Layout("pt-movimentos", "dvtab", "Data Lançamento|Data Valor|Descrição|Montante|Saldo Contabilístico", day="%d-%m-%Y", encoding="cp1252", preamble=("Consultar saldos e movimentos à ordem", "Conta ;0000000000 - EUR")),
    Layout("br-conta", "dtab", "Data|Histórico|Valor (R$)|Saldo (R$)", day=S, opening="SALDO ANTERIOR", rising=True, currency="BRL"),
    Layout("da-bank", "dtabs", "Dato|Tekst|Beløb|Saldo|Status", status=("Udført", "Venter"), encoding="cp1252"),
    Layout("sv-bank", "dvtrab", "Bokföringsdag|Valutadag|Text|Kontonummer|Belopp|Saldo", day="%Y-%m-%d", thousands=" ", encoding="iso-8859-1"),
    Layout("sv-insattning", "dtpcb", "Bokfört|Beskrivning|Uttag|Insättning|Saldo", day="%Y-%m-%d", thousands=" "),
    Layout("no-inn-ut", "dtvpc", "Dato|Forklaring|Rentedato|Ut fra konto|Inn på konto", rising=True),
    Layout("fi-maara", "dvaynrt", "Kirjauspäivä|Arvopäivä|Määrä EUROA|Laji|Saaja/Maksaja|Saajan tilinumero|Viesti", thousands="", encoding="iso-8859-15"),
    Layout("pl-kwota", "dvytnrab", "Data księgowania|Data operacji|Rodzaj transakcji|Tytuł|Nadawca / Odbiorca|Numer konta|Kwota|Saldo po operacji", day="%Y-%m-%d", thousands=" ", encoding="cp1250"),
    Layout("pl-obciazenia", "dntpckb", "Data transakcji|Dane kontrahenta|Tytuł|Obciążenia|Uznania|Waluta|Saldo", day="%d-%m-%Y", thousands="", encoding="cp1250"),
    Layout("cs-objem", "idakrnt", "ID pohybu|Datum|Objem částka|Měna|Protiúčet|Název protiúčtu|Zpráva pro příjemce", thousands="", preamble=("accountId;2000000001", "currency;CZK", "openingBalance;1000,00", "")),
    Layout("sk-suma", "dvakrnt", "Dátum zaúčtovania|Dátum valuty|Suma|Mena|Protiúčet|Názov protiúčtu|Popis", thousands=" "),
    Layout("hu-osszeg", "dvakbnrt", "Könyvelés dátuma|Értéknap|Összeg|Devizanem|Egyenleg|Partner neve|Partner számlaszáma|Közlemény", day="%Y.%m.%d", thousands=" ", currency="HUF", encoding="cp1250"),
    Layout("hu-terheles", "dtpcb", "Dátum|Megnevezés közlemény|Terhelés|Jóváírás|Könyvelt egyenleg", day="%Y.%m.%d.", thousands=""),
    Layout("ro-debit", "dtpcb", "Data|Explicații|Debit|Credit|Sold", day=S, decimal=".", thousands=",", delimiter=","),
    Layout("hr-uplata", "dtpcb", "Datum knjiženja|Opis plaćanja|Isplata|Uplata|Stanje", day="%d.%m.%Y."),
    Layout("lt-dk", "odntukw", "Sąskaitos Nr.|Data|Gavėjas|Paaiškinimai paskirtis|Suma|Valiuta|D/K", day="%Y-%m-%d", decimal=".", thousands="", words=("K", "D"), delimiter=","),
    Layout("et-summa", "odrnatk", "Kliendi konto|Kuupäev|Saaja/maksja konto|Saaja/maksja nimi|Summa|Selgitus|Valuuta", thousands=""),
    Layout("uk-ua", "dorntpck", "Дата операції|Рахунок|Рахунок кореспондента|Кореспондент|Призначення платежу|Дебет|Кредит|Валюта", decimal=".", thousands="", encoding="cp1251"),
    Layout("ru-summa", "dntab", "Дата операции|Контрагент|Описание|Сумма|Остаток", thousands="\u00a0", encoding="cp1251"),
    Layout("tr-tutar", "dtab", "Tarih|Açıklama|Tutar|Bakiye", day=S, encoding="iso-8859-9"),
    Layout("el-poso", "dvtpcb", "Ημερομηνία|Αξία valeur|Περιγραφή|Χρέωση|Πίστωση|Υπόλοιπο", day=S, encoding="cp1253"),
    Layout("ja-nyukin", "dtpcb", "日付|摘要|お支払金額|お預り金額|差引残高", day="%Y/%m/%d", decimals=0, thousands=",", delimiter=",", encoding="cp932", mark="\\"),
    Layout("ja-yen", "dtpcb", "取引日|お取り扱い内容|お引出し（円）|お預入れ（円）|残高（円）", day="%Y年%m月%d日", decimals=0, thousands=",", delimiter=",", encoding="cp932"),
    Layout("zh-word", "dntwukb", "交易时间|交易对方|商品说明|收/支|金额（元）|币种|余额", day="%Y-%m-%d %H:%M:%S", decimal=".", thousands="", delimiter=",", encoding="gb18030", words=("收入", "支出"), currency="CNY", preamble=("支付明细", "账号:[test]", "------------------------")),
    Layout("zh-two", "dtpcbnr", "交易日期|摘要|支出金额|存入金额|账户余额|对方户名|对方账号", day="%Y%m%d", decimal=".", thousands=",", delimiter=",", encoding="gb18030"),
    Layout("ko-two", "dtpcb", "거래일시|적요|출금액(원)|입금액(원)|잔액(원)", day="%Y.%m.%d %H:%M:%S", decimals=0, thousands=",", delimiter=",", encoding="cp949"),
    Layout("en-us", "dtab", "Posting Date|Description|Amount|Balance", day="%m/%d/%Y", decimal=".", thousands="", delimiter=","),
    Layout("en-us-dollar", "dtpcb", "Date|Description|Withdrawals|Deposits|Balance", day="%m/%d/%Y", decimal=".", thousands=",", mark="$", delimiter=",", opening="Beginning Balance"),
    Layout("en-gb", "dytpcb", "Transaction Date|Transaction Type|Transaction Description|Debit Amount|Credit Amount|Balance", day=S, decimal=".", thousands="", delimiter=","),
    Layout("en-in-out", "dytcpb", "Date|Type|Description|Paid in|Paid out|Balance", day="%d %b %Y", decimal=".", thousands=",", mark="£", delimiter=","),
    Layout("en-drcr", "#vdtuwb", "S No.|Value Date|Transaction Date|Narration|Amount|Dr/Cr|Balance", day=S, decimal=".", thousands="", words=("CR", "DR"), delimiter=","),
    Layout("en-fintech", "yxdtafksb", "Type|Product|Completed Date|Description|Amount|Fee|Currency|State|Balance", day="%Y-%m-%d %H:%M:%S", decimal=".", thousands="", delimiter=",", status=("COMPLETED", "PENDING")),
    Layout("en-wallet", "idakntf", "TransferWise ID|Date|Amount|Currency|Payer Name|Description|Total fees", day="%d-%m-%Y", decimal=".", thousands="", delimiter=","),
    Layout("en-tab-utf16", "dnta", "Date|Payee|Memo|Amount", day="%Y-%m-%d", decimal=".", thousands="", delimiter="\t", encoding="utf-16"),
    Layout("en-original", "dtOKak", "Date|Merchant name|Original Amount|Original Currency|Billing Amount|Billing Currency", day="%d %B %Y", decimal=".", thousands="", delimiter=","),
    Layout("ch-in-chf", "dytcPvb", "Buchungsdatum|Bewegungstyp|Avisierungstext|Gutschrift in CHF|Lastschrift in CHF|Valuta|Saldo in CHF", decimal=".", thousands=""),
    Layout("two-balances", "okdbbvat", "accountNumber|mutationcode|transactiondate|startsaldo|endsaldo|valuedate|amount|description", day="%Y%m%d", thousands=""),
    Layout("ca-import", "dvtab", "Data|Data valor|Moviment|Import|Saldo", day=S),
    Layout("sl-breme", "dvntPck", "Datum knjiženja|Datum valute|Naziv|Namen|V breme|V dobro|Valuta"),
    Layout("bg-debit", "dtpcb", "Дата|Основание|Дебит|Кредит|Салдо", decimal=".", thousands=" ", encoding="cp1251"),
    Layout("lv-word", "dntuwk", "Datums|Partneris|Maksājuma mērķis|Summa|Debets/Kredīts|Valūta", words=("Kredīts", "Debets"), thousands=""),
    Layout("unknown-words", "dnuwtb", "Date|Name|Amount|Flow|Details|Balance", day="%Y-%m-%d", words=("zorp", "blik"), decimal=".", thousands="", delimiter=","),
    Layout("no-header", "dtab", "", day=S, decimal=".", thousands="", delimiter=","),
    Layout("no-header-de", "dtvak", "", thousands=""),
    Layout("no-header-pair", "dtpcb", "", thousands=""),
    Layout("no-header-pair-asks", "dtpc", "", thousands="", asks="credit_column"),
    Layout("two-rows", "dtpcb", "Buchung||Umsatz||Saldo\nDatum|Text|Soll|Haben|EUR"),
    Layout("two-languages", "dtpcb", "日期|摘要|支出|收入|余额\nDate|Description|Debit|Credit|Balance", day="%Y-%m-%d", decimal=".", thousands=",", delimiter=","),
    Layout("pipe", "dtab", "Date|Narrative|Amount|Balance", day="%d-%b-%y", decimal=".", thousands=",", delimiter="|"),
    Layout("long-preamble", "dvtpcb", "Date|Value date|Details|Debit|Credit|Balance", day="%d %b %Y", decimal=".", thousands=",", delimiter=",", preamble=tuple(f"Note {n},please read,all of this" for n in range(40)), total="Total", footer=("End of statement", "Printed by nobody,page 1 of 1")),
    Layout("days-up-to-12", "dta", "Date|Description|Amount", day="%m/%d/%Y", decimal=".", thousands="", delimiter=",", low_days=True, asks="date_format"),
    Layout("thousands-only", "dta", "Date|Description|Amount", day="%Y-%m-%d", decimals=0, thousands=",", delimiter=",", asks="decimal"),
    Layout("card-view", "dtka", "Date|Merchant|Currency|Amount", day="%Y-%m-%d", decimal=".", thousands="", delimiter=",", positive=-1, share_in=0.1, asks="positive"),
    Layout("unsigned", "dtku", "Date|Description|Currency|Amount", day="%Y-%m-%d", decimal=".", thousands="", delimiter=",", asks="positive"),
]
# fmt: on


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_payment_of_a_layout_is_found_or_asked_for(layout, seed, read_here):
    content, truth = write(layout, seed)
    proposal = propose(read_here(content))
    asked = {question.setting for question in proposal.questions if question.blocking}
    if layout.asks:
        assert any(layout.asks in setting for setting in asked)
        return
    assert not asked
    found = map_rows(proposal_grid := read_here(content), proposal.profile).frame
    assert len(proposal_grid.frame) >= len(truth)
    payments = found[found["kind"].isin(["incoming", "outgoing"])]
    rows = zip(
        payments["row"], payments["posting_date"].astype(str), payments["amount"], strict=True
    )
    assert [(row, day, amount.normalize()) for row, day, amount in rows] == [
        (row, day, amount.normalize()) for row, day, amount in truth
    ]
