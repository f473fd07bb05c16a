"""Test the documented limits, at and beyond their edge."""

from typing import Any

import pytest

from bot.simulator.validation import check_messages
from bot.simulator.validation.counting import grapheme_length, utf16_length

URL = "https://example.com/a.png"


def say(label: str = "はい", **more: Any) -> dict[str, Any]:
    return {"type": "message", "label": label, "text": "はい", **more}


def post(**more: Any) -> dict[str, Any]:
    return {"type": "postback", "label": "はい", "data": "v=1", **more}


def link(uri: str) -> dict[str, Any]:
    return {"type": "uri", "label": "開く", "uri": uri}


def text(words: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def quick(*actions: dict[str, Any]) -> dict[str, Any]:
    return text(quickReply={"items": [{"type": "action", "action": action} for action in actions]})


def buttons(**more: Any) -> dict[str, Any]:
    template = {"type": "buttons", "text": "質問", "actions": [say()], **more}
    return {"type": "template", "altText": "質問", "template": template}


def confirm(**more: Any) -> dict[str, Any]:
    template = {"type": "confirm", "text": "質問", "actions": [say(), say("いいえ")], **more}
    return {"type": "template", "altText": "質問", "template": template}


def carousel(*columns: dict[str, Any]) -> dict[str, Any]:
    return {"type": "template", "altText": "a", "template": {"type": "carousel", "columns": list(columns)}}


def bubble(*contents: dict[str, Any], layout: str = "vertical", **more: Any) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": layout, "contents": list(contents)}, **more}


def flex(contents: dict[str, Any], alt: str = "カード") -> dict[str, Any]:
    return {"type": "flex", "altText": alt, "contents": contents}


def words(value: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


def button(action: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "button", "action": action, **more}


def cards(count: int, **more: Any) -> dict[str, Any]:
    return {"type": "carousel", "contents": [bubble(words(), **more) for _ in range(count)]}


ACCEPTED = {
    "text of 5000": text("あ" * 5000),
    "quick reply of 13": quick(*[say()] * 13),
    "label of 20 family emoji": quick(say("👨‍👩‍👧" * 20)),
    "location action in quick reply": quick({"type": "location", "label": "場所"}),
    "postback data of 300": buttons(actions=[post(data="a" * 300)]),
    "buttons text of 160": buttons(text="あ" * 160),
    "buttons with 4 actions": buttons(actions=[say()] * 4),
    "confirm": confirm(),
    "tel link": flex(bubble(button(link("tel:119")))),
    "flex label of 40": flex(bubble(button(say("あ" * 40)))),
    "flex with keywords": flex(
        bubble(words(size="3xl", margin="xxl", color="#ff0000", wrap=True, scaling=True))
    ),
    "flex with pixels": flex(bubble(words(size="15px", margin="7px", offsetTop="-3px", lineSpacing="4px"))),
    "flex spans": flex(bubble({"type": "text", "contents": [{"type": "span", "text": "a", "size": "sm"}]})),
    "12 bubbles": flex(cards(12)),
    "alt text of 1500": flex(bubble(words()), "あ" * 1500),
    "picture over https": {"type": "image", "originalContentUrl": URL, "previewImageUrl": URL},
    "picture over http on loopback": {
        "type": "image",
        "originalContentUrl": "http://127.0.0.1:8081/m/x",
        "previewImageUrl": "http://localhost:8081/m/x",
    },
    "location": {
        "type": "location",
        "title": "平",
        "address": "いわき市",
        "latitude": 37.0,
        "longitude": 140.9,
    },
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "date picker": quick(
        {"type": "datetimepicker", "label": "日", "data": "d", "mode": "date", "max": "2100-12-31"}
    ),
    "text v2": {
        "type": "textV2",
        "text": "{a}",
        "substitution": {"a": {"type": "emoji", "productId": "1", "emojiId": "2"}},
    },
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no type": ({"text": "a"}, "messages[0].type"),
    "unknown type": ({"type": "shout"}, "messages[0].type"),
    "no text": (text(""), "messages[0].text"),
    "text of 5001": (text("あ" * 5001), "messages[0].text"),
    "2501 emoji are 5002 units": (text("🍎" * 2501), "messages[0].text"),
    "21 emojis": (
        text("$" * 21, emojis=[{"index": i, "productId": "1", "emojiId": "1"} for i in range(21)]),
        "messages[0].emojis",
    ),
    "text is a number": (text() | {"text": 5}, "messages[0].text"),
    "14 quick replies": (quick(*[say()] * 14), "messages[0].quickReply.items"),
    "no quick replies": (quick(), "messages[0].quickReply.items"),
    "quick reply label of 21": (quick(say("あ" * 21)), "messages[0].quickReply.items[0].action.label"),
    "quick reply without label": (
        quick({"type": "message", "text": "a"}),
        "messages[0].quickReply.items[0].action.label",
    ),
    "rich menu switch outside of a menu": (
        quick({"type": "richmenuswitch", "label": "a", "richMenuAliasId": "a", "data": "b"}),
        "messages[0].quickReply.items[0].action.type",
    ),
    "unknown action": (quick({"type": "shout"}), "messages[0].quickReply.items[0].action.type"),
    "message text of 301": (quick(say(text="あ" * 301)), "messages[0].quickReply.items[0].action.text"),
    "postback data of 301": (buttons(actions=[post(data="a" * 301)]), "messages[0].template.actions[0].data"),
    "display text of 301": (
        buttons(actions=[post(displayText="あ" * 301)]),
        "messages[0].template.actions[0].displayText",
    ),
    "location action on a button": (
        buttons(actions=[{"type": "location", "label": "a"}]),
        "messages[0].template.actions[0].type",
    ),
    "buttons label of 21": (buttons(actions=[say("あ" * 21)]), "messages[0].template.actions[0].label"),
    "5 buttons": (buttons(actions=[say()] * 5), "messages[0].template.actions"),
    "buttons text of 161": (buttons(text="あ" * 161), "messages[0].template.text"),
    "text of 61 under a title": (buttons(title="題", text="あ" * 61), "messages[0].template.text"),
    "title of 41": (buttons(title="あ" * 41), "messages[0].template.title"),
    "confirm with 3": (confirm(actions=[say()] * 3), "messages[0].template.actions"),
    "confirm text of 241": (confirm(text="あ" * 241), "messages[0].template.text"),
    "11 columns": (carousel(*[{"text": "a", "actions": [say()]}] * 11), "messages[0].template.columns"),
    "columns of unlike size": (
        carousel({"text": "a", "actions": [say()]}, {"text": "a", "actions": [say(), say()]}),
        "messages[0].template.columns",
    ),
    "template without alt text": (buttons() | {"altText": ""}, "messages[0].altText"),
    "unknown template": (
        {"type": "template", "altText": "a", "template": {"type": "grid"}},
        "messages[0].template.type",
    ),
    "alt text of 1501": (flex(bubble(words()), "あ" * 1501), "messages[0].altText"),
    "picture over http": (
        {"type": "image", "originalContentUrl": "http://example.com/a", "previewImageUrl": URL},
        "messages[0].originalContentUrl",
    ),
    "picture address of 2001": (
        {
            "type": "image",
            "originalContentUrl": "https://example.com/".ljust(2001, "a"),
            "previewImageUrl": URL,
        },
        "messages[0].originalContentUrl",
    ),
    "picture without preview": ({"type": "image", "originalContentUrl": URL}, "messages[0].previewImageUrl"),
    "location without address": (
        {"type": "location", "title": "a", "latitude": 1.0, "longitude": 1.0},
        "messages[0].address",
    ),
    "empty bubble": (flex({"type": "bubble"}), "/"),
    "unknown container": (flex({"type": "cube"}), "/type"),
    "unknown component": (flex(bubble({"type": "slider"})), "/body/contents/0/type"),
    "unknown field": (flex(bubble(words(bold=True))), "/body/contents/0/bold"),
    "unknown size": (flex(bubble(words(size="huge"))), "/body/contents/0/size"),
    "unknown margin": (flex(bubble(words(margin="big"))), "/body/contents/0/margin"),
    "colour by name": (flex(bubble(words(color="red"))), "/body/contents/0/color"),
    "empty flex text": (flex(bubble(words(""))), "/body/contents/0/text"),
    "text wrap is a word": (flex(bubble(words(wrap="yes"))), "/body/contents/0/wrap"),
    "button without action": (flex(bubble({"type": "button"})), "/body/contents/0/action"),
    "button without label": (
        flex(bubble(button({"type": "message", "text": "a"}))),
        "/body/contents/0/action/label",
    ),
    "flex label of 41": (flex(bubble(button(say("あ" * 41)))), "/body/contents/0/action/label"),
    "unknown button style": (flex(bubble(button(say(), style="big"))), "/body/contents/0/style"),
    "picture without address": (flex(bubble({"type": "image"})), "/body/contents/0/url"),
    "icon outside of a baseline box": (flex(bubble({"type": "icon", "url": URL})), "/body/contents/0/type"),
    "button in a baseline box": (flex(bubble(button(say()), layout="baseline")), "/body/contents/0/type"),
    "span outside of a text": (flex(bubble({"type": "span", "text": "a"})), "/body/contents/0/type"),
    "box without layout": (flex({"type": "bubble", "body": {"type": "box", "contents": []}}), "/body/layout"),
    "box without contents": (
        flex({"type": "bubble", "body": {"type": "box", "layout": "vertical"}}),
        "/body/contents",
    ),
    "text as body": (flex({"type": "bubble", "body": words()}), "/body/type"),
    "deep in the tree": (
        flex(bubble({"type": "box", "layout": "horizontal", "contents": [words(), words("")]})),
        "/body/contents/0/contents/1/text",
    ),
    "link of an unknown scheme": (flex(bubble(button(link("ftp://a")))), "/body/contents/0/action/uri"),
    "link of 1001": (
        flex(bubble(button(link("https://example.com/".ljust(1001, "a"))))),
        "/body/contents/0/action/uri",
    ),
    "link not encoded": (
        flex(bubble(button(link("https://example.com/病院")))),
        "/body/contents/0/action/uri",
    ),
    "13 bubbles": (flex(cards(13)), "/contents"),
    "bubbles of unlike size": (
        flex({"type": "carousel", "contents": [bubble(words(), size="kilo"), bubble(words(), size="mega")]}),
        "/contents",
    ),
    "bubble over 30 KB": (flex(bubble(*[words("あ" * 500)] * 21)), "/"),
    "carousel over 50 KB": (flex({"type": "carousel", "contents": [bubble(words("あ" * 1800))] * 12}), "/"),
    "sender name of 21": (text(sender={"name": "あ" * 21}), "messages[0].sender.name"),
    "sender named LINE": (text(sender={"name": "LINE係"}), "messages[0].sender.name"),
    "date before 1900": (
        quick({"type": "datetimepicker", "label": "日", "data": "d", "mode": "date", "min": "1899-12-31"}),
        "messages[0].quickReply.items[0].action.min",
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_line_takes_is_taken(name: str) -> None:
    assert check_messages([ACCEPTED[name]]) == ()


@pytest.mark.parametrize("name", REFUSED)
def test_what_line_refuses_is_refused_at_the_right_place(name: str) -> None:
    message, place = REFUSED[name]
    assert place in [problem.property for problem in check_messages([message])]


@pytest.mark.parametrize(
    "junk", [None, 5, "a", {}, [None], [[]], [{"type": []}], [{"type": "flex", "contents": 5}]]
)
def test_junk_is_refused_and_breaks_nothing(junk: object) -> None:
    assert check_messages(junk)


@pytest.mark.parametrize(
    ("words", "units", "characters"),
    [
        ("", 0, 0),
        ("abc", 3, 3),
        ("🍎", 2, 1),
        ("𠮷野家", 4, 3),
        ("か\u3099", 2, 1),
        ("👨‍👩‍👧", 8, 1),
        ("🇯🇵🇫🇷", 8, 2),
        ("👍🏽", 4, 1),
        ("\r\n", 2, 1),
    ],
)
def test_both_ways_of_counting(words: str, units: int, characters: int) -> None:
    assert (utf16_length(words), grapheme_length(words)) == (units, characters)
