"""Which characters beyond ASCII a language is written with, and which codecs hold them.

Sources: the alphabets of the Unicode CLDR (main exemplar characters), ordered by hand from
frequent to rare where that helps to tell codecs apart.
"""

from __future__ import annotations

from typing import Final

LETTERS: Final[dict[str, str]] = {
    "German": "äöüßÄÖÜ",
    "French": "éèàêçôîûùâëïœÉÈÀÇÊÎÔŒ",
    "Spanish": "óíáéñúüÑÓÍÁÉÚ¿¡ªº",
    "Portuguese": "ãçáéóíêõâúàôÃÇÁÉÓÍÊÕÂÚÀÔªº",
    "Italian": "àèéìòùÀÈÉÌÒÙ",
    "Dutch": "ëéïöüèóá",
    "Danish, Norwegian": "øåæØÅÆéòôü",
    "Swedish, Finnish": "äöåÄÖÅéü",
    "Icelandic": "ðáíóéúýþæöÐÁÍÓÉÚÝÞÆÖ",
    "Polish": "łążęśóćńźŁŻŚÓĆĄĘŃŹ",
    "Czech, Slovak": "áíěéčřšžýůúňťďĺľŕôäÁÍĚÉČŘŠŽÝŮÚŇŤĎĽÔ",
    "Hungarian": "áéóöőíüűúÁÉÓÖŐÍÜŰÚ",
    "Romanian": "ăâîșțşţĂÂÎȘȚŞŢ",
    "Croatian, Slovenian": "čšžćđČŠŽĆĐ",
    "Lithuanian": "ėšžųįčąęūĖŠŽŲĮČĄĘŪ",
    "Latvian": "āīēšūņļžķģčĀĪĒŠŪŅĻŽĶĢČ",
    "Estonian": "äõüöšžÄÕÜÖŠŽ",
    "Turkish": "\u0131işğüöçİŞĞÜÖÇâ",
    "Cyrillic": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґўђјљњћџѓќѕ"
    "ОЕАИНТСРВЛКМДПУЯЫЬГЗБЧЙХЖШЮЦЩЭФЪЁІЇЄҐЎЈЉЊ№",
    "Greek": "αοιετσνηυρπκμλςωδγχθφβξζψάέήίόύώϊϋΑΟΙΕΤΣΝΗΥΡΠΚΜΛΩΔΓΧΘΦΒΞΖΨΆΈΉΊΌΎΏ",
    "Hebrew": "יוהלאתרבשםמנחדקעפגטצסזכןךףץ₪",
    "Arabic": "اليمونرتبةعدسفهكقحجشطصخضذثزغظءأإآىئؤ",
    "Thai": "".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C)))),
}

# Which languages a single-byte codec is used for; the order is the preference among equals.
CODECS: Final[dict[str, tuple[str, ...]]] = {
    "cp1252": (
        "German", "French", "Spanish", "Portuguese", "Italian", "Dutch",
        "Danish, Norwegian", "Swedish, Finnish", "Icelandic",
    ),
    "cp1250": ("Polish", "Czech, Slovak", "Hungarian", "Romanian", "Croatian, Slovenian"),
    "cp1251": ("Cyrillic",),
    "cp1253": ("Greek",),
    "cp1254": ("Turkish",),
    "cp1255": ("Hebrew",),
    "cp1256": ("Arabic",),
    "cp1257": ("Lithuanian", "Latvian", "Estonian", "Polish"),
    "iso8859-15": ("French", "German", "Spanish", "Portuguese", "Italian", "Swedish, Finnish"),
    "iso8859-2": ("Polish", "Czech, Slovak", "Hungarian", "Romanian", "Croatian, Slovenian"),
    "iso8859-7": ("Greek",),
    "iso8859-9": ("Turkish",),
    "iso8859-13": ("Lithuanian", "Latvian"),
    "iso8859-5": ("Cyrillic",),
    "koi8-u": ("Cyrillic",),
    "cp866": ("Cyrillic",),
    "mac-cyrillic": ("Cyrillic",),
    "mac-roman": (
        "German", "French", "Spanish", "Portuguese", "Italian", "Dutch",
        "Danish, Norwegian", "Swedish, Finnish",
    ),
    "mac-latin2": ("Polish", "Czech, Slovak", "Hungarian"),
    "cp850": (
        "German", "French", "Spanish", "Portuguese", "Italian", "Danish, Norwegian",
        "Swedish, Finnish",
    ),
    "cp852": ("Polish", "Czech, Slovak", "Hungarian", "Croatian, Slovenian"),
    "cp874": ("Thai",),
}  # fmt: skip

SYMBOLS: Final = frozenset("€£¥§°²³«»„“”…·•—®©™±½¼¤¢¡¿ªº\u2018\u2019\u2013\xd7\xa0\xad")

# Multi-byte codecs: lead bytes of their everyday characters, and what exports are full of.
COMMON: Final[dict[str, tuple[range, str]]] = {
    "cp932": (
        range(0x88, 0x98),
        "年月日金額取引入出残高摘要振込支払預店番号口座名義通普手数料円明細内容利息照会",
    ),
    "euc_jp": (
        range(0xB0, 0xD0),
        "年月日金額取引入出残高摘要振込支払預店番号口座名義通普手数料円明細内容利息照会",
    ),
    "gb18030": (
        range(0xB0, 0xD8),
        (
            "的一是在有人不中公司日期时间交易金额收入支出余对方账户名号币种摘要行银转备注款付"
            "存取类型流水手续费状态说明"
        ),
    ),
    "big5hkscs": (
        range(0xA4, 0xC7),
        (
            "的一是在有人不中公司日期時間交易金額收入支出餘對方帳戶名號幣種摘要行銀轉備註款付"
            "存提類型手續費狀態說明"
        ),
    ),
    "cp949": (
        range(0xB0, 0xC9),
        "거래일자금액입출잔내용은행계좌번호이체적요시간지급점명의인수료이자합원보낸받는분",
    ),
}
