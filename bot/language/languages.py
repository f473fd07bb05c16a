"""Tell words of other languages from Japanese: the understanding knows Japanese only, and would guess."""

import re
import unicodedata
from enum import StrEnum

from bot.language.foreign_words import AT_HOME, CHINESE, LETTERS, WORDS
from core.ja import form, normalise


class Language(StrEnum):
    """A language that somebody writes in other than Japanese in its own script."""

    ENGLISH = "en"
    CHINESE = "zh"
    KOREAN = "ko"
    VIETNAMESE = "vi"
    TAGALOG = "tl"
    NEPALI = "ne"
    INDONESIAN = "id"
    PORTUGUESE = "pt"
    SPANISH = "es"
    ROMAJI = "romaji"  # Japanese in Latin letters
    OTHER = "other"


_KANA = re.compile(r"[ぁ-ゖァ-ヺｦ-ﾟ]")
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
_CHINESE = re.compile(CHINESE)
# The filler, which shows nothing, is left out.
_HANGUL = re.compile(r"[ᄀ-ᇿㄱ-ㅣㅥ-ㆎ가-힣]")
_DEVANAGARI = re.compile(r"[ऀ-ॿ]")
_LATIN_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_NO_WORDS = re.compile(
    r"(?:https?://|www\.)\S+|[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}\.[a-z0-9.-]+", re.IGNORECASE
)
# LINE writes its own pictures so: (love), (moon smile).
_LINE_PICTURE = re.compile(r"\([A-Za-z][A-Za-z0-9 _'-]{0,29}\)")
# Signs in place of a cry: they are never taken for a greeting.
_CRIES = frozenset("🆘🚑🚨🚒☠")
# 「英語でお願いします」「中国語わかりますか」「やさしい日本語で」: asked in Japanese.
_ASKED_FOR = re.compile(
    r"^(?!.*(?:病院|医|先生|くりにっく|クリニック|歯科|薬局)).*(英語|中国語|韓国語|ベトナム語|タガログ語|ネパール語|インドネシア語|ポルトガル語|スペイン語|外国語|[や易]さしい日本語)"
    r"(?:で|が|は|も|を|に|なら|の(?:案内|説明|人))?(?:お願い|おねがい|話せ(?!る.)|はなせ(?!る.)|話し|できま|対応|わか|分か|あります|ありませ|使え|相談し|書い|かい|にして|翻訳)"
    r"|^日本語(?:が|は|を)?(?:話せま|話せな|わから|分から|わかりま|分かりま|読め|でき|苦手|すこし|少し)"
)
_ASKED = {
    "英語": Language.ENGLISH,
    "中国語": Language.CHINESE,
    "韓国語": Language.KOREAN,
    "ベトナム語": Language.VIETNAMESE,
    "タガログ語": Language.TAGALOG,
    "ネパール語": Language.NEPALI,
    "インドネシア語": Language.INDONESIAN,
    "ポルトガル語": Language.PORTUGUESE,
    "スペイン語": Language.SPANISH,
}
# Longer words in capitals are shouted rather than names of things.
_LONGEST_NAME = 5
_SHORTEST_WORD = 3
# In a longer Japanese message the language is only mentioned.
_LONGEST_WISH = 20


@form
def foreign_language(text: str) -> Language | None:
    """Return the language of a text that is not Japanese; None for Japanese, numbers, names of products and the like."""
    if _KANA.search(text):
        return _asked_for(text)
    if _HANGUL.search(text):
        return Language.KOREAN
    if _DEVANAGARI.search(text):
        return Language.NEPALI
    if _HAN.search(text):
        return Language.CHINESE if is_chinese(text) else _asked_for(text)
    return _of_letters(_LINE_PICTURE.sub(" ", _NO_WORDS.sub(" ", text)))


@form
def is_picture_only(text: str) -> bool:
    """Whether a text is made of pictures (emoji) alone."""
    if not text.strip() or _CRIES & set(text):
        return False
    # A text without such marks is asked itself, with the forms that it has.
    plain = _LINE_PICTURE.sub("", text) if _LINE_PICTURE.search(text) else text
    return not normalise(plain).strip()


def is_readable(text: str) -> bool:
    """Whether the understanding of Japanese may be asked about a text; of other languages and pictures it would guess."""
    return foreign_language(text) is None and not is_picture_only(text) and not is_cry(text)


def is_cry(text: str) -> bool:
    """Whether a text is nothing but a sign that cries for help: 🆘."""
    return bool(_CRIES & set(text)) and not normalise(text).strip()


def is_chinese(text: str) -> bool:
    """Whether a text without kana is Chinese: characters or words that Japanese does not write."""
    return bool(_CHINESE.search("".join(text.split()))) or any(map(_is_never_japanese, text))


def _is_never_japanese(character: str) -> bool:
    """Whether a character stands in no Japanese character set; rare ones of names (𠮷) are left out."""
    if not _HAN.match(character):
        return False
    for charset in ("cp932", "euc_jis_2004"):
        try:
            character.encode(charset)
        except UnicodeEncodeError:
            continue
        return False
    return True


def _asked_for(text: str) -> Language | None:
    found = _ASKED_FOR.search(text) if len(text) <= _LONGEST_WISH else None
    return _ASKED.get(found[1] or "", Language.OTHER) if found else None


def _of_letters(text: str) -> Language | None:
    plain = normalise(text)
    words = [word for word in _LATIN_WORD.findall(plain) if not _is_at_home(word)]
    if not words:
        return None
    if any(not _is_latin(character) for word in words for character in word):
        return Language.OTHER
    said = {word.casefold().replace("’", "'") for word in words}
    letters = set(plain.casefold())
    scores = {
        code: len(known & said) + 3 * bool(LETTERS.get(code, frozenset()) & letters)
        for code, known in WORDS.items()
    }
    best = max(scores, key=lambda code: scores[code])
    if scores[best]:
        return Language(best)
    # A single short word or letter is a name, a sign, or a slip of the keyboard.
    return Language.OTHER if any(len(word) >= _SHORTEST_WORD for word in words) else None


def _is_at_home(word: str) -> bool:
    """Whether Japanese people write a word by itself: OK, PCR, SpO2, kg, ｗｗｗ."""
    low = word.casefold()
    if low in AT_HOME or any(character.isdigit() for character in word) or not low.strip("w"):
        return True
    if sum("GREEK" in unicodedata.name(character, "") for character in word) in {1, 2}:
        return True  # γGTP
    is_known = any(low in known for known in WORDS.values())
    return len(word) == 1 or (word.isupper() and len(word) <= _LONGEST_NAME and not is_known)


def _is_latin(character: str) -> bool:
    return "LATIN" in unicodedata.name(character, "") or not character.isalpha()
