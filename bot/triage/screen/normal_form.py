"""Make the one spelling in which the red-flag screen compares words: `core.ja.fold` and further steps.

The voicing marks of the か and た rows are dropped: people of いわき say でぎね and 起ぎねえ, and people in a
hurry leave marks out. Patterns are written in ordinary spelling and go through the same steps, so both sides
always agree.
"""

import re

from core.ja import fold, form

_SMALL_VOWELS = str.maketrans("ぁぃぅぇぉ", "あいうえお")
_UNVOICED = str.maketrans("がぎぐげごだぢづでど", "かきくけこたちつてと")
_STOPS = str.maketrans({",": "、", "，": "、", "．": "。"})
_MONTHS = re.compile(r"[ゖゕけかヵ箇](?=月)")
_POINT = re.compile(r"\.(?!\d)")
_DRAWN_OUT = re.compile(r"([ぁ-ゖ])ー")

_ROWS = {
    "あ": "あかがさざただなはばぱまやゃらわ",
    "い": "いきぎしじちぢにひびぴみり",
    "う": "うくぐすずつづぬふぶぷむゆゅるおこごそぞとどのほぼぽもよょろ",
    "え": "えけげせぜてでねへべぺめれ",
}
_VOWEL_AFTER = {kana: vowel for vowel, row in _ROWS.items() for kana in row}


@form
def folded_text(text: str) -> str:
    """Return the form of a resident's words for which the compiled patterns are made."""
    folded = _POINT.sub("。", fold(text)).translate(_STOPS)
    return screen_form(_MONTHS.sub("か", folded))


def screen_form(text: str) -> str:
    """Return folded words, or a folded pattern, with large vowels, plain long sounds and no か, た marks."""
    large = text.translate(_SMALL_VOWELS)
    return _DRAWN_OUT.sub(_plain, large).translate(_UNVOICED)


def _plain(match: re.Match[str]) -> str:
    kana = match[1]
    return kana + _VOWEL_AFTER.get(kana, "ー")
