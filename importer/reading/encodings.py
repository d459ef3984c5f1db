"""In which encoding a text file is written: decided by the evidence in its bytes."""

from __future__ import annotations

import codecs
import mmap
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from importer.errors import InputProblem
from importer.reading.characters import CODECS, COMMON, LETTERS, SYMBOLS

Bytes = bytes | mmap.mmap

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLOCK = 1 << 20
_LINES = 400
_SELDOM = frozenset({"mac-roman", "mac-latin2", "cp850", "cp852"})
_EAST_ASIAN = 0.3  # the least score of a multi-byte codec
_WEAK = 0.2  # below this no codec makes sense of the letters
_SURE = 0.7  # the least score of a codec that is seldom used
_NONSENSE = -3.0  # below any score
_HEAD = 4096
_CONTROL = re.compile("[\x80-\x9f]")
_WORD = re.compile(rb'[^\x00-\x20,;|"]*[\x80-\xff][^\x00-\x20,;|"]*')
_ODD_LINE = re.compile(rb"[^\n\r]*[\x80-\xff][^\n\r]*")
_VALID_SEQUENCE = re.compile(
    rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name, the length of the BOM before the text, and why it was chosen.

    `damaged` says that some bytes do not belong to the encoding and were replaced.
    """

    codec: str
    bom_bytes: int = 0
    reason: str = ""
    damaged: bool = False


def decide(data: Bytes, given: str | None = None) -> Encoding:
    """Return the encoding of a text file.

    Raises:
        InputProblem: the given encoding does not exist or does not fit the bytes.
    """
    for mark, codec in _BOMS:
        if data[: len(mark)] == mark:
            reason = "byte order mark"
            if given and not _same(given, codec):
                reason += f"; the setting said {given}"
            fits = _fits(data, codec)
            return Encoding(codec, len(mark), reason, damaged=not fits)
    if given:
        return _given(data, given)
    if wide := _wide(data[:_HEAD]):
        return Encoding(wide, 0, "pattern of NUL bytes", damaged=not _fits(data, wide))
    if _fits(data, "utf-8"):
        return Encoding("utf-8", 0, "every byte fits")
    return _by_evidence(data)


def _same(one: str, other: str) -> bool:
    try:
        name = codecs.lookup(one).name
    except LookupError:
        return False
    return name.replace("-sig", "") == codecs.lookup(other).name or other.startswith(name)


def _given(data: Bytes, given: str) -> Encoding:
    try:
        info = codecs.lookup(given)
        "".encode(info.name)  # a codec that makes no text, such as zip, fails here
    except LookupError:
        raise InputProblem(
            f"the encoding {given!r} is not known. Use a name such as utf-8, cp1252 or cp932."
        ) from None
    if not _fits(data, info.name):
        raise InputProblem(
            f"the text is not in the encoding {info.name} that was asked for. "
            "Leave the setting out, or name the encoding that the file was saved in."
        )
    return Encoding(info.name, 0, "given")


def _fits(data: Bytes, codec: str) -> bool:
    return _is_utf8(data) if codec == "utf-8" and data else _decodes(data, codec)


def _is_utf8(data: Bytes) -> bool:
    """Say whether `data` decodes as UTF-8; Arrow sees that ten times as fast as the decoder."""
    import pyarrow as pa

    bounds = pa.array([0, len(data)], pa.int64()).buffers()[1]
    text = pa.Array.from_buffers(pa.large_binary(), 1, [None, bounds, pa.py_buffer(data)])
    try:
        text.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _decodes(data: Bytes, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    size = len(data)
    try:
        for start in range(0, size, _BLOCK):
            decoder.decode(data[start : start + _BLOCK], start + _BLOCK >= size)
    except UnicodeError:
        return False
    return True


def _wide(head: bytes) -> str:
    """Return the UTF-16 codec if most bytes of one parity are NUL and few of the other."""
    half = max(len(head) // 2, 1)
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    low, high = 0.05, 0.3
    if odd > high and even < low:
        return "utf-16-le"
    if even > high and odd < low:
        return "utf-16-be"
    return ""


def _by_evidence(data: Bytes) -> Encoding:
    lines = b"\n".join(m.group()[:2000] for m in islice(_ODD_LINE.finditer(data), _LINES))
    damaged = _nearly_utf8(lines)
    if damaged:
        return Encoding("utf-8", 0, "nearly every byte fits", damaged=True)
    words = b" ".join(dict.fromkeys(m.group()[:60] for m in islice(_WORD.finditer(lines), 2000)))
    scores = dict(_scores(lines, words))
    best = _best(data, scores)
    if scores.get(best, 0) < _WEAK:
        if _fits(data, "cp1252"):
            return Encoding("cp1252", 0, "the most common one; there is little evidence")
        # Where the usual codecs make no words, one that is seldom used may.
        best = _best(data, dict(_scores(lines, words, least_seldom=_NONSENSE)))
        return Encoding(best, 0, "the least odd letters; there is little evidence")
    near = [c for c in scores if c != best and scores[c] > scores.get(best, 0) - 0.05]
    also = f"; {', '.join(near[:3])} would do as well" if near else ""
    return Encoding(best, 0, f"the most plausible letters{also}")


def _best(data: Bytes, scores: dict[str, float]) -> str:
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    return next((codec for codec in ranked if _fits(data, codec)), "latin-1")


def _nearly_utf8(lines: bytes) -> bool:
    odd = len(re.findall(rb"[\x80-\xff]", lines))
    valid = sum(len(m) for m in _VALID_SEQUENCE.findall(lines))
    return valid > 0 and odd - valid <= valid / 10


def _scores(lines: bytes, words: bytes, least_seldom: float = _SURE) -> Iterator[tuple[str, float]]:
    """Yield each codec that fits and its score; of those seldom used, only the good ones."""
    for rank, (codec, languages) in enumerate(CODECS.items()):
        try:
            text = words.decode(codec)
        except UnicodeError:
            continue
        trios = Counter(zip(" " + text, text, text[1:] + " ", strict=False))
        odd = {trio: n for trio, n in trios.items() if not trio[1].isascii()}
        score = max(_mean(odd, LETTERS[name]) for name in languages) - rank * 0.005
        if _CONTROL.search(text):
            score -= 1  # no program writes these
        if codec not in _SELDOM or score > least_seldom:
            yield codec, score
    for codec, (leads, common) in COMMON.items():
        try:
            text = lines.decode(codec)
        except UnicodeError:
            continue
        pairs = [(c, d) for c, d in zip(text, text[1:] + " ", strict=True) if not c.isascii()]
        points = sum(_points(c, d, codec, leads, common) for c, d in pairs)
        score = points / max(len(pairs), 1)
        if score > _EAST_ASIAN:
            yield codec, score


def _mean(trios: dict[tuple[str, str, str], int], letters: str) -> float:
    """Return how well letters fit a language, by their mean: +1 perfect, below 0 unlikely."""
    floor = 0.1 if letters[0].lower() != letters[0].upper() else 0.4
    weights = {c: max(1 - 0.02 * i, floor) for i, c in enumerate(letters)}
    latin = not letters[0].isalpha() or letters[0] < "\u0250"
    total = 0.0
    for (before, character, after), count in trios.items():
        total += count * _letter_points(before, character, after, weights, latin=latin)
    return total / max(sum(trios.values()), 1)


def _letter_points(
    before: str, character: str, after: str, weights: dict[str, float], *, latin: bool
) -> float:
    inside = before.isalpha() and after.isalpha()
    if character in weights:
        flip = before.islower() and character.isupper()
        lonely_capital = latin and character.isupper() and inside and after.islower()
        mixed = not latin and (_plain(before) or _plain(after))
        impossible = character in "ъьы" and not before.isalpha()
        alone = not before.isalpha() and not after.isalpha() and character not in "àÀ№"
        bad = flip or lonely_capital or impossible
        return weights[character] - (1.5 if bad or mixed else 0.6 if alone else 0)
    if character in SYMBOLS:
        if inside and character not in "\u2019·\xad":
            return -1.5
        return 0.7 if character in "€£" else -0.3 if character == "¤" else 0.3
    if character.isalpha():
        return -1.2
    return -2.0


def _plain(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _points(  # noqa: PLR0911 - a table of cases
    character: str, after: str, codec: str, leads: range, common: str
) -> float:
    """Return how usual a character of a multi-byte codec is in that codec's language."""
    if character in common:
        return 1.5
    code = ord(character)
    kana = 0x3041 <= code <= 0x30FF  # noqa: PLR2004 - Unicode block
    japanese = codec in {"cp932", "euc_jp"}
    if kana:
        return 1.0 if japanese else -0.5
    if 0xFF61 <= code <= 0xFF9F:  # noqa: PLR2004 - half-width kana
        letter = code >= 0xFF66 or not after.isdigit()  # noqa: PLR2004 - else a pound sign: £5
        return 0.7 if codec == "cp932" and letter and not _plain(after) else -0.5
    if 0x3000 <= code <= 0x303F or 0xFF01 <= code <= 0xFFEE:  # noqa: PLR2004 - punctuation
        return 0.6
    raw = character.encode(codec, "replace")  # big5hkscs has letters that only exist in pairs
    if raw[-1] < 0x80 and _plain(after):  # noqa: PLR2004 - an accented letter within a Latin word
        return -0.5
    if len(raw) == 2 and raw[0] in leads and (codec == "big5hkscs" or raw[1] >= 0x40):  # noqa: PLR2004
        second_ok = raw[1] >= 0xA1 or codec in {"cp932", "big5hkscs"}  # noqa: PLR2004
        return 0.8 if second_ok else -0.3
    return -0.5
