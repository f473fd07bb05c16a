"""Read ages as residents write them: 3歳, 三才, 生後2か月, 1歳半, 80代, 満70."""

import re
from dataclasses import dataclass

from core.ja.normal import Normalised
from core.ja.numerals import Mention, located, numbered
from core.ja.read_text import form

OLDEST = 120  # years
_DAYS_A_MONTH = 30
_MONTH = r"(?:[かけゕゖ箇個]月|かげつ)"
_CHILD = r"(?:うちの)?(?:赤|あか|子|こ(?:ども|$|[がはのでも、。])|娘|むすめ|息子|むすこ|孫|まご|乳児|男|女|双子|ふたご|長|次|三男|べび|弟|妹)"
_YEARS = rf"(?:歳|才|さい|ちゃい)(?:と)?(?:(?P<months>\d{{1,2}}){_MONTH}|(?P<half>半|はん))?"
_NOT_A_RULE = r"(?!以上|未満|以下|まで|若|わか|年上|年下)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"生後(?:約|もうすぐ|ちょうど)?(?P<months>\d{{1,2}})(?:{_MONTH}|月)(?P<half>半)?",
        r"生後(?:約|もうすぐ|まだ)?(?P<days>\d{1,3})(?:日|にち)",
        r"生後(?:約|もうすぐ|まだ)?(?P<weeks>\d{1,2})(?:週|しゅう)",
        rf"(?<![\d.])(?P<years>\d{{1,3}}){_YEARS}{_NOT_A_RULE}",
        r"(?<![\d.])(?P<decades>[1-9]0|100|110)代(?!わ|表|金)",
        r"満(?P<years>\d{1,3})(?!月|年|点|\d)(?:歳|才|さい)?",
        rf"(?<!妊娠)(?<!産後)(?<![\d.])(?P<months>\d{{1,2}}){_MONTH}(?:の|児|になる|になった){_CHILD}?",
        r"(?P<newborn>新生児)(?!訪問|聴覚|健診|室)",
        r"(?P<twenty>はたち)",
    )
)
# Without one of these there is no age: most lines need no closer look.
_MAY_BE_ONE = re.compile(r"\d|新生児|はたち")
_ANSWER = re.compile(
    rf"^(?!妊娠|産後)[^\d]{{0,6}}(?:(?P<years>\d{{1,3}})|(?P<months>\d{{1,2}}){_MONTH})(?:です|でし|になり|だ|くらい|ぐらい|[、。!]|$)"
)
_MONTH_NEEDS = re.compile(rf"(?:児|の{_CHILD}|(?:になる|になった){_CHILD})$")


@dataclass(frozen=True, order=True)
class Age:
    """An age in whole months; under a month it is 0."""

    months: int

    @property
    def years(self) -> int:
        """Completed years."""
        return self.months // 12


def read_age(text: str) -> "Age | None":
    """Read the one age in a text, or a bare number as an answer to "how old".

    80代 is 80. None when there is none (赤ちゃん, 小学生), or when several different ones are named.
    """
    found = {found.value for found in find_ages(text)}
    if not found and (match := _ANSWER.search(numbered(text).text)):
        age = _age(match)
        return age if age is not None and age.years <= OLDEST else None
    return found.pop() if len(found) == 1 else None


@form
def find_ages(text: str) -> "tuple[Mention[Age], ...]":
    """Find the ages in a text with their places; a bare number is not taken for an age."""
    source = numbered(text)
    if not _MAY_BE_ONE.search(source.text):
        return ()
    found: dict[int, Mention[Age]] = {}
    taken: set[int] = set()
    for pattern in _PATTERNS:
        for match in pattern.finditer(source.text):
            if not taken.isdisjoint(range(*match.span())):
                continue
            if located_age := _located(source, match):
                found[match.start()] = located_age
                taken.update(range(*match.span()))
    return tuple(found[start] for start in sorted(found))


def _located(source: Normalised, match: "re.Match[str]") -> "Mention[Age] | None":
    age = _age(match)
    groups = match.groupdict()
    # 「3か月の」 alone is a duration; it is an age only of a child.
    is_open = bool(groups.get("months")) and not groups.get("years") and "生後" not in match.group()
    if age is None or age.years > OLDEST or (is_open and not _MONTH_NEEDS.search(match.group())):
        return None
    end = match.end("months") if is_open else match.end()
    return located(source, age, match.start(), end)


def _age(match: "re.Match[str]") -> "Age | None":
    groups = {name: value for name, value in match.groupdict().items() if value}
    if "newborn" in groups:
        return Age(0)
    if "twenty" in groups:
        return Age(20 * 12)
    if "days" in groups or "weeks" in groups:
        days = int(groups["days"]) if "days" in groups else int(groups["weeks"]) * 7
        return Age(days // _DAYS_A_MONTH)
    years = int(groups.get("years") or groups.get("decades") or 0)
    months = int(groups.get("months") or 0)
    if "half" in groups and years:
        months = 6
    return Age(years * 12 + months)
