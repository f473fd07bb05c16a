"""Read how long something has lasted: 「昨日から」, 「3日前から」, 「一週間くらい」, 「二、三日」."""

import re
from dataclasses import dataclass, field

from core.ja.ages import find_ages
from core.ja.numerals import Mention, numbered
from core.ja.read_text import form

_DAY = 24.0
_WEEK = 7 * _DAY
_MONTH = 30 * _DAY
_YEAR = 365 * _DAY
_HOURS = {"minutes": 1 / 60, "hours": 1.0, "days": _DAY, "weeks": _WEEK, "months": _MONTH, "years": _YEAR}
_SHORT = {"minutes": "h", "hours": "h", "weeks": "w", "months": "m"}

_COUNT = r"(?<![\d./度ど時月歳才])(?:(?P<least>\d{1,3})(?:[~〜、,・-]|から|か))?(?P<count>\d{1,3}(?:\.\d)?)"
_MONTHS = r"(?:[かけゕゖ箇個]月|かげつ)"
# Context in which 「3日」 is three days, not the third of the month, and 「一日3回」 is no duration.
_LASTING = (
    r"(?=間|前|続|目|以上|経|半|出|治|下が|熱|咳|休|止|食|寝|痛|便|眠|吐|微|高|かん|まえ|くらい|ぐらい|ぐれ|ほど|ばかり"
    r"|いじょう|つづ|め|[3三]晩|み(?:っか)?ばん|もたっ|も?経|もつづ|も続|も[^\d]|たつ|たって|たった|たち|ずっと|なお|さが|訴|に(?:なりま|なる(?:が|け|、|。|$)|なん(?!かい|回|錠|度|じょう|つぶ|個|ど))|だ(?=[、。よしげけ]|$)|で[すしも、]|し(?:て|た)|$|[、。!?…])"
)
_UNITS = (
    r"(?:(?P<minutes>分|[ふぷ]ん)(?=間(?!に\d)|前|以上|経|続|かん|まえ|くらい|ぐらい|ほど|ばかり|たっ|も|で[すし]|$|[、。])"
    r"|(?P<hours>時間|じかん)(?!おき|ごと|後|あと|以内|毎|外|帯|営業|対応|受付|やって|やん|体制|制|使|相談|いつ|開|診|に\d)"
    rf"|(?P<days>日|にち){_LASTING}(?!間?おき|間?ごと|間?後|間?以内|間?分)"
    r"|(?P<weeks>週間?|しゅうかん)(?!後|おき|ごと|以内|末|に\d|の子|の赤)"
    rf"|(?P<months>{_MONTHS})(?!後|おき|ごと|以内|健診|検診|児|に\d|分|の(?:赤|子|娘|息子|孫|乳|男|女|双|長|次|べび))"
    r"|(?P<years>年)(?=間|前|以上|くらい|ぐらい|ほど|も|来|経|たつ|たっ|続|半|ずっと|め|目|で[すし]|$|[、。]))(?P<half>半)?"
)
_COUNTED = re.compile("(?!100日咳)" + _COUNT + _UNITS)
_ENGLISH = re.compile(
    r"for(?:about|over|thelast|thepast|morethan)?(?P<count>\d{1,2}|one|two|three|four|five|six|seven|a)(?:full)?"
    r"(?:(?P<hours>hour)|(?P<days>day)|(?P<weeks>week)|(?P<months>month))s?"
)
_ENGLISH_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_OTHER_COUNT = re.compile(
    r"(?:妊娠|にんしん|生後|産後|術後|出産後|あと|毎|\d月|今月|来月|先月|令和|平成|昭和|大正)[^\d、。]{0,2}$"
)

# Starting points without a count, in hours; the upper end of what is meant.
_SINCE = (
    (r"たった今|たったいま|今さっき|いまさっき|さっき|さきほど|先ほど|先程", 1.0, "h"),
    (r"昨夜|ゆうべ|夕べ|昨晩|ゆんべ|よんべ|さくや|さくばん|一晩", 12.0, "h"),
    (r"さ?きおととい|先一昨日|先おととい|一昨昨日|一昨々日", 3 * _DAY, "d"),
    (r"一昨日|1昨日|おととい|おとつい|おとてい|おどどい|おっとい|おとといな", 2 * _DAY, "d"),
    (r"昨日|きのう|きんのう|きんの|きんな|きんにょ|きにょう?|さくじつ", _DAY, "d"),
    (r"先々週|先先週", 2 * _WEEK, "w"),
    (r"先週", _WEEK, "w"),
    (r"先月", _MONTH, "m"),
    (r"去年|昨年", _YEAR, "d"),
    # After the days, whose mornings they may be.
    (r"今朝|けさ|今日の朝|きょうの朝|今日の明け方|朝", 12.0, "h"),
    (r"お?昼", 6.0, "h"),
)
_PART_OF_DAY = r"(?:の?(?:方|がた|朝(?:方|がた)?|昼(?:間|過ぎ|すぎ)?|夜中?|晩|夕方?|午前中?|午後|明け方|寝る前|今頃|今ごろ|\d{1,2}時(?:半|頃|ごろ)?|ばん|よる|あさ|ひる|ゆうがた|[月火水木金土日]曜日?))*"
_STARTS = tuple(
    (
        re.compile(
            rf"(?<![毎翌])(?P<word>{words}){_PART_OF_DAY}(?:くらい|ぐらい|頃|ごろ)?(?:から|がら|より|っから|っがら|以来|以降|このかた)"
        ),
        hours,
        unit,
    )
    for words, hours, unit in _SINCE
)
_ANSWERS = tuple(
    (
        re.compile(
            rf"^(?:たぶん|多分)?(?P<word>{words}){_PART_OF_DAY}(?:頃|ごろ)?(?:です|でし|かな|だ|くらい|、|。|$)"
        ),
        hours,
        unit,
    )
    for words, hours, unit in _SINCE
)
_WORDS = tuple(
    (re.compile(pattern), hours, unit)
    for pattern, hours, unit in (
        (r"数時間|すうじかん", 3.0, "h"),
        (r"半日|はんにち", 12.0, "h"),
        (r"sinceyesterday|desdeontem|desdeayer|从昨天", _DAY, "d"),
        (r"sincethismorning|desdehoje|从今天早上", 12.0, "h"),
        (r"(?:まる)?[一1]昼夜", _DAY, "h"),
        (r"数日(?!後)|すうじつ", 3 * _DAY, "d"),
        (r"数週間", 3 * _WEEK, "w"),
        (r"半月(?!板)|はんつき", 15 * _DAY, "d"),
        (r"ひと月|ひとつき", _MONTH, "m"),
        (r"数[かけゕゖ箇]月", 3 * _MONTH, "m"),
        (r"(?<!生後)半年(?!後|に|ごと)", 6 * _MONTH, "m"),
    )
)

# Without one of these there is no duration: most lines need no closer look.
_MAY_BE_COUNTED = re.compile(
    r"\d(?:分|[ふぷ]ん|時間|じかん|日|にち|週|しゅうかん|[かけゕゖ箇個]月|かげつ|年)"
)
_MAY_BE_SINCE = re.compile(r"から|がら|より|以来|以降|このかた|数|すう|半|はん|ひと|昼夜|since|desde|从")


@dataclass(frozen=True)
class Duration:
    """A length of time; `unit` is the one it was said in: h, d, w or m (a month is 30 days, a year 365)."""

    hours: float
    unit: str = field(default="h", compare=False)

    @property
    def short(self) -> str:
        """`12h`, `3d`, `2w`, `1m`."""
        return f"{self.hours / {'h': 1, 'd': _DAY, 'w': _WEEK, 'm': _MONTH}[self.unit]:g}{self.unit}"


def read_duration(text: str) -> "Duration | None":
    """Read how long something has lasted; of several the first, of a range (2、3日) the larger end.

    「昨日から」 is 24 h, 「今朝から」 12 h, 「一か月」 30 days; 「3日から」 (a date?) and 「急に」 are none.
    """
    found = find_durations(text)
    if found:
        return found[0].value
    source = numbered(text)
    for pattern, hours, unit in _ANSWERS:
        if pattern.search(source.text):
            return Duration(hours, unit)
    return None


@form
def find_durations(text: str) -> "tuple[Mention[Duration], ...]":
    """Find the durations in a text with their places, in order; a word like 昨日 needs から, and an age is none."""
    source = numbered(text)
    found: dict[int, tuple[int, Duration]] = {}
    ages = find_ages(text)
    for match in _COUNTED.finditer(source.text) if _MAY_BE_COUNTED.search(source.text) else ():
        if any(age.begin < match.end() and match.start() < age.stop for age in ages):
            continue
        if not _OTHER_COUNT.search(source.text[max(0, match.start() - 5) : match.start()]):
            found[match.start()] = (match.end(), _counted(match))
    for match in _ENGLISH.finditer(source.text) if "for" in source.text else ():
        name = match.lastgroup or "days"
        count = _ENGLISH_COUNTS.get(match["count"]) or int(match["count"])
        found[match.start()] = (match.end(), Duration(count * _HOURS[name], _SHORT.get(name, "d")))
    for pattern, hours, unit in _STARTS + _WORDS if _MAY_BE_SINCE.search(source.text) else ():
        for match in pattern.finditer(source.text):
            is_taken = any(start < match.end() and match.start() < end for start, (end, _) in found.items())
            if not is_taken and not any(age.begin <= match.start() < age.stop for age in ages):
                found[match.start()] = (match.end(), Duration(hours, unit))
    return tuple(Mention(value, source, start, end) for start, (end, value) in sorted(found.items()))


def _counted(match: "re.Match[str]") -> Duration:
    name = next(name for name in _HOURS if match.group(name))
    whole, _, part = match.group("count").partition(".")
    # Some type 2、3日 as 「2.3日」.
    count = float(part) if part and int(part) == int(whole) + 1 else float(match.group("count"))
    if match.group("half"):
        count += 0.5
    return Duration(round(count * _HOURS[name], 4), _SHORT.get(name, "d"))
