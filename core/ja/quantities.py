"""Read measurements that residents write: body temperature and oxygen saturation."""

import re
from collections.abc import Iterator

from core.ja.normal import Normalised
from core.ja.numerals import Mention, located, numbered
from core.ja.read_text import form

_DEGREES = r"(?P<whole>3[3-9]|4[0-3])"
_START = r"(?<![\d.,/])"
_DEGREE = r"(?:度|ど|°c?|c(?![a-z]))"
_FEVER = r"(?:熱|ねつ|体温|たいおん|検温|けんおん)[^\d。!?]{0,8}"
# Units that show another quantity: kilograms, years, times ...
_OTHERS = (
    r"(?!\d|[.,/]\d|\s?(?:kg|きろ|g|cm|せんち|mg|みり|ml|%|ぱー|歳|才|さい|円|回|かい|日|にち|時|じかん|分|年|月|週|代"
    r"|人|錠|番|歩|丁目|号|個|本|枚|つ|点|[かけゕゖ箇]月))"
)
_TEMPERATURES = tuple(
    re.compile(pattern)
    for pattern in (
        # 36.8, 38.5度
        rf"{_START}{_DEGREES}\.(?P<part>\d)\d?{_OTHERS}(?:{_DEGREE})?",
        # 38度5分, 38ど5, 38度半, 38度台
        rf"{_START}{_DEGREES}{_DEGREE}(?:(?P<part>\d)(?:分|ぶ|ふん|(?![\d回日時人つか歳%錠.]))|(?P<half>半|はん))?",
        # 36・8度, 36てん8
        rf"{_START}{_DEGREES}(?:[,、・。]|点|てん)(?P<part>\d)(?:{_DEGREE}|分(?!間)|{_OTHERS}(?=$|で|、|。))",
        # the thirties are left out in speech: 7度5分
        rf"{_START}(?P<short>[5-9])(?:度|ど)(?P<part>\d)(?:分|ぶ)",
        rf"{_FEVER}(?P<short>[7-9])(?:度|ど)(?!\d|も?下|も?さが|も?上|も?あが)",
        # 熱が38, 体温368, 熱は37 5, 38の熱
        rf"{_FEVER}{_DEGREES}\s?(?P<part>\d){_OTHERS}",
        rf"{_FEVER}{_DEGREES}{_OTHERS}",
        rf"{_START}{_DEGREES}の熱",
    )
)
# Without one of these there is no temperature, and no saturation: most lines need no closer look.
_MAY_BE_DEGREES = re.compile(r"3[3-9]|4[0-3]|[5-9](?:度|ど)")
_MAY_BE_SATURATION = re.compile(r"[5-9]\d|100")
_NOT_OF_A_BODY = re.compile(
    r"(?:気温|室温|水温|外気温|湯温|お湯|温度設定|エアコン|冷房|暖房|体重|身長|bmi|平熱(?!より))[^\d、。]*$"
)
_ANSWER = re.compile(
    r"^[^\d]{0,6}(?P<whole>3[3-9]|4[0-3])(?:[\s.,、・。]|点|てん)?(?P<part>\d)?(?:度|ど|°c?|分|です|でし|く|ぐ|だ|く|、|。|$)"
)

_OXYGEN = r"(?:spo2|sp02|酸素|さんそ|さちゅれーしょん|さち|飽和度?|おきしめーたー?|おきし)"
_OTHER_COUNT = r"(?![\d.]|度|歳|才|回|日|時|分|年|代)"
_SECOND = rf"(?:%|ぱーせんと|ぱー)?(?:(?:から|[~〜、,/-])(?P<second>[5-9]\d|100){_OTHER_COUNT})?"
_SATURATIONS = (
    re.compile(rf"{_OXYGEN}[^\d。]{{0,12}}(?P<first>[5-9]\d|100){_OTHER_COUNT}{_SECOND}"),
    re.compile(r"(?<![\d.])(?P<first>[89]\d)(?:%|ぱーせんと|ぱー)(?!おふ|引|off|割)"),
)
_NOT_OF_BLOOD = re.compile(
    r"(?:湿度|確率|電池|ばってりー|充電|残量|残り|満足|割|達成|体脂肪|(?:^|[^ぁ-ん])純度)[^\d、。]*$"
)


def read_temperature(text: str, *, asked: bool = False) -> "float | None":
    """Read a body temperature in °C, 33.0 to 43.9; of several the highest.

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
    taken: list[tuple[int, int]] = []
    for pattern in _TEMPERATURES:
        for match in pattern.finditer(source.text):
            start = match.start("whole" if "whole" in pattern.groupindex else "short")
            is_new = all(match.end() <= first or last <= start for first, last in taken)
            if is_new and not _NOT_OF_A_BODY.search(source.text[max(0, start - 10) : start]):
                found[start] = located(source, _degrees(match), start, match.end())
                taken.append((start, match.end()))
    return tuple(found[start] for start in sorted(found))


def read_spo2(text: str) -> "int | None":
    """Read an oxygen saturation in %, 50 to 100 beside a word like 酸素, 80 to 99 with a percent sign alone.

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
                if match.group(name):
                    seen.add(match.start(name))
                    yield located(source, int(match.group(name)), match.start(name), match.end(name))


def _degrees(match: "re.Match[str]") -> float:
    groups = match.groupdict()
    whole = int(groups["whole"]) if groups.get("whole") else 30 + int(groups["short"])
    tenths = 5 if groups.get("half") else int(groups.get("part") or 0)
    return whole + tenths / 10
