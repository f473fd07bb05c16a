"""Tell whether what was just said is denied: Japanese says so after it, 「痛くはない」「頭は打ってねえ」「発作などは起こしておりません」.

Over the spoken form (`core.ja.spoken`). What may stand between the words and their denial is listed, so that
「痛くて動けない」「血が止まらない」「60しかない」「痛いねえ」「脳卒中じゃないか」 deny nothing.
"""

import re
from bisect import bisect_left

from core.ja.spoken import Spoken, plain_kana, unvoiced


def spoken_pattern(pattern: str) -> str:
    """Return a pattern as it must be written to match a spoken form."""
    return unvoiced(plain_kana(pattern))


# No denials: ないでしょうか, ないかも, ないと困る, ないわけじゃない; nor 痛いと泣いて.
_BUT_NOT = "(?!て(?!す|し)|た|です(?:か|よね)|でしょ|でし[ょよ]うか|だろ|よね|わけ|こと|と[いこだ]|かも|[?])"
# Dialect, but not 「痛いねえ」「倒れたね」「私もね」: only what a denial can follow.
_NAY = f"(?:(?<=[くはもがでてじやらわかさなまばれせべけえ])|(?<=[^いたるだ]し))(?:ねえ{_BUT_NOT}|ねく|ねが|(?<=[くなまばれせべけえ])ね(?=[。、]|$)|(?<=じゃ)ね(?=[。、]|$)|(?<=も)ね(?=。|$)|(?<=て)ね(?=[。、]|$))"
_NOR = "なく(?=て(?![はも]))|(?<=も)なく(?![らりるれろっ])|(?<=では)なく|(?<=じゃ)なく|(?<=[くはもがゃやさらわばい])なく(?=[、。はも]|$)"
# ない of 倉庫内, 家内 is none: after a noun, only before an end or です.
_NONE = (
    "(?:(?<=[くてではもがのとしれせけえらさわまばたいき])ない|(?<=じゃ)ない|ない(?=[、。?]|$|です|けど|から|し|よ|ので|んです))"
    + _BUT_NOT
)
_NOT = f"({_NONE}|(?:ありませ[んぬ]|ございませ[んぬ]|ござりませ[んぬ]|あらへん){_BUT_NOT}|{_NOR}|なか[っつ]|なし|なさそう|ひてい(?!でき)|{_NAY})"
_NOT_DO = (
    f"({_NONE}|(?:ませ[んぬ]|まへん){_BUT_NOT}|{_NOR}|なか[っつ]|(?<!し)ぬ(?=[、。よようとが]|$)"
    "|(?<=[あかがさざたまなばわらいきぎしちにみりえけげせてねべめれ])ず(?=[、。?にもはよ]|$|けい|す[みん])"
    f"|(?<=おら)ん|(?<=とら)ん|(?<=[らわせれ])ん(?=[。、でけよかたしのと]|$)|{_NAY})"
)
_AT_ALL = (
    "(?:いっさい|まったく|ぜんぜん|とくに|べつに|ちっとも|すこしも|なにも|なんにも|なんら|(?:の)?いずれも|どれも|どちらも|とも|ともに"
    "|いまのところ|いままで|これまで|[ぁ-ん0-9]{1,5}(?:ねん|かげつ)(?:かん|いじょう|ちかく|ほど)*|いまは|きょうは|もう|まだ|ほとんど|さっぱり|(?:いち|いっ)[どかぺ][いん]?も|これといって|けっして|もうとう|そんな|そこまで|つゆほども|みじんも|さらさら|[いひ](?:ち|っ|と)(?:てき|つ|ぽん|こ|つぶ|かしょ|ぎれ)も)*"
)
_SORT = "(?:など|とう(?=なし|は|も)|まで|をうたがう|をうたがわせる|なんか|なんて|なんぞ|なんさ|とか|といった|という|って|そういう|そういった|そんな|みたいな|らしき|らしい|のような|ような|よな|に|の|との)*"
_THING = (
    "(?:わけ|しんぱい|おそれ|かのうせい|こと|の|ん|もの|ようす|かんじ|けはい|きもち|つもり|しょうじょう|しょけん|うたがい|ちょうこう|けいせき|おぼえ|かんがえ"
    "|ほど|ほう|ふう|けいこう)?"
)
_MARK = "(?:は|も|が|を|には|とかは|なんかは)?"
_DO = (
    "(?:し|いたし|おこし|おき|おこっ|で|でき|なり|なら|なっ|うけ|みられ|みえ|みうけられ|みとめ|みとめられ|かんじ|おぼえ|うったえ|ともなわ"
    "|ともなっ|つい|はいっ|はいら|ふえ|あり|いたっ|いたら|いか|かくにんされ|かくにんし|はっけんされ|まじっ|まじら|まじり|のこっ|おもっ|おもわ|おもい|おもう(?=て)|かんがえ|やっ|やら|せ)?"
)
_VOICE = "(?:られ|れ|され|させ|せ|とし|し|さ)?"
_STAY = (
    "(?:(?:て|で|って|んで|いで|ちゃ|じゃ|と|(?<=[てと])|(?<=ち)ゃ)(?:は|も|なんか|とか)?(?:い|おり|おら|ござい|いらっしゃい|ら)?"
    "|たり(?:とか|は|も)?(?:し(?:て)?(?:い|おり|おら)?)?)?"
)
_PLAIN = "(?:した|なった|している|してる|られた|れた|た|だ|った|んだ|いた|いだ|る|い|たい|ている|でいる|てる|でる|ってる|んでる|ていた|てた|かった|っちまった|ちゃった|そう)?"
_IS = "(?:では|でも|じゃ|じゃあ|で|とかじゃ|とかでは|とかで|なんかじゃ|は|も|が)"
_ATTACHED = re.compile(
    # 「つついても起きず」: ても is said of what follows.
    "(?<!ても)(?:"
    + spoken_pattern(
        # 痛く(は)ない; 打ってない, 飲みません, 倒れてはおらん, 吐いたりしてません
        f"く?(?:は|も|なんか|とか|など|なんて)*{_AT_ALL}{_NOT}|{_VOICE}{_STAY}{_AT_ALL}{_NOT_DO}"
        # 痛みなどは一切ございません, 発作は起こしておりません, 胸痛、なし
        f"|(?<!て)さ?{_SORT}{_THING}{_MARK}(?:、?{_AT_ALL}{_NOT}|{_AT_ALL}{_DO}{_STAY}{_AT_ALL}{_NOT_DO})"
        # 飲ませるわけにはいかない
        f"|{_VOICE}る?わけに[はも]{_AT_ALL}いか{_NOT_DO}"
        # 倒れたわけではない, 死にたいとかじゃない, 誤飲ではなく, 打ったんじゃなくて
        f"|さ?{_PLAIN}{_SORT}{_THING}{_SORT}{_IS}{_AT_ALL}{_NOT}|とは(ちがいます|ちがう(?=[。、よみで]|$))"
        # 低血糖も起きたことがありません, 血を吐くようなことは一度もございません
        f"|さ?{_MARK}{_DO}{_PLAIN}{_SORT}こと[はもが]{_AT_ALL}{_NOT}"
        # 増えたり気を失ったりということは一切ございません
        f"|(?:[っんい]?た|(?<=た))り{_SORT}{_THING}{_MARK}{_AT_ALL}(?:{_NOT}|{_DO}{_STAY}{_NOT_DO})"
        # 胸痛、めまい、息切れ、いずれもございません
        f"|さ?(?:、[^。?、]{{1,8}}){{1,5}}、?の?いずれも{_AT_ALL}{_THING}{_MARK}(?:{_NOT}|{_DO}{_STAY}{_NOT_DO})"
        # 熱も吐き気もない
        f"|さ?も、?[^。?、]{{1,9}}も{_AT_ALL}(?:{_NOT}|{_DO}{_STAY}{_NOT_DO})"
    )
    + ")"
)
# Between two of a list: 息苦しさ「も」胸の痛み「も」ない; 胸痛「、」息切れ「、」いずれもなし.
_JOINED = re.compile(
    spoken_pattern(
        r"(?<!て)さ?(?:(?<![んりう])と|や|も|とか|やら|た?わけでも|たり|が[^。?、]{1,6}たり|および|または|ならびに)、?"
    )
)
_IN_ROW = re.compile(spoken_pattern(r"さ?、(?:[^。?、]{1,8}、)*"))
_OF_ALL = re.compile(
    spoken_pattern(
        "さ?(?:[^。?、]{1,8}(?:と|や|も|とか|、))*[^。?、]{0,8}?(?:の?いずれも|など[はもの]|とも|も|は)"
        f"{_AT_ALL}{_THING}{_MARK}{_DO}{_STAY}"
    )
)
# Without one of these there is no denial; found first because they are rare.
_CORE = re.compile(
    spoken_pattern(
        "な[いくしかさ]|ませ[んぬ]|まへん|あらへん|ねえ|ね[くが。、]|ね$|ず|ぬ|(?<=[らわせれ])ん|ひてい|とはちが"
    )
)
# So many kana may stand between the end of what is denied and its denial: a long list.
_FAR = 80
_MAYBE = re.compile("(?:て|んで)ねえ?(?:[。、]|$)")
_GOES_ON = re.compile("[てで]ね(?:[。、]|$)")
_TOPIC = re.compile("[はも]|なんか|とか")
_NEAR = 8
# 開けませ: what was found may end within its denial.
_OWN = 3


def may_deny(text: str) -> "list[tuple[int, int]]":
    """Return (last, first) place where what is named must end for each denial that may be said of it, in order.

    It is denied in its own sentence.
    """
    found = []
    for core in _CORE.finditer(text):
        far, place = max(0, core.start() - _FAR), core.start()
        stop = max(text.rfind("。", far, place), text.rfind("?", far, place))
        found.append((place + _OWN, max(far, stop + 1)))
    return found


def is_near(within: "list[tuple[int, int]]", end: int) -> bool:
    """Tell whether a denial may be said of what ends at `end`; `within` is what `may_deny` returned."""
    following = bisect_left(within, (end,))
    return following < len(within) and within[following][1] <= end


def denial(said: Spoken, end: int) -> int | None:
    """Return where the denial begins that is said of what ends at `end`; None when it is not denied."""
    text = said.text
    # The end of 「開けません」 is no denial of it.
    found = _ATTACHED.match(said.marked, end + text.startswith(("ません", "ませぬ"), end - 2))
    if not found:
        return None
    no, after = found.start(found.lastindex or 0), found.end()
    # 「いたくてたてない」 is no 「いたんでない」: た is followed by で alone.
    if text.startswith("たて", no - 2) and said.voiced[no - 1] == "て":
        return None
    # 「して話が」 is no 「してはなし」.
    if text.startswith("なし", no) and no not in said.begins:
        return None
    # 「ないか」 asks; 「ないが」 and 「ない肩こりです」 do not.
    if said.voiced.startswith("か", after) and {after, after + 1} <= said.begins:
        return None
    # 「倒れてねえ、」 may be 「倒れてね、」: a denial only with で (吐血でねえ), は, も, なんか.
    if _MAYBE.match(said.voiced, no - 1) and not _TOPIC.search(text, max(0, end - _NEAR), no):
        return None
    # 「母は倒れてね」 goes on talking, 「けいれんはしてね」 denies.
    if _GOES_ON.match(said.voiced, no - 1) and text[end : end + 1] not in {"は", "も"}:
        return None
    return no


def are_joined(text: str, end: int, start: int, no: int) -> bool:
    """Tell whether what ends at `end` is in one list with what begins at `start` and is denied at `no`."""
    if _JOINED.fullmatch(text, end, start):
        return True
    return bool(_IN_ROW.fullmatch(text, end, start) and _OF_ALL.fullmatch(text, start, no))
