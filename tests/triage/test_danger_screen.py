"""The rules over the lexicon: every pair of theirs, and how much of the labelled cases they hear."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.triage.danger.danger_rules import read_dangers
from bot.triage.danger.danger_screen import load_danger_screen
from bot.triage.danger.safety import load_safety
from core.errors import ContentError
from tests.conftest import DATA

EAR = load_danger_screen(DATA)
DANGERS = read_dangers(DATA)
CASES = [json.loads(line) for line in (DATA / "cases" / "danger.jsonl").read_text().splitlines()]
DEV = [case for case in CASES if case["split"] == "dev"]


@pytest.mark.parametrize("danger", DANGERS, ids=lambda danger: danger.id)
def test_every_pair_of_a_category_is_told_apart(danger: Any) -> None:
    for level in ("red", "ask"):
        for rule in getattr(danger, level):
            assert rule.pairs, f"{danger.id}: {rule.id} has no pair"
            for pair in rule.pairs:
                heard = {(one.category, one.rule_id) for one in EAR.all(pair.fires)}
                assert (danger.id, rule.id) in heard, pair.fires
                silent = {(one.category, one.rule_id) for one in EAR.all(pair.silent)}
                assert (danger.id, rule.id) not in silent, pair.silent


def test_every_danger_has_a_question_and_first_aid() -> None:
    assert {danger.id for danger in DANGERS} == load_safety(DATA).keys()


def level(text: str) -> str:
    heard = {one.level for one in EAR.all(text)}
    return "red" if "red" in heard else "ask" if heard else ""


def share(cases: Iterable[dict[str, Any]], *levels: str) -> float:
    found = [level(case["text"]) in levels for case in cases]
    return sum(found) / len(found)


def test_emergencies_of_the_dev_split_are_heard_and_everyday_messages_are_left_alone() -> None:
    red = [case for case in DEV if case["label"] == "red"]
    none = [case for case in DEV if case["label"] == "none"]
    assert share(red, "red") >= 0.93
    assert share(red, "red", "ask") >= 0.97
    assert share([case for case in DEV if case["label"] == "ask"], "red", "ask") >= 0.92
    assert share(none, "red") <= 0.02
    assert share([case for case in none if case["kind"] == "everyday"], "ask") <= 0.06
    assert share([case for case in none if case["kind"] != "everyday"], "ask") <= 0.15


@pytest.mark.parametrize(
    "text",
    [
        # しか is no 鹿: what only a few words tell is not about an animal.
        "一言ずつしか話せなくて、SpO2が82です",
        "唇が紫で一言ずつしか話せません、息が苦しい",
        "少ししか話せなくて息が苦しいです",
    ],
)
def test_only_a_few_words_are_a_sure_sign_beside_another(text: str) -> None:
    assert level(text) == "red"


@pytest.mark.parametrize(
    "text",
    [
        "講習で習った通り胸を押しています。妻の心臓が動きません",
        "研修で見たのと同じで、妻が息をしていません",
        "笑っていたら急に息ができなくなって、顔が真っ青です",
        "訓練のあと生徒が倒れて、息をしていません",
        "動物病院に行く途中で事故にあって、妻が血だらけで返事をしません",
        "資料を作っていたら胸が締めつけられて冷や汗が止まりません",
        "修理業者さんが屋根から落ちて頭から血が出て、返事をしない",
        "締切に追われて無理していたら、急に左手足の力が抜けてしゃべれない",
        "赤字で会社がだめになりそうで、もう練炭を焚きました",
        "どういうときに救急車ですか、今、頭をバットで殴られたような痛みで吐いてます",
        "子どもがけいれんしたときはどうするんでしたっけ、今もう五分以上けいれんしてます",
        "大丈夫と言われたのに、どんどん息が苦しくなって唇が紫です",
        "「苦しい、息ができない」と祖父が言って、そのまま動かなくなりました",
        "冗談かと思ったら本当に息してない",
    ],
)
def test_what_happens_now_is_not_silenced_by_what_else_is_said(text: str) -> None:
    assert level(text) == "red"


@pytest.mark.parametrize(
    "text",
    [
        "餅がのどにつまったら背中をたたけばいいんでしたっけ",
        "「父が息をしていません」って英語でなんて言えばいいの",
        "寝ているあいだに心臓が止まることってありますか",
        "シミュレーション人形の胸が上がらず、故障のようです。修理の窓口を",
        "会社のシステムが落ちて息してない",
        "テレビで心臓が止まった人が生き返った話をやっていた",
        "車で池に落ちたら窓は割れますか、テレビでやってて",
        "手術で心臓が止まる可能性もあると説明されて不安です",
        "入居者様、先月誤嚥で窒息され救急搬送、昨日退院。食形態の相談です",
    ],
)
def test_what_is_only_talked_about_brings_no_card(text: str) -> None:
    assert level(text) != "red"


def test_a_rule_that_names_an_unknown_concept_is_refused(tmp_path: Path) -> None:
    for name in ("lexicon", "triage/dangers"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lexicon" / "context.yml").write_text("until: [けど]\ncues: {}\n")
    (tmp_path / "triage" / "same_or_worse.yml").write_text("signs: {}\n")
    (tmp_path / "triage" / "danger_order.yml").write_text("order: [chest]\n")
    (tmp_path / "lexicon" / "a.yml").write_text("concepts: {pain: {forms: [痛い]}}\n")
    (tmp_path / "triage" / "dangers" / "chest.yml").write_text(
        'id: chest\ntitle: 胸\nversion: "1"\nsource: [x]\nreviewer: null\nstatus: draft\n'
        "red: [{id: a-b, says: 胸が痛い, all: [heart], pairs: []}]\n"
    )
    with pytest.raises(ContentError, match=r"chest.yml: a-b: no concept of this name: heart"):
        load_danger_screen(tmp_path)
    (tmp_path / "triage" / "same_or_worse.yml").write_text("signs: {pain: [ache]}\n")
    load_danger_screen.cache_clear()
    with pytest.raises(ContentError, match=r"same_or_worse.yml: no concept of this name: ache"):
        load_danger_screen(tmp_path)


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        ("[chest, cest]", "no danger of this name, or named twice: cest"),
        ("[chest, chest]", "no danger of this name, or named twice: chest"),
        ("[]", "missing: chest"),
    ],
)
def test_the_order_names_each_danger_once(tmp_path: Path, order: str, wrong: str) -> None:
    (tmp_path / "triage" / "dangers").mkdir(parents=True)
    (tmp_path / "triage" / "danger_order.yml").write_text(f"order: {order}\n")
    (tmp_path / "triage" / "dangers" / "chest.yml").write_text(
        'id: chest\ntitle: 胸\nversion: "1"\nsource: [x]\nreviewer: null\nstatus: draft\n'
    )
    with pytest.raises(ContentError, match=f"danger_order.yml:1: order: {wrong}$"):
        read_dangers(tmp_path)


def test_what_says_the_same_or_worse_holds_a_rule_of_two_signs_but_never_one_sign_twice() -> None:
    # The rule names `confused`; a mind that is clouded says the same.
    assert level("低血糖で、意識がもうろうとしています") == "red"
    assert level("会議で話がかみ合わない") != "red"


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("父が餅をのどにつまらせて声が出ません", "choking"),
        ("餅がのどにつまって声が出ません", "choking"),
        ("マムシに噛まれて腕が腫れて息が苦しい", "snake_bee"),
        ("プールで溺れて息をしていません", "drowning"),
        ("産後3日目で出血がひどくてふらふらします。ナプキンがすぐいっぱい", "postpartum"),
        ("炭をたいた部屋でみんな頭が痛くて倒れています", "co_gas"),
    ],
)
def test_of_several_dangers_the_cause_gives_the_first_aid(words: str, first: str) -> None:
    found = [one.category for one in EAR.all(words) if one.level == "red"]
    assert found[:1] == [first], found


@pytest.mark.parametrize(
    "words",
    [
        "頭を打って何度も吐いています",
        "頭を打って何度も吐いてぼんやりしています",
        "父が頭を打って何回も吐きます",
        "頭を打って何かおかしい、吐いてます",
    ],
)
def test_a_struck_head_is_heard_before_a_word_that_begins_like_a_denial(words: str) -> None:
    assert "head_injury" in {one.category for one in EAR.all(words)}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("電車で急に動悸と息苦しさがして死ぬかと思いました。今は落ち着いてます", "ask"),
        ("電車で急に動悸と息苦しさがしました。今は落ち着いていません", "red"),
        ("めの うえ、あかい です。こども いたい", ""),
        ("こどもが よんでも め うえ むいたまま", "red"),
    ],
)
def test_what_is_over_elsewhere_in_a_message_takes_back_the_card_but_not_the_question(
    words: str, expected: str
) -> None:
    assert level(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # A complaint's long form is denied as a whole (薬 たくさん 飲む); the sign within it is not.
        ("薬をたくさん手に出したけど飲めなかった", "ask"),
        ("鼻がつまって息ができないです", "ask"),
        ("吐いた物に血がまじってる、すこしじゃない", "ask"),
    ],
)
def test_what_is_denied_of_a_complaint_denies_no_sign_within_it(words: str, expected: str) -> None:
    assert level(words) == expected
