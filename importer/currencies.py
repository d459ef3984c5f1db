"""Which currencies a sign or code beside an amount, or in a column of currencies, can mean."""

from __future__ import annotations

from collections.abc import Mapping
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
    {"euro": "EUR", "euros": "EUR", "franken": "CHF", "pfund": "GBP", "us-dollar": "USD"}
)


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
