"""Say what of a danger is reviewed and signed: its rules, the concepts they name, its question and first aid."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.triage.danger.danger_rules import DangerContent, DangerRuleContent, read_dangers
from core.content import ContentModel
from core.content.signatures import Parts, Signature, SignatureState, Standing, read_signatures
from core.lexicon.concepts import ConceptContent, read_lexicon

# What has ids of its own and is signed one by one.
_RULES = ("red", "ask", "unless", "settled_by")


def danger_parts(
    danger: DangerContent, safety: ContentModel, concepts: Mapping[str, ConceptContent]
) -> Parts:
    """Return everything that a signature of the danger covers, by part."""
    told = danger.model_dump(mode="json")
    about = {name: value for name, value in told.items() if name not in _RULES}
    rules = {f"{level}/{rule['id']}": rule for level in _RULES for rule in told[level]}
    words = {f"concept/{name}": concepts[name].model_dump(mode="json") for name in concept_names(danger)}
    answers = {f"safety/{name}": value for name, value in safety.model_dump(mode="json").items()}
    return {"about": about, **rules, **words, **answers}


def concept_names(danger: DangerContent) -> tuple[str, ...]:
    """Return the concepts that a danger's rules and exceptions name, each once, in their order."""
    named = (name for rule in (*danger.red, *danger.ask) for name in rule_concepts(rule))
    excepted = (name for one in (*danger.unless, *danger.settled_by) for name in one.any)
    return tuple(dict.fromkeys([*named, *excepted]))


def rule_concepts(rule: DangerRuleContent) -> Iterator[str]:
    """Yield the concepts of a rule."""
    for group in (*rule.all, *rule.any):
        yield from group.split("|")
    yield from rule.without
    yield from rule.unless_told


def signed_dangers(data_dir: Path, safety: Mapping[str, ContentModel]) -> frozenset[str]:
    """Return the dangers whose signature fits what stands in the content now.

    Raises:
        ContentError: a signature, or what it signs, is broken; says where and why.
    """
    # Without a signature there is nothing to compare, and the lexicon need not be read.
    signatures = read_signatures(data_dir, "danger")
    if not signatures:
        return frozenset()
    states = danger_states(data_dir, safety, signatures)
    return frozenset(name for name, state in states.items() if state.standing is Standing.SIGNED)


def danger_states(
    data_dir: Path, safety: Mapping[str, ContentModel], signatures: Mapping[str, Signature]
) -> dict[str, SignatureState]:
    """Return of each danger whether it is signed, and what has changed since."""
    concepts = read_lexicon(data_dir).concepts
    return {
        danger.id: SignatureState.of(
            signatures.get(danger.id), danger_parts(danger, safety[danger.id], concepts)
        )
        for danger in read_dangers(data_dir)
        if danger.id in safety
    }
