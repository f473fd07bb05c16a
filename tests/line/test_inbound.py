from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.line.inbound import Inbound, InboundKind, parse_event


def message(**fields: Any) -> dict[str, Any]:
    return {"type": "message", "message": {"id": "100001", "markAsReadToken": "read", **fields}}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            message(type="text", text="熱があります", quoteToken="q"),
            Inbound(kind=InboundKind.TEXT, text="熱があります", line_message_id="100001", mark_as_read_token="read"),
        ),
        (
            message(type="location", title="いわき駅", address="福島県いわき市平田町", latitude=37.058, longitude=140.892),
            Inbound(
                kind=InboundKind.LOCATION, title="いわき駅", address="福島県いわき市平田町", latitude=37.058,
                longitude=140.892, line_message_id="100001", mark_as_read_token="read",
            ),
        ),
        (
            message(type="audio", duration=60000, contentProvider={"type": "line"}),
            Inbound(kind=InboundKind.AUDIO, duration_ms=60000, line_message_id="100001", mark_as_read_token="read"),
        ),
        (
            message(type="file", fileName="検査結果.pdf", fileSize=2138),
            Inbound(
                kind=InboundKind.FILE, file_name="検査結果.pdf", file_size=2138, line_message_id="100001",
                mark_as_read_token="read",
            ),
        ),
        (
            message(type="sticker", packageId="1", stickerId="2", stickerResourceType="NEW", keywords=["ありがとう", 3]),
            Inbound(kind=InboundKind.STICKER, keywords=("ありがとう",), line_message_id="100001", mark_as_read_token="read"),
        ),
        (
            {"type": "postback", "postback": {"data": "f=a&q=b&v=c", "params": {"date": "2026-11-22", "x": 1}}},
            Inbound(kind=InboundKind.POSTBACK, data="f=a&q=b&v=c", params={"date": "2026-11-22"}),
        ),
        ({"type": "follow", "follow": {"isUnblocked": True}}, Inbound(kind=InboundKind.FOLLOW, is_unblocked=True)),
        ({"type": "follow"}, Inbound(kind=InboundKind.FOLLOW)),
        ({"type": "unfollow"}, Inbound(kind=InboundKind.UNFOLLOW)),
        ({"type": "unsend", "unsend": {"messageId": "325708"}}, Inbound(kind=InboundKind.UNSEND, unsent_message_id="325708")),
        ({"type": "beacon", "beacon": {"hwid": "d41d8cd98f"}}, Inbound(kind=InboundKind.OTHER)),
        ({"type": "message"}, Inbound(kind=InboundKind.OTHER)),
        ({"odd": 17}, Inbound(kind=InboundKind.OTHER)),
    ],
)  # fmt: skip
def test_events_are_read(event: dict[str, Any], expected: Inbound) -> None:
    assert parse_event(event) == expected


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
def test_files_at_line_are_to_be_fetched_and_others_are_not(kind: str) -> None:
    assert parse_event(message(type=kind, contentProvider={"type": "line"})).has_media
    assert not parse_event(
        message(type=kind, contentProvider={"type": "external", "originalContentUrl": "https://x"})
    ).has_media
    assert not parse_event({"type": "message", "message": {"type": kind}}).has_media


def test_a_place_without_a_position_and_a_text_without_words_are_something_else() -> None:
    assert parse_event(message(type="location", latitude="37", longitude=140.9)).kind is InboundKind.OTHER
    assert (
        parse_event(message(type="location", latitude=float("nan"), longitude=140.9)).kind
        is InboundKind.OTHER
    )
    assert parse_event(message(type="text", text=" ")).kind is InboundKind.OTHER


def test_half_a_surrogate_pair_and_null_characters_do_no_harm_later() -> None:
    text = parse_event(message(type="text", text="痛い\ud83d\0です")).text
    assert text.encode().decode() == "痛い?です"


def test_an_unknown_message_keeps_its_id() -> None:
    found = parse_event(message(type="hologram"))
    assert (found.kind, found.line_message_id, found.mark_as_read_token) == (
        InboundKind.OTHER,
        "100001",
        "read",
    )


def test_the_words_of_a_sticker_and_of_a_place_are_words_too() -> None:
    place = message(type="location", title="胸が苦しい", latitude=37.0, longitude=140.9)
    assert parse_event(place).spoken == "胸が苦しい"
    assert parse_event(message(type="sticker", text="たすけて")).spoken == "たすけて"
    assert parse_event(message(type="text", text="はい")).spoken == "はい"
    assert parse_event(message(type="image")).spoken == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["type", "message", "postback", "unsend", "follow", "params", "data", "text", "id", "latitude", "longitude", "keywords",
     "duration", "contentProvider", "messageId"]
)  # fmt: skip
kinds = st.sampled_from(["message", "postback", "unsend", "text", "location", "sticker", "audio"])
shapes = st.recursive(
    json_values | kinds, lambda inner: st.dictionaries(names, inner, max_size=6), max_leaves=20
)


@given(shapes)
def test_no_shape_of_json_is_an_error(raw: Any) -> None:
    assert isinstance(parse_event(raw), Inbound)


def test_what_a_message_quotes_is_read() -> None:
    assert parse_event(message(type="text", text="これ", quotedMessageId="468")).quoted_message_id == "468"
    assert parse_event(message(type="sticker", quotedMessageId="468")).quoted_message_id == "468"
    assert parse_event(message(type="text", text="これ", quotedMessageId=468)).quoted_message_id == ""


def test_words_on_a_sticker_are_heard_as_words_its_keywords_are_not() -> None:
    assert parse_event(message(type="sticker", text="たすけて")).heard_as is InboundKind.TEXT
    assert parse_event(message(type="sticker", keywords=["たすけて"])).heard_as is InboundKind.STICKER
    assert parse_event(message(type="sticker", text="  ")).heard_as is InboundKind.STICKER
    assert parse_event(message(type="image", text="たすけて")).heard_as is InboundKind.IMAGE
