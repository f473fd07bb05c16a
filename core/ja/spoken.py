"""Write a text as it is spoken: one form for kanji, kana and homophones, for voicing marks and drawn-out sounds.

「息が苦しい」, 「いきがくるしい」, 「いぎが苦しい」 and the homophone 「生きが苦しい」 are the same here. Words of the lexicon and
residents' words go through the same steps, so both sides always agree.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import accumulate

from core.ja.normal import Normalised, hiragana, normalise, normalised
from core.ja.read_text import form, lines_of
from core.ja.tokens import sudachi_words

# The marks of the か and た rows go: people of いわき say いぎ and でぎね, and people in a hurry leave marks out.
_UNVOICED = str.maketrans("がぎぐげごだぢづでど", "かきくけこたちつてと")
_LARGE = str.maketrans("ぁぃぅぇぉゃゅょゎゔヴを", "あいうえおやゆよわふふお")
_DRAWN_OUT = frozenset("ーぁぃぅぇぉ")
_DRAWN = re.compile("[ーぁぃぅぇぉ]")
_VOWELS = {
    kana: vowel
    for vowel, row in {
        "あ": "あかさたなはまやらわがざだばぱぁゃゎ",
        "い": "いきしちにひみりぎじぢびぴぃ",
        "う": "うくすつぬふむゆるぐずづぶぷぅゅっ",
        "え": "えけせてねへめれげぜでべぺぇ",
        "お": "おこそとのほもよろをごぞどぼぽぉょ",
    }.items()
    for kana in row
}
_KANA = re.compile(r"[ぁ-ゖー]+")
_KANJI = re.compile("[一-龯々]")
_NONE: "frozenset[str]" = frozenset()
_HIRAGANA = re.compile(r"[ぁ-ゖー〜~]+")
# Katakana for everything, as old telegrams and some phones write: 飲ンダ, 父ガ. Then no katakana is a foreign word.
_ALL_KATAKANA = re.compile(
    r"[一-龯々](?:[ガヲ](?![ァ-ヶー])|ンダ|ッタ|ッテ|[イキシチミリエケセテネメレサ][タテデダズ]|ナイ|マス|マセン|[ラカタマケレ]ナ|ズ(?![ァ-ヶー]))"
)
_OTHER_LETTERS = re.compile("[ぁ-ゖ一-龯々a-zA-Z]")
_KATAKANA = re.compile("[ァ-ヺ]")
# So many katakana and nothing else are more than a word or two.
_LETTER = 5
# 痛ぇ is いてぇ.
_DRAWN_E = ("ぇ", "え", "ェ", "ー")
_BUT = "ですが"
_BUTS = re.compile(_BUT)
# Ends of sentences and clauses are kept, all in one writing.
_SIGNS = str.maketrans(
    {",": "、", "，": "、", "．": "。", "!": "。", "?": "?", "…": "。", "・": "、", "\n": "。"}
)


@dataclass(frozen=True)
class Written:
    """Where the words of a spoken form were written, in order: their first kana, and (start, end) of each."""

    kana: "tuple[int, ...]"
    starts: "tuple[int, ...]"
    ends: "tuple[int, ...]"


@dataclass(frozen=True)
class Spoken:
    """A text as it is spoken.

    Attributes:
        text: Kana without voicing marks of two rows, Latin letters, digits and signs; no spaces.
        voiced: The same with the marks.
        loose: The places of `text` that were written in hiragana, also behind kanji, where marks may be wrong or missing.
        trace: Returns where its words were `written`; called when a place is asked for, which most texts never are.
        begins: The places of `text` where a word begins, and its end.
        particles: Those where a particle or an ending begins.
        kanji: The kanji of the word that begins at a place; places of words without any are left out.
    """

    text: str
    voiced: str
    loose: "frozenset[int]"
    trace: "Callable[[], Written]" = field(compare=False)
    begins: "frozenset[int]"
    particles: "frozenset[int]"
    kanji: "Mapping[int, frozenset[str]]" = field(default_factory=dict)

    @cached_property
    def written(self) -> Written:
        """Where its words were written."""
        return self.trace()

    @cached_property
    def origins(self) -> "tuple[tuple[int, int], ...]":
        """For each character of `text`, the (start, end) of the written word it belongs to."""
        found: list[tuple[int, int]] = []
        written = self.written
        for kana, start, end in zip(
            (*written.kana[1:], len(self.text)), written.starts, written.ends, strict=False
        ):
            found += [(start, end)] * (kana - len(found))
        return tuple(found)

    def place(self, start: int, end: int) -> "tuple[int, int]":
        """Return the places of `text` that stand for what was written from `start` to `end`, at least one of them.

        In the middle of a word (吐 of 嘔吐) it is where the word begins.
        """
        kana, starts = self.written.kana, self.written.starts
        if not starts:
            return 0, 1
        first = kana[bisect_left(starts, starts[max(0, bisect_right(starts, start) - 1)])]
        last = bisect_left(starts, end)
        return first, max(first + 1, kana[last] if last < len(kana) else len(self.text))

    @cached_property
    def marked(self) -> str:
        """`text` with the marks of 「ですが」, which otherwise looks like the question 「ですか」."""
        if _BUT not in self.voiced:
            return self.text
        parts, last = [], 0
        for found in _BUTS.finditer(self.voiced):
            parts += [self.text[last : found.end() - 1], "が"]
            last = found.end()
        return "".join([*parts, self.text[last:]])


def _lines(text: str) -> Sequence[str]:
    """Return what stands between line feeds: a single line is the text itself, and lines keep the forms they have."""
    if "\n" not in text:
        return (text,)
    lines = lines_of(text)
    return lines if "\n".join(lines) == text else text.split("\n")


@form
def spoken(text: str) -> Spoken:
    """Return the spoken form of a text."""
    parts: list[str] = []
    begins: list[int] = []
    particles: list[int] = []
    loose: list[int] = []
    kanji: dict[int, frozenset[str]] = {}
    # What `written` is made of: for each part the line it stands in, with the line's place, and its own there.
    sources: list[tuple[Normalised | None, int, int, int]] = []
    # Lines and words that came before: most of what is said is said more than once.
    lines: dict[str, tuple[Normalised, list[tuple[str, str, bool]]]] = {}
    known: dict[tuple[str, str], tuple[str, int, frozenset[str]]] = {}
    is_all_katakana = _is_all_katakana(text)
    length = offset = 0
    for number, line in enumerate(_lines(text)):
        if number and length:
            parts.append("。")
            sources.append((None, offset - 1, 0, 1))
            length += 1
        if line not in lines:
            source = normalised(line)
            plain = source.text.casefold()
            lines[line] = source, sudachi_words(hiragana(plain) if is_all_katakana else plain)
        source, words = lines[line]
        end = 0
        for place, (surface, reading, is_particle) in enumerate(words):
            begin, end = end, end + len(surface)
            word = surface, reading
            if surface == "痛" and words[place + 1 : place + 2] and words[place + 1][0].startswith(_DRAWN_E):
                word = surface, "いて"
            if word not in known:
                known[word] = _said(*word)
            said, behind, signs = known[word]
            if not said:
                continue
            if said.strip(".") == "" and not (parts and parts[-1][-1].isdigit() and len(said) == 1):
                said = "。"
            begins.append(length)
            if behind:
                loose += range(length + len(said) - behind, length + len(said))
            if signs:
                kanji[length] = signs
            if is_particle:
                particles.append(length)
            parts.append(said)
            sources.append((source, offset, begin, end))
            length += len(said)
        offset += len(line) + 1
    voiced = "".join(parts)
    return Spoken(
        unvoiced(voiced),
        voiced,
        frozenset(loose),
        partial(_written, parts, sources),
        frozenset((*begins, length)),
        frozenset(particles),
        kanji,
    )


def _written(parts: "list[str]", sources: "list[tuple[Normalised | None, int, int, int]]") -> Written:
    """Return where the parts of a spoken form were written."""
    places: list[tuple[int, int]] = []
    for source, offset, begin, end in sources:
        origins = source.origins if source else ()
        first, last = (origins[begin][0], origins[min(end, len(origins)) - 1][1]) if source else (begin, end)
        places.append((offset + first, offset + last))
    kana = tuple(accumulate(map(len, parts[:-1]), initial=0)) if parts else ()
    return Written(kana, tuple(start for start, _ in places), tuple(end for _, end in places))


def _is_all_katakana(text: str) -> bool:
    """Tell whether katakana stands for everything: 父ガ倒レタ, ミャクガナイ."""
    if _ALL_KATAKANA.search(text):
        return True
    plain = normalise(text)
    return not _OTHER_LETTERS.search(plain) and len(_KATAKANA.findall(plain)) >= _LETTER


def unvoiced(kana: str) -> str:
    """Return kana without the voicing marks of the か and た rows."""
    return kana.translate(_UNVOICED)


def _said(surface: str, reading: str) -> "tuple[str, int, frozenset[str]]":
    """Return how a word is spoken, how many kana at its end are written in hiragana, and its kanji."""
    if _HIRAGANA.fullmatch(surface):
        said = plain_kana(surface) if _KANA.fullmatch(surface) else _kana(surface, reading)
        return said, len(said), _NONE
    said = _kana(surface, reading)
    signs = _KANJI.findall(surface)
    if not signs:
        return said, 0, _NONE
    # The kana behind kanji: 苦「しぐ」.
    behind = min(len(said), len(surface) - 1 - max(map(surface.rindex, signs)))
    return said, behind, frozenset(signs)


def _kana(surface: str, reading: str) -> str:
    kana = hiragana(surface)
    if not _KANA.fullmatch(kana):
        if surface.isspace():
            return ""
        known = "" if surface.isascii() else hiragana(reading)
        if surface.startswith("言") and known.startswith("ゆ"):
            known = "い" + known[1:]
        kana = known if known != "きごう" and _KANA.fullmatch(known) else surface.translate(_SIGNS)
    return plain_kana(kana)


def plain_kana(kana: str) -> str:
    """Drop drawn-out sounds (but え, which 「いてえ」 and 「ねえ」 keep), and write small kana large."""
    if not _DRAWN.search(kana):
        return kana.translate(_LARGE)
    found: list[str] = []
    vowel = ""
    for character in kana:
        if character in _DRAWN_OUT and (character == "ー" or _VOWELS.get(character) == vowel):
            if vowel == "え":
                found.append("え")
            continue
        vowel = _VOWELS.get(character, "")
        found.append(character)
    return "".join(found).translate(_LARGE)
