"""Test whom a message is about, by words and ages."""

import pytest

from core.ja import find_ages
from nlu.components.persons import Person, persons_meant


@pytest.mark.parametrize(
    ("words", "ages", "persons"),
    [
        (["child"], "3歳", ["child"]),
        (["child"], "生後5か月", ["baby"]),
        (["child"], "35歳", []),
        (["child", "self"], "35歳", ["child", "self"]),
        (["child", "elderly"], "79歳", ["child", "elderly"]),
        (["child", "pregnant"], "", ["pregnant"]),
        (["child", "pregnant"], "3歳", ["child", "pregnant"]),
        (["child", "baby"], "", ["baby"]),
        (["baby"], "1歳半", ["child"]),
        ([], "82歳", ["elderly"]),
        ([], "54歳", []),
        ([], "16歳", []),
        (["child"], "16歳", ["child"]),
        (["self"], "67歳", ["self", "elderly"]),
    ],
)
def test_ages_decide_what_words_for_persons_mean(words: list[str], ages: str, persons: list[str]) -> None:
    found = persons_meant([Person(word, 0, 1) for word in words], find_ages(ages))
    assert [one.value for one in found] == persons


def test_a_person_is_named_once() -> None:
    found = persons_meant([Person("child", 5, 7), Person("child", 0, 2)], find_ages("3歳"))
    assert found == [Person("child", 5, 7)]
