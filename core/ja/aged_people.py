"""Read numbers that are ages because of the person beside them: 82の母, じいちゃん85, 息子(5), 孫三つ."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

from core.ja.age import Age, of_years

_CHILD = (
    r"息子|むすこ|娘|むすめ|長男|次男|二男|三男|長女|次女|二女|三女|末っ子|(?:上|下|真ん中|うち|この|その)の子|子ども|子供|こども"
    r"|(?<![一-龯々])子|孫娘?|まご(?!ま)|弟|妹|おとうと|いもうと|甥|姪|園児|児童|生徒|男の子|女の子|男児|女児|男子|女子|坊や|ぼうず"
)
_BABY = r"赤(?:ちゃん|ん坊|んぼう?|子)|あか(?:ちゃん|んぼう?)|乳児|べびー|べび"
_ADULT = (
    r"(?<!保)母|(?<!秩)父|(?<![ぁ-ん])(?:はは|ちち)|お?(?:とう|かあ)さん|[父母]さん|お?(?:じい|ばあ|爺|婆)(?:ちゃん|さん|ば|じ)?|じっち|ばっぱ|祖父|祖母"
    r"|爺|婆|(?<![工丈])夫|妻|主人|旦那|だんな|嫁|家内|女房|奥さん|義母|義父|姑|舅|兄|姉|叔父|叔母|伯父|伯母|おじ|おば|彼氏?|彼女"
    r"|友人|友達|ともだち|同僚|利用者|入居者|入所者|通所者|患者|男性|女性|私|わたし|あたし|僕|ぼく|俺|おれ|おら|自分|本人|当人|社員|部下|職員|先生|親"
    r"|(?:father|mother|dad|mom|mum|grand(?:m|p)a|husband|wife)(?:is)?|(?<![a-z])i(?:am|'m)"
)
# The characters with which a person begins: at others nothing is tried.
_FIRST = "母父はちおじば祖爺婆夫妻主旦だ嫁家女奥義姑舅兄姉叔伯彼友と同利入通患男私わあ僕ぼ俺自本当社部職先親息む娘長次二三末上下真うこそ子孫まい弟妹甥姪園児生坊赤乳べfmdghwiさ様くち君"
_PEOPLE = re.compile(
    rf"(?=[{_FIRST}])(?:(?P<child>{_CHILD})|(?P<baby>{_BABY})|(?P<adult>{_ADULT})|(?P<named>さん|様|くん|君|ちゃん))"
)
# What may stand between a person and the number.
_BETWEEN = re.compile(
    r"(?:さん|ちゃん|くん|君|様|っこ|たち|の子)?(?P<mark>[(\[]|の年齢は?|は|が|も|の|で|、|,|:|こと|です|だけど|まだ|はまだ|がまだ|もう|、今|)"
)
_CALLED_AGE = re.compile(
    r"(?:年齢|(?<![こお])とし|齢|お歳|おいくつ|(?<![a-z])age)(?:は|が|も|:|、|=)?(?:もう|、)?$"
)
_AGE_WORDS = ("とし", "齢", "歳", "おいくつ", "age", "今年")
_JOINED = ("の", "に", "前後", "過ぎ", "すぎ", "近い", "くらい", "ぐらい", "男性", "女性")
_THIS_YEAR = re.compile(r"(?:今年|ことし)(?:で|は)?(?:もう)?$")
# What stands after a number that is no age: units, and the rest of a longer number.
_UNIT = (
    r"(?:\d|[./:~〜,-]\d|の\d|と\d|度|ど(?!う)|°|c(?![a-z])|%|ぱー|回|かい|日(?!に生)|にち|時|じかん|分|ふん|ぷん|秒|びょう|週|しゅう|w(?![a-z])|月|年(?!生)"
    r"|ねん|[かけゕゖ箇個]月|かげつ|人|にん|名|錠|じょう|粒|本|ほん|枚|まい|個|こ(?![がしのはも、])|つ|杯|はい(?!て|た)|滴|ml|l(?![a-z])|mg|kg|g|き(?:ろ|ぐら)|ぐらむ|cm|せんち|mm|り(?:っとる|ったー)"
    r"|みり|円|えん|万|千|点|階|番|号|丁目|台|だい|代|倍|割|種|件|匹|頭|足|歩|泊|袋|箱|包|拍|歳|才|さい|以上|以下|未満|連|対|\(?(?:酸素|spo2|脈|mmhg|bpm)|男|女)"
)
_AFTER = re.compile(rf"(?!{_UNIT})")
# A single digit, and any number of a baby, needs an end: 「息子3」, not 「息子3も飲んだ」.
_STRICTLY_AFTER = re.compile(
    rf"(?=$|[、。,!?)\n]|です|で[、。]|だ(?:けど|よ|し|から|げ|が|べ|、|。|$)|なん|に(?:なる|なり|なっ|なん)|の(?:男|女|子|孫|娘|息子|甥|姪|弟|妹))(?!{_UNIT})"
)
_AFTER_BRACKET = re.compile(r"(?=[)\]、,/・]|[男女mf]\))")
_PERSON_NEXT = re.compile(
    rf"(?P<rough>前後|過ぎ|すぎ|近い|くらい|ぐらい)?(?:に(?:な[るっり][^\d、。]{{0,3}}))?(?:の|、)?(?:(?P<adult>(?:義理の|うちの|私の|わたしの)?(?:{_ADULT})|男性|女性|男|女)|(?P<child>うちの?(?:{_CHILD})|{_CHILD}))"
)
# Numbers that somebody measured.
_MEASURED = re.compile(
    r"(?:血圧|けつあつ|酸素|さんそ|脈|心拍|体温|熱|血糖|体重|身長|呼吸|spo2|sat|bp|hr|bs|[上下]が?|値|数|第|番|の)[^\d、。]{0,4}$"
)
_VALUE_OF = re.compile(r"(?:血圧|酸素|さんそ|spo2|sat|脈|心拍|体温|熱|血糖|体重|身長)[はがを、]?$")
_NAMES_VALUE = re.compile(r"酸素|さんそ|spo2|sat|さちゅ|指|脈|血圧|血糖|体重|身長")
# What may be degrees of fever as well as years, and what then says that it is fever.
_DEGREES = range(33, 44)
_PARTICLES = frozenset({"が", "は", "も", "で", "の"})
_HOT = re.compile(r"(?:も?(?:ある|あり|あっ|出|でて|こえ|超|近)|まで|の熱|ど|度)")
# 三つ: the years of a small child, or things.
_THINGS = re.compile(r"(?:の|が|は|、|はまだ|がまだ|まだ)?")
_THINGS_AFTER = re.compile(
    rf"つ(?!め|目|分|ぶ)(?:に(?:なる|なり|なっ|なん)|の(?=(?:{_CHILD}))|(?=[、。]|$|で[すし、]|だ|なん|、))"
)
_THINGS_NEXT = re.compile(rf"つ(?:に(?:なる|なった|なん)の?|の)(?:{_CHILD})")
_KANA_THINGS = re.compile(
    r"(?<![ぁ-ん])(?:(?P<t1>ひとつ)|(?P<t2>ふたつ)|(?P<t3>みっつ)|(?P<t4>よっつ)|(?P<t5>いつつ)|(?P<t6>むっつ)|(?P<t7>ななつ)|(?P<t8>やっつ)|(?P<t9>ここのつ))"
    rf"(?:になる|になった|の)(?:{_CHILD})"
)
_MAY_BE_KANA = re.compile(r"つ(?:の|になる|になった)")
# A number that ends the words, somewhere after the person.
_LAST_NUMBER = re.compile(r"(?:、|。)(?P<years>\d{2,3})(?:です|だ)?[。!]?$")
_SOMEBODY = re.compile(_ADULT)
_LEAST_LAST = 44  # lower ones may be degrees
_NUMBER = re.compile(r"(?<![\d.,/:-])\d{1,3}(?!\d)")
MOST_NUMBERS = 100  # looked at in one text; nobody tells more ages
_LEFT = 14  # characters before a number
_SMALL = 9  # years; a number of one digit
_CHILD_YEARS = 60  # a son may be old
_MOST_BARE = 109  # years; 110, 118 and 119 are telephone numbers


def aged_people(source: str) -> "Iterator[tuple[int, int, Age]]":
    """Yield (start, stop, age) of numbers beside a person in a text of numbered form."""
    numbers = tuple(islice(_NUMBER.finditer(source), MOST_NUMBERS))
    if numbers:
        people = tuple(_PEOPLE.finditer(source))
        ends = [person.end() for person in people]
        for number in numbers:
            before = people[place - 1] if (place := bisect_right(ends, number.start())) else None
            age = _beside(source, number, before)
            if age is not None:
                yield *number.span(), age
    if _MAY_BE_KANA.search(source):
        for match in _KANA_THINGS.finditer(source):
            yield *match.span(), Age(int((match.lastgroup or "t0")[1:]) * 12)
    last = _LAST_NUMBER.search(source, max(0, len(source) - _LEFT))
    is_years = last is not None and _LEAST_LAST <= int(last["years"]) <= _MOST_BARE
    if last and is_years and _SOMEBODY.search(source) and not _NAMES_VALUE.search(source):
        yield *last.span("years"), Age(int(last["years"]) * 12)


def _beside(source: str, number: "re.Match[str]", before: "re.Match[str] | None") -> "Age | None":
    """Return the age that a number is because of the person before or after it."""
    years, end = int(number.group()), number.end()
    if years > _MOST_BARE:
        return None
    left = source[max(0, number.start() - _LEFT) : number.start()]
    if source.startswith("つ", end):
        is_told = _has_things(source, number, before) or _THINGS_NEXT.match(source, end)
        return Age(years * 12) if is_told and years <= _SMALL else None
    if before and _follows(source, number, before):
        return Age(years * 12)
    if any(word in left for word in _AGE_WORDS):
        is_called = _CALLED_AGE.search(left) or (_THIS_YEAR.search(left) and years > _SMALL)
        return Age(years * 12) if is_called and _AFTER.match(source, end) else None
    if not source.startswith(_JOINED, end) or _MEASURED.search(left):
        return None
    following = _PERSON_NEXT.match(source, end)
    if following is None or not (years > _SMALL if following["adult"] else years not in _DEGREES):
        return None
    match following["rough"]:
        case "過ぎ" | "すぎ":
            return of_years(years, years + 4)
        case "近い":
            return of_years(years - 2, years)
        case _:
            return Age(years * 12)


def _has_things(source: str, number: "re.Match[str]", before: "re.Match[str] | None") -> bool:
    """Whether 三つ is the age of a child that stands before it: 孫の八つになんの."""
    if before is None or not (before["child"] or before["baby"]):
        return False
    is_next = _THINGS.fullmatch(source, before.end(), number.start())
    return bool(is_next and _THINGS_AFTER.match(source, number.end()))


def _follows(source: str, number: "re.Match[str]", person: "re.Match[str]") -> bool:
    """Whether a number is the age of the person that stands before it."""
    years, end = int(number.group()), number.end()
    between = _BETWEEN.fullmatch(source, person.end(), number.start())
    if between is None or _VALUE_OF.search(source[max(0, person.start() - _LEFT) : person.start()]):
        return False
    mark = between["mark"]
    if mark in {"(", "["}:
        return _AFTER_BRACKET.match(source, end) is not None
    if person["named"] or mark == "の":
        return False
    is_degrees = years in _DEGREES and (
        not person["adult"] or mark in _PARTICLES or _HOT.match(source, end) is not None
    )
    if is_degrees or (not person["adult"] and years > _CHILD_YEARS):
        return False
    if person["baby"] or years <= _SMALL or mark in {"で", "です", "だけど"}:
        return _STRICTLY_AFTER.match(source, end) is not None
    return _AFTER.match(source, end) is not None
