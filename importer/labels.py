"""What the labels of balances, totals and counts announce that a source file prints."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from importer.model import Says

LONGEST = 120
"""Longer cells are texts and no labels."""

_BALANCE = (
    r"balance|saldo|saldi\b|kontostand|solde|\bsold\b|zustat|zostat|egyenleg|bakiye|likutis|"
    r"atlikum|jaak|stanje|залишок|остаток|余额|餘額|残高"
)
_OPENING = (
    r"opening|beginning|\bstart|previous|prior|brought forward|anfang|\balt\b|\balter\b|"
    r"initial|anterior|preceden|iniziale|\bbegin|vorig|pocatec|pociatoc|nyito|poczatk|ingaende|"
    r"inngaende|\bprimo|\balku|вхідн|входящ|\bawal\b|期初|前期|上期|inicial|acilis|eroffnung"
)
_CLOSING = (
    r"closing|ending|carried forward|\bneu\b|\bneuer\b|\bfinal|\beind|nieuw|konecn|konc|"
    r"\bzaro|utgaende|ultimo|\bslut|\bloppu|вихідн|исходящ|\bakhir\b|期末|schluss|\bend(?:e|saldo)|kapanis|"
    r"posterior"
)
_TOTAL = (
    r"total|\bsum\b|summ[ea]\b|somme|totaal|rulaj|umsatz|turnover|obrot|forgalom|\bsuma\b|合计|"
    r"合計|总额|總額"
)
_WHOLE = r"gesamt|totaux|celkem|spolu|razem|\bi alt\b|osszesen|всього|итого"
_BARE_TOTAL = (
    rf"(?:(?:grand|overall|sub)[ -]?|zwischen|gesamt|end)?(?:{_TOTAL}|{_WHOLE})s?"
    r"(?: general| [a-z]{3})?\s*[:.]?"
)
_RECEIVED = (
    r"credit|haben|eingang|eingange|entrate|avere|accredit|abono|ingreso|recettes|deposit|"
    r"money in|paid in|uznan|prijmy|prijat|bijgeschreven|\bbij\b|inbetal|innbetal|indbetal|"
    r"jovair|incasar|收入|贷方|入金|надходж|поступл"
)
_PAID = (
    r"debit|soll\b|ausgang|ausgange|uscite|addebit|\bdare\b|cargo|gasto|depenses|withdraw|"
    r"money out|paid out|obciaz|vydaj|afgeschreven|\baf\b|utbetal|udbetal|terhel|支出|借方|出金|"
    r"списан|видат"
)
_COUNTED = (
    r"transactions?|records?|entries|payments|items|umsatze|buchungen|posten|operations|"
    r"ecritures|movimientos|operaciones|movimenti|operazioni|operacji|transakci|polozek|"
    r"transacties|boekingen|transaktioner|posteringer|transaksjoner|movimentos|lancamentos|"
    r"笔数|件数|记录数|筆數|операц"
)
_NUMBERED = (
    r"number of|no\. of|\bcount\b|anzahl|nombre|numero|liczba|pocet|aantal|\bantal|\bantall|"
    r"quantidade|количество|кількість|总笔数|笔数|件数|记录数|筆數|\btotal (?:records|entries)"
)
_HOW_MANY = r"number of (?:debit|credit|deposit|withdrawal)s|(?:debit|credit) count"
PARTIAL = r"available|verfugbar|disponib|pending|待|limit|average|durchschnitt|minimum|maximum"


@lru_cache(maxsize=4096)
def meaning(label: str) -> Says | None:
    """Return what a label announces, None where it announces nothing that can be compared."""
    plain = plain_label(label)
    if len(label) > LONGEST or re.search(PARTIAL, plain):
        return None
    if re.search(_BALANCE, plain):
        opening, closing = re.search(_OPENING, plain), re.search(_CLOSING, plain)
        if bool(opening) == bool(closing):
            return None
        return Says.OPENING if opening else Says.CLOSING
    way = direction(plain)
    plural = way is not None and re.search(_HOW_MANY, plain)
    if plural or (re.search(_NUMBERED, plain) and re.search(_COUNTED, plain)):
        counted = {Says.RECEIVED: Says.COUNT_RECEIVED, Says.PAID: Says.COUNT_PAID, None: Says.COUNT}
        return counted[way]
    return way if re.search(_TOTAL, plain) else None


def is_total(label: str) -> bool:
    """Return whether a cell in the place of a date or a number is the label of a total."""
    plain = plain_label(label)
    if len(label) > LONGEST or re.search(rf"\d|{PARTIAL}", plain):
        return False
    return re.search(f"{_TOTAL}|{_WHOLE}", plain) is not None


def is_bare_total(label: str) -> bool:
    """Return whether a cell is the label of a total and nothing else, as no name of a payer is."""
    return re.fullmatch(_BARE_TOTAL, plain_label(label).strip()) is not None


def direction(plain: str) -> Says | None:
    """Return whether a plain label speaks of money received or paid, None for both or neither."""
    received, paid = re.search(_RECEIVED, plain), re.search(_PAID, plain)
    if bool(received) == bool(paid):
        return None
    return Says.RECEIVED if received else Says.PAID


def plain_label(text: str) -> str:
    """Return a label as the patterns expect it: no accents, no case."""
    wide = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(letter for letter in wide if not unicodedata.combining(letter))
    return bare.replace("ø", "o").replace("å", "a").replace("ł", "l")
