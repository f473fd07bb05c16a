"""Read yes and no in every sign that residents give: words, dialect, ○ and ×, pictures. The one reader of both.

What a sign means depends on the question. 「次のどれかにありますか」 lists signs of danger: there a raised thumb, crossed
arms and 「大丈夫です」 may mean that nothing applies, that it is bad, or that no help is wanted, and each mistake harms
somebody; so they are unclear, and asked about again. A question for one thing (「妊娠していますか」, 「119番に電話しますか」)
is answered by a thumb. 「大丈夫です」 is unclear to any question: yes, no, or no thanks.
"""

import re
from enum import StrEnum

from core.ja import fold, form, normalise


class YesNo(StrEnum):
    """What an answer is read as."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    UNCLEAR = "unclear"  # an answer, but not which one: it is asked for again, in other words


class _Sign(StrEnum):
    """What a sign says before the question is known."""

    YES = "yes"
    NO = "no"
    APPROVES = "approves"
    REFUSES = "refuses"
    DOUBTS = "doubts"


# Pictures are lost in the normal form of a text, so signs are read as they were written. 〇 is the zero of kanji.
_SIGNS = {
    sign: meaning
    for signs, meaning in (
        ("○〇◯⭕◎✅✔✓☑", _Sign.YES),
        ("×✕✖✗✘❌❎╳☓", _Sign.NO),
        ("👍👌🙆🆗", _Sign.APPROVES),
        ("👎🙅", _Sign.REFUSES),
        ("△▲❓❔🤔🤷", _Sign.DOUBTS),
    )
    for sign in signs
}
_SAID = r"(?:です|でした|だ|よ|ね|な|さ|わ|と思う|とおもう|と思います|とおもいます|ー|っ)*"
_YES = re.compile(
    r"(?:はい(?:はい)*|は[ーあ]+い|うん(?:うん)*|ええ|うむ|おう|そうなん|んだ(?:んだ)*(?:べ|っぺ|から)?|そだ|そうだ?(?:そうだ?)*|(?:その|そのう)(?:通|とお)り"
    r"|ある(?:ある)?|あります|あった|ありました|いる|います|している|しています|してる|してます|あてはまる|あてはまります|当てはまる|当てはまります"
    r"|いえす|yes|yeah|yep|もちろん|まる|丸|二重丸|o|si|sí|sim|có|oo|opo|ya|iya|네|예|是|是的|对)" + _SAID
)
_NO = re.compile(
    r"(?:いいえ|いえ(?:いえ)*|いや(?:いや)*|いいや|いんや|ううん|う[ーう]うん|うんにゃ|んにゃ|んでね[ーえ]?|んでない|ちがう|ちがいます|違う|違います|ちげ[ーえ]"
    r"|ない(?:ない)?|無い|ねえ(?=です)|なし|なす|無し|無|ありません|なかった|ありませんでした|いない|いません|していない|していません|してない|してません"
    r"|あてはまらない|あてはまりません|当てはまらない|当てはまりません|該当なし|のー|no|nope|だめ|ばつ|ぺけ|x"
    r"|não|nao|không|khong|hindi(?:po)?|tidak|bukan|아니요|아니|不是|没有)" + _SAID
)
_APPROVES = re.compile(r"(?:ok|おーけー|おっけー|おけー?|おーらい)" + _SAID)
_UNSURE = re.compile(
    r"(?:よく)?(?:わから|分から)(?:ない|ん|ね[ーえ])(?:です)?(?:よ|ね|な)*|(?:よく)?(?:わかりません|分かりません|わかんない|わかんね[ーえ])"
    r"|不明(?:です)?|さあ|どうかな|どうだろう|どちらとも(?:い|言)えない(?:です)?"
)
_UNCLEAR = re.compile(
    r"(?:(?:はい|いえ|いいえ|もう|今は|いまは|私は|わたしは|まあ|たぶん|多分|なんとか)[、,]?)*"
    r"(?:大丈夫|だいじょ[うー]?ぶ|平気|へいき|問題(?:ない|なし|ありません)|異常(?:ない|なし|ありません)|元気|結構|けっこう|いい|よい)"
    + _SAID
    + r"|う[ー]+ん|微妙"
    + _SAID
)
# 「どれもないです」「特にありません」「どれも大丈夫です」 is said of a list, and there means none of them.
_DENIES = (
    r"(?:ない|無い|ありません|なし|無し|なす|あてはまらない|あてはまりません|当てはまらない|当てはまりません"
)
_EACH = r"(?:(?:いいえ|いえ)[、,]?)?(?:(?:どれも|何も|なにも|なんにも|ひとつも|一つも|全部|ぜんぶ|全て|すべて|特に|とくに|今のところ|いまのところ)は?)"
_ENDS = r"(?:です|だ|よ|ね|と思う|とおもう|と思います|とおもいます|みたい|ですね|ですよ|けど)*"
_NONE = re.compile(rf"{_EACH}*{_DENIES}){_ENDS}|{_EACH}+{_DENIES}|大丈夫|だいじょうぶ|平気|ばつ|ok){_ENDS}")
_ALL = re.compile(_EACH)
_ABSENT = re.compile("ない|無い|なし|無し|なす|ありません|ねえ")
# The normal form shortens 「うううん」 to うん.
_DRAWN_OUT = re.compile(r"[うウｳ]{3,}[んンﾝ]")
_IN_ENGLISH = re.compile(
    r"(yes|no)[,.!]? ?(?:please|thank ?you|thanks|it is(?: not)?|it'?s not|i do(?: not|n't)?|i am(?: not)?|that'?s (?:right|wrong)|none)?"
)
_MORE_AFTER_YES = re.compile(
    r"(?:はい|うん(?!にゃ)|ええ|そうです|んだ(?!け)(?:な|ね|よ)?|そだ(?:な|ね|よ)?|[○〇◯])[、。,!]?(?=.{3})"
)
# Characters; a longer message says more than yes or no.
LONGEST_ANSWER = 40
_EDGES = "。、.,!?「」()・~ "


def read_yes_no(text: str, *, is_list: bool) -> YesNo | None:
    """Return what a whole message answers; None when it is no such answer.

    `is_list`: the question lists things and asks whether any of them applies.
    """
    if len(text) > LONGEST_ANSWER:
        return None
    signs = {sign for sign in text if sign in _SIGNS}
    found: set[YesNo | None] = {_meant(sign, is_list=is_list) for sign in signs}
    words = _plain("".join(character for character in text if character not in signs) if signs else text)
    if words and not (found and re.fullmatch(_SAID, words)):
        found.add(_of_words(words, text, is_list=is_list))
    if not found or None in found:
        return None
    # 「はい❌」 says both.
    return found.pop() if len(found) == 1 else YesNo.UNCLEAR


def is_answer(text: str) -> bool:
    """Whether a whole message is yes, no, or none of them."""
    return read_yes_no(text, is_list=True) in {YesNo.YES, YesNo.NO}


def is_bare_no(text: str) -> bool:
    """Whether a whole message is no and does not say of what: 「ない」「いいえ」; not 「どれもない」."""
    return read_yes_no(text, is_list=True) is YesNo.NO and not _ALL.match(_plain(text))


def is_bare_absence(text: str) -> bool:
    """Whether a whole message is 「ない」 in one of its forms: it may be the end of a sentence."""
    return is_bare_no(text) and bool(_ABSENT.match(_plain(text)))


def begins_with_yes(text: str) -> bool:
    """Whether a message (folded) begins with yes and goes on: 「はい、息が苦しいです」."""
    return bool(_MORE_AFTER_YES.match(text))


def _meant(sign: str, *, is_list: bool) -> YesNo:
    match _SIGNS[sign]:
        case _Sign.YES:
            return YesNo.YES
        case _Sign.NO:
            return YesNo.NO
        case _Sign.APPROVES if not is_list:
            return YesNo.YES
        case _Sign.REFUSES if not is_list:
            return YesNo.NO
        case _:
            return YesNo.UNCLEAR


def _of_words(words: str, text: str, *, is_list: bool) -> YesNo | None:
    if _DRAWN_OUT.search(text):
        return YesNo.UNCLEAR
    if is_list and _NONE.fullmatch(words):
        return YesNo.NO
    if _YES.fullmatch(words):
        return YesNo.YES
    if _NO.fullmatch(words):
        return YesNo.NO
    if _APPROVES.fullmatch(words):
        return YesNo.UNCLEAR if is_list else YesNo.YES
    if _UNSURE.fullmatch(words):
        return YesNo.UNSURE
    if _UNCLEAR.fullmatch(words):
        return YesNo.UNCLEAR
    english = _IN_ENGLISH.fullmatch(normalise(text).casefold().replace("’", "'").strip(".! "))
    return YesNo(english[1]) if english else None


@form
def _plain(text: str) -> str:
    return fold(text).strip(_EDGES)
