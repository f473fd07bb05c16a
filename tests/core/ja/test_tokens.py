import threading

import pytest

from core.ja import tokens


def test_tokens_point_into_the_text_as_sent() -> None:
    sent = "ﾊﾗが痛いいいい😭"
    found = tokens(sent)
    assert [sent[token.start : token.end] for token in found] == ["ﾊﾗ", "が", "痛いいいい"]
    assert [token.part for token in found] == ["名詞", "助詞", "形容詞"]


@pytest.mark.parametrize("typed", ["怠い", "だるい", "ダルい", "体がだるいいい"])
def test_spellings_of_a_word_share_a_normalised_form(typed: str) -> None:
    assert tokens(typed)[-1].normal == "怠い"


@pytest.mark.parametrize("nothing", ["", "  　", "👍"])
def test_a_text_without_words_has_no_tokens(nothing: str) -> None:
    assert tokens(nothing) == ()


def test_the_longest_text_that_can_arrive_is_read() -> None:
    assert tokens("痛" * 5000)
    assert tokens("\ufdfa" * 5000), "one character that unfolds into eighteen"


def test_threads_do_not_disturb_each_other() -> None:
    results: list[int] = []

    def read() -> None:
        results.extend(len(tokens("きのうから熱があって咳が止まりません")) for _ in range(50))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 200
    assert len(set(results)) == 1
