"""How a bank writes its days: date formats as one regular expression each.

A format uses the letters of `strptime`: ``%d %m %Y %y %b %B`` for the day, ``%H %I %M %S %f %p
%z %Z`` for a time of day and ``%a %A`` for a weekday, which are read over. Anything else stands
for itself, a blank for one or more blanks. The expressions work in `re` and in RE2 alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

BLANK = "[ \t\r\n\u00a0\u202f\u2009\u3000]"
"""The blanks that surround or divide values, as a class for RE2."""

CENTURY_TURN = 70
"""Two-digit years below it are 20xx, the others 19xx."""

_GERMAN_HEADER = re.compile("(?i)buchung|wertstell|betrag|zahlungsdatum")

PROBE_YEAR = 2003
"""The year of the day on which formats are compared."""

_PARTS = {
    "d": "(?P<day>[0-9]{1,2})",
    "m": "(?P<month>[0-9]{1,2})",
    "Y": "(?P<year>[0-9]{4})",
    "y": "(?P<short_year>[0-9]{2})",
    "b": r"(?P<name>\pL+)\.?",
    "B": r"(?P<name>\pL+)\.?",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
    "f": "[0-9]{1,9}",
    "p": r"[AaPp]\.?[Mm]\.?",
    "z": "(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    "Z": r"[A-Za-z]+(?:[+-][0-9]{1,2})?",
    "a": r"\pL+\.?",
    "A": r"\pL+\.?",
    "%": "%",
}
_ONE = {"day": "d", "month": "mbB", "year": "Yy"}

_NAMES = """
january february march april may june july august september october november december
jan feb mar apr may jun jul aug sep oct nov dec
januar februar märz april mai juni juli august september oktober november dezember
jan feb mrz apr mai jun jul aug sept okt nov dez
januari februari maart april mei juni juli augustus september oktober november december
jan feb mrt apr mei jun jul aug sep okt nov dec
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
janv févr mars avr mai juin juil août sept oct nov déc
janv fevr mars avr mai juin juil aout sept oct nov dec
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
ene feb mar abr may jun jul ago sep oct nov dic
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
gen feb mar apr mag giu lug ago set ott nov dic
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
jan fev mar abr mai jun jul ago set out nov dez
januar februar marts april maj juni juli august september oktober november december
jan feb mar apr maj jun jul aug sep okt nov dec
januari februari mars april maj juni juli augusti september oktober november december
januar februar mars april mai juni juli august september oktober november desember
jan feb mar apr mai jun jul aug sep okt nov des
tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
sty lut mar kwi maj cze lip sie wrz paź lis gru
ledna února března dubna května června července srpna září října listopadu prosince
január február marec apríl máj jún júl august september október november december
januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra
január február március április május június július augusztus szeptember október november december
jan febr márc ápr máj jún júl aug szept okt nov dec
januar februar marec april maj junij julij avgust september oktober november december
jan feb mar apr maj jun jul avg sep okt nov dec
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
ian feb mar apr mai iun iul aug sep oct noi dec
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
ocak subat mart nisan mayis haziran temmuz agustos eylül ekim kasim aralik
oca şub mar nis may haz tem ağu eyl eki kas ara
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu
jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember
janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris
sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio
januari februari maret april mei juni juli agustus september oktober november desember
jan feb mar apr mei jun jul agu sep okt nov des
januari februari mac april mei jun julai ogos september oktober november disember
ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου
ιαν φεβ μαρ απρ μαϊ ιουν ιουλ αυγ σεπ οκτ νοε δεκ
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
янв фев мар апр май июн июл авг сен окт ноя дек
січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
януари февруари март април май юни юли август септември октомври ноември декември
"""  # noqa: E501, RUF001 - a line is a year

MONTHS: dict[str, int] = {
    name: number for line in _NAMES.split("\n") for number, name in enumerate(line.split(), start=1)
}
"""Month names and their short forms in lower case, without the dot, to the month."""


def is_german(headers: Iterable[str]) -> bool:
    """Say whether headers are those of a German file: before a full stop, the day comes first.

    In Hungary and Korea `24.02.13` is a day of 2024.
    """
    return any(_GERMAN_HEADER.search(text) for text in headers)


class DateFormatError(ValueError):
    """A date format that cannot be used; the text is a sentence without its full stop."""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One date format: its text, the RE2 pattern of a whole cell, the year that it leaves out."""

    text: str
    pattern: str
    year: int = 0

    def read(self, text: str) -> date | None:
        """Return the day that `text` names in this format, None where it names none."""
        found = _compiled(self.pattern).fullmatch(text)
        if found is None:
            return None
        part = found.groupdict()
        month = MONTHS.get(part["name"].lower(), 0) if "name" in part else int(part["month"])
        year = self.year or int(part.get("year") or full_year(int(part["short_year"])))
        day = int(part["day"])
        try:
            return date(year, month, day)
        except ValueError:
            return None


def full_year(short: int) -> int:
    """Return the year of two digits."""
    return short + (2000 if short < CENTURY_TURN else 1900)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(r"\pL", r"[^\W\d_]"))


@cache
def date_format(text: str, year: int = 0) -> DateFormat:
    """Translate a format such as ``%d.%m.%Y`` once.

    Args:
        text: the format.
        year: the year of every date, for a format without one.

    Raises:
        DateFormatError: a letter that is not known, a part that is missing or comes twice; a
            format without a year is refused, because no file may depend on the day it is read.
    """
    pieces = re.findall(r"%.|[^%]+|%$", text, flags=re.DOTALL)
    seen = "".join(piece[1:] for piece in pieces if piece.startswith("%"))
    for letter in seen:
        if letter not in _PARTS:
            raise DateFormatError(f"'%{letter}' in '{text}' is not known; known are {_known()}")
    for part, letters in _ONE.items():
        times = sum(seen.count(letter) for letter in letters)
        if part == "year" and year:
            times += 1
        if times != 1:
            wrong = "has no" if times == 0 else "names more than one"
            raise DateFormatError(f"'{text}' {wrong} {part}; expected exactly one")
    pattern = "".join(_piece(pieces, index) for index in range(len(pieces)))
    return DateFormat(text, f"^{BLANK}*{pattern}{BLANK}*$", year)


def _known() -> str:
    return " ".join(f"%{letter}" for letter in _PARTS)


def _piece(pieces: list[str], index: int) -> str:
    piece = pieces[index]
    if not piece.startswith("%"):
        return literal(piece)
    part = _PARTS[piece[1:]]
    beside = pieces[max(index - 1, 0) : index + 2]
    if sum(other.startswith("%") for other in beside) > 1:  # digits on digits: fixed width
        part = part.replace("{1,2}", "{2}")
    return part


def literal(text: str) -> str:
    """Return a pattern for `text` itself, for RE2 and `re`; blanks match one or more blanks."""
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
    return re.sub(r"\s+", lambda _: BLANK + "+", escaped)


def contradiction(formats: tuple[DateFormat, ...]) -> tuple[str, str] | None:
    """Return two formats that read one text as two days: they would decide row by row."""
    probe = date(max((one.year for one in formats), default=0) or PROBE_YEAR, 2, 1)
    for one in formats:
        text = probe.strftime(one.text)
        for other in formats:
            day = other.read(text)
            if day is not None and day != probe:
                return one.text, other.text
    return None
