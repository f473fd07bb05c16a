"""Read measurements that residents write: body temperature and oxygen saturation."""

import re
from collections.abc import Iterator

from core.ja.normal import Normalised
from core.ja.numerals import Mention, numbered
from core.ja.read_text import form

_DEGREES = r"(?P<whole>3[3-9]|4[0-3])"
_START = r"(?<!\d)(?<!\d[.,/])"
_DEGREE = r"(?:度|ど|°c?|c(?![a-z]))"
# Beside a word like these also the temperatures of somebody who is very cold.
_THERMOMETER = (
    r"(?:体温計?|たいおん(?:けい)?|検温|けんおん|直腸温?|深部温?|腋窩温?|わきの下|脇の下|(?<![a-z])(?:bt|kt))"
)
# Up to the number, past no other measurement.
_THEN = r"[^\d。!?脈圧拍糖素]{0,8}"
_FEVER = rf"(?:熱|ねつ|おでこ|{_THERMOMETER}){_THEN}"
_COLD = r"(?P<whole>2[4-9]|3\d|4[0-3])"
# Units that show another quantity: kilograms, years, times ...
_OTHERS = (
    r"(?!\d|[.,/]\d|\s?(?:kg|きろ|g|cm|せんち|mg|みり|ml|%|ぱー|歳|才|さい|円|回|かい|日|にち|時|じかん|分|年|月|週|w(?![a-z])|代"
    r"|人|錠|番|歩|丁目|号|個|本|枚|つ|点|万|倍|[かけゕゖ箇個]月))"
)
_TEMPERATURES = tuple(
    re.compile(pattern)
    for pattern in (
        # 36.8, 38.5度
        rf"{_START}{_DEGREES}\.(?P<part>\d)\d?{_OTHERS}(?:{_DEGREE})?",
        # 38度5分, 38ど5, 38度半, 38度台
        rf"{_START}{_DEGREES}{_DEGREE}(?:(?P<part>\d)(?:分(?!間|前)|ぶ|ふん|(?![\d回日時人つか歳%錠.]))|(?P<half>半|はん))?",
        # 38,5; 36・8度, 36てん8, 38と5分
        rf"{_START}{_DEGREES},(?P<part>\d){_OTHERS}(?:{_DEGREE})?",
        rf"{_START}{_DEGREES}(?:[、・。]|点|てん)(?P<part>\d)(?:{_DEGREE}|分(?!間)|{_OTHERS}(?=$|で|、|。))",
        rf"{_START}{_DEGREES}と(?P<part>\d)分(?!間)",
        # the thirties are left out in speech: 7度5分
        rf"{_START}(?P<short>[5-9])(?:度|ど)(?P<part>\d)(?:分|ぶ)",
        rf"{_FEVER}(?P<short>[7-9])(?:度|ど)(?!\d|も?下|も?さが|も?上|も?あが)",
        # 熱が38, 体温368, 熱は37 5, 38の熱
        rf"{_FEVER}{_DEGREES}\s?(?P<part>\d){_OTHERS}",
        rf"{_FEVER}{_DEGREES}{_OTHERS}",
        rf"{_START}{_DEGREES}の熱",
        # 体温31度, 直腸温 28.5
        rf"{_THERMOMETER}{_THEN}{_COLD}(?:\.(?P<part>\d)\d?|{_DEGREE}(?P<after>\d)(?:分|ぶ))?{_OTHERS}(?:{_DEGREE})?",
    )
)
# Without one of these there is no temperature, and no saturation: most lines need no closer look.
_MAY_BE_DEGREES = re.compile(r"3\d|4[0-3]|2[4-9]|[5-9](?:度|ど)")
_MAY_BE_SATURATION = re.compile(r"[5-9]\d|100")
_NOT_OF_A_BODY = re.compile(
    r"(?:気温|室温|水温|外気|湯温|湯|風呂|ふろ|ぷーる|温泉|さうな|こたつ|部屋|へや|室内|室外|屋外|屋内|外は|外が|車内|車の中|水は|水が|水道|みるく|設定|温度(?!計)|えあこん|くーらー"
    r"|冷房|暖房|床暖|電気毛布|天気|予報|炎天下|はうすの中|お酒|度数|あるこーる|焼酎|ういすきー|角度|傾き|曲げ|北緯|緯度|度線|おーぶん|冷蔵庫|体重|身長|腹囲|bmi|crp|hba1c|平熱(?!より))[^\d、。]*$"
)
_OF_A_THING = re.compile(
    r"(?:[度ど°℃c]c?)?(?:(?:の|もある|近い)(?:お?湯|水(?!枕)|お?風呂|ふろ|部屋|へや|室内|外(?!来)|炎天|猛暑|気温|暑さ|日(?:だ|で|が|に)|ぷーる|温泉|みるく|お酒|酒|ういすきー|焼酎|角)"
    r"|しか曲|以上曲|曲が|曲げ|線)"
)
_ANSWER = re.compile(
    r"^[^\d]{0,6}(?P<whole>3[3-9]|4[0-3])(?:[\s.,、・。]|点|てん)?(?P<part>\d)?(?:度|ど|°c?|分|です|でし|く|ぐ|だ|く|、|。|$)"
)

_FINGER = r"指(?:先)?(?:の|に|で)(?:数字|数値|値|機械|やつ|あれ|計|はさ|挟|測|計っ|はか|つけ)[^\d。]{0,6}"
_OXYGEN = (
    rf"(?:spo2|sp02|spo₂|sao2|(?<![a-z])o2|oxygen|(?<![a-z])sat(?:s|uration)?|酸素|さんそ|さちゅれーしょん|さちれーしょん|さちゅ|さち|さっと(?=\d)|飽和度?|ぱるすおきし"
    rf"|おきしめーたー?|おきし|{_FINGER})"
)
_LITRES = r"(?:\d(?:\.\d)?(?:l|りっとる|りったー)[^\d。]{0,12})?"
_OTHER_COUNT = r"(?![\d.]|度|歳|才|回|日|時|分|年|代|本(?!日|人|当)|円|l|りっとる|kg|きろ)"
# 「普段は95なのに今85」, 「95だったのが88に」
_BUT_NOW = (
    r"(?:なのに|なのが|なんですが|ですが|だけど|だが|だったのが|だったのに|でしたが|あったのに|あったのが|あるのに|が|は)"
    r"[、。]?(?:今は?|いまは?|今日は?|きょうは?|現在は?|急に|さっき(?:から)?|今朝は?)?"
)
_SECOND = (
    rf"(?:%|ぱーせんと|ぱー)?(?:(?:から|[~〜、,/-]|{_BUT_NOW})(?P<second>[5-9]\d|100){_OTHER_COUNT}(?!の\d))?"
)
_SATURATIONS = (
    re.compile(rf"{_OXYGEN}[^\d。]{{0,12}}{_LITRES}(?P<first>[5-9]\d|100){_OTHER_COUNT}{_SECOND}"),
    re.compile(
        r"(?<![\d.])(?P<first>[89]\d)(?:%|ぱーせんと|ぱー)(?!おふ|引|off|割|の(?:人|確|割|効|かか|あるこ))"
    ),
)
# So little is an oxygen saturation only where oxygen, a finger or breath is named.
_LOW = re.compile(r"(?<![\d.])(?P<first>[5-7]\d)(?:%|ぱーせんと|ぱー)(?!おふ|引|off|割|の)")
_NEAR_OXYGEN = re.compile(rf"{_OXYGEN}|指|息|いき|呼吸|こきゅう|くるし|苦し|唇|くちびる")
_NEAR = 30  # characters
_NOT_OF_BLOOD = re.compile(
    r"(?:湿度|確率|電池|ばってりー|充電|残量|残り|満足|割|達成|体脂肪|(?:^|[^ぁ-ん])純度|あるこーる|消毒|濃度(?!が)(?<!酸素濃度)|有効|効果|予約|進捗|混雑|かかお|果汁|肺活量|心機能|ef)[^\d、。]*$"
)


def read_temperature(text: str, *, asked: bool = False) -> "float | None":
    """Read a body temperature in °C, 33.0 to 43.9, from 24.0 beside a word like 体温; of several the highest.

    「38度台」 is 38.0; 「7度5分」 is 37.5; 「平熱」 and the temperature of a room are none. 「368」 and 「38」 alone are
    temperatures only beside a word like 熱, or when the text answers the question for it (`asked`).
    """
    values = [found.value for found in find_temperatures(text)]
    if not values and asked and (match := _ANSWER.search(numbered(text).text)):
        values = [_degrees(match)]
    return max(values, default=None)


@form
def find_temperatures(text: str) -> "tuple[Mention[float], ...]":
    """Find the body temperatures in a text, °C, with their places."""
    source = numbered(text)
    if not _MAY_BE_DEGREES.search(source.text):
        return ()
    found: dict[int, Mention[float]] = {}
    taken: set[int] = set()
    for pattern in _TEMPERATURES:
        for match in pattern.finditer(source.text):
            start = match.start("whole" if "whole" in pattern.groupindex else "short")
            is_new = taken.isdisjoint(range(start, match.end()))
            if is_new and not _is_of_a_thing(source.text, start, match.end()):
                found[start] = Mention(_degrees(match), source, start, match.end())
                taken.update(range(start, match.end()))
    return tuple(found[start] for start in sorted(found))


def _is_of_a_thing(text: str, start: int, end: int) -> bool:
    """Whether degrees are those of a room, of water, of the weather, or an angle."""
    return bool(_NOT_OF_A_BODY.search(text[max(0, start - 10) : start]) or _OF_A_THING.match(text, end))


def read_spo2(text: str) -> "int | None":
    """Read an oxygen saturation in %, 50 to 100 beside a word like 酸素 or 指, 80 to 99 with a percent sign alone.

    Of several the lowest.
    """
    return min((found.value for found in find_spo2(text)), default=None)


@form
def find_spo2(text: str) -> "tuple[Mention[int], ...]":
    """Find the oxygen saturations in a text, %, with their places."""
    source = numbered(text)
    return tuple(_saturations(source)) if _MAY_BE_SATURATION.search(source.text) else ()


def _saturations(source: Normalised) -> "Iterator[Mention[int]]":
    seen: set[int] = set()
    for pattern in _SATURATIONS:
        for match in pattern.finditer(source.text):
            start = match.start("first")
            if start in seen or _NOT_OF_BLOOD.search(source.text[max(0, start - 8) : start]):
                continue
            for name in pattern.groupindex:
                if match.group(name) and match.start(name) not in seen:
                    seen.add(match.start(name))
                    yield Mention(int(match.group(name)), source, match.start(name), match.end(name))
    for match in _LOW.finditer(source.text):
        start, end = match.span("first")
        near = source.text[max(0, start - _NEAR) : end + _NEAR]
        if (
            start not in seen
            and _NEAR_OXYGEN.search(near)
            and not _NOT_OF_BLOOD.search(source.text[max(0, start - 8) : start])
        ):
            yield Mention(int(match["first"]), source, start, end)


def _degrees(match: "re.Match[str]") -> float:
    groups = match.groupdict()
    whole = int(groups["whole"]) if groups.get("whole") else 30 + int(groups["short"])
    tenths = 5 if groups.get("half") else int(groups.get("part") or groups.get("after") or 0)
    return whole + tenths / 10
