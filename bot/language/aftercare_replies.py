"""Read what residents type in answer to a question after a card: 「まだです」「電話しました」「悪くなった」."""

import re
from collections.abc import Mapping, Sequence

from bot.language.yes_no import YesNo, read_yes_no
from core.db.tables import AftercareAnswer, AftercareKind
from core.ja import fold

# Characters; a longer text tells something else as well.
LONGEST = 40
# What follows a word and takes it back: 「電話してない」「よくならない」.
_NOT = r"(?:て|で|に|く|は|き|け|ら|れ|も|い)*(?:な[いくか]|ませ|ねえ|ん(?:で|です)?$)"

Patterns = Sequence[tuple[AftercareAnswer, re.Pattern[str]]]
_A = AftercareAnswer


def _said(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


# The first that holds counts; what keeps help going stands before what ends it. In folded form (core.ja.fold).
_CALLED: Patterns = (
    (
        _A.CANNOT_CALL,
        _said(
            r"(?:電話|でんわ|119)(?:番)?.{0,4}(?:でき(?:て(?:い)?)?(?:な|ませ|そうにな)|使え(?:な|ませ)|つかえ(?:な|ませ)|かけられ(?:な|ませ))",
            r"(?:かけら?れ|呼べ|よべ|つながら|繋がら|話せ|はなせ|声が?出|声がで)(?:な[いく]|ませ)",
            r"(?:電話|でんわ|すまほ|携帯).{0,3}(?:がない|がありません|持って(?:い)?ない|もって(?:い)?ない)",
            r"^(?:でき(?:ない|ません)|無理|むり)",
        ),
    ),
    (
        _A.NOT_YET,
        _said(
            r"まだ(?!大丈夫)",
            r"(?:電話|でんわ|連絡|通報|119)(?:番)?(?:に|を|は|して|は)*(?:してい?|かけてい?|し)(?:な[いく]|ませ)",
            r"(?:かけ|呼ん|よん)[てで](?:い)?(?:な[いく]|ませ)",
            r"(?:大丈夫|だいじょ[うぶ]ぶ?)(?:じゃ|では)(?:な|あり)",
            r"(?:迷って|まよって|ためら|これから(?:電話|かけ|呼)|今から(?:電話|かけ|呼)|いまから(?:電話|かけ|呼))",
        ),
    ),
    (
        _A.CALLED,
        _said(
            r"(?:電話|でんわ|連絡|通報)(?:は|を)?(?:し(?:た|て(?:い)?(?:る|ます)|ました)|でき(?:た|ました)|ずみ|済み)",
            r"かけ(?:た|ました|ています|てます)",
            r"(?:呼|よ)(?:んだ|びました|んでいます|んでます|んである|んであります)",
            r"(?:つなが|繋が)(?:った|りました|っています|ってます)",
            r"(?:救急車|救急隊|きゅうきゅうしゃ|救急の人).{0,6}(?:来|き(?:た|ま)|着|つ(?:いた|き)|向か|乗|の(?:った|り)|待)",
            r"^でき(?:た|ました)",
        ),
    ),
    (
        _A.FINE,
        _said(
            rf"(?:大丈夫|だいじょ[うぶ])(?!じゃ|では|{_NOT})",
            rf"(?:おさま|収ま|治ま|落ち?着|おちつ|楽に|らくに|よく|良く|元気に)(?:っ|り|い|き|な)*(?:た|ました|て(?:い)?ます|てきた)(?!{_NOT})",
            r"(?:必要|119).{0,3}(?:な(?:い|さそう)|ありません)|いりません|いらない",
        ),
    ),
)
_GOING: Patterns = (
    (
        _A.CANNOT_GO,
        _said(
            r"(?:行け|いけ|動け|うごけ|出られ|歩け|あるけ|連れて行け)(?:そうに)?(?:な[いく]|ませ|ねえ)",
            r"(?:迷|まよ)って|迷い|どうしよう|どうすれば|わから(?:ない|ん|へん)",
            r"(?:車|くるま|足|あし|たくしー|お金|付き添い).{0,4}(?:がない|がありません|なくて|ないです|つかまらない|つかまりません)",
            r"(?:病院|びょういん).{0,6}(?:見つから|みつから|断られ|ことわられ|開いて(?:い)?(?:ない|ません)|やって(?:い)?(?:ない|ません))",
            r"(?:無理|むり)|行か(?:ない|ん)|行きたくな",
        ),
    ),
    (
        _A.ARRIVED,
        _said(
            r"(?:着|つ)(?:いた|きました|いて(?:い)?ます)",
            r"(?:病院|びょういん|くりにっく|待合|受付).{0,3}(?:にいま?す|にいる|です$|で待|に来|にきま|に来て)",
            r"(?:診|み)て(?:もらって|もらいま|もらった|いただ)|受診(?:し(?:た|ました|て)|中|ずみ|済み)",
        ),
    ),
    (
        _A.ON_THE_WAY,
        _said(
            r"(?:これから|今から|いまから|今|いま).{0,8}(?:行|い(?:く|き)|出|で(?:る|ま)|向か)",
            r"(?:向か|むか)って|(?:行|い)(?:きます|けます|けそう|ってきます|くところ)|出(?:ました|ます|るところ|かけ)",
            r"(?:たくしー|車).{0,6}(?:呼|乗|の(?:って|り)|待)",
        ),
    ),
)
_WORSE = _said(
    rf"(?:悪|わる)くな(?:った|りま|って(?:い|き)?)(?!{_NOT})",
    rf"(?:ひど|つよ|強|重|おも|つら|辛|苦し|くるし)くな(?:った|りま|って)(?!{_NOT})",
    rf"悪化(?!{_NOT}|は?して(?:い)?(?:な|ませ))",
    r"(?:増え|ふえ|広が|ひろが)(?:た|まし|って|て(?:い|き))",
    r"(?:もっと|さらに|前より|さっきより|だんだん).{0,8}くな(?:った|りま|って)",
    r"(?:大丈夫|だいじょ[うぶ]ぶ?)(?:じゃ|では)(?:な|あり)",
    r"熱.{0,3}(?:上が|あが)(?:った|りま|って)",
)
_SEEN = _said(
    r"(?:診|み)て(?:もらった|もらいました|もらってき|いただ)",
    r"受診(?:し(?:た|ました|てき)|ずみ|済み)",
    r"(?:病院|びょういん|医者|くりにっく|先生).{0,8}(?:行った|行きま|行ってき|いった|いきま|いってき|かかった|かかりま)",
)
_SAME = _said(
    r"(?:変わら|かわら)(?:ない|ず|ん|ねえ)|変わりません|かわりません|変化(?:は|が)?(?:ない|なし|ありません)",
    r"(?:同じ|おなじ|そのまま|相変わらず|あいかわらず|まだ|ずっと)",
    r"(?:よく|良く|楽に|悪く|わるく|ひどく)(?:は)?(?:な(?:ら|って(?:は)?(?:い)?)(?:ない|ません|な))",
)
_BETTER = _said(
    rf"(?:よく|良く|楽に|らくに|軽く|元気に)な(?:った|りま|って(?:い|き))(?!{_NOT})",
    rf"(?:治|なお)(?:った|りま)(?!{_NOT})|(?:おさま|治ま|収ま|落ち?着|おちつ|下が|さが|引|ひ)(?:っ|り|い|き)(?:た|まし|て(?:い|き))",
    rf"(?:大丈夫|だいじょ[うぶ]|平気|元気)(?!じゃ|では|{_NOT})",
)
_LOOK: Patterns = ((_A.WORSE, _WORSE), (_A.SEEN, _SEEN), (_A.SAME, _SAME), (_A.BETTER, _BETTER))
_NEXT_DAY: Patterns = (
    (_A.WORSE, _WORSE),
    (_A.CALLED, _said(r"119|救急車|きゅうきゅうしゃ|救急搬送|運ばれ")),
    (_A.SEEN, _SEEN),
    (
        _A.WATCHED,
        _said(r"様子|ようす|(?:家|いえ|うち)で|寝て|ねて|休ん|やすん|行かなかった|行きませんでした"),
    ),
    (_A.WATCHED, _BETTER),
    (_A.WATCHED, _SAME),
)
_PATTERNS: Mapping[AftercareKind, Patterns] = {
    AftercareKind.CALLED: _CALLED,
    AftercareKind.GOING: _GOING,
    AftercareKind.LOOK_AGAIN: _LOOK,
    AftercareKind.NEXT_DAY: _NEXT_DAY,
}
# 「はい」 and 「いいえ」, where the question takes them.
_YES_NO: Mapping[AftercareKind, Mapping[YesNo, AftercareAnswer]] = {
    AftercareKind.CALLED: {YesNo.YES: _A.CALLED, YesNo.NO: _A.NOT_YET},
    AftercareKind.GOING: {YesNo.YES: _A.ON_THE_WAY, YesNo.NO: _A.CANNOT_GO, YesNo.UNSURE: _A.CANNOT_GO},
}


def read_aftercare(text: str, kind: AftercareKind) -> AftercareAnswer | None:
    """Return what a whole message answers to a question of this kind; None when it is no answer to it."""
    if len(text) > LONGEST:
        return None
    said = fold(text)
    for answer, pattern in _PATTERNS[kind]:
        if pattern.search(said):
            return answer
    yes_no = read_yes_no(text, is_list=False)
    return _YES_NO.get(kind, {}).get(yes_no) if yes_no else None
