"""Read what residents type instead of tapping: labels, numbers, places in a list, yes and no, leaving."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache

from bot.language.yes_no import YesNo, begins_with_yes, read_yes_no
from core.ja import fold, folded_lines, form
from core.messages import Option

START_OVER = (
    "やめる",
    "やめます",
    "やめたい",
    "やめたいです",
    "やめておきます",
    "最初から",
    "はじめから",
    "最初に戻る",
    "はじめに戻る",
    "リセット",
    "キャンセル",
    "中止",
    "メニュー",
)
NO_LONGER = (
    "もういい",
    "もういいです",
    "もう大丈夫",
    "もう大丈夫です",
    "もう結構です",
    "待つのをやめる",
    "待つのをやめます",
)
GO_BACK = (
    "前の質問にもどる",
    "前の質問に戻る",
    "前にもどる",
    "前に戻る",
    "ひとつ前にもどる",
    "一つ前に戻る",
    "もどる",
    "戻る",
    "戻ります",
    "間違えました",
    "まちがえた",
    "押し間違えた",
)
RETURN = (
    "先ほどの質問にもどる",
    "さっきの質問にもどる",
    "さっきの質問に戻る",
    "続きから",
    "続ける",
    "続きをする",
)
ANYBODY = (
    "だれでもいい",
    "誰でもいい",
    "だれでもいいです",
    "誰でもいいです",
    "だれでも",
    "誰でも",
    "どなたでも",
    "どなたでもいい",
    "どなたでもいいです",
    "どなたでも結構です",
    "だれでもかまいません",
    "おまかせ",
    "おまかせします",
    "お任せします",
    "お任せ",
    "おまかせで",
    "どれでもいい",
    "どちらでも",
    "迷っています",
    "わからない",
    "わかりません",
)
THIS = (
    "これ",
    "これです",
    "これだ",
    "これだよ",
    "これかな",
    "これかも",
    "これがある",
    "これがあります",
    "それ",
    "それです",
    "こっち",
    "こちら",
    "こちらです",
)
# 「右」「した」「上」 alone are parts of the body, or the end of a word.
FIRST = ("一番上", "いちばん上", "一番上の", "一番上です", "上の", "上のです", "最初の", "最初のです")
LAST = ("一番下", "いちばん下", "一番下の", "一番下です", "下の", "下のです", "最後の", "最後のです")
MIDDLE = ("真ん中", "まんなか", "真ん中の", "真ん中です")
NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "ひとつ": 1, "ふたつ": 2, "みっつ": 3, "よっつ": 4}
PLACE = re.compile(
    r"(?:上から)?(\d|[一二三四五]|ひとつ|ふたつ|みっつ|よっつ)(?:番|番目|番め|ばん|つ目|つめ|目|め|個目)?(?:の|です|で)?"
)
WANTS_AN_EAR = re.compile(
    r"(?:(?:悩み|なやみ|悩んで|愚痴|ぐち|つらい(?:気持ち|こと)|苦しい(?:気持ち|胸の(?:内|うち)))"
    r".{0,8}(?:聞いて|きいて|聴いて|相談|話し?たい|はなしたい)|(?:悩み|なやみ)(?:が|ごと|事|を)|"
    r"(?:ただ|だれかに|誰かに)?(?:話|はなし)(?:を|だけ)?(?:聞いて|きいて|聴いて)(?:ほしい|欲しい|もらいたい|くれ)|(?:さみしい|さびしい|寂しい|淋しい))"
)
SOME = re.compile(
    r"(?:はい、?)?(?:ひとつ|一つ|1つ|ふたつ|二つ|2つ|みっつ|三つ|3つ|いくつか|どれか|どれかが|一部)(?:だけ|は|が|か)*"
    r"(?:あります|ある|ありました|あった|あてはま(?:る|ります)|当てはま(?:る|ります))(?:です|よ|ね|と思(?:う|います))*[。!]?"
)

# What somebody needs to be able to do, denied: 「水が飲めません」「ひとりでは歩けない」.
UNABLE = re.compile(
    r"(?:飲[めま]|のめ|食べ(?:られ)?|たべ(?:られ)?|歩[けか]|あるけ|話せ|はなせ|しゃべれ|立て|起き(?:られ)?|動[けか]|うごけ|出|でき|遊[べば]|笑[わえ]|合わ"
    r"|行け|いけ)(?:ない|なく|ません|ねえ|ず)|無理"
)


def asks_to_start_over(text: str) -> bool:
    """Whether the whole message asks to end the running flow."""
    return plain(text) in spellings(START_OVER)


def asks_to_stop_waiting(text: str) -> bool:
    """Whether the whole message asks not to wait for a person any longer."""
    return asks_to_start_over(text) or plain(text) in spellings(NO_LONGER)


def asks_to_go_back(text: str) -> bool:
    """Whether the whole message asks to answer the question before again."""
    return plain(text) in spellings(GO_BACK)


def asks_to_return(text: str) -> bool:
    """Whether the whole message asks to go on with what was interrupted."""
    return plain(text) in spellings(RETURN)


def wants_an_ear(text: str) -> bool:
    """Whether the message asks to be listened to: 「悩みを聞いてください」."""
    return bool(WANTS_AN_EAR.search(fold(text)))


def means_this(text: str) -> bool:
    """Whether the whole message only points at what it quotes: 「これです」."""
    return plain(text) in spellings(THIS)


def leaves_it_open(text: str) -> bool:
    """Whether the answer to "which?" is that any will do."""
    return plain(text) in spellings(ANYBODY)


def typed_choice(text: str, options: Sequence[Option]) -> str:
    """Return the value of the option typed instead of tapped: by label, number, place, yes, no, unsure.

    Empty when the words are none of the options.
    """
    said = plain(text)
    for option in options:
        if said == plain(option.label):
            return option.value
    place = _place(said, len(options))
    if place is not None:
        return options[place].value
    is_list = any(option.is_none for option in options)
    match read_yes_no(text, is_list=is_list):
        case YesNo.YES:
            return _first(options, {"yes"}) or _labelled(options, YesNo.YES)
        case YesNo.NO if is_list:
            return next(option.value for option in options if option.is_none)
        case YesNo.NO:
            return _first(options, {"no", "none"}) or _labelled(options, YesNo.NO)
        case YesNo.UNSURE:
            return _first(options, {"unknown"})
        case _:
            return ""


def typed_word(text: str, words: Mapping[str, str]) -> str:
    """Return the key of the words (several with a 「／」 between them) that are the whole message; else empty."""
    said = plain(text)
    return next((key for key, several in words.items() if said in spellings(tuple(several.split("／")))), "")


def affirms(text: str) -> bool:
    """Whether a message begins with yes and goes on: 「はい、息が苦しいです」."""
    return begins_with_yes(folded_lines(text))


def has_some(text: str) -> bool:
    """Whether the whole message says that an item of a list applies, unnamed: 「ひとつあります」."""
    return bool(SOME.fullmatch(folded_lines(text)))


def is_unable(text: str) -> bool:
    """Whether a message says that somebody cannot do, or does not do, something everyday: 「水が飲めません」."""
    return bool(UNABLE.search(folded_lines(text)))


def _labelled(options: Sequence[Option], meaning: YesNo) -> str:
    """Return the one option whose label itself is yes, or no: 「はい Yes 119」; empty when several or none are."""
    found = [o.value for o in options if read_yes_no(o.label.split(" ")[0], is_list=False) is meaning]
    return found[0] if len(found) == 1 else ""


def _first(options: Sequence[Option], values: Collection[str]) -> str:
    return next((option.value for option in options if option.value in values), "")


def _place(said: str, count: int) -> int | None:
    """Return the index that 「２」「①」「2番」「二つ目」「一番上」 name among `count` options."""
    if said in spellings(FIRST):
        return 0 if count else None
    if said in spellings(LAST):
        return count - 1 if count else None
    if said in spellings(MIDDLE):
        return count // 2 if count % 2 else None
    found = PLACE.fullmatch(said)
    if not found:
        return None
    number = NUMERALS.get(found[1]) or int(found[1])
    return number - 1 if 1 <= number <= count else None


@cache
def spellings(words: tuple[str, ...]) -> frozenset[str]:
    """Return our words in the form in which whole messages are compared; cached, so never a resident's."""
    return frozenset(plain(word) for word in words)


@form
def plain(text: str) -> str:
    """Return words in the form in which whole messages are compared."""
    return fold(text).strip("。、.,!?「」()・ ")
