"""Notice when a safety question is not answered: a timer, and a word into the silence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dialogue.flow_data import FlowDataTypes
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import Effect
from bot.flows.safety_question.data import SafetyQuestionData
from bot.triage.calls import call_119
from bot.triage.danger.safety import SafetyContent
from core.db.tables import Timer, Urgency
from core.messages import Message, Text
from core.talk import Talk
from core.texts import Texts
from core.timers import set_timer
from handoff.safety_events import note_red
from handoff.service_resident import thread_of

# The subject is "<talk>:<instance of the question>".
SILENCE_TIMER = "talk.silence"
SILENT_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class AwaitAnswer(Effect):
    """Notice when the question of this instance is not answered."""

    instance: str


class SilenceWatch:
    """Carries `AwaitAnswer` out."""

    async def __call__(self, talk: Talk, effect: AwaitAnswer, now: datetime) -> list[Message]:
        """Set the timer; nothing is said."""
        await set_timer(
            talk.session,
            SILENCE_TIMER,
            f"{talk.conversation.id}:{effect.instance}",
            now + SILENT_AFTER,
            municipality_id=talk.conversation.municipality_id,
            conversation_id=talk.conversation.id,
        )
        return []


@dataclass(frozen=True, slots=True)
class SilenceReminder:
    """Says 119 and the first step once more, and lists the danger for the clinicians."""

    dangers: Mapping[str, SafetyContent]
    texts: Texts
    data_types: FlowDataTypes

    async def __call__(self, talk: Talk, timer: Timer, now: datetime) -> Message | None:
        """Return what is said when the timer is due; None when the question was answered or a person has the talk."""
        state = State.from_json(talk.state, self.data_types)
        if not isinstance(state.data, SafetyQuestionData):
            return None
        if state.instance != timer.subject_id.partition(":")[2] or await thread_of(talk) is not None:
            return None
        danger = self.dangers[state.data.danger]
        await note_red(talk, Urgency.ORANGE, danger.id, now)
        return Text(
            text=self.texts("talk.danger.silent", step=danger.steps[0]),
            quick=(call_119(self.texts), flow_button("person", self.texts)),
        )
