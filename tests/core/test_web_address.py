"""Test web addresses from open data, and the button addresses made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulator.validation.address import check_link
from core.web_address import link_of


@pytest.mark.parametrize(
    ("written", "link"),
    [
        ("https://example.jp/", "https://example.jp/"),
        ("http://www.taira-naika.example.jp", "http://www.taira-naika.example.jp"),
        ("  HTTP://Example.JP/Index.html \n", "http://example.jp/Index.html"),
        ("ｈｔｔｐ：／／ｗｗｗ．ｅｘａｍｐｌｅ．ｊｐ／", "http://www.example.jp/"),
        ("http://いわき内科.jp/", "http://xn--n8js1r436jzd5b.jp/"),
        (
            "https://平病院。日本/診療時間",
            "https://xn--gwt023cw7w.xn--wgv71a/%E8%A8%BA%E7%99%82%E6%99%82%E9%96%93",
        ),
        (
            "https://example.jp/病院?q=あ b#上",
            "https://example.jp/%E7%97%85%E9%99%A2?q=%E3%81%82%20b#%E4%B8%8A",
        ),
        ("https://example.jp/%E7%97%85?a=1&b=2", "https://example.jp/%E7%97%85?a=1&b=2"),
        ("https://example.jp/100%/{id}|x", "https://example.jp/100%25/%7Bid%7D%7Cx"),
        ("http://example.jp:8080/~clinic/", "http://example.jp:8080/~clinic/"),
        ("http://127.0.0.1:8081/r/x", "http://127.0.0.1:8081/r/x"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://helpo/s/token", "https://helpo/s/token"),
        ("https://example.jp/" + "a" * 981, "https://example.jp/" + "a" * 981),
    ],
)
def test_an_address_is_written_as_a_phone_opens_it(written: str, link: str) -> None:
    assert link_of(written) == link


@pytest.mark.parametrize(
    "written",
    [
        "",
        "なし",
        "www.example.jp",
        "http://",
        "http:///index.html",
        "https:example.jp",
        "ftp://example.jp/",
        "javascript:alert(1)//https://example.jp",
        "mailto:info@example.jp",
        "http://なし",
        "http://.example.jp/",
        "http://a..jp/",
        "http://a b.jp/",
        "http://a.jp/ http://b.jp/",
        "http://a.jp\nhttp://b.jp",
        "https://example.jp/\0",
        "https://example.jp/a\tb",
        "https://city.example.jp@example.com/",
        "https://example.jp\\@example.com/",
        "http://example.jp:port/",
        "http://example.jp:99999/",
        "http://[::1/",
        "http://" + "a" * 64 + ".jp/",
        "https://example.jp/" + "a" * 982,
        "https://example.jp/" + "病" * 110,
        "https://example.jp/\ud800",
    ],
)
def test_what_is_no_address_is_not_offered(written: str) -> None:
    assert link_of(written) is None


@given(
    st.text(max_size=60).map(lambda tail: "http://example.jp/" + tail)
    | st.text(max_size=60).map("https://{}".format)
)
def test_whatever_is_offered_is_taken_by_line_and_stays_as_it_is(written: str) -> None:
    link = link_of(written)
    if link is not None:
        assert list(check_link({"uri": link}, "uri", "")) == []
        assert link_of(link) == link


def test_a_giant_field_costs_nothing() -> None:
    assert link_of("http://" + "あ" * 1_000_000) is None
