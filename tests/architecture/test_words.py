"""Residents' words that outlive a message are `Words`, so that an unsend finds them."""

import ast
from collections.abc import Sequence

import pytest

from tests.architecture.sources import Module, called_name, product, snippet

# Records that stand in a talk's state or in a thread.
KEPT_IN = ("bot/dialogue/memory.py", "bot/dialogue/memory_entries.py")
BASES = frozenset(["FlowData"])
NAMED = frozenset(["Summary", "State"])
# Names of fields that hold what a resident said.
SAID = frozenset(
    ["complaint", "complaints", "said", "words", "remark", "wish", "story", "note", "text", "told"]
)


def untyped_words(modules: Sequence[Module]) -> list[str]:
    """Return fields of kept records that hold words of a resident as plain text."""
    return [
        f"{module.path}:{field.lineno}: {node.name}.{field.target.id}"
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.ClassDef) and _is_kept(module, node)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and field.target.id in SAID
        and "str" in _names(field.annotation)
    ]


def _is_kept(module: Module, node: ast.ClassDef) -> bool:
    return (
        module.path in KEPT_IN or node.name in NAMED or any(called_name(base) in BASES for base in node.bases)
    )


def _names(annotation: ast.expr) -> set[str]:
    """Return the names in an annotation, also one that is written as text."""
    found = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= _names(ast.parse(node.value, mode="eval").body)
    return found


def kept_records(modules: Sequence[Module]) -> set[str]:
    return {
        node.name
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.ClassDef) and _is_kept(module, node)
    }


def test_what_a_talk_keeps_of_a_residents_words_is_words() -> None:
    assert kept_records(product()) >= {"OtcData", "PastConsultation", "Remark", "PendingIntent", "Summary"}
    assert untyped_words(product()) == []


@pytest.mark.parametrize(
    "source",
    [
        "class OtcData(FlowData):\n    complaint: str = ''",
        "class OtcData(flow_data.FlowData):\n    said: tuple[str, ...] = ()",
        "class Summary:\n    words: 'str | None' = None",
    ],
)
def test_words_kept_as_plain_text_are_seen(source: str) -> None:
    assert len(untyped_words([snippet("bot/flows/otc/data.py", source)])) == 1


def test_words_of_their_type_and_other_fields_are_left_alone() -> None:
    source = "class OtcData(FlowData):\n    complaint: Words = NO_WORDS\n    kind: str | None = None"
    assert untyped_words([snippet("bot/flows/otc/data.py", source)]) == []
