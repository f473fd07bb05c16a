"""Make the cards of a danger: 119 with first aid, or how soon to go when its safety question ends below red."""

from typing import Literal

from bot.triage.calls import call_119
from bot.triage.care import hotlines_around_the_clock, listed_hotlines
from bot.triage.danger.safety import SafetyAnswer, SafetyContent
from bot.triage.level_advice import NO_ADVICE, FirstAdvice
from core.db.tables import Urgency
from core.messages import Button, Card, Row, Tone
from core.municipalities import Municipality
from core.texts import Texts

# What a poison information centre is asked about, after 119.
POISONS = frozenset({"swallowed", "poisoning", "overdose"})
# After 119, lines that listen.
DESPAIRING = frozenset({"suicide_act", "suicide_plan"})
# Whoever is with the person is to leave the room.
KEEPS_AWAY = frozenset({"harm_to_child"})
# Who writes: the person whose danger it is, somebody beside her, or nobody knows.
Writer = Literal["", "herself", "beside"]


def danger_card(
    danger: SafetyContent,
    city: Municipality,
    texts: Texts,
    *,
    because: tuple[str, ...] = (),
    writer: Writer = "",
) -> Card:
    """Return the 119 card of a danger: why, what to do until help comes, what to say on the telephone.

    `because` are reasons in place of what the danger is usually heard by. Nobody is told to stay with herself.
    """
    return Card(
        title=texts("triage.emergency.title"),
        tone=Tone.RED,
        body=("\n".join(because) or danger.saw, texts("triage.emergency.call")),
        rows=(
            *_steps(danger, texts, writer),
            Row(texts("triage.emergency.say.label"), texts("triage.emergency.say.text", city=city.name)),
            *_afterwards(danger.id, city, texts),
            Row(texts("triage.emergency.bring.label"), texts("triage.emergency.bring.text")),
        ),
        actions=(call_119(texts),),
        note=_marked(danger, texts("triage.emergency.note"), texts),
    )


def emergency_card(
    city: Municipality, texts: Texts, *, because: tuple[str, ...] = (), writer: Writer = ""
) -> Card:
    """Return the 119 card for signs of danger that were not named one by one: first aid that is safe for all."""
    until = Row(texts("triage.emergency.until.label"), texts("triage.emergency.until.text"))
    return Card(
        title=texts("triage.emergency.title"),
        tone=Tone.RED,
        body=("\n".join(because) or texts("triage.emergency.saw"), texts("triage.emergency.call")),
        rows=(
            until,
            *_alone(texts, writer),
            Row(texts("triage.emergency.say.label"), texts("triage.emergency.say.text", city=city.name)),
            Row(texts("triage.emergency.bring.label"), texts("triage.emergency.bring.text")),
        ),
        actions=(call_119(texts),),
        note=texts("triage.emergency.note"),
    )


def level_card(
    danger: SafetyContent,
    answer: SafetyAnswer | None,
    level: Urgency,
    texts: Texts,
    onward: tuple[Button, ...],
    unsure: str = "",
    advice: FirstAdvice = NO_ADVICE,
) -> Card:
    """Return the card of a safety question that ended at `level`; without an answer it is not known.

    `unsure` says whom to call in doubt, `advice` what the tables of the words say. Its signs for 119 are the question's
    own red answers.
    """
    desk = (texts(f"triage.danger.desk.{answer.desk}"),) if answer and answer.desk else ()
    why = texts("triage.danger.said", said=answer.label) if answer else texts("triage.danger.unsure")
    return Card(
        title=texts(f"triage.level.{level.value}.title"),
        tone=Tone(level.value),
        body=(texts(f"triage.level.{level.value}.lead"), *desk),
        rows=(
            Row(texts("triage.why"), why),
            *_if_any(texts("triage.department"), "、".join(advice.departments)),
            *_if_any(texts("triage.now"), "\n".join(f"・{line}" for line in advice.home)),
            Row(texts("triage.worse"), red_signs(danger)),
        ),
        actions=(*onward, call_119(texts)),
        note=_marked(danger, texts("triage.note") + unsure, texts),
    )


def _if_any(label: str, said: str) -> tuple[Row, ...]:
    return (Row(label, said),) if said else ()


def red_signs(danger: SafetyContent) -> str:
    """Return the answers of a danger's question that mean 119, one a line."""
    return "\n".join(f"・{answer.label}" for answer in danger.answers if answer.leads == "red")


def _steps(danger: SafetyContent, texts: Texts, writer: Writer) -> tuple[Row, ...]:
    """Return what to do until help comes, for who writes; both, when nobody knows and it differs."""
    label = texts("triage.emergency.until.label")
    if writer == "herself":
        return (Row(label, _numbered(danger.steps_self or danger.steps)), *_alone(texts, writer))
    if writer == "beside":
        stay = () if danger.id in KEEPS_AWAY else (texts("triage.emergency.stay"),)
        return (Row(label, _numbered((*danger.steps, *stay))),)
    if not danger.steps_self:
        return (Row(label, _numbered(danger.steps)),)
    beside = Row(texts("triage.danger.beside"), _numbered(danger.steps))
    herself = Row(texts("triage.danger.herself"), _numbered(danger.steps_self))
    # Who does not breathe does not write: pressing the chest comes first.
    return (beside, herself) if danger.is_first_check else (herself, beside)


def _alone(texts: Texts, writer: Writer) -> tuple[Row, ...]:
    """Return what to do without anybody beside her, for who writes about herself."""
    if writer != "herself":
        return ()
    return (Row(texts("triage.emergency.alone.label"), texts("triage.emergency.alone.text")),)


def _marked(danger: SafetyContent, note: str, texts: Texts) -> str:
    """Return a card's note; an unsigned danger is marked as a draft, its card comes all the same."""
    return note if danger.is_signed else f"{texts('triage.draft')}\n{note}"


def _numbered(steps: tuple[str, ...]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _afterwards(category: str, city: Municipality, texts: Texts) -> tuple[Row, ...]:
    """Return the row with whom to call after 119, if the danger has one."""
    if category in POISONS:
        said = texts("triage.emergency.after.poison")
    elif category in DESPAIRING:
        said = listed_hotlines(hotlines_around_the_clock(city), city)
    else:
        said = ""
    return (Row(texts("triage.emergency.after.label"), said),) if said else ()
