"""What header texts mean, in many languages: from words to concepts.

A header such as `IBAN Zahlungsbeteiligter` names two concepts, an account and the other party;
what a column is follows from its concepts and its values together. The words are of whole
languages, not of single banks.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Any

_SCRIPTS = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts without blanks between words: Thai, Japanese, Chinese, Korean."""

_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "\u0131": "i",
        "þ": "th",
        "ð": "d",
    }
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


def is_east_asian(text: str) -> bool:
    """Say whether a text is written in Thai, Chinese, Japanese or Korean."""
    return _SCRIPTS.search(text) is not None


def term_pattern(term: str) -> str:
    """Return the pattern of one term of a lexicon, for folded text between two `_`."""
    core = re.escape(folded_term(term.strip("*=")))
    if _SCRIPTS.search(term):
        return core
    if term.startswith("="):
        return f"^_{core}_$"
    before = r"" if term.startswith("*") else "_"
    after = r"" if term.endswith("*") else "_"
    return f"{before}{core}{after}"


def folded_term(term: str) -> str:
    """Fold a term, whose gaps are `_` already."""
    return folded(term.replace("_", " "))


def lexicon_pattern(terms: str) -> re.Pattern[str]:
    """Compile a list of terms into one pattern for `_` + folded text + `_`."""
    return re.compile("|".join(sorted({term_pattern(t) for t in terms.split()}, key=len)[::-1]))


def lexicon(name: str) -> dict[str, Any]:
    """Return one of the lexicons beside this module; their first lines say how they are written."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


_PATTERNS = {name: lexicon_pattern(terms) for name, terms in lexicon("headers").items()}

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
