"""Read dates as residents write them: 令和8年5月1日, R8.5.1, 5/1, １２月３日, きのう, 3日前, 先週の金曜."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from core.ja.numerals import numbered

# The year before each era's first: 令和1 is 2019.
ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925, "大正": 1911, "t": 1911}
ERAS |= {"明治": 1867, "m": 1867}
_YEARS = range(1868, 2201)
# A date without a year is past (people tell what has happened), unless the next is this near (days).
_SOON = 60
_EDGE = r"(?![\d/.-]\d|\d|\s?(?:錠|個|量|かっぷ|回|%|点|杯))"
_DAY_OF_MONTH = r"(?P<month>\d{1,2})(?:月|がつ)(?P<day>\d{1,2})(?:日|にち)?"
_FULL = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<era>令和|平成|昭和|大正|明治)(?P<year>\d{{1,2}}|元)年?[./-]?{_DAY_OF_MONTH}",
        r"(?P<era>令和|平成|昭和|大正|明治)(?P<year>\d{1,2}|元)[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})(?!\d)",
        r"(?<![a-z])(?P<era>[rhstm])\s?(?P<year>\d{1,2}|元)[./-](?P<month>\d{1,2})[./-](?P<day>\d{1,2})(?!\d)",
        rf"(?<![a-z])(?P<era>[rhstm])\s?(?P<year>\d{{1,2}}|元)年{_DAY_OF_MONTH}",
        rf"(?P<year>\d{{4}})年{_DAY_OF_MONTH}",
        r"(?<!\d)(?P<year>\d{4})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",
        r"(?<![\d-])(?P<year>19\d\d|20\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)(?![\d-])",
        r"(?<![\d年])(?P<relative>今月|先月|来月)の?(?P<day>\d{1,2})(?:日|にち)(?!間|前|まえ|後)",
        r"(?<![\d年])(?P<month>\d{1,2})(?:月|がつ)(?P<day>\d{1,2})(?:日|にち)(?!間)",
        rf"(?<![\d/.,年-])(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}}){_EDGE}",
    )
)
_WORDS = tuple(
    (re.compile(pattern), days)
    for pattern, days in (
        (r"さきおととい|一昨昨日|一昨々日", -3),
        (r"一昨日|1昨日|(?<!さき)おととい|おとつい|おとてい", -2),
        (r"(?<!一)(?<!々)(?<!1)(?<!一昨)昨日|きのう|さくじつ|昨夜|昨晩|ゆうべ|夕べ", -1),
        (r"今日|きょう(?!だい|ふ|りょ)|本日|今朝|けさ|今夜|今晩", 0),
        (r"明日|あした|(?<![ぁ-ん])あす(?![ぁ-ん]*け)|みょうにち", 1),
        (r"明後日|(?<!し)あさって", 2),
        (r"明々後日|明明後日|しあさって", 3),
    )
)
_AGO = re.compile(
    r"(?<![\d月./〜~、])(?:(?P<days>\d{1,3})(?:日|にち)|(?P<weeks>\d{1,2})(?:週間?|しゅうかん))(?P<way>前|まえ|後(?!半)|ご(?!ろ|と))"
)
_WEEKDAY = re.compile(
    r"(?P<week>先々週|先週|今週|来週|再来週)の?(?P<day>[月火水木金土日])曜?(?=日|の|に|から|$|で|は|、|。|曜)"
)
_WEEKS = {"先々週": -2, "先週": -1, "今週": 0, "来週": 1, "再来週": 2}


def read_date(text: str, today: date) -> "date | None":
    """Read the one date in a text; `today` is the day it was written.

    None when there is none, when it does not exist (2月30日), when several different ones are named, or when
    it is ambiguous: 「3日」, 「金曜」, 「先週の日曜」 where calendars that begin on Monday and on Sunday
    disagree.
    """
    source = numbered(text).text
    try:
        found = set(_full(source, today)) | set(_relative(source, today))
    except (ValueError, OverflowError):  # no such day, or beyond the calendar
        return None
    return found.pop() if len(found) == 1 else None


def _full(source: str, today: date) -> Iterator[date]:
    taken: list[tuple[int, int]] = []
    for pattern in _FULL:
        for match in pattern.finditer(source):
            if all(match.end() <= first or last <= match.start() for first, last in taken):
                taken.append(match.span())
                yield _dated(match.groupdict(), today)


def _dated(groups: "dict[str, str | None]", today: date) -> date:
    day = int(groups["day"] or 0)
    if relative := groups.get("relative"):
        months = today.year * 12 + today.month - 1 + {"先月": -1, "今月": 0, "来月": 1}[relative]
        return date(months // 12, months % 12 + 1, day)
    month = int(groups["month"] or 0)
    if not groups.get("year"):
        return _nearest(month, day, today)
    year = 1 if groups["year"] == "元" else int(groups["year"] or 0)
    year += ERAS.get(groups.get("era") or "", 0)
    if year not in _YEARS:
        raise ValueError("no year of a living person")
    return date(year, month, day)


def _nearest(month: int, day: int, today: date) -> date:
    """Choose the year; 2月29日 is in the last leap year, or in the next one when that is soon."""
    candidates = []
    for year in range(today.year - 8, today.year + 2):
        try:
            candidates.append(date(year, month, day))
        except ValueError:
            continue
    soon = [one for one in candidates if today < one <= today + timedelta(days=_SOON)]
    return soon[0] if soon else max(one for one in candidates if one <= today)


def _relative(source: str, today: date) -> Iterator[date]:
    for pattern, days in _WORDS:
        if pattern.search(source):
            yield today + timedelta(days=days)
    for match in _AGO.finditer(source):
        days = int(match.group("days") or 0) + 7 * int(match.group("weeks") or 0)
        yield today + timedelta(days=-days if match.group("way") in {"前", "まえ"} else days)
    for match in _WEEKDAY.finditer(source):
        yield _weekday(_WEEKS[match.group("week")], "月火水木金土日".index(match.group("day")), today)


def _weekday(weeks: int, weekday: int, today: date) -> date:
    monday_first = today + timedelta(days=7 * weeks + weekday - today.weekday())
    sunday_first = today + timedelta(days=7 * weeks + (weekday + 1) % 7 - (today.weekday() + 1) % 7)
    if monday_first != sunday_first:
        raise ValueError("Monday and Sunday calendars disagree")
    return monday_first
