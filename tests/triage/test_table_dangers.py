"""The tables hear the dangers that were missed, and a level's first aid fits together."""

import pytest

from bot.triage.card import urgency_card
from bot.triage.danger.ear import load_ear
from bot.triage.tables.engine import level_of
from bot.triage.tables.facts import Facts
from bot.triage.tables.home_care import forbids_drink
from bot.triage.tables.result import Result
from core.db.tables import Urgency
from core.messages import plain_text
from core.municipalities import Municipality
from core.texts import Texts
from tests.triage.cases import ADULT, ANYBODY, CHILD, DATA, answered, told_case
from tests.triage.test_card import NOON, ONWARD

EAR = load_ear(DATA)


def end(words: str, known: Facts = ANYBODY, **answers: str) -> Result:
    return answered(told_case(words, known), **answers)[1]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("78歳の父が38.4度の熱。話がかみ合いません", ANYBODY),
        ("熱が39度あって、母がもうろうとしています", ANYBODY),
        ("祖父が発熱して、言うことがおかしいです", ANYBODY),
        ("夫が高熱で、受け答えが変です", ANYBODY),
        ("3歳 熱39度 皮膚に紫色の点々", ANYBODY),
        ("5歳の娘、熱があって紫の斑点が出てきた", ANYBODY),
        ("熱があり、押しても消えない発疹が足にあります", ADULT),
        ("熱があって首が前に曲げられません", ADULT),
        ("熱が38.5度、首がかたくて下を向けない", ADULT),
        ("熱があって、あごが胸につきません", ADULT),
        ("7か月の赤ちゃん、熱があって頭のてっぺんがふくらんでいます", ANYBODY),
        ("子どもが熱で、首を曲げられないと言う", CHILD),
        ("胸が痛い。片足が腫れています。産後2週間", ADULT),
        ("胸が痛くて、左のふくらはぎがはれています", ADULT),
        ("胸が痛くなって気を失った", ADULT),
        ("手術のあと5日目、息切れがします", ADULT),
        ("頭が痛くて、物が二重に見える", ADULT),
        ("頭が痛い。急に目が見えにくくなった", ADULT),
        ("練炭をたいた部屋で頭が痛い。みんな具合が悪い", ADULT),
        ("母が転んで、足の付け根が痛くて立てない。82歳", ANYBODY),
        # The same in polite words.
        ("私は熱があって首が前に曲がりません", ADULT),
        ("頭が痛い。右手が動きません", ADULT),
        ("頭が痛くて、左足に力が入りません", ADULT),
        ("4歳の子がけいれんして止まりません", ANYBODY),
        ("けいれんして意識がもどりません", CHILD),
        ("手を切って血が止まりません", ADULT),
        ("息が苦しい。喘息の吸入をしてもよくなりません", ADULT),
        ("めまいがして、顔の片方が動きません", ADULT),
        ("おばあちゃんが転んで、股関節が痛くて歩けません", ANYBODY),
    ],
)
def test_a_danger_that_is_told_is_red_or_heard_by_the_danger_screen(words: str, known: Facts) -> None:
    """What no table takes as sure is asked: by the danger screen at once, and by the red list of the table."""
    case = told_case(words, known)
    heard = EAR(words)
    assert heard.card or heard.worry or level_of(case, {}) is Urgency.RED
    kinds, result = answered(case)
    assert result.urgency is Urgency.RED or "red" in kinds


@pytest.mark.parametrize(
    ("words", "known", "level"),
    [
        ("首が痛い、熱がある 30歳", ANYBODY, Urgency.GREEN),
        ("38度の熱で、頭がぼーっとします", ADULT, Urgency.GREEN),
        ("熱が37.5度、話はふつうにできます", ADULT, Urgency.GREEN),
        ("熱があります。首は曲がります", ADULT, Urgency.GREEN),
        ("3歳、熱38度、赤いぶつぶつ", ANYBODY, Urgency.GREEN),
        ("胸が痛い。30歳です", ANYBODY, Urgency.GREEN),
        ("胸が痛い。45歳です", ANYBODY, Urgency.YELLOW),
        ("転んで足首をひねりました", ADULT, Urgency.GREEN),
        ("睾丸が痛い 15歳", ANYBODY, Urgency.ORANGE),
        ("頭が痛い。目が疲れています", ADULT, Urgency.GREEN),
        ("頭が痛い。右手は動きます", ADULT, Urgency.GREEN),
        ("手を切りました。血は止まりました", ADULT, Urgency.GREEN),
        ("ガスコンロで料理をしました。頭が痛い", ADULT, Urgency.GREEN),
    ],
)
def test_what_resembles_it_keeps_its_level(words: str, known: Facts, level: Urgency) -> None:
    assert end(words, known).urgency is level


@pytest.mark.parametrize(
    "words",
    [
        "妊娠20週です。少し出血しました",
        "妊娠中で血が出ました",
        "妊娠8か月、おなかが張って痛い",
        "臨月です。破水したみたいです",
    ],
)
def test_bleeding_in_pregnancy_is_for_obstetrics_and_no_wound(
    cities: dict[str, Municipality], texts: Texts, words: str
) -> None:
    result = end(words, ADULT)
    assert result.departments[0] == "産婦人科"
    assert "injury_adult" not in result.protocols
    said = plain_text(urgency_card(result, cities["iwaki"], texts, NOON, ONWARD))
    assert "かかりつけの産" in said
    assert "強く押さえ" not in said
    assert "整形外科" not in said


def test_a_pregnant_woman_who_was_hurt_is_for_obstetrics_first() -> None:
    assert end("妊娠6か月です。転んで膝から血が出ました", ADULT).departments[0] == "産婦人科"


def test_a_painful_testicle_goes_to_urology_with_a_time_and_without_food(
    cities: dict[str, Municipality], texts: Texts
) -> None:
    result = end("睾丸が痛い 15歳")
    said = plain_text(urgency_card(result, cities["iwaki"], texts, NOON, ONWARD))
    assert result.departments[0] == "泌尿器科"
    assert "6時間以内" in said
    assert "何も食べず、飲まないで" in said


GIVES = ("水分を", "水やお茶を", "スプーン1杯ずつ", "好きな飲み物を")


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("4歳の子が熱でけいれんしました。もうおさまりました", ANYBODY),
        ("おなかが痛くて、熱もあります", ADULT),
        ("胃が痛くて、めまいもします", ADULT),
    ],
)
def test_nothing_by_mouth_of_one_table_silences_the_drink_of_another(words: str, known: Facts) -> None:
    advice = end(words, known).advice
    assert any(forbids_drink(line) for line in advice)
    assert not [line for line in advice if line.startswith(GIVES)]


def test_a_feverish_child_is_given_to_drink_but_not_one_from_the_heat() -> None:
    assert any(line.startswith(GIVES) for line in end("3歳、熱があります").advice)
    hot = "\n".join(end("5歳の子 暑い車の中にいて熱").advice)
    assert "水をかけて、あおいで" in hot
    assert "温かくし" not in hot
    # Who talks clearly may drink by himself: that is all.
    assert not [line for line in hot.splitlines() if line.startswith(GIVES)]


@pytest.mark.parametrize(
    ("words", "says", "silent"),
    [
        ("足にくぎが刺さったままです", "抜かないで", ("強く押さえ", "よく洗って", "氷")),
        ("包丁で指を切りました", "強く押さえて", ("抜かないで", "氷")),
        ("転んで足首をひねりました", "冷やして", ("抜かないで", "押さえて", "石けん")),
        ("頭を打ちました", "ひとりにならないで", ("抜かないで", "押さえて", "石けん")),
        ("犬にかまれて血が出ました", "石けんと水道水で", ("抜かないで", "氷")),
    ],
)
def test_first_aid_belongs_to_the_wound_that_was_told(words: str, says: str, silent: tuple[str, ...]) -> None:
    advice = "\n".join(end(words, ADULT).advice)
    assert says in advice
    assert [words for words in silent if words in advice] == []


def test_from_orange_on_home_care_is_short() -> None:
    result = end("睾丸が急に痛い 15歳")
    assert result.urgency is Urgency.ORANGE
    own = [line for line in result.advice if line not in result.case.common.advice[Urgency.ORANGE]]
    assert len(own) == 3
