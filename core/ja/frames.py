"""Tell what a sentence does with what it names: asks about a mere case, or about things in general. Over the spoken form."""

import re
from collections.abc import Iterator

from core.ja.negation import spoken_pattern
from core.ja.spoken import Spoken

# So far a case may stand behind what it is about, with no clause between: 低血糖で「意識がなくなっ」たら.
_REACH = 14
# So far behind a case its question may stand.
_QUESTION_REACH = 60
_SENTENCE_REACH = 40
_SENTENCE = re.compile("[^。?]+[。?]?")
# If it should happen: かまれ「たら」, 飲みまし「たならば」, 倒れ「た人が」; a state that lasts is no such case (意識がないとき, 苦しんでいるとき).
_CASE = re.compile(
    spoken_pattern(
        r"たら(?!し[いくか])|だら(?!し[いくか])|たならば?|(?<=[えけげせてねべめれ])ば(?!い|よ|[あらりるれろん])"
        r"|(?:(?<!てい)(?<!て)(?<!で)る|[うくすつぬむぐぶ]|た|だ)(?:とき|ばあい|さい(?![ちし])|おり(?=[のにはも、])|ひと(?=[をにの]|が(?!い[るま]|おり|い[てた]))|(?<=た)こ(?=[をが])|ものが(?=で|い))"
        # Of people in general: 意識の「ない人には」, 溺れ「てる人を見つけたら」.
        r"|(?:てい?|でい?|ない)る?(?:ひと|こ)(?:には|って|を(?:み|であ)|がいたら)"
        # 「という生徒がいたら」, 倒れ「る生徒が出たとき」
        r"|(?:[うくすつぬむるぐぶ]|[んっい][ただ])[^。?、]{1,6}が(?:いた|でた)(?:ら|とき|ばあい)"
        # 呼吸停止「時の」連絡
        r"|(?<=[いうんつく])(?<!さい)じ(?=[のはに])"
    )
)
# No longer a mere case: something is told or happening.
_FACT = re.compile(
    spoken_pattern(
        r"(?<!きい)(?<!いわれ)(?<!ならっ)て(?:い?(?:ます|る|た)(?=[。、けがのんしよねか]|$|みたい|よう|らし|そう|から)|い?て)(?!んだっけ|っけ|の?か(?:[。?]|$))"
        r"|[っいん]た(?=[。、けのんしよねがで]|$|みた|そう|らし|よう|から)(?!っけ|んだっけ|の?か(?:[。?]|$))"
        r"|(?<!でし)ました|ないんです|なくて|ません(?!か)"
    )
)
_ASKED = re.compile(
    spoken_pattern(
        r"どう(?:しよう(?=、?と)|した?ら|す[るれ]|なる|な[んの]|やっ|いう|です|でし|ちが)|どこ(?![もか])|なに(?!も|か(?!い))|なん(?:[のをが]|で(?:す|しょ|も)|(?:ばん|じ|ふん|ぷん|にち|かい|びょう)(?!(?:かん)?も(?!つ)))|だれ(?![かも])|いつ(?!も)|どんな|なぜ"
        r"|どっち|どちら|どれ|いくら|べき|ほんとう?(?:なの|です|か|け|[。?]|$)|まじ[でか?]|あって(?:る|ます)|だめ(?:って|なの|です|なん)|いい(?:の|か|べ|ん(?:です|でし|だ(?:っけ|べ|ろ))|です)(?:か|でしょ|け|[。?]|$)?|いけない(?:の|ん)"
        r"|しりた|しって(?:お|い)き|おしえ|おぼえ(?:て|た)|れんしゅう|たしかめ|てじゅん|てあて|たいしょほう|ほうほう|しかた|こころえ|まにゅある|めやす|もしもに|きじゅん|るーる|せつめい|れんらく(?:じゅん|さき|たいせい|もう)|ながれ|ふろー|かいてい|かかりを|しくみ|ならっ|ならい|おそわ|なのだそう|といわれたもの"
        # Any question: でしょうか, ますか, んだっけ.
        r"|(?:で(?:す|した|しょう)|ます|だろう|ん)か(?:[。?、]|$)|っけ(?:[。?]|$)|[うくすつぬむるいだた]の(?:[。?]|$)|べ(?:した|か)?(?:[?。]|$)|っぺ(?:[?。]|$)|んだよね|んですよね|でしたよね|(?:もの|こと|ん)なの?(?:[。?]|$)"
    )
)
# What one asks about a thing, not about somebody who has it: 「吐血と喀血ってどう違うの」「…のコツはありますか」.
_IN_GENERAL = re.compile(
    spoken_pattern(
        r"って(?:ほんと|まじ|なに|なん(?:です|で(?!も)|なの|(?:ど|[ふぷ]ん|じかん|にち|さい|かい|ばん)(?!も)|の|[?。]|$)|ど(?:の|れ)くらい|ど(?:の|れ)ぐらい|どんな|どういう|どうちが|どうして|なぜ|いつ|ありますか|ある(?:の|[?。]|$))"
        r"|と(?:どう|どんな|なにが)(?:な|か|おき|おこ)|(?:と|って)(?:きき|きい|いわれ|いい|いう)[^。?]{0,16}?(?:ほんと|まじ|で(?:す|しょう)か|のか|あってる)"
        r"|(?:は|とは|というのは)(?:どういう|どんな|なんです|なにです)"
        r"|(?:こと(?:って|は|が|も)?(?:ある|あり(?:ます|うる|え(?:る|ます)))|(?:もの|ひと)(?:って)?(?:な|いる|います)?|りますと?|ありえ(?:る|ます))(?:の|ん)?(?:です)?(?:か(?:[。?]|ね|な|$)|でしょ(?:う(?:か|ね))?(?:[。?]|$)|[?]|の$|の。)"
    )
)
# 「…の前触れは」「…ときの目安を」: what such a noun is of.
_NOUN_OF = re.compile(
    spoken_pattern(
        r"(?:の|る|う|く|す|つ|む|た|ない)(ちがい|こつ|いみ|りゆう|さいん|まえぶれ|ぜんちょう|みわけ(?:かた)?|きじゅん|めやす|たいみんぐ|よぼう|しくみ|かくりつ|きけんせい|りすく|たいさく)"
        r"(?:[はをがにと]|って|とか|です|だ|[。?、]|$)"
    )
)
# Words about the words: 「…」は英語で, 「…」と言う練習.
_WORDING = re.compile(
    spoken_pattern(
        "かきかた|もんく|にほんご|えいご|えいやく|やく(?:し|す|せ)|さくぶん|しゅくだい|れんしゅう|れいぶん|せりふ|だいし|いいかた|いう(?:ところ|ばめん)|とある|とかかれ|げんこう|ひょうご|みだし|ちらし|ぽすたー|だいほん|きゃくほん|これで(?:いい|よい|つうじ)|よみかた|いみ|はつおん|たんご"
        "|(?:なんて|なんと|どう)(?:いえ|いう|いい|かけ|かく|ひょうげん|つたえ)|つうじますか|かし(?:に|の|が)|といううた|というほん|というえいが"
    )
)
_QUOTE = re.compile("[「『]([^」』]+)[」』]|([^。?、「]{4,30})って(?=えいこて|なんていえ|なんていう)")
_ABOUT_QUOTE = 24
# It happens now, or help is wanted.
_NOW = re.compile(
    spoken_pattern(
        "いま(?![はもすし]|せん(?:[。、か]|$|て|の|が)|の(?:うち|ところ)|まで|どき)|さっき|さきほど|たすけて|はやく|しきゅう|おねがい|(?<!たら)(?<!だら)どうしよ|(?:ち[ゃま]|じ[ゃま]|しま)っ?た(?![らとこばおさもめ])|しまいました|しまって"
    )
)
# A sentence about somebody is none about people in general.
_SOMEBODY = re.compile(
    spoken_pattern(
        "(?:ちち|はは|おっと|つま|しゅじん|かない|だんな|よめ|むすこ|むすめ|まご|そふ|そぼ|じいちゃん|ばあちゃん|じいさん|ばあさん|あに|おとうと|いもうと|あかちゃん|わたし|おれ|じぶん|かれ|かのじょ|とうさん|かあさん|じっち|ばっぱ)(?:が|は|も|の)"
    )
)
_LIKE_ASKED = ("すか", "のか", "んか", "うか", "たか")
_LINKS = re.compile("て(?!い?る|は|も|い?た[い人])|んで|いで|、|。")


# A cue that is none: 訓練「じゃありません」, 映画「みたいに」, ドラマ「を見ていた父が」, 演劇部「の練習中に」.
_VOID = re.compile(
    spoken_pattern(
        r"[ぁ-ん]{0,3}?(?:の?(?:はなし|こと|やつ|つもり)?(?:とか)?(?:じゃ|では)(?:ない|なく|ありません|ねえ|なかっ|ねく)|みた[いくえ]|のよう[なに]"
        r"|[^。?、]{0,8}?(?:の?(?:かえり(?!ま)|さいちゅう|とちゅう)|(?:れんしゅう|しあい|ほうそう|くんれん|ほんばん|けいこ|じゅぎょう|こうしゅう|けんしゅう)(?:ちゅう(?=[に、のだで])|の?(?:あと(?=[に、で]|の?[^か])|まえに))|どおり|とおり)"
        r"|[^。?、]{0,6}?(?:ながら|て(?:い?た|る|いる)(?:ら|とき|ところ|さいちゅう|さなか))|[^。?、]{0,4}?(?:み|きい|よん|やっ|し|あそん|うっ)て(?:い?た)[^。?、]{0,6}(?:が|は)|[^。?、]{0,12}?(?:とおなじ|にいくとちゅう|してる(?:おとうと|あに|ちち|はは|おっと|つま|むすこ|むすめ|いもうと|あね)))"
    )
)


def is_void(text: str, end: int) -> bool:
    """Tell whether the cue that ends at `end` is none: 「訓練じゃありません」「ドラマを見ていた父が」."""
    return bool(_VOID.match(text, end))


def asked_cases(said: Spoken) -> "tuple[tuple[int, int], ...]":
    """Return the (start, end) in which what is named is a mere case, or a thing in general, that a sentence asks about.

    「マムシにかまれたら吸うのか縛るのか」, 「…が出ると死ぬって本当」. What is named counts when it ends in between.
    """
    text = said.text
    found = list(_quoted(text))
    if _is_now(said, found):
        return tuple(found)
    for sentence in _SENTENCE.finditer(text):
        start, end = sentence.span()
        for case in _CASE.finditer(text, start, end):
            asked = next(
                (
                    one
                    for one in _ASKED.finditer(text, case.end(), min(end, case.end() + _QUESTION_REACH))
                    if _asks(said, one)
                ),
                None,
            )
            if asked and not _FACT.search(text, case.end(), asked.start()):
                found.append(
                    (_clause(said, case.start()), max(case.start() + 1, _question_end(said, asked, end)))
                )
        general = [one.start() for one in _IN_GENERAL.finditer(text, start, end) if _asks(said, one)]
        # 頭を打「って」 is no って.
        general = [place for place in general if place in said.begins or not text.startswith("って", place)]
        general += [one.start() for one in _NOUN_OF.finditer(text, start, end) if one.start(1) in said.begins]
        for place in general:
            clause = max(start, _clause(said, place, _SENTENCE_REACH))
            if not _SOMEBODY.search(text, clause, place) and not _FACT.search(text, clause, place):
                found.append((clause, place + 1))
    return tuple(found)


def _is_now(said: Spoken, quotes: "list[tuple[int, int]]") -> bool:
    """Tell whether something happens now, or help is wanted; not in words that only stand as words, nor in 神経「まひ」."""
    return any(
        (now.start() in said.begins or not now[0].startswith("いま"))
        and not any(low <= now.start() < high for low, high in quotes)
        for now in _NOW.finditer(said.text)
    )


def _asks(said: Spoken, question: "re.Match[str]") -> bool:
    """Tell a question from 「ものが」「ですが」, which look like one without the voicing marks."""
    words = question[0].rstrip("。?")
    return not words.endswith(_LIKE_ASKED) or said.voiced[question.start() + len(words) - 1] != "が"


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of words that only stand as words: 「…」は英語で."""
    for quote in _QUOTE.finditer(text):
        start, end = quote.span(1) if quote[1] else quote.span(2)
        if _WORDING.search(text, quote.end(), quote.end() + _ABOUT_QUOTE) or _WORDING.search(
            text, max(0, start - _ABOUT_QUOTE), start
        ):
            yield start, end + 1


def _question_end(said: Spoken, asked: "re.Match[str]", end: int) -> int:
    """Return where a question ends that goes on behind its word: 「何秒で意識がなくなるのか」."""
    comma = said.text.find("、", asked.end(), end)
    last = min(comma if comma >= 0 else end, asked.end() + _REACH)
    is_question = said.voiced.endswith(("のか", "ますか", "ですか"), asked.end(), last)
    return last if is_question and not _FACT.search(said.text, asked.end(), last) else 0


def _clause(said: Spoken, end: int, reach: int = _REACH) -> int:
    """Return where the clause begins that ends at `end`, at most `reach` before."""
    start = max(0, end - reach)
    links = [link.end() for link in _LINKS.finditer(said.voiced, start, end)]
    return links[-1] if links else start
