"""Turn numerals in every writing into ASCII digits, so that one pattern reads all of them.

「三十八度五分」, 「３８．５」 and 「さんじゅうはちどごぶ」 are the same number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from core.ja.normal import Normalised, Origins, hiragana, normalised
from core.ja.read_text import form, head

T = TypeVar("T")

# Characters that are read for numbers: a longer message names them at its beginning.
MAX_CHARACTERS = 1000

_KANJI_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
# A numeral counts only where a counter or no further kanji follows (三日, 三です; not 三和, 一緒, 四倉).
_NUMERAL = "[〇零一二三四五六七八九十百千万]"
# Kanji that end a word for a person or a measurement: 母八十二, 孫三歳, 血糖四十五.
_PEOPLE = "母父妻夫孫娘息子弟妹兄姉嫁婆爺人者性男女児僕俺私様齢"
_MEASURED = "温酸素熱糖圧拍吸数値字上下度均低"
_BEFORE = f"約満計丸毎中前後元生和成正治年月歳才時週間小高学校長{_PEOPLE}{_MEASURED}"
_KANJI = re.compile(
    rf"(?<![一-龯々])(?<!第){_NUMERAL}+(?![一-龯々])|"
    rf"(?:(?<![一-龯々])|(?<=[{_BEFORE}])){_NUMERAL}+"
    r"(?=[度分歳才日月年時週間回人個錠本枚杯点箇代割倍名包滴泊秒粒岁つ]|[かけゕゖ]月)|"
    rf"(?<=[{_PEOPLE}{_MEASURED}]){_NUMERAL}{{2,}}(?![一-龯々])|"
    rf"(?<![一-龯々]){_NUMERAL}{{2,}}(?=前後|過ぎ|近い)|"
    # 小二男子, 中一の
    r"(?<=[小中高])[一二三四五六](?=[男女]|$|[、。 ()のでがはもだ])"
)
# 「二三日」 is two or three days, not twenty-three.
_LOOSE = re.compile(r"日|週|時間|[かけゕゖヶ箇]月|回|年|人")

_TENS = r"(?:(?:に|さん|よん|よ|し|ご|ろく|なな|しち|はち|きゅう|きゅー)|(?<![ぁ-ん]))(?:じゅう|じゅー|じゅっ|じっ)"
_HUNDREDS = r"(?:(?:に|さん|よん|ご|ろっ|なな|はっ|きゅう)|(?<![ぁ-ん]))(?:ひゃく|びゃく|ぴゃく)"
_ONES = r"(?:ぜろ|れい|いち|いっ|に|さん|よん|よ|ご|ろく|ろっ|なな|しち|はち|はっ|きゅう|きゅー|く)"
_END = r"(?:です|でした|くらい|ぐらい|かな|だ)?[、。!?\s]*$"
_COUNTER = rf"(?=ど|度|さい|歳|才|にち|日|ねん|年|ぷん|ふん|分|じかん|時間|しゅう|週|か月|かげつ|ぱー|%|てん|点|だい|代|かい|回|{_END})"
_LARGE = rf"(?P<large>(?:{_HUNDREDS})(?:{_TENS})?(?:{_ONES})?|(?:{_TENS})(?:{_ONES})?){_COUNTER}"
# Numbers that are hardly anything else need no counter: はちじゅうし, but not 二重. Their ones may be particles or the
# beginning of the next word (きゅうじゅうに下がる, ごじゅうくらい).
_ONES_FREE = (
    r"(?:いち|(?:に|ご)(?=です|でし|だ|で|の|しか|まで|と|が|は|も|[、。!?\s(]|$)|さん|よん|ご(?=[か-こさ-そた-と])|ろく|なな|しち|はち"
    r"|きゅう|きゅー|く(?!らい|れ))"
)
_TENS_FREE = r"(?:さん|よん|ご|ろく|なな|しち|はち|きゅう|きゅー)(?:じゅう|じゅー)"
_HUNDREDS_FREE = r"(?:(?:に|よん|ご|なな|きゅう)?ひゃく|さんびゃく|(?:ろっ|はっ)ぴゃく)"
_PLAIN = (
    rf"(?P<plain>(?:{_HUNDREDS_FREE}(?:(?:に|{_ONES_FREE})?(?:じゅう|じゅー))?|{_TENS_FREE})(?:{_ONES_FREE})?)"
    "(?!びょう|しょ|ぶん|たい|ばん)"
)
# Small numbers are also particles and parts of words (に, ご, さん): each counter has conditions of its own.
_FREE = r"(?:(?<![ぁ-ん])|(?<=[はがもの])|(?<=むすこ)|(?<=むすめ)|(?<=ちゃん)|(?<=んぼ)|(?<=んぼう)|(?<=まご)|(?<=ども))"
_AGE = r"(?=さい(?:$|[、。!?\s\d]|の|です|でし|に[なは]|はん|児|だ|くらい|ぐらい|が|も|さんじゅう|よんじゅう|ねつ))"
_SMALL = (
    rf"{_FREE}(?:(?P<age>(?:に|さん|よん|ご|ろく|なな|はっ|きゅう)){_AGE}"
    r"|(?P<first>いっ)(?=さい(?:はん|です|児|に[なは]|$))"
    r"|(?P<hours>いち|に|さん|よ|ご|ろく|なな|しち|はち|く|きゅう)(?=じかん)"
    r"|(?P<weeks>いっ|に|さん|よん|ご|ろく)(?=しゅうかん)"
    r"|(?P<months>いっ|に|さん|よん|ご|ろっ|なな|はち|はっ|きゅう)(?=か月|かげつ)"
    r"|(?P<minutes>ご|に|さん|よん)(?=[ふぷ]ん(?:まえ|前|かん|間|くらい|ほど)))"
)
_DEGREES = rf"(?P<degrees>ご|ろく|なな|しち|はち|きゅう|く)(?=[ど度](?:{_ONES}|\d)(?:ぶ|分))"
_ALONE = rf"^(?P<alone>{_ONES}){_END}"
# 「むくんで います にしゅうかんです」
_WEEKS = r"(?P<weeks_on>いっ|に|さん|よん|ご|ろく)(?=しゅうかん(?:です|まえ|前|になり|くらい|ぐらい|ほど|[、。]|$))"
_KANA = re.compile(f"{_LARGE}|{_PLAIN}|{_DEGREES}|{_SMALL}|{_WEEKS}|{_ALONE}")
# The part after the point: 「38どごぶ」, 「36てんはち」.
_FRACTION = re.compile(rf"(?:(?<=\dど)|(?<=\d度)){_ONES}(?=ぶ|分|ふん)|(?:(?<=\dてん)|(?<=\d点)){_ONES}")
_KANA_DIGITS = {
    reading: value
    for value, readings in enumerate(
        (
            "ぜろ れい",
            "いち いっ",
            "に",
            "さん",
            "よん よ し",
            "ご",
            "ろく ろっ",
            "なな しち",
            "はち はっ",
            "きゅう きゅー く",
        )
    )
    for reading in readings.split()
}
_KANA_PARTS = re.compile(rf"({_ONES}|し)?(ひゃく|びゃく|ぴゃく|じゅう|じゅー|じゅっ|じっ)|({_ONES})")

_AFTER_DAYS = r"(?=まえ|前|かん|間|くらい|ぐらい|ほど|つづ|続|め|目|も|み(?:っか)?ばん|三晩|$|です|[、。])"
_DAYS = re.compile(
    rf"{_FREE}(?:(?P<d1>いちにち)|(?P<d2>ふつか)|(?P<d3>みっか)|(?P<d4>よっか)|(?P<d6>むいか)|(?P<d9>ここのか)"
    rf"|(?P<d10>とおか)|(?P<d20>はつか)){_AFTER_DAYS}"
    # 「しびれる みっか まえから」: nothing else ends like this.
    r"|(?:(?P<e2>ふつか)|(?P<e3>みっか)|(?P<e4>よっか)|(?P<e6>むいか)|(?P<e9>ここのか)|(?P<e10>とおか))(?=まえ|前|つづい)"
    r"|(?<=て)(?:(?P<f2>ふつか)|(?P<f3>みっか)|(?P<f4>よっか))(?=$|[、。]|です)"
    r"|(?<=[てでは])(?:(?P<f5>いつか)|(?P<f7>なのか)|(?P<f8>ようか))(?=になります|になりました)"
    # also 「いつか」 some day, 「〜なのか」, 「しようか」
    r"|(?<![ぁ-ん])(?:(?P<d5>いつか)|(?P<d7>なのか)|(?P<d8>ようか))(?=まえ|前|かん|間)"
)


@dataclass(frozen=True)
class Mention(Generic[T]):
    """Something read at `source.text[begin:stop]`; in the text as sent it stands at `text[start:end]`."""

    value: T
    source: Normalised
    begin: int
    stop: int

    @property
    def start(self) -> int:
        """Where it begins in the text as sent."""
        return self.source.span(self.begin, self.stop)[0]

    @property
    def end(self) -> int:
        """Where it ends in the text as sent."""
        return self.source.span(self.begin, self.stop)[1]


@form
def numbered(text: str) -> Normalised:
    """Bring text to the form the readers work on; any text, of which the first 1,000 characters count.

    Normal form, lower case, hiragana for katakana, ASCII digits for every numeral, no spaces except between digits.
    """
    if len(text) > MAX_CHARACTERS:
        return numbered(head(text, MAX_CHARACTERS))
    source = _folded(normalised(text))
    source = _rewritten(source, _KANJI, _kanji)
    source = _rewritten(source, _DAYS, _days)
    source = _rewritten(source, _KANA, _kana)
    return _rewritten(source, _FRACTION, _kana)


def _folded(source: Normalised) -> Normalised:
    low = source.text.lower()
    if len(low) != len(source.text) or "Σ" in source.text:
        # What becomes two characters, or looks at those beside it, stays as it is.
        low = "".join(one if len(one) == 1 else c for c in source.text for one in (c.lower(),))
    low = hiragana(low)
    if " " not in low:
        return Normalised(low, lambda: source.origins)
    kept = [
        index for index, character in enumerate(low) if character != " " or _is_between_digits(low, index)
    ]
    return Normalised(
        "".join(low[index] for index in kept), lambda: [source.origins[index] for index in kept]
    )


def _is_between_digits(text: str, index: int) -> bool:
    return text[index - 1 : index].isdecimal() and text[index + 1 : index + 2].isdecimal()


def _rewritten(
    source: Normalised, pattern: "re.Pattern[str]", value: "Callable[[re.Match[str]], str | None]"
) -> Normalised:
    """Replace each match by `value`; every new character has the whole match as its origin."""
    if pattern.search(source.text) is None:
        return source
    characters: list[str] = []
    replaced: list[tuple[int, int, int]] = []
    position = 0
    for match in pattern.finditer(source.text):
        digits = value(match)
        if digits is None or match.end() == match.start():
            continue
        characters.append(source.text[position : match.start()] + digits)
        replaced.append((*match.span(), len(digits)))
        position = match.end()
    characters.append(source.text[position:])
    return Normalised("".join(characters), partial(_traced, source, replaced))


def _traced(source: Normalised, replaced: "list[tuple[int, int, int]]") -> Origins:
    """Return the origins after each (start, end) was replaced by so many characters."""
    origins: list[tuple[int, int]] = []
    position = 0
    for start, end, count in replaced:
        origins.extend(source.origins[position:start])
        origins.extend([source.span(start, end)] * count)
        position = end
    origins.extend(source.origins[position:])
    return origins


def _kanji(match: "re.Match[str]") -> "str | None":
    word = match.group()
    if all(character in _KANJI_DIGITS for character in word):
        digits = [_KANJI_DIGITS[character] for character in word]
        is_loose = len(digits) == 2 and digits[1] == digits[0] + 1 and digits[0] > 0  # noqa: PLR2004  a pair
        if is_loose and _LOOSE.match(match.string, match.end()):
            return str(digits[1])
        return "".join(map(str, digits))
    return _kanji_sum(word)


def _kanji_sum(word: str) -> "str | None":
    """Add up 千二百三十四; None when the order makes no number (万一)."""
    if word.startswith("万"):
        return None
    total = section = 0
    digit: int | None = None
    last = 10_000
    for character in word:
        if character in _KANJI_DIGITS:
            if digit is not None:
                return None
            digit = _KANJI_DIGITS[character]
        elif character == "万":
            total += (section + (digit or 0) or 1) * 10_000
            section, digit, last = 0, None, 10_000
        else:
            unit = _KANJI_UNITS[character]
            if unit >= last:
                return None
            section, digit, last = section + (1 if digit is None else digit) * unit, None, unit
    return str(total + section + (digit or 0))


def _kana(match: "re.Match[str]") -> str:
    total = 0
    for number, unit, ones in _KANA_PARTS.findall(match.group()):
        if unit:
            total += _KANA_DIGITS.get(number, 1) * (100 if unit.endswith("ゃく") else 10)
        else:
            total += _KANA_DIGITS[ones]
    return str(total)


def _days(match: "re.Match[str]") -> str:
    return f"{match.lastgroup[1:]}日" if match.lastgroup else match.group()
