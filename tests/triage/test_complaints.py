"""What counts as a complaint, and which: in every writing, and in every form of its verb."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.triage.tables.case import names_complaint, told_complaints
from core.db.tables import Urgency
from tests.triage.cases import ADULT, ANYBODY, TABLES, answered, told_case

# Sentences with the complaints that are left when those that another one decides are taken away.
SENTENCES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("complaint_sentences.yml").read_text(encoding="utf-8")
)["sentences"]
NONE = [one["says"] for one in SENTENCES if not one["complaints"]]


def heard(words: str) -> set[str]:
    """Return what is asked about: without what another complaint decides."""
    found = told_complaints(words, TABLES)
    stopped = {name for one in found for name in one.stops}
    return {one.id for one in found if one.id not in stopped}


def without_companions(ids: set[str]) -> set[str]:
    companions = {one.id for one in TABLES.complaints.complaints if one.is_companion}
    return (ids - companions) or ids


@pytest.mark.parametrize("one", [one for one in SENTENCES if one["complaints"]], ids=lambda one: one["says"])
def test_a_sentence_is_heard_as_its_complaints(one: dict[str, Any]) -> None:
    assert without_companions(heard(one["says"])) == set(one["complaints"])


@pytest.mark.parametrize("words", NONE)
def test_a_sentence_without_a_complaint_is_none(words: str) -> None:
    assert without_companions(heard(words)) == set()


def test_every_complaint_has_sentences_and_many_have_none() -> None:
    ids = {one.id for one in TABLES.complaints.complaints}
    counts = {name: sum(name in one["complaints"] for one in SENTENCES) for name in ids}
    assert {name: count for name, count in counts.items() if count < 3} == {}
    assert len(NONE) >= 60
    assert {name for one in SENTENCES for name in one["complaints"]} <= ids


@pytest.mark.parametrize(
    ("complaint", "written"),
    [
        ("injury", "転んだ 転びました すべって転びました ころびました こけました 尻もちをつきました つまずいて転んだ"),
        ("injury", "ぶつけました ぶっつけた 頭を打ち、 頭を打ちました 頭をうちました 頭ぶった おでこをぶちました 腰を打ちつけた"),
        ("sprain_cut", "指を切りました 指切っちゃった くじいた 足をくじきました 足首をぐねった ひねりました"),
        ("injury", "腕を折った 骨を折りました 指をはさみました 釘が刺さりました 針を指に刺しました 肩が外れました 殴られました"),
        ("injury", "血が出ました 出血しました 手から血が出てる 転んで膝から血が出た"),
        ("vomiting", "吐いた 吐きました 吐いてしまいました 何度も吐かれました 娘がはいた はきました もどしました げろした"),
        ("convulsion", "ひきつけた ひきつけました 引きつけました 体ががくがくしています 発作を起こしました けいれんしちゃった"),
        ("swallowed", "電池を飲みました 間違って洗剤を飲みました 硬貨を飲みこんでしまいました たばこを食べた"),
        ("burn", "やけどした"),
        ("sting", "刺されました 蜂に刺された"),
        ("dizziness", "めまいがしました めまい"),
        ("fainting", "倒れました 倒れた たおれちゃった 気失った 意識がとびました"),
        ("stroke_signs", "顔がゆがみました 口がまがりました ろれつが回りません しゃべれなくなりました"),
        ("breathlessness", "息が荒いです 息がはやい 呼吸がはやい 息が切れました 母が息が切れると言っています 呼吸が浅くて速い"),
        ("wheeze", "喘息が出ました"),
        ("blood_inside", "血をはきました 血を吐いた うんちに血がついた 便に血が出ました"),
        ("urine", "おしっこに血がまじりました トイレが近くて困ってます"),
        ("chest_pain", "胸が痛え 胸が痛みます 胸が締めつけられます 胸の真ん中が重苦しい"),
        ("headache", "頭いでえ 頭が痛え 頭痛がしました 頭が痛みます ｱﾀﾏｶﾞｲﾀｲ"),
        ("abdominal_pain", "腹痛え おなかが痛みます おなかがさしこみます"),
        ("back_pain", "背中いでえ 背中が痛みます"),
        ("low_back_pain", "腰いでえ 腰をやりました 腰を痛めました 腰いてくて起きられねえ"),
        ("palpitation", "脈がとびます 動悸がしました 脈が速い"),
        ("fever", "熱が出た 熱出た 熱を出しました 熱が上がりました 熱がなかなか下がりません 熱があるかもしれない 熱と関節痛があります"),
        ("unwell", "元気ない 具合わるい ぐったりしました あんばいわりい"),
        ("eye", "目玉が痛い"),
        ("male", "主人が金玉を痛がっています きんたまがいてえ"),
    ],
)  # fmt: skip
def test_a_verb_is_understood_politely_plainly_and_as_spoken_here(complaint: str, written: str) -> None:
    assert [words for words in written.split() if complaint not in heard(words)] == []


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
        "車をぶつけました",
        "蛇口をひねりました",
        "傘の骨を折りました",
        "献血をしました",
        "首をひねりました",
    ],
)
def test_what_only_sounds_like_an_illness_is_none(words: str) -> None:
    assert not names_complaint(words, TABLES)


@pytest.mark.parametrize(
    ("words", "never"),
    [
        ("鼻血が出ました", "injury"),
        ("歯ぐきから血が出ました", "injury"),
        ("便に血が出ました", "injury"),
        ("尿に血が出ました", "injury"),
        ("あたまがいたい", "male"),
        ("たまに頭が痛い", "male"),
        ("目玉が痛い", "male"),
        ("父が頭が痛いと言う", "breast"),
        ("父が吐いて、水を飲まない", "feeding_infant"),
        ("寝ていたら頭が痛くなった", "abdominal_pain"),
        ("頭は痛いです", "vomiting"),
    ],
)
def test_another_part_of_the_body_is_another_complaint(words: str, never: str) -> None:
    assert heard(words)
    assert never not in heard(words)


@pytest.mark.parametrize(
    "words",
    [
        "14歳の息子が睾丸が急に痛くなりました",
        "息子が陰のうが腫れて痛いと言います",
        "たまが痛いと息子が言っています",
        "きんたまがいてえ",
        "主人が金玉を痛がっています",
    ],
)
def test_a_painful_testicle_is_orange_at_least(words: str) -> None:
    case = told_case(words, ANYBODY if "息子" in words else ADULT)
    assert [table.id for table in case.tables] == ["male"]
    assert answered(case)[1].urgency is Urgency.ORANGE
