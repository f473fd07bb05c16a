"""Numerals in every writing become ASCII digits, so that one pattern reads 「三十八度五分」, 「３８．５」 and 「さんじゅうはちどごぶ」."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.ja.normal import Normalised, hiragana, normalised
from core.ja.read_text import form, head

T = TypeVar("T")

# What a message says about numbers stands in its first screens.
MAX_CHARACTERS = 1000

_KANJI_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
# A numeral counts only where a counter or no further kanji follows (三日, 三です; not 三和, 一緒, 四倉).
_KANJI = re.compile(
    r"(?<![一-龯々])(?<!第)[〇零一二三四五六七八九十百千万]+(?![一-龯々])|"
    r"(?:(?<![一-龯々])|(?<=[約満計丸毎中前後元生和成正治度年月歳才時週間体温酸素熱]))[〇零一二三四五六七八九十百千万]+"
    r"(?=[度分歳才日月年時週間回人個錠本枚杯点箇代割倍名包滴泊秒粒])"
)
# 「二三日」 is two or three days, not twenty-three.
_LOOSE = re.compile(r"日|週|時間|[かけゕゖヶ箇]月|回|年|人")

_TENS = r"(?:(?:に|さん|よん|よ|し|ご|ろく|なな|しち|はち|きゅう|きゅー)|(?<![ぁ-ん]))(?:じゅう|じゅー|じゅっ|じっ)"
_HUNDREDS = r"(?:(?:に|さん|よん|ご|ろっ|なな|はっ|きゅう)|(?<![ぁ-ん]))(?:ひゃく|びゃく|ぴゃく)"
_ONES = r"(?:ぜろ|れい|いち|いっ|に|さん|よん|よ|ご|ろく|ろっ|なな|しち|はち|はっ|きゅう|きゅー|く)"
_END = r"(?:です|でした|くらい|ぐらい|かな|だ)?[、。!?\s]*$"
_COUNTER = rf"(?=ど|度|さい|歳|才|にち|日|ねん|年|ぷん|ふん|分|じかん|時間|しゅう|週|か月|かげつ|ぱー|%|てん|点|だい|代|かい|回|{_END})"
_LARGE = rf"(?P<large>(?:{_HUNDREDS})(?:{_TENS})?(?:{_ONES})?|(?:{_TENS})(?:{_ONES})?){_COUNTER}"
# Small ones are also particles and parts of words (に, ご, さん): each counter has its own proof.
_FREE = r"(?:(?<![ぁ-ん])|(?<=[はがもの])|(?<=むすこ)|(?<=むすめ))"
_AGE = r"(?=さい(?:$|[、。!?\s]|の|です|でし|に[なは]|はん|児|だ|くらい|ぐらい))"
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
_KANA = re.compile(f"{_LARGE}|{_DEGREES}|{_SMALL}|{_ALONE}")
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

_AFTER_DAYS = r"(?=まえ|前|かん|間|くらい|ぐらい|ほど|つづ|続|め|目|も|$|です|[、。])"
_DAYS = re.compile(
    rf"{_FREE}(?:(?P<d1>いちにち)|(?P<d2>ふつか)|(?P<d3>みっか)|(?P<d4>よっか)|(?P<d6>むいか)|(?P<d9>ここのか)"
    rf"|(?P<d10>とおか)|(?P<d20>はつか)){_AFTER_DAYS}"
    # also 「いつか」 some day, 「〜なのか」, 「しようか」
    r"|(?<![ぁ-ん])(?:(?P<d5>いつか)|(?P<d7>なのか)|(?P<d8>ようか))(?=まえ|前|かん|間)"
)


@dataclass(frozen=True)
class Found(Generic[T]):
    """Something read in a text, and where it stands in the text as sent: `text[start:end]`."""

    value: T
    start: int
    end: int


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


def located(source: Normalised, value: T, start: int, end: int) -> "Found[T]":
    """Give what was read at `source.text[start:end]` its place in the text as sent."""
    return Found(value, *source.span(start, end))


def _folded(source: Normalised) -> Normalised:
    low = source.text.lower()
    if len(low) != len(source.text) or "Σ" in source.text:
        # What becomes two characters, or looks at those beside it, stays as it is.
        low = "".join(one if len(one) == 1 else c for c in source.text for one in (c.lower(),))
    low = hiragana(low)
    if " " not in low:
        return Normalised(low, source.origins)
    kept = [
        index for index, character in enumerate(low) if character != " " or _is_between_digits(low, index)
    ]
    return Normalised("".join(low[index] for index in kept), tuple(source.origins[index] for index in kept))


def _is_between_digits(text: str, index: int) -> bool:
    return text[index - 1 : index].isdecimal() and text[index + 1 : index + 2].isdecimal()


def _rewritten(
    source: Normalised, pattern: "re.Pattern[str]", value: "Callable[[re.Match[str]], str | None]"
) -> Normalised:
    """Put `value` in place of each match; every new character has the whole match as its origin."""
    if pattern.search(source.text) is None:
        return source
    characters: list[str] = []
    origins: list[tuple[int, int]] = []
    position = 0
    for match in pattern.finditer(source.text):
        digits = value(match)
        if digits is None or match.end() == match.start():
            continue
        characters.append(source.text[position : match.start()] + digits)
        origins.extend(source.origins[position : match.start()])
        origins.extend([source.span(*match.span())] * len(digits))
        position = match.end()
    characters.append(source.text[position:])
    origins.extend(source.origins[position:])
    return Normalised("".join(characters), tuple(origins))


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
