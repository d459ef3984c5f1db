"""What single cells mean, in many languages: directions, states, balances, totals, currencies."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from importer.proposing.vocabulary import folded, lexicon_pattern


class Way(StrEnum):
    """Which way a direction word says that money went."""

    RECEIVED = "received"
    PAID = "paid"
    NEITHER = "neither"


class State(StrEnum):
    """What a status word says of a payment."""

    BOOKED = "booked"
    PENDING = "pending"
    VOID = "void"  # declined, cancelled, failed: no money moved


def _whole(terms: str) -> frozenset[str]:
    return frozenset(folded(term.replace("_", " ")) for term in terms.split())


_RECEIVED = _whole("""
    cr c credit credits h haben gutschrift bij k kredit kredyt kred credito abono haber avere
    entrada entree in inn inbound incoming received receive deposit inflow income eingang zugang
    einnahme einzahlung insattning indbetaling innbetaling pano uznanie wplyw prijem prichozi
    jovairas bevetel jovairt incasare intrare кредит кт приход зачисление надходження поступление
    зарахування kreditas kredits kreedit alacak giris πιστωση uplata odobrenje priljev 收入 收
    贷 贷方 贷_cr 贷入 入金 入 入账 轉入 转入 存入 입금 credit_cr cr_credit money_in paid_in
    payment_received crdt kt creditor_in incomming recu accredito ch
""") - {"ch"}

_PAID = _whole("""
    dr d debit debits s soll belastung lastschrift af debet debito cargo debe dare saida sortie
    salida out ut outbound outgoing withdrawal outflow expense ausgang abgang ausgabe auszahlung
    uttag udbetaling utbetaling otto obciazenie wyplyw vydaj vydej odchozi terheles kiadas debitare
    plata iesire дебет дт расход списание витрата видаток debetas debets deebet borc cikis χρεωση
    isplata terecenje odljev 支出 支 借 借方 借_dr 借出 出金 出 轉出 转出 支取 출금 debit_dr dr_debit
    money_out paid_out payment_sent dbit sent spent dt addebito
""")

_NEITHER = _whole("neutral neither 不计收支 中性 其他 none n_a")

_MARKS = {"+": Way.RECEIVED, "-": Way.PAID, "\u2212": Way.PAID, "/": Way.NEITHER}

_BOOKED = lexicon_pattern("""
    posted book* booked gebucht umsatz_gebucht verbucht* cleared complete* completed done executed
    settled success* succe* paid sent received processed approved accepted ok final confirmed
    captured bezahlt ausgefuhrt ausgefuehrt abgeschlossen verwerkt geboekt uitgevoerd voltooid
    comptabilise* execute* effectue* valide* termine* regle contabiliz* ejecutad* completad*
    liquidad* realizad* efetuad* contabilizzat* eseguit* completat* bokfort bokford bogfort
    udfort genomford toteutettu kirjattu zaksiegowan* wykonan* zrealizowan* rozliczon*
    zauctovan* provedeno zpracovan* konyvelt teljesult vegrehajtott inregistrat* procesat*
    executat* finalizat* проведен* виконан* выполнен* исполнен* успешн* обработан* завершен*
    ivykdyt* atlikt* apstradat* izpildit* teostatud tamamlandi gerceklesti onaylandi εκτελε*
    izvrsen* proveden* knjizen* 成功 已 完成 正常 済 완료 active cleared reconciled normal
    transfered transferred credited debited released fulfilled
""")

_PENDING = lexicon_pattern("""
    pending unposted unbooked uncleared authoriz* authoris* hold on_hold reserved reservation*
    processing in_process in_progress awaiting scheduled upcoming expected open created preauth*
    vorgemerkt* umsatz_vorgemerkt nicht_gebucht offen ausstehend in_bearbeitung reserviert*
    vormerk* angekundigt geplant* in_behandeling gereserveerd* reservering openstaand
    en_attente en_cours a_venir autorisation pendiente* retenid* retencion* programad*
    en_proceso in_attesa in_corso non_contabilizzat* autorizzat* prenotat* pendente* agendad*
    a_processar ikke_bokfort reserveret* reservert* ventende vente* afventer* reserverad* vantande
    ej_bokford preliminar* varaus katevaraus odottaa vireilla oczekuj* nierozliczon* blokad*
    w_toku autoryzacj* cekajici nezauctovan* blokac* rezervac* cakajuc* fuggoben fuggo zarolt*
    zarolas* folyamatban foglalas in_asteptare neprocesat* autorizare blocat* в_обробці
    в_обработке очік* ожида* холд заблокирован* резерв* авторизац* laukia rezervuot* vykdom*
    ootel broneering* gaida rezervet* beklemede bekliyor provizyon εκκρεμ* δεσμευ*
    na_cekanju rezervirano 待 处理中 處理中 未入账 未記帳 未确定 未確定 預授權 预授权 保留 대기
    announced initiated uncaptured
""")

_VOID = lexicon_pattern("""
    declin* cancel* fail* reject* void* revert* denied blocked expired unpaid error abgelehnt
    storniert abgebrochen fehlgeschlagen zuruckgewiesen geannuleerd geweigerd afgewezen mislukt
    refuse* annule* rejete* echoue* rechazad* cancelad* anulad* denegad* fallid* rifiutat*
    annullat* respint* recusad* anulat* avvist* annullert annulleret afvist avvisad* hylatty
    peruutettu odrzucon* anulowan* zamitnut* zrusen* stornovan* elutasit* torolt sikertelen*
    відхилен* отклонен* отменен* скасован* atmest* atsaukt* noraidit* tagasi_lukatud iptal
    reddedildi basarisiz απορρι* ακυρω* odbijen* otkazan* ponisten* 失败 失敗 关闭 關閉 取消
    已取消 已关闭 撤销 拒绝 취소 not_sent not_paid uncollect* returned
""")

_OPENING = lexicon_pattern("""
    opening_balance closing_balance balance_brought balance_carried brought_forward
    carried_forward balance_forward previous_balance starting_balance ending_balance
    beginning_balance new_balance current_balance available_balance ledger_balance statement_balance
    anfangssaldo endsaldo schlusssaldo alter_saldo neuer_saldo alter_kontostand neuer_kontostand
    saldovortrag anfangsbestand endbestand saldo_vortrag kontostand_am kontostand_per
    beginsaldo eindsaldo vorig_saldo nieuw_saldo oud_saldo solde_initial solde_final
    solde_precedent ancien_solde nouveau_solde solde_au solde_crediteur solde_debiteur
    saldo_inicial saldo_final saldo_anterior saldo_actual saldo_atual saldo_iniziale saldo_finale
    saldo_do_dia saldo_disponivel saldo_precedente saldo_primo saldo_ultimo
    inngaende_saldo utgaende_saldo ingaende_saldo utgaende_saldo indgaende_saldo alkusaldo
    loppusaldo saldo_poczatkowe saldo_koncowe stan_poczatkowy stan_koncowy pocatecni_zustatek
    pociatocny_zostatok konecny_zustatek konecny_zostatok nyito_egyenleg zaro_egyenleg
    nyitoegyenleg zaroegyenleg sold_initial sold_final sold_precedent вхідний_залишок
    вихідний_залишок входящий_остаток исходящий_остаток остаток_на залишок_на likutis_*
    *_likutis pradinis_likutis galutinis_likutis algsaldo loppsaldo sakuma_atlikums
    beigu_atlikums acilis_bakiyesi kapanis_bakiyesi devreden αρχικο_υπολοιπο τελικο_υπολοιπο
    pocetno_stanje zavrsno_stanje 期初余额 期末余额 上期结余 本期余额 上期余额 前期繰越 繰越
    次期繰越 前月繰越 opening_saldo closing_saldo saldo_initial
""")

_BALANCE_WORD = lexicon_pattern("""
    balance saldo solde kontostand zustatek zostatok egyenleg sold остаток залишок likutis
    atlikums jaak bakiye υπολοιπο stanje 余额 余額 残高
""")

_TOTAL = lexicon_pattern("""
    total totals *total totaal gesamt* summe gesamtsumme zwischensumme totale totali totaux
    totales totais subtotal sub_total grand_total sum suma sumy razem summa yhteensa i_alt sammenlagt
    celkem spolu soucet osszesen osszeg_osszesen rulaj* total_rulaj* обороти обороты оборот
    всього разом итого apyvarta viso is_viso kopa kokku apgrozijums kaive toplam συνολο σύνολα
    ukupno 合计 合計 总计 總計 小计 小計 计 合计金额 합계 turnover turnovers umsatze_gesamt
    anzahl_buchungen number_of_transactions
""")

_IN_TEXT = lexicon_pattern("""
    salary payroll wage wages refund* deposit received interest_paid gehalt lohn gutschrift*
    erstattung habenzinsen zinsgutschrift salaris loon salaire virement_recu nomina abono
    stipendio accredito salario lonn lon palkka wynagrodzenie mzda fizetes salariu зарплата
    зарахування поступлення 工资 奖励 奖金 利息 退款 給与 給料 cashback credit_transfer einzahlung*
    transfer_from customer_payment payment_from dividend zahlungseingang incoming virement_de
    rembours* reembolso rimborso
""")

_OUT_TEXT = lexicon_pattern("""
    purchase atm withdrawal fee fees rent groceries grocery card_payment pos kartenzahlung
    lastschrift miete gebuhr* gebuehr* einkauf geldautomat bargeldauszahlung kaart pinnen huur
    achat retrait prelevement loyer frais carte compra pago_con retiro alquiler cajero acquisto
    prelievo affitto pagamento_pos levantamento varekob kop dankort husleje kortkop hyra
    korttiosto vuokra zakup wyplata oplata czynsz nakup vyber najem vasarlas vasarlas jutalek
    cumparare retragere покупка комісія комиссия снятие 消费 还款给 支付 购物 restaurant supermarket
    netflix spotify amazon uber starbucks direct_debit bill_payment payment_to transfer_to
    pirkinys ost alisveris insurance versicherung supermarkt hotel cafe coffee market shell
""")

_CARD_SETTLED = lexicon_pattern("""
    payment_received payment_thank autopay direct_debit_payment payment_recd
    zahlung_erhalten ihre_zahlung einzahlung lastschrifteinzug paiement_recu su_pago
    pago_recibido pagamento_recebido betaling_mottatt inbetalning indbetaling 还款 自動引落
    payment refund returned erstattung gutschrift
""")

_CARD = lexicon_pattern("""
    card cards *card credit_card creditcard kreditkarte* kreditkort* creditkaart* carte_de_credit
    tarjeta carta_di_credito cartao luottokortti karta_kredytowa kreditni_karta hitelkartya
    mastercard visa amex american_express diners merchant* handler 信用卡 卡号 卡末四位 カード
    card_id cardid cardmember karteninhaber cardholder
""")


def _found(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(f"_{folded(text)}_") is not None


@lru_cache(maxsize=8192)
def way(text: str) -> Way | None:
    """Return which way a direction word says that money went, None where it says nothing."""
    bare = text.strip()
    if bare in _MARKS:
        return _MARKS[bare]
    key = folded(bare)
    if key in _RECEIVED:
        return Way.RECEIVED
    if key in _PAID:
        return Way.PAID
    return Way.NEITHER if key in _NEITHER else None


@lru_cache(maxsize=8192)
def state(text: str) -> State | None:
    """Return what a status word says, None where it says nothing that is known."""
    if _found(_VOID, text):
        return State.VOID
    if _found(_PENDING, text):
        return State.PENDING
    return State.BOOKED if _found(_BOOKED, text) else None


def starts_balance(text: str) -> bool:
    """Say whether a text is the label of an opening or closing balance, and nothing else."""
    return len(text) <= 80 and _found(_OPENING, text)  # noqa: PLR2004 - longer texts tell stories


def names_balance(text: str) -> bool:
    """Say whether a text names a balance at all."""
    return starts_balance(text) or _found(_BALANCE_WORD, text)


@lru_cache(maxsize=4096)
def is_total(text: str) -> bool:
    """Say whether a text is the label of a total and nothing else."""
    return _TOTAL.fullmatch(f"_{folded(text)}_") is not None


def names_total(text: str) -> bool:
    """Say whether a text names a total, a turnover or a count."""
    return _found(_TOTAL, text)


def polarity(text: str) -> int:
    """Return +1 for a text of money received, -1 for one of money paid, 0 where it says nothing."""
    return int(_found(_IN_TEXT, text)) - int(_found(_OUT_TEXT, text))


def settles_card(text: str) -> bool:
    """Say whether a text reads like the settlement of a card or a refund to it."""
    return _found(_CARD_SETTLED, text)


def names_card(text: str) -> bool:
    """Say whether a text speaks of a card."""
    return _found(_CARD, text)


BLANKS = ("-", "--", "---", "\u2013", "\u2014", "/", "N/A", "n/a", "NULL", "null", "None", "nil")
"""Cells that mean nothing in many exports."""

CODES = frozenset(
    """
    AED AFN ALL AMD ARS AUD AZN BAM BBD BDT BGN BHD BIF BND BOB BRL BSD BWP BYN BZD CAD CDF CHF
    CLP CNY CNH COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD GBP GEL GHS GIP GMD GNF
    GTQ HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT
    LAK LBP LKR LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SCR SEK SGD SOS SYP THB TJS TMT
    TND TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND XAF XCD XOF XPF YER ZAR ZMW LTL LVL EEK DEM
    RMB BTC
""".split()
) - {"BTC"}
"""Currency codes that occur in exports."""

CURRENCY_NAMES = {
    "人民币": "CNY", "人民幣": "CNY", "元": "CNY", "rmb": "CNY", "美元": "USD", "港币": "HKD",
    "港幣": "HKD", "欧元": "EUR", "日元": "JPY", "円": "JPY", "英镑": "GBP", "新台幣": "TWD",
    "원": "KRW", "euro": "EUR", "euros": "EUR", "грн": "UAH", "гривня": "UAH", "руб": "RUB",
    "лв": "BGN", "zl": "PLN", "kc": "CZK", "ft": "HUF", "lei": "RON", "ron": "RON", "tl": "TRY",
    "sfr": "CHF", "real": "BRL",
}  # fmt: skip
"""How currencies are called where no code is written; keys are folded."""

CURRENCY_MARKS = {
    "€": "EUR", "£": "GBP", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "lei": "RON", "₴": "UAH",
    "₽": "RUB", "₺": "TRY", "₹": "INR", "₩": "KRW", "R$": "BRL", "US$": "USD", "¥": "", "￥": "",
    "$": "", "kr": "", "kr.": "", "Kr": "", "Fr.": "CHF", "SFr.": "CHF", "円": "JPY", "元": "CNY", "원": "KRW",
    "\\": "JPY", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "S$": "SGD", "NZ$": "NZD", "лв.": "BGN",
    "грн": "UAH", "грн.": "UAH", "руб.": "RUB", "р.": "RUB", "TL": "TRY", "Rs": "INR",
    "Rs.": "INR", "R": "ZAR", "₪": "ILS", "฿": "THB", "₫": "VND", "₱": "PHP",
}  # fmt: skip
"""Signs beside the digits and the currency that they name; `""` where several use the sign."""


def currency_code(text: str) -> str:
    """Return the currency that a cell names, `""` where it names none."""
    bare = text.strip()
    if bare.upper() in CODES:
        return "CNY" if bare.upper() == "RMB" else bare.upper()
    return CURRENCY_NAMES.get(folded(bare), "") or CURRENCY_MARKS.get(bare, "")


def currency_in_header(text: str) -> str:
    """Return the currency in a header such as `Amount (EUR)`, `""` where there is none."""
    for found in re.findall(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text):
        if found in CODES:
            return "CNY" if found == "RMB" else str(found)
    for mark in ("円", "元", "원", "€", "£", "₩"):
        if mark in text:
            return CURRENCY_MARKS[mark]
    return ""
