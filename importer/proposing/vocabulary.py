"""What header texts mean, in many languages: from words to concepts.

A header such as `IBAN Zahlungsbeteiligter` names two concepts, an account and the other party;
what a column is follows from its concepts and its values together. The words are of whole
languages, not of single banks.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LEXICON: dict[str, str] = {
    # A word stands for itself, `word*` for its beginning, `*word` for the end of a compound,
    # `*word*` for any part; words of scripts without blanks are looked for anywhere. Words of
    # one phrase are joined by `_`. All without accents.
    "date": """
        date *date dates day dated *datum datum* datums fecha data dato *dato *dag dag *tag jour giorno
        dia pvm *pvm paivays paiva *paiva paivamaara *paivamaara *nap napja *datuma kuupaev
        *kuupaev tarih tarihi *tarihi ημερομηνια ημ/νια дата датум diena diela created created_at
        timestamp posted completed_on 日期 时间 時間 日付 年月日 取引日 取扱日 利用日 起算日 記帳日
        记账日 交易日 날짜 일자 일시 거래일 dt
    """,
    "amount": """
        amount* amt *amount betrag betrage *betrag umsatz umsatze umsatzbetrag bedrag *bedrag
        montant* importe importes importo *importo valor valores belop *belop belob *belob
        belopp *belopp summa *summa summ summe kwota *kwota castka *castka ciastka suma *suma
        osszeg* *osszeg *osszege maara *maara rahamaara sum tutar tutari miktar ποσο iznos znesek
        сума сумма 金额 金額 发生额 發生額 交易额 금액 quantia cantidad valore vrijednost valoare
        gross brutto net netto total_amount money vertimo wartosc rahasumma upphaed
    """,
    "credit": """
        credit* kredit* haben gutschrift* *gutschrift *eingang *eingange einnahme* einzahlung*
        zugang bij bijschrijving* ontvangen inkomsten accredit* avere entrate entrata entree entrees
        recette* encaissement* abono* haber ingreso* credito* entrada* deposito* deposit*
        paid_in pay_in money_in inflow* received receipts receipt incoming in inn inntekt*
        indbetaling* innbetaling* insattning* inbetalning* inkomst* pano panot tulot hyvitys
        wplyw wplywy uznani* kredyt* prijem prijmy prijate pripsano prichozi jovairas* jovairt
        bevetel kovetel* incasar* incasat надходження приход зачислен* кредит* kreditas gauta
        iplaukos laekumine ienemum* kreeditkaive alacak giris yatan πιστωση* uplata uplate priljev*
        odobrenj* potrazuje 收入 贷方 貸方 存入 入金 お預り お預入 預入 转入 轉入 收款金额 입금 gain
        вступ доход credited money_received crebit
    """,
    "debit": """
        debit* debet* soll lastschrift* belastung* *ausgang *ausgange ausgabe* auszahlung* abgang
        af afschrijving* uitgave* uit debito* dare uscita uscite addebit* sortie* depense*
        decaissement* cargo* debe gasto* retiro* salida* saida* saidas withdrawal* withdrawn
        paid_out pay_out money_out outflow* spent outgoing out ut uttak* utbetaling* udbetaling*
        uttag* utbetalning* utgift* utgifter otto otot menot veloitus* wyplyw* obciazeni* debet
        vydaj* vydej* odchozi odepsano terheles* kiadas* tartozik debitar* platit видат* дебет*
        списан* расход* debetas islaidos deebet valjaminek izdevumi debeti borc cikis cekilen
        χρεωση* isplata isplate odljev* terecenj* duguje 支出 借方 支取 出金 お支払 お引出 引出
        转出 轉出 付款金额 출금 charge charges
    """,
    "balance": """
        balance* *balance saldo saldos saldi *saldo saldo_* solde* kontostand* zustatek* *zustatek
        zostatok* egyenleg* *egyenleg sold soldul залишок* остаток* likutis likuciai atlikums jaak
        saldojaak bakiye bakiyesi υπολοιπο stanje 余额 余額 结余 残高 잔액 running_total салдо saldot
    """,
    "currency": """
        currency currencies *currency ccy curr wahrung* waehrung* *wahrung *waehrung munt
        muntsoort valuta *valuta valutakod* devise devises monnaie moneda divisa moeda valuutta
        waluta *waluta waluty mena *mena meny penznem* deviza* devizanem валюта валюти валюты
        valiuta valuuta doviz para_birimi νομισμα valute 币种 币别 幣別 通貨 货币 貨幣 통화
        buchungswahrung iso_code
    """,
    "account": """
        account* *account acct iban *iban konto* *konto kontonr rekening* *rekening
        tegenrekening compte* cuenta* conto conti conta contas tili tilinumero *tili *tilinumero
        rachun* ucet *ucet uctu *uctu szamla szamlaszam* *szamla *szamlaszam bankszamla* cont
        contul contului рахунок рахунку счет счета сч saskait* konts konta hesap hesab*
        λογαριασμ* racun racuna 账号 账户 賬號 帳號 帐号 卡号 口座 계좌 card_number card_no
        cardid card_id kartennummer kortnummer karta картка картки
    """,
    "party": """
        counterpart* *counterpart counterparty gegenpartei gegenkonto* gegen* tegen* beguenst*
        begunst* zahlungspflicht* zahlungsbeteilig* zahlungsempf* empfanger* empfaenger*
        auftraggeber* payee* payer* payor* partner* merchant* beneficiar* sender* remitter
        recipient* originator ordenante destinatari* remitente contrepart* donneur_d_ordre tiers
        beneficiaire* emetteur destinataire* debiteur* crediteur* beneficiario* ordinante
        controparte mittente kontrahent* контрагент* кореспондент* корреспондент* saaja* maksaja*
        mottaker* avsender* mottagare* avsandare* modtager* afsender* odbiorc* nadawc* protiuct*
        protiucet protistran* prijemc* prijimatel* platc* platitel* odosielatel* kedvezmenyezett*
        ellenoldal* partner* получател* плательщ* отправител* одержувач* платник* відправник*
        gavej* moketoj* makej* sanemej* maksataj* δικαιουχ* alici* gonderen* primatelj*
        posiljatelj* nalogodavac* 对方 对手 對方 相手 交易对方 商户 商戶 収受 거래처 customer_name
        from to other_account relation motpart* vastaanottaja* betaler
    """,
    "name": """
        name names *name naam *naam nom nombre nome navn namn nimi *nimi nazwa nazev nazov nev
        *nev neve imie vards isim unvan unvani ονομα naziv ime име имя назва название наименование
        nume denumire 户名 戶名 姓名 名称 名稱 氏名 pavadinimas nosaukums
    """,
    "text": """
        verwendungszweck* buchungstext* beschreibung* text *text *texte bezeichnung description*
        *description desc details detail memo narrative narration particulars omschrijving*
        mededeling* vrije_mededeling libelle* communication* motif* concepto* concept descripcion*
        detalle* causale causali descrizione* descricao historico descritivo descriptivo tekst
        *tekst beskrivelse* beskrivning* forklaring* besked* melding* meddelande* viesti selite
        selitys tytul* opis* zprava* *zprava popis* poznamka* kozlemeny* megjegyzes* explicat*
        detali* descriere* призначення назначение опис* описание paskirtis maksuviis selgitus
        selgitused informacija apraksts aciklama* περιγραφη αιτιολογια svrha 摘要 附言 用途 内容
        備考 备注 備註 商品 说明 說明 メモ 取引内容 적요 remark* reason note notes subject purpose
        vwz* spezifikation transaction transaktion remittance* comment* observaciones
        observacoes mokejimo_paskirtis maksejuma_merkis zweck hinweis anmerkung message
    """,
    "reference": """
        reference* *reference referenz* *referenz referentie* *referentie kenmerk betalingskenmerk
        referencia* riferiment* referans* referanse* viite *viite viitenumero viitenumber reference
        referencja referencje referinta kid kid_nummer
    """,
    "id": """
        id *_id ids identifier* identification* kennung* mandat* uuid guid transactionid transaction_number transactionnumber trx_id txid
        transaktionsnummer* transaktions_id transaktionsid *transaktionsnummer unique_id fitid
        流水号 流水號 单号 單號 序列号 交易号 订单号 archiveringscode arkiveringstunnus
        arkivreferens transaktionsreferenz zkb_referenz bank_reference bankreferens volgnr
        volgnummer referencia_unica operation_id reference_number tranzakcio_azonosito
        id_transakce id_pohybu идентификатор referenceno
    """,
    "number": """
        number no nr num numer numero nummer *nummer *nr cislo szam szama numar номер № numeris
        numuri nomor seq sequence 番号 号码 号 編號 번호 code kod kodas
    """,
    "status": """
        status *status state statetype etat estado stato situacao tila tilanne stan stav allapot
        stare стан статус состояние busena staatus statuss durum κατασταση 状态 狀態 状態 상태 info
        transaction_status payment_status
    """,
    "type": """
        type *type typ *typ art *art kategorie category mutatiesoort code transaktionstyp
        transactietype soort tipo genre nature laji tyyppi rodzaj druh tipus tip тип вид tipas
        liik veids turu 类型 類型 分类 取引区分 区分 유형 method tags klasse class
    """,
    "direction": """
        direction richtung af_bij bij_af debit_credit credit_debit debet_credit debet_kredit
        soll_haben s_h sh d_c dc c_d cr_dr dr_cr d_k k_d dk crdr sign vorzeichen dbcr db_cr kd
        debit_or_credit credit_or_debit debetkredit sens sentido segno natureza sentido_mov
        收_支 收支 借贷 借_贷 収支 入出金 debitcredit creditdebit in_out balance_impact irany
        стaн дебет_кредит
    """,
    "original": """
        original* *original foreign* fremd* ursprung* auslands* oorspronkelijk* origine
        d_origine vreemd* extranjer* estera originale origem puvodni* povodn* eredeti*
        opprinnelig* oprindelig* ursprunglig* alkuper* pierwotn* local instructed converted*
        equivalent* tegenwaarde gegenwert contre_valeur contravalor kontra* еквівалент* покриття
        транзакц* оригинал* transakcji 交易币种 交易幣別 外币 外幣 現地 transaction_currency
        transaction_amount transaktionswahrung orig trans_amount карт_операц refunded
        merchant_amount kontering
    """,
    "booked": """
        book* buch* *buchung gebucht boek* bokf* bogf* kirjaus* ksiegow* zauct* zaucto* konyv*
        comptab* contab* post posted posting settle* settlement* account_currency billing 记账
        記賬 記帳 入账 入帳 结算 結算 起票 booking проводк* проведен* registracijos iegramatots
        kande muhasebe knjizenj* uctovan* картки card_currency abrechnung* konto* accounting
        process processed bokfort bokforing* cleared
    """,
    "value": """
        value valuta* valut* valeur valor wertstellung wert ertek* arvopaiva* waluty valuty
        valoarii 起算日 起息 валютування валютирования val valor valor valorne vaartuspaev
        rentedato rantedato rente
    """,
    "happened": """
        transaction* trans txn tx operac* operaz* operat* purchase kauf* achat aankoop 交易 取引
        利用 операц* транзакц* transakc* tranzak* tranzac* kop ostopaiva umsatz umsatzzeit
    """,
    "other_date": """
        due fallig* faellig* echeance vencimiento vencimento scadenza forfall* forfald* forfallo*
        erapaiva* terminu splatnost* esedekes* scadent* срок expir* valid* birth* geburt*
        gueltig* period* statement_date export* print* document_date документ* 到期 締め
        travel order ship* delivery invoice_date rechnungsdatum abschluss* start* end ended
        modified updated last_modified
    """,
    "fee": """
        insurance handling tip gratuity fee fees *fee gebuhr* *gebuhr gebuehr* *gebuehr kosten transaktionskosten frais comision*
        commission* commissio* comissao* provision* provize* prowizj* poplat* jutalek* комисс*
        коміс* tasu oplat* avgift* gebyr* maksut kulut 手续费 手續費 手数料 수수료 spese surcharge
        markup taxa_de spread discount rabatt cashback
    """,
    "tax": """
        tax* vat gst mwst ust umsatzsteuer btw tva iva moms mva alv steuer* impuesto* imposta
        afa dph podatek pvm_suma пдв ндс 税 消費税
    """,
    "rate": """
        rate rates exchangerate kurs *kurs wechselkurs* kurz *kurz koers wisselkoers cours taux cambio
        tipo_de_cambio tasso arfolyam* curs курс* vaihtokurssi valutakurs* 汇率 匯率 レート 환율
        exchange* kurss tecaj* fx zins* interest_rate
    """,
    "goods": """
        price* *price preis* *preis prix precio* prezz* preco* quantity qty menge *menge quantite
        cost costs *cost item items sku product* produkt* artikel* article unit units tariff route
        weight stock shares isin ticker volume acquisition quantity length width anzahl aantal
        antal antall lukumaara ilosc pocet pret preturi hinta pris cena ara fiyat τιμη цена ціна
        单价 数量 單價 単価 rating score points budget forecast salary_band age
        inventory order_number purchaser passenger cilindrata km mileage hours stunden
        open high low close
    """,
    "customer": """
        customer* kunde* *kunde kunden* klant* client* cliente* kund kundnr kundnummer kundenummer
        debtor* debitor* asiakas* klient* zakaznik* vevo* клиент* клієнт* 客户 客戶 顧客 payer_id
    """,
    "invoice": """
        invoice* rechnung* factuur* facture* factura* fattura* fatura* faktura* laskun lasku
        laskunumero szamlasorszam инвойс* рахунок_фактур* 发票 發票 請求書 saskaitos_nr arve
    """,
    "ledger": """
        journal* ledger* account_name accountname debit_account credit_account gl_account
        hauptbuch sachkonto gegenbuchung buchungssatz grootboek* kontering hovedbok kontoplan
        posting_group cost_center kostenstelle
    """,
    "bank": "bank *bank bic swift blz bankleitzahl sort_code sortcode mfo мфо clearing branch banka",
    "after": "after nach apres dopo despues na efter etter jalkeen po ending running closing",
}

_SCRIPTS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d"}
)


@lru_cache(maxsize=16384)
def folded(text: str) -> str:
    """Return a text as words are compared: no accents, no case, `_` for every gap."""
    split = re.sub(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ][a-zäöü])", " ", text)
    wide = unicodedata.normalize("NFKC", split).casefold().translate(_PLAIN)
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", wide) if not unicodedata.combining(letter)
    )
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFC", bare)).strip("_")


def term_pattern(term: str) -> str:
    """Return the pattern of one term of a lexicon, for folded text between two `_`."""
    core = re.escape(folded_term(term.strip("*")))
    if _SCRIPTS.search(term):
        return core
    before = r"" if term.startswith("*") else "_"
    after = r"" if term.endswith("*") else "_"
    return f"{before}{core}{after}"


def folded_term(term: str) -> str:
    """Fold a term, whose gaps are `_` already."""
    return folded(term.replace("_", " "))


def lexicon_pattern(terms: str) -> re.Pattern[str]:
    """Compile a list of terms into one pattern for `_` + folded text + `_`."""
    return re.compile("|".join(sorted({term_pattern(t) for t in terms.split()}, key=len)[::-1]))


_PATTERNS = {concept: lexicon_pattern(terms) for concept, terms in _LEXICON.items()}

CORE = frozenset(
    {"date", "amount", "credit", "debit", "balance", "currency", "account", "party", "name"}
    | {"text", "reference", "id", "status", "type", "direction"}
)
"""The concepts that make a row of words look like the header of payments."""


@lru_cache(maxsize=16384)
def concepts(text: str) -> frozenset[str]:
    """Return the concepts that a header text names."""
    padded = f"_{folded(text)}_"
    if padded == "__":
        return frozenset()
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(padded))
