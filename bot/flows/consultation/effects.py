"""Write down what became of consultations, also of those that nobody goes on with: a timer notices them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.dialogue.flow_data import FlowDataTypes
from bot.dialogue.memory_entries import RELEVANT_FOR, is_current
from bot.dialogue.state import State
from bot.flows.consultation.figures import AwaitEnd, RecordConsultation, district_of, left_figure
from bot.flows.consultation.interview import ConsultationData, Interview
from bot.triage.tables.loader import Tables
from core import figures_store
from core.clock import TOKYO
from core.db.tables import Timer
from core.messages import Message
from core.municipalities import Municipality
from core.talk import Talk
from core.timers import set_timer

# The subject is "<talk>:<instance of the consultation>".
LEFT_TIMER = "consultation.left"
# A question that is a day old has expired (bot/dialogue/policy.py): nobody comes back to it.
LEFT_AFTER = RELEVANT_FOR + timedelta(minutes=1)


class ConsultationRecorder:
    """Carries `RecordConsultation` out."""

    async def __call__(self, talk: Talk, effect: RecordConsultation, now: datetime) -> list[Message]:
        """Write the figure; nothing is said."""
        local = now.astimezone(TOKYO)
        await figures_store.record(
            talk.session,
            municipality_id=talk.conversation.municipality_id,
            day=local.date(),
            hour=local.hour,
            tables=sorted(effect.tables),
            level=effect.level.value if effect.level else None,
            district=effect.district,
            questions=effect.questions,
            left_at=effect.left_at,
        )
        return []


class EndWatch:
    """Carries `AwaitEnd` out."""

    async def __call__(self, talk: Talk, effect: AwaitEnd, now: datetime) -> list[Message]:
        """Set the timer; nothing is said."""
        await _set_timer(talk, effect.instance, now + LEFT_AFTER)
        return []


@dataclass(frozen=True, slots=True)
class SilentEnd:
    """Records a consultation that nobody has gone on with for a day."""

    data_types: FlowDataTypes
    tables: Tables
    cities: Mapping[str, Municipality]

    async def __call__(self, talk: Talk, timer: Timer, now: datetime) -> None:
        """Record it as left where its question is open still; look again later where it was gone on with."""
        instance = timer.subject_id.partition(":")[2]
        state = State.from_json(talk.state, self.data_types)
        left = state.memory.interrupted
        if state.instance == instance and isinstance(state.data, ConsultationData):
            step, data, at = state.step, state.data, state.memory.asked_at
        elif left and left.instance == instance and isinstance(left.data, ConsultationData):
            step, data, at = left.step, left.data, left.at
        else:
            return
        if at and is_current(at, now):
            await _set_timer(talk, instance, at + LEFT_AFTER)
            return
        city = self.cities[talk.conversation.municipality_id]
        interview = Interview(data, step == "asking", self.tables, now.astimezone(TOKYO).date())
        effect = left_figure(interview, instance, district_of(state.memory, city, now))
        if effect is None:
            return
        await ConsultationRecorder()(talk, effect, now)
        counted = replace(data, is_counted=True)
        if state.instance == instance:
            talk.state = state.at(step, counted).to_json()
        elif left:
            memory = replace(state.memory, interrupted=replace(left, data=counted))
            talk.state = state.remembering(memory).to_json()


async def _set_timer(talk: Talk, instance: str, due_at: datetime) -> None:
    await set_timer(
        talk.session,
        LEFT_TIMER,
        f"{talk.conversation.id}:{instance}",
        due_at,
        municipality_id=talk.conversation.municipality_id,
        conversation_id=talk.conversation.id,
    )
