"""Put messages that follow each other together: 「意識が」「ない」 is one sentence, 「熱があります」「眠れません」 are two."""

import re
from collections.abc import Sequence

from core.ja.read_text import form
from core.ja.tokens import sudachi_parts

# After these a message is whole: 「痛いよ」「…んですけど」「薬はどれ」.
_FINAL = ("よ", "ね", "ねえ", "なあ", "わ", "ぞ", "ぜ")
_LEAVES_OPEN = ("けど", "けれど", "けども", "けれども", "から", "ので", "し", "げんちょ", "げんと", "って")
_ASKS = ("か", "っけ", "べ", "いつ", "どこ", "どれ", "だれ", "誰", "何", "なに", "いくら", "いくつ")
_WHOLE_AFTER = frozenset((*_FINAL, *_LEAVES_OPEN, *_ASKS, "さ", "な", "ん", "もん", "もの"))
# が of 「熱があるのですが」 and の of 「痛いの」 end a message; those of 「意識が」「赤ちゃんの」 wait for more.
_EITHER = frozenset(("が", "の"))
_INFLECTED = frozenset(("助動詞", "動詞", "形容詞"))
_FINITE = ("終止形", "命令形", "意志推量形", "連体形")
_CALLS = frozenset(("感動詞", "補助記号", "記号"))
_NOUNS = frozenset(("名詞", "代名詞", "接尾辞", "形状詞"))
_ATTACHED = frozenset(("助詞", "助動詞", "接尾辞"))
# Laughter and pictures end a message as 。 does; so does how dialect ends a question.
_STOP = re.compile(
    r"(?:[。!?！？｡♪〜~]|[wｗ]+|笑|(?<=て)草|[^\w\s、,，…‥・.．'’ー(（「『]|っぺ|べ|べ[かが]|のがい|のかい|の[けが]|ぞい|だない|(?<!な)がら|(?:戻し|もどし|直し|なおし|教え|おしえ)て)[ー\s]*$"
)
_TRAILS_OFF = re.compile(r"[\sー、,，…‥・.．]+$")
_JAPANESE = re.compile("[ぁ-ヿ々〆一-鿿]")
_PARTICLE = re.compile("(?:が|は|を|も|に|と)$")
# As much of a message's end, or beginning, as shows whether it is whole.
_SEAM = 40


@form
def is_unfinished(text: str) -> bool:
    """Tell whether a message breaks off: after a particle (意識が), て, a noun (息), within a word (息が苦し)."""
    if _STOP.search(text) or not _JAPANESE.search(text):
        return False
    words = _last_words(text)
    if not words:
        return False
    surface, part, _, inflection, _ = words[-1]
    if surface in _EITHER:
        return len(words) == 1 or words[-2][1] not in _INFLECTED
    return surface not in _WHOLE_AFTER and part not in _CALLS and not inflection.startswith(_FINITE)


@form
def ends_in_noun(text: str) -> bool:
    """Tell whether a message ends in a noun: it may break off (息), or be an answer (82歳)."""
    words = _last_words(text)
    return bool(words) and words[-1][1] in _NOUNS


def without_particle(text: str) -> str:
    """Return a message that breaks off without the particle at its end: 意識が is 意識."""
    return _PARTICLE.sub("", _TRAILS_OFF.sub("", text))


def goes_on(before: str, text: str) -> bool:
    """Tell whether `text` goes on with the sentence at the end of `before`; of another language, whether it may."""
    if _STOP.search(before):
        return False
    return is_unfinished(before) or not _is_japanese(before, text) or _reaches_over(before, text)


def joined_pieces(texts: Sequence[str]) -> str:
    """Return messages in their order as one text: what was broken off goes on, what was whole ends with a 。."""
    whole = ""
    for text in (text.strip() for text in texts):
        if whole and not _is_japanese(whole, text):
            whole = f"{whole} {text}"
        elif whole and not goes_on(whole, text):
            whole = f"{whole}。{text}"
        else:
            whole = _TRAILS_OFF.sub("", whole) + text
    return whole


def last_sentence(texts: Sequence[str]) -> int:
    """Return the place of the message with which the last sentence of several begins."""
    place = max(0, len(texts) - 1)
    while place and goes_on(texts[place - 1], texts[place]):
        place -= 1
    return place


def _is_japanese(before: str, text: str) -> bool:
    return bool(_JAPANESE.search(before) or _JAPANESE.search(text))


def _reaches_over(before: str, text: str) -> bool:
    """Tell whether a word, or what is attached to it, reaches over the seam: 動け + ない, 苦し + いです."""
    end, place = _TRAILS_OFF.sub("", before)[-_SEAM:], 0
    if end.endswith(_FINAL):  # な is none of them: 「動かな」
        return False
    for surface, part, *_ in sudachi_parts(end + text[:_SEAM]):
        if place >= len(end):
            return part in _ATTACHED
        place += len(surface)
        if place > len(end):
            return True
    return False


def _last_words(text: str) -> "list[tuple[str, str, str, str, str]]":
    return [word for word in sudachi_parts(_TRAILS_OFF.sub("", text)[-_SEAM:]) if word[1] != "空白"]
