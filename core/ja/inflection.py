"""Inflect words of the lexicon: 「吐く」 also stands for 吐いて, 吐きました, 吐かれ; 「できない」 for できません and できねえ.

A word is given in its dictionary form; what it is (verb, adjective, negation) is told by Sudachi. Each inflected form
is a beginning: 「くるしか」 finds 苦しかった.
"""

from core.ja.spoken import plain_kana
from core.ja.tokens import sudachi_parts

# What may stand where the dictionary form of a verb has its last kana, by row; sound changes and dialect included.
_ROWS = {
    "カ行": "かきくけこい",
    "ガ行": "がぎぐげごい",
    "サ行": "さしすせそ",
    "タ行": "たちつてとっ",
    "ナ行": "なにぬねのん",
    "バ行": "ばびぶべぼん",
    "マ行": "まみむめもん",
    "ラ行": "らりるれろっん",
    "ワア行": "わいうえおっ",
}
_ICHIDAN = (
    "る",
    "て",
    "た",
    "な",
    "ま",
    "ら",
    "れ",
    "よ",
    "そ",
    "ち",
    "ん",
    "ず",
    "す",
    "っ",
    "き",
    "に",
    "か",
    "、",
    "。",
)
_SURU = ("し", "す", "せ", "さ", "ち")
# Of a longer word: 入ってくる, 出てくる.
_KURU = (
    "くる",
    "くれ",
    "きた",
    "きて",
    "きま",
    "きち",
    "きそ",
    "きだ",
    "きで",
    "こな",
    "これ",
    "こら",
    "こね",
    "こん",
)
_NOT = (
    "ない",
    "なく",
    "なか",
    "なけ",
    "なさ",
    "なそ",
    "ねえ",
    "ねく",
    "ねか",
    "ねん",
    "ね、",
    "ね。",
    "ん",
    "ず",
    "ぬ",
    "なっ",
    "ねっ",
    "にえ",
    "なー",
)
_NONE = (
    "ない",
    "なく",
    "なか",
    "なけ",
    "なし",
    "ねえ",
    "ねく",
    "ねん",
    "ね、",
    "ね。",
    "ありませ",
    "あらへん",
)
_ADJECTIVE = ("い", "く", "か", "け", "み", "さ", "そ", "す", "っ")
_I_ROW = dict(zip("かがさたなばまらわ", "きぎしちにびみりい", strict=True))
_O_ROW = dict(zip("あかがさざただなばまやらわ", "おこごそぞとどのぼもよろお", strict=True))
_E_ROW = dict(zip("あかがさざただなはばぱまやらわ", "えけげせぜてでねへべぺめえれえ", strict=True))
_O_OR_U = {
    "う": "い",
    "く": "き",
    "す": "し",
    "つ": "ち",
    "ぬ": "に",
    "む": "み",
    "る": "り",
    "ぐ": "ぎ",
    "ず": "じ",
    "ぶ": "び",
}
_A_OF_E = dict(zip("えけげせてねべめれ", "わかがさたなばまら", strict=True))
# 吸えない and 吸えていない say the same; of 見ない, いない and the like they do not.
_TE_ROW = frozenset("えけげせぜてでねべめれき")
# What follows the sound changes and each row of a verb.
_AFTER = (
    ("いっん", "てただでちじとど"),
    ("わかがさたなばまら", "なれせんずさ"),
    ("きぎしちにびみりい", "まそなつ、。たも"),
    ("くぐすつぬぶむるう", ("",)),
    ("けげせてねべめれえ", "ばなるまて"),
    ("こごそとのぼもろお", "うお"),
)
# A one-kana beginning of a verb says nothing without what follows.
_SHORT = 3


def inflected(word: str) -> "frozenset[str]":
    """Return the beginnings, as they are spoken, by which the inflected forms of a word are found."""
    parts = sudachi_parts(word)
    if not parts:
        return frozenset()
    surface, part, kind, form, reading = parts[-1]
    said = "".join(spoken_reading for *_, spoken_reading in parts)
    before = said[: len(said) - len(reading)]
    if surface == "ない" and part == "形容詞":
        found = {before + end for end in _NONE}
    elif surface == "ない" and part == "助動詞":
        found = _negated(before)
        if [part for _, part, *_ in parts[-2:-1]] != ["動詞"] and before.endswith(("て", "で")):
            # 溺れてん(だ) is 溺れている, 溺れたん(だ) 溺れた: they deny nothing; 立てん is 立てない.
            found -= {before + end for end in ("ん", "ず", "ぬ")} | {
                before[:-1] + end for end in ("たん", "だん")
            }
    elif part == "形容詞" and form.startswith("終止") and reading.endswith("い"):
        found = _adjective(before + reading[:-1])
    elif part in {"動詞", "接尾辞"} and form.startswith(("終止", "連体")):  # 接尾辞: 痛がる
        found = _verb(before + reading, kind)
    elif surface in {"た", "だ"} and part == "助動詞" and len(parts) > 1:
        found = {said, *_polite_past(said, reading, parts[-2])}
    else:
        found = {said}
    return frozenset(plain_kana(one) for one in found)


def _polite_past(said: str, past: str, verb: "tuple[str, str, str, str, str]") -> "set[str]":
    """Say a past form politely, and as what was done and cannot be undone: 飲んだ → 飲みました, 飲んじゃった."""
    _, _, kind, _, _ = verb
    group, _, row = kind.partition("-")
    if group not in {"五段", "上一段", "下一段", "サ行変格"}:
        return set()
    before = said[: -len(past)]
    polite = before[:-1] + _ROWS[row][1] if group == "五段" and row in _ROWS else before
    done = ("じゃ", "じま") if past == "だ" else ("ちゃ", "ちま")
    return {polite + "ました", polite + "まして", *(before + end + "っ" for end in done)}


def _negated(base: str) -> "set[str]":
    """Inflect a negated verb: できない → できません, できねえ, できん; 動かない → 動きません; 起きられない → 起きらんに."""
    found = {base + end for end in _NOT}
    if len(base) < _SHORT:
        found.discard(base + "ず")  # 立てず is spoken like よかったです
    if base.endswith(("て", "で")):
        found.discard(base + "なー")  # drawn out 打ってなー, but without its mark also 打って「な」んども
    last = base[-1:]
    polite = base[:-1] + _I_ROW[last] if last in _I_ROW else base
    found |= {polite + "ませ", polite + "まへん"}
    if last in _A_OF_E:
        found |= {base[:-1] + _A_OF_E[last] + "ん"}
    if last in {"ら", "り"}:
        found |= {base[:-1] + "んな", base[:-1] + "んね"}
    if base.endswith("られ"):
        found |= {base[:-2] + "らん", base[:-2] + "れない"}
    if last in _TE_ROW:
        found |= {
            base + te + end for te in ("て", "てい") for end in _NOT if end not in {"なー", "ん", "ず", "ぬ"}
        }
        found |= {base + "てませ", base + "ていませ", base + "ておら", base + "ておりませ"}
    return found


def _adjective(stem: str) -> "set[str]":
    """Inflect an adjective: 苦しい → 苦しく, 苦しかった; 痛い → いてえ; 苦しゅう, 痛う (ございます)."""
    found = {stem + end for end in _ADJECTIVE}
    last = stem[-1:]
    if last in _O_ROW:
        found |= {stem + "うござ", stem[:-1] + _O_ROW[last] + "うござ"}
    elif last in _I_ROW.values():
        found.add(stem + "ゅうござ")
    else:
        found.add(stem + "うござ")
    if last in _E_ROW:
        found.add(stem[:-1] + _E_ROW[last] + "え")
    elif last in _O_OR_U:
        found.add(stem[:-1] + _O_OR_U[last] + "い")
    return found


def _ends(kana: str, stem: str) -> "list[str]":
    """Return a verb's last kana; of a verb as short as 吐く with what follows, because はい and はか are in many words."""
    if len(stem) > 1:
        return [kana]
    return [kana + after for row, after_row in _AFTER for after in after_row if kana in row] or [kana]


def _verb(said: str, kind: str) -> "set[str]":
    group, _, row = kind.partition("-")
    stem = said[:-1]
    if group == "五段" and row in _ROWS:
        return {stem + end for kana in _ROWS[row] for end in _ends(kana, stem)}
    if group in {"上一段", "下一段"}:
        return {stem} if len(stem) >= _SHORT else {stem + end for end in _ICHIDAN}
    if group == "サ行変格":
        return {said[:-2] + end for end in _SURU}
    if group == "カ行変格" and len(said) > _SHORT:
        return {said[:-2] + end for end in _KURU}
    return {said, stem}
