"""Read when somebody was born as an age: 2024/5/3生, 令和6年5月生まれ, 10月5日に生まれた子, 先週生まれた."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from core.ja.age import DAYS_A_MONTH, Age, of_days
from core.ja.dates import ERAS

_YEAR_MONTHS = 12
_MARK = r"(?:年|[./-])"
_MONTH = r"(?P<month>1[0-2]|0?[1-9])"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_YEAR = (
    r"(?:(?P<era>令和|平成|昭和|大正|明治|(?<![a-z])[rhst])\.?(?P<of_era>\d{1,2}|元)"
    r"|(?<!\d)(?P<year>(?:19|20)\d\d)|(?P<named>今年|ことし|去年|昨年|一昨年|おととし))"
)
_BORN = (
    r"(?:日|にち)?(?:の)?(?:朝|昼|夜|夕方|頃|ごろ)?(?:に|で)?(?:無事|ぶじ)?(?:に)?"
    r"(?:(?:生|産|う)ま?れ(?:の|です|$|[、。)\s(]|で(?!き)|(?P<told>た|まし|ばかり|て(?!初|は|い|から(?!\d)|つき)))|生(?=$|[、。)の\s(男女])|(?P<given>誕生(?!日)|出生))"
)
_SAID = r"(?:生年月日|誕生日|たんじょうび|生まれは|生まれが|出生日|dob)(?:は|が|:|、|・)?"
_FULL = rf"{_YEAR}{_MARK}の?{_MONTH}(?:月|がつ|[./-]){_DAY}"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_FULL}{_BORN}",
        rf"{_SAID}{_FULL}",
        rf"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d){_BORN}",
        rf"{_SAID}(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?!\d)",
        rf"{_YEAR}(?:{_MARK}|の)?{_MONTH}(?:月|がつ){_BORN}",
        rf"{_YEAR}年?(?:の(?:春|夏|秋|冬))?{_BORN}",
        rf"(?<![\d./-]){_MONTH}(?:月|がつ|/){_DAY}{_BORN}",
        rf"(?<![\d./-]){_MONTH}(?:月|がつ){_BORN}",
    )
)
# Told from the day of the words: no calendar needed.
_AGO = re.compile(
    r"(?:(?P<count>\d{1,3})(?P<unit>日|にち|週間?|しゅうかん|[かけゕゖ箇個]月|かげつ|年)(?:ほど|くらい|ぐらい)?(?:前|まえ)"
    r"|(?P<word>今日|きょう|今朝|けさ|昨日|きのう|昨夜|ゆうべ|昨晩|一昨日|おととい|今週|先週|先々週|今月|先月)(?:の(?:\d{1,2}日|朝|夜|夜中))?)"
    r"(?:に|、)?(?:(?:生|産|う)まれ(?:の|た|まし|ばかり|て(?!初|は|い))|出生|誕生(?!日))"
)
_WORDS = {
    **dict.fromkeys(("今日", "きょう", "今朝", "けさ", "昨日", "きのう", "昨夜", "ゆうべ", "昨晩"), Age(0)),
    **dict.fromkeys(("一昨日", "おととい", "今週", "先週", "先々週", "今月"), Age(0)),
    "先月": Age(0, 1),
}
_NAMED = {"今年": 0, "ことし": 0, "去年": -1, "昨年": -1, "一昨年": -2, "おととし": -2}
# A day without a year is a baby's: of the others nobody says 「10月5日に生まれた」 without one.
_BABY = re.compile(
    r"(?:子(?!宮)|赤|あか|べび|孫|まご|娘|息子|むす|女|男|弟|妹|甥|姪|双子|乳児|新生児|ばかり)"
)
_MAY_BE_ONE = re.compile(r"[生産う]ま?れ|\d生|日生|月生|年生|生年月日|誕生|たんじょう|出生|dob")


def births(source: str, today: "date | None") -> "Iterator[tuple[int, int, Age]]":
    """Yield (start, stop, age) of births told in a text of numbered form; dates need the day of the words."""
    if not _MAY_BE_ONE.search(source):
        return
    for match in _AGO.finditer(source):
        yield *match.span(), _ago(match)
    for pattern in _PATTERNS if today else ():
        for match in pattern.finditer(source):
            age = _aged(match, source, today) if today else None
            if age is not None:
                yield *match.span(), age


def _ago(match: "re.Match[str]") -> Age:
    if match["word"]:
        return _WORDS[match["word"]]
    count, unit = int(match["count"]), match["unit"]
    if unit == "年":
        return Age(count * _YEAR_MONTHS, _YEAR_MONTHS - 1)
    if unit in {"日", "にち"}:
        return of_days(count)
    return of_days(count * 7) if unit[0] in "週し" else Age(count)


def _aged(match: "re.Match[str]", source: str, today: date) -> "Age | None":
    groups = {name: value for name, value in match.groupdict().items() if value}
    has_year = not groups.keys().isdisjoint({"year", "of_era", "named"})
    is_told = not groups.keys().isdisjoint({"told", "given"})
    if not has_year and not (is_told or _BABY.match(source, match.end())):
        return None
    try:
        first, last = _between(groups, today) if has_year else _newest(groups, today)
    except ValueError:  # no such day
        return None
    if first > today:
        return None
    youngest = _months(min(last, today), today)
    return Age(youngest, _months(first, today) - youngest)


def _newest(groups: "dict[str, str]", today: date) -> "tuple[date, date]":
    """Return the first and the last day that a month, or a day of it, can mean: the newest that is not to come."""
    found = _between({**groups, "year": str(today.year)}, today)
    return found if found[0] <= today else _between({**groups, "year": str(today.year - 1)}, today)


def _between(groups: "dict[str, str]", today: date) -> "tuple[date, date]":
    """Return the first and the last day that a birth can mean."""
    if "named" in groups:
        year = today.year + _NAMED[groups["named"]]
    elif "era" in groups:
        year = ERAS[groups["era"]] + (1 if groups["of_era"] == "元" else int(groups["of_era"]))
    else:
        year = int(groups["year"])
    if "month" not in groups:
        return date(year, 1, 1), date(year, 12, 31)
    month = int(groups["month"])
    if "day" in groups:
        day = date(year, month, int(groups["day"]))
        return day, day
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def _months(born: date, today: date) -> int:
    """Return the completed months of a life; in the first three, as many as its days make."""
    days = (today - born).days
    months = (today.year - born.year) * _YEAR_MONTHS + today.month - born.month - (today.day < born.day)
    return min(months, days // DAYS_A_MONTH)
