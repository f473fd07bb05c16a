"""Every text that code asks for exists and gets exactly what it needs; every text is asked for."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

import pytest

from core.console.wording import LANGUAGES
from core.texts import Texts, load_texts
from tests.architecture.sources import ROOT, product, snippet
from tests.architecture.template_calls import template_calls
from tests.architecture.text_calls import TextCall, mistakes, text_calls

# Where a key comes from somewhere else, and what it may be; of such a family each text fills in what it needs.
CHOSEN_ELSEWHERE = {
    # Chosen by `read`, kept in `Reading.lead`.
    "bot/flows/consultation/flow.py:resume": r"talk\.consultation\.(again|which_number)",
    # The words with which a clinician begins, after a request or of her own accord.
    "handoff/service_clinician.py:claim": r"handoff\.(claimed|reaching_out)",
    # Red-flag categories and the other ways in which a danger was found.
    "handoff/queue_view.py:seen_words": r"danger\.seen\.[a-z0-9_]+",
    # Things that happened in a talk (`record_thread_event`).
    "handoff/templates/line.html": r"handoff\.[a-z_]+",
    # What features bring along: entries of the header, commands at a talk.
    "core/console/templates/base.html": r"nav\.[a-z_]+",
    "handoff/templates/desk.html": r"command\.[a-z_]+",
    # The code of a failure (`ServiceError.code`).
    "core/console/failures.py:failure_page": r"error\.[a-z_]+(\.[a-z_]+)?",
}
STAFF_FOLDERS = ("core/console", "handoff")
SNIPPET = """
def lead(texts, level, days):
    key = "one" if days == 1 else "many"
    return [texts("a.plain"), texts(f"a.level.{level}"), texts(f"a.days.{key}", count=days)]
"""


@cache
def residents_calls() -> Sequence[TextCall]:
    # `_texts` in rendering makes LINE's own text messages.
    modules = [m for m in product() if m.path != "bot/line/rendering.py"]
    return [call for module in modules for call in text_calls(module, ("texts", "_texts"))]


@cache
def staff_calls() -> Sequence[TextCall]:
    found = [call for module in product() for call in text_calls(module, ("t",))]
    for folder in STAFF_FOLDERS:
        for path in sorted((ROOT / folder / "templates").rglob("*.html")):
            found += template_calls(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    return found


def placeholders_of(parts: Sequence[Texts]) -> Mapping[str, frozenset[str]]:
    return {key: texts.placeholders(key) for texts in parts for key in texts.keys()}  # noqa: SIM118 - no dict


def unread(calls: Sequence[TextCall]) -> list[str]:
    return [call.place for call in calls if not call.keys and call.owner not in CHOSEN_ELSEWHERE]


def underfilled(calls: Sequence[TextCall], texts: Mapping[str, frozenset[str]]) -> list[str]:
    """Return where a text of a family chosen elsewhere needs what its call does not fill."""
    return [
        f"{call.place}: '{key}'"
        for call in calls
        if call.owner in CHOSEN_ELSEWHERE
        for key, needed in texts.items()
        if re.fullmatch(CHOSEN_ELSEWHERE[call.owner], key) and not call.keys and not needed <= call.fields
    ]


def unasked(calls: Sequence[TextCall], texts: Mapping[str, frozenset[str]]) -> list[str]:
    patterns = {pattern for call in calls for pattern in call.keys}
    patterns |= {CHOSEN_ELSEWHERE[call.owner] for call in calls if call.owner in CHOSEN_ELSEWHERE}
    return sorted(key for key in texts if not any(re.fullmatch(pattern, key) for pattern in patterns))


def judged(calls: Sequence[TextCall], texts: Mapping[str, frozenset[str]]) -> list[str]:
    return [*unread(calls), *mistakes(calls, texts), *underfilled(calls, texts), *unasked(calls, texts)]


def test_residents_texts_and_the_calls_that_ask_for_them_fit(texts: Texts) -> None:
    calls = residents_calls()
    assert len(calls) > 200
    assert judged(calls, placeholders_of([texts])) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_staffs_words_and_the_calls_that_ask_for_them_fit(language: str) -> None:
    parts = [load_texts(ROOT / folder, language) for folder in STAFF_FOLDERS]
    calls = staff_calls()
    assert len(calls) > 200
    assert judged(calls, placeholders_of(parts)) == []


FITTING = {
    "a.plain": frozenset[str](),
    "a.level.red": frozenset[str](),
    "a.days.one": frozenset({"count"}),
    "a.days.many": frozenset({"count"}),
}


def test_a_call_that_fits_is_left_alone() -> None:
    assert judged(list(text_calls(snippet("bot/x.py", SNIPPET), ("texts",))), FITTING) == []


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ({"a.plain": frozenset({"name"})}, "'a.plain' needs name, the call fills nothing"),
        ({"a.days.one": frozenset[str]()}, "'a.days.one' needs nothing, the call fills count"),
        ({"a.level.orange": frozenset({"hours"})}, "'a.level.orange' needs hours"),
        ({"a.left_over": frozenset[str]()}, "a.left_over"),
    ],
)
def test_a_text_that_does_not_fit_is_named(texts: dict[str, frozenset[str]], complaint: str) -> None:
    calls = list(text_calls(snippet("bot/x.py", SNIPPET), ("texts",)))
    assert any(complaint in found for found in judged(calls, FITTING | texts))


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("def f(texts): return texts('a.lost')", "there is no text 'a.lost'"),
        ("def f(texts, key): return texts(key)", "bot/x.py:1"),
        ("def f(texts, key): return texts('a.plain' if key else key)", "bot/x.py:1"),
        ("def f(self, fields): return self.texts('a.plain', **fields)", "the call fills **"),
    ],
)
def test_a_call_that_does_not_fit_is_named(source: str, complaint: str) -> None:
    calls = list(text_calls(snippet("bot/x.py", source), ("texts",)))
    assert any(complaint in found for found in judged(calls, FITTING))


def test_a_template_that_fills_the_wrong_name_is_named() -> None:
    calls = list(template_calls("x.html", "{{ t('a.days.' ~ key, days=2) }}{{ t('a.lost') }}{{ t(label) }}"))
    found = judged(calls, FITTING)
    assert "x.html:1: 'a.days.one' needs count, the call fills days" in found
    assert "x.html:1: there is no text 'a.lost'" in found
    assert "x.html:1" in found
