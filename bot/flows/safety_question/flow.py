"""Ask one question about a danger that words may mean: 119 at once, how soon to go, a person, or the interview."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.dialogue.flow import Context, FlowSpec
from bot.dialogue.memory import Memory
from bot.dialogue.memory_entries import PastConsultation
from bot.dialogue.menu import flow_button
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.flows.buttons import option_buttons
from bot.flows.consultation.flow import CONSULTATION
from bot.flows.danger_check import DANGER_CHECK
from bot.flows.emergency import advice_calls
from bot.flows.safety_question.data import SafetyQuestionData
from bot.flows.safety_question.effects import AwaitAnswer
from bot.language.dangerous_values import SPO2_LOW
from bot.language.typed_replies import typed_choice
from bot.triage.calls import call_119
from bot.triage.card import unsure_line
from bot.triage.danger.danger_card import DESPAIRING, danger_card, level_card
from bot.triage.danger.safety import SafetyAnswer, SafetyContent
from bot.triage.tables.first_advice import first_advice
from core.content import may_run
from core.db.tables import Profession, Urgency
from core.findings import Finding, FindingAnswer, FindingMark
from core.ja import read_spo2
from core.messages import Button, Choices, Message, Option, plain_text
from core.understanding import Understanding
from core.words import NO_WORDS, Words

SAFETY_QUESTION = "safety_question"
UNSURE = "unsure"
# Intents whose words belong to the question, because they ask for nothing else.
ITS_OWN = frozenset(
    {"", "out_of_scope", "affirm", "deny", "consult_symptom", "emergency", "report_condition"}
)
MATERNITY = "産婦人科"
# Who asks whether to call an ambulance is also shown the advice lines.
CRY_FOR_HELP = "cry_for_help"


@dataclass(frozen=True, slots=True)
class Replied:
    """The chosen answer's number, `unsure`, or "" for words that do not answer; `danger`: they tell of another one."""

    value: str
    words: Words = NO_WORDS
    danger: str = ""


class SafetyQuestionFlow:
    """Asks the safety question of a danger; what cannot be read is asked about once more, then taken for unsure."""

    def __init__(self, dangers: Mapping[str, SafetyContent]) -> None:
        self._dangers = dangers
        self.spec = FlowSpec(
            name=SAFETY_QUESTION,
            data=SafetyQuestionData,
            accepts=ITS_OWN,
            keeps_question=True,
            tells_danger=True,
            hears_danger=True,
            asks_danger=True,
        )

    def start(self, state: State, user_input: UserInput, ctx: Context) -> Turn:
        """Ask about the danger that was heard; where its content is not signed, the first check is asked instead."""
        if not may_run(self._dangers[user_input.danger], runs_drafts=ctx.runs_drafts):
            told = state.memory.with_sign(Words.of(user_input.text), Urgency.ORANGE, ctx.now)
            told = told.with_asked(user_input.danger, ctx.now)
            return Turn(state.ended(told), goes_on_with=DANGER_CHECK)
        served_by = ctx.flows.spec(ctx.flows.flow_of(user_input.intent))
        data = SafetyQuestionData(
            user_input.danger,
            Words.of(user_input.text),
            is_guessed=user_input.is_danger_guessed,
            is_wish=user_input.intent in ctx.flows.order and not served_by.tells_danger,
        )
        return self._asked(State(self.spec.name, ctx.instance, "ask", data, state.memory), ctx)

    def read(self, state: State, user_input: UserInput, _ctx: Context) -> Replied | None:
        """Read a tap or words."""
        options = self._options(state, _ctx)
        if user_input.answer:
            value = user_input.answer.value
            return Replied(value) if value in {option.value for option in options} else None
        if not user_input.is_text:
            return None
        words = Words.of(user_input.text)
        if value := typed_choice(user_input.text, options):
            return Replied(value, words)
        another = user_input.danger if user_input.danger != _data(state).danger else ""
        return Replied("", words, another) if another or user_input.intent in ITS_OWN else None

    def resume(self, state: State, reading: Replied, ctx: Context) -> Turn:
        """Go where the answer leads."""
        danger, data = self._danger(state), _data(state)
        if reading.words:
            data = replace(data, words=data.words.and_(reading.words.text).shortened())
            state = state.at("ask", data)
        if reading.danger and not state.memory.has_asked(reading.danger, ctx.now):
            return self._asked(state.at("ask", SafetyQuestionData(reading.danger, data.words)), ctx)
        if not reading.value and not data.asked_again:
            again = state.at("ask", replace(data, asked_again=True))
            return Turn(again, urgent=self.question(again, ctx))
        # What could not be read twice is not ruled out.
        answer = danger.answers[int(reading.value)] if reading.value not in {"", UNSURE} else None
        leads = answer.leads if answer else danger.unsure
        match leads:
            case "red":
                return self._red(state, danger, answer, ctx)
            case "orange" | "yellow":
                return self._level(state, danger, answer, Urgency(leads), ctx)
            case "person":
                return self._person(state, danger, answer, ctx)
            case "question":
                assert answer is not None
                if not may_run(self._dangers[answer.next], runs_drafts=ctx.runs_drafts):
                    return Turn(state.ended(self.leave(state, ctx)), goes_on_with=DANGER_CHECK)
                return self._asked(state.at("ask", SafetyQuestionData(answer.next, data.words)), ctx)
            case _ if data.is_wish:
                # No table follows that would weigh a low value: it goes along with the wish.
                oxygen = read_spo2(data.words.text)
                is_low = oxygen is not None and oxygen < SPO2_LOW
                return Turn(state.ended(self.leave(state, ctx) if is_low else None))
            case _:
                told = UserInput(
                    kind="text", text=data.words.text, meaning=Understanding("consult_symptom", 1.0)
                )
                return Turn(state.ended(), goes_on_with=CONSULTATION, goes_on_saying=told)

    def question(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Return the open question, 119 in sight."""
        danger, data = self._danger(state), _data(state)
        if data.asked_again:
            lead = ctx.texts("talk.danger.again")
        else:
            lead = ctx.texts("talk.danger.guessed") if data.is_guessed else danger.saw
        text = "\n".join((lead, ctx.texts("talk.danger.first"), "", danger.ask))
        options = option_buttons(self.spec.name, state.instance, "ask", self._options(state, ctx))
        desks: tuple[Button, ...] = advice_calls(ctx) if danger.id == CRY_FOR_HELP else ()
        quick = (call_119(ctx.texts), *desks, flow_button("person", ctx.texts))
        return (Choices(text=text, options=options, quick=quick),)

    def leave(self, state: State, ctx: Context) -> Memory:
        """Return the memory with the words: the danger is not ruled out."""
        return state.memory.with_sign(_data(state).words, Urgency.ORANGE, ctx.now)

    def _asked(self, state: State, ctx: Context) -> Turn:
        asked = state.remembering(state.memory.with_asked(_data(state).danger, ctx.now))
        return Turn(asked, effects=(AwaitAnswer(state.instance),), urgent=self.question(asked, ctx))

    def _red(self, state: State, danger: SafetyContent, answer: SafetyAnswer | None, ctx: Context) -> Turn:
        card = replace(danger_card(danger, ctx.city, ctx.texts), quick=(flow_button("person", ctx.texts),))
        return Turn(state.ended(self._with(state, danger, answer, Urgency.RED, card, ctx)), urgent=(card,))

    def _level(
        self, state: State, danger: SafetyContent, answer: SafetyAnswer | None, level: Urgency, ctx: Context
    ) -> Turn:
        onward = tuple(flow_button(value, ctx.texts) for value in ("facility", "person"))
        unsure = unsure_line(ctx.city, "", ctx.texts, ctx.now)
        advice = first_advice(_data(state).words, level, ctx.day, ctx.tables, runs_drafts=ctx.runs_drafts)
        if answer and answer.desk:
            advice = replace(advice, departments=(MATERNITY,))
        card = level_card(danger, answer, level, ctx.texts, onward, unsure, advice)
        memory = self._with(state, danger, answer, level, card, ctx, advice.departments)
        if level is not Urgency.ORANGE:
            return Turn(state.ended(memory), (card,))
        profession = Profession.MIDWIFE if answer and answer.desk else Profession.NURSE
        name = ctx.texts(f"handoff.profession.{profession.value}")
        nurse = OpenThread(
            text=ctx.texts("talk.danger.hurry", profession=name),
            profession=profession,
            urgency=level,
            complaint=_data(state).words,
            findings=_findings(danger, answer, ctx),
            advised=(plain_text(card),),
        )
        return Turn(state.ended(memory), (card,), (nurse,))

    def _person(self, state: State, danger: SafetyContent, answer: SafetyAnswer | None, ctx: Context) -> Turn:
        offered = (one.profession for one in danger.answers if one.leads == "person")
        profession = answer.profession if answer else next(offered, Profession.NURSE)
        name = ctx.texts(f"handoff.profession.{profession.value}")
        is_despair = danger.id in DESPAIRING
        action = OpenThread(
            text=ctx.texts(
                "talk.person.opened_care" if is_despair else "talk.danger.person", profession=name
            ),
            profession=profession,
            urgency=Urgency.ORANGE,
            complaint=_data(state).words,
            findings=_findings(danger, answer, ctx),
            is_despair=is_despair,
        )
        return Turn(state.ended(), effects=(action,))

    def _with(
        self,
        state: State,
        danger: SafetyContent,
        answer: SafetyAnswer | None,
        level: Urgency,
        card: Message,
        ctx: Context,
        departments: tuple[str, ...] = (),
    ) -> Memory:
        return state.memory.with_consultation(
            PastConsultation(
                complaint=_data(state).words,
                urgency=level,
                at=ctx.now,
                findings=_findings(danger, answer, ctx),
                advised=(plain_text(card),),
                departments=departments,
                danger=danger.id,
            )
        )

    def _options(self, state: State, ctx: Context) -> tuple[Option, ...]:
        answers = enumerate(self._danger(state).answers)
        return (
            *(Option(str(number), answer.label) for number, answer in answers),
            Option(UNSURE, ctx.texts("talk.danger.unsure")),
        )

    def _danger(self, state: State) -> SafetyContent:
        return self._dangers[_data(state).danger]


def _data(state: State) -> SafetyQuestionData:
    assert isinstance(state.data, SafetyQuestionData)
    return state.data


def _findings(danger: SafetyContent, answer: SafetyAnswer | None, ctx: Context) -> tuple[Finding, ...]:
    said = answer.label if answer else ctx.texts("talk.danger.unsure")
    leads = answer.leads if answer else danger.unsure
    level = Urgency.ORANGE if leads == "person" else Urgency(leads)
    mark = FindingMark(urgency=level, at=ctx.now)
    return (Finding(danger.ask, FindingAnswer.TOLD, said, mark),)
