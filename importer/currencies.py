"""Which currencies a sign or code beside an amount, or in a column of currencies, can mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

_CODES = (
    "AED AFN ALL AMD ARS AUD AZN BAM BBD BDT BGN BHD BIF BND BOB BRL BSD BWP BYN BZD CAD CDF CHF "
    "CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD GBP GEL GHS GIP GMD GNF "
    "GTQ HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT "
    "LAK LBP LKR LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR "
    "NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SCR SEK SGD SOS SYP THB TJS TMT "
    "TND TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND XAF XCD XOF XPF YER ZAR ZMW"
)

CODES = frozenset(_CODES.split())
"""The codes of ISO 4217 that amounts of payments have."""

SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "€": "EUR", "£": "GBP", "US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD",
        "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "R$": "BRL", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
        "lei": "RON", "Fr.": "CHF", "SFr.": "CHF", "лв.": "BGN", "₴": "UAH", "₽": "RUB", "₺": "TRY",
        "₹": "INR", "₩": "KRW", "₪": "ILS", "₱": "PHP", "฿": "THB", "₫": "VND", "₤": "GBP",
        "kr.": "kr",
    }
)  # fmt: skip
"""The signs beside amounts that name one currency, or are another way to write one."""

SHARED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        sign: frozenset(codes.split())
        for sign, codes in {
            "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BBD BND BSD BZD CUP DOP FJD JMD "
            "KYD MOP NAD NIO TTD XCD",
            "¥": "JPY CNY CNH",
            "￥": "JPY CNY CNH",
            "kr": "SEK NOK DKK ISK",
        }.items()
    }
)
"""The signs that several currencies share: each company knows which is meant."""

_NAMES = MappingProxyType(
    {
        "euro": "EUR", "euros": "EUR", "franken": "CHF", "schweizer franken": "CHF",
        "swiss franc": "CHF", "swiss francs": "CHF", "pfund": "GBP", "pound sterling": "GBP",
        "pounds sterling": "GBP", "british pound": "GBP", "us-dollar": "USD", "us dollar": "USD",
        "us dollars": "USD",
    }
)  # fmt: skip


def currency_of(text: str) -> str:
    """Return the code that a sign, a name or a code means, a shared sign itself, else `""`."""
    bare = text.strip()
    if bare.upper() in CODES:
        return bare.upper()
    if bare in SHARED:
        return bare
    return SIGNS.get(bare, "") or _NAMES.get(bare.casefold(), "")


def may_be(stated: str, code: str) -> bool:
    """Say whether a currency as a file states it can be the one of a code."""
    stated, code = stated.strip(), code.strip().upper()
    known = currency_of(stated)
    return stated.upper() == code or known == code or code in SHARED.get(known, ())


_WORD = r"(?P<code>[A-Z]{3}|US\$|[€£$¥])(?![A-Za-z])"
_LONGEST = 300
_NUMBER = r"[-+(]?\d[\d.,' \u00a0]*"
_BALANCES = "balance|saldo|solde|kontostand|zustatek|zostatok|egyenleg|saldi"
_ACCOUNTS = "account|konto|rekening|compte|cuenta|conta"
_STATED = (
    re.compile(
        r"(?i:\b(?:currency|w[äa]hrung|waehrung|valuta|devise|divisa|moneda|moeda|waluta|m[ěe]na)"
        rf"(?:[ -]?code)?)\s*[:=\-]?\s*{_WORD}"
    ),
    re.compile(
        rf"(?i:\b(?:amounts?|values?|figures|beträge|betraege|werte|angaben)"
        rf"(?: are| is| stated| shown| sind)*) in (?i:the currency )?{_WORD}"
    ),
    re.compile(rf"(?i:\b(?:statement|transactions|movements|{_ACCOUNTS})\b.*) in {_WORD}\s*$"),
    re.compile(rf"(?i:\b(?:{_BALANCES})\b)[^\d€£$¥]*?(?<![A-Za-z]){_WORD}\s*{_NUMBER}\s*$"),
    re.compile(rf"(?i:\b(?:{_BALANCES})\b).*\d\s*{_WORD}\s*$"),
    re.compile(rf"(?i:\b(?:{_ACCOUNTS})\b).*\d\s*[(\[]?{_WORD}[)\]]?\s*$"),
    re.compile(rf"(?i:\b(?:{_ACCOUNTS})\b)[ :.no]*(?<![A-Za-z]){_WORD}\s*[\d-]+\s*$"),
)
"""How the lines above a table say in which currency it, or its account, is."""


def stated_above(lines: Iterable[tuple[int, Iterable[str]]]) -> Iterator[tuple[int, str]]:
    """Yield the rows above a table that name a currency, as they write it.

    Args:
        lines: their numbers in the file and their cells.
    """
    for row, cells in lines:
        line = " ".join(filter(None, map(str.strip, cells)))[:_LONGEST]
        found = (one["code"] for pattern in _STATED for one in pattern.finditer(line))
        for text in dict.fromkeys(found):
            if currency_of(text):
                yield row, text


_MAJOR = re.compile(
    r"(?i:\b(?:amounts?|values?|figures|betr[äa]ge?|betraege|werte|angaben|zahlen|bedragen|montants|"
    r"importes|importi|currency|all|alle)\b[^.;]*\b(?:in|en)\s+(?:[A-Z]{3}\s+|[€£$]\s*)?"
    r"(?:thousands?|tausend|tsd|millions?|mio|milliers|miles|migliaia|duizend|tusen)\b)|"
    r"\bin (?:[Tk](?:EUR|USD|GBP|CHF)|[Tk]€|(?:[A-Z]{3}|[€£$]) ?['\u2019]?000s?)(?!\w)"
)
"""How a line above a table says that its amounts are thousands or millions."""


def major_above(lines: Iterable[tuple[int, Iterable[str]]]) -> tuple[int, str] | None:
    """Return the row above a table by which its amounts are thousands, and what it says.

    Args:
        lines: their numbers in the file and their cells.
    """
    for row, cells in lines:
        line = " ".join(filter(None, map(str.strip, cells)))[:_LONGEST]
        if _MAJOR.search(line):
            return row, line
    return None
