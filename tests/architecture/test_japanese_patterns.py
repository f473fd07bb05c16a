"""Japanese is read in few places: elsewhere no regular expression holds kana or kanji."""

import ast
import re
from collections.abc import Mapping, Sequence

import pytest

from tests.architecture.sources import Module, dotted, is_in, product, snippet

# Where Japanese is read, and why there.
READERS: Mapping[str, str] = {
    "core/ja/": "numbers, dates, ages and durations, the same for everybody",
    "bot/language/": "residents' words: clauses, typed answers, professions",
    "bot/triage/": "signs of danger and complaints, beside the content they are compared with",
    "bot/flows/facility_search/parsing.py": "what is searched for",
    "facilities/asked_time.py": "when somebody wants to go",
    "facilities/closures.py": "closing days as facilities write them",
    "shop/wording.py": "who uses a product and how long",
    "shop/reading.py": "lists of shops as cities write them",
    "handoff/model.py": "thanks and greetings that need no answer (COURTESY)",
    "bot/bench/": "which answers an ordinary resident would choose",
    "nlu/components/spoken_extractor.py": "what says that a symptom is over, and remedies that are named after one",
    "nlu/components/in_kana.py": "which words of an example are to be written in hiragana",
    "core/findings.py": "how a button began that meant no, in findings stored before they held their answer",
    "bot/flows/consultation/interview.py": "a bare number as the answer to who it is about",
    "bot/flows/danger_check.py": "the signs of danger its question lists, typed instead of tapped",
}
FUNCTIONS = frozenset(
    ["compile", "search", "match", "fullmatch", "split", "sub", "subn", "findall", "finditer"]
)
# Hiragana, katakana, kanji; full-width punctuation alone reads no Japanese.
JAPANESE = re.compile(r"[ぁ-ゖァ-ヺ々〆一-鿿]")
ESCAPED = re.compile(r"\\u(30[4-9a-f]|3[4-9a-f]|[4-9]).{2}", re.IGNORECASE)


def japanese_patterns(module: Module) -> list[str]:
    constants = _constants(module)
    return [
        f"{module.path}:{node.lineno}"
        for node in module.nodes
        if isinstance(node, ast.Call)
        and dotted(node.func) in {f"re.{name}" for name in FUNCTIONS}
        and node.args
        and any(JAPANESE.search(text) or ESCAPED.search(text) for text in _texts(node.args[0], constants))
    ]


def _constants(module: Module) -> Mapping[str, ast.expr]:
    return {
        target.id: node.value
        for node in module.tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _texts(pattern: ast.expr, constants: Mapping[str, ast.expr]) -> Sequence[str]:
    """Return the written parts of a pattern, of the module's constants it names as well."""
    found = []
    for node in ast.walk(pattern):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        if isinstance(node, ast.Name) and node.id in constants:
            found += _texts(constants[node.id], {k: v for k, v in constants.items() if k != node.id})
    return found


def test_japanese_is_read_only_where_it_is_meant_to_be() -> None:
    found = [place for m in product() if not is_in(m.path, tuple(READERS)) for place in japanese_patterns(m)]
    assert found == []


def test_no_place_may_read_japanese_that_does_not() -> None:
    used = {place for place in READERS for m in product() if is_in(m.path, (place,)) and japanese_patterns(m)}
    assert sorted(READERS.keys() - used) == []


@pytest.mark.parametrize(
    "source",
    [
        "import re\nre.search('病院', text)",
        "import re\nX = re.compile(rf'{N}日')",
        "import re\n_DAY = '日'\n_X = re.compile(_DAY + r'\\d')",
        "import re\n_X = re.compile(r'[\\u3041-\\u3096]')",
    ],
)
def test_a_pattern_with_kana_or_kanji_is_seen(source: str) -> None:
    assert len(japanese_patterns(snippet("bot/app.py", source))) == 1


def test_other_patterns_and_japanese_that_is_no_pattern_are_left_alone() -> None:
    source = "import re\nre.sub(r'[。、]', '', text)\ntext.split('日')\nLABEL = '病院'"
    assert japanese_patterns(snippet("bot/app.py", source)) == []
