"""Find vital signs that residents and carers write: blood pressure, pulse, breaths a minute, blood sugar."""

import re
from collections.abc import Iterator

from core.ja.normal import Normalised
from core.ja.numerals import Mention, numbered
from core.ja.read_text import form

_NO_NUMBER = r"(?![\d.,]\d|\d)"
_NO_PRESSURE = r"(?!歳|才|さい|日|週|[かゖ]月|分|時|%|度|ど|人|回|kg|きろ|cm|せんち|つ|の子|番|円|[.])"
_PRESSURE_WORD = r"(?:血圧|けつあつ|(?<![a-z])bp|最高|収縮期|[上うえ]{1,2}(?:が|は|の(?:血圧)?(?:が|は)?)?)"
_LOWER = r"(?:下|した|最低|拡張期)(?:が|は|の血圧(?:が|は)?)?"
_ALONE = "(?:^|(?<=。))(?:今|いま|今朝|けさ|さっき|今日|きょう|測ったら|はかったら|は|、)*"
_THEN_END = "(?:です|でした|だった|あります|ありました|って|でて?)?(?=$|[。?!])"
_PRESSURES = tuple(
    re.compile(pattern)
    for pattern in (
        # 上が188下が110, 最高188最低110: whatever else is said
        rf"(?P<named>(?:上|うえ|最高)(?:が|は|の血圧(?:が|は)?)?)(?P<first>\d{{2,3}})(?:台|くらい|ぐらい|mmhg)?[、。・/とでに]{{0,2}}{_LOWER}(?P<second>\d{{2,3}}){_NO_NUMBER}{_NO_PRESSURE}",
        # 188/110: hardly anything else
        r"(?<![\d./-])(?P<first>1[0-9]\d|2[0-7]\d)/(?P<second>\d{2,3})(?:mmhg)?(?![\d/.-]\d|\d)(?P<written>)",
        rf"(?<![\d./])(?P<first>\d{{2,3}})(?:/|と|の|-|~|〜|・|、|,|over|台の|\s)(?P<second>\d{{2,3}})(?:mmhg|台)?{_NO_NUMBER}{_NO_PRESSURE}",
        rf"{_PRESSURE_WORD}[^\d。]{{0,8}}(?P<first>\d{{2,3}}){_NO_NUMBER}{_NO_PRESSURE}",
        # 188の120, 188 120でした: two such numbers and nothing else
        rf"{_ALONE}(?P<first>1[3-9]\d|2[0-7]\d)(?:の|と|-|・|、|\s)(?P<second>[4-9]\d|1[0-4]\d)(?P<written>){_THEN_END}",
        # 上が188 and nothing more: a height would have its unit
        rf"(?<![一-龯])上(?:が|は)(?P<first>1[3-9]\d|2[0-7]\d)(?P<written>){_NO_NUMBER}{_NO_PRESSURE}",
    )
)
_HAS_PRESSURE = re.compile(r"血圧|けつあつ|(?<![a-z])bp|mmhg|収縮期|最高")
_MAY_BE_PRESSURE = re.compile(
    r"血圧|けつあつ|bp|mmhg|収縮期|最高|\d/\d|[上え](?:が|は|の血圧)?(?:が|は)?\d|\d[の と・、-]\d"
)
_A_MINUTE = r"(?:1分(?:間)?(?:に|あたり|で)?[^\d。、]{0,3})?"
_PULSE = re.compile(
    rf"(?:脈拍?数?|心拍数?|みゃく(?:はく)?|しんぱく(?:すう)?|ぱるす(?!おき)|(?<![a-z])(?:hr|pr|pulse|heartrate))[^\d。、]{{0,6}}{_A_MINUTE}(?P<first>\d{{2,3}}){_NO_NUMBER}(?!歳|才|%|秒|分間|分(?!間)|度|人|年)"
    rf"(?:(?:から|[~〜→])(?P<second>\d{{2,3}}){_NO_NUMBER}(?!歳|才|%|分|度))?"
)
_BREATHS = (
    re.compile(
        rf"(?:呼吸(?:数|回数)?|こきゅう(?:すう)?|(?<![a-z])rr|息(?:が|は|を)?(?=1分)|いき(?:が|は)?(?=1分))[^\d。、]{{0,4}}{_A_MINUTE}(?P<first>\d{{1,2}}){_NO_NUMBER}(?!歳|才|日|分|時|秒|%|度|年|人)"
    ),
    re.compile(r"1分(?:間)?に(?P<first>\d{2})回(?:くらい|ぐらい|も|ほど)?の?(?:呼吸|息|いき|こきゅう)"),
)
_SUGAR = re.compile(
    rf"(?:血糖(?:値|測定)?|けっとう(?:ち)?|ぐるこーす|できすたー|sugar|(?<![a-z])(?:bs|bg|bgl)|glucose)[^\d。]{{0,12}}(?P<first>\d{{2,4}}){_NO_NUMBER}(?!歳|才|日|分|時|回|単位|錠|mg(?!/)|年|%|度|人|型)"
    rf"(?:(?:から|[~〜→])(?P<second>\d{{2,4}}){_NO_NUMBER}(?!歳|才|日|分|時|回|単位))?"
)
PRESSURE = range(40, 281)  # mmHg, the upper value
PULSE = range(20, 261)  # beats a minute
BREATHS = range(3, 81)  # a minute
SUGAR = range(10, 1000)  # mg/dL


@form
def find_pressures(text: str) -> "tuple[Mention[int], ...]":
    """Find upper blood pressures, mmHg; a bare 「178の110」 counts when the text speaks of blood pressure or says nothing else."""
    source = numbered(text)
    if not _MAY_BE_PRESSURE.search(source.text):
        return ()
    is_told = _HAS_PRESSURE.search(source.text) is not None
    found: dict[int, Mention[int]] = {}
    taken: set[int] = set()
    for pattern in _PRESSURES:
        for match in pattern.finditer(source.text):
            groups = match.groupdict()
            start, value = match.start("first"), int(match["first"])
            is_sure = is_told or groups.get("named") is not None or groups.get("written") is not None
            lower = int(groups.get("second") or 0)
            if is_sure and start not in taken and value in PRESSURE and lower < value:
                found[start] = Mention(value, source, start, match.end())
                taken.update(range(start, match.end()))
    return tuple(found[start] for start in sorted(found))


@form
def find_pulses(text: str) -> "tuple[Mention[int], ...]":
    """Find pulses, beats a minute."""
    return tuple(_found(text, (_PULSE,), PULSE))


@form
def find_breaths(text: str) -> "tuple[Mention[int], ...]":
    """Find breaths a minute."""
    return tuple(_found(text, _BREATHS, BREATHS))


@form
def find_sugars(text: str) -> "tuple[Mention[int], ...]":
    """Find blood sugar values, mg/dL."""
    return tuple(_found(text, (_SUGAR,), SUGAR))


def _found(text: str, patterns: "tuple[re.Pattern[str], ...]", possible: range) -> "Iterator[Mention[int]]":
    source = numbered(text)
    for pattern in patterns:
        for match in pattern.finditer(source.text):
            yield from _values(source, match, possible)


def _values(source: Normalised, match: "re.Match[str]", possible: range) -> "Iterator[Mention[int]]":
    for name in match.re.groupindex:
        if match[name] and int(match[name]) in possible:
            yield Mention(int(match[name]), source, *match.span(name))
