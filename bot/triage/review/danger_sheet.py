"""Make the review sheet of one danger: what brings its card or question, its words, its answers, first aid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.triage.danger.danger_card import DESPAIRING
from bot.triage.danger.danger_review import concept_names
from bot.triage.danger.danger_rules import DangerContent, DangerRuleContent, ExceptionContent
from bot.triage.danger.safety import SafetyContent
from bot.triage.review.notes import ReviewNotes, SourceContent
from bot.triage.review.readable import (
    KIND,
    allows_text,
    answer_text,
    apart_text,
    form_text,
    labels,
    measured_text,
    reach_text,
    unsure_text,
)
from core.lexicon.concepts import ConceptContent

_ONLY_GENERAL = frozenset({"GK"})


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule: `groups` are concepts of which one each must be there, `extra` of which one more must be."""

    id: str
    says: str
    groups: tuple[tuple[str, ...], ...]
    extra: tuple[str, ...]
    without: tuple[str, ...]
    unless_told: tuple[str, ...]
    reach: str
    allows: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExceptionEntry:
    """What cancels a finding of the whole category, or a guess of the alarm head; `part` is its name among the parts."""

    id: str
    part: str
    kind: str
    because: str
    words: tuple[str, ...]
    reach: str


@dataclass(frozen=True, slots=True)
class ConceptEntry:
    """The words behind a name that rules use."""

    name: str
    label: str
    forms: tuple[str, ...]
    written: tuple[str, ...]
    not_in: tuple[str, ...]
    measured: str
    apart: str


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """One answer of the safety question; `level` is where it leads, `leads` says so."""

    label: str
    level: str
    leads: str


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source: its mark, and what it is."""

    mark: str
    name: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class DangerSheet:
    """Everything that a doctor reviews of one danger."""

    id: str
    title: str
    version: str
    safety_version: str
    saw: str
    question: str
    answers: tuple[AnswerEntry, ...]
    unsure: str
    unsure_level: str
    is_first_check: bool
    is_met_with_care: bool
    steps: tuple[str, ...]
    steps_self: tuple[str, ...]
    red: tuple[RuleEntry, ...]
    ask: tuple[RuleEntry, ...]
    exceptions: tuple[ExceptionEntry, ...]
    concepts: tuple[ConceptEntry, ...]
    sources: tuple[SourceEntry, ...]
    open: tuple[str, ...]


def danger_sheet(
    danger: DangerContent,
    safety: SafetyContent,
    concepts: Mapping[str, ConceptContent],
    notes: ReviewNotes,
    titles: Mapping[str, str],
) -> DangerSheet:
    """Return the sheet of a danger; `titles` are those of all dangers."""
    sources = _sources(danger, safety, notes.sources)
    general = ("出典が一般的な医学知識だけです。根拠となる文献があれば、お知らせください。",)
    is_general = {one.mark for one in sources if one.mark} <= _ONLY_GENERAL
    return DangerSheet(
        id=danger.id,
        title=danger.title,
        version=danger.version,
        safety_version=safety.version,
        saw=safety.saw,
        question=safety.ask,
        answers=tuple(AnswerEntry(a.label, a.leads, answer_text(a, titles)) for a in safety.answers),
        unsure=unsure_text(safety.unsure),
        unsure_level=safety.unsure,
        is_first_check=safety.is_first_check,
        is_met_with_care=danger.id in DESPAIRING,
        steps=safety.steps,
        steps_self=safety.steps_self,
        red=tuple(_rule(rule, concepts) for rule in danger.red),
        ask=tuple(_rule(rule, concepts) for rule in danger.ask),
        exceptions=(
            *(_exception("unless", f"かな{one.within}字以内", one, concepts) for one in danger.unless),
            *(
                _exception("settled_by", "文のどこか（学習した耳の気づきだけ）", one, concepts)
                for one in danger.settled_by
            ),
        ),
        concepts=tuple(_concept(name, concepts[name]) for name in concept_names(danger)),
        sources=sources,
        open=(*notes.open.get(danger.id, ()), *(general if is_general else ())),
    )


def source_marks(stated: Iterable[str]) -> tuple[str, ...]:
    """Return the marks in statements of sources, each once: `[La; GK]` and `[La, GK]` are the same."""
    return tuple(dict.fromkeys(mark.strip() for line in stated for mark in line.split(";")))


def _sources(
    danger: DangerContent, safety: SafetyContent, known: Mapping[str, SourceContent]
) -> tuple[SourceEntry, ...]:
    marks = source_marks([*danger.source, *safety.source])
    explained = [SourceEntry(mark, known[mark].name, known[mark].at) for mark in marks if mark in known]
    return (*explained, *(SourceEntry("", mark) for mark in marks if mark not in known))


def _rule(rule: DangerRuleContent, concepts: Mapping[str, ConceptContent]) -> RuleEntry:
    extra = [name for group in rule.any for name in group.split("|")]
    return RuleEntry(
        id=rule.id,
        says=rule.says,
        groups=tuple(labels(group.split("|"), concepts) for group in rule.all),
        extra=labels(extra, concepts),
        without=labels(rule.without, concepts),
        unless_told=labels(rule.unless_told, concepts),
        reach=reach_text(rule),
        allows=allows_text(rule),
        pairs=tuple((pair.fires, pair.silent) for pair in rule.pairs),
    )


def _exception(
    kept: str, reach: str, one: ExceptionContent, concepts: Mapping[str, ConceptContent]
) -> ExceptionEntry:
    words = labels(one.any, concepts)
    return ExceptionEntry(one.id, f"{kept}/{one.id}", KIND[one.kind], one.because, words, reach)


def _concept(name: str, concept: ConceptContent) -> ConceptEntry:
    return ConceptEntry(
        name=name,
        label=concept.label or name,
        forms=tuple(form_text(form) for form in concept.forms),
        written=concept.written,
        not_in=tuple(form_text(form) for form in concept.not_in),
        measured=measured_text(concept),
        apart=apart_text(concept),
    )
