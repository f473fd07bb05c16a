"""Test the over-the-counter flow: stop-lines first, a neutral card at the end, never a product."""

import pytest
from sqlalchemy import select

from core.clock import Clock
from core.db.engine import Sessions
from core.db.tables import Thread
from core.municipalities import Municipality
from core.settings import Settings
from shop.catalogue import load_catalogue
from shop.importer import import_shops
from tests.harness.in_process import ScriptedResident, Town
from tests.shop.test_catalogue import FORBIDDEN

COLD = "風邪薬を買いたい"
SHOP_PAGE = "お店のページを見る"
PHARMACIST = "薬剤師に聞く"
BUYING = (
    COLD,
    "かゆみ止めがほしい",
    "マスクを買いたい",
    "薬がほしい",
    "妊娠検査薬を買いたい",
    "アフターピルがほしい",
    "3歳の子の風邪薬を買いたい",
    "赤ちゃんのかゆみ止めがほしい",
    "35歳です。風邪薬を買いたい",
    "妊娠中に飲める風邪薬を買いたい",
    "一週間前からの風邪の薬を買いたい",
    "きのうからの風邪で、風邪薬を買いたい",
    "おすすめの風邪薬はどれですか",
    "パブロンを買いたい",
    "咳止めは何個まで買えますか",
    "抗生物質を買いたい",
    "目薬",
    "栄養ドリンク",
    "やっぱり湿布がほしい",
    "マスクと風邪薬を買いたい",
)


@pytest.fixture
async def resident(
    town: Town, sessions: Sessions, cities: dict[str, Municipality], clock: Clock, settings: Settings
) -> ScriptedResident:
    for city in ("iwaki", "demo-kitahama"):
        path = settings.data_dir / "shop/sample" / f"{city}.csv"
        await import_shops(sessions, path, cities[city], clock)
    for words in BUYING:
        town.meanings.teach(words, "buy_medicine")
    town.meanings.teach("血圧の薬を飲んでいます", "consult_medicine")
    town.meanings.teach("何錠飲めばいいですか", "consult_medicine")
    town.meanings.teach("熱が出てきました", "consult_symptom")
    town.meanings.teach("薬剤師さんと話したい", "talk_to_human")
    return await town.resident()


async def taps(resident: ScriptedResident, *labels: str) -> str:
    """Tap one label after the other; returns what was said last."""
    heard = ""
    for label in labels:
        heard = await resident.taps(label)
    return heard


def is_sold(resident: ScriptedResident) -> bool:
    return SHOP_PAGE in resident.labels


async def newest_seq(resident: ScriptedResident) -> int:
    url = f"{resident.town.simulator_url}/api/residents/{resident.user_id}/messages"
    async with resident.town.http.get(url) as answer:
        return int((await answer.json())[-1]["seq"])


async def test_a_grown_up_in_good_health_gets_four_questions_and_then_the_shops(
    resident: ScriptedResident,
) -> None:
    assert "何歳" in await resident.says(COLD)
    assert "5日以上" in await resident.taps("18〜64歳")
    assert "妊娠中" in await resident.taps("どれもない")
    assert "アレルギー" in await resident.taps("いいえ")
    shown = await resident.taps("どれもない")
    assert "市販のかぜ薬" in shown
    assert "指定第2類医薬品" in shown
    assert "運転" in shown
    assert "添付文書" in shown
    assert "未監修" in shown
    order = [shown.index(name) for name in ("デモいそべ薬局", "デモくすのき薬店", "デモやまもも薬局")]
    assert order == sorted(order)
    assert resident.labels.count(SHOP_PAGE) == 3
    assert PHARMACIST in resident.labels


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (("18歳未満",), "18歳未満"),
        (("わからない",), "年齢がはっきりしない"),
        (("18〜64歳", "ひとつでもある"), "診てもらうこと"),
        (("18〜64歳", "わからない"), "診てもらうこと"),
        (("18〜64歳", "どれもない", "はい"), "妊娠中や授乳中は"),
        (("18〜64歳", "どれもない", "わからない"), "妊娠中や授乳中は"),
        (("18〜64歳", "どれもない", "いいえ", "ひとつでもある"), "飲んでいる薬によっては"),
        (("18〜64歳", "どれもない", "いいえ", "わからない"), "飲んでいる薬によっては"),
        (("65歳以上", "どれもない", "ひとつでもある"), "飲んでいる薬によっては"),
    ],
)
async def test_any_stop_and_any_doubt_leads_to_people_instead_of_shops(
    resident: ScriptedResident, labels: tuple[str, ...], why: str
) -> None:
    await resident.says(COLD)
    heard = await taps(resident, *labels)
    assert why in heard
    assert "薬剤師・登録販売者か、医師に相談" in heard
    assert not is_sold(resident)
    assert PHARMACIST in resident.labels
    assert "体の具合を相談する" in resident.labels


async def test_old_people_are_not_asked_about_pregnancy_and_get_a_word_more(
    resident: ScriptedResident,
) -> None:
    await resident.says(COLD)
    assert "アレルギー" in await taps(resident, "65歳以上", "どれもない")
    assert "65歳以上の方は" in await resident.taps("どれもない")
    assert is_sold(resident)


async def test_small_children_are_sent_to_a_doctor_and_older_ones_get_a_word_more(
    resident: ScriptedResident,
) -> None:
    await resident.says("かゆみ止めがほしい")
    assert "小児科" in await resident.taps("2歳未満")
    assert not is_sold(resident)
    await resident.says("かゆみ止めがほしい")
    assert "子どもが使えないもの" in await taps(resident, "2〜14歳", "どれもない", "どれもない")
    assert is_sold(resident)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("3歳の子の風邪薬を買いたい", "18歳未満"),
        ("赤ちゃんのかゆみ止めがほしい", "小児科"),
        ("一週間前からの風邪の薬を買いたい", "診てもらうこと"),
    ],
)
async def test_what_the_words_rule_out_is_not_asked_at_all(
    resident: ScriptedResident, words: str, why: str
) -> None:
    assert why in await resident.says(words)
    assert not is_sold(resident)


async def test_what_the_words_tell_already_is_not_asked(resident: ScriptedResident) -> None:
    assert "5日以上" in await resident.says("35歳です。風邪薬を買いたい")
    await resident.says("やめる")
    await resident.says("きのうからの風邪で、風邪薬を買いたい")
    asked = await resident.taps("18〜64歳")
    assert "5日以上" not in asked
    assert "息が苦しい" in asked


async def test_masks_and_thermometers_need_no_questions(resident: ScriptedResident) -> None:
    shown = await resident.says("マスクを買いたい")
    assert "医薬品以外" in shown
    assert is_sold(resident)


async def test_a_test_kit_asks_for_signs_alone(resident: ScriptedResident) -> None:
    assert "おなかがひどく痛い" in await resident.says("妊娠検査薬を買いたい")
    await resident.taps("どれもない")
    assert is_sold(resident)


async def test_what_is_sold_at_the_counter_alone_has_no_link(resident: ScriptedResident) -> None:
    heard = await resident.says("アフターピルがほしい")
    assert "72時間以内" in heard
    assert "産婦人科" in heard
    assert not is_sold(resident)
    assert {PHARMACIST, "近くの薬局をさがす"} <= set(resident.labels)


async def test_without_a_kind_a_few_are_offered_and_others_can_be_typed(resident: ScriptedResident) -> None:
    assert "どの種類" in await resident.says("薬がほしい")
    assert {"かぜ薬", "ほかの薬"} <= set(resident.labels)
    assert "何歳" in await resident.taps("かぜ薬")
    await resident.says("やめる")
    await resident.says("薬がほしい")
    assert "目薬" in await resident.says("目薬")
    await resident.says("やめる")
    await resident.says("薬がほしい")
    assert "かぜ薬" in await resident.says("１")


async def test_other_medicines_lead_to_a_pharmacist_or_through_the_strictest_questions(
    resident: ScriptedResident,
) -> None:
    await resident.says("薬がほしい")
    assert "薬剤師に聞いて" in await resident.taps("ほかの薬")
    assert PHARMACIST in resident.labels
    assert "何歳" in await resident.taps("お店の一覧を見る")
    shown = await taps(resident, "18〜64歳", "どれもない", "いいえ", "どれもない")
    assert "そのほかの市販の薬" in shown
    assert is_sold(resident)


async def test_a_kind_nobody_knows_is_asked_for_again(resident: ScriptedResident) -> None:
    await resident.says("薬がほしい")
    assert "種類をそのまま" in await resident.says("栄養ドリンク")
    assert not is_sold(resident)


async def test_two_kinds_are_served_one_after_the_other(resident: ScriptedResident) -> None:
    heard = await resident.says("マスクと風邪薬を買いたい")
    assert "ひとつずつ" in heard
    assert "かぜ薬のことですね" in heard


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("おすすめの風邪薬はどれですか", "どの品物がよいか"),
        ("パブロンを買いたい", "品物の名前では"),
        ("咳止めは何個まで買えますか", "お答えしていません"),
        ("抗生物質を買いたい", "処方せんが必要"),
    ],
)
async def test_no_product_is_named_recommended_or_counted(
    resident: ScriptedResident, settings: Settings, words: str, says: str
) -> None:
    heard = await resident.says(words)
    assert says in heard
    assert not is_sold(resident)
    assert not load_catalogue(settings.data_dir).names_brand(heard)
    assert not [word for word in FORBIDDEN if word in heard]


async def test_a_question_about_amounts_is_refused_in_mid_flow_too(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    assert "お答えしていません" in await resident.says("何錠飲めばいいですか")
    assert PHARMACIST in resident.labels


async def test_answers_may_be_typed(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    assert "5日以上" in await resident.says("３５歳です")
    assert "妊娠中" in await resident.says("どれもないです")
    assert "アレルギー" in await resident.says("いいえ")
    await resident.says("ない")
    assert is_sold(resident)


async def test_a_bare_number_is_not_mistaken_for_an_age_or_a_choice(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    assert "「歳」をつけて" in await resident.says("2")
    assert "5日以上" in await resident.says("35")


async def test_a_typed_child_stops(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    assert "18歳未満" in await resident.says("12歳")
    assert not is_sold(resident)


async def test_a_medicine_that_is_taken_stops_whatever_was_asked(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    assert "飲んでいる薬によっては" in await resident.says("血圧の薬を飲んでいます")
    assert not is_sold(resident)


async def test_one_can_go_back_and_start_over(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    assert "前の質問にもどる" not in resident.labels
    await resident.taps("18〜64歳")
    assert "何歳" in await resident.taps("前の質問にもどる")
    await resident.taps("65歳以上")
    assert "何歳" in await resident.says("戻る")
    assert "はじめに戻りました" in await resident.taps("はじめにもどる")


async def test_a_tap_on_an_earlier_question_is_no_answer_to_the_present_one(
    resident: ScriptedResident,
) -> None:
    await resident.says(COLD)
    seq = await newest_seq(resident)
    await resident.taps("18〜64歳")
    assert "前の質問" in await resident.taps("18〜64歳", seq=seq)
    await resident.says("やめる")
    await resident.says(COLD)
    assert "前の" in await resident.taps("65歳以上", seq=seq)


async def test_the_same_answer_of_another_wish_is_no_answer(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    await resident.taps("18〜64歳")
    seq = await newest_seq(resident)
    assert "何歳" in await resident.says("やっぱり湿布がほしい")
    await resident.taps("15〜64歳")
    assert "前の質問" in await resident.taps("どれもない", seq=seq)


async def test_a_symptom_in_mid_flow_is_a_consultation(resident: ScriptedResident) -> None:
    await resident.says(COLD)
    heard = await resident.says("熱が出てきました")
    assert "何歳" not in heard or "使う" not in heard
    assert not is_sold(resident)


async def test_a_sign_of_illness_counts_for_whoever_takes_over_and_ends_the_sale(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(COLD)
    heard = await taps(resident, "18〜64歳", "ひとつでもある")
    assert "119番" in heard
    assert "市販の薬よりも先に" in await resident.says("マスクを買いたい")
    await resident.says("薬剤師さんと話したい")
    async with town.sessions() as session:
        assert (await session.scalars(select(Thread.urgency))).one() == "orange"


async def test_after_an_emergency_nothing_is_sold(resident: ScriptedResident) -> None:
    await resident.says("父が急に倒れて返事をしません")
    assert "市販の薬よりも先に" in await resident.says(COLD)
    assert not is_sold(resident)


async def test_the_pharmacist_is_one_tap_away_and_learns_what_was_answered(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.says(COLD)
    await resident.taps("18歳未満")
    assert "薬剤師に伝えました" in await resident.taps(PHARMACIST)
    async with town.sessions() as session:
        assert (await session.scalars(select(Thread.profession))).one() == "pharmacist"


async def test_the_tile_works_without_understanding(town: Town, resident: ScriptedResident) -> None:
    town.meanings.is_down = True
    assert "どの種類" in await resident.says("薬を買いたい")
    assert "何歳" in await resident.says("かぜ薬")
    await taps(resident, "18〜64歳", "どれもない", "いいえ", "どれもない")
    assert is_sold(resident)


async def test_each_city_shows_its_own_shops(town: Town, resident: ScriptedResident) -> None:
    assert resident
    neighbour = await town.resident("demo-kitahama")
    shown = await neighbour.says("マスクを買いたい")
    assert "デモいそべ薬局" in shown
    assert "デモやまもも薬局" not in shown


async def test_no_answer_names_a_product_or_promises_anything(
    town: Town, resident: ScriptedResident, settings: Settings
) -> None:
    assert resident
    catalogue = load_catalogue(settings.data_dir)
    heard: list[str] = []
    for words in BUYING:
        buyer = await town.resident()
        heard.append(await buyer.says(words))
        for label in ("18〜64歳", "15〜64歳", "ひとつでもある"):
            heard += [await buyer.taps(label)] if label in buyer.labels else []
    said = "\n".join(heard)
    assert not catalogue.names_brand(said)
    assert not [word for word in FORBIDDEN if word in said]
