"""Reading what residents type where a button would do: labels, numbers, yes and no, the wish to start over."""

from collections.abc import Sequence
from functools import cache

from core.ja import fold
from core.messages import Action, Tap

START_OVER = (
    "やめる",
    "やめます",
    "やめたい",
    "最初から",
    "はじめから",
    "最初に戻る",
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
YES = ("はい", "うん", "ええ", "そう", "そうです", "あります", "ある", "いる")
NO = ("いいえ", "いや", "ちがう", "違います", "ない", "ないです", "ありません")
UNSURE = ("わからない", "わかりません", "分からない", "不明", "さあ", "どうかな")


def asks_to_start_over(text: str) -> bool:
    """Whether the whole message is the wish to leave what runs."""
    return plain(text) in spellings(START_OVER)


def asks_to_stop_waiting(text: str) -> bool:
    """Whether the whole message is the wish not to wait for a person any longer."""
    return asks_to_start_over(text) or plain(text) in spellings(NO_LONGER)


def typed_choice(text: str, options: Sequence[Action]) -> Tap | None:
    """Return the option a resident typed instead of tapping: its label, its number, or yes / no / unsure."""
    taps = [o for o in options if isinstance(o, Tap)]
    said = plain(text)
    for number, tap in enumerate(taps, start=1):
        if said in {plain(tap.label), str(number), f"{number}番"}:
            return tap
    for words, values in ((YES, {"yes"}), (NO, {"no", "none"}), (UNSURE, {"unknown"})):
        if said in spellings(words):
            return next((t for t in taps if t.data.rpartition("v=")[2] in values), None)
    return None


@cache
def spellings(words: tuple[str, ...]) -> frozenset[str]:
    """Return words of ours in the form that whole messages are compared in; remembered, so never a resident's."""
    return frozenset(plain(word) for word in words)


def plain(text: str) -> str:
    """Return words in the form that whole messages are compared in."""
    return fold(text).strip("。、.!?「」")
