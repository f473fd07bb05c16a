"""Find names of places in words: 「平」 but not 「平気」, 「いずみ」 but not 「いいずみ」, "Izumi Station" for 泉駅."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.ja.normal import hiragana, normalised
from core.ja.romaji import romaji

_KANJI = "一-龠々ヶ"
# What follows a name that is no place here: a person's, a line's or a road's.
_NO_PLACE = r"(?!さん|先生|様|くん|君|ちゃん|線|道路|道から|自動車|保[^健育])"
# Short names and readings occur inside words (「平気」「いたいらしい」): they count alone or before these.
_ALONE = r"(?=$|[ のにでへとはもをさ、。?!)]|駅|えき|地区|ちく|町|字|から|まで|より|方面|あたり|周辺|付近|市内|のほう|ほう|内の|ん[とど]|近|らへん|だ|で)"
SHORT_KANA = 5  # characters; longer readings are found inside other words too


@dataclass(frozen=True)
class NamedPlace:
    """A place found in a text: the name it has in the list, and where the words stand in the text as sent."""

    name: str
    start: int
    end: int


class PlaceNames:
    """Finds places by name, reading, other names, and the reading in Latin letters; made once from a list."""

    def __init__(self, spellings: Mapping[str, Iterable[str]]) -> None:
        """Take each place's spellings, by its name."""
        names = {
            hiragana(spelling.lower()): name for name, listed in spellings.items() for spelling in listed
        }
        latin = {
            romaji(spelling): name
            for spelling, name in names.items()
            if re.fullmatch(r"[ぁ-んー]{3,}", spelling)
        }
        longest_first = sorted({**latin, **names}.items(), key=lambda pair: -len(pair[0]))
        self._patterns = tuple((re.compile(name_pattern(spelling)), name) for spelling, name in longest_first)

    def find(self, text: str) -> tuple[NamedPlace, ...]:
        """Return the places named in a text in their order; of names that overlap, the longest."""
        source = normalised(text)
        said = hiragana(source.text.lower())
        if len(said) != len(source.text):
            return ()
        taken: set[int] = set()
        found: list[NamedPlace] = []
        for pattern, name in self._patterns:
            for match in pattern.finditer(said):
                if taken.isdisjoint(range(*match.span())):
                    taken.update(range(*match.span()))
                    found.append(NamedPlace(name, *source.span(*match.span())))
        return tuple(sorted(found, key=lambda place: place.start))


def name_pattern(name: str) -> str:
    """Return the expression that finds a name, in hiragana for katakana and small letters, in a text written so."""
    escaped = re.escape(name)
    if name.isascii():
        return rf"(?<![a-z]){escaped}(?![a-z])"
    if re.fullmatch(r"[ぁ-んー]+", name) and len(name) <= SHORT_KANA:
        return rf"(?<![ぁ-ん]){escaped}{_ALONE}{_NO_PLACE}"
    if len(name) == 1:
        return rf"(?:(?<=市)|(?<![{_KANJI}0-9])){escaped}{_ALONE}{_NO_PLACE}"
    return rf"{escaped}{_NO_PLACE}"
