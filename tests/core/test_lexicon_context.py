"""What is said of a concept: denied, past, hypothetical, figurative, another's; and what is none of it."""

from pathlib import Path

import pytest

from core.content import read_content
from core.lexicon.concepts import ConceptContent, ContextContent, LexiconContent
from core.lexicon.lexicon import Lexicon, make_lexicon

CONCEPTS = {
    "chest_pain": ConceptContent(forms=("胸 痛い", "胸痛", "胸の痛み", "胸 苦しい", "胸 締めつける")),
    "fit": ConceptContent(forms=("けいれん", "ひきつけ", "引きつけ", "泡 吹く")),
    "fainted": ConceptContent(forms=("倒れる", "気 失う", "気絶する", "失神")),
    "unresponsive": ConceptContent(
        forms=(
            "意識+ない",
            "返事+ない",
            "返事しない",
            "目+開けない",
            "意識 戻らない",
            "意識 なくなる",
            "意識なし",
        )
    ),
    "not_breathing": ConceptContent(
        forms=("息+していない", "息+しない", "息+できない", "息 止まる", "呼吸困難", "息 苦しい", "呼吸+ない")
    ),
    "blood": ConceptContent(forms=("血 吐く", "吐血", "下血", "出血", "血便")),
    "hit_head": ConceptContent(forms=("頭 打つ", "頭 ぶつ")),
    "paralysis": ConceptContent(
        forms=("麻痺", "しびれ", "手 動かない", "ろれつ 回らない", "脳卒中", "脳梗塞", "心筋梗塞")
    ),
    "drowned": ConceptContent(forms=("溺れる",)),
    "swallowed": ConceptContent(
        forms=("電池 飲む", "薬 飲む", "農薬 飲む", "餅 詰まる", "餅 詰まらせる", "喉 詰まる", "毒 飲む")
    ),
    "bitten": ConceptContent(forms=("マムシ 噛む", "蜂 刺す")),
    "wish_to_die": ConceptContent(forms=("死にたい", "死ぬ", "自殺", "首 吊る", "消えたい")),
    "burned": ConceptContent(forms=("やけど", "感電")),
    "low_pressure": ConceptContent(value="pressure", at_most=89),
    "foreign": ConceptContent(
        written=("chest pain", "not breathing", "can't breathe", "seizure", "unconscious", "co giật", "中风")
    ),
}

DENIED = [
    "むねの いたみは ありません せきだけ",
    "胸いでえわけでねえよ、肩こりだ",
    "血ぃなんか吐いでねえ、げっぷが出るだけだ",
    "頭は打っておりません。膝をすりむいただけです",
    "けいれんはしてないです、寒くて震えてただけ",
    "倒れたわけでも気を失ったわけでもなく、居眠りでした",
    "胸痛、息苦しさ、麻痺はありません",
    "吐血、下血、いずれもございません",
    "出血が増えたり気を失ったりということは一切ございません",
    "熱も麻痺もないです",
    "死にたいとかじゃないです、ただ眠いだけ",
    "胸痛なし。呼吸困難なし。微熱のみ",
    "吐血でねえよ、トマトを食べただけだ",
    "溺れたわけではありません",
    "意識がないわけではありません",
    "農薬は飲んでいませんでした",
    "頭を打たずに済みました",
    "けいれんには至っていません",
    "麻痺は見られません",
    "電池を飲んだかと思ったら出てきたので安心しました",
    "餅は詰まっとらん",
    "No chest pain, only a runny nose",
    "意識がなくなったとかじゃないんです",
    "けいれんは一度もなく、よく寝ています",
    "しびれも、ろれつの乱れもございませぬ",
    "倒れているというので飛んで行ったら、寝転んでいただけでした",
    "「血を吐いた」と聞こえて肝を冷やしましたが、機械の話でした",
    "出血、けいれん、吐血はいずれも見られません",
    "胸は苦しぐね",
    "けいれんはしてね",
    "出血もね",
    "死にたいとかそういうのではないですが、気分が沈みます",
    "意識がないわけではないですが、眠そうです",
]

PAST = [
    "三年前に心筋梗塞をやりました。検査の予約を取りたいです",
    "去年、蜂に刺されて倒れましたが今は元気です",
    "昔、餅を喉に詰まらせたことがあります",
    "子どもの頃に川で溺れました",
    "わかいころ うみで おぼれた ことが ある",
    "昭和の頃、感電して失神しました",
    "ばっぱは去年息止まりかげだげんちょ、いま畑やってっと",
    "息子のけいれんは4年前です",
    "電池を飲んだのは十年前です",
    "生まれてすぐ息をしていませんでした。今は五歳で元気に走り回っています",
    "若い頃にマムシに噛まれたが、今は何ともない",
    "半年前に吐血して入院しました。経過は良好です",
    "けいれんは治まりました",
    "三十代の頃にけいれんを起こしました",
    "独身時代に死にたいと思っていました",
    "先週倒れましたが、退院してもう元気です",
    "Five years ago I had a seizure, now I am fine",
    "昨年の夏、妻が倒れました",
    "高校の頃、川で溺れました",
    "2018年に脳梗塞をやりました",
    "息ができなくて、呼んでも返事がなくて。もう十何年も前のことです",
    "けいれんで救急車を呼んだことがあるんです",
    "意識がなくなったのが二十歳のときです",
    "餅を喉に詰まらせたのは震災の年だったなあ",
    "先月、餅を喉に詰まらせて搬送、昨日退院。食事の相談です",
    "死にたいと思っていた時期もありました",
    "倒れて救急で診てもらい、異常なしでした",
    "中二で溺れかけた。水泳の授業が怖い",
]

HYPOTHETICAL = [
    "もし倒れたらどこに電話すればいいですか",
    "餅が詰まったときの手当てを知りたい",
    "けいれんしたらどうすればいいか知っておきたい",
    "脳卒中の前触れを学ぶ講座はありますか",
    "風呂で溺れないようにするにはどうすればいいですか",
    "マムシに噛まれた場合の連絡先は",
    "万一意識がなくなったら誰に連絡しますか",
    "倒れた時の対応マニュアルを作っています",
    "餅を詰まらせぬ工夫を教えて",
    "自殺予防のポスターはありますか",
    "心筋梗塞になる確率を知りたい",
    "蜂に刺されたらどうすっぺって老人会で話してんだ",
    "倒れる人が多いと聞きました",
    "溺れる事故を防ぎたい",
    "What should I do if someone has a seizure?",
    "まむしに噛まれたら吸うのか縛るのか、どっちが本当なの",
    "餅が喉に詰まったときの手順を知りたいです",
    "溺れている人を見つけたら飛び込んじゃだめなんですよね",
    "訓練のシナリオです。意識がない",
    "農薬を飲むと危ないと習いました",
    "餅が喉に詰まったら背中をたたけばいいんでしたっけ",
    "サウナで倒れる人って多いんですか",
    "吐血と下血ってどう違うの",
    "「父が息をしていません」って英語でなんて言えばいいの",
    "英会話の宿題で「彼は意識がありません」を訳しています",
    "けいれん時の第一報は誰が妥当でしょうか",
    "呼吸困難で倒れる生徒が出たときの連絡体制を作っています",
    "溺れたやつを見つけたら浮き輪を投げるのが先だべした?",
    "けいれんしたときに備えて知っておくことは",
    "意識がない人への対応を回覧で知らせるチラシを作っています",
    "練習です「たすけてください ひとが たおれました」日本語は正しいですか",
]

FIGURATIVE = [
    "孫がかわいくて死にそう",
    "笑いすぎて息ができなかった",
    "請求書を見て気絶しそうになりました",
    "嬉しくて胸が苦しい",
    "電気代の請求書で気絶しそう",
    "びっくりして死ぬかと思いました",
    "締切に追われて死ぬ、推しのライブだけが救い",
    "阪神負けて吐血した",
    "テスト爆死、もう死んだ",
    "担任の話が長くて気絶しそう",
    "面白すぎて息が止まるかと思った",
    "出血大サービスの初売りでした",
    "泡を吹いて倒れるほど驚きました",
    "死ぬほどおいしい",
]

OTHERS = [
    "犬が泡を吹いて倒れた",
    "うちの猫がけいれんしています",
    "飼い犬が血を吐きました。動物病院はどこですか",
    "昨日のドラマで主人公が倒れました",
    "映画で人が血を吐く場面が怖かった",
    "ゲームの中で何度も溺れました",
    "ニュースで人が倒れたと言っていました",
    "小説で主人公が毒を飲む",
    "避難訓練の台本で校長が倒れたという設定です",
    "ハムスターが息をしていない",
    "パソコンが意識不明、返事がない",
    "金魚が浮いて息をしていない",
    "My dog had a seizure",
    "牛が倒れましたが、人間は無事です",
    "プロレスを見てたらレスラーが泡を吹いて倒れてびっくりした",
    "アイドルが倒れたってネットに出てたけど本当かな",
    "ぬいぐるみが息していないって子どもが泣いてる",
    "会社のシステムが息していない",
    "ブルドッグが泡をふいています",
    "しばいぬ いき くるしそう いぬの びょういん",
    "キジが車にはねられて倒れています",
    "隣町で、農薬を飲んで亡くなった人がいるそうだ",
    "シミュレーション人形が息をしていない、修理の窓口は",
    "ラジオで聞きました、人が溺れたそうです",
]

# The same words where nothing of it is said: a sentence, and the concept that must be heard.
TRUE = [
    ("胸が痛くて動けません", "chest_pain"),
    ("胸が痛いねえ", "chest_pain"),
    ("胸が痛いのは初めてではない", "chest_pain"),
    ("血圧が60しかない", "low_pressure"),
    ("血圧が60もない", "low_pressure"),
    ("脳卒中じゃないか", "paralysis"),
    ("脳梗塞ではないでしょうか", "paralysis"),
    ("倒れたんです", "fainted"),
    ("母が倒れてね、", "fainted"),
    ("目を開けません", "unresponsive"),
    ("返事しない、息もしない", "unresponsive"),
    ("つついても起きず、意識がない", "unresponsive"),
    ("けいれんが止まらない", "fit"),
    ("けいれんはおさまったけど意識が戻らない", "unresponsive"),
    ("熱はないけど息ができない", "not_breathing"),
    ("頭は打っていないが意識がない", "unresponsive"),
    ("頭を打って、何も覚えていない", "hit_head"),
    ("去年も同じで、今また胸が痛い", "chest_pain"),
    ("三年前に心筋梗塞をやった父が胸が痛いと言っています", "chest_pain"),
    ("三年前に心筋梗塞をやりました。胸が苦しいです", "chest_pain"),
    ("昔から喘息で、息ができない", "not_breathing"),
    ("かつてないほど胸が痛い", "chest_pain"),
    ("先月生まれた子が息をしていない", "not_breathing"),
    ("予防接種のあと息が苦しい", "not_breathing"),
    ("もしもし、父が倒れました", "fainted"),
    ("もしかして脳梗塞かも", "paralysis"),
    ("講習で習いました。父の意識がありません", "unresponsive"),
    ("餅を食べたら喉に詰まって息ができない", "not_breathing"),
    ("薬を飲んだら息が苦しい、どうしたらいい", "not_breathing"),
    ("息をしていないときはどうすればいいですか", "not_breathing"),
    ("ぐったりしてテレビの前で倒れた", "fainted"),
    ("テレビを見ていたら父が倒れた", "fainted"),
    ("犬の散歩中に父が倒れた", "fainted"),
    ("ゲームをしていた息子がけいれんしています", "fit"),
    ("映画館で人が倒れた", "fainted"),
    ("ドラマみたいに倒れた", "fainted"),
    ("嬉しくて飲みすぎた夫が返事をしない", "unresponsive"),
    ("死にたいんじゃないかと心配", "wish_to_die"),
    ("My father is not breathing", "foreign"),
    ("No! He is unconscious", "foreign"),
    ("My dog bit me and I can’t breathe", "foreign"),
    ("Con tôi đang co giật", "foreign"),
    ("餅を喉に詰まらせたらしい、どうしたらいい", "swallowed"),
    ("農薬を飲んだらしいです、どうすればいいですか", "swallowed"),
    ("若い頃から心臓が悪い父の意識がない", "unresponsive"),
    ("講習で習ったとおりにしていますが、息をしません", "not_breathing"),
    ("去年倒れた父が、また倒れて意識がない", "unresponsive"),
    ("息が止まるほど胸が痛い", "chest_pain"),
    ("園児がけいれんしています", "fit"),
    ("妻が倒れて動かない、どこに電話すればいい", "fainted"),
    ("ひとりが倒れました", "fainted"),
    ("訓練じゃありません、人が倒れました", "fainted"),
    ("むねがいたくて たてない", "chest_pain"),
    ("母は倒れてね、それきりなんだ", "fainted"),
    ("意識ね", "unresponsive"),
    ("頭を打って何回も同じことを聞いてくる", "hit_head"),
    ("獣医なんですが、私が胸が苦しくて", "chest_pain"),
    ("ドラマの話じゃないです、隣の人が首を吊っています", "wish_to_die"),
    ("犬の散歩から帰ってきた父が倒れた", "fainted"),
    ("演劇部の練習中に友達が倒れて意識がない", "unresponsive"),
    ("講習の帰りに倒れました", "fainted"),
    ("ドラマを見ていた祖父が急に倒れた", "fainted"),
    ("サッカーの中継を見ていた父が胸が痛いと言います", "chest_pain"),
    ("母が「胸が痛い」と言っています", "chest_pain"),
    ("意識がないんですが、どうしたらいいですか", "unresponsive"),
    ("倒れた人がいるんですけど、どうすればいいですか", "fainted"),
    ("血を吐いて倒れた、どうすればいいの", "blood"),
    ("口から血のようなものが出て、血を吐きました", "blood"),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    context = read_content(Path("data/lexicon/context.yml"), ContextContent)
    return make_lexicon(LexiconContent(concepts=CONCEPTS, context=context))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (kind, text)
        for kind, texts in {
            "denied": DENIED,
            "past": PAST,
            "hypothetical": HYPOTHETICAL,
            "figurative": FIGURATIVE,
            "other": OTHERS,
        }.items()
        for text in texts
    ],
)
def test_what_is_said_of_it(lexicon: Lexicon, kind: str, text: str) -> None:
    heard = lexicon.hear(text).heard
    assert any(kind in one.said for one in heard), heard
    assert all(one.said for one in heard), heard


@pytest.mark.parametrize(("text", "concept"), TRUE)
def test_nothing_of_it_is_said(lexicon: Lexicon, text: str, concept: str) -> None:
    assert any(not one.said for one in lexicon.hear(text).of(concept)), lexicon.hear(text).heard


def test_a_long_message_takes_no_longer_a_character(lexicon: Lexicon) -> None:
    text = "頭も胸も痛いし血も吐いた、" * 300
    heard = lexicon.hear(text).heard
    assert len(heard) > len(text) // 20


def test_a_short_word_is_not_heard_in_the_kanji_of_another() -> None:
    kettle = make_lexicon(
        LexiconContent(
            concepts={"kettle": ConceptContent(forms=("やかん",))},
            context=ContextContent(until=(), cues={}),
        )
    )
    assert kettle.hear("やかんのお湯").of("kettle")
    assert kettle.hear("ヤカンのお湯").of("kettle")
    assert not kettle.hear("夜間の窓口").of("kettle")
