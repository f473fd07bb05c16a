"""Test messages in their stored form, and in words where no button can be pressed."""

import json

import pytest

from core.messages import (
    Call,
    Card,
    Carousel,
    Choices,
    Message,
    Open,
    Picture,
    Row,
    Tap,
    Text,
    dump,
    in_words,
    load,
)


@pytest.mark.parametrize(
    "message",
    [
        Text(text=""),
        Picture(media_id="", alt=""),
        Choices(text="", options=()),
        Choices(text="熱は？", options=(Tap("", ""), Open("", ""), Call("電話", ""))),
        Carousel(cards=()),
        Carousel(cards=(Card(title=""), Card(title="二", rows=(Row("", ""),)))),
    ],
)
def test_what_is_stored_is_read_as_it_was_also_where_words_are_missing(message: Message) -> None:
    assert load(json.loads(json.dumps(dump([message])))) == (message,)


def test_in_words_each_card_keeps_its_number() -> None:
    first = Card(title="たいら内科", actions=(Call("電話する", "0246-22-7448"), Open("地図", "https://a.jp")))
    second = Card(
        title="湯本小児科", rows=(Row("受付", "9:00〜12:00"),), actions=(Call("電話する", "0246-42-2000"),)
    )
    assert in_words(Carousel(cards=(first, second))) == (
        "たいら内科\n電話する 0246-22-7448\n\n湯本小児科\n受付：9:00〜12:00\n電話する 0246-42-2000"
    )
    asked = Choices(
        text="熱は？", options=(Tap("ある", "1"), Tap("ない", "0")), quick=(Call("119番", "119"),)
    )
    assert in_words(asked) == "熱は？\n（ある／ない）\n119番 119"
