"""Read ages as residents write them: 3歳, 生後2か月と10日, 1歳半, 80代, 月齢2, 82の母, 小2, 2024/5/3生."""

import re
from collections.abc import Iterator

from core.ja.age import OLDEST, Age, different, of_days
from core.ja.aged_people import aged_people
from core.ja.births import births
from core.ja.life_stages import stages
from core.ja.numerals import Mention, numbered
from core.ja.read_text import day_of, form

_A_DECADE = 10 * 12 - 1  # months
_MONTH = r"(?:[かけゕゖ箇個]月|かげつ)"
_BABY = r"(?:赤(?:ちゃん|ん坊|んぼう?|子)|あか(?:ちゃん|んぼう?)|乳児|べびー|(?:うち|下|この)の子)"
_YOUNG = r"(?:うちの)?(?:赤|あか|子|こ(?:ども|$|[がはのでも、。])|娘|むすめ|息子|むすこ|孫|まご|乳児|男|女|双子|ふたご|長男|長女|次男|次女|三男|べび|弟|妹|甥|姪|ひ孫|曾孫|曽孫)"
_ALMOST = r"(?P<almost>もうすぐ|まもなく|そろそろ|あと少しで|もう少しで)?"
_SINCE_BIRTH = rf"(?:生後|(?:生|産|う)まれ[てで](?:から)?|月齢|げつれい)(?:約|およそ|まだ|ちょうど|やっと|は|が|:|、)?{_ALMOST}(?:約)?"
_AND_DAYS = r"(?:(?:と|、)?(?P<days>\d{1,2})(?:日|にち))?"
_HALF = r"(?P<half>半|はん)?"
_NOT_A_RULE = r"(?!以上|未満|以下|まで|若|わか|年上|年下|用|向け|から(?:\d|ok|可|使|飲|対象)|差)"
# 「娘が2か月」 may go on with a cough: then it is a duration.
_TOLD_OF_MONTHS = r"(?=$|[、。!?)\s]|です|で[、。しはも]|なん|だ|に(?:な[るっりん])|\d|の(?!間|あいだ)|男|女|(?:体温|たいおん|熱|ねつ)[^\d、。]{0,4}\d)"
_NO_AGE_BEFORE = r"(?<!妊娠)(?<!にんしん)(?<!産後)"
_MONTHS_AND_DAYS = rf"(?P<months>\d{{1,2}}){_MONTH}{_AND_DAYS}{_HALF}"
_BORN_SO_LONG_AGO = (
    rf"{_SINCE_BIRTH}(?:(?P<months>\d{{1,2}})(?:{_MONTH}|月(?!\d)){_AND_DAYS}{_HALF}|(?P<only_days>\d{{1,3}})(?:日|にち|d)"
    r"|(?P<weeks>\d{1,2})(?:週間?|しゅう(?:かん)?)(?:と?(?P<week_days>\d)(?:日|にち))?|(?P<years>\d)年"
    r"|(?P<one>ひと月|ひとつき)|(?P<two>ふた月|ふたつき)|(?P<fortnight>半月|はんつき)|(?P<sixth>半年|はんとし))"
)
_YEARS_MARKS, _MONTH_MARKS = ("歳", "才", "さい", "ちゃい"), ("月", "かげつ")
# What a text must hold before a pattern is worth a look, and the pattern.
_PATTERNS = tuple(
    (needles, re.compile(pattern))
    for needles, pattern in (
        (("生後", "まれ", "月齢", "げつれい"), _BORN_SO_LONG_AGO),
        (("日齢", "にちれい"), r"(?:日齢|にちれい)(?:は|が|:|、)?(?P<days>\d{1,3})(?:日|にち)?(?!\d)"),
        (("月齢", "げつれい"), r"(?:月齢|げつれい)(?:は|が|:|、)?(?P<months>\d{1,2})(?![\d.])"),
        (
            _YEARS_MARKS,
            rf"(?<![\d.])(?P<years>\d{{1,3}})(?:歳|才|さい|ちゃい)(?:と)?(?:(?P<months>\d{{1,2}}){_MONTH}|{_HALF}){_NOT_A_RULE}",
        ),
        (("代",), r"(?<![\d.])(?P<decades>[1-9]0|100|110)代(?!わ|表|金)"),
        (("満",), r"満(?P<years>\d{1,3})(?!月|年|点|\d)(?:歳|才|さい)?"),
        # 「3か月の」 alone is a duration; it is an age only of a child.
        (
            _MONTH_MARKS,
            rf"(?<![\d.]){_NO_AGE_BEFORE}{_MONTHS_AND_DAYS}(?=児|の{_YOUNG}|に(?:なる|なった|なりたて)の?{_YOUNG})",
        ),
        (
            _MONTH_MARKS,
            rf"{_BABY}(?:が|は|も|、|\(|で)?(?:まだ)?{_ALMOST}{_MONTHS_AND_DAYS}(?!前|まえ|後|健診|検診|分)",
        ),
        (
            _MONTH_MARKS,
            rf"(?<!腹の)(?<!なかの){_YOUNG}(?:ん坊|ちゃん|ども|男|女|の子|供)?(?:が|は|も|、|\(|で|,)?(?:まだ|やっと)?{_ALMOST}{_MONTHS_AND_DAYS}{_TOLD_OF_MONTHS}",
        ),
        (
            ("と月", "た月", "とつき", "たつき"),
            rf"{_NO_AGE_BEFORE}(?:ひと月|ひとつき|(?P<two>ふた月|ふたつき))(?P<one>)(?=に?(?:なる|なった)?の?{_YOUNG})",
        ),
        (
            ("まだ", "やっと"),
            rf"(?:まだ|やっと)(?<!妊娠まだ)(?<!産後まだ){_MONTHS_AND_DAYS}(?=です|で[、。]|なん|の(?!間))",
        ),
        # The months stand alone before a temperature: 「4か月 体温38.1」.
        (
            _MONTH_MARKS,
            rf"^{_MONTHS_AND_DAYS}(?=[、。]?(?:体温|たいおん|熱が?|ねつ)?(?:3[5-9]|4[0-2])[.度ど]?)",
        ),
        (("新生児",), r"(?P<newborn>新生児)(?!訪問|聴覚|健診|室)"),
        (("はたち",), r"(?P<twenty>はたち)"),
        (
            ("old", "yo", "y/o", "ano", "año", "岁", "tuổi"),
            r"(?<![\d.])(?P<years>\d{1,3})-?(?:years?-?old|yrs?-?old|y/?o(?!u)|anos?|años?|岁|tuổi)",
        ),
        (
            ("month", "meses", "个月", "tháng"),
            r"(?<![\d.])(?P<months>\d{1,2})-?(?:months?-?old|(?<=is\d)months(?!preg)|(?<=still\d)months(?!preg)|mesesde(?:idade|edad)|个月大|tháng(?:tuổi))",
        ),
        (("old",), r"(?<![\d.])(?:(?P<weeks>\d{1,2})-?weeks?|(?P<days>\d{1,2})-?days?)-?old"),
    )
)
_SOON = ("もうすぐ", "まもなく", "そろそろ", "あと少しで", "もう少しで")
# Without one of these there is no age: most lines need no closer look.
_MAY_BE_ONE = re.compile(
    r"\d|新生児|はたち|月の|つきの|つきに|半月|半年|年[少中長]|ねんちょう|暦|れき|寿|古[希稀]|首|つの|つに|生後|[生産う]まれ|誕生"
)
_ANSWER = re.compile(
    rf"^(?!妊娠|産後)[^\d]{{0,6}}(?:(?P<years>\d{{1,3}})|(?P<months>\d{{1,2}}){_MONTH}{_AND_DAYS}{_HALF})(?:です|でし|になり|だ|くらい|ぐらい|[、。!]|$)"
)
_MONTHS_ALONE = re.compile(
    rf"^(?:まだ|今|いま|もうすぐ|生後)?(?P<months>\d{{1,2}}){_MONTH}{_AND_DAYS}{_HALF}(?:児)?(?:です|でした|だ|になります|になりました|くらい|ぐらい|です(?:が|けど))?[、。!]?$"
)


def read_age(text: str) -> "Age | None":
    """Read the one age in a text, or a bare number as an answer to "how old".

    80代 is 80 to 89. None when there is none (赤ちゃん, 小学生), or when several different ones are named.
    """
    found = different(found.value for found in find_ages(text))
    if not found and (match := _ANSWER.search(numbered(text).text)):
        age = _age(match)
        return age if age.years <= OLDEST else None
    return found.pop() if len(found) == 1 else None


def months_alone(text: str) -> "Age | None":
    """Read an answer that is nothing but months: an age where one was asked for, a duration elsewhere."""
    match = _MONTHS_ALONE.search(numbered(text).text)
    return _age(match) if match else None


@form
def find_ages(text: str) -> "tuple[Mention[Age], ...]":
    """Find the ages in a text with their places; a bare number is an age only beside a person.

    A date of birth is an age when the text knows its day (`ReadText.day`).
    """
    source = numbered(text)
    if not _MAY_BE_ONE.search(source.text):
        return ()
    found: dict[int, Mention[Age]] = {}
    taken: set[int] = set()
    for start, stop, age in _all(source.text, text):
        if age.years <= OLDEST and taken.isdisjoint(range(start, stop)):
            found[start] = Mention(age, source, start, stop)
            taken.update(range(start, stop))
    return tuple(found[start] for start in sorted(found))


def _all(source: str, text: str) -> "Iterator[tuple[int, int, Age]]":
    """Yield ages, of those that overlap the surest first."""
    yield from births(source, day_of(text))
    for needles, pattern in _PATTERNS:
        for match in pattern.finditer(source) if any(needle in source for needle in needles) else ():
            yield *match.span(), _age(match)
    yield from stages(source)
    yield from aged_people(source)


def _age(match: "re.Match[str]") -> Age:
    groups = {name: value for name, value in match.groupdict().items() if value is not None}
    if "newborn" in groups or "fortnight" in groups:
        return Age(0)
    if "twenty" in groups:
        return Age(20 * 12)
    if "decades" in groups:
        return Age(int(groups["decades"]) * 12, _A_DECADE)
    days = sum(int(groups.get(name) or 0) for name in ("days", "only_days", "week_days"))
    days += 7 * int(groups.get("weeks") or 0)
    if "sixth" in groups:
        return Age(6)
    months = int(groups.get("years") or 0) * 12 + int(groups.get("months") or 0)
    months += 2 if "two" in groups else int("one" in groups)
    if "half" in groups and "years" in groups:
        months += 6
    if "almost" in groups or match.string.endswith(_SOON, 0, match.start()):
        # 「もうすぐ3か月」 is two months, 「もうすぐ1歳」 is eleven.
        return Age(max(0, months - 1))
    return Age(months + of_days(days).months)
