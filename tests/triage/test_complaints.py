"""Test what counts as a complaint, in every form of its verb."""

import pytest

from bot.triage.tables.case import complaints_in, names_complaint
from core.db.tables import Urgency
from core.ja import folded_lines
from tests.triage.cases import ADULT, ANYBODY, PROTOCOLS, answered, told_case


@pytest.mark.parametrize(
    ("complaint", "written"),
    [
        (
            "injury",
            "転んだ 転びました すべって転びました ころびました こけました 尻もちをつきました つまずいて転んだ",
        ),
        (
            "injury",
            "ぶつけました ぶっつけた 頭を打ち、 頭を打ちました 頭をうちました 頭ぶった おでこをぶちました 腰を打ちつけた",
        ),
        (
            "injury",
            "指を切りました 指切っちゃった くじいた 足をくじきました 足首をぐねった ひねりました 腕を折った 骨を折りました",
        ),
        (
            "injury",
            "指をはさみました 釘が刺さりました 針を指に刺しました 肩が外れました 殴られました 血が出ました 出血しました",
        ),
        (
            "vomiting",
            "吐いた 吐きました 吐き、 吐いてしまいました 何度も吐かれました 娘がはいた はきました もどしました げろした",
        ),
        (
            "convulsion",
            "ひきつけた ひきつけました 引きつけました 体ががくがくしています 発作を起こしました けいれんしちゃった",
        ),
        (
            "swallowed",
            "電池を飲みました 間違って洗剤を飲みました 硬貨を飲みこんでしまいました たばこを食べた 餅でむせました",
        ),
        ("other", "むせて むせました むせこみました はれました やけどした 刺されました めまいがしました"),
        ("fainting", "倒れました 倒れた たおれちゃった 気失った 意識がとびました"),
        ("weakness", "顔がゆがみました 口がまがりました ろれつが回りません しゃべれなくなりました"),
        ("breathlessness", "息が荒いです 息がはやい 呼吸がはやい 喘息が出ました 息が切れました"),
        ("bleeding_inside", "血をはきました 血を吐いた うんちに血がついた おしっこに血がまじりました"),
        ("chest_pain", "胸が痛え 胸が痛みます 胸が締めつけられます"),
        ("headache", "頭いでえ 頭が痛え 頭痛がしました 頭が痛みます"),
        ("abdominal_pain", "腹痛え おなかが痛みます おなかがさしこみます"),
        ("back_pain", "背中いでえ 背中が痛みます"),
        ("low_back_pain", "腰いでえ 腰をやりました 腰を痛めました"),
        ("palpitation", "脈がとびます 動悸がしました"),
        ("fever", "熱が出た 熱出た 熱を出しました 熱が上がりました"),
        ("unwell", "元気ない 具合わるい ぐったりしました"),
    ],
)
def test_a_verb_is_understood_politely_plainly_and_as_spoken_here(complaint: str, written: str) -> None:
    for words in written.split():
        found = {c.id for c in complaints_in(folded_lines(words), PROTOCOLS)}
        assert complaint in found, words


@pytest.mark.parametrize(
    "words",
    [
        "転びません",
        "転んでいません",
        "吐きません",
        "靴をはきました",
        "娘がはいた靴が小さい",
        "話をもどします",
        "ところでびっくりしました",
        "卵の玉を買います",
    ],
)
def test_what_only_sounds_like_an_injury_or_vomiting_is_none(words: str) -> None:
    assert not names_complaint(words, PROTOCOLS)


@pytest.mark.parametrize(
    "words",
    [
        "14歳の息子が睾丸が急に痛くなりました",
        "息子が陰のうが腫れて痛いと言います",
        "たまが痛いと息子が言っています",
        "きんたまがいてえ",
        "股間を蹴られて痛い",
        "主人が金玉を痛がっています",
    ],
)
def test_a_painful_testicle_is_orange_at_least(words: str) -> None:
    result = answered(told_case(words, ANYBODY if "息子" in words else ADULT))[1]
    assert result.urgency is Urgency.ORANGE
    assert "scrotum" in {c.id for c in result.case.unassessed}


def test_a_headache_is_no_painful_testicle() -> None:
    for words in ("あたまがいたい", "たまに頭が痛い", "目玉が痛い"):
        assert "scrotum" not in {c.id for c in told_case(words, ADULT).complaints}
