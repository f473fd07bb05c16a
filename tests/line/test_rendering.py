import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linebot.v3.messaging import FlexMessage, ImageMessage, ReplyMessageRequest, TextMessage

from bot.line.errors import RenderError
from bot.line.flex import only_quick
from bot.line.limits import graphemes, utf16_units
from bot.line.palette import BANDS, BUTTON, CALL_BUTTON, INK, PAPER, SOFT_INK, Band
from bot.line.rendering import freeze, render
from bot.simulator.validation.messages import check_messages
from core.messages import (
    Answer,
    Button,
    Call,
    Card,
    Carousel,
    Choices,
    Message,
    Open,
    Picture,
    Row,
    Say,
    SendLocation,
    SendPicture,
    Tap,
    Text,
    Tone,
    plain_text,
)
from tests.line import openapi

Json = dict[str, Any]
MODELS = {"text": TextMessage, "flex": FlexMessage, "image": ImageMessage}


def media_url(media_id: str, size: str) -> str:
    return f"https://helpo.example.jp/m/{media_id}/{size}?sig=abc"


def say(*messages: Message) -> list[Json]:
    return render(messages, media_url)


def nodes(value: Any) -> Iterator[Json]:
    """Every object below `value`, itself included."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from nodes(part)


def check_limits(objects: list[Json]) -> None:
    """LINE's limits, counted anew from the rendered JSON (reference, August 2026)."""
    assert 1 <= len(objects) <= 5
    assert all("quickReply" not in o for o in objects[:-1])
    for made in objects:
        if made["type"] == "text":
            assert 1 <= len(made["text"].encode("utf-16-le")) // 2 <= 5000
        if made["type"] == "image":
            assert all(made[k].startswith("https://") for k in ("originalContentUrl", "previewImageUrl"))
        if made["type"] == "flex":
            check_flex(made)
        for item in made.get("quickReply", {}).get("items", []):
            check_action(item["action"], 20)
        assert len(made.get("quickReply", {}).get("items", [0])) in range(1, 14)


def check_flex(made: Json) -> None:
    assert 1 <= utf16_units(made["altText"]) <= 1500
    assert made["altText"].strip()
    container = made["contents"]
    bubbles = container["contents"] if container["type"] == "carousel" else [container]
    assert 1 <= len(bubbles) <= 12
    assert len(json.dumps(container, ensure_ascii=False).encode()) <= 54_000
    assert len(freeze(container)) <= (50 if container["type"] == "carousel" else 30) * 1024
    assert len({b["size"] for b in bubbles}) == 1
    for bubble in bubbles:
        assert len(freeze(bubble)) <= 30 * 1024
        assert bubble.keys() & {"header", "body", "footer"}
    for node in nodes(container):
        if node.get("type") == "text":
            assert (node["wrap"], node["scaling"]) == (True, True)
            assert node["text"].strip()
        assert node.get("contents") != []
        if node.get("type") == "box":
            assert node["contents"]
        if "action" in node:
            assert node["action"]["type"] not in ("location", "cameraRoll")
            check_action(node["action"], 40)


def check_action(action: Json, label_limit: int) -> None:
    assert 1 <= len(list(graphemes(action["label"]))) <= label_limit
    assert utf16_units(action.get("data", "")) <= 300
    assert len(list(graphemes(action.get("displayText", "")))) <= 300
    assert len(list(graphemes(action.get("text", "")))) <= 300
    assert len(action.get("uri", "")) <= 1000
    assert action.get("uri", "tel:").split(":")[0] in ("http", "https", "tel")
    assert action.get("uri", "").isascii()


def check_models(objects: list[Json]) -> None:
    for made in objects:
        model = MODELS[made["type"]].from_dict(made)
        assert json.loads(model.to_json())["type"] == made["type"]
    ReplyMessageRequest(replyToken="t", messages=[MODELS[o["type"]].from_dict(o) for o in objects])
    assert check_messages(objects) == ()
    if openapi.PATH.exists():
        for made in objects:
            openapi.validator().validate(made)


words = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    [
        "熱はありますか。",
        "𠮷野家🍎",
        "👨‍👩‍👧‍👦" * 30,
        "\n",
        "　",
        "が" * 50,
        "あ" * 3000,
        "いつから続いていますか？" * 900,
        "🇯🇵" * 41,
    ]
)
labels = st.text(min_size=1, max_size=60).map(lambda t: "は" + t) | st.just("👨‍👩‍👧‍👦" * 45)
bad_actions = st.one_of(
    st.builds(Tap, label=labels, data=st.sampled_from(["", "x" * 301, "\0"])),
    st.builds(Tap, label=st.sampled_from(["", " ", "\n"]), data=st.just("x")),
    st.builds(Say, label=labels, text=st.sampled_from(["", " ", "は" * 301])),
    st.builds(Open, label=labels, url=st.text(max_size=30) | st.just("https://example.jp/" + "x" * 1000)),
    st.builds(Call, label=labels, number=st.text(max_size=30)),
)
actions = bad_actions | st.one_of(
    st.builds(Tap, label=labels, data=st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=300), shown=words),
    st.builds(Say, label=labels, text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60).map(lambda t: "を" + t)),
    st.builds(Call, label=labels, number=st.sampled_from(["119", "#7119", "0246-22-7448", "０２４６（２２）７４４８", "+81 24 521 3790"])),
    st.builds(Open, label=labels, url=st.sampled_from(["https://example.jp/病院?q=あ b", "http://127.0.0.1:8081/r/x", "https://example.jp/"])),
    st.builds(SendLocation, label=labels),
    st.builds(SendPicture, label=labels),
)  # fmt: skip
quick = st.lists(actions, max_size=16).map(tuple)
some_actions = st.lists(actions, max_size=6).map(tuple)
cards = st.builds(
    Card,
    title=words,
    body=st.lists(words, max_size=4).map(tuple),
    tone=st.sampled_from(Tone),
    rows=st.lists(st.builds(Row, label=words, value=words), max_size=4).map(tuple),
    actions=some_actions,
    note=words,
    quick=quick,
)
messages = st.one_of(
    st.builds(Text, text=words, quick=quick),
    st.builds(Choices, text=words, options=some_actions, quick=quick),
    cards,
    st.builds(Carousel, cards=st.lists(cards, min_size=1, max_size=15).map(tuple), quick=quick),
    st.builds(Picture, media_id=st.uuids().map(str), alt=words, quick=quick),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(messages, min_size=1, max_size=6))
def test_whatever_is_said_fits_line_or_is_refused_as_too_much(said: list[Message]) -> None:
    objects: list[Json] = []
    refusal = ""
    try:
        objects = render(said, media_url)
    except RenderError as error:
        refusal = str(error)
    if refusal:
        assert "message objects" in refusal  # nothing at all, or more than five
        return
    check_limits(objects)
    check_models(objects)
    freeze(objects).decode()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(messages)
def test_no_word_of_a_message_is_lost(message: Message) -> None:
    try:
        objects = render([message], media_url)
    except RenderError:
        return
    shown = "".join(n["text"] for o in objects for n in nodes(o) if n.get("type") == "text")
    for part in parts(message):
        assert squeezed(part) in squeezed(shown)


def parts(message: Message) -> list[str]:
    match message:
        case Text(text=text) | Choices(text=text):
            return [text]
        case Card():
            return [message.title, *message.body, *(r.value for r in message.rows), message.note]
        case Carousel(cards=inner):
            return [p for card in inner for p in parts(card)]
        case _:
            return []


def squeezed(text: str) -> str:
    return "".join(text.replace("\0", "").encode(errors="replace").decode().split())


def tap(label: str, value: str = "1") -> Tap:
    return Tap(label, Answer("consultation", "7", "fever", value).data())


def test_a_question_shows_its_answers_as_buttons_in_one_bubble() -> None:
    [made] = say(
        Choices(
            text="体温は何度ですか。",
            options=(tap("37.5度未満"), tap("38度以上")),
            quick=(Say("やめる", "やめる"),),
        )
    )
    assert made["altText"] == "体温は何度ですか。\n（37.5度未満／38度以上）"
    taps = [n["action"] for n in nodes(made["contents"]) if "action" in n]
    assert [(a["type"], a["label"], a["displayText"]) for a in taps] == [
        ("postback", "37.5度未満", "37.5度未満"),
        ("postback", "38度以上", "38度以上"),
    ]
    assert [i["action"] for i in made["quickReply"]["items"]] == [
        {"type": "message", "label": "やめる", "text": "やめる"}
    ]


def test_answers_are_equally_prominent() -> None:
    [made] = say(Choices(text="どれですか。", options=(tap("あ"), tap("い"), tap("う"))))
    looks = [
        {k: v for k, v in b.items() if k not in ("action", "contents")}
        for b in made["contents"]["footer"]["contents"]
    ]
    assert looks[0] == looks[1] == looks[2]


def test_location_and_picture_buttons_become_quick_replies() -> None:
    asked = Choices(
        text="今いる場所を送ってください。",
        options=(SendLocation("位置情報を送る"), tap("送らない"), SendPicture("写真を送る")),
    )
    [made] = say(asked)
    assert [n["action"]["label"] for n in nodes(made["contents"]) if "action" in n] == ["送らない"]
    assert [i["action"]["type"] for i in made["quickReply"]["items"]] == ["location", "cameraRoll"]
    [only] = say(Choices(text="場所は？", options=(SendLocation("送る"),)))
    assert (only["type"], only["quickReply"]["items"][0]["action"]["type"]) == ("text", "location")


def test_quick_replies_of_all_messages_stand_under_the_last() -> None:
    first, last = say(
        Text(text="一", quick=(Say("戻る", "戻る"),)),
        Text(text="二", quick=(Say("戻る", "戻る"), Say("人に聞く", "人に聞く"))),
    )
    assert "quickReply" not in first
    assert [i["action"]["label"] for i in last["quickReply"]["items"]] == ["戻る", "人に聞く"]


def test_of_more_than_thirteen_quick_replies_the_last_are_left_out() -> None:
    [made] = say(Text(text="一", quick=tuple(Say(str(n), str(n)) for n in range(20))))
    assert [i["action"]["label"] for i in made["quickReply"]["items"]] == [str(n) for n in range(13)]


def test_an_urgency_card_has_its_colour_and_its_words() -> None:
    card = Card(
        title="すぐに119番へ電話してください",
        body=("意識がはっきりしないときは、迷わず救急車を呼んでください。",),
        tone=Tone.RED,
        rows=(Row("電話", "119"),),
        actions=(
            Call("119番に電話する", "119"),
            Call("#7119に相談する", "#7119"),
            Open("もっと見る", "https://example.jp/a"),
        ),
        note="未監修",
    )
    [made] = say(card)
    bubble = made["contents"]
    assert bubble["header"]["backgroundColor"] == BANDS[Tone.RED].ground
    assert [n["action"]["uri"] for n in nodes(bubble) if "action" in n] == ["tel:119", "https://example.jp/a"]
    # A telephone does not dial a link with # in it, so the number is shown and not a button that does nothing.
    assert "#7119に相談する　#7119" in json.dumps(bubble, ensure_ascii=False)
    assert plain_text(card) in made["altText"]
    assert "119番に電話する 119" in made["altText"]


def test_many_cards_become_two_carousels_and_one_card_none() -> None:
    rows = say(Carousel(cards=tuple(Card(title=f"{n}番目の医院") for n in range(14))))
    assert [len(o["contents"]["contents"]) for o in rows] == [12, 2]
    [single] = say(Carousel(cards=(Card(title="一つだけ"),)))
    assert single["contents"]["type"] == "bubble"


def test_words_too_long_for_a_card_go_before_it() -> None:
    long = "つらいときは無理をしないでください。" * 700
    *before, card = say(Card(title="家での過ごし方", body=(long,), actions=(tap("わかりました"),)))
    assert squeezed("".join(o["text"] for o in before)) == "家での過ごし方" + long
    assert card["contents"]["header"]["contents"][0]["text"] == "家での過ごし方"
    assert card["contents"]["footer"]


def test_a_long_question_keeps_its_last_sentence_with_the_answers() -> None:
    text = "説明です。" * 400 + "続けますか？"
    before, asked = say(Choices(text=text, options=(tap("はい"),)))
    assert before == {"type": "text", "text": "説明です。" * 400}
    assert asked["contents"]["body"]["contents"][0]["text"] == "続けますか？"


def test_a_picture_is_sent_by_its_two_addresses() -> None:
    assert say(Picture(media_id="m1", alt="図")) == [
        {
            "type": "image",
            "originalContentUrl": "https://helpo.example.jp/m/m1/original?sig=abc",
            "previewImageUrl": "https://helpo.example.jp/m/m1/preview?sig=abc",
        }
    ]
    assert render([Picture(media_id="m1", alt="図")], lambda *_: "http://127.0.0.1:8081/m")


@pytest.mark.parametrize(
    "address", ["", "http://helpo.example.jp/m", "https://", "https://a/ b", "https://a/" + "x" * 2000]
)
def test_a_picture_that_line_cannot_fetch_is_said_in_words(address: str) -> None:
    said = (Text(text="ここです"), Picture(media_id="m1", alt="図"), Picture(media_id="m2", alt=""))
    assert [o["text"] for o in render(said, lambda *_: address)] == ["ここです", "図"]


def test_many_short_texts_are_joined_rather_than_refused() -> None:
    texts = [o["text"] for o in say(*(Text(text=f"{n}通目") for n in range(7)))]
    assert len(texts) <= 5
    assert "".join(texts).replace("\n", "") == "".join(f"{n}通目" for n in range(7))


@pytest.mark.parametrize(
    "said",
    [
        (),
        (Text(text=" 　\n"),),
        tuple(Picture(media_id=str(n), alt="") for n in range(6)),
        (Text(text="あ" * 25_001),),
    ],
)
def test_what_says_nothing_or_too_much_is_refused_as_a_whole(said: tuple[Message, ...]) -> None:
    with pytest.raises(RenderError):
        render(said, media_url)


@pytest.mark.parametrize(
    "bad",
    [
        Open("見る", "javascript:alert(1)"),
        Open("見る", "www.example.jp"),
        Open("見る", ""),
        Open("見る", "https://example.jp/" + "x" * 1000),
        Open("", "https://example.jp/"),
        Tap("", "x"),
        Say(" ", "はい"),
    ],
)
def test_a_button_that_line_cannot_take_costs_that_button(
    bad: Button, capsys: pytest.CaptureFixture[str]
) -> None:
    card = Card(title="たいら内科", body=("内科",), actions=(Call("電話する", "0246-22-7448"), bad))
    [made] = say(Carousel(cards=(card, card), quick=(bad, Say("戻る", "戻る"))))
    check_models([made])
    kinds = [n["action"]["type"] for n in nodes(made["contents"]) if "action" in n]
    assert kinds == ["uri", "uri"]
    assert "0246-22-7448" in made["altText"]
    assert [i["action"]["label"] for i in made["quickReply"]["items"]] == ["戻る"]
    assert capsys.readouterr().out.count("button_left_out") == 3


@pytest.mark.parametrize("bad", [Tap("はい", "x" * 301), Say("はい", "は" * 301), Tap("はい", "")])
def test_an_answer_that_cannot_be_pressed_can_still_be_read_and_typed(bad: Button) -> None:
    [made] = say(Choices(text="熱はありますか。", options=(bad, tap("いいえ"))))
    check_models([made])
    assert [n["text"] for n in nodes(made) if n.get("type") == "text"] == [
        "熱はありますか。",
        "はい",
        "いいえ",
    ]
    assert [n["action"]["label"] for n in nodes(made) if "action" in n] == ["いいえ"]


def test_pages_without_https_and_japanese_hosts_are_offered() -> None:
    card = Card(
        title="たいら内科",
        actions=(Open("見る", "http://taira-naika.example.jp/"), Open("開く", "http://いわき内科.jp/案内")),
    )
    [made] = say(card)
    check_models([made])
    assert [n["action"]["uri"] for n in nodes(made) if "action" in n] == [
        "http://taira-naika.example.jp/",
        "http://xn--n8js1r436jzd5b.jp/%E6%A1%88%E5%86%85",
    ]


def test_a_card_with_more_buttons_than_line_takes_is_said_in_words_with_its_numbers() -> None:
    many = tuple(Tap(f"{n}番の答え" + "あ" * 40, "x" * 250) for n in range(60))
    [made] = say(Card(title="どれですか", body=("選んでください",), actions=(Call("電話", "119"), *many)))
    assert made["type"] == "text"
    assert "選んでください" in made["text"]
    assert "電話 119" in made["text"]
    [asked] = say(Choices(text="どれですか", options=many))
    assert "59番の答え" in asked["text"]


def contrast(ink: str, ground: str) -> float:
    """WCAG 2.2 contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    "band", [*BANDS.values(), BUTTON, CALL_BUTTON, Band(PAPER, INK), Band(PAPER, SOFT_INK)]
)
def test_every_ink_can_be_read_on_its_ground(band: Band) -> None:
    assert contrast(band.ink, band.ground) >= 4.5


def test_every_tone_has_a_colour() -> None:
    assert set(BANDS) == set(Tone)


def test_location_buttons_are_known_to_be_quick_only() -> None:
    several: list[Button] = [SendLocation("a"), SendPicture("b"), tap("c"), Call("d", "119")]
    assert [only_quick(a) for a in several] == [True, True, False, False]
